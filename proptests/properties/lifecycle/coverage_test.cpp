// With the default budget everything that can be reached is reached.
#include "coverage.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace lastack;
using namespace lastack::support;

const CoverageReport& report() {
    static const CoverageReport r = measure_coverage(coverage_sequences);
    return r;
}

TEST(DirectedRuns, FireEveryRule) {
    for (std::size_t i = 0; i < rules().size(); ++i) {
        EXPECT_GT(report().directed.rules[i], 0u) << rules()[i].id << " never fired";
    }
    EXPECT_GT(report().all_rules_after, 0u);
}

TEST(DirectedRuns, HitEveryCellOfTheStateEventMatrixThatCanBeReached) {
    for (const State s : all_states) {
        for (std::size_t e = 0; e < event_class_count(); ++e) {
            const auto times = report().directed.cells[static_cast<std::size_t>(s)][e];
            EXPECT_EQ(reachable_cell(s, e), times > 0) << name(s) << " x " << event_class_name(e) << ": " << times;
        }
    }
}

TEST(DirectedRuns, ReachMoreThanBlindOnes) {
    EXPECT_LT(report().blind_at.back().rules, report().directed_at.back().rules);
    EXPECT_LT(report().blind_at.back().cells, report().directed_at.back().cells);
}

TEST(GeneratedDocuments, TheCoverageReportIsFresh) {
    std::ifstream in{LASTACK_SOURCE_DIR "/spec/generated/coverage.md", std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_TRUE(text == coverage_markdown(report())) << "spec/generated/coverage.md is stale: run ./dev docs";
}

}  // namespace
