// What does a step cost? The machine beside `switch_step`, a hand-written switch over the same rules, for
// the states that the traffic passes; both must give equal answers to all of it, and neither allocates.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"

namespace {
std::uint64_t allocations = 0;
}
void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size)) return p;
    throw std::bad_alloc{};
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace lastack {
namespace {

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "lifecycle_bench: %s\n", why.c_str());
    std::exit(1);
}

// ------------------------------------------------------------------------- the rival

/// The rules that the switch names; it knows them as numbers, like an enumeration.
struct Rules {
    static Rule named(const char* id) {
        const Rule r = rule(id);
        if (!r) die(std::string{"no rule "} + id);
        return r;
    }
    const Rule li_syn = named("3.10.7.2-3-SYN");
    const Rule ss_ack = named("3.10.7.3-1-okACK"), ss_syn_ack = named("3.10.7.3-4-SYNACK");
    const Rule sr_ok = named("3.10.7.4-1-SR-ok"), sr_ack = named("3.10.7.4-5-SR-ok");
    const Rule paws = named("RFC7323-5.3-ES-paws"), missing_ts = named("RFC7323-3.2-ES-drop");
    const Rule ok = named("3.10.7.4-1-ES-ok"), unacc = named("3.10.7.4-1-ES-unacc"),
               unacc_rst = named("3.10.7.4-1-ES-unacc-RST");
    const Rule rst_chal = named("3.10.7.4-2-ES-chal"), rst = named("3.10.7.4-2-ES-reset");
    const Rule syn_chal = named("3.10.7.4-4-ES-chal");
    const Rule no_ack = named("3.10.7.4-5-ES-noACK"), ack_new = named("3.10.7.4-5-ES-new"),
               ack_dup = named("3.10.7.4-5-ES-dup"), ack_future = named("3.10.7.4-5-ES-future");
    const Rule urg = named("3.10.7.4-6-ES-urg"), text = named("3.10.7.4-7-ES-text"),
               text_held = named("3.10.7.4-7-ES-held"), fin = named("3.10.7.4-8-ES-fin");
    const Rule fw1_ok = named("3.10.7.4-1-FW1-ok"), fw1_fin = named("3.10.7.4-5-FW1-fin"),
               fw1_dup = named("3.10.7.4-5-FW1-dup"), fw1_peer_fin = named("3.10.7.4-8-FW1-fin");
    const Rule fw2_ok = named("3.10.7.4-1-FW2-ok"), fw2_ack = named("3.10.7.4-5-FW2-ok"),
               fw2_peer_fin = named("3.10.7.4-8-FW2-fin");
    const Rule la_ok = named("3.10.7.4-1-LA-ok"), la_fin = named("3.10.7.4-5-LA-fin");
};
const Rules* rules_of_the_switch = nullptr;  // filled by main

/// One arrival, worked off. What the traffic does not bring ends the program.
class Arriving {
public:
    Arriving(const Config& config, const Arrival& arrival, const Policy& policy, Outcome& out)
        : before_{config},
          arrival_{arrival},
          policy_{policy},
          r_{*rules_of_the_switch},
          s_{arrival.segment},
          out_{out} {}

    void process() {
        switch (c_.state) {
            case State::Listen:
                listen();
                break;
            case State::SynSent:
                syn_sent();
                break;
            case State::SynReceived:
            case State::Established:
            case State::FinWait1:
            case State::FinWait2:
            case State::LastAck:
                others();
                break;
            default:
                unexpected("state");
        }
        const bool silent = out_.signals == 0 && out_.restarted == 0;
        out_.verdict = c_.state != before_.state ? Verdict::transition
                       : silent && c_ == before_ ? Verdict::ignored
                                                 : Verdict::no_change;
    }

private:
    [[noreturn, gnu::cold, gnu::noinline]] static void unexpected(const char* what) {
        die(std::string{"the traffic needs more of the switch: "} + what);
    }

