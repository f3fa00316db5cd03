#include "lastack/support/translation.hpp"

#include <algorithm>
#include <variant>

namespace lastack::support {
namespace {

/// SND.NXT is known: by our ISS, or as the end of an incarnation whose successor out of TIME-WAIT has no ISS yet
/// (MAY-2), be it that a RST has brought TIME-WAIT back.
bool snd_nxt_known(const Config& c) {
    const bool left_over = c.origin == Origin::reuse || (c.state == State::TimeWait && c.origin == Origin::none);
    return c.iss_chosen || left_over;
}

/// The peer's SYN has arrived.
bool irs_known(const Config& c) { return c.state >= State::SynReceived; }

/// A SYN without ACK leaves SND.WL2 unset, until a segment behind it tells the window.
bool snd_wl2_known(const Config& c) { return irs_known(c) && (c.snd_una != c.iss || c.snd_wl1 != c.irs); }

/// <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>, owed with the ACK of `s`.
bool owes_reset_at_zero(const Config& c, const Segment& s) {
    return s.rst() && s.has_ack() && std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count, [&](const Owed& o) {
               return o.kind == OwedKind::rst_ack && o.ack == s.ack;
           });
}

Owed translated(Owed o, const Config& c, Translation t) {
    switch (o.kind) {
        case OwedKind::ack:
        case OwedKind::challenge_ack:
            if (snd_nxt_known(c)) o.seq += t.ours;
            o.ack += t.peers;
            break;
        case OwedKind::syn_ack:
            o.ack += t.peers;
            [[fallthrough]];
        case OwedKind::syn:
            if (c.iss_chosen) o.seq += t.ours;
            break;
        case OwedKind::fin:
            if (c.fin == Fin::sent) o.seq += t.ours;
            break;
        case OwedKind::text:
        case OwedKind::rst:
            o.seq += t.ours;
            break;
        case OwedKind::rst_ack:
            o.ack += t.peers;
            break;
    }
    return o;
}

}  // namespace

Config translated(const Config& config, Translation t) {
    Config c = config;
    if (config.iss_chosen) {
        c.iss += t.ours;
        c.snd_una += t.ours;
    }
    if (snd_nxt_known(config)) c.snd_nxt += t.ours;
    if (snd_wl2_known(config)) c.snd_wl2 += t.ours;
    if (config.fin == Fin::sent) c.fin_seq += t.ours;
    if (config.held_ack_valid) c.held_ack += t.ours;
    if (irs_known(config)) {
        for (Seq* n : {&c.irs, &c.rcv_nxt, &c.snd_wl1, &c.last_ack_sent, &c.rcv_adv}) *n += t.peers;
    }
    if (config.peer_fin_held || config.peer_fin_seen) c.peer_fin += t.peers;
    for (std::size_t i = 0; i < config.held_count; ++i) {
        c.held[i].left += t.peers;
        c.held[i].right += t.peers;
    }
    for (std::size_t i = 0; i < config.owed_count; ++i) c.owed[i] = translated(config.owed[i], config, t);
    return c;
}

Segment translated(const Segment& segment, Translation sender) {
    Segment s = segment;
    s.seq += sender.ours;
    if (s.has_ack()) s.ack += sender.peers;
    return s;
}

Event translated(const Event& event, const Config& before, Translation t) {
    Event e = event;
    if (auto* call = std::get_if<Call>(&e)) {
        if (call->iss_given) call->iss += t.ours;
    } else if (auto* arrival = std::get_if<Arrival>(&e)) {
        arrival->segment = translated(arrival->segment, from_the_other_end(t));
        if (arrival->iss_given) arrival->iss += t.ours;
    } else if (auto* departure = std::get_if<Departure>(&e)) {
        const bool at_zero = departure->segment.seq == Seq{0} && owes_reset_at_zero(before, departure->segment);
        departure->segment = translated(departure->segment, t);
        if (at_zero) departure->segment.seq = Seq{0};
    }
    return e;
}

Outcome translated(const Outcome& outcome, Translation t) {
    Outcome o = outcome;
    o.next = translated(outcome.next, t);
    return o;
}

bool translatable(const Event& event, const Config& before, Translation t) {
    if (const auto* arrival = std::get_if<Arrival>(&event)) {
        const bool reopens = before.state == State::TimeWait && arrival->segment.syn() && !arrival->iss_given;
        return !reopens || snd_nxt_known(before);
    }
    const auto* departure = std::get_if<Departure>(&event);
    if (departure == nullptr || !owes_reset_at_zero(before, departure->segment)) return true;
    const auto by_chance_zero = [&](Seq n) { return n == Seq{0} || n + t.ours == Seq{0}; };
    if (departure->segment.seq != Seq{0}) return !by_chance_zero(departure->segment.seq);
    return std::none_of(before.owed.begin(), before.owed.begin() + before.owed_count,
                        [&](const Owed& o) { return o.kind == OwedKind::rst && by_chance_zero(o.seq); });
}

}  // namespace lastack::support
