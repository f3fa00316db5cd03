#include "lastack/lifecycle/scheduler.hpp"

#include <algorithm>
#include <array>

#include "lastack/lifecycle/mss.hpp"

namespace lastack {
namespace {

/// A list without memory of its own: resets owed, SYN or text again, new text with and without its FIN, an ACK.
class List {
public:
    static constexpr std::size_t most = Config::max_owed + 6;

    void push_back(const Segment& s) { segments_[size_++] = s; }
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    const Segment& front() const { return segments_[0]; }
    const Segment& operator[](std::size_t i) const { return segments_[i]; }
    const Segment* begin() const { return segments_.data(); }
    const Segment* end() const { return segments_.data() + size_; }

private:
    std::array<Segment, most> segments_;
    std::size_t size_{0};
};

bool may_send_text(State s) {
    return s == State::Established || s == State::FinWait1 || s == State::CloseWait || s == State::Closing ||
           s == State::LastAck;
}

const Owed* owed(const Config& c, OwedKind kind) {
    const auto end = c.owed.begin() + c.owed_count;
    const auto found = std::find_if(c.owed.begin(), end, [kind](const Owed& o) { return o.kind == kind; });
    return found == end ? nullptr : &*found;
}
const Owed* owed_ack(const Config& c) {
    const Owed* ack = owed(c, OwedKind::ack);
    return ack ? ack : owed(c, OwedKind::challenge_ack);
}

/// <SEQ=seq><ACK=RCV.NXT><CTL=ACK>, the head of all but SYN and RST.
Segment acknowledging(const Config& c, const SchedulerOptions& options, Seq seq) {
    Segment s;
    s.seq = seq;
    s.ack = c.rcv_nxt;
    s.flags = flag::ack;
    s.wnd = static_cast<std::uint16_t>(std::min(c.rcv_wnd >> std::max<int>(c.rcv_wscale, 0), 65535u));
    if (c.ts_ok) {
        s.has_ts = true;
        s.tsval = options.tsval;
        s.tsecr = c.ts_recent;
    }
    return s;
}

/// SYN or SYN,ACK. A repeated one says what the first one said.
Segment synchronizing(const Config& c, const SchedulerOptions& options, bool answers) {
    Segment s;
    s.flags = flag::syn;
    s.seq = c.iss_chosen ? c.iss : options.iss;
    if (!c.iss_chosen && c.origin == Origin::reuse && s.seq < c.snd_nxt) s.seq = c.snd_nxt;  // MAY-2 (1)
    s.wnd = static_cast<std::uint16_t>(std::min(c.rcv_wnd, 65535u));
    s.mss = options.mss;
    s.sack_permitted = options.sack_permitted;
    s.wscale = options.wscale;
    s.has_ts = options.timestamps;
    if (answers) {
        s.flags |= flag::ack;
        s.ack = c.rcv_nxt;
        const bool sent_before = c.origin == Origin::active || c.runs(timer::retransmission);
        if (sent_before) s.wscale = c.rcv_wscale_offer;
        if (!sent_before && c.snd_wscale < 0) s.wscale = Segment::no_wscale;
        s.has_ts = c.origin == Origin::active ? c.ts_offered : c.ts_ok && options.timestamps;
    }
    if (s.has_ts) {
        s.tsval = options.tsval;
        s.tsecr = answers ? c.ts_recent : 0;
    }
    return s;
}

/// The window that the peer knows is smaller than a segment, and enough was read for it to grow (3.8.6.2.2).
bool reopens_window(const Config& c) {
    if (c.state != State::Established && c.state != State::FinWait1 && c.state != State::FinWait2) return false;
    const std::uint32_t known = c.rcv_adv - c.rcv_nxt;
    const std::uint32_t segment = default_mss(IpVersion::v4);
    const std::uint32_t worth_telling = std::max(1u, std::min(segment, (c.rcv_wnd + c.unread) / 2));
    return known < segment && c.rcv_wnd >= known + worth_telling;
}

void add_resets(const Config& c, List& all) {
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const Owed& o = c.owed[i];
        if (o.kind != OwedKind::rst && o.kind != OwedKind::rst_ack) continue;
        Segment s;
        s.flags = flag::rst;
        s.seq = o.seq;
        if (o.kind == OwedKind::rst_ack) {
            s.flags |= flag::ack;
            s.ack = o.ack;
        }
        all.push_back(s);
    }
}

void add_repeated(const Config& c, const SchedulerOptions& options, std::uint32_t most, List& all) {
    const Seq text_end = c.fin == Fin::sent ? c.fin_seq : c.snd_nxt;
    if (const Owed* again = owed(c, OwedKind::text); again && again->seq < text_end) {
        Segment s = acknowledging(c, options, again->seq);
        s.text = std::min(most, text_end - again->seq);
        if (s.text_end() == text_end && c.queued == 0) s.flags |= flag::psh;
        if (s.text_end() == text_end && c.fin == Fin::sent) s.flags |= flag::fin;
        all.push_back(s);
    }
    if (owed(c, OwedKind::fin) && c.fin == Fin::sent) {
        Segment s = acknowledging(c, options, c.fin_seq);
        s.flags |= flag::fin;
        all.push_back(s);
    }
}

void add_new(const Config& c, const SchedulerOptions& options, std::uint32_t most, List& all) {
    if (!may_send_text(c.state) || c.fin == Fin::sent) return;
    const Seq edge = c.snd_una + c.snd_wnd;
    std::uint32_t room = c.snd_nxt < edge ? edge - c.snd_nxt : 0;
    if (options.probe && c.snd_nxt == edge) room = 1;

    Segment s = acknowledging(c, options, c.snd_nxt);
    s.text = std::min({c.queued, most, room});
    const bool last = s.text == c.queued;
    if (s.text > 0 && last) s.flags |= flag::psh;  // MUST-60
    const bool closing = c.fin == Fin::queued || (c.close_queued && c.state == State::CloseWait);
    if (closing && last) {
        Segment with_fin = s;
        with_fin.flags |= flag::fin;
        all.push_back(with_fin);
    }
    if (s.text > 0) all.push_back(s);
}

void list_departures(const Config& c, const SchedulerOptions& options, List& all) {
    add_resets(c, all);

    const bool answers = owed(c, OwedKind::syn_ack) != nullptr;
    if (answers || owed(c, OwedKind::syn)) {
        all.push_back(synchronizing(c, options, answers));
        return;
    }

    const std::uint32_t most = std::min<std::uint32_t>(options.max_text, send_mss(c.snd_mss, IpVersion::v4));
    add_repeated(c, options, most, all);
    add_new(c, options, most, all);
    if (owed_ack(c)) all.push_back(acknowledging(c, options, c.snd_nxt));

    if (reopens_window(c) && !owed_ack(c)) all.push_back(acknowledging(c, options, c.snd_nxt));
}

}  // namespace

std::vector<Segment> departures(const Config& c, const SchedulerOptions& options) {
    List all;
    list_departures(c, options, all);
    return {all.begin(), all.end()};
}

std::optional<Segment> next_departure(const Config& c, const SchedulerOptions& options) {
    List all;
    list_departures(c, options, all);
    if (options.schedule == Schedule::random) {
        const std::size_t choice = options.draw % (all.size() + 1);
        return choice < all.size() ? std::optional{all[choice]} : std::nullopt;
    }
    if (all.empty()) return std::nullopt;
    if (const Owed* ack = owed_ack(c); ack && all.front() == acknowledging(c, options, c.snd_nxt)) {
        const When waits_from = options.schedule == Schedule::delayed_ack ? When::delayed : When::eventually;
        if (ack->when >= waits_from) return std::nullopt;
    }
    return all.front();
}

}  // namespace lastack
