// Segments on the wire: reading and writing IPv4 and IPv6 packets that carry TCP
// (RFC 9293 3.1, 3.2; RFC 7323 2, 3; RFC 2018 2).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/vocabulary/segment.hpp"

namespace lastack {

/// One end: an IP address and a port ("socket" in the RFC's sense).
struct Endpoint {
    std::array<std::uint8_t, 16> address{};  ///< network order; an IPv4 address in the first four, zeros behind
    std::uint16_t port{0};
    std::uint8_t family{4};  ///< 4 or 6

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;  ///< any total order, for keys
};

/// "192.0.2.1:80"; "[2001:db8::1]:80" in the form of RFC 5952.
std::string to_string(const Endpoint&);

Endpoint ipv4_endpoint(std::array<std::uint8_t, 4> address, std::uint16_t port);
Endpoint ipv6_endpoint(std::array<std::uint8_t, 16> address, std::uint16_t port);

/// A multicast address or the limited broadcast address. As a destination it makes TCP discard the
/// segment silently (MUST-57). A subnet's own broadcast address cannot be told without its prefix length.
bool addressed_to_many(const Endpoint& destination);
/// Not addressed_to_many and not unspecified: as a source, anything else is to be ignored (MUST-63).
bool valid_source(const Endpoint& source);

/// The TCP checksum. `offloaded`: the field holds the sum of the pseudo-header only, or zero: the
/// capture was taken above a network card that fills it in. `unknown`: not all octets are there.
enum class Checksum : std::uint8_t { correct, offloaded, wrong, unknown };

/// What is wrong with octets that were to be a TCP segment.
enum class Fault : std::uint8_t {
    none,
    // There is no segment:
    not_ip,            ///< the version is neither 4 nor 6
    ip_header_cut,     ///< fewer octets than the IP header and its extensions need
    ip_header_length,  ///< IHL below 5
    ip_total_length,   ///< shorter than the header, or longer than the packet
    not_tcp,           ///< another protocol, or none that can be read
    fragment,          ///< a part of a packet (RFC 791, RFC 8200)
    tcp_header_cut,    ///< fewer than 20 octets captured, or in the packet
    tcp_data_offset,   ///< below 5, or beyond the packet
    // There is a segment, with the options before the place of the fault (MUST-7):
    option_length_missing,  ///< a kind in the last octet of the header, without its length (MUST-68)
    option_length_illegal,  ///< length 0 or 1
    option_overruns,        ///< reaches beyond the header
    // There is a segment, with all options but the one at fault:
    option_length_unfit,  ///< MSS, window scale, SACK permitted or Timestamps of a length not its own
};
std::string_view name(Fault);

/// What parse_tcp and parse_packet found. Everything is an offset or a value: nothing is allocated.
struct Parsed {
    Segment segment;  ///< options as they stand there, on whatever segment (MUST-5); ACK = 0 when the bit is off
    Endpoint src;
    Endpoint dst;
    std::uint32_t text_at{0};   ///< offset of the text
    std::uint32_t fault_at{0};  ///< offset of what is wrong, if `fault`
    Fault fault{Fault::none};
    Checksum checksum{Checksum::unknown};
    std::uint8_t ttl{0};    ///< TTL, hop limit
    bool truncated{false};  ///< fewer octets were captured than the packet had

    /// `segment` may be used (see Fault).
    bool has_segment() const { return fault == Fault::none || fault >= Fault::option_length_missing; }
};

/// Reads a TCP header with its options. `octets` begins at the source port; `length` is that of the
/// segment with its text, of which `octets` may be just the beginning. Of `src` and `dst` only the ports
/// are set, and neither checksum nor TTL. A window scale above 14 counts as 14 (RFC 7323 2.3).
Parsed parse_tcp(std::span<const std::uint8_t> octets, std::size_t length);

/// Reads a packet that begins with its IP header. `length` is that of the packet on the wire, of which
/// `octets` may be just the beginning, and which may carry a link layer's padding behind the packet. A
/// total length of zero (segmentation offload) means `length`, up to 2^20. The IPv4 header checksum is not judged,
/// for network cards fill it in too.
Parsed parse_packet(std::span<const std::uint8_t> octets, std::size_t length);
inline Parsed parse_packet(std::span<const std::uint8_t> octets) { return parse_packet(octets, octets.size()); }

/// Why a segment cannot be written.
enum class Unwritable : std::uint8_t {
    none,
    families_differ,         ///< source and destination must both be 4 or both be 6
    mss_without_syn,         ///< MUST-65
    syn_option_without_syn,  ///< window scale (RFC 7323 2.2), SACK permitted (RFC 2018 2)
    wscale_out_of_range,     ///< outside 0..14 (RFC 7323 2.3)
    text_differs,            ///< `text` was given and is not as long as the segment says
    too_long,                ///< more than an IP packet holds
    security,                ///< a security mismatch has no form on the wire
};
std::string_view name(Unwritable);

/// Writes the packet into `packet`, replacing what was there (a vector that is used again allocates
/// nothing once it is large enough). Checksums are valid (MUST-2). Options are put on word boundaries with
/// NOPs in front, so neither EOL nor padding is needed (MUST-69). `text` may be empty: then zeros stand
/// for the octets that the segment counts. On failure `packet` is empty.
Unwritable serialise(const Segment& segment, const Endpoint& src, const Endpoint& dst,
                     std::vector<std::uint8_t>& packet, std::span<const std::uint8_t> text = {}, std::uint8_t ttl = 64);

}  // namespace lastack

template <>
struct std::hash<lastack::Endpoint> {
    std::size_t operator()(const lastack::Endpoint& e) const noexcept;
};
