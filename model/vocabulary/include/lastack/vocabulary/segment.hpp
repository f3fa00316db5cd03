// A TCP segment as the lifecycle sees it: header fields, the options that change
// the lifecycle, and how many octets of text it carries, without the octets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "lastack/vocabulary/sequence.hpp"

namespace lastack {

/// Control bits, with their values in the header's flag octet (RFC 9293 3.1).
namespace flag {
inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack = 0x10;
inline constexpr std::uint8_t urg = 0x20;
inline constexpr std::uint8_t ece = 0x40;
inline constexpr std::uint8_t cwr = 0x80;
}  // namespace flag

struct Segment {
    static constexpr std::int8_t no_wscale = -1;

    Seq seq;                 ///< SEG.SEQ
    Seq ack;                 ///< SEG.ACK; zero and without meaning when the ACK bit is off
    std::uint32_t text{0};   ///< octets of text; up to 2^32-1 so that offloaded super-segments fit
    std::uint32_t tsval{0};  ///< Timestamps option (RFC 7323 3.2), meaningful when `has_ts`
    std::uint32_t tsecr{0};
    std::uint16_t wnd{0};           ///< SEG.WND as on the wire: not scaled
    std::uint16_t urgent{0};        ///< urgent pointer as on the wire
    std::uint16_t mss{0};           ///< MSS option; 0 = not present
    std::int8_t wscale{no_wscale};  ///< window scale option, 0..14; -1 = not present
    std::uint8_t flags{0};
    bool has_ts{false};
    bool sack_permitted{false};
    bool security_mismatch{false};  ///< the IP layer reports another security/compartment (RFC 9293 A.1)

    constexpr bool syn() const { return (flags & flag::syn) != 0; }
    constexpr bool fin() const { return (flags & flag::fin) != 0; }
    constexpr bool rst() const { return (flags & flag::rst) != 0; }
    constexpr bool has_ack() const { return (flags & flag::ack) != 0; }
    constexpr bool urg() const { return (flags & flag::urg) != 0; }
    constexpr bool psh() const { return (flags & flag::psh) != 0; }

    /// SEG.LEN: text plus one for SYN and one for FIN (RFC 9293 3.4).
    constexpr std::uint32_t len() const { return text + (syn() ? 1u : 0u) + (fin() ? 1u : 0u); }
    /// Number of the first text octet.
    constexpr Seq text_begin() const { return seq + (syn() ? 1u : 0u); }
    /// Number behind the last text octet, which is the FIN's own when there is one.
    constexpr Seq text_end() const { return text_begin() + text; }
    /// Number behind everything that the segment occupies.
    constexpr Seq end() const { return seq + len(); }

    friend constexpr bool operator==(const Segment&, const Segment&) = default;
};

static_assert(std::is_trivially_copyable_v<Segment>);

}  // namespace lastack
