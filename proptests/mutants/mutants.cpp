#include "mutants.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "lastack/support/pair_run.hpp"
#include "lastack/support/run.hpp"
#include "sweep.hpp"

namespace lastack::mutants {
namespace {

using namespace support;

constexpr std::uint64_t scanned_seeds = 500'000;  ///< runs of which is known what they fire
constexpr std::size_t seeds_a_rule = 60;          ///< of these that are kept for each rule
constexpr std::uint64_t broad_seeds = 6'000;      ///< tried when those have not killed it
constexpr std::size_t events = 40;
constexpr std::uint64_t pair_seeds = 400;
constexpr std::size_t pair_events = 60;
constexpr std::string_view totality = "S15";

/// For each rule, seeds of runs in which it fires: a mutant is tried on these first.
using SeedsByRule = std::vector<std::vector<std::uint64_t>>;

SeedsByRule scan() {
    SeedsByRule seeds(rules().size());
    Words words;
    Coverage coverage = count_nothing();
    RunOptions options;
    options.coverage = &coverage;
    for (std::uint64_t seed = 0; seed < scanned_seeds; ++seed) {
        std::fill(coverage.rules.begin(), coverage.rules.end(), 0);
        draw_words(seed, events + 1, words);
        run_end(words, options);
        for (std::size_t r = 0; r < seeds.size(); ++r) {
            if (coverage.rules[r] > 0 && seeds[r].size() < seeds_a_rule) seeds[r].push_back(seed);
        }
    }
    return seeds;
}

/// Rows that wait for the same check in the same state: an inverted row takes their turns.
std::vector<std::size_t> siblings(Rule rule) {
    const RuleInfo& row = rules()[rule.index];
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < rules().size(); ++i) {
        if (i != rule.index && rules()[i].source == row.source && rules()[i].check == row.check) all.push_back(i);
    }
    return all;
}

std::vector<std::uint64_t> seeds_for(const Mutant& m, const SeedsByRule& by_rule) {
    std::vector<std::uint64_t> seeds = by_rule[m.rule.index];
    if (m.inverted) {
        for (const std::size_t s : siblings(m.rule)) seeds.insert(seeds.end(), by_rule[s].begin(), by_rule[s].end());
    }
    for (std::uint64_t seed = 0; seed < broad_seeds; ++seed) seeds.push_back(seed);
    return seeds;
}

/// Properties of one end but the one that only asks whether a rule fired: it notices every row that is off, and says
/// nothing of what the row does.
std::vector<const EndProperty*> of_behaviour() {
    std::vector<const EndProperty*> chosen = checked_with(Sight::inside);
    std::erase_if(chosen, [](const EndProperty* p) { return p->id == totality; });
    return chosen;
}

bool killed_by_one_end(const Mutant& m, const std::vector<std::uint64_t>& seeds,
                       std::span<const EndProperty* const> properties, Fate& fate) {
    RunOptions options;
    options.subject.instruments = m.instruments();
    options.properties = properties;
    Words words;
    for (const std::uint64_t seed : seeds) {
        draw_words(seed, events + 1, words);
        ++fate.runs;
        const auto broken = run_end(words, options);
        if (!broken) continue;
        fate.how = Fate::How::killed;
        fate.property = broken->id;
        fate.stage = "end";
        return true;
    }
    return false;
}

bool killed_by_a_pair(const Mutant& m, bool attacked, Fate& fate) {
    static const auto ends = of_behaviour();
    static const auto pairs = all_pair_properties();
    PairOptions options;
    options.subjects[0].instruments = options.subjects[1].instruments = m.instruments();
    options.attacked = attacked;
    options.end_properties = ends;
    options.pair_properties = pairs;
    Words words;
    for (std::uint64_t seed = 0; seed < pair_seeds; ++seed) {
        draw_words(seed, pair_events + 2, words);
        ++fate.runs;
        const auto broken = run_pair(words, options);
        if (!broken) continue;
        fate.how = Fate::How::killed;
        fate.property = broken->id;
        fate.stage = attacked ? "attacked pair" : "pair";
        return true;
    }
    return false;
}

Fate judge_one(const Mutant& m, const SeedsByRule& by_rule) {
    static const auto behaviour = of_behaviour();
    Fate fate;
    fate.mutant = m;
    const auto seeds = seeds_for(m, by_rule);
    if (killed_by_one_end(m, seeds, behaviour, fate)) return fate;
    killed_by_a_pair(m, false, fate) || killed_by_a_pair(m, true, fate);
    return fate;
}

/// What no behaviour has given away: equivalent, or noticed only because no rule fired, or a survivor.
void settle_survivors(std::vector<Fate>& fates, const SeedsByRule& by_rule) {
    std::vector<Fate*> left;
    std::vector<Instruments> instruments;
    for (Fate& f : fates) {
        if (f.how == Fate::How::killed) continue;
        left.push_back(&f);
        instruments.push_back(f.mutant.instruments());
    }
    const std::vector<Comparison> comparisons = compare(instruments);
    const std::vector<const EndProperty*> only_totality{end_property(totality)};
    for (std::size_t i = 0; i < left.size(); ++i) {
        Fate& f = *left[i];
        f.compared = comparisons[i].steps;
        if (!comparisons[i].difference) {
            f.how = f.compared > 0 ? Fate::How::equivalent : Fate::How::survives;
            if (f.compared == 0) f.difference = "the sweep never came to the row";
            continue;
        }
        f.difference = *comparisons[i].difference;
        killed_by_one_end(f.mutant, seeds_for(f.mutant, by_rule), only_totality, f);
    }
}

}  // namespace

