#include "lastack/support/facts.hpp"

#include <algorithm>

#include "lastack/support/run.hpp"

namespace lastack::support {
namespace {

void count_one(std::uint8_t& n) {
    if (n < 0xff) ++n;
}

/// `p` has no connection any more, and its peer may not know.
void lose_connection(Facts& facts, Peer p, const Config& before, const Config& peer) {
    if (before.state != State::Closed && synchronized(peer.state) && peer.state != State::TimeWait)
        facts.half_open[index(other(p))] = true;
}

void note_call(Facts& facts, EndRecord& record, Peer p, const Observation& o, const Config& peer, Noted& noted) {
    const Call& call = *o.call();
    const Config& before = o.before;
    const State to = o.after().state;
    const bool accepted = o.outcome.reply <= Reply::ok;
    const bool loses_text = o.decides(Choice::half_duplex, reading::half_duplex::on) && before.unread > 0;
    if (call.kind == CallKind::abort || (call.kind == CallKind::close && loses_text)) {
        const bool nobody_knew = before.state == State::Closed || before.state == State::Listen;
        if (!nobody_knew && accepted) facts.aborted = true;
        if (before.state != State::Closed && to == State::Closed) lose_connection(facts, p, before, peer);
    }
    if (call.kind == CallKind::close && before.state == State::SynSent && before.iss_chosen) facts.withdrawn = true;
    if (!accepted) return;
    const bool open = call.kind == CallKind::open_active || call.kind == CallKind::open_passive;
    if (open && before.state == State::Closed) {
        noted.asked = true;
        count_one(facts.asked[index(p)]);
        record.accepted = 0;
    }
    if (call.kind == CallKind::send) record.accepted += call.octets;
}

void note_timeout(Facts& facts, Peer p, const Observation& o, const Config& peer) {
    const TimeoutKind kind = o.timeout()->kind;
    const State from = o.before.state;
    const State to = o.after().state;
    const bool ends = from != State::Closed && to == State::Closed;
    const bool gives_up = kind == TimeoutKind::user || (kind == TimeoutKind::fin_wait_2 && ends);
    if (gives_up && to != from) {
        facts.gave_up = true;
        lose_connection(facts, p, o.before, peer);
    }
}

void note_arrival(Facts& facts, Peer p, const Observation& o, const Config& peer, Came came) {
    const Segment& s = o.arrival()->segment;
    const Config& before = o.before;
    const State to = o.after().state;
    const std::size_t i = index(p);
    const bool ends = before.state != State::Closed && to == State::Closed;
    if (came == Came::forged) facts.injected = true;
    if (came == Came::overtaking) facts.overtaken = true;
    const bool may_be_unread = before.state == State::FinWait1 || before.state == State::FinWait2 ||
                               (before.state == State::SynReceived && before.close_queued);
    if (o.decides(Choice::half_duplex, reading::half_duplex::on) && may_be_unread && s.text > 0) {
        facts.aborted = true;
        if (ends) lose_connection(facts, p, before, peer);
    }
    if (before.state >= State::SynReceived && s.len() > 0 && s.end() > before.rcv_nxt + before.rcv_wnd)
        facts.overflowed = true;
    if (s.rst() && ends && synchronized(before.state)) facts.reset[i] = true;
    if (s.rst() && before.state == State::SynReceived && to == State::Listen && facts.misled[i])
        facts.put_right[i] = true;
}

void note_departure(Facts& facts, EndRecord& record, const Observation& o, Noted& noted) {
    const Segment& s = o.departure()->segment;
    const State to = o.after().state;
    bool again = !s.rst() && s.len() > 0 && s.seq < o.before.snd_nxt;
    if (s.syn()) again = s.has_ack() ? record.syn_ack_left : o.past.syn_left;
    record.syn_ack_left |= s.syn() && s.has_ack();
    if (again) facts.repeated = noted.repeated = true;
    if (s.rst() && !synchronized(to)) facts.refused = true;
    if (s.rst() && to != State::Closed && to != State::Listen && to != State::TimeWait) facts.late_reset = true;
}

/// A new incarnation.
void note_opening(Facts& facts, EndRecord& record, Peer p, const Observation& o, const Config& peer, Noted& noted) {
    const std::size_t i = index(p);
    noted.opened = true;
    record.syn_ack_left = false;
    record.taken = 0;
    if (o.before.state == State::TimeWait) {
        record.accepted = 0;
        noted.asked = true;  // the passive OPEN that waited is used up
    }
    count_one(facts.opened[i]);
    facts.crossed[i] = facts.closing[i] = facts.synchronized_once[i] = facts.time_wait[i] = false;
    facts.reset[i] = facts.half_open[i] = false;
    facts.misled[i] = o.before.state == State::Listen && o.arrival() != nullptr && peer.state == State::SynSent &&
                      peer.iss_chosen && o.after().irs != peer.iss;
}

}  // namespace

Noted note(Facts& facts, EndRecord& record, Peer p, const Observation& o, const Config& peer, Came came) {
    Noted noted;
    if (o.call() != nullptr) note_call(facts, record, p, o, peer, noted);
    if (o.timeout() != nullptr) note_timeout(facts, p, o, peer);
    if (o.arrival() != nullptr) note_arrival(facts, p, o, peer, came);
    if (o.departure() != nullptr) note_departure(facts, record, o, noted);

    const std::size_t i = index(p);
    const State from = o.before.state;
    const State to = o.after().state;
    if (to != from) {
        if (synchronized(to)) facts.synchronized_once[i] = true;
        if (to == State::Closing) facts.closing[i] = true;
        if (to == State::TimeWait) facts.time_wait[i] = true;
        const bool opens = (to == State::SynSent || to == State::SynReceived) &&
                           (from == State::Closed || from == State::Listen || from == State::TimeWait);
        if (opens) note_opening(facts, record, p, o, peer, noted);
        if (from == State::SynSent && to == State::SynReceived) facts.crossed[i] = true;
    }
    note(record.past, o);
    if (to != State::Closed) record.taken = std::max(record.taken, record.past.delivered + o.after().unread);
    return noted;
}

void note_crash(Facts& facts, Peer p, const Config& before, const Config& peer) {
    facts.crashed = true;
    lose_connection(facts, p, before, peer);
}

void begin_anew_if_all_is_over(Facts& facts, const Config& a, const Config& b, std::size_t under_way) {
    const auto over = [](const Config& c) { return c.state == State::Closed && c.owed_count == 0; };
    if (under_way == 0 && over(a) && over(b)) facts = Facts{};
}

}  // namespace lastack::support
