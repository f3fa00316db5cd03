// The conformance sweep's expectations: RFC 9293 3.10 read a second time, as an ordered list of
// lines that people wrote and people can check. Nothing of the model is included here: the states are
// strings, the arithmetic is this file's own. The first line that matches a case decides it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sweep {

/// Where a connection end stands: a state, and what tells two ends in that state apart.
enum Stance : std::uint32_t {
    cd = 1u << 0,   ///< CLOSED
    li = 1u << 1,   ///< LISTEN, any remote socket
    lr = 1u << 2,   ///< LISTEN, the OPEN named the remote socket
    ss = 1u << 3,   ///< SYN-SENT
    sd = 1u << 4,   ///< SYN-SENT, ten octets went with the SYN
    rp = 1u << 5,   ///< SYN-RECEIVED after a passive OPEN
    ra = 1u << 6,   ///< SYN-RECEIVED after an active OPEN
    rq = 1u << 7,   ///< as rp, with text and a CLOSE queued
    ei = 1u << 8,   ///< ESTABLISHED, everything acknowledged
    eo = 1u << 9,   ///< ESTABLISHED, text outstanding
    fy = 1u << 10,  ///< FIN-WAIT-1 out of SYN-RECEIVED: our SYN is unacknowledged, our FIN unsent
    fq = 1u << 11,  ///< FIN-WAIT-1, text outstanding, our FIN unsent
    fs = 1u << 12,  ///< FIN-WAIT-1, text and our FIN outstanding
    ff = 1u << 13,  ///< FIN-WAIT-1, just our FIN outstanding
    f2 = 1u << 14,  ///< FIN-WAIT-2
    cw = 1u << 15,  ///< CLOSE-WAIT, everything acknowledged
    co = 1u << 16,  ///< CLOSE-WAIT, text outstanding
    cq = 1u << 17,  ///< CLOSE-WAIT, CLOSE was called and waits for text in front of it
    cl = 1u << 18,  ///< CLOSING, just our FIN outstanding
    cs = 1u << 19,  ///< CLOSING, text and our FIN outstanding
    cu = 1u << 20,  ///< CLOSING, our FIN unsent
    la = 1u << 21,  ///< LAST-ACK, just our FIN outstanding
    ld = 1u << 22,  ///< LAST-ACK, text and our FIN outstanding
    lu = 1u << 23,  ///< LAST-ACK, text outstanding, our FIN unsent
    tw = 1u << 24,  ///< TIME-WAIT, no Timestamps
    tt = 1u << 25,  ///< TIME-WAIT, the connection used Timestamps
};
inline constexpr unsigned stance_count = 26;

std::string_view state_of(Stance);  ///< "SYN-RECEIVED"
std::string_view name_of(Stance);   ///< "rp"

/// Where a segment lies against the receive window (3.10.7.4 first check, Table 6).
enum Place : std::uint16_t {
    old_ = 1u << 0,      ///< window open; wholly left of RCV.NXT
    straddle = 1u << 1,  ///< window open; begins left of RCV.NXT, ends inside
    overhang = 1u << 2,  ///< window open; begins left of it and ends right of it
    at = 1u << 3,        ///< window open; begins at RCV.NXT
    inside = 1u << 4,    ///< window open; begins right of RCV.NXT, inside
    beyond = 1u << 5,    ///< window open; begins at the right edge or further
    z_at = 1u << 6,      ///< window zero; at RCV.NXT, occupies nothing
    z_len = 1u << 7,     ///< window zero; at RCV.NXT, occupies something
    z_off = 1u << 8,     ///< window zero; elsewhere
};

/// Where SEG.ACK lies.
enum AckPlace : std::uint8_t {
    no_ack = 1u << 0,   ///< the ACK bit is off
    far_low = 1u << 1,  ///< below SND.UNA - MAX.SND.WND
    low = 1u << 2,      ///< below SND.UNA
    una = 1u << 3,      ///< SND.UNA
    mid = 1u << 4,      ///< between SND.UNA and SND.NXT
    nxt = 1u << 5,      ///< SND.NXT, and above SND.UNA
    high = 1u << 6,     ///< above SND.NXT
};

/// What else is true of a segment, a call or the moment of a call.
enum Fact : std::uint32_t {
    syn = 1u << 0,
    ack = 1u << 1,
    fin = 1u << 2,
    rst = 1u << 3,
    text = 1u << 4,    ///< carries text
    news = 1u << 5,    ///< text inside the window, not seen before
    fin_in = 1u << 6,  ///< the FIN's number is inside the window
    at_irs = 1u << 7,  ///< SEG.SEQ is the number of the peer's SYN
    sec = 1u << 8,     ///< another security/compartment
    ahead = 1u << 9,   ///< SEG.SEQ is above the last number of the old incarnation
    ts = 1u << 10,     ///< Timestamps option
    ts_newer = 1u << 11,
    ts_same = 1u << 12,
    fin_again = 1u << 13,  ///< the FIN's number is the one before RCV.NXT

