// Playing case files on lastack::step.
#include <algorithm>
#include <deque>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/support/case.hpp"
#include "lastack/support/wording.hpp"
#include "names.hpp"

namespace lastack::support {
namespace {

using Kind = Fact::Kind;

struct Seen {
    Fact fact;
    std::size_t command;  ///< of the block
    bool must_be_expected;
    bool matched{false};
};

std::string to_string(const Fact& f) {
    const std::string who{letter(f.peer)};
    switch (f.kind) {
        case Kind::sends:
            return who + " sends " + (f.segment ? lastack::to_string(*f.segment) : "nothing");
        case Kind::signals:
            return who + " signals " + f.value;
        case Kind::delivers:
            return who + " delivers " + f.value;
        case Kind::ignores:
            return who + " ignores";
        case Kind::rule:
            return who + " rules " + f.value;
        case Kind::starts:
            return who + " starts " + f.value;
        case Kind::timers:
            return who + " timers " + f.value;
        case Kind::state:
        case Kind::error:
            break;
    }
    return who + " " + f.value;
}

/// The expectation in words. A segment is given as it was written: what was left out does not matter.
std::string to_string(const Expectation& e) {
    if (e.fact.kind == Kind::sends) return std::string{letter(e.fact.peer)} + " sends " + e.fact.value;
    return to_string(e.fact);
}

bool fits(const Expectation& e, const Segment& got) {
    const Segment& s = *e.fact.segment;
    Segment expected = s;
    if (!s.psh()) expected.flags |= got.flags & flag::psh;
    if (!s.has_ack()) expected.ack = got.ack;
    if (!e.window_written) expected.wnd = got.wnd;
    if (!e.options_written) {
        expected.mss = got.mss;
        expected.wscale = got.wscale;
        expected.has_ts = got.has_ts;
        expected.tsval = got.tsval;
        expected.tsecr = got.tsecr;
        expected.sack_permitted = got.sack_permitted;
    }
    return expected == got;
}

bool fits(const Expectation& e, const Fact& got) {
    if (e.fact.kind != got.kind || e.fact.peer != got.peer) return false;
    if (got.kind != Kind::sends) return e.fact.value == got.value;
    if (!e.fact.segment || !got.segment) return e.fact.segment.has_value() == got.segment.has_value();
    return fits(e, *got.segment);
}

struct UnderWay {
    Segment segment;
    std::size_t departure;  ///< index of its moment
};

class Player {
public:
    explicit Player(const Case& c) : case_{c} {}

    Run play() {
        run_.history.b_is_played = case_.b_is_played;
        for (const Block& block : case_.blocks) {
            seen_.clear();
            block_ = &block;
            for (command_ = 0; command_ < block.commands.size(); ++command_) {
                const Command& c = block.commands[command_];
                if (!perform(c)) return finished();
            }
            --command_;
            see_what_rests();
            compare(block);
            if (run_.mismatch) return finished();
        }
        see_the_end();
        return finished();
    }

private:
    Run finished() {
        run_.ends = ends_;
        for (UnderWay& u : ways_[0]) run_.history.moments[u.departure].fate = Moment::Fate::under_way;
        for (UnderWay& u : ways_[1]) run_.history.moments[u.departure].fate = Moment::Fate::under_way;
        return std::move(run_);
    }

    bool mismatch(int line, std::string expected, std::string got) {
        run_.mismatch = Mismatch{case_.file, line, std::move(expected), std::move(got)};
        return false;
    }

    // ---- commands ----

    bool perform(const Command& c) {
        switch (c.kind) {
            case Command::Kind::call:
                call(c);
                return true;
            case Command::Kind::sends:
            case Command::Kind::probes:
                return send(c);
            case Command::Kind::receives:
                receive(c.peer, *c.segment, std::nullopt, c.what);
                return true;
            case Command::Kind::timeout:
                return time_out(c);
            case Command::Kind::crash:
                crash(c.peer);
                return true;
            case Command::Kind::iss:
                take_iss(c);
                return true;
            case Command::Kind::listener:
                listener_[index(c.peer)] = c.listener;
                return true;
            case Command::Kind::deliver:
            case Command::Kind::lose:
            case Command::Kind::duplicate:
                return move_segment(c);
            case Command::Kind::established:
                return establish(c);
        }
        return true;
    }

