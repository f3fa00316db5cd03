// A run of two ends as a picture: two life lines with the states of the ends, segments as slanted arrows between them.
#pragma once

#include <array>
#include <string>

#include "lastack/support/ladder.hpp"

namespace lastack::support {

struct LadderSvgOptions {
    LadderOptions notation{};                    ///< numbers, bits, rules: as in the ladder in text
    std::array<std::string, 2> names{"A", "B"};  ///< of the ends; a B that is played is "(the network)"
    std::string title{};                         ///< stands above the picture when it is not empty
    std::string id{};  ///< a letter, then letters, digits, "-", "_"; empty: one from the content
};

/// One `<svg>` element: a file of its own, or part of a page, which may have several. Ids and classes begin with
/// the id in the options, so that only pictures of one id share them; ids made from the content differ when the
/// pictures do. Text may be anything: what XML cannot have becomes U+FFFD. No scripts, nothing to be fetched; light
/// or dark as the reader prefers. Segments have all their options when they are SYNs, none otherwise.
///
/// An arrow that ends in a cross is a lost segment, one that ends in dots is still under way, one that begins with
/// dots comes from an older connection or from nowhere. Rows are not to scale in time; where moments have their
/// times, these stand at the left, in seconds. Takes time linear in the moments.
///
/// @throws std::invalid_argument when the id is not one.
std::string ladder_svg(const History& history, const LadderSvgOptions& options = {});

}  // namespace lastack::support
