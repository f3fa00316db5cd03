#include "lastack/exhaustive/explore.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "lastack/exhaustive/observed.hpp"
#include "lastack/explore/fair_cycle.hpp"

namespace lastack::exhaustive {

using explore::Label;
using explore::MoveKind;
using explore::TwoEnds;
using support::Peer;

namespace {

using enum State;

// ------------------------------------------------------------------------------------------ fairness

/// Who is obliged to what. A class for each end and kind; calls that nobody has to make have none, and neither have
/// faults of the network.
enum class Duty : unsigned { departs, arrives, retransmits, time_wait, fin_wait_2, gives_up, closes, receives };
constexpr std::uint64_t bit(Duty d, std::size_t end) {
    return std::uint64_t{1} << (2 * static_cast<unsigned>(d) + end);
}

std::uint64_t duty_of(const Label& l) {
    switch (l.kind) {
        case MoveKind::departs:
            return bit(Duty::departs, l.end);
        case MoveKind::arrives:
            return bit(Duty::arrives, l.end);
        case MoveKind::timeout:
            switch (static_cast<TimeoutKind>(l.what)) {
                case TimeoutKind::retransmission:
                    return bit(Duty::retransmits, l.end);
                case TimeoutKind::time_wait:
                    return bit(Duty::time_wait, l.end);
                case TimeoutKind::fin_wait_2:
                    return bit(Duty::fin_wait_2, l.end);
                case TimeoutKind::user:
                    return bit(Duty::gives_up, l.end);
            }
            return 0;
        case MoveKind::call:
            if (static_cast<CallKind>(l.what) == CallKind::close) return bit(Duty::closes, l.end);
            if (static_cast<CallKind>(l.what) == CallKind::receive) return bit(Duty::receives, l.end);
            return 0;
        default:
            return 0;
    }
}

constexpr std::array<Goal, 8> all_goals{{
    {"U2", "both_ends_reach_closed", true, true,
     [](State a, State b, bool quiet) { return a != Closed || b != Closed || !quiet; }},
    {"L1", "syn_sent_is_left", false, false, [](State a, State, bool) { return a == SynSent; }},
    {"L1", "syn_sent_is_left", false, false, [](State, State b, bool) { return b == SynSent; }},
    {"L2", "syn_received_is_left", false, false, [](State a, State, bool) { return a == SynReceived; }},
    {"L2", "syn_received_is_left", false, false, [](State, State b, bool) { return b == SynReceived; }},
    {"L4", "not_both_stay_in_one_state", true, true,
     [](State a, State b, bool) { return a == b && a != Closed && a != Listen; }},
    {"L6", "every_wait_has_its_end", false, false,
     [](State a, State b, bool) { return a == TimeWait || b == TimeWait; }},
    {"L8", "answers_are_not_answered", false, false, [](State, State, bool) { return true; }, true},
}};

/// Clocks run on: what is due again and again when the network is quiet comes, though not always at the first time.
constexpr std::uint64_t clocks = bit(Duty::retransmits, 0) | bit(Duty::retransmits, 1) | bit(Duty::time_wait, 0) |
                                 bit(Duty::time_wait, 1) | bit(Duty::fin_wait_2, 0) | bit(Duty::fin_wait_2, 1) |
                                 bit(Duty::gives_up, 0) | bit(Duty::gives_up, 1);

/// Decided in other ways than by one search for cycles.
constexpr Goal meeting{"L3", "listener_and_caller_get_established"};
constexpr Goal resting{"S37", "nothing_rests_unfinished"};

/// The caller has had enough, or time is over.
struct Enough {};

struct Fairness {
    TwoEnds* system;
    const Goal* goal;
    explore::Budgets full;
    const std::function<bool()>* go_on;
    mutable std::uint32_t asked{0};
    /// On a cycle nothing is newly acknowledged, so that each retransmission timeout on it brings R2 nearer, but for
    /// one into a shut window: where R2 is finite no cycle has another.
    bool finite_r2{false};
    std::uint64_t strong{clocks};

