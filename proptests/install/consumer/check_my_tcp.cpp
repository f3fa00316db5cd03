// Somebody's TCP behind five functions, and all that it takes to hold the properties against it. (This one borrows the
// lifecycle; with the argument `forgetful` it loses every second answer.)
#include <cstdio>
#include <lastack/lifecycle/scheduler.hpp>
#include <lastack/proptest/check_stack.hpp>

using namespace lastack;

struct MyTcp {
    bool forgetful{false};
    Config c{};
    std::int64_t waited_ns{0};
    int answers{0};

    Reply call(const Call& call) {
        const Outcome out = step(c, call);
        c = out.next;
        return out.reply;
    }
    void deliver(const Segment& segment) {
        Arrival arrival;
        arrival.segment = segment;
        c = step(c, arrival).next;
        waited_ns = 0;
    }
    std::optional<Segment> departure() {
        SchedulerOptions options;
        options.iss = Seq{c.snd_nxt.value + 70000};
        const auto segment = next_departure(c, options);
        if (segment) c = step(c, Departure{*segment}).next, waited_ns = 0;
        return segment && forgetful && ++answers % 2 == 0 ? departure() : segment;
    }
    void wait(std::int64_t ns) {
        waited_ns += ns;
        if (c.state == State::TimeWait && waited_ns > 240'000'000'000)
            c = step(c, Timeout{TimeoutKind::time_wait}).next;
        if (c.runs(timer::retransmission) && waited_ns > 1'000'000'000) c = step(c, Timeout{}).next;
    }
    State state() const { return c.state; }
};

int main(int argc, char**) {
    const auto result = proptest::check_stack<MyTcp>([&] { return std::make_unique<MyTcp>(argc > 1); });
    std::puts(result.holds ? "every property holds" : result.report.c_str());
    return result.holds ? 0 : 1;
}
