// Two connection ends, their users and a bad network between them, as a finite system: what the explorer explores.
//
// Nothing here has a clock. Whatever may happen next may happen: a user calls, a segment leaves, arrives, is lost or
// arrives and stays under way to arrive again, a timer runs out. What would make the system endless is bounded by a
// budget each (Bounds). Four things take time into account, for without them TCP does not work:
//   - a retransmission timeout comes when the network is quiet (nothing under way, and neither end has anything to
//     send), as often as it is needed; one that comes earlier is an early one, and has a budget;
//   - the end of TIME-WAIT and the timer of FIN-WAIT-2 come when the network is quiet; and TIME-WAIT does not end while
//     its peer has something unacknowledged: it is assumed that a retransmission gets through within 2 MSL, which
//     RFC 9293 does not guarantee (decision D56);
//   - a window probe comes when the network is quiet;
//   - a RST that is owed leaves before anything else happens to its end, where there is room for it.
//
// A state is 12 octets: what each end is (Local) and what is under way in each direction are interned to numbers, the
// budgets too. `step` runs once for each (local, event); the rest is table look-ups. The numbers mean something within
// one TwoEnds only, and depend on the order of discovery. The ISSs are fixed: `step` commutes with translating sequence
// numbers, but for the RST of CLOSED whose SEQ is 0; so nothing is lost by it as long as 0 lies in no window.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack::explore {

/// Where the ISS of an end's next incarnation lies, seen from the numbers of the one before.
enum class IsnChoice : std::uint8_t {
    beyond,  ///< beyond the old window: what a clock gives (RFC 9293 3.4.1, MUST-8)
    inside,  ///< within it
    same,    ///< always the same number
    behind,  ///< before it
};
std::string_view name(IsnChoice);

/// What a run may contain. Everything that is counted is a budget for the whole run, of both ends together unless an
/// array says of each.
struct Bounds {
    std::array<std::uint8_t, 2> opens{1, 1};   ///< OPENs of each user; more are further incarnations
    std::array<std::uint8_t, 2> octets{1, 1};  ///< that each user may SEND in an incarnation, one a SEND
    std::array<bool, 2> may_listen{true, true};
    std::array<bool, 2> may_call{true, true};  ///< OPEN actively
    std::array<bool, 2> may_close{true, true};
    bool receive_ahead{false};  ///< users also call RECEIVE before there is anything

    std::uint8_t losses{0};
    std::uint8_t duplicates{0};  ///< a copy arrives at once; with reordering it stays under way
    std::uint8_t early_retransmissions{0};
    std::uint8_t aborts{0};
    std::uint8_t give_ups{0};    ///< user timeouts, which R2 counts as
    std::uint8_t injections{0};  ///< forged or ancient segments, of the alphabet of injections()
    std::uint8_t crashes{0};     ///< an end forgets everything but the clock that ISSs come from

    std::uint8_t capacity{3};    ///< segments under way in each direction, at most 8; a sender waits for room
    bool reordering{false};      ///< any segment under way may arrive next; otherwise the oldest
    bool every_departure{true};  ///< whatever may leave may leave, in any order; otherwise the first of departures()

    std::uint32_t segment{65535};  ///< octets of text in one, at most

    std::array<std::uint32_t, 2> window{65535, 65535};  ///< receive windows, octets
    std::array<IsnChoice, 2> isn{IsnChoice::beyond, IsnChoice::beyond};
    std::array<Seq, 2> iss{Seq{100}, Seq{300}};  ///< of the first incarnation of each end, as in RFC 9293 3.5
    bool blind{false};                           ///< injections never hit the very number that is expected
    std::array<Policy, 2> policies{};            ///< of each end; open choices are taken at their first reading
    Instruments instruments{};                   ///< of both ends
};

/// One line of what is allowed, and of what else is not the default, but for the policies and the first ISSs:
/// "OPENs 1, octets 1, losses 1, duplicates 1, capacity 3, in order".
std::string to_string(const Bounds&);

/// What an end is: its connection, and what its user may still do.
struct Local {
    Config config{};
    std::uint8_t opens{0};    ///< OPENs left
    std::uint8_t octets{0};   ///< that this incarnation may still SEND
    std::uint8_t numbers{0};  ///< ISSs chosen so far
    friend bool operator==(const Local&, const Local&) = default;
};

/// What is left.
struct Budgets {
    std::uint8_t losses{0};
    std::uint8_t duplicates{0};
    std::uint8_t early_retransmissions{0};
    std::uint8_t aborts{0};
    std::uint8_t give_ups{0};
    std::uint8_t injections{0};
    std::uint8_t crashes{0};
    friend bool operator==(const Budgets&, const Budgets&) = default;
};

enum class MoveKind : std::uint8_t {
    call,
    departs,
    timeout,
    arrives,        ///< what is under way to `end`
    arrives_twice,  ///< ... and a copy stays under way
    lost,           ///< what is under way to `end`
    injected,       ///< a forged or ancient segment arrives
    crash,
    attempted,  ///< what must be refused or have no effect (OneEnd)
};

