#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lastack/exhaustive/explore.hpp"
#include "lastack/exhaustive/observed.hpp"
#include "lastack/support/case.hpp"
#include "lastack/support/recording.hpp"
#include "lastack/support/tampers.hpp"
#include "properties_toml.hpp"

namespace lastack::exhaustive {
namespace {

using explore::Bounds;
using explore::OneEndBounds;

Bounds with(std::uint8_t octets_a, std::uint8_t octets_b) {
    Bounds b;
    b.octets = {octets_a, octets_b};
    return b;
}

/// Small worlds that differ in what can go wrong in them. Together they give every property something to say.
struct World {
    std::string name;
    Bounds bounds;
};
std::vector<World> worlds() {
    std::vector<World> all;
    const auto add = [&](const char* name, Bounds b, auto change) {
        change(b);
        all.push_back({name, b});
    };
    add("one connection", with(0, 0), [](Bounds&) {});
    add("a loss", with(0, 0), [](Bounds& b) { b.losses = 1; });
    add("text", with(1, 1), [](Bounds&) {});
    add("text and a loss", with(1, 0), [](Bounds& b) { b.losses = 1; });
    add("reordering", with(1, 0), [](Bounds& b) { b.reordering = true; });
    add("a duplicate, reordering", with(0, 0), [](Bounds& b) {
        b.duplicates = 1;
        b.reordering = true;
    });
    add("an early retransmission", with(1, 0), [](Bounds& b) { b.early_retransmissions = 1; });
    add("A opens twice", with(0, 0), [](Bounds& b) { b.opens = {2, 1}; });
    add("an abort and a loss", with(0, 0), [](Bounds& b) { b.aborts = b.losses = 1; });
    add("a crash", with(0, 0), [](Bounds& b) { b.crashes = 1; });
    add("a give-up", with(0, 0), [](Bounds& b) { b.give_ups = b.losses = 1; });
    add("a forged segment", with(0, 0), [](Bounds& b) { b.injections = 1; });
    add("a small window", with(2, 0), [](Bounds& b) { b.window = {65535, 1}; });
    return all;
}

OneEndBounds one_end(std::uint8_t octets) {
    OneEndBounds b;
    b.octets = octets;
    b.peer_octets = 0;
    return b;
}

TEST(Exhaustive, EveryPropertyHoldsInEveryWorldAndHasAWitnessInOne) {
    std::set<std::string> witnessed;
    for (const World& w : worlds()) {
        SCOPED_TRACE(w.name);
        const Result r = explore(w.bounds);
        EXPECT_EQ(r.plain.why, explore::Stopped::complete);
        EXPECT_EQ(r.observed.why, explore::Stopped::complete);
        for (const Decision& d : r.decisions) {
            EXPECT_TRUE(d.answer == Answer::holds || d.answer == Answer::vacuous)
                << d.id << " " << d.sentence << ": " << name(d.answer) << " by " << to_string(d.path);
            if (d.answer == Answer::holds) witnessed.insert(d.id);
        }
    }
    const EndResult end = explore_end(one_end(0));
    EXPECT_EQ(end.counts.why, explore::Stopped::complete);
    for (const Decision& d : end.decisions) {
        EXPECT_TRUE(d.answer == Answer::holds || d.answer == Answer::vacuous)
            << d.id << " " << d.sentence << ": " << name(d.answer) << " by " << to_string(d.path);
        if (d.answer == Answer::holds) witnessed.insert(d.id);
    }
    for (const PropertyBit& p : property_bits()) EXPECT_TRUE(witnessed.contains(std::string{p.id})) << p.id;
}

// Each property, by the fault that spec/properties.toml names: some world or one end shows that it is broken, or, of
// what only has to be possible, that it has become impossible everywhere.
class ByItsFault : public testing::TestWithParam<PropertyEntry> {};

bool breaks(const PropertyEntry& entry, const support::Subject& fault) {
    const unsigned bit = bit_of(entry.id);
    Limits limits;
    limits.subjects = {fault, fault};
    limits.most_states = 400'000;  // what a fault makes endless
    if (bit < 64) limits.stop_on = std::uint64_t{1} << bit;
    const bool of_end = bit < 64 && property_bits()[bit].of_end != nullptr;
    const support::PairProperty* of_pair = support::pair_property(entry.id);
    const bool sometimes = of_pair != nullptr && of_pair->sometimes;
    bool possible = false;
    const auto looks_broken = [&](const Decision* d) {
        if (d == nullptr) return false;
        possible |= d->answer == Answer::holds;
        return d->answer == Answer::violated;
    };
    if (of_end) {
        for (const std::uint8_t octets : {std::uint8_t{0}, std::uint8_t{1}}) {
            if (looks_broken(explore_end(one_end(octets), limits).decision(entry.id))) return true;
        }
    }
    for (const World& w : worlds()) {
        limits.liveness = bit >= 64 || !of_end;
        if (looks_broken(explore(w.bounds, limits).decision(entry.id))) return true;
    }
    return sometimes && !possible;
}

/// Where the fault that random runs are given needs more than these worlds have: another one.
support::Subject other_fault(const std::string& id) {
    support::Subject s;
    if (id == "S13") s.tamper = support::tamper("everything_may_leave");
    if (id == "S31") s.instruments.variant = Variant::fin_takes_no_number;
    if (id == "I1") s.tamper = support::tamper("fin_without_plus_one");
    return s;
}

TEST_P(ByItsFault, IsBroken) {
    const PropertyEntry& entry = GetParam();
    bool broken = false;
    if (other_fault(entry.id).faulty()) {
        broken = breaks(entry, other_fault(entry.id));
    } else {
        broken = breaks(entry, entry.fault->subject) || (entry.pair_fault && breaks(entry, entry.pair_fault->subject));
    }
    EXPECT_TRUE(broken) << entry.id << " is vacuous: " << (entry.fault ? entry.fault->text : "") << " leaves it whole";
}

std::vector<PropertyEntry> with_faults() {
    std::vector<PropertyEntry> all;
    for (const PropertyEntry& e : property_entries()) {
        if (e.fault) all.push_back(e);
    }
    return all;
}
INSTANTIATE_TEST_SUITE_P(Property, ByItsFault, testing::ValuesIn(with_faults()),
                         [](const auto& test) { return test.param.id; });

// The largest world here. Spin stores as many states of it (spin_bench); the number with the book is this program's
// own, and tells only that something has changed.
TEST(Exhaustive, TextBothWaysWithALossAndADuplicate) {
    Bounds b = with(1, 1);
    b.losses = b.duplicates = 1;
    const Result r = explore(b);
    EXPECT_EQ(r.plain.states, 2'409'877u);
    EXPECT_EQ(r.plain.moves, 7'998'378u);
    EXPECT_EQ(r.plain.depth, 35u);
    EXPECT_EQ(r.observed.states, 5'800'972u);
    for (const Decision& d : r.decisions) {
        EXPECT_TRUE(d.answer == Answer::holds || d.answer == Answer::vacuous)
            << d.id << " " << d.sentence << ": " << name(d.answer) << " by " << to_string(d.path);
    }
    for (const char* id : {"U2", "S31", "S32", "S33", "S35", "S36", "S37", "L1", "L2", "L3", "L4", "L5", "L6", "L8",
                           "I1", "I2", "R3", "R4"})
        EXPECT_EQ(r.decision(id)->answer, Answer::holds) << id;
}

// A counterexample is a path, a recording, a case file that plays without a mismatch.
TEST(Exhaustive, ACounterexampleCanBePlayed) {
    Bounds b = with(1, 0);
    b.instruments.off = rule("3.10.7.4-5-ES-new");
    const Result r = explore(b);
    const Decision* d = r.decision("S8");
    ASSERT_NE(d, nullptr);
    ASSERT_EQ(d->answer, Answer::violated);
    explore::TwoEnds system{r.bounds};
    const Walk w = walk(system, d->path);
    ASSERT_EQ(w.moves.size(), d->path.stem.size());
    ASSERT_EQ(w.states.size(), w.moves.size() + 1);
    const std::string text = support::to_case(w.recording, "S8 is broken");
    std::string error;
    const auto parsed = support::parse_case(text, "s8.case", error);
    ASSERT_TRUE(parsed) << error << "\n" << text;
    const support::Run run = support::play(*parsed);
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch) << "\n" << text;
    EXPECT_EQ(run.ends[0], system.local(w.states.back(), 0).config);
    EXPECT_EQ(run.ends[1], system.local(w.states.back(), 1).config);
}

// The same path leads to the same place in a system of its own, whatever was explored before and by how many threads.
TEST(Exhaustive, APathMeansTheSameInEveryRun) {
    Bounds b = with(1, 0);
    b.losses = 1;
    b.reordering = true;
    Limits one, two;
    one.threads = 1;
    two.threads = 2;
    one.liveness = two.liveness = false;
    const Result r = explore(b, one), s = explore(b, two);
    EXPECT_EQ(r.plain.states, s.plain.states);
    EXPECT_EQ(r.plain.levels, s.plain.levels);
    EXPECT_EQ(r.observed.levels, s.observed.levels);
    for (std::size_t i = 0; i < r.decisions.size(); ++i) {
        EXPECT_EQ(r.decisions[i].answer, s.decisions[i].answer) << r.decisions[i].id;
        EXPECT_EQ(r.decisions[i].path.stem.size(), s.decisions[i].path.stem.size()) << r.decisions[i].id;
    }
    explore::TwoEnds fresh{r.bounds};
    for (const Decision& d : s.decisions) {
        if (d.path.empty()) continue;
        EXPECT_NO_THROW(walk(fresh, d.path)) << d.id;
    }
    EXPECT_THROW(walk(fresh, {{99}, {}}), std::out_of_range);
    EXPECT_THROW(walk(fresh, {{}, {0}}), std::domain_error) << "an OPEN cannot come again";
}

TEST(Exhaustive, ARunThatIsCutLeavesOpenWhatItDidNotSee) {
    Limits limits;
    limits.most_states = 300;
    const Result r = explore(with(1, 1), limits);
    EXPECT_EQ(r.plain.why, explore::Stopped::states);
    for (const Decision& d : r.decisions) {
        const bool seen = d.sometimes && d.answer == Answer::holds;
        EXPECT_TRUE(d.answer == Answer::open || seen) << d.id << " " << name(d.answer);
    }
}

// Found by the first search: with a clock that need not come when it is due, the one end's repeated SYN keeps the
// other's SYN,ACK from being repeated. Clocks are strongly fair.
TEST(Exhaustive, ALostSynAckIsMadeUpForOnEveryFairPath) {
    Bounds b = with(0, 0);
    b.losses = 1;
    const Result r = explore(b);
    EXPECT_EQ(r.decision("L1")->answer, Answer::holds);
    EXPECT_EQ(r.decision("L2")->answer, Answer::holds);
    EXPECT_TRUE(r.decision("L1")->liveness);
}

// A withdraws an OPEN whose SYN is under way, and both open and close anew: B takes the old SYN for A's, each finds the
// other's numbers unacceptable and acknowledges what it has, and only R2 ends it. Without a loss, in order.
TEST(Exhaustive, AnOldSynThatCrossesMayLeaveItToR2ToEndBoth) {
    Bounds b = with(0, 0);
    b.opens = {2, 1};
    const Result r = explore(b);
    const Decision* d = r.decision("U2");
    EXPECT_EQ(d->answer, Answer::holds);
    ASSERT_TRUE(d->needs_r2);
    explore::TwoEnds system{r.bounds};
    const Walk w = walk(system, d->without_r2);
    EXPECT_EQ(w.states[d->without_r2.stem.size()], w.states.back());
    const Config& a_end = system.local(w.states.back(), 0).config;
    const Config& b_end = system.local(w.states.back(), 1).config;
    EXPECT_TRUE(a_end.irs != b_end.iss || b_end.irs != a_end.iss) << "they speak of two connections";

    b.opens = {1, 1};
    EXPECT_FALSE(explore(b).decision("U2")->needs_r2);
}

// Both have filled the other's window of one octet and sent a FIN behind it, which lies outside. An ACK is numbered
// SND.NXT (3.10.7.4), and that is outside too: each draws an ACK, without end and without a timer (D56).
TEST(Exhaustive, AcksFromBeyondAFullWindowAnswerEachOtherForEver) {
    Bounds b = with(1, 1);
    b.window = {1, 1};
    const Result r = explore(b);
    const Decision* d = r.decision("L8");
    ASSERT_EQ(d->answer, Answer::violated);
    explore::TwoEnds system{r.bounds};
    const Walk w = walk(system, d->path);
    const std::size_t from = d->path.stem.size();
    EXPECT_EQ(w.states[from], w.states.back());
    for (std::size_t i = from; i < w.moves.size(); ++i) {
        const auto* arrival = std::get_if<Arrival>(&*w.moves[i].event);
        if (arrival == nullptr) continue;
        const Config& c = system.local(w.states[i], w.moves[i].label.end).config;
        EXPECT_TRUE(arrival->segment.seq - c.rcv_nxt >= c.rcv_wnd && arrival->segment.seq != c.rcv_nxt);
        EXPECT_EQ(arrival->segment.len(), 0u);
    }
    b.octets = {1, 0};
    EXPECT_EQ(explore(b).decision("L8")->answer, Answer::holds) << "one full window alone does no harm";
}

// By the letter of C3 two ends in TIME-WAIT answer each other's ACKs without end.
TEST(Exhaustive, TwoEndsInTimeWaitAnswerEachOtherByTheLetter) {
    Bounds b = with(0, 0);
    b.duplicates = 1;  // of the last ACK
    for (Policy& p : b.policies) p = p.with(Choice::time_wait_ack, reading::time_wait_ack::letter);
    const Result r = explore(b);
    const Decision* d = r.decision("L8");
    ASSERT_EQ(d->answer, Answer::violated);
    ASSERT_FALSE(d->path.cycle.empty());
    explore::TwoEnds system{r.bounds};
    const Walk w = walk(system, d->path);
    EXPECT_EQ(w.states[d->path.stem.size()], w.states.back()) << "a cycle ends where it began";
    EXPECT_EQ(system.local(w.states.back(), 0).config.state, State::TimeWait);
    EXPECT_EQ(system.local(w.states.back(), 1).config.state, State::TimeWait);
    for (std::size_t i = d->path.stem.size(); i < w.moves.size(); ++i) {
        EXPECT_EQ(w.moves[i].segment.len(), 0u);
        EXPECT_FALSE(w.moves[i].segment.rst());
    }
}

}  // namespace
}  // namespace lastack::exhaustive
