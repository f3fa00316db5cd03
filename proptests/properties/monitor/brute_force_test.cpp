// The monitor against the definition of what it decides.
//
// A trace conforms if some history explains it (spec/decisions/D42): a policy, hidden calls put anywhere, and
// for each arrival whether it had been processed when the next segment left. Explanations below are all the
// histories there are, found by trying everything; the monitor must say the same of every short trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/monitor.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack {
namespace {

/// Every history that explains what was seen so far.
class Explanations {
public:
    struct Rules {
        bool calls_hidden{true};
        bool lags{true};
        bool timers{false};        ///< hidden timeouts may have happened
        std::uint32_t sends{1};    ///< octets that hidden SENDs may have queued at a time
        bool told{false};          ///< keep, for people, what each history assumes
    };

    explicit Explanations(const Rules& rules) : rules_{rules} {}

    void begin(const std::vector<Config>& configs) {
        nodes_.clear();
        Search search{*this};
        for (const Config& c : configs) search.add(Node{c, Policy{}, 0, c.state > State::Listen, false, {}});
        search.close(0);
    }
    void arrival(const Segment& s) {
        arrivals_.push_back([&] { Arrival a; a.segment = s; return a; }());
        advance([](Search&) {}, true);
    }
    /// False when nothing explains it.
    bool departure(const Segment& s) {
        replace(Departure{s}, "> " + (rules_.told ? to_string(s) : std::string{}), [](const Outcome& out) { return out.verdict != Verdict::refused; });
        return !nodes_.empty();
    }
    void call(const Call& call) { replace(call, "call", [](const Outcome&) { return true; }); }
    void timeout(const Timeout& timeout) { replace(timeout, "timeout", [](const Outcome&) { return true; }); }
    /// So much time goes by that whatever has arrived is processed.
    void settle() {
        std::erase_if(nodes_, [&](const Node& n) { return n.done < arrivals_.size(); });
    }
    std::size_t size() const { return nodes_.size(); }
    bool plain() const {
        return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& n) { return !n.strange; });
    }
    bool strange(std::size_t i) const { return nodes_[i].strange; }
    std::string story(std::size_t i = 0) const { return nodes_[i].told; }
    std::string config(std::size_t i = 0) const { return to_string(nodes_[i].c) + "  {" + to_string(nodes_[i].cube) + "} done " + std::to_string(nodes_[i].done); }