    void fire(Rule r) {
        rule_ = r;
        out_.fired[out_.fired_count++] = r;  // no path here is longer than the array
    }
    void start(std::uint8_t t) {
        c_.timers |= t;
        out_.restarted |= t;
    }
    void owe_ack(When when, OwedKind kind = OwedKind::ack) {
        for (std::size_t i = 0; i < c_.owed_count; ++i) {
            Owed& o = c_.owed[i];
            if (o.kind > OwedKind::challenge_ack) continue;
            if (when < o.when) {
                o.when = when;
                o.kind = kind;
                o.rule = rule_;
            }
            o.seq = c_.snd_nxt;
            o.ack = max(o.ack, c_.rcv_nxt);
            return;
        }
        if (c_.owed_count == Config::max_owed) unexpected("full obligations");
        c_.owed[c_.owed_count++] = Owed{kind, when, rule_, c_.snd_nxt, c_.rcv_nxt};
    }
    void delete_tcb() {
        if (c_.owed_count > 0) unexpected("an obligation at the end");
        c_ = Config{};
    }
    template <class Gone>
    void discharge(Gone gone) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < c_.owed_count; ++i) {
            if (!gone(c_.owed[i])) c_.owed[kept++] = c_.owed[i];
        }
        for (std::size_t i = kept; i < c_.owed_count; ++i) c_.owed[i] = Owed{};
        c_.owed_count = static_cast<std::uint8_t>(kept);
    }
    void take_window() {
        c_.snd_wnd = s_.syn() || c_.snd_wscale <= 0 ? s_.wnd : std::uint32_t{s_.wnd} << c_.snd_wscale;
        c_.snd_wl1 = s_.seq;
        c_.snd_wl2 = s_.ack;
        c_.max_snd_wnd = std::max(c_.max_snd_wnd, c_.snd_wnd);
    }
    void take_ack() {
        if (s_.ack > c_.snd_una) {
            const bool syn = c_.snd_una == c_.iss;
            const bool fin = c_.fin == Fin::sent && s_.ack > c_.fin_seq;
            out_.acknowledged += s_.ack - c_.snd_una - (syn ? 1 : 0) - (fin ? 1 : 0);
            c_.snd_una = s_.ack;
            if (c_.snd_una == c_.snd_nxt) {
                c_.timers &= static_cast<std::uint8_t>(~(timer::retransmission | timer::user));
            } else {
                start(timer::retransmission);
            }
            discharge([&](const Owed& o) {
                return (o.kind == OwedKind::text && o.seq < c_.snd_una) ||
                       (o.kind == OwedKind::fin && c_.fin_acked()) || o.kind == OwedKind::syn ||
                       o.kind == OwedKind::syn_ack;
            });
        }
        if (s_.ack >= c_.snd_una && (c_.snd_wl1 < s_.seq || (c_.snd_wl1 == s_.seq && c_.snd_wl2 <= s_.ack)))
            take_window();
    }
    void take_text(std::uint32_t n) {
        const std::uint32_t now = std::min(n, c_.wanted);
        c_.rcv_nxt += n;
        c_.wanted -= now;
        c_.unread += n - now;
        c_.rcv_wnd -= std::min(n - now, c_.rcv_wnd);
        out_.delivered += now;
    }
    void take_fin() {
        out_.signals |= signal::connection_closing;
        if (c_.wanted > 0) out_.signals |= signal::calls_closing;
        c_.wanted = 0;
        c_.peer_fin = c_.rcv_nxt;
        c_.peer_fin_seen = true;
        c_.rcv_nxt += 1;
        c_.rcv_wnd -= std::min(1u, c_.rcv_wnd);
        owe_ack(When::delayed);
    }

    void listen() {
        if (s_.rst() || s_.has_ack() || !s_.syn() || s_.text > 0 || s_.fin() || s_.security_mismatch)
            unexpected("LISTEN");
        fire(r_.li_syn);
        c_.irs = s_.seq;
        c_.rcv_nxt = s_.seq + 1;
        c_.rcv_adv = c_.rcv_nxt + c_.rcv_wnd;
        c_.origin = Origin::passive;
        c_.remote_specified = true;
        c_.snd_mss = s_.mss;
        c_.snd_wscale = s_.wscale;
        c_.ts_ok = s_.has_ts;
        if (s_.has_ts) c_.ts_recent = s_.tsval;
        take_window();
        c_.snd_wl2 = Seq{};
        if (arrival_.iss_given) unexpected("ISS");
        start(timer::user);
        c_.owed[c_.owed_count++] = Owed{OwedKind::syn_ack, When::now, rule_, c_.iss, c_.rcv_nxt};
        c_.state = State::SynReceived;
    }

    void syn_sent() {
        if (!s_.has_ack() || !s_.syn() || s_.rst() || s_.security_mismatch || s_.text > 0 || s_.fin() || s_.urg() ||
            !c_.iss_chosen || s_.ack <= c_.snd_una || s_.ack > c_.snd_nxt) {
            unexpected("SYN-SENT");
        }
        fire(r_.ss_ack);
        fire(r_.ss_syn_ack);
        c_.irs = s_.seq;
        c_.rcv_nxt = s_.seq + 1;
        c_.rcv_adv = c_.rcv_nxt + c_.rcv_wnd;
        c_.snd_mss = s_.mss;
        const bool scale = c_.rcv_wscale_offer >= 0 && s_.wscale >= 0;
        c_.snd_wscale = scale ? s_.wscale : std::int8_t{0};
        c_.rcv_wscale = scale ? c_.rcv_wscale_offer : std::int8_t{0};
        c_.ts_ok = c_.ts_offered && s_.has_ts;
        if (s_.has_ts) c_.ts_recent = s_.tsval;
        take_ack();
        take_window();
        owe_ack(When::now);
        out_.signals |= signal::established;
        c_.state = State::Established;
    }

    /// The eight checks.
    void others() {
        const bool in_window_at_all = acceptable();
        if (c_.ts_ok && !s_.rst()) {
            if (s_.has_ts && static_cast<std::int32_t>(s_.tsval - c_.ts_recent) < 0) {
                if (c_.state != State::Established) unexpected("old timestamp");
                fire(r_.paws);
                owe_ack(When::throttleable);
                return;
            }
            if (!s_.has_ts) {
                if (c_.state != State::Established || policy_.value(Choice::missing_timestamp) != 0)
                    unexpected("timestamp");
                ask(Choice::missing_timestamp);
                fire(r_.missing_ts);
                return;
            }
        }
        // First: the sequence number.
        if (!in_window_at_all) {
            if (c_.rcv_wnd == 0 || c_.state != State::Established ||
                (s_.seq < c_.rcv_nxt && s_.end() > c_.rcv_nxt + c_.rcv_wnd)) {
                unexpected("unacceptable");
            }
            if (s_.rst()) {
                fire(r_.unacc_rst);
                return;
            }
            fire(r_.unacc);
            owe_ack(When::throttleable);
            return;
        }
        switch (c_.state) {
            case State::SynReceived:
                fire(r_.sr_ok);
                break;
            case State::Established:
                fire(r_.ok);
                break;
            case State::FinWait1:
                fire(r_.fw1_ok);
                break;
            case State::FinWait2:
                fire(r_.fw2_ok);
                break;
            default:
                fire(r_.la_ok);
                break;
        }
        trim();
        // Second: RST. Third: security. Fourth: SYN.
        if (s_.rst()) return reset();
        if (s_.security_mismatch) unexpected("security");
        if (s_.syn()) {
            if (c_.state != State::Established || policy_.value(Choice::syn_validation) != 0) unexpected("SYN");
            ask(Choice::syn_validation);
            fire(r_.syn_chal);
            owe_ack(When::throttleable, OwedKind::challenge_ack);
            return;
        }
        // Fifth: ACK.
        if (!s_.has_ack()) {
            if (c_.state != State::Established) unexpected("no ACK");
            fire(r_.no_ack);
            return;
        }
        if (!acknowledge()) return;
        // Sixth: URG.
        if (s_.urg()) {
            if (c_.state != State::Established) unexpected("URG");
            fire(r_.urg);
            out_.signals |= signal::urgent;
        }
        // Seventh: the text. Eighth: FIN.
        if (s_.text > 0) take_segment_text();
        if (s_.fin() || (c_.peer_fin_held && c_.peer_fin == c_.rcv_nxt)) process_fin();
        return;
    }

    bool acceptable() const {
        if (s_.len() == 0) return c_.rcv_wnd == 0 ? s_.seq == c_.rcv_nxt : s_.seq - c_.rcv_nxt < c_.rcv_wnd;
        return s_.seq - c_.rcv_nxt < c_.rcv_wnd || s_.end() - 1 - c_.rcv_nxt < c_.rcv_wnd;
    }

    void trim() {
        if (s_.has_ts && c_.ts_ok && static_cast<std::int32_t>(s_.tsval - c_.ts_recent) >= 0 &&
            s_.seq <= c_.last_ack_sent) {
            c_.ts_recent = s_.tsval;
        }
        if (s_.rst()) return;
        if (s_.seq < c_.rcv_nxt && s_.len() > 0) {
            if (s_.syn()) unexpected("straddling SYN");
            const std::uint32_t old = std::min(c_.rcv_nxt - s_.seq, s_.text);
            s_.seq += old;
            s_.text -= old;
        }
        const Seq edge = c_.rcv_nxt + c_.rcv_wnd;
        if (s_.len() > 0 && s_.end() > edge) {
            s_.flags &= static_cast<std::uint8_t>(~flag::fin);
            if (s_.end() > edge) s_.text -= std::min(s_.end() - edge, s_.text);
        }
    }

    void reset() {
        if (c_.state != State::Established) unexpected("RST");
        if (s_.seq != c_.rcv_nxt) {
            if (policy_.value(Choice::rst_validation) != 0) unexpected("RST as in RFC 793");
            ask(Choice::rst_validation);
            fire(r_.rst_chal);
            owe_ack(When::throttleable, OwedKind::challenge_ack);
            return;
        }
        fire(r_.rst);
        out_.signals |= signal::connection_reset;
        if (c_.queued > 0 || c_.wanted > 0 || c_.snd_una != c_.snd_nxt) out_.signals |= signal::calls_reset;
        delete_tcb();
    }

    /// The fifth check. False when it is the last one.
    bool acknowledge() {
        if (c_.state == State::SynReceived) {
            if (!c_.iss_chosen || s_.ack <= c_.snd_una || s_.ack > c_.snd_nxt || c_.close_queued || c_.held_count > 0 ||
                s_.seq > c_.rcv_nxt || c_.unread > 0) {
                unexpected("SYN-RECEIVED");
            }
            fire(r_.sr_ack);
            take_window();
            out_.signals |= signal::established;
            discharge([](const Owed& o) { return o.kind == OwedKind::syn_ack; });
            c_.state = State::Established;
        }
        if (s_.ack < c_.snd_una && c_.snd_una - s_.ack > c_.max_snd_wnd) unexpected("ancient ACK");
        if (s_.seq > c_.rcv_nxt && s_.ack != c_.snd_una) {
            if (policy_.value(Choice::held_segment) != reading::held_segment::at_once) unexpected("held ACK");
            ask(Choice::held_segment);
        }
        const bool future = s_.ack > c_.snd_nxt;
        const bool fresh = s_.ack > c_.snd_una && !future;
        switch (c_.state) {
            case State::Established:
                if (future) {
                    fire(r_.ack_future);
                    owe_ack(When::throttleable);
                    return false;
                }
                fire(fresh ? r_.ack_new : r_.ack_dup);
                take_ack();
                return true;
            case State::FinWait1:
                if (future || (fresh && s_.ack <= c_.fin_seq) || c_.snd_una == c_.iss) unexpected("FIN-WAIT-1");
                if (!fresh) {
                    fire(r_.fw1_dup);
                    take_ack();
                    return true;
                }
                fire(r_.fw1_fin);
                take_ack();
                out_.signals |= signal::close_ok;
                start(timer::fin_wait_2);
                c_.state = State::FinWait2;
                return true;
            case State::FinWait2:
                if (future || fresh) unexpected("FIN-WAIT-2");
                fire(r_.fw2_ack);
                take_ack();
                return true;
            default:  // LAST-ACK
                if (!fresh || c_.fin != Fin::sent || s_.ack <= c_.fin_seq) unexpected("LAST-ACK");
                fire(r_.la_fin);
                take_ack();
                out_.signals |= signal::close_ok;
                delete_tcb();
                return false;
        }
    }

    void take_segment_text() {
        if (c_.state != State::Established) unexpected("text");
        if (s_.seq != c_.rcv_nxt) {
            if (policy_.value(Choice::held_segment) != reading::held_segment::at_once || c_.held_count > 0)
                unexpected("gap");
            ask(Choice::held_segment);
            fire(r_.text_held);
            c_.held[c_.held_count++] = Held{s_.seq, s_.text_end()};
            owe_ack(When::throttleable);
            return;
        }
        fire(r_.text);
        take_text(s_.text);
        if (c_.held_count > 0 || c_.held_ack_valid) unexpected("a gap that closes");
        if (s_.psh()) out_.signals |= signal::push;
        owe_ack(When::delayed);
    }

    void process_fin() {
        if (!s_.fin() || s_.text_end() != c_.rcv_nxt) unexpected("FIN out of order");
        switch (c_.state) {
            case State::Established:
                fire(r_.fin);
                take_fin();
                c_.state = State::CloseWait;
                return;
            case State::FinWait1:
                fire(r_.fw1_peer_fin);
                take_fin();
                c_.state = State::Closing;
                return;
            case State::FinWait2:
                fire(r_.fw2_peer_fin);
                take_fin();
                c_.timers = 0;
                start(timer::time_wait);
                c_.state = State::TimeWait;
                return;
            default:
                unexpected("FIN");
        }
    }

    void ask(Choice choice) {
        if (policy_.decided(choice) || out_.asked) return;
        out_.asked = true;
        out_.first_asked = choice;
    }

    const Config& before_;
    const Arrival& arrival_;
    const Policy& policy_;
    const Rules& r_;
    Segment s_;
    Rule rule_;
    Outcome& out_;
    Config& c_{out_.next};
};

