// A build without libpcap: this program is linked with the reader that stands in.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lastack/oracle/capture.hpp"
#include "lastack/oracle/check.hpp"

namespace lastack {
namespace {

const std::string reason = ": this build of lastack reads no captures: it was made without libpcap";
const std::string capture = LASTACK_CAPTURES "/closewait_server.pcap";

TEST(WithoutLibpcap, TheReaderSaysSoAndHasNothing) {
    std::FILE* file = std::fopen(capture.c_str(), "rb");
    ASSERT_NE(file, nullptr);
    CaptureReader of_file{file, "a capture"};
    EXPECT_EQ(of_file.error(), "a capture" + reason);
    CaptureReader in{capture};
    EXPECT_TRUE(in.ended());
    EXPECT_FALSE(in.next());
    EXPECT_EQ(in.name(), capture);
    EXPECT_EQ(in.error(), capture + reason);
    EXPECT_EQ(in.packets(), 0u);
    EXPECT_EQ(in.octets(), 0u);
    EXPECT_EQ(CaptureReader{"-"}.error(), "(standard input)" + reason);
}

TEST(WithoutLibpcap, CheckFileSaysSoOnce) {
    for (const char* host : {"", "10.77.0.2"}) {
        CheckOptions options;
        options.host = host;
        int verdicts = 0;
        const CheckSummary summary = check_file(capture, options, [&](const ConnectionVerdict&) { ++verdicts; });
        EXPECT_EQ(summary.error, capture + reason);
        EXPECT_EQ(summary.packets, 0u);
        EXPECT_EQ(summary.connections, 0u);
        EXPECT_EQ(verdicts, 0);
    }
}

TEST(WithoutLibpcap, TracesAreJudged) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("lastack_without_libpcap_" + std::to_string(getpid()) + ".jsonl");
    // RFC 9293 3.10.1: an active OPEN in CLOSED sends a SYN and enters SYN-SENT.
    std::ofstream{path} << "{\"lastack_trace\":1}\n"
                           "{\"time\":0,\"call\":{\"kind\":\"open_active\",\"iss\":7}}\n"
                           "{\"time\":0,\"out\":\"S 7:7(0) win 65535 <mss 1460>\"}\n";
    std::vector<ConnectionVerdict> verdicts;
    const CheckSummary summary =
        check_file(path.string(), {}, [&](const ConnectionVerdict& v) { verdicts.push_back(v); });
    std::filesystem::remove(path);
    EXPECT_EQ(summary.error, "");
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(verdicts[0].verdict, Judgement::conforms);
    EXPECT_EQ(verdicts[0].states.back(), State::SynSent);
}

}  // namespace
}  // namespace lastack
