// Small systems of which one sees what is fair, and random ones beside a search that tries every set of states.
#include "lastack/explore/fair_cycle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace lastack::explore {
namespace {

/// Two processes and one lock. Each is idle (0), tries (1), or has the lock (2).
struct Lock {
    using State = std::array<std::uint8_t, 2>;
    struct Label {
        char what;
        unsigned who;
    };
    struct Worker {
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (unsigned who = 0; who < 2; ++who) {
                State to = s;
                if (s[who] == 0) to[who] = 1, take(to, Label{'t', who});
                if (s[who] == 1 && s[1 - who] != 2) to[who] = 2, take(to, Label{'e', who});
                if (s[who] == 2) to[who] = 0, take(to, Label{'l', who});
            }
        }
    };
    State initial() const { return {}; }
    Worker worker() { return {}; }
};

// Does process 0 get the lock when it tries? Nobody has to try; who may enter or leave does so in the end.
struct GetsTheLock {
    std::uint64_t strong{0};
    bool in_scope(const Lock::State& s) const { return s[0] == 1; }
    std::uint64_t class_of(const Lock::Label& label) const {
        if (label.what == 't') return 0;
        return std::uint64_t{1} << ((label.what == 'e' ? 0 : 2) + label.who);
    }
};

TEST(FairCycle, FindsTheStarvationThatWeakFairnessAllows) {
    Lock lock;
    const auto explored = explore(lock);
    EXPECT_EQ(8u, explored.states);  // all pairs but (2, 2)
    const FairSearch search = fair_cycle(explored, GetsTheLock{});
    EXPECT_EQ(3u, search.states);
    EXPECT_EQ(1u, search.layers);
    EXPECT_EQ(0u, search.rests);
    // Process 0 tries; then for ever: the other tries, enters, and leaves.
    ASSERT_TRUE(search.cycle);
    EXPECT_EQ((Lock::State{1, 0}), explored.state(search.cycle->state));
    EXPECT_EQ((std::vector<std::uint32_t>{0}), search.cycle->stem);
    EXPECT_EQ((std::vector<std::uint32_t>{1, 1, 0}), search.cycle->cycle);
    EXPECT_EQ(3u, search.cycle->component);
}

TEST(FairCycle, FindsNoStarvationUnderStrongFairness) {
    Lock lock;
    const auto explored = explore(lock);
    EXPECT_FALSE(fair_cycle(explored, GetsTheLock{.strong = 1}).cycle);
    EXPECT_TRUE(fair_cycle(explored, GetsTheLock{.strong = 2}).cycle);  // strong for the other one is no help
}

/// A token goes round once; who has it may use it as often as it likes.
struct Ring {
    using State = std::uint8_t;
    enum class Label : std::uint8_t { use, pass };
    struct Worker {
        template <class Take>
        void successors(State s, Take&& take) {
            take(s, Label::use);
            if (s < 5) take(static_cast<State>(s + 1), Label::pass);
        }
    };
    State initial() const { return 0; }
    Worker worker() { return {}; }
};
struct TokenArrives {
    std::uint64_t pass{1};
    bool in_scope(Ring::State s) const { return s != 5; }
    std::uint64_t class_of(Ring::Label label) const { return label == Ring::Label::pass ? pass : 0; }
};

TEST(FairCycle, TakesAMoveToTheSameStateForACycleThatIsFairOnlyIfNobodyElseWaits) {
    Ring ring;
    const auto explored = explore(ring);
    const FairSearch obliged = fair_cycle(explored, TokenArrives{});
    EXPECT_EQ(5u, obliged.states);
    EXPECT_FALSE(obliged.cycle);
    EXPECT_EQ(0u, obliged.rests);

    const FairSearch free = fair_cycle(explored, TokenArrives{.pass = 0});
    ASSERT_TRUE(free.cycle);
    EXPECT_TRUE(free.cycle->stem.empty());
    EXPECT_EQ((std::vector<std::uint32_t>{0}), free.cycle->cycle);
    EXPECT_EQ(1u, free.cycle->component);
    EXPECT_EQ(5u, free.rests);
    EXPECT_EQ(explored.initial(), free.rest);
}