/// A move, without its segment: small enough to be kept by the million. `end` is the one that it happens to.
struct Label {
    MoveKind kind{MoveKind::call};
    std::uint8_t end{0};
    std::uint8_t what{0};    ///< of a call its CallKind, of a timeout its TimeoutKind
    std::uint16_t index{0};  ///< among the moves of this kind that the end has here
    friend bool operator==(const Label&, const Label&) = default;
};

/// A move in full.
struct Move {
    Label label{};
    std::optional<Event> event{};  ///< of the end; nothing for `lost` and `crash`
    Segment segment{};             ///< that leaves, arrives or is lost
    bool early{false};             ///< a retransmission timeout that nothing called for yet
};
/// "A: OPEN active", "A->B lost: S 0:0(0) win 65535".
std::string to_string(const Move&);

class TwoEnds {
public:
    struct State {
        std::array<std::uint32_t, 3> words{};
        friend bool operator==(const State&, const State&) = default;
    };
    using Label = explore::Label;
    /// step(), unless a fault is to be looked at. Must be pure, and callable from several threads.
    using Step = std::function<Outcome(std::size_t end, const Config&, const Event&)>;

    explicit TwoEnds(const Bounds& bounds, Step step = {});
    ~TwoEnds();
    TwoEnds(const TwoEnds&) = delete;
    TwoEnds& operator=(const TwoEnds&) = delete;

    const Bounds& bounds() const;
    State initial() const;

    struct Successor {
        State state;
        Label label;
    };
    /// One a thread.
    class Worker {
    public:
        explicit Worker(TwoEnds& system);
        ~Worker();
        Worker(Worker&&) noexcept;
        /// Valid until the next call.
        const std::vector<Successor>& successors(const State& s);
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (const Successor& next : successors(s)) take(next.state, next.label);
        }

    private:
        struct Caches;
        TwoEnds* system_;
        std::unique_ptr<Caches> caches_;
        std::vector<Successor> found_{};
    };
    Worker worker() { return Worker{*this}; }

    // What a state says. All of it may be asked from several threads at once.

    std::uint32_t local_id(const State& s, std::size_t end) const;
    const Local& local(std::uint32_t id) const;
    const Local& local(const State& s, std::size_t end) const { return local(local_id(s, end)); }
    std::uint32_t channel_id(const State& s, std::size_t sender) const;  ///< 0: nothing is under way
    /// The ids of the segments under way from `sender`; in order, or sorted where they may be reordered.
    std::vector<std::uint16_t> under_way(const State& s, std::size_t sender) const;
    const Segment& segment(std::uint16_t id) const;
    std::uint32_t budgets_id(const State& s) const;
    const Budgets& budgets(const State& s) const;
    /// Nothing is under way, and neither end has anything to send now.
    bool quiet(const State& s) const;
    /// The id of the segment that arrives or is lost; of no other move.
    std::uint16_t arriving(const State& s, Label label) const;
    /// `label` as one of the moves of `s`.
    Move move(const State& s, Label label) const;
    /// What the end's step makes of it.
    Outcome outcome(std::size_t end, const Config&, const Event&) const;

    std::size_t locals() const;
    std::size_t channels() const;
    std::size_t segments() const;
    /// Octets held by the tables.
    std::size_t bytes() const;

    /// The local transition relation as it has been found so far, for export.
    struct LocalMove {
        Event event;
        std::uint32_t next;
        std::optional<std::uint16_t> segment;
        enum class Needs : std::uint8_t { nothing, quiet, quiet_or_early, time_wait_over } needs;
        enum class Costs : std::uint8_t { nothing, abort, give_up } costs;

        MoveKind kind() const;      ///< call, departs or timeout
        std::uint8_t what() const;  ///< as in Label
    };
    const std::vector<LocalMove>& local_moves(std::size_t end, std::uint32_t local) const;
    bool idle(std::size_t end, std::uint32_t local) const;  ///< it has nothing to send now
    bool retransmits(std::uint32_t local) const;  ///< SYN-RECEIVED or synchronized, and something is unacknowledged
    /// What a segment makes of a local, of `end`.
    std::uint32_t arrival(std::size_t end, std::uint32_t local, std::uint16_t segment) const;
    std::uint32_t arrival(std::size_t end, std::uint32_t local, const Segment& segment) const;
    /// What an event makes of a local, of `end`: nothing of the user's budgets is spent.
    std::uint32_t happened(std::size_t end, std::uint32_t local, const Outcome& outcome) const;
    /// The end has forgotten everything.
    std::uint32_t crashed(std::size_t end, std::uint32_t local) const;
    /// The event that it is there: it has the ISS that the end would choose.
    Arrival arrival_event(std::size_t end, std::uint32_t local, const Segment& segment) const;

    /// More locals, channels or budgets than a state has room for. Exploring ends with it, and it says which.
    struct TooMany : std::exception {
        explicit TooMany(std::string what) : what_{std::move(what)} {}
        const char* what() const noexcept override { return what_.c_str(); }
        std::string what_;
    };

private:
    struct Tables;
    std::unique_ptr<Tables> tables_;
};

/// Segments that an adversary or an older connection may put before this end: each kind of control bits, at and beside
/// the numbers that the end expects. `blind`: never at them.
std::vector<Segment> injections(const Config& victim, bool blind);

}  // namespace lastack::explore
