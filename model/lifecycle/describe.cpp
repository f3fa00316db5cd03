#include "lastack/lifecycle/describe.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>
#include <optional>

#include "table.hpp"

namespace lastack {

namespace {

std::string glue(std::initializer_list<std::string_view> parts) {
    std::string s;
    for (const std::string_view part : parts) s += part;
    return s;
}

/// The event of each check as the RFC calls it, in the order of the enumeration.
constexpr std::array<std::string_view, check_count> words_of_checks{"OPEN call",
                                                                    "SEND call",
                                                                    "RECEIVE call",
                                                                    "CLOSE call",
                                                                    "ABORT call",
                                                                    "STATUS call",
                                                                    "any segment",
                                                                    "timestamp old or missing",
                                                                    "sequence number",
                                                                    "RST",
                                                                    "security",
                                                                    "SYN",
                                                                    "ACK",
                                                                    "URG",
                                                                    "text",
                                                                    "FIN",
                                                                    "other segment",
                                                                    "USER TIMEOUT",
                                                                    "RETRANSMISSION TIMEOUT",
                                                                    "TIME-WAIT TIMEOUT",
                                                                    "FIN-WAIT-2 timeout",
                                                                    "RST departs",
                                                                    "SYN departs",
                                                                    "text departs",
                                                                    "FIN departs",
                                                                    "ACK departs"};

Check check_of(const RuleInfo& rule) {
    std::size_t c = 0;
    while (name(static_cast<Check>(c)) != rule.check) ++c;
    return static_cast<Check>(c);
}
std::string_view words(Check c) { return words_of_checks[static_cast<std::size_t>(c)]; }
bool is_departure(Check c) { return c >= Check::depart_rst; }

// ---- guards and actions: "all<no<has_rst>, chooses<Choice::x, 1> >" as words ----

/// A template's name and arguments. Compilers differ in qualification, '&' and blanks; here they do not.
struct Term {
    std::string name;
    std::vector<Term> arguments;
};

Term parse_term(std::string_view& s) {
    Term term;
    while (!s.empty() && s.front() != '<' && s.front() != '>' && s.front() != ',') {
        if (s.front() != ' ' && s.front() != '&') term.name += s.front();
        s.remove_prefix(1);
    }
    if (const auto colon = term.name.rfind("::"); colon != std::string::npos) term.name.erase(0, colon + 2);
    if (!s.empty() && s.front() == '<') {
        do {
            s.remove_prefix(1);
            term.arguments.push_back(parse_term(s));
        } while (!s.empty() && s.front() == ',');
        if (!s.empty()) s.remove_prefix(1);  // '>'
        while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    }
    return term;
}
Term term_of(std::string_view spelling) { return parse_term(spelling); }

std::optional<std::size_t> reading_of(const Term& chooses) {
    if (chooses.arguments.size() != 2) return std::nullopt;  // clang 14 does not spell arguments
    std::size_t reading = 0;
    const std::string& digits = chooses.arguments[1].name;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), reading);
    if (error != std::errc{}) return std::nullopt;
    return reading;
}

std::string in_words(const Term& term, bool inside = false) {
    const auto joined = [&](std::string_view between, bool nested) {
        std::string s;
        for (const Term& a : term.arguments) s += glue({s.empty() ? "" : between, in_words(a, nested)});
        return s;
    };
    if (term.arguments.empty()) return term.name;
    if (term.name == "no") return glue({"not ", in_words(term.arguments[0], true)});
    if (term.name == "all") return glue({inside ? "(" : "", joined(" and ", true), inside ? ")" : ""});
    if (term.name == "any") return glue({inside ? "(" : "", joined(" or ", true), inside ? ")" : ""});
    if (term.name == "chooses") {
        const std::string& choice = term.arguments[0].name;
        for (const ChoiceInfo& info : choices()) {
            const auto reading = reading_of(term);
            if (info.name == choice && reading) return glue({choice, " = ", info.readings.at(*reading)});
        }
    }
    return glue({term.name, "(", joined(", ", false), ")"});
}

/// Guards that ask a choice themselves and hold under another reading than the first; `origin_reuse`: a
/// connection has this origin only after one of them held. A test holds the list against the machine.
constexpr std::array<std::string_view, 5> alternative_guards{"reopens", "loses_data", "unreadable",
                                                             "relistens_at_user_timeout", "origin_reuse"};