/// Four places in a ring, and a budget that each round trip may spend.
struct Budgeted {
    struct State {
        std::uint8_t place, budget;
    };
    using Label = bool;  // does it spend?
    struct Worker {
        template <class Take>
        void successors(const State& s, Take&& take) {
            const auto next = static_cast<std::uint8_t>((s.place + 1) % 4);
            if (next != 0 || s.budget == 0) take(State{next, s.budget}, false);
            if (s.budget > 0) take(State{next, static_cast<std::uint8_t>(s.budget - 1)}, true);
        }
    };
    State initial() const { return {0, 3}; }
    Worker worker() { return {}; }
};
struct Everywhere {
    bool in_scope(const Budgeted::State&) const { return true; }
    std::uint64_t class_of(bool) const { return 1; }
};
struct EverywhereByBudget : Everywhere {
    std::uint64_t layer(const Budgeted::State& s) const { return s.budget; }
};

TEST(FairCycle, FindsTheSameLayerByLayer) {
    Budgeted system;
    const auto explored = explore(system);
    const FairSearch whole = fair_cycle(explored, Everywhere{});
    const FairSearch layered = fair_cycle(explored, EverywhereByBudget{});
    EXPECT_EQ(1u, whole.layers);
    EXPECT_EQ(4u, layered.layers);
    EXPECT_EQ(explored.states, whole.states);
    EXPECT_EQ(explored.states, layered.states);
    // Three moves that spend, at once; the ring closes only then.
    for (const FairSearch* search : {&whole, &layered}) {
        ASSERT_TRUE(search->cycle);
        EXPECT_EQ((std::vector<std::uint32_t>{1, 1, 1}), search->cycle->stem);
        EXPECT_EQ((std::vector<std::uint32_t>{0, 0, 0, 0}), search->cycle->cycle);
        EXPECT_EQ(4u, search->cycle->component);
    }
}

/// A long way round: the search must not need a deep stack.
struct LongRing {
    using State = std::uint32_t;
    using Label = int;
    State length;
    struct Worker {
        State length;
        template <class Take>
        void successors(State s, Take&& take) {
            take((s + 1) % length, 0);
        }
    };
    State initial() const { return 0; }
    Worker worker() { return {length}; }
};
struct Always {
    bool in_scope(LongRing::State) const { return true; }
    std::uint64_t class_of(int) const { return 1; }
};

