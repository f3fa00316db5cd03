// Rule: the handle of one row of the lifecycle's table.
#pragma once

#include <cstdint>

namespace lastack {

/// A row of the table, as an index into `rules()` of lastack/lifecycle/lifecycle.hpp. The stable
/// name is the row's id ("3.10.7.4-5-FW1-fin"); the index changes when rows are added.
struct Rule {
    static constexpr std::uint16_t none_index = 0xffff;
    std::uint16_t index{none_index};

    constexpr explicit operator bool() const { return index != none_index; }
    friend constexpr bool operator==(const Rule&, const Rule&) = default;
};

}  // namespace lastack
