// Check: verdicts on whole files, capture or trace, connection by connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lastack/oracle/monitor.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack {

/// How far check_file has come.
struct CheckProgress {
    std::string file;
    std::uint64_t octets_read{0};   ///< never less than in the call before; 0 for a pipe
    std::uint64_t octets_total{0};  ///< of the file when it was opened; 0 when unknown: a pipe
    std::uint64_t packets{0};       ///< judged so far, or passed over; of a trace: events
    std::uint64_t connections{0};   ///< begun so far
};

struct CheckOptions {
    /// Address (without port) of the end that is judged; empty: found out, or both ends are judged as from mid-path.
    std::string host;
    Policy policy;            ///< only these policies are admitted
    bool keep_events{false};  ///< fill Verdict::events, for ladders
    /// Called every few thousand packets, when the file is read to its end, and every few hundred connections that
    /// are settled then. While the host is looked for in the first packets, nothing counts as read. Returning false
    /// stops: no further verdict is reported. What it throws, check_file throws.
    std::function<bool(const CheckProgress&)> progress;
};

/// One segment or call of a connection, as the judged end saw it.
struct SeenEvent {
    std::uint64_t number{0};
    std::int64_t time_ns{0};
    bool departing{false};
    Segment segment;
    State state_after{State::Closed};  ///< of the likeliest hypothesis then
};

struct ConnectionVerdict {
    std::string file;
    std::string judged;  ///< "address:port"; in traces the header's host
    std::string peer;
    std::uint64_t first_segment{0};
    std::uint64_t segments{0};  ///< segments of the connection, both directions
    Judgement verdict{Judgement::conforms};
    std::string reason;  ///< when inconclusive
    bool mid_path{false};
    std::vector<State> states;
    std::vector<Assumed> assumed;
    std::vector<Policy> policies;       ///< cubes that explain it all
    std::vector<std::string> profiles;  ///< profiles compatible with one of them
    std::vector<Deviation> deviations;
    Seq judged_isn;  ///< for relative numbers
    Seq peer_isn;
    std::vector<SeenEvent> events;
};

struct CheckSummary {
    std::string file;
    std::uint64_t packets{0};
    std::uint64_t connections{0};  ///< connections, each counted once even if both ends are judged
    std::uint64_t conforms{0}, deviates{0}, inconclusive{0};  ///< verdicts
    std::uint64_t skipped{0};                                 ///< packets that are no TCP segments
    bool stopped{false};                                      ///< by CheckOptions::progress; the counts are so far
    std::string error;                                        ///< one line, if the file could not be read to its end
};

/// Judges every connection of the capture (pcap, pcapng) or JSON trace; `verdict` is called for each, in
/// the order in which they end. Which kind of file it is, its first octets tell.
CheckSummary check_file(const std::string& path, const CheckOptions& options,
                        const std::function<void(const ConnectionVerdict&)>& verdict);

/// "RFC 9293 3.10.7.4" for "3.10.7.4-5-FW1-fin".
std::string section_of(Rule);

}  // namespace lastack
