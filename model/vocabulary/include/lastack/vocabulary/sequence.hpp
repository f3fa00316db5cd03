// Sequence numbers: 32 bits, compared modulo 2^32 (RFC 9293 3.4).
#pragma once

#include <cstdint>

namespace lastack {

/// A number in the sequence space of one direction. `<` and `<=` are the RFC's
/// modular comparisons: meaningful between numbers less than 2^31 apart, and no
/// strict weak order, so a Seq is no key of an ordered container.
struct Seq {
    std::uint32_t value{0};

    constexpr Seq() = default;
    constexpr explicit Seq(std::uint32_t v) : value{v} {}

    constexpr Seq& operator+=(std::uint32_t n) {
        value += n;
        return *this;
    }
    friend constexpr bool operator==(Seq, Seq) = default;
    friend constexpr Seq operator+(Seq s, std::uint32_t n) { return Seq{s.value + n}; }
    friend constexpr Seq operator-(Seq s, std::uint32_t n) { return Seq{s.value - n}; }
    /// Octets from `b` up to `a`, modulo 2^32.
    friend constexpr std::uint32_t operator-(Seq a, Seq b) { return a.value - b.value; }
    friend constexpr bool operator<(Seq a, Seq b) { return static_cast<std::int32_t>(a.value - b.value) < 0; }
    friend constexpr bool operator>(Seq a, Seq b) { return b < a; }
    friend constexpr bool operator<=(Seq a, Seq b) { return !(b < a); }
    friend constexpr bool operator>=(Seq a, Seq b) { return !(a < b); }
};

constexpr Seq max(Seq a, Seq b) { return a < b ? b : a; }
constexpr Seq min(Seq a, Seq b) { return a < b ? a : b; }

}  // namespace lastack
