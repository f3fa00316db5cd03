// One end against an adversary: words in, observations out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/decoder.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/recording.hpp"
#include "lastack/support/subject.hpp"

namespace lastack::support {

/// The first property that a run broke.
struct Broken {
    std::string id;       ///< "S7"
    std::string message;  ///< one line: which event, before and after
    std::size_t at{0};    ///< number of the word
};

/// "CLOSE", "arrival of . 1:1(0) ack 1".
std::string to_string(const Event& e);

/// Keeps Past up to date.
void note(Past& past, const Observation& o);

/// Counters over runs. All vectors are sized by count_nothing().
struct Coverage {
    std::vector<std::uint64_t> rules;                                ///< by Rule::index
    std::array<std::array<std::uint64_t, 64>, state_count> cells{};  ///< state x event class (see event_class)
    std::vector<std::uint64_t> witnesses;                            ///< by index in end_properties()
    std::uint64_t sequences{0};
    std::uint64_t events{0};
};
Coverage count_nothing();
/// Counts one event. A refused departure and a timeout of a timer that does not run are no cells.
void count(Coverage& coverage, const Config& before, const Event& event, const Outcome& outcome);

/// Columns of the state x event matrix: the calls, the timeouts, classes of arriving and departing segments.
std::size_t event_class(const Event&);
std::size_t event_class_count();
std::string_view event_class_name(std::size_t);

struct RunOptions {
    Subject subject{};
    std::span<const EndProperty* const> properties{};  ///< that are checked
    Coverage* coverage{nullptr};                       ///< counts, where wanted
    Recording* recording{nullptr};                     ///< is filled, where wanted
};

/// Runs one end over the words, the first of which is the header. Ends at the first broken property.
std::optional<Broken> run_end(std::span<const Word> words, const RunOptions& options);

/// Pointers to all end properties that need no more than `sight`.
std::vector<const EndProperty*> checked_with(Sight sight);

}  // namespace lastack::support
