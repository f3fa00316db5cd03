// What random runs reach: every rule, every state by every route, every cell of the state x event matrix. Counted
// for directed and for blind generation; spec/generated/coverage.md is made from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lastack/support/run.hpp"

/// Runs of each kind that the report is made from.
inline constexpr std::uint64_t coverage_sequences = 600'000;

struct Milestone {
    std::uint64_t sequences{0};
    std::size_t rules{0};
    std::size_t cells{0};
};

struct CoverageReport {
    lastack::support::Coverage directed{};
    std::vector<Milestone> directed_at{};  ///< after 10, 100, ... sequences, and at the end
    std::vector<Milestone> blind_at{};     ///< after the same numbers
    std::uint64_t all_rules_after{0};      ///< directed sequences after which every rule had fired; 0: never
    std::uint64_t all_cells_after{0};
};

/// Can this happen there? Calls and segments can anywhere; a timeout where its timer can run; a departure where a
/// row takes one.
bool reachable_cell(lastack::State state, std::size_t event_class);
std::size_t reachable_cells();

/// Runs `sequences` of 40 events of each kind. Deterministic.
CoverageReport measure_coverage(std::uint64_t sequences);

/// spec/generated/coverage.md.
std::string coverage_markdown(const CoverageReport& report);
