// The written specification and the table say the same: every requirement is met by rules or tests that exist,
// every rule is asked for by a requirement and explained, and every ambiguity and choice has its page.
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"

namespace {

namespace fs = std::filesystem;
const fs::path top = LASTACK_SOURCE_DIR;

using Names = std::set<std::string, std::less<>>;
using Lines = std::vector<std::string>;

std::string listed(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

std::string contents(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// ------------------------------------------------------------------------------ requirements

struct Requirement {
    std::string id, section, level, scope, text;
    Lines states;
    std::optional<Lines> met_by_rule, met_by_test;
    std::optional<std::string> outside;
};

/// Reads requirements.toml's text. What has the wrong shape is said in `wrong`.
std::vector<Requirement> parse_requirements(std::string_view text, Lines& wrong) {
    static const Names keys{"id",   "section",     "level",       "states", "scope",
                            "text", "met_by_rule", "met_by_test", "outside"};
    std::vector<Requirement> requirements;
    const toml::table document = toml::parse(text);
    const toml::array* rows = document["requirement"].as_array();
    if (rows == nullptr) {
        wrong.emplace_back("there is no [[requirement]]");
        return requirements;
    }
    for (const toml::node& node : *rows) {
        const toml::table& row = *node.as_table();
        Requirement r;
        const auto string = [&](std::string_view key) { return row[key].value<std::string>(); };
        const auto strings = [&](std::string_view key) -> std::optional<Lines> {
            if (!row.contains(key)) return std::nullopt;
            Lines values;
            const toml::array* array = row[key].as_array();
            for (std::size_t i = 0; array != nullptr && i < array->size(); ++i)
                values.push_back((*array)[i].value_or<std::string>("(not a string)"));
            return values;
        };
        r.id = string("id").value_or("");
        r.section = string("section").value_or("");
        r.level = string("level").value_or("");
        r.scope = string("scope").value_or("");
        r.text = string("text").value_or("");
        r.states = strings("states").value_or(Lines{});
        r.met_by_rule = strings("met_by_rule");
        r.met_by_test = strings("met_by_test");
        r.outside = string("outside");
        for (const auto& [key, value] : row)
            if (!keys.contains(key.str())) wrong.push_back(r.id + ": unknown key " + std::string{key.str()});
        requirements.push_back(std::move(r));
    }
    return requirements;
}

bool known_state(const std::string& text) {
    if (text == "*") return true;
    const std::size_t plus = text.find('+');  // one state at each end of a connection
    if (plus != std::string::npos) return known_state(text.substr(0, plus)) && known_state(text.substr(plus + 1));
    return lastack::state_from_name(text).has_value();
}

/// Everything that is wrong with `requirements`, given the rules and tests that exist.
Lines objections(const std::vector<Requirement>& requirements, const Names& rules, const Names& tests) {
    static const Names levels{"MUST", "MUST NOT",    "SHOULD", "SHOULD NOT", "MAY",
                              "PROC", "RECOMMENDED", "ADVICE", "DERIVED",    "ERRATUM"};
    static const Names outside_scopes{"data", "icmp", "erratum"};
    Lines found;
    Names ids, required;
    for (const Requirement& r : requirements) {
        const auto object = [&](const std::string& what) { found.push_back(r.id + ": " + what); };
        if (!ids.insert(r.id).second) object("this id is used twice");
        if (r.id.empty() || r.section.empty() || r.scope.empty() || r.text.empty())
            object("id, section, scope and text are not optional");
        if (!levels.contains(r.level)) object("unknown level '" + r.level + "'");
        if (r.states.empty()) object("names no state");
        for (const std::string& state : r.states)
            if (!known_state(state)) object("unknown state '" + state + "'");
        if (int{r.met_by_rule.has_value()} + int{r.met_by_test.has_value()} + int{r.outside.has_value()} != 1)
            object("exactly one of met_by_rule, met_by_test and outside is due");
        if (r.outside && !outside_scopes.contains(r.scope)) object("scope " + r.scope + " cannot lie outside");
        if (r.outside && r.outside->empty()) object("outside, but no reason");
        if ((r.met_by_rule && r.met_by_rule->empty()) || (r.met_by_test && r.met_by_test->empty()))
            object("met by nothing");
        for (const std::string& rule : r.met_by_rule.value_or(Lines{})) {
            if (!rules.contains(rule)) object("there is no rule " + rule);
            required.insert(rule);
        }
        for (const std::string& test : r.met_by_test.value_or(Lines{}))
            if (!tests.contains(test)) object("there is no test " + test);
    }
    for (const std::string& rule : rules)
        if (!required.contains(rule)) found.push_back("rule " + rule + " meets no requirement");
    return found;
}

Names rule_ids() {
    Names ids;
    for (const lastack::RuleInfo& rule : lastack::rules()) ids.emplace(rule.id);
    return ids;
}

/// "Suite.Name" of every test that the text of a source file defines.
void add_tests(const std::string& text, Names& tests) {
    static const std::regex definition(
        R"((?:^|\n)(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\s*\(\s*(\w+)\s*,\s*(\w+)\s*[,)])");
    for (std::sregex_iterator it(text.begin(), text.end(), definition), end; it != end; ++it)
        tests.insert((*it)[1].str() + "." + (*it)[2].str());
}

/// The player makes a test of each case file: WorkedExamples.<stem>, with underscores.
std::string worked_example(const fs::path& file) {
    std::string stem = file.stem().string();
    std::replace_if(
        stem.begin(), stem.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return "WorkedExamples." + stem;
}

Names test_names() {
    Names tests;
    for (const char* part : {"model", "impl", "proptests", "bindings"}) {
        if (!fs::exists(top / part)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(top / part))
            if (entry.path().extension() == ".cpp") add_tests(contents(entry.path()), tests);
    }
    const fs::path cases = top / "proptests" / "cases";
    if (fs::exists(cases)) {
        for (const auto& entry : fs::recursive_directory_iterator(cases))
            if (entry.path().extension() == ".case") tests.insert(worked_example(entry.path()));
    }
    return tests;
}

TEST(Requirements, AreMetByRulesAndTestsThatExistAndEveryRuleIsRequired) {
    Lines wrong;
    const auto requirements = parse_requirements(contents(top / "spec" / "requirements.toml"), wrong);
    EXPECT_EQ("", listed(wrong));
    EXPECT_EQ("", listed(objections(requirements, rule_ids(), test_names())));
}

// The checker itself: a right little specification, and one wrong thing at a time.
constexpr std::string_view sample = R"(
[[requirement]]
id = "3.10.8-TW"
section = "3.10.8"
level = "PROC"
states = ["TIME-WAIT"]
scope = "time"
text = "..."
met_by_rule = ["3.10.8-TW"]

[[requirement]]
id = "3.5-fig6"
section = "3.5"
level = "PROC"
states = ["CLOSED+LISTEN"]
scope = "scenario"
text = "..."
met_by_test = ["WorkedExamples.handshake"]

[[requirement]]
id = "MUST-19"
section = "3.8.2"
level = "MUST"
states = ["*"]
scope = "data"
text = "..."
outside = "..."
)";

/// The objections to the sample after one replacement; `extra_rule` is in the table as well.
Lines after_replacing(std::string_view old_text, std::string_view new_text, std::string_view extra_rule = "") {
    std::string text{sample};
    const std::size_t at = text.find(old_text);
    EXPECT_NE(std::string::npos, at);
    text.replace(at, old_text.size(), new_text);
    Names rules{"3.10.8-TW"};
    if (!extra_rule.empty()) rules.emplace(extra_rule);
    Lines found;
    const auto requirements = parse_requirements(text, found);
    const Lines more = objections(requirements, rules, {"WorkedExamples.handshake"});
    found.insert(found.end(), more.begin(), more.end());
    return found;
}

TEST(RequirementsChecker, FindsNothingWrongInARightSpecification) {
    EXPECT_EQ("", listed(after_replacing("...", "...")));
}

TEST(RequirementsChecker, NamesARuleWithoutRequirement) {
    EXPECT_EQ("rule 3.10.1-CD-passive meets no requirement\n",
              listed(after_replacing("...", "...", "3.10.1-CD-passive")));
}

struct Wrong {
    const char* old_text;
    const char* new_text;
    const char* objection;
};

class RequirementsCheckerObjects : public testing::TestWithParam<Wrong> {};

TEST_P(RequirementsCheckerObjects, ToExactlyThisOneThing) {
    const Lines found = after_replacing(GetParam().old_text, GetParam().new_text);
    ASSERT_EQ(1u, found.size()) << listed(found);
    EXPECT_EQ(GetParam().objection, found[0]);
}

INSTANTIATE_TEST_SUITE_P(
    , RequirementsCheckerObjects,
    testing::Values(Wrong{"id = \"3.5-fig6\"", "id = \"MUST-19\"", "MUST-19: this id is used twice"},
                    Wrong{"met_by_rule = [\"3.10.8-TW\"]", "met_by_rule = [\"3.10.8-TW\", \"3.10.8-TX\"]",
                          "3.10.8-TW: there is no rule 3.10.8-TX"},
                    Wrong{"WorkedExamples.handshake", "WorkedExamples.handshakes",
                          "3.5-fig6: there is no test WorkedExamples.handshakes"},
                    Wrong{"outside = \"...\"", "",
                          "MUST-19: exactly one of met_by_rule, met_by_test and outside is due"},
                    Wrong{"outside = \"...\"", "outside = \"...\"\nmet_by_test = [\"WorkedExamples.handshake\"]",
                          "MUST-19: exactly one of met_by_rule, met_by_test and outside is due"},
                    Wrong{"outside = \"...\"", "outside = \"\"", "MUST-19: outside, but no reason"},
                    Wrong{"scope = \"data\"", "scope = \"core\"", "MUST-19: scope core cannot lie outside"},
                    Wrong{"[\"WorkedExamples.handshake\"]", "[]", "3.5-fig6: met by nothing"},
                    Wrong{"\"TIME-WAIT\"", "\"TIMEWAIT\"", "3.10.8-TW: unknown state 'TIMEWAIT'"},
                    Wrong{"CLOSED+LISTEN", "CLOSED+LISTENING", "3.5-fig6: unknown state 'CLOSED+LISTENING'"},
                    Wrong{"level = \"MUST\"", "level = \"MUSST\"", "MUST-19: unknown level 'MUSST'"},
                    Wrong{"text = \"...\"", "text = \"\"", "3.10.8-TW: id, section, scope and text are not optional"},
                    Wrong{"outside = \"...\"", "outside = \"...\"\nnote = \"\"", "MUST-19: unknown key note"}));

TEST(RequirementsChecker, FindsTestsInSourceText) {
    Names tests;
    add_tests(
        "TEST(A, B) {\nTEST_F(C, D) {\nTEST_P(E,\n       F) {\nRC_GTEST_PROP(G, H, (int i)) {\n// no TEST(I, J)\n",
        tests);
    EXPECT_EQ((Names{"A.B", "C.D", "E.F", "G.H"}), tests);
    EXPECT_EQ("WorkedExamples.simultaneous_open", worked_example("proptests/cases/simultaneous-open.case"));
}

// ------------------------------------------------------------------------------------- rule ids

Lines checked_in_ids() {
    std::ifstream file(top / "spec" / "generated" / "rules.txt");
    Lines ids;
    for (std::string id; std::getline(file, id);) ids.push_back(id);
    return ids;
}

TEST(RuleIds, AreUnique) {
    Lines twice;
    Names ids;
    for (const lastack::RuleInfo& rule : lastack::rules())
        if (!ids.emplace(rule.id).second) twice.emplace_back(rule.id);
    EXPECT_EQ("", listed(twice));
}

TEST(RuleIds, NoneHasVanished) {
    const Names ids = rule_ids();
    Lines vanished;
    for (const std::string& id : checked_in_ids())
        if (!ids.contains(id)) vanished.push_back(id + " is in spec/generated/rules.txt and no longer in the table");
    EXPECT_EQ("", listed(vanished));
}

TEST(RuleIds, EveryOneIsCheckedIn) {
    const Lines list = checked_in_ids();
    const Names checked_in(list.begin(), list.end());
    Lines stale;
    for (const std::string& id : rule_ids())
        if (!checked_in.contains(id)) stale.push_back(id + " is not in spec/generated/rules.txt: run ./dev docs");
    EXPECT_EQ("", listed(stale));
}

// -------------------------------------------------------------------- the written specification

/// The rule ids that lifecycle.md quotes, as expressions: {S} is any state, {ES,CW} one of these.
Lines quoted_rules(const std::string& document) {
    static const std::regex quoted(R"(`((?:3\.|RFC)[\w.{},-]*-[\w.{},-]*)`)");
    std::string any_state;
    for (const lastack::State s : lastack::all_states) any_state.append(lastack::abbreviation(s)).append(",");
    any_state.pop_back();
    Lines patterns;
    for (std::sregex_iterator it(document.begin(), document.end(), quoted), end; it != end; ++it) {
        std::string pattern;
        bool alternatives = false;
        for (const char c : std::regex_replace((*it)[1].str(), std::regex(R"(\{S\})"), "{" + any_state + "}")) {
            if (c == '{' || c == '}') alternatives = c == '{';
            if (c == '.') {
                pattern += "\\.";
            } else {
                pattern += c == '{' ? '(' : c == '}' ? ')' : c == ',' && alternatives ? '|' : c;
            }
        }
        patterns.push_back(pattern);
    }
    return patterns;
}

TEST(LifecycleDocument, ExplainsEachRuleAndNoOther) {
    Names explained;
    Lines wrong;
    const Names ids = rule_ids();
    for (const std::string& pattern : quoted_rules(contents(top / "spec" / "lifecycle.md"))) {
        const std::regex expression(pattern);
        bool some = false;
        for (const std::string& id : ids) {
            if (!std::regex_match(id, expression)) continue;
            explained.insert(id);
            some = true;
        }
        if (!some) wrong.push_back("no rule is like " + pattern);
    }
    for (const std::string& id : ids)
        if (!explained.contains(id)) wrong.push_back("lifecycle.md does not speak of " + id);
    EXPECT_EQ("", listed(wrong));
}

TEST(LifecycleDocument, QuotesRulesWithPlaceholders) {
    EXPECT_EQ((Lines{"3\\.10\\.4-(ES|CW)-unread", "3\\.10\\.6-(CD|LI|SS|SR|ES|FW1|FW2|CW|CL|LA|TW)"}),
              quoted_rules("`3.10.4-{ES,CW}-unread` or `3.10.6-{S}`, not `snd.una`"));
}

// ------------------------------------------------------------------------------------ decisions

/// Pages of spec/decisions by number: "C1" for C01-simultaneous-open.md.
std::map<std::string, fs::path> decision_pages() {
    static const std::regex name(R"(([CD])0*(\d+)-[\w-]+\.md)");
    std::map<std::string, fs::path> pages;
    for (const auto& entry : fs::directory_iterator(top / "spec" / "decisions")) {
        const std::string file = entry.path().filename().string();
        std::smatch match;
        if (!std::regex_match(file, match, name)) continue;
        EXPECT_TRUE(pages.emplace(match[1].str() + match[2].str(), entry.path()).second) << "two pages: " << file;
    }
    return pages;
}

TEST(Decisions, EachAmbiguityOfTheRfcHasAPage) {
    const auto pages = decision_pages();
    for (int i = 1; i <= 32; ++i) EXPECT_TRUE(pages.contains("C" + std::to_string(i))) << "C" << i;
}

TEST(Decisions, EachChoiceHasAPageThatNamesItsReadings) {
    const auto pages = decision_pages();
    for (const lastack::ChoiceInfo& choice : lastack::choices()) {
        const auto page = pages.find(std::string{choice.decision});
        if (page == pages.end()) {
            ADD_FAILURE() << choice.name << " is decided on page " << choice.decision << ", which does not exist";
            continue;
        }
        const std::string text = contents(page->second);
        const auto quoted = [](std::string_view word) { return "`" + std::string{word} + "`"; };
        EXPECT_NE(std::string::npos, text.find(quoted(choice.name)))
            << choice.decision << " says nothing of " << choice.name;
        for (std::size_t i = 0; i < choice.reading_count; ++i) {
            const std::string reading = quoted(choice.readings.at(i));
            EXPECT_NE(std::string::npos, text.find(reading)) << choice.decision << " says nothing of " << reading;
        }
        EXPECT_NE(std::string::npos, text.find(quoted(choice.readings[0]) + " (default)"))
            << choice.decision << ": the default of " << choice.name << " is " << choice.readings[0];
    }
}

TEST(Decisions, TheIndexListsEachPage) {
    const std::string index = contents(top / "spec" / "decisions" / "README.md");
    for (const auto& [number, path] : decision_pages()) {
        const std::string link = "[" + number + "](" + path.filename().string() + ")";
        EXPECT_NE(std::string::npos, index.find(link)) << link << " is missing in spec/decisions/README.md";
    }
}

}  // namespace
