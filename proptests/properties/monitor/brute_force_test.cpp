// The monitor against the definition of what it decides (spec/decisions/D42).
//
// A trace conforms if some history explains it: a policy, hidden calls and timeouts anywhere, and for each arrival
// whether it had been processed when the next segment left. `Histories` is that sentence as a program: it tries
// everything and keeps all that survives. The monitor, which keeps a few hypotheses and reasons about the rest, must
// say the same of every short trace.
//
// Few histories are of a kind that the monitor may leave out (`strange` below); it must know all the others, and it
// must never find one that is not there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ostream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/monitor.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool quick = true;  // some twenty times slower: shorter traces
#else
constexpr bool quick = false;
#endif

std::string to_text(const Event& event) {
    if (const Arrival* a = std::get_if<Arrival>(&event)) return std::string{"< "}.append(to_string(a->segment));
    if (const Departure* d = std::get_if<Departure>(&event)) return std::string{"> "}.append(to_string(d->segment));
    if (const Call* c = std::get_if<Call>(&event)) return std::string{name(c->kind)};
    return std::string{name(std::get<Timeout>(event).kind)};
}

Call a_call(CallKind kind, std::uint32_t octets = 0) {
    Call call;
    call.kind = kind;
    call.octets = octets;
    call.remote_specified = kind != CallKind::open_passive;
    return call;
}

// --------------------------------------------------------------------- histories

struct Rules {
    bool hidden{true};   ///< calls may have happened unseen, and arrivals may wait beside the tap
    bool timers{false};  ///< timeouts may have happened unseen
    bool told{false};    ///< keep, for people, what each history consists of
};

/// Every history that explains what was seen so far, by where it leads.
class Histories {
public:
    struct History {
        Config c;
        Policy cube;
        std::size_t done{0};  ///< arrivals processed
        bool lived{false};    ///< there was a connection, or an answer for want of one
        bool strange{false};  ///< the monitor may know of it, but need not
        std::string told;
    };

    Histories(const Rules& rules, const std::vector<Config>& begin) : rules_{rules} {
        Search search{*this};
        for (const Config& c : begin) search.add(History{c, Policy{}, 0, false, false, {}});
        search.go_on(0);
    }

    void see(const Event& event) {
        if (const Arrival* arrival = std::get_if<Arrival>(&event)) {
            arrivals_.push_back(*arrival);
            arrive();
        } else {
            happen(event);
        }
    }
    /// So much time goes by that whatever has arrived is processed, and what a reset answers has been answered.
    void settle() {
        std::erase_if(all_, [&](const History& h) { return h.done < arrivals_.size(); });
        for (History& h : all_) h.strange |= owes_at_once(h.c, true);
    }

