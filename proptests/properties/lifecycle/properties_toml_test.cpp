// spec/properties.toml is complete, and says what the tests do.
#include "properties_toml.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "lastack/support/pair_property.hpp"
#include "lastack/support/property.hpp"

namespace {

using namespace lastack::support;

std::vector<std::string> ids_wanted() {
    std::vector<std::string> ids{"U1", "U2"};
    for (int n = 1; n <= 37; ++n) ids.push_back("S" + std::to_string(n));
    for (int n = 1; n <= 8; ++n) ids.push_back("L" + std::to_string(n));
    for (int n = 1; n <= 9; ++n) ids.push_back("R" + std::to_string(n));
    for (int n = 1; n <= 2; ++n) ids.push_back("I" + std::to_string(n));  // the integrity of the stream
    return ids;
}

TEST(PropertiesToml, ListsEveryPropertyOnceTheUsersOwnFirst) {
    std::vector<std::string> ids;
    for (const PropertyEntry& e : property_entries()) ids.push_back(e.id);
    EXPECT_EQ(ids_wanted(), ids);
}

TEST(PropertiesToml, EachEntrySaysWhatIsCheckedWhereItComesFromAndWhatShowsIt) {
    for (const PropertyEntry& e : property_entries()) {
        EXPECT_FALSE(e.test.empty()) << e.id;
        EXPECT_FALSE(e.statement.empty()) << e.id;
        EXPECT_TRUE(e.has_side_condition) << e.id << ": \"\" where there is none";
        EXPECT_FALSE(e.source.empty()) << e.id;
        EXPECT_FALSE(e.witness.empty()) << e.id;
        EXPECT_FALSE(e.checked.empty()) << e.id;
        EXPECT_TRUE(e.fault || !e.exhaustive.empty()) << e.id << " names no fault that breaks it";
    }
}

TEST(PropertiesToml, ACorrectionHasItsDecision) {
    for (const PropertyEntry& e : property_entries()) {
        if (e.corrected.empty()) continue;
        bool found = false;
        for (const auto& page : std::filesystem::directory_iterator(LASTACK_SOURCE_DIR "/spec/decisions")) {
            found = found || page.path().filename().string().starts_with(e.corrected + "-");
        }
        EXPECT_TRUE(found) << e.id << ": no page " << e.corrected;
    }
}

TEST(PropertiesToml, HasTheSentencesOfTheChecks) {
    const auto expect = [](std::string_view id, std::string_view sentence) {
        const auto& all = property_entries();
        const auto e = std::find_if(all.begin(), all.end(), [&](const PropertyEntry& p) { return p.id == id; });
        ASSERT_NE(all.end(), e) << id;
        EXPECT_TRUE(e->test == sentence) << id << ": " << sentence;
    };
    for (const EndProperty& p : end_properties()) expect(p.id, p.sentence);
    for (const PairProperty& p : pair_properties()) {
        if (end_property(p.id) == nullptr) expect(p.id, p.sentence);
    }
}

/// A check of one end is run in the first stage, one of two ends in the second. In the others a property may have no
/// witness: then the file does not name them.
TEST(PropertiesToml, EachIsCheckedInTheStageItIsAbout) {
    for (const PropertyEntry& e : property_entries()) {
        const bool of_end = end_property(e.id) != nullptr;
        const auto pairs = pair_properties();
        const bool of_pair =
            std::any_of(pairs.begin(), pairs.end(), [&](const PairProperty& p) { return p.id == e.id; });
        EXPECT_EQ(of_end, checked_in(e.id, "end")) << e.id;
        if (of_pair) {
            EXPECT_TRUE(checked_in(e.id, "pair")) << e.id;
        }
        EXPECT_TRUE(of_end || of_pair || !e.exhaustive.empty())
            << e.id << " is checked nowhere, and no reason is given";
    }
}

}  // namespace
