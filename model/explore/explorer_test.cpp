// Systems whose states, levels and moves are known by hand or from the literature.
#include "lastack/explore/explorer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lastack::explore {
namespace {

/// n bits, any of which may be flipped: 2^n states, n choose d of them at depth d, n moves each.
template <class S>
struct Cube {
    using State = S;
    using Label = unsigned;
    unsigned bits;
    struct Worker {
        unsigned bits;
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (unsigned bit = 0; bit < bits; ++bit) take(s.flipped(bit), bit);
        }
    };
    State initial() const { return {}; }
    Worker worker() { return {bits}; }
};

template <class Word, unsigned words, unsigned place>
struct Bits {
    std::array<Word, words> word{};
    Bits flipped(unsigned bit) const {
        Bits result = *this;
        result.word[place] = static_cast<Word>(result.word[place] ^ Word{1} << bit);
        return result;
    }
};
using Word = Bits<std::uint32_t, 1, 0>;

std::uint64_t choose(std::uint64_t n, std::uint64_t k) { return k == 0 ? 1 : choose(n - 1, k - 1) * n / k; }

template <class S>
class ExplorerOfStates : public testing::Test {};
// 1 to 16 octets; the bits that differ lie in the first or the last of them.
using Sizes = testing::Types<Bits<std::uint8_t, 1, 0>, Bits<std::uint8_t, 3, 2>, Word, Bits<std::uint64_t, 1, 0>,
                             Bits<std::uint32_t, 3, 0>, Bits<std::uint32_t, 3, 2>, Bits<std::uint64_t, 2, 0>,
                             Bits<std::uint64_t, 2, 1>>;
TYPED_TEST_SUITE(ExplorerOfStates, Sizes);

TYPED_TEST(ExplorerOfStates, FindsEachCornerOfACubeOnce) {
    Cube<TypeParam> cube{8};
    const auto found = explore(cube);
    EXPECT_EQ(Stopped::complete, found.why);
    EXPECT_EQ(256u, found.states);
    EXPECT_EQ(256u, found.expanded);
    EXPECT_EQ(8u * 256, found.moves);
    EXPECT_EQ((std::vector<std::uint64_t>{1, 8, 28, 56, 70, 56, 28, 8, 1}), found.levels);
    EXPECT_EQ(8u, found.depth());
    EXPECT_TRUE(found.deadlocks.empty());
}

/// One run through 2^16 states.
struct Counter {
    using State = std::uint16_t;
    using Label = char;
    struct Worker {
        template <class Take>
        void successors(State s, Take&& take) {
            take(static_cast<State>(s + 1), '+');
        }
    };
    State initial() const { return 0xfff0; }
    Worker worker() { return {}; }
};

TEST(Explorer, FollowsALongRun) {
    Counter counter;
    const auto found = explore(counter);
    EXPECT_EQ(65536u, found.states);
    EXPECT_EQ(65536u, found.moves);
    EXPECT_EQ(65535u, found.depth());
    EXPECT_EQ(std::vector<std::uint64_t>(65536, 1), found.levels);
    const auto last = found.find(0xffef);
    ASSERT_TRUE(last);
    EXPECT_EQ(65535u, found.depth(*last));
    EXPECT_EQ(std::vector<std::uint32_t>(65535, 0), found.path(*last));
}

/// 3 x 3 sliding puzzle: four bits for each field, the blank (0) begins in a corner.
struct Puzzle {
    using State = std::uint64_t;
    using Label = char;  // where the blank goes
    struct Worker {
        template <class Take>
        void successors(State s, Take&& take) {
            int blank = 0;
            while (s >> (4 * blank) & 15) ++blank;
            const auto swap = [&](int with, char label) {
                const State tile = s >> (4 * with) & 15;
                take(s ^ tile << (4 * with) ^ tile << (4 * blank), label);
            };
            if (blank >= 3) swap(blank - 3, 'u');
            if (blank < 6) swap(blank + 3, 'd');
            if (blank % 3 > 0) swap(blank - 1, 'l');
            if (blank % 3 < 2) swap(blank + 1, 'r');
        }
    };
    State initial() const { return 0x876543210; }
    Worker worker() { return {}; }
};

