// What ladders, in text and as pictures, say of a segment.
#pragma once

#include <string>

#include "lastack/support/ladder.hpp"

namespace lastack::support {

/// Who sent the segment of a departure or an arrival.
inline Peer sender_of(const Moment& m) { return m.kind == Moment::Kind::arrival ? other(m.peer) : m.peer; }

/// Windows are worth their room only in runs where one is shut.
bool shows_windows(const History& history);

/// The segment of a departure or an arrival, with the numbers and bits that the options ask for. The window of an
/// RST says nothing and is never shown.
std::string segment_text(const History& history, const LadderOptions& options, const Moment& m, bool window,
                         bool tcp_options);

}  // namespace lastack::support
