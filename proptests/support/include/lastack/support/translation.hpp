// Translation: other numbers for the same connection. RFC 9293 3.4 compares sequence numbers modulo 2^32 and gives
// none of them a meaning of its own, so
//
//     step(translated(c), translated(e)) == translated(step(c, e))
//
// for every Config that a run comes to: what holds of one pair of initial sequence numbers holds of all.
//
// Of a Config these move with our own numbers: iss, snd_una, snd_nxt, snd_wl2, fin_seq, held_ack and Owed::seq; with
// the peer's: irs, rcv_nxt, snd_wl1, peer_fin, last_ack_sent, rcv_adv, held and Owed::ack. A number moves only where
// it has been set: what is zero because nothing is known yet stays zero. Timestamps, windows and lengths are no
// sequence numbers.
#pragma once

#include <cstdint>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack::support {

/// What is added, modulo 2^32.
struct Translation {
    std::uint32_t ours{0};
    std::uint32_t peers{0};

    friend bool operator==(const Translation&, const Translation&) = default;
};

/// The same connection as its other end sees it.
constexpr Translation from_the_other_end(Translation t) { return {t.peers, t.ours}; }

/// Of a Config that runs come to from CLOSED.
Config translated(const Config& config, Translation t);
/// `before`: the end that it happens to, not translated.
Event translated(const Event& event, const Config& before, Translation t);
/// Its Config is; nothing else of it has to do with numbers.
Outcome translated(const Outcome& outcome, Translation t);

/// SEQ by the sender's numbers, ACK by the receiver's where the segment has one. An arrival is translated with
/// `from_the_other_end`.
Segment translated(const Segment& segment, Translation sender);

/// Does the law speak of this event? It does not where a number is compared that means nothing on the sequence axis:
///
/// - <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>, the reset that answers a segment without ACK (3.5.2), has the one
/// number
///   that the RFC writes down, and it does not move. So when it is owed, a RST,ACK that departs with its ACK is left
///   out if its own SEQ, or that of another reset owed, is zero by chance before or after: which of the two resets
///   leaves is then not told by the numbers.
/// - ABORT may lead to TIME-WAIT (C4) before our SYN had a number. A SYN that reopens this one (MAY-2) leaves the
/// number
///   that the next ISS must exceed unset, and the model takes it to be zero.
bool translatable(const Event& event, const Config& before, Translation t);

}  // namespace lastack::support
