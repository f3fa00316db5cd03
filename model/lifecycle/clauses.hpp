// Clauses: the predicates and actions that the rows of the table are made of, named
// after the RFC's words. Everything that a row does to a connection is in this file.
//
// A guard is a predicate on the Context. It reads facts first and asks a choice of the
// Policy last, so that a choice is asked only where its readings differ. An action
// changes `x.c`, adds obligations and says how the ladder of checks goes on.
#pragma once

#include <algorithm>
#include <cstdint>

#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack {

/// How the ladder goes on after a row: the number of the next check, or one of these.
struct GoOn {
    std::int8_t to;
};
inline constexpr GoOn next{-1};   ///< the following check, in the ladder of the state reached
inline constexpr GoOn again{-2};  ///< the same check in the state reached
inline constexpr GoOn stop{-3};   ///< "return"
constexpr GoOn at(int check) { return GoOn{static_cast<std::int8_t>(check)}; }

struct Context {
    Config& c;  ///< the connection; this is `out.next`
    Outcome& out;
    const Policy& policy;
    Segment seg{};  ///< arriving (trimmed as the ladder goes on) or departing
    const Call* call{nullptr};
    const Arrival* arrival{nullptr};
    Rule rule{};             ///< the row that fires
    bool acceptable{false};  ///< Table 6 for the segment as it arrived

    std::uint8_t choose(Choice choice) {
        if (!policy.decided(choice) && !out.asked) {
            out.asked = true;
            out.first_asked = choice;
        }
        return policy.value(choice);
    }
};

template <Choice choice, std::uint8_t reading>
bool chooses(Context& x) {
    return x.choose(choice) == reading;
}
template <auto... guards>
bool all(Context& x) {
    return (guards(x) && ...);
}
template <auto... guards>
bool any(Context& x) {
    return (guards(x) || ...);
}
template <auto guard>
bool no(Context& x) {
    return !guard(x);
}
inline bool always(Context&) { return true; }

// ---------------------------------------------------------------- facts about a call

inline bool passive(Context& x) { return x.call->kind == CallKind::open_passive; }
inline bool permitted(Context& x) { return x.call->permitted; }
inline bool security_allowed(Context& x) { return x.call->security_allowed; }
inline bool room(Context& x) { return x.call->room; }
inline bool remote_named(Context& x) { return x.call->remote_specified; }
inline bool remote_specified(Context& x) { return x.c.remote_specified; }
inline bool close_queued(Context& x) { return x.c.close_queued; }
inline bool data_queued(Context& x) { return x.c.queued > 0; }
inline bool data_unread(Context& x) { return x.c.unread > 0; }

// ------------------------------------------------------- facts about an arriving segment

inline bool in_window(const Config& c, Seq s) { return s - c.rcv_nxt < c.rcv_wnd; }

/// Table 6 of 3.10.7.4.
inline bool passes_table_6(const Config& c, const Segment& s) {
    if (s.len() == 0) return c.rcv_wnd == 0 ? s.seq == c.rcv_nxt : in_window(c, s.seq);
    return in_window(c, s.seq) || in_window(c, s.end() - 1);
}

inline bool has_rst(Context& x) { return x.seg.rst(); }
inline bool has_syn(Context& x) { return x.seg.syn(); }
inline bool has_fin(Context& x) { return x.seg.fin(); }
inline bool has_ack(Context& x) { return x.seg.has_ack(); }
inline bool has_text(Context& x) { return x.seg.text > 0; }
inline bool text_or_fin(Context& x) { return x.seg.text > 0 || x.seg.fin(); }
inline bool security_differs(Context& x) { return x.seg.security_mismatch; }

inline bool acceptable(Context& x) { return x.acceptable; }
/// It begins left of the window and ends right of it: counted in octets, for a segment half the space away is both.
inline bool overhangs(Context& x) {
    const std::uint32_t left = x.c.rcv_nxt - x.seg.seq;
    return x.c.rcv_wnd > 0 && left > 0 && x.seg.len() > x.c.rcv_wnd && left < x.seg.len() - x.c.rcv_wnd;
}
/// RCV.WND is zero and the segment sits at its edge: its ACK, URG or RST may be taken (MUST-66).
inline bool at_zero_window(Context& x) {
    return x.c.rcv_wnd == 0 && x.seg.len() > 0 && x.seg.seq == x.c.rcv_nxt && (!x.seg.syn() || x.seg.rst());
}
inline bool zero_window_let_through(Context& x) {
    return at_zero_window(x) && (x.seg.rst() || x.choose(Choice::zero_window) != reading::zero_window::table_6);
}
/// The peer's SYN,ACK of a simultaneous open: its SYN was processed when it came alone.
inline bool crossing_syn_ack(Context& x) {
    return x.c.origin == Origin::active && x.seg.syn() && x.seg.has_ack() && !x.seg.rst() && x.seg.seq == x.c.irs &&
           x.c.iss_chosen && x.seg.ack > x.c.snd_una && x.seg.ack <= x.c.snd_nxt && x.c.rcv_nxt == x.c.irs + 1;
}
inline bool duplicate_syn(Context& x) {
    return x.seg.syn() && !x.seg.has_ack() && !x.seg.rst() && !x.acceptable && x.seg.seq == x.c.irs;
}
/// The peer's FIN once more, exactly.
inline bool duplicate_fin(Context& x) {
    return x.seg.fin() && !x.seg.syn() && !x.seg.rst() && !x.acceptable && x.c.peer_fin_seen &&
           x.seg.text_end() == x.c.peer_fin;
}
inline bool timestamp_old(Context& x) {
    return x.seg.has_ts && static_cast<std::int32_t>(x.seg.tsval - x.c.ts_recent) < 0;
}

inline bool origin_passive(Context& x) { return x.c.origin == Origin::passive; }
inline bool origin_active(Context& x) { return x.c.origin == Origin::active; }
inline bool origin_reuse(Context& x) { return x.c.origin == Origin::reuse; }