    const std::vector<History>& all() const { return all_; }
    bool none() const { return all_.empty(); }
    bool all_strange() const {
        return std::all_of(all_.begin(), all_.end(), [](const History& h) { return h.strange; });
    }

private:
    /// Owes what a call makes due at once, the SYN of an OPEN or the RST of an ABORT; or any reset.
    static bool owes_at_once(const Config& c, bool any_reset = false) {
        return std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count, [&](const Owed& o) {
            const std::string_view by = id(o.rule);
            const bool by_call = by.starts_with("3.10.1-") || by.starts_with("3.10.2-") || by.starts_with("3.10.4-") ||
                                 by.starts_with("3.10.5-") || by.starts_with("3.10.8-UTO");
            const bool reset = o.kind == OwedKind::rst || o.kind == OwedKind::rst_ack;
            return (by_call && (reset || o.kind == OwedKind::syn)) || (reset && any_reset);
        });
    }
    /// What a stack does within the call itself leaves before anything else happens to it. (The reset of an ABORT
    /// before our SYN left has no number, so nothing tells that it happened.)
    static bool strange(const History& before, const Event& event, const Config& after) {
        if (const Call* call = std::get_if<Call>(&event)) {
            return call->kind == CallKind::abort && !before.c.iss_chosen && after.state == State::TimeWait;
        }
        if (std::holds_alternative<Arrival>(event)) return owes_at_once(before.c);
        return std::holds_alternative<Departure>(event) && owes_at_once(before.c) && owes_at_once(after);
    }

    static std::size_t hash(const History& h) {
        std::size_t sum = h.done;
        const auto mix = [&](std::size_t v) {
            sum = (sum ^ v) * 0x9e3779b97f4a7c15u;
            sum ^= sum >> 29;
        };
        const Config& c = h.c;
        mix(static_cast<std::size_t>(c.state) | std::size_t{c.owed_count} << 8 | static_cast<std::size_t>(c.fin) << 16 |
            std::size_t{c.timers} << 24 | std::size_t{c.held_count} << 32 | std::size_t{c.close_queued} << 40);
        mix(c.queued | std::size_t{c.unread} << 20 | std::size_t{c.wanted} << 40);
        mix(std::size_t{c.snd_nxt.value} << 32 | c.snd_una.value);
        mix(std::size_t{c.rcv_nxt.value} << 32 | c.rcv_wnd);
        for (std::size_t i = 0; i < c.owed_count; ++i)
            mix(std::size_t{c.owed[i].seq.value} << 32 | c.owed[i].rule.index);
        return sum;
    }

    /// Adds to `all_`, each history once.
    struct Search {
        explicit Search(Histories& histories) : of{histories} {
            for (std::size_t i = 0; i < of.all_.size(); ++i) known.emplace(hash(of.all_[i]), i);
        }
        void add(History h) {
            const auto [from, to] = known.equal_range(hash(h));
            for (auto i = from; i != to; ++i) {
                const History& other = of.all_[i->second];
                // Under fewer decisions the other can go on in every way that this one can.
                if (other.done == h.done && other.lived == h.lived && other.strange <= h.strange && other.c == h.c &&
                    h.cube.refines(other.cube)) {
                    return;
                }
            }
            known.emplace(hash(h), of.all_.size());
            of.all_.push_back(std::move(h));
        }
        /// `from` goes on with `event`, in every way that its policies allow.
        void go(const History& from, const Event& event) {
            const bool arrival = std::holds_alternative<Arrival>(event);
            const bool departure = std::holds_alternative<Departure>(event);
            for (const Allowed& a : allowed(from.c, event, from.cube)) {
                if (departure && a.outcome.verdict == Verdict::refused) continue;
                History h{a.outcome.next, from.cube, from.done + (arrival ? 1 : 0), from.lived, from.strange, {}};
                h.lived |= arrival || h.c.state > State::Listen;
                h.strange |= strange(from, event, h.c);
                if (of.rules_.told) h.told = from.told + "; " + to_text(event);
                for (const Policy& cube : a.policies) {
                    h.cube = cube;
                    add(h);
                }
            }
        }
        void process(const History& from) {
            const Arrival& arrival = of.arrivals_[from.done];
            const Segment& s = arrival.segment;
            go(from, arrival);
            // The window may be larger than what was announced of it.
            const Seq end = s.len() > 0 ? s.end() : s.seq + 1;
            if (from.c.state >= State::SynReceived && end > from.c.rcv_nxt + from.c.rcv_wnd) {
                History wider = from;
                wider.c.rcv_wnd = end - from.c.rcv_nxt;
                go(wider, arrival);
            }
        }
        /// Whatever may happen unseen, any number of times, from the histories at `first` on.
        void go_on(std::size_t first) {
            if (!of.rules_.hidden) return;
            for (std::size_t i = first; i < of.all_.size(); ++i) {
                const History h = of.all_[i];
                if (h.done < of.arrivals_.size()) process(h);
                if (h.c.state > State::Listen || !h.lived) {  // else it would be another connection
                    go(h, a_call(CallKind::open_passive));
                    go(h, a_call(CallKind::open_active));
                    if (h.c.queued == 0) go(h, a_call(CallKind::send, 1));
                }
                if (h.c.wanted == 0) go(h, a_call(CallKind::receive, 1));
                go(h, a_call(CallKind::close));
                go(h, a_call(CallKind::abort));
                if (!of.rules_.timers) continue;
                for (const TimeoutKind kind : {TimeoutKind::user, TimeoutKind::retransmission, TimeoutKind::time_wait,
                                               TimeoutKind::fin_wait_2}) {
                    go(h, Timeout{kind});
                }
            }
        }
        Histories& of;
        std::unordered_multimap<std::size_t, std::size_t> known;
    };

    void arrive() {
        if (!rules_.hidden) {
            std::vector<History> before;
            before.swap(all_);
            Search search{*this};
            for (const History& h : before) search.process(h);
            return;
        }
        Search search{*this};
        const std::size_t old = all_.size();
        for (std::size_t i = 0; i < old; ++i) {
            const History h = all_[i];
            if (h.done + 1 == arrivals_.size()) search.process(h);
        }
        search.go_on(old);
    }
    void happen(const Event& event) {
        std::vector<History> before;
        before.swap(all_);
        Search search{*this};
        for (const History& h : before) search.go(h, event);
        const Departure* departure = std::get_if<Departure>(&event);
        if (rules_.hidden && departure && departure->segment.syn() && !departure->segment.has_ack()) {
            // A second connection is for another monitor to judge, but this one may know its SYN for what it is.
            for (History& h : before) {
                if (h.c.state > State::Listen || !h.lived) continue;
                h.c = step(h.c, a_call(CallKind::open_active), h.cube).next;
                h.strange = true;
                if (rules_.told) h.told += "; OPEN active";
                search.go(h, event);
            }
        }
        search.go_on(0);
    }

    Rules rules_;
    std::vector<Arrival> arrivals_;
    std::vector<History> all_;
};

