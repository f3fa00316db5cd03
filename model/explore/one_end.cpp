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
        if (std::find(all.begin(), all.end(), s) == all.end()) all.push_back(s);
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
        for (const Seq ack : acknowledged) {
            add(flag::ack, seq, ack, 0, 0);  // a shut window
            add(flag::ack | flag::urg, seq, ack, 0, 65535);
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

void OneEnd::list_successors(const State& s, std::vector<Successor>& found) const {
    found.clear();
    const auto& mine = ends_.local_moves(0, s.local);
    const bool resets_first = owes_reset(ends_.local(s.local).config);
    for (std::size_t i = 0; i < mine.size(); ++i) {
        const bool departs = std::holds_alternative<Departure>(mine[i].event);
        if ((resets_first && !departs) || mine[i].next == s.local) continue;
        found.push_back({{mine[i].next}, {mine[i].kind(), 0, mine[i].what(), static_cast<std::uint16_t>(i)}});
    }
    if (resets_first) return;
    const std::vector<Segment> segments = environment_of(s);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const std::uint32_t next = ends_.arrival(0, s.local, segments[i]);
        if (next != s.local) found.push_back({{next}, {MoveKind::arrives, 0, 0, static_cast<std::uint16_t>(i)}});
    }
}

Move OneEnd::move(const State& s, Label label) const {
    Move m;
    m.label = label;
    if (label.kind == MoveKind::arrives) {
        m.segment = environment_of(s)[label.index];
        m.event = ends_.arrival_event(0, s.local, m.segment);
        return m;
    }
    const TwoEnds::LocalMove& mine = ends_.local_moves(0, s.local)[label.index];
    m.event = mine.event;
    if (mine.segment) m.segment = ends_.segment(*mine.segment);
    return m;
}

}  // namespace lastack::explore
