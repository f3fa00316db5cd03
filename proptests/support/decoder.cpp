#include "lastack/support/decoder.hpp"

#include <algorithm>
#include <array>

namespace lastack::support {
namespace {

/// Numbers of one incarnation lie this far from those of the last: more than any run moves.
constexpr std::uint32_t incarnation_step = 0x01000000;

constexpr std::uint32_t far = 0x80000000;

Seq iss(const Setting& s, const Place& p) { return s.iss + p.incarnation * incarnation_step; }
Seq peer_isn(const Setting& s, const Place& p) { return s.peer_isn + p.incarnation * incarnation_step; }

/// A number that has nothing to do with anything, but is the same for the same word.
std::uint32_t unrelated(Word w) { return static_cast<std::uint32_t>(Draw{w}.bits() >> 32); }

/// `list[value % size]`, so that zero is the first.
template <class T, std::size_t N>
constexpr T pick(std::uint8_t value, const std::array<T, N>& list) {
    return list[value % N];
}

Seq first_number(std::uint8_t value, std::uint32_t normal, Word w) {
    switch (value % 8) {
        case 0:
            return Seq{normal};
        case 1:
            return Seq{0xffffffff};
        case 2:
            return Seq{0xffffffff - 101};
        case 3:
            return Seq{0x7fffffff};
        case 4:
            return Seq{0x7fffffff - 101};
        case 5:
            return Seq{0};
        case 6:
            return Seq{0xffffffff - value * 7u};
        default:
            return Seq{unrelated(w ^ normal)};
    }
}

Policy draw_policy(Word header) {
    const std::uint8_t mode = field(header, Field::move);
    Draw draw{header ^ 0x706f6c696379};
    Policy p;
    const bool all_drawn = mode % 4 == 3;
    for (const ChoiceInfo& choice : choices()) {
        const auto reading = static_cast<std::uint8_t>(all_drawn ? draw.bits() % choice.reading_count : 0);
        p = p.with(choice.choice, reading);
    }
    if (mode == 0 || all_drawn) return p;
    for (unsigned n = mode % 4 == 1 ? 1 : 4; n > 0; --n) {  // a few choices differ from the first readings
        const ChoiceInfo& choice = choices()[draw.bits() % choices().size()];
        p = p.with(choice.choice, static_cast<std::uint8_t>(draw.bits() % choice.reading_count));
    }
    return p;
}

/// Right edge of the receive window.
Seq edge(const Config& c) { return c.rcv_nxt + c.rcv_wnd; }

void add_syn_options(Segment& s, const SchedulerOptions& options) {
    s.mss = options.mss;
    s.wscale = options.wscale;
    s.sack_permitted = options.sack_permitted;
    s.has_ts = options.timestamps;
    if (s.has_ts) s.tsval = 1000;
}

Call plain_call(CallKind kind, const Setting& setting, const Place& place) {
    Call call;
    call.kind = kind;
    call.rcv_wnd = setting.window;
    call.octets = 100;
    if (kind == CallKind::open_active || kind == CallKind::send) {
        call.iss_given = true;
        call.iss = iss(setting, place);
    }
    return call;
}

Arrival plain_arrival(const Segment& segment, const Setting& setting, const Place& place) {
    Arrival a;
    a.segment = segment;
    a.iss_given = true;
    a.iss = iss(setting, place);
    return a;
}

Call step_away(Call call, Word w) {
    constexpr std::array<std::uint32_t, 10> octets{100, 0, 1, 2, 3, 200, 536, 1460, 65535, 200000};
    constexpr std::array<std::uint32_t, 9> windows{65535, 0, 1, 2, 10, 100, 250, 1000, 1u << 20};
    if (const auto v = field(w, Field::length)) call.octets = pick(v, octets);
    if (const auto v = field(w, Field::window)) call.rcv_wnd = pick(v, windows);
    switch (field(w, Field::option) % 16) {
        case 1:
            call.iss_given = false;
            break;
        case 2:
            call.remote_specified = false;
            break;
        case 3:
            call.room = false;
            break;
        case 4:
            call.permitted = false;
            break;
        case 5:
            call.security_allowed = false;
            break;
        case 6:
            call.room = call.permitted = false;
            break;
        case 7:
            call.room = call.remote_specified = false;
            break;
        case 8:
            call.iss = Seq{unrelated(w)};
            break;
        default:
            break;
    }
    if (!call.iss_given) call.iss = Seq{};
    return call;
}

constexpr std::uint8_t A = flag::ack, F = flag::fin, S = flag::syn, R = flag::rst, P = flag::psh, U = flag::urg;
constexpr std::array<std::uint8_t, 20> arriving_flags{A,
                                                      A | F,
                                                      R,
                                                      S,
                                                      S | A,
                                                      R | A,
                                                      F,
                                                      0,
                                                      A | P,
                                                      A | U,
                                                      A | F | U,
                                                      S | F,
                                                      S | F | A,
                                                      S | R,
                                                      F | U | P,
                                                      R | F | A,
                                                      A | F | S | R | P | U,
                                                      S | A | U,
                                                      U,
                                                      R | S | A};

std::uint32_t length_of(std::uint8_t value, const Config& c) {
    switch ((value - 1) % 12) {
        case 0:
            return 0;
        case 1:
            return 1;
        case 2:
            return 2;
        case 3:
            return 100;
        case 4:
            return c.rcv_wnd;
        case 5:
            return c.rcv_wnd + 1;
        case 6:
            return c.rcv_wnd - std::min(1u, c.rcv_wnd);
        case 7:
            return c.rcv_wnd / 2;
        case 8:
            return 3;
        case 9:
            return 10;
        case 10:
            return c.rcv_wnd + 2;
        default:
            return 1460;
    }
}

/// SEG.SEQ at or beside a place that matters, `base` being the right one.
Seq seq_of(std::uint8_t value, const Config& c, const Segment& s, Seq base, Word w) {
    const std::uint32_t len = s.len();
    switch ((value - 1) % 24) {
        case 0:
            return base - 1;
        case 1:
            return base + 1;
        case 2:
            return base - len;
        case 3:
            return base - len + 1;
        case 4:
            return base - len - 1;
        case 5:
            return base + 2;
        case 6:
            return edge(c) - 1;
        case 7:
            return edge(c);
        case 8:
            return edge(c) + 1;
        case 9:
            return edge(c) - len;
        case 10:
            return edge(c) - len + 1;
        case 11:
            return edge(c) - len - 1;
        case 12:
            return c.irs;
        case 13:
            return c.irs + 1;
        case 14:
            return c.peer_fin - s.text;
        case 15:
            return c.peer_fin + 1;
        case 16:
            return c.held_count > 0 ? c.held[0].left - s.text : base + 4;
        case 17:
            return c.held_count > 0 ? c.held[0].right : base + 5;
        case 18:
            return base - 100;
        case 19:
            return base + far;
        case 20:
            return base + (far - 1);
        case 21:
            return Seq{unrelated(w)};
        case 22:
            return base + incarnation_step;
        default:
            return base - 2;
    }
}

Seq ack_of(std::uint8_t value, const Config& c, Word w) {
    switch ((value - 1) % 20) {
        case 0:
            return c.snd_una;
        case 1:
            return c.snd_nxt - 1;
        case 2:
            return c.snd_nxt + 1;
        case 3:
            return c.snd_una + 1;
        case 4:
            return c.snd_una - 1;
        case 5:
            return c.iss;
        case 6:
            return c.iss + 1;
        case 7:
            return c.fin_seq;
        case 8:
            return c.fin_seq + 1;
        case 9:
            return c.snd_una - c.max_snd_wnd;
        case 10:
            return c.snd_una - c.max_snd_wnd - 1;
        case 11:
            return c.snd_nxt + 2;
        case 12:
            return c.snd_una + far;
        case 13:
            return c.snd_nxt + far;
        case 14:
            return c.snd_nxt + (far - 1);
        case 15:
            return Seq{0};
        case 16:
            return Seq{unrelated(~w)};
        case 17:
            return c.snd_una + (c.snd_nxt - c.snd_una) / 2;
        case 18:
            return c.iss - 1;
        default:
            return c.snd_una - 2;
    }
}

constexpr std::array<std::uint16_t, 9> arriving_windows{65535, 0, 1, 2, 10, 100, 101, 1000, 50};

void step_away_options(Arrival& a, std::uint8_t value, const Config& c) {
    Segment& s = a.segment;
    const auto timestamp = [&](std::uint32_t tsval) {
        s.has_ts = true;
        s.tsval = tsval;
    };
    switch (value % 20) {
        case 1:
            a.iss_given = false;
            a.iss = Seq{};
            break;
        case 2:
            a.listener = false;
            break;
        case 3:
            s.has_ts = false;
            s.tsval = s.tsecr = 0;
            break;
        case 4:
            timestamp(c.ts_recent);
            break;
        case 5:
            timestamp(c.ts_recent - 1);
            break;
        case 6:
            timestamp(c.ts_recent + 1);
            break;
        case 7:
            timestamp(c.ts_recent + far);
            break;
        case 8:
            timestamp(c.ts_recent + (far - 1));
            break;
        case 9:
            s.security_mismatch = true;
            break;
        case 10:
            s.security_mismatch = true;
            s.has_ts = !s.has_ts;
            if (!s.has_ts) s.tsval = s.tsecr = 0;
            break;
        case 11:
            if (s.syn()) s.wscale = 2;
            break;
        case 12:
            if (s.syn()) s.wscale = 14;
            break;
        case 13:
            if (s.syn()) s.mss = 50;
            break;
        case 14:
            if (s.syn()) s.wscale = Segment::no_wscale;
            break;
        case 15:
            if (s.urg()) s.urgent = 1;
            break;
        case 16:
            a.iss += 1;
            break;
        case 17:
            a.iss = c.snd_nxt - 1;
            break;
        case 18:
            a.listener = false;
            timestamp(c.ts_recent + 1);
            break;
        default:
            break;
    }
}

std::uint16_t window_as_announced(const Config& c) {
    const int shift = std::max<int>(c.rcv_wscale, 0);
    return static_cast<std::uint16_t>(std::min<std::uint32_t>(
        std::max(c.rcv_wnd, c.rcv_adv > c.rcv_nxt ? c.rcv_adv - c.rcv_nxt : 0) >> shift, 65535));
}

std::uint8_t timers_running(const Config& c, std::array<TimeoutKind, 4>& kinds) {
    std::uint8_t n = 0;
    if (c.runs(timer::time_wait)) kinds[n++] = TimeoutKind::time_wait;
    if (c.runs(timer::retransmission)) kinds[n++] = TimeoutKind::retransmission;
    if (c.runs(timer::fin_wait_2)) kinds[n++] = TimeoutKind::fin_wait_2;
    if (c.state != State::Closed) kinds[n++] = TimeoutKind::user;  // "for any state" (3.10.8)
    return n;
}

}  // namespace

Setting decode_setting(Word header) {
    Setting s;
    s.policy = draw_policy(header);
    const std::uint8_t variant = field(header, Field::variant);
    s.passive = (variant & 1) != 0;
    s.peer_closes = (variant & 2) != 0;
    s.prompt = (variant & 4) != 0;
    s.crossing = (variant & 8) != 0;
    s.iss = first_number(field(header, Field::seq), 1000, header);
    s.peer_isn = first_number(field(header, Field::ack), 5000, header);
    constexpr std::array<std::uint16_t, 10> windows{65535, 1000, 250, 100, 10, 3, 2, 1, 0, 536};
    s.window = pick(field(header, Field::window), windows);
    const std::uint8_t option = field(header, Field::option);
    if ((option & 1) != 0) s.options.mss = 1460;
    if ((option & 2) != 0) s.options.timestamps = true;
    if ((option & 4) != 0) s.options.wscale = 2;
    if ((option & 8) != 0) s.options.sack_permitted = true;
    if ((option & 16) != 0) s.options.mss = 100;
    return s;
}

SchedulerOptions scheduler_options(const Setting& setting, const Place& place) {
    SchedulerOptions options = setting.options;
    options.iss = iss(setting, place);
    options.tsval = 1 + place.tick;
    return options;
}

Segment right_segment(const Config& c, const Setting& setting, const Place& place) {
    Segment s;
    s.wnd = 65535;
    switch (c.state) {
        case State::Closed:
        case State::Listen:
            s.flags = flag::syn;
            s.seq = peer_isn(setting, place);
            add_syn_options(s, setting.options);
            return s;
        case State::SynSent:
            s.flags = setting.crossing ? flag::syn : flag::syn | flag::ack;
            s.seq = peer_isn(setting, place);
            if (!setting.crossing) s.ack = c.snd_nxt;
            add_syn_options(s, setting.options);
            return s;
        default:
            break;
    }
    s.flags = flag::ack;
    s.seq = c.rcv_nxt;
    s.ack = c.snd_nxt;
    if (c.ts_ok) {
        s.has_ts = true;
        s.tsval = c.ts_recent + 1;
    }
    return s;
}

Event right_event(const Config& c, const Setting& setting, const Place& place) {
    if (const auto segment = next_departure(c, scheduler_options(setting, place))) return Departure{*segment};

    const auto call = [&](CallKind kind) { return Event{plain_call(kind, setting, place)}; };
    const auto arrival = [&](std::uint8_t more_flags, std::uint32_t text) {
        Segment s = right_segment(c, setting, place);
        s.flags |= more_flags;
        s.text = text;
        return Event{plain_arrival(s, setting, place)};
    };
    const auto text = [&] { return std::min(100u, c.rcv_wnd); };
    switch (c.state) {
        case State::Closed:
            return call(setting.passive ? CallKind::open_passive : CallKind::open_active);
        case State::Established:
            if (c.snd_una != c.snd_nxt || c.queued > 0) return arrival(0, 0);
            if (c.unread > 0) return call(CallKind::receive);
            if (c.rcv_nxt == c.irs + 1 && text() > 0) return arrival(flag::psh, text());
            if (c.snd_nxt == c.iss + 1) return call(CallKind::send);
            return setting.peer_closes ? arrival(flag::fin, 0) : call(CallKind::close);
        case State::FinWait2:
            if (c.unread > 0) return call(CallKind::receive);
            return arrival(flag::fin, 0);
        case State::CloseWait:
            if (c.snd_una != c.snd_nxt || c.close_queued || c.queued > 0) return arrival(0, 0);
            return call(CallKind::close);
        case State::FinWait1:
            if (setting.crossing) {  // a FIN that was sent before ours came
                Event fin = arrival(flag::fin, 0);
                std::get<Arrival>(fin).segment.ack = max(c.snd_una, c.iss + 1);
                return fin;
            }
            return arrival(0, 0);
        case State::Closing:
        case State::LastAck:
        case State::Listen:
        case State::SynSent:
        case State::SynReceived:
            return arrival(0, 0);
        case State::TimeWait:
            break;
    }
    return Timeout{TimeoutKind::time_wait};
}

Call decode_call(Word w, const Setting& setting, const Place& place) {
    constexpr std::array<CallKind, 7> kinds{CallKind::close, CallKind::send,        CallKind::receive,
                                            CallKind::abort, CallKind::open_active, CallKind::open_passive,
                                            CallKind::status};
    return step_away(plain_call(pick(field(w, Field::variant), kinds), setting, place), w);
}

Arrival decode_arrival(Word w, const Config& c, const Segment& base, const Setting& setting, const Place& place) {
    Arrival a = plain_arrival(base, setting, place);
    Segment& s = a.segment;
    if (const auto v = field(w, Field::variant)) {
        s.flags = arriving_flags[(v - 1u) % arriving_flags.size()];
        if (s.has_ack() && !base.has_ack()) s.ack = c.snd_nxt;
        if (!s.has_ack()) s.ack = Seq{};
        if (s.syn() && !base.syn()) add_syn_options(s, setting.options);
        if (!s.syn()) {
            s.mss = 0;
            s.wscale = Segment::no_wscale;
            s.sack_permitted = false;
        }
    }
    if (const auto v = field(w, Field::length)) s.text = length_of(v, c);
    if (const auto v = field(w, Field::seq)) s.seq = seq_of(v, c, s, base.seq, w);
    if (const auto v = field(w, Field::ack); v != 0 && s.has_ack()) s.ack = ack_of(v, c, w);
    if (const auto v = field(w, Field::window)) s.wnd = pick(v, arriving_windows);
    if (const auto v = field(w, Field::option)) step_away_options(a, v, c);
    return a;
}

Departure decode_forged(Word w, const Config& c, const Setting& setting, const Place& place) {
    Departure d;
    Segment& s = d.segment;
    s.flags = flag::ack;
    s.seq = c.snd_nxt;
    s.ack = c.rcv_nxt;
    s.wnd = window_as_announced(c);
    const Seq send_edge = c.snd_una + c.snd_wnd;
    const std::uint32_t usable = send_edge > c.snd_nxt ? send_edge - c.snd_nxt : 0;
    switch (field(w, Field::variant) % 16) {
        case 0:  // an ACK, or a window update
            break;
        case 1:
            s.text = std::max(1u, std::min(c.queued, usable));
            break;
        case 2:
            s.seq = c.snd_una;
            s.text = std::min(536u, std::max(1u, c.snd_nxt - c.snd_una));
            break;
        case 3:
            s.flags |= flag::fin;
            s.seq = c.fin == Fin::sent ? c.fin_seq : c.snd_nxt;
            break;
        case 4:
            s.seq = c.snd_una - 1;
            break;
        case 5:
            s.seq = send_edge;
            s.text = 1;
            break;
        case 6:
        case 7:
            s = Segment{};
            s.flags = flag::syn;
            s.seq = c.iss_chosen ? c.iss : iss(setting, place);
            s.wnd = window_as_announced(c);
            add_syn_options(s, setting.options);
            if (field(w, Field::variant) % 16 == 7) {
                s.flags |= flag::ack;
                s.ack = c.rcv_nxt;
            }
            break;
        case 8:
        case 9:
            s = Segment{};
            s.flags = field(w, Field::variant) % 16 == 8 ? flag::rst : flag::rst | flag::ack;
            s.seq = c.snd_nxt;
            if (c.owed_count > 0) {
                s.seq = c.owed[0].seq;
                s.ack = c.owed[0].ack;
            }
            if (!s.has_ack()) s.ack = Seq{};
            break;
        case 10:
            s.flags |= flag::syn | flag::fin;
            s.seq = c.iss;
            break;
        case 11:
            s.seq = c.snd_nxt - 1;
            s.text = 1;
            break;
        case 12:
            s.text = c.queued + 1;
            break;
        case 13:
            s.flags |= flag::fin;
            s.text = std::min(c.queued, usable);
            break;
        case 14:
            s.flags = flag::fin;
            s.ack = Seq{};
            break;
        default:
            s.seq = c.snd_una;
            s.flags |= flag::fin;
            s.text = c.fin == Fin::sent ? c.fin_seq - c.snd_una : c.snd_nxt - c.snd_una + c.queued;
    }
    constexpr std::array<std::uint32_t, 6> off{0, 1, 0xffffffff, 2, far, 100};
    s.seq += pick(field(w, Field::seq), off);
    if (s.has_ack()) s.ack += pick(field(w, Field::ack), off);
    if (const auto v = field(w, Field::length)) {
        const std::array<std::uint32_t, 7> lengths{0,        1,          s.text + 1, s.text - std::min(1u, s.text),
                                                   c.queued, usable + 1, 2};
        s.text = lengths[(v - 1u) % lengths.size()];
    }
    if (const auto v = field(w, Field::window)) {
        const std::array<std::uint32_t, 6> windows{
            s.wnd - std::min<std::uint32_t>(1, s.wnd), s.wnd + 1u, 0, 65535, s.wnd + 100u, 1};
        s.wnd = static_cast<std::uint16_t>(std::min(windows[(v - 1u) % windows.size()], 65535u));
    }
    if (field(w, Field::option) % 4 == 1) s.flags |= flag::rst;
    return d;
}

Event decode(Word w, const Config& c, const Setting& setting, const Place& place) {
    switch (static_cast<Move>(field(w, Field::move) % move_count)) {
        case Move::right: {
            const Event right = right_event(c, setting, place);
            if (w == 0) return right;
            if (const auto* a = std::get_if<Arrival>(&right)) return decode_arrival(w, c, a->segment, setting, place);
            if (const auto* call = std::get_if<Call>(&right)) return step_away(*call, w);
            return right;
        }
        case Move::depart: {
            const std::vector<Segment> all = departures(c, scheduler_options(setting, place));
            if (all.empty()) return right_event(c, setting, place);
            return Departure{all[field(w, Field::variant) % all.size()]};
        }
        case Move::arrive:
            return decode_arrival(w, c, right_segment(c, setting, place), setting, place);
        case Move::call:
            return decode_call(w, setting, place);
        case Move::timeout: {
            std::array<TimeoutKind, 4> kinds{};
            const std::uint8_t n = timers_running(c, kinds);
            const std::uint8_t v = field(w, Field::variant);
            return Timeout{n > 0 ? kinds[v % n] : static_cast<TimeoutKind>(v % 4)};
        }
        case Move::forge:
            return decode_forged(w, c, setting, place);
    }
    return right_event(c, setting, place);
}

Event decode_blindly(Draw& draw, const Config& c, const Setting& setting, const Place& place) {
    const auto number = [&] { return static_cast<std::uint32_t>(draw.bits()); };
    const auto segment = [&] {
        Segment s;
        s.seq = Seq{number()};
        s.flags = static_cast<std::uint8_t>(number() & 0x3f);
        if (s.has_ack()) s.ack = Seq{number()};
        s.text = number() % 3 == 0 ? number() % 1461 : 0;
        s.wnd = static_cast<std::uint16_t>(number());
        s.has_ts = number() % 4 == 0;
        if (s.has_ts) s.tsval = number();
        return s;
    };
    switch (draw.bits() % 4) {
        case 0: {
            Call call;
            call.kind = static_cast<CallKind>(number() % 7);
            call.iss_given = true;
            call.iss = Seq{number()};
            call.octets = number() % 1461;
            return call;
        }
        case 1: {
            Arrival a;
            a.segment = segment();
            a.iss_given = true;
            a.iss = Seq{number()};
            return a;
        }
        case 2:
            return Timeout{static_cast<TimeoutKind>(number() % 4)};
        default:
            if (const auto s = next_departure(c, scheduler_options(setting, place))) return Departure{*s};
            return Departure{segment()};
    }
}

}  // namespace lastack::support
