// Stacks under test: one that is right passes, and one with a fault does not.
#include "lastack/proptest/check_stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/lifecycle/timers.hpp"
#include "lastack/support/subject.hpp"

namespace {

using namespace lastack;
using proptest::CheckResult;
using proptest::StackOptions;

/// The lifecycle itself behind the five functions, perhaps with a fault.
class ModelStack {
public:
    ModelStack() = default;
    ModelStack(const support::Subject& subject, const Policy& policy) : subject_{subject}, policy_{policy} {}

    Reply call(const Call& given) {
        Call call = given;
        call.iss_given = true;
        call.iss = next_iss();
        return take(call).reply;
    }
    void deliver(const Segment& segment) {
        Arrival arrival;
        arrival.segment = segment;
        arrival.iss_given = true;
        arrival.iss = next_iss();
        take(arrival);
    }
    std::optional<Segment> departure() {
        SchedulerOptions options;
        options.iss = next_iss();
        const auto segment = next_departure(c_, options);
        if (segment && take(Departure{*segment}).verdict == Verdict::refused) return std::nullopt;
        return segment;
    }
    void wait(std::int64_t ns) {
        since_ns_ += ns;
        if (c_.runs(timer::time_wait) && since_ns_ >= time_wait_ns()) take(Timeout{TimeoutKind::time_wait});
        if (c_.runs(timer::retransmission) && since_ns_ >= 2 * second_in_ns) {
            take(Timeout{TimeoutKind::retransmission});
        }
    }
    State state() const { return c_.state; }
    const Config& config() const { return c_; }
    void time_out(TimeoutKind kind) { take(Timeout{kind}); }

private:
    Outcome take(const Event& event) {
        const Outcome out = subject_.step(c_, event, policy_);
        if (!std::holds_alternative<Departure>(event) || out.restarted != 0) since_ns_ = 0;
        c_ = out.next;
        return out;
    }
    Seq next_iss() { return Seq{c_.snd_nxt.value + 70'000}; }

    support::Subject subject_{};
    Policy policy_{};
    Config c_{};
    std::int64_t since_ns_{0};
};

CheckResult check(const support::Subject& subject, std::size_t cases = 3000, const Policy& policy = {}) {
    StackOptions options;
    options.cases = cases;
    options.folder.clear();
    return proptest::check_stack<ModelStack>([&] { return std::make_unique<ModelStack>(subject, policy); }, options);
}

support::Subject without(std::string_view id) {
    support::Subject s;
    s.instruments.off = rule(id);
    if (!s.instruments.off) throw std::runtime_error("no such rule");
    return s;
}

TEST(AStackThatDoesWhatTheRfcSays, Passes) {
    const CheckResult result = check({}, 5000);
    EXPECT_TRUE(result.holds) << result.report;
    EXPECT_EQ(proptest::cases(5000), result.cases);
}

TEST(AStackThatDoesWhatTheRfcSays, PassesWhicheverReadingsItHasChosen) {
    for (const Profile& p : profiles()) {
        const CheckResult result = check({}, 2000, p.policy);
        EXPECT_TRUE(result.holds) << p.name << ": " << result.report;
    }
}

TEST(AStackWithAFault, IsFoundOut) {
    for (const char* row : {"3.10.7.1-ACK", "3.10.7.2-3-SYN", "3.10.7.3-1-badACK", "3.10.7.4-1-ES-unacc",
                            "3.10.7.4-2-ES-chal", "3.10.7.4-2-ES-reset", "3.10.7.4-5-FW1-fin", "3.10.7.4-5-SR-bad",
                            "3.10.7.4-8-ES-fin", "3.10.4-ES-fin", "3.10.7.4-5-LA-fin", "3.10.7.4-8-FW2-fin"}) {
        EXPECT_FALSE(check(without(row)).holds) << "without " << row;
    }
}

TEST(AStackWithAFault, IsToldWhatWasAllowedInstead) {
    const CheckResult result = check(without("3.10.7.4-8-ES-fin"));
    ASSERT_FALSE(result.holds);
    const std::string& message = result.broken->message;
    EXPECT_TRUE(message.find("where the RFC has") != std::string::npos ||
                message.find("allowed: ") != std::string::npos)
        << message;
    // The normal way to the peer's FIN: OPEN, SYN,ACK (two segments when SYNs cross), text, RECEIVE, SEND, ACK, FIN.
    EXPECT_LE(result.words.size(), 9u) << support::to_string(result.words);
}

/// Says ESTABLISHED too early.
class Liar : public ModelStack {
public:
    State state() const { return ModelStack::state() == State::SynReceived ? State::Established : ModelStack::state(); }
};
TEST(AStackThatReportsAnotherState, IsFoundOut) {
    StackOptions options;
    options.folder.clear();
    const CheckResult result = proptest::check_stack<Liar>(options);
    ASSERT_FALSE(result.holds);
    EXPECT_EQ("S29", result.broken->id);
}

/// Repeats its last segment for ever.
class Babbler : public ModelStack {
public:
    std::optional<Segment> departure() {
        if (const auto s = ModelStack::departure()) last_ = s;
        return last_;
    }

private:
    std::optional<Segment> last_{};
};
TEST(AStackThatNeverStopsSending, EndsWithAFindingAndDoesNotHang) {
    StackOptions options;
    options.folder.clear();
    EXPECT_FALSE(proptest::check_stack<Babbler>(options).holds);
}

/// Accepts every call.
class Yes : public ModelStack {
public:
    Reply call(const Call& c) {
        ModelStack::call(c);
        return Reply::ok;
    }
};
TEST(AStackThatRefusesNoCall, IsFoundOut) {
    StackOptions options;
    options.folder.clear();
    const CheckResult result = proptest::check_stack<Yes>(options);
    ASSERT_FALSE(result.holds);
    EXPECT_EQ("S30", result.broken->id);
}

/// Right in everything that it does, and never ends TIME-WAIT; or never sends anything again.
class Sleeper : public ModelStack {
public:
    void wait(std::int64_t) {}
};
TEST(AStackThatDoesNothingByItself, IsFoundOut) {
    StackOptions options;
    options.folder.clear();
    const CheckResult result = proptest::check_stack<Sleeper>(options);
    ASSERT_FALSE(result.holds);
    EXPECT_TRUE(result.broken->id == "L6" || result.broken->id == "L7") << result.report;
}

/// Sends again after a second, as RFC 6298 2.1 has it, whatever happens in between.
class Punctual : public ModelStack {
public:
    void wait(std::int64_t ns) {
        for (; ns > 0; ns -= second_in_ns) ModelStack::wait(std::min(ns, 2 * second_in_ns));
    }
};
TEST(AStackWithTimersOfItsOwn, Passes) {
    StackOptions options;
    options.folder.clear();
    options.cases = 5000;
    const CheckResult result = proptest::check_stack<Punctual>(options);
    EXPECT_TRUE(result.holds) << result.report;
}

/// Throttles answers to what is unacceptable (RFC 5961 7): one in a run.
class Throttled : public ModelStack {
public:
    std::optional<Segment> departure() {
        const bool only_throttleable = owes_only_throttleable();
        if (only_throttleable && ++answers_ > 1) return std::nullopt;
        return ModelStack::departure();
    }

private:
    bool owes_only_throttleable() const {
        const Config& c = config();
        for (std::size_t i = 0; i < c.owed_count; ++i) {
            if (c.owed[i].when != When::throttleable) return false;
        }
        return c.owed_count > 0;
    }
    int answers_{0};
};
TEST(AStackThatThrottlesItsAnswers, Passes) {
    StackOptions options;
    options.folder.clear();
    options.cases = 5000;
    const CheckResult result = proptest::check_stack<Throttled>(options);
    EXPECT_TRUE(result.holds) << result.report;
}

class Thrower : public ModelStack {
public:
    void deliver(const Segment&) { throw std::runtime_error("boom"); }
};
TEST(AStackThatThrows, IsAFindingWithItsWords) {
    StackOptions options;
    options.folder.clear();
    const CheckResult result = proptest::check_stack<Thrower>(options);
    ASSERT_FALSE(result.holds);
    EXPECT_NE(std::string::npos, result.report.find("the stack throws: boom")) << result.report;
    EXPECT_FALSE(result.words.empty());
}

TEST(NoCases, AreNoCheck) {
    StackOptions options;
    options.cases = 0;
    EXPECT_THROW(proptest::check_stack<ModelStack>(options), std::invalid_argument);
}

/// Gives up a connection without having sent anything again; and one whose TIME-WAIT is over in a second.
class Faint : public ModelStack {
public:
    void wait(std::int64_t ns) {
        if (config().state == State::TimeWait) {
            ModelStack::wait(time_wait_ns());
        } else if ((waited_ns_ += ns) > user_timeout_default_ns) {
            give_up();
        }
    }

private:
    void give_up() {
        if (config().runs(timer::retransmission)) ModelStack::time_out(TimeoutKind::user);
        waited_ns_ = 0;
    }
    std::int64_t waited_ns_{0};
};
TEST(AStackThatGivesUpAtOnce, IsFoundOut) {
    StackOptions options;
    options.folder.clear();
    const CheckResult result = proptest::check_stack<Faint>(options);
    ASSERT_FALSE(result.holds);
    EXPECT_TRUE(result.broken->id == "L6" || result.broken->id == "L7") << result.report;
}

}  // namespace
