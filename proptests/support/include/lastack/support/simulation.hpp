// A whole run of two ends over a described network, from a seed.
//
// It stands on Network: the same clocks, users and line as the random runs, with the faults of the line drawn by their
// probabilities instead of read from words. The same arguments give the same run, to the octet, on every platform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "lastack/support/clocks.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/network.hpp"
#include "lastack/support/recording.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/sequence.hpp"

namespace lastack::support {

/// One end and its user.
struct SimulatedEnd {
    Policy policy{};                         ///< open choices take their first reading
    std::uint32_t octets{0};                 ///< that its user sends in each incarnation
    std::uint32_t rcv_wnd{65535};            ///< receive buffer, octets, 0 to 65535: what a SYN can announce
    bool reads_late{false};                  ///< RECEIVE only when the window is shut or the peer has closed
    std::optional<Seq> iss{};                ///< of the first incarnation; nothing: the seed decides
    std::uint16_t mss{0};                    ///< option on SYNs (RFC 9293 3.7.1); 0: none
    std::int8_t wscale{Segment::no_wscale};  ///< option on SYNs (RFC 7323 2), 0 to 14; Segment::no_wscale: none
    bool timestamps{false};                  ///< option on SYNs (RFC 7323 3)
    bool sack_permitted{false};              ///< option on SYNs (RFC 2018)
};

/// The line from one end to the other. Probabilities, 0 to 1, are of each segment by itself.
struct SimulatedPath {
    double loss{0};
    double duplicate{0};                     ///< a copy comes too, up to one latency later
    double reorder{0};                       ///< held back by up to one latency, while others overtake it
    std::int64_t latency_ns{10 * ms_in_ns};  ///< one way, 1 ns to a day
    std::int64_t jitter_ns{0};               ///< up to so much more; order is kept; 0 to a day

    friend bool operator==(const SimulatedPath&, const SimulatedPath&) = default;
};
struct SimulatedNetwork {
    SimulatedNetwork() = default;
    SimulatedNetwork(const SimulatedPath& both_ways) : to_server{both_ways}, to_client{both_ways} {}
    SimulatedNetwork(const SimulatedPath& there, const SimulatedPath& back) : to_server{there}, to_client{back} {}

    SimulatedPath to_server{};
    SimulatedPath to_client{};
    std::size_t most_under_way{4096};  ///< segments, at least 1; what more is sent is lost
};

/// How the connection goes, and how long things last.
struct SimulatedCourse {
    Script::Opening opening{Script::Opening::client_server};
    Script::Closing closing{Script::Closing::client_first};
    std::uint8_t incarnations{1};  ///< how often each user opens, at least once
    Durations durations{};         ///< of both ends, each at most 10 years
};

struct SimulationLimits {
    std::uint64_t most_events{200'000};            ///< at least 1; every event is recorded
    std::int64_t most_ns{24 * 60 * minute_in_ns};  ///< the event that passes it is the last; at most 10 years
};

struct SimulationProgress {
    std::uint64_t events{0};
    std::int64_t now_ns{0};
    std::array<State, 2> states{};
};

/// Why a simulation ended.
enum class Ended : std::uint8_t {
    closed,  ///< both ends are CLOSED, and nothing is under way
    rest,    ///< nothing will ever happen: nothing is under way, no clock runs, no user has anything to do
    most_events,
    most_ns,
    stopped,  ///< by the caller
};
std::string_view name(Ended);  ///< "both ends are CLOSED"

/// What became of the segments and the text of one end.
/// By the first reading of C9 a user who has closed gets nothing behind the peer's FIN: text that a loss has held back
/// until then is acknowledged and not delivered.
struct Traffic {
    std::uint64_t sent{0};           ///< segments that left
    std::uint64_t lost{0};           ///< of them: never arrived
    std::uint64_t duplicated{0};     ///< of them: the line made a copy
    std::uint64_t overtaken{0};      ///< of them: first arrived behind a younger one
    std::uint64_t retransmitted{0};  ///< of them: SYN, text or FIN that had left before
    std::uint64_t accepted{0};       ///< octets that SENDs of its user handed over
    std::uint64_t delivered{0};      ///< octets that RECEIVEs of its user got
};

/// The client is A, the server B.
struct Simulation {
    History history{};      ///< a moment an event, with its time
    Recording recording{};  ///< the same events, for to_case()
    std::array<Config, 2> ends{};
    std::array<Traffic, 2> traffic{};
    std::array<bool, 2> gave_up{};  ///< a connection of this end ended by the user timeout, or by R2
    std::int64_t now_ns{0};
    Ended ended{Ended::closed};
};

/// Is asked every 4096 events; false stops the simulation.
using KeepGoing = std::function<bool(const SimulationProgress&)>;

/// Throws std::invalid_argument, one line that names the argument, its value and its range.
Simulation simulate(const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedNetwork& network,
                    std::uint64_t seed, const SimulatedCourse& course = {}, const SimulationLimits& limits = {},
                    const KeepGoing& keep_going = {});

}  // namespace lastack::support