std::vector<Mutant> all_mutants() {
    std::vector<Mutant> all;
    for (std::size_t i = 0; i < rules().size(); ++i) {
        const Rule rule{static_cast<std::uint16_t>(i)};
        all.push_back({rule, false});
        if (rules()[i].guard != "lastack::always" && rules()[i].guard != "always") all.push_back({rule, true});
    }
    return all;
}

std::vector<Fate> judge(const std::vector<Mutant>& mutants) {
    const SeedsByRule by_rule = scan();
    std::vector<Fate> fates(mutants.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < mutants.size(); i = next++) {
            fates[i] = judge_one(mutants[i], by_rule);
        }
    };
    std::vector<std::jthread> workers;
    for (unsigned n = std::max(1u, std::thread::hardware_concurrency()); n > 1; --n) workers.emplace_back(work);
    work();
    workers.clear();  // joins them
    settle_survivors(fates, by_rule);
    return fates;
}

std::string to_markdown(const std::vector<Fate>& fates) {
    std::size_t killed = 0, equivalent = 0, survive = 0;
    std::map<std::string, std::size_t> by_property;
    for (const Fate& f : fates) {
        killed += f.how == Fate::How::killed ? 1 : 0;
        equivalent += f.how == Fate::How::equivalent ? 1 : 0;
        survive += f.how == Fate::How::survives ? 1 : 0;
        if (f.how == Fate::How::killed) ++by_property[f.property];
    }
    const auto in_words = [](const Fate& f) -> std::string {
        if (f.how == Fate::How::killed) return f.property + (f.stage == "end" ? "" : " (" + f.stage + ")");
        return f.how == Fate::How::equivalent ? "equivalent" : "**survives**";
    };
    std::string text =
        "# Mutants: each row off, each guard inverted\n\n"
        "Made by `./dev docs`; a test makes it again and compares. A mutant is killed by the first property that a "
        "run\n"
        "breaks, with fixed seeds. Comparing with the lifecycle itself kills nothing. S15, which asks only whether a "
        "rule\n"
        "fired, has its say last. *Equivalent*: no step of an exhaustive sweep of one end differs in anything but the "
        "ids of\n"
        "the rules that fire.\n\n";
    text += std::to_string(fates.size()) + " mutants: " + std::to_string(killed) + " killed, " +
            std::to_string(equivalent) + " equivalent, " + std::to_string(survive) +
            " survive.\n\n| property | kills |\n|---|---:|\n";
    for (const auto& [property, kills] : by_property) text += "| " + property + " | " + std::to_string(kills) + " |\n";
    text += "\n| row | off | inverted |\n|---|---|---|\n";
    for (std::size_t i = 0; i < fates.size(); ++i) {
        if (fates[i].mutant.inverted) continue;
        const bool guarded = i + 1 < fates.size() && fates[i + 1].mutant.inverted;
        text += "| `" + std::string{id(fates[i].mutant.rule)} + "` | " + in_words(fates[i]) + " | " +
                (guarded ? in_words(fates[i + 1]) : "no guard") + " |\n";
    }
    return text;
}

}  // namespace lastack::mutants
