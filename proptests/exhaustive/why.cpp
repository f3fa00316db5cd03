#include "lastack/exhaustive/why.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "lastack/exhaustive/observed.hpp"
#include "lastack/support/case.hpp"

namespace lastack::exhaustive {

using explore::Bounds;
using explore::Label;
using explore::Marks;
using explore::Move;
using explore::MoveKind;
using explore::TwoEnds;
using support::Finding;
using support::Peer;
using support::Recorded;
using support::Recording;

namespace {

// ------------------------------------------------------------------------------------------ the searches

struct Search {
    Counts counts{};
    Answer answer{Answer::open};
    Path path{};  ///< of a violation
    bool until_r2{false};
};

explore::Options options_of(const Limits& limits, std::uint64_t stop_on) {
    explore::Options o;
    o.threads = limits.threads;
    o.most_states = limits.most_states;
    o.most_bytes = limits.most_bytes;
    o.most_time = limits.most_time;
    o.stop_on = stop_on;
    o.progress = limits.progress;
    return o;
}

template <class System>
Counts counts_of(const explore::Explored<System>& e, std::size_t tables) {
    return {e.why, e.states, e.moves, e.depth(), e.levels, e.bytes + tables, e.seconds};
}

/// The answer as one bit of the marks has it.
template <class System>
Search by_bit(const explore::Explored<System>& e, unsigned bit, std::size_t tables) {
    Search s{counts_of(e, tables)};
    if (e.marks.broken >> bit & 1) {
        s.answer = Answer::violated;
        s.path.stem = e.path(*e.broken[bit]);
    } else if (e.why == explore::Stopped::complete) {
        s.answer = e.marks.seen >> bit & 1 ? Answer::holds : Answer::vacuous;
    }
    return s;
}

Search search_property(const Bounds& bounds, std::string_view id, const Limits& limits) {
    const unsigned bit = bit_of(id);
    if (bit == 64) throw std::invalid_argument{"no property has the id " + std::string{id}};
    ObservedPair system{bounds};
    const auto e = explore::explore(system, options_of(limits, std::uint64_t{1} << bit), ObservedPair::Judge{});
    return by_bit(e, bit, system.bytes());
}

struct PredicateJudge {
    const TwoEnds* system;
    Finding (*of)(const Step&);
    Marks state(const TwoEnds::State&) { return {}; }
    Marks move(const TwoEnds::State& from, const Label& label, const TwoEnds::State& to) {
        const Finding f = of({*system, from, label, to});
        return {f == Finding::broken ? 1u : 0u, f == Finding::witness ? 1u : 0u};
    }
};

Search search_predicate(const Bounds& bounds, Finding (*of)(const Step&), const Limits& limits) {
    TwoEnds system{bounds};
    const auto e = explore::explore(system, options_of(limits, 1), PredicateJudge{&system, of});
    return by_bit(e, 0, system.bytes());
}

Search search_goal(const Bounds& bounds, const Goal& goal, const Limits& limits) {
    TwoEnds system{bounds};
    const auto e = explore::explore(system, options_of(limits, 0));
    Search s{counts_of(e, system.bytes())};
    const Missed missed = missed_goal(e, system, goal);
    if (missed.path) {
        s.answer = Answer::violated;
        s.path = *missed.path;
        s.until_r2 = missed.until_r2;
    } else if (e.why == explore::Stopped::complete) {
        s.answer = missed.states > 0 ? Answer::holds : Answer::vacuous;
    }
    return s;
}

Search search(const Bounds& bounds, const Sought& sought, const Limits& limits) {
    if (!sought.property.empty()) return search_property(bounds, sought.property, limits);
    if (sought.of != nullptr) return search_predicate(bounds, sought.of, limits);
    return search_goal(bounds, sought.goal.value(), limits);
}

// --------------------------------------------------------------------------- the same under another protocol

/// Follows a run of one system in another: the users do and the network does what they did there, where they can.
class Follower {
public:
    explicit Follower(TwoEnds& system) : system_{system} {
        const TwoEnds::State s = system.initial();
        local_ = {system.local_id(s, 0), system.local_id(s, 1)};
        recording_.b_is_played = false;
        recording_.policies = system.bounds().policies;
        recording_.instruments = system.bounds().instruments;
    }

