// Row mutants: the lifecycle with one row switched off, or with one guard inverted. Each must break a property.
//
// A mutant is killed by a property that a run breaks; comparing it with the lifecycle itself does not count. What
// no run kills must be equivalent: an exhaustive sweep of one end (sweep.hpp) shows it, or it survives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"

namespace lastack::mutants {

struct Mutant {
    Rule rule{};
    bool inverted{false};  ///< else: switched off

    Instruments instruments() const {
        Instruments i;
        (inverted ? i.inverted : i.off) = rule;
        return i;
    }
};

/// Every row off, and every guard inverted: a row without a guard has only the first.
std::vector<Mutant> all_mutants();

struct Fate {
    enum class How : std::uint8_t { killed, equivalent, survives };

    Mutant mutant{};
    How how{How::survives};
    std::string property{};     ///< that killed it, "S22"
    std::string stage{};        ///< "end", "pair" or "attacked pair"
    std::uint64_t runs{0};      ///< that it took
    std::uint64_t compared{0};  ///< steps of the sweep, where it came to that
    std::string difference{};   ///< survives: a step that shows that it is not equivalent
};

/// The fate of each mutant. Deterministic: the seeds are fixed.
std::vector<Fate> judge(const std::vector<Mutant>& mutants);

/// spec/generated/mutants.md.
std::string to_markdown(const std::vector<Fate>& fates);

}  // namespace lastack::mutants