    void ask() const {
        if ((++asked & 0x3fff) == 0 && *go_on && !(*go_on)()) throw Enough{};
    }
    bool in_scope(const TwoEnds::State& s) const {
        ask();
        const explore::Budgets& left = system->budgets(s);
        if (left.injections != full.injections) return false;
        const bool clean = left.aborts == full.aborts && left.crashes == full.crashes && left.give_ups == full.give_ups;
        if (goal->clean && !clean) return false;
        return goal->outside(system->local(s, 0).config.state, system->local(s, 1).config.state, system->quiet(s));
    }
    std::uint64_t class_of(const Label& l) const {
        ask();
        const std::uint64_t duty = duty_of(l);
        if (goal->answers_only) {  // what is under way arrives, and what is owed leaves; clocks and users may wait
            const bool answers = l.kind == MoveKind::departs || l.kind == MoveKind::arrives;
            return answers ? duty : 0;
        }
        const std::uint64_t of_users =
            bit(Duty::closes, 0) | bit(Duty::closes, 1) | bit(Duty::receives, 0) | bit(Duty::receives, 1);
        return goal->users_close ? duty : duty & ~of_users;
    }
    bool on_cycle(const TwoEnds::State& s, const Label& l) const {
        const bool answers = l.kind == MoveKind::departs || l.kind == MoveKind::arrives;
        if (goal->answers_only) return answers;
        const bool retransmits =
            l.kind == MoveKind::timeout && static_cast<TimeoutKind>(l.what) == TimeoutKind::retransmission;
        // What is sent into a shut window and acknowledged does not count (MUST-37).
        const Config& c = system->local(s, l.end).config;
        const bool counts = !synchronized(c.state) || c.snd_wnd > 0;
        return !(finite_r2 && retransmits && counts);
    }
    /// What only falls. Those of a user are in the locals, which nothing brings back either.
    std::uint64_t layer(const TwoEnds::State& s) const {
        std::uint64_t layer = system->budgets_id(s);
        for (std::size_t end = 0; end < 2; ++end) layer = layer << 8 | system->local(s, end).opens;
        return layer;
    }
};

explore::Budgets full_budgets(const explore::Bounds& b) {
    return {b.losses, b.duplicates, b.early_retransmissions, b.aborts, b.give_ups, b.injections, b.crashes};
}

/// Otherwise nothing is said of users that close.
bool users_may_close(const explore::Bounds& b) { return b.may_close[0] && b.may_close[1]; }

template <class System>
Counts counts_of(const explore::Explored<System>& e, std::size_t tables) {
    Counts c;
    c.why = e.why;
    c.states = e.states;
    c.moves = e.moves;
    c.depth = e.depth();
    c.levels = e.levels;
    c.bytes = e.bytes + tables;
    c.seconds = e.seconds;
    return c;
}

explore::Options options_of(const Limits& limits) {
    explore::Options o;
    o.threads = limits.threads;
    o.most_states = limits.most_states;
    o.most_bytes = limits.most_bytes;
    o.most_time = limits.most_time;
    o.stop_on = limits.stop_on;
    o.progress = limits.progress;
    return o;
}

/// What the marks of a run say of the properties of one end, and of those of two if it had two.
template <class System>
std::vector<Decision> decide_safety(const explore::Explored<System>& e, bool of_two) {
    std::vector<Decision> decisions;
    const auto all = property_bits();
    for (unsigned i = 0; i < all.size(); ++i) {
        if (all[i].of_pair != nullptr && !of_two) continue;
        Decision d;
        d.id = all[i].id;
        d.sentence = all[i].of_end != nullptr ? all[i].of_end->sentence : all[i].of_pair->sentence;
        d.sometimes = all[i].of_pair != nullptr && all[i].of_pair->sometimes;
        const bool broken = (e.marks.broken >> i & 1) != 0, seen = (e.marks.seen >> i & 1) != 0;
        const bool whole = e.why == explore::Stopped::complete;
        if (broken) {
            d.answer = Answer::violated;
            d.path.stem = e.path(*e.broken[i]);
        } else {
            d.answer = seen && (whole || d.sometimes) ? Answer::holds : whole ? Answer::vacuous : Answer::open;
            if (seen) d.path.stem = e.path(*e.seen[i]);
        }
        decisions.push_back(std::move(d));
    }
    return decisions;
}

Decision& decision_for(Result& r, const Goal& g) {
    const auto known =
        std::find_if(r.decisions.begin(), r.decisions.end(), [&](const Decision& d) { return d.id == g.id; });
    if (known != r.decisions.end()) return *known;
    Decision d;
    d.id = g.id;
    d.sentence = g.sentence;
    d.answer = Answer::vacuous;
    r.decisions.push_back(std::move(d));
    return r.decisions.back();
}

/// Two ends from a state on, with users that wait and a network that makes no fault.
class LeftAlone {
public:
    using State = TwoEnds::State;
    using Label = explore::Label;

    LeftAlone(TwoEnds& system, const State& from) : system_{&system}, from_{from} {}

