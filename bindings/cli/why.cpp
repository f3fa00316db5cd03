// `lastack why`: what a piece of the protocol is there for, told by a run without it.
#include "lastack/exhaustive/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "claims.hpp"
#include "commands.hpp"

namespace lastack {

namespace {

using exhaustive::Story;
using exhaustive::Told;

struct WhyArguments {
    std::string name;
    std::string case_file;
    bool list{false}, claims{false}, json{false};
};

/// How many letters must be changed, added or dropped to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t before = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = before + (a[i] != b[j]);
            before = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
        }
    }
    return row.back();
}

/// Some of the names that are meant most likely.
std::string nearest_names(std::string_view wanted) {
    std::vector<std::pair<std::size_t, std::string_view>> all;
    for (const Story& s : exhaustive::stories()) {
        const bool part = !wanted.empty() && s.name.find(wanted) != std::string_view::npos;
        all.emplace_back(part ? 0 : distance(wanted, s.name), s.name);
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    all.resize(std::min<std::size_t>(all.size(), 3));
    std::string text;
    for (const auto& [_, name] : all) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    return text;
}

/// `n` with its digits in groups of three.
std::string grouped(std::uint64_t n) {
    std::string text = std::to_string(n);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string wrapped(std::string_view text) {
    constexpr std::size_t width = 100;
    std::string result;
    std::size_t column = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (column > 0 && column + 1 + word.size() > width) {
            result += "\n";
            column = 0;
        }
        result += (column > 0 ? " " : "") + std::string{word};
        column += (column > 0 ? 1 : 0) + word.size();
        at = end + 1;
    }
    return result + "\n";
}

/// Which protocol the full one is: a story of a choice may take another reading for it than the first.
std::string full_protocol(const Story& s) {
    std::string with = s.full.policies[0].fully_open() ? "" : to_string(s.full.policies[0]);
    for (const ChoiceInfo& c : choices()) {  // what the story is about, where it is a reading
        const bool other = s.without.policies[0].value(c.choice) != s.full.policies[0].value(c.choice);
        if (!other || s.full.policies[0].decided(c.choice)) continue;
        with += fmt::format("{}{}={}", with.empty() ? "" : " ", c.name, c.readings[s.full.policies[0].value(c.choice)]);
    }
    return with.empty() ? "RFC 9293" : "RFC 9293 with " + with;
}

/// That of the full protocol, and how far it is known.
std::string statement(const Told& told) {
    const exhaustive::Counts& c = told.full;
    const std::string size = fmt::format("{} states, {} moves, depth {}", grouped(c.states), grouped(c.moves), c.depth);
    const std::string bounds = to_string(told.story->full);
    switch (told.answer) {
        case exhaustive::Answer::holds:
            return fmt::format("Searched to the end: {}; bounds: {}. It holds.", size, bounds);
        case exhaustive::Answer::violated:
            return fmt::format("Searched: {}; bounds: {}. IT DOES NOT HOLD.", size, bounds);
        case exhaustive::Answer::vacuous:
            return fmt::format("Searched to the end: {}; bounds: {}. Nothing in it speaks of this.", size, bounds);
        case exhaustive::Answer::open:
            break;
    }
    return fmt::format("Searched, not to the end: {}; bounds: {}. It is open.", size, bounds);
}

void print_text(const Told& told) {
    const Story& s = *told.story;
    fmt::print("{}\n\n", s.question);
    fmt::print("{}", wrapped(fmt::format("Otherwise: {}", s.left_out)));
    fmt::print("{}\n", wrapped(fmt::format("What goes wrong: {}", s.wrong)));
    if (told.path.empty()) {
        fmt::print("No run was found in which it does.\n\n");
    } else {
        fmt::print("{}\n", told.counterexample.ladder);
        if (told.until_r2) fmt::print("So it goes until R2 is reached and an end gives up (RFC 9293 3.8.3).\n\n");
        fmt::print("The same under {}:\n\n{}\n", full_protocol(s), told.same.ladder);
    }
    fmt::print("{}", wrapped(fmt::format("Under {}: {}", full_protocol(s), s.sought.sentence)));
    fmt::print("{}", wrapped(statement(told)));
    fmt::print("\nRFC 9293 {}.\n", s.place);
    if (!s.claims.empty())
        fmt::print("{}", wrapped(fmt::format("Claims: {} (lastack why --claims).", fmt::join(s.claims, ", "))));
    fmt::print("S SYN, F FIN, R RST, P PSH, . ACK; first:end(octets of text); ... under way or late, x lost.\n");
}

nlohmann::ordered_json json_of(const exhaustive::Counts& c) {
    return {{"states", c.states},
            {"moves", c.moves},
            {"depth", c.depth},
            {"complete", c.why == explore::Stopped::complete}};
}

void print_json(const Told& told) {
    const Story& s = *told.story;
    nlohmann::ordered_json j;
    j["name"] = s.name;
    j["question"] = s.question;
    j["left_out"] = s.left_out;
    j["wrong"] = s.wrong;
    j["place"] = s.place;
    j["claims"] = s.claims;
    j["full_protocol"] = full_protocol(s);
    j["holds"] = s.sought.sentence;
    j["as_claimed"] = told.as_claimed();
    j["counterexample"] = {{"path", to_string(told.path)},         {"moves", told.path.stem.size()},
                           {"cycle", told.path.cycle.size()},      {"until_r2", told.until_r2},
                           {"ladder", told.counterexample.ladder}, {"case", told.counterexample.case_text},
                           {"searched", json_of(told.without)},    {"bounds", to_string(s.without)}};
    j["same"] = {{"ladder", told.same.ladder}, {"case", told.same.case_text}};
    j["full"] = json_of(told.full);
    j["full"]["answer"] = name(told.answer);
    j["full"]["bounds"] = to_string(s.full);
    fmt::print("{}\n", j.dump(2));
}

void list_stories(bool json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const Story& s : exhaustive::stories()) {
        if (json)
            all.push_back({{"name", s.name}, {"question", s.question}, {"place", s.place}, {"claims", s.claims}});
        else
            fmt::print("{:<25} {}\n", s.name, s.question);
    }
    if (json) fmt::print("{}\n", all.dump(2));
}