    void follow(const Move& m) {
        const std::size_t end = m.label.end;
        if (m.label.kind != MoveKind::lost) send_resets(end);
        switch (m.label.kind) {
            case MoveKind::call:
                call(end, *m.event);
                break;
            case MoveKind::departs:
                theirs_[end].push_back({m.segment, depart_like(end, m.segment)});
                break;
            case MoveKind::timeout:
                if (!m.early && std::get<Timeout>(*m.event).kind != TimeoutKind::user) settle();
                time_out(end, std::get<Timeout>(*m.event).kind);
                break;
            case MoveKind::arrives:
            case MoveKind::arrives_twice:
            case MoveKind::lost:
                arrive_like(end, m);
                break;
            case MoveKind::injected:
                arrive(end, m.segment, std::nullopt);
                break;
            case MoveKind::crash: {
                Recorded r;
                r.peer = peer_of(end);
                r.crash = true;
                recording_.events.push_back(std::move(r));
                local_[end] = system_.crashed(end, local_[end]);
                break;
            }
            case MoveKind::attempted:  // by one end alone
                break;
        }
    }

    /// All that is owed leaves, all that is under way arrives, and what was lost is sent again; who is in CLOSE-WAIT
    /// reads and closes, and where that is an obligation, every user does.
    Recording rest(bool users_close) {
        settle();
        for (int round = 0; round < most_rounds; ++round) {
            const auto before = local_;
            const std::size_t events = recording_.events.size();
            const bool again = time_out(0, TimeoutKind::retransmission) || time_out(1, TimeoutKind::retransmission) ||
                               end_use_if(users_close) || time_out(0, TimeoutKind::fin_wait_2) ||
                               time_out(1, TimeoutKind::fin_wait_2);
            if (!again) break;
            settle();
            if (local_ == before) {  // and so it would go on
                recording_.events.resize(events);
                break;
            }
        }
        return std::move(recording_);
    }

private:
    static constexpr int most_rounds = 6;
    static constexpr int most_steps = 40;  // more than any run here needs; answers may not end

    struct UnderWay {
        Segment segment;
        std::size_t event;  ///< that sent it
    };
    struct Theirs {
        Segment segment;
        std::optional<std::size_t> event;  ///< that sent ours, which stands for it
    };

    static Peer peer_of(std::size_t end) { return end == 0 ? Peer::a : Peer::b; }
    const Config& config(std::size_t end) const { return system_.local(local_[end]).config; }
    const std::vector<TwoEnds::LocalMove>& moves(std::size_t end) const {
        return system_.local_moves(end, local_[end]);
    }
    bool quiet() const {
        return way_[0].empty() && way_[1].empty() && system_.idle(0, local_[0]) && system_.idle(1, local_[1]);
    }

    void record(std::size_t end, const Event& event, std::optional<std::size_t> from = std::nullopt) {
        Recorded r;
        r.peer = peer_of(end);
        r.event = event;
        r.from = from;
        r.outcome = system_.outcome(end, config(end), event);
        recording_.events.push_back(std::move(r));
    }
    void take(std::size_t end, const TwoEnds::LocalMove& m) {
        const std::uint32_t next = m.next;
        record(end, m.event);
        if (m.segment) way_[end].push_back({system_.segment(*m.segment), recording_.events.size() - 1});
        local_[end] = next;
    }

    /// A call that is refused is shown; one that would do nothing, or wait, is not.
    void call(std::size_t end, const Event& event) {
        const CallKind kind = std::get<Call>(event).kind;
        for (const TwoEnds::LocalMove& m : moves(end)) {
            if (m.kind() != MoveKind::call || std::get<Call>(m.event).kind != kind) continue;
            take(end, m);
            return;
        }
        if (system_.outcome(end, config(end), event).verdict == Verdict::refused) record(end, event);
    }

