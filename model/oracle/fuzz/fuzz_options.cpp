// Any octets as a TCP header with options: what is read can be written, and reads the same again.
#include <cstdlib>
#include <string>
#include <vector>

#include "lastack/vocabulary/notation.hpp"
#include "lastack/vocabulary/wire.hpp"

using namespace lastack;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

const Endpoint from = ipv4_endpoint({192, 0, 2, 1}, 1);
const Endpoint to = ipv4_endpoint({192, 0, 2, 2}, 2);

// MSS, window scale and SACK permitted may arrive anywhere (MUST-5) but are sent on SYN only (MUST-65).
bool writable(const Segment& s) {
    const bool syn_options = s.mss != 0 || s.wscale != Segment::no_wscale || s.sack_permitted;
    return s.syn() || !syn_options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    // The first octet says how many octets of the segment were not captured.
    const std::span<const std::uint8_t> octets{data + 1, size - 1};
    const Parsed parsed = parse_tcp(octets, octets.size() + data[0]);
    check(parsed.truncated == (data[0] != 0));
    check(!name(parsed.fault).empty());
    parse_packet(octets, octets.size() + data[0]);
    if (!parsed.has_segment()) return 0;
    const Segment& s = parsed.segment;
    check(s.wscale >= Segment::no_wscale && s.wscale <= 14);

    std::string error;
    const auto from_text = parse_segment(to_string(s), error);
    check(from_text && *from_text == s);

    std::vector<std::uint8_t> packet;
    const Unwritable why = serialise(s, from, to, packet);
    if (s.text > 65000) return 0;
    check((why == Unwritable::none) == writable(s));
    if (why != Unwritable::none) return 0;
    const Parsed again = parse_packet(packet);
    check(again.fault == Fault::none);
    check(again.segment == s);
    check(again.checksum == Checksum::correct);
    check(again.src == from && again.dst == to);
    return 0;
}
