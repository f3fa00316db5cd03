// Traces: what a stack logs of itself, calls included, as JSON Lines. The schema is spec/trace.schema.json.
//
//     {"lastack_trace":1,"host":"10.0.0.1:4000","peer":"10.0.0.2:80"}
//     {"time":0.0,"call":{"kind":"open_active"}}
//     {"time":0.0001,"out":"S 0:0(0) win 65535 <mss 1460>"}
//     {"time":0.02,"in":{"flags":"S.","seq":100,"ack":1,"win":65535,"mss":1460}}
//     {"time":1.5,"timeout":"user"}
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lastack/vocabulary/event.hpp"

namespace lastack {

/// The first line of a trace.
struct TraceHeader {
    std::string host;  ///< who logged it; free text, may be empty
    std::string peer;
};

struct TraceEvent {
    std::int64_t time_ns{0};  ///< since whatever the stack counts from; never less than the event before
    Event event;              ///< "in" is an Arrival, "out" a Departure; numbers are absolute
    std::string connection;   ///< empty where the trace names none
    std::uint64_t line{0};    ///< in the file, from 1
};

/// Reads one trace. A line has at most 65536 octets; empty lines are passed over.
class TraceReader {
public:
    explicit TraceReader(const std::string& path);  ///< "-" is the standard input
    TraceReader(std::unique_ptr<std::istream> in, std::string name);
    ~TraceReader();
    TraceReader(TraceReader&&) noexcept;

    /// Read with the object's construction, so that it is there before the first event.
    const TraceHeader& header() const { return header_; }
    /// The next event; nothing at the end, be it that of the file or the line that is broken.
    std::optional<TraceEvent> next();
    /// After the end: empty, or one line "FILE:LINE: reason".
    const std::string& error() const { return error_; }
    const std::string& name() const { return name_; }
    /// Octets read so far, of the header line too.
    std::uint64_t octets() const { return octets_; }

private:
    void begin();
    bool read_line();
    void fail(std::string_view reason);

    std::unique_ptr<std::istream> in_;
    std::string name_;
    std::string error_;
    std::string line_;
    std::uint64_t number_{0};
    std::uint64_t octets_{0};
    std::int64_t last_time_ns_{0};
    TraceHeader header_;
};

}  // namespace lastack