/// Its guard asks nothing, but the checks before it let it come to that only under another reading (C16, C21).
constexpr std::string_view alternative_row = "3.10.7.4-8-SR-fin";

bool is_alternative(const Term& guard) {
    if (guard.name == "all") return std::any_of(guard.arguments.begin(), guard.arguments.end(), is_alternative);
    if (guard.name == "chooses") return reading_of(guard).value_or(0) != 0;
    return std::find(alternative_guards.begin(), alternative_guards.end(), guard.name) != alternative_guards.end();
}

// ---- the parts of an id ----

/// "3.10.7.4-5-FW1-fin" cut at its hyphens.
std::vector<std::string_view> parts_of(std::string_view id) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto hyphen = id.find('-');
        parts.push_back(id.substr(0, hyphen));
        if (hyphen == std::string_view::npos) return parts;
        id.remove_prefix(hyphen + 1);
    }
}

constexpr std::array<std::string_view, 9> ordinals{"zeroth", "first", "second",  "third", "fourth",
                                                   "fifth",  "sixth", "seventh", "eighth"};

std::string json_string(std::string_view s) {
    std::string quoted{'"'};
    for (char c : s) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string hash_of(std::string_view s) {  // FNV-1a, 64 bits
    std::uint64_t h = 0xcbf29ce484222325u;
    for (unsigned char c : s) h = (h ^ c) * 0x100000001b3u;
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), h, 16);
    return {digits.data(), end};
}

constexpr std::string_view made_from = "Made from the table of the model by `./dev docs`; do not edit.\n";

}  // namespace

std::string place(const RuleInfo& rule) {
    const auto parts = parts_of(rule.id);
    if (parts[0].starts_with("RFC")) return glue({"RFC ", parts[0].substr(3), " ", parts[1]});
    std::string s = glue({"RFC 9293 ", parts[0]});
    const std::string_view second = parts.size() > 1 ? parts[1] : "";
    if (second.size() == 1 && second[0] >= '1' && second[0] <= '8') {
        s += glue({", ", ordinals[static_cast<std::size_t>(second[0] - '0')], " check"});
    }
    return s;
}

std::string event_words(const RuleInfo& rule) { return std::string{words(check_of(rule))}; }
std::string guard_words(const RuleInfo& rule) { return in_words(term_of(rule.guard)); }
std::string action_words(const RuleInfo& rule) { return in_words(term_of(rule.action)); }
bool alternative(const RuleInfo& rule) { return rule.id == alternative_row || is_alternative(term_of(rule.guard)); }

// ---- the table ----

std::string transition_table_markdown() {
    struct Section {
        std::string title;
        std::vector<const RuleInfo*> rows;
    };
    std::vector<Section> sections;
    for (const RuleInfo& rule : rules()) {
        const Check check = check_of(rule);
        const std::string title = glue({is_departure(check) ? "Departures" : place(rule), ": ", words(check)});
        auto section =
            std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.title == title; });
        if (section == sections.end()) section = sections.insert(section, Section{title, {}});
        section->rows.push_back(&rule);
    }

    std::string s =
        glue({"# Transition table\n\n", made_from,
              "\nEach row is a clause of the RFC. In a state, an event takes the one row whose guard holds; a row "
              "without a target keeps\nthe state. `choice = reading` in a guard refers to a page of "
              "[decisions](../decisions/README.md).\n"});
    for (Section& section : sections) {
        std::stable_sort(section.rows.begin(), section.rows.end(),
                         [](const RuleInfo* a, const RuleInfo* b) { return a->source < b->source; });
        s += glue({"\n## ", section.title,
                   "\n\n| state | rule | check | guard | action | target |\n|---|---|---|---|---|---|\n"});
        for (const RuleInfo* rule : section.rows) {
            const std::string guard = guard_words(*rule);
            s += glue({"| ", name(rule->source), " | `", rule->id, "` | ", rule->check, " | ",
                       guard == "always" ? "" : guard, " | ", action_words(*rule), " | ",
                       rule->keeps_state ? "" : name(rule->target), " |\n"});
        }
    }
    return s;
}

// ---- the matrix ----

