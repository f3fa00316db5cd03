// Two ends over the network: what the words, the clocks and the faults do, and that the properties of two ends hold,
// have witnesses, and can fail.
#include "lastack/support/network.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "lastack/support/pair_property.hpp"
#include "lastack/support/pair_run.hpp"

namespace lastack::support {
namespace {

constexpr Peer A = Peer::a, B = Peer::b;

std::int64_t in_ms(std::int64_t ns) { return ns / ms_in_ns; }

/// Remembers what left and what arrived.
struct Log : Watcher {
    struct Entry {
        std::int64_t at_ms;
        Peer peer;
        Segment segment;
    };
    std::vector<Entry> left{};
    std::vector<Entry> arrived{};
    std::vector<std::pair<std::int64_t, TimeoutKind>> timeouts{};
    std::size_t crashes{0};

    bool saw(const Network& n, const Happening& h) override {
        const std::int64_t at_ms = in_ms(n.now_ns());
        if (h.o == nullptr) {
            ++crashes;
        } else if (const Departure* d = h.o->departure(); d && h.o->outcome.verdict != Verdict::refused) {
            left.push_back({at_ms, h.peer, d->segment});
        } else if (const Arrival* a = h.o->arrival()) {
            arrived.push_back({at_ms, h.peer, a->segment});
        } else if (const Timeout* t = h.o->timeout()) {
            timeouts.emplace_back(at_ms, t->kind);
        }
        return true;
    }

    std::vector<std::int64_t> times_left(Peer p, std::size_t from = 0) const {
        std::vector<std::int64_t> times;
        for (std::size_t i = from; i < left.size(); ++i) {
            if (left[i].peer == p) times.push_back(left[i].at_ms);
        }
        return times;
    }
};

/// Two ends whose users do only what the test says. A's numbers begin at 1000, B's at 5000; 10 ms each way.
struct Staged {
    explicit Staged(Script script = {}, const Policy& policy = decode_pair_setting(0).policy, bool attacked = false)
        : net{with_policy(decode_pair_setting(0), policy), script, {}, attacked, &log} {
        net.let_users_wait();
    }

    void call(Peer p, CallKind kind, std::uint32_t octets = 0) {
        Call c;
        c.kind = kind;
        c.octets = octets;
        c.rcv_wnd = net.script().window[index(p)];
        net.call(p, c);
    }
    bool until(Peer p, State s) {
        return !net.drive_bounded([&](const Network& n) { return n.state(p) == s; }, 1000, 24 * 60 * minute_in_ns);
    }
    /// Until nothing is under way or due at this moment.
    void settle() {
        (void)net.drive_bounded([](const Network& n) { return n.quiet(); }, 1000, 24 * 60 * minute_in_ns);
    }
    void open() {
        call(B, CallKind::open_passive);
        call(A, CallKind::open_active);
        ASSERT_TRUE(until(B, State::Established));
        settle();
        log = Log{};
    }

