#include "decision_table.hpp"

#include <algorithm>
#include <array>

namespace sweep {

namespace {

// Modulo 2^32: how far `a` lies right of `b`, negative when left.
std::int32_t right_of(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

constexpr std::uint32_t LI = li | lr;
constexpr std::uint32_t SS = ss | sd;
constexpr std::uint32_t SR = rp | ra | rq;
constexpr std::uint32_t ES = ei | eo;
constexpr std::uint32_t FW1 = fy | fq | fs | ff;
constexpr std::uint32_t CW = cw | co | cq;
constexpr std::uint32_t CL = cl | cs | cu;
constexpr std::uint32_t LA = la | ld | lu;
constexpr std::uint32_t TW = tw | tt;
constexpr std::uint32_t data_states = ES | FW1 | f2;
constexpr std::uint32_t closed_by_peer = CW | CL | LA | TW;
constexpr std::uint32_t synchronized_ = data_states | closed_by_peer;
constexpr std::uint32_t all = cd | LI | SS | SR | synchronized_;
constexpr std::uint32_t no_tw = synchronized_ & ~TW;

constexpr std::uint16_t any = 0x1ff;
constexpr std::uint16_t next_up = straddle | at;           // begins, or is cut to begin, at RCV.NXT
constexpr std::uint16_t open_in = straddle | at | inside;  // acceptable while the window is open
constexpr std::uint16_t in = open_in | z_at | z_len;       // gets past the first check
constexpr std::uint16_t exact = at | z_at | z_len;         // SEG.SEQ is RCV.NXT

constexpr std::uint8_t some = 0x7f;  // any ACK field, or none
constexpr std::uint8_t dup = far_low | low | una;
constexpr std::uint8_t fresh = mid | nxt;
constexpr std::uint8_t bad = dup | high;     // where a new acknowledgment is needed
constexpr std::uint8_t valid = dup | fresh;  // nothing unsent is acknowledged

constexpr Verdict Tr = Verdict::transition;
constexpr Verdict No = Verdict::no_change;
constexpr Verdict Ig = Verdict::ignored;
constexpr Verdict Re = Verdict::refused;
constexpr Verdict Qu = Verdict::quiet;

constexpr std::uint8_t U = take_ack;
constexpr std::uint8_t UT = take_ack | take_text;
constexpr std::uint8_t UTF = take_ack | take_text | take_fin;
constexpr std::uint8_t I = take_irs;
constexpr std::uint8_t R = restart;

constexpr std::string_view CLOSED = "CLOSED", LISTEN = "LISTEN", SYN_SENT = "SYN-SENT", SYN_RECEIVED = "SYN-RECEIVED",
                           ESTABLISHED = "ESTABLISHED", FIN_WAIT_1 = "FIN-WAIT-1", FIN_WAIT_2 = "FIN-WAIT-2",
                           CLOSE_WAIT = "CLOSE-WAIT", CLOSING = "CLOSING", TIME_WAIT = "TIME-WAIT", same = "";

// clang-format off
const std::vector<Line> segment_table{
// reading, stances, places, acks, facts on, facts off, next, verdict, answers, effects, signals, place in RFC 9293

#include "segment_lines.inc"
};

const std::vector<CallLine> call_table{
// reading, stances, calls, facts on, facts off, reply, next, verdict, answers, signals, waiting calls, place in RFC 9293

#include "call_lines.inc"
};
// clang-format on

bool same_reading(std::string_view of_line, std::string_view reading) { return of_line.empty() || of_line == reading; }

}  // namespace

const std::vector<Line>& segment_lines() { return segment_table; }
const std::vector<CallLine>& call_lines() { return call_table; }

std::string_view name_of(Stance stance) {
    static constexpr std::array<std::string_view, stance_count> names{
        "cd", "li", "lr", "ss", "sd", "rp", "ra", "rq", "ei", "eo", "fy", "fq", "fs",
        "ff", "f2", "cw", "co", "cq", "cl", "cs", "cu", "la", "ld", "lu", "tw", "tt"};
    for (unsigned i = 0; i < stance_count; ++i) {
        if (stance == 1u << i) return names[i];
    }
    return "?";
}

std::string_view state_of(Stance stance) {
    if (stance & cd) return CLOSED;
    if (stance & LI) return LISTEN;
    if (stance & SS) return SYN_SENT;
    if (stance & SR) return SYN_RECEIVED;
    if (stance & ES) return ESTABLISHED;
    if (stance & FW1) return FIN_WAIT_1;
    if (stance & f2) return FIN_WAIT_2;
    if (stance & CW) return CLOSE_WAIT;
    if (stance & CL) return CLOSING;
    if (stance & LA) return "LAST-ACK";
    return TIME_WAIT;
}

Case classify(Stance stance, const Numbers& n, const Seg& s) {
    const bool unsynchronized = (stance & (cd | LI | SS)) != 0;
    const std::uint32_t len = s.text_octets + ((s.bits & syn) ? 1 : 0) + ((s.bits & fin) ? 1 : 0);
    const auto wnd = static_cast<std::int64_t>(n.rcv_wnd);
    Case c{};
    c.facts = s.bits | (s.text_octets > 0 ? text : 0u);

    // 3.4 Table 5, positions counted from RCV.NXT.
    const std::int64_t first = right_of(s.seq, n.rcv_nxt);
    const std::int64_t end = first + static_cast<std::int64_t>(len);
    if (wnd == 0) {
        c.place = first != 0 ? z_off : len == 0 ? z_at : z_len;
    } else if (first < 0) {
        c.place = end <= 0 ? old_ : end <= wnd ? straddle : overhang;
    } else {
        c.place = first == 0 ? at : first < wnd ? inside : beyond;
    }

    // Before the peer's SYN is known, RCV.NXT will be the number behind the SYN in hand.
    const std::int64_t text_first = (unsynchronized ? 0 : first + ((s.bits & syn) ? 1 : 0));
    const std::int64_t text_end = text_first + static_cast<std::int64_t>(s.text_octets);
    const std::int64_t left = std::max<std::int64_t>(text_first, 0);
    const std::int64_t right = std::min(text_end, wnd);
    c.new_text = right > left ? static_cast<std::uint32_t>(right - left) : 0;
    if (c.new_text > 0) c.facts |= news;
    // SYN-SENT has no first check that would cut the FIN off: it counts as soon as the text before it is taken.
    if ((s.bits & fin) && text_end >= 0 && text_end < wnd + (unsynchronized ? 1 : 0)) c.facts |= fin_in;
    if ((s.bits & fin) && !unsynchronized && end == 0) c.facts |= fin_again;

    if (!unsynchronized && s.seq == n.irs) c.facts |= at_irs;
    if (right_of(s.seq, n.rcv_nxt - 1) > 0) c.facts |= ahead;  // the old FIN had the number before RCV.NXT
    if (s.bits & ts) {
        if (right_of(s.tsval, n.ts_recent) > 0) c.facts |= ts_newer;
        if (s.tsval == n.ts_recent) c.facts |= ts_same;
    }

    if (!(s.bits & ack)) {
        c.ack_place = no_ack;
    } else if (right_of(s.ack_field, n.snd_nxt) > 0) {
        c.ack_place = high;
    } else if (right_of(s.ack_field, n.snd_una) > 0) {
        c.ack_place = s.ack_field == n.snd_nxt ? nxt : mid;
    } else if (s.ack_field == n.snd_una) {
        c.ack_place = una;
    } else {
        c.ack_place = right_of(s.ack_field, n.snd_una - n.max_snd_wnd) >= 0 ? low : far_low;
    }
    return c;
}

int first_match(std::string_view reading, Stance stance, const Case& c) {
    for (std::size_t i = 0; i < segment_table.size(); ++i) {
        const Line& l = segment_table[i];
        if ((l.stances & stance) && (l.places & c.place) && (l.acks & c.ack_place) && (c.facts & l.on) == l.on &&
            (c.facts & l.off) == 0 && same_reading(l.reading, reading)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

int first_match(std::string_view reading, Stance stance, CallBit call, std::uint32_t facts) {
    for (std::size_t i = 0; i < call_table.size(); ++i) {
        const CallLine& l = call_table[i];
        if ((l.stances & stance) && (l.calls & call) && (facts & l.on) == l.on && (facts & l.off) == 0 &&
            same_reading(l.reading, reading)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

Expected expect(const Line& line, Stance stance, const Numbers& n, const Seg& s, const Case& c) {
    Expected e{line.next.empty() ? state_of(stance) : line.next,
               line.verdict,
               {},
               n.snd_una,
               n.snd_wnd,
               n.rcv_nxt,
               n.irs,
               line.next == TIME_WAIT || (line.effects & restart) != 0};
    bool moved = false;
    if (line.effects & take_irs) {
        e.irs = s.seq;
        e.rcv_nxt = s.seq + 1;
    }
    if (line.effects & take_ack) {
        if (c.ack_place & fresh) {
            e.snd_una = s.ack_field;
            moved = true;
        }
        const bool newer =
            right_of(s.seq, n.snd_wl1) > 0 || (s.seq == n.snd_wl1 && right_of(s.ack_field, n.snd_wl2) >= 0);
        if ((stance & (SS | SR)) || (newer && (c.ack_place & (una | fresh)))) {
            moved = moved || s.wnd != n.snd_wnd || s.seq != n.snd_wl1 || s.ack_field != n.snd_wl2;
            e.snd_wnd = s.wnd;
        }
    }
    if (line.effects & take_text) e.rcv_nxt += c.new_text;
    if (line.effects & take_fin) e.rcv_nxt += 1;
    if (e.verdict == Qu) e.verdict = moved ? No : Ig;

    const bool new_incarnation = e.next == SYN_RECEIVED && (stance & (LI | TW));
    const std::uint32_t len = s.text_octets + ((s.bits & syn) ? 1 : 0) + ((s.bits & fin) ? 1 : 0);
    const auto add = [&](std::uint16_t bit, ExpectedAnswer a) {
        if (line.answers & bit) e.answers.push_back(a);
    };
    add(a_ack, {Kind::ack, true, n.snd_nxt, e.rcv_nxt});
    add(a_challenge, {Kind::challenge_ack, true, n.snd_nxt, e.rcv_nxt});
    add(a_syn_ack, {Kind::syn_ack, true, new_incarnation ? n.new_iss : n.iss, e.rcv_nxt});
    add(a_text, {Kind::text, true, n.snd_una, 0});
    add(a_fin, {Kind::fin, false, 0, 0});
    add(a_rst_ack_field, {Kind::rst, true, s.ack_field, 0});
    add(a_rst_zero, {Kind::rst_ack, true, 0, s.seq + len});
    add(a_rst_nxt, {Kind::rst, true, n.snd_nxt, 0});
    return e;
}

}  // namespace sweep