Outcome switch_step(const Config& config, const Arrival& arrival, const Policy& policy) {
    Outcome out{.next = config};
    Arriving{config, arrival, policy, out}.process();
    return out;
}

// ----------------------------------------------------------------------- the traffic

struct Moment {
    Config config;
    Arrival arrival;
};
using Traffic = std::vector<Moment>;

Arrival arrival_of(const Segment& s) {
    Arrival arrival;
    arrival.segment = s;
    return arrival;
}

/// One end that plays, and that notes each arrival with the Config before it.
class End {
public:
    explicit End(Traffic& traffic) : traffic_{traffic} {}

    void call(CallKind kind, std::uint32_t octets = 0) {
        Call call;
        call.kind = kind;
        call.octets = octets;
        go(step(config, call));
    }
    void arrives(std::uint8_t flags, std::uint32_t text = 0) {
        Segment s = header(flags, text);
        s.seq = flags & flag::syn ? peer_isn : config.rcv_nxt;
        if (flags & flag::ack) s.ack = config.snd_nxt;
        s.tsval = ++clock_;
        arrives(s);
    }
    void arrives(const Segment& s) {
        traffic_.push_back({config, arrival_of(s)});
        go(step(config, traffic_.back().arrival));
    }
    void departs(std::uint8_t flags, std::uint32_t text = 0) {
        Segment s = header(flags, text);
        s.seq = flags & flag::syn ? Seq{7000} : config.snd_nxt;
        if (flags & flag::ack) s.ack = config.rcv_nxt;
        s.tsval = ++clock_;
        const Outcome out = step(config, Departure{s});
        if (out.verdict == Verdict::refused) die("the traffic departs from the rules");
        go(out);
    }
    void go(const Outcome& out) { config = out.next; }