private:
    struct Node {
        Config c;
        Policy cube;
        std::size_t done;  ///< arrivals processed
        bool lived;        ///< there was a connection
        bool strange;      ///< needs what one connection seldom does (see plain())
        std::string told;
    };

    /// A second connection: the segments of another incarnation belong to another monitor.
    static bool strange(const Node& n, const Call& call, const Config&) {
        return (call.kind == CallKind::open_active || call.kind == CallKind::open_passive) && n.c.state == State::Closed && n.lived;
    }
    static bool strange(const Node& n, const Arrival& a, const Config& next) {
        static const bool tw = std::getenv("NOTWABORT") != nullptr;
        (void)a; (void)next;
        return tw && n.c.state == State::TimeWait && n.c.timers == timer::time_wait && !n.c.fin_acked();
    }
    /// The reset of an ABORT is due now, and something else leaves first.
    static bool strange(const Node& n, const Departure& d, const Config& next) {
        if (!d.segment.rst() && !d.segment.syn() && !n.c.iss_chosen) return true;
        if (d.segment.text > 0 && d.segment.seq <= n.c.iss && !d.segment.syn()) return true;
        return std::any_of(next.owed.begin(), next.owed.begin() + next.owed_count,
                           [](const Owed& o) { return id(o.rule).starts_with("3.10.5-") || id(o.rule).starts_with("3.10.4-ES-unread"); });
    }
    template <class E>
    static bool strange(const Node&, const E&, const Config&) { return false; }
    static std::size_t hash(const Node& n) {
        std::size_t h = n.done;
        const auto mix = [&](std::size_t v) { h = (h ^ v) * 0x9e3779b97f4a7c15u; h ^= h >> 29; };
        mix(static_cast<std::size_t>(n.c.state) | std::size_t{n.c.owed_count} << 8 | static_cast<std::size_t>(n.c.fin) << 16 |
            std::size_t{n.c.timers} << 24 | std::size_t{n.c.close_queued} << 32 | std::size_t{n.c.held_count} << 40);
        mix(n.c.queued | std::size_t{n.c.unread} << 20 | std::size_t{n.c.wanted} << 40);
        mix(std::size_t{n.c.snd_nxt.value} << 32 | n.c.snd_una.value);
        mix(std::size_t{n.c.rcv_nxt.value} << 32 | n.c.rcv_wnd);
        for (std::size_t i = 0; i < n.c.owed_count; ++i) mix(std::size_t{n.c.owed[i].seq.value} << 32 | n.c.owed[i].rule.index);
        return h;
    }

    struct Search {
        explicit Search(Explanations& all) : e{all} {
            for (std::size_t i = 0; i < e.nodes_.size(); ++i) known.emplace(hash(e.nodes_[i]), i);
        }
        void add(Node n) {
            const auto [from, to] = known.equal_range(hash(n));
            for (auto i = from; i != to; ++i) {
                const Node& other = e.nodes_[i->second];
                // A history under fewer decisions can go on in every way that this one can.
                if (other.done == n.done && other.lived == n.lived && other.strange <= n.strange && other.c == n.c && n.cube.refines(other.cube)) return;
            }
            known.emplace(hash(n), e.nodes_.size());
            e.nodes_.push_back(std::move(n));
        }
        template <class E, class Accept>
        void step_to(const Node& from, const E& event, std::size_t done, const std::string& what, Accept accept) {
            for (const Allowed& a : allowed(from.c, event, from.cube)) {
                if (!accept(a.outcome)) continue;
                for (const Policy& cube : a.policies) {
                    Node n{a.outcome.next, cube, done, from.lived || a.outcome.next.state > State::Listen, from.strange || strange(from, event, a.outcome.next), {}};
                    if (e.rules_.told) n.told = from.told + "; " + what;
                    add(std::move(n));
                }
            }
        }
        void process(const Node& from) {
            step_to(from, e.arrivals_[from.done], from.done + 1, "< " + (e.rules_.told ? to_string(e.arrivals_[from.done].segment) : std::string{}),
                    [](const Outcome&) { return true; });
        }
        void call(const Node& from, CallKind kind, std::uint32_t octets) {
            Call call;
            call.kind = kind;
            call.octets = octets;
            call.remote_specified = kind != CallKind::open_passive;
            step_to(from, call, from.done, std::string{name(kind)}, [](const Outcome& out) { return out.reply <= Reply::ok; });
        }
        void timeout(const Node& from, TimeoutKind kind) {
            step_to(from, Timeout{kind}, from.done, std::string{name(kind)}, [](const Outcome&) { return true; });
        }
        /// Whatever may happen unseen, any number of times, from the nodes at `first` on.
        void close(std::size_t first) {
            for (std::size_t i = first; i < e.nodes_.size(); ++i) {
                const Node from = e.nodes_[i];
                if (from.done < e.arrivals_.size()) process(from);
                if (e.rules_.calls_hidden) {
                    call(from, CallKind::open_passive, 0);
                    call(from, CallKind::open_active, 0);
                    if (from.c.queued < e.rules_.sends) call(from, CallKind::send, 1);
                    if (from.c.wanted == 0) call(from, CallKind::receive, 1);
                    call(from, CallKind::close, 0);
                    call(from, CallKind::abort, 0);
                }
                if (e.rules_.timers) {
                    for (const TimeoutKind kind : {TimeoutKind::user, TimeoutKind::retransmission, TimeoutKind::time_wait, TimeoutKind::fin_wait_2}) {
                        timeout(from, kind);
                    }
                }
                if (e.nodes_.size() > 200000) { std::cerr << "explosion\n"; std::abort(); }
            }
        }
        Explanations& e;
        std::unordered_multimap<std::size_t, std::size_t> known;
    };

    template <class Do>
    void advance(Do, bool) {
        // Beside a tap an arrival may wait; otherwise it is processed at once.
        if (!rules_.lags) {
            std::vector<Node> before;
            before.swap(nodes_);
            Search search{*this};
            for (const Node& n : before) search.process(n);
            search.close(0);
            return;
        }
        Search search{*this};
        const std::size_t old = nodes_.size();
        for (std::size_t i = 0; i < old; ++i) {
            const Node from = nodes_[i];
            if (from.done + 1 == arrivals_.size()) search.process(from);
        }
        search.close(old);
    }
    template <class E, class Accept>
    void replace(const E& event, const std::string& what, Accept accept) {
        std::vector<Node> before;
        before.swap(nodes_);
        Search search{*this};
        for (const Node& n : before) search.step_to(n, event, n.done, what, accept);
        search.close(0);
    }

    Rules rules_;
    std::vector<Arrival> arrivals_;
    std::vector<Node> nodes_;
};