std::string state_event_matrix_markdown() {
    std::string s =
        glue({"# States and events\n\n", made_from,
              "\nHow many rows a state has for an event, and the states that they lead to; without one, all of them "
              "keep the state.\nA dot: the event is not offered in this state. A segment that departs and that no "
              "row takes is refused.\nTargets in parentheses are reached under another reading of a choice "
              "than the first.\n\n"});
    std::string head = "| event |", rule_line = "|---|", legend;
    for (State state : all_states) {
        head += glue({" ", abbreviation(state), " |"});
        rule_line += "---|";
        legend += glue({legend.empty() ? "" : ", ", abbreviation(state), " ", name(state)});
    }
    s += head + "\n" + rule_line + "\n";
    for (std::size_t c = 0; c < check_count; ++c) {
        const Check check = static_cast<Check>(c);
        s += glue({"| ", words(check), " |"});
        for (State state : all_states) {
            std::size_t rows = 0;
            std::array<bool, state_count> plain{}, other{};
            for (const RuleInfo& rule : rules()) {
                if (rule.source != state || rule.check != name(check)) continue;
                ++rows;
                if (!rule.keeps_state)
                    (alternative(rule) ? other : plain)[static_cast<std::size_t>(rule.target)] = true;
            }
            std::string targets;
            for (State target : all_states) {
                const auto t = static_cast<std::size_t>(target);
                if (!plain[t] && !other[t]) continue;
                targets += glue({plain[t] ? " " : " (", abbreviation(target), plain[t] ? "" : ")"});
            }
            s += glue({" ", rows == 0 ? "." : std::to_string(rows), targets, " |"});
        }
        s += "\n";
    }
    return s + "\n" + legend + "\n";
}

// ---- JSON, ids ----

std::string rules_json() {
    std::string s = "{\"rules\": [\n";
    bool first = true;
    for (const RuleInfo& rule : rules()) {
        s += first ? "" : ",\n";
        first = false;
        s += glue({"{\"id\": ", json_string(rule.id), ", \"place\": ", json_string(place(rule)),
                   ", \"source\": ", json_string(name(rule.source)), ", \"check\": ", json_string(rule.check),
                   ", \"guard\": ", json_string(guard_words(rule)), ", \"action\": ", json_string(action_words(rule)),
                   ", \"target\": ", json_string(name(rule.target)), "}"});
    }
    return s + "\n]}\n";
}

std::string rule_ids_text() {
    std::string s;
    for (const RuleInfo& rule : rules()) s += glue({rule.id, "\n"});
    return s;
}

std::vector<Rule> rules_below(std::string_view prefix) {
    std::vector<Rule> found;
    for (std::size_t i = 0; i < rules().size(); ++i) {
        if (rules()[i].id.starts_with(prefix)) found.push_back(Rule{static_cast<std::uint16_t>(i)});
    }
    return found;
}

std::vector<std::string_view> nearest_rule_ids(std::string_view wanted, std::size_t count) {
    constexpr std::size_t longest = 64;  // no id is longer; more would only cost time
    wanted = wanted.substr(0, longest);
    const auto distance = [&](std::string_view id) {  // Levenshtein, letters alike in either case
        std::vector<std::size_t> row(id.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            std::size_t diagonal = row[0]++;
            for (std::size_t j = 0; j < id.size(); ++j) {
                const bool same = std::tolower(static_cast<unsigned char>(wanted[i])) ==
                                  std::tolower(static_cast<unsigned char>(id[j]));
                const std::size_t cost = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (same ? 0 : 1)});
                diagonal = row[j + 1];
                row[j + 1] = cost;
            }
        }
        return row.back();
    };
    std::vector<std::pair<std::size_t, std::string_view>> ranked;
    for (const RuleInfo& rule : rules()) ranked.emplace_back(distance(rule.id), rule.id);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string_view> nearest;
    for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) nearest.push_back(ranked[i].second);
    return nearest;
}

// ---- the diagram ----

