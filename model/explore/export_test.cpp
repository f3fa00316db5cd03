#include "lastack/explore/export.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace lastack::explore {
namespace {

// A calls and B never opens. The six states, by hand: nothing has happened; A has called; the SYN is under way; B owes
// the RST,ACK; it is under way; A is CLOSED again. A is in SYN-SENT in four of them.
Bounds refused_open() {
    Bounds b;
    b.octets = {0, 0};
    b.may_close = {false, false};
    b.opens = {1, 0};
    b.may_listen = {false, false};
    return b;
}

template <class Write>
std::string written(const Bounds& b, Write write) {
    TwoEnds system{b};
    std::ostringstream out;
    write(out, system);
    return out.str();
}

std::string dot(const Bounds& b, bool self_loops = false) {
    return written(b, [&](std::ostream& out, TwoEnds& system) { write_dot(out, system, self_loops); });
}
std::string promela(const Bounds& b) {
    return written(b, [](std::ostream& out, TwoEnds& system) { write_promela(out, system); });
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

TEST(Export, AutHasALineForEachMove) {
    EXPECT_EQ(written(refused_open(), [](std::ostream& out, TwoEnds& system) { write_aut(out, system); }),
              "des (0, 5, 6)\n"
              "(0, \"A: OPEN active\", 1)\n"
              "(1, \"A sends S 100:100(0) win 65535\", 2)\n"
              "(2, \"B receives S 100:100(0) win 65535\", 3)\n"
              "(3, \"B sends R. 0:0(0) ack 101 win 0\", 4)\n"
              "(4, \"A receives R. 0:0(0) ack 101 win 0\", 5)\n");
}

TEST(Export, DotHasANodeForEachPairOfStates) {
    const std::string text = dot(refused_open());
    EXPECT_EQ(count(text, " states\""), 2u) << text;
    EXPECT_NE(text.find("\"CLOSED / CLOSED\" [label=\"A CLOSED\\nB CLOSED\\n2 states\", peripheries=2, penwidth=2];"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\"SYN-SENT / CLOSED\" [label=\"A SYN-SENT\\nB CLOSED\\n4 states\"];"), std::string::npos)
        << text;
    EXPECT_EQ(count(text, " -> "), 2u);
    EXPECT_NE(text.find("\"CLOSED / CLOSED\" -> \"SYN-SENT / CLOSED\" [label=\"A call\"];"), std::string::npos) << text;
    EXPECT_NE(text.find("\"SYN-SENT / CLOSED\" -> \"CLOSED / CLOSED\" [label=\"A arrives\"];"), std::string::npos)
        << text;
}

TEST(Export, DotShowsSelfLoopsWhenAsked) {
    const std::string text = dot(refused_open(), true);
    EXPECT_EQ(count(text, " -> "), 3u);
    EXPECT_NE(text.find("\"SYN-SENT / CLOSED\" -> \"SYN-SENT / CLOSED\" [label=\"A departs\\nB departs, arrives\"];"),
              std::string::npos)
        << text;
}

TEST(Export, EqualBoundsGiveEqualText) {
    Bounds b;
    b.octets = {0, 0};
    b.losses = 1;
    EXPECT_EQ(dot(b), dot(b));
    EXPECT_EQ(promela(b), promela(b));
}

// A system that was asked before has other ids, and the same states.
TEST(Export, WhatWasAskedBeforeDoesNotShow) {
    const Bounds b = refused_open();
    TwoEnds system{b};
    std::ostringstream first, second;
    write_promela(first, system);
    write_promela(second, system);
    EXPECT_EQ(first.str(), second.str());
    EXPECT_EQ(first.str(), promela(b));
}

TEST(Export, PromelaKeepsOnlyTheBudgetsThereAre) {
    Bounds b = refused_open();
    EXPECT_EQ(promela(b).find("byte losses"), std::string::npos);
    b.losses = 2;
    const std::string text = promela(b);
    EXPECT_NE(text.find("byte losses = 2;"), std::string::npos);
    EXPECT_EQ(text.find("byte duplicates"), std::string::npos);
    EXPECT_NE(text.find("LOSSES && may_come(0, 0)"), std::string::npos);
}

TEST(Export, TooManyStatesAreRefusedBeforeAnythingIsWritten) {
    TwoEnds system{refused_open()};
    std::ostringstream out;
    EXPECT_THROW(write_aut(out, system, 5), TwoEnds::TooMany);
    EXPECT_THROW(write_dot(out, system, false, 5), TwoEnds::TooMany);
    EXPECT_THROW(write_promela(out, system, 5), TwoEnds::TooMany);
    EXPECT_TRUE(out.str().empty());
    EXPECT_NO_THROW(write_aut(out, system, 6));
}

}  // namespace
}  // namespace lastack::explore
