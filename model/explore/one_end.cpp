#include "lastack/explore/one_end.hpp"

#include <algorithm>
#include <array>

namespace lastack::explore {
namespace {

constexpr Seq peer_isn{300};

Bounds as_two(const OneEndBounds& b) {
    Bounds two;
    two.opens = {b.opens, 0};
    two.octets = {b.octets, 0};
    two.receive_ahead = b.receive_ahead;
    two.window = {b.window, b.window};
    two.policies = {b.policy, b.policy};
    two.instruments = b.instruments;
    two.aborts = two.give_ups = 1;  // that there are such moves: nothing is counted here
    return two;
}

bool owes_reset(const Config& c) {
    return std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count,
                       [](const Owed& o) { return o.kind == OwedKind::rst || o.kind == OwedKind::rst_ack; });
}

/// The timeout of a timer that does not run.
bool idle_timeout(const Config& c, const Event& e) {
    const Timeout* t = std::get_if<Timeout>(&e);
    if (t == nullptr) return false;
    switch (t->kind) {
        case TimeoutKind::user:
            return !c.runs(timer::user);
        case TimeoutKind::retransmission:
            return !c.runs(timer::retransmission);
        case TimeoutKind::time_wait:
            return !c.runs(timer::time_wait);
        case TimeoutKind::fin_wait_2:
            return !c.runs(timer::fin_wait_2);
    }
    return false;
}

}  // namespace

std::vector<Segment> environment(const Config& c, Seq isn, std::uint32_t peer_octets) {
    constexpr std::uint32_t far = 0x40000;  // beyond every window that is not scaled
    const bool knows_peer = c.state == State::SynReceived || synchronized(c.state);
    const Seq text_end = isn + 1 + peer_octets;  // and the number of the FIN

    std::vector<Seq> places{isn};
    if (knows_peer) {
        places = {c.rcv_nxt, c.rcv_nxt - 1, c.rcv_nxt + 1, c.rcv_nxt + c.rcv_wnd, c.rcv_nxt - far, c.rcv_nxt + far};
        if (c.rcv_wnd > 2) places.push_back(c.rcv_nxt + c.rcv_wnd - 1);
    } else {
        places.push_back(isn + far);
    }
    std::vector<Seq> acknowledged{Seq{far}};
    if (c.iss_chosen) acknowledged = {c.snd_nxt, c.snd_una, c.snd_una - 1, c.snd_una + 1, c.snd_nxt + 1};

    const auto each_once = [](std::vector<Seq>& numbers) {
        std::vector<Seq> once;
        for (const Seq n : numbers) {
            if (std::find(once.begin(), once.end(), n) == once.end()) once.push_back(n);
        }
        numbers = std::move(once);
    };
    each_once(places);
    each_once(acknowledged);

    std::vector<Segment> all;
    const auto add = [&](int flags, Seq seq, Seq ack, std::uint32_t text, std::uint16_t wnd) {
        Segment s;
        s.flags = static_cast<std::uint8_t>(flags);
        s.seq = seq;
        if (s.has_ack()) s.ack = ack;
        s.text = text;
        s.wnd = wnd;
        // What lies beyond the end of the stream was never sent; what is far away is of another connection.
        const bool near = seq - (isn - far / 2) < far;
        if (near && text > 0 && s.text_end() > text_end) return;
        if (near && s.fin() && s.text_end() != text_end) return;
        all.push_back(s);
    };
    for (const Seq seq : places) {
        for (const int with :
             std::array<int, 6>{0, flag::fin, flag::syn, flag::syn | flag::fin, flag::rst, flag::rst | flag::syn}) {
            add(with, seq, Seq{}, 0, 65535);
            for (const Seq ack : acknowledged) add(with | flag::ack, seq, ack, 0, 65535);
        }
        for (const std::uint32_t text : {1u, 2u}) {
            add(0, seq, Seq{}, text, 65535);
            add(flag::syn, seq, Seq{}, text, 65535);
            for (const Seq ack : acknowledged) {
                for (const int with : std::array<int, 4>{0, flag::fin, flag::syn, flag::rst})
                    add(with | flag::ack, seq, ack, text, 65535);
            }
        }
        if (seq == places.front()) {  // of another security or compartment
            Segment foreign = all.front();
            foreign.flags |= flag::ack;
            foreign.ack = acknowledged.front();
            foreign.security_mismatch = true;
            all.push_back(foreign);
            foreign.flags = flag::syn;
            foreign.ack = Seq{};
            all.push_back(foreign);
        }
        for (const Seq ack : acknowledged) {
            add(flag::ack, seq, ack, 0, 0);  // a shut window
            add(flag::ack | flag::urg, seq, ack, 0, 65535);
        }
    }
    return all;
}