void list_claims(bool json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const Claim& c : claims()) {
        if (json)
            all.push_back({{"id", c.id}, {"text", c.text}, {"verdict", c.verdict}, {"command", c.command}});
        else
            fmt::print("{:<34} {:<23} {}\n", c.id, c.verdict, c.command);
    }
    if (json) fmt::print("{}\n", all.dump(2));
}

[[noreturn]] void fail(const std::string& reason) {
    std::fflush(stdout);
    fmt::print(stderr, "lastack why: {}\n", reason);
    throw CLI::RuntimeError(2);
}

void write_case(const Told& told, const std::string& path) {
    std::ofstream out{path, std::ios::binary};
    out << told.counterexample.case_text;
    out.close();
    if (!out) fail(path + ": cannot be written");
}

void run_why(const WhyArguments& args) {
    if (args.list || args.claims) {
        if (args.list + args.claims + !args.name.empty() + !args.case_file.empty() > 1)
            throw CLI::ValidationError("why", "--list and --claims go with nothing but --json");
        args.list ? list_stories(args.json) : list_claims(args.json);
        return;
    }
    if (args.name.empty()) throw CLI::ValidationError("why", "name a story; --list shows them");
    const Story* s = exhaustive::story(args.name);
    if (s == nullptr)
        fail(fmt::format("{}: no story has this name; the nearest: {}; --list shows all", args.name,
                         nearest_names(args.name)));
    const Told told = exhaustive::tell(*s);
    if (!args.case_file.empty()) write_case(told, args.case_file);
    (args.json ? print_json : print_text)(told);
    std::fflush(stdout);
    if (!told.as_claimed()) throw CLI::RuntimeError(1);
}

}  // namespace

void add_why(CLI::App& app) {
    auto args = std::make_shared<WhyArguments>();
    CLI::App* why = app.add_subcommand("why", "Tell what a piece of the protocol is for, by a run without it");
    why->add_option("NAME", args->name, "Name of a story, such as two-way-handshake");
    why->add_option("--case", args->case_file, "Write the counterexample to this FILE, which lastack play takes")
        ->type_name("FILE");
    why->add_flag("--list", args->list, "The stories there are");
    why->add_flag("--claims", args->claims, "What is said of the handshakes, whether it holds, and what shows it");
    why->add_flag("--json", args->json, "As JSON");
    why->footer("Exit code: 0 the story is told as it claims, 1 it is not, 2 bad usage or an unknown name.");
    why->callback([args] { run_why(*args); });
}

}  // namespace lastack
