// Endpoints: the connections of one host, and which of them an event belongs to (RFC 9293 3.9.1.1, 3.9.1.8,
// 3.9.2.2, 3.10).
//
// Each record is a pair of sockets and the Config of its machine. A record lives from the OPEN that made it until
// its machine is CLOSED; what belongs to no record is answered by a machine in CLOSED. As in the RFC, the record
// that listens *becomes* the connection; who wants to go on listening opens passively again, which is possible from
// the moment the SYN arrived (MUST-42).
//
// Look-up walks over all records: this serves models and tests, not hosts with thousands of connections.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack {

/// The RFC's "local connection name". Never used again; 0 is no connection.
using ConnectionName = std::uint32_t;

/// Why ERROR_REPORT is called (3.9.1.8).
enum class Report : std::uint8_t {
    icmp,                       ///< subreason: type * 256 + code
    excessive_retransmissions,  ///< subreason: their number
    urgent,                     ///< the urgent pointer advanced; subreason 0
};

/// What an ICMP or ICMPv6 error means to TCP (3.9.2.2). `none`: no error that TCP acts on, Source Quench among them.
enum class IcmpError : std::uint8_t { none, soft, hard };
/// `family` is 4 or 6. Codes of Destination Unreachable that the RFC does not list count as soft.
IcmpError icmp_error(std::uint8_t family, std::uint8_t type, std::uint8_t code);

class Endpoints {
public:
    using Step = std::function<Outcome(const Config&, const Event&, const Policy&)>;
    /// The IP layer's choice of a local address towards `remote` (GET_SRCADDR); nothing when there is no route.
    using SourceAddress = std::function<std::optional<Endpoint>(const Endpoint& remote)>;
    using ErrorReport = std::function<void(ConnectionName, Report, std::uint32_t subreason)>;

    struct Record {
        Endpoint local;                  ///< the address is all zeros while it is open
        std::optional<Endpoint> remote;  ///< absent while it is open
        bool local_given{false};         ///< the OPEN named the local address
        Config config;
        ErrorReport error_report;  ///< empty: reports are off (SHLD-20)
    };

    /// `name` is 0 when no record is concerned: CLOSED answered, or an OPEN failed. What the outcome owes to a
    /// segment that met CLOSED or LISTEN goes to the sender of that segment.
    struct Answer {
        ConnectionName name{0};
        Outcome outcome;
    };

    /// `step` is lastack::step, or a stand-in for it.
    Endpoints(Step step, SourceAddress source_address, const Policy& policy = {}, std::size_t max_records = 1024);

    /// OPEN (3.9.1.1). `local` has its port, and its address or zeros for "any" (MUST-43). Whether the remote socket is
    /// named and whether there is room is filled into `call`. Passive: a new record or an error (MUST-41). Active on a
    /// pair that exists: that record's machine answers. Errors of this table: connection_illegal for a socket that no
    /// segment can carry: broadcast, multicast, port 0, mixed families (MUST-46); insufficient_resources when no local
    /// address leads there (MUST-44).
    Answer open(const Endpoint& local, const std::optional<Endpoint>& remote, Call call);
    /// Every other call, and OPEN on a record that listens for a remote socket it knows.
    Outcome call(ConnectionName name, Call call);
    /// A segment from `remote` to `local`. `arrival.listener` is filled in.
    Answer arrive(const Endpoint& local, const Endpoint& remote, Arrival arrival);
    Outcome timeout(ConnectionName name, TimeoutKind kind);
    Outcome depart(ConnectionName name, const Segment& segment);
    /// An ICMP error about a segment from `local` to `remote` (MUST-54): a soft one is reported, a hard one aborts too.
    /// That the quoted segment is not forged (RFC 5927) is for the caller to see to. Returns the record concerned.
    ConnectionName icmp(const Endpoint& local, const Endpoint& remote, std::uint8_t type, std::uint8_t code);

    /// ERROR_REPORT for one connection; an empty function turns it off.
    void on_error(ConnectionName name, ErrorReport error_report);
    void report(ConnectionName name, Report reason, std::uint32_t subreason);

    /// The record that a segment from `remote` to `local` belongs to; 0 for none. The connection itself comes
    /// before any that listens, and the one that listens for more particular sockets before the other.
    ConnectionName demultiplex(const Endpoint& local, const Endpoint& remote) const;
    const Record* find(ConnectionName name) const;
    const std::map<ConnectionName, Record>& records() const { return records_; }

private:
    using Records = std::map<ConnectionName, Record>;

    Outcome apply(Records::iterator at, const Event& event);
    ConnectionName listener(const Endpoint& local, const Endpoint& remote) const;
    Records::iterator holder(const Endpoint& local, const std::optional<Endpoint>& remote);
    std::optional<Endpoint> choose_local(const Endpoint& local, const Endpoint& remote) const;

    Step step_;
    SourceAddress source_address_;
    Policy policy_;
    std::size_t max_records_;
    ConnectionName last_name_{0};
    Records records_;
};

}  // namespace lastack
