// A recording: everything that happened in a run, in order, so that it can be written as a case file and played.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/word.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::support {

struct Recorded {
    Peer peer{Peer::a};
    Event event{};
    std::optional<std::size_t> from{};  ///< arrival: index of the departure in the recording; nothing: out of nowhere
    Outcome outcome{};                  ///< what came of it; for a foreign stack its state, reply and no more
    bool under_way{false};              ///< departure: it never arrives, and was not lost when the recording ends
    bool crash{false};                  ///< the end forgot everything; `event` means nothing
};

struct Recording {
    bool b_is_played{true};            ///< there is no B: one end against an adversary
    std::array<Policy, 2> policies{};  ///< of A and B
    Instruments instruments{};         ///< of the machine that ran, if it had any
    bool foreign{false};               ///< it was not lastack::step that ran, or tampered with: outcomes are as seen
    Words words{};                     ///< that replay the run
    std::vector<Recorded> events{};
};

/// The recording as a case file: `title` is its first comment line, then `comment`, the words, and every event with
/// what came of it. There must be one event at least; of a very long run the beginning is written.
/// parse_case() takes it, and play() of the same machine runs it without a mismatch.
std::string to_case(const Recording&, const std::string& title, const std::vector<std::string>& comment = {});

}  // namespace lastack::support
