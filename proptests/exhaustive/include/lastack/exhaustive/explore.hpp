// Two ends explored to the end, and every property decided: by looking at each state and move, by a search for states
// that nothing leaves, and by a search for fair cycles.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/explore/explorer.hpp"
#include "lastack/explore/one_end.hpp"
#include "lastack/explore/two_ends.hpp"
#include "lastack/support/recording.hpp"
#include "lastack/support/subject.hpp"

namespace lastack::exhaustive {

enum class Answer : std::uint8_t {
    holds,     ///< in every reachable state, on every move, on every fair path; and it had something to say
    violated,  ///< `path` shows it
    vacuous,   ///< it never had anything to say within these bounds
    open,      ///< no violation was found, and the run was cut before its end
};
std::string_view name(Answer);

/// A path, as ordinals: the place of each move among those of its state, from the initial state on. It means the same
/// in every run with the same Bounds. `cycle` then comes again and again.
struct Path {
    std::vector<std::uint32_t> stem{};
    std::vector<std::uint32_t> cycle{};
    bool empty() const { return stem.empty() && cycle.empty(); }
};
/// "0 3 1 1 (2 0)": the cycle in parentheses.
std::string to_string(const Path&);

struct Decision {
    std::string id{};        ///< of spec/properties.toml: "S31"
    std::string sentence{};  ///< "quiet_ends_agree_on_established"
    Answer answer{Answer::open};
    bool sometimes{false};  ///< it states that something can happen: `path` is the shortest witness, if it holds
    bool liveness{false};   ///< decided by a search for fair cycles and for states that nothing obliged leaves
    /// Holds because R2 is finite (RFC 9293 3.8.3): `without_r2` is a path on which ends retransmit without end.
    bool needs_r2{false};
    Path without_r2{};
    Path path{};  ///< shortest counterexample; of what holds the shortest witness, where there is one
};

/// What is to be reached from each state in scope, on every fair path.
struct Goal {
    std::string_view id{};
    std::string_view sentence{};
    bool users_close{false};  ///< CLOSE and RECEIVE are obligations
    bool clean{false};        ///< only of runs without abort, crash, give-up; never of forgery
    bool (*outside)(State a, State b, bool quiet){nullptr};  ///< the goal is not reached there
    bool answers_only{false};                                ///< looks for cycles without calls and timeouts
};
/// Those of spec/properties.toml.
std::span<const Goal> goals();

/// A shortest way to where a goal is never reached: a fair cycle, or a state that nothing obliged leaves.
struct Missed {
    std::uint64_t states{0};  ///< outside of the goal; 0: nothing was asked
    std::optional<Path> path{};
    /// The cycle has retransmissions: where R2 is finite (RFC 9293 3.8.3) it does not go on for ever.
    bool until_r2{false};
};
Missed missed_goal(const explore::Explored<explore::TwoEnds>&, explore::TwoEnds&, const Goal&);

struct Limits {
    unsigned threads{0};  ///< 0: all cores
    std::uint64_t most_states{UINT64_MAX};
    std::size_t most_bytes{SIZE_MAX};               ///< of the explorer
    std::chrono::duration<double> most_time{1e18};  ///< of each run, and of the search for cycles
    bool safety{true};                              ///< decide the properties of states and moves
    bool liveness{true};                            ///< ... and those of paths without end
    std::uint64_t stop_on{0};                       ///< explore::Options::stop_on, of property_bits()
    std::array<support::Subject, 2> subjects{};     ///< faults, for mutants
    /// Of each run; returning false ends it. The search for cycles asks too, with what the run had at its end.
    std::function<bool(const explore::Progress&)> progress{};
    bool keep{false};  ///< Result::kept
};

/// Half of the memory that the machine, or the group that this process is limited to, has left, in octets.
std::size_t half_of_free_memory();

/// A run's counts.
struct Counts {
    explore::Stopped why{explore::Stopped::complete};
    std::uint64_t states{0}, moves{0};
    std::uint32_t depth{0};  ///< moves of the longest of the shortest paths
    std::vector<std::uint64_t> levels{};
    std::size_t bytes{0};  ///< of the explorer and the tables
    double seconds{0};
};

/// The run over the states of explore::TwoEnds, for whoever wants to see them.
struct Kept {
    std::unique_ptr<explore::TwoEnds> system;
    explore::Explored<explore::TwoEnds> explored;
};

struct Result {
    explore::Bounds bounds{};
    Counts plain{};     ///< the states of explore::TwoEnds
    Counts observed{};  ///< with the book of what has happened; nothing where safety was not asked for
    std::size_t ends{0}, channels{0}, segments{0};  ///< different ones
    /// States by the states of A and B.
    std::array<std::array<std::uint64_t, state_count>, state_count> pairs{};
    std::uint64_t resting{0};  ///< states without a move
    std::vector<Decision> decisions{};
    std::shared_ptr<Kept> kept{};  ///< where Limits::keep asked for it
    const Decision* decision(std::string_view id) const;
};

/// Throws std::invalid_argument for bounds that cannot be, explore::TwoEnds::TooMany for those that are too wide.
Result explore(const explore::Bounds& bounds, const Limits& limits = {});

struct EndResult {
    explore::OneEndBounds bounds{};
    Counts counts{};                    ///< with the book of what has happened
    std::vector<Decision> decisions{};  ///< the properties of one end; paths are those of ObservedEnd
    const Decision* decision(std::string_view id) const;
};
/// One end against everything that may happen to it. Of `limits` the first subject and no liveness.
EndResult explore_end(const explore::OneEndBounds& bounds, const Limits& limits = {});

/// The fairness that liveness is decided under, in words: what is sooner or later done if it can be done.
std::vector<std::string> fairness_in_words();

/// A walk along a path: what happened, move by move.
struct Walk {
    std::vector<explore::TwoEnds::State> states{};  ///< one more than moves
    std::vector<explore::Move> moves{};
    support::Recording recording{};  ///< losses are no events: what is lost just never arrives
};
/// The stem, and the cycle once. Throws std::out_of_range for an ordinal that a state does not have, std::domain_error
/// for a cycle that does not end where it begins.
Walk walk(explore::TwoEnds& system, const Path& path);

}  // namespace lastack::exhaustive