    bool end_use(std::size_t end) {
        for (const CallKind kind : {CallKind::receive, CallKind::close}) {
            for (const TwoEnds::LocalMove& m : moves(end)) {
                if (m.kind() != MoveKind::call || std::get<Call>(m.event).kind != kind) continue;
                take(end, m);
                return true;
            }
        }
        return false;
    }

    bool end_use_if(bool users_close) {
        for (std::size_t end = 0; end < 2; ++end) {
            const bool closes = users_close || config(end).state == State::CloseWait;
            if (closes && system_.bounds().may_close[end] && end_use(end)) return true;
        }
        return false;
    }

    bool time_out(std::size_t end, TimeoutKind kind) {
        if (kind == TimeoutKind::time_wait && system_.retransmits(local_[1 - end])) return false;
        for (const TwoEnds::LocalMove& m : moves(end)) {
            if (m.kind() != MoveKind::timeout || std::get<Timeout>(m.event).kind != kind) continue;
            take(end, m);
            return true;
        }
        return false;
    }

    /// The segment itself, or one of its kind, or whatever the end has to send.
    std::optional<std::size_t> depart_like(std::size_t end, const Segment& segment) {
        const TwoEnds::LocalMove* best = nullptr;
        int how_like = -1;
        for (const TwoEnds::LocalMove& m : moves(end)) {
            if (!m.segment) continue;
            if (m.needs != TwoEnds::LocalMove::Needs::nothing && !quiet()) continue;
            const Segment& s = system_.segment(*m.segment);
            const int like = s == segment ? 3 : s.flags == segment.flags && s.text == segment.text ? 2 : 0;
            if (like > how_like) {
                best = &m;
                how_like = like;
            }
        }
        if (best == nullptr) return std::nullopt;
        take(end, *best);
        return recording_.events.size() - 1;
    }
    bool depart_first(std::size_t end) {
        for (const TwoEnds::LocalMove& m : moves(end)) {
            if (!m.segment || m.needs != TwoEnds::LocalMove::Needs::nothing) continue;
            take(end, m);
            return true;
        }
        return false;
    }
    /// As in TwoEnds: before anything else happens to their end.
    void send_resets(std::size_t end) {
        const auto reset = [&] {
            const auto& all = moves(end);
            return std::find_if(all.begin(), all.end(), [&](const TwoEnds::LocalMove& m) {
                return m.segment && system_.segment(*m.segment).rst();
            });
        };
        for (auto m = reset(); m != moves(end).end(); m = reset()) take(end, *m);
    }

    void arrive(std::size_t end, const Segment& segment, std::optional<std::size_t> from) {
        record(end, system_.arrival_event(end, local_[end], segment), from);
        local_[end] = system_.arrival(end, local_[end], segment);
    }
    void arrive_oldest(std::size_t end) {
        const UnderWay u = way_[1 - end].front();
        way_[1 - end].pop_front();
        send_resets(end);
        arrive(end, u.segment, u.event);
    }
    void arrive_like(std::size_t end, const Move& m) {
        auto& theirs = theirs_[1 - end];
        const auto it =
            std::find_if(theirs.begin(), theirs.end(), [&](const Theirs& t) { return t.segment == m.segment; });
        if (it == theirs.end()) return;
        const std::optional<std::size_t> event = it->event;
        if (m.label.kind != MoveKind::arrives_twice) theirs.erase(it);
        if (!event) return;
        auto& way = way_[1 - end];
        const auto ours = [&] {
            return std::find_if(way.begin(), way.end(), [&](const UnderWay& u) { return u.event == *event; });
        };
        if (ours() == way.end()) return;
        if (m.label.kind == MoveKind::lost) {
            way.erase(ours());
            return;
        }
        if (!system_.bounds().reordering) {
            while (ours() != way.begin()) arrive_oldest(end);
        }
        const UnderWay u = *ours();
        if (m.label.kind == MoveKind::arrives) way.erase(ours());
        arrive(end, u.segment, u.event);
    }

