#include "lastack/lifecycle/isn.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace lastack {
namespace {

std::uint64_t little_endian(std::span<const std::uint8_t> octets) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) value |= std::uint64_t{octets[i]} << (8 * i);
    return value;
}

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void rounds(int n) {
        while (n-- > 0) {
            v0 += v1;
            v2 += v3;
            v1 = std::rotl(v1, 13) ^ v0;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 = std::rotl(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = std::rotl(v1, 17) ^ v2;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 = std::rotl(v2, 32);
        }
    }
    void absorb(std::uint64_t word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }
};

}  // namespace

std::uint64_t siphash_2_4(const IsnKey& key, std::span<const std::uint8_t> message) {
    const std::span<const std::uint8_t> k{key};
    const std::uint64_t k0 = little_endian(k.first(8));
    const std::uint64_t k1 = little_endian(k.last(8));
    SipState s{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    std::span<const std::uint8_t> rest = message;
    for (; rest.size() >= 8; rest = rest.subspan(8)) s.absorb(little_endian(rest.first(8)));
    s.absorb(little_endian(rest) | std::uint64_t{message.size()} << 56);  // the last word carries the length
    s.v2 ^= 0xff;
    s.rounds(4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

std::uint32_t isn_clock(std::int64_t now_ns) {
    const auto seconds = static_cast<std::uint64_t>(now_ns / second_in_ns);
    const auto rest_ns = static_cast<std::uint64_t>(now_ns % second_in_ns);
    return static_cast<std::uint32_t>((seconds << 18) + (rest_ns << 18) / second_in_ns);
}

Seq initial_sequence_number(const Endpoint& local, const Endpoint& remote, const IsnKey& key, std::int64_t now_ns) {
    std::array<std::uint8_t, 38> message{};
    auto out = message.begin();
    for (const Endpoint* end : {&local, &remote}) {
        *out++ = end->family;
        *out++ = static_cast<std::uint8_t>(end->port >> 8);
        *out++ = static_cast<std::uint8_t>(end->port);
        out = std::copy(end->address.begin(), end->address.end(), out);
    }
    return Seq{isn_clock(now_ns)} + static_cast<std::uint32_t>(siphash_2_4(key, message));
}

}  // namespace lastack
