// Why TCP is as it is, told by counterexample: the protocol with a piece left out or read otherwise, a shortest run in
// which that goes wrong, the same run under the full protocol, and the search that says: there it never does.
//
// What is looked for is a property of spec/properties.toml where one says it. Where none does, it is a predicate over
// a move or a goal of a run without end, and as general as the claim: no story looks for a run that was known before.
//
// A choice of spec/decisions has a story where its readings come to different ends in a run of two; untold() says of
// the others why they have none. C5, C6, C8, C14 and C25 leave no choice.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/exhaustive/explore.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/recording.hpp"

namespace lastack::exhaustive {

/// A move as a story's predicate sees it.
struct Step {
    const explore::TwoEnds& system;
    const explore::TwoEnds::State& from;
    const explore::Label& label;
    const explore::TwoEnds::State& to;

    std::size_t end() const { return label.end; }  ///< that it happens to
    const Config& before(std::size_t end) const { return system.local(from, end).config; }
    const Config& after(std::size_t end) const { return system.local(to, end).config; }
};

/// What must not happen, or must happen in the end: one of the three.
struct Sought {
    std::string_view property{};  ///< id in spec/properties.toml of a property of states and moves
    support::Finding (*of)(const Step&){nullptr};
    std::optional<Goal> goal{};
    std::string_view sentence{};  ///< what holds under the full protocol: "Nobody is ESTABLISHED alone."
};

struct Story {
    std::string_view name{};                 ///< "two-way-handshake"
    std::string_view question{};             ///< "Why three messages and not two?"
    std::string_view left_out{};             ///< what is otherwise than in the full protocol
    std::string_view wrong{};                ///< what goes wrong
    std::string_view place{};                ///< section of RFC 9293, and the decision that speaks of it
    std::vector<std::string_view> claims{};  ///< ids of spec/claims.toml that it demonstrates or refutes
    Sought sought{};
    explore::Bounds without{};
    explore::Bounds full{};  ///< the full protocol within the same bounds or wider ones
};
std::span<const Story> stories();
/// Nothing when there is none.
const Story* story(std::string_view name);
/// The names that are meant most likely, the likeliest first: "a, b, c".
std::string nearest_stories(std::string_view wanted);

/// A decision that leaves a choice and has no story.
struct Untold {
    std::string_view decision{};  ///< page of spec/decisions: "C1"
    std::string_view why{};
};
std::span<const Untold> untold();

/// A run as a case file that plays without a mismatch, and as a ladder.
struct Shown {
    support::Recording recording{};
    std::string case_text{};
    support::History history{};  ///< with a note where the cycle begins, and on what is forged
    std::string ladder{};        ///< `history` as text
};

struct Told {
    const Story* story{nullptr};
    Path path{};           ///< of the counterexample, within `without`; empty where none was found
    bool until_r2{false};  ///< its cycle has retransmissions, which end when R2 is reached (RFC 9293 3.8.3)
    Shown counterexample{};
    Shown same{};  ///< the same calls, losses, copies, forgeries and timeouts under the full protocol, brought to rest
    Counts without{};  ///< what was searched until the counterexample was found
    Counts full{};
    Answer answer{Answer::open};  ///< of the full protocol
    bool as_claimed() const { return !path.empty() && answer == Answer::holds; }
};

/// `limits`: threads, states, octets and time; of each of the two searches.
Told tell(const Story& story, const Limits& limits = {});

/// Which protocol the full one is: "RFC 9293"; of a story about a choice with its reading, "RFC 9293 with
/// time_wait_rst=ignore".
std::string full_protocol(const Story& story);
/// How far it was searched under the full protocol, and what is known from this.
std::string statement(const Told& told);
/// The whole story, with both ladders, in lines of at most 100 columns.
std::string to_text(const Told& told);

}  // namespace lastack::exhaustive
