// The monitor: is what one connection end did allowed?
//
// It is fed what can be seen of the end: segments that arrive and leave, its user's
// calls where they are visible. It keeps a belief: every Config, and every Policy, that
// the end may have. A departure that no member of the belief allows is a deviation.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack {

/// What the observer can know.
struct Vantage {
    /// The user's calls and the timeouts are fed too; otherwise they are inferred.
    bool calls_visible{false};
    /// Segments are seen at a tap beside the end: an arrival may stand before a departure that was made
    /// without knowing it, for at most `lag_ns`.
    bool tap{true};
    /// The tap stands somewhere between both ends: what it saw go by may have been lost before it arrived.
    bool mid_path{false};
    std::int64_t lag_ns{200'000'000};
    /// An acknowledgment that is due is late after this time: 0.5 s (MUST-40) and as much for the machine.
    std::int64_t late_ns{1'000'000'000};
    /// TIME-WAIT and FIN-WAIT-2 are not assumed to end by a timer before this time.
    std::int64_t least_wait_ns{1'000'000'000};
    /// A keep-alive is not taken for one when the connection was idle for less (MUST-26; MUST-28 has two hours as
    /// default).
    std::int64_t least_idle_ns{900'000'000};
    /// More hypotheses than this: inconclusive.
    std::size_t max_hypotheses{1024};
};

/// Seen from a JSON trace or in lock-step: nothing is hidden and nothing lags.
inline Vantage everything_visible() {
    Vantage v;
    v.calls_visible = true;
    v.tap = false;
    v.late_ns = 500'000'000;
    return v;
}

/// A call or timer that nobody saw, but that must have been.
enum class AssumedKind : std::uint8_t {
    open_active,
    open_passive,
    close,
    abort,
    time_wait_timeout,
    fin_wait_2_timeout,
    user_timeout
};
std::string_view name(AssumedKind);

struct Assumed {
    AssumedKind kind{};
    std::uint64_t segment{0};  ///< number of the segment that shows it
};

enum class Judgement : std::uint8_t { conforms, deviates, inconclusive };
std::string_view name(Judgement);

struct Deviation {
    std::uint64_t segment{0};  ///< number of the segment: the one that must not have left, or the one left unanswered
    std::int64_t time_ns{0};
    bool unanswered{false};  ///< an answer that was due never left; `observed` is the arrival then
    Segment observed;
    std::vector<Segment> allowed;            ///< what was allowed there, nearest first (text of any length: text = 0)
    std::vector<std::string> allowed_rules;  ///< for each of them, the rule that demands or permits it
    Rule rule;                               ///< the nearest rule
    Config config;                           ///< what the end was in, by the likeliest hypothesis
    std::vector<Policy> policies;            ///< policies that would have allowed it
};

/// One connection end. Not thread safe; distinct monitors are independent.
class Monitor {
public:
    explicit Monitor(const Vantage& vantage, const Policy& policy = {});

    /// Where to begin: what the end may be in. Without it, CLOSED.
    void begin(const Config& config);
    /// For an end whose calls are hidden and that is met by a SYN: it may be listening, or there may be nothing.
    void begin_unopened();

    void call(std::int64_t time_ns, const Call& call, std::uint64_t number = 0);
    void timeout(std::int64_t time_ns, const Timeout& timeout, std::uint64_t number = 0);
    void arrival(std::int64_t time_ns, const Segment& segment, std::uint64_t number = 0);
    void departure(std::int64_t time_ns, const Segment& segment, std::uint64_t number = 0);
    /// The end's state was told, by a stack that reports it: members that are in another one go. False, and nothing
    /// changes, when none is in this one.
    bool told_state(State);
    /// Nothing happened until now; what is due by now must have left.
    void quiet(std::int64_t time_ns);
    /// The observation ends.
    void end(std::int64_t time_ns) { quiet(time_ns); }

    Judgement judgement() const;
    /// Why `inconclusive`; empty otherwise.
    const std::string& reason() const { return reason_; }
    const Deviation* deviation() const { return deviation_.get(); }  ///< or nothing

    /// Of the likeliest member of the belief: the states passed through, and what had to be assumed.
    std::vector<State> states() const;
    std::vector<Assumed> assumed() const;
    /// The cubes of all members that the requested policy admits.
    std::vector<Policy> policies() const;
    /// Every member is in CLOSED (and owes nothing).
    bool closed() const;
    /// Some member is in this state.
    bool may_be(State) const;
    /// The last SYN that was processed or sent by the likeliest member: to tell incarnations apart.
    const Config& likeliest() const;
    std::size_t belief_size() const { return belief_.size(); }
    std::size_t largest_belief() const { return largest_; }

    /// Marks the verdict as inconclusive, with the reason.
    void give_up(std::string reason);

private:
    struct Stamp {
        std::int64_t time_ns{0};
        std::uint64_t number{0};
    };
    struct Hypothesis {
        Config c;
        Policy cube;
        std::uint64_t done{0};     ///< arrivals processed
        std::uint64_t path{0};     ///< states, four bits each, the first lowest
        Seq snd_edge;              ///< the right edge of the send window at its furthest
        std::int64_t since_ns{0};  ///< when the state was entered
        std::uint16_t dull{0};     ///< of those processed, the last ones that made no difference
        std::uint8_t path_length{0};
        std::uint8_t cost{0};  ///< how much it had to assume
        std::uint8_t assumed_count{0};
        bool edge_known{false};
        std::array<Assumed, 6> assumed{};
        std::array<Stamp, Config::max_owed> stamps{};
    };
    struct Logged {
        Segment segment;
        std::int64_t time_ns;
        std::uint64_t number;
        bool iss_given;
        Seq iss;
    };
    using Belief = std::vector<Hypothesis>;

    bool admitted(const Hypothesis& h) const { return h.cube.compatible(policy_); }
    const Hypothesis& best() const;
    bool over() const { return deviation_ || !reason_.empty(); }
    const Logged& logged(std::uint64_t index) const { return log_[index - log_base_]; }
    std::uint64_t arrivals() const { return log_base_ + log_.size(); }

    void adopt(Hypothesis& h, const Outcome& out, const Policy& cube, std::int64_t time_ns, std::uint64_t number) const;
    template <class E, class Then>
    void each_outcome(const Config& c, const E& event, const Policy& cube, Then then) const;
    void add(Belief& belief, const Hypothesis& h) const;
    void process_arrival(const Hypothesis& h, Belief& into) const;
    void catch_up(Belief& belief) const;
    bool dull(const Hypothesis& before, const Hypothesis& after, const Segment& s) const;

    bool keepalive_too_early(const Outcome& out) const;
    void depart(const Hypothesis& h, const Segment& s, Belief& into) const;
    void depart_after_calls(const Hypothesis& h, const Segment& s, Belief& into) const;
    void depart_after_death(const Hypothesis& h, const Segment& s, Belief& into) const;
    void hidden_call(const Hypothesis& h, CallKind kind, std::uint32_t octets, Belief& into) const;

    template <class E>
    void take(std::int64_t time_ns, const E& event, std::uint64_t number);
    void come_to(std::int64_t time_ns);
    bool late(const Hypothesis& h, std::int64_t time_ns, bool at_end, Stamp* which, Rule* rule) const;
    void note_size();
    void deviate(const Segment& s, std::uint64_t number, const Belief& before, const Belief& survivors);
    void deviate_unanswered(const Hypothesis& h, const Stamp& stamp, Rule rule);
    void forget_old_arrivals();
    void watch_for_gap(const Segment& s, bool arriving);

    Vantage vantage_;
    Policy policy_;
    Belief belief_;
    std::vector<Logged> log_;
    std::uint64_t log_base_{0};
    Seq acked_before_lag_;  ///< SEG.ACK of the last arrival that is older than the lag
    bool acked_before_lag_known_{false};
    std::uint32_t latest_tsval_{0};  ///< of those that may have set it: TS.Recent is not newer than this
    bool tsval_seen_{false};
    std::int64_t now_ns_{std::numeric_limits<std::int64_t>::min()};
    std::int64_t last_event_ns_{0};  ///< of the event before this one
    std::uint64_t number_{0};
    std::size_t largest_{0};
    std::shared_ptr<const Deviation> deviation_;  ///< large, and rarely there
    std::string reason_;
    std::uint64_t acknowledges_unseen_{0};  ///< an arrival that acknowledges what never departed
    bool gap_possible_{false};              ///< the deviation may be a hole in the capture: later segments tell
    Seq gap_seq_;
    Seq gap_ack_;
    Seq gap_rcv_nxt_;
    Seq gap_snd_nxt_;
};

}  // namespace lastack