// ------------------------------------------------------------------------ traces

enum class Way : std::uint8_t { in, out };

/// A segment relative to how far both directions are: 0 is the right next number, -1 and +1 are its neighbours.
struct Letter {
    Way way;
    std::uint8_t flags;
    std::uint32_t text{0};
    int seq{0};
    int ack{0};
    bool from_nothing{false};  ///< SEQ = 0: the reset of what had no ACK (RFC 9293 3.5.2, group 1)
};
using Word = std::variant<Letter, Call, Timeout>;

/// How far the two directions are, by what was seen; and the windows announced.
struct Numbers {
    std::array<std::uint16_t, 2> window{65535, 65535};  ///< by Way
    std::array<Seq, 2> next{Seq{5000}, Seq{1000}};
    std::array<bool, 2> begun{false, false};

    Event event(const Word& word) {
        if (const Call* call = std::get_if<Call>(&word)) return *call;
        if (const Timeout* timeout = std::get_if<Timeout>(&word)) return *timeout;
        const Letter& l = std::get<Letter>(word);
        const auto way = static_cast<std::size_t>(l.way);
        Segment s;
        s.flags = l.flags;
        s.text = l.text;
        s.wnd = window[way];
        s.seq = l.from_nothing ? Seq{0} : next[way] + static_cast<std::uint32_t>(l.seq);
        if (s.has_ack()) s.ack = next[1 - way] + static_cast<std::uint32_t>(l.ack);
        if (!s.rst() && (begun[way] ? s.seq <= next[way] && s.end() > next[way] : s.syn())) {
            next[way] = s.end();
            begun[way] = true;
        }
        if (l.way == Way::out) return Departure{s};
        Arrival arrival;
        arrival.segment = s;
        return arrival;
    }
};

constexpr std::uint8_t S = flag::syn, A = flag::ack, F = flag::fin, R = flag::rst;

/// `spread`: how far from right the numbers of a segment are together, at most.
std::vector<Word> segments(int spread) {
    std::vector<Word> words;
    for (const Way way : {Way::in, Way::out}) {
        const auto put = [&](std::uint8_t flags, std::uint32_t text) {
            for (int seq = -1; seq <= 1; ++seq) {
                for (int ack = -1; ack <= 1; ++ack) {
                    if (((flags & A) == 0 && ack != 0) || std::abs(seq) + std::abs(ack) > spread) continue;
                    words.push_back(Letter{way, flags, text, seq, ack});
                }
            }
        };
        for (const int flags : {int{S}, S | A, int{A}, F | A, int{R}, R | A}) put(static_cast<std::uint8_t>(flags), 0);
        put(A, 1);
    }
    words.push_back(Letter{Way::out, R | A, 0, 0, 0, true});
    return words;
}
std::vector<Word> with_calls(std::vector<Word> words) {
    for (const CallKind kind : {CallKind::open_passive, CallKind::open_active, CallKind::close, CallKind::abort}) {
        words.push_back(a_call(kind));
    }
    for (const CallKind kind : {CallKind::send, CallKind::receive}) words.push_back(a_call(kind, 1));
    for (const TimeoutKind kind :
         {TimeoutKind::user, TimeoutKind::retransmission, TimeoutKind::time_wait, TimeoutKind::fin_wait_2}) {
        words.push_back(Timeout{kind});
    }
    return words;
}

struct Start {
    const char* name;
    std::vector<Word> prefix;  ///< with its calls, which are left out where they are hidden
};

void PrintTo(const Start& start, std::ostream* out) { *out << start.name; }

