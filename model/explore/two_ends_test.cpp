#include "lastack/explore/two_ends.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>

namespace lastack::explore {
namespace {

using Words = std::array<std::uint32_t, 3>;

/// All states, by the plainest search there is.
struct Reached {
    std::map<Words, std::size_t> depth{};
    std::size_t moves{0};
    std::set<std::pair<lastack::State, lastack::State>> pairs{};
    std::set<std::pair<lastack::State, lastack::State>> without_successor{};
    bool has(lastack::State a, lastack::State b) const { return pairs.contains({a, b}); }
};

Reached reach(TwoEnds& system) {
    Reached r;
    TwoEnds::Worker worker = system.worker();
    std::deque<TwoEnds::State> waiting{system.initial()};
    r.depth.emplace(system.initial().words, 0);
    while (!waiting.empty()) {
        const TwoEnds::State s = waiting.front();
        waiting.pop_front();
        const std::pair states{system.local(s, 0).config.state, system.local(s, 1).config.state};
        r.pairs.insert(states);
        const std::size_t depth = r.depth.at(s.words);
        const std::size_t before = r.moves;
        worker.successors(s, [&](const TwoEnds::State& next, Label) {
            ++r.moves;
            if (r.depth.emplace(next.words, depth + 1).second) waiting.push_back(next);
        });
        if (r.moves == before) r.without_successor.insert(states);
    }
    return r;
}

using enum lastack::State;

Bounds only_opening() {
    Bounds b;
    b.octets = {0, 0};
    b.may_close = {false, false};
    return b;
}

// A calls, B never opens. By hand: 1 nothing has happened; 2 A has called; 3 the SYN is under way; 4 B owes the
// RST,ACK; 5 it is under way; 6 A is CLOSED again, and its user has no OPEN left. Nothing else can happen: while
// something is under way or owed no retransmission is needed, and nothing may be lost.
TEST(TwoEnds, RefusedOpenHasSixStates) {
    Bounds b = only_opening();
    b.opens = {1, 0};
    b.may_listen = {false, false};
    TwoEnds system{b};
    const Reached r = reach(system);
    EXPECT_EQ(r.depth.size(), 6u);
    EXPECT_EQ(r.moves, 5u);
    EXPECT_EQ(r.without_successor, (std::set<std::pair<lastack::State, lastack::State>>{{Closed, Closed}}));
}

// The same with one loss: the SYN or the RST,ACK is lost, and each time A sends the SYN again. Behind the loss the
// network is quiet with A in SYN-SENT (7); the timeout makes the SYN due (8), it leaves (9), the RST,ACK is owed (10),
// is under way (11), and has closed A (12), for the budget of losses is another one. The way without a loss stays.
TEST(TwoEnds, ALostSynOrResetIsMadeUpFor) {
    Bounds b = only_opening();
    b.opens = {1, 0};
    b.may_listen = {false, false};
    b.losses = 1;
    TwoEnds system{b};
    const Reached r = reach(system);
    EXPECT_EQ(r.depth.size(), 12u);
    EXPECT_EQ(r.without_successor, (std::set<std::pair<lastack::State, lastack::State>>{{Closed, Closed}}));
}

// Figure 6 of RFC 9293 3.5, and the simultaneous open of Figure 7.
TEST(TwoEnds, BothFiguresOfTheOpeningAreAmongItsPaths) {
    TwoEnds system{only_opening()};
    const Reached r = reach(system);
    EXPECT_TRUE(r.has(SynSent, Listen));
    EXPECT_TRUE(r.has(SynSent, SynReceived));
    EXPECT_TRUE(r.has(Established, SynReceived));
    EXPECT_TRUE(r.has(Established, Established));
    EXPECT_TRUE(r.has(SynReceived, SynReceived)) << "two SYNs cross";
    EXPECT_FALSE(r.has(Established, Listen));
    EXPECT_FALSE(r.has(Established, SynSent)) << "but for the time before a SYN leaves the other end is in LISTEN";
    EXPECT_FALSE(r.has(CloseWait, Established));
}

TEST(TwoEnds, EveryPathOfAWholeLifeEndsWithBothEndsClosed) {
    Bounds b;
    b.losses = 1;
    b.octets = {1, 0};
    TwoEnds system{b};
    const Reached r = reach(system);
    EXPECT_EQ(r.without_successor, (std::set<std::pair<lastack::State, lastack::State>>{{Closed, Closed}}));
    for (const lastack::State s : all_states) {
        EXPECT_TRUE(std::any_of(r.pairs.begin(), r.pairs.end(), [&](const auto& p) { return p.first == s; }))
            << name(s);
    }
    EXPECT_TRUE(r.has(TimeWait, TimeWait)) << "both close at once";
}

// What the explorer rests on: only the distance between sequence numbers counts. There is one number that is no
// distance: CLOSED answers a segment without ACK by a RST whose SEQ is 0 (3.10.7.1), and whether that 0 lies in the
// window of its receiver depends on where the numbers are.
TEST(TwoEnds, WhereTheNumbersBeginChangesNoCount) {
    const auto counted = [](const Bounds& b) {
        TwoEnds system{b};
        const Reached r = reach(system);
        return std::tuple{r.depth.size(), r.moves, r.pairs};
    };
    Bounds b;
    b.losses = 1;
    b.octets = {1, 0};
    const auto as_in_the_figures = counted(b);
    for (const std::uint32_t iss : {0u, 0x7fffffffu, 0xffff0000u - 3}) {  // 0 lies in no window
        b.iss = {Seq{iss}, Seq{iss}};
        EXPECT_EQ(counted(b), as_in_the_figures) << iss;
    }
    b.instruments.off = rule("3.10.7.1-noACK");
    ASSERT_TRUE(b.instruments.off);
    const auto silent = counted(b);
    for (const std::uint32_t iss : {0xffffffffu, 0xfffffffeu, 0x80000000u}) {  // both wrap around
        b.iss = {Seq{iss}, Seq{iss + 0x80000000u}};
        EXPECT_EQ(counted(b), silent) << iss;
    }
}

TEST(TwoEnds, EndsThatAreAlikeMayChangePlaces) {
    Bounds b;
    b.octets = {1, 0};
    TwoEnds system{b};
    b.octets = {0, 1};
    TwoEnds mirrored{b};
    const Reached r = reach(system), m = reach(mirrored);
    EXPECT_EQ(r.depth.size(), m.depth.size());
    EXPECT_EQ(r.moves, m.moves);
}

TEST(TwoEnds, AMoveSaysWhatItIs) {
    Bounds b = only_opening();
    b.losses = 1;
    TwoEnds system{b};
    TwoEnds::Worker worker = system.worker();
    std::map<std::string, TwoEnds::State> next;
    const auto go = [&](const TwoEnds::State s) {
        next.clear();
        worker.successors(s, [&](const TwoEnds::State& to, Label l) { next[to_string(system.move(s, l))] = to; });
    };
    go(system.initial());
    ASSERT_TRUE(next.contains("A: OPEN active")) << next.begin()->first;
    EXPECT_EQ(next.size(), 4u) << "each user may listen or call";
    go(next.at("A: OPEN active"));
    const std::string syn = "A sends S 100:100(0) win 65535";
    ASSERT_TRUE(next.contains(syn)) << next.begin()->first;
    go(next.at(syn));
    EXPECT_TRUE(next.contains("B receives S 100:100(0) win 65535"));
    ASSERT_TRUE(next.contains("A->B lost: S 100:100(0) win 65535"));
    const auto lost = next.at("A->B lost: S 100:100(0) win 65535");
    EXPECT_EQ(system.budgets(lost).losses, 0);
    EXPECT_TRUE(system.quiet(lost));
    go(lost);
    EXPECT_TRUE(next.contains("A: RETRANSMISSION TIMEOUT"));
}

TEST(TwoEnds, BoundsThatCannotBeAreRefused) {
    Bounds b;
    b.capacity = 0;
    EXPECT_THROW(TwoEnds{b}, std::invalid_argument);
    b.capacity = 9;
    EXPECT_THROW(TwoEnds{b}, std::invalid_argument);
    b.capacity = 3;
    b.losses = b.duplicates = b.early_retransmissions = 255;
    EXPECT_THROW(TwoEnds{b}, std::invalid_argument);
}

}  // namespace
}  // namespace lastack::explore
