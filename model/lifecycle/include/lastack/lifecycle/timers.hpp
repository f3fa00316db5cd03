// The clocks beside the machine: when its timeouts happen and when a segment is due.
//
// The machine knows that a timer runs and what its timeout does; how long it runs is decided here. Nothing
// reads a clock: `now_ns` is any monotonic time in nanoseconds that the caller keeps to. A deadline is a
// point of that time, absent while the timer is off. Durations are nanoseconds and not negative.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack {

inline constexpr std::int64_t ms_in_ns = 1'000'000;
inline constexpr std::int64_t second_in_ns = 1'000 * ms_in_ns;
inline constexpr std::int64_t minute_in_ns = 60 * second_in_ns;
inline constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

using Deadline = std::optional<std::int64_t>;

constexpr bool passed(const Deadline& deadline, std::int64_t now_ns) { return deadline && now_ns >= *deadline; }
/// `now_ns + span_ns`, and no overflow: `never_ns` stays never.
constexpr std::int64_t after(std::int64_t now_ns, std::int64_t span_ns) {
    return span_ns > never_ns - (now_ns > 0 ? now_ns : 0) ? never_ns : now_ns + span_ns;
}

/// Maximum segment lifetime (RFC 9293 3.4.2): a choice of the network, hence a parameter everywhere.
inline constexpr std::int64_t msl_default_ns = 2 * minute_in_ns;
/// How long TIME-WAIT lasts (MUST-13).
constexpr std::int64_t time_wait_ns(std::int64_t msl_ns = msl_default_ns) {
    return msl_ns > never_ns / 2 ? never_ns : 2 * msl_ns;
}

/// Retransmission timer (RFC 6298; RFC 9293 MUST-18). One segment is timed at once; a sample that a
/// retransmission made ambiguous is thrown away (Karn). Time must not run backwards between calls.
class RetransmissionTimer {
public:
    struct Settings {
        std::int64_t initial_ns{second_in_ns};  ///< RTO before any sample; less than 1 s counts as 1 s (2.1)
        std::int64_t minimum_ns{second_in_ns};  ///< (2.4), a SHOULD
        std::int64_t maximum_ns{minute_in_ns};  ///< less than 60 s counts as 60 s (2.5)
        std::int64_t granularity_ns{ms_in_ns};  ///< G of the clock in use
    };

    RetransmissionTimer() : RetransmissionTimer(Settings{}) {}
    explicit RetransmissionTimer(const Settings& settings);

    /// Something that must be acknowledged departs for the first time; `end` is the number behind it (5.1).
    void sent(Seq end, std::int64_t now_ns);
    /// Something departs again (5.1, Karn).
    void resent(std::int64_t now_ns);
    /// `una`, newly acknowledged; `outstanding`: more still is, the FIN included (5.2, 5.3).
    void acknowledged(Seq una, bool outstanding, std::int64_t now_ns);
    /// The timer ran out: the caller sends the earliest unacknowledged segment again (5.4); the RTO doubles and
    /// the timer starts anew (5.5, 5.6). `awaiting_syn_ack`: it is our SYN that waits.
    void timeout(bool awaiting_syn_ack, std::int64_t now_ns);
    /// The handshake is complete: 3 s after a SYN was lost on a shorter RTO (5.7). To be called before
    /// acknowledged(), so that text already under way gets the 3 s too.
    void established();
    /// An unambiguous round trip, for callers that have Timestamps (section 3).
    void sample(std::int64_t rtt_ns);

    Deadline deadline() const { return deadline_; }
    bool expired(std::int64_t now_ns) const { return passed(deadline_, now_ns); }
    std::int64_t rto_ns() const { return rto_ns_; }
    std::optional<std::int64_t> srtt_ns() const { return srtt_ns_; }  ///< absent before the first sample
    std::int64_t rttvar_ns() const { return rttvar_ns_; }
    std::int64_t maximum_ns() const { return settings_.maximum_ns; }

private:
    struct Timed {
        Seq end;
        std::int64_t sent_ns;
    };

