// `lastack explore`: every state that two ends and the network between them can reach, and what holds in all of them.
#include "lastack/exhaustive/explore.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands.hpp"
#include "lastack/exhaustive/observed.hpp"
#include "lastack/explore/explorer.hpp"
#include "lastack/explore/export.hpp"
#include "lastack/explore/two_ends.hpp"
#include "lastack/lifecycle/describe.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/case.hpp"
#include "lastack/support/recording.hpp"
#include "progress_line.hpp"

namespace lastack {

namespace {

using exhaustive::Answer;
using exhaustive::Decision;
using exhaustive::Path;
using explore::Bounds;
using explore::Stopped;
using explore::TwoEnds;

constexpr std::size_t line_length = 100;
constexpr std::size_t most_ladders = 3;  // of counterexamples, on a screen

struct ExploreArguments {
    // Of A and of B; one value is for both.
    std::vector<unsigned> opens{1}, data{1}, window{65535};
    std::vector<std::string> isn{"beyond"};
    std::vector<std::string> never_listen{}, never_call{}, never_close{};
    unsigned loss{0}, duplicates{0}, early_retransmissions{0}, aborts{0}, give_ups{0}, injections{0}, crashes{0};
    unsigned capacity{3}, segment{65535};
    bool reordering{false}, eager{false}, receive_ahead{false}, blind{false};
    std::string policy{}, variant{}, without{}, inverted{};

    unsigned threads{0};
    double memory{0}, time{0};
    std::uint64_t states{0};
    bool no_properties{false}, no_liveness{false};

    bool json{false}, verbose{false};
    std::string case_file{};
    std::optional<std::string> path{};
    std::string to{};
    std::string graph{};
};

/// Said in one line; the command ends with `code`.
struct Failure : std::runtime_error {
    Failure(int code_, const std::string& what) : std::runtime_error{what}, code{code_} {}
    int code;
};

// ------------------------------------------------------------------------------------------ arguments

template <class T>
std::array<T, 2> both(const std::vector<unsigned>& values) {
    return {static_cast<T>(values.front()), static_cast<T>(values.back())};
}

std::array<bool, 2> without(const std::vector<std::string>& ends) {
    std::array<bool, 2> may{true, true};
    for (const std::string& end : ends) may[end == "A" ? 0 : 1] = false;
    return may;
}

Rule rule_named(const char* option, const std::string& id) {
    if (id.empty()) return {};
    const Rule found = rule(id);
    if (found) return found;
    std::string nearest;
    for (const std::string_view near : nearest_rule_ids(id)) nearest.append(nearest.empty() ? "" : " ").append(near);
    throw Failure{2, fmt::format("{}: no rule \"{}\"; the nearest: {}", option, id, nearest)};
}

explore::IsnChoice isn_named(const std::string& word) {
    for (const auto choice : {explore::IsnChoice::beyond, explore::IsnChoice::inside, explore::IsnChoice::same}) {
        if (name(choice) == word) return choice;
    }
    return explore::IsnChoice::behind;
}

Bounds bounds_of(const ExploreArguments& a) {
    Bounds b;
    b.opens = both<std::uint8_t>(a.opens);
    b.octets = both<std::uint8_t>(a.data);
    b.window = both<std::uint32_t>(a.window);
    b.isn = {isn_named(a.isn.front()), isn_named(a.isn.back())};
    b.may_listen = without(a.never_listen);
    b.may_call = without(a.never_call);
    b.may_close = without(a.never_close);
    b.losses = static_cast<std::uint8_t>(a.loss);
    b.duplicates = static_cast<std::uint8_t>(a.duplicates);
    b.early_retransmissions = static_cast<std::uint8_t>(a.early_retransmissions);
    b.aborts = static_cast<std::uint8_t>(a.aborts);
    b.give_ups = static_cast<std::uint8_t>(a.give_ups);
    b.injections = static_cast<std::uint8_t>(a.injections);
    b.crashes = static_cast<std::uint8_t>(a.crashes);
    b.capacity = static_cast<std::uint8_t>(a.capacity);
    b.segment = a.segment;
    b.reordering = a.reordering;
    b.every_departure = !a.eager;
    b.receive_ahead = a.receive_ahead;
    b.blind = a.blind;
    if (!a.policy.empty()) {
        std::string error;
        const auto policy = parse_policy(a.policy, error);
        if (!policy) throw Failure{2, "--policy: " + error};
        b.policies = {*policy, *policy};
    }
    b.instruments.off = rule_named("--without", a.without);
    b.instruments.inverted = rule_named("--inverted", a.inverted);
    if (!a.variant.empty()) {
        b.instruments.variant = variant(a.variant);
        if (b.instruments.variant == Variant::none) {
            std::string all;
            for (const VariantInfo& v : variants()) all.append(all.empty() ? "" : ", ").append(v.name);
            throw Failure{2, fmt::format("--variant: no variant \"{}\"; there are {}", a.variant, all)};
        }
    }
    return b;
}

/// "0 3 1 (2 0)", with commas or blanks.
Path path_of(const std::string& text) {
    const auto wrong = [&](std::size_t at) {
        return Failure{2, fmt::format("--path: \"{}\" at {}: ordinals with blanks between them are needed, and a cycle "
                                      "at the end in parentheses",
                                      text.substr(at, 12), at)};
    };
    Path path;
    bool cycle = false, closed = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == ' ' || c == ',') {
            ++at;
        } else if (c == '(' && !cycle) {
            cycle = true;
            ++at;
        } else if (c == ')' && cycle && !closed) {
            closed = true;
            ++at;
        } else if (c >= '0' && c <= '9' && !closed) {
            const std::size_t begin = at;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
            if (at - begin > 6) throw wrong(begin);  // no state has so many moves
            (cycle ? path.cycle : path.stem)
                .push_back(static_cast<std::uint32_t>(std::stoul(text.substr(begin, at - begin))));
        } else {
            throw wrong(at);
        }
    }
    if (cycle && !closed) throw wrong(text.size());
    return path;
}

