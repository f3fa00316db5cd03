#include "lastack/oracle/trace.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace lastack {
namespace {

const std::string header = "{\"lastack_trace\":1}\n";

struct Result {
    std::vector<TraceEvent> events;
    std::string error;
    TraceHeader header;
};

Result read_all(const std::string& text) {
    TraceReader in{std::make_unique<std::istringstream>(text), "t"};
    Result result;
    while (auto event = in.next()) result.events.push_back(std::move(*event));
    EXPECT_FALSE(in.next()) << "the end stays the end";
    result.error = in.error();
    result.header = in.header();
    EXPECT_EQ(result.error.find('\n'), std::string::npos);
    return result;
}

// --- what is read ---

TEST(Trace, TellsTheOctetsRead) {
    const std::string event = "{\"time\":0,\"timeout\":\"user\"}";
    TraceReader in{std::make_unique<std::istringstream>(header + event + "\n\n" + event), "t"};
    EXPECT_EQ(in.octets(), header.size());
    EXPECT_TRUE(in.next());
    EXPECT_EQ(in.octets(), header.size() + event.size() + 1);
    EXPECT_TRUE(in.next());
    EXPECT_FALSE(in.next());
    EXPECT_EQ(in.octets(), header.size() + 2 * event.size() + 2);
    EXPECT_EQ(in.error(), "");
}

TEST(Trace, ReadsAWholeConnection) {
    const Result result = read_all(
        "{\"lastack_trace\":1,\"host\":\"10.0.0.1:4000\",\"peer\":\"10.0.0.2:80\"}\n"
        "{\"time\":0.0,\"call\":{\"kind\":\"open_active\",\"iss\":7,\"rcv_wnd\":4096}}\n"
        "{\"time\":0.0001,\"out\":\"S 7:7(0) win 4096 <mss 1460>\"}\n"
        "\n"
        "{\"time\":0.02,\"in\":{\"flags\":\"S.\",\"seq\":100,\"ack\":8,\"win\":65535,\"mss\":536}}\n"
        "{\"time\":0.02,\"connection\":\"other\",\"timeout\":\"user\"}\r\n"
        "{\"time\":3,\"call\":{\"kind\":\"send\",\"octets\":12}}");
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.header.host, "10.0.0.1:4000");
    EXPECT_EQ(result.header.peer, "10.0.0.2:80");
    ASSERT_EQ(result.events.size(), 5u);