// Number of positions at each distance from one with the blank in a corner, OEIS A089473.
const std::vector<std::uint64_t> puzzle_levels{1,     2,     4,     8,     16,    20,   39,   62,   116,   152,   286,
                                               396,   748,   1024,  1893,  2512,  4485, 5638, 9529, 10878, 16993, 17110,
                                               23952, 20224, 24047, 15578, 14560, 6274, 3910, 760,  221,   2};

TEST(Explorer, FindsThePositionsOfTheSlidingPuzzle) {
    Puzzle puzzle;
    const auto found = explore(puzzle);
    EXPECT_EQ(Stopped::complete, found.why);
    EXPECT_EQ(181440u, found.states);  // 9! / 2
    EXPECT_EQ(puzzle_levels, found.levels);
    EXPECT_EQ(31u, found.depth());
    // Each place of the blank occurs equally often; four have 2 neighbours, four 3, one 4.
    EXPECT_EQ(181440u / 9 * 24, found.moves);
}

TEST(Explorer, GivesPathsThatLeadThereAndAreAsLongAsTheDepth) {
    Puzzle puzzle;
    const auto found = explore(puzzle);
    std::uint64_t checked = 0;
    std::uint32_t depth = 0;
    std::vector<bool> numbers(found.states);
    found.for_each([&](Id id, Puzzle::State state) {
        EXPECT_GE(found.depth(id), depth);  // in the order of depth
        depth = found.depth(id);
        ASSERT_EQ(id, found.find(state));
        ASSERT_EQ(state, found.state(id));
        ASSERT_LT(found.number(id), found.states);
        EXPECT_FALSE(numbers[found.number(id)]);
        numbers[found.number(id)] = true;
        if (id != found.initial()) {
            EXPECT_EQ(depth, found.depth(found.parent(id)) + 1);
        }
        if (checked++ % 97 != 0) return;
        const auto path = found.path(id);
        EXPECT_EQ(depth, path.size());
        std::size_t moves = 0;
        Puzzle::State at = puzzle.initial();
        const auto last = found.replay(path, [&](Puzzle::State from, char label, Puzzle::State to) {
            EXPECT_EQ(at, from);
            EXPECT_NE(std::string::npos, std::string("udlr").find(label));
            at = to;
            ++moves;
        });
        EXPECT_EQ(state, last);
        EXPECT_EQ(state, at);
        EXPECT_EQ(path.size(), moves);
    });
    EXPECT_EQ(181440u, checked);
    EXPECT_EQ(std::nullopt, found.find(0x876543120));  // the other half of the permutations
}

TEST(Explorer, FindsManyAtOnce) {
    Puzzle puzzle;
    const auto found = explore(puzzle);
    std::vector<std::optional<Id>> ids{7};
    found.find({0x876543210, 0x876543120, 0x876543201}, ids);
    ASSERT_EQ(3u, ids.size());
    EXPECT_EQ(found.initial(), ids[0]);
    EXPECT_EQ(std::nullopt, ids[1]);
    ASSERT_TRUE(ids[2]);
    EXPECT_EQ(1u, found.depth(*ids[2]));
}

TEST(Explorer, SaysWhereAPathIsNone) {
    Puzzle puzzle;
    const auto found = explore(puzzle);
    try {
        found.replay({0, 0, 7});
        FAIL() << "the blank has no eighth way";
    } catch (const std::out_of_range& error) {
        EXPECT_STREQ("explore: move 2 of the path has ordinal 7, and the state has 2 moves", error.what());
    }
}

/// `n` philosophers: each thinks (0), has its left fork (1), or has both and eats (2). Fork i lies left of i.
struct Philosophers {
    using State = std::array<std::uint8_t, 12>;
    enum class Label : std::uint8_t { left, right, put };
    unsigned n;
    struct Worker {
        unsigned n;
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (unsigned i = 0; i < n; ++i) {
                const unsigned before = (i + n - 1) % n, next = (i + 1) % n;
                State to = s;
                if (s[i] == 0 && s[before] != 2) to[i] = 1, take(to, Label::left);
                if (s[i] == 1 && s[next] == 0) to[i] = 2, take(to, Label::right);
                if (s[i] == 2) to[i] = 0, take(to, Label::put);
            }
        }
    };
    State initial() const { return {}; }
    Worker worker() { return {n}; }
};

