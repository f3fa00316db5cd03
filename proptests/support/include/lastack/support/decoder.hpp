// The decoder: turns a word into the next event of a connection end, directed by the end's state.
//
// Blind generation rarely gets beyond the handshake. Here a word of zero is the right next thing in every
// state: the OPEN, the owed segment, the peer's answer, the CLOSE, the end of TIME-WAIT. Other words step
// away from it: another segment that may leave, a segment with one field at or beside an edge (window,
// acknowledgment, FIN, 2^31, 2^32), a user call, a timeout.
#pragma once

#include <cstdint>

#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/support/word.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::support {

/// What stays the same over a run: decoded from its first word.
struct Setting {
    Policy policy;                ///< every choice decided; the first readings for a header of zero
    bool passive{false};          ///< the right way to open is to listen
    bool peer_closes{false};      ///< the right next thing after the transfer is the peer's FIN
    bool crossing{false};         ///< the peer acts at the same time: SYNs cross, FINs cross
    bool prompt{false};           ///< what may leave leaves at once, and belongs to the event before it
    Seq iss;                      ///< of the end's first incarnation; later ones go up from it
    Seq peer_isn;                 ///< of its peer
    std::uint16_t window{65535};  ///< receive window at OPEN, octets
    SchedulerOptions options{};   ///< what the end offers on its SYN
};
Setting decode_setting(Word header);
/// One with `policy` in the place of the drawn one.
inline Setting with_policy(Setting s, const Policy& policy) {
    s.policy = policy;
    return s;
}

/// Number of the run's current incarnation: 0 before the first CLOSED is left, counted by who runs it.
struct Place {
    std::uint32_t incarnation{0};
    std::uint32_t tick{0};  ///< events so far: the timestamp clock
};

/// The kinds of event that a word can ask for, by Field::move. `right` is any of the others.
enum class Move : std::uint8_t { right, depart, arrive, call, timeout, forge };
inline constexpr std::uint8_t move_count = 6;

/// The right next thing for `c`.
Event right_event(const Config& c, const Setting& setting, const Place& place);
/// The segment that a conforming peer would send next.
Segment right_segment(const Config& c, const Setting& setting, const Place& place);
/// The next event, by the word. Of one word and one Config there is just one.
Event decode(Word w, const Config& c, const Setting& setting, const Place& place);

/// The parts of it, for those who run something else than one end against an adversary.
Call decode_call(Word w, const Setting& setting, const Place& place);
/// A segment to `c`, near the right one. `base` is what the fields of the word step away from.
Arrival decode_arrival(Word w, const Config& c, const Segment& base, const Setting& setting, const Place& place);
/// A segment that `c` tries to send and mostly must not.
Departure decode_forged(Word w, const Config& c, const Setting& setting, const Place& place);

/// What the end's scheduler is given at this place.
SchedulerOptions scheduler_options(const Setting& setting, const Place& place);

/// An event as blind generation has it, for comparison: every field uniform, nothing known of the state, but that
/// the scheduler lets leave what is to leave.
Event decode_blindly(Draw& draw, const Config& c, const Setting& setting, const Place& place);

}  // namespace lastack::support