std::vector<Event> attempts(const Config& c, std::uint32_t window) {
    std::vector<Event> all;
    for (const CallKind kind : {CallKind::open_passive, CallKind::open_active, CallKind::send, CallKind::receive,
                                CallKind::close, CallKind::abort, CallKind::status}) {
        Call call;
        call.kind = kind;
        call.octets = kind == CallKind::send || kind == CallKind::receive ? 1 : 0;
        call.rcv_wnd = window;
        call.iss_given = true;
        call.iss = Seq{100};
        all.push_back(call);
        Call forbidden = call;
        forbidden.permitted = false;
        all.push_back(forbidden);
        Call unnamed = call;
        unnamed.remote_specified = false;
        all.push_back(unnamed);
        Call insecure = call;
        insecure.security_allowed = false;
        all.push_back(insecure);
        Call crowded = call;
        crowded.room = false;
        all.push_back(crowded);
    }
    for (const TimeoutKind kind :
         {TimeoutKind::user, TimeoutKind::retransmission, TimeoutKind::time_wait, TimeoutKind::fin_wait_2})
        all.push_back(Timeout{kind});

    for (const Seq seq : {c.snd_nxt, c.snd_una, c.snd_nxt + 1, c.snd_nxt - 1}) {
        for (const Seq ack : {c.rcv_nxt, c.rcv_nxt + 1, c.rcv_nxt - 1}) {
            const auto add = [&](int flags, std::uint32_t text) {
                Segment s;
                s.flags = static_cast<std::uint8_t>(flags);
                s.seq = seq;
                if (s.has_ack()) s.ack = ack;
                s.text = text;
                s.wnd = s.rst() ? std::uint16_t{0} : static_cast<std::uint16_t>(std::min(c.rcv_wnd, 65535u));
                all.push_back(Departure{s});
            };
            for (const int flags :
                 std::array<int, 4>{flag::ack, flag::ack | flag::fin, flag::ack | flag::syn, flag::ack | flag::rst})
                add(flags, 0);
            add(flag::ack, 1);
            if (ack != c.rcv_nxt) continue;  // has no ACK field
            for (const int flags : std::array<int, 5>{0, flag::fin, flag::syn, flag::rst, flag::syn | flag::fin})
                add(flags, 0);
        }
    }
    return all;
}

OneEnd::OneEnd(const OneEndBounds& bounds, TwoEnds::Step step)
    : bounds_{bounds}, ends_{as_two(bounds), std::move(step)} {}

OneEnd::State OneEnd::initial() const { return {ends_.local_id(ends_.initial(), 0)}; }

std::vector<Segment> OneEnd::environment_of(const State& s) const {
    const Config& c = ends_.local(s.local).config;
    const bool knows_peer = c.state == lastack::State::SynReceived || synchronized(c.state);
    return environment(c, knows_peer ? c.irs : peer_isn, bounds_.peer_octets);
}

void OneEnd::Worker::list(const State& s) {
    const TwoEnds& ends = system_->ends_;
    const Config& c = ends.local(s.local).config;
    found_.clear();
    mine_ = &ends.local_moves(0, s.local);
    attempts_ = attempts(c, system_->bounds_.window);
    arrivals_.clear();
    const bool resets_first = owes_reset(c);
    const auto add = [&](std::uint32_t next, MoveKind kind, std::uint8_t what, std::size_t i) {
        found_.push_back({{next}, {kind, 0, what, static_cast<std::uint16_t>(i)}});
    };
    for (std::size_t i = 0; i < mine_->size(); ++i) {
        const TwoEnds::LocalMove& m = (*mine_)[i];
        if (resets_first && m.kind() != MoveKind::departs) continue;
        add(m.next, m.kind(), m.what(), i);
    }
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        if (resets_first && !std::holds_alternative<Departure>(attempts_[i])) continue;
        const Outcome out = system_->outcome(c, attempts_[i]);
        if (out.next == c)
            add(s.local, MoveKind::attempted, 0, i);
        else if (out.verdict == Verdict::refused || idle_timeout(c, attempts_[i]))  // a fault: these leave no trace
            add(ends.happened(0, s.local, out), MoveKind::attempted, 0, i);
    }
    if (resets_first) return;
    for (const Segment& segment : system_->environment_of(s)) {
        const Arrival arrival = ends.arrival_event(0, s.local, segment);
        const Outcome out = system_->outcome(c, arrival);
        add(out.next == c ? s.local : ends.happened(0, s.local, out), MoveKind::arrives, 0, arrivals_.size());
        arrivals_.push_back(arrival);
    }
}

const Event& OneEnd::Worker::event(Label label) {
    if (label.kind == MoveKind::attempted) return attempts_[label.index];
    if (label.kind != MoveKind::arrives) return (*mine_)[label.index].event;
    return arrivals_[label.index];
}

Move OneEnd::move(const State& s, Label label) {
    Worker w = worker();
    w.list(s);
    Move m;
    m.label = label;
    m.event = w.event(label);
    if (const Departure* d = std::get_if<Departure>(&*m.event)) m.segment = d->segment;
    if (const Arrival* a = std::get_if<Arrival>(&*m.event)) m.segment = a->segment;
    return m;
}

}  // namespace lastack::explore