State state_named(const std::string& text) {
    std::string word;
    for (const char c : text) word += c == '_' ? '-' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    std::string all;
    for (const State s : all_states) {
        if (word == name(s) || word == abbreviation(s)) return s;
        all.append(all.empty() ? "" : ", ").append(name(s));
    }
    throw Failure{2, fmt::format("--to: no state \"{}\"; there are {}", text, all)};
}

// ------------------------------------------------------------------------------------------- progress

std::atomic<bool> interrupted{false};

/// While it lives, the first Ctrl-C asks for the end; the second is one.
class Interruptible {
public:
    Interruptible() {
        interrupted = false;
        struct sigaction action {};
        action.sa_handler = [](int) { interrupted = true; };
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigaction(SIGINT, &action, &before_);
    }
    ~Interruptible() { sigaction(SIGINT, &before_, nullptr); }
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

private:
    struct sigaction before_ {};
};

std::string in_units(double n) {
    for (const auto& [size, letter] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
        if (n >= size * 9.995) return fmt::format("{:.0f}{}", n / size, letter);
        if (n >= size * 0.9995) return fmt::format("{:.1f}{}", n / size, letter);
    }
    return fmt::format("{:.0f}", n);
}

std::string progress_text(const explore::Progress& p) {
    const std::string states = in_units(static_cast<double>(p.states));
    if (p.frontier == 0 && p.states > 1) return fmt::format("{} states: looking for fair cycles", states);
    return fmt::format("{} states, {} to go on from, depth {}, {}/s, {:.1f} GiB", states,
                       in_units(static_cast<double>(p.frontier)), p.depth,
                       in_units(static_cast<double>(p.states) / std::max(p.seconds, 0.001)),
                       static_cast<double>(p.bytes) / (1 << 30));
}

exhaustive::Limits limits_of(const ExploreArguments& a, ProgressLine& line) {
    exhaustive::Limits l;
    l.threads = a.threads;
    l.most_bytes = a.memory > 0 ? static_cast<std::size_t>(a.memory * (1 << 30)) : exhaustive::half_of_free_memory();
    if (a.states > 0) l.most_states = a.states;
    if (a.time > 0) l.most_time = std::chrono::duration<double>{a.time};
    l.safety = !a.no_properties;
    l.liveness = !a.no_properties && !a.no_liveness;
    l.progress = [&line](const explore::Progress& p) {
        line.show([&] { return progress_text(p); });
        return !interrupted;
    };
    return l;
}

