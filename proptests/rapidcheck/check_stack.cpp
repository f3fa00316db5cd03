#include "lastack/proptest/check_stack.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

#include "lastack/lifecycle/timers.hpp"
#include "lastack/oracle/monitor.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack::proptest {
namespace {

using support::Broken;
using support::Recorded;
using support::Word;

/// An event may set no more segments free than this: beyond it is a livelock.
constexpr std::size_t most_departures = 1000;
/// ... for a SEND is no larger than this.
constexpr std::uint32_t most_octets = 4000;

/// Longer than an ACK may be delayed (MUST-40).
constexpr std::int64_t pause_ns = 600 * ms_in_ns;
/// How long to wait, at the end of a run, for what must happen by itself.
constexpr std::int64_t patience_ns = 60 * minute_in_ns;
constexpr std::int64_t step_ns = 10 * second_in_ns;

/// A decided policy that `cube` admits.
Policy completed(Policy cube) {
    for (const ChoiceInfo& choice : choices()) {
        if (!cube.decided(choice.choice)) cube = cube.with(choice.choice, 0);
    }
    return cube;
}

class StackRun {
public:
    StackRun(std::span<const Word> words, const StackFunctions& stack, const StackOptions& options,
             support::Recording* recording)
        : words_{words},
          stack_{stack},
          options_{options},
          recording_{recording},
          monitor_{everything_visible(), options.policy} {
        if (!words.empty()) setting_ = support::decode_setting(words.front());
        if (!options.passive_open) setting_.passive = false;
        monitor_.begin(Config{});
        if (recording_ != nullptr) {
            recording_->foreign = true;
            recording_->words.assign(words.begin(), words.end());
        }
    }

    std::optional<Broken> run() {
        try {
            for (at_ = 1; at_ < words_.size() && !over(); ++at_) happen(words_[at_]);
            if (!over()) be_patient();
        } catch (const std::exception& e) {
            break_it("throws", std::string{"the stack throws: "} + e.what());
        } catch (...) {
            break_it("throws", "the stack throws something that is no std::exception");
        }
        if (recording_ != nullptr) {
            const std::vector<Policy> cubes = monitor_.policies();
            recording_->policies[0] = completed(cubes.empty() ? options_.policy : cubes.front());
        }
        return broken_;
    }

private:
    bool over() const { return broken_ || monitor_.judgement() != Judgement::conforms; }

    /// One event. Time passes before it and none behind it, so that what leaves next is its answer and no timer's.
    void happen(Word w) {
        pass_time(ms_in_ns);
        if (over()) return;
        const Config before = monitor_.likeliest();
        certain_ = monitor_.belief_size() == 1;
        const Event event = support::decode(w, before, setting_, place_);
        ++place_.tick;
        if (const auto* call = std::get_if<Call>(&event)) {
            happen(before, visible(*call));
        } else if (const auto* arrival = std::get_if<Arrival>(&event)) {
            const Arrival a = visible(*arrival);
            if (decided_by_the_rfc(before, a.segment)) happen(before, a);
        } else if (const auto* timeout = std::get_if<Timeout>(&event)) {
            // A timeout is nothing that can be told to a stack: time passes until it is due.
            constexpr std::array<std::int64_t, 4> spans{user_timeout_default_ns, 3 * second_in_ns,
                                                        time_wait_ns() + second_in_ns, 2 * minute_in_ns};
            pass_time(spans[static_cast<std::size_t>(timeout->kind)]);
        } else {
            pass_time(pause_ns);
        }
    }

    /// Not so between the edge that was announced and the room there is since the user has read: a receiver may
    /// keep its window where it was (MUST-39). And not half the sequence space away, where before is behind.
    static bool decided_by_the_rfc(const Config& c, const Segment& s) {
        if (c.state < State::SynReceived) return true;
        const auto half_way = [](std::uint32_t distance) { return distance - 0x7ffc0000u < 0x80000u; };
        if (half_way(s.seq - c.rcv_nxt) || half_way(s.end() - c.rcv_nxt)) return false;
        if (s.has_ack() && (half_way(s.ack - c.snd_una) || half_way(s.ack - c.snd_nxt))) return false;
        const Seq room = c.rcv_nxt + c.rcv_wnd;
        return room == c.rcv_adv || (s.seq < c.rcv_adv && s.end() <= c.rcv_adv) || s.seq >= room;
    }

    /// What cannot be told to a stack from outside is as usual.
    Call visible(Call call) const {
        call.permitted = call.security_allowed = call.room = call.remote_specified = true;
        call.iss_given = false;
        call.iss = Seq{};
        call.octets = std::min(call.octets, most_octets);
        if (call.kind == CallKind::open_passive && !options_.passive_open) call.kind = CallKind::status;
        return call;
    }
    Arrival visible(Arrival arrival) const {
        arrival.segment.security_mismatch = false;
        arrival.iss_given = false;
        arrival.iss = Seq{};
        return arrival;
    }