    Outcome step(Peer peer, const Event& event) const {
        const Config& end = ends_[index(peer)];
        const Instruments& i = case_.instruments;
        const Policy& policy = case_.policies[index(peer)];
        return i.any() ? step_instrumented(end, event, policy, i) : lastack::step(end, event, policy);
    }

    void take_iss(const Command& c) {
        if (c.iss_later) next_iss_[index(c.peer)].reset();
        if (c.call.iss_given) next_iss_[index(c.peer)] = c.call.iss;
    }

    void call(const Command& c) {
        take_iss(c);
        Call call = c.call;
        if (call.kind == CallKind::open_active || call.kind == CallKind::send) {
            const std::optional<Seq>& iss = next_iss_[index(c.peer)];
            call.iss_given = iss.has_value();
            call.iss = iss.value_or(Seq{});
        }
        note(words_of(call), take(c.peer, call, step(c.peer, call)));
    }

    bool time_out(const Command& c) {
        const auto t = std::find_if(timer_names.begin(), timer_names.end(),
                                    [&](const TimerName& n) { return n.timeout == c.timeout; });
        const Config& end = ends_[index(c.peer)];
        if (!end.runs(t->bit) && !c.anyway) {
            return mismatch(c.line, std::string{letter(c.peer)} + "'s timer runs: " + std::string{t->name},
                            "timers " + names_of_timers(end.timers));
        }
        const Timeout timeout{c.timeout};
        const Outcome out = step(c.peer, timeout);
        if (out.verdict == Verdict::ignored) see(Fact{c.peer, Kind::ignores, "", {}}, false);
        note(words_of(timeout), take(c.peer, timeout, out));
        return true;
    }

    void crash(Peer peer) {
        Outcome forgotten;
        forgotten.verdict = Verdict::no_change;
        note("crash", take(peer, Call{}, forgotten));
    }

    bool send(const Command& c) {
        if (c.segment) return send_this(c);
        SchedulerOptions options;
        options.probe = c.kind == Command::Kind::probes;
        options.iss = next_iss_[index(c.peer)].value_or(Seq{});
        const Config& end = ends_[index(c.peer)];
        const auto segment = next_departure(end, options);
        see(Fact{c.peer, Kind::sends, segment ? "" : "nothing", segment}, true);
        if (!segment) return true;
        const Outcome out = step(c.peer, Departure{*segment});
        if (out.verdict == Verdict::refused) {
            return mismatch(c.line, "the machine lets leave what the scheduler proposes",
                            lastack::to_string(*segment) + " is refused in " + lastack::to_string(end));
        }
        depart(c.peer, *segment, out);
        return true;
    }

    /// A segment that nobody proposed. What follows in the block supposes that it left, unless it says otherwise.
    bool send_this(const Command& c) {
        const Config& end = ends_[index(c.peer)];
        const Outcome out = step(c.peer, Departure{*c.segment});
        if (out.verdict != Verdict::refused) {
            see(Fact{c.peer, Kind::sends, "", c.segment}, false);
            depart(c.peer, *c.segment, out);
            return true;
        }
        Moment m = take(c.peer, Departure{*c.segment}, out);
        m.kind = Moment::Kind::departure;
        m.segment = *c.segment;
        m.fate = Moment::Fate::lost;
        run_.history.moments.push_back(m);
        see(Fact{c.peer, Kind::error, "refuses", {}}, true);
        const auto& expected = block_->expectations;
        const bool foreseen = std::any_of(expected.begin(), expected.end(), [&](const Expectation& e) {
            return e.fact.kind == Kind::error && e.fact.value == "refuses" && e.fact.peer == c.peer;
        });
        return foreseen || mismatch(c.line, std::string{letter(c.peer)} + " sends " + lastack::to_string(*c.segment),
                                    "it is refused in " + lastack::to_string(end));
    }

    void depart(Peer peer, const Segment& segment, const Outcome& out) {
        Moment m = take(peer, Departure{segment}, out);
        m.kind = Moment::Kind::departure;
        m.segment = segment;
        if (!case_.b_is_played) ways_[index(peer)].push_back(UnderWay{segment, run_.history.moments.size()});
        run_.history.moments.push_back(m);
    }

