// Two ends over a network: words in, observations out. What the words did is healed at the end of each run, and both
// ends must then come to CLOSED.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lastack/support/pair_property.hpp"
#include "lastack/support/run.hpp"

namespace lastack::support {

struct PairOptions {
    std::array<Subject, 2> subjects{};                       ///< A's and B's
    bool attacked{false};                                    ///< words may forge segments
    std::span<const EndProperty* const> end_properties{};    ///< that are checked on each end
    std::span<const PairProperty* const> pair_properties{};  ///< that are checked on both
    Coverage* coverage{nullptr};                             ///< counts what both ends did, where wanted
    std::vector<std::uint64_t>* witnesses{nullptr};          ///< by index in pair_properties(), where wanted
    Recording* recording{nullptr};                           ///< is filled, where wanted
};

/// A run of the network. The first word is the header of both ends, the second what their users do; each further one is
/// an event. Then faults stop and the run is brought to its end. Ends at the first broken property.
std::optional<Broken> run_pair(std::span<const Word> words, const PairOptions& options);

/// The policy of a pair run: that of the header, but for the letter of C3, by which two ends in TIME-WAIT answer each
/// other for ever.
Setting decode_pair_setting(Word header);

std::vector<const PairProperty*> all_pair_properties();

}  // namespace lastack::support
