#include "situations.hpp"

#include <algorithm>

namespace situations {

using namespace lastack;

namespace {

/// A first number, often just before one of the two places where comparisons could go wrong.
Seq number(Draw& d) {
    return Seq{
        d.one_of<std::uint32_t>({d.bits(), d.bits(), 0xffffffffu - d.below(300), 0x7fffffffu - d.below(300), 0, 1000})};
}

std::uint32_t window(Draw& d) { return d.one_of<std::uint32_t>({0, 1, 10, 1000, 1000, 65535, 1u << 20}); }
std::uint32_t some_octets(Draw& d) { return d.one_of<std::uint32_t>({0, 0, 1, 20, 100}); }

void add_owed(Config& c, OwedKind kind, When when, Seq seq, Seq ack) {
    if (c.owed_count < Config::max_owed) c.owed[c.owed_count++] = Owed{kind, when, {}, seq, ack};
}
void perhaps_owe_reset(Draw& d, Config& c) {
    if (d.one_in(8))
        add_owed(c, OwedKind::rst, When::now, Seq{d.bits() | 1}, Seq{});  // 0 is the number of the other kind
    if (d.one_in(8)) add_owed(c, OwedKind::rst_ack, When::now, Seq{}, number(d));
}

/// The peer's numbers, and what came beyond RCV.NXT.
void receive_side(Draw& d, Config& c) {
    const std::uint32_t received = c.state == State::SynReceived ? 0 : d.one_of<std::uint32_t>({0, 1, 300});
    c.irs = number(d);
    c.rcv_nxt = c.irs + 1 + received;
    c.rcv_wnd = window(d);
    c.rcv_adv = c.rcv_nxt + c.rcv_wnd - (c.rcv_wnd > 0 && d.one_in(4) ? 1 : 0);
    c.last_ack_sent = c.rcv_nxt - (received > 0 ? d.below(2) : 0);
    c.ts_ok = d.one_in(3);
    c.ts_recent = d.one_of<std::uint32_t>({1000, 0xffffffff, 0x7fffffff});
    c.rcv_wscale = d.one_of<std::int8_t>({0, 0, 7});
    c.snd_wscale = d.one_of<std::int8_t>({0, 0, 7});
    if (c.state >= State::CloseWait) {
        c.peer_fin_seen = true;
        c.peer_fin = c.rcv_nxt - 1;
        return;
    }
    Seq edge = c.rcv_nxt + (c.state == State::SynReceived && d.one_in(2) ? 0 : 1);
    for (std::uint32_t n = d.one_of<std::uint32_t>({0, 0, 0, 1, 4}); n > 0; --n) {
        c.held[c.held_count++] = Held{edge, edge + 2};
        edge += 3;
    }
    if (d.one_in(6)) {
        c.peer_fin_held = true;
        c.peer_fin =
            c.held_count > 0 ? c.held[c.held_count - 1u].right : c.rcv_nxt + (c.state == State::SynReceived ? 0 : 5);
    }
    if (c.held_count > 0 && d.one_in(3)) {
        c.held_ack_valid = true;
        c.held_ack = c.snd_una + d.below(3);
        c.held_wnd = d.one_of<std::uint32_t>({0, 100});
    }
}

void send_window(Draw& d, Config& c) {
    c.snd_wnd = d.one_of<std::uint32_t>({0, 1, 100, 150, 4000});
    c.max_snd_wnd = std::max(c.snd_wnd, d.one_of<std::uint32_t>({0, 200, 5000}));
    c.snd_wl1 = c.rcv_nxt - d.one_of<std::uint32_t>({0, 1, 100});
    c.snd_wl2 = c.snd_una - d.one_of<std::uint32_t>({0, 1});
    c.snd_mss = d.one_of<std::uint16_t>({0, 536, 1460});
}

Config listening(Draw& d, Config c) {
    c.remote_given = d.one_in(2);
    c.remote_specified = c.remote_given || d.one_in(4);
    c.rcv_wnd = window(d);
    c.queued = some_octets(d);
    c.wanted = some_octets(d);
    perhaps_owe_reset(d, c);
    return c;
}

Config syn_sent(Draw& d, Config c) {
    c.origin = Origin::active;
    c.remote_specified = c.remote_given = true;
    c.iss_chosen = !d.one_in(4);
    if (c.iss_chosen) {
        c.iss = c.snd_una = number(d);
        c.snd_nxt = c.iss + 1 + d.one_of<std::uint32_t>({0, 0, 10});
    }
    if (!c.iss_chosen || d.one_in(2)) add_owed(c, OwedKind::syn, When::now, c.iss, Seq{});
    c.ts_offered = d.one_in(2);
    c.rcv_wscale_offer = d.one_of<std::int8_t>({-1, 0, 7});
    c.rcv_wnd = window(d);
    c.queued = some_octets(d);
    c.wanted = some_octets(d);
    c.timers = timer::user;
    perhaps_owe_reset(d, c);
    return c;
}

Config syn_received(Draw& d, Config c) {
    c.origin = d.one_of({Origin::passive, Origin::passive, Origin::active, Origin::reuse});
    c.remote_specified = true;
    c.remote_given = c.origin == Origin::active || d.one_in(2);
    c.iss_chosen = c.origin == Origin::active || !d.one_in(4);
    if (c.iss_chosen) {
        c.iss = c.snd_una = number(d);
        c.snd_nxt = c.iss + 1;
    } else if (c.origin == Origin::reuse) {
        c.snd_nxt = number(d);
    }
    receive_side(d, c);
    send_window(d, c);
    if (!c.iss_chosen || d.one_in(2)) {
        add_owed(c, OwedKind::syn_ack, When::now, c.iss, c.rcv_nxt);
        c.last_ack_sent = c.irs;
    }
    if (d.one_in(3)) add_owed(c, OwedKind::ack, When::throttleable, c.snd_nxt, c.rcv_nxt);
    c.queued = some_octets(d);
    c.wanted = some_octets(d);
    c.close_queued = c.queued > 0 && d.one_in(2);
    c.timers = timer::user | timer::retransmission;
    perhaps_owe_reset(d, c);
    return c;
}

Config synchronized_one(Draw& d, Config c) {
    c.origin = d.one_of({Origin::passive, Origin::active, Origin::active});
    c.remote_specified = true;
    c.remote_given = c.origin == Origin::active;
    c.iss_chosen = true;
    c.iss = number(d);
    c.snd_una = c.iss + 1 + d.one_of<std::uint32_t>({0, 50});
    c.snd_nxt = c.snd_una + d.one_of<std::uint32_t>({0, 1, 100});
    const bool may_be_unopened = c.state == State::FinWait1 || c.state == State::Closing ||
                                 c.state == State::CloseWait || c.state == State::LastAck;
    if (may_be_unopened && d.one_in(5)) c.snd_una = c.iss;  // CLOSE, or a FIN (C16), came before the ACK of our SYN
    c.queued = some_octets(d);

    const bool fin_acked = c.state == State::FinWait2 || c.state == State::TimeWait;
    const bool closing = c.state == State::FinWait1 || c.state == State::Closing || c.state == State::LastAck;
    if (fin_acked || (closing && !d.one_in(3))) {
        c.fin = Fin::sent;
        c.queued = 0;
        c.fin_seq = c.snd_nxt;
        c.snd_nxt += 1;
        if (fin_acked) c.snd_una = c.snd_nxt;
        if (!fin_acked && d.one_in(3)) add_owed(c, OwedKind::fin, When::now, c.fin_seq, Seq{});
    } else if (closing) {
        c.fin = Fin::queued;
        add_owed(c, OwedKind::fin, When::eventually, Seq{}, Seq{});
    }
    receive_side(d, c);
    send_window(d, c);
    if (c.state == State::CloseWait && c.queued > 0 && d.one_in(2)) {
        c.close_queued = true;
        add_owed(c, OwedKind::fin, When::eventually, Seq{}, Seq{});
    }
    if (c.state == State::CloseWait && c.queued == 0 && d.one_in(4)) c.close_queued = true;  // the text has left since
    c.unread = some_octets(d);
    if (c.unread == 0 && c.state < State::CloseWait) c.wanted = some_octets(d);
    if (d.one_in(3)) add_owed(c, OwedKind::ack, When::delayed, c.snd_nxt, c.rcv_nxt);
    if (c.owed_count == 0 && d.one_in(6))
        add_owed(c, OwedKind::challenge_ack, When::throttleable, c.snd_nxt, c.rcv_nxt);
    if (c.snd_una != c.snd_nxt) {
        c.timers = timer::retransmission | timer::user;
        if (c.fin != Fin::sent && d.one_in(4)) add_owed(c, OwedKind::text, When::now, c.snd_una, Seq{});
    }
    if (c.state == State::FinWait2) c.timers = timer::fin_wait_2;
    if (c.state == State::TimeWait) c.timers = timer::time_wait;
    perhaps_owe_reset(d, c);
    return c;
}

// ---- events ----

Call call(Draw& d) {
    Call call;
    call.kind = static_cast<CallKind>(d.below(7));
    call.remote_specified = !d.one_in(4);
    call.permitted = !d.one_in(8);
    call.security_allowed = !d.one_in(8);
    call.room = !d.one_in(4);
    call.iss_given = d.one_in(2);
    call.iss = number(d);
    call.octets = some_octets(d);
    call.rcv_wnd = window(d);
    return call;
}

Arrival arrival(Draw& d, const Config& c) {
    Arrival a;
    a.iss_given = d.one_in(2);
    a.iss = number(d);
    a.listener = !d.one_in(4);
    Segment& s = a.segment;
    s.flags = static_cast<std::uint8_t>(d.below(64));
    if (d.one_in(2)) {
        s.flags = d.one_of<std::uint8_t>({flag::ack, flag::ack, flag::ack | flag::fin, flag::syn, flag::syn | flag::ack,
                                          flag::rst, flag::rst | flag::ack});
    }
    s.text = d.one_of<std::uint32_t>({0, 0, 0, 1, 5, 100, c.rcv_wnd, c.rcv_wnd + 1});
    const Seq edge = c.rcv_nxt + c.rcv_wnd;
    s.seq = d.one_of<Seq>({c.rcv_nxt, c.rcv_nxt, c.rcv_nxt, c.rcv_nxt - 1, c.rcv_nxt + 1, c.rcv_nxt + 2, edge - 1, edge,
                           edge - s.text, c.rcv_nxt - s.len(), c.rcv_nxt - s.len() + 1, c.irs, c.peer_fin - s.text,
                           number(d)});
    if (s.has_ack()) {
        s.ack = d.one_of<Seq>({c.snd_una, c.snd_una - 1, c.snd_una + 1, c.snd_nxt, c.snd_nxt, c.snd_nxt, c.snd_nxt - 1,
                               c.snd_nxt + 1, c.snd_una - c.max_snd_wnd, c.snd_una - c.max_snd_wnd - 1, c.iss,
                               c.iss + 1, c.fin_seq, number(d)});
    }
    s.wnd = d.one_of<std::uint16_t>({0, 1, 100, 65535, static_cast<std::uint16_t>(c.snd_wnd)});
    s.urgent = static_cast<std::uint16_t>(s.urg() ? d.below(10) : 0);
    s.has_ts = d.one_in(2);
    if (s.has_ts) s.tsval = c.ts_recent + d.one_of<std::uint32_t>({0, 1, 0xffffffff, 0x80000000});
    if (s.syn()) {
        s.mss = d.one_of<std::uint16_t>({0, 536, 1460});
        s.wscale = d.one_of<std::int8_t>({-1, 0, 14});
    }
    s.security_mismatch = d.one_in(16);
    return a;
}

/// Mostly something that could leave: an owed segment, text, the FIN, a probe, a window update; sometimes a little
/// wrong.
Departure departure(Draw& d, const Config& c) {
    Departure departure;
    Segment& s = departure.segment;
    const auto wrong = [&] { return d.one_in(12) ? d.one_of<std::uint32_t>({1, 0xffffffff}) : 0; };
    const auto header = [&](Seq seq) {
        s.flags = flag::ack;
        s.seq = seq + wrong();
        s.ack = c.rcv_nxt + wrong();
        const std::uint32_t shift = static_cast<std::uint32_t>(std::max<int>(c.rcv_wscale, 0));
        const std::uint32_t announced = (c.rcv_adv - c.rcv_nxt + (1u << shift) - 1) >> shift;
        s.wnd = static_cast<std::uint16_t>(
            std::min<std::uint32_t>(announced + d.one_of<std::uint32_t>({0, 0, 1, 50}), 65535));
    };
    const std::uint32_t usable = c.snd_una + c.snd_wnd > c.snd_nxt ? (c.snd_una + c.snd_wnd) - c.snd_nxt : 0;
    switch (d.below(8)) {
        case 0: {  // a reset, mostly one that is owed
            s.flags = d.one_of<std::uint8_t>({flag::rst, flag::rst | flag::ack});
            s.seq = number(d);
            for (std::size_t i = 0; i < c.owed_count; ++i) {
                const Owed& o = c.owed[i];
                if (o.kind != OwedKind::rst && o.kind != OwedKind::rst_ack) continue;
                s.seq = o.seq;
                s.ack = o.ack;
                s.flags = static_cast<std::uint8_t>(o.kind == OwedKind::rst ? flag::rst : flag::rst | flag::ack);
            }
            break;
        }
        case 1:  // SYN or SYN,ACK
            header(c.iss_chosen ? c.iss : c.state == State::SynReceived ? c.snd_nxt + d.below(3) : number(d));
            s.flags = d.one_of<std::uint8_t>({flag::syn, flag::syn | flag::ack});
            if (!s.has_ack()) s.ack = Seq{};
            s.wscale = d.one_of<std::int8_t>({-1, 7});
            s.has_ts = d.one_in(2);
            s.text = d.one_in(4) ? c.queued : 0;
            break;
        case 2:  // new text
            header(c.snd_nxt);
            s.text = d.one_of<std::uint32_t>({1, c.queued, std::min(c.queued, usable), usable + 1});
            if (d.one_in(3)) s.flags |= flag::fin;
            break;
        case 3:  // a retransmission
            header(c.snd_una);
            s.text = d.one_of<std::uint32_t>({1, c.snd_nxt - c.snd_una, 20});
            break;
        case 4:  // the FIN, first or again
            header(c.fin == Fin::sent ? c.fin_seq : c.snd_nxt);
            s.flags |= flag::fin;
            break;
        case 5:  // keep-alive or window probe
            header(d.one_of({c.snd_una, c.snd_nxt}) - 1);
            s.text = d.below(2);
            break;
        default:  // an ACK, perhaps with a window update
            header(c.snd_nxt);
    }
    return departure;
}

}  // namespace

Config config(Draw& d) {
    Config c;
    c.state = all_states[d.below(state_count)];
    switch (c.state) {
        case State::Closed:
            perhaps_owe_reset(d, c);
            return c;
        case State::Listen:
            return listening(d, c);
        case State::SynSent:
            return syn_sent(d, c);
        case State::SynReceived:
            return syn_received(d, c);
        default:
            return synchronized_one(d, c);
    }
}

Event event(Draw& d, const Config& c) {
    switch (d.below(8)) {
        case 0:
            return call(d);
        case 1:
            return Timeout{static_cast<TimeoutKind>(d.below(4))};
        case 2:
        case 3:
            return departure(d, c);
        default:
            return arrival(d, c);
    }
}

Policy decided_policy(Draw& d) {
    const bool mostly_first = d.one_in(2);
    Policy p;
    for (const ChoiceInfo& choice : choices()) {
        const bool first = mostly_first && !d.one_in(8);
        p = p.with(choice.choice, static_cast<std::uint8_t>(first ? 0 : d.below(choice.reading_count)));
    }
    return p;
}

Policy opened(Draw& d, Policy p) {
    for (const ChoiceInfo& choice : choices()) {
        if (d.one_in(2)) p = p.without(choice.choice);
    }
    return p;
}

Policy first_readings() {
    Policy p;
    for (const ChoiceInfo& choice : choices()) p = p.with(choice.choice, 0);
    return p;
}

}  // namespace situations