    void receive(Peer peer, const Segment& segment, std::optional<std::size_t> from, const std::string& what) {
        Arrival arrival;
        arrival.segment = segment;
        arrival.iss_given = next_iss_[index(peer)].has_value();
        arrival.iss = next_iss_[index(peer)].value_or(Seq{});
        arrival.listener = listener_[index(peer)];
        if (!from && segment.syn()) learn_isn(other(peer), segment.seq);
        const Outcome out = step(peer, arrival);
        if (out.verdict == Verdict::ignored) see(Fact{peer, Kind::ignores, "", {}}, false);
        Moment m = take(peer, arrival, out);
        m.kind = Moment::Kind::arrival;
        m.segment = segment;
        m.from = from;
        m.text = what;
        run_.history.moments.push_back(m);
    }

    bool move_segment(const Command& c) {
        std::deque<UnderWay>& way = ways_[index(c.peer)];
        if (way.size() < c.number[0]) {
            return mismatch(c.line, "a segment from " + std::string{letter(c.peer)} + " is under way",
                            way.empty() ? "none" : "no more than " + std::to_string(way.size()));
        }
        const auto chosen = way.begin() + static_cast<std::ptrdiff_t>(c.number[0] - 1);
        const UnderWay u = *chosen;
        if (c.kind == Command::Kind::duplicate) {
            way.push_back(u);
            return true;
        }
        way.erase(chosen);
        if (c.kind == Command::Kind::deliver) {
            arrived_.push_back(u.departure);
            receive(other(c.peer), u.segment, u.departure, "");
        } else if (std::find(arrived_.begin(), arrived_.end(), u.departure) == arrived_.end()) {
            run_.history.moments[u.departure].fate = Moment::Fate::lost;
        }
        return true;
    }

    /// Both ends through a handshake that nobody watches.
    bool establish(const Command& c) {
        for (const Config& end : ends_) {
            if (end != Config{}) return mismatch(c.line, "both ends are fresh", lastack::to_string(end));
        }
        Command open;
        open.text = "B OPEN";
        open.peer = Peer::b;
        open.call.kind = CallKind::open_passive;
        open.call.iss_given = true;
        open.call.iss = Seq{c.number[1]} - 1;
        call(open);
        open.peer = Peer::a;
        open.call.kind = CallKind::open_active;
        open.call.iss = Seq{c.number[0]} - 1;
        call(open);
        Command sends;
        sends.kind = Command::Kind::sends;
        Command deliver;
        deliver.kind = Command::Kind::deliver;
        deliver.number[0] = 1;
        for (const Peer peer : {Peer::a, Peer::b, Peer::a}) {
            sends.peer = deliver.peer = peer;
            if (!send(sends) || !move_segment(deliver)) return false;
        }
        run_.history.moments.clear();
        arrived_.clear();
        seen_.clear();
        run_.history.start = states();
        see(Fact{Peer::a, Kind::state, std::string{name(ends_[0].state)}, {}}, true);
        see(Fact{Peer::b, Kind::state, std::string{name(ends_[1].state)}, {}}, true);
        return true;
    }

    // ---- what is seen ----

    void see(Fact fact, bool must_be_expected) { seen_.push_back(Seen{std::move(fact), command_, must_be_expected}); }

    std::array<State, 2> states() const { return {ends_[0].state, ends_[1].state}; }

    /// The outcome becomes the state of the end; everything about it that can be expected is noted down.
    Moment take(Peer peer, const Event& event, const Outcome& out) {
        Config& end = ends_[index(peer)];
        const State before = end.state;
        end = out.next;
        if (end.iss_chosen) learn_isn(peer, end.iss);
        Moment m;
        m.peer = peer;
        m.states = states();
        m.signals = worth_a_line(before, event, out);
        if (end.state != before) see(Fact{peer, Kind::state, std::string{name(end.state)}, {}}, true);
        for (unsigned bit = 0; bit < 16; ++bit) {
            const auto signal = static_cast<std::uint16_t>(out.signals & (1u << bit));
            if (signal == 0) continue;
            const std::string text{name_of_signal(signal)};
            see(Fact{peer, Kind::signals, text, {}}, signal != signal::push && !case_.seen_from_outside);
        }
        if (out.reply > Reply::ok) {
            const std::string text{name(out.reply)};
            see(Fact{peer, Kind::error, text, {}}, true);
        }
        if (out.delivered > 0) {
            see(Fact{peer, Kind::delivers, std::to_string(out.delivered), {}}, !case_.seen_from_outside);
        }
        for (std::size_t i = 0; i < out.fired_count; ++i) {
            m.rules.push_back(out.fired[i]);
            see(Fact{peer, Kind::rule, std::string{id(out.fired[i])}, {}}, false);
        }
        for (const TimerName& t : timer_names) {
            if ((out.restarted & t.bit) != 0) see(Fact{peer, Kind::starts, std::string{t.name}, {}}, false);
        }
        return m;
    }