/// SND.UNA < SEG.ACK =< SND.NXT. An ISS that has not left cannot be acknowledged.
inline bool ack_new(Context& x) { return x.c.iss_chosen && x.seg.ack > x.c.snd_una && x.seg.ack <= x.c.snd_nxt; }
inline bool ack_old(Context& x) { return x.c.iss_chosen && x.seg.ack <= x.c.snd_una; }
/// Half the space away an ACK is at once before SND.UNA and behind SND.NXT: it counts as old.
inline bool ack_future(Context& x) { return !x.c.iss_chosen || (x.seg.ack > x.c.snd_nxt && !ack_old(x)); }
inline bool ack_unacceptable(Context& x) { return x.seg.has_ack() && !ack_new(x); }
inline bool ack_covers_fin(Context& x) {
    return x.c.fin == Fin::sent && x.seg.ack > x.c.fin_seq && x.seg.ack <= x.c.snd_nxt;
}
/// Something of ours waits for its acknowledgment.
inline bool outstanding(const Config& c) { return c.iss_chosen && c.snd_una != c.snd_nxt; }
/// SEG.ACK < SND.UNA - MAX.SND.WND (RFC 5961 5.2).
inline bool ack_ancient(Context& x) {
    return x.c.iss_chosen && x.seg.ack < x.c.snd_una && x.c.snd_una - x.seg.ack > x.c.max_snd_wnd &&
           x.choose(Choice::ack_range) == reading::ack_range::rfc5961;
}
inline bool syn_unacknowledged(Context& x) { return x.c.iss_chosen && x.c.snd_una == x.c.iss; }

inline bool rst_exact(Context& x) { return x.seg.seq == x.c.rcv_nxt; }
inline bool rst_in_window(Context& x) { return rst_exact(x) || in_window(x.c, x.seg.seq); }
inline bool rst_valid(Context& x) {
    return rst_exact(x) ||
           (in_window(x.c, x.seg.seq) && x.choose(Choice::rst_validation) == reading::rst_validation::rfc793);
}

inline bool in_order(Context& x) { return x.seg.seq == x.c.rcv_nxt; }
/// What the ACK field of a segment behind a gap would change.
inline bool ack_of_held_segment_waits(Context& x) {
    return x.c.iss_chosen && x.seg.seq > x.c.rcv_nxt && (x.seg.ack > x.c.snd_una || x.seg.text > 0 || x.seg.fin()) &&
           x.seg.ack != x.c.snd_una && x.choose(Choice::held_segment) == reading::held_segment::in_order;
}
inline bool text_discarded(Context& x) {
    return x.seg.seq > x.c.rcv_nxt && x.choose(Choice::held_segment) == reading::held_segment::discard;
}
inline bool fin_in_order(Context& x) {
    return (x.seg.fin() && x.seg.text_end() == x.c.rcv_nxt) || (x.c.peer_fin_held && x.c.peer_fin == x.c.rcv_nxt);
}

/// May the SYN that found TIME-WAIT reopen the connection (MAY-2; RFC 6191 2)?
inline bool reopens(Context& x) {
    namespace reuse = reading::time_wait_reuse;
    const Segment& s = x.seg;
    if (!s.syn() || s.has_ack() || s.rst() || !x.arrival->listener) return false;
    const bool later = s.seq > x.c.rcv_nxt - 1;  // beyond the peer's last number, its FIN
    const std::int32_t age = static_cast<std::int32_t>(s.tsval - x.c.ts_recent);
    bool by_timestamps = later;
    if (x.c.ts_ok && s.has_ts) by_timestamps = age > 0 || (age == 0 && later);
    if (!x.c.ts_ok && s.has_ts) by_timestamps = true;
    if (!by_timestamps && !later) return false;  // no reading reopens
    switch (x.choose(Choice::time_wait_reuse)) {
        case reuse::sequence:
            return later;
        case reuse::rfc6191:
            return by_timestamps;
        case reuse::timestamps_or_sequence:
            return later || (x.c.ts_ok && s.has_ts && age > 0);
        default:
            return false;
    }
}
inline bool rfc6191_governs(Context& x) {
    return x.seg.syn() && !x.seg.has_ack() && !x.seg.rst() && x.arrival->listener &&
           x.choose(Choice::time_wait_reuse) == reading::time_wait_reuse::rfc6191;
}

// ------------------------------------------------------------------------ obligations

inline bool is_reset(const Owed& o) { return o.kind == OwedKind::rst || o.kind == OwedKind::rst_ack; }

inline void owe(Context& x, OwedKind kind, When when, Seq seq = Seq{}, Seq ack = Seq{}) {
    Config& c = x.c;
    const bool acknowledges = kind == OwedKind::ack || kind == OwedKind::challenge_ack;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        Owed& o = c.owed[i];
        const bool merges = acknowledges ? (o.kind == OwedKind::ack || o.kind == OwedKind::challenge_ack)
                                         : o.kind == kind && (kind < OwedKind::rst || (o.seq == seq && o.ack == ack));
        if (!merges) continue;
        if (when < o.when) {
            o.when = when;
            o.kind = kind;
            o.rule = x.rule;
        }
        o.seq = seq;
        if (acknowledges) o.ack = max(o.ack, ack);
        return;
    }
    if (c.owed_count == Config::max_owed) {  // only resets can pile up so far: the oldest of them goes
        const auto oldest = std::find_if(c.owed.begin(), c.owed.end(), is_reset);
        if (oldest == c.owed.end()) return;
        std::move(oldest + 1, c.owed.end(), oldest);
        --c.owed_count;
    }
    c.owed[c.owed_count++] = Owed{kind, when, x.rule, seq, ack};
}

inline void owe_ack(Context& x, When when) { owe(x, OwedKind::ack, when, x.c.snd_nxt, x.c.rcv_nxt); }
inline void owe_challenge_ack(Context& x) {
    owe(x, OwedKind::challenge_ack, When::throttleable, x.c.snd_nxt, x.c.rcv_nxt);
}
/// The reset that answers a segment (3.5.2): its number is one the other side believes. The length is
/// that of the segment as it arrived.
inline void owe_reset_of_segment(Context& x) {
    const Segment& s = x.arrival->segment;
    if (s.has_ack()) {
        owe(x, OwedKind::rst, When::now, s.ack);
    } else {
        owe(x, OwedKind::rst_ack, When::now, Seq{0}, s.end());
    }
}
/// <SEQ=SND.NXT><CTL=RST>; nothing when no SYN of ours has left.
inline void owe_reset_of_connection(Context& x) {
    if (x.c.iss_chosen) owe(x, OwedKind::rst, When::now, x.c.snd_nxt);
}

template <class Keep>
void keep_owed(Config& c, Keep keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        if (keep(c.owed[i])) c.owed[kept++] = c.owed[i];
    }
    for (std::size_t i = kept; i < c.owed_count; ++i) c.owed[i] = Owed{};
    c.owed_count = static_cast<std::uint8_t>(kept);
}
/// One answer is enough: an ACK that an earlier check of this segment asked for gives way to its reset.
inline void withdraw_ack(Context& x) {
    keep_owed(x.c, [&](const Owed& o) {
        const bool now = std::find(x.out.fired.begin(), x.out.fired.begin() + x.out.fired_count, o.rule) !=
                         x.out.fired.begin() + x.out.fired_count;
        return !(now && (o.kind == OwedKind::ack || o.kind == OwedKind::challenge_ack));
    });
}

