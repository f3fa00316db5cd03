// What the topics with a ladder share.
#pragma once

#include "convert.hpp"
#include "lastack/support/ladder.hpp"

namespace lastack::python {

inline constexpr Names<support::Peer, 2> peer_names{{{support::Peer::a, "a"}, {support::Peer::b, "b"}}};

Numbers numbers_from(std::string_view given);

}  // namespace lastack::python
