// An exhaustive sweep of one end: every Config that can be reached within small bounds, and at each of them every
// event of a dense grid, under every reading of the choices that are asked.
//
// Numbers are small by the law that a step commutes with translating them (tested in properties/machine).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"

namespace lastack::mutants {

/// What is explored. Each feature multiplies the Configs, so that several narrow domains show more than a wide one
/// that is cut off.
struct Domain {
    std::uint32_t sent{1};      ///< octets that the user sends at most
    std::uint32_t received{1};  ///< octets that the peer sends at most, a gap of one octet before them included
    bool timestamps{false};     ///< SYNs offer them
    bool shut_windows{false};   ///< the peer announces a window of zero, too
    bool waiting_receives{false};
    std::uint32_t window{3};         ///< receive window at OPEN
    std::size_t configs{1'000'000};  ///< a stop that must not be reached
};

/// Every Config that one end can reach from CLOSED within the domain, by calls, timeouts, arrivals and departures.
/// Empty when there are more than `domain.configs`.
std::vector<Config> reachable(const Domain& domain);

/// The grid of events tried at `c`: calls in all surroundings, timeouts, arriving segments (control bits, SEQ, ACK,
/// length, window, timestamps at and beside every edge), departing segments.
std::vector<Event> grid(const Config& c);

struct Comparison {
    std::uint64_t steps{0};                   ///< in which the row had its turn, and which were compared
    std::optional<std::string> difference{};  ///< the first one: config, event, policy
};
/// Does the lifecycle answer with the instruments as without them, in all that can be observed (not the ids of the
/// rules that fire)? For each of them, at each Config of the standard domains, at each event of its grid, under every
/// reading of what is asked. One pass for all; what is compared are the steps in which the row fires, or for an
/// inverted one any row of its state and check.
std::vector<Comparison> compare(const std::vector<Instruments>& all);

}  // namespace lastack::mutants