    Call open;
    open.kind = CallKind::open_active;
    open.iss_given = true;
    open.iss = Seq{7};
    open.rcv_wnd = 4096;
    EXPECT_EQ(result.events[0].event, Event{open});
    EXPECT_EQ(result.events[0].time_ns, 0);
    EXPECT_EQ(result.events[0].line, 2u);

    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{7};
    syn.wnd = 4096;
    syn.mss = 1460;
    EXPECT_EQ(result.events[1].event, Event{Departure{syn}});
    EXPECT_EQ(result.events[1].time_ns, 100'000);

    Arrival answer;
    answer.segment.flags = flag::syn | flag::ack;
    answer.segment.seq = Seq{100};
    answer.segment.ack = Seq{8};
    answer.segment.wnd = 65535;
    answer.segment.mss = 536;
    EXPECT_EQ(result.events[2].event, Event{answer});
    EXPECT_EQ(result.events[2].line, 5u) << "the empty line counts";
    EXPECT_EQ(result.events[2].connection, "");

    EXPECT_EQ(result.events[3].event, Event{Timeout{TimeoutKind::user}});
    EXPECT_EQ(result.events[3].connection, "other");

    Call send;
    send.kind = CallKind::send;
    send.octets = 12;
    EXPECT_EQ(result.events[4].event, Event{send}) << "the last line needs no line feed";
}

TEST(Trace, KeepsNanosecondsOfAbsoluteTimes) {
    const Result result = read_all(header + "{\"time\":1795194936.123456789,\"timeout\":\"user\"}\n");
    ASSERT_EQ(result.events.size(), 1u);
    EXPECT_EQ(result.events[0].time_ns, 1'795'194'936'123'456'789);
}

TEST(Trace, ReadsASegmentAlikeInBothForms) {
    const Result result = read_all(
        header +
        "{\"time\":0,\"in\":\"FSRP.UEW 4294967295:0(1) ack 9 win 65535 urg 1 security-mismatch "
        "<mss 65535,sackOK,TS val 1 ecr 2,wscale 14>\"}\n"
        "{\"time\":0,\"in\":{\"flags\":\"FSRP.UEW\",\"seq\":4294967295,\"ack\":9,\"len\":1,\"win\":65535,\"urgent\":1,"
        "\"mss\":65535,\"wscale\":14,\"tsval\":1,\"tsecr\":2,\"sack_permitted\":true,\"security_mismatch\":true}}\n"
        "{\"time\":0,\"in\":\"- 3:3(0)\"}\n"
        "{\"time\":0,\"in\":{\"flags\":\"-\",\"seq\":3}}\n");
    ASSERT_EQ(result.events.size(), 4u) << result.error;
    EXPECT_EQ(result.events[0].event, result.events[1].event);
    EXPECT_EQ(result.events[2].event, result.events[3].event);
    EXPECT_NE(result.events[0].event, result.events[2].event);
    EXPECT_EQ(std::get<Arrival>(result.events[0].event).segment.flags, 0xff);
}

TEST(Trace, TakesAPassiveOpenForOneThatWaitsForAnybody) {
    const Result result = read_all(header +
                                   "{\"time\":0,\"call\":{\"kind\":\"open_passive\"}}\n"
                                   "{\"time\":0,\"call\":{\"kind\":\"open_passive\",\"remote_specified\":true}}\n"
                                   "{\"time\":0,\"call\":{\"kind\":\"open_active\"}}\n");
    ASSERT_EQ(result.events.size(), 3u) << result.error;
    EXPECT_FALSE(std::get<Call>(result.events[0].event).remote_specified);
    EXPECT_TRUE(std::get<Call>(result.events[1].event).remote_specified);
    EXPECT_TRUE(std::get<Call>(result.events[2].event).remote_specified);
}

TEST(Trace, ReadsAFileAndCanBeMoved) {
    const std::string path = testing::TempDir() + "lastack_trace_test_" + std::to_string(getpid()) + ".jsonl";
    std::ofstream{path} << header << "{\"time\":0,\"timeout\":\"user\"}\n{\"time\":1,\"timeout\":\"user\"}\n";
    TraceReader first{path};
    EXPECT_TRUE(first.next());
    TraceReader second = std::move(first);
    const auto event = second.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->line, 3u);
    EXPECT_FALSE(second.next());
    EXPECT_EQ(second.error(), "");
    std::remove(path.c_str());
}

// --- what is broken ---

// trace_schema_test.py gives the same examples to spec/trace.schema.json.
TEST(BrokenTrace, JudgesEveryExampleAsTheSchemaDoes) {
    std::ifstream in{LASTACK_TRACE_EXAMPLES};
    ASSERT_TRUE(in);
    std::string line;
    unsigned good = 0, bad = 0;
    while (std::getline(in, line)) {
        const auto example = nlohmann::json::parse(line);
        const bool is_header = example["line"].is_object() && example["line"].contains("lastack_trace");
        const std::string text = (is_header ? "" : header) + example["line"].dump() + "\n";
        const Result result = read_all(text);
        if (example["good"]) {
            ++good;
            EXPECT_EQ(result.error, "") << line;
            EXPECT_EQ(result.events.size(), is_header ? 0u : 1u) << line;
        } else {
            ++bad;
            EXPECT_EQ(result.error, (is_header ? "t:1: " : "t:2: ") + example["why"].get<std::string>()) << line;
            EXPECT_TRUE(result.events.empty()) << line;
        }
    }
    EXPECT_EQ(good, 20u);
    EXPECT_EQ(bad, 45u);
}

TEST(BrokenTrace, DeliversWhatStandsBeforeTheBrokenLine) {
    const Result result = read_all(header + "{\"time\":1,\"timeout\":\"user\"}\n{\"time\":1,\"timeout\":\"use\n");
    EXPECT_EQ(result.events.size(), 1u);
    EXPECT_TRUE(result.error.starts_with("t:3: column ")) << result.error;
    EXPECT_TRUE(result.error.ends_with(": not JSON")) << result.error;
}

