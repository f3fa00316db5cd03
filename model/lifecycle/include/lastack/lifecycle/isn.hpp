// Initial sequence numbers (RFC 9293 3.4.1, RFC 6528), and when to keep quiet (RFC 9293 3.4.2, 3.4.3).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lastack/lifecycle/timers.hpp"
#include "lastack/vocabulary/sequence.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack {

/// 128 bits that nobody outside knows: from a source of true randomness, anew at each start.
using IsnKey = std::array<std::uint8_t, 16>;

/// SipHash-2-4 (Aumasson, Bernstein 2012), a pseudorandom function of a message under a secret key.
std::uint64_t siphash_2_4(const IsnKey& key, std::span<const std::uint8_t> message);

/// M: a 32-bit counter of 2^-18 s, about 3.8 microseconds. That tick, not 4 microseconds, is the one that comes
/// round in the 4.55 hours of the RFC: 2^14 s (MUST-8). `now_ns` is not negative.
std::uint32_t isn_clock(std::int64_t now_ns);

/// ISN = M + F(local, remote, key) (SHLD-1). Incarnations of one connection follow the clock; without the key
/// the number of one connection says nothing about that of another (MUST-9).
Seq initial_sequence_number(const Endpoint& local, const Endpoint& remote, const IsnKey& key, std::int64_t now_ns);

/// Numbers in use before a restart may still be under way: until an MSL has gone by since `started_ns` no segment
/// is to be emitted, unless the numbers were remembered.
constexpr bool must_keep_quiet(bool numbers_lost, std::int64_t started_ns, std::int64_t now_ns,
                               std::int64_t msl_ns = msl_default_ns) {
    return numbers_lost && now_ns - started_ns < msl_ns;
}

}  // namespace lastack