TEST(Explorer, FindsTheOneDeadlockOfThePhilosophers) {
    // Circular words over {0, 1, 2} in which neither 1 nor 2 follows 2: q(n) = 2 q(n-1) + q(n-2).
    std::uint64_t before = 2, states = 6;
    for (unsigned n = 2; n <= 12; ++n) {
        Philosophers philosophers{n};
        const auto found = explore(philosophers);
        EXPECT_EQ(states, found.states) << n;
        ASSERT_EQ(1u, found.deadlocks.size()) << n;
        Philosophers::State all_left{};
        for (unsigned i = 0; i < n; ++i) all_left[i] = 1;
        EXPECT_EQ(all_left, found.state(found.deadlocks[0]));
        EXPECT_EQ(n, found.path(found.deadlocks[0]).size());
        before = std::exchange(states, 2 * states + before);
    }
}

/// Marks corners and moves of a Cube<Word>, and counts what it is asked.
struct CornerJudge {
    std::atomic<std::uint64_t>* states;
    std::atomic<std::uint64_t>* moves;
    Marks state(const Word& s) {
        ++*states;
        Marks marks;
        if (s.word[0] == 0) marks.seen |= 1;
        if ((s.word[0] & 0xf) == 0xf) marks.broken |= 2;  // first at depth 4
        return marks;
    }
    Marks move(const Word& from, unsigned bit, const Word& to) {
        ++*moves;
        EXPECT_EQ(to.word, from.flipped(bit).word);
        Marks marks;
        if (bit == 7 && from.word[0] >> 7 & 1) marks.seen |= 4;  // its first one is from depth 1
        if (bit == 5 && (from.word[0] & 7) == 7) marks.broken |= std::uint64_t{1} << 63;  // from depth 3
        return marks;
    }
};

TEST(Explorer, JudgesEachStateAndEachMoveOnceAndKeepsTheFirstPlaces) {
    for (unsigned threads : {1u, 2u, 3u}) {
        std::atomic<std::uint64_t> states{0}, moves{0};
        Cube<Word> cube{14};
        Options options;
        options.threads = threads;
        const auto found = explore(cube, options, CornerJudge{&states, &moves});
        EXPECT_EQ(1u << 14, states);
        EXPECT_EQ(14u << 14, moves);
        EXPECT_EQ(std::uint64_t{2} | std::uint64_t{1} << 63, found.marks.broken);
        EXPECT_EQ(5u, found.marks.seen);

        ASSERT_TRUE(found.broken[1] && found.broken[63] && found.seen[0] && found.seen[2]);
        EXPECT_FALSE(found.broken[0] || found.seen[1]);
        EXPECT_EQ(0xfu, found.state(found.broken[1]->state).word[0]);
        EXPECT_EQ(std::nullopt, found.broken[1]->ordinal);
        EXPECT_EQ(4u, found.path(*found.broken[1]).size());
        EXPECT_EQ(found.initial(), found.seen[0]->state);
        EXPECT_EQ(7u, found.state(found.broken[63]->state).word[0]);
        EXPECT_EQ(5u, found.broken[63]->ordinal);
        EXPECT_EQ((std::vector<std::uint32_t>{7, 7}), found.path(*found.seen[2]));
        EXPECT_EQ(0u, found.replay(found.path(*found.seen[2])).word[0]);
        EXPECT_EQ(0x27u, found.replay(found.path(*found.broken[63])).word[0]);
    }
}

TEST(Explorer, StopsBehindTheLevelInWhichABrokenBitIsFound) {
    std::atomic<std::uint64_t> states{0}, moves{0};
    Cube<Word> cube{14};
    Options options;
    options.stop_on = 2;
    const auto found = explore(cube, options, CornerJudge{&states, &moves});
    EXPECT_EQ(Stopped::found, found.why);
    EXPECT_EQ((std::vector<std::uint64_t>{1, 14, 91, 364, 1001}), found.levels);
    EXPECT_EQ(1u + 14 + 91 + 364, found.expanded);
    EXPECT_EQ(found.states, states);
    EXPECT_EQ(found.moves, moves);
    EXPECT_EQ(4u, found.path(*found.broken[1]).size());

    options.stop_on = 4;  // nothing breaks it
    EXPECT_EQ(Stopped::complete, explore(cube, options, CornerJudge{&states, &moves}).why);
}

