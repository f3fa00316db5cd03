// Runs under RapidCheck: what is false is found, shrunk, written and replayed.
#include "lastack/proptest/runs.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "lastack/support/case.hpp"

namespace {

using namespace lastack;
using namespace lastack::support;

/// A property that is false: nobody ever waits in FIN-WAIT-2.
Finding nobody_waits(const Observation& o) {
    return o.after().state == State::FinWait2 ? Finding::broken : Finding::vacuous;
}
constexpr EndProperty false_property{"X1", "nobody_waits_in_FIN_WAIT_2", Sight::outside, 0xf, 0x7ff, nobody_waits};

std::optional<Broken> run_false(std::span<const Word> words, Recording* recording) {
    static const EndProperty* const checked[] = {&false_property};
    RunOptions options;
    options.properties = checked;
    options.recording = recording;
    return run_end(words, options);
}

std::string contents(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
}

class InAFolder : public testing::Test {
protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() /
            ("lastack-runs-" +
             std::to_string(std::hash<std::string>{}(testing::UnitTest::GetInstance()->current_test_info()->name())));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(InAFolder, AFalsePropertyIsFoundAndShrunkToAFewEvents) {
    const auto result = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    ASSERT_FALSE(result.holds);
    EXPECT_EQ("X1", result.broken->id);
    // The normal run gets there in 13 events: OPEN, SYN, SYN,ACK, ACK; text in, ACK, RECEIVE; SEND, text out, ACK;
    // CLOSE, FIN, ACK. With the header 14 words; a CLOSE out of turn makes it shorter.
    EXPECT_LE(result.words.size(), 14u) << support::to_string(result.words);
    const std::string again = "LASTACK_WORDS=\"" + support::to_string(result.words) + "\"";
    EXPECT_NE(std::string::npos, result.report.find(again)) << result.report;
    EXPECT_NE(std::string::npos, result.report.find("RC_PARAMS=\"seed=")) << result.report;
}

TEST_F(InAFolder, TheCaseFileOfACounterexamplePlaysAndEndsWhereThePropertyBroke) {
    const auto result = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    ASSERT_FALSE(result.holds);
    const std::string text = contents(folder_ / "X1.case");
    EXPECT_NE(std::string::npos, text.find(to_string(result.words))) << text;
    std::string error;
    const auto parsed = parse_case(text, "X1.case", error);
    ASSERT_TRUE(parsed) << error << "\n" << text;
    const support::Run played = play(*parsed);
    EXPECT_FALSE(played.mismatch) << to_string(*played.mismatch) << "\n" << text;
    EXPECT_EQ(State::FinWait2, played.ends[0].state);
}

TEST_F(InAFolder, TheSameSeedGivesTheSameBytes) {
    const auto once = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    const std::string first = contents(folder_ / "X1.case");
    const auto again = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    EXPECT_EQ(once.words, again.words);
    EXPECT_EQ(first, contents(folder_ / "X1.case"));
    EXPECT_FALSE(first.empty());
}

TEST_F(InAFolder, WhatIsTrueHolds) {
    const auto result = proptest::check_runs(
        "true", [](std::span<const Word>, Recording*) { return std::optional<Broken>{}; }, {100, 40, folder_.string()});
    EXPECT_TRUE(result.holds);
    EXPECT_EQ(proptest::cases(100), result.cases);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(InAFolder, TheWordsOfAFailureAloneGiveTheSameBytes) {
    const auto drawn = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    const std::string first = contents(folder_ / "X1.case");
    std::filesystem::remove(folder_ / "X1.case");
    ASSERT_EQ(0, setenv("LASTACK_WORDS", support::to_string(drawn.words).c_str(), 1));
    const auto again = proptest::check_runs("X1", run_false, {20000, 40, folder_.string()});
    ASSERT_EQ(0, setenv("LASTACK_WORDS", "0 nonsense", 1));
    EXPECT_THROW(proptest::check_runs("X1", run_false, {}), std::invalid_argument);
    ASSERT_EQ(0, unsetenv("LASTACK_WORDS"));
    EXPECT_FALSE(again.holds);
    EXPECT_EQ(1u, again.cases);
    EXPECT_EQ(first, contents(folder_ / "X1.case"));
}

TEST(Cases, ComeFromTheEnvironment) {
    ASSERT_EQ(0, setenv("LASTACK_CASES", "123", 1));
    EXPECT_EQ(123u, proptest::cases(10));
    for (const char* wrong : {"many", "0", "-3", "12x", "99999999999999999999"}) {
        ASSERT_EQ(0, setenv("LASTACK_CASES", wrong, 1));
        EXPECT_THROW(proptest::cases(10), std::invalid_argument) << wrong;
    }
    ASSERT_EQ(0, unsetenv("LASTACK_CASES"));
    EXPECT_EQ(10u, proptest::cases(10));
}

TEST(Values, AreShownInTheNotationOfTheProject) {
    Segment s;
    s.flags = flag::fin | flag::ack;
    s.seq = Seq{100};
    s.ack = Seq{300};
    EXPECT_NE(std::string::npos, rc::toString(s).find("F. 100:100(0) ack 300")) << rc::toString(s);
    EXPECT_NE(std::string::npos, rc::toString(Event{Timeout{TimeoutKind::user}}).find("USER TIMEOUT"));
    EXPECT_EQ("words 0 3", rc::toString(proptest::Run{{0, 3}}));
    EXPECT_NE(std::string::npos, rc::toString(Config{}).find("CLOSED"));
}

TEST(Generators, GiveConfigsOfTheStateThatIsAskedFor) {
    for (const State s : {State::Established, State::TimeWait, State::SynReceived}) {
        const Config c = proptest::configs(s)(rc::Random{}, 10).value();
        EXPECT_EQ(s, c.state);
    }
}

TEST(Generators, GiveSegmentsOfWhichManyAreRightAndManyAreNot) {
    const Config c = proptest::configs(State::Established)(rc::Random{}, 10).value();
    const auto generator = proptest::near_segments(c);
    int right = 0;
    rc::Random random;
    for (int i = 0; i < 1000; ++i) right += generator(random.split(), 10).value().seq == c.rcv_nxt ? 1 : 0;
    EXPECT_GT(right, 300);
    EXPECT_LT(right, 950);
}

}  // namespace