// ------------------------------------------------------------- parts of several actions

inline void start(Context& x, std::uint8_t t) {
    x.c.timers |= t;
    x.out.restarted |= t;
}
inline void halt(Context& x, std::uint8_t t) { x.c.timers &= static_cast<std::uint8_t>(~t); }

/// "Delete the TCB": what remains is the reset that is still to leave.
inline void delete_tcb(Context& x) {
    Config closed;
    keep_owed(x.c, is_reset);
    closed.owed = x.c.owed;
    closed.owed_count = x.c.owed_count;
    x.c = closed;
}

/// Back to LISTEN: the half-made connection is forgotten, the user's calls are not (C24).
inline void forget_peer(Context& x) {
    const Config& c = x.c;
    Config listening;
    listening.remote_given = c.remote_given;
    listening.remote_specified = c.remote_given || x.choose(Choice::relisten_remote) == reading::relisten_remote::keep;
    listening.rcv_wnd = c.rcv_wnd;
    listening.queued = c.queued;
    listening.wanted = c.wanted;
    listening.timers = c.timers & timer::user;
    keep_owed(x.c, is_reset);
    listening.owed = c.owed;
    listening.owed_count = c.owed_count;
    x.c = listening;
}

/// TIME-WAIT begins: nothing of ours is outstanding, only the 2 MSL timer runs.
inline void begin_time_wait(Context& x) {
    x.c.timers = 0;
    start(x, timer::time_wait);
}

inline void choose_iss(Context& x, bool given, Seq iss) {
    if (!given) return;
    x.c.iss_chosen = true;
    x.c.iss = iss;
    x.c.snd_una = iss;
    x.c.snd_nxt = iss + 1;
}

/// The window of a segment that came with a SYN is not scaled (RFC 7323 2.2), even where the SYN is trimmed away.
inline std::uint32_t arrived_window(const Context& x) {
    const bool scaled = !x.arrival->segment.syn() && x.c.snd_wscale > 0;
    return scaled ? std::uint32_t{x.seg.wnd} << x.c.snd_wscale : x.seg.wnd;
}
inline void set_send_window(Context& x) {
    Config& c = x.c;
    c.snd_wnd = arrived_window(x);
    c.snd_wl1 = x.seg.seq;
    c.snd_wl2 = x.seg.ack;
    c.max_snd_wnd = std::max(c.max_snd_wnd, c.snd_wnd);
}

/// What a peer's SYN tells besides its number.
inline void take_syn_options(Context& x, bool answered) {
    Config& c = x.c;
    const Segment& s = x.seg;
    c.snd_mss = s.mss;
    if (answered) {  // our SYN has left: what it offered decides (RFC 7323 2.2, 3.2)
        const bool scale = c.rcv_wscale_offer >= 0 && s.wscale >= 0;
        c.snd_wscale = scale ? s.wscale : std::int8_t{0};
        c.rcv_wscale = scale ? c.rcv_wscale_offer : std::int8_t{0};
        c.ts_ok = c.ts_offered && s.has_ts;
    } else {  // our SYN,ACK will decide
        c.snd_wscale = s.wscale;
        c.ts_ok = s.has_ts;
    }
    if (s.has_ts) c.ts_recent = s.tsval;
}

/// Text [left, right) joins what is held behind a gap. False when there is no place for another piece.
inline bool hold(Config& c, Seq left, Seq right) {
    std::size_t i = 0;
    while (i < c.held_count && c.held[i].right < left) ++i;
    std::size_t j = i;  // held[i..j) touch the new piece
    while (j < c.held_count && c.held[j].left <= right) {
        left = min(left, c.held[j].left);
        right = max(right, c.held[j].right);
        ++j;
    }
    if (i == j) {
        if (c.held_count == Config::max_held) return false;
        std::move_backward(c.held.begin() + static_cast<std::ptrdiff_t>(i), c.held.begin() + c.held_count,
                           c.held.begin() + c.held_count + 1);
        ++c.held_count;
    } else if (j > i + 1) {
        std::move(c.held.begin() + static_cast<std::ptrdiff_t>(j), c.held.begin() + c.held_count,
                  c.held.begin() + static_cast<std::ptrdiff_t>(i + 1));
        for (std::size_t k = c.held_count - (j - i - 1); k < c.held_count; ++k) c.held[k] = Held{};
        c.held_count = static_cast<std::uint8_t>(c.held_count - (j - i - 1));
    }
    c.held[i] = Held{left, right};
    return true;
}

/// What waits behind a gap will not have its turn.
inline void forget_held(Config& c) {
    c.held.fill(Held{});
    c.held_count = 0;
    c.held_ack_valid = false;
    c.held_ack = Seq{};
    c.held_wnd = 0;
    c.peer_fin_held = false;
    if (!c.peer_fin_seen) c.peer_fin = Seq{};
}

/// RCV.NXT advances over `n` octets of text, which go to waiting RECEIVEs or wait to be read.
inline void take_text(Context& x, std::uint32_t n) {
    Config& c = x.c;
    const std::uint32_t now = std::min(n, c.wanted);
    c.rcv_nxt += n;
    c.wanted -= now;
    c.unread += n - now;
    x.out.delivered += now;
    const std::uint32_t kept = n - now;
    c.rcv_wnd -= std::min(kept, c.rcv_wnd);
}

/// Text that was held joins the stream when its turn has come.
inline void take_held_text(Context& x) {
    Config& c = x.c;
    while (c.held_count > 0 && c.held[0].left <= c.rcv_nxt) {
        const Seq right = c.held[0].right;
        std::move(c.held.begin() + 1, c.held.begin() + c.held_count, c.held.begin());
        c.held[--c.held_count] = Held{};
        if (right > c.rcv_nxt) take_text(x, right - c.rcv_nxt);
    }
}

/// What lies left of RCV.NXT has been taken: text, and a FIN before it that contradicts the text.
inline void drop_old_part(Segment& s, Seq rcv_nxt) {
    if (s.seq >= rcv_nxt) return;
    const std::uint32_t old = std::min(rcv_nxt - s.seq, s.text);
    s.seq += old;
    s.text -= old;
    if (s.seq < rcv_nxt) s.flags &= static_cast<std::uint8_t>(~flag::fin);
}

/// Our SYN is acknowledged: what rode on the peer's SYN goes to the user (3.10.7.2; C31).
inline void take_text_of_syn(Context& x) {
    Config& c = x.c;
    const std::uint32_t waiting = std::min(c.unread, c.wanted);
    c.unread -= waiting;
    c.wanted -= waiting;
    c.rcv_wnd += waiting;
    x.out.delivered += waiting;
    if (c.held_count == 0 || c.held[0].left > c.rcv_nxt) return;
    take_held_text(x);
    owe_ack(x, When::delayed);
    drop_old_part(x.seg, c.rcv_nxt);  // the peer may send it once more
}