/// Marks what many states and moves of one level have in common.
struct TileJudge {
    static bool late(Puzzle::State s) { return (s & 15) == 8 && (s >> 32 & 15) == 0; }
    Marks state(Puzzle::State s) { return {late(s) ? 1u : 0u, 0}; }
    Marks move(Puzzle::State from, char, Puzzle::State) { return {0, late(from) ? 1u : 0u}; }
};

TEST(Explorer, FindsTheSameForAnyNumberOfThreads) {
    Puzzle puzzle;
    Options options;
    options.threads = 1;
    const auto one = explore(puzzle, options, TileJudge{});
    std::optional<Id> first;
    unsigned others_there = 0;
    one.for_each([&](Id id, Puzzle::State state) {
        if (!TileJudge::late(state)) return;
        if (!first) first = id;
        others_there += id != *first && one.depth(id) == one.depth(*first);
    });
    ASSERT_TRUE(first);
    EXPECT_GT(others_there, 0u);
    EXPECT_EQ((First{*first, std::nullopt}), one.broken[0]);
    EXPECT_EQ((First{*first, 0}), one.seen[0]);
    for (unsigned threads : {2u, 3u, 5u}) {
        options.threads = threads;
        const auto many = explore(puzzle, options, TileJudge{});
        EXPECT_EQ(one.states, many.states);
        EXPECT_EQ(one.moves, many.moves);
        EXPECT_EQ(one.levels, many.levels);
        EXPECT_EQ(one.deadlocks, many.deadlocks);
        EXPECT_EQ(one.broken, many.broken);
        EXPECT_EQ(one.seen, many.seen);
        std::uint64_t others = 0;
        one.for_each(
            [&](Id id, Puzzle::State state) { others += many.find(state) != id || many.parent(id) != one.parent(id); });
        EXPECT_EQ(0u, others) << threads;
    }
}

// Of a run that was cut on a Cube<Word>: all levels but the last are whole, and what was found holds.
void expect_beginning(const Explored<Cube<Word>>& found, unsigned bits) {
    ASSERT_FALSE(found.levels.empty());
    std::uint64_t states = 0;
    for (std::size_t d = 0; d < found.levels.size(); ++d) {
        states += found.levels[d];
        if (d + 1 < found.levels.size()) {
            EXPECT_EQ(choose(bits, d), found.levels[d]) << d;
        } else {
            EXPECT_LE(found.levels[d], choose(bits, d));
        }
    }
    EXPECT_EQ(states, found.states);
    EXPECT_LT(found.expanded, found.states);
    EXPECT_EQ(bits * found.expanded, found.moves);
    std::uint64_t visited = 0, unknown = 0;
    found.for_each([&](Id id, const Word& state) {
        // Those that count as expanded come first, and all their successors are there; the last ones are tried.
        if (visited < found.expanded && visited + 5000 > found.expanded)
            for (unsigned bit = 0; bit < bits; ++bit) unknown += !found.find(state.flipped(bit));
        EXPECT_EQ(static_cast<unsigned>(std::popcount(state.word[0])), found.depth(id));
        if (visited++ % 1009 == 0) {
            EXPECT_EQ(state.word, found.replay(found.path(id)).word);
        }
    });
    EXPECT_EQ(states, visited);
    EXPECT_EQ(0u, unknown);
}

class CutExplorer : public testing::TestWithParam<unsigned> {
protected:
    CutExplorer() { options.threads = GetParam(); }
    Cube<Word> cube{22};
    Options options;
};
INSTANTIATE_TEST_SUITE_P(Threads, CutExplorer, testing::Values(1u, 2u, 3u));