std::string words_of(Stopped why) {
    switch (why) {
        case Stopped::complete:
            return "all there are";
        case Stopped::found:
            return "up to what was looked for";
        case Stopped::states:
            return "cut: as many states as --states allows, or as there are numbers for";
        case Stopped::bytes:
            return "cut: as much memory as --memory allows";
        case Stopped::time:
            return "cut: as long as --time allows";
        case Stopped::by_caller:
            return "cut: interrupted";
    }
    return "";
}
std::string_view name_of(Stopped why) {
    constexpr std::array<std::string_view, 6> names{"complete", "found", "states", "memory", "time", "interrupted"};
    return names[static_cast<std::size_t>(why)];
}

// -------------------------------------------------------------------------------------- paths as runs

std::string bounds_text(const ExploreArguments& a, const Bounds& b) {
    return to_string(b) + (a.policy.empty() ? "" : ", policy " + a.policy);
}

struct Told {
    std::vector<std::string> moves{};
    std::string case_text{};  ///< empty where nothing happened
    std::string ladder{};
};

/// Walks the path on a system of its own: a walk needs none of what an exploration found.
Told tell(const Bounds& asked, const Path& path, const std::string& title, const std::string& bounds_words) {
    Bounds bounds = asked;
    for (Policy& p : bounds.policies) p = exhaustive::decided(p);
    TwoEnds system{bounds};
    const exhaustive::Walk walk = exhaustive::walk(system, path);
    Told told;
    for (const explore::Move& move : walk.moves) told.moves.push_back(to_string(move));
    if (walk.recording.events.empty()) return told;
    std::vector<std::string> comment{"lastack explore: " + bounds_words, "path " + to_string(path)};
    if (!path.cycle.empty())
        comment.push_back(fmt::format("The last {} moves come again and again.", path.cycle.size()));
    told.case_text = support::to_case(walk.recording, title, comment);
    std::string error;
    const auto parsed = support::parse_case(told.case_text, "counterexample", error);
    if (!parsed) throw std::logic_error{error};
    told.ladder = support::ladder(support::play(*parsed).history);
    return told;
}

void write_file(const std::string& file, const std::string& text) {
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.close();
    if (!out) throw Failure{2, file + ": cannot be written"};
}

void print_walk(const Told& told, const Path& path) {
    for (std::size_t i = 0; i < told.moves.size(); ++i) {
        const bool in_cycle = i >= path.stem.size();
        const std::uint32_t ordinal = in_cycle ? path.cycle[i - path.stem.size()] : path.stem[i];
        fmt::print("{:>5}  {:>4}  {}{}\n", i, ordinal, in_cycle ? "(again and again) " : "", told.moves[i]);
    }
    if (!told.ladder.empty()) fmt::print("\n{}", told.ladder);
}

int run_path(const ExploreArguments& a, const Bounds& bounds) {
    const Path path = path_of(*a.path);
    Told told;
    try {
        told = tell(bounds, path, "A path that was asked for", bounds_text(a, bounds));
    } catch (const std::out_of_range& e) {
        throw Failure{2, std::string{"--path: "} + e.what()};
    } catch (const std::domain_error& e) {
        throw Failure{2, std::string{"--path: "} + e.what()};
    }
    if (!a.case_file.empty()) {
        if (told.case_text.empty()) throw Failure{2, "--case: nothing happens on this path"};
        write_file(a.case_file, told.case_text);
    }
    fmt::print("{}\npath {}\n\n", bounds_text(a, bounds), to_string(path));
    print_walk(told, path);
    return 0;
}

/// Marks the states that are looked for.
struct Reached {
    TwoEnds* system;
    State first;
    std::optional<State> second;

    explore::Marks state(const TwoEnds::State& s) const {
        const State a = system->local(s, 0).config.state, b = system->local(s, 1).config.state;
        return {std::uint64_t{second ? a == first && b == *second : a == first || b == first}, 0};
    }
    explore::Marks move(const TwoEnds::State&, const explore::Label&, const TwoEnds::State&) const { return {}; }
};