/// The part of step 5 common to all synchronized states: SND.UNA, the queue, the window.
inline void take_ack(Context& x) {
    Config& c = x.c;
    const Segment& s = x.seg;
    if (s.ack > c.snd_una) {
        std::uint32_t octets = s.ack - c.snd_una;
        if (c.snd_una == c.iss) --octets;                       // the SYN
        if (c.fin == Fin::sent && s.ack > c.fin_seq) --octets;  // the FIN
        x.out.acknowledged += octets;
        const bool of_syn = c.snd_una == c.iss;
        c.snd_una = s.ack;
        if (of_syn) take_text_of_syn(x);
        if (c.snd_una == c.snd_nxt) {
            halt(x, timer::retransmission | timer::user);  // RFC 6298 5.2
        } else {
            start(x, timer::retransmission);  // RFC 6298 5.3
        }
        keep_owed(c, [&](const Owed& o) {  // what is acknowledged need not go again
            if (o.kind == OwedKind::text) return o.seq >= c.snd_una;
            if (o.kind == OwedKind::fin) return !c.fin_acked();
            return o.kind != OwedKind::syn_ack && o.kind != OwedKind::syn;
        });
    }
    if (s.ack >= c.snd_una && (c.snd_wl1 < s.seq || (c.snd_wl1 == s.seq && c.snd_wl2 <= s.ack))) set_send_window(x);
}

// ----------------------------------------------------------------- actions on user calls

template <Reply reply>
GoOn reply_with(Context& x) {
    x.out.reply = reply;
    return stop;
}

/// A TCB begins; of what was before, only a reset is still to leave.
inline void begin_tcb(Context& x) {
    Config fresh;
    fresh.owed = x.c.owed;
    fresh.owed_count = x.c.owed_count;
    fresh.rcv_wnd = x.call->rcv_wnd;
    x.c = fresh;
}
inline GoOn listen(Context& x) {
    begin_tcb(x);
    x.c.remote_specified = x.c.remote_given = x.call->remote_specified;
    return reply_with<Reply::ok>(x);
}

inline void send_syn(Context& x) {
    x.c.origin = Origin::active;
    choose_iss(x, x.call->iss_given, x.call->iss);
    owe(x, OwedKind::syn, When::now, x.c.iss);
    start(x, timer::user);
}
inline GoOn open_actively(Context& x) {
    begin_tcb(x);
    x.c.remote_specified = x.c.remote_given = true;
    send_syn(x);
    return reply_with<Reply::ok>(x);
}
inline GoOn turn_active(Context& x) {
    x.c.remote_specified = x.c.remote_given = true;
    send_syn(x);
    return reply_with<Reply::ok>(x);
}
inline GoOn turn_active_and_queue(Context& x) {
    x.c.queued += x.call->octets;
    return turn_active(x);
}
inline GoOn queue_data(Context& x) {
    x.c.queued += x.call->octets;
    return reply_with<Reply::ok>(x);
}
inline GoOn queue_receive(Context& x) {
    x.c.wanted += x.call->octets;
    return reply_with<Reply::ok>(x);
}
inline GoOn receive(Context& x) {
    Config& c = x.c;
    const std::uint32_t n = std::min(c.unread, x.call->octets);
    c.unread -= n;
    c.rcv_wnd += n;
    x.out.delivered += n;
    if (n == 0) c.wanted += x.call->octets;
    return reply_with<Reply::ok>(x);
}
inline GoOn receive_rest(Context& x) {
    const std::uint32_t n = std::min(x.c.unread, x.call->octets);
    x.c.unread -= n;
    x.out.delivered += n;
    return reply_with<Reply::ok>(x);
}
inline GoOn close_unopened(Context& x) {
    if (x.c.wanted > 0 || x.c.queued > 0) x.out.signals |= signal::calls_closing;
    delete_tcb(x);
    return reply_with<Reply::ok>(x);
}
inline void queue_fin(Context& x) {
    x.c.fin = Fin::queued;
    x.c.close_queued = false;
    owe(x, OwedKind::fin, When::eventually);
}
inline GoOn send_fin(Context& x) {
    queue_fin(x);
    return reply_with<Reply::ok>(x);
}
inline GoOn queue_close(Context& x) {
    x.c.close_queued = true;
    if (x.c.state == State::CloseWait) owe(x, OwedKind::fin, When::eventually);
    return reply_with<Reply::ok>(x);
}
inline GoOn reset_connection(Context& x) {
    if (x.c.wanted > 0 || x.c.queued > 0 || outstanding(x.c)) x.out.signals |= signal::calls_reset;
    owe_reset_of_connection(x);
    delete_tcb(x);
    return reply_with<Reply::ok>(x);
}
inline GoOn reset_connection_and_wait(Context& x) {
    const Config before = x.c;
    reset_connection(x);
    const Config after = x.c;
    x.c = before;
    x.c.owed = after.owed;
    x.c.owed_count = after.owed_count;
    x.c.queued = x.c.unread = x.c.wanted = 0;
    x.c.close_queued = false;
    forget_held(x.c);
    begin_time_wait(x);
    return stop;
}
inline GoOn abort_silently(Context& x) {
    if (x.c.wanted > 0 || x.c.queued > 0) x.out.signals |= signal::calls_reset;
    delete_tcb(x);
    return reply_with<Reply::ok>(x);
}

// ------------------------------------------------- actions on segments in CLOSED, LISTEN, SYN-SENT

inline GoOn pass(Context&) { return next; }
inline GoOn drop(Context&) { return stop; }
inline GoOn answer_with_reset(Context& x) {
    owe_reset_of_segment(x);
    return stop;
}

/// The peer's SYN tells where its numbers begin; none of them has been acknowledged.
inline void begin_receiving(Config& c, Seq irs) {
    c.irs = irs;
    c.rcv_nxt = irs + 1;
    c.rcv_adv = c.rcv_nxt + c.rcv_wnd;
    c.last_ack_sent = irs;
}