    Log log{};
    Network net;
};

Script small_window(std::uint32_t octets) {
    Script s;
    s.window[index(B)] = octets;
    return s;
}

// ------------------------------------------------------------------------------------------ a normal life

TEST(WordsOfZero, MakeAWholeLifeWithoutAFault) {
    Log log;
    Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, &log};
    for (int i = 0; i < 60; ++i) net.play(0);
    EXPECT_EQ(State::Closed, net.state(A));
    EXPECT_EQ(State::Closed, net.state(B));
    EXPECT_EQ(400u, net.end(A).past.delivered);
    EXPECT_EQ(600u, net.end(B).past.delivered);
    // A is ESTABLISHED at 20 ms, has B's text at 40 and closes; B answers with its FIN at 50, A waits from 60 on.
    EXPECT_EQ(60 + 240'000, in_ms(net.now_ns()));
    EXPECT_TRUE(net.facts().fifo());
    EXPECT_TRUE(net.facts().clean());
    EXPECT_TRUE(net.facts().time_wait[index(A)]);
    EXPECT_FALSE(net.facts().time_wait[index(B)]);
    ASSERT_FALSE(log.timeouts.empty());
    EXPECT_EQ(1u, log.timeouts.size()) << "nothing but the end of TIME-WAIT";
}

TEST(WordsOfZero, AreFollowedByWordsThatHaveNoMoreToDo) {
    Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, nullptr};
    for (int i = 0; i < 60; ++i) net.play(0);
    const std::uint32_t events = net.events();
    net.play(0);
    EXPECT_EQ(events, net.events());
    EXPECT_FALSE(net.step());
}

TEST(Runs, AreTheSameForTheSameWords) {
    const Words words = draw_words(7, 62);
    Recording first, second;
    PairOptions options;
    options.attacked = true;
    options.recording = &first;
    run_pair(words, options);
    options.recording = &second;
    run_pair(words, options);
    ASSERT_EQ(first.events.size(), second.events.size());
    for (std::size_t i = 0; i < first.events.size(); ++i) {
        EXPECT_EQ(first.events[i].event, second.events[i].event);
        EXPECT_EQ(first.events[i].outcome.next, second.events[i].outcome.next);
    }
}

TEST(Runs, NameTheDepartureThatEachArrivalComesFrom) {
    Recording r;
    PairOptions options;
    options.recording = &r;
    run_pair(draw_words(11, 62), options);
    std::size_t arrivals = 0;
    for (const Recorded& e : r.events) {
        if (!std::holds_alternative<Arrival>(e.event) || e.crash) continue;
        ASSERT_TRUE(e.from.has_value()) << "nobody forges here";
        const Recorded& sent = r.events.at(*e.from);
        EXPECT_EQ(other(e.peer), sent.peer);
        EXPECT_EQ(std::get<Departure>(sent.event).segment, std::get<Arrival>(e.event).segment);
        ++arrivals;
    }
    EXPECT_GT(arrivals, 0u);
}

// ------------------------------------------------------------------------------------------ clocks

// RFC 6298: the RTO is 1 s before any sample (2.1) and doubles with each expiry (5.5), up to 60 s (2.5).
// RFC 9293 3.8.3: R2 of a SYN is 3 minutes (MUST-23), noticed when the timer runs out.
TEST(Clocks, GiveUpASynThatNobodyAnswersAtTheFirstExpiryBehindThreeMinutes) {
    Staged s;
    s.net.cut(A, 10 * minute_in_ns);
    s.call(A, CallKind::open_active);
    ASSERT_TRUE(s.until(A, State::Closed));
    EXPECT_EQ((std::vector<std::int64_t>{0, 1000, 3000, 7000, 15000, 31000, 63000, 123000}), s.log.times_left(A));
    EXPECT_EQ(183'000, in_ms(s.net.now_ns()));
    EXPECT_EQ(TimeoutKind::user, s.log.timeouts.back().second);
    EXPECT_TRUE(s.net.facts().gave_up);
}

// A round trip of 20 ms is sampled, so the RTO is at its least, 1 s; R2 of text is 100 s (SHLD-11): 1, 3, 7, 15, 31,
// 63, and at 123 s it is over.
TEST(Clocks, GiveUpTextAfterR2) {
    Staged s;
    s.open();
    const std::int64_t from = in_ms(s.net.now_ns());
    s.net.cut(A, 10 * minute_in_ns);
    s.call(A, CallKind::send, 10);
    ASSERT_TRUE(s.until(A, State::Closed));
    EXPECT_EQ(123'000, in_ms(s.net.now_ns()) - from);
    EXPECT_EQ(7u, s.log.left.size());
}

TEST(Clocks, DelayTheAckOfALoneSegmentByTwoHundredMilliseconds) {
    Staged s;
    s.open();
    const std::int64_t from = in_ms(s.net.now_ns());
    s.call(A, CallKind::send, 100);
    s.settle();
    EXPECT_EQ((std::vector<std::int64_t>{from + 10 + 200}), s.log.times_left(B));
}

// SHLD-19: an ACK for every second full segment; a full one has 536 octets where no MSS was named.
TEST(Clocks, DoNotDelayTheAckOfTwoFullSegments) {
    Staged s;
    s.open();
    const std::int64_t from = in_ms(s.net.now_ns());
    s.call(A, CallKind::send, 2 * 536);
    s.settle();
    EXPECT_EQ((std::vector<std::int64_t>{from + 10}), s.log.times_left(B));
}

// MUST-37: while the peer answers, a shut window is no reason to give up, though R2 is long over.
TEST(Clocks, ProbeAShutWindowForAsLongAsThePeerAnswers) {
    Staged s{small_window(10)};
    s.open();
    const std::int64_t from = s.net.now_ns();
    s.call(A, CallKind::send, 11);
    const auto patience = [&](const Network& n) { return n.now_ns() - from > 200 * second_in_ns; };
    EXPECT_FALSE(s.net.drive_bounded(patience, 1000, 10 * minute_in_ns));
    EXPECT_EQ(State::Established, s.net.state(A));
    EXPECT_GT(s.log.times_left(A).size(), 5u);
    s.call(B, CallKind::receive, 10);
    s.settle();
    EXPECT_EQ(11u, s.net.end(B).taken);
}

TEST(Clocks, EndTimeWaitTwoMslAfterTheLastFin) {
    Staged s;
    s.open();
    s.call(A, CallKind::close);
    ASSERT_TRUE(s.until(B, State::CloseWait));
    s.net.cut(A, second_in_ns);  // the ACK of B's FIN is lost, so that the FIN comes again
    s.call(B, CallKind::close);
    ASSERT_TRUE(s.until(B, State::Closed));
    const std::int64_t again_ms = s.log.arrived[s.log.arrived.size() - 2].at_ms;
    ASSERT_TRUE(s.log.arrived[s.log.arrived.size() - 2].segment.fin());
    ASSERT_TRUE(s.until(A, State::Closed));
    EXPECT_EQ(again_ms + 240'000, in_ms(s.net.now_ns()));
}

TEST(Clocks, LeaveFinWait2ByItsTimerWhereThePolicyHasOne) {
    const Policy orphan =
        decode_pair_setting(0).policy.with(Choice::fin_wait_2_timer, reading::fin_wait_2_timer::orphan);
    Staged s{{}, orphan};
    s.open();
    s.call(A, CallKind::close);
    ASSERT_TRUE(s.until(A, State::FinWait2));
    const std::int64_t from = in_ms(s.net.now_ns());
    ASSERT_TRUE(s.until(A, State::Closed));
    EXPECT_EQ(60'000, in_ms(s.net.now_ns()) - from);
    EXPECT_TRUE(s.net.facts().gave_up);
}

// RFC 5961 7: answers to segments that should not have come are limited in their rate.
TEST(Clocks, ThrottleTheAnswersToUnacceptableSegments) {
    Staged s{{}, decode_pair_setting(0).policy, true};
    s.open();
    Arrival old;
    old.segment.flags = flag::ack;
    old.segment.seq = s.net.config(A).rcv_nxt - 1000;
    old.segment.ack = s.net.config(A).snd_nxt;
    for (int i = 0; i < 3; ++i) {
        s.net.inject(A, old);
        s.settle();
        while (s.net.under_way() > 0) s.net.step();
    }
    EXPECT_EQ(1u, s.log.times_left(A).size());
}

// ------------------------------------------------------------------------------------------ faults

Word fated(std::uint8_t fate) { return with(0, Field::fate, fate); }

TEST(Fates, LoseTheSegmentAtHand) {
    Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, nullptr};
    net.play(0);         // B listens
    net.play(0);         // A opens
    net.play(fated(1));  // the SYN leaves
    EXPECT_EQ(0u, net.under_way());
    EXPECT_TRUE(net.facts().lost);
    EXPECT_FALSE(net.facts().doubled);
}

TEST(Fates, DoubleIt) {
    Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, nullptr};
    net.play(0);
    net.play(0);
    net.play(fated(10));
    ASSERT_EQ(2u, net.under_way());
    EXPECT_EQ(net.way()[0].departure, net.way()[1].departure);
    EXPECT_GT(net.way()[1].due_ns, net.way()[0].due_ns);
    EXPECT_TRUE(net.facts().doubled);
    EXPECT_FALSE(net.facts().lost);
}

TEST(Fates, DelayItAndNoSegmentOutlivesAnMsl) {
    for (std::uint8_t fate = 0; fate < 32; ++fate) {
        Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, nullptr};
        net.play(0);
        net.play(0);
        net.play(fated(fate));
        for (const UnderWay& u : net.way()) EXPECT_LE(u.due_ns, Durations{}.msl_ns) << int{fate};
        if (fate >= 15 && fate <= 20) {
            ASSERT_EQ(1u, net.under_way()) << int{fate};
            EXPECT_GT(net.way()[0].due_ns, 10 * ms_in_ns) << int{fate};
        }
    }
}

TEST(Fates, CutTheLineForOneDirectionOnly) {
    Staged s;
    s.open();
    s.net.cut(A, second_in_ns);
    s.call(A, CallKind::send, 10);
    s.call(B, CallKind::send, 10);
    s.net.step();
    s.net.step();
    EXPECT_EQ(0u, s.net.under_way_from(A));
    EXPECT_EQ(1u, s.net.under_way_from(B));
}

TEST(Facts, SayThatASegmentWasOvertaken) {
    Network net{decode_pair_setting(0), decode_script(0, 0), {}, false, nullptr};
    while (net.under_way_from(A) < 2) net.play(0);  // the ACK of the handshake, and text behind it
    EXPECT_TRUE(net.facts().fifo());
    net.play(with(with(0, Field::move, 15), Field::variant, 1));
    EXPECT_TRUE(net.facts().overtaken);
}

TEST(Facts, BeginAnewOnceAllIsOver) {
    Staged s;
    s.open();
    s.call(A, CallKind::abort);
    ASSERT_TRUE(s.until(B, State::Closed));
    EXPECT_TRUE(s.net.facts().aborted);
    s.call(B, CallKind::open_passive);
    EXPECT_TRUE(s.net.facts().clean());
}

TEST(Forgery, HappensInAttackedRunsOnly) {
    for (const bool attacked : {false, true}) {
        std::size_t out_of_nowhere = 0;
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            Recording r;
            PairOptions options;
            options.attacked = attacked;
            options.recording = &r;
            run_pair(draw_words(seed, 62), options);
            for (const Recorded& e : r.events)
                out_of_nowhere += !e.crash && std::holds_alternative<Arrival>(e.event) && !e.from ? 1 : 0;
        }
        EXPECT_EQ(attacked, out_of_nowhere > 0);
    }
}

// ------------------------------------------------------------------------------------------ bounds

TEST(DriveBounded, SaysThatNothingWillEverHappen) {
    Staged s;
    const auto stuck = s.net.drive_bounded([](const Network&) { return false; }, 100, minute_in_ns);
    ASSERT_TRUE(stuck);
    EXPECT_EQ(Bound::rest, stuck->bound);
    EXPECT_EQ("nothing will ever happen after 0 steps and 0 ms: A CLOSED, B CLOSED, 0 segments under way",
              to_string(*stuck));
}

TEST(DriveBounded, StopsAtItsBoundOfSteps) {
    Staged s;
    s.call(A, CallKind::open_active);
    const auto stuck = s.net.drive_bounded([](const Network&) { return false; }, 3, minute_in_ns);
    ASSERT_TRUE(stuck);
    EXPECT_EQ(Bound::steps, stuck->bound);
    EXPECT_EQ(3u, stuck->steps);
}

TEST(DriveBounded, StopsAtItsBoundOfVirtualTime) {
    Staged s;
    s.net.cut(A, 10 * minute_in_ns);
    s.call(A, CallKind::open_active);
    const auto stuck = s.net.drive_bounded([](const Network&) { return false; }, 100, 10 * second_in_ns);
    ASSERT_TRUE(stuck);
    EXPECT_EQ(Bound::time, stuck->bound);
    EXPECT_EQ(15'000, in_ms(stuck->now_ns)) << "the first expiry behind the bound";
}

/// Each bare ACK is answered: what two ends do that do not stop.
void answer_every_ack(const Config&, const Event& event, Outcome& outcome) {
    const Arrival* a = std::get_if<Arrival>(&event);
    Config& c = outcome.next;
    if (a == nullptr || !synchronized(c.state) || a->segment.len() > 0 || c.owed_count > 0) return;
    c.owed[0] = Owed{OwedKind::ack, When::now, Rule{}, c.snd_nxt, c.rcv_nxt};
    c.owed_count = 1;
}

TEST(DriveBounded, EndsALivelockAsAnError) {
    Subject storming;
    storming.tamper = answer_every_ack;
    Script talk;
    talk.closing = Script::Closing::nobody;
    Network net{decode_pair_setting(0), talk, {storming, storming}, false, nullptr};
    const auto stuck = net.drive_bounded([](const Network&) { return false; }, 2000, minute_in_ns);
    ASSERT_TRUE(stuck);
    EXPECT_NE(Bound::rest, stuck->bound);
    EXPECT_GT(net.bare_in_a_row(), 100u);
}

TEST(L8, IsBrokenByEndsThatAnswerEveryAck) {
    const PairProperty* const checked[] = {pair_property("L8")};
    PairOptions options;
    options.subjects[0].tamper = options.subjects[1].tamper = answer_every_ack;
    options.pair_properties = checked;
    Words words(400, 0);
    words[1] = with(0, Field::variant, 5);  // nobody closes
    const auto broken = run_pair(words, options);
    ASSERT_TRUE(broken);
    EXPECT_EQ("L8", broken->id);
}

// ------------------------------------------------------------------------------------------ half-open ends

// RFC 9293 3.5.1, Figure 10: the end that did not crash finds out when it sends.
TEST(HalfOpenEnd, IsFoundByItsNextSegment) {
    Staged s;
    s.open();
    s.net.crash(B);
    EXPECT_EQ(State::Closed, s.net.state(B));
    EXPECT_TRUE(s.net.facts().half_open[index(A)]);
    s.call(A, CallKind::send, 10);
    ASSERT_TRUE(s.until(A, State::Closed));
    EXPECT_TRUE(s.net.facts().reset[index(A)]);
}

// An end in FIN-WAIT-2 sends nothing, so nothing tells it that its peer is gone: D50.
TEST(HalfOpenEnd, RestsInFinWait2UnlessItAsksWhetherThePeerLives) {
    Staged s;
    s.open();
    s.call(A, CallKind::close);
    ASSERT_TRUE(s.until(A, State::FinWait2));
    s.net.crash(B);
    s.net.let_users_close();
    const auto closed = [](const Network& n) { return n.state(A) == State::Closed; };
    const auto stuck = s.net.drive_bounded(closed, 1000, lasts::closing_ns);
    ASSERT_TRUE(stuck);
    EXPECT_EQ(Bound::rest, stuck->bound);
    const std::int64_t from = in_ms(s.net.now_ns());
    s.net.look_for_dead_peers();
    EXPECT_FALSE(s.net.drive_bounded(closed, 1000, lasts::discovery_ns));
    EXPECT_EQ(2 * 60 * 60 * 1000 + 20, in_ms(s.net.now_ns()) - from) << "two hours of silence and a round trip";
}

// ------------------------------------------------------------------------------------------ the properties

constexpr std::uint64_t runs = 20'000;

std::vector<std::uint64_t> count_witnesses(bool attacked) {
    const auto all = all_pair_properties();
    std::vector<std::uint64_t> witnesses(pair_properties().size());
    Words words;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        draw_words(seed, 62, words);
        PairOptions options;
        options.attacked = attacked;
        options.pair_properties = all;
        options.witnesses = &witnesses;
        const auto broken = run_pair(words, options);
        EXPECT_FALSE(broken) << "seed " << seed << ": " << broken->message;
        if (broken) break;
    }
    return witnesses;
}

TEST(PairProperties, HoldOfTwoEndsOverAFaultyNetworkAndHaveWitnesses) {
    const auto witnesses = count_witnesses(false);
    for (std::size_t i = 0; i < witnesses.size(); ++i) EXPECT_GT(witnesses[i], 0u) << pair_properties()[i].id;
}

TEST(PairProperties, HoldWithAnAdversaryBetween) {
    const auto witnesses = count_witnesses(true);
    for (std::size_t i = 0; i < witnesses.size(); ++i) EXPECT_GT(witnesses[i], 0u) << pair_properties()[i].id;
}

TEST(PairProperties, SeeEachClauseOfS36) {
    struct Clauses : Watcher {
        std::vector<std::uint64_t> witnesses = std::vector<std::uint64_t>(clauses_of_s36().size());
        bool saw(const Network& n, const Happening& h) override {
            for (std::size_t i = 0; i < witnesses.size(); ++i) {
                const Finding f = clauses_of_s36()[i].check({n, Stage::faults, &h, nullptr, false});
                if (f == Finding::witness) ++witnesses[i];
            }
            return true;
        }
    } clauses;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        const Words words = draw_words(seed, 62);
        Network net{decode_pair_setting(words[0]), decode_script(words[0], words[1]), {}, false, &clauses};
        for (std::size_t i = 2; i < words.size(); ++i) net.play(words[i]);
    }
    for (std::size_t i = 0; i < clauses.witnesses.size(); ++i)
        EXPECT_GT(clauses.witnesses[i], 0u) << clauses_of_s36()[i].number;
}

