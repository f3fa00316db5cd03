// The ladder: which checks an event offers, and in which order (RFC 9293 3.10).
//
// `M` takes the checks: one of the two machines, or the interpreter that reads the table
// outside of MSM. It has `State state() const` and `bool offer(Check, Context&, GoOn&)`,
// which is false when no row fired; `complete`: every check but a departure's must find one;
// `outstanding(const Config&)`: something is to be sent again though no number is unacknowledged.
#pragma once

#include <cassert>
#include <utility>

#include "table.hpp"

namespace lastack {

inline Outcome begin(const Config& config) { return Outcome{.next = config}; }

inline void complete(const Config& config, Outcome& out) {
    const bool refused = out.reply > Reply::ok;
    if (refused) {
        out.verdict = Verdict::refused;
    } else if (out.next.state != config.state) {
        out.verdict = Verdict::transition;
    } else if (out.reply == Reply::none && out.restarted == 0 && out.signals == 0 && out.next == config) {
        out.verdict = Verdict::ignored;
    } else {
        out.verdict = Verdict::no_change;
    }
}

/// Offers one check that must find a row.
template <class M>
GoOn offer_one(M& m, Check check, Context& x) {
    GoOn go_on = stop;
    const bool handled = m.offer(check, x, go_on);
    assert((handled || !M::complete) && "no row holds: the guards of this state and check are no partition");
    (void)handled;
    x.c.state = m.state();
    return go_on;
}

inline Check check_of(CallKind kind) {
    switch (kind) {
        case CallKind::open_passive:
        case CallKind::open_active:
            return Check::open_call;
        case CallKind::send:
            return Check::send_call;
        case CallKind::receive:
            return Check::receive_call;
        case CallKind::close:
            return Check::close_call;
        case CallKind::abort:
            return Check::abort_call;
        case CallKind::status:
            break;
    }
    return Check::status_call;
}

template <class M>
Outcome climb(const Config& config, const Call& call, const Policy& policy, M& m) {
    Outcome out = begin(config);
    Context x{out.next, out, policy};
    x.call = &call;
    if (!call.permitted && config.state != State::Closed && check_of(call.kind) != Check::open_call) {
        out.reply = Reply::connection_illegal;  // 3.9.1: whoever may not use a connection gets an error, in any state
    } else {
        offer_one(m, check_of(call.kind), x);
    }
    complete(config, out);
    return out;
}

template <class M>
Outcome climb(const Config& config, const Timeout& timeout, const Policy& policy, M& m) {
    Outcome out = begin(config);
    Context x{out.next, out, policy};
    const State s = config.state;
    const auto run = [&](Check check) { offer_one(m, check, x); };
    switch (timeout.kind) {
        case TimeoutKind::user:
            if (s != State::Closed) run(Check::user_timeout);
            break;
        case TimeoutKind::retransmission:
            // In TIME-WAIT nothing of ours is outstanding: a reset of ours has flushed it, or it is acknowledged.
            if ((outstanding(config) || (config.iss_chosen && m.outstanding(config))) && s != State::TimeWait) {
                run(Check::retransmission_timeout);
            }
            break;
        case TimeoutKind::time_wait:
            if (s == State::TimeWait) run(Check::time_wait_timeout);
            break;
        case TimeoutKind::fin_wait_2:
            if (s == State::FinWait2) run(Check::fin_wait_2_timeout);
            break;
    }
    complete(config, out);
    return out;
}

/// One rung: is the check present on the segment as it is now?
struct Rung {
    Check check;
    bool (*present)(Context&);
};
inline bool text_present(Context& x) { return x.seg.text > 0; }
inline bool fin_present(Context& x) {
    return x.seg.fin() || (x.c.peer_fin_held && x.c.peer_fin == x.c.rcv_nxt && x.c.state >= State::Established);
}
inline bool urg_present(Context& x) { return x.seg.urg(); }
inline bool timestamp_questionable(Context& x) {
    return x.c.ts_ok && !x.seg.rst() && (timestamp_old(x) || !x.seg.has_ts) &&
           !(x.c.state == State::TimeWait && x.seg.syn());
}
inline bool neither_syn_nor_rst(Context& x) { return !x.seg.syn() && !x.seg.rst(); }

// The number of a rung is the number that the RFC gives the check; timestamps come before the first.
inline constexpr std::array<Rung, 2> closed_ladder{{{}, {Check::any_check, always}}};
inline constexpr std::array<Rung, 5> listen_ladder{{{},
                                                    {Check::rst_check, has_rst},
                                                    {Check::ack_check, has_ack},
                                                    {Check::syn_check, has_syn},
                                                    {Check::other_check, always}}};
inline constexpr std::array<Rung, 6> syn_sent_ladder{{{},
                                                      {Check::ack_check, has_ack},
                                                      {Check::rst_check, has_rst},
                                                      {Check::security_check, security_differs},
                                                      {Check::syn_check, has_syn},
                                                      {Check::other_check, neither_syn_nor_rst}}};
inline constexpr std::array<Rung, 9> other_ladder{{{Check::timestamp_check, timestamp_questionable},
                                                   {Check::sequence_check, always},
                                                   {Check::rst_check, has_rst},
                                                   {Check::security_check, security_differs},
                                                   {Check::syn_check, has_syn},
                                                   {Check::ack_check, always},
                                                   {Check::urg_check, urg_present},
                                                   {Check::text_check, text_present},
                                                   {Check::fin_check, fin_present}}};

/// Offers the checks of a ladder from the rung `from` on, until a row says stop, changes the state, or goes
/// back. Returns the rung to go on with in the ladder of the state reached, or 0 at the end.
template <const auto& ladder, class M>
std::size_t climb_ladder(M& m, Context& x, std::size_t from) {
    const State here = m.state();
    std::size_t to = from;
    const auto rung = [&]<std::size_t i>(std::integral_constant<std::size_t, i>) {  // unrolled: no check is a surprise
        if (i < to || ladder[i].present == nullptr || !ladder[i].present(x)) return true;
        const GoOn go_on = offer_one(m, ladder[i].check, x);
        to = go_on.to == stop.to    ? 0
             : go_on.to == next.to  ? i + 1
             : go_on.to == again.to ? i
                                    : static_cast<std::size_t>(go_on.to);
        return to > i && m.state() == here;
    };
    const bool to_the_end = [&]<std::size_t... i>(std::index_sequence<i...>) {
        return (rung(std::integral_constant<std::size_t, i>{}) && ...);
    }
    (std::make_index_sequence<ladder.size()>{});
    return to_the_end ? 0 : to;
}

template <class M>
Outcome climb(const Config& config, const Arrival& arrival, const Policy& policy, M& m) {
    Outcome out = begin(config);
    Context x{out.next, out, policy};
    x.arrival = &arrival;
    x.seg = arrival.segment;

    switch (config.state) {
        case State::Closed:
            climb_ladder<closed_ladder>(m, x, 1);
            break;
        case State::Listen:
            climb_ladder<listen_ladder>(m, x, 1);
            break;
        case State::SynSent: {
            const std::size_t to = climb_ladder<syn_sent_ladder>(m, x, 1);
            if (to != 0) climb_ladder<other_ladder>(m, x, to);
            break;
        }
        default: {
            x.acceptable = passes_table_6(config, arrival.segment);
            std::size_t to = 0;
            while ((to = climb_ladder<other_ladder>(m, x, to)) != 0) {
            }
        }
    }
    complete(config, out);
    return out;
}

template <class M>
Outcome climb(const Config& config, const Departure& departure, const Policy& policy, M& m) {
    Outcome out = begin(config);
    Context x{out.next, out, policy};
    x.seg = departure.segment;
    const Segment& s = x.seg;
    const auto takes = [&](Check check) {
        GoOn go_on = stop;
        const bool handled = m.offer(check, x, go_on);
        if (handled) x.c.state = m.state();
        return handled;
    };
    bool permitted = false;
    if (s.rst()) {
        permitted = takes(Check::depart_rst);
    } else if (s.syn()) {
        permitted = takes(Check::depart_syn);
    } else {
        permitted = (s.text == 0 || takes(Check::depart_text)) && (!s.fin() || takes(Check::depart_fin)) &&
                    (s.text > 0 || s.fin() || takes(Check::depart_ack));
    }
    if (!permitted) {
        out.next = config;
        out.restarted = 0;  // by the text of a segment whose FIN is refused
        out.signals = 0;
        out.verdict = Verdict::refused;
        return out;
    }
    complete(config, out);
    if (out.verdict == Verdict::ignored) out.verdict = Verdict::no_change;  // it did leave
    return out;
}

}  // namespace lastack
