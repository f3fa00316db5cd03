// The clocks of one end by itself: what a caller does who holds a Config and its clocks, and no network.
#include "lastack/support/clocks.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack::support {
namespace {

using Act = EndClocks::Duty::Act;
using Kind = EndClocks::Kind;

/// One end; what its peer says is written out. Its own numbers begin at 100, its peer's at 300.
struct Alone {
    explicit Alone(const Durations& durations = {}, const Policy& with = {}) : clocks{durations}, policy{with} {}

    Outcome happen(const Event& event) {
        const Config before = c;
        const Outcome out = step(before, event, policy);
        c = out.next;
        clocks.follow(before, event, out, now_ns);
        return out;
    }
    void call(CallKind kind, std::uint32_t octets = 0) {
        Call call;
        call.kind = kind;
        call.octets = octets;
        call.iss_given = kind == CallKind::open_active;
        call.iss = Seq{100};
        happen(call);
    }
    void receive(std::string_view text) {
        std::string error;
        const auto s = parse_segment(text, error);
        ASSERT_TRUE(s) << error;
        Arrival arrival;
        arrival.segment = *s;
        happen(arrival);
    }
    /// Whatever leaves now, the ACKs that may wait left out. Returns how many segments it is.
    int send(bool probe = false) {
        for (int n = 0;; ++n) {
            SchedulerOptions options;
            options.schedule = clocks.ack_may_wait(c) ? Schedule::delayed_ack : Schedule::eager;
            options.probe = probe;
            const auto s = next_departure(c, options);
            if (!s) return n;
            last = *s;
            happen(Departure{*s});
            probe = false;
        }
    }
    /// Waits for the next clock and lets it run out; a timeout happens.
    Act wake(bool alive = false) {
        const EndClocks::Wake wake = clocks.next(c, alive);
        if (wake.kind == Kind::none) return Act::nothing;
        now_ns = wake.due_ns;
        const EndClocks::Duty duty = clocks.fired(wake.kind, c, now_ns);
        if (duty.act == Act::time_out) happen(Timeout{duty.timeout});
        if (duty.act == Act::probe_peer) happen(Departure{EndClocks::peer_probe(c, 0)});
        return duty.act;
    }
    void open() {
        call(CallKind::open_active);
        send();
        receive("S. 300:300(0) ack 101 win 65535");
        send();
        ASSERT_EQ(c.state, State::Established);
    }
    std::int64_t ms() const { return now_ns / ms_in_ns; }