struct FaultCase {
    const char* property;
    bool inverted;  ///< else: switched off
    const char* rule;
};
void PrintTo(const FaultCase& c, std::ostream* os) { *os << c.property << ": " << c.rule; }

/// What must not happen happens with the fault in the lifecycle; what must happen sometimes never does.
class Fault : public testing::TestWithParam<FaultCase> {};

TEST_P(Fault, IsNoticed) {
    const PairProperty* property = pair_property(GetParam().property);
    ASSERT_NE(nullptr, property);
    const Rule row = rule(GetParam().rule);
    ASSERT_TRUE(row) << GetParam().rule;
    Subject faulty;
    (GetParam().inverted ? faulty.instruments.inverted : faulty.instruments.off) = row;
    std::vector<std::uint64_t> witnesses(pair_properties().size());
    PairOptions options;
    options.subjects = {faulty, faulty};
    options.pair_properties = {&property, 1};
    options.witnesses = &witnesses;
    bool broken = false;
    Words words;
    for (std::uint64_t seed = 1; seed <= 2000 && !broken; ++seed) {
        draw_words(seed, 62, words);
        broken = run_pair(words, options).has_value();
    }
    const std::uint64_t seen = witnesses[static_cast<std::size_t>(property - pair_properties().data())];
    EXPECT_TRUE(property->sometimes ? seen == 0 : broken);
}

