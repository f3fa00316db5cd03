// The properties of two ends. Each first finds out whether it says anything here, so that most cost a comparison.
#include <algorithm>
#include <array>

#include "lastack/support/network.hpp"
#include "lastack/support/pair_property.hpp"

namespace lastack::support {
namespace {

using enum Finding;

constexpr std::array<Peer, 2> both{Peer::a, Peer::b};

constexpr Finding holds(bool kept) { return kept ? witness : broken; }

State state(const PairObservation& o, Peer p) { return o.ends.state(p); }
State state_before(const PairObservation& o, Peer p) { return o.happening->before[index(p)]->state; }
bool both_in(const PairObservation& o, State s) { return state(o, Peer::a) == s && state(o, Peer::b) == s; }
/// One end is in `s`; `p` says which.
bool one_in(const PairObservation& o, State s, Peer& p) {
    if (state(o, Peer::a) == s) return p = Peer::a, true;
    if (state(o, Peer::b) == s) return p = Peer::b, true;
    return false;
}
/// What the published two-end invariants are about: one connection, nothing lost, doubled, overtaken or sent again.
bool ideal(const Facts& f) { return f.clean() && f.fifo() && f.first() && !f.refused; }

/// By the letter of C1 each end refuses the other's SYN,ACK, and may have to wait for it to come again.
bool opens_by_letter(const PairObservation& o) {
    const Facts& f = o.facts();
    const auto by_letter = [&](Peer p) {
        return o.ends.policy(p).value(Choice::simultaneous_open) == reading::simultaneous_open::letter;
    };
    return (f.crossed[0] || f.crossed[1]) && (by_letter(Peer::a) || by_letter(Peer::b));
}

const UnderWay* alone_from(const PairObservation& o, Peer sender) {
    const UnderWay* oldest = o.ends.oldest(sender);
    return oldest == o.ends.youngest(sender) ? oldest : nullptr;
}
bool bare_ack(const Segment& s) { return s.has_ack() && s.len() == 0 && !s.rst(); }

// ------------------------------------------------------------------------------------------ the end of a run

/// Forged ACKs of FINs that never arrived: each end waits for the other's, and says that it is alive when it is asked.
/// Only a timer of FIN-WAIT-2 ends that (D50).
bool waits_by_forgery(const PairObservation& o) {
    const auto no_timer = [&](Peer p) {
        return o.ends.policy(p).value(Choice::fin_wait_2_timer) == reading::fin_wait_2_timer::none;
    };
    return o.facts().injected && both_in(o, State::FinWait2) && no_timer(Peer::a) && no_timer(Peer::b);
}

Finding both_ends_reach_closed(const PairObservation& o) {
    if (!o.over) return vacuous;
    return holds(o.stuck == nullptr || waits_by_forgery(o));
}

Finding not_both_stay_in_one_state(const PairObservation& o) {
    if (!o.over) return vacuous;
    const State s = state(o, Peer::a);
    const bool stay = o.stuck != nullptr && s == state(o, Peer::b) && s != State::Closed && s != State::Listen;
    return holds(!stay || waits_by_forgery(o));
}

/// `p` has been in `s` for longer than an OPEN may take, or is left in it.
bool stays(const PairObservation& o, Peer p, State s) {
    const bool long_in_it = o.timing != nullptr && o.timing->now_ns - o.timing->since_ns[index(p)] > lasts::opening_ns;
    return state(o, p) == s && (o.over || long_in_it);
}

Finding syn_sent_is_left(const PairObservation& o) {
    Finding f = vacuous;
    for (const Peer p : both) {
        if (stays(o, p, State::SynSent)) return broken;
        if (o.happening == nullptr || state_before(o, p) == state(o, p)) continue;
        const Config& before = *o.happening->before[index(p)];
        const bool actively = before.state == State::SynReceived && before.origin == Origin::active;
        if (before.state != State::SynSent && !actively) continue;
        if (state(o, p) == State::Listen) return broken;
        f = witness;
    }
    return f;
}

Finding syn_received_is_left(const PairObservation& o) {
    Finding f = vacuous;
    for (const Peer p : both) {
        if (stays(o, p, State::SynReceived)) return broken;
        if (o.happening == nullptr || state_before(o, p) != State::SynReceived) continue;
        const Config& before = *o.happening->before[index(p)];
        switch (state(o, p)) {
            case State::SynReceived:
                continue;
            case State::Established:
            case State::FinWait1:
            case State::CloseWait:
            case State::Closing:
            case State::LastAck:
            case State::Closed:
                break;
            case State::Listen:
                if (before.origin == Origin::active) return broken;
                break;
            case State::TimeWait:  // a RST to a reopened one, or an ABORT that waits (C27, C4)
                if (before.origin != Origin::reuse && (o.event() == nullptr || o.event()->call() == nullptr))
                    return broken;
                break;
            default:
                return broken;
        }
        f = witness;
    }
    return f;
}

Finding listener_and_caller_get_established(const PairObservation& o) {
    if (!o.end_of_stage() || o.stage != Stage::opening) return vacuous;
    if (o.stuck != nullptr && o.facts().gave_up) return vacuous;  // R2 of the SYN was nearly over when faults stopped
    return holds(o.stuck == nullptr);
}

Finding clean_run_delivers_everything(const PairObservation& o) {
    if (o.happening == nullptr || !both_in(o, State::Closed)) return vacuous;
    const Facts& f = o.facts();
    if (!f.clean() || f.refused || f.asked != std::array<std::uint8_t, 2>{1, 1} || !f.first()) return vacuous;
    if (!f.synchronized_once[0] || !f.synchronized_once[1]) return vacuous;
    const bool waited = f.time_wait[0] || f.time_wait[1];
    const auto got_all = [&](Peer p) { return o.ends.record(p).taken == o.ends.record(other(p)).accepted; };
    return holds(waited && got_all(Peer::a) && got_all(Peer::b));
}

Finding nothing_rests_unfinished(const PairObservation& o) {
    if (!o.end_of_stage() || o.stage != Stage::closing || !o.facts().clean()) return vacuous;
    return holds(o.stuck == nullptr || o.stuck->bound != Bound::rest);
}

// ------------------------------------------------------------------------------------------ agreement

Finding quiet_ends_agree_on_established(const PairObservation& o) {
    Peer p;
    if (!one_in(o, State::Established, p) || !o.facts().clean() || o.facts().refused || !o.ends.quiet()) return vacuous;
    return holds(both_in(o, State::Established));
}

Finding closed_end_faces_no_established_one(const PairObservation& o) {
    Peer p;
    if (!one_in(o, State::Closed, p) || !o.facts().clean() || o.facts().refused) return vacuous;
    if (state(o, other(p)) == State::Established) return broken;
    return state(o, other(p)) > State::Established ? witness : vacuous;
}

Finding established_end_faces_no_stranger(const PairObservation& o) {
    Peer p;
    if (!one_in(o, State::Established, p) || !o.facts().clean() || o.facts().refused) return vacuous;
    for (const Peer q : both) {
        const State peers = state(o, other(q));
        if (state(o, q) == State::Established && (peers == State::SynSent || peers == State::TimeWait)) return broken;
    }
    return witness;
}

Finding conforming_numbers_are_acceptable(const PairObservation& o) {
    const Observation* e = o.event();
    if (e == nullptr || e->arrival() == nullptr || e->before.state < State::SynReceived) return vacuous;
    if (!ideal(o.facts()) || o.facts().overflowed || o.stage == Stage::discovery) return vacuous;
    const Config& c = e->before;
    const Segment& s = e->arrival()->segment;
    if (s.rst() || c.rcv_wnd == 0) return vacuous;
    if (s.syn() && s.has_ack() && c.origin == Origin::active) return vacuous;  // C1
    const auto inside = [&](Seq n) { return n >= c.rcv_nxt && n < c.rcv_nxt + c.rcv_wnd; };
    const bool seq = s.len() == 0 ? inside(s.seq) : inside(s.seq) && inside(s.end() - 1);
    const bool ack = s.has_ack() && s.ack <= c.snd_nxt && (c.state != State::SynReceived || s.ack > c.snd_una);
    return holds(seq && ack);
}

Finding some_states_exclude_each_other(const PairObservation& o) {
    const State s = state(o, Peer::a);
    if (s < State::Established || s != state(o, Peer::b)) return vacuous;
    if (s == State::TimeWait) return witness;
    const bool excluded = s == State::CloseWait || s == State::LastAck || s == State::FinWait2;
    return excluded && o.facts().clean() ? broken : vacuous;
}

// ------------------------------------------------------------------------------------------ S36, clause by clause

Finding lone_reset_comes_from_no_established_end(const PairObservation& o) {
    const Facts& f = o.facts();
    if (f.injected || !f.fifo() || !f.first() || f.late_reset || o.ends.under_way() == 0) return vacuous;
    Finding found = vacuous;
    for (const Peer q : both) {
        const UnderWay* u = alone_from(o, q);
        if (u == nullptr || !u->segment.rst()) continue;
        if (state(o, q) == State::Established) return broken;
        found = witness;
    }
    return found;
}

Finding lone_ack_to_syn_received_comes_from_a_synchronized_end(const PairObservation& o) {
    Peer p;
    if (!one_in(o, State::SynReceived, p) || !ideal(o.facts())) return vacuous;
    Finding found = vacuous;
    for (const Peer q : both) {
        const Config& c = o.ends.config(other(q));
        if (c.state != State::SynReceived || c.origin != Origin::passive) continue;
        const UnderWay* u = alone_from(o, q);
        if (u == nullptr || !bare_ack(u->segment)) continue;
        if (!synchronized(state(o, q))) return broken;
        found = witness;
    }
    return found;
}

Finding lone_ack_of_fin_comes_from_an_end_past_established(const PairObservation& o) {
    if (o.ends.under_way() == 0 || !ideal(o.facts())) return vacuous;
    Finding found = vacuous;
    for (const Peer q : both) {
        const Config& c = o.ends.config(other(q));
        if (c.state != State::FinWait1 && c.state != State::Closing && c.state != State::LastAck) continue;
        const UnderWay* u = alone_from(o, q);
        if (u == nullptr || !bare_ack(u->segment) || c.fin != Fin::sent || u->segment.ack <= c.fin_seq) continue;
        if (state(o, q) == State::Established) return broken;
        found = witness;
    }
    return found;
}

Finding established_end_is_not_alone(const PairObservation& o) {
    Peer any;
    if (!one_in(o, State::Established, any) || !ideal(o.facts()) || opens_by_letter(o)) return vacuous;
    for (const Peer p : both) {
        if (state(o, p) != State::Established || synchronized(state(o, other(p)))) continue;
        const Config& peer = o.ends.config(other(p));
        const Config& c = o.ends.config(p);
        const auto way = o.ends.way();
        const bool told = std::any_of(way.begin(), way.end(), [&](const UnderWay& u) {
            return u.sender == p && u.segment.has_ack() && u.segment.ack == peer.iss + 1;
        });
        const bool will_tell = std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count, [](const Owed& owed) {
            return owed.kind == OwedKind::ack && owed.when != When::eventually;
        });
        if (peer.state != State::SynReceived || (!told && !will_tell)) return broken;
    }
    return witness;
}

Finding last_segment_tells_the_senders_state(const PairObservation& o) {
    if (o.ends.under_way() == 0 || !ideal(o.facts())) return vacuous;
    Finding found = vacuous;
    for (const Peer q : both) {
        const UnderWay* last = o.ends.youngest(q);
        if (last == nullptr) continue;
        const Config& c = o.ends.config(q);
        const Segment& s = last->segment;
        bool right = true;
        switch (c.state) {
            case State::SynSent:
                if (!o.ends.record(q).past.syn_left) continue;
                right = s.syn() && !s.has_ack() && s.seq == c.iss;
                break;
            case State::SynReceived:  // after crossing SYNs the SYN,ACK may be owed still, or refused (C1)
                right = c.origin == Origin::active ? s.syn() || bare_ack(s) : s.syn() && s.has_ack() && s.seq == c.iss;
                break;
            case State::CloseWait:  // what follows the ACK of the FIN acknowledges it too
                right = s.has_ack() && s.ack == c.last_ack_sent;
                break;
            case State::FinWait1:
            case State::Closing:
            case State::LastAck:
                right = c.fin != Fin::sent || s.seq > c.fin_seq || (s.fin() && s.text_end() == c.fin_seq);
                break;
            default:
                continue;
        }
        if (!right) return broken;
        found = witness;
    }
    return found;
}

Finding last_reset_comes_from_an_end_without_connection(const PairObservation& o) {
    const Facts& f = o.facts();
    if (f.injected || !f.fifo() || !f.first() || f.late_reset || o.ends.under_way() == 0) return vacuous;
    Finding found = vacuous;
    for (const Peer q : both) {
        const UnderWay* last = o.ends.youngest(q);
        if (last == nullptr || !last->segment.rst()) continue;
        const State s = state(o, q);
        if (synchronized(s) && s != State::TimeWait) return broken;
        found = witness;
    }
    return found;
}

constexpr std::array<PairClause, 6> clauses{{
    {"i", lone_reset_comes_from_no_established_end},
    {"ii", lone_ack_to_syn_received_comes_from_a_synchronized_end},
    {"iii", lone_ack_of_fin_comes_from_an_end_past_established},
    {"iv", established_end_is_not_alone},
    {"v", last_segment_tells_the_senders_state},
    {"vi", last_reset_comes_from_an_end_without_connection},
}};

Finding segments_under_way_tell_of_their_sender(const PairObservation& o) {
    Finding found = vacuous;
    for (const PairClause& clause : clauses) {
        const Finding f = clause.check(o);
        if (f == broken) return broken;
        if (f == witness) found = witness;
    }
    return found;
}

// ------------------------------------------------------------------------------------------ answers, text

Finding answers_to_answers_end(const PairObservation& o) {
    // Each segment under way may draw one answer, and those may be answered by ends that disagree, if rarely.
    if (o.happening == nullptr || o.timing == nullptr || o.timing->bare_in_a_row < 2) return vacuous;
    return holds(o.timing->bare_in_a_row <= 2 * o.timing->most_under_way);
}

/// The connection of `receiver` is the one that the other end has, or had last.
bool same_connection(const PairObservation& o, const Config& receiver, Peer sender) {
    const Past& past = o.ends.record(sender).past;
    return past.syn_left && receiver.irs == past.first_sent && receiver.state >= State::SynReceived;
}

Finding text_comes_once_and_in_order(const PairObservation& o) {
    const Observation* e = o.event();
    if (e == nullptr || e->arrival() == nullptr || o.facts().injected) return vacuous;
    const Peer receiver = o.happening->peer;
    const Config& c = e->after();
    if (!synchronized(c.state) || !same_connection(o, c, other(receiver))) return vacuous;
    const std::uint32_t in_order = c.rcv_nxt - c.irs - 1 - (c.peer_fin_seen ? 1 : 0);
    const bool sent = c.rcv_nxt <= o.ends.record(other(receiver)).past.sent_end;
    if (!sent || o.ends.record(receiver).taken != in_order) return broken;
    return c.rcv_nxt != e->before.rcv_nxt ? witness : vacuous;
}

Finding fin_comes_behind_all_text(const PairObservation& o) {
    const Observation* e = o.event();
    if (e == nullptr || e->arrival() == nullptr || o.facts().injected) return vacuous;
    const Config& c = e->after();
    if (!c.peer_fin_seen || e->before.peer_fin_seen) return vacuous;
    const Peer receiver = o.happening->peer;
    if (!same_connection(o, c, other(receiver))) return vacuous;
    const EndRecord& sender = o.ends.record(other(receiver));
    return holds(sender.past.fin_left && c.peer_fin == sender.past.fin_number &&
                 o.ends.record(receiver).taken == sender.accepted);
}

// ------------------------------------------------------------------------------------------ what must occur

Finding crossing_opens_meet(const PairObservation& o) {
    const Facts& f = o.facts();
    return both_in(o, State::Established) && f.crossed[0] && f.crossed[1] ? witness : vacuous;
}

Finding crossing_closes_meet(const PairObservation& o) {
    const Facts& f = o.facts();
    return both_in(o, State::TimeWait) && f.closing[0] && f.closing[1] ? witness : vacuous;
}

Finding half_open_end_is_found(const PairObservation& o) {
    if (o.happening == nullptr) return vacuous;
    const Peer p = o.happening->peer;
    const Facts& f = o.facts();
    const bool ended = state_before(o, p) == State::Established && state(o, p) == State::Closed;
    return ended && f.half_open[index(p)] && f.reset[index(p)] && !f.injected ? witness : vacuous;
}

Finding old_syn_is_recovered_from(const PairObservation& o) {
    const Facts& f = o.facts();
    if (!both_in(o, State::Established) || f.injected) return vacuous;
    return f.put_right[0] || f.put_right[1] ? witness : vacuous;
}

constexpr bool anywhere = false, unattacked = true;
constexpr bool always = false, sometimes = true;

constexpr std::array<PairProperty, 20> properties{{
    {"U2", "both_ends_reach_closed", anywhere, always, both_ends_reach_closed},
    {"S31", "quiet_ends_agree_on_established", unattacked, always, quiet_ends_agree_on_established},
    {"S32", "closed_end_faces_no_established_one", unattacked, always, closed_end_faces_no_established_one},
    {"S33", "established_end_faces_no_stranger", unattacked, always, established_end_faces_no_stranger},
    {"S34", "conforming_numbers_are_acceptable", unattacked, always, conforming_numbers_are_acceptable},
    {"S35", "some_states_exclude_each_other", unattacked, always, some_states_exclude_each_other},
    {"S36", "segments_under_way_tell_of_their_sender", unattacked, always, segments_under_way_tell_of_their_sender},
    {"S37", "nothing_rests_unfinished", unattacked, always, nothing_rests_unfinished},
    {"L1", "syn_sent_is_left", anywhere, always, syn_sent_is_left},
    {"L2", "syn_received_is_left", anywhere, always, syn_received_is_left},
    {"L3", "listener_and_caller_get_established", anywhere, always, listener_and_caller_get_established},
    {"L4", "not_both_stay_in_one_state", anywhere, always, not_both_stay_in_one_state},
    {"L5", "clean_run_delivers_everything", unattacked, always, clean_run_delivers_everything},
    {"L8", "answers_to_answers_end", anywhere, always, answers_to_answers_end},
    {"I1", "text_comes_once_and_in_order", unattacked, always, text_comes_once_and_in_order},
    {"I2", "fin_comes_behind_all_text", unattacked, always, fin_comes_behind_all_text},
    {"R3", "crossing_opens_meet", anywhere, sometimes, crossing_opens_meet},
    {"R4", "crossing_closes_meet", anywhere, sometimes, crossing_closes_meet},
    {"R7", "half_open_end_is_found", anywhere, sometimes, half_open_end_is_found},
    {"R8", "old_syn_is_recovered_from", anywhere, sometimes, old_syn_is_recovered_from},
}};

}  // namespace

std::span<const PairProperty> pair_properties() { return properties; }

std::span<const PairClause> clauses_of_s36() { return clauses; }

const PairProperty* pair_property(std::string_view id) {
    const auto found =
        std::find_if(properties.begin(), properties.end(), [id](const PairProperty& p) { return p.id == id; });
    return found == properties.end() ? nullptr : &*found;
}

}  // namespace lastack::support
