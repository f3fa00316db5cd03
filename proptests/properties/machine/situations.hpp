// Situations: connections and events for tests that must hold of every one. Drawn at random from a fixed
// seed, so a run repeats itself; plausible, so that every row of the table has its turn; and placed at and
// around the edges (windows, acknowledgments, FINs, 2^31, 2^32) where mistakes live.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "lastack/lifecycle/lifecycle.hpp"

namespace situations {

/// SplitMix64.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_{seed} {}
    std::uint32_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 16);
    }
    /// 0 to n-1.
    std::uint32_t below(std::uint32_t n) { return bits() % n; }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <class T>
    T one_of(std::initializer_list<T> values) {
        return values.begin()[below(static_cast<std::uint32_t>(values.size()))];
    }

private:
    std::uint64_t state_;
};

struct Situation {
    lastack::Config config;
    lastack::Event event;
};

/// A connection in any state, with a TCB as that state can have it.
lastack::Config config(Draw& draw);
/// Something that may happen to it, likely or not.
lastack::Event event(Draw& draw, const lastack::Config& c);
inline Situation situation(Draw& draw) {
    const lastack::Config c = config(draw);
    return {c, event(draw, c)};
}

/// Every choice decided: half of the time mostly at the first reading.
lastack::Policy decided_policy(Draw& draw);
/// `decided` with some choices opened.
lastack::Policy opened(Draw& draw, lastack::Policy decided);
/// Every choice at its first reading.
lastack::Policy first_readings();

}  // namespace situations