int run_to(const ExploreArguments& a, const Bounds& asked) {
    const auto comma = a.to.find(',');
    Reached reached{nullptr, state_named(a.to.substr(0, comma)), std::nullopt};
    if (comma != std::string::npos) reached.second = state_named(a.to.substr(comma + 1));

    Bounds bounds = asked;
    for (Policy& p : bounds.policies) p = exhaustive::decided(p);
    TwoEnds system{bounds};
    reached.system = &system;
    ProgressLine line;
    const exhaustive::Limits limits = limits_of(a, line);
    explore::Options options;
    options.threads = a.threads > 0 ? a.threads : 1;  // so that of several shortest ways it is always the same
    options.most_states = limits.most_states;
    options.most_bytes = limits.most_bytes;
    options.most_time = limits.most_time;
    options.progress = limits.progress;
    options.stop_on = 1;
    const Interruptible guard;
    const auto e = explore::explore(system, options, reached);
    line.erase();

    const std::string where = reached.second
                                  ? fmt::format("A in {} and B in {}", name(reached.first), name(*reached.second))
                                  : fmt::format("an end in {}", name(reached.first));
    if (!e.broken[0]) {
        const bool whole = e.why == Stopped::complete;
        fmt::print("{}\n{}: {} of {} states ({})\n", bounds_text(a, asked), where, whole ? "none" : "none yet",
                   e.states, words_of(e.why));
        return whole ? 1 : 3;
    }
    const Path path{e.path(*e.broken[0]), {}};
    const Told told = tell(asked, path, "The shortest way to " + where, bounds_text(a, asked));
    if (!a.case_file.empty() && !told.case_text.empty()) write_file(a.case_file, told.case_text);
    fmt::print("{}\nThe shortest way to {}: {} moves\npath {}\n\n", bounds_text(a, asked), where, path.stem.size(),
               to_string(path));
    print_walk(told, path);
    return 0;
}

// ----------------------------------------------------------------------------------------- the graph

/// Graphviz makes the picture.
void draw(const std::string& dot_file, const std::string& svg_file) {
    std::array<std::string, 5> words{"dot", "-Tsvg", "-o", svg_file, dot_file};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
    pid_t child = 0;
    int status = 0;
    if (posix_spawnp(&child, "dot", nullptr, nullptr, arguments.data(), environ) != 0)
        throw Failure{2, "--graph: a picture needs Graphviz (dot), which is not there; FILE.dot does without"};
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw Failure{2, svg_file + ": dot could not draw it"};
}

int run_graph(const ExploreArguments& a, const Bounds& asked) {
    const std::string kind = std::filesystem::path{a.graph}.extension().string();
    const bool svg = kind == ".svg";
    if (!svg && kind != ".dot" && kind != ".aut" && kind != ".pml")
        throw Failure{2, fmt::format("--graph: {}: the name must end with .dot, .svg, .aut or .pml", a.graph)};
    Bounds bounds = asked;
    for (Policy& p : bounds.policies) p = exhaustive::decided(p);
    TwoEnds system{bounds};
    const std::size_t most = a.states > 0 ? static_cast<std::size_t>(a.states) : explore::most_exported_states;
    const std::string file = svg ? a.graph + ".dot" : a.graph;
    std::ofstream out{file, std::ios::binary};
    if (!out) throw Failure{2, file + ": cannot be written"};
    try {
        if (kind == ".aut") {
            explore::write_aut(out, system, most);
        } else if (kind == ".pml") {
            explore::write_promela(out, system, most);
        } else {
            explore::write_dot(out, system, false, most);
        }
    } catch (const TwoEnds::TooMany&) {
        out.close();
        std::remove(file.c_str());
        throw;
    }
    out.close();
    if (!out) throw Failure{2, file + ": cannot be written"};
    if (svg) {
        draw(file, a.graph);
        std::remove(file.c_str());
    }
    return 0;
}

// ----------------------------------------------------------------------------------------- the report

