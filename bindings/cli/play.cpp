// `lastack play`: a case as a ladder, in text or as a picture.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/case.hpp"
#include "lastack/support/ladder_svg.hpp"

namespace lastack {

namespace {

constexpr std::size_t most_octets = 1 << 20;  // of a case file

struct PlayArguments {
    std::vector<std::string> names;
    std::string numbers{"absolute"};
    bool flags{false};
    bool rules{false};
    bool svg{false};
    bool list{false};
};

const support::BuiltInCase* built_in(std::string_view name) {
    if (name == "close") name = "normal_close";
    const auto cases = support::built_in_cases();
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const auto& c) { return c.name == name; });
    return found == cases.end() ? nullptr : &*found;
}

/// The text of a file; nothing, and `error`, when it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::string& error) {
    std::ifstream in{path, std::ios::binary};
    std::string text(most_octets + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in && !in.eof()) {
        error = path + ": neither a case (see --list) nor a file that can be read";
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_octets) {
        error = path + ": larger than 1 MiB, which no case file is";
        return std::nullopt;
    }
    return text;
}

std::optional<support::Case> find_case(const std::string& name, std::string& error) {
    if (const support::BuiltInCase* found = built_in(name)) {
        return support::parse_case(found->text, std::string{found->name} + ".case", error);
    }
    const auto text = read_file(name, error);
    if (!text) return std::nullopt;
    return support::parse_case(*text, name, error);
}

void list_cases() {
    for (const support::BuiltInCase& c : support::built_in_cases()) {
        std::string error;
        const auto parsed = support::parse_case(c.text, c.name, error);
        fmt::print("{:<25} {}\n", c.name, parsed ? parsed->title : error);
    }
}

/// What a reader of the figures needs to know about the notation.
void print_legend(const PlayArguments& args) {
    const char* bits = args.flags ? "Control bits: URG ACK PSH RST SYN FIN." : "S SYN, F FIN, R RST, P PSH, . ACK;";
    fmt::print("{} first:end(octets of text); ... under way or late, x lost.\n", bits);
}

const VariantInfo* variant_of(const Instruments& instruments) {
    const auto all = variants();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const VariantInfo& v) { return v.variant == instruments.variant; });
    return found == all.end() ? nullptr : &*found;
}

/// A case that is not of the lifecycle itself says so, before somebody learns from it.
std::string faults(const Instruments& instruments) {
    std::string text;
    const auto add = [&text](std::string_view what) {
        text += fmt::format("{}(The machine that runs has a fault: {}.)", text.empty() ? "" : "\n", what);
    };
    if (instruments.off) add(fmt::format("{} is switched off", id(instruments.off)));
    if (instruments.inverted) add(fmt::format("the guard of {} is inverted", id(instruments.inverted)));
    if (const VariantInfo* v = variant_of(instruments)) {
        text += fmt::format("{}(This is not RFC 9293 but the variant {}. {} Section {} has it otherwise.)",
                            text.empty() ? "" : "\n", v->name, v->what, v->place);
    }
    return text;
}

support::LadderOptions ladder_options(const PlayArguments& args) {
    const Numbers numbers = args.numbers == "relative"   ? Numbers::relative
                            : args.numbers == "symbolic" ? Numbers::symbolic
                                                         : Numbers::absolute;
    return {numbers, args.flags, args.rules};
}

void print_text(const support::Case& c, const support::History& history, const PlayArguments& args) {
    fmt::print("{}\n", c.title.empty() ? c.file : c.title);
    for (const std::string& line : c.description) fmt::print("{}\n", line);
    const std::string fault = faults(c.instruments);
    if (!fault.empty()) fmt::print("{}\n", fault);
    fmt::print("\n{}\n", support::ladder(history, ladder_options(args)));
}

void print_svg(const support::Case& c, const support::History& history, const PlayArguments& args) {
    support::LadderSvgOptions options;
    options.notation = ladder_options(args);
    options.title = c.title.empty() ? c.file : c.title;
    const std::string fault = faults(c.instruments);
    if (!fault.empty()) options.title += " " + fault;
    fmt::print("{}", support::ladder_svg(history, options));
}

bool play_one(const support::Case& c, const PlayArguments& args) {
    const support::Run run = support::play(c);
    (args.svg ? print_svg : print_text)(c, run.history, args);
    if (!run.mismatch) return true;
    std::fflush(stdout);
    fmt::print(stderr, "lastack play: {}\n", to_string(*run.mismatch));
    return false;
}

void run_play(const PlayArguments& args) {
    if (args.list) {
        list_cases();
        return;
    }
    if (args.names.empty()) throw CLI::ValidationError("play", "name a case or a file; --list shows the cases");
    if (args.svg && args.names.size() > 1) throw CLI::ValidationError("--svg", "draws one case at a time");
    int code = 0;
    bool drawn = false;
    for (const std::string& name : args.names) {
        std::string error;
        if (const auto c = find_case(name, error)) {
            if (!play_one(*c, args)) code = std::max(code, 1);
            drawn = true;
        } else {
            std::fflush(stdout);
            fmt::print(stderr, "lastack play: {}\n", error);
            code = 2;
        }
    }
    if (drawn && !args.svg) print_legend(args);
    std::fflush(stdout);
    if (code != 0) throw CLI::RuntimeError(code);
}

}  // namespace

void add_play(CLI::App& app) {
    auto args = std::make_shared<PlayArguments>();
    CLI::App* play = app.add_subcommand("play", "Show how a connection runs, as a ladder between two ends");
    play->add_option("CASE", args->names, "Name of a case, such as handshake or close, or a case FILE");
    play->add_option("--numbers", args->numbers,
                     "absolute (as the case has them), relative (from 0) or symbolic (x, x+1)")
        ->check(CLI::IsMember({"absolute", "relative", "symbolic"}).description(""))
        ->type_name("KIND");
    play->add_flag("--flags", args->flags, "The control bits as the header has them, 010010");
    play->add_flag("--rules", args->rules, "Below each line, the rules that fired");
    play->add_flag("--svg", args->svg, "One case as a picture (SVG), on standard output");
    play->add_flag("--list", args->list, "The cases there are");
    play->footer("Exit code: 0 the case runs as it says, 1 it does not, 2 bad usage or unreadable input.");
    play->callback([args] { run_play(*args); });
}

}  // namespace lastack
