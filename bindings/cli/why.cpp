// `lastack why`: what a piece of the protocol is there for, told by a run without it.
#include "lastack/exhaustive/why.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

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
    j["full_protocol"] = exhaustive::full_protocol(s);
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
                         exhaustive::nearest_stories(args.name)));
    exhaustive::Limits limits;
    limits.threads = 1;  // of several equally short runs always the same
    const Told told = exhaustive::tell(*s, limits);
    if (!args.case_file.empty()) write_case(told, args.case_file);
    if (args.json)
        print_json(told);
    else
        fmt::print("{}", exhaustive::to_text(told));
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