/// The SYN of a connection that this side did not ask for.
inline GoOn answer_syn(Context& x) {
    Config& c = x.c;
    const Segment& s = x.seg;
    begin_receiving(c, s.seq);
    c.origin = Origin::passive;
    c.remote_specified = true;
    take_syn_options(x, false);
    set_send_window(x);
    c.snd_wl2 = Seq{};
    choose_iss(x, x.arrival->iss_given, x.arrival->iss);
    start(x, timer::user);
    return stop;
}
/// Text and FIN that ride on a SYN wait for ESTABLISHED (3.5; C7).
inline void keep_rest_of_syn(Context& x) {
    Config& c = x.c;
    const Segment& s = x.seg;
    if (s.text > 0) {
        const std::uint32_t fits = std::min(s.text, c.rcv_wnd);
        switch (x.choose(Choice::syn_text)) {
            case reading::syn_text::queue:
                if (fits > 0) hold(c, c.rcv_nxt, c.rcv_nxt + fits);
                break;
            case reading::syn_text::acknowledge:  // but not delivered before ESTABLISHED (3.5)
                c.rcv_nxt += fits;
                c.rcv_wnd -= fits;
                c.unread += fits;
                break;
            default:
                return;  // a FIN behind text that is ignored is ignored with it
        }
        if (fits < s.text) return;
    }
    if (s.fin() && x.choose(Choice::syn_fin) == reading::syn_fin::queue) {
        c.peer_fin_held = true;
        c.peer_fin = s.text_end();
    }
}
inline GoOn answer_plain_syn(Context& x) {
    answer_syn(x);
    owe(x, OwedKind::syn_ack, When::now, x.c.iss, x.c.rcv_nxt);
    return stop;
}
inline GoOn answer_syn_and_more(Context& x) {
    answer_syn(x);
    keep_rest_of_syn(x);
    owe(x, OwedKind::syn_ack, When::now, x.c.iss, x.c.rcv_nxt);
    return stop;
}

inline GoOn refuse_open(Context& x) {
    x.out.signals |= signal::connection_reset;
    if (x.c.queued > 0 || x.c.wanted > 0) x.out.signals |= signal::calls_reset;
    delete_tcb(x);
    return stop;
}
/// SYN,ACK of our SYN: the handshake is done on this side.
inline GoOn complete_open(Context& x) {
    Config& c = x.c;
    begin_receiving(c, x.seg.seq);
    take_syn_options(x, true);
    take_ack(x);
    set_send_window(x);  // RFC 1122 4.2.2.20(c); C6
    owe_ack(x, When::now);
    x.out.signals |= signal::established;
    x.seg.flags &= static_cast<std::uint8_t>(~flag::syn);
    x.seg.seq = c.rcv_nxt;
    if (x.seg.text > c.rcv_wnd) {
        x.seg.text = c.rcv_wnd;
        x.seg.flags &= static_cast<std::uint8_t>(~flag::fin);
    }
    return at(6);
}
/// A bare SYN meets our own: simultaneous open.
inline GoOn answer_crossing_syn(Context& x) {
    Config& c = x.c;
    begin_receiving(c, x.seg.seq);
    take_syn_options(x, true);
    set_send_window(x);
    c.snd_wl2 = Seq{};  // the segment has no ACK; the next one overwrites it
    keep_rest_of_syn(x);
    keep_owed(c, [](const Owed& o) { return o.kind != OwedKind::syn; });
    owe(x, OwedKind::syn_ack, When::now, c.iss, c.rcv_nxt);
    return stop;
}

// ------------------------------------------------- actions on segments in the other states

inline GoOn acknowledge_unacceptable(Context& x) {
    owe_ack(x, When::throttleable);
    return stop;
}
inline GoOn acknowledge_again_and_restart(Context& x) {
    owe_ack(x, When::throttleable);
    start(x, timer::time_wait);
    return stop;
}
inline GoOn repeat_syn_ack(Context& x) {
    owe(x, OwedKind::syn_ack, When::throttleable, x.c.iss, x.c.rcv_nxt);
    return stop;
}

/// Only the new part within the window is processed further, "including SYN and FIN". A reset is
/// judged by its own number, and a SYN may be (C22), so these two keep theirs.
inline GoOn trim(Context& x) {
    Config& c = x.c;
    Segment& s = x.seg;
    if (s.has_ts && static_cast<std::int32_t>(s.tsval - c.ts_recent) >= 0 && s.seq <= c.last_ack_sent && c.ts_ok) {
        c.ts_recent = s.tsval;  // RFC 7323 4.3
    }
    if (s.rst()) return next;
    if (s.seq < c.rcv_nxt && s.len() > 0) {
        if (s.syn()) {
            if (c.rcv_nxt - s.seq > 0 && !crossing_syn_ack(x) && s.end() > c.rcv_nxt &&
                x.choose(Choice::straddling_syn) == reading::straddling_syn::irrespective) {
                return next;
            }
            s.flags &= static_cast<std::uint8_t>(~flag::syn);
            s.seq += 1;
        }
        const std::uint32_t old = std::min(c.rcv_nxt - s.seq, s.text);
        s.seq += old;
        s.text -= old;
    }
    const Seq edge = c.rcv_nxt + c.rcv_wnd;
    if (s.len() > 0 && s.end() > edge) {
        if (s.fin()) s.flags &= static_cast<std::uint8_t>(~flag::fin);
        if (s.end() > edge) s.text -= std::min(s.end() - edge, s.text);
    }
    return next;
}
/// Zero window: text and FIN stay outside, the rest is taken (MUST-66), and the sender learns where we are.
inline GoOn take_control_only(Context& x) {
    if (x.seg.rst()) return next;
    const bool lone_fin =
        x.seg.fin() && x.seg.text == 0 && x.choose(Choice::zero_window) == reading::zero_window::accept_fin;
    if (!lone_fin) {
        x.seg.text = 0;
        x.seg.flags &= static_cast<std::uint8_t>(~flag::fin);
        owe_ack(x, When::throttleable);
    }
    return next;
}

/// The SYN of the crossing SYN,ACK is old news; the rest is taken. An ACK may tell so (Linux sends one),
/// but Figure 7 has none.
inline GoOn trim_crossing(Context& x) {
    const bool rest = x.seg.text > 0 || x.seg.fin();
    trim(x);
    owe_ack(x, rest && x.c.rcv_wnd == 0 ? When::throttleable : When::eventually);
    return next;
}

