// The machine is what the table declares: the compiled MSM machine, the interpreter that reads the table row by
// row, and the instrumented machine agree; the guards of one check are a partition; every row has its turn.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "lastack/lifecycle/describe.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "situations.hpp"

namespace {

using namespace lastack;
using situations::Draw;
using situations::Situation;

// ---- printing and comparing ----

template <class... T>
std::string say(const T&... parts) {
    std::ostringstream s;
    (s << ... << parts);
    return s.str();
}

std::string to_text(const Event& event) {
    struct {
        std::string operator()(const Call& c) const {
            return say(name(c.kind), " octets ", c.octets, " iss ",
                       c.iss_given ? std::to_string(c.iss.value) : "not given");
        }
        std::string operator()(const Arrival& a) const { return say("arrives: ", to_string(a.segment)); }
        std::string operator()(const Timeout& t) const { return say(name(t.kind)); }
        std::string operator()(const Departure& d) const { return say("departs: ", to_string(d.segment)); }
    } printer;
    return std::visit(printer, event);
}

std::string to_text(const Outcome& o) {
    std::string rows;
    for (std::size_t i = 0; i < o.fired_count; ++i) rows += say(" ", id(o.fired[i]));
    return say(name(o.verdict), ", ", to_string(o.next), ", reply ", name(o.reply), ", signals ", o.signals,
               ", restarted ", int{o.restarted}, ", delivered ", o.delivered, ", acknowledged ", o.acknowledged,
               ", fired", rows);
}

/// What a user or a peer could tell apart.
bool alike(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.delivered == b.delivered && a.acknowledged == b.acknowledged;
}
bool same_rules(const Outcome& a, const Outcome& b) { return a.fired_count == b.fired_count && a.fired == b.fired; }
bool fired(const Outcome& o, Rule r) {
    return std::find(o.fired.begin(), o.fired.begin() + o.fired_count, r) != o.fired.begin() + o.fired_count;
}

std::string about(const Situation& s, const Policy& p) {
    return say(to_string(s.config), "\n", to_text(s.event), "\npolicy ", to_string(p));
}

constexpr int enough_failures = 5;

/// `check` returns what is wrong, or "". Stops when it is clear that something is.
void for_situations(int count, std::uint64_t seed,
                    const std::function<std::string(Draw&, const Situation&, const Policy& decided)>& check) {
    Draw draw{seed};
    int failures = 0;
    for (int i = 0; i < count && failures < enough_failures; ++i) {
        const Situation s = situations::situation(draw);
        const Policy p = situations::decided_policy(draw);
        const std::string wrong = check(draw, s, p);
        if (wrong.empty()) continue;
        ++failures;
        ADD_FAILURE() << wrong << "\n" << about(s, p);
    }
}

// ---- the machine and the table ----

TEST(Machine, EqualsTheDeclaredTable) {
    for_situations(400'000, 1, [](Draw& draw, const Situation& s, const Policy& decided) -> std::string {
        const Outcome machine = step(s.config, s.event, decided);
        const Outcome table = interpret(s.config, s.event, decided).outcome;
        if (!alike(machine, table) || !same_rules(machine, table)) {
            return say("machine: ", to_text(machine), "\ntable:   ", to_text(table));
        }
        if (machine.asked || table.asked) return "a choice was asked though all are decided";

        // With open choices both take the first reading. The table evaluates all guards, the machine no more than it
        // needs: it may ask less, never more.
        const Policy open = situations::opened(draw, decided);
        const Outcome open_machine = step(s.config, s.event, open);
        const Outcome open_table = interpret(s.config, s.event, open).outcome;
        if (!alike(open_machine, open_table) || !same_rules(open_machine, open_table)) {
            return say("open, machine: ", to_text(open_machine), "\nopen, table:   ", to_text(open_table));
        }
        if (open_machine.asked && !open_table.asked) return "the machine asks a choice and the table does not";
        return {};
    });
}