// ------------------------------------------------------------------------ traces

enum class Way : std::uint8_t { in, out };

/// A segment relative to where both directions are: 0 is the right next number, -1 and +1 its neighbours.
struct Letter {
    Way way;
    std::uint8_t flags;
    int seq{0};
    int ack{0};
    std::uint32_t text{0};
    bool seq_zero{false};  ///< SEQ = 0: the reset of what had no ACK
};

/// How far the two directions are, by what was seen.
struct Numbers {
    Seq next[2]{Seq{5000}, Seq{1000}};  ///< by Way
    bool begun[2]{false, false};

    Segment segment(const Letter& l, std::uint16_t window) const {
        const auto way = static_cast<std::size_t>(l.way);
        Segment s;
        s.flags = l.flags;
        s.text = l.text;
        s.wnd = window;
        s.seq = l.seq_zero ? Seq{0} : next[way] + static_cast<std::uint32_t>(l.seq);
        if (s.has_ack()) s.ack = next[1 - way] + static_cast<std::uint32_t>(l.ack);
        return s;
    }
    void see(Way w, const Segment& s) {
        const auto way = static_cast<std::size_t>(w);
        if (s.rst() || s.len() == 0) return;
        if (!begun[way] ? s.syn() : s.seq <= next[way] && s.end() > next[way]) {
            next[way] = s.end();
            begun[way] = true;
        }
    }
};

constexpr std::uint8_t S = flag::syn, A = flag::ack, F = flag::fin, R = flag::rst;
constexpr Letter in(std::uint8_t flags, std::uint32_t text = 0) { return Letter{Way::in, flags, 0, 0, text, false}; }
constexpr Letter out(std::uint8_t flags, std::uint32_t text = 0) { return Letter{Way::out, flags, 0, 0, text, false}; }

struct Start {
    std::string name;
    bool unopened;
    std::vector<Letter> prefix;
};

std::vector<Start> starts() {
    using L = std::vector<Letter>;
    const L server{in(S), out(S | A), in(A)};
    const L client{out(S), in(S | A), out(A)};
    const auto join = [](L a, const L& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    };
    return {
        {"unopened", true, {}},
        {"CLOSED", false, {}},
        {"SYN-SENT", false, {out(S)}},
        {"SYN-RECEIVED", true, {in(S), out(S | A)}},
        {"simultaneous open", false, {out(S), in(S), Letter{Way::out, S | A, -1}}},
        {"ESTABLISHED server", true, server},
        {"ESTABLISHED client", false, client},
        {"ESTABLISHED text out", true, join(server, {out(A, 1)})},
        {"FIN-WAIT-1", true, join(server, {out(F | A)})},
        {"FIN-WAIT-2", false, join(client, {out(F | A), in(A)})},
        {"CLOSE-WAIT", true, join(server, {in(F | A), out(A)})},
        {"LAST-ACK", false, join(client, {in(F | A), out(F | A)})},
        {"CLOSING", true, join(server, {out(F | A), in(F | A), out(A)})},
        {"TIME-WAIT", false, join(client, {out(F | A), in(F | A), out(A)})},
    };
}