TEST_P(CutExplorer, KeepsTheBeginningWhenThereAreTooManyStates) {
    for (const std::uint64_t most : {0u, 1u, 1000u, 100'000u}) {
        options.most_states = most;
        const auto found = explore(cube, options);
        EXPECT_EQ(Stopped::states, found.why);
        EXPECT_GT(found.states, most);
        EXPECT_LE(found.states, most + most / 10 + 64 * 22);
        expect_beginning(found, 22);
    }
}

TEST_P(CutExplorer, KeepsTheBeginningWhenMemoryIsOver) {
    for (const std::size_t most : {200'000u, 1'000'000u, 20'000'000u}) {
        options.most_bytes = most;
        const auto found = explore(cube, options);
        EXPECT_EQ(Stopped::bytes, found.why);
        EXPECT_LE(found.bytes, most);
        EXPECT_GT(found.bytes, most / 2);
        expect_beginning(found, 22);
    }
}

TEST_P(CutExplorer, KeepsTheBeginningWhenTimeIsOver) {
    options.most_time = std::chrono::milliseconds(20);
    const auto found = explore(cube, options);
    EXPECT_EQ(Stopped::time, found.why);
    EXPECT_GE(found.seconds, 0.02);
    expect_beginning(found, 22);
}

TEST_P(CutExplorer, KeepsTheBeginningWhenTheCallerHasEnough) {
    std::vector<Progress> told;
    options.progress_every = std::chrono::seconds(0);
    options.progress = [&](const Progress& progress) {
        told.push_back(progress);
        return progress.states < 50'000;
    };
    const auto found = explore(cube, options);
    EXPECT_EQ(Stopped::by_caller, found.why);
    EXPECT_GE(found.states, 50'000u);
    expect_beginning(found, 22);

    ASSERT_GT(told.size(), 2u);
    for (std::size_t i = 0; i < told.size(); ++i) {
        const Progress& now = told[i];
        EXPECT_EQ(22 * (now.states - now.frontier), now.moves);
        EXPECT_GT(now.bytes, 0u);
        if (i == 0) continue;
        EXPECT_GE(now.states, told[i - 1].states);
        EXPECT_GE(now.depth, told[i - 1].depth);
        EXPECT_GE(now.seconds, told[i - 1].seconds);
    }
    EXPECT_LT(told.back().depth, found.levels.size());
}

TEST(Explorer, CompletesWhenTheBoundsAreJustMet) {
    Cube<Word> cube{10};
    Options options;
    options.most_states = 1024;
    EXPECT_EQ(Stopped::complete, explore(cube, options).why);
    options.most_states = 1023;
    EXPECT_EQ(Stopped::states, explore(cube, options).why);
    options = {};
    options.threads = 1;
    options.most_bytes = explore(cube, options).bytes;
    EXPECT_EQ(Stopped::complete, explore(cube, options).why);
}

TEST(Explorer, FindsNothingWithoutAnyMemory) {
    Cube<Word> cube{10};
    Options options;
    options.most_bytes = 0;
    const auto found = explore(cube, options);
    EXPECT_EQ(Stopped::bytes, found.why);
    EXPECT_EQ(0u, found.states);
    EXPECT_TRUE(found.levels.empty());
}

/// A cube one corner of which cannot be left.
struct Trap : Cube<Word> {
    struct Worker : Cube<Word>::Worker {
        template <class Take>
        void successors(const Word& s, Take&& take) {
            if (s.word[0] == 0x1fff) throw std::runtime_error("trap");
            Cube<Word>::Worker::successors(s, take);
        }
    };
    Worker worker() { return {{bits}}; }
};

TEST(Explorer, ThrowsWhatTheSystemThrows) {
    for (unsigned threads : {1u, 3u}) {
        Trap trap{{16}};
        Options options;
        options.threads = threads;
        EXPECT_THROW(explore(trap, options), std::runtime_error);
        options.progress_every = std::chrono::seconds(0);
        options.progress = [](const Progress& progress) -> bool {
            if (progress.states > 9000) throw std::logic_error("enough");
            return true;
        };
        EXPECT_THROW(explore(trap, options), std::logic_error);
    }
}

TEST(Explorer, HoldsAtMost28OctetsForAStateOf12) {
    Cube<Bits<std::uint32_t, 3, 1>> cube{21};
    const auto found = explore(cube);
    EXPECT_EQ(1u << 21, found.states);
    EXPECT_LE(static_cast<double>(found.bytes) / static_cast<double>(found.states), 28);
}

}  // namespace
}  // namespace lastack::explore
