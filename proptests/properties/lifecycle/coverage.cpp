#include "coverage.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

using namespace lastack;
using namespace lastack::support;

namespace {

constexpr std::size_t events = 40;

std::size_t rules_fired(const Coverage& c) {
    return static_cast<std::size_t>(std::count_if(c.rules.begin(), c.rules.end(), [](auto n) { return n > 0; }));
}

std::size_t cells_hit(const Coverage& c) {
    std::size_t n = 0;
    for (const State s : all_states) {
        for (std::size_t e = 0; e < event_class_count(); ++e) {
            if (reachable_cell(s, e) && c.cells[static_cast<std::size_t>(s)][e] > 0) ++n;
        }
    }
    return n;
}

bool is_milestone(std::uint64_t n, std::uint64_t last) {
    if (n == last) return true;
    std::uint64_t power = 10;
    while (power < n) power *= 10;
    return n == power;
}

/// One run of events that know nothing of the state.
void run_blindly(std::uint64_t seed, Coverage& coverage) {
    const Words header = draw_words(seed, 1);
    const Setting setting = decode_setting(header.front());
    Draw draw{seed};
    Place place;
    Config c;
    ++coverage.sequences;
    for (std::size_t i = 0; i < events; ++i) {
        const Event e = decode_blindly(draw, c, setting, place);
        const Outcome out = step(c, e, setting.policy);
        count(coverage, c, e, out);
        c = out.next;
        ++place.tick;
    }
}

template <class... T>
std::string format(const char* how, T... values) {
    std::array<char, 256> line;
    std::snprintf(line.data(), line.size(), how, values...);
    return line.data();
}

}  // namespace

bool reachable_cell(State state, std::size_t e) {
    const std::string_view what = event_class_name(e);
    if (what == "user timeout") return state != State::Closed;
    if (what == "time-wait timeout") return state == State::TimeWait;
    if (what == "FIN-WAIT-2 timeout") return state == State::FinWait2;
    if (what == "retransmission timeout") {
        return state != State::Closed && state != State::Listen && state != State::FinWait2 && state != State::TimeWait;
    }
    if (!what.starts_with("sends ")) return true;
    std::string check = "depart_";
    for (const char c : what.substr(6)) check += static_cast<char>(c - 'A' < 26 && c >= 'A' ? c - 'A' + 'a' : c);
    return std::any_of(rules().begin(), rules().end(),
                       [&](const RuleInfo& r) { return r.source == state && r.check == check; });
}

std::size_t reachable_cells() {
    std::size_t n = 0;
    for (const State s : all_states) {
        for (std::size_t e = 0; e < event_class_count(); ++e) n += reachable_cell(s, e) ? 1 : 0;
    }
    return n;
}

CoverageReport measure_coverage(std::uint64_t sequences) {
    CoverageReport report;
    report.directed = count_nothing();
    RunOptions options;
    options.coverage = &report.directed;
    Words words;
    for (std::uint64_t n = 1; n <= sequences; ++n) {
        draw_words(n, events + 1, words);
        run_end(words, options);
        const bool watch = n % 100 == 0 || is_milestone(n, sequences);
        if (!watch) continue;
        const std::size_t fired = rules_fired(report.directed), hit = cells_hit(report.directed);
        if (fired == rules().size() && report.all_rules_after == 0) report.all_rules_after = n;
        if (hit == reachable_cells() && report.all_cells_after == 0) report.all_cells_after = n;
        if (is_milestone(n, sequences)) report.directed_at.push_back({n, fired, hit});
    }
    Coverage blind = count_nothing();
    for (std::uint64_t n = 1; n <= sequences; ++n) {
        run_blindly(n, blind);
        if (is_milestone(n, sequences)) report.blind_at.push_back({n, rules_fired(blind), cells_hit(blind)});
    }
    return report;
}

std::string coverage_markdown(const CoverageReport& report) {
    std::string text =
        "# What random runs reach\n\n"
        "Made by `./dev docs` from runs with fixed seeds; a test makes it again and compares. One sequence is one end\n"
        "against an adversary, 40 events. *Directed*: the decoder of `proptests/support`, which knows the state.\n"
        "*Blind*: every field of every event uniform; only what the scheduler proposes leaves as it should.\n\n"
        "| sequences | rules, directed | rules, blind | cells, directed | cells, blind |\n|---:|---:|---:|---:|---:|\n";
    for (std::size_t i = 0; i < report.directed_at.size(); ++i) {
        const Milestone& d = report.directed_at[i];
        const Milestone& b = report.blind_at[i];
        text += format("| %llu | %zu | %zu | %zu | %zu |\n", static_cast<unsigned long long>(d.sequences), d.rules,
                       b.rules, d.cells, b.cells);
    }
    text += format(
        "\nOf %zu rules and %zu cells that can be reached. Directed, every rule had fired after %llu sequences, and\n",
        rules().size(), reachable_cells(), static_cast<unsigned long long>(report.all_rules_after));
    text += format("every cell was hit after %llu.\n\n", static_cast<unsigned long long>(report.all_cells_after));
    text +=
        "## Each rule that changes the state: how often it was the way\n\n| rule | from | to | times "
        "|\n|---|---|---|---:|\n";
    for (std::size_t i = 0; i < rules().size(); ++i) {
        const RuleInfo& r = rules()[i];
        if (r.keeps_state) continue;
        text += "| `" + std::string{r.id} + "` | " + std::string{name(r.source)} + " | " + std::string{name(r.target)} +
                " | " + std::to_string(report.directed.rules[i]) + " |\n";
    }
    text += "\n## Cells: how often each event met each state\n\n| |";
    for (const State s : all_states) text += " " + std::string{name(s)} + " |";
    text += "\n|---|";
    for (std::size_t i = 0; i < state_count; ++i) text += "---:|";
    text += "\n";
    for (std::size_t e = 0; e < event_class_count(); ++e) {
        text += "| " + std::string{event_class_name(e)} + " |";
        for (const State s : all_states) {
            text += reachable_cell(s, e)
                        ? " " + std::to_string(report.directed.cells[static_cast<std::size_t>(s)][e]) + " |"
                        : " . |";
        }
        text += "\n";
    }
    return text;
}
