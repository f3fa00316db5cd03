#include "lastack/support/clocks.hpp"

#include <algorithm>
#include <variant>

namespace lastack::support {

void EndClocks::follow(const Config& before, const Event& event, const Outcome& outcome, std::int64_t now_ns) {
    const Config& c = outcome.next;
    const bool begins = (before.state == State::Closed || before.state == State::Listen) && c.state != before.state;
    const bool reopens = before.state == State::TimeWait && c.state == State::SynReceived;
    if (begins || reopens || c.state == State::Closed) {
        *this = EndClocks{durations};
        heard_ns = now_ns;
    }
    if (c.state == State::Closed) return;

    if (const auto* departure = std::get_if<Departure>(&event); departure && outcome.verdict != Verdict::refused) {
        const Segment& s = departure->segment;
        if (s.len() > 0 && !s.rst()) {
            const bool nothing_before = !before.runs(timer::retransmission);
            if (s.end() > before.snd_nxt || nothing_before) {
                if (nothing_before) failure.begin(now_ns);
                retransmission.sent(s.end(), now_ns);
            } else {
                retransmission.resent(now_ns);
            }
        }
        if (s.has_ack()) {
            delayed.acknowledged();
            ack_now = false;
        }
    } else if (const auto* arrival = std::get_if<Arrival>(&event)) {
        heard_ns = now_ns;
        alive_probed.reset();
        alive_probes = 0;
        if (c.snd_una != before.snd_una && before.iss_chosen && !reopens) {
            if (synchronized(c.state) && !synchronized(before.state)) retransmission.established();
            retransmission.acknowledged(c.snd_una, c.snd_una != c.snd_nxt, now_ns);
            failure.begin(now_ns);
            user.progress(c.runs(timer::user), now_ns);
        }
        // A peer that answers with a shut window is alive, and so not given up (MUST-37).
        if (arrival->segment.has_ack() && synchronized(c.state) && c.snd_una + c.snd_wnd < c.snd_nxt)
            failure.begin(now_ns);
    }

    if (const Owed* ack = owed_ack(c); ack && ack->when == When::delayed) {
        const std::uint32_t octets = c.rcv_nxt - before.rcv_nxt;
        if (std::holds_alternative<Arrival>(event) && delayed.text_arrived(octets, 536, now_ns)) ack_now = true;
    }
    if (c.runs(timer::user)) {
        user.submitted(now_ns);
    } else {
        user.progress(false, now_ns);
    }
    if (c.runs(timer::retransmission) && !retransmission.deadline()) retransmission.resent(now_ns);
    if ((outcome.restarted & timer::time_wait) != 0) time_wait = after(now_ns, time_wait_ns(durations.msl_ns));
    if ((outcome.restarted & timer::fin_wait_2) != 0) fin_wait_2 = after(now_ns, durations.fin_wait_2_ns);
    if (c.queued > 0 && c.snd_wnd == 0 && c.snd_una == c.snd_nxt && synchronized(c.state)) {
        probe.closed(retransmission.rto_ns(), now_ns);
    } else {
        probe.opened();
    }
}

EndClocks::Wake EndClocks::next(const Config& c, bool alive) const {
    Wake wake;
    const auto consider = [&](const Deadline& deadline, Kind kind) {
        if (deadline && *deadline < wake.due_ns) wake = {*deadline, kind};
    };
    if (c.runs(timer::retransmission)) consider(retransmission.deadline(), Kind::retransmission);
    if (c.runs(timer::user)) consider(user.deadline(), Kind::user);
    if (c.runs(timer::time_wait)) consider(time_wait, Kind::time_wait);
    if (c.runs(timer::fin_wait_2)) consider(fin_wait_2, Kind::fin_wait_2);
    if (owed_ack(c)) consider(delayed.deadline(), Kind::delayed_ack);
    consider(probe.deadline(), Kind::probe);
    const bool may_be_dead = c.state == State::Established || c.state == State::FinWait2 || c.state == State::CloseWait;
    if (alive && may_be_dead && c.snd_una == c.snd_nxt && c.queued == 0) {
        constexpr KeepAlive::Settings settings;
        consider(alive_probed ? *alive_probed + settings.repeat_ns : heard_ns + settings.interval_ns, Kind::keep_alive);
    }
    return wake;
}

EndClocks::Duty EndClocks::fired(Kind kind, const Config& c, std::int64_t now_ns) {
    using Act = Duty::Act;
    switch (kind) {
        case Kind::retransmission: {
            const bool awaiting_syn_ack = c.snd_una == c.iss;
            FailureLimits limits;
            limits.r2_ns = durations.r2_ns;
            limits.syn_r2_ns = std::max(limits.syn_r2_ns, durations.r2_ns);
            const Failure found = failure.timeout(limits, awaiting_syn_ack, now_ns);
            retransmission.timeout(awaiting_syn_ack, now_ns);
            return {Act::time_out, found == Failure::r2 ? TimeoutKind::user : TimeoutKind::retransmission};
        }
        case Kind::user:
            user.progress(true, now_ns);
            return {Act::time_out, TimeoutKind::user};
        case Kind::time_wait:
            time_wait.reset();
            return {Act::time_out, TimeoutKind::time_wait};
        case Kind::fin_wait_2:
            fin_wait_2.reset();
            return {Act::time_out, TimeoutKind::fin_wait_2};
        case Kind::delayed_ack:
            delayed.acknowledged();
            ack_now = true;
            return {Act::send_ack};
        case Kind::probe:
            probe.probed(retransmission.maximum_ns(), now_ns);
            return {Act::probe_window};
        case Kind::keep_alive:
            if (alive_probes >= KeepAlive::Settings{}.probes) {
                alive_probes = 0;
                heard_ns = now_ns;
                return {Act::time_out, TimeoutKind::user};
            }
            alive_probed = now_ns;
            ++alive_probes;
            return {Act::probe_peer};
        case Kind::none:
            break;
    }
    return {};
}

Segment EndClocks::peer_probe(const Config& c, std::uint32_t tsval) {
    Segment probe = KeepAlive{KeepAlive::Settings{}, 0}.probe(c);
    if (c.ts_ok) {
        probe.has_ts = true;
        probe.tsval = tsval;
        probe.tsecr = c.ts_recent;
    }
    return probe;
}

}  // namespace lastack::support
