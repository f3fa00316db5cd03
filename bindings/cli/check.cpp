// `lastack check`: verdicts on captures and traces.
#include "lastack/oracle/check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "progress_line.hpp"
#include "requirements.hpp"

namespace lastack {

namespace {

struct CheckArguments {
    std::vector<std::string> files;
    std::string host;
    std::string policy;
    bool json{false};
    bool verbose{false};
};

Frame frame_of(const ConnectionVerdict& v, bool departing) {
    Frame f;
    f.numbers = Numbers::relative;
    f.sender_isn = departing ? v.judged_isn : v.peer_isn;
    f.receiver_isn = departing ? v.peer_isn : v.judged_isn;
    return f;
}

/// What was allowed says numbers and control bits; the window is the end's own affair.
std::string allowed_text(const ConnectionVerdict& v, const Segment& s) {
    std::string text = to_string(s, frame_of(v, true));
    if (const auto win = text.find(" win "); win != std::string::npos) text.resize(win);
    return text;
}

std::string level_of(Rule rule) {
    const Requirement* r = requirement_of(id(rule));
    return r ? r->level : "PROC";
}

std::string path_text(const ConnectionVerdict& v) {
    std::string text;
    for (const State s : v.states) {
        if (!text.empty()) text += " > ";
        text += name(s);
    }
    return text;
}

void print_json(const ConnectionVerdict& v) {
    using nlohmann::ordered_json;
    ordered_json j;
    j["file"] = v.file;
    j["judged"] = v.judged;
    j["peer"] = v.peer;
    j["first_segment"] = v.first_segment;
    j["segments"] = v.segments;
    j["verdict"] = name(v.verdict);
    if (v.verdict == Judgement::inconclusive) j["reason"] = v.reason;
    if (v.mid_path) j["mid_path"] = true;
    j["states"] = ordered_json::array();
    for (const State s : v.states) j["states"].push_back(name(s));
    j["assumed"] = ordered_json::array();
    for (const Assumed& a : v.assumed) j["assumed"].push_back({{"call", name(a.kind)}, {"segment", a.segment}});
    j["profiles"] = v.profiles;
    j["deviations"] = ordered_json::array();
    for (const Deviation& d : v.deviations) {
        ordered_json e;
        e["segment"] = d.segment;
        e["time"] = static_cast<double>(d.time_ns) / 1e9;
        e["observed"] = d.unanswered ? "nothing, in answer to " + to_string(d.observed, frame_of(v, false))
                                     : to_string(d.observed, frame_of(v, true));
        e["allowed"] = ordered_json::array();
        for (const Segment& s : d.allowed) e["allowed"].push_back(allowed_text(v, s));
        e["rule"] = id(d.rule);
        e["section"] = section_of(d.rule);
        e["level"] = level_of(d.rule);
        e["state"] = name(d.config.state);
        e["policies"] = ordered_json::array();
        for (const Policy& p : d.policies) e["policies"].push_back(to_string(p));
        j["deviations"].push_back(e);
    }
    const std::string line = j.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    std::puts(line.c_str());
}

void print_deviation(const ConnectionVerdict& v, const Deviation& d) {
    fmt::print("{}: packet {}: {} deviates (peer {})\n", v.file, d.segment, v.judged, v.peer);
    if (d.unanswered) {
        fmt::print("    arrived    {}\n    answered   never\n", to_string(d.observed, frame_of(v, false)));
    } else {
        fmt::print("    it sent    {}\n", to_string(d.observed, frame_of(v, true)));
    }
    fmt::print("    in state   {}, after {}\n", name(d.config.state), path_text(v));
    for (std::size_t i = 0; i < d.allowed.size(); ++i) {
        fmt::print("    {}  {:<36} by {}\n", i == 0 ? "allowed  " : "         ", allowed_text(v, d.allowed[i]),
                   d.allowed_rules[i]);
    }
    if (d.allowed.empty()) fmt::print("    allowed    nothing\n");
    fmt::print("    rule       {} ({}, {})\n", id(d.rule), section_of(d.rule), level_of(d.rule));
    if (const Requirement* r = requirement_of(id(d.rule))) fmt::print("               {}\n", r->text);
    for (const Policy& p : d.policies) fmt::print("    allowed by the policy  {}\n", to_string(p));
    fmt::print("\n");
}

void print_events(const ConnectionVerdict& v) {
    fmt::print("{}  {} and {}: {}{}{}\n", v.file, v.judged, v.peer, name(v.verdict), v.reason.empty() ? "" : ", ",
               v.reason);
    for (const SeenEvent& e : v.events) {
        fmt::print("  {:>7}  {:<12}  {}  {}\n", e.number, name(e.state_after), e.departing ? "-->" : "<--",
                   to_string(e.segment, frame_of(v, e.departing)));
    }
    for (const Assumed& a : v.assumed) fmt::print("  assumed {} at packet {}\n", name(a.kind), a.segment);
    fmt::print("\n");
}

/// Connections that went the same way are one line.
class Overview {
public:
    void add(const ConnectionVerdict& v) {
        std::string line = path_text(v);
        for (const Assumed& a : v.assumed) {
            if (a.kind != AssumedKind::open_active && a.kind != AssumedKind::open_passive) {
                line += fmt::format("  [assumed {}]", name(a.kind));
            }
        }
        if (v.verdict == Judgement::inconclusive) line = "inconclusive: " + without_numbers(v.reason);
        if (v.verdict == Judgement::deviates) line = "deviates after " + line;
        ++counts_[line];
    }
    void print() const {
        for (const auto& [line, n] : counts_) fmt::print("  {:>6}  {}\n", n, line);
    }

private:
    static std::string without_numbers(std::string text) {
        for (char& c : text) {
            if (c >= '0' && c <= '9') c = '#';
        }
        return text;
    }
    std::map<std::string, std::uint64_t> counts_;
};

/// How far a long file is read.
std::string progress_text(const CheckProgress& p) {
    const std::string text = fmt::format("{} packets, {} connections  {}", p.packets, p.connections, p.file);
    return p.octets_total > 0 ? fmt::format("{:>3} %  {}", 100 * p.octets_read / p.octets_total, text) : text;
}

void run_check(const CheckArguments& args) {
    CheckOptions options;
    options.host = args.host;
    options.keep_events = args.verbose && !args.json;
    if (!args.policy.empty()) {
        std::string error;
        const auto policy = parse_policy(args.policy, error);
        if (!policy) {
            fmt::print(stderr, "lastack check: --policy: {}\n", error);
            throw CLI::RuntimeError(2);
        }
        options.policy = *policy;
    }
    CheckSummary total;
    bool unreadable = false;
    for (const std::string& file : args.files) {
        Overview overview;
        bool mid_path = false;
        ProgressLine line{std::chrono::seconds{1}};
        options.progress = [&](const CheckProgress& p) {
            line.show([&] { return progress_text(p); });
            return true;
        };
        const CheckSummary s = check_file(file, options, [&](const ConnectionVerdict& v) {
            mid_path = mid_path || v.mid_path;
            if (args.json || args.verbose || !v.deviations.empty()) line.erase();
            if (args.json) {
                print_json(v);
                return;
            }
            if (args.verbose) print_events(v);
            for (const Deviation& d : v.deviations) print_deviation(v, d);
            overview.add(v);
        });
        line.erase();
        if (!args.json) {
            fmt::print("{}: {} connections, {} packets: {} conform, {} deviate, {} inconclusive{}\n", file,
                       s.connections, s.packets, s.conforms, s.deviates, s.inconclusive,
                       mid_path ? "; both ends judged as from mid-path, for want of --host" : "");
            overview.print();
        }
        if (!s.error.empty()) {
            std::fflush(stdout);
            fmt::print(stderr, "lastack check: {}\n", s.error);
            unreadable = true;
        }
        total.packets += s.packets;
        total.skipped += s.skipped;
        total.connections += s.connections;
        total.conforms += s.conforms;
        total.deviates += s.deviates;
        total.inconclusive += s.inconclusive;
    }
    const int code = total.deviates > 0 ? 1 : unreadable ? 2 : total.conforms == 0 ? 3 : 0;
    if (args.json) {
        nlohmann::ordered_json summary{{"files", args.files.size()},         {"packets", total.packets},
                                       {"skipped", total.skipped},           {"connections", total.connections},
                                       {"conforms", total.conforms},         {"deviates", total.deviates},
                                       {"inconclusive", total.inconclusive}, {"exit", code}};
        std::puts(nlohmann::ordered_json{{"summary", summary}}.dump().c_str());
    }
    std::fflush(stdout);
    if (code != 0) throw CLI::RuntimeError(code);
}

}  // namespace

void add_check(CLI::App& app) {
    auto args = std::make_shared<CheckArguments>();
    CLI::App* check = app.add_subcommand("check", "Give a verdict on every connection of captures and JSON traces");
    check
        ->add_option("files", args->files,
                     "pcap, pcapng or JSON traces (spec/trace.schema.json); - is a capture on standard input")
        ->required();
    check->add_option(
        "--host", args->host,
        "address of the end that is judged; without it the capture may tell, or both ends are judged as from mid-path");
    check->add_option(
        "--policy", args->policy,
        "admit only these policies: a profile (rfc9293, rfc793, linux) or choice=reading ...; any by default");
    check->add_flag("--json", args->json, "one JSON object a line for each connection, and a summary");
    check->add_flag("--verbose", args->verbose, "each connection, segment by segment, with the states");
    check->footer(
        "Exit code: 0 all conforms, 1 a deviation was found, 2 bad usage or unreadable input, 3 nothing conclusive.");
    check->callback([args] { run_check(*args); });
}

}  // namespace lastack