    no_access = 1u << 16,
    no_room = 1u << 17,
    unnamed = 1u << 18,  ///< OPEN: no remote socket
    unread = 1u << 19,   ///< text awaits RECEIVE
    queued = 1u << 20,   ///< SENDs await transmission
    waiting = 1u << 21,  ///< RECEIVEs wait
};

enum class Kind : std::uint8_t { ack, challenge_ack, syn, syn_ack, text, fin, rst, rst_ack };

/// Answers that a line asks for; `expect` gives them their numbers.
enum Answer : std::uint16_t {
    a_ack = 1u << 0,
    a_challenge = 1u << 1,
    a_syn = 1u << 2,
    a_syn_ack = 1u << 3,
    a_fin = 1u << 4,
    a_rst_ack_field = 1u << 5,  ///< <SEQ=SEG.ACK><CTL=RST>
    a_rst_zero = 1u << 6,       ///< <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
    a_rst_nxt = 1u << 7,        ///< <SEQ=SND.NXT><CTL=RST>
    a_text = 1u << 8,           ///< text from SND.UNA
};

/// `quiet`: no_change when a variable moves, ignored when none does.
enum class Verdict : std::uint8_t { transition, no_change, ignored, refused, quiet };

/// What becomes of the variables.
enum Effect : std::uint8_t {
    take_ack = 1u << 0,   ///< SND.UNA and the send window follow the segment, where it is no duplicate
    take_text = 1u << 1,  ///< RCV.NXT passes the new text
    take_fin = 1u << 2,   ///< RCV.NXT passes the FIN
    take_irs = 1u << 3,   ///< IRS <- SEG.SEQ, RCV.NXT <- SEG.SEQ+1
    restart = 1u << 4,    ///< the 2 MSL timeout starts, or starts anew
};

/// Signals, as far as the RFC names them for the case.
enum Signal : std::uint8_t {
    refused = 1u << 0,
    reset = 1u << 1,
    closing = 1u << 2,
    timed_out = 1u << 3,
    established = 1u << 4,
};

struct Line {
    std::string_view reading;  ///< "choice=reading"; "" for the readings that the whole table takes
    std::uint32_t stances;
    std::uint16_t places;
    std::uint8_t acks;
    std::uint32_t on;       ///< facts that must hold
    std::uint32_t off;      ///< facts that must not
    std::string_view next;  ///< "" = the same state
    Verdict verdict;
    std::uint16_t answers;
    std::uint8_t effects;
    std::uint8_t signals;
    std::string_view cite;
};

enum CallBit : std::uint16_t {
    open_passive = 1u << 0,
    open_active = 1u << 1,
    send = 1u << 2,
    receive = 1u << 3,
    close = 1u << 4,
    abort_ = 1u << 5,
    status = 1u << 6,
    user_timeout = 1u << 7,
    retransmission_timeout = 1u << 8,
    time_wait_timeout = 1u << 9,
};

/// What waiting calls hear.
enum class Ends : std::uint8_t { nothing, closing, reset, open };

struct CallLine {
    std::string_view reading;
    std::uint32_t stances;
    std::uint16_t calls;
    std::uint32_t on;
    std::uint32_t off;
    std::string_view reply;  ///< "", "ok" or the RFC's words behind "error: "
    std::string_view next;
    Verdict verdict;
    std::uint16_t answers;
    std::uint8_t signals;
    Ends ends;
    std::string_view cite;
};

const std::vector<Line>& segment_lines();
const std::vector<CallLine>& call_lines();

/// The variables that the expectations speak of.
struct Numbers {
    std::uint32_t iss, snd_una, snd_nxt, snd_wnd, max_snd_wnd, snd_wl1, snd_wl2, irs, rcv_nxt, rcv_wnd;
    std::uint32_t new_iss;  ///< what the generator offers to LISTEN and TIME-WAIT
    std::uint32_t ts_recent;
};

struct Seg {
    std::uint32_t seq, ack_field, text_octets, wnd, tsval;
    std::uint32_t bits;  ///< syn, ack, fin, rst, sec, ts of Fact
};

struct Case {
    Place place;
    AckPlace ack_place;
    std::uint32_t facts;
    std::uint32_t new_text;  ///< octets
};

Case classify(Stance, const Numbers&, const Seg&);

/// The first line of `lines` that decides the case under `reading`; its index, or -1.
int first_match(std::string_view reading, Stance, const Case&);
int first_match(std::string_view reading, Stance, CallBit, std::uint32_t facts);

struct ExpectedAnswer {
    Kind kind;
    bool numbers_fixed;  ///< false: the RFC gives the numbers when it leaves
    std::uint32_t seq, ack_field;
};

struct Expected {
    std::string_view next;
    Verdict verdict;  ///< never quiet
    std::vector<ExpectedAnswer> answers;
    std::uint32_t snd_una, snd_wnd, rcv_nxt, irs;
    bool restarts_2msl;
};

Expected expect(const Line&, Stance, const Numbers&, const Seg&, const Case&);

}  // namespace sweep