    std::int64_t bounded(std::int64_t rto_ns) const;

    Settings settings_;
    std::int64_t rto_ns_;
    std::optional<std::int64_t> srtt_ns_;
    std::int64_t rttvar_ns_{0};
    std::optional<Timed> timed_;
    Deadline deadline_;
    bool lost_syn_{false};
};

/// Excessive retransmission (RFC 9293 3.8.3; MUST-20). R1 counts retransmissions of one segment, R2 is the time
/// since its first transmission; R2 is reached only behind R1. `never_ns` as R2 leaves the end to the user.
struct FailureLimits {
    std::uint32_t r1{3};                       ///< SHLD-10: at least 3; 0 counts as 1
    std::int64_t r2_ns{100 * second_in_ns};    ///< SHLD-11: at least 100 s; per connection (MUST-21)
    std::int64_t syn_r2_ns{3 * minute_in_ns};  ///< MUST-23: less than 3 minutes counts as 3 minutes
};

enum class Failure : std::uint8_t {
    none,
    r1,  ///< reached just now: advise the IP layer, report to the user (SHLD-9), send again
    r2,  ///< close the connection instead of sending again
};

/// Counts for the front of the retransmission queue. SYN and text go the same way (MUST-22).
class FailureWatch {
public:
    /// A segment came to the front of the queue: a first transmission with nothing else outstanding, or progress.
    void begin(std::int64_t now_ns) {
        begun_ns_ = now_ns;
        retransmissions_ = 0;
    }
    /// The retransmission timer ran out. `r2` does not count as a retransmission.
    Failure timeout(const FailureLimits& limits, bool awaiting_syn_ack, std::int64_t now_ns);
    std::uint32_t retransmissions() const { return retransmissions_; }

private:
    std::int64_t begun_ns_{0};
    std::uint32_t retransmissions_{0};
};

/// RFC 9293 3.9.1.1.
inline constexpr std::int64_t user_timeout_default_ns = 5 * minute_in_ns;

/// USER TIMEOUT: for how long what the user handed over (the OPEN itself, text, CLOSE) may wait for its
/// acknowledgment. Progress starts the time anew, so a slow but living peer is not cut off.
class UserTimeout {
public:
    /// By OPEN, or by a later SEND (3.9.1.2); a timer that runs keeps its start.
    void set(std::int64_t timeout_ns) { timeout_ns_ = timeout_ns; }
    void submitted(std::int64_t now_ns) {
        if (!since_ns_) since_ns_ = now_ns;
    }
    void progress(bool outstanding, std::int64_t now_ns) {
        since_ns_ = outstanding ? std::optional{now_ns} : std::nullopt;
    }
    Deadline deadline() const { return since_ns_ ? Deadline{after(*since_ns_, timeout_ns_)} : std::nullopt; }
    std::int64_t timeout_ns() const { return timeout_ns_; }

private:
    std::int64_t timeout_ns_{user_timeout_default_ns};
    std::optional<std::int64_t> since_ns_;
};

/// The User Timeout option (RFC 5482): what two ends tell each other about their user timeouts.
struct UserTimeoutOption {
    bool enabled{false};
    bool changeable{true};                                ///< may the peer's wish be adopted?
    std::int64_t advertised_ns{user_timeout_default_ns};  ///< ADV_UTO
    std::int64_t lower_ns{100 * second_in_ns};            ///< L_LIMIT; never below the RTO (section 3.1)
    std::int64_t upper_ns{60 * minute_in_ns};             ///< U_LIMIT
    std::optional<std::int64_t> remote_ns{};              ///< REMOTE_UTO, absent until the option arrived

