// Properties of two ends and the network between them, as predicates on what a run shows after each event. The list
// with sources and side conditions is spec/properties.toml; the ids are the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lastack/support/pair_view.hpp"
#include "lastack/support/property.hpp"

namespace lastack::support {

/// A run goes through these in turn, and some through the second and third once more. From the second on there are no
/// new faults.
enum class Stage : std::uint8_t {
    faults,     ///< the words decide
    opening,    ///< one end listens, the other calls, nothing else is under way; both users wait
    closing,    ///< both users read what is there, and close
    discovery,  ///< what still rests half-open is asked whether its peer lives
};

/// What only a run in time can tell.
struct Timing {
    std::int64_t now_ns{0};                  ///< since the run began
    std::array<std::int64_t, 2> since_ns{};  ///< when each end entered its state
    /// Bare ACKs and RSTs that have left in a row: no call, no timeout, no text, no SYN, no FIN between them.
    std::uint32_t bare_in_a_row{0};
    std::size_t most_under_way{0};  ///< what more is sent is lost
};

struct Stuck;

/// After an event, or at the end of a stage. Where there is no time, `ends` and `happening` are all that there is, and
/// properties that ask for the rest say nothing.
struct PairObservation {
    const PairView& ends;  ///< behind the event
    Stage stage{Stage::faults};
    const Happening* happening{nullptr};  ///< the event; nothing at the end of a stage
    const Stuck* stuck{nullptr};          ///< at the end of a stage that fell short of its goal
    bool over{false};                     ///< the end of the last stage
    const Timing* timing{nullptr};        ///< nothing where there is no time

    bool end_of_stage() const { return happening == nullptr; }
    const Facts& facts() const { return ends.facts(); }
    /// What happened to one end; nothing at the end of a stage, and for a crash.
    const Observation* event() const { return happening == nullptr ? nullptr : happening->o; }
};

struct PairProperty {
    std::string_view id;        ///< "S31"
    std::string_view sentence;  ///< as the test is named
    /// It speaks of runs without an adversary only; elsewhere it is vacuous.
    bool unattacked;
    /// It can only be seen to happen, never to fail: it counts as held when a run of the budget shows it.
    bool sometimes;
    Finding (*check)(const PairObservation&);
};

/// All of them: U2, S31 to S37, what L1 to L5 and L8 say of two ends, the integrity of the stream (I1, I2), and what
/// must be reachable (R3, R4, R7, R8).
std::span<const PairProperty> pair_properties();
/// S36 says six things at once; each by itself, so that each can be seen to have witnesses.
struct PairClause {
    std::string_view number;  ///< "iv"
    Finding (*check)(const PairObservation&);
};
std::span<const PairClause> clauses_of_s36();
/// Nothing when there is none.
const PairProperty* pair_property(std::string_view id);

}  // namespace lastack::support
