#include "sweep.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack::mutants {
namespace {

constexpr Seq iss{1000}, irs{5000};

struct Hash {
    std::size_t operator()(const Config& c) const {
        std::uint64_t h = 1469598103934665603u;
        const auto add = [&](std::uint64_t v) { h = (h ^ v) * 1099511628211u; };
        add(static_cast<std::uint64_t>(c.state) | static_cast<std::uint64_t>(c.origin) << 8 |
            static_cast<std::uint64_t>(c.fin) << 16 | std::uint64_t{c.timers} << 24 |
            std::uint64_t{c.owed_count} << 32 | std::uint64_t{c.held_count} << 40 |
            std::uint64_t{c.close_queued} << 48 | std::uint64_t{c.ts_ok} << 49 | std::uint64_t{c.peer_fin_held} << 50 |
            std::uint64_t{c.held_ack_valid} << 51);
        add(c.snd_una.value | std::uint64_t{c.snd_nxt.value} << 32);
        add(c.rcv_nxt.value | std::uint64_t{c.rcv_wnd} << 32);
        add(c.snd_wnd | std::uint64_t{c.queued} << 16 | std::uint64_t{c.unread} << 32 | std::uint64_t{c.wanted} << 48);
        add(c.snd_wl1.value | std::uint64_t{c.snd_wl2.value} << 32);
        for (std::size_t i = 0; i < c.owed_count; ++i) {
            add(static_cast<std::uint64_t>(c.owed[i].kind) | static_cast<std::uint64_t>(c.owed[i].when) << 8 |
                std::uint64_t{c.owed[i].seq.value} << 16);
        }
        add(c.last_ack_sent.value | std::uint64_t{c.rcv_adv.value} << 32);
        return h ^ (h >> 29);
    }
};

/// Which rule asked for an answer does not show.
Config without_rules(Config c) {
    for (Owed& o : c.owed) o.rule = Rule{};
    return c;
}

bool within(const Config& c, const Domain& d) {
    std::size_t resets = 0;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        resets += c.owed[i].kind == OwedKind::rst || c.owed[i].kind == OwedKind::rst_ack ? 1u : 0u;
    }
    if (c.state >= State::SynReceived && c.irs != irs) {  // one reuse: incarnation after incarnation never ends
        if (c.origin != Origin::reuse || c.irs - irs > 2 + d.received) return false;
    }
    if (c.state >= State::Listen && c.rcv_wnd > d.window) return false;
    return c.queued <= d.sent && c.unread <= d.received && c.wanted <= (d.waiting_receives ? 1u : 0u) &&
           c.held_count <= 1 && resets <= 1 && c.snd_nxt - c.iss <= d.sent + 2 && c.rcv_nxt - c.irs <= d.received + 2;
}

Call call(CallKind kind, std::uint32_t window = 3) {
    Call call;
    call.kind = kind;
    call.iss_given = true;
    call.iss = iss;
    call.octets = 1;
    call.rcv_wnd = window;
    return call;
}

constexpr std::uint8_t A = flag::ack, F = flag::fin, S = flag::syn, R = flag::rst, U = flag::urg;

Segment segment(std::uint8_t flags, Seq seq, Seq ack, std::uint32_t text, std::uint16_t wnd) {
    Segment s;
    s.flags = flags;
    s.seq = seq;
    if (s.has_ack()) s.ack = ack;
    s.text = text;
    s.wnd = wnd;
    return s;
}

/// The few events that suffice to reach everything within the bounds.
template <class Use>
void each_step(const Config& c, const Domain& domain, Use use) {
    for (int kind = 0; kind < 7; ++kind) use(Event{call(static_cast<CallKind>(kind), domain.window)});
    for (int kind = 0; kind < 4; ++kind) use(Event{Timeout{static_cast<TimeoutKind>(kind)}});
    SchedulerOptions options;
    options.iss = iss;
    options.timestamps = domain.timestamps;
    options.tsval = domain.timestamps ? 1 : 0;
    for (const Segment& s : departures(c, options)) use(Event{Departure{s}});
    const bool known = c.state >= State::SynReceived;
    const Seq seq = known ? c.rcv_nxt : irs;
    const std::array<Seq, 2> acks{c.snd_una, c.snd_nxt};
    for (const std::uint8_t flags : {A, std::uint8_t(A | F), S, std::uint8_t(S | A), R, std::uint8_t(R | A), F}) {
        for (const Seq ack : acks) {
            if ((flags & A) == 0 && ack != acks[0]) continue;
            for (std::uint32_t text = 0; text <= domain.received; ++text) {
                if (text > 0 && (flags & R) != 0) continue;
                for (std::uint32_t gap = 0; gap <= domain.received; ++gap) {
                    if (gap > 0 && (!known || text + (flags & F ? 1 : 0) == 0)) continue;
                    Arrival a;
                    a.segment = segment(flags, seq + gap, ack, text, 10);
                    a.iss_given = true;
                    a.iss = iss;
                    a.segment.has_ts = domain.timestamps && (c.ts_ok || (flags & S) != 0);
                    if (a.segment.has_ts) a.segment.tsval = 5;
                    use(Event{a});
                    if (domain.shut_windows && flags == A && gap == 0) {
                        a.segment.wnd = 0;
                        use(Event{a});
                    }
                }
            }
        }
    }
}