std::vector<Start> starts() {
    using Words = std::vector<Word>;
    const auto in = [](int flags) { return Letter{Way::in, static_cast<std::uint8_t>(flags)}; };
    const auto out = [](int flags) { return Letter{Way::out, static_cast<std::uint8_t>(flags)}; };
    const auto join = [](Words a, const Words& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    };
    const Call passive = a_call(CallKind::open_passive), active = a_call(CallKind::open_active);
    const Call close = a_call(CallKind::close), send = a_call(CallKind::send, 1);
    const Words server{passive, in(S), out(S | A), in(A)};
    const Words client{active, out(S), in(S | A), out(A)};
    return {
        {"Listen", {passive}},
        {"SynSent", {active, out(S)}},
        {"SynReceived", {passive, in(S), out(S | A)}},
        {"SimultaneousOpen", {active, out(S), in(S), Letter{Way::out, S | A, 0, -1}}},
        {"EstablishedServer", server},
        {"EstablishedClient", client},
        {"EstablishedTextOut", join(server, {send, Letter{Way::out, A, 1}})},
        {"FinWait1", join(server, {close, out(F | A)})},
        {"FinWait2", join(client, {close, out(F | A), in(A)})},
        {"CloseWait", join(server, {in(F | A), out(A)})},
        {"LastAck", join(client, {in(F | A), close, out(F | A)})},
        {"Closing", join(server, {close, out(F | A), in(F | A), out(A)})},
        {"TimeWait", join(client, {close, out(F | A), in(F | A), out(A)})},
    };
}

// -------------------------------------------------------------------- comparison

struct Comparison {
    Vantage vantage;
    Rules rules;
    std::vector<Word> words;
    std::size_t length;  ///< of the traces, behind the prefix
    Numbers numbers{};   ///< with the windows that are announced
    bool settled{true};  ///< the prefix is older than the lag

    struct Disagreement {
        std::vector<Event> trace;
        std::string text;
    };
    std::vector<Event> prefix{};
    std::size_t traces{0}, explained{0};
    std::vector<Disagreement> disagreements{};

    struct Pair {
        Monitor monitor;
        Histories histories;
    };

    Pair begin(bool told) const {
        Vantage v = vantage;
        v.least_idle_ns = 0;  // every trace is as short as can be: when timers run out is not at stake here
        v.least_wait_ns = rules.timers ? 0 : v.least_wait_ns;
        Rules r = rules;
        r.told = told;
        Monitor m{v};
        std::vector<Config> begin{Config{}};
        if (rules.hidden && unopened) {
            m.begin_unopened();
            begin.push_back(step(Config{}, a_call(CallKind::open_passive)).next);
        }
        return Pair{m, Histories{r, begin}};
    }
    void feed(Pair& pair, const Event& event, bool in_prefix) const {
        const std::int64_t now = in_prefix || !settled ? 0 : vantage.lag_ns + 1;
        pair.histories.see(event);
        if (const Arrival* a = std::get_if<Arrival>(&event)) pair.monitor.arrival(now, a->segment);
        if (const Departure* d = std::get_if<Departure>(&event)) pair.monitor.departure(now, d->segment);
        if (const Call* c = std::get_if<Call>(&event)) pair.monitor.call(now, *c);
        if (const Timeout* t = std::get_if<Timeout>(&event)) pair.monitor.timeout(now, *t);
    }
    Pair replay(const std::vector<Event>& trace, bool told) const {
        Pair pair = begin(told);
        for (const Event& event : prefix) feed(pair, event, true);
        if (settled && rules.hidden) pair.histories.settle();
        for (const Event& event : trace) feed(pair, event, false);
        return pair;
    }

    void run(const Start& start) {
        const Call* first = std::get_if<Call>(&start.prefix.front());
        unopened = first->kind == CallKind::open_passive;
        Numbers n = numbers;
        for (const Word& word : start.prefix) {
            if (!rules.hidden || std::holds_alternative<Letter>(word)) prefix.push_back(n.event(word));
        }
        const Pair pair = replay({}, false);
        ASSERT_FALSE(pair.histories.none());
        ASSERT_EQ(pair.monitor.judgement(), Judgement::conforms);
        std::vector<Event> trace;
        explore(pair, n, trace);
        report();
    }

