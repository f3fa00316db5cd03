// Runs as RapidCheck draws, shrinks, shows and replays them.
//
// A run is its words (lastack/support/word.hpp), so one generator serves every subject: the lifecycle, two ends
// and a network, somebody's stack. A failure is shrunk by leaving words out and by making words smaller, towards
// the normal run.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

#include "lastack/support/run.hpp"
#include "lastack/support/word.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack {

// In the project's notation, wherever RapidCheck prints a value.
void showValue(const Segment&, std::ostream&);
void showValue(const Config&, std::ostream&);
void showValue(const Policy&, std::ostream&);
void showValue(const Event&, std::ostream&);
void showValue(State, std::ostream&);

}  // namespace lastack

namespace lastack::proptest {

/// The words of one run; the first is the header.
struct Run {
    support::Words words;
};
void showValue(const Run&, std::ostream&);

/// Runs of up to `events` events. The length and the rates of what is not normal are drawn for each run.
rc::Gen<Run> runs(std::size_t events = 40);

/// Drawn segments near the one that would be right for `config`, for properties of one's own.
rc::Gen<Segment> near_segments(const Config& config);
/// A Config that a random run came to, in `state` if it is given.
rc::Gen<Config> configs(std::optional<State> state = std::nullopt);

struct CheckOptions {
    std::size_t cases{10000};  ///< runs; LASTACK_CASES in the environment overrides it
    std::size_t events{40};    ///< events of a run at most
    /// Where a counterexample is written to, as NAME.case; empty: nowhere.
    std::string folder{};
};

struct CheckResult {
    bool holds{true};
    std::size_t cases{0};    ///< that were tried
    support::Words words{};  ///< of the smallest counterexample
    std::optional<support::Broken> broken{};
    std::string report{};  ///< what to tell people: empty when it holds
};

/// A run of something: what it broke, if anything. With a Recording, it also tells what happened.
using Runner = std::function<std::optional<support::Broken>(std::span<const support::Word>, support::Recording*)>;

/// Tries `run` on many runs, or just on the one whose words LASTACK_WORDS holds. On failure shrinks, runs once more to
/// record, and writes the case file. The seed is RapidCheck's: new each time, or as RC_PARAMS says; a report names both
/// the words and the seed.
CheckResult check_runs(const std::string& name, const Runner& run, const CheckOptions& options = {});

/// Number of cases: LASTACK_CASES where it is set to a number, else `usual`.
std::size_t cases(std::size_t usual);

}  // namespace lastack::proptest