TEST(Guards, FormAPartition) {
    for_situations(400'000, 2, [](Draw&, const Situation& s, const Policy& decided) -> std::string {
        const bool departs = std::holds_alternative<Departure>(s.event);
        for (const Offered& offered : interpret(s.config, s.event, decided).offered) {
            if (offered.holds.size() == 1 || (departs && offered.holds.empty())) continue;
            std::string wrong = say(name(offered.state), " ", offered.check, ": ", offered.holds.size(), " rows hold:");
            for (const Rule r : offered.holds) wrong += say(" ", id(r));
            return wrong;
        }
        return {};
    });
}

TEST(Rows, EachFires) {
    std::vector<int> times(rules().size());
    for_situations(1'000'000, 3, [&](Draw&, const Situation& s, const Policy& decided) -> std::string {
        const Outcome o = step(s.config, s.event, decided);
        for (std::size_t i = 0; i < o.fired_count; ++i) ++times[o.fired[i].index];
        return {};
    });
    for (std::size_t i = 0; i < times.size(); ++i) EXPECT_GT(times[i], 0) << rules()[i].id << " never fired";
}

TEST(Rows, ThatChangeTheStateAreAlternativeIfTheyNeverFireAtTheFirstReadings) {
    std::vector<int> times(rules().size());
    const Policy first = situations::first_readings();
    for_situations(1'000'000, 4, [&](Draw&, const Situation& s, const Policy&) -> std::string {
        if (s.config.origin == Origin::reuse) return {};  // comes of another reading of time_wait_reuse
        const Outcome o = step(s.config, s.event, first);
        for (std::size_t i = 0; i < o.fired_count; ++i) ++times[o.fired[i].index];
        return {};
    });
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (rules()[i].keeps_state) continue;
        EXPECT_EQ(alternative(rules()[i]), times[i] == 0) << rules()[i].id;
    }
}

TEST(Verdicts, IgnoredAndRefusedLeaveTheConfigEqual) {
    int ignored = 0, refused_calls = 0, refused_departures = 0;
    for_situations(400'000, 5, [&](Draw&, const Situation& s, const Policy& decided) -> std::string {
        const Outcome o = step(s.config, s.event, decided);
        if ((o.verdict == Verdict::transition) != (o.next.state != s.config.state))
            return say("transition, or not: ", to_text(o));
        if (o.verdict != Verdict::ignored && o.verdict != Verdict::refused) return {};
        ++(o.verdict == Verdict::ignored                ? ignored
           : std::holds_alternative<Departure>(s.event) ? refused_departures
                                                        : refused_calls);
        if (!(o.next == s.config)) return say("the Config changed: ", to_text(o));
        if (o.signals != 0 || o.restarted != 0 || o.delivered != 0 || o.acknowledged != 0)
            return say("an effect: ", to_text(o));
        return {};
    });
    EXPECT_GT(ignored, 1000);
    EXPECT_GT(refused_calls, 1000);
    EXPECT_GT(refused_departures, 1000);
}

// ---- the instrumented machine ----

TEST(InstrumentedMachine, EqualsThePlainOneWithoutInstruments) {
    for_situations(400'000, 6, [](Draw& draw, const Situation& s, const Policy& decided) -> std::string {
        const Policy p = situations::opened(draw, decided);
        const Outcome plain = step(s.config, s.event, p);
        const Outcome instrumented = step_instrumented(s.config, s.event, p, {});
        const bool same = alike(plain, instrumented) && same_rules(plain, instrumented) &&
                          plain.asked == instrumented.asked && plain.first_asked == instrumented.first_asked;
        return same ? std::string{} : say("plain:        ", to_text(plain), "\ninstrumented: ", to_text(instrumented));
    });
}

