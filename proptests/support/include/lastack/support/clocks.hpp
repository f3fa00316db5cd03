// The clocks of one end, put together: which of them runs out next, and what the end is to do then.
//
// For whoever runs an end in a closed loop: tell follow() of every step, wait until next(), tell fired() of it and do
// what it says. Nothing reads a clock: times are nanoseconds of any monotonic time that the caller keeps to.
#pragma once

#include <cstdint>

#include "lastack/lifecycle/timers.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack::support {

/// How long an end waits. Nanoseconds, not negative.
struct Durations {
    std::int64_t msl_ns{msl_default_ns};                    ///< TIME-WAIT lasts two of them (MUST-13)
    std::int64_t fin_wait_2_ns{minute_in_ns};               ///< where a policy has the timer (D35)
    std::int64_t user_timeout_ns{user_timeout_default_ns};  ///< RFC 9293 3.9.1.1
    std::int64_t r2_ns{FailureLimits{}.r2_ns};              ///< of what is retransmitted; a SYN has 3 min at least
};

/// The ACK that the end owes; nothing when it owes none.
inline const Owed* owed_ack(const Config& c) {
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const OwedKind kind = c.owed[i].kind;
        if (kind == OwedKind::ack || kind == OwedKind::challenge_ack) return &c.owed[i];
    }
    return nullptr;
}

class EndClocks {
public:
    enum class Kind : std::uint8_t {
        none,
        retransmission,
        user,
        time_wait,
        fin_wait_2,
        delayed_ack,
        probe,
        keep_alive
    };
    struct Wake {
        std::int64_t due_ns{never_ns};
        Kind kind{Kind::none};
    };
    /// What the end does when a clock has run out.
    struct Duty {
        enum class Act : std::uint8_t {
            nothing,
            time_out,      ///< step(config, Timeout{timeout})
            send_ack,      ///< the delayed ACK leaves now, alone if nothing else does
            probe_window,  ///< what the scheduler proposes when it is told to probe
            probe_peer,    ///< peer_probe() leaves
        };
        Act act{Act::nothing};
        TimeoutKind timeout{TimeoutKind::retransmission};
    };

    EndClocks() : EndClocks(Durations{}) {}
    explicit EndClocks(const Durations& lasting) : durations{lasting} { user.set(lasting.user_timeout_ns); }

    /// The end went from `before` by `event`.
    void follow(const Config& before, const Event& event, const Outcome& outcome, std::int64_t now_ns);
    /// The earliest deadline. `alive`: dead peers are looked for (RFC 9293 3.8.4).
    Wake next(const Config& c, bool alive) const;
    /// The clock `kind`, as next() named it, runs out: it stops or starts anew. R2 of what is retransmitted counts as
    /// a user timeout (MUST-20), and so does a peer that answers no keep-alive.
    Duty fired(Kind kind, const Config& c, std::int64_t now_ns);
    /// A bare ACK may wait still: the scheduler is to be asked for Schedule::delayed_ack.
    bool ack_may_wait(const Config& c) const {
        const Owed* ack = owed_ack(c);
        return ack != nullptr && ack->when == When::delayed && !ack_now;
    }
    /// The keep-alive of a synchronized end. `tsval`: the timestamp clock.
    static Segment peer_probe(const Config& c, std::uint32_t tsval);

    Durations durations;
    RetransmissionTimer retransmission{};
    FailureWatch failure{};
    UserTimeout user{};
    DelayedAck delayed{};
    WindowProbe probe{};
    Deadline time_wait{};
    Deadline fin_wait_2{};
    std::int64_t heard_ns{0};
    Deadline alive_probed{};
    std::uint32_t alive_probes{0};  ///< unanswered
    bool ack_now{false};            ///< a delayed ACK has waited long enough
};

}  // namespace lastack::support
