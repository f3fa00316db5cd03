// Two ends, their users, their clocks and the network between them, in virtual time.
//
// Nothing here reads a clock or draws a number: a run is decided by its words alone. What is always so: whatever may
// leave leaves before time passes; then the users' calls; then time jumps to the next wake-up, which is the earliest
// segment to arrive or the earliest deadline of a clock of lastack/lifecycle/timers.hpp. A word of zero is that, and
// no fault; other words lose, delay, double, cut the line, call, deliver out of turn, crash an end, inject.
//
// Times are nanoseconds since the run began.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lastack/lifecycle/timers.hpp"
#include "lastack/support/clocks.hpp"
#include "lastack/support/decoder.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/pair_view.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/subject.hpp"
#include "lastack/support/word.hpp"

namespace lastack::support {

/// How long things last in every run. Windows, sizes and the path differ from run to run.
namespace lasts {
inline constexpr std::int64_t between_throttled_acks_ns = 500 * ms_in_ns;  ///< RFC 5961 7; longer than a round trip
/// SYN-SENT and SYN-RECEIVED end by then: R2 of a SYN is found to be over when the longest RTO runs out (MUST-23).
inline constexpr std::int64_t opening_ns = 3 * minute_in_ns + minute_in_ns;
/// Ample for what follows once faults have stopped: an RTO, R2 of what is outstanding at each end and again of its
/// FIN, user timeouts, 2 MSL, and the discovery of a dead peer in FIN-WAIT-2.
inline constexpr std::int64_t closing_ns = 60 * minute_in_ns;
inline constexpr std::int64_t discovery_ns = KeepAlive::Settings{}.interval_ns + 12 * KeepAlive::Settings{}.repeat_ns;
}  // namespace lasts

/// What the two users do. Zero is a whole life: open, text both ways, close, TIME-WAIT, CLOSED.
struct Script {
    enum class Opening : std::uint8_t {
        client_server,
        simultaneous,
        abandoned,    ///< the client gives its first OPEN up while the SYN is under way, and opens anew
        late_server,  ///< the server opens when the client's SYN has left
        both_listen,  ///< and the client turns active by sending
        no_server,
    };
    enum class Closing : std::uint8_t {
        client_first,
        server_first,
        together,  ///< each when it has sent and taken everything
        half,      ///< the client closes first, and the server sends only then
        early,     ///< the server closes in SYN-RECEIVED
        client_aborts,
        server_crashes,
        client_crashes,
        nobody,
        simultaneous,  ///< both in the moment when both have sent and taken everything
    };

    Opening opening{Opening::client_server};
    Closing closing{Closing::client_first};
    bool b_is_client{false};
    std::array<std::uint32_t, 2> octets{600, 400};  ///< that each end sends
    std::array<std::uint32_t, 2> window{65535, 65535};
    std::uint8_t incarnations{1};            ///< how often each user opens
    std::array<bool, 2> reads_late{};        ///< only when the window is shut or the peer has closed
    bool reads_to_the_end{false};            ///< behind the peer's FIN too, where the policy has RECEIVE deliver (C9)
    bool asks_ahead{false};                  ///< RECEIVE before there is anything
    bool sends_ahead{false};                 ///< SEND before the connection is open
    bool opens_again{false};                 ///< once all is over and no fault happens any more
    bool orderly{true};                      ///< words neither abort nor crash
    std::int64_t latency_ns{10 * ms_in_ns};  ///< one way; a round trip stays below lasts::between_throttled_acks_ns

    Peer client() const { return b_is_client ? Peer::b : Peer::a; }
};
/// `header` is the run's first word, `word` its second.
Script decode_script(Word header, Word word);

/// What the line does with a segment. Times count from when the segment would arrive on an undisturbed line.
struct Fate {
    bool lost{false};
    std::int64_t late_ns{0};
    std::optional<std::int64_t> copy_late_ns{};  ///< a copy arrives too; nothing: there is none
    std::int64_t cut_ns{0};  ///< nothing of this direction gets through for so long, this segment included
};
/// As Field::fate of a word has it: 0 is no fault.
Fate decode_fate(std::uint8_t octet, std::int64_t latency_ns);

struct NetworkOptions {
    Durations durations{};           ///< of the clocks of both ends
    std::size_t most_under_way{48};  ///< what more is sent is lost
    /// Decides over each segment as it leaves, until faults stop; nothing: the words decide.
    std::function<Fate(Peer sender, std::int64_t now_ns)> fate{};
};

class Network;

/// Is told of every event.
class Watcher {
public:
    virtual ~Watcher() = default;
    /// False ends the run. The network is already behind the event.
    virtual bool saw(const Network& network, const Happening& happening) = 0;
};

/// Why a drive ended short of its goal.
enum class Bound : std::uint8_t {
    steps,
    time,
    rest,  ///< nothing is under way, no clock runs, nobody has anything to send or to call
};
struct Stuck {
    Bound bound{Bound::rest};
    std::uint64_t steps{0};
    std::int64_t from_ns{0};
    std::int64_t now_ns{0};
    std::array<State, 2> states{};
    std::size_t under_way{0};
};
std::string to_string(const Stuck&);

class Network final : public PairView {
public:
    struct End : EndRecord {
        Config config{};
        Setting setting{};
        Subject subject{};
        EndClocks clocks{};
        std::uint32_t opened{0};   ///< incarnations so far
        std::uint32_t asked{0};    ///< OPENs of its user
        std::int64_t since_ns{0};  ///< when its state was entered
        std::int64_t throttled_until_ns{0};
        std::uint64_t repeated{0};  ///< departures of what had left before
        bool idle{true};            ///< it was asked, and has nothing to send
        bool ack_withheld{false};   ///< the ACK that it owes falls under the rate limit
    };

