#include "lastack/lifecycle/mss.hpp"

#include <gtest/gtest.h>

namespace lastack {
namespace {

TEST(Mss, WithoutAnOptionTheSendMssIsTheDefaultOfTheIpVersion) {
    EXPECT_EQ(send_mss(0, IpVersion::v4), 536);   // 576 - 40
    EXPECT_EQ(send_mss(0, IpVersion::v6), 1220);  // 1280 - 60
}

TEST(Mss, AnOptionThatCameIsTheSendMss) {
    EXPECT_EQ(send_mss(1460, IpVersion::v4), 1460);
    EXPECT_EQ(send_mss(100, IpVersion::v6), 100);
}

TEST(Mss, TheAnnouncedValueIsTheMtuWithoutTheFixedHeaders) {
    EXPECT_EQ(announced_mss(1500, 65535, IpVersion::v4), 1460);
    EXPECT_EQ(announced_mss(1500, 65535, IpVersion::v6), 1440);
}

TEST(Mss, TheAnnouncedValueStaysWithinWhatCanBeReassembled) {
    EXPECT_EQ(announced_mss(1500, 1480, IpVersion::v4), 1460);  // equal bounds
    EXPECT_EQ(announced_mss(1500, 1479, IpVersion::v4), 1459);  // MMS_R - 20 is smaller now
    EXPECT_EQ(announced_mss(1500, 20, IpVersion::v4), 0);
    EXPECT_EQ(announced_mss(1500, 5, IpVersion::v4), 0);
}

TEST(Mss, TheAnnouncedValueFitsTheOptionForAnyMtu) {
    EXPECT_EQ(announced_mss(40, 65535, IpVersion::v4), 0);
    EXPECT_EQ(announced_mss(0, 65535, IpVersion::v6), 0);
    EXPECT_EQ(announced_mss(100'000, 200'000, IpVersion::v4), 65535);
}

TEST(Mss, ASynCarriesTheOptionUnlessTheReceiveMssIsTheDefault) {
    EXPECT_TRUE(announces_mss(1460, IpVersion::v4));
    EXPECT_FALSE(announces_mss(536, IpVersion::v4));
    EXPECT_TRUE(announces_mss(536, IpVersion::v6));
    EXPECT_FALSE(announces_mss(1220, IpVersion::v6));
}

TEST(Mss, ASynMayCarryTheOptionAlways) { EXPECT_TRUE(announces_mss(536, IpVersion::v4, true)); }

TEST(Mss, TheEffectiveSendMssIsTheSmallerOfPeerAndIpLimit) {
    EXPECT_EQ(effective_send_mss(1460, 1480, 0, 0), 1460u);
    EXPECT_EQ(effective_send_mss(1460, 556, 0, 0), 536u);  // IP sends 556 octets at most, 20 of them header
    EXPECT_EQ(effective_send_mss(536, 1480, 0, 0), 536u);
}

TEST(Mss, OptionsTakeTheirRoomFromTheText) {
    EXPECT_EQ(effective_send_mss(1460, 1480, 12, 0), 1448u);  // Timestamps on every segment
    EXPECT_EQ(effective_send_mss(1460, 1480, 12, 8), 1440u);
}

TEST(Mss, OptionsThatFillTheSegmentLeaveNoTextAndDoNotWrapAround) {
    EXPECT_EQ(effective_send_mss(12, 1480, 12, 0), 0u);
    EXPECT_EQ(effective_send_mss(1, 1480, 40, 0), 0u);
    EXPECT_EQ(effective_send_mss(1460, 0, 0, 0), 0u);
    EXPECT_EQ(effective_send_mss(1460, 1480, 0xffffffffu, 0xffffffffu), 0u);
}

TEST(Mss, BothDirectionsTogetherLetTextThatThePeerAnnouncedThrough) {
    // What one end announces for its MTU, the other end may fill exactly when its own IP layer allows it.
    constexpr std::uint16_t announced = announced_mss(9000, 65535, IpVersion::v4);
    static_assert(announced == 8960);
    static_assert(effective_send_mss(send_mss(announced, IpVersion::v4), 8980, 0, 0) == 8960);
    EXPECT_EQ(effective_send_mss(send_mss(announced, IpVersion::v4), 1480, 0, 0), 1460u);
}

}  // namespace
}  // namespace lastack
