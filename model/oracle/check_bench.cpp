// How fast are verdicts on a capture? One file of a million packets in short connections, read by the
// bare reader, judged by the library and by the command, and read by tshark, which lists its connections.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "lastack/oracle/capture.hpp"
#include "lastack/oracle/check.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack {
namespace {

constexpr std::uint32_t connections = 111'112;
constexpr std::uint32_t packets_each = 9;
constexpr std::uint64_t packets = std::uint64_t{connections} * packets_each;
constexpr std::uint32_t at_once = 16;  // connections whose packets are interleaved
const std::string server = "192.0.2.1";

/// Packet `n` of connection `k`: handshake, request, response, close; every other time the client closes first.
struct Sent {
    Segment segment;
    bool by_server;
};
Sent packet_of(std::uint32_t k, std::uint32_t n) {
    constexpr std::uint8_t ack = flag::ack, data = flag::ack | flag::psh, fin = flag::ack | flag::fin;
    constexpr std::uint32_t request = 100, response = 300;
    struct Line {
        bool by_server;
        std::uint8_t flags;
        std::uint32_t text, client_sent, server_sent;  // sent: octets of sequence space before this packet
    };
    constexpr std::array<Line, 5> opening{{{false, flag::syn, 0, 0, 0},
                                           {true, flag::syn | flag::ack, 0, 1, 0},
                                           {false, ack, 0, 1, 1},
                                           {false, data, request, 1, 1},
                                           {true, data, response, 1 + request, 1}}};
    constexpr std::uint32_t c = 1 + request, s = 1 + response;
    constexpr std::array<std::array<Line, 4>, 2> closing{
        {{{{true, fin, 0, c, s}, {false, ack, 0, c, s + 1}, {false, fin, 0, c, s + 1}, {true, ack, 0, c + 1, s + 1}}},
         {{{false, fin, 0, c, s}, {true, ack, 0, c + 1, s}, {true, fin, 0, c + 1, s}, {false, ack, 0, c + 1, s + 1}}}}};
    const Line& line = n < opening.size() ? opening[n] : closing[k % 2][n - opening.size()];
    const Seq client_isn{k * 2654435761u}, server_isn{k * 2246822519u + 1};

    Segment seg;
    seg.flags = line.flags;
    seg.seq = line.by_server ? server_isn + line.server_sent : client_isn + line.client_sent;
    if (seg.has_ack()) seg.ack = line.by_server ? client_isn + line.client_sent : server_isn + line.server_sent;
    seg.text = line.text;
    seg.wnd = seg.syn() ? 64240 : 502;
    seg.has_ts = true;
    seg.tsval = 1000 + k / 1000 + n;
    seg.tsecr = n == 0 ? 0 : seg.tsval - 1;
    if (seg.syn()) {
        seg.mss = 1460;
        seg.wscale = 7;
        seg.sack_permitted = true;
    }
    return {seg, line.by_server};
}

Endpoint client_of(std::uint32_t k) {
    const std::uint32_t host = k / 50'000;
    return ipv4_endpoint({198, 51, 100, static_cast<std::uint8_t>(1 + host)},
                         static_cast<std::uint16_t>(10'000 + k % 50'000));
}

/// Writes the capture: pcap with nanoseconds, Ethernet, in the byte order of this machine.
void write_capture(const std::string& path) {
    std::vector<char> buffer(1 << 20);
    std::ofstream out;
    out.rdbuf()->pubsetbuf(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    out.open(path, std::ios::binary);
    const auto put = [&](const auto& words) {
        out.write(reinterpret_cast<const char*>(words.data()),
                  static_cast<std::streamsize>(words.size() * sizeof words[0]));
    };
    put(std::array<std::uint32_t, 6>{0xa1b23c4d, 0x00040002, 0, 0, 65535, 1});
    constexpr std::array<std::uint8_t, 14> ethernet{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    const Endpoint here = ipv4_endpoint({192, 0, 2, 1}, 80);
    std::vector<std::uint8_t> packet;
    std::uint64_t time_ns = 1'700'000'000'000'000'000;
    for (std::uint32_t first = 0; first < connections; first += at_once) {
        for (std::uint32_t n = 0; n < packets_each; ++n) {
            for (std::uint32_t k = first; k < std::min(first + at_once, connections); ++k) {
                const Sent sent = packet_of(k, n);
                const Endpoint peer = client_of(k);
                serialise(sent.segment, sent.by_server ? here : peer, sent.by_server ? peer : here, packet);
                time_ns += 10'000;
                const auto length = static_cast<std::uint32_t>(ethernet.size() + packet.size());
                put(std::array{static_cast<std::uint32_t>(time_ns / 1'000'000'000),
                               static_cast<std::uint32_t>(time_ns % 1'000'000'000), length, length});
                put(ethernet);
                put(packet);
            }
        }
    }
    if (!out.flush()) {
        std::fprintf(stderr, "check_bench: %s cannot be written\n", path.c_str());
        std::exit(1);
    }
}

/// The capture, for as long as the program runs.
struct Capture {
    std::string path =
        (std::filesystem::temp_directory_path() / ("lastack_check_bench_" + std::to_string(getpid()) + ".pcap"))
            .string();
    Capture() { write_capture(path); }
    ~Capture() { std::filesystem::remove(path); }
};

std::map<std::string, double> seconds;  // of the last run of each benchmark

template <class F>
void measure(benchmark::State& state, const std::string& name, F once) {
    const auto begin = std::chrono::steady_clock::now();
    for (auto _ : state) {
        if (!once()) state.SkipWithError("not what was expected came out of it");
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    seconds[name] = taken.count() / static_cast<double>(state.iterations());
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * packets));
}

bool read(const std::string& path) {
    CaptureReader reader{path};
    std::uint64_t correct = 0;
    while (const auto p = reader.next()) correct += p->checksum == Checksum::correct;
    return correct == packets;
}

bool check(const std::string& path) {
    CheckOptions options;
    options.host = server;
    const CheckSummary summary = check_file(path, options, [](const ConnectionVerdict&) {});
    return summary.conforms == connections && summary.packets == packets && summary.error.empty();
}

bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

void compare(const char* what, const char* with) {
    if (seconds.count(what) && seconds.count(with)) {
        std::printf("%-10s takes %6.2f times the time of %s\n", what, seconds[what] / seconds[with], with);
    }
}

int bench(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    const Capture capture;
    const std::string& path = capture.path;
    const auto add = [](const std::string& name, auto once) {
        return benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { measure(state, name, once); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    };
    add("check_file", [=] { return check(path); });
    add("reader", [=] { return read(path); });
    if (std::filesystem::exists(LASTACK_COMMAND)) {
        add("command", [=] { return run(std::string{LASTACK_COMMAND} + " check --host " + server + " " + path); });
    }
    if (run("tshark --version")) {
        add("tshark", [=] { return run("tshark -q -z conv,tcp -r " + path); })->Iterations(1);
    } else {
        std::puts("tshark is not installed: no comparison with it");
    }
    benchmark::RunSpecifiedBenchmarks();
    compare("tshark", "check_file");
    compare("tshark", "command");
    compare("check_file", "reader");
    return 0;
}

}  // namespace
}  // namespace lastack

int main(int argc, char** argv) { return lastack::bench(argc, argv); }