namespace {

/// Rows from one state to another, drawn as one edge.
struct Edge {
    State source, target;
    std::vector<const RuleInfo*> rows;
    bool plain{false};    ///< some row fires at the first reading of all choices
    bool ends_it{false};  ///< to CLOSED by a reset, a timeout, ABORT or the like: all of these are one edge
};

/// Not the orderly way into CLOSED.
bool ends_abruptly(const RuleInfo& rule) {
    if (rule.target != State::Closed) return false;
    switch (check_of(rule)) {
        case Check::ack_check:
        case Check::time_wait_timeout:
            return false;
        case Check::close_call:
            return alternative(rule);
        default:
            return true;
    }
}

std::vector<Edge> edges() {
    std::vector<Edge> all;
    for (const RuleInfo& rule : rules()) {
        if (rule.keeps_state) continue;
        const bool abrupt = ends_abruptly(rule);
        const bool plain = !alternative(rule);
        const auto same = [&](const Edge& e) {
            return e.source == rule.source && e.target == rule.target && e.ends_it == abrupt &&
                   (abrupt || e.plain == plain);
        };
        auto edge = std::find_if(all.begin(), all.end(), same);
        if (edge == all.end()) edge = all.insert(edge, Edge{rule.source, rule.target, {}, plain, abrupt});
        edge->rows.push_back(&rule);
        edge->plain = edge->plain || plain;
    }
    return all;
}

std::string label(const Edge& edge) {
    const std::string count = std::to_string(edge.rows.size()) + " rows";
    if (edge.ends_it) return count;
    std::vector<std::string> events;
    for (const RuleInfo* rule : edge.rows) {
        std::string event = event_words(*rule);
        if (event.ends_with(" call")) event.resize(event.size() - 5);
        if (std::find(events.begin(), events.end(), event) == events.end()) events.push_back(event);
    }
    std::string s;
    for (const std::string& event : events) s += glue({s.empty() ? "" : ", ", event});
    return glue({s, "\\n", edge.rows.size() == 1 ? edge.rows[0]->id : count});
}

/// CLOSED stands twice, as in Figure 5: where connections begin, and where they end. One that had no
/// peer yet goes back to the beginning.
std::string_view target_node(const Edge& edge) {
    if (edge.target != State::Closed) return name(edge.target);
    return edge.source == State::Listen || edge.source == State::SynSent ? "CLOSED" : "CLOSED at the end";
}

/// Where a state stands in Figure 5: ten times the line, and the column.
constexpr int position_of(State s) {
    constexpr std::array<int, state_count> positions{0, 10, 22, 20, 31, 40, 50, 42, 51, 52, 61};
    return positions[static_cast<std::size_t>(s)];
}
bool leads_back(const Edge& e) {
    return position_of(e.target) < position_of(e.source) && target_node(e) == name(e.target);
}

constexpr std::string_view layout =
    R"(  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=14, margin="0.15,0.07"];
  edge [fontname="Helvetica", fontsize=10];
  nodesep=0.7; ranksep=0.55;
  { rank=source; "CLOSED"; }
  { rank=same; edge [style=invis]; "SYN-RECEIVED" -> "SYN-SENT"; }
  { rank=same; edge [style=invis]; "FIN-WAIT-1" -> "CLOSE-WAIT"; }
  { rank=same; edge [style=invis]; "FIN-WAIT-2" -> "CLOSING" -> "LAST-ACK"; }
  { rank=sink; "CLOSED at the end" [label="CLOSED"]; }
  { edge [style=invis, weight=10]; "CLOSED" -> "LISTEN" -> "SYN-RECEIVED" -> "ESTABLISHED" -> "FIN-WAIT-1" -> "FIN-WAIT-2"; }
  { edge [style=invis, weight=10]; "LISTEN" -> "SYN-SENT" -> "ESTABLISHED" -> "CLOSE-WAIT" -> "LAST-ACK"; "CLOSING" -> "TIME-WAIT"; }
  label="Grey: reset, security mismatch, ABORT or time-out. Dashed: under another reading of a choice than the first.";
  fontname="Helvetica"; fontsize=11;
)";

}  // namespace

std::string state_diagram_dot() {
    std::string body{layout};
    for (State s : all_states) body += glue({"  \"", name(s), "\";\n"});
    for (const Edge& e : edges()) {
        std::string_view from = name(e.source), to = target_node(e);
        if (leads_back(e)) std::swap(from, to);  // Graphviz places states by the direction of edges
        body += glue({"  \"", from, "\" -> \"", to, "\" [label=\"", label(e), "\""});
        if (leads_back(e)) body += ", dir=back";
        if (!e.plain) body += ", style=dashed";
        if (!e.plain || e.ends_it) body += ", color=gray60, fontcolor=gray45";
        body += "];\n";
    }
    return glue({"// ", made_from, "digraph lifecycle {\n  id=\"made_from_", hash_of(body), "\";\n", body, "}\n"});
}

}  // namespace lastack