inline GoOn challenge(Context& x) {
    owe_challenge_ack(x);
    return stop;
}
inline GoOn return_to_listen(Context& x) {
    forget_peer(x);
    return stop;
}
inline GoOn close_before_open(Context& x) {
    delete_tcb(x);
    return stop;
}
inline GoOn refused_by_reset(Context& x) {
    x.out.signals |= signal::connection_refused;
    if (x.c.queued > 0 || x.c.wanted > 0) x.out.signals |= signal::calls_reset;
    delete_tcb(x);
    return stop;
}
inline GoOn return_to_time_wait(Context& x) {
    Config& c = x.c;
    keep_owed(c, is_reset);
    c.origin = Origin::none;
    forget_held(c);
    begin_time_wait(x);
    return stop;
}
inline GoOn reset_by_peer(Context& x) {
    x.out.signals |= signal::connection_reset;
    if (x.c.queued > 0 || x.c.wanted > 0 || outstanding(x.c)) x.out.signals |= signal::calls_reset;
    delete_tcb(x);
    return stop;
}
inline GoOn reset_while_closing(Context& x) {
    if (x.choose(Choice::closing_reset_signal) == reading::closing_reset_signal::signal) {
        x.out.signals |= signal::connection_reset;
    }
    delete_tcb(x);
    return stop;
}
inline GoOn reset_on_mismatch(Context& x) {
    withdraw_ack(x);
    owe_reset_of_segment(x);
    return stop;
}
/// A segment that has no business here kills the connection: RFC 793's answer to a SYN, and a security mismatch.
inline GoOn reset_both_ways(Context& x) {
    // Before our SYN has a number there is no SND.NXT to take.
    if (!x.c.iss_chosen || x.choose(Choice::syn_error_reset_form) == reading::syn_error_reset_form::by_group) {
        owe_reset_of_segment(x);
    } else {
        owe_reset_of_connection(x);
    }
    return reset_by_peer(x);
}
/// A new incarnation out of TIME-WAIT (MAY-2).
inline GoOn reopen(Context& x) {
    const Config old = x.c;
    // A FIN taken at a shut window leaves RCV.NXT one beyond the edge that was announced.
    const std::uint32_t announced = old.rcv_adv > old.rcv_nxt ? old.rcv_adv - old.rcv_nxt : 0;
    const std::uint32_t window = std::max(announced, old.rcv_wnd);
    keep_owed(x.c, is_reset);
    Config fresh;
    fresh.owed = x.c.owed;
    fresh.owed_count = x.c.owed_count;
    fresh.remote_specified = true;
    fresh.rcv_wnd = window;
    x.c = fresh;
    answer_syn_and_more(x);
    x.c.origin = Origin::reuse;
    if (!x.arrival->iss_given) x.c.snd_nxt = old.snd_nxt;  // the SYN,ACK's number must lie beyond it
    return stop;
}

/// ESTABLISHED is entered. Its own fifth check takes the ACK, and with it the text that waited (3.10.7.2).
inline GoOn establish(Context& x) {
    set_send_window(x);
    x.out.signals |= signal::established;
    // The peer's SYN,ACK of a simultaneous open came before ours has left: its SYN still wants an answer.
    if (std::any_of(x.c.owed.begin(), x.c.owed.begin() + x.c.owed_count,
                    [](const Owed& o) { return o.kind == OwedKind::syn_ack; }) &&
        x.c.last_ack_sent != x.c.irs + 1) {
        owe_ack(x, When::now);
    }
    keep_owed(x.c, [](const Owed& o) { return o.kind != OwedKind::syn_ack; });
    return again;
}
inline GoOn establish_and_close(Context& x) {
    establish(x);
    queue_fin(x);
    return again;
}
inline GoOn reset_bad_ack(Context& x) {
    withdraw_ack(x);
    owe(x, OwedKind::rst, When::now, x.seg.ack);
    return stop;
}
inline GoOn reset_bad_ack_and_go_on(Context& x) {
    owe(x, OwedKind::rst, When::now, x.seg.ack);
    return next;
}
inline GoOn remember_ack(Context& x) {
    Config& c = x.c;
    if (!c.held_ack_valid || c.held_ack < x.seg.ack) {
        c.held_ack_valid = true;
        c.held_ack = x.seg.ack;
        c.held_wnd = x.seg.wnd;
    }
    return c.state == State::Closing ? stop : next;  // CLOSING has no further checks
}
inline GoOn acknowledge_future_ack(Context& x) {
    owe_ack(x, When::throttleable);
    return stop;
}
inline GoOn process_ack(Context& x) {
    take_ack(x);
    return next;
}
inline GoOn fin_acknowledged(Context& x) {
    take_ack(x);
    x.out.signals |= signal::close_ok;
    start(x, timer::fin_wait_2);
    return next;
}
inline GoOn last_fin_acknowledged(Context& x) {
    take_ack(x);
    x.out.signals |= signal::close_ok;
    delete_tcb(x);
    return stop;
}
inline GoOn closing_fin_acknowledged(Context& x) {
    take_ack(x);
    x.out.signals |= signal::close_ok;
    begin_time_wait(x);
    return next;
}
inline GoOn process_ack_and_ignore_rest(Context& x) {
    take_ack(x);
    return stop;
}
inline GoOn acknowledge_and_restart(Context& x) {
    owe_ack(x, When::throttleable);
    start(x, timer::time_wait);
    return next;
}

inline GoOn signal_urgent(Context& x) {
    x.out.signals |= signal::urgent;
    return next;
}

inline GoOn deliver_text(Context& x) {
    Config& c = x.c;
    take_text(x, x.seg.text);
    take_held_text(x);
    if (x.seg.psh()) x.out.signals |= signal::push;
    owe_ack(x, When::delayed);
    if (c.held_ack_valid && c.held_count == 0) {  // C21, in_order: the held segment's ACK has its turn
        c.held_ack_valid = false;
        x.seg.seq = c.rcv_nxt;
        x.seg.text = 0;
        x.seg.ack = c.held_ack;
        x.seg.wnd = static_cast<std::uint16_t>(c.held_wnd);
        c.held_ack = Seq{};
        c.held_wnd = 0;
        return at(5);
    }
    return next;
}
inline GoOn hold_text(Context& x) {
    hold(x.c, x.seg.seq, x.seg.text_end());
    owe_ack(x, When::throttleable);  // MAY-13
    return next;
}
inline GoOn discard_text(Context& x) {
    owe_ack(x, When::throttleable);
    return stop;
}
/// Half-duplex close: data that nobody will read (SHLD-3).
inline GoOn reset_unreadable(Context& x) {
    owe_reset_of_segment(x);
    x.out.signals |= signal::connection_reset;
    delete_tcb(x);
    return stop;
}

