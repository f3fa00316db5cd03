// What the histories of played and of simulated runs say of an event.
#pragma once

#include <string>
#include <vector>

#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack::support {

/// "SEND 10", "retransmission timeout", "2 MSL"; nothing for a segment, which speaks for itself.
std::string words_of(const Event&);
/// What a user wants to be told of what came of it in a picture; that all went well shows in the states.
std::vector<std::string> worth_a_line(State before, const Event&, const Outcome&);

}  // namespace lastack::support
