// How many random sequences a second? Forty events each: the run alone, with every property, through RapidCheck,
// and the rival: RapidCheck with a generator for each field of each event, as one writes it at first.
#include <benchmark/benchmark.h>
#include <rapidcheck/detail/Configuration.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/proptest/runs.hpp"
#include "lastack/support/pair_run.hpp"
#include "lastack/support/run.hpp"

namespace lastack {
namespace {

using namespace support;

constexpr std::size_t events = 40;

void ends(benchmark::State& state, std::span<const EndProperty* const> properties) {
    RunOptions options;
    options.properties = properties;
    Words words;
    std::uint64_t seed = 0;
    for (auto _ : state) {
        draw_words(seed++, events + 1, words);
        if (run_end(words, options)) state.SkipWithError("a property is broken");
    }
    state.SetItemsProcessed(state.iterations());
}
void run_alone(benchmark::State& state) { ends(state, {}); }
void one_property(benchmark::State& state) {
    static const std::vector<const EndProperty*> one{end_property("S7")};
    ends(state, one);
}
void every_property(benchmark::State& state) {
    static const auto all = checked_with(Sight::inside);
    ends(state, all);
}

void through_rapidcheck(benchmark::State& state) {
    const auto generator = proptest::runs(events);
    static const std::vector<const EndProperty*> one{end_property("S7")};
    RunOptions options;
    options.properties = one;
    for (auto _ : state) {
        rc::detail::TestParams params;
        params.seed = 1;
        params.maxSuccess = 1000;
        rc::detail::checkTestable([&] { RC_ASSERT(!run_end((*generator).words, options)); }, rc::detail::TestMetadata{},
                                  params);
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}

/// The rival: each event a segment or a call, each field a generator; the same machine.
void generator_a_field(benchmark::State& state) {
    for (auto _ : state) {
        rc::detail::TestParams params;
        params.seed = 1;
        params.maxSuccess = 100;
        rc::detail::checkTestable(
            [] {
                Config c;
                for (std::size_t i = 0; i < events; ++i) {
                    Segment s;
                    s.flags = *rc::gen::inRange<std::uint8_t>(0, 64);
                    s.seq = Seq{*rc::gen::inRange<std::uint32_t>(0, 8)};
                    s.ack = Seq{*rc::gen::inRange<std::uint32_t>(0, 8)};
                    s.wnd = *rc::gen::arbitrary<std::uint16_t>();
                    s.text = *rc::gen::inRange<std::uint32_t>(0, 3);
                    Arrival arrival;
                    arrival.segment = s;
                    c = step(c, arrival).next;
                }
            },
            rc::detail::TestMetadata{}, params);
    }
    state.SetItemsProcessed(state.iterations() * 100);
}

void two_ends(benchmark::State& state) {
    static const auto of_ends = checked_with(Sight::inside);
    static const auto of_pairs = all_pair_properties();
    PairOptions options;
    options.end_properties = of_ends;
    options.pair_properties = of_pairs;
    Words words;
    std::uint64_t seed = 0;
    for (auto _ : state) {
        draw_words(seed++, 62, words);
        if (run_pair(words, options)) state.SkipWithError("a property is broken");
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(run_alone);
BENCHMARK(one_property);
BENCHMARK(every_property);
BENCHMARK(through_rapidcheck)->Unit(benchmark::kMillisecond);
BENCHMARK(generator_a_field)->Unit(benchmark::kMillisecond);
BENCHMARK(two_ends);

class Ratios : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& r : runs) {
            const auto found = r.counters.find("items_per_second");
            if (found != r.counters.end()) rate_[r.run_name.function_name] = found->second.value;
        }
    }
    void Finalize() override {
        const double rival = rate_["generator_a_field"];
        if (rival <= 0) return;
        std::puts("\nsequences of 40 events a second, one core, against RapidCheck with a generator a field:");
        for (const char* name : {"run_alone", "one_property", "every_property", "through_rapidcheck"}) {
            std::printf("  %-20s %9.0f  %6.1fx\n", name, rate_[name], rate_[name] / rival);
        }
        std::printf("  %-20s %9.0f\n", "the rival", rival);
    }

private:
    std::map<std::string, double> rate_;
};

}  // namespace
}  // namespace lastack

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    lastack::Ratios reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    return 0;
}
