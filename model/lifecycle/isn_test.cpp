#include "lastack/lifecycle/isn.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

namespace lastack {
namespace {

constexpr IsnKey counting{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr IsnKey other{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14};
constexpr std::int64_t cycle_ns = 16384 * second_in_ns;  // 2^14 s = 4.55 h

const Endpoint a = ipv4_endpoint({192, 0, 2, 1}, 40000);
const Endpoint b = ipv4_endpoint({192, 0, 2, 2}, 80);

std::vector<std::uint8_t> octets(std::size_t n) {
    std::vector<std::uint8_t> v(n);
    std::iota(v.begin(), v.end(), std::uint8_t{0});
    return v;
}

TEST(Isn, SipHashGivesThePublishedValues) {
    // Appendix A of the SipHash paper: 15 octets; the others from the authors' list for messages 00, 00 01, ...
    EXPECT_EQ(siphash_2_4(counting, octets(15)), 0xa129ca6149be45e5u);
    EXPECT_EQ(siphash_2_4(counting, octets(0)), 0x726fdb47dd0e0e31u);
    EXPECT_EQ(siphash_2_4(counting, octets(8)), 0x93f5f5799a932462u);
}

TEST(Isn, TheClockTicksAboutEveryFourMicroseconds) {
    EXPECT_EQ(isn_clock(0), 0u);
    EXPECT_EQ(isn_clock(3'814), 0u);  // the tick is 3814.697 ns
    EXPECT_EQ(isn_clock(3'815), 1u);
    EXPECT_EQ(isn_clock(second_in_ns), 262'144u);
    EXPECT_EQ(isn_clock(second_in_ns - 1), 262'143u);
    for (std::int64_t us = 0; us < 10'000; us += 4) EXPECT_LT(isn_clock(us * 1000), isn_clock((us + 4) * 1000));
}

TEST(Isn, TheClockComesRoundAfterAboutFourAndAHalfHours) {
    EXPECT_EQ(isn_clock(cycle_ns - 1), 0xffffffffu);
    EXPECT_EQ(isn_clock(cycle_ns), 0u);
    EXPECT_EQ(isn_clock(cycle_ns + second_in_ns), 262'144u);
    EXPECT_NEAR(static_cast<double>(cycle_ns) / (3600.0 * second_in_ns), 4.55, 0.005);
}

TEST(Isn, TheClockDoesNotOverflowWithinTheRangeOfTime) {
    // 2^63 - 1 ns are 9223372036 s and 854775807 ns; the clock is the sum of both parts' ticks modulo 2^32.
    EXPECT_EQ(isn_clock(never_ns), static_cast<std::uint32_t>(9223372036u * 262144u + 224'074u));
}

TEST(Isn, LaterIncarnationsOfAConnectionGetLaterNumbers) {
    for (std::int64_t minute = 0; minute < 600; ++minute) {  // twice round
        const Seq earlier = initial_sequence_number(a, b, counting, minute * minute_in_ns);
        const Seq later = initial_sequence_number(a, b, counting, (minute + 1) * minute_in_ns);
        EXPECT_EQ(later - earlier, 15'728'640u);  // 60 * 2^18
    }
}

TEST(Isn, EveryPartOfTheConnectionsIdentityMovesTheNumber) {
    Endpoint other_port = a;
    other_port.port = 40001;
    Endpoint v6 = a;
    v6.family = 6;
    const Endpoint other_address = ipv4_endpoint({192, 0, 2, 3}, 40000);
    Endpoint remote_port = b;
    remote_port.port = 81;
    const Endpoint remote_address = ipv4_endpoint({192, 0, 2, 6}, 80);
    std::set<std::uint32_t> numbers;
    for (const auto& [l, r] : std::vector<std::pair<Endpoint, Endpoint>>{
             {a, b}, {b, a}, {other_port, b}, {other_address, b}, {v6, b}, {a, remote_port}, {a, remote_address}}) {
        numbers.insert(initial_sequence_number(l, r, counting, 0).value);
    }
    EXPECT_EQ(numbers.size(), 7u);
}

TEST(Isn, NeighbouringConnectionsHaveUnrelatedNumbers) {
    // Differences between neighbouring ports: were the offsets related, some would repeat or be small. Among 1000
    // of 2^32 values a repetition has a chance of about 1 in 8600; the key is fixed, so the outcome is too.
    std::set<std::uint32_t> differences;
    int high = 0;
    Endpoint local = a;
    Seq before = initial_sequence_number(local, b, counting, 0);
    for (int i = 0; i < 1000; ++i) {
        ++local.port;
        const Seq here = initial_sequence_number(local, b, counting, 0);
        differences.insert(here - before);
        high += static_cast<int>((here - before) >> 31);
        before = here;
    }
    EXPECT_EQ(differences.size(), 1000u);
    EXPECT_NEAR(high, 500, 80);  // five standard deviations
}

TEST(Isn, WithoutTheKeyTheOffsetIsNotComputable) {
    EXPECT_NE(initial_sequence_number(a, b, counting, 0), initial_sequence_number(a, b, other, 0));
    // Not even the distance between two connections survives a change of one bit of the key.
    const auto distance = [](const IsnKey& key) {
        return initial_sequence_number(a, b, key, 0) - initial_sequence_number(b, a, key, 0);
    };
    EXPECT_NE(distance(counting), distance(other));
    for (std::size_t bit = 0; bit < 128; ++bit) {
        IsnKey key = counting;
        key[bit / 8] = static_cast<std::uint8_t>(key[bit / 8] ^ (1u << (bit % 8)));
        EXPECT_NE(initial_sequence_number(a, b, counting, 0), initial_sequence_number(a, b, key, 0)) << "bit " << bit;
    }
}

TEST(QuietTime, AfterARestartWithoutMemoryNothingIsSentForAnMsl) {
    constexpr std::int64_t start = 5 * second_in_ns;
    EXPECT_TRUE(must_keep_quiet(true, start, start));
    EXPECT_TRUE(must_keep_quiet(true, start, start + 2 * minute_in_ns - 1));
    EXPECT_FALSE(must_keep_quiet(true, start, start + 2 * minute_in_ns));
    EXPECT_FALSE(must_keep_quiet(true, start, start + 30 * second_in_ns, 30 * second_in_ns));
}

TEST(QuietTime, RememberedNumbersNeedNoWait) { EXPECT_FALSE(must_keep_quiet(false, 0, 0)); }

}  // namespace
}  // namespace lastack
