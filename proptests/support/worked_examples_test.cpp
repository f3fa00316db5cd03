// The case files of proptests/cases, one test a file.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "lastack/support/case.hpp"

namespace lastack::support {
namespace {

void plays(std::string_view name) {
    const auto cases = built_in_cases();
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const BuiltInCase& c) { return c.name == name; });
    ASSERT_NE(found, cases.end()) << "there is no case file of this name";
    std::string error;
    const auto c = parse_case(found->text, std::string{name} + ".case", error);
    ASSERT_TRUE(c) << error;
    EXPECT_FALSE(c->title.empty());
    const Run run = play(*c);
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch) << "\n" << ladder(run.history);
}

TEST(WorkedExamples, handshake) { plays("handshake"); }
TEST(WorkedExamples, simultaneous_open) { plays("simultaneous_open"); }
TEST(WorkedExamples, simultaneous_open_letter) { plays("simultaneous_open_letter"); }
TEST(WorkedExamples, old_duplicate_syn) { plays("old_duplicate_syn"); }
TEST(WorkedExamples, half_open_new_syn) { plays("half_open_new_syn"); }
TEST(WorkedExamples, half_open_data) { plays("half_open_data"); }
TEST(WorkedExamples, two_passive_old_syn) { plays("two_passive_old_syn"); }
TEST(WorkedExamples, refused_open) { plays("refused_open"); }
TEST(WorkedExamples, lost_syn) { plays("lost_syn"); }
TEST(WorkedExamples, lost_text) { plays("lost_text"); }
TEST(WorkedExamples, shut_window) { plays("shut_window"); }
TEST(WorkedExamples, normal_close) { plays("normal_close"); }
TEST(WorkedExamples, three_message_close) { plays("three_message_close"); }
TEST(WorkedExamples, simultaneous_close) { plays("simultaneous_close"); }
TEST(WorkedExamples, half_close_with_data) { plays("half_close_with_data"); }
TEST(WorkedExamples, lost_last_ack) { plays("lost_last_ack"); }
TEST(WorkedExamples, closed_time_wait) { plays("closed_time_wait"); }
TEST(WorkedExamples, close_wait_hangs) { plays("close_wait_hangs"); }
TEST(WorkedExamples, close_before_established) { plays("close_before_established"); }
TEST(WorkedExamples, fin_before_late_data) { plays("fin_before_late_data"); }
TEST(WorkedExamples, abort) { plays("abort"); }
TEST(WorkedExamples, old_reset) { plays("old_reset"); }
TEST(WorkedExamples, text_on_syn_again) { plays("text_on_syn_again"); }
TEST(WorkedExamples, text_on_syn_early_close) { plays("text_on_syn_early_close"); }
TEST(WorkedExamples, nothing_before_the_syn) { plays("nothing_before_the_syn"); }
TEST(WorkedExamples, keep_alive_at_a_shut_window) { plays("keep_alive_at_a_shut_window"); }
TEST(WorkedExamples, half_the_space_away) { plays("half_the_space_away"); }
TEST(WorkedExamples, reuse_after_shut_window) { plays("reuse_after_shut_window"); }
TEST(WorkedExamples, third_message_with_text) { plays("third_message_with_text"); }
TEST(WorkedExamples, ack_without_syn) { plays("ack_without_syn"); }
TEST(WorkedExamples, both_directions) { plays("both_directions"); }
TEST(WorkedExamples, segment_sizes) { plays("segment_sizes"); }
TEST(WorkedExamples, server_closes_first) { plays("server_closes_first"); }
TEST(WorkedExamples, why_two_way_handshake) { plays("why_two_way_handshake"); }
TEST(WorkedExamples, why_no_simultaneous_open) { plays("why_no_simultaneous_open"); }
TEST(WorkedExamples, why_syn_takes_no_number) { plays("why_syn_takes_no_number"); }
TEST(WorkedExamples, why_fin_takes_no_number) { plays("why_fin_takes_no_number"); }
TEST(WorkedExamples, why_three_message_close) { plays("why_three_message_close"); }
TEST(WorkedExamples, why_no_half_close) { plays("why_no_half_close"); }
TEST(WorkedExamples, why_no_time_wait) { plays("why_no_time_wait"); }
TEST(WorkedExamples, why_fin_out_of_order) { plays("why_fin_out_of_order"); }
TEST(WorkedExamples, why_no_sequence_check) { plays("why_no_sequence_check"); }
TEST(WorkedExamples, why_any_reset_in_syn_sent) { plays("why_any_reset_in_syn_sent"); }
TEST(WorkedExamples, why_no_reset_in_closed) { plays("why_no_reset_in_closed"); }
TEST(WorkedExamples, why_no_reset_in_syn_sent) { plays("why_no_reset_in_syn_sent"); }
TEST(WorkedExamples, why_no_retransmission) { plays("why_no_retransmission"); }

