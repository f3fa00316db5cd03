// The scheduler: which segment leaves next, of all that the RFC lets leave.
//
// The machine says what is owed and what is permitted; when segments go, what an ACK rides on and how
// text is cut is free (RFC 9293 3.10). Who runs a connection end in a closed loop asks here. Every segment returned is
// one that step(config, Departure{segment}) takes under the same Config.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack {

enum class Schedule : std::uint8_t {
    eager,        ///< the first of departures(), at once; but a bare ACK without any bound stays away
    delayed_ack,  ///< the same, but a bare ACK that is not due at once waits for something to ride on (SHLD-18)
    random,       ///< any of departures(), or none of them yet: `draw` decides
};

struct SchedulerOptions {
    Schedule schedule{Schedule::eager};
    std::uint64_t draw{0};  ///< random: a random word, a new one for every call
    bool probe{false};      ///< a closed window is due to be probed with one octet (RFC 9293 3.8.6.1)

    Seq iss;                                 ///< for a SYN whose number no call has given (MUST-8)
    std::uint32_t max_text{65535};           ///< octets of text in a segment, beside the peer's MSS (536 unless told)
    std::uint16_t mss{0};                    ///< option on SYNs; 0 = none
    std::int8_t wscale{Segment::no_wscale};  ///< option on SYNs; a SYN,ACK has it only if the SYN had
    bool timestamps{false};                  ///< likewise
    bool sack_permitted{false};
    std::uint32_t tsval{0};  ///< the timestamp clock now
};

/// Everything that may sensibly leave now, in the canonical order: resets, SYN or SYN,ACK, what is to be
/// sent again, new text inside the send window (the FIN rides on the last of it) or the lone FIN, the bare
/// ACK, the ACK that reopens a shut window. An ACK rides on whatever has room for it. Nothing that overtakes
/// our own SYN.
std::vector<Segment> departures(const Config& config, const SchedulerOptions& options = {});

/// What leaves next; nothing when the end has nothing to send, or waits.
std::optional<Segment> next_departure(const Config& config, const SchedulerOptions& options = {});

}  // namespace lastack
