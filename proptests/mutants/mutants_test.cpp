// Every mutant is killed by a property, or is equivalent; and the report says so.
#include "mutants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sweep.hpp"

namespace {

using namespace lastack;
using namespace lastack::mutants;

TEST(Mutants, AreKilledByAPropertyOrEquivalent) {
    const std::vector<Fate> fates = judge(all_mutants());
    for (const Fate& f : fates) {
        EXPECT_NE(Fate::How::survives, f.how)
            << (f.mutant.inverted ? "inverted " : "without ") << id(f.mutant.rule) << ": " << f.difference;
        if (f.how == Fate::How::equivalent) {
            EXPECT_GT(f.compared, 10u) << id(f.mutant.rule);
        }
    }
    std::ifstream in{LASTACK_SOURCE_DIR "/spec/generated/mutants.md", std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_TRUE(text == to_markdown(fates)) << "spec/generated/mutants.md is stale: run ./dev docs";
}

TEST(Mutants, AreTwoForEachGuardedRowAndOneForEachOther) {
    std::size_t unguarded = 0;
    for (const RuleInfo& r : rules()) unguarded += r.guard == "always" || r.guard == "lastack::always" ? 1u : 0u;
    EXPECT_GT(unguarded, 0u);
    EXPECT_EQ(2 * rules().size() - unguarded, all_mutants().size());
}

// ---- the sweep ----

TEST(Sweep, ReachesEveryState) {
    const std::vector<Config> configs = reachable({.sent = 0, .received = 0});
    for (const State s : all_states) {
        EXPECT_TRUE(std::any_of(configs.begin(), configs.end(), [s](const Config& c) { return c.state == s; }))
            << name(s);
    }
}

TEST(Sweep, SaysSoWhenADomainIsTooLarge) { EXPECT_TRUE(reachable({.sent = 0, .received = 0, .configs = 100}).empty()); }

TEST(Sweep, SeesThatARowIsMissingAndThatNothingIs) {
    std::vector<Instruments> all(1);
    for (const char* row :
         {"3.10.7.2-3-SYN", "3.10.7.4-5-FW1-fin", "3.10.8-TW", "3.10.4-ES-fin", "3.10.7-out-ES-ack"}) {
        all.emplace_back();
        all.back().off = rule(row);
    }
    Instruments same_again;  // a row that drops: off, the segment is dropped too
    same_again.off = rule("3.10.7.4-2-ES-out");
    all.push_back(same_again);
    const std::vector<Comparison> found = compare(all);
    EXPECT_FALSE(found.front().difference);
    EXPECT_FALSE(found.back().difference) << *found.back().difference;
    EXPECT_GT(found.back().steps, 1000u);
    for (std::size_t i = 1; i + 1 < all.size(); ++i) EXPECT_TRUE(found[i].difference) << id(all[i].off);
}

}  // namespace
