// The system of two ends for other tools: as a graph for people (DOT), as a labelled transition system (Aldebaran), and
// as a Promela model, so that Spin may verify the same system and contradict the explorer.
//
// Everything here walks all states of the system first, breadth first and on one thread, so that equal bounds give
// equal text. The numbers of states, ends and segments in it are in the order of that walk.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string_view>

#include "lastack/explore/two_ends.hpp"

namespace lastack::explore {

/// A walk that finds more states than this ends with TwoEnds::TooMany, before anything is written.
inline constexpr std::size_t most_exported_states = 20'000'000;

/// A property of spec/properties.toml that a single state shows, with nothing known of its past: "clean" is that the
/// budgets for ABORTs, give-ups, injections and crashes are whole. Whether an OPEN was refused is past; so S31 to S33
/// are without that condition here. They are a second, short reading, for Spin and the explorer to disagree on; the
/// full properties are in lastack::support, which may use this library and not the other way round.
struct StateProperty {
    std::string_view id;   ///< "S31"
    bool only_at_the_end;  ///< it speaks of states that have no move
    bool (*holds)(const TwoEnds&, const TwoEnds::State&);
};
/// S31, S32, S33, S35, S37.
std::span<const StateProperty> state_properties();

/// The abstract graph in Graphviz' language: a node for each pair of states that the ends are in together, with the
/// number of states of the system behind it, and an edge for the moves that lead from one pair to another, with their
/// kinds and whose they are. A node with two borders has a state without a move. Moves that keep both states are left
/// out unless asked for. `dot -Tsvg` makes a picture of it.
void write_dot(std::ostream&, TwoEnds&, bool self_loops = false, std::size_t most_states = most_exported_states);

/// The whole graph in Aldebaran's format, `des (0, moves, states)` and a line for each move; labels are
/// to_string(Move).
void write_aut(std::ostream&, TwoEnds&, std::size_t most_states = most_exported_states);

/// The whole system for Spin. Which local moves there are, what they need and cost and what a segment makes of an end
/// is in tables, as step() had it; what is under way, what is left and when a move is possible is written anew in C and
/// Promela. pan stores exactly the states of the system:
///
///     spin -a system.pml && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -m1000000
///
/// A property of state_properties() is checked with -DS31 and so on, given to cc. S37 is pan's own search for invalid
/// end states: -DS37, and no -E. Whatever the tables lack is an error of pan ("incomplete table").
void write_promela(std::ostream&, TwoEnds&, std::size_t most_states = most_exported_states);

}  // namespace lastack::explore
