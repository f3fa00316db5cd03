// Every story is told as it claims: the counterexample exists, is shortest and plays, and the full protocol was
// searched to the end and has none.
#include "lastack/exhaustive/why.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "lastack/lifecycle/variant.hpp"
#include "lastack/support/case.hpp"

namespace lastack::exhaustive {

void PrintTo(const Story& s, std::ostream* os) { *os << s.name; }

namespace {

using enum State;

const Story& named(std::string_view name) {
    const Story* s = story(name);
    if (s == nullptr) throw std::invalid_argument{std::string{name}};
    return *s;
}

support::Run played(const Shown& shown) {
    std::string error;
    const auto parsed = support::parse_case(shown.case_text, "story", error);
    EXPECT_TRUE(parsed) << error;
    support::Run run = parsed ? support::play(*parsed) : support::Run{};
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch);
    return run;
}

class Stories : public testing::TestWithParam<Story> {};

TEST_P(Stories, AreToldAsTheyClaim) {
    const Story& s = GetParam();
    const Told told = tell(s);
    ASSERT_FALSE(told.path.empty()) << "no counterexample";
    EXPECT_EQ(told.full.why, explore::Stopped::complete);
    EXPECT_EQ(name(told.answer), name(Answer::holds));
    EXPECT_GT(told.full.states, 0u);
    EXPECT_TRUE(told.as_claimed());

    const support::Run run = played(told.counterexample), same = played(told.same);
    EXPECT_EQ(told.counterexample.recording.instruments.variant, s.without.instruments.variant);
    EXPECT_FALSE(told.same.recording.instruments.any());
    EXPECT_FALSE(told.counterexample.ladder.empty());
    EXPECT_FALSE(told.same.ladder.empty());
    EXPECT_NE(told.counterexample.ladder, told.same.ladder) << "the full protocol makes no difference to this run";
    if (s.without.losses == 0) {
        EXPECT_EQ(told.counterexample.case_text.find("\nlose"), std::string::npos);
        EXPECT_EQ(told.same.case_text.find("\nlose"), std::string::npos);
    }
}

TEST_P(Stories, SayWhatTheyAreAbout) {
    const Story& s = GetParam();
    EXPECT_TRUE(s.question.ends_with("?")) << s.question;
    for (const std::string_view text : {s.left_out, s.wrong, s.sought.sentence})
        EXPECT_TRUE(text.ends_with(".")) << text;
    EXPECT_EQ(s.place.substr(0, 2), "3.");
    const int sought = !s.sought.property.empty() + (s.sought.of != nullptr) + s.sought.goal.has_value();
    EXPECT_EQ(sought, 1);
    EXPECT_FALSE(s.full.instruments.any());
    EXPECT_GE(s.full.losses, s.without.losses);
    EXPECT_GE(s.full.duplicates, s.without.duplicates);
}

INSTANTIATE_TEST_SUITE_P(Why, Stories, testing::ValuesIn(stories().begin(), stories().end()),
                         [](const auto& param_info) {
                             std::string id{param_info.param.name};
                             std::replace(id.begin(), id.end(), '-', '_');
                             return id;
                         });

TEST(Why, NamesAreUniqueAndEachVariantHasAStory) {
    std::set<std::string_view> names;
    std::set<Variant> used;
    for (const Story& s : stories()) {
        EXPECT_TRUE(names.insert(s.name).second) << s.name;
        used.insert(s.without.instruments.variant);
        EXPECT_EQ(story(s.name), &s);
    }
    for (const VariantInfo& v : variants()) EXPECT_TRUE(used.contains(v.variant)) << v.name;
    EXPECT_EQ(story("no-such-story"), nullptr);
}

TEST(Why, EachChoiceHasAStoryOrAReasonWhyNot) {
    std::set<std::string_view> told, reasons;
    for (const Story& s : stories()) {
        for (const ChoiceInfo& c : choices()) {
            if (s.without.policies[0].value(c.choice) != s.full.policies[0].value(c.choice)) told.insert(c.decision);
        }
    }
    for (const Untold& u : untold()) {
        EXPECT_TRUE(reasons.insert(u.decision).second) << u.decision;
        EXPECT_FALSE(told.contains(u.decision)) << u.decision;
        EXPECT_TRUE(u.why.ends_with(".")) << u.decision;
    }
    for (const ChoiceInfo& c : choices())
        EXPECT_TRUE(told.contains(c.decision) || reasons.contains(c.decision)) << c.name;
}

/// The number of moves to the nearest state where `wrong`, by a search that shares nothing with the explorer.
template <class Wrong>
std::size_t distance(const explore::Bounds& bounds, Wrong&& wrong) {
    explore::TwoEnds system{bounds};
    auto worker = system.worker();
    const auto less = [](const explore::TwoEnds::State& a, const explore::TwoEnds::State& b) {
        return a.words < b.words;
    };
    std::set<explore::TwoEnds::State, decltype(less)> known{less};
    std::vector<explore::TwoEnds::State> level{system.initial()};
    for (std::size_t depth = 0; !level.empty(); ++depth) {
        std::vector<explore::TwoEnds::State> next;
        for (const auto& s : level) {
            if (wrong(system.local(s, 0).config, system.local(s, 1).config)) return depth;
            for (const auto& successor : worker.successors(s)) {
                if (known.insert(successor.state).second) next.push_back(successor.state);
            }
        }
        level = std::move(next);
    }
    return SIZE_MAX;
}

// OPEN, the SYN leaves, CLOSE; OPEN, the SYN arrives.
TEST(Why, TheShortestRunToAnOldDuplicateSynHasFiveMoves) {
    const Story& s = named("two-way-handshake");
    const auto alone = [](const Config& a, const Config& b) { return a.state == Closed && b.state == Established; };
    EXPECT_EQ(distance(s.without, alone), 5u);
    EXPECT_EQ(distance(s.full, alone), SIZE_MAX);
    EXPECT_EQ(tell(s).path.stem.size(), 5u);
}

TEST(Why, TheShortestRunOfARunWithoutEndIsShortestToo) {
    const Story& s = named("never-closing");
    const auto waits = [](const Config& a, const Config& b) {
        return a.state == FinWait2 && b.state == CloseWait && b.owed_count == 0;
    };
    EXPECT_EQ(distance(s.without, waits), tell(s).path.stem.size());
}

// What the RFC makes of the same run, by hand.
TEST(Why, TheFullProtocolEndsTheSameRunAsTheRfcHasIt) {
    struct End {
        std::string_view story;
        State a, b;
        std::string_view why;
    };
    for (const End& e : {
             End{"two-way-handshake", Closed, Listen, "3.10.7.1: A's RST takes SYN-RECEIVED back"},
             {"no-simultaneous-open", Established, Established, "Figure 7"},
             {"no-retransmission", Established, Established, "3.8.1: the SYN goes again"},
             {"no-reset-in-closed", Closed, Closed, "Figure 10: the RST is believed"},
             {"never-closing", TimeWait, Closed, "Figure 12"},
             {"no-time-wait", TimeWait, TimeWait,
              "3.10.7.4: the FIN that comes again is acknowledged, which ends CLOSING"},
         }) {
        const support::Run run = played(tell(named(e.story)).same);
        EXPECT_EQ(name(run.ends[0].state), name(e.a)) << e.story << ": " << e.why;
        EXPECT_EQ(name(run.ends[1].state), name(e.b)) << e.story << ": " << e.why;
    }
}

// Retransmissions come to an end, answers to answers do not, and neither does waiting for a user.
TEST(Why, ACycleOfRetransmissionsEndsAtR2) {
    EXPECT_TRUE(tell(named("no-simultaneous-open")).until_r2);
    EXPECT_FALSE(tell(named("time-wait-answers-acks")).until_r2);
    EXPECT_FALSE(tell(named("never-closing")).until_r2);
}

TEST(Why, AStoryOfTheFullProtocolAloneHasNothingToTell) {
    Story s = named("no-half-close");
    s.without = s.full;
    const Told told = tell(s);
    EXPECT_TRUE(told.path.empty());
    EXPECT_TRUE(told.counterexample.case_text.empty());
    EXPECT_FALSE(told.as_claimed());
}

TEST(Why, AProtocolThatBreaksTheClaimIsNotCalledFull) {
    Story s = named("no-half-close");
    s.full = s.without;
    const Told told = tell(s);
    EXPECT_EQ(name(told.answer), name(Answer::violated));
    EXPECT_FALSE(told.as_claimed());
}

TEST(Why, ASearchThatWasCutClaimsNothing) {
    Limits limits;
    limits.most_states = 100;
    const Told told = tell(named("two-way-handshake"), limits);
    EXPECT_EQ(name(told.answer), name(Answer::open));
    EXPECT_FALSE(told.as_claimed());
}

}  // namespace
}  // namespace lastack::exhaustive
