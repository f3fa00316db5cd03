#include "lastack/lifecycle/timers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastack {
namespace {

constexpr std::int64_t ms = ms_in_ns;
constexpr std::int64_t s = second_in_ns;
constexpr std::int64_t t0 = 1'000 * s;  // some moment that is not zero
const Seq x{0xfffffff0};                // close below the wrap-around

// --- retransmission timer ---------------------------------------------------------------------------------

TEST(RetransmissionTimer, TheInitialRtoIsOneSecond) {
    EXPECT_EQ(RetransmissionTimer{}.rto_ns(), 1 * s);
    EXPECT_EQ(RetransmissionTimer({.initial_ns = 200 * ms}).rto_ns(), 1 * s);
    EXPECT_EQ(RetransmissionTimer({.initial_ns = 3 * s}).rto_ns(), 3 * s);
}

TEST(RetransmissionTimer, TheFirstSampleSetsSrttAndHalfOfItAsVariation) {
    RetransmissionTimer timer;
    timer.sample(800 * ms);
    EXPECT_EQ(timer.srtt_ns(), 800 * ms);
    EXPECT_EQ(timer.rttvar_ns(), 400 * ms);
    EXPECT_EQ(timer.rto_ns(), 2400 * ms);  // 800 + 4 * 400
}

TEST(RetransmissionTimer, ALaterSampleUsesTheOldSrttForTheVariation) {
    RetransmissionTimer timer;
    timer.sample(800 * ms);
    timer.sample(1600 * ms);
    EXPECT_EQ(timer.rttvar_ns(), 500 * ms);  // 3/4 * 400 + 1/4 * |800 - 1600|
    EXPECT_EQ(timer.srtt_ns(), 900 * ms);    // 7/8 * 800 + 1/8 * 1600
    EXPECT_EQ(timer.rto_ns(), 2900 * ms);    // 900 + 4 * 500
    timer.sample(500 * ms);
    EXPECT_EQ(timer.rttvar_ns(), 475 * ms);  // 3/4 * 500 + 1/4 * |900 - 500|
    EXPECT_EQ(timer.srtt_ns(), 850 * ms);    // 7/8 * 900 + 1/8 * 500
    EXPECT_EQ(timer.rto_ns(), 2750 * ms);
}

TEST(RetransmissionTimer, AVariationOfNothingCountsAsTheClockGranularity) {
    RetransmissionTimer timer({.minimum_ns = 0, .granularity_ns = 10 * ms});
    timer.sample(80 * ms);
    for (int i = 0; i < 200; ++i) timer.sample(80 * ms);
    EXPECT_LT(timer.rttvar_ns(), 1 * ms);
    EXPECT_EQ(timer.rto_ns(), 90 * ms);
}

TEST(RetransmissionTimer, TheRtoStaysBetweenOneSecondAndTheUpperBound) {
    RetransmissionTimer timer;
    timer.sample(1 * ms);
    EXPECT_EQ(timer.rto_ns(), 1 * s);
    timer = RetransmissionTimer{};
    timer.sample(50 * s);  // 50 + 4 * 25 = 150
    EXPECT_EQ(timer.rto_ns(), 60 * s);
}

TEST(RetransmissionTimer, AnUpperBoundBelowSixtySecondsIsRaisedToIt) {
    RetransmissionTimer low({.maximum_ns = 10 * s});
    low.sample(50 * s);
    EXPECT_EQ(low.rto_ns(), 60 * s);
    RetransmissionTimer high({.maximum_ns = 120 * s});
    high.sample(50 * s);
    EXPECT_EQ(high.rto_ns(), 120 * s);
}

TEST(RetransmissionTimer, ItStartsWithTheFirstSegmentAndALaterOneDoesNotPostponeIt) {
    RetransmissionTimer timer;
    EXPECT_FALSE(timer.deadline());
    timer.sent(x + 1, t0);
    EXPECT_EQ(timer.deadline(), t0 + 1 * s);
    timer.sent(x + 101, t0 + 600 * ms);
    EXPECT_EQ(timer.deadline(), t0 + 1 * s);
    EXPECT_FALSE(timer.expired(t0 + 1 * s - 1));
    EXPECT_TRUE(timer.expired(t0 + 1 * s));
}

TEST(RetransmissionTimer, ARetransmissionStartsATimerThatDoesNotRun) {
    RetransmissionTimer timer;
    timer.resent(t0);
    EXPECT_EQ(timer.deadline(), t0 + 1 * s);
    timer.resent(t0 + 100 * ms);
    EXPECT_EQ(timer.deadline(), t0 + 1 * s);
}

TEST(RetransmissionTimer, ItStopsWhenEverythingIsAcknowledged) {
    RetransmissionTimer timer;
    timer.sent(x + 1, t0);
    timer.acknowledged(x + 1, false, t0 + 10 * ms);
    EXPECT_FALSE(timer.deadline());
    EXPECT_FALSE(timer.expired(t0 + 1000 * s));
}

TEST(RetransmissionTimer, ProgressRestartsItWithTheRtoOfTheMoment) {
    RetransmissionTimer timer;
    timer.sent(x + 100, t0);
    timer.sent(x + 200, t0 + 1 * ms);
    timer.acknowledged(x + 100, true, t0 + 800 * ms);
    EXPECT_EQ(timer.rto_ns(), 2400 * ms);  // the ACK is the first sample, 800 ms
    EXPECT_EQ(timer.deadline(), t0 + 3200 * ms);
}

TEST(RetransmissionTimer, ATimeoutDoublesTheRtoUpToTheBound) {
    RetransmissionTimer timer;
    timer.sent(x + 1, t0);
    std::vector<std::int64_t> rtos;
    for (int i = 0; i < 7; ++i) {
        timer.timeout(false, *timer.deadline());
        rtos.push_back(timer.rto_ns() / s);
    }
    EXPECT_EQ(rtos, (std::vector<std::int64_t>{2, 4, 8, 16, 32, 60, 60}));
}

TEST(RetransmissionTimer, ATimeoutRestartsItWithTheDoubledRto) {
    RetransmissionTimer timer;
    timer.sent(x + 1, t0);
    timer.timeout(false, t0 + 1 * s);
    EXPECT_EQ(timer.deadline(), t0 + 3 * s);
    timer.resent(t0 + 1 * s);
    EXPECT_EQ(timer.deadline(), t0 + 3 * s);
}

TEST(RetransmissionTimer, ARetransmittedSegmentGivesNoSampleAndTheBackOffStays) {
    RetransmissionTimer timer;
    timer.sent(x + 100, t0);
    timer.timeout(false, t0 + 1 * s);
    timer.resent(t0 + 1 * s);
    timer.acknowledged(x + 100, false, t0 + 1010 * ms);
    EXPECT_FALSE(timer.srtt_ns());
    EXPECT_EQ(timer.rto_ns(), 2 * s);
}

TEST(RetransmissionTimer, AFastRetransmissionMakesTheSampleAmbiguousToo) {
    RetransmissionTimer timer;
    timer.sent(x + 100, t0);
    timer.resent(t0 + 300 * ms);
    timer.acknowledged(x + 100, false, t0 + 310 * ms);
    EXPECT_FALSE(timer.srtt_ns());
}

TEST(RetransmissionTimer, NewTextAfterARetransmissionIsTimedAndEndsTheBackOff) {
    RetransmissionTimer timer;
    timer.sent(x + 100, t0);
    timer.timeout(false, t0 + 1 * s);
    timer.resent(t0 + 1 * s);
    timer.acknowledged(x + 100, false, t0 + 1100 * ms);
    timer.sent(x + 200, t0 + 2 * s);
    timer.acknowledged(x + 200, false, t0 + 2100 * ms);
    EXPECT_EQ(timer.srtt_ns(), 100 * ms);
    EXPECT_EQ(timer.rto_ns(), 1 * s);  // 100 + 4 * 50 = 300 ms, rounded up
}

TEST(RetransmissionTimer, AnAckBelowTheTimedSegmentIsNoSampleAcrossTheWrapAround) {
    RetransmissionTimer timer;
    timer.sent(x + 0x20, t0);  // ends at 0x10
    timer.acknowledged(x + 1, true, t0 + 100 * ms);
    EXPECT_FALSE(timer.srtt_ns());
    timer.acknowledged(Seq{0x10}, false, t0 + 400 * ms);
    EXPECT_EQ(timer.srtt_ns(), 400 * ms);
}

TEST(RetransmissionTimer, AfterALostSynTextBeginsWithThreeSeconds) {
    RetransmissionTimer once;
    once.sent(x + 1, t0);
    once.timeout(true, t0 + 1 * s);
    once.acknowledged(x + 1, false, t0 + 1100 * ms);
    EXPECT_EQ(once.rto_ns(), 2 * s);
    once.established();
    EXPECT_EQ(once.rto_ns(), 3 * s);

    RetransmissionTimer thrice;  // the back-off ends as well: 3 s, not 8 s
    thrice.sent(x + 1, t0);
    for (int i = 0; i < 3; ++i) thrice.timeout(true, *thrice.deadline());
    EXPECT_EQ(thrice.rto_ns(), 8 * s);
    thrice.established();
    EXPECT_EQ(thrice.rto_ns(), 3 * s);
}

TEST(RetransmissionTimer, ASynThatWasNotLostOrHadThreeSecondsLeavesTheRtoAlone) {
    RetransmissionTimer smooth;
    smooth.sent(x + 1, t0);
    smooth.acknowledged(x + 1, false, t0 + 50 * ms);
    smooth.established();
    EXPECT_EQ(smooth.rto_ns(), 1 * s);

    RetransmissionTimer patient({.initial_ns = 3 * s});
    patient.sent(x + 1, t0);
    patient.timeout(true, t0 + 3 * s);
    patient.established();
    EXPECT_EQ(patient.rto_ns(), 6 * s);

    RetransmissionTimer text;
    text.sent(x + 1, t0);
    text.timeout(false, t0 + 1 * s);
    text.established();
    EXPECT_EQ(text.rto_ns(), 2 * s);
}

TEST(RetransmissionTimer, NoSegmentIsSentAgainWithinOneRtoOfItsLastTransmission) {
    // Segments of 100 octets are sent, acknowledged in part and sent again in a pseudo-random order.
    std::uint32_t state = 1;
    const auto draw = [&](std::uint32_t n) {
        state = state * 1664525u + 1013904223u;
        return (state >> 16) % n;
    };
    RetransmissionTimer timer;
    std::vector<std::int64_t> last_sent;  // one entry a segment that is outstanding, oldest first
    Seq una = x;
    std::int64_t now = t0;
    int timeouts = 0;
    for (int i = 0; i < 100'000; ++i) {
        now += draw(700) * ms;
        if (timer.expired(now)) {
            ASSERT_FALSE(last_sent.empty());
            ASSERT_GE(now - last_sent.front(), timer.rto_ns()) << "event " << i;
            timer.timeout(false, now);
            timer.resent(now);
            last_sent.front() = now;
            ++timeouts;
        } else if (draw(2) == 0 && last_sent.size() < 8) {
            last_sent.push_back(now);
            timer.sent(una + static_cast<std::uint32_t>(100 * last_sent.size()), now);
        } else if (!last_sent.empty() && draw(3) == 0) {
            const std::uint32_t n = 1 + draw(static_cast<std::uint32_t>(last_sent.size()));
            last_sent.erase(last_sent.begin(), last_sent.begin() + n);
            una += 100 * n;
            timer.acknowledged(una, !last_sent.empty(), now);
        }
    }
    EXPECT_GT(timeouts, 100);
}

// --- R1, R2 -----------------------------------------------------------------------------------------------

/// Lets a segment go unanswered and returns when each retransmission leaves, in seconds behind the first
/// transmission; the last entry is the moment of giving up. `r1` tells at which retransmission R1 was reported.
std::vector<std::int64_t> unanswered(const FailureLimits& limits, bool syn, std::vector<std::uint32_t>& r1) {
    RetransmissionTimer timer;
    FailureWatch watch;
    timer.sent(x + 1, t0);
    watch.begin(t0);
    std::vector<std::int64_t> times;
    for (int i = 0; i < 100; ++i) {
        const std::int64_t now = *timer.deadline();
        times.push_back((now - t0) / s);
        const Failure failure = watch.timeout(limits, syn, now);
        if (failure == Failure::r1) r1.push_back(watch.retransmissions());
        if (failure == Failure::r2) return times;
        timer.timeout(syn, now);
    }
    times.clear();
    return times;
}

TEST(Failure, ExcessiveRetransmissionIsReportedAtR1AndClosesAtR2) {
    std::vector<std::uint32_t> r1;
    EXPECT_EQ(unanswered({}, false, r1), (std::vector<std::int64_t>{1, 3, 7, 15, 31, 63, 123}));
    EXPECT_EQ(r1.size(), 1u);
}

TEST(Failure, R1IsReachedWithTheThirdRetransmission) {
    FailureWatch watch;
    watch.begin(t0);
    EXPECT_EQ(watch.timeout({}, false, t0 + 1 * s), Failure::none);
    EXPECT_EQ(watch.timeout({}, false, t0 + 3 * s), Failure::none);
    EXPECT_EQ(watch.timeout({}, false, t0 + 7 * s), Failure::r1);
    EXPECT_EQ(watch.timeout({}, false, t0 + 15 * s), Failure::none);  // told once
}

TEST(Failure, TheUserIsToldAtR1BeforeR2EvenWhenTheRtoIsLong) {
    // At an RTO of 60 s the 100 s of R2 are over before the third retransmission.
    FailureWatch watch;
    watch.begin(t0);
    EXPECT_EQ(watch.timeout({}, false, t0 + 60 * s), Failure::none);
    EXPECT_EQ(watch.timeout({}, false, t0 + 120 * s), Failure::none);
    EXPECT_EQ(watch.timeout({}, false, t0 + 180 * s), Failure::r1);
    EXPECT_EQ(watch.timeout({}, false, t0 + 240 * s), Failure::r2);
}

TEST(Failure, R2IsNotReachedBeforeOneHundredSeconds) {
    FailureWatch watch;
    watch.begin(t0);
    for (int i = 1; i <= 50; ++i) EXPECT_NE(watch.timeout({}, false, t0 + i * s), Failure::r2);
    EXPECT_NE(watch.timeout({}, false, t0 + 100 * s - 1), Failure::r2);
    EXPECT_EQ(watch.timeout({}, false, t0 + 100 * s), Failure::r2);
}

TEST(Failure, TheUserSetsR2ForOneConnectionEvenToNever) {
    FailureWatch brief;
    brief.begin(t0);
    const FailureLimits ten_seconds{.r2_ns = 10 * s};
    for (int i = 1; i <= 3; ++i) EXPECT_NE(brief.timeout(ten_seconds, false, t0 + i * s), Failure::r2);
    EXPECT_EQ(brief.timeout(ten_seconds, false, t0 + 10 * s), Failure::r2);

    FailureWatch endless;
    endless.begin(t0);
    const FailureLimits never{.r2_ns = never_ns};
    for (int i = 1; i <= 10'000; ++i) ASSERT_NE(endless.timeout(never, false, t0 + i * 60 * s), Failure::r2);
}

TEST(Failure, ProgressForgetsTheRetransmissionsOfTheSegmentBefore) {
    FailureWatch watch;
    watch.begin(t0);
    for (int i = 1; i <= 5; ++i) watch.timeout({}, false, t0 + i * 20 * s);
    watch.begin(t0 + 110 * s);
    EXPECT_EQ(watch.timeout({}, false, t0 + 130 * s), Failure::none);
    EXPECT_EQ(watch.retransmissions(), 1u);
}

TEST(Failure, ASynIsCountedAndReportedLikeText) {
    std::vector<std::uint32_t> r1;
    EXPECT_FALSE(unanswered({}, true, r1).empty());
    EXPECT_EQ(r1, std::vector<std::uint32_t>{3});
}

TEST(Failure, ASynIsRetransmittedForAtLeastThreeMinutes) {
    std::vector<std::uint32_t> r1;
    const std::vector<std::int64_t> expected{1, 3, 7, 15, 31, 63, 123, 183};
    EXPECT_EQ(unanswered({}, true, r1), expected);
    EXPECT_EQ(unanswered({.syn_r2_ns = 30 * s}, true, r1), expected);  // a smaller R2 is not allowed
}

// --- user timeout -----------------------------------------------------------------------------------------

TEST(UserTimeout, TheDefaultIsFiveMinutesFromTheFirstSubmission) {
    UserTimeout timer;
    EXPECT_FALSE(timer.deadline());
    timer.submitted(t0);
    EXPECT_EQ(timer.deadline(), t0 + 300 * s);
    timer.submitted(t0 + 100 * s);
    EXPECT_EQ(timer.deadline(), t0 + 300 * s);
}

TEST(UserTimeout, TheOpenMaySetItAndDeliveryStopsIt) {
    UserTimeout timer;
    timer.set(20 * s);
    timer.submitted(t0);
    EXPECT_EQ(timer.deadline(), t0 + 20 * s);
    timer.progress(true, t0 + 5 * s);
    EXPECT_EQ(timer.deadline(), t0 + 25 * s);
    timer.progress(false, t0 + 6 * s);
    EXPECT_FALSE(timer.deadline());
}

TEST(UserTimeout, ALaterSendChangesTheTimeoutOfTheConnection) {
    UserTimeout timer;
    timer.submitted(t0);
    timer.set(60 * s);
    timer.submitted(t0 + 10 * s);
    EXPECT_EQ(timer.deadline(), t0 + 60 * s);
}

TEST(UserTimeout, AnEndlessTimeoutDoesNotOverflow) {
    UserTimeout timer;
    timer.set(never_ns);
    timer.submitted(t0);
    EXPECT_EQ(timer.deadline(), never_ns);
}

TEST(UserTimeoutOption, TheLongerOfBothWishesIsTakenWithinTheLimits) {
    UserTimeoutOption option{.enabled = true, .advertised_ns = 200 * s, .lower_ns = 100 * s, .upper_ns = 400 * s};
    EXPECT_EQ(option.received(150), 150 * s);
    EXPECT_EQ(option.timeout_ns(State::Established, 300 * s, 1 * s), 200 * s);
    EXPECT_EQ(option.received(250), 250 * s);
    EXPECT_EQ(option.timeout_ns(State::CloseWait, 300 * s, 1 * s), 250 * s);
    option.received(500);
    EXPECT_EQ(option.timeout_ns(State::Established, 300 * s, 1 * s), 400 * s);
    option.advertised_ns = 5 * s;
    option.received(5);
    EXPECT_EQ(option.timeout_ns(State::Established, 300 * s, 1 * s), 100 * s);
}

TEST(UserTimeoutOption, TheLowerLimitStaysAboveTheRto) {
    UserTimeoutOption option{.enabled = true, .advertised_ns = 1 * s, .lower_ns = 100 * s};
    option.received(1);
    EXPECT_GT(option.timeout_ns(State::Established, 300 * s, 110 * s), 110 * s);
}

TEST(UserTimeoutOption, ItIsOffByDefaultAndAUsersOwnTimeoutStands) {
    UserTimeoutOption off;
    EXPECT_FALSE(off.received(700));
    EXPECT_EQ(off.timeout_ns(State::Established, 300 * s, 1 * s), 300 * s);

    UserTimeoutOption option{.enabled = true};
    option.user_set_timeout();
    EXPECT_EQ(option.received(700), 700 * s);  // the user can still be told
    EXPECT_EQ(option.timeout_ns(State::Established, 30 * s, 1 * s), 30 * s);
}

TEST(UserTimeoutOption, OnlyTheStatesBetweenHandshakeAndTimeWaitAdoptIt) {
    UserTimeoutOption option{.enabled = true};
    option.received(700);
    for (State state : all_states) {
        const bool adopts = state == State::Established || state == State::FinWait1 || state == State::FinWait2 ||
                            state == State::CloseWait || state == State::Closing || state == State::LastAck;
        EXPECT_EQ(option.timeout_ns(state, 300 * s, 1 * s), adopts ? 700 * s : 300 * s) << name(state);
    }
}

TEST(UserTimeoutOption, TheFieldHoldsSecondsOrMinutesAndZeroIsIgnored) {
    UserTimeoutOption option{.enabled = true};
    EXPECT_EQ(option.received(0x8000 | 10), 600 * s);
    EXPECT_EQ(option.received(0x7fff), 32767 * s);
    EXPECT_FALSE(option.received(0));
    EXPECT_FALSE(option.received(0x8000));
    EXPECT_EQ(option.remote_ns, 32767 * s);  // the reserved values left it alone

    EXPECT_EQ(UserTimeoutOption::field(300 * s), 300);
    EXPECT_EQ(UserTimeoutOption::field(1), 1);
    EXPECT_EQ(UserTimeoutOption::field(0), 1);
    EXPECT_EQ(UserTimeoutOption::field(32767 * s), 0x7fff);
    EXPECT_EQ(UserTimeoutOption::field(32768 * s), 0x8000 | 547);  // 546.13 minutes
    EXPECT_EQ(UserTimeoutOption::field(never_ns), 0xffff);
}

// --- MSL --------------------------------------------------------------------------------------------------

TEST(TimeWait, ItLastsTwiceTheMsl) {
    EXPECT_EQ(msl_default_ns, 120 * s);
    EXPECT_EQ(time_wait_ns(), 240 * s);
    EXPECT_EQ(time_wait_ns(30 * s), 60 * s);
    EXPECT_EQ(time_wait_ns(never_ns), never_ns);
}

// --- delayed ACK ------------------------------------------------------------------------------------------

TEST(DelayedAck, TheDelayIsLessThanHalfASecond) {
    DelayedAck ack{30 * s};
    ack.text_arrived(1, 1460, t0);
    ASSERT_TRUE(ack.deadline());
    EXPECT_LT(*ack.deadline(), t0 + 500 * ms);
    EXPECT_GT(*ack.deadline(), t0);
}

TEST(DelayedAck, ASingleSegmentWaitsAndALaterOneDoesNotPostponeIt) {
    DelayedAck ack{100 * ms};
    EXPECT_FALSE(ack.deadline());
    EXPECT_FALSE(ack.text_arrived(100, 1460, t0));
    EXPECT_FALSE(ack.text_arrived(100, 1460, t0 + 50 * ms));
    EXPECT_EQ(ack.deadline(), t0 + 100 * ms);
    ack.acknowledged();
    EXPECT_FALSE(ack.deadline());
}

TEST(DelayedAck, EverySecondFullSegmentIsAcknowledgedAtOnce) {
    DelayedAck ack;
    EXPECT_FALSE(ack.text_arrived(1460, 1460, t0));
    EXPECT_TRUE(ack.text_arrived(1460, 1460, t0));
    ack.acknowledged();
    EXPECT_FALSE(ack.text_arrived(1460, 1460, t0));
    EXPECT_FALSE(ack.text_arrived(1459, 1460, t0));
    EXPECT_TRUE(ack.text_arrived(1, 1460, t0));
}

// --- keep-alive -------------------------------------------------------------------------------------------

constexpr std::int64_t h = 3600 * s;

TEST(KeepAlive, ItIsOffByDefault) {
    const KeepAlive keep_alive({}, t0);
    EXPECT_EQ(keep_alive.due(false, t0 + 1000 * h), KeepAlive::Due::nothing);
}

TEST(KeepAlive, ItIsSwitchedForEachConnection) {
    KeepAlive a({.on = true}, t0);
    KeepAlive b({}, t0);
    EXPECT_EQ(a.due(false, t0 + 3 * h), KeepAlive::Due::probe);
    EXPECT_EQ(b.due(false, t0 + 3 * h), KeepAlive::Due::nothing);
    a.set({});
    b.set({.on = true});
    EXPECT_EQ(a.due(false, t0 + 3 * h), KeepAlive::Due::nothing);
    EXPECT_EQ(b.due(false, t0 + 3 * h), KeepAlive::Due::probe);
}

TEST(KeepAlive, TheDefaultIntervalIsTwoHours) {
    const KeepAlive keep_alive({.on = true}, t0);
    EXPECT_EQ(keep_alive.due(false, t0 + 2 * h - 1), KeepAlive::Due::nothing);
    EXPECT_EQ(keep_alive.due(false, t0 + 2 * h), KeepAlive::Due::probe);
}

TEST(KeepAlive, TheIntervalIsConfigurable) {
    const KeepAlive keep_alive({.on = true, .interval_ns = 10 * s}, t0);
    EXPECT_EQ(keep_alive.due(false, t0 + 10 * s - 1), KeepAlive::Due::nothing);
    EXPECT_EQ(keep_alive.due(false, t0 + 10 * s), KeepAlive::Due::probe);
}

TEST(KeepAlive, AProbeIsDueOnAnIdleConnectionOnly) {
    KeepAlive keep_alive({.on = true}, t0);
    EXPECT_EQ(keep_alive.due(true, t0 + 3 * h), KeepAlive::Due::nothing);
    keep_alive.heard(t0 + 1 * h);
    EXPECT_EQ(keep_alive.due(false, t0 + 3 * h - 1), KeepAlive::Due::nothing);
    EXPECT_EQ(keep_alive.due(false, t0 + 3 * h), KeepAlive::Due::probe);
}

TEST(KeepAlive, OneUnansweredProbeDoesNotEndTheConnection) {
    for (const std::uint32_t probes : {0u, 1u, 2u}) {
        KeepAlive keep_alive({.on = true, .probes = probes}, t0);
        keep_alive.probed(t0 + 2 * h);
        EXPECT_EQ(keep_alive.due(false, t0 + 2 * h + 75 * s - 1), KeepAlive::Due::nothing);
        EXPECT_EQ(keep_alive.due(false, t0 + 2 * h + 75 * s), KeepAlive::Due::probe);
        keep_alive.probed(t0 + 2 * h + 75 * s);
        EXPECT_EQ(keep_alive.due(false, t0 + 2 * h + 150 * s - 1), KeepAlive::Due::nothing);
        EXPECT_EQ(keep_alive.due(false, t0 + 2 * h + 150 * s), KeepAlive::Due::dead);
    }
}

TEST(KeepAlive, AnAnswerStartsTheIntervalAnew) {
    KeepAlive keep_alive({.on = true, .probes = 2}, t0);
    keep_alive.probed(t0 + 2 * h);
    keep_alive.heard(t0 + 2 * h + 1 * s);
    EXPECT_EQ(keep_alive.due(false, t0 + 4 * h), KeepAlive::Due::nothing);
    EXPECT_EQ(keep_alive.due(false, t0 + 4 * h + 1 * s), KeepAlive::Due::probe);
}

TEST(KeepAlive, TheProbeLiesOneBelowSndNxtAndCarriesNoText) {
    Config config;
    config.state = State::Established;
    config.snd_nxt = Seq{0};
    config.rcv_nxt = Seq{77};
    config.rcv_wnd = 1024;
    config.rcv_wscale = 2;
    const Segment probe = KeepAlive({.on = true}, t0).probe(config);
    Segment expected;
    expected.seq = Seq{0xffffffff};
    expected.ack = Seq{77};
    expected.wnd = 256;
    expected.flags = flag::ack;
    EXPECT_EQ(probe, expected);
}

TEST(KeepAlive, TheProbeMayCarryOneGarbageOctet) {
    Config config;
    config.state = State::Established;
    config.snd_nxt = Seq{500};
    const Segment probe = KeepAlive({.on = true, .garbage_octet = true}, t0).probe(config);
    EXPECT_EQ(probe.seq, Seq{499});
    EXPECT_EQ(probe.text, 1u);
}

// --- zero window ------------------------------------------------------------------------------------------

TEST(WindowProbe, TheFirstProbeLeavesAfterOneRto) {
    WindowProbe probe;
    EXPECT_FALSE(probe.deadline());
    probe.closed(1500 * ms, t0);
    EXPECT_EQ(probe.deadline(), t0 + 1500 * ms);
    probe.closed(1500 * ms, t0 + 700 * ms);  // still shut
    EXPECT_EQ(probe.deadline(), t0 + 1500 * ms);
}

TEST(WindowProbe, TheIntervalDoublesUpToTheBound) {
    WindowProbe probe;
    probe.closed(10 * s, t0);
    std::vector<std::int64_t> times;
    for (int i = 0; i < 5; ++i) {
        times.push_back((*probe.deadline() - t0) / s);
        probe.probed(60 * s, *probe.deadline());
    }
    EXPECT_EQ(times, (std::vector<std::int64_t>{10, 30, 70, 130, 190}));
}

TEST(WindowProbe, ItGoesOnAsLongAsTheWindowIsShutAndEndsWhenItOpens) {
    WindowProbe probe;
    probe.closed(1 * s, t0);
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_TRUE(probe.deadline());
        probe.probed(60 * s, *probe.deadline());
    }
    probe.opened();
    EXPECT_FALSE(probe.deadline());
    probe.closed(2 * s, t0);
    EXPECT_EQ(probe.deadline(), t0 + 2 * s);
}

}  // namespace
}  // namespace lastack
