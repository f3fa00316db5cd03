// One connection end against the most general environment: whatever calls, timeouts and segments there may be, in any
// order and as often as they like. The state is what the end is, and nothing else.
//
// Segments are those of environment(): every kind of control bits, at and beside each number that means something to
// the end. Two things make the system finite: the peer's stream is a few octets long, and resets that are owed leave
// before anything else happens, for otherwise they pile up.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lastack/explore/two_ends.hpp"

namespace lastack::explore {

struct OneEndBounds {
    std::uint8_t opens{1};        ///< OPENs of the user
    std::uint8_t octets{1};       ///< that the user may SEND in an incarnation
    std::uint8_t peer_octets{1};  ///< of text in the peer's stream
    bool receive_ahead{false};    ///< the user also calls RECEIVE before there is anything
    std::uint32_t window{8};      ///< receive window, octets
    Policy policy{};              ///< open choices are taken at their first reading
    Instruments instruments{};
};

/// Segments to put before an end in `c`, in a fixed order. The peer's stream begins behind `peer_isn`.
std::vector<Segment> environment(const Config& c, Seq peer_isn, std::uint32_t peer_octets);

/// What else is tried: every call, in every form that the RFC has an error for, every timeout, and segments that an end
/// in `c` mostly must not send. In a fixed order.
std::vector<Event> attempts(const Config& c, std::uint32_t window);

class OneEnd {
public:
    struct State {
        std::uint32_t local{0};
        friend bool operator==(const State&, const State&) = default;
    };
    using Label = explore::Label;
    struct Successor {
        State state;
        Label label;
    };

    /// `step` as in TwoEnds, for `end` 0.
    explicit OneEnd(const OneEndBounds& bounds, TwoEnds::Step step = {});

    State initial() const;
    class Worker {
    public:
        explicit Worker(OneEnd& system) : system_{&system} {}
        /// Calls take(State, Label) for each move; many lead back to the same state.
        template <class Take>
        void successors(const State& s, Take&& take) {
            list(s);
            for (const Successor& next : found_) take(next.state, next.label);
        }
        /// What a move of the state that was asked for last is.
        const Event& event(Label label);

    private:
        friend class OneEnd;
        void list(const State& s);

        OneEnd* system_;
        const std::vector<TwoEnds::LocalMove>* mine_{nullptr};
        std::vector<Event> attempts_{}, arrivals_{};
        std::vector<Successor> found_{};
    };
    Worker worker() { return Worker{*this}; }

    // May be asked from several threads at once.
    const Local& local(const State& s) const { return ends_.local(s.local); }
    Move move(const State& s, Label label);
    Outcome outcome(const Config& c, const Event& e) const { return ends_.outcome(0, c, e); }
    std::size_t bytes() const { return ends_.bytes(); }

private:
    std::vector<Segment> environment_of(const State& s) const;

    OneEndBounds bounds_;
    TwoEnds ends_;  ///< of which only the first is ever asked
};

}  // namespace lastack::explore