std::vector<Letter> alphabet(int spread) {
    std::vector<Letter> letters;
    for (const Way way : {Way::in, Way::out}) {
        const auto put = [&](std::uint8_t flags, std::uint32_t text = 0) {
            for (int seq = -1; seq <= 1; ++seq) {
                for (int ack = -1; ack <= 1; ++ack) {
                    if (!(flags & A) && ack != 0) continue;
                    if (std::abs(seq) + std::abs(ack) > spread) continue;
                    letters.push_back(Letter{way, flags, seq, ack, text, false});
                }
            }
        };
        put(S);
        put(S | A);
        put(A);
        put(A, 1);
        put(F | A);
        put(R);
        put(R | A);
        if (way == Way::out) letters.push_back(Letter{way, R | A, 0, 0, 0, true});
    }
    return letters;
}

struct Seen {
    Way way;
    Segment segment;
};
struct Disagreement {
    std::string start;
    std::vector<Seen> trace;
    std::string monitor;
    bool explained;
};

struct Comparison {
    Vantage vantage;
    Explanations::Rules rules;
    std::vector<Letter> letters;
    std::size_t depth;
    bool settled{true};
    std::uint16_t in_window{65535}, out_window{65535};

    std::size_t traces{0}, conforming{0}, deviating{0}, gaps{0};
    std::size_t largest{0};
    std::vector<Disagreement> disagreements;

    void run(const Start& start) {
        Monitor monitor{vantage};
        Explanations explanations{rules};
        std::vector<Config> configs{Config{}};
        if (start.unopened) {
            monitor.begin_unopened();
            Call open;
            open.kind = CallKind::open_passive;
            open.remote_specified = false;
            configs.push_back(step(Config{}, open).next);
        } else {
            monitor.begin(Config{});
        }
        explanations.begin(configs);
        Numbers numbers;
        std::vector<Seen> trace;
        for (const Letter& l : start.prefix) {
            const Segment s = numbers.segment(l, l.way == Way::in ? in_window : out_window);
            trace.push_back({l.way, s});
            feed(monitor, explanations, numbers, trace.back(), 0);
        }
        ASSERT_GT(explanations.size(), 0u) << start.name;
        ASSERT_EQ(monitor.judgement(), Judgement::conforms) << start.name;
        if (settled) explanations.settle();
        explore(start, monitor, explanations, numbers, trace, depth);
    }

    std::int64_t trace_time() const { return settled ? vantage.lag_ns * 3 / 2 : 0; }

    static void feed(Monitor& m, Explanations& e, Numbers& n, const Seen& seen, std::int64_t time_ns) {
        if (seen.way == Way::in) {
            m.arrival(time_ns, seen.segment);
            e.arrival(seen.segment);
        } else {
            m.departure(time_ns, seen.segment);
            e.departure(seen.segment);
        }
        n.see(seen.way, seen.segment);
    }

    void explore(const Start& start, const Monitor& monitor, const Explanations& explanations, const Numbers& numbers,
                 std::vector<Seen>& trace, std::size_t left) {
        for (const Letter& l : letters) {
            Monitor m = monitor;
            Explanations e = explanations;
            Numbers n = numbers;
            trace.push_back({l.way, numbers.segment(l, l.way == Way::in ? in_window : out_window)});
            feed(m, e, n, trace.back(), trace_time());
            const bool explained = e.size() > 0;
            largest = std::max(largest, e.size());
            ++traces;
            const Judgement j = m.judgement();
            const bool gap = j == Judgement::inconclusive && m.reason().starts_with("the capture misses");
            conforming += explained;
            deviating += !explained;
            gaps += gap;
            const bool agree = explained ? j == Judgement::conforms || (!e.plain() && j == Judgement::deviates) : j == Judgement::deviates || gap;
            if (!agree) {
                disagreements.push_back({start.name, trace, std::string{name(j)} + " " + m.reason(), explained});
            } else if (explained && j == Judgement::conforms && left > 1) {
                explore(start, m, e, n, trace, left - 1);
            }
            trace.pop_back();
        }
    }
};

