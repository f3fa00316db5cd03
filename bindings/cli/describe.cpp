// `lastack describe`: the table, a rule of it, and the requirements of the RFC that the rule meets.
#include "lastack/lifecycle/describe.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "lastack/support/case.hpp"
#include "requirements.hpp"

namespace lastack {

namespace {

/// "3.10.8" is a section of RFC 9293; other RFCs name themselves.
std::string place_of(const Requirement& r) {
    return r.section.starts_with("RFC") ? r.section : "RFC 9293 " + r.section;
}

// ---- text ----

constexpr std::size_t line_length = 100;

void print_wrapped(std::ostream& out, const std::string& text, const std::string& indent) {
    std::istringstream words(text);
    std::string line, word;
    while (words >> word) {
        if (!line.empty() && indent.size() + line.size() + 1 + word.size() > line_length) {
            out << indent << line << '\n';
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty()) out << indent << line << '\n';
}

void print_requirement(std::ostream& out, const Requirement& r) {
    out << "    " << r.id << " (" << r.level << ", " << place_of(r) << ")\n";
    print_wrapped(out, r.text, "        ");
}

/// Titles of the worked examples in which the rule fires.
std::vector<std::string> cases_that_exercise(Rule wanted) {
    std::vector<std::string> found;
    for (const support::BuiltInCase& built_in : support::built_in_cases()) {
        std::string error;
        const auto parsed = support::parse_case(built_in.text, built_in.name, error);
        if (!parsed || parsed->instruments.any()) continue;  // the tests of the cases say so; or it is a variant's
        const auto moments = support::play(*parsed).history.moments;
        if (std::any_of(moments.begin(), moments.end(), [&](const support::Moment& m) {
                return std::find(m.rules.begin(), m.rules.end(), wanted) != m.rules.end();
            })) {
            found.push_back(std::string{built_in.name} + ".case: " + parsed->title);
        }
    }
    return found;
}

void print_row_line(std::ostream& out, const RuleInfo& rule) {
    out << "  " << std::left << std::setw(26) << rule.id << ' ' << std::setw(13) << name(rule.source) << ' '
        << event_words(rule);
    if (!rule.keeps_state) out << " -> " << name(rule.target);
    out << '\n';
}

void print_rule(std::ostream& out, Rule which) {
    const RuleInfo& rule = rules()[which.index];
    out << rule.id << '\n' << place(rule) << ", " << event_words(rule) << " in " << name(rule.source) << "\n\n";
    const auto field = [&](const char* what, std::string_view value) {
        out << "    " << std::left << std::setw(8) << what << value << '\n';
    };
    field("state", name(rule.source));
    field("check", rule.check);
    field("guard", guard_words(rule));
    field("action", action_words(rule));
    field("target", rule.keeps_state ? "the same state" : name(rule.target));

    out << "\nRequirements that it meets\n";
    for (const Requirement& r : requirements()) {
        if (std::find(r.rules.begin(), r.rules.end(), rule.id) != r.rules.end()) print_requirement(out, r);
    }
    const auto cases = cases_that_exercise(which);
    if (!cases.empty()) out << "\nCases in which it fires\n";
    for (const std::string& title : cases) out << "    " << title << '\n';
}

void print_overview(std::ostream& out) {
    std::vector<std::pair<std::string, std::size_t>> places;
    for (const RuleInfo& rule : rules()) {
        const std::string where = place(rule) + (rule.check.starts_with("depart") ? ", departures" : "");
        const auto it = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.first == where; });
        if (it == places.end()) {
            places.emplace_back(where, 1);
        } else {
            ++it->second;
        }
    }
    const auto met = std::count_if(requirements().begin(), requirements().end(),
                                   [](const Requirement& r) { return !r.rules.empty(); });
    out << "The lifecycle of a TCP connection (RFC 9293 3.10) as " << rules().size() << " rules over " << state_count
        << " states,\nwhich meet or help to meet " << met << " requirements. Rules by their place in the RFC:\n\n";
    for (const auto& [where, count] : places) out << std::right << std::setw(6) << count << "  " << where << '\n';
    out << "\nA rule's id begins with its section, for example:\n"
           "    lastack describe 3.10.7.4-5-FW1-fin    one rule and what it is for\n"
           "    lastack describe 3.10.7.4-5-FW1        the rules below: fifth check in FIN-WAIT-1\n"
           "    lastack describe MUST-10               a requirement and its rules\n"
           "The whole table: --markdown, --matrix or --json. The state diagram: --dot, for Graphviz.\n";
}

// ---- writing spec/generated ----

namespace fs = std::filesystem;

/// The ids in the old list that the table no longer has.
std::vector<std::string> vanished_ids(const fs::path& list) {
    std::vector<std::string> vanished;
    std::ifstream file(list);
    for (std::string id; std::getline(file, id);) {
        if (!id.empty() && !rule(id)) vanished.push_back(id);
    }
    return vanished;
}

int write_documents(const fs::path& folder) {
    const auto fail = [&](const fs::path& where, const std::string& why) {
        std::cerr << "lastack: " << where.string() << ": " << why << '\n';
        return 2;
    };
    if (!fs::is_directory(folder)) return fail(folder, "there is no such folder");
    std::string gone;
    for (const std::string& id : vanished_ids(folder / "rules.txt")) gone += (gone.empty() ? "" : ", ") + id;
    if (!gone.empty())
        return fail(folder / "rules.txt", "an id never changes, but these are no longer in the table: " + gone);

    const std::map<std::string, std::string> documents{{"transition-table.md", transition_table_markdown()},
                                                       {"state-diagram.dot", state_diagram_dot()},
                                                       {"state-event-matrix.md", state_event_matrix_markdown()},
                                                       {"rules.txt", rule_ids_text()}};
    for (const auto& [file, text] : documents) {
        std::ofstream out(folder / file, std::ios::binary);
        out << text;
        out.close();
        if (!out) return fail(folder / file, "cannot be written");
        std::cout << (folder / file).string() << '\n';
    }
    return 0;
}

// ---- the command ----

int describe_named(const std::string& wanted) {
    if (const Rule found = rule(wanted)) {
        print_rule(std::cout, found);
        return 0;
    }
    const auto requirement = std::find_if(requirements().begin(), requirements().end(),
                                          [&](const Requirement& r) { return r.id == wanted; });
    if (requirement != requirements().end()) {
        print_requirement(std::cout, *requirement);
        for (const std::string& id : requirement->rules) {
            if (const Rule found = rule(id)) print_row_line(std::cout, rules()[found.index]);
        }
        for (const std::string& test : requirement->tests) std::cout << "  held by the test " << test << '\n';
        if (!requirement->outside.empty()) print_wrapped(std::cout, "Outside: " + requirement->outside, "  ");
        return 0;
    }
    const auto below = rules_below(wanted);
    for (const Rule r : below) print_row_line(std::cout, rules()[r.index]);
    if (!below.empty()) return 0;

    std::cerr << "lastack: no rule \"" << wanted << "\"; the nearest:";
    for (const std::string_view id : nearest_rule_ids(wanted)) std::cerr << ' ' << id;
    std::cerr << '\n';
    return 2;
}

struct Options {
    std::string rule;
    std::string folder;
    bool markdown{false}, matrix{false}, dot{false}, json{false};
};

int describe(const Options& o) {
    if (!o.folder.empty()) return write_documents(o.folder);
    if (o.markdown) {
        std::cout << transition_table_markdown();
    } else if (o.matrix) {
        std::cout << state_event_matrix_markdown();
    } else if (o.dot) {
        std::cout << state_diagram_dot();
    } else if (o.json) {
        std::cout << rules_json();
    } else if (!o.rule.empty()) {
        return describe_named(o.rule);
    } else {
        print_overview(std::cout);
    }
    return 0;
}

}  // namespace

void add_describe(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("describe", "The rules of the lifecycle: all of them, or one and what it is for");
    const auto options = std::make_shared<Options>();
    command->add_option("RULE", options->rule,
                        "Id of a rule or requirement, or how ids begin: 3.10.7.4-5-FW1-fin, MUST-10, 3.10.4");
    command->add_flag("--markdown", options->markdown, "The transition table");
    command->add_flag("--matrix", options->matrix, "States against events");
    command->add_flag("--dot", options->dot, "The state diagram, for Graphviz");
    command->add_flag("--json", options->json, "The rules as JSON");
    command->add_option("--write", options->folder, "Write the documents of spec/generated into this FOLDER")
        ->type_name("FOLDER");
    command->callback([options] {
        const Options& o = *options;
        if (o.markdown + o.matrix + o.dot + o.json + !o.rule.empty() + !o.folder.empty() > 1) {
            throw CLI::ValidationError("describe", "one of RULE and the options at a time");
        }
        if (const int code = describe(*options)) throw CLI::RuntimeError(code);
    });
}

}  // namespace lastack