bool same(const Outcome& a, const Outcome& b) {
    return a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals && a.restarted == b.restarted &&
           a.delivered == b.delivered && a.acknowledged == b.acknowledged &&
           without_rules(a.next) == without_rules(b.next);
}

}  // namespace

std::vector<Config> reachable(const Domain& domain) {
    std::unordered_set<Config, Hash> seen;
    std::deque<Config> open;
    const auto visit = [&](const Config& next) {
        const Config c = without_rules(next);
        if (within(c, domain) && seen.insert(c).second) open.push_back(c);
    };
    visit(Config{});
    while (!open.empty() && seen.size() <= domain.configs) {
        const Config c = open.front();
        open.pop_front();
        each_step(c, domain, [&](const Event& e) {
            for (const Allowed& a : allowed(c, e)) visit(a.outcome.next);
        });
    }
    if (!open.empty()) return {};
    return {seen.begin(), seen.end()};
}

std::vector<Event> grid(const Config& c) {
    std::vector<Event> events;
    for (int kind = 0; kind < 7; ++kind) {
        for (int surroundings = 0; surroundings < 16; ++surroundings) {
            Call made = call(static_cast<CallKind>(kind));
            made.permitted = (surroundings & 1) == 0;
            made.security_allowed = (surroundings & 2) == 0;
            made.room = (surroundings & 4) == 0;
            made.remote_specified = (surroundings & 8) == 0;
            events.emplace_back(made);
        }
    }
    for (int kind = 0; kind < 4; ++kind) events.emplace_back(Timeout{static_cast<TimeoutKind>(kind)});

    const bool known = c.state >= State::SynReceived;
    const Seq left = known ? c.rcv_nxt : irs;
    const Seq right = left + c.rcv_wnd;
    const std::array<Seq, 6> seqs{left, left - 1, left + 1, right - 1, right, c.irs};
    const std::array<Seq, 5> acks{c.snd_nxt, c.snd_una, c.snd_una - 1, c.snd_nxt + 1, c.snd_una - 20};
    constexpr std::array<std::uint8_t, 18> controls{A,     A | F,     S,         S | A, R,         R | A,
                                                    F,     0,         A | U,     S | F, U,         F | U,
                                                    S | R, S | F | A, A | F | U, R | F, S | U | A, R | U};
    for (const std::uint8_t flags : controls) {
        for (std::size_t i = 0; i < seqs.size(); ++i) {
            for (std::size_t j = 0; j < ((flags & A) != 0 ? acks.size() : 1); ++j) {
                for (const std::uint32_t text : {0u, 1u, 4u}) {
                    for (int more = 0; more < (text > 1 ? 1 : 6); ++more) {
                        Arrival a;
                        a.segment = segment(flags, seqs[i], acks[j], text, more == 1 ? 0 : 10);
                        a.iss_given = more != 2;
                        if (a.iss_given) a.iss = iss;
                        a.listener = more != 2;
                        a.segment.has_ts = c.ts_ok ? more != 3 : more == 3;
                        if (a.segment.has_ts) a.segment.tsval = more == 4 ? 4 : 6;
                        a.segment.security_mismatch = more == 5;
                        events.emplace_back(a);
                    }
                }
            }
        }
    }

    const std::array<Seq, 7> sent{c.snd_nxt, c.snd_una, c.snd_nxt - 1,        c.snd_una - 1,
                                  c.iss,     c.fin_seq, c.snd_una + c.snd_wnd};
    for (const std::uint8_t flags : {A, std::uint8_t(A | F), S, std::uint8_t(S | A), R, std::uint8_t(R | A)}) {
        for (const Seq seq : sent) {
            for (const std::uint32_t off : {0u, 1u}) {
                for (const std::uint32_t text : {0u, 1u, 2u}) {
                    for (const std::uint32_t wnd : {0u, 1u}) {
                        Departure d;
                        d.segment = segment(flags, seq, c.rcv_nxt + off, text,
                                            static_cast<std::uint16_t>(c.rcv_adv - c.rcv_nxt + wnd));
                        events.emplace_back(d);
                    }
                }
            }
        }
    }
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const Owed& o = c.owed[i];
        events.emplace_back(Departure{segment(R, o.seq, {}, 0, 0)});
        events.emplace_back(Departure{segment(R | A, o.seq, o.ack, 0, 0)});
    }
    return events;
}