    Config config;
    static constexpr Seq peer_isn{5000};

private:
    static Segment header(std::uint8_t flags, std::uint32_t text) {
        Segment s;
        s.flags = flags;
        s.text = text;
        s.wnd = 8192;
        s.has_ts = true;
        if (s.syn()) {
            s.mss = 1460;
            s.wscale = 7;
            s.sack_permitted = true;
        }
        return s;
    }
    Traffic& traffic_;
    std::uint32_t clock_{100};
};

constexpr std::uint8_t S = flag::syn, A = flag::ack, F = flag::fin, P = flag::psh;

End established(Traffic& traffic) {
    End e{traffic};
    e.call(CallKind::open_passive);
    e.arrives(S);
    e.departs(S | A);
    e.arrives(A);
    return e;
}

constexpr int length = 256;  // arrivals: what is passed fits the second cache

Traffic data(bool text, bool acks) {
    Traffic traffic;
    End e = established(traffic);
    traffic.clear();
    for (int i = 0; static_cast<int>(traffic.size()) < length; ++i) {
        if (acks) {
            e.call(CallKind::send, 1448);
            e.departs(A | P, 1448);
            e.arrives(A);
        }
        if (text) {
            e.arrives(i % 4 == 3 ? A | P : A, 1448);
            e.call(CallKind::receive, 1448);
            if (i % 2 == 1) e.departs(A);
        }
    }
    return traffic;
}