inline void take_fin(Context& x) {
    Config& c = x.c;
    x.out.signals |= signal::connection_closing;
    if (c.wanted > 0) x.out.signals |= signal::calls_closing;
    c.wanted = 0;
    c.peer_fin = c.rcv_nxt;
    c.peer_fin_seen = true;
    c.peer_fin_held = false;
    c.held.fill(Held{});  // nothing follows a FIN, whatever was said before
    c.held_count = 0;
    c.rcv_nxt += 1;
    c.rcv_wnd -= std::min(1u, c.rcv_wnd);
    owe_ack(x, When::delayed);
}
inline GoOn process_fin(Context& x) {
    take_fin(x);
    return stop;
}
inline GoOn process_last_fin(Context& x) {
    take_fin(x);
    begin_time_wait(x);
    return stop;
}
inline GoOn hold_fin(Context& x) {
    x.c.peer_fin_held = true;
    x.c.peer_fin = x.seg.text_end();
    owe_ack(x, When::throttleable);
    return stop;
}
inline GoOn acknowledge_second_fin(Context& x) {
    owe_ack(x, When::throttleable);
    return stop;
}
inline GoOn process_second_fin(Context& x) {
    if (x.seg.text_end() == x.c.rcv_nxt) take_fin(x);
    owe_ack(x, When::throttleable);
    return stop;
}
inline GoOn acknowledge_fin_and_restart(Context& x) {
    owe_ack(x, When::throttleable);
    start(x, timer::time_wait);
    return stop;
}
inline GoOn process_second_fin_and_restart(Context& x) {
    process_second_fin(x);
    start(x, timer::time_wait);
    return stop;
}

// ------------------------------------------------------------------ actions on timeouts

inline GoOn abort_by_user_timeout(Context& x) {
    x.out.signals |= signal::user_timeout;
    if (x.c.state != State::Listen && x.c.state != State::TimeWait &&
        x.choose(Choice::user_timeout_reset) == reading::user_timeout_reset::reset) {
        owe_reset_of_connection(x);
    }
    delete_tcb(x);
    return stop;
}
inline GoOn relisten_by_user_timeout(Context& x) {
    forget_peer(x);
    return stop;
}
inline bool relistens_at_user_timeout(Context& x) {
    return x.c.origin == Origin::passive &&
           x.choose(Choice::user_timeout_passive) == reading::user_timeout_passive::listen;
}
inline GoOn resend_syn(Context& x) {
    owe(x, OwedKind::syn, When::now, x.c.iss);
    start(x, timer::retransmission);
    return stop;
}
inline GoOn resend_syn_ack(Context& x) {
    owe(x, OwedKind::syn_ack, When::now, x.c.iss, x.c.rcv_nxt);
    start(x, timer::retransmission);
    return stop;
}
/// The front of the retransmission queue: SYN, text or FIN, whichever SND.UNA stands at.
inline GoOn resend_front(Context& x) {
    Config& c = x.c;
    if (c.snd_una == c.iss) return resend_syn_ack(x);
    if (c.fin == Fin::sent && c.snd_una == c.fin_seq) {
        owe(x, OwedKind::fin, When::now, c.fin_seq);
    } else {
        owe(x, OwedKind::text, When::now, c.snd_una);
    }
    start(x, timer::retransmission);
    return stop;
}
inline GoOn expire(Context& x) {
    delete_tcb(x);
    return stop;
}

// ---------------------------------------------------------------- departures: what may leave

/// The number of the reset is the one that is owed. The ACK bit on a reset that needs none is
/// tolerated when its field says RCV.NXT's truth or nothing: receivers judge a reset by SEQ (3.5.3).
inline const Owed* owed_reset(const Context& x) {
    for (std::size_t i = 0; i < x.c.owed_count; ++i) {
        const Owed& o = x.c.owed[i];
        if (o.kind == OwedKind::rst && o.seq == x.seg.seq) return &o;
        if (o.kind == OwedKind::rst_ack && x.seg.has_ack() && o.seq == x.seg.seq && o.ack == x.seg.ack) return &o;
    }
    return nullptr;
}
inline bool reset_owed(Context& x) { return owed_reset(x) != nullptr && !x.seg.syn() && !x.seg.fin(); }
inline GoOn discharge_reset(Context& x) {
    const Owed* const found = owed_reset(x);
    if (found == nullptr) return stop;  // only where an instrument has inverted the guard
    const Owed gone = *found;
    bool first = true;
    keep_owed(x.c, [&](const Owed& o) {
        if (first && o == gone) {
            first = false;
            return false;
        }
        return true;
    });
    return stop;
}

/// Window that a departing segment announces, octets.
inline std::uint32_t announced_window(const Config& c, const Segment& s) {
    return s.syn() || c.rcv_wscale <= 0 ? s.wnd : std::uint32_t{s.wnd} << c.rcv_wscale;
}
/// The right edge does not move left (SHLD-14), but for what scaling rounds away (RFC 7323 2.4).
inline bool edge_kept(const Context& x) {
    const Seq edge = x.seg.ack + announced_window(x.c, x.seg);
    const std::uint32_t rounding = x.c.rcv_wscale > 0 ? (1u << x.c.rcv_wscale) - 1 : 0;
    return x.c.rcv_adv - rounding <= edge;
}
inline bool acknowledges_truly(const Context& x) { return x.seg.has_ack() && x.seg.ack == x.c.rcv_nxt; }
/// Our SYN has left: it is acknowledged, or waits for that, or a RST of ours has ended the wait (C4).
inline bool syn_has_left(const Context& x) {
    return x.c.iss_chosen &&
           (x.c.snd_una != x.c.iss || x.c.runs(timer::retransmission) || x.c.state == State::TimeWait);
}
/// Of a segment that is no SYN: nothing overtakes ours.
inline bool header_right(const Context& x) { return syn_has_left(x) && acknowledges_truly(x) && edge_kept(x); }

inline void note_header(Context& x) {
    Config& c = x.c;
    c.last_ack_sent = x.seg.ack;
    const std::uint32_t wnd = announced_window(c, x.seg);
    c.rcv_adv = max(c.rcv_adv, x.seg.ack + wnd);
    c.rcv_wnd = c.rcv_adv - c.rcv_nxt;
    keep_owed(c, [](const Owed& o) { return o.kind != OwedKind::ack && o.kind != OwedKind::challenge_ack; });
}
inline void discharge(Config& c, OwedKind kind) {
    keep_owed(c, [kind](const Owed& o) { return o.kind != kind; });
}