std::string sentence_of(const Decision& d) {
    std::string text = d.sentence;
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

bool cut(const exhaustive::Result& r) {
    const auto is_cut = [](const exhaustive::Counts& c) { return c.states > 0 && c.why != Stopped::complete; };
    return is_cut(r.plain) || is_cut(r.observed) || r.plain.states == 0 ||
           std::any_of(r.decisions.begin(), r.decisions.end(),
                       [](const Decision& d) { return d.answer == Answer::open; });
}

int code_of(const exhaustive::Result& r) {
    const bool violated = std::any_of(r.decisions.begin(), r.decisions.end(),
                                      [](const Decision& d) { return d.answer == Answer::violated; });
    const bool open =
        std::any_of(r.decisions.begin(), r.decisions.end(), [](const Decision& d) { return d.answer == Answer::open; });
    return violated ? 1 : cut(r) || open ? 3 : 0;
}

void print_counts(const exhaustive::Result& r) {
    const auto line = [](const char* what, const exhaustive::Counts& c) {
        if (c.states == 0) return;
        const double states = static_cast<double>(c.states);
        fmt::print("{:<12} {:>12} {:>12} {:>6} {:>12.1f} {:>10} {:>8.1f}   {}\n", what, c.states, c.moves, c.depth,
                   static_cast<double>(c.bytes) / states, in_units(states / std::max(c.seconds, 1e-6)), c.seconds,
                   words_of(c.why));
    };
    fmt::print("{:<12} {:>12} {:>12} {:>6} {:>12} {:>10} {:>8}\n", "", "states", "moves", "depth", "octets each",
               "a second", "seconds");
    line("the system", r.plain);
    line("its past too", r.observed);
    if (r.plain.states > 0) {
        fmt::print("{} different ends, {} contents of a direction, {} segments; {} states without a move\n", r.ends,
                   r.channels, r.segments, r.resting);
    }
}

void print_pairs(const exhaustive::Result& r) {
    if (r.plain.states == 0) return;
    fmt::print("\nStates by the state of A (down) and of B (across)\n{:<13}", "");
    for (const State b : all_states) fmt::print("{:>6}", abbreviation(b));
    fmt::print("\n");
    for (const State a : all_states) {
        fmt::print("{:<13}", name(a));
        for (const State b : all_states) {
            const std::uint64_t n = r.pairs[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
            fmt::print("{:>6}", n == 0 ? "." : n < 100'000 ? std::to_string(n) : in_units(static_cast<double>(n)));
        }
        fmt::print("\n");
    }
}

void print_words(const std::string& head, const std::vector<std::string>& words) {
    if (words.empty()) return;
    std::string line = head;
    for (const std::string& word : words) {
        if (line.size() + 1 + word.size() > line_length) {
            fmt::print("{}\n", line);
            line = std::string(head.size(), ' ');
        }
        line += " " + word;
    }
    fmt::print("{}\n", line);
}

void print_properties(const exhaustive::Result& r, bool verbose) {
    if (r.decisions.empty()) return;
    fmt::print("\nProperties of spec/properties.toml\n");
    bool any_liveness = false;
    for (const Answer answer : {Answer::violated, Answer::holds, Answer::vacuous, Answer::open}) {
        std::vector<std::string> ids;
        for (const Decision& d : r.decisions) {
            if (d.answer != answer) continue;
            any_liveness = any_liveness || d.liveness;
            const std::string id = d.id + (d.liveness ? "*" : "");
            if (answer == Answer::violated || verbose) {
                fmt::print("  {:<9} {:<5} {}\n", name(answer), id, sentence_of(d));
                if (!d.path.empty() && (answer == Answer::violated || d.sometimes))
                    fmt::print("  {:<15} path {}\n", "", to_string(d.path));
            } else {
                ids.push_back(id);
            }
        }
        print_words(fmt::format("  {:<9}", name(answer)), ids);
    }
    for (const Decision& d : r.decisions) {
        if (!d.needs_r2) continue;
        fmt::print("  {} holds because R2 is finite; without R2 this goes on for ever:\n", d.id);
        print_words("   ", {"path", to_string(d.without_r2)});
    }
    if (!any_liveness) return;
    fmt::print("  * of runs without end, in which all of this is done sooner or later:\n");
    for (const std::string& words : exhaustive::fairness_in_words()) {
        std::vector<std::string> apart;
        std::istringstream in{words};
        for (std::string word; in >> word;) apart.push_back(word);
        print_words("    -", apart);
    }
}

std::string title_of(const Decision& d) { return fmt::format("{}, {}, is violated", d.id, sentence_of(d)); }

std::vector<const Decision*> violated(const exhaustive::Result& r) {
    std::vector<const Decision*> found;
    for (const Decision& d : r.decisions) {
        if (d.answer == Answer::violated) found.push_back(&d);
    }
    std::stable_sort(found.begin(), found.end(), [](const Decision* x, const Decision* y) {
        return x->path.stem.size() + x->path.cycle.size() < y->path.stem.size() + y->path.cycle.size();
    });
    return found;
}

void print_counterexamples(const ExploreArguments& a, const Bounds& bounds, const exhaustive::Result& r) {
    std::vector<std::pair<Path, std::string>> shown;  // several properties may fall on one path
    for (const Decision* d : violated(r)) {
        const auto same = std::find_if(shown.begin(), shown.end(), [&](const auto& s) {
            return s.first.stem == d->path.stem && s.first.cycle == d->path.cycle;
        });
        if (same == shown.end()) {
            shown.emplace_back(d->path, d->id);
        } else {
            same->second += ", " + d->id;
        }
    }
    for (std::size_t i = 0; i < shown.size() && i < most_ladders; ++i) {
        fmt::print("\n{}: path {}\n\n", shown[i].second, to_string(shown[i].first));
        print_walk(tell(bounds, shown[i].first, "", bounds_text(a, bounds)), shown[i].first);
    }
    if (shown.size() > most_ladders)
        fmt::print("\n{} more counterexamples: --path \"...\" shows one, --case FOLDER writes them all\n",
                   shown.size() - most_ladders);
}

void write_cases(const ExploreArguments& a, const Bounds& bounds, const exhaustive::Result& r) {
    const auto found = violated(r);
    const bool folder = a.case_file.ends_with('/') || std::filesystem::is_directory(a.case_file);
    if (folder) {
        std::error_code ignored;  // writing says what is wrong
        std::filesystem::create_directories(a.case_file, ignored);
    }
    for (const Decision* d : found) {
        const Told told = tell(bounds, d->path, title_of(*d), bounds_text(a, bounds));
        if (told.case_text.empty()) continue;
        const std::string file =
            folder ? (std::filesystem::path{a.case_file} / (d->id + ".case")).string() : a.case_file;
        write_file(file, told.case_text);
        if (!a.json) fmt::print("wrote {}: {}\n", file, title_of(*d));
        if (!folder) break;  // the shortest
    }
}

nlohmann::ordered_json json_of(const exhaustive::Counts& c) {
    if (c.states == 0) return nullptr;
    return {{"ended", name_of(c.why)}, {"states", c.states}, {"moves", c.moves},    {"depth", c.depth},
            {"levels", c.levels},      {"octets", c.bytes},  {"seconds", c.seconds}};
}

nlohmann::ordered_json json_of(const Path& p) {
    if (p.cycle.empty()) return {{"stem", p.stem}};
    return {{"stem", p.stem}, {"cycle", p.cycle}};
}

void print_json(const ExploreArguments& a, const Bounds& bounds, const exhaustive::Result& r, int code) {
    using nlohmann::ordered_json;
    ordered_json j;
    j["lastack_explore"] = 1;
    j["bounds"] = bounds_text(a, bounds);
    j["system"] = json_of(r.plain);
    j["observed"] = json_of(r.observed);
    j["ends"] = r.ends;
    j["channels"] = r.channels;
    j["segments"] = r.segments;
    j["without_a_move"] = r.resting;
    j["states"] = ordered_json::array();
    for (const State s : all_states) j["states"].push_back(name(s));
    j["pairs"] = r.pairs;
    j["fairness"] = exhaustive::fairness_in_words();
    j["properties"] = ordered_json::array();
    for (const Decision& d : r.decisions) {
        ordered_json p{{"id", d.id},
                       {"sentence", d.sentence},
                       {"answer", name(d.answer)},
                       {"sometimes", d.sometimes},
                       {"liveness", d.liveness}};
        if (!d.path.empty()) {
            p["path"] = json_of(d.path);
            if (d.answer == Answer::violated)
                p["case"] = tell(bounds, d.path, title_of(d), bounds_text(a, bounds)).case_text;
        }
        if (d.needs_r2) p["without_r2"] = json_of(d.without_r2);
        j["properties"].push_back(std::move(p));
    }
    j["exit"] = code;
    std::puts(j.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
}

int run_all(const ExploreArguments& a, const Bounds& bounds) {
    exhaustive::Result r;
    {
        ProgressLine line;
        const Interruptible guard;
        r = exhaustive::explore(bounds, limits_of(a, line));
    }
    const int code = code_of(r);
    if (a.json) {
        print_json(a, bounds, r, code);
    } else {
        fmt::print("{}\n\n", bounds_text(a, bounds));
        print_counts(r);
        print_pairs(r);
        print_properties(r, a.verbose);
        print_counterexamples(a, bounds, r);
    }
    if (!a.case_file.empty()) write_cases(a, bounds, r);
    return code;
}

void run_explore(const ExploreArguments& a) {
    int code = 0;
    try {
        const Bounds bounds = bounds_of(a);
        code = a.path             ? run_path(a, bounds)
               : !a.to.empty()    ? run_to(a, bounds)
               : !a.graph.empty() ? run_graph(a, bounds)
                                  : run_all(a, bounds);
        std::fflush(stdout);
    } catch (const Failure& e) {
        std::fflush(stdout);
        fmt::print(stderr, "lastack explore: {}\n", e.what());
        code = e.code;
    } catch (const std::invalid_argument& e) {
        fmt::print(stderr, "lastack explore: {}\n", e.what());
        code = 2;
    } catch (const TwoEnds::TooMany& e) {
        fmt::print(stderr, "lastack explore: {}\n", e.what());
        code = 3;
    }
    if (code != 0) throw CLI::RuntimeError(code);
}

}  // namespace

void add_explore(CLI::App& app) {
    auto args = std::make_shared<ExploreArguments>();
    ExploreArguments& a = *args;
    CLI::App* explore = app.add_subcommand(
        "explore", "Every state that two ends and their network can reach, and what holds in all of them");
    const std::string run = "What a run may contain, at most";
    const auto count = [&](const char* option, unsigned& value, const char* what) {
        explore->add_option(option, value, what)
            ->check(CLI::Range{0u, 255u}.description(""))
            ->type_name("N")
            ->group(run);
    };
    const auto counts = [&](const char* option, std::vector<unsigned>& values, unsigned most, const char* what) {
        explore->add_option(option, values, what)
            ->check(CLI::Range{0u, most}.description(""))
            ->delimiter(',')
            ->expected(1, 2)
            ->type_name("N[,M]")
            ->group(run);
    };
    count("--loss", a.loss, "segments that the network loses");
    count("--duplicates", a.duplicates, "segments that arrive twice");
    explore->add_flag("--reordering", a.reordering, "any segment under way may arrive next")->group(run);
    counts("--data", a.data, 255, "octets that each user sends in an incarnation, one a SEND; of A, of B");
    counts("--opens", a.opens, 255, "OPENs of each user");
    count("--early-retransmissions", a.early_retransmissions, "retransmission timeouts while something is under way");
    count("--aborts", a.aborts, "ABORTs");
    count("--give-ups", a.give_ups, "user timeouts, which R2 counts as");
    count("--injections", a.injections, "forged or ancient segments");
    count("--crashes", a.crashes, "times that an end forgets everything");
    explore->add_option("--capacity", a.capacity, "segments under way in each direction, 1 to 8")
        ->check(CLI::Range{1u, 8u}.description(""))
        ->type_name("N")
        ->group(run);

    // An empty value is a variable that was not set: nothing would be left out, and all would hold.
    const CLI::Validator given{[](std::string& value) { return value.empty() ? std::string{"is empty"} : ""; }, ""};
    const std::string ends = "What the ends and the network are like";
    explore->add_option("--segment", a.segment, "octets of text in one segment, 1 to 65535")
        ->check(CLI::Range{1u, 65535u}.description(""))
        ->type_name("N")
        ->group(ends);
    counts("--window", a.window, 0x3fffffff, "receive windows in octets; of A, of B");
    explore
        ->add_option("--isn", a.isn, "where the next incarnation's ISN lies: beyond, inside, same, behind; of A, of B")
        ->check(CLI::IsMember({"beyond", "inside", "same", "behind"}).description(""))
        ->delimiter(',')
        ->expected(1, 2)
        ->type_name("WHERE[,WHERE]")
        ->group(ends);
    const auto never = [&](const char* option, std::vector<std::string>& values, const char* what) {
        explore->add_option(option, values, what)
            ->check(CLI::IsMember({"A", "B"}).description(""))
            ->delimiter(',')
            ->expected(1, 2)
            ->type_name("A|B")
            ->group(ends);
    };
    never("--no-listen", a.never_listen, "this user never opens passively");
    never("--no-call", a.never_call, "... never actively");
    never("--no-close", a.never_close, "... never closes");
    explore->add_flag("--receive-ahead", a.receive_ahead, "users also call RECEIVE before there is anything")
        ->group(ends);
    explore->add_flag("--eager", a.eager, "of what may leave the first leaves, instead of any")->group(ends);
    explore->add_flag("--blind", a.blind, "forged segments never hit the very number that is expected")->group(ends);
    explore->add_option("--policy", a.policy, "of both ends: a profile (rfc9293, rfc793, linux) or choice=reading ...")
        ->check(given)
        ->group(ends);
    explore->add_option("--variant", a.variant, "both ends leave a piece of the protocol out: two-way-handshake ...")
        ->check(given)
        ->type_name("NAME")
        ->group(ends);
    explore->add_option("--without", a.without, "a rule is switched off")->check(given)->type_name("RULE")->group(ends);
    explore->add_option("--inverted", a.inverted, "a rule's guard is turned round")
        ->check(given)
        ->type_name("RULE")
        ->group(ends);

    const CLI::Validator number{[](std::string& value) {
                                    const bool nan = value.size() == 3 && std::tolower(value[0]) == 'n';
                                    return nan ? std::string{"is no number"} : "";
                                },
                                ""};
    const std::string limits = "Limits";
    explore
        ->add_option("--threads", a.threads,
                     "all cores by default; one always shows the same of several shortest paths")
        ->check(CLI::Range{1u, 1024u}.description(""))
        ->type_name("N")
        ->group(limits);
    explore->add_option("--memory", a.memory, "GiB; half of what is free by default")
        ->check(number)
        ->check(CLI::Range{0.001, 1e6}.description(""))
        ->type_name("GIB")
        ->group(limits);
    explore->add_option("--time", a.time, "seconds, of each of the two runs and of the search for cycles")
        ->check(number)
        ->check(CLI::Range{0.001, 1e9}.description(""))
        ->type_name("S")
        ->group(limits);
    explore->add_option("--states", a.states, "states, about")
        ->check(CLI::Range{std::uint64_t{1}, std::uint64_t{1} << 62}.description(""))
        ->type_name("N")
        ->group(limits);
    explore->add_flag("--no-properties", a.no_properties, "count only: quicker, with less memory")->group(limits);
    explore->add_flag("--no-liveness", a.no_liveness, "decide only what single states and moves show")->group(limits);

    const std::string answers = "Answers";
    explore->add_flag("--verbose", a.verbose, "each property on a line")->group(answers);
    CLI::Option* json =
        explore->add_flag("--json", a.json, "one JSON object (spec/explore.schema.json)")->group(answers);
    explore
        ->add_option("--case", a.case_file,
                     "write the shortest counterexample as a case file; into a folder, one of each property")
        ->type_name("FILE|FOLDER")
        ->group(answers);
    CLI::Option* path = explore
                            ->add_option_function<std::string>(
                                "--path", [&a](const std::string& text) { a.path = text; },
                                "explore nothing, and show this path: \"0 3 1\"")
                            ->type_name("ORDINALS")
                            ->group(answers);
    CLI::Option* to = explore->add_option("--to", a.to, "show the shortest way to a state, or to those of A and B")
                          ->check(given)
                          ->type_name("STATE|STATE,STATE")
                          ->group(answers);
    CLI::Option* graph =
        explore
            ->add_option(
                "--graph", a.graph,
                "write the graph and nothing else: pairs of states (.dot, .svg), all states (.aut), for Spin (.pml)")
            ->type_name("FILE")
            ->group(answers);
    path->excludes(to)->excludes(json)->excludes(graph);
    to->excludes(json)->excludes(graph);
    graph->excludes(json);
    explore->footer(
        "Exit code: 0 all holds, 1 something is violated, 2 bad usage, 3 cut before the end and nothing violated.\n"
        "With --to: 0 there is a way, 1 there is none, 3 none was found before the end.");
    explore->callback([args] { run_explore(*args); });
}

}  // namespace lastack
