// spec/generated is what the table says today, and the documents say what they should.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "lastack/lifecycle/describe.hpp"

namespace {

using namespace lastack;

const std::filesystem::path generated = std::filesystem::path(LASTACK_SOURCE_DIR) / "spec" / "generated";

std::string contents(const char* file) {
    std::ifstream in(generated / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const RuleInfo& row(std::string_view id) {
    const Rule found = rule(id);
    if (!found) throw std::runtime_error("no rule " + std::string{id});
    return rules()[found.index];
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// ---- freshness ----

/// Not EXPECT_EQ: a difference would print both documents.
void expect_fresh(const char* file, const std::string& made_now) {
    EXPECT_TRUE(contents(file) == made_now) << "spec/generated/" << file << " is stale: run ./dev docs";
}

TEST(GeneratedDocuments, AreFresh) {
    expect_fresh("transition-table.md", transition_table_markdown());
    expect_fresh("state-event-matrix.md", state_event_matrix_markdown());
    expect_fresh("state-diagram.dot", state_diagram_dot());
    expect_fresh("rules.txt", rule_ids_text());
}

TEST(GeneratedDocuments, ThePictureWasMadeFromTheDiagramOfToday) {
    const std::string svg = contents("state-diagram.svg"), dot = state_diagram_dot();
    std::smatch id;
    ASSERT_TRUE(std::regex_search(dot, id, std::regex(R"rx(id="(made_from_[0-9a-f]+)")rx")));
    EXPECT_TRUE(contains(svg, std::string{"id=\""}.append(id[1].str()).append("\"")))
        << "spec/generated/state-diagram.svg is stale: run ./dev docs";
    for (const State s : all_states) {  // Graphviz writes a hyphen as it is or as a reference
        const std::string as_is = std::string{">"}.append(name(s)).append("</text>");
        EXPECT_TRUE(contains(std::regex_replace(svg, std::regex("&#45;"), "-"), as_is)) << name(s);
    }
}

// ---- the words ----

TEST(RowsInWords, NameThePlaceInTheRfc) {
    EXPECT_EQ("RFC 9293 3.10.7.4, fifth check", place(row("3.10.7.4-5-FW1-fin")));
    EXPECT_EQ("RFC 9293 3.10.7.1", place(row("3.10.7.1-RST")));
    EXPECT_EQ("RFC 7323 5.3", place(row("RFC7323-5.3-ES-paws")));
    EXPECT_EQ("RFC 9293 3.5.2", place(row("3.5.2-out-TW-rst")));
}

TEST(RowsInWords, SayTheGuardAndTheAction) {
    EXPECT_EQ("always", guard_words(row("3.10.8-TW")));
    EXPECT_EQ("not permitted", guard_words(row("3.10.1-CD-noauth")));
    EXPECT_EQ("permitted and security_allowed and (passive or remote_named) and not room",
              guard_words(row("3.10.1-CD-nores")));
    EXPECT_EQ("reset_sender = time_wait", guard_words(row("3.10.5-ES-wait")));
    EXPECT_EQ("not owes(syn) and syn_right", guard_words(row("3.10.8-out-SS-syn")));
    EXPECT_EQ("reply_with(connection_illegal)", action_words(row("3.10.1-CD-noauth")));
    EXPECT_EQ("expire", action_words(row("3.10.8-TW")));
}

TEST(RowsInWords, NoneIsLeftInTheSpellingOfACompiler) {
    for (const RuleInfo& rule : rules()) {
        const std::string words = guard_words(rule) + action_words(rule);
        EXPECT_EQ(std::string::npos, words.find_first_of("<>&:")) << rule.id << ": " << words;
    }
}

TEST(RowsInWords, TellWhichWaitForAnotherReading) {
    EXPECT_FALSE(alternative(row("3.10.5-ES-reset")));  // reset_sender = closed is the first reading
    EXPECT_TRUE(alternative(row("3.10.5-ES-wait")));
    EXPECT_TRUE(alternative(row("3.10.4-ES-unread")));  // half_duplex
    EXPECT_FALSE(alternative(row("3.10.4-ES-fin")));    // ... negated
    EXPECT_TRUE(alternative(row("3.10.7.4-4-TW-reuse")));
    EXPECT_FALSE(alternative(row("3.10.8-UTO-SR")));
}

// ---- the documents ----

TEST(TransitionTable, HasALineForEachRule) {
    const std::string table = transition_table_markdown();
    for (const RuleInfo& rule : rules()) {
        const std::string line = "| " + std::string{name(rule.source)} + " | `" + std::string{rule.id} + "` | ";
        EXPECT_NE(std::string::npos, table.find(line)) << rule.id;
        EXPECT_EQ(table.find(line), table.rfind(line)) << rule.id << " twice";
    }
    EXPECT_TRUE(contains(
        table, "| FIN-WAIT-1 | `3.10.7.4-5-FW1-fin` | ack_check | acks_fin | fin_acknowledged | FIN-WAIT-2 |"));
}

TEST(StateEventMatrix, HasTheCellsOfTheRfc) {
    const std::string matrix = state_event_matrix_markdown();
    // 3.10.4: CLOSE leads from LISTEN and SYN-SENT to CLOSED, from SYN-RECEIVED and ESTABLISHED to FIN-WAIT-1, from
    // CLOSE-WAIT to LAST-ACK, and is an error elsewhere; CLOSED by half-duplex close is MAY-1.
    EXPECT_TRUE(
        contains(matrix, "| CLOSE call | 2 | 1 CD | 1 CD | 4 FW1 | 3 (CD) FW1 | 1 | 1 | 5 (CD) LA | 1 | 1 | 1 |"))
        << matrix;
    // 3.10.7.4, eighth: FIN. In SYN-RECEIVED an ACK that the fifth check lets pass has opened the connection before,
    // except by the letter of that check (C16) or for a segment behind a gap (C21).
    EXPECT_TRUE(contains(matrix, "| FIN | . | . | . | 3 (CW) | 3 CW | 3 CL | 3 TW | 2 | . | 2 | 2 |")) << matrix;
}

/// Does an edge lead so? One that leads back is written the other way round, with dir=back.
bool draws(const std::string& dot, const std::string& from, const std::string& to) {
    const auto has = [&](const std::string& tail, const std::string& head, bool back) {
        const std::string edge = "\n  \"" + tail + "\" -> \"" + head + "\" [label=";
        for (std::size_t at = dot.find(edge); at != std::string::npos; at = dot.find(edge, at + 1)) {
            if (contains(dot.substr(at, dot.find("];", at) - at), "dir=back") == back) return true;
        }
        return false;
    };
    return has(from, to, false) || has(to, from, true);
}

TEST(StateDiagram, DrawsTheEdgesOfFigure5) {
    const std::string dot = state_diagram_dot();
    const std::pair<const char*, const char*> figure_5[] = {
        {"CLOSED", "LISTEN"},
        {"CLOSED", "SYN-SENT"},
        {"LISTEN", "CLOSED"},
        {"SYN-SENT", "CLOSED"},
        {"LISTEN", "SYN-RECEIVED"},
        {"LISTEN", "SYN-SENT"},
        {"SYN-SENT", "SYN-RECEIVED"},
        {"SYN-RECEIVED", "LISTEN"},
        {"SYN-RECEIVED", "ESTABLISHED"},
        {"SYN-SENT", "ESTABLISHED"},
        {"SYN-RECEIVED", "FIN-WAIT-1"},
        {"ESTABLISHED", "FIN-WAIT-1"},
        {"ESTABLISHED", "CLOSE-WAIT"},
        {"FIN-WAIT-1", "FIN-WAIT-2"},
        {"FIN-WAIT-1", "CLOSING"},
        {"FIN-WAIT-2", "TIME-WAIT"},
        {"CLOSING", "TIME-WAIT"},
        {"CLOSE-WAIT", "LAST-ACK"},
        {"LAST-ACK", "CLOSED at the end"},
        {"TIME-WAIT", "CLOSED at the end"},
    };
    for (const auto& [from, to] : figure_5) EXPECT_TRUE(draws(dot, from, to)) << from << " to " << to << "\n" << dot;
    EXPECT_FALSE(draws(dot, "CLOSE-WAIT", "FIN-WAIT-1"));
    EXPECT_FALSE(draws(dot, "ESTABLISHED", "SYN-SENT"));
}

TEST(StateDiagram, DrawsEachPairOfStatesThatARowJoins) {
    const std::string dot = state_diagram_dot();
    for (const RuleInfo& rule : rules()) {
        if (rule.keeps_state) continue;
        const std::string from{name(rule.source)}, to{name(rule.target)};
        EXPECT_TRUE(draws(dot, from, to) || (to == "CLOSED" && draws(dot, from, "CLOSED at the end"))) << rule.id;
    }
}

TEST(RuleIds, NearestIsTheOneThatWasMeant) {
    EXPECT_EQ("3.10.7.4-5-FW1-fin", nearest_rule_ids("3.10.7.4-5-FW1-fni").at(0));
    EXPECT_EQ("3.10.8-TW", nearest_rule_ids("3.10.8-tw").at(0));
    EXPECT_EQ(3u, nearest_rule_ids("").size());
}

}  // namespace