    Config c{};
    EndClocks clocks;
    Policy policy;
    Segment last{};
    std::int64_t now_ns{0};
};

TEST(EndClocks, HaveNothingToWakeAnEndThatIsClosed) {
    Alone end;
    EXPECT_EQ(end.clocks.next(end.c, true).kind, Kind::none);
    EXPECT_EQ(end.clocks.next(end.c, true).due_ns, never_ns);
    EXPECT_EQ(end.clocks.fired(Kind::none, end.c, 0).act, Act::nothing);
}

// RFC 6298 2.1, 5.5, 2.5: 1 s, doubled up to 60 s. MUST-23: R2 of a SYN is 3 minutes, over when the timer runs out.
TEST(EndClocks, RepeatASynUntilItsR2) {
    Alone end;
    end.call(CallKind::open_active);
    std::vector<std::int64_t> left_ms;
    while (end.c.state == State::SynSent) {
        if (end.send() > 0) left_ms.push_back(end.ms());
        ASSERT_EQ(end.wake(), Act::time_out);
    }
    EXPECT_EQ(left_ms, (std::vector<std::int64_t>{0, 1000, 3000, 7000, 15000, 31000, 63000, 123000}));
    EXPECT_EQ(end.ms(), 183'000);
    EXPECT_EQ(end.c.state, State::Closed);
}

TEST(EndClocks, GiveUpWhenTheUserTimeoutIsShorterThanR2) {
    Alone end{Durations{.user_timeout_ns = 10 * second_in_ns}};
    end.call(CallKind::open_active);
    while (end.c.state == State::SynSent) {
        end.send();
        ASSERT_EQ(end.wake(), Act::time_out);
    }
    EXPECT_EQ(end.ms(), 10'000);
}

// RFC 9293 3.8.3: R2 is per connection (MUST-21), is looked at when a retransmission is due (at 1, 3, 7, 15, 31 s ...),
// and is three minutes at least for a SYN (MUST-23).
TEST(EndClocks, GiveUpAtTheR2OfTheCaller) {
    const auto ends_ms = [](CallKind first, std::int64_t r2_ns) {
        Alone end{Durations{.user_timeout_ns = 100 * minute_in_ns, .r2_ns = r2_ns}};
        if (first == CallKind::send) end.open();
        end.call(first, 5);
        while (end.c.state != State::Closed) {
            end.send();
            EXPECT_EQ(end.wake(), Act::time_out);
        }
        return end.ms();
    };
    EXPECT_EQ(ends_ms(CallKind::send, 10 * second_in_ns), 15'000);
    EXPECT_EQ(ends_ms(CallKind::send, 20 * second_in_ns), 31'000);
    EXPECT_EQ(ends_ms(CallKind::open_active, 10 * second_in_ns), 183'000);
    EXPECT_EQ(ends_ms(CallKind::open_active, 200 * second_in_ns), 243'000);
}

// MUST-13.
TEST(EndClocks, EndTimeWaitAfterTwoMsl) {
    for (const std::int64_t msl_ns : {std::int64_t{0}, 30 * second_in_ns, 60 * second_in_ns, 120 * second_in_ns}) {
        Alone end{Durations{.msl_ns = msl_ns}};
        end.open();
        end.call(CallKind::close);
        end.send();
        end.receive("F. 301:301(0) ack 102 win 65535");
        end.send();
        ASSERT_EQ(end.c.state, State::TimeWait);
        while (end.wake() == Act::send_ack) end.send();
        EXPECT_EQ(end.c.state, State::Closed);
        EXPECT_EQ(end.now_ns, 2 * msl_ns);
    }
}

TEST(EndClocks, KeepTheirDurationsOverIncarnations) {
    Alone end{Durations{.msl_ns = 7, .user_timeout_ns = 9 * second_in_ns}};
    end.open();
    end.call(CallKind::abort);
    end.call(CallKind::open_active);
    EXPECT_EQ(end.clocks.durations.msl_ns, 7);
    EXPECT_EQ(end.clocks.user.timeout_ns(), 9 * second_in_ns);
}

// D35.
TEST(EndClocks, EndFinWait2WhereThePolicyHasATimerOfIt) {
    for (const bool has_timer : {true, false}) {
        using namespace reading::fin_wait_2_timer;
        Alone end{Durations{.fin_wait_2_ns = 5 * second_in_ns},
                  Policy{}.with(Choice::fin_wait_2_timer, has_timer ? orphan : none)};
        end.open();
        end.call(CallKind::close);
        end.send();
        end.receive(". 301:301(0) ack 102 win 65535");
        ASSERT_EQ(end.c.state, State::FinWait2);
        EXPECT_EQ(end.wake(), Act::time_out);
        EXPECT_EQ(end.ms(), 5'000);
        EXPECT_EQ(end.c.state, has_timer ? State::Closed : State::FinWait2);
    }
}

// SHLD-18, MUST-40: an ACK may be delayed, but for less than 0.5 s.
TEST(EndClocks, SendAnAckThatHasWaited) {
    Alone end;
    end.open();
    end.receive("P. 301:401(100) ack 101 win 65535");
    EXPECT_TRUE(end.clocks.ack_may_wait(end.c));
    EXPECT_EQ(end.send(), 0);
    EXPECT_EQ(end.wake(), Act::send_ack);
    EXPECT_EQ(end.ms(), 200);
    EXPECT_FALSE(end.clocks.ack_may_wait(end.c));
    EXPECT_EQ(end.send(), 1);
    EXPECT_EQ(end.last.ack, Seq{401});
    EXPECT_EQ(end.clocks.next(end.c, false).kind, Kind::none);
}

// SHLD-29, SHLD-30: after one RTO, then twice as long.
TEST(EndClocks, ProbeAShutWindow) {
    Alone end;
    end.open();
    end.receive(". 301:301(0) ack 101 win 0");
    end.call(CallKind::send, 10);
    EXPECT_EQ(end.send(), 0);
    EXPECT_EQ(end.wake(), Act::probe_window);
    EXPECT_EQ(end.ms(), 1000);
    EXPECT_EQ(end.send(true), 1);
    EXPECT_EQ(end.last.text, 1u);
}

// MUST-27, MUST-28: two hours. Nine probes that nobody answers, 75 s apart, mean that the peer is dead.
TEST(EndClocks, AskWhetherThePeerLivesAndGiveUpADeadOne) {
    Alone end;
    end.open();
    EXPECT_EQ(end.clocks.next(end.c, false).kind, Kind::none) << "only when it is asked to (MUST-25)";
    std::vector<std::int64_t> probed_s;
    while (end.wake(true) == Act::probe_peer) probed_s.push_back(end.now_ns / second_in_ns);
    std::vector<std::int64_t> expected;
    for (int i = 0; i < 9; ++i) expected.push_back(7200 + 75 * i);
    EXPECT_EQ(probed_s, expected);
    EXPECT_EQ(end.c.state, State::Closed);
    EXPECT_EQ(end.now_ns / second_in_ns, 7200 + 75 * 9);
}

TEST(EndClocks, AreCopiedWithEverything) {
    Alone end;
    end.call(CallKind::open_active);
    end.send();
    Alone copy = end;
    end.wake();
    end.send();
    EXPECT_EQ(copy.clocks.next(copy.c, false).due_ns, second_in_ns);
    EXPECT_EQ(end.clocks.next(end.c, false).due_ns, 3 * second_in_ns);
    copy.wake();
    copy.send();
    EXPECT_EQ(copy.clocks.next(copy.c, false).due_ns, 3 * second_in_ns);
}

}  // namespace
}  // namespace lastack::support