    Network(const Setting& setting, const Script& script, const std::array<Subject, 2>& subjects, bool attacked,
            Watcher* watcher);
    /// Two ends that need not be alike.
    Network(const std::array<Setting, 2>& settings, const Script& script, const std::array<Subject, 2>& subjects,
            bool attacked, Watcher* watcher, NetworkOptions options = {});

    /// One event or none, as the word has it.
    void play(Word w);
    /// The right next thing, without a fault. False: there is none, now or later.
    bool step();

    /// From now on no fault happens; those that are under way still arrive, no later than an MSL.
    void stop_faults();
    /// The users open no more and close what is open.
    void let_users_close() { users_ = Users::close; }
    /// The users do nothing.
    void let_users_wait() { users_ = Users::wait; }
    /// Silent peers are asked whether they live (RFC 9293 3.8.4).
    void look_for_dead_peers();

    /// Steps until `reached(*this)`. Nothing on success, or when the watcher ended the run.
    template <class Reached>
    std::optional<Stuck> drive_bounded(Reached reached, std::uint64_t most_steps, std::int64_t most_ns) {
        const std::int64_t from_ns = now_ns_;
        for (std::uint64_t steps = 0;; ++steps) {
            if (stopped_ || reached(static_cast<const Network&>(*this))) return std::nullopt;
            if (steps == most_steps) return stuck(Bound::steps, steps, from_ns);
            if (now_ns_ - from_ns > most_ns) return stuck(Bound::time, steps, from_ns);
            if (!step()) return stuck(Bound::rest, steps, from_ns);
        }
    }

    /// Single events, for tests that stage a run by hand.
    void call(Peer p, Call call);
    void depart(Peer p, const Segment& segment, std::uint8_t fate = 0);
    void inject(Peer victim, const Arrival& arrival);
    void crash(Peer p);
    /// Nothing of `sender` gets through for so long.
    void cut(Peer sender, std::int64_t span_ns);
    /// What it has to send, if anything.
    std::optional<Segment> departure_due(Peer p);

    const End& end(Peer p) const { return ends_[index(p)]; }
    const Config& config(Peer p) const override { return ends_[index(p)].config; }
    const Policy& policy(Peer p) const override { return end(p).setting.policy; }
    const Facts& facts() const override { return facts_; }
    const EndRecord& record(Peer p) const override { return ends_[index(p)]; }
    std::span<const UnderWay> way() const override { return way_; }
    const Script& script() const { return script_; }
    std::int64_t now_ns() const { return now_ns_; }
    std::uint32_t events() const { return events_; }
    /// Bare ACKs and RSTs that have left in a row: no call, no timeout, no text, no SYN, no FIN between them.
    std::uint32_t bare_in_a_row() const { return bare_in_a_row_; }
    bool stopped() const { return stopped_; }
    bool faults_stopped() const { return faults_stopped_; }

    std::size_t most_under_way() const { return options_.most_under_way; }

private:
    enum class Users : std::uint8_t { script, wait, close };

    End& at(Peer p) { return ends_[index(p)]; }
    Place place(Peer p) const;
    SchedulerOptions options(Peer p) const;
    Seq iss_to_come(Peer p) const;

    bool right_thing(Word w);
    bool depart_if_due(Peer p, std::uint8_t fate);
    bool call_if_due(Peer p);
    bool wake(std::uint8_t fate);
    void fire(Peer p, EndClocks::Kind kind, std::uint8_t fate);

    std::optional<Call> call_due(Peer p) const;
    std::optional<Call> opening_call(Peer p) const;
    std::optional<Call> call_of_open_user(Peer p) const;
    std::optional<Call> closing_call(Peer p) const;
    bool crash_due(Peer p) const;

    void called_by_word(Peer p, Word w);
    void another_departure(Peer p, Word w);
    void injected_by_word(Peer p, Word w);

    /// `from`: the event that sent what arrives. `fate`: of what departs.
    Outcome happen(Peer p, const Event& event, std::optional<std::size_t> from, std::uint8_t fate);
    void tell(Peer p, const Config& before, const Observation* o, std::optional<std::size_t> from);
    void begin_anew_if_all_is_over();
    Came came(Peer receiver, std::optional<std::size_t> from) const;
    void send(Peer p, const Segment& segment, std::uint32_t departure, std::uint8_t octet);
    void put(const UnderWay& u);
    void deliver(std::size_t i);
    Stuck stuck(Bound bound, std::uint64_t steps, std::int64_t from_ns) const;

    std::array<End, 2> ends_{};
    Script script_;
    NetworkOptions options_;
    Facts facts_{};
    Watcher* watcher_;
    Users users_{Users::script};
    bool attacked_{false};
    bool faults_stopped_{false};
    bool alive_{false};
    bool stopped_{false};
    std::int64_t now_ns_{0};
    std::uint32_t events_{0};
    std::uint32_t bare_in_a_row_{0};
    std::array<std::int64_t, 2> cut_until_ns_{};
    std::vector<UnderWay> way_{};  ///< by departure, the oldest first
};

}  // namespace lastack::support