TEST(InstrumentedMachine, ARowThatIsOffNeverFiresAndIsMissed) {
    constexpr int samples = 40;
    std::vector<int> tried(rules().size()), missed(rules().size());
    for_situations(1'000'000, 7, [&](Draw&, const Situation& s, const Policy& decided) -> std::string {
        const Outcome plain = step(s.config, s.event, decided);
        for (std::size_t i = 0; i < plain.fired_count; ++i) {
            const Rule r = plain.fired[i];
            if (tried[r.index] >= samples && missed[r.index] > 0) continue;
            ++tried[r.index];
            const Outcome without = step_instrumented(s.config, s.event, decided, {.off = r});
            if (fired(without, r)) return say(id(r), " is off and fires: ", to_text(without));
            if (!alike(plain, without)) ++missed[r.index];
        }
        return {};
    });
    for (std::size_t i = 0; i < tried.size(); ++i) {
        // Without a row that drops the segment nobody takes it either. And in TIME-WAIT, what follows the ACK of a
        // segment without FIN is passed over.
        if (rules()[i].action == "drop" || rules()[i].id == "3.10.7.4-5-TW-plain") continue;
        EXPECT_GT(missed[i], 0) << rules()[i].id << " is off and nothing changes in " << tried[i] << " situations";
    }
}

TEST(InstrumentedMachine, AnInvertedRowFiresExactlyWhenItsGuardRefuses) {
    int refused = 0, fired_instead = 0;
    for_situations(200'000, 8, [&](Draw& draw, const Situation& s, const Policy& decided) -> std::string {
        if (std::holds_alternative<Departure>(s.event)) return {};  // of a refused segment no row is told
        const auto offered = interpret(s.config, s.event, decided).offered;
        if (offered.empty() || offered[0].holds.empty()) return {};
        const Rule holder = offered[0].holds[0];
        std::vector<Rule> rows;  // of the state and check that were offered first
        for (std::size_t i = 0; i < rules().size(); ++i) {
            if (rules()[i].source == offered[0].state && rules()[i].check == offered[0].check) {
                rows.push_back(Rule{static_cast<std::uint16_t>(i)});
            }
        }
        const Rule r = rows[draw.below(static_cast<std::uint32_t>(rows.size()))];
        // The holder off: then only the inverted row can fire there.
        const Outcome o =
            step_instrumented(s.config, s.event, decided, {.off = r == holder ? Rule{} : holder, .inverted = r});
        const bool first = o.fired_count > 0 && o.fired[0] == r;
        ++(r == holder ? refused : fired_instead);
        if (r == holder) return first ? say(id(r), " fires though its guard holds") : std::string{};
        return first ? std::string{} : say(id(r), " does not fire though its guard refuses: ", to_text(o));
    });
    EXPECT_GT(refused, 1000);
    EXPECT_GT(fired_instead, 1000);
}

// ---- the answers of all policies ----

TEST(Allowed, GivesForEachPolicyWhatStepGives) {
    int branched = 0;
    for_situations(60'000, 9, [&](Draw& draw, const Situation& s, const Policy& some) -> std::string {
        const Policy cube = draw.one_in(2) ? Policy{} : situations::opened(draw, some);
        const std::vector<Allowed> answers = allowed(s.config, s.event, cube);
        if (answers.size() > 1) ++branched;
        for (int i = 0; i < 6; ++i) {
            const Policy policy = situations::decided_policy(draw);
            Policy inside = policy;
            for (const ChoiceInfo& choice : choices()) {
                if (cube.decided(choice.choice)) inside = inside.with(choice.choice, cube.value(choice.choice));
            }
            const Outcome expected = step(s.config, s.event, inside);
            int found = 0;
            for (const Allowed& a : answers) {
                for (const Policy& p : a.policies) {
                    if (!p.refines(cube)) return say("a cube lies outside: ", to_string(p));
                    if (!inside.refines(p)) continue;
                    ++found;
                    if (!alike(a.outcome, expected))
                        return say("allowed: ", to_text(a.outcome), "\nstep:    ", to_text(expected));
                }
            }
            if (found != 1) return say(found, " cubes hold the policy ", to_string(inside));
        }
        for (std::size_t i = 0; i < answers.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (alike(answers[i].outcome, answers[j].outcome))
                    return say("the same answer twice: ", to_text(answers[i].outcome));
            }
        }
        return {};
    });
    EXPECT_GT(branched, 1000);
}

// ---- sequence numbers have no origin ----

