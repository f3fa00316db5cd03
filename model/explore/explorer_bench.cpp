// How fast is the explorer itself? A system that costs next to nothing, with states of 12 octets: counters, each of
// which may step up until it is full. Counters: states a second, moves a second, octets a state all in.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>

#include "lastack/explore/explorer.hpp"
#include "lastack/explore/fair_cycle.hpp"

namespace lastack::explore {
namespace {

struct Counters {
    using State = std::array<std::uint32_t, 3>;  // a counter an octet
    using Label = unsigned;
    unsigned counters, top;
    struct Worker {
        unsigned counters, top;
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (unsigned i = 0; i < counters; ++i) {
                if ((s[i / 4] >> (i % 4 * 8) & 255) + 1 == top) continue;
                State to = s;
                to[i / 4] += 1u << (i % 4 * 8);
                take(to, i);
            }
        }
    };
    State initial() const { return {}; }
    Worker worker() { return {counters, top}; }
};

void explore_counters(benchmark::State& run, unsigned counters, unsigned top) {
    std::uint64_t states = 0, moves = 0;
    std::size_t bytes = 0;
    for (auto _ : run) {
        Counters system{counters, top};
        Options options;
        options.threads = static_cast<unsigned>(run.range(0));
        const auto found = explore(system, options);
        states = found.states;
        moves = found.moves;
        bytes = found.bytes;
    }
    const auto each = [&](std::uint64_t n) {
        return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate);
    };
    run.counters["states"] = static_cast<double>(states);
    run.counters["states/s"] = each(states);
    run.counters["moves/s"] = each(moves);
    run.counters["octets/state"] = static_cast<double>(bytes) / static_cast<double>(states);
}
BENCHMARK_CAPTURE(explore_counters, four_moves_a_state, 4u, 60u)  // 60^4 states
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(explore_counters, seven_moves_a_state, 8u, 7u)  // 7^8 states
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Every state in one layer, and none on a cycle.
struct Full {
    bool in_scope(const Counters::State&) const { return true; }
    std::uint64_t class_of(unsigned i) const { return std::uint64_t{1} << i; }
};
void search_fair_cycles(benchmark::State& run) {
    Counters system{4, 40};
    const auto found = explore(system);
    for (auto _ : run) benchmark::DoNotOptimize(fair_cycle(found, Full{}).rests);
    run.counters["states/s"] =
        benchmark::Counter(static_cast<double>(found.states), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(search_fair_cycles)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lastack::explore