/// Whole connections: opened from either side, a request and its answer, closed from either side.
Traffic lives() {
    Traffic traffic;
    for (int i = 0; static_cast<int>(traffic.size()) < length; ++i) {
        End e{traffic};
        if (i % 2 == 0) {
            e.call(CallKind::open_passive);
            e.arrives(S);
            e.departs(S | A);
            e.arrives(A);
        } else {
            e.call(CallKind::open_active);
            e.departs(S);
            e.arrives(S | A);
            e.departs(A);
        }
        e.arrives(A | P, 100);
        e.call(CallKind::receive, 100);
        e.call(CallKind::send, 300);
        e.departs(A | P, 300);
        e.arrives(A);
        if (i % 4 < 2) {
            e.arrives(F | A);
            e.departs(A);
            e.call(CallKind::close);
            e.departs(F | A);
            e.arrives(A);
        } else {
            e.call(CallKind::close);
            e.departs(F | A);
            e.arrives(A);
            e.arrives(F | A);
        }
    }
    return traffic;
}

/// The same arrival over and over: what one check costs shows beside the pure ACK.
Traffic repeat(const Config& config, Segment s) { return Traffic(16, Moment{config, arrival_of(s)}); }

std::vector<std::pair<std::string, Traffic>> all_traffic() {
    std::vector<std::pair<std::string, Traffic>> all{{"data in order", data(true, false)},
                                                     {"pure ACKs", data(false, true)},
                                                     {"data and ACKs", data(true, true)},
                                                     {"whole connections", lives()}};
    Traffic unused;
    End e = established(unused);
    e.call(CallKind::send, 1000);
    e.departs(A, 1000);
    const Config c = e.config;
    Segment ack;
    ack.seq = c.rcv_nxt;
    ack.ack = c.snd_una;
    ack.flags = A;
    ack.wnd = 8192;
    ack.has_ts = true;
    ack.tsval = c.ts_recent + 1;
    const auto add = [&](const char* name, auto change) {
        Segment s = ack;
        change(s);
        all.emplace_back(name, repeat(c, s));
    };
    add("+ nothing", [](Segment&) {});
    add("+ a new ACK", [&](Segment& s) { s.ack = c.snd_nxt; });
    add("+ URG", [](Segment& s) { s.flags |= flag::urg; });
    add("+ text", [](Segment& s) { s.text = 1448; });
    add("+ text behind a gap", [](Segment& s) { s.seq += 10, s.text = 1448; });
    add("+ FIN", [](Segment& s) { s.flags |= F; });
    add("+ text, FIN", [](Segment& s) { s.text = 1448, s.flags |= F; });
    add("only: no ACK", [](Segment& s) { s.flags = P; });
    add("only: future ACK", [&](Segment& s) { s.ack = c.snd_nxt + 1; });
    add("only: SYN", [](Segment& s) { s.seq += 10, s.flags = S; });
    add("only: RST, exact", [](Segment& s) { s.flags = flag::rst; });
    add("only: RST in window", [](Segment& s) { s.seq += 10, s.flags = flag::rst; });
    add("only: RST outside", [](Segment& s) { s.seq = s.seq - 10, s.flags = flag::rst; });
    add("only: old number", [](Segment& s) { s.seq = s.seq - 10; });
    add("only: old timestamp", [&](Segment& s) { s.tsval = c.ts_recent - 1; });
    return all;
}