TEST(CaseFiles, EachHasATestOfItsName) {
    std::set<std::string> files;
    for (const BuiltInCase& c : built_in_cases()) files.insert(std::string{c.name});
    std::set<std::string> tests;
    const auto& unit_test = *testing::UnitTest::GetInstance();
    for (int i = 0; i < unit_test.total_test_suite_count(); ++i) {
        const auto& suite = *unit_test.GetTestSuite(i);
        if (std::string_view{suite.name()} != "WorkedExamples") continue;
        for (int j = 0; j < suite.total_test_count(); ++j) tests.insert(suite.GetTestInfo(j)->name());
    }
    EXPECT_EQ(files, tests);
}

/// What the expectation says, but something else of the same kind.
Expectation falsified(Expectation e) {
    Fact& f = e.fact;
    switch (f.kind) {
        case Fact::Kind::state:
            f.value = name(f.value == "CLOSING" ? State::Listen : State::Closing);
            break;
        case Fact::Kind::sends:
            if (f.segment) {
                f.segment->seq += 1;
            } else {
                f.segment = Segment{};
            }
            break;
        case Fact::Kind::signals:
            f.value = "urgent data";
            break;
        case Fact::Kind::error:
            f.value = "error: insufficient resources";
            break;
        case Fact::Kind::delivers:
            f.value.push_back('7');
            break;
        case Fact::Kind::ignores:
            f.kind = Fact::Kind::signals;
            break;
        case Fact::Kind::rule:
            f.value = "3.10.1-CD-nores";
            break;
        case Fact::Kind::starts:
            f.value = "fin-wait-2";
            break;
        case Fact::Kind::timers:
            f.value = "fin-wait-2";
            break;
    }
    return e;
}

TEST(CaseFiles, EveryExpectationOfEachCanFail) {
    for (const BuiltInCase& built_in : built_in_cases()) {
        std::string error;
        const auto whole = parse_case(built_in.text, built_in.name, error);
        ASSERT_TRUE(whole) << error;
        for (std::size_t b = 0; b < whole->blocks.size(); ++b) {
            for (std::size_t e = 0; e < whole->blocks[b].expectations.size(); ++e) {
                Case broken = *whole;
                Expectation& expectation = broken.blocks[b].expectations[e];
                expectation = falsified(expectation);
                const auto mismatch = play(broken).mismatch;
                ASSERT_TRUE(mismatch) << built_in.name << ":" << expectation.line << " is not looked at";
                // A refusal that is not expected is told where the segment was to leave.
                if (whole->blocks[b].expectations[e].fact.value == "refuses") continue;
                EXPECT_EQ(mismatch->line, expectation.line) << to_string(*mismatch);
            }
        }
    }
}

TEST(CaseFiles, NothingIsSentAndNoStateIsLeftWithoutBeingExpected) {
    for (const BuiltInCase& built_in : built_in_cases()) {
        std::string error;
        const auto whole = parse_case(built_in.text, built_in.name, error);
        ASSERT_TRUE(whole) << error;
        for (std::size_t b = 0; b < whole->blocks.size(); ++b) {
            const auto& commands = whole->blocks[b].commands;  // one that writes the segment out expects it itself
            const bool written_out = std::any_of(commands.begin(), commands.end(), [](const Command& c) {
                return c.kind == Command::Kind::sends && c.segment;
            });
            for (std::size_t e = 0; e < whole->blocks[b].expectations.size(); ++e) {
                const Fact& fact = whole->blocks[b].expectations[e].fact;
                const bool must = (fact.kind == Fact::Kind::sends && fact.segment && !written_out) ||
                                  fact.kind == Fact::Kind::signals || fact.kind == Fact::Kind::delivers ||
                                  fact.kind == Fact::Kind::error;
                if (!must) continue;
                Case silent = *whole;
                auto& expectations = silent.blocks[b].expectations;
                expectations.erase(expectations.begin() + static_cast<std::ptrdiff_t>(e));
                EXPECT_TRUE(play(silent).mismatch) << built_in.name << ":" << whole->blocks[b].expectations[e].line;
            }
        }
    }
}

}  // namespace
}  // namespace lastack::support
