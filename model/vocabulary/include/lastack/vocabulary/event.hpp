// Events: what can happen to a connection end (RFC 9293 3.10), and, as lastack has
// it, the departure of a segment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "lastack/vocabulary/segment.hpp"

namespace lastack {

enum class CallKind : std::uint8_t { open_passive, open_active, send, receive, close, abort, status };

/// A user call. What the environment decides (access, room, the ISS) rides along.
struct Call {
    CallKind kind{CallKind::status};
    bool remote_specified{true};  ///< OPEN: is the remote socket fully named? (3.10.1)
    bool permitted{true};         ///< the caller has access ("connection illegal for this process" otherwise)
    bool security_allowed{true};  ///< OPEN: the security/compartment asked for is allowed
    bool room{true};              ///< resources suffice ("insufficient resources" otherwise)
    bool iss_given{false};        ///< OPEN active, SEND in LISTEN: `iss` is the generator's value (MUST-8).
                                  ///< When false, the SYN that departs fixes it.
    Seq iss;
    std::uint32_t octets{0};       ///< SEND: text; RECEIVE: size of the buffer offered
    std::uint32_t rcv_wnd{65535};  ///< OPEN: receive window to begin with, octets
    friend bool operator==(const Call&, const Call&) = default;
};

struct Arrival {
    Segment segment;
    bool iss_given{false};  ///< as in Call: for a SYN that makes LISTEN or TIME-WAIT answer
    Seq iss;
    bool listener{true};  ///< a passive OPEN waits on the port: TIME-WAIT may reopen (C27)
    friend bool operator==(const Arrival&, const Arrival&) = default;
};

enum class TimeoutKind : std::uint8_t { user, retransmission, time_wait, fin_wait_2 };

struct Timeout {
    TimeoutKind kind{TimeoutKind::retransmission};
    friend bool operator==(const Timeout&, const Timeout&) = default;
};

struct Departure {
    Segment segment;
    friend bool operator==(const Departure&, const Departure&) = default;
};

using Event = std::variant<Call, Arrival, Timeout, Departure>;

std::string_view name(CallKind);     ///< "OPEN active"
std::string_view name(TimeoutKind);  ///< "USER TIMEOUT"

}  // namespace lastack