INSTANTIATE_TEST_SUITE_P(
    OfEachProperty, Fault,
    testing::Values(FaultCase{"U2", false, "3.10.4-LI"}, FaultCase{"S31", true, "3.10.7.3-4-SYNACK"},
                    FaultCase{"S32", true, "3.10.4-ES-unread"}, FaultCase{"S33", true, "3.10.7.3-4-SYNACK"},
                    FaultCase{"S34", false, "3.10.7.4-5-ES-new"}, FaultCase{"S35", true, "3.10.7.4-5-FW1-fin"},
                    FaultCase{"S36", false, "3.10.7.4-5-SR-ok"}, FaultCase{"S37", false, "3.10.8-TW"},
                    FaultCase{"L1", false, "3.10.8-UTO-SS"}, FaultCase{"L2", false, "3.10.8-UTO-SR"},
                    FaultCase{"L3", true, "3.10.7.2-3-sec"}, FaultCase{"L4", false, "3.10.4-ES-fin"},
                    FaultCase{"L5", false, "3.10.2-ES-send"}, FaultCase{"I1", true, "3.10.4-out-LA-fin"},
                    FaultCase{"I2", false, "3.10.2-ES-send"}, FaultCase{"R3", false, "3.10.7.3-4-SYN"},
                    FaultCase{"R4", false, "3.10.7.4-8-FW1-fin"}, FaultCase{"R7", false, "3.10.7.4-2-ES-reset"},
                    FaultCase{"R8", false, "3.10.7.3-1-badACK"}),
    [](const auto& test) { return std::string{test.param.property}; });

}  // namespace
}  // namespace lastack::support
