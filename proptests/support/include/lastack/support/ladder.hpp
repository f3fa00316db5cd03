// A run of two ends as a ladder: the state of A, the segment with its arrow, the state of B, from top
// to bottom, in the manner of the figures of RFC 9293 3.5 and 3.6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lastack/vocabulary/notation.hpp"
#include "lastack/vocabulary/rule.hpp"
#include "lastack/vocabulary/segment.hpp"
#include "lastack/vocabulary/state.hpp"

namespace lastack::support {

enum class Peer : std::uint8_t { a, b };
constexpr Peer other(Peer p) { return p == Peer::a ? Peer::b : Peer::a; }
constexpr char letter(Peer p) { return p == Peer::a ? 'A' : 'B'; }
constexpr std::size_t index(Peer p) { return static_cast<std::size_t>(p); }

/// One thing that happened to a peer.
struct Moment {
    enum class Kind : std::uint8_t {
        note,  ///< a call, a timeout, a crash: `text` says which
        departure,
        arrival,
    };
    enum class Fate : std::uint8_t { arrived, under_way, lost };

    Kind kind{Kind::note};
    Peer peer{Peer::a};
    std::string text{};  ///< arrival out of nowhere: what it is, "old duplicate"
    Segment segment{};
    Fate fate{Fate::arrived};               ///< departure: what became of it
    std::optional<std::size_t> from{};      ///< arrival: index of the departure; nothing for one out of nowhere
    std::array<State, 2> states{};          ///< of A and B, after it
    std::vector<std::string> signals{};     ///< what the user of `peer` is told, when it is worth a line
    std::vector<Rule> rules{};              ///< that fired
    std::optional<std::int64_t> time_ns{};  ///< since the run began; nothing where a run has no time
};

struct History {
    std::array<State, 2> start{State::Closed, State::Closed};
    std::array<Seq, 2> isn{};  ///< from which relative and symbolic numbers count, x for A and y for B
    bool b_is_played{false};   ///< there is no B: its states are not shown
    std::vector<Moment> moments{};
};

struct LadderOptions {
    Numbers numbers{Numbers::absolute};
    bool bits{false};   ///< control bits as "010010" (URG ACK PSH RST SYN FIN)
    bool rules{false};  ///< below each line, the rules that fired
};

/// Lines of at most 100 columns in ASCII, each ended by a newline. An arrow that ends in "..." is a segment
/// still under way, one that begins with it arrives late or from an older connection, `x` marks a lost one.
/// Windows are shown only in runs where one is shut.
std::string ladder(const History& history, const LadderOptions& options = {});

}  // namespace lastack::support
