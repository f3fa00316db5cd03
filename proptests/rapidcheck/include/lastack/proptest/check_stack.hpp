// The properties for a TCP of one's own.
//
// A stack takes part with five functions; it is made anew for every run and carries one connection:
//
//     struct MyTcp {
//         lastack::Reply call(const lastack::Call&);      // OPEN, SEND, RECEIVE, CLOSE, ABORT, STATUS
//         void deliver(const lastack::Segment&);          // a segment arrives
//         std::optional<lastack::Segment> departure();    // the next segment that leaves, until there is none
//         void wait(std::int64_t ns);                     // so much time passes
//         lastack::State state() const;                   // one of the eleven
//     };
//     auto result = lastack::proptest::check_stack<MyTcp>();
//
// Its time is virtual, its user and its peer are drawn. A millisecond passes before each event and none behind it;
// now and then much more does. Success of a call is Reply::ok or ::none. The stack may have its own receive buffer; a
// RECEIVE that finds nothing waits. Each run is judged in lock-step by the monitor, which knows every behaviour that
// RFC 9293 allows (property S29), and by those properties whose every part can be seen from outside (Sight::outside);
// at its end TIME-WAIT must end by itself (L6), and what is unacknowledged must go again (L7). Not seen: that a closed
// window is probed, how numbers are chosen. Segments half the sequence space away, or between the announced edge of the
// window and one that is not announced yet, are not sent: there a stack may do either.
// A failure is shrunk and written as a case file, which `lastack play` draws. What a stack throws is a failure.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "lastack/lifecycle/timers.hpp"
#include "lastack/proptest/runs.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/segment.hpp"
#include "lastack/vocabulary/state.hpp"

namespace lastack::proptest {

template <class S>
concept Stack = requires(S& s, const S& seen, const Call& call, const Segment& segment, std::int64_t ns) {
    { s.call(call) } -> std::same_as<Reply>;
    s.deliver(segment);
    { s.departure() } -> std::same_as<std::optional<Segment>>;
    s.wait(ns);
    { seen.state() } -> std::same_as<State>;
};

struct StackOptions {
    /// What is known of the stack's choices; open ones are inferred, and must be consistent over a run.
    Policy policy{};
    std::size_t cases{2000};
    std::size_t events{40};
    std::string folder{"."};  ///< for the case file of a counterexample; empty: none is written
    std::string name{"stack"};
    bool passive_open{true};  ///< the stack can listen
    /// TIME-WAIT that ends by itself has lasted twice as long at least (MUST-13). The RFC's value is two minutes; the
    /// default is the shortest in wide use.
    std::int64_t msl_ns{30 * second_in_ns};
};

/// The stack behind its five functions.
struct StackFunctions {
    std::function<Reply(const Call&)> call;
    std::function<void(const Segment&)> deliver;
    std::function<std::optional<Segment>()> departure;
    std::function<void(std::int64_t)> wait;
    std::function<State()> state;
};

/// One run of a fresh stack.
std::optional<support::Broken> run_stack(std::span<const support::Word> words, const StackFunctions& stack,
                                         const StackOptions& options, support::Recording* recording);

/// `make` gives a fresh stack for each run, as std::unique_ptr<S>.
template <Stack S, std::invocable Make>
CheckResult check_stack(Make make, const StackOptions& options = {}) {
    const auto run = [&](std::span<const support::Word> words, support::Recording* recording) {
        const std::unique_ptr<S> s = make();
        const StackFunctions functions{[&](const Call& call) { return s->call(call); },
                                       [&](const Segment& segment) { s->deliver(segment); },
                                       [&] { return s->departure(); }, [&](std::int64_t ns) { s->wait(ns); },
                                       [&] { return std::as_const(*s).state(); }};
        return run_stack(words, functions, options, recording);
    };
    return check_runs(options.name, run, CheckOptions{options.cases, options.events, options.folder});
}
template <Stack S>
requires std::default_initializable<S> CheckResult check_stack(const StackOptions& options = {}) {
    return check_stack<S>([] { return std::make_unique<S>(); }, options);
}

}  // namespace lastack::proptest
