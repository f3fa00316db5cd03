#include "lastack/lifecycle/timers.hpp"

#include <algorithm>

namespace lastack {
namespace {

constexpr std::int64_t doubled(std::int64_t span_ns, std::int64_t maximum_ns) {
    return span_ns > maximum_ns / 2 ? maximum_ns : 2 * span_ns;
}

}  // namespace

RetransmissionTimer::RetransmissionTimer(const Settings& settings) : settings_{settings} {
    settings_.maximum_ns = std::max(settings_.maximum_ns, minute_in_ns);
    settings_.initial_ns = std::clamp(settings_.initial_ns, second_in_ns, settings_.maximum_ns);
    settings_.minimum_ns = std::min(settings_.minimum_ns, settings_.maximum_ns);
    rto_ns_ = settings_.initial_ns;
}

std::int64_t RetransmissionTimer::bounded(std::int64_t rto_ns) const {
    return std::clamp(rto_ns, settings_.minimum_ns, settings_.maximum_ns);
}

void RetransmissionTimer::sent(Seq end, std::int64_t now_ns) {
    if (!deadline_) deadline_ = after(now_ns, rto_ns_);
    if (!timed_) timed_ = Timed{end, now_ns};
}

void RetransmissionTimer::resent(std::int64_t now_ns) {
    if (!deadline_) deadline_ = after(now_ns, rto_ns_);
    timed_.reset();
}

void RetransmissionTimer::acknowledged(Seq una, bool outstanding, std::int64_t now_ns) {
    if (timed_ && una >= timed_->end) {
        sample(now_ns - timed_->sent_ns);
        timed_.reset();
    }
    deadline_ = outstanding ? Deadline{after(now_ns, rto_ns_)} : std::nullopt;
}

void RetransmissionTimer::timeout(bool awaiting_syn_ack, std::int64_t now_ns) {
    if (awaiting_syn_ack && rto_ns_ < 3 * second_in_ns) lost_syn_ = true;
    timed_.reset();
    rto_ns_ = doubled(rto_ns_, settings_.maximum_ns);
    deadline_ = after(now_ns, rto_ns_);
}

void RetransmissionTimer::established() {
    if (lost_syn_) rto_ns_ = 3 * second_in_ns;
    lost_syn_ = false;
}

void RetransmissionTimer::sample(std::int64_t rtt_ns) {
    // A round trip of hours says nothing more than the longest RTO does; the bound keeps the sums below far from
    // overflow.
    const std::int64_t r_ns = std::clamp<std::int64_t>(rtt_ns, 0, 60 * minute_in_ns);
    if (!srtt_ns_) {
        srtt_ns_ = r_ns;
        rttvar_ns_ = r_ns / 2;
    } else {
        const std::int64_t error_ns = *srtt_ns_ > r_ns ? *srtt_ns_ - r_ns : r_ns - *srtt_ns_;
        rttvar_ns_ = (3 * rttvar_ns_ + error_ns) / 4;
        srtt_ns_ = (7 * *srtt_ns_ + r_ns) / 8;
    }
    rto_ns_ = bounded(*srtt_ns_ + std::max(settings_.granularity_ns, 4 * rttvar_ns_));
}

Failure FailureWatch::timeout(const FailureLimits& limits, bool awaiting_syn_ack, std::int64_t now_ns) {
    const std::int64_t r2_ns = awaiting_syn_ack ? std::max(limits.syn_r2_ns, 3 * minute_in_ns) : limits.r2_ns;
    const std::uint32_t r1 = std::max(limits.r1, 1u);
    if (retransmissions_ >= r1 && r2_ns != never_ns && now_ns - begun_ns_ >= r2_ns) return Failure::r2;
    ++retransmissions_;
    return retransmissions_ == r1 ? Failure::r1 : Failure::none;
}

std::optional<std::int64_t> UserTimeoutOption::received(std::uint16_t field) {
    const std::int64_t count = field & 0x7fff;
    if (!enabled || count == 0) return std::nullopt;
    remote_ns = count * ((field & 0x8000) != 0 ? minute_in_ns : second_in_ns);
    return remote_ns;
}

std::int64_t UserTimeoutOption::timeout_ns(State state, std::int64_t local_ns, std::int64_t rto_ns) const {
    if (!enabled || !changeable || !remote_ns || !synchronized(state) || state == State::TimeWait) return local_ns;
    const std::int64_t floor_ns = std::max(lower_ns, after(rto_ns, 1));
    return std::min(upper_ns, std::max({advertised_ns, *remote_ns, floor_ns}));
}

std::uint16_t UserTimeoutOption::field(std::int64_t timeout_ns) {
    constexpr std::int64_t most = 0x7fff;
    const auto rounded_up = [&](std::int64_t unit_ns) { return timeout_ns / unit_ns + (timeout_ns % unit_ns > 0); };
    const std::int64_t seconds = std::max<std::int64_t>(rounded_up(second_in_ns), 1);
    if (seconds <= most) return static_cast<std::uint16_t>(seconds);
    return static_cast<std::uint16_t>(0x8000 | std::min(rounded_up(minute_in_ns), most));
}

DelayedAck::DelayedAck(std::int64_t delay_ns) : delay_ns_{std::min(delay_ns, bound_ns - 1)} {}

bool DelayedAck::text_arrived(std::uint32_t octets, std::uint32_t receive_mss, std::int64_t now_ns) {
    unacknowledged_ += octets;
    if (!deadline_) deadline_ = after(now_ns, delay_ns_);
    return unacknowledged_ >= 2 * std::uint64_t{receive_mss};
}

KeepAlive::Due KeepAlive::due(bool outstanding, std::int64_t now_ns) const {
    if (!settings_.on || outstanding) return Due::nothing;
    const std::int64_t next_ns =
        unanswered_ == 0 ? after(heard_ns_, settings_.interval_ns) : after(probed_ns_, settings_.repeat_ns);
    if (now_ns < next_ns) return Due::nothing;
    return unanswered_ >= std::max(settings_.probes, 2u) ? Due::dead : Due::probe;
}

Segment KeepAlive::probe(const Config& config) const {
    Segment segment;
    segment.seq = config.snd_nxt - 1;
    segment.ack = config.rcv_nxt;
    segment.flags = flag::ack;
    segment.text = settings_.garbage_octet ? 1 : 0;
    const std::uint32_t window = config.rcv_wnd >> config.rcv_wscale;
    segment.wnd = static_cast<std::uint16_t>(std::min<std::uint32_t>(window, 65535));
    return segment;
}

void WindowProbe::closed(std::int64_t rto_ns, std::int64_t now_ns) {
    if (deadline_) return;
    interval_ns_ = rto_ns;
    deadline_ = after(now_ns, interval_ns_);
}

void WindowProbe::probed(std::int64_t maximum_ns, std::int64_t now_ns) {
    interval_ns_ = doubled(interval_ns_, maximum_ns);
    deadline_ = after(now_ns, interval_ns_);
}

}  // namespace lastack
