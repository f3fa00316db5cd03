// Words and what the decoder makes of them. Expected paths are those of RFC 9293 3.3.2, Figure 5.
#include "lastack/support/word.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/decoder.hpp"

namespace {

using namespace lastack;
using namespace lastack::support;

// ---- words ----

TEST(Words, AreWrittenInHexadecimalAndReadBack) {
    std::string error;
    EXPECT_EQ("0 3 1f0002", to_string(Words{0, 3, 0x1f0002}));
    EXPECT_EQ((Words{0, 3, 0x1f0002}), parse_words("0 3  1f0002 ", error));
    EXPECT_EQ((Words{~Word{0}}), parse_words("ffffffffffffffff", error));
    EXPECT_EQ(Words{}, parse_words("", error));
}

TEST(Words, WhatIsNoWordIsNamed) {
    for (const char* wrong : {"0 x1 2", "10000000000000000", "-1", "0x3"}) {
        std::string error;
        EXPECT_EQ(std::nullopt, parse_words(wrong, error)) << wrong;
        EXPECT_FALSE(error.empty()) << wrong;
    }
    std::string error;
    parse_words("0 x1 2", error);
    EXPECT_EQ("no word of at most 16 hexadecimal digits: 'x1'", error);
}

TEST(Words, OfOneSeedAreAlwaysTheSame) {
    EXPECT_EQ(draw_words(7, 41), draw_words(7, 41));
    EXPECT_NE(draw_words(7, 41), draw_words(8, 41));
    EXPECT_EQ(41u, draw_words(7, 41).size());
}

TEST(Words, OfSomeRunsAreMostlyZeroAndOfOthersHardlyEver) {
    const auto zeros = [](std::uint64_t seed) {
        const Words words = draw_words(seed, 41);
        return std::count(words.begin(), words.end(), Word{0});
    };
    long fewest = 41, most = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        fewest = std::min<long>(fewest, zeros(seed));
        most = std::max<long>(most, zeros(seed));
    }
    EXPECT_LE(fewest, 2);
    EXPECT_GE(most, 20);
}

TEST(Words, ShrinkToSmallerOnesZeroFirst) {
    const Word w = with(with(Word{0}, Field::variant, 6), Field::seq, 1);
    const std::vector<Word> all = smaller(w);
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(Word{0}, all.front());
    for (const Word s : all) {
        EXPECT_LT(field(s, Field::variant) + field(s, Field::seq), 7);
        EXPECT_EQ(0, field(s, Field::ack));
    }
    EXPECT_NE(all.end(), std::find(all.begin(), all.end(), with(w, Field::seq, 0)));
    EXPECT_NE(all.end(), std::find(all.begin(), all.end(), with(w, Field::variant, 5)));
    EXPECT_TRUE(smaller(0).empty());
}

// ---- the decoder ----

/// The states that an end passes through when every word is zero.
std::vector<State> life(Word header) {
    const Setting setting = decode_setting(header);
    Config c;
    Place place;
    std::vector<State> path;
    for (int i = 0; i < 60; ++i) {
        const Event e = decode(0, c, setting, place);
        const Outcome out = step(c, e, setting.policy);
        EXPECT_NE(Verdict::refused, out.verdict) << "the right next thing is refused in " << to_string(c);
        if (out.next.state != c.state) path.push_back(out.next.state);
        c = out.next;
        ++place.tick;
        if (c.state == State::Closed && !path.empty()) return path;
    }
    ADD_FAILURE() << "after 60 events it is in " << name(c.state);
    return path;
}
Word header(std::uint8_t variant) { return with(0, Field::variant, variant); }
using enum State;

TEST(WordsOfZero, AreAWholeLifeOfTheSideThatOpensAndCloses) {
    EXPECT_EQ((std::vector{SynSent, Established, FinWait1, FinWait2, TimeWait, Closed}), life(header(0)));
}
TEST(WordsOfZero, AreAWholeLifeOfTheSideThatListensAndClosesLast) {
    EXPECT_EQ((std::vector{Listen, SynReceived, Established, CloseWait, LastAck, Closed}), life(header(1 | 2)));
}
TEST(WordsOfZero, AreAWholeLifeWhereBothSidesDoEverythingAtOnce) {
    EXPECT_EQ((std::vector{SynSent, SynReceived, Established, FinWait1, Closing, TimeWait, Closed}), life(header(8)));
}
TEST(WordsOfZero, AreAWholeLifeWithEverySmallWindowToo) {
    for (std::uint8_t window = 0; window < 10; ++window) {
        if (decode_setting(with(header(0), Field::window, window)).window == 0)
            continue;  // the peer's FIN finds no room
        EXPECT_EQ(Closed, life(with(header(0), Field::window, window)).back()) << int{window};
        EXPECT_EQ(Closed, life(with(header(1 | 2), Field::window, window)).back()) << int{window};
    }
}

Config established() {
    const Setting setting = decode_setting(0);
    Config c;
    Place place;
    while (c.state != Established || c.owed_count > 0) c = step(c, decode(0, c, setting, place), setting.policy).next;
    return c;
}

TEST(Decoder, PlacesASegmentBesideTheEdgesOfTheWindow) {
    const Config c = established();
    const Setting setting = decode_setting(0);
    const Word arrive = with(0, Field::move, static_cast<std::uint8_t>(Move::arrive));
    std::vector<std::uint32_t> offsets;
    for (std::uint8_t v = 0; v < 32; ++v) {
        const Event e = decode(with(arrive, Field::seq, v), c, setting, {});
        offsets.push_back(std::get<Arrival>(e).segment.seq - c.rcv_nxt);
    }
    const auto has = [&](std::uint32_t offset) {
        return std::find(offsets.begin(), offsets.end(), offset) != offsets.end();
    };
    EXPECT_EQ(0u, offsets.front());
    for (const std::uint32_t offset : {0xffffffffu, 1u, c.rcv_wnd - 1, c.rcv_wnd, c.rcv_wnd + 1, 0x80000000u}) {
        EXPECT_TRUE(has(offset)) << offset;
    }
}

TEST(Decoder, MakesTheSameEventOfTheSameWord) {
    const Config c = established();
    const Setting setting = decode_setting(0);
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const Word w = Draw{seed}.bits();
        EXPECT_EQ(decode(w, c, setting, {}), decode(w, c, setting, {}));
    }
}

TEST(Decoder, DecidesEveryChoiceOfThePolicy) {
    EXPECT_EQ(0u, decode_setting(0).policy.value(Choice::rst_validation));
    bool other = false;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Policy p = decode_setting(draw_words(seed, 1).front()).policy;
        for (const ChoiceInfo& choice : choices()) EXPECT_TRUE(p.decided(choice.choice)) << choice.name;
        other = other || p.value(Choice::rst_validation) != 0;
    }
    EXPECT_TRUE(other);
}

}  // namespace