    void note(std::string text, Moment m) {
        m.kind = Moment::Kind::note;
        m.text = std::move(text);
        run_.history.moments.push_back(std::move(m));
    }

    void learn_isn(Peer peer, Seq isn) {
        if (isn_known_[index(peer)]) return;
        isn_known_[index(peer)] = true;
        run_.history.isn[index(peer)] = isn;
    }

    void see_what_rests() {
        for (const Peer peer : {Peer::a, Peer::b}) {
            const Config& end = ends_[index(peer)];
            see(Fact{peer, Kind::state, std::string{name(end.state)}, {}}, false);
            see(Fact{peer, Kind::timers, names_of_timers(end.timers), {}}, false);
            if (!next_departure(end)) see(Fact{peer, Kind::sends, "nothing", {}}, false);
        }
    }

    void compare(const Block& block) {
        std::size_t from = 0;  // command of the last expectation that was met
        for (const Expectation& e : block.expectations) {
            const auto found = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& s) {
                return !s.matched && s.command >= from && fits(e, s.fact);
            });
            if (found == seen_.end()) {
                mismatch(e.line, to_string(e), what_came_instead(e, from));
                return;
            }
            found->matched = true;
            from = found->command;
        }
        for (const Seen& s : seen_) {
            if (s.matched || !s.must_be_expected || said_already(s)) continue;
            mismatch(block.commands[s.command].line, "nothing more of '" + block.commands[s.command].text + "'",
                     to_string(s.fact));
            return;
        }
    }

    /// "A sends nothing" is seen at a command and at the end of its block.
    bool said_already(const Seen& seen) const {
        return seen.fact.kind == Kind::sends && !seen.fact.segment &&
               std::any_of(seen_.begin(), seen_.end(), [&](const Seen& s) {
                   return s.matched && s.fact.kind == Kind::sends && !s.fact.segment && s.fact.peer == seen.fact.peer;
               });
    }

    /// What was seen in the place of it: of the same kind if there is such a thing, what must be expected first.
    std::string what_came_instead(const Expectation& e, std::size_t from) const {
        const auto alike = [&](const Seen& s) {
            return !s.matched && s.command >= from && s.fact.kind == e.fact.kind && s.fact.peer == e.fact.peer;
        };
        std::string all;
        for (const bool must : {true, false}) {
            for (const Seen& s : seen_) {
                if (!alike(s) || s.must_be_expected != must) continue;
                if (e.fact.kind != Kind::rule) return to_string(s.fact);
                all += (all.empty() ? to_string(s.fact) : " " + s.fact.value);
            }
        }
        return all.empty() ? "nothing of the kind" : all;
    }

    void see_the_end() {
        if (case_.cut) return;
        for (const Peer peer : {Peer::a, Peer::b}) {
            if (run_.mismatch) return;
            const std::string who{letter(peer)};
            if (!ways_[index(peer)].empty()) {
                mismatch(case_.last_line, "nothing is under way at the end",
                         "from " + who + ": " + lastack::to_string(ways_[index(peer)].front().segment));
            } else if (const auto s = next_departure(ends_[index(peer)])) {
                mismatch(case_.last_line, "nobody has anything to send at the end",
                         who + " has " + lastack::to_string(*s));
            }
        }
    }

    const Case& case_;
    Run run_;
    std::array<Config, 2> ends_{};
    std::array<std::deque<UnderWay>, 2> ways_{};  ///< by sender
    std::vector<std::size_t> arrived_;            ///< departures of which a copy arrived
    std::array<std::optional<Seq>, 2> next_iss_{Seq{}, Seq{}};
    std::array<bool, 2> listener_{true, true};
    const Block* block_{nullptr};  ///< that is being played
    std::array<bool, 2> isn_known_{};
    std::vector<Seen> seen_;
    std::size_t command_{0};
};

}  // namespace

std::string to_string(const Mismatch& m) {
    return m.file + ":" + std::to_string(m.line) + ": expected: " + m.expected + "; got: " + m.got;
}

Run play(const Case& c) { return Player{c}.play(); }

}  // namespace lastack::support