    void happen(const Config& before, const Call& call) {
        monitor_.call(now_ns_, call);
        Outcome out;
        out.reply = stack_.call(call);
        if (out.reply == Reply::none) out.reply = Reply::ok;
        settle(before, call, out);
    }
    void happen(const Config& before, const Arrival& arrival) {
        monitor_.arrival(now_ns_, arrival.segment);
        const Config& c = monitor_.likeliest();
        const bool provokes = std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count,
                                          [](const Owed& o) { return o.when == When::throttleable; });
        stack_.deliver(arrival.segment);
        settle(before, arrival, {});
        provoked_ = provoked_ || provokes;
    }

    void pass_time(std::int64_t ns) {
        const State before = stack_.state();
        now_ns_ += ns;
        stack_.wait(ns);
        drain();
        follow_state(before);
    }

    /// What must happen by itself happens: TIME-WAIT ends (L6), and what is unacknowledged goes again (L7).
    void be_patient() {
        const State state = stack_.state();
        const Config c = monitor_.likeliest();
        const bool waits = state == State::TimeWait;
        // What the peer's window has no room for any more is probed, not repeated.
        const bool fits = !synchronized(state) || c.snd_nxt <= c.snd_una + c.snd_wnd;
        const bool repeats = monitor_.belief_size() == 1 && c.iss_chosen && c.snd_una != c.snd_nxt && fits && !waits &&
                             state != State::Closed && state != State::Listen;
        if (!waits && !repeats) return;
        for (std::int64_t waited = 0; waited < patience_ns && !over(); waited += step_ns) {
            answer_.clear();
            pass_time(step_ns);
            const bool again = std::any_of(answer_.begin(), answer_.end(),
                                           [&](const Segment& s) { return s.len() > 0 && s.seq < c.snd_nxt; });
            if (again || (waits && stack_.state() != state)) return;
            if (stack_.state() != state) break;  // it gave up
        }
        if (over()) return;
        if (waits) break_it("L6", "TIME-WAIT has not ended after an hour");
        if (repeats) {
            break_it("L7", "what begins at " + std::to_string(c.snd_una.value) + " in " + std::string{name(state)} +
                               " is unacknowledged, and was not sent again, within an hour or before it gave up");
        }
    }

    void settle(const Config& before, const Event& event, Outcome out) {
        const std::size_t recorded = record(event, out);
        answer_.clear();
        drain();
        follow_state(before.state);
        if (recording_ != nullptr) recording_->events[recorded].outcome.next.state = stack_.state();
        if (over()) return;
        // With several hypotheses alive, what the end was before may be another one's past.
        const bool certain = certain_ && monitor_.belief_size() == 1;
        const Config& settled = monitor_.likeliest();
        out.next = settled;
        out.verdict = out.reply > Reply::ok           ? Verdict::refused
                      : settled.state != before.state ? Verdict::transition
                                                      : Verdict::no_change;
        hold(before, event, out, settled, certain);
    }

    void drain() {
        for (std::size_t n = 0; !over(); ++n) {
            const std::optional<Segment> segment = stack_.departure();
            if (!segment) break;
            if (n == most_departures) {
                break_it("L8", "more than " + std::to_string(n) + " segments leave at once; the last one is " +
                                   to_string(*segment));
                return;
            }
            answer_.push_back(*segment);
            record(Departure{*segment}, {});
            monitor_.departure(now_ns_, *segment);
            judge();
        }
        monitor_.quiet(now_ns_);
        judge();
    }

    /// The stack's own timers are seen by the state they lead to.
    void follow_state(State before) {
        if (over()) return;
        const State now = stack_.state();
        if (now == State::TimeWait && before != State::TimeWait) time_wait_since_ns_ = now_ns_;
        if (monitor_.told_state(now)) return;
        for (const TimeoutKind kind : {TimeoutKind::time_wait, TimeoutKind::fin_wait_2, TimeoutKind::user}) {
            Monitor tried = monitor_;
            tried.timeout(now_ns_, Timeout{kind});
            if (tried.judgement() == Judgement::conforms && tried.told_state(now)) {
                if (kind == TimeoutKind::time_wait && now_ns_ - time_wait_since_ns_ < time_wait_ns(options_.msl_ns)) {
                    break_it("L6", "TIME-WAIT has ended before 2 MSL");
                }
                monitor_ = tried;
                record(Timeout{kind}, {});
                return;
            }
        }
        break_it("S29", "the stack says " + std::string{name(now)} + " where the RFC has " +
                            std::string{name(monitor_.likeliest().state)} + ", from " + std::string{name(before)});
    }

