#include "lastack/support/network.hpp"

#include <algorithm>
#include <utility>

#include "lastack/lifecycle/scheduler.hpp"

namespace lastack::support {
namespace {

/// `list[value % size]`, so that zero is the first.
template <class T, std::size_t N>
constexpr T pick(std::uint8_t value, const std::array<T, N>& list) {
    return list[value % N];
}

constexpr std::array<Peer, 2> both{Peer::a, Peer::b};

bool may_close(const Config& c) {
    const bool unclosed = c.fin == Fin::none && !c.close_queued;
    return c.state == State::Listen || c.state == State::SynSent ||
           (unclosed &&
            (c.state == State::SynReceived || c.state == State::Established || c.state == State::CloseWait));
}

/// C9: RECEIVE delivers in CLOSING, LAST-ACK and TIME-WAIT.
bool delivers_when_closing(const Policy& p) {
    return p.value(Choice::receive_when_closing) == reading::receive_when_closing::deliver;
}

/// Cheaper than asking the scheduler, and never false when that has an answer.
bool may_have_something(const Config& c) {
    constexpr std::uint32_t segment = 536;
    const bool window_may_reopen =
        c.state >= State::Established && c.state <= State::FinWait2 && c.rcv_adv - c.rcv_nxt < segment;
    return c.owed_count > 0 || c.queued > 0 || c.fin == Fin::queued || c.close_queued || window_may_reopen;
}

/// Two ends of the same kind, each with its own first number.
std::array<Setting, 2> alike(const Setting& setting) {
    std::array<Setting, 2> all{setting, setting};
    std::swap(all[1].iss, all[1].peer_isn);
    return all;
}

bool bare(const Segment& s) { return s.len() == 0 && !s.rst(); }

Call make_call(CallKind kind, std::uint32_t octets = 0) {
    Call call;
    call.kind = kind;
    call.octets = octets;
    return call;
}

}  // namespace

// ---------------------------------------------------------------------------------------------- script

Script decode_script(Word header, Word word) {
    using Opening = Script::Opening;
    using Closing = Script::Closing;
    const Setting setting = decode_setting(header);
    Script s;
    s.b_is_client = setting.passive;
    s.opening =
        pick(field(word, Field::move),
             std::array{Opening::client_server, Opening::simultaneous, Opening::client_server, Opening::abandoned,
                        Opening::simultaneous, Opening::late_server, Opening::both_listen, Opening::no_server});
    if (setting.crossing) s.opening = Opening::simultaneous;
    s.closing = pick(field(word, Field::variant),
                     std::array{Closing::client_first, Closing::server_first, Closing::together, Closing::half,
                                Closing::together, Closing::nobody, Closing::early, Closing::client_first,
                                Closing::server_crashes, Closing::client_crashes, Closing::client_aborts});
    s.octets[0] = pick(field(word, Field::seq), std::array{600u, 0u, 1u, 536u, 1072u, 3000u, 100u});
    s.octets[1] = pick(field(word, Field::ack), std::array{400u, 0u, 1u, 536u, 1072u, 3000u, 100u});
    // A window that its scale rounds to nothing would stay shut.
    const std::uint32_t least = setting.options.wscale > 0 ? 4 : 1;
    s.window[0] = std::max<std::uint32_t>(setting.window, least);
    s.window[1] = std::max(pick(field(word, Field::window), std::array{65535u, 1000u, 100u, 10u, 536u, 2u, 1u}), least);
    for (const Peer p : both) {  // small windows make long runs
        std::uint32_t& octets = s.octets[index(p)];
        octets = std::min(octets, 12 * s.window[index(other(p))]);
    }
    const std::uint8_t option = field(word, Field::option);
    s.reads_late[0] = s.reads_late[1] = (option & 1) != 0;
    s.asks_ahead = (option & 2) != 0;
    s.sends_ahead = (option & 4) != 0;
    s.incarnations = (option & 8) != 0 ? 2 : 1;
    s.opens_again = (option & 16) != 0;
    s.latency_ns = pick(field(word, Field::length), std::array{10, 1, 100, 200, 50}) * ms_in_ns;
    s.orderly = (field(word, Field::fate) & 1) == 0;
    return s;
}

Fate decode_fate(std::uint8_t octet, std::int64_t latency_ns) {
    constexpr std::array<std::int64_t, 6> late_ms{30, 300, 900, 1'500, 4'000, 40'000};
    constexpr std::array<std::int64_t, 6> old_ms{1'000, 5'000, 20'000, 60'000, 100'000, 119'000};  // within an MSL
    constexpr std::array<std::int64_t, 4> cut_ms{3'000, 15'000, 90'000, 250'000};
    Fate fate;
    if (octet == 0) return fate;
    if (octet <= 9) {
        fate.lost = true;
    } else if (octet <= 14) {
        fate.copy_late_ns = (late_ms[octet - 10u] - 25) * ms_in_ns;  // soon after, or much later
    } else if (octet <= 20) {
        fate.late_ns = late_ms[octet - 15u] * ms_in_ns;
    } else if (octet <= 27) {
        fate.copy_late_ns = pick<std::int64_t>(static_cast<std::uint8_t>(octet - 21), old_ms) * ms_in_ns - latency_ns;
    } else {
        fate.cut_ns = pick<std::int64_t>(static_cast<std::uint8_t>(octet - 28), cut_ms) * ms_in_ns;
    }
    return fate;
}

// ---------------------------------------------------------------------------------------------- network

std::string to_string(const Stuck& s) {
    std::string text = s.bound == Bound::steps  ? "too many steps"
                       : s.bound == Bound::time ? "too much time"
                                                : "nothing will ever happen";
    text += " after " + std::to_string(s.steps) + " steps and " + std::to_string((s.now_ns - s.from_ns) / ms_in_ns) +
            " ms: A " + std::string{name(s.states[0])} + ", B " + std::string{name(s.states[1])} + ", " +
            std::to_string(s.under_way) + " segments under way";
    return text;
}

Network::Network(const Setting& setting, const Script& script, const std::array<Subject, 2>& subjects, bool attacked,
                 Watcher* watcher)
    : Network{alike(setting), script, subjects, attacked, watcher} {}

Network::Network(const std::array<Setting, 2>& settings, const Script& script, const std::array<Subject, 2>& subjects,
                 bool attacked, Watcher* watcher, NetworkOptions options)
    : script_{script}, options_{std::move(options)}, watcher_{watcher}, attacked_{attacked} {
    for (const Peer p : both) {
        End& e = at(p);
        e.setting = settings[index(p)];
        e.subject = subjects[index(p)];
        e.clocks = EndClocks{options_.durations};
    }
    way_.reserve(NetworkOptions{}.most_under_way);
}

Place Network::place(Peer p) const { return Place{end(p).opened, static_cast<std::uint32_t>(now_ns_ / ms_in_ns)}; }
Seq Network::iss_to_come(Peer p) const { return scheduler_options(end(p).setting, place(p)).iss; }

SchedulerOptions Network::options(Peer p) const {
    const End& e = end(p);
    Place here = place(p);
    if (here.incarnation > 0) --here.incarnation;  // the present one
    return scheduler_options(e.setting, here);
}

// ---- what the word asks for

void Network::play(Word w) {
    if (stopped_) return;
    const Peer p = (field(w, Field::fate) & 1) == 0 ? Peer::a : Peer::b;
    const std::uint8_t move = field(w, Field::move) % 32;
    if (move == 0 || faults_stopped_) {
        right_thing(w);
    } else if (move <= 8) {
        called_by_word(p, w);
    } else if (move <= 14) {
        another_departure(p, w);
    } else if (move <= 20) {
        if (way_.size() == 0) {
            right_thing(w);
        } else {
            deliver(field(w, Field::variant) % way_.size());
        }
    } else if (move <= 27) {
        if (attacked_) {
            injected_by_word(p, w);
        } else {
            right_thing(w);
        }
    } else if (move <= 29) {
        cut(Peer::a, 30 * second_in_ns);
        cut(Peer::b, 30 * second_in_ns);
    } else if (!script_.orderly) {
        crash(p);
    } else {
        right_thing(w);
    }
}

void Network::called_by_word(Peer p, Word w) {
    Call c = decode_call(w, end(p).setting, place(p));
    if (script_.orderly && c.kind == CallKind::abort) c.kind = CallKind::status;
    // What the users may ask for is bounded, or the run would be: no more than a thousand octets at once.
    c.octets = std::min({c.octets, 1000u, 12 * script_.window[index(other(p))]});
    c.rcv_wnd = script_.window[index(p)];
    if (c.iss_given) c.iss = iss_to_come(p);
    call(p, c);
}

void Network::another_departure(Peer p, Word w) {
    const std::vector<Segment> all = departures(config(p), options(p));
    if (all.empty()) {
        right_thing(w);
    } else {
        depart(p, all[field(w, Field::variant) % all.size()]);
    }
}

void Network::injected_by_word(Peer p, Word w) {
    const UnderWay* model = oldest(other(p));
    Setting setting = end(p).setting;
    Place here = place(p);
    here.incarnation = end(other(p)).opened - (end(other(p)).opened > 0 ? 1 : 0);
    const Segment base = model != nullptr && (field(w, Field::variant) & 16) != 0
                             ? model->segment
                             : right_segment(config(p), setting, here);
    Arrival a = decode_arrival(w, config(p), base, setting, here);
    a.iss = a.iss_given ? iss_to_come(p) : Seq{};
    inject(p, a);
}

// ---- the right next thing

bool Network::step() { return !stopped_ && right_thing(0); }

bool Network::right_thing(Word w) {
    const std::uint8_t fate = field(w, Field::fate);
    const Peer first = (field(w, Field::variant) & 1) == 0 ? Peer::a : Peer::b;
    if (depart_if_due(first, fate) || depart_if_due(other(first), fate)) return true;
    if (call_if_due(first) || call_if_due(other(first))) return true;
    return wake(fate);
}

bool Network::depart_if_due(Peer p, std::uint8_t fate) {
    const auto segment = departure_due(p);
    if (segment) depart(p, *segment, fate);
    return segment.has_value();
}

std::optional<Segment> Network::departure_due(Peer p) {
    End& e = at(p);
    if (e.idle) return std::nullopt;
    if (may_have_something(e.config)) {
        SchedulerOptions o = options(p);
        const Owed* ack = owed_ack(e.config);
        const bool waits =
            ack != nullptr && (ack->when == When::throttleable ? e.ack_withheld : e.clocks.ack_may_wait(e.config));
        o.schedule = waits ? Schedule::delayed_ack : Schedule::eager;
        if (auto segment = next_departure(e.config, o)) return segment;
    }
    e.idle = true;
    return std::nullopt;
}

bool Network::call_if_due(Peer p) {
    if (users_ == Users::wait) return false;
    if (users_ == Users::script && crash_due(p)) {
        crash(p);
        return true;
    }
    const auto due = call_due(p);
    if (due) call(p, *due);
    return due.has_value();
}

bool Network::wake(std::uint8_t fate) {
    EndClocks::Wake clock;
    Peer whose = Peer::a;
    for (const Peer p : both) {
        const EndClocks::Wake wake = end(p).clocks.next(config(p), alive_);
        if (wake.due_ns < clock.due_ns) {
            clock = wake;
            whose = p;
        }
    }
    std::size_t first = way_.size();
    std::int64_t due_ns = clock.due_ns;
    for (std::size_t i = 0; i < way_.size(); ++i) {
        if (way_[i].due_ns < due_ns || (way_[i].due_ns == due_ns && first == way_.size())) {
            first = i;
            due_ns = way_[i].due_ns;
        }
    }
    if (due_ns == never_ns) return false;
    now_ns_ = std::max(now_ns_, due_ns);
    if (first < way_.size()) {
        deliver(first);
        return true;
    }
    fire(whose, clock.kind, fate);
    return true;
}

void Network::fire(Peer p, EndClocks::Kind kind, std::uint8_t fate) {
    using Act = EndClocks::Duty::Act;
    const EndClocks::Duty duty = at(p).clocks.fired(kind, config(p), now_ns_);
    switch (duty.act) {
        case Act::time_out:
            happen(p, Timeout{duty.timeout}, std::nullopt, 0);
            break;
        case Act::send_ack:
            at(p).idle = false;
            depart_if_due(p, fate);
            break;
        case Act::probe_window: {
            SchedulerOptions o = options(p);
            o.probe = true;
            if (const auto segment = next_departure(config(p), o)) depart(p, *segment, fate);
            break;
        }
        case Act::probe_peer:
            bare_in_a_row_ = 0;
            depart(p, EndClocks::peer_probe(config(p), options(p).tsval));
            break;
        case Act::nothing:
            break;
    }
}

// ---- the users

std::optional<Call> Network::call_due(Peer p) const {
    if (users_ == Users::close) return closing_call(p);
    return state(p) == State::Closed ? opening_call(p) : call_of_open_user(p);
}

std::optional<Call> Network::opening_call(Peer p) const {
    using Opening = Script::Opening;
    const bool client = p == script_.client();
    const End& e = end(p);
    const End& peer = end(other(p));
    std::uint32_t most = script_.incarnations;
    if (script_.opening == Opening::abandoned && client) ++most;
    if (e.asked >= most) return std::nullopt;

    Call call = make_call(CallKind::open_passive);
    call.rcv_wnd = script_.window[index(p)];
    switch (script_.opening) {
        case Opening::simultaneous:
            call.kind = CallKind::open_active;
            return call;
        case Opening::both_listen:
            return call;
        case Opening::late_server:
            if (!client) return peer.asked > e.asked && peer.config.iss_chosen ? std::optional{call} : std::nullopt;
            call.kind = CallKind::open_active;
            return call;
        case Opening::no_server:
            if (!client) return std::nullopt;
            call.kind = CallKind::open_active;
            return call;
        case Opening::client_server:
        case Opening::abandoned:
            break;
    }
    if (!client) {
        call.remote_specified = false;
        return call;
    }
    // The client waits for its server, but not for one that has lost the connection, or was never asked.
    if (peer.asked <= e.asked && facts_.clean() && !facts_.withdrawn) return std::nullopt;
    call.kind = CallKind::open_active;
    return call;
}

std::optional<Call> Network::call_of_open_user(Peer p) const {
    using Opening = Script::Opening;
    using Closing = Script::Closing;
    const End& e = end(p);
    const Config& c = e.config;
    const bool client = p == script_.client();
    const std::uint32_t to_send = script_.octets[index(p)];
    const std::uint32_t to_come = script_.octets[index(other(p))];
    const auto rest = static_cast<std::uint32_t>(e.accepted < to_send ? to_send - e.accepted : 0);
    const std::uint64_t taken = e.past.delivered + c.unread;
    const auto receive = [&] { return make_call(CallKind::receive, c.unread); };
    const auto send_rest = [&] { return make_call(CallKind::send, rest); };
    const Call close = make_call(CallKind::close);

    switch (c.state) {
        case State::Listen:
            if (script_.opening == Opening::both_listen && client)
                return make_call(CallKind::send, std::max(1u, to_send));
            return std::nullopt;
        case State::SynSent:
            if (script_.opening == Opening::abandoned && client && e.asked == 1 && c.iss_chosen) return close;
            if (script_.sends_ahead && rest > 0) return send_rest();
            return std::nullopt;
        case State::SynReceived:
            if (script_.sends_ahead && rest > 0 && !c.close_queued) return send_rest();
            if (script_.closing == Closing::early && !client && !c.close_queued) return close;
            return std::nullopt;
        case State::Established: {
            const bool sends_now = script_.closing != Closing::half || client;
            if (rest > 0 && sends_now) return send_rest();
            if (c.unread > 0 && (!script_.reads_late[index(p)] || c.rcv_wnd == 0)) return receive();
            if (script_.asks_ahead && c.wanted == 0 && c.unread == 0 && taken < to_come)
                return make_call(CallKind::receive, static_cast<std::uint32_t>(to_come - taken));
            const bool done = rest == 0 && taken >= to_come;
            const auto peer_done = [&] {
                const End& peer = end(other(p));
                return peer.accepted >= to_come && peer.past.delivered + peer.config.unread >= to_send;
            };
            switch (script_.closing) {
                case Closing::client_first:
                    return client && done ? std::optional{close} : std::nullopt;
                case Closing::server_first:
                    return !client && done ? std::optional{close} : std::nullopt;
                case Closing::together:
                    return done ? std::optional{close} : std::nullopt;
                case Closing::simultaneous:
                    return done && peer_done() ? std::optional{close} : std::nullopt;
                case Closing::half:
                    return client ? std::optional{close} : std::nullopt;
                case Closing::client_aborts:
                    return client && done ? std::optional{make_call(CallKind::abort)} : std::nullopt;
                default:
                    return std::nullopt;
            }
        }
        case State::FinWait1:
        case State::FinWait2:
            return c.unread > 0 ? std::optional{receive()} : std::nullopt;
        case State::CloseWait:
            if (c.unread > 0) return receive();
            if (c.close_queued || c.fin != Fin::none) return std::nullopt;
            if (rest > 0) return send_rest();
            return script_.closing == Closing::nobody ? std::nullopt : std::optional{close};
        default:
            return script_.reads_to_the_end && c.unread > 0 && delivers_when_closing(policy(p))
                       ? std::optional{receive()}
                       : std::nullopt;
    }
}

std::optional<Call> Network::closing_call(Peer p) const {
    const Config& c = config(p);
    const bool readable = c.state == State::CloseWait ||
                          (c.state >= State::Established && c.state <= State::FinWait2) ||
                          (c.state > State::CloseWait && delivers_when_closing(policy(p)));
    if (readable && c.unread > 0) return make_call(CallKind::receive, c.unread);
    if (may_close(c)) return make_call(CallKind::close);
    return std::nullopt;
}

bool Network::crash_due(Peer p) const {
    const bool client = p == script_.client();
    const End& e = end(p);
    const bool mine = script_.closing == (client ? Script::Closing::client_crashes : Script::Closing::server_crashes);
    return mine && e.config.state == State::Established && e.asked == 1 && e.accepted >= script_.octets[index(p)];
}

void Network::call(Peer p, Call c) {
    if (stopped_) return;
    if ((c.kind == CallKind::open_active || c.kind == CallKind::send) && c.iss_given) c.iss = iss_to_come(p);
    happen(p, c, std::nullopt, 0);
}

// ---- what happens

void Network::depart(Peer p, const Segment& segment, std::uint8_t fate) {
    if (stopped_) return;
    const Owed* ack = owed_ack(config(p));
    const bool throttled = ack != nullptr && ack->when == When::throttleable && bare(segment);
    const Outcome outcome = happen(p, Departure{segment}, std::nullopt, fate);
    if (outcome.verdict == Verdict::refused) at(p).idle = true;  // it would be proposed for ever
    if (throttled) at(p).throttled_until_ns = now_ns_ + lasts::between_throttled_acks_ns;
}

void Network::inject(Peer victim, const Arrival& arrival) {
    if (!stopped_) happen(victim, arrival, std::nullopt, 0);
}

void Network::cut(Peer sender, std::int64_t span_ns) {
    std::int64_t& until = cut_until_ns_[index(sender)];
    if (!faults_stopped_) until = std::max(until, now_ns_ + span_ns);
}

void Network::stop_faults() {
    faults_stopped_ = true;
    cut_until_ns_ = {};
}

void Network::look_for_dead_peers() {
    alive_ = true;
    for (End& e : ends_) e.clocks.heard_ns = now_ns_;
}

void Network::crash(Peer p) {
    if (stopped_) return;
    begin_anew_if_all_is_over();
    End& e = at(p);
    const Config before = e.config;
    e.config = Config{};
    e.clocks = EndClocks{e.clocks.durations};
    e.idle = true;
    e.ack_withheld = false;
    e.since_ns = now_ns_;
    note_crash(facts_, p, before, config(other(p)));
    ++events_;
    tell(p, before, nullptr, std::nullopt);
}

void Network::tell(Peer p, const Config& before, const Observation* o, std::optional<std::size_t> from) {
    if (watcher_ == nullptr) return;
    std::array<const Config*, 2> befores{&before, &before};
    befores[index(other(p))] = &config(other(p));
    if (!watcher_->saw(*this, Happening{p, o, from, befores})) stopped_ = true;
}

Outcome Network::happen(Peer p, const Event& event, std::optional<std::size_t> from, std::uint8_t fate) {
    if (!from) begin_anew_if_all_is_over();  // what arrives was under way
    End& e = at(p);
    const Config before = e.config;
    const Past past = e.past;
    const Outcome outcome = e.subject.step(before, event, policy(p));
    const Observation o{before, event, outcome, policy(p), past, {}, outcome.next, false};
    const Config& c = outcome.next;

    const std::uint32_t number = events_++;
    const Noted noted = note(facts_, e, p, o, config(other(p)), came(p, from));
    if (noted.asked) ++e.asked;
    if (noted.opened) ++e.opened;
    if (noted.repeated) ++e.repeated;
    const bool answer_to_answer = o.departure() != nullptr && o.departure()->segment.len() == 0;
    if (answer_to_answer) ++bare_in_a_row_;
    if (!answer_to_answer && !from) bare_in_a_row_ = 0;  // what the line delivers leaves it as it is
    e.config = c;
    e.clocks.follow(before, event, outcome, now_ns_);
    e.idle = false;
    if (c.state != before.state) e.since_ns = now_ns_;
    if (o.arrival() != nullptr) {
        const Owed* ack = owed_ack(c);
        e.ack_withheld = ack != nullptr && ack->when == When::throttleable && now_ns_ < e.throttled_until_ns;
    }
    if (o.departure() != nullptr && outcome.verdict != Verdict::refused) send(p, o.departure()->segment, number, fate);
    tell(p, before, &o, from);
    return outcome;
}

void Network::begin_anew_if_all_is_over() {
    support::begin_anew_if_all_is_over(facts_, config(Peer::a), config(Peer::b), under_way());
}

/// Of what arrives, and is not under way any more.
Came Network::came(Peer receiver, std::optional<std::size_t> from) const {
    if (!from) return Came::forged;
    const UnderWay* older = oldest(other(receiver));
    return older != nullptr && older->departure < *from ? Came::overtaking : Came::in_turn;
}

// ---- the line

void Network::send(Peer p, const Segment& segment, std::uint32_t departure, std::uint8_t octet) {
    Fate fate;
    if (!faults_stopped_) fate = options_.fate ? options_.fate(p, now_ns_) : decode_fate(octet, script_.latency_ns);
    if (fate.cut_ns > 0) cut(p, fate.cut_ns);
    if (fate.lost || now_ns_ < cut_until_ns_[index(p)]) {
        facts_.lost = true;
        return;
    }
    const std::int64_t on_time_ns = now_ns_ + script_.latency_ns;
    put({segment, p, on_time_ns + fate.late_ns, departure});
    if (!fate.copy_late_ns) return;
    facts_.doubled = true;
    put({segment, p, on_time_ns + *fate.copy_late_ns, departure});
}

void Network::put(const UnderWay& u) {
    if (way_.size() < options_.most_under_way) {
        way_.push_back(u);
    } else {
        facts_.lost = true;
    }
}

void Network::deliver(std::size_t i) {
    const UnderWay u = way_[i];
    way_.erase(way_.begin() + static_cast<std::ptrdiff_t>(i));
    const Peer receiver = other(u.sender);
    Arrival a;
    a.segment = u.segment;
    a.listener = users_ == Users::script && receiver != script_.client() && end(receiver).asked < script_.incarnations;
    happen(receiver, a, u.departure, 0);
}

Stuck Network::stuck(Bound bound, std::uint64_t steps, std::int64_t from_ns) const {
    return Stuck{bound, steps, from_ns, now_ns_, {state(Peer::a), state(Peer::b)}, way_.size()};
}

}  // namespace lastack::support