    /// The user set a timeout for this connection: the peer does not override it.
    void user_set_timeout() { changeable = false; }
    /// The option arrived: `field` is its last two octets, granularity bit first. Returns the timeout that the
    /// peer names, to tell the user even if it is not adopted; nothing when the option is off or the value reserved.
    std::optional<std::int64_t> received(std::uint16_t field);
    /// USER_TIMEOUT for `state`, given what the user or the default says (sections 3.1, 3.3).
    std::int64_t timeout_ns(State state, std::int64_t local_ns, std::int64_t rto_ns) const;
    /// The two octets to send for `timeout_ns`: seconds where 15 bits hold them, else minutes; rounded up.
    static std::uint16_t field(std::int64_t timeout_ns);
};

/// Delayed acknowledgment (RFC 9293 3.8.6.3, SHLD-18).
class DelayedAck {
public:
    static constexpr std::int64_t bound_ns = 500 * ms_in_ns;  ///< the delay stays below it (MUST-40)

    explicit DelayedAck(std::int64_t delay_ns = 200 * ms_in_ns);
    /// Text came in order. True: acknowledge now, for two full segments wait (SHLD-19).
    bool text_arrived(std::uint32_t octets, std::uint32_t receive_mss, std::int64_t now_ns);
    /// An ACK departed, alone or on something else.
    void acknowledged() {
        unacknowledged_ = 0;
        deadline_.reset();
    }
    Deadline deadline() const { return deadline_; }

private:
    std::int64_t delay_ns_;
    std::uint64_t unacknowledged_{0};
    Deadline deadline_;
};

/// Keep-alive of a synchronized connection (RFC 9293 3.8.4, MAY-5).
class KeepAlive {
public:
    struct Settings {
        bool on{false};                                ///< per connection (MUST-24), off by default (MUST-25)
        std::int64_t interval_ns{120 * minute_in_ns};  ///< of silence before the first probe (MUST-27, MUST-28)
        std::int64_t repeat_ns{75 * second_in_ns};     ///< between probes that nobody answers
        std::uint32_t probes{9};                       ///< unanswered ones that mean a dead peer; 0 and 1 count as 2
        bool garbage_octet{false};                     ///< for peers that ignore an empty probe (SHLD-12, MAY-6)
    };
    enum class Due : std::uint8_t { nothing, probe, dead };

    KeepAlive(const Settings& settings, std::int64_t now_ns) : settings_{settings}, heard_ns_{now_ns} {}
    /// Takes effect at once (MUST-24, MUST-27).
    void set(const Settings& settings) { settings_ = settings; }
    /// Any segment of the connection arrived.
    void heard(std::int64_t now_ns) {
        heard_ns_ = now_ns;
        unanswered_ = 0;
    }
    void probed(std::int64_t now_ns) {
        probed_ns_ = now_ns;
        ++unanswered_;
    }
    /// `outstanding`: text or a FIN is queued or unacknowledged; the connection is not idle then (MUST-26).
    Due due(bool outstanding, std::int64_t now_ns) const;
    /// <SEQ=SND.NXT-1><ACK=RCV.NXT><CTL=ACK>, without text or with one octet that the peer already has.
    Segment probe(const Config& config) const;

private:
    Settings settings_;
    std::int64_t heard_ns_;
    std::int64_t probed_ns_{0};
    std::uint32_t unanswered_{0};
};

/// Probing of a closed send window (RFC 9293 3.8.6.1). Probes go on for as long as the window stays shut: giving
/// up is the user's affair while the peer answers (MUST-37).
class WindowProbe {
public:
    /// The window closed with something left to send: first probe after one RTO (SHLD-29). Repeating it is harmless.
    void closed(std::int64_t rto_ns, std::int64_t now_ns);
    /// A probe departed; the next waits twice as long (SHLD-30), `maximum_ns` at most.
    void probed(std::int64_t maximum_ns, std::int64_t now_ns);
    void opened() { deadline_.reset(); }
    Deadline deadline() const { return deadline_; }

private:
    std::int64_t interval_ns_{0};
    Deadline deadline_;
};

}  // namespace lastack