TEST(FairCycle, GoesALongWayRound) {
    LongRing ring{100'000};
    const FairSearch search = fair_cycle(explore(ring), Always{});
    ASSERT_TRUE(search.cycle);
    EXPECT_EQ(100'000u, search.cycle->cycle.size());
    EXPECT_EQ(100'000u, search.cycle->component);
}

// --- Random systems ----------------------------------------------------------------------------

constexpr unsigned most_nodes = 7;

struct Graph {
    using State = std::uint8_t;
    using Label = std::uint64_t;  // the classes that the move serves
    struct Edge {
        State to;
        std::uint64_t classes;
    };
    std::vector<std::vector<Edge>> edges;
    struct Worker {
        const std::vector<std::vector<Edge>>* edges;
        template <class Take>
        void successors(State s, Take&& take) {
            for (const Edge& edge : (*edges)[s]) take(edge.to, edge.classes);
        }
    };
    State initial() const { return 0; }
    Worker worker() { return {&edges}; }

    explicit Graph(std::mt19937& random) : edges(2 + random() % (most_nodes - 1)) {
        const std::size_t count = random() % (3 * edges.size());
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t classes = random() % 2 ? 0 : random() % 8;
            edges[random() % edges.size()].push_back({static_cast<State>(random() % edges.size()), classes});
        }
    }
};

struct RandomFairness {
    std::uint64_t strong, scope;
    bool in_scope(Graph::State s) const { return scope >> s & 1; }
    std::uint64_t class_of(std::uint64_t label) const { return label; }
};

std::uint64_t enabled(const Graph& graph, unsigned s) {
    std::uint64_t classes = 0;
    for (const auto& edge : graph.edges[s]) classes |= edge.classes;
    return classes;
}

bool fair(std::uint64_t strong, std::uint64_t sometimes, std::uint64_t always, std::uint64_t served) {
    return !(sometimes & strong & ~served) && !(always & ~strong & ~served);
}

/// Whether a run may visit exactly the states of `set` again and again, taking all moves among them, and be fair.
bool fair_set(const Graph& graph, unsigned set, std::uint64_t strong) {
    std::uint64_t sometimes = 0, always = ~std::uint64_t{0}, served = 0;
    for (unsigned s = 0; s < graph.edges.size(); ++s) {
        if (!(set >> s & 1)) continue;
        sometimes |= enabled(graph, s);
        always &= enabled(graph, s);
        unsigned reached = 0;  // by at least one move
        for (bool more = true; more;) {
            more = false;
            for (unsigned from = 0; from < graph.edges.size(); ++from) {
                if (!(set >> from & 1) || !(from == s || reached >> from & 1)) continue;
                for (const auto& edge : graph.edges[from])
                    if (set >> edge.to & 1) {
                        served |= edge.classes;
                        more = more || !(reached >> edge.to & 1);
                        reached |= 1u << edge.to;
                    }
            }
        }
        if (reached != set) return false;
    }
    return fair(strong, sometimes, always, served);
}

TEST(FairCycle, AgreesWithASearchThroughEverySetOfStates) {
    std::mt19937 random(9293);
    unsigned with = 0, without = 0, refined = 0;
    for (int round = 0; round < 20'000; ++round) {
        Graph graph(random);
        const RandomFairness fairness{random() % 8, random() % 3 ? ~std::uint64_t{0} : random()};
        const auto explored = explore(graph);
        const FairSearch search = fair_cycle(explored, fairness);

        unsigned inside = 0;
        std::uint64_t rests = 0;
        explored.for_each([&](Id, Graph::State s) {
            if (!fairness.in_scope(s)) return;
            inside |= 1u << s;
            rests += enabled(graph, s) == 0;
        });
        ASSERT_EQ(static_cast<unsigned>(std::popcount(inside)), search.states);
        ASSERT_EQ(rests, search.rests);
        ASSERT_EQ(rests > 0, search.rest.has_value());
        if (search.rest) {
            ASSERT_EQ(0u, enabled(graph, explored.state(*search.rest)));
        }

        std::optional<std::uint32_t> least;
        unsigned largest = 0;
        for (unsigned set = inside; set > 0; set = (set - 1) & inside) {
            if (!fair_set(graph, set, fairness.strong)) continue;
            largest = std::max(largest, static_cast<unsigned>(std::popcount(set)));
            for (unsigned s = 0; s < graph.edges.size(); ++s) {
                if (!(set >> s & 1)) continue;
                const std::uint32_t depth = explored.depth(*explored.find(static_cast<Graph::State>(s)));
                least = std::min(least.value_or(depth), depth);
            }
        }
        ASSERT_EQ(least.has_value(), search.cycle.has_value()) << "round " << round;
        ++(least ? with : without);
        if (!search.cycle) continue;

        // The lasso holds by itself.
        const FairCycle& lasso = *search.cycle;
        ASSERT_EQ(*least, lasso.stem.size());
        ASSERT_LE(lasso.component, largest);
        refined += lasso.component < static_cast<unsigned>(std::popcount(inside));
        ASSERT_EQ(explored.state(lasso.state), explored.replay(lasso.stem));
        ASSERT_FALSE(lasso.cycle.empty());
        std::vector<std::uint32_t> run = lasso.stem;
        run.insert(run.end(), lasso.cycle.begin(), lasso.cycle.end());
        std::uint64_t sometimes = 0, always = ~std::uint64_t{0}, served = 0;
        std::size_t at = 0;
        const auto last = explored.replay(run, [&](Graph::State from, std::uint64_t classes, Graph::State) {
            if (at++ < lasso.stem.size()) return;
            ASSERT_TRUE(fairness.in_scope(from));
            sometimes |= enabled(graph, from);
            always &= enabled(graph, from);
            served |= classes;
        });
        ASSERT_EQ(explored.state(lasso.state), last);
        ASSERT_TRUE(fair(fairness.strong, sometimes, always, served)) << "round " << round;
    }
    EXPECT_GT(with, 2000u);
    EXPECT_GT(without, 2000u);
    EXPECT_GT(refined, 1000u);
}

}  // namespace
}  // namespace lastack::explore