std::string to_text(const std::vector<Seen>& trace) {
    std::string text;
    for (const Seen& s : trace) text += (s.way == Way::in ? "  < " : "  > ") + to_string(s.segment) + "\n";
    return text;
}

TEST(Monitor, saysOfEveryShortTraceWhatTheDefinitionSays) {
    Comparison c;
    const char* spread = std::getenv("SPREAD");
    const char* depth = std::getenv("DEPTH");
    const char* only = std::getenv("START");
    c.letters = alphabet(spread ? std::atoi(spread) : 1);
    c.depth = depth ? std::strtoul(depth, nullptr, 10) : 2;
    if (std::getenv("TIMERS")) { c.rules.timers = true; c.vantage.least_wait_ns = 0; }
    if (std::getenv("UNSETTLED")) c.settled = false;
    if (const char* w = std::getenv("OUTW")) c.out_window = static_cast<std::uint16_t>(std::atoi(w));
    if (const char* w = std::getenv("INW")) c.in_window = static_cast<std::uint16_t>(std::atoi(w));
    for (const Start& s : starts()) {
        if (only && s.name != only) continue;
        const std::size_t before = c.traces, bad = c.disagreements.size();
        c.run(s);
        std::cout << s.name << ": " << c.traces - before << " traces, " << c.disagreements.size() - bad << " disagreements, largest " << c.largest << std::endl;
    }
    std::cout << c.traces << " traces, " << c.conforming << " explained, " << c.deviating << " not, " << c.gaps << " gaps\n";
    std::stable_sort(c.disagreements.begin(), c.disagreements.end(), [](auto& a, auto& b) { return a.trace.size() < b.trace.size(); });
    std::size_t shown = 0;
    const char* show = std::getenv("SHOW");
    for (const Disagreement& d : c.disagreements) {
        if (shown++ == (show ? std::strtoul(show, nullptr, 10) : 20)) break;
        std::cout << "--- " << d.start << ": monitor " << d.monitor << ", definition " << (d.explained ? "explained" : "not explained") << "\n" << to_text(d.trace);
        // replay with the story
        Explanations::Rules told = c.rules;
        told.told = true;
        Explanations e{told};
        Monitor m{c.vantage};
        std::vector<Config> configs{Config{}};
        std::size_t prefix = 0;
        for (const Start& s : starts()) {
            if (s.name != d.start) continue;
            prefix = s.prefix.size();
            if (s.unopened) {
                m.begin_unopened();
                Call open; open.kind = CallKind::open_passive; open.remote_specified = false;
                configs.push_back(step(Config{}, open).next);
            }
        }
        e.begin(configs);
        Numbers n;
        for (std::size_t i = 0; i < d.trace.size(); ++i) {
            if (i == prefix && c.settled) e.settle();
            Comparison::feed(m, e, n, d.trace[i], i < prefix ? 0 : c.trace_time());
        }
        if (e.size() > 0) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < e.size(); ++i) if (e.strange(i) != e.strange(best) ? e.strange(best) : e.story(i).size() < e.story(best).size()) best = i;
            std::cout << "  story" << e.story(best) << "\n  " << e.config(best) << "\n";
            if (m.deviation()) std::cout << "  monitor was in " << to_string(m.deviation()->config) << "\n";
        } else {
            std::cout << "  monitor: ";
            for (const State s : m.states()) std::cout << name(s) << " ";
            for (const Assumed& a : m.assumed()) std::cout << "+" << name(a.kind) << " ";
            for (const Policy& p : m.policies()) std::cout << "{" << to_string(p) << "} ";
            std::cout << "\n  " << to_string(m.likeliest()) << "\n";
        }
    }
    EXPECT_EQ(c.disagreements.size(), 0u);
}

}  // namespace
}  // namespace lastack
