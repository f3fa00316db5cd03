#include "lastack/lifecycle/scheduler.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack {
namespace {

Segment segment(std::string_view text) {
    std::string error;
    const auto s = parse_segment(text, error);
    EXPECT_TRUE(s) << error;
    return s.value_or(Segment{});
}

Call call(CallKind kind, std::uint32_t octets = 0) {
    Call c;
    c.kind = kind;
    c.octets = octets;
    return c;
}

Config arrives(const Config& c, std::string_view text, std::uint32_t iss = 300) {
    Arrival arrival;
    arrival.segment = segment(text);
    arrival.iss_given = true;
    arrival.iss = Seq{iss};
    return step(c, arrival).next;
}

/// Lets `expected` leave and nothing else: it is what the eager scheduler says, and the machine takes it.
Config departs(const Config& c, std::string_view expected, const SchedulerOptions& options = {}) {
    const auto s = next_departure(c, options);
    EXPECT_EQ(s ? to_string(*s) : "nothing", expected);
    if (!s) return c;
    const Outcome out = step(c, Departure{*s});
    EXPECT_NE(out.verdict, Verdict::refused) << to_string(*s) << " from " << to_string(c);
    return out.next;
}

/// B of Figure 6 after line 4: SND.NXT 301, RCV.NXT 101.
Config established(std::string_view syn = "S 100:100(0) win 65535", const SchedulerOptions& options = {}) {
    Config c = step(Config{}, call(CallKind::open_passive)).next;
    c = arrives(c, syn);
    const auto syn_ack = next_departure(c, options);
    EXPECT_TRUE(syn_ack);
    c = step(c, Departure{syn_ack.value_or(Segment{})}).next;
    c = arrives(c, ". 101:101(0) ack 301 win 65535");
    EXPECT_EQ(c.state, State::Established);
    EXPECT_FALSE(next_departure(c));
    return c;
}

TEST(Scheduler, AnEndThatOwesNothingSendsNothing) {
    EXPECT_FALSE(next_departure(Config{}));
    EXPECT_FALSE(next_departure(step(Config{}, call(CallKind::open_passive)).next));
    EXPECT_FALSE(next_departure(established()));
}

TEST(Scheduler, TheSynTakesItsNumberFromTheOptionsUnlessTheCallGaveOne) {
    SchedulerOptions options;
    options.iss = Seq{100};
    const Config c = departs(step(Config{}, call(CallKind::open_active)).next, "S 100:100(0) win 65535", options);
    EXPECT_EQ(c.iss, Seq{100});
    EXPECT_FALSE(next_departure(c, options));

    Call open = call(CallKind::open_active);
    open.iss_given = true;
    open.iss = Seq{200};
    departs(step(Config{}, open).next, "S 200:200(0) win 65535", options);
}

TEST(Scheduler, SynOptionsComeFromTheOptionsAndASynAckRepeatsOnlyWhatTheSynHad) {
    SchedulerOptions options;
    options.mss = 1460;
    options.wscale = 7;
    options.timestamps = true;
    options.tsval = 5;
    departs(step(Config{}, call(CallKind::open_active)).next, "S 0:0(0) win 65535 <mss 1460,TS val 5 ecr 0,wscale 7>",
            options);

    const Config listening = step(Config{}, call(CallKind::open_passive)).next;
    departs(arrives(listening, "S 100:100(0) win 1000 <wscale 3>"),
            "S. 300:300(0) ack 101 win 65535 <mss 1460,wscale 7>", options);
    departs(arrives(listening, "S 100:100(0) win 1000 <TS val 9 ecr 0>"),
            "S. 300:300(0) ack 101 win 65535 <mss 1460,TS val 5 ecr 9>", options);
}

TEST(Scheduler, ARepeatedSynAckSaysWhatTheFirstSaid) {
    SchedulerOptions options;
    options.wscale = 7;
    Config c = arrives(step(Config{}, call(CallKind::open_passive)).next, "S 100:100(0) win 1000");
    c = departs(c, "S. 300:300(0) ack 101 win 65535", options);
    c = step(c, Timeout{TimeoutKind::retransmission}).next;
    departs(c, "S. 300:300(0) ack 101 win 65535", options);
}

TEST(Scheduler, TextIsCutToTheDefaultMssAndThePushBitMarksTheLastOfIt) {
    Config c = step(established(), call(CallKind::send, 1100)).next;
    c = departs(c, ". 301:837(536) ack 101 win 65535");
    c = departs(c, ". 837:1373(536) ack 101 win 65535");
    c = departs(c, "P. 1373:1401(28) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, ThePeersMssAndOurOwnLimitCutToo) {
    const Config c = step(established("S 100:100(0) win 65535 <mss 100>"), call(CallKind::send, 300)).next;
    departs(c, ". 301:401(100) ack 101 win 65535");
    SchedulerOptions options;
    options.max_text = 7;
    departs(c, ". 301:308(7) ack 101 win 65535", options);
}

TEST(Scheduler, TextStaysInsideTheSendWindow) {
    Config c = arrives(established(), ". 101:101(0) ack 301 win 5");
    c = step(c, call(CallKind::send, 20)).next;
    c = departs(c, ". 301:306(5) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
    // An octet beyond a shut window only as a probe.
    c = arrives(c, ". 101:101(0) ack 306 win 0");
    EXPECT_FALSE(next_departure(c));
    SchedulerOptions options;
    options.probe = true;
    departs(c, ". 306:307(1) ack 101 win 65535", options);
}

TEST(Scheduler, TheAckRidesOnText) {
    Config c = arrives(established(), ". 101:111(10) ack 301 win 65535");
    c = step(c, call(CallKind::send, 10)).next;
    c = departs(c, "P. 301:311(10) ack 111 win 65525");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, TheFinRidesOnTheLastText) {
    Config c = step(established(), call(CallKind::send, 600)).next;
    c = step(c, call(CallKind::close)).next;
    c = departs(c, ". 301:837(536) ack 101 win 65535");
    c = departs(c, "FP. 837:901(64) ack 101 win 65535");
    EXPECT_EQ(c.fin_seq, Seq{901});
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, TheFinOfAClosePendingInCloseWaitLeavesBehindItsText) {
    Config c = arrives(established(), "F. 101:101(0) ack 301 win 65535");
    c = step(c, call(CallKind::send, 10)).next;
    c = step(c, call(CallKind::close)).next;
    c = departs(c, "FP. 301:311(10) ack 102 win 65534");
    EXPECT_EQ(c.state, State::LastAck);
}

TEST(Scheduler, WhatIsRepeatedStartsAtTheFrontOfTheQueueAndTheFinRidesAgain) {
    Config c = step(established(), call(CallKind::send, 600)).next;
    c = step(c, call(CallKind::close)).next;
    c = departs(c, ". 301:837(536) ack 101 win 65535");
    c = departs(c, "FP. 837:901(64) ack 101 win 65535");
    c = step(c, Timeout{TimeoutKind::retransmission}).next;
    c = departs(c, ". 301:837(536) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
    c = arrives(c, ". 101:101(0) ack 837 win 65535");
    c = step(c, Timeout{TimeoutKind::retransmission}).next;
    c = departs(c, "FP. 837:901(64) ack 101 win 65535");
    c = arrives(c, ". 101:101(0) ack 901 win 65535");
    c = step(c, Timeout{TimeoutKind::retransmission}).next;
    c = departs(c, "F. 901:901(0) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, AResetGoesFirst) {
    // An ACK of something never sent, while the SYN,ACK has still to leave.
    Config c = arrives(step(Config{}, call(CallKind::open_passive)).next, "S 100:100(0) win 65535");
    c = arrives(c, ". 101:101(0) ack 500 win 65535");
    c = departs(c, "R 500:500(0) win 0");
    c = departs(c, "S. 300:300(0) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, ASegmentForNobodyIsAnsweredWithTheNumbersOfGroup1) {
    departs(arrives(Config{}, ". 300:310(10) ack 100 win 65535"), "R 100:100(0) win 0");
    departs(arrives(Config{}, "S 100:100(0) win 65535"), "R. 0:0(0) ack 101 win 0");
}

TEST(Scheduler, AnAckThatMayWaitWaitsForSomethingToRideOn) {
    SchedulerOptions options;
    options.schedule = Schedule::delayed_ack;
    Config c = arrives(established(), ". 101:111(10) ack 301 win 65535");
    EXPECT_FALSE(next_departure(c, options));
    departs(step(c, call(CallKind::send, 10)).next, "P. 301:311(10) ack 111 win 65525", options);
    // The ACK of a handshake does not wait.
    SchedulerOptions with_iss = options;
    with_iss.iss = Seq{100};
    c = departs(step(Config{}, call(CallKind::open_active)).next, "S 100:100(0) win 65535", with_iss);
    c = arrives(c, "S. 300:300(0) ack 101 win 65535");
    departs(c, ". 101:101(0) ack 301 win 65535", options);
}

TEST(Scheduler, ARandomScheduleTakesAnyDepartureOrNone) {
    Config c = arrives(established(), ". 101:111(10) ack 301 win 65535");
    c = step(c, call(CallKind::send, 10)).next;
    c = step(c, call(CallKind::close)).next;
    std::set<std::string> seen;
    SchedulerOptions options;
    options.schedule = Schedule::random;
    for (options.draw = 0; options.draw < 8; ++options.draw) {
        const auto s = next_departure(c, options);
        seen.insert(s ? to_string(*s) : "nothing");
        if (s) {
            EXPECT_NE(step(c, Departure{*s}).verdict, Verdict::refused) << to_string(*s);
        }
    }
    EXPECT_EQ(seen, (std::set<std::string>{"FP. 301:311(10) ack 111 win 65525", "P. 301:311(10) ack 111 win 65525",
                                           ". 301:301(0) ack 111 win 65525", "nothing"}));
}

TEST(Scheduler, AShutWindowThatOpensIsAnnounced) {
    Call open = call(CallKind::open_passive);
    open.rcv_wnd = 10;
    Config c = arrives(step(Config{}, open).next, "S 100:100(0) win 65535");
    c = departs(c, "S. 300:300(0) ack 101 win 10");
    c = arrives(c, ". 101:111(10) ack 301 win 65535");
    c = departs(c, ". 301:301(0) ack 111 win 0");
    c = step(c, call(CallKind::receive, 1)).next;
    EXPECT_FALSE(next_departure(c)) << "less than half of the buffer is not worth an announcement";
    c = step(c, call(CallKind::receive, 9)).next;
    c = departs(c, ". 301:301(0) ack 111 win 10");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, AScaledWindowIsAnnouncedScaledButOnSyns) {
    Call open = call(CallKind::open_passive);
    open.rcv_wnd = 60000;
    SchedulerOptions options;
    options.wscale = 7;
    Config c = arrives(step(Config{}, open).next, "S 100:100(0) win 65535 <wscale 2>");
    c = departs(c, "S. 300:300(0) ack 101 win 60000 <wscale 7>", options);
    c = arrives(c, ". 101:201(100) ack 301 win 65535");
    departs(c, ". 301:301(0) ack 201 win 467");  // 59900 / 128 = 467.97
}

TEST(Scheduler, AWindowThatIsWideEnoughGrowsWithoutAWord) {
    Config c = arrives(established(), ". 101:701(600) ack 301 win 65535");
    c = departs(c, ". 301:301(0) ack 701 win 64935");
    c = step(c, call(CallKind::receive, 600)).next;
    EXPECT_TRUE(departures(c).empty());
}

TEST(Scheduler, NothingOvertakesTheSynAck) {
    Config c = arrives(step(Config{}, call(CallKind::open_passive)).next, "S 100:100(0) win 65535");
    c = step(c, call(CallKind::close)).next;
    EXPECT_EQ(departures(c).size(), 1u);
    c = departs(c, "S. 300:300(0) ack 101 win 65535");
    c = departs(c, "F. 301:301(0) ack 101 win 65535");
    EXPECT_FALSE(next_departure(c));
}

TEST(Scheduler, ANewIncarnationNumbersAboveTheOldOne) {
    Config reopened;
    reopened.state = State::SynReceived;  // MAY-2: out of TIME-WAIT, whose last number was 300
    reopened.origin = Origin::reuse;
    reopened.remote_specified = true;
    reopened.rcv_wnd = 65535;
    reopened.irs = Seq{500};
    reopened.rcv_nxt = Seq{501};
    reopened.snd_nxt = Seq{301};
    reopened.owed[reopened.owed_count++] = Owed{OwedKind::syn_ack, When::now, {}, Seq{}, Seq{501}};
    SchedulerOptions options;
    options.iss = Seq{200};
    departs(reopened, "S. 301:301(0) ack 501 win 65535", options);
    options.iss = Seq{302};
    departs(reopened, "S. 302:302(0) ack 501 win 65535", options);
}

TEST(Scheduler, TheMachineTakesEveryDepartureOnRandomRuns) {
    std::mt19937 random{9293};
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    std::array<std::size_t, state_count> departed{};
    for (int run = 0; run < 300; ++run) {
        std::array<Config, 2> ends{};
        std::array<std::vector<Segment>, 2> to{};  // under way to that end
        for (int i = 0; i < 120; ++i) {
            const std::size_t me = below(2);
            Config& c = ends[me];
            Outcome out;
            out.next = c;
            if (const auto what = below(10); what < 2) {
                Call any = call(static_cast<CallKind>(below(i > 60 ? 7 : 4)), 1 + below(1500));
                any.rcv_wnd = 1 + below(3000);
                out = step(c, any);
            } else if (what < 3) {
                out = step(c, Timeout{static_cast<TimeoutKind>(below(4))});
            } else if (what < 7 && !to[me].empty()) {
                const auto one = to[me].begin() + below(static_cast<std::uint32_t>(to[me].size()));
                Arrival arrival;
                arrival.segment = *one;
                if (below(4) != 0) to[me].erase(one);
                out = step(c, arrival);
            }
            c = out.next;
            SchedulerOptions options;
            options.iss = Seq{below(2) == 0 ? 4294967000u : 5000u};
            options.probe = below(2) == 0;
            options.timestamps = me == 0 || run % 2 == 0;
            options.wscale = static_cast<std::int8_t>(run % 5 - 1);
            options.draw = random();
            options.schedule = Schedule::random;
            for (const Segment& s : departures(c, options)) {
                ASSERT_NE(step(c, Departure{s}).verdict, Verdict::refused) << to_string(s) << " from " << to_string(c);
            }
            if (const auto s = next_departure(c, options)) {
                ++departed[static_cast<std::size_t>(c.state)];
                c = step(c, Departure{*s}).next;
                to[1 - me].push_back(*s);
            }
        }
    }
    for (const State s : all_states) {
        if (s == State::Listen) continue;
        EXPECT_GT(departed[static_cast<std::size_t>(s)], 0u) << name(s);
    }
}

}  // namespace
}  // namespace lastack