    State initial() const { return from_; }
    class Worker {
    public:
        explicit Worker(TwoEnds::Worker worker) : worker_{std::move(worker)} {}
        template <class Take>
        void successors(const State& s, Take&& take) {
            worker_.successors(s, [&](const State& to, Label l) {
                const bool gives_up =
                    l.kind == MoveKind::timeout && static_cast<TimeoutKind>(l.what) == TimeoutKind::user;
                const bool by_itself = l.kind == MoveKind::departs || l.kind == MoveKind::arrives ||
                                       (l.kind == MoveKind::timeout && !gives_up);
                if (by_itself) take(to, l);
            });
        }

    private:
        TwoEnds::Worker worker_;
    };
    Worker worker() { return Worker{system_->worker()}; }

private:
    TwoEnds* system_;
    State from_;
};

/// Nothing is under way or owed but the caller's own SYN: nobody has answered it yet.
bool opens_undisturbed(const TwoEnds& system, const TwoEnds::State& s) {
    for (std::size_t caller = 0; caller < 2; ++caller) {
        const Config& c = system.local(s, caller).config;
        const Config& listener = system.local(s, 1 - caller).config;
        if (c.state != SynSent || listener.state != Listen || listener.owed_count > 0) continue;
        if (system.channel_id(s, 1 - caller) != 0 || c.owed_count > 1) continue;
        if (c.owed_count == 1 && c.owed[0].kind != OwedKind::syn) continue;
        const auto way = system.under_way(s, caller);
        return std::all_of(way.begin(), way.end(), [&](std::uint16_t id) {
            const Segment& segment = system.segment(id);
            return segment.syn() && !segment.has_ack() && segment.seq == c.iss;
        });
    }
    return false;
}

struct UntilEstablished {
    TwoEnds* system;
    std::uint64_t strong{clocks};
    bool in_scope(const TwoEnds::State& s) const {
        return system->local(s, 0).config.state != Established || system->local(s, 1).config.state != Established;
    }
    std::uint64_t class_of(const Label& l) const { return duty_of(l); }
};

/// L3: from each state in which one end listens and the other calls, left alone, both come to ESTABLISHED.
void decide_meeting(const explore::Explored<TwoEnds>& e, TwoEnds& system, const std::function<bool()>& go_on,
                    Result& r) {
    Decision& d = decision_for(r, meeting);
    d.liveness = true;
    std::optional<explore::Id> bad;
    explore::Options options;
    options.threads = 1;
    e.for_each([&](explore::Id id, const TwoEnds::State& s) {
        if (bad || !opens_undisturbed(system, s)) return;
        if (system.budgets(s).injections != system.bounds().injections) return;
        if (go_on && !go_on()) throw Enough{};
        LeftAlone alone{system, s};
        const auto from_here = explore::explore(alone, options);
        const explore::FairSearch search = explore::fair_cycle(from_here, UntilEstablished{&system});
        if (d.path.empty()) d.path.stem = e.path(id);
        d.answer = e.why == explore::Stopped::complete ? Answer::holds : Answer::open;
        if (!search.cycle && !search.rest) return;
        bad = id;
    });
    if (!bad) return;
    d.answer = Answer::violated;
    d.path.stem = e.path(*bad);
}

Missed missed_goal(const explore::Explored<TwoEnds>& e, TwoEnds& system, const Goal& g,
                   const std::function<bool()>& go_on);

void decide_liveness(const explore::Explored<TwoEnds>& e, TwoEnds& system, const std::function<bool()>& go_on,
                     Result& r, std::size_t& decided) {
    const bool whole = e.why == explore::Stopped::complete;
    for (decided = 0; decided < goals().size(); ++decided) {
        const Goal& g = goals()[decided];
        Decision& d = decision_for(r, g);
        d.liveness = true;
        if (d.answer == Answer::violated || (g.users_close && !users_may_close(system.bounds()))) continue;
        const Missed missed = missed_goal(e, system, g, go_on);
        if (missed.path && missed.until_r2 && !d.needs_r2) {
            d.needs_r2 = true;
            d.without_r2 = *missed.path;
        }
        if (missed.path && !missed.until_r2) {
            d.answer = Answer::violated;
            d.path = *missed.path;
        } else if (missed.states > 0) {
            d.answer = whole ? Answer::holds : Answer::open;
        }
    }

    decide_meeting(e, system, go_on, r);

    // Both users have closed or will, nobody did anything unclean, and nothing that anybody is obliged to do is left.
    Decision& d = decision_for(r, resting);
    d.liveness = true;
    if (d.answer == Answer::violated || !users_may_close(system.bounds())) return;
    const Goal at_rest{"S37", "", true, true, [](State a, State b, bool) {
                           return (a != Closed && a != Listen) || (b != Closed && b != Listen);
                       }};
    const Fairness fairness{&system, &at_rest, full_budgets(system.bounds()), &go_on};
    const explore::FairSearch found = explore::fair_cycle(e, fairness);
    if (found.states > 0) d.answer = whole ? Answer::holds : Answer::open;
    if (!found.rest) return;
    d.answer = Answer::violated;
    d.path = {e.path(*found.rest), {}};
}

}  // namespace

std::string_view name(Answer a) {
    constexpr std::array<std::string_view, 4> names{"holds", "violated", "vacuous", "open"};
    return names[static_cast<std::size_t>(a)];
}

std::string to_string(const Path& p) {
    std::string text;
    const auto add = [&](std::uint32_t n) {
        if (!text.empty() && text.back() != '(') text += " ";
        text += std::to_string(n);
    };
    for (const std::uint32_t n : p.stem) add(n);
    if (!p.cycle.empty()) {
        text += text.empty() ? "(" : " (";
        for (const std::uint32_t n : p.cycle) add(n);
        text += ")";
    }
    return text;
}

std::span<const Goal> goals() { return all_goals; }

Missed missed_goal(const explore::Explored<TwoEnds>& e, TwoEnds& system, const Goal& g) {
    return missed_goal(e, system, g, {});
}

namespace {

Missed missed_goal(const explore::Explored<TwoEnds>& e, TwoEnds& system, const Goal& g,
                   const std::function<bool()>& go_on) {
    Fairness fairness{&system, &g, full_budgets(system.bounds()), &go_on};
    explore::FairSearch found = explore::fair_cycle(e, fairness);
    Missed missed;
    missed.states = found.states;
    std::optional<Path> until_r2;
    if (found.cycle) {
        until_r2 = Path{found.cycle->stem, found.cycle->cycle};
        fairness.finite_r2 = true;
        found = explore::fair_cycle(e, fairness);
    }
    if (found.cycle) missed.path = Path{found.cycle->stem, found.cycle->cycle};
    const bool rests = found.rest && !g.answers_only;
    if (rests && (!found.cycle || e.depth(*found.rest) < found.cycle->stem.size()))
        missed.path = Path{e.path(*found.rest), {}};
    if (!missed.path && until_r2) {
        missed.path = until_r2;
        missed.until_r2 = true;
    }
    return missed;
}

}  // namespace

std::vector<std::string> fairness_in_words() {
    return {"what may leave an end, and goes on to be allowed to, leaves it",
            "of what is under way to an end something arrives, though not each segment in its turn where they are "
            "reordered",
            "a timer that runs out again and again, as often as the network is quiet, is not passed over for ever: "
            "retransmission, TIME-WAIT, FIN-WAIT-2, user timeout",
            "R2 is finite: no retransmission comes again and again for ever; where a property needs that, it is said",
            "users close and read what came, in U2, S37 and L4, which speak of runs without abort, crash and give-up; "
            "no other "
            "call has to be made, and nothing is said of runs with forged segments"};
}

namespace {
const Decision* find(const std::vector<Decision>& decisions, std::string_view id) {
    const auto found = std::find_if(decisions.begin(), decisions.end(), [&](const Decision& d) { return d.id == id; });
    return found == decisions.end() ? nullptr : &*found;
}
}  // namespace
const Decision* Result::decision(std::string_view id) const { return find(decisions, id); }
const Decision* EndResult::decision(std::string_view id) const { return find(decisions, id); }

EndResult explore_end(const explore::OneEndBounds& bounds, const Limits& limits) {
    EndResult r;
    r.bounds = bounds;
    r.bounds.policy = decided(bounds.policy);
    ObservedEnd system{r.bounds, limits.subjects[0]};
    const auto e = explore::explore(system, options_of(limits), ObservedEnd::Judge{});
    r.counts = counts_of(e, system.bytes());
    r.decisions = decide_safety(e, false);
    return r;
}

Result explore(const explore::Bounds& asked, const Limits& limits) {
    Result r;
    explore::Bounds bounds = asked;
    for (Policy& p : bounds.policies) p = decided(p);
    r.bounds = bounds;

    if (limits.safety) {
        ObservedPair system{bounds, limits.subjects};
        const auto e = explore::explore(system, options_of(limits), ObservedPair::Judge{});
        r.observed = counts_of(e, system.bytes());
        r.decisions = decide_safety(e, true);
        if (e.why == explore::Stopped::by_caller) {
            r.plain.why = e.why;
            return r;
        }
    }

    auto owned = std::make_unique<TwoEnds>(bounds, faulty_step(bounds, limits.subjects));
    TwoEnds& system = *owned;
    auto e = explore::explore(system, options_of(limits));
    r.plain = counts_of(e, system.bytes());
    r.ends = system.locals();
    r.channels = system.channels();
    r.segments = system.segments();
    r.resting = e.deadlocks.size();
    e.for_each([&](explore::Id, const TwoEnds::State& s) {
        const auto of = [&](std::size_t end) { return static_cast<std::size_t>(system.local(s, end).config.state); };
        ++r.pairs[of(0)][of(1)];
    });
    if (limits.liveness && e.why != explore::Stopped::by_caller) {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point began = Clock::now();
        explore::Stopped stopped = explore::Stopped::by_caller;
        const std::function<bool()> go_on = [&] {
            if (Clock::now() - began > limits.most_time) {
                stopped = explore::Stopped::time;
                return false;
            }
            return !limits.progress || limits.progress({e.states, e.moves, 0, e.depth(), r.plain.bytes, e.seconds});
        };
        std::size_t decided_goals = 0;
        try {
            decide_liveness(e, system, go_on, r, decided_goals);
        } catch (const Enough&) {
            if (r.plain.why == explore::Stopped::complete) r.plain.why = stopped;
            const auto leave_open = [&](const Goal& g) {
                Decision& d = decision_for(r, g);
                d.liveness = true;
                if (d.answer != Answer::violated) d.answer = Answer::open;
            };
            for (const Goal& g : goals().subspan(decided_goals)) leave_open(g);
            leave_open(meeting);
            leave_open(resting);
        }
    }
    if (limits.keep) r.kept = std::make_shared<Kept>(Kept{std::move(owned), std::move(e)});
    return r;
}

Walk walk(TwoEnds& system, const Path& path) {
    Walk w;
    const explore::Bounds& bounds = system.bounds();
    w.recording.b_is_played = false;
    w.recording.policies = bounds.policies;
    w.recording.instruments = bounds.instruments;
    TwoEnds::Worker worker = system.worker();
    w.states.push_back(system.initial());
    std::array<std::deque<std::size_t>, 2> under_way{};  // by sender: the events that sent what is under way

    std::vector<std::uint32_t> ordinals = path.stem;
    ordinals.insert(ordinals.end(), path.cycle.begin(), path.cycle.end());
    for (const std::uint32_t ordinal : ordinals) {
        const TwoEnds::State from = w.states.back();
        const auto& successors = worker.successors(from);
        if (ordinal >= successors.size())
            throw std::out_of_range{"move " + std::to_string(w.moves.size()) + ": there are " +
                                    std::to_string(successors.size()) + " moves, and none with the number " +
                                    std::to_string(ordinal)};
        const explore::Label label = successors[ordinal].label;
        w.states.push_back(successors[ordinal].state);
        const explore::Move move = system.move(from, label);
        w.moves.push_back(move);

        const std::size_t end = label.end;
        auto& incoming = under_way[1 - end];
        std::optional<std::size_t> sent;
        if (label.kind == MoveKind::arrives || label.kind == MoveKind::arrives_twice || label.kind == MoveKind::lost) {
            const auto it = std::find_if(incoming.begin(), incoming.end(), [&](std::size_t i) {
                return std::get<Departure>(w.recording.events[i].event).segment == move.segment;
            });
            if (it != incoming.end()) {
                sent = *it;
                if (label.kind != MoveKind::arrives_twice) incoming.erase(it);
            }
        }
        if (label.kind == MoveKind::lost) continue;
        support::Recorded event;
        event.peer = end == 0 ? Peer::a : Peer::b;
        if (label.kind == MoveKind::crash) {
            event.crash = true;
        } else {
            event.event = *move.event;
            event.from = sent;
            event.outcome = system.outcome(end, system.local(from, end).config, *move.event);
        }
        w.recording.events.push_back(std::move(event));
        if (label.kind == MoveKind::departs) under_way[end].push_back(w.recording.events.size() - 1);
    }
    if (!path.cycle.empty() && !(w.states[path.stem.size()] == w.states.back()))
        throw std::domain_error{"the cycle does not end where it begins, and cannot come again"};
    for (const auto& way : under_way) {
        for (const std::size_t i : way) {
            const auto from_it = [&](const support::Recorded& e) { return e.from == i; };
            const auto& events = w.recording.events;
            w.recording.events[i].under_way = std::none_of(events.begin(), events.end(), from_it);
        }
    }
    return w;
}

}  // namespace lastack::exhaustive
