// What RFC 9293 3.10.7.4 makes of an arriving segment, read off the RFC for the properties' own use: where its eight
// checks leave it, and what of it counts. Nothing here asks the lifecycle.
#pragma once

#include <cstdint>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::support {

/// Where a segment that meets SYN-RECEIVED or a synchronized state ends.
enum class Ends : std::uint8_t {
    unknown,
    old_timestamp,      ///< before the first check: acknowledged and dropped (RFC 7323 5.3)
    missing_timestamp,  ///< likewise: dropped (RFC 7323 3.2, D37)
    outside,            ///< first: unacceptable
    repeated_syn,       ///< first: the peer's SYN again draws the SYN,ACK again (D34)
    bad_ack_outside,    ///< first: unacceptable, but its ACK field is answered (C30)
    reset_outside,      ///< second: a RST whose number is outside of the window
    reset_inexact,      ///< second: in the window, and challenged
    reset_ignored,      ///< second: valid, in a TIME-WAIT that ignores it (C12)
    reset_valid,        ///< second
    other_security,     ///< third
    syn_in_window,      ///< fourth
    reopening_syn,      ///< fourth: TIME-WAIT becomes a new connection (C27)
    refused_syn,        ///< fourth: TIME-WAIT, by RFC 6191, and dropped (C11)
    no_ack,             ///< fifth: the ACK bit is off
    ancient_ack,        ///< fifth: below what RFC 5961 5 accepts (C19), or out of its range in SYN-RECEIVED (C13)
    future_ack,         ///< fifth: of something not yet sent
    bad_ack,            ///< fifth, SYN-RECEIVED: a RST, and the end of the segment (C16)
    unopened,           ///< fifth: dropped, for our SYN is unacknowledged still (C31)
    acknowledgment,     ///< fifth: CLOSING, or LAST-ACK's end: nothing but the ACK counts
    unreadable,         ///< seventh: text behind a half-duplex CLOSE (D36)
    through,            ///< all eight checks were passed
};

struct Reading {
    Ends ends{Ends::unknown};
    bool shut{false};        ///< at a closed window: text and FIN stay outside, an ACK tells where we are (C20)
    bool crossing{false};    ///< the SYN,ACK of a simultaneous open, taken as an ACK (C1)
    bool fin{false};         ///< within the window
    bool ack_bad{false};     ///< SYN-RECEIVED: draws a RST, and the segment goes on (C16)
    bool ack_waits{false};   ///< of a segment behind a gap: has its turn later (C21)
    bool ack_counts{false};  ///< the fifth check lets SND.UNA and the send window follow
    bool ack_is_new{false};  ///< SND.UNA < SEG.ACK =< SND.NXT
    bool covers_fin{false};  ///< new, and our FIN is among what it acknowledges
    bool opens{false};       ///< our SYN is acknowledged by it: what waited for that has its turn
    bool gap{false};         ///< what is left begins beyond RCV.NXT
    bool discarded{false};   ///< ... and is not held (C21)
    bool takes_fin{false};   ///< the peer's FIN has its turn, this one or one that waited
    bool late_ack{false};    ///< a gap fills, and the ACK that waited behind it has its turn (C21)
    State at_text{};         ///< the state after the fifth check
    State to{};              ///< and after all of them
    Seq judged;              ///< SEG.SEQ behind the first check
    Seq seq;                 ///< of what is left when text is taken
    std::uint32_t text{0};   ///< octets of text that are left
    Seq text_to;             ///< RCV.NXT behind all text that is in order now
    Seq rcv_nxt;             ///< RCV.NXT behind it and the FIN
};

/// `before` is in SYN-RECEIVED or a synchronized state, `policy` decides every choice.
Reading read(const Config& before, const Arrival& arrival, const Policy& policy);

/// SND.UNA < SEG.ACK =< SND.NXT, of an ISS that is known.
bool acknowledges_new(const Config& c, Seq ack);

}  // namespace lastack::support
