// Captures: the TCP segments of a pcap or pcapng file, in the file's order.
#pragma once

#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "lastack/vocabulary/wire.hpp"

struct pcap;

namespace lastack {

/// One captured segment.
struct Packet {
    std::uint64_t number{0};  ///< place in the file, from 1, counting every packet as Wireshark does
    std::int64_t time_ns{0};  ///< nanoseconds since 1970
    Endpoint src;
    Endpoint dst;
    Segment segment;
    Checksum checksum{Checksum::unknown};
    Fault option_fault{Fault::none};  ///< an option was illegal (MUST-7); `segment` has the others
    std::uint8_t ttl{0};
    bool truncated{false};  ///< not all of its octets were captured
};

/// How many packets were passed over, and why.
struct Skipped {
    std::uint64_t not_ip{0};
    std::uint64_t not_tcp{0};
    std::uint64_t fragments{0};
    std::uint64_t cut{0};        ///< too few octets captured to find a TCP header
    std::uint64_t malformed{0};  ///< the lengths in the packet contradict each other

    std::uint64_t total() const { return not_ip + not_tcp + fragments + cut + malformed; }
};

/// The first malformed packet, for one line to the user.
struct Malformed {
    std::uint64_t number{0};
    std::uint32_t offset{0};  ///< of the wrong octet, from the beginning of the packet
    Fault fault{Fault::none};
};

/// Reads pcap (microseconds and nanoseconds, either byte order) and pcapng, with the link types Ethernet
/// (VLAN tags included), raw IP, Linux cooked v1 and v2, and loopback. Nothing is allocated per packet.
///
///     CaptureReader reader{"trace.pcap"};
///     while (const auto packet = reader.next()) ...
///     if (!reader.error().empty()) ...
class CaptureReader {
public:
    /// "-" is the standard input.
    explicit CaptureReader(const std::string& path);
    /// Takes `file`, open for reading in binary, and closes it; `name` stands in `error()`.
    CaptureReader(std::FILE* file, std::string name);
    ~CaptureReader();
    CaptureReader(CaptureReader&&) noexcept;

    /// The next TCP segment; nothing at the end, be it that of the file or the place where it is broken. Nothing too
    /// once packets() is `until`: a long stretch without TCP then returns in between, and ended() tells them apart.
    std::optional<Packet> next(std::uint64_t until = std::numeric_limits<std::uint64_t>::max());
    bool ended() const { return !pcap_; }

    /// After the end: empty, or one line "FILE: offset N: reason". N is the octet before which reading stopped, 0
    /// when it never began; a pipe has no offsets: "FILE: after packet N: reason".
    const std::string& error() const { return error_; }
    const std::string& name() const { return name_; }
    /// Packets read so far, of any kind.
    std::uint64_t packets() const { return number_; }
    /// Octets of the file read so far, its headers included; 0 for a pipe. A system call while the file is open.
    std::uint64_t octets() const;
    const Skipped& skipped() const { return skipped_; }
    const std::optional<Malformed>& first_malformed() const { return first_malformed_; }

private:
    struct Close {
        void operator()(pcap* p) const;
    };

    void open(std::FILE* file);
    void end();
    void fail(const std::string& reason);
    void skip(const Parsed& parsed, std::size_t link_octets, bool cut);

    std::string name_;
    std::string error_;
    std::unique_ptr<char[]> buffer_;  ///< of the file: declared before `pcap_`, which closes it
    std::unique_ptr<pcap, Close> pcap_;
    std::FILE* file_{nullptr};  ///< belongs to `pcap_`
    std::uint64_t number_{0};
    std::uint64_t octets_{0};  ///< once `pcap_` is gone
    int link_type_{0};
    Skipped skipped_;
    std::optional<Malformed> first_malformed_;
};

}  // namespace lastack