/// A SYN leaves with the ISS; the first one fixes it when the generator's value was not given.
inline bool syn_number_right(const Context& x) {
    if (x.c.iss_chosen) return x.seg.seq == x.c.iss;
    return x.c.origin != Origin::reuse || x.seg.seq > x.c.snd_nxt - 1;  // MAY-2 (1)
}
inline void note_syn(Context& x) {
    Config& c = x.c;
    const Segment& s = x.seg;
    if (!c.iss_chosen) choose_iss(x, true, s.seq);
    const bool counted = s.text == 0 || x.choose(Choice::syn_text_counts) == reading::syn_text_counts::counted;
    if (counted && s.end() > c.snd_nxt) {  // what does not count goes once more, and stays queued
        c.queued -= std::min(c.queued, s.end() - c.snd_nxt);
        c.snd_nxt = s.end();
    }
    start(x, timer::retransmission);
}
/// A SYN brings text that the user has queued, or that rode on it before.
inline bool syn_text_right(const Context& x) {
    const std::uint32_t sent = x.c.iss_chosen ? x.c.snd_nxt - x.c.iss - 1 : 0;
    return x.seg.text <= x.c.queued + sent;
}
inline bool syn_right(Context& x) {
    return x.seg.syn() && !x.seg.has_ack() && !x.seg.fin() && syn_number_right(x) && syn_text_right(x);
}
inline GoOn depart_syn(Context& x) {
    note_syn(x);
    Config& c = x.c;
    c.rcv_wscale_offer = x.seg.wscale;
    c.ts_offered = x.seg.has_ts;
    c.rcv_wnd = x.seg.wnd;
    discharge(c, OwedKind::syn);
    return stop;
}
inline bool syn_ack_right(Context& x) {
    return x.seg.syn() && !x.seg.fin() && acknowledges_truly(x) && syn_number_right(x) && syn_text_right(x);
}
inline GoOn depart_syn_ack(Context& x) {
    Config& c = x.c;
    note_syn(x);
    if (c.origin != Origin::active && !synchronized(c.state)) {  // our answer settles the options
        const bool scale = x.seg.wscale >= 0 && c.snd_wscale >= 0;
        c.rcv_wscale_offer = x.seg.wscale;
        c.rcv_wscale = scale ? x.seg.wscale : std::int8_t{0};
        if (!scale) c.snd_wscale = 0;
        c.ts_ok = c.ts_ok && x.seg.has_ts;
    }
    c.rcv_adv = x.seg.ack + x.seg.wnd;
    note_header(x);
    discharge(c, OwedKind::syn_ack);
    return stop;
}
/// Behind SYN-RECEIVED: our SYN is unacknowledged, or has not even left.
inline bool may_repeat_syn_ack(Context& x) { return (!x.c.iss_chosen || syn_unacknowledged(x)) && syn_ack_right(x); }

inline bool within_send_window(const Context& x) { return x.seg.text_end() <= x.c.snd_una + x.c.snd_wnd; }
inline bool new_text(const Context& x) {
    return x.seg.text_end() > x.c.snd_nxt && x.seg.seq <= x.c.snd_nxt && x.seg.seq >= x.c.snd_una &&
           x.seg.seq > x.c.iss;  // the SYN is no text
}
inline bool fin_not_sent(const Context& x) { return x.c.fin != Fin::sent; }
inline bool text_first(Context& x) {
    return header_right(x) && fin_not_sent(x) && new_text(x) && x.seg.text_end() - x.c.snd_nxt <= x.c.queued &&
           within_send_window(x);
}
/// The window is full: one octet beyond it asks whether it still is (3.8.6.1).
inline bool text_probe(Context& x) {
    return header_right(x) && fin_not_sent(x) && new_text(x) && x.seg.text_end() - x.c.snd_nxt <= x.c.queued &&
           x.seg.text == 1 && x.seg.seq == x.c.snd_una + x.c.snd_wnd;
}
/// Text of the retransmission queue. Counted from SND.UNA: half the space away compares as both before and behind.
inline bool text_again(Context& x) {
    const Seq una = x.c.snd_una, sent = x.c.fin == Fin::sent ? x.c.fin_seq : x.c.snd_nxt;
    return header_right(x) && x.seg.seq != x.c.iss && x.seg.seq - una <= sent - una && x.seg.text <= sent - x.seg.seq;
}
inline GoOn depart_text_first(Context& x) {
    Config& c = x.c;
    note_header(x);
    c.queued -= x.seg.text_end() - c.snd_nxt;
    c.snd_nxt = x.seg.text_end();
    discharge(c, OwedKind::text);
    start(x, timer::retransmission | timer::user);
    return next;
}
inline GoOn depart_text_again(Context& x) {
    note_header(x);
    discharge(x.c, OwedKind::text);
    return next;
}

/// The FIN follows the last octet of text; `queued` is zero once that text has departed.
inline bool fin_first(Context& x) {
    return header_right(x) && (x.c.fin == Fin::queued || x.c.close_queued) && x.c.queued == 0 &&
           x.seg.text_end() == x.c.snd_nxt;
}
inline bool fin_again(Context& x) {
    return header_right(x) && x.c.fin == Fin::sent && x.seg.text_end() == x.c.fin_seq && x.c.snd_una <= x.c.fin_seq;
}
inline GoOn depart_fin_first(Context& x) {
    Config& c = x.c;
    note_header(x);
    c.fin = Fin::sent;
    c.close_queued = false;
    c.fin_seq = c.snd_nxt;
    c.snd_nxt += 1;
    discharge(c, OwedKind::fin);
    start(x, timer::retransmission | timer::user);
    return stop;
}
inline GoOn depart_fin_again(Context& x) {
    note_header(x);
    discharge(x.c, OwedKind::fin);
    discharge(x.c, OwedKind::text);
    return stop;
}

inline bool owes_ack(const Context& x) {
    for (std::size_t i = 0; i < x.c.owed_count; ++i) {
        const OwedKind k = x.c.owed[i].kind;
        if (k == OwedKind::ack || k == OwedKind::challenge_ack) return true;
    }
    return false;
}
inline bool current_number(const Context& x) { return x.seg.seq == x.c.snd_nxt; }
inline bool ack_owed(Context& x) { return header_right(x) && current_number(x) && owes_ack(x); }
inline bool window_moved(const Context& x) { return x.seg.ack + announced_window(x.c, x.seg) != x.c.rcv_adv; }
inline bool window_update(Context& x) {
    return header_right(x) && current_number(x) && !owes_ack(x) && window_moved(x);
}
/// A segment without text at a number that the peer has acknowledged already makes it answer.
inline bool old_number(const Context& x) {
    return header_right(x) && x.c.iss_chosen && x.c.snd_una != x.c.iss && x.seg.seq == x.c.snd_una - 1;
}
/// Is the window still shut (3.8.6.1)?
inline bool window_probe(Context& x) { return old_number(x) && x.c.snd_una + x.c.snd_wnd <= x.c.snd_nxt; }
/// Is the peer still there (3.8.4)? Only with nothing outstanding (MUST-26).
inline bool keepalive_probe_at_rest(Context& x) { return old_number(x) && x.c.snd_una == x.c.snd_nxt; }
inline bool keepalive_probe(Context& x) { return keepalive_probe_at_rest(x) && !window_probe(x); }
inline GoOn depart_ack(Context& x) {
    note_header(x);
    return stop;
}

}  // namespace lastack
