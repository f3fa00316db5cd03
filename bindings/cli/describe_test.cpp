// `lastack describe`, run through the app: what it prints, on which stream, and its exit code.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "run_subcommand.hpp"

namespace {

namespace fs = std::filesystem;

Ran run(std::vector<std::string> arguments) {
    return run_subcommand(lastack::add_describe, "describe", std::move(arguments));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(DescribeRule, ShowsTheRowAndTheRequirementThatItMeets) {
    // RFC 9293 3.10.7.4, fifth check, FIN-WAIT-1: our FIN is acknowledged, FIN-WAIT-2 is entered.
    const Ran ran = run({"3.10.7.4-5-FW1-fin"});
    EXPECT_EQ(0, ran.code);
    EXPECT_EQ("", ran.err);
    for (const char* part :
         {"3.10.7.4-5-FW1-fin\n", "RFC 9293 3.10.7.4, fifth check, ACK in FIN-WAIT-1", "state   FIN-WAIT-1",
          "check   ack_check", "target  FIN-WAIT-2", "(PROC, RFC 9293 3.10.7.4)"})
        EXPECT_TRUE(contains(ran.out, part)) << part << "\n" << ran.out;
}

TEST(DescribeRule, QuotesALabelledRequirement) {
    // MUST-10 (3.5): SYN-SENT answers a bare SYN with a SYN,ACK.
    const Ran ran = run({"3.10.7.3-4-SYN"});
    EXPECT_TRUE(contains(ran.out, "MUST-10 (MUST, RFC 9293 3.5)")) << ran.out;
}

TEST(DescribeRule, AnIdThatBeginsAnotherIsTheRuleItself) {
    EXPECT_TRUE(contains(run({"3.10.7.4-2-SR-reuse"}).out, "target  TIME-WAIT"));
}

TEST(DescribeRule, EveryRuleMeetsSomethingAndIsShown) {
    for (const lastack::RuleInfo& rule : lastack::rules()) {
        const Ran ran = run({std::string{rule.id}});
        EXPECT_EQ(0, ran.code) << rule.id;
        EXPECT_TRUE(contains(ran.out, "(") && contains(ran.out, ", RFC ")) << rule.id << "\n" << ran.out;
    }
}

TEST(DescribeRule, APrefixListsTheRulesBelow) {
    // ABORT in CLOSED is refused in two ways (access, no connection).
    const Ran ran = run({"3.10.5-CD"});
    EXPECT_EQ(0, ran.code);
    EXPECT_EQ(2u, lines(ran.out)) << ran.out;
    EXPECT_TRUE(contains(ran.out, "3.10.5-CD-noauth") && contains(ran.out, "3.10.5-CD-none"));
}

TEST(DescribeRule, ARequirementListsItsRules) {
    const Ran by_rule = run({"MUST-10"});
    EXPECT_EQ(0, by_rule.code);
    EXPECT_TRUE(contains(by_rule.out, "3.10.7.3-4-SYN ")) << by_rule.out;
    // MUST-2, checksums: no rule of the table, but tests.
    EXPECT_TRUE(contains(run({"MUST-2"}).out, "held by the test ")) << run({"MUST-2"}).out;
}

TEST(DescribeRule, AnUnknownNameGetsOneLineWithTheNearestIds) {
    const Ran ran = run({"3.10.7.4-5-fw1-fim"});
    EXPECT_EQ(2, ran.code);
    EXPECT_EQ("", ran.out);
    EXPECT_EQ(1u, lines(ran.err));
    EXPECT_TRUE(contains(ran.err, "no rule \"3.10.7.4-5-fw1-fim\"; the nearest: 3.10.7.4-5-FW1-fin")) << ran.err;
    EXPECT_EQ(2, run({std::string(100000, 'x')}).code);
}

TEST(Describe, WithoutArgumentsGivesAnOverview) {
    const Ran ran = run({});
    EXPECT_EQ(0, ran.code);
    EXPECT_TRUE(contains(ran.out, std::to_string(lastack::rules().size()) + " rules over 11 states")) << ran.out;
    EXPECT_LE(lines(ran.out), 60u);
}

TEST(Describe, EachDocumentHasItsOption) {
    EXPECT_TRUE(run({"--markdown"}).out.starts_with("# Transition table"));
    EXPECT_TRUE(run({"--matrix"}).out.starts_with("# States and events"));
    EXPECT_TRUE(contains(run({"--dot"}).out, "digraph"));
    EXPECT_TRUE(run({"--json"}).out.starts_with("{\"rules\": ["));
    EXPECT_EQ(-1, run({"--json", "--dot"}).code) << "one thing at a time";
}

class DescribeWrite : public testing::Test {
protected:
    DescribeWrite() { fs::create_directories(folder); }
    ~DescribeWrite() override { fs::remove_all(folder); }
    std::string contents(const char* file) const {
        std::ifstream in(folder / file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // Its cases run at the same time, each in a process.
    const fs::path folder = fs::path(testing::TempDir()) / ("lastack-describe-write-" + std::to_string(getpid()));
};

TEST_F(DescribeWrite, WritesTheDocuments) {
    EXPECT_EQ(0, run({"--write", folder.string()}).code);
    EXPECT_EQ(run({"--markdown"}).out, contents("transition-table.md"));
    EXPECT_EQ(run({"--matrix"}).out, contents("state-event-matrix.md"));
    EXPECT_EQ(run({"--dot"}).out, contents("state-diagram.dot"));
    EXPECT_EQ(lastack::rules().size(), lines(contents("rules.txt")));
}

TEST_F(DescribeWrite, AddsIdsThatAreNew) {
    std::ofstream(folder / "rules.txt") << "3.10.8-TW\n";
    EXPECT_EQ(0, run({"--write", folder.string()}).code);
    EXPECT_EQ(lastack::rules().size(), lines(contents("rules.txt")));
}

TEST_F(DescribeWrite, RefusesWhenAnIdHasVanishedAndWritesNothing) {
    std::ofstream(folder / "rules.txt") << "3.10.8-TW\n3.10.8-gone\n";
    const Ran ran = run({"--write", folder.string()});
    EXPECT_EQ(2, ran.code);
    EXPECT_EQ(1u, lines(ran.err));
    EXPECT_TRUE(contains(ran.err, "3.10.8-gone") && !contains(ran.err, "3.10.8-TW")) << ran.err;
    EXPECT_EQ("3.10.8-TW\n3.10.8-gone\n", contents("rules.txt"));
    EXPECT_FALSE(fs::exists(folder / "transition-table.md"));
}

TEST_F(DescribeWrite, SaysThatAFolderIsMissing) {
    const Ran ran = run({"--write", (folder / "none").string()});
    EXPECT_EQ(2, ran.code);
    EXPECT_TRUE(contains(ran.err, "there is no such folder")) << ran.err;
}

}  // namespace