    void judge() {
        const Deviation* d = monitor_.deviation();
        if (d == nullptr || broken_) return;
        std::string allowed;
        for (const Segment& s : d->allowed) allowed += (allowed.empty() ? "" : " or ") + to_string(s);
        const std::string rule{id(d->rule)};
        break_it("S29", d->unanswered
                            ? "no answer to " + to_string(d->observed) + " in " + std::string{name(d->config.state)} +
                                  " (rule " + rule + ")"
                            : "it sent " + to_string(d->observed) + " in " + std::string{name(d->config.state)} +
                                  "; allowed: " + (allowed.empty() ? "nothing" : allowed) + " (rule " + rule + ")");
    }

    /// Holds the properties that can be seen from outside. What the stack has not decided yet may be either way.
    void hold(const Config& before, const Event& event, const Outcome& out, const Config& settled, bool certain) {
        static const auto properties = support::checked_with(support::Sight::outside);
        const std::vector<Policy> cubes = monitor_.policies();
        for (const support::EndProperty* p : properties) {
            if (!certain) break;
            // Answers to what is unacceptable may be throttled (RFC 5961 7): of each run only the first is demanded.
            const bool throttleable = p->id == "S24" || p->id == "S25" || p->id == "S27";
            if (throttleable && provoked_) continue;
            const auto broken_under = [&](const Policy& policy) {
                return p->check({before, event, out, policy, past_, answer_, settled, true, support::Sight::outside}) ==
                       support::Finding::broken;
            };
            const bool broken = std::all_of(cubes.begin(), cubes.end(), [&](const Policy& cube) {
                return broken_under(completed(cube)) && broken_under_neighbours(cube, broken_under);
            });
            if (broken && !cubes.empty()) {
                break_it(std::string{p->id}, std::string{p->id} + " (" + std::string{p->sentence} + ") broken by " +
                                                 support::to_string(event) + " in " + to_string(before) + "; then " +
                                                 to_string(settled));
                return;
            }
        }
        note(past_, {before, event, out, completed(cubes.empty() ? Policy{} : cubes.front()), past_, answer_, settled,
                     true, support::Sight::outside});
        for (const Segment& s : answer_) {
            const Event departure = Departure{s};
            Outcome left;
            left.next = settled;
            left.verdict = Verdict::no_change;
            note(past_, {settled, departure, left, options_.policy, past_, {}, settled, false});
        }
    }

    /// Is it broken under each policy that differs from the completed cube in up to two open choices?
    template <class BrokenUnder>
    static bool broken_under_neighbours(const Policy& cube, BrokenUnder broken_under) {
        const Policy base = completed(cube);
        std::vector<Policy> steps{base};
        for (int distance = 0; distance < 2; ++distance) {
            std::vector<Policy> wider;
            for (const Policy& p : steps) {
                for (const ChoiceInfo& choice : choices()) {
                    if (cube.decided(choice.choice)) continue;
                    for (std::uint8_t r = 1; r < choice.reading_count; ++r) wider.push_back(p.with(choice.choice, r));
                }
            }
            for (const Policy& p : wider) {
                if (!broken_under(p)) return false;
            }
            steps = std::move(wider);
        }
        return true;
    }

    void break_it(std::string id, std::string message) {
        if (!broken_) broken_ = Broken{std::move(id), std::move(message), at_};
    }

    std::size_t record(const Event& event, const Outcome& out) {
        if (recording_ == nullptr) return 0;
        Recorded r{support::Peer::a, event, std::nullopt, out};
        r.outcome.next.state = stack_.state();
        recording_->events.push_back(r);
        return recording_->events.size() - 1;
    }

    std::span<const Word> words_;
    const StackFunctions& stack_;
    const StackOptions& options_;
    support::Recording* recording_;
    support::Setting setting_{};
    support::Place place_{};
    support::Past past_{};
    Monitor monitor_;
    std::int64_t now_ns_{0};
    std::int64_t time_wait_since_ns_{0};
    bool certain_{true};    ///< one hypothesis before the event
    bool provoked_{false};  ///< an ACK that may be throttled has been asked for
    std::vector<Segment> answer_{};
    std::size_t at_{0};
    std::optional<Broken> broken_{};
};

}  // namespace

std::optional<Broken> run_stack(std::span<const Word> words, const StackFunctions& stack, const StackOptions& options,
                                support::Recording* recording) {
    return StackRun{words, stack, options, recording}.run();
}

}  // namespace lastack::proptest