// -------------------------------------------------------------------- the comparison

bool equal(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.fired_count == b.fired_count && a.asked == b.asked &&
           a.first_asked == b.first_asked && a.delivered == b.delivered && a.acknowledged == b.acknowledged &&
           a.fired == b.fired;
}

const Policy policy;  // every choice open

void verify(const std::string& name, const Traffic& traffic) {
    const std::uint64_t before = allocations;
    for (std::size_t i = 0; i < traffic.size(); ++i) {
        const Outcome a = step(traffic[i].config, traffic[i].arrival, policy);
        const Outcome b = switch_step(traffic[i].config, traffic[i].arrival, policy);
        if (equal(a, b)) continue;
        std::string fired;
        for (const Outcome* out : {&a, &b}) {
            for (std::size_t k = 0; k < out->fired_count; ++k) fired.append(" ").append(id(out->fired[k]));
            fired.append("; ").append(to_string(out->next)).append("\n");
        }
        die(name + ": step and switch disagree on arrival " + std::to_string(i) + "\n" + fired);
    }
    if (allocations != before) die(name + ": a step took memory from the heap");
}

std::map<std::string, double> nanoseconds;  // of the processor, an arrival: the least of all long enough runs

template <auto f>
void measure(benchmark::State& state, const std::string& name, const Traffic& traffic) {
    std::size_t i = 0;
    const std::clock_t begin = std::clock();
    for (auto _ : state) {
        benchmark::DoNotOptimize(f(traffic[i].config, traffic[i].arrival, policy));
        if (++i == traffic.size()) i = 0;
    }
    if (state.iterations() < 100'000) return;  // Google Benchmark finds out how many it takes
    const double taken =
        1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / static_cast<double>(state.iterations());
    const auto [at, fresh] = nanoseconds.try_emplace(name, taken);
    if (!fresh) at->second = std::min(at->second, taken);
}

int bench(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    const Rules rules;
    rules_of_the_switch = &rules;
    const auto all = all_traffic();
    constexpr Outcome (*machine)(const Config&, const Arrival&, const Policy&) = step;
    for (const auto& [name, traffic] : all) {
        verify(name, traffic);
        const auto add = [&traffic = traffic](const std::string& full, auto run) {
            benchmark::RegisterBenchmark(full.c_str(),
                                         [&traffic, full, run](benchmark::State& state) { run(state, full, traffic); });
        };
        add(name + "/switch", measure<switch_step>);
        add(name + "/step", measure<machine>);
    }
    benchmark::RunSpecifiedBenchmarks();

    std::printf("\n%-22s %10s %10s %8s %14s\n", "one arrival", "switch ns", "step ns", "ratio", "step - nothing");
    for (const auto& [name, traffic] : all) {
        const auto by_switch = nanoseconds.find(name + "/switch");
        const auto by_step = nanoseconds.find(name + "/step");
        if (by_switch == nanoseconds.end() || by_step == nanoseconds.end()) continue;
        std::printf("%-22s %10.1f %10.1f %8.2f", name.c_str(), by_switch->second, by_step->second,
                    by_step->second / by_switch->second);
        const auto base = nanoseconds.find("+ nothing/step");
        if (traffic.size() == 16 && base != nanoseconds.end()) std::printf(" %+14.1f", by_step->second - base->second);
        std::puts("");
    }
    return 0;
}

}  // namespace
}  // namespace lastack

int main(int argc, char** argv) { return lastack::bench(argc, argv); }
