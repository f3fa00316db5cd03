// check_file's progress, and that it stops; its verdicts have tests of their own in proptests.
#include "lastack/oracle/check.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "lastack/vocabulary/wire.hpp"

namespace lastack {
namespace {

constexpr std::uint32_t rounds = 7, ports = 300, packets_each = 7;
constexpr std::uint64_t connections = rounds * ports;
constexpr std::uint64_t packets = connections * packets_each;
static_assert(packets > 10'000);
const std::string client = "10.0.0.1";

/// A file that goes with the object.
struct File {
    std::string path;
    explicit File(const std::string& name)
        : path{(std::filesystem::temp_directory_path() / ("lastack_check_test_" + std::to_string(getpid()) + name))
                   .string()} {}
    ~File() { std::filesystem::remove(path); }
    std::uint64_t size() const { return std::filesystem::file_size(path); }
};

/// A pcap with nanoseconds in the byte order of this machine; its frames are 10 microseconds apart.
class Pcap {
public:
    explicit Pcap(const std::string& path) : out_{path, std::ios::binary} {
        put(std::array<std::uint32_t, 6>{0xa1b23c4d, 0x00040002, 0, 0, 65535, 1});
    }
    void ip(const std::vector<std::uint8_t>& packet, std::uint16_t ethertype = 0x0800) {
        time_ns_ += 10'000;
        const auto length = static_cast<std::uint32_t>(14 + packet.size());
        put(std::array{static_cast<std::uint32_t>(time_ns_ / 1'000'000'000),
                       static_cast<std::uint32_t>(time_ns_ % 1'000'000'000), length, length});
        put(std::array<std::uint8_t, 12>{});
        put(std::array{static_cast<std::uint8_t>(ethertype >> 8), static_cast<std::uint8_t>(ethertype & 0xff)});
        put(packet);
    }

private:
    void put(const auto& numbers) {
        out_.write(reinterpret_cast<const char*>(numbers.data()),
                   static_cast<std::streamsize>(numbers.size() * sizeof numbers[0]));
    }
    std::ofstream out_;
    std::uint64_t time_ns_{1'700'000'000'000'000'000};
};

/// Connections that the client opens and closes. It uses each port again in each round, so that the verdicts of all
/// rounds but the last are given while the file is read.
struct Capture : File {
    Capture() : File{".pcap"} {
        struct Line {
            bool from_client;
            std::uint8_t flags;
            std::uint32_t client_sent, server_sent;  // octets of sequence space before this packet
        };
        constexpr std::uint8_t ack = flag::ack, fin = flag::ack | flag::fin;
        constexpr std::array<Line, packets_each> lines{{{true, flag::syn, 0, 0},
                                                        {false, flag::syn | flag::ack, 1, 0},
                                                        {true, ack, 1, 1},
                                                        {true, fin, 1, 1},
                                                        {false, ack, 2, 1},
                                                        {false, fin, 2, 1},
                                                        {true, ack, 2, 2}}};
        Pcap pcap{path};
        std::vector<std::uint8_t> packet;
        for (std::uint32_t k = 0; k < connections; ++k) {
            const Endpoint here = ipv4_endpoint({10, 0, 0, 1}, static_cast<std::uint16_t>(2000 + k % ports));
            const Endpoint there = ipv4_endpoint({10, 0, 0, 2}, 80);
            const Seq client_isn{1000 * k}, server_isn{7000 * k};
            for (const Line& line : lines) {
                Segment s;
                s.flags = line.flags;
                s.seq = line.from_client ? client_isn + line.client_sent : server_isn + line.server_sent;
                if (s.has_ack())
                    s.ack = line.from_client ? server_isn + line.server_sent : client_isn + line.client_sent;
                s.wnd = 64240;
                serialise(s, line.from_client ? here : there, line.from_client ? there : here, packet);
                pcap.ip(packet);
            }
        }
    }
};

constexpr std::uint64_t traced = 300, events_each = 20, events = traced * events_each;

/// Connections that listen and are asked for their status.
struct Trace : File {
    Trace() : File{".jsonl"} {
        std::ofstream out{path};
        out << "{\"lastack_trace\":1}\n";
        for (std::uint64_t k = 0; k < traced; ++k) {
            for (std::uint64_t n = 0; n < events_each; ++n) {
                out << "{\"time\":" << k << ",\"connection\":\"" << k << "\",\"call\":{\"kind\":\""
                    << (n == 0 ? "open_passive" : "status") << "\"}}\n";
            }
        }
    }
};

struct Checked {
    CheckSummary summary;
    std::vector<CheckProgress> calls;
    std::vector<std::string> verdicts;  // of whom, and how
    std::size_t verdicts_at_last_call{0};
};

/// Checks with a hook that says `go_on(call)`.
template <class GoOn>
Checked run(const std::string& path, const std::string& host, GoOn go_on) {
    Checked r;
    CheckOptions options;
    options.host = host;
    options.progress = [&](const CheckProgress& p) {
        r.calls.push_back(p);
        r.verdicts_at_last_call = r.verdicts.size();
        return go_on(p);
    };
    r.summary = check_file(path, options, [&](const ConnectionVerdict& v) {
        r.verdicts.push_back(v.judged + " " + std::to_string(v.first_segment) + " " + std::string{name(v.verdict)});
    });
    return r;
}
Checked run(const std::string& path, const std::string& host) {
    return run(path, host, [](const CheckProgress&) { return true; });
}

void expect_never_less(const Checked& r, const File& file) {
    CheckProgress before;
    std::size_t in_between = 0;
    for (const CheckProgress& p : r.calls) {
        EXPECT_EQ(p.file, file.path);
        EXPECT_EQ(p.octets_total, file.size());
        EXPECT_LE(p.octets_read, p.octets_total);
        EXPECT_GE(p.octets_read, before.octets_read);
        EXPECT_GE(p.packets, before.packets);
        EXPECT_GE(p.connections, before.connections);
        in_between += p.octets_read > 0 && p.octets_read < p.octets_total;
        before = p;
    }
    EXPECT_GE(in_between, 1u);
}

void expect_stopped_at_last_call(const Checked& r) {
    EXPECT_TRUE(r.summary.stopped);
    EXPECT_EQ(r.summary.error, "");
    EXPECT_EQ(r.verdicts.size(), r.verdicts_at_last_call);
    EXPECT_EQ(r.summary.conforms + r.summary.deviates + r.summary.inconclusive, r.verdicts.size());
}

TEST(CheckProgress, OfACaptureNeverFallsAndEndsWithAllOfIt) {
    const Capture file;
    const Checked r = run(file.path, client);
    EXPECT_EQ(r.summary.error, "");
    EXPECT_FALSE(r.summary.stopped);
    EXPECT_EQ(r.summary.connections, connections);
    EXPECT_EQ(r.summary.conforms, connections);
    expect_never_less(r, file);
    EXPECT_EQ(r.calls.back().octets_read, file.size());
    EXPECT_EQ(r.calls.back().packets, packets);
    EXPECT_EQ(r.calls.back().connections, connections);
    EXPECT_GT(r.calls.front().connections, 0u);
}

TEST(CheckProgress, CountsNothingAsReadWhileTheHostIsLookedFor) {
    const Capture file;
    const Checked r = run(file.path, "");
    expect_never_less(r, file);
    EXPECT_EQ(r.calls.front().octets_read, 0u);
    EXPECT_EQ(r.calls.front().packets, 0u);
    EXPECT_EQ(r.calls.back().octets_read, file.size());
}

TEST(CheckProgress, OfATraceNeverFallsAndEndsWithAllOfIt) {
    const Trace file;
    const Checked r = run(file.path, "");
    EXPECT_EQ(r.summary.error, "");
    EXPECT_FALSE(r.summary.stopped);
    EXPECT_EQ(r.summary.connections, traced);
    EXPECT_EQ(r.verdicts.size(), traced);
    expect_never_less(r, file);
    EXPECT_EQ(r.calls.back().octets_read, file.size());
    EXPECT_EQ(r.calls.back().packets, events);
    EXPECT_EQ(r.calls.back().connections, traced);
}

TEST(CheckProgress, IsToldOfPacketsThatAreNoSegments) {
    const File file{"_arp.pcap"};
    {
        Pcap pcap{file.path};
        for (int i = 0; i < 10'000; ++i) pcap.ip(std::vector<std::uint8_t>(28), 0x0806);
    }
    const Checked r = run(file.path, client, [](const CheckProgress&) { return false; });
    EXPECT_EQ(r.calls.size(), 1u);
    EXPECT_LT(r.summary.packets, 10'000u);
    EXPECT_GT(r.summary.packets, 0u);
    expect_stopped_at_last_call(r);  // and nothing is said of a host that did not come yet
}

TEST(CheckProgress, IsToldOfASmallFileOnce) {
    const File file{"_empty.pcap"};
    { Pcap pcap{file.path}; }
    const Checked r = run(file.path, client);
    ASSERT_EQ(r.calls.size(), 1u);
    EXPECT_EQ(r.calls[0].octets_read, 24u);  // the header of the file
    EXPECT_EQ(r.calls[0].octets_total, 24u);
}

TEST(CheckProgress, ChangesNoVerdict) {
    const Capture capture;
    const Trace trace;
    for (const std::string& path : {capture.path, trace.path}) {
        const Checked with = run(path, path == capture.path ? client : "");
        CheckOptions options;
        if (path == capture.path) options.host = client;
        std::vector<std::string> verdicts;
        const CheckSummary summary = check_file(path, options, [&](const ConnectionVerdict& v) {
            verdicts.push_back(v.judged + " " + std::to_string(v.first_segment) + " " + std::string{name(v.verdict)});
        });
        EXPECT_EQ(verdicts, with.verdicts);
        EXPECT_FALSE(summary.stopped);
        EXPECT_EQ(summary.packets, with.summary.packets);
        EXPECT_EQ(summary.connections, with.summary.connections);
    }
}

TEST(CheckStops, AtOnceInACapture) {
    const Capture file;
    const Checked r = run(file.path, client, [](const CheckProgress&) { return false; });
    EXPECT_EQ(r.calls.size(), 1u);
    EXPECT_EQ(r.summary.packets, r.calls[0].packets);
    EXPECT_LT(r.summary.packets, packets / 2);
    EXPECT_GT(r.verdicts.size(), 0u);  // of ports used again before
    expect_stopped_at_last_call(r);
}

TEST(CheckStops, WhileTheHostIsLookedFor) {
    const Capture file;
    const Checked r = run(file.path, "", [](const CheckProgress&) { return false; });
    EXPECT_EQ(r.calls.size(), 1u);
    EXPECT_EQ(r.summary.packets, 0u);
    EXPECT_EQ(r.verdicts.size(), 0u);
    expect_stopped_at_last_call(r);
}

TEST(CheckStops, WhenACaptureIsReadBeforeItsOpenConnectionsAreSettled) {
    const Capture file;
    const Checked r = run(file.path, client, [](const CheckProgress& p) { return p.octets_read < p.octets_total; });
    EXPECT_EQ(r.summary.packets, packets);
    EXPECT_EQ(r.verdicts.size(), connections - ports);
    expect_stopped_at_last_call(r);
}

TEST(CheckStops, WhileConnectionsAreSettled) {
    const Capture capture;
    const Trace trace;
    for (const std::string& path : {capture.path, trace.path}) {
        int whole = 0;
        const Checked r = run(path, path == capture.path ? client : "",
                              [&](const CheckProgress& p) { return p.octets_read < p.octets_total || ++whole < 2; });
        EXPECT_EQ(whole, 2);
        const std::size_t before = path == capture.path ? connections - ports : 0;
        EXPECT_GT(r.verdicts.size(), before);
        EXPECT_LT(r.verdicts.size(), before + ports);
        expect_stopped_at_last_call(r);
    }
}

TEST(CheckStops, AtOnceInATrace) {
    const Trace file;
    const Checked r = run(file.path, "", [](const CheckProgress&) { return false; });
    EXPECT_EQ(r.calls.size(), 1u);
    EXPECT_EQ(r.summary.packets, r.calls[0].packets);
    EXPECT_LT(r.summary.packets, events);
    EXPECT_EQ(r.verdicts.size(), 0u);
    expect_stopped_at_last_call(r);
}

TEST(CheckStops, ByWhatTheHookThrows) {
    const Capture file;
    const auto throws = [](const CheckProgress&) -> bool { throw std::runtime_error{"enough"}; };
    EXPECT_THROW(run(file.path, client, throws), std::runtime_error);
}

}  // namespace
}  // namespace lastack
