// Segments as text, the way packetdrill prints them: "S. 0:0(0) ack 1 win 65535 <mss 1460>".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lastack/vocabulary/segment.hpp"

namespace lastack {

enum class Numbers : std::uint8_t {
    relative,  ///< SEQ counted from the sender's ISN, ACK from the receiver's
    absolute,
    symbolic,  ///< x, x+1 for the first peer's space, y, y+1 for the other's, as textbooks write
};

/// How to print the numbers of a segment: its sender's and its receiver's initial number.
struct Frame {
    Numbers numbers{Numbers::absolute};
    Seq sender_isn;
    Seq receiver_isn;
    char sender_symbol{'x'};
    char receiver_symbol{'y'};
    bool bits{false};  ///< print the six control bits "010010" (URG ACK PSH RST SYN FIN) instead of "S."
};

/// "S 0:0(0) win 65535 <mss 1460>"; SYN and FIN are not counted in the printed length, as in packetdrill.
std::string to_string(const Segment&, const Frame& = {});

/// The inverse of to_string for absolute numbers. On failure nothing, and `error` says what and where.
std::optional<Segment> parse_segment(std::string_view text, std::string& error);

}  // namespace lastack