TEST(BrokenTrace, RefusesTimeThatRunsBackwards) {
    const Result result = read_all(header +
                                   "{\"time\":1,\"timeout\":\"user\"}\n"
                                   "{\"time\":1,\"timeout\":\"user\"}\n"
                                   "{\"time\":0.999999999,\"timeout\":\"user\"}\n");
    EXPECT_EQ(result.events.size(), 2u) << "equal times are in order";
    EXPECT_EQ(result.error, "t:4: time runs backwards");
}

TEST(BrokenTrace, NamesThePlaceInABrokenNotation) {
    const Result result = read_all(header + "{\"time\":1,\"in\":\"S 0:0(0) win 65536\"}\n");
    EXPECT_EQ(result.error, "t:2: segment: column 14: a window is larger than 65535");
}

TEST(BrokenTrace, RefusesWhatIsNoTrace) {
    EXPECT_EQ(read_all("").error, "t:1: not a trace: empty");
    EXPECT_EQ(read_all("\n\n").error, "t:3: not a trace: empty");
    EXPECT_EQ(read_all("{\"time\":0,\"timeout\":\"user\"}\n").error,
              "t:1: not a trace: the first line must be a header {\"lastack_trace\":1}");
    EXPECT_EQ(read_all("[1]\n").error, "t:1: not a trace: the first line must be a header {\"lastack_trace\":1}");
    EXPECT_EQ(read_all("GET / HTTP/1.1\r\n").error, "t:1: column 1: not JSON");
    EXPECT_EQ(read_all(header + header).error, "t:2: unknown key \"lastack_trace\" in the event");
    EXPECT_EQ(TraceReader{"/nonexistent/t.jsonl"}.error(), "/nonexistent/t.jsonl: No such file or directory");
    EXPECT_FALSE(TraceReader{"/nonexistent/t.jsonl"}.next());
}

TEST(BrokenTrace, BoundsLinesNestingAndNumbers) {
    EXPECT_EQ(read_all(header + std::string(200'000, ' ')).error, "t:2: line is longer than 65536 octets");
    EXPECT_EQ(read_all(std::string(200'000, 'x')).error, "t:1: line is longer than 65536 octets");
    const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
    EXPECT_EQ(read_all(header + deep + "\n").error, "t:2: the event is not an object");
    EXPECT_EQ(read_all("{\"lastack_trace\":" + deep + "}\n").error, "t:1: \"lastack_trace\" is not a number");
    EXPECT_EQ(read_all(header + "{\"time\":1e99999,\"timeout\":\"user\"}\n").error,
              "t:2: a number is too large for JSON");
    EXPECT_EQ(
        read_all(header + "{\"time\":0,\"timeout\":\"user\",\"connection\":\"" + std::string(257, 'c') + "\"}\n").error,
        "t:2: \"connection\" is longer than 256 characters");
    EXPECT_EQ(read_all(header + "{\"time\":0,\"\\n\\u0000\":1}\n").error, "t:2: unknown key \"??\" in the event");
}

TEST(BrokenTrace, CutAtEveryOctetDeliversTheWholeLinesBeforeIt) {
    const std::string event = "{\"time\":1,\"in\":\"S 0:0(0) win 1 <mss 1460>\"}";
    const std::string whole = header + event + "\n" + event + "\n";
    for (std::size_t n = 0; n <= whole.size(); ++n) {
        const Result result = read_all(whole.substr(0, n));
        const bool has_header = n + 1 >= header.size();
        const std::size_t behind = has_header ? n - std::min(n, header.size()) : 0;
        const std::size_t line = event.size() + 1;
        // A line is whole with its last brace: the line feed may be missing.
        const std::size_t rest = behind % line;
        const std::size_t events = behind / line + (rest == event.size() ? 1 : 0);
        EXPECT_EQ(result.events.size(), events) << n;
        EXPECT_EQ(result.error.empty(), has_header && (rest == 0 || rest == event.size())) << n << " " << result.error;
    }
}

}  // namespace
}  // namespace lastack