    void settle() {
        for (int step = 0; step < most_steps; ++step) {
            if (depart_first(0) || depart_first(1)) continue;
            if (way_[0].empty() && way_[1].empty()) return;
            const bool b_first = way_[1].empty() || (!way_[0].empty() && way_[0].front().event < way_[1].front().event);
            arrive_oldest(b_first ? 1 : 0);
        }
    }

    TwoEnds& system_;
    std::array<std::uint32_t, 2> local_{};
    std::array<std::deque<UnderWay>, 2> way_{};    ///< by sender
    std::array<std::vector<Theirs>, 2> theirs_{};  ///< what is under way in the run that is followed
    Recording recording_{};
};

// ------------------------------------------------------------------------------------------ as text

/// The moments that the recording of a run's beginning has.
std::size_t moments_of(const Recording& stem) {
    if (stem.events.empty()) return 0;
    std::string error;
    const auto parsed = support::parse_case(support::to_case(stem, ""), "", error);
    return parsed ? support::play(*parsed).history.moments.size() : 0;
}

/// A note where the cycle begins.
void mark_cycle(support::History& history, const Recording& stem) {
    auto& moments = history.moments;
    const std::size_t at = std::min(moments_of(stem), moments.size());
    support::Moment note;
    note.text = "what follows comes again and again";
    // In a column where it shares no line with what comes before it or, if possible, behind it.
    const bool behind_note = at > 0 && moments[at - 1].kind == support::Moment::Kind::note;
    note.states = at == 0 ? history.start : moments[at - 1].states;
    if (at < moments.size()) note.peer = moments[at].peer;
    if (behind_note) note.peer = moments[at - 1].peer;
    for (std::size_t i = at; i < moments.size(); ++i) {
        if (moments[i].from && *moments[i].from >= at) ++*moments[i].from;
    }
    moments.insert(moments.begin() + static_cast<std::ptrdiff_t>(at), note);
}

Shown show(Recording recording, const std::string& title, const std::vector<std::string>& comment,
           const Recording* stem = nullptr) {
    Shown shown;
    shown.recording = std::move(recording);
    if (shown.recording.events.empty()) return shown;
    shown.case_text = support::to_case(shown.recording, title, comment);
    std::string error;
    const auto parsed = support::parse_case(shown.case_text, title, error);
    if (!parsed) throw std::logic_error{error};
    support::Run run = support::play(*parsed);
    if (run.mismatch) throw std::logic_error{to_string(*run.mismatch)};
    if (stem != nullptr) mark_cycle(run.history, *stem);
    for (support::Moment& m : run.history.moments) {
        if (m.kind == support::Moment::Kind::arrival && !m.from) m.text = "forged";
    }
    shown.ladder = support::ladder(run.history);
    shown.history = std::move(run.history);
    return shown;
}

}  // namespace

const Story* story(std::string_view name) {
    const auto all = stories();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Story& s) { return s.name == name; });
    return found == all.end() ? nullptr : &*found;
}

Told tell(const Story& story, const Limits& limits) {
    Told told;
    told.story = &story;
    Bounds without = story.without, full = story.full;
    for (Bounds* b : {&without, &full}) {
        for (Policy& p : b->policies) p = decided(p);
    }
    const Search found = search(without, story.sought, limits);
    told.without = found.counts;
    if (found.answer == Answer::violated) {
        told.path = found.path;
        told.until_r2 = found.until_r2;
        TwoEnds system{without}, whole{full};
        const Walk run = walk(system, found.path);
        const bool endless = !found.path.cycle.empty();
        const Recording stem = endless ? walk(system, {found.path.stem, {}}).recording : Recording{};
        told.counterexample =
            show(run.recording, std::string{story.question}, {std::string{story.wrong}}, endless ? &stem : nullptr);
        Follower follower{whole};
        for (const Move& m : run.moves) follower.follow(m);
        told.same =
            show(follower.rest(story.sought.goal && story.sought.goal->users_close),
                 std::string{story.question} + " The same under RFC 9293", {std::string{story.sought.sentence}});
    }
    const Search held = search(full, story.sought, limits);
    told.full = held.counts;
    told.answer = held.answer;
    return told;
}

}  // namespace lastack::exhaustive