/// Moves every number of our sequence space by `ours` and of the peer's by `theirs`. Numbers that are not set stay 0.
struct Translation {
    std::uint32_t ours;
    std::uint32_t theirs;

    Seq our(Seq s) const { return s + ours; }
    Seq their(Seq s) const { return s + theirs; }

    Owed operator()(Owed o, const Config& c) const {
        switch (o.kind) {
            case OwedKind::rst_ack:
                o.ack = their(o.ack);
                return o;  // its SEQ is 0
            case OwedKind::fin:
                if (c.fin == Fin::sent) o.seq = our(o.seq);
                return o;
            case OwedKind::syn_ack:
                if (c.iss_chosen) o.seq = our(o.seq);
                o.ack = their(o.ack);
                return o;
            case OwedKind::ack:
            case OwedKind::challenge_ack:
                o.ack = their(o.ack);
                [[fallthrough]];
            default:
                o.seq = our(o.seq);
                return o;
        }
    }
    Config operator()(Config c) const {
        for (std::size_t i = 0; i < c.owed_count; ++i) c.owed[i] = (*this)(c.owed[i], c);
        if (c.state == State::Closed || c.state == State::Listen) return c;
        if (c.iss_chosen) {
            c.iss = our(c.iss);
            c.snd_una = our(c.snd_una);
        }
        c.snd_nxt = our(c.snd_nxt);
        if (c.state != State::SynReceived) c.snd_wl2 = our(c.snd_wl2);  // a SYN has no ACK
        c.last_ack_sent = their(c.last_ack_sent);
        if (c.fin == Fin::sent) c.fin_seq = our(c.fin_seq);
        if (c.held_ack_valid) c.held_ack = our(c.held_ack);
        c.irs = their(c.irs);
        c.rcv_nxt = their(c.rcv_nxt);
        c.snd_wl1 = their(c.snd_wl1);
        c.rcv_adv = their(c.rcv_adv);
        if (c.peer_fin_seen || c.peer_fin_held) c.peer_fin = their(c.peer_fin);
        for (std::size_t i = 0; i < c.held_count; ++i) {
            c.held[i].left = their(c.held[i].left);
            c.held[i].right = their(c.held[i].right);
        }
        return c;
    }
    Event operator()(Event event) const {
        if (auto* call = std::get_if<Call>(&event)) call->iss = our(call->iss);
        if (auto* a = std::get_if<Arrival>(&event)) {
            a->iss = our(a->iss);
            a->segment.seq = their(a->segment.seq);
            if (a->segment.has_ack()) a->segment.ack = our(a->segment.ack);
        }
        if (auto* d = std::get_if<Departure>(&event)) {
            const bool first_number = d->segment.rst() && d->segment.has_ack();
            if (!first_number) d->segment.seq = our(d->segment.seq);
            if (d->segment.has_ack()) d->segment.ack = their(d->segment.ack);
        }
        return event;
    }
    Outcome operator()(Outcome o) const {
        o.next = (*this)(o.next);
        return o;
    }
};

TEST(SequenceNumbers, StepCommutesWithTranslation) {
    int compared = 0;
    for_situations(400'000, 10, [&](Draw& draw, const Situation& s, const Policy& decided) -> std::string {
        if (!synchronized(s.config.state)) return {};
        ++compared;
        const Translation by{draw.one_of<std::uint32_t>({draw.bits(), 0x80000000u, 0xffffffffu, 1, 0}),
                             draw.one_of<std::uint32_t>({draw.bits(), 0x80000000u, 0xffffffffu, 1, 0})};
        const Outcome moved_before = step(by(s.config), by(s.event), decided);
        const Outcome moved_behind = by(step(s.config, s.event, decided));
        if (alike(moved_before, moved_behind) && same_rules(moved_before, moved_behind)) return {};
        return say("moved by ", by.ours, ", ", by.theirs, "\nbefore: ", to_text(moved_before),
                   "\nbehind: ", to_text(moved_behind));
    });
    EXPECT_GT(compared, 100'000);
}

}  // namespace