namespace {

/// Narrow domains, each complete.
std::vector<Config> standard_configs() {
    std::vector<Config> joined;
    for (const Domain& d : {Domain{.sent = 0, .received = 0}, Domain{.sent = 0, .received = 0, .timestamps = true}}) {
        const std::vector<Config> found = reachable(d);
        if (found.empty()) throw std::runtime_error("a domain of the sweep is larger than its bound");
        joined.insert(joined.end(), found.begin(), found.end());
    }
    return joined;
}

std::string describe(const Config& c, const Event& e, const Policy& policy) {
    std::string text = to_string(c) + "; ";
    if (const auto* a = std::get_if<Arrival>(&e)) text += "arrival of " + to_string(a->segment);
    if (const auto* d = std::get_if<Departure>(&e)) text += "departure of " + to_string(d->segment);
    if (const auto* made = std::get_if<Call>(&e)) text += std::string{name(made->kind)};
    if (const auto* t = std::get_if<Timeout>(&e)) text += std::string{name(t->kind)};
    return text + "; policy " + to_string(policy);
}

/// One thread's share of the pass.
class Pass {
public:
    explicit Pass(const std::vector<Instruments>& all) : all_{all}, results_(all.size()), by_rule_(rules().size()) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].off) by_rule_[all[i].off.index].push_back(i);
            if (!all[i].inverted) continue;
            const RuleInfo& row = rules()[all[i].inverted.index];
            for (std::size_t r = 0; r < rules().size(); ++r) {
                if (rules()[r].source == row.source && rules()[r].check == row.check) by_rule_[r].push_back(i);
            }
        }
    }
    void look_at(const Config& c) {
        for (const Event& e : grid(c)) look_at(c, e, {});
    }
    const std::vector<Comparison>& results() const { return results_; }

private:
    void look_at(const Config& c, const Event& e, const Policy& policy) {
        const Outcome plain = step(c, e, policy);
        if (plain.asked) {
            const ChoiceInfo& choice = info(plain.first_asked);
            for (std::uint8_t r = 0; r < choice.reading_count; ++r) look_at(c, e, policy.with(choice.choice, r));
            return;
        }
        for (std::size_t f = 0; f < plain.fired_count; ++f) {
            for (const std::size_t i : by_rule_[plain.fired[f].index]) hold(i, c, e, policy, plain);
        }
    }
    /// The mutant may ask more than the lifecycle does.
    void hold(std::size_t i, const Config& c, const Event& e, const Policy& policy, const Outcome& plain) {
        if (results_[i].difference) return;
        const Outcome mutant = step_instrumented(c, e, policy, all_[i]);
        if (mutant.asked) {
            const ChoiceInfo& choice = info(mutant.first_asked);
            for (std::uint8_t r = 0; r < choice.reading_count; ++r) hold(i, c, e, policy.with(choice.choice, r), plain);
            return;
        }
        ++results_[i].steps;
        if (!same(plain, mutant)) results_[i].difference = describe(c, e, policy);
    }

    const std::vector<Instruments>& all_;
    std::vector<Comparison> results_;
    std::vector<std::vector<std::size_t>> by_rule_;  ///< which mutants a step concerns in which this row fires
};

}  // namespace

std::vector<Comparison> compare(const std::vector<Instruments>& all) {
    if (all.empty()) return {};
    const std::vector<Config> configs = standard_configs();
    const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<Pass> passes(threads, Pass{all});
    {
        std::vector<std::jthread> workers;
        for (std::size_t t = 0; t < threads; ++t) {
            workers.emplace_back([&, t] {
                for (std::size_t i = t; i < configs.size(); i += threads) passes[t].look_at(configs[i]);
            });
        }
    }
    std::vector<Comparison> joined(all.size());
    for (const Pass& pass : passes) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            joined[i].steps += pass.results()[i].steps;
            if (!joined[i].difference) joined[i].difference = pass.results()[i].difference;
        }
    }
    return joined;
}

}  // namespace lastack::mutants