    void explore(const Pair& at, const Numbers& n, std::vector<Event>& trace) {
        for (const Word& word : words) {
            Pair pair = at;
            Numbers after = n;
            trace.push_back(after.event(word));
            feed(pair, trace.back(), false);
            ++traces;
            explained += !pair.histories.none();
            const Judgement j = pair.monitor.judgement();
            // A segment that follows on others which the capture misses is nothing that the connection explains.
            const bool gap = j == Judgement::inconclusive && pair.monitor.reason().starts_with("the capture misses");
            const bool agree = pair.histories.none() ? j == Judgement::deviates || (gap && rules.hidden)
                                                     : j == Judgement::conforms || pair.histories.all_strange();
            if (!agree) {
                disagreements.push_back({trace, {}});
            } else if (j == Judgement::conforms && trace.size() < length) {
                explore(pair, after, trace);
            }
            trace.pop_back();
        }
    }

    /// The shortest disagreements, with the history that the monitor missed or the one that it invented.
    void report() {
        EXPECT_GT(explained, traces / 20);
        EXPECT_GT(traces - explained, traces / 20);
        std::stable_sort(disagreements.begin(), disagreements.end(),
                         [](const auto& a, const auto& b) { return a.trace.size() < b.trace.size(); });
        std::string text;
        for (std::size_t i = 0; i < std::min<std::size_t>(disagreements.size(), 5); ++i) {
            const Pair pair = replay(disagreements[i].trace, true);
            for (const Event& event : prefix) text.append("  ").append(to_text(event)).append("\n");
            text += "  --\n";
            for (const Event& event : disagreements[i].trace) text.append("  ").append(to_text(event)).append("\n");
            const Monitor& m = pair.monitor;
            text += "the monitor says: " + std::string{name(m.judgement())} + " " + m.reason();
            if (m.deviation()) text += "\n    " + to_string(m.deviation()->config);
            if (pair.histories.none()) {
                text += "\nno history explains it; the monitor found\n   ";
                for (const State s : m.states()) text.append(" ").append(name(s));
                for (const Assumed& a : m.assumed()) text.append(" +").append(name(a.kind));
                for (const Policy& p : m.policies()) text.append(" {").append(to_string(p)).append("}");
            } else {
                const auto& all = pair.histories.all();
                const auto simplest = std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
                    return std::pair{a.strange, a.told.size()} < std::pair{b.strange, b.told.size()};
                });
                text += "\nexplained by" + simplest->told + "\n    " + to_string(simplest->c) + " {" +
                        to_string(simplest->cube) + "}";
            }
            text += "\n\n";
        }
        EXPECT_TRUE(disagreements.empty()) << disagreements.size() << " of " << traces << " traces\n" << text;
    }

    bool unopened{false};
};

class FromStart : public testing::TestWithParam<Start> {};
INSTANTIATE_TEST_SUITE_P(Monitor, FromStart, testing::ValuesIn(starts()),
                         [](const auto& start) { return start.param.name; });

TEST_P(FromStart, everyPairOfSegmentsWithNumbersAroundTheRightOnesIsJudgedAsTheDefinitionSays) {
    Comparison{{}, {}, segments(quick ? 0 : 1), 2}.run(GetParam());
}

TEST_P(FromStart, soIsEveryPairWhenTheBeginningIsWithinTheLagToo) {
    Comparison c{{}, {}, segments(quick ? 0 : 1), 2};
    c.settled = false;
    c.run(GetParam());
}

TEST_P(FromStart, soAreLongerTracesOfSegmentsWithTheRightNumbers) {
    Comparison{{}, {}, segments(0), quick ? 3u : 4u}.run(GetParam());
}

TEST_P(FromStart, soIsEveryPairWhenTimersMayHaveRunOut) {
    Rules rules;
    rules.timers = true;
    Comparison{{}, rules, segments(quick ? 0 : 1), quick ? 1u : 2u}.run(GetParam());
}

TEST_P(FromStart, soIsEveryPairWhenTheWindowsAreShutOrNearlySo) {
    for (const std::uint16_t window : {std::uint16_t{0}, std::uint16_t{1}}) {
        Comparison c{{}, {}, segments(quick ? 0 : 1), quick ? 1u : 2u};
        c.numbers.window = {window, window};
        c.run(GetParam());
    }
}

TEST_P(FromStart, withNothingHiddenTheMonitorIsTheMachineFoldedOverTheEvents) {
    Rules rules;
    rules.hidden = false;
    Comparison{everything_visible(), rules, with_calls(segments(quick ? 0 : 1)), 2}.run(GetParam());
    Comparison{everything_visible(), rules, with_calls(segments(0)), quick ? 2u : 3u}.run(GetParam());
    Comparison c{everything_visible(), rules, with_calls(segments(quick ? 0 : 1)), 2};
    c.numbers.window = {1, 1};
    c.run(GetParam());
}

}  // namespace
}  // namespace lastack
