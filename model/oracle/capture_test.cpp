#include "lastack/oracle/capture.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace lastack {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets operator+(Octets a, const Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// Numbers in the byte order of the capturing machine.
enum class Order { little, big };

Octets number(std::uint64_t value, std::size_t octets, Order order = Order::little) {
    Octets out(octets);
    for (std::size_t i = 0; i < octets; ++i) {
        out[order == Order::little ? i : octets - 1 - i] = static_cast<std::uint8_t>(value >> 8 * i);
    }
    return out;
}
Octets u32(std::uint64_t value, Order order = Order::little) { return number(value, 4, order); }
Octets u16(std::uint64_t value, Order order = Order::little) { return number(value, 2, order); }

const Endpoint client = ipv4_endpoint({10, 0, 0, 1}, 4000);
const Endpoint server = ipv4_endpoint({10, 0, 0, 2}, 80);

Segment syn_segment() {
    Segment s;
    s.flags = flag::syn;
    s.seq = Seq{1000};
    s.wnd = 64240;
    s.mss = 1460;
    return s;
}

Octets ip_packet(const Segment& segment = syn_segment(), const Endpoint& from = client, const Endpoint& to = server) {
    Octets packet;
    EXPECT_EQ(serialise(segment, from, to, packet), Unwritable::none);
    return packet;
}

Octets ipv6_syn() { return ip_packet(syn_segment(), ipv6_endpoint({1}, 4000), ipv6_endpoint({2}, 80)); }

Octets ethernet(const Octets& payload, const Octets& types = {0x08, 0x00}) {
    return Octets(12, 0xee) + types + payload;
}

// --- pcap ---

constexpr int ethernet_type = 1;

Octets file_header(int link_type = ethernet_type, std::uint32_t magic = 0xa1b2c3d4, Order order = Order::little) {
    return u32(magic, order) + u16(2, order) + u16(4, order) + u32(0, order) + u32(0, order) + u32(262144, order) +
           u32(static_cast<std::uint64_t>(link_type), order);
}

Octets record(const Octets& frame, std::uint32_t second = 1, std::uint32_t fraction = 0, Order order = Order::little) {
    return u32(second, order) + u32(fraction, order) + u32(frame.size(), order) + u32(frame.size(), order) + frame;
}

// A record of which only the first `captured` octets were kept.
Octets cut_record(const Octets& frame, std::size_t captured) {
    return u32(1) + u32(0) + u32(captured) + u32(frame.size()) +
           Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(captured));
}

// --- pcapng ---

Octets block(std::uint32_t type, Octets body) {
    body.resize((body.size() + 3) / 4 * 4);
    return u32(type) + u32(body.size() + 12) + body + u32(body.size() + 12);
}
Octets section() { return block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + number(~0ull, 8)); }
Octets interface(int link_type = ethernet_type, const Octets& options = {}) {
    return block(1, u16(static_cast<std::uint64_t>(link_type)) + u16(0) + u32(262144) + options);
}
Octets enhanced_packet(const Octets& frame, std::uint64_t ticks = 0, std::uint32_t interface = 0) {
    return block(
        6, u32(interface) + u32(ticks >> 32) + u32(ticks & 0xffffffff) + u32(frame.size()) + u32(frame.size()) + frame);
}

// A reader over octets in memory, which must outlive it.
CaptureReader reader(Octets& octets) {
    if (octets.empty()) return CaptureReader{std::fopen("/dev/null", "rb"), "test"};
    return CaptureReader{fmemopen(octets.data(), octets.size(), "rb"), "test"};
}

struct Result {
    std::vector<Packet> packets;
    std::string error;
    Skipped skipped;
    std::optional<Malformed> malformed;
};

Result read_all(CaptureReader in) {
    Result result;
    while (const auto packet = in.next()) result.packets.push_back(*packet);
    EXPECT_FALSE(in.next()) << "the end stays the end";
    result.error = in.error();
    result.skipped = in.skipped();
    result.malformed = in.first_malformed();
    EXPECT_EQ(in.packets(), result.packets.size() + result.skipped.total());
    EXPECT_EQ(result.error.find('\n'), std::string::npos);
    return result;
}
Result read_all(Octets octets) { return read_all(reader(octets)); }

// --- what is read ---

TEST(Capture, CountsTheSegmentsOfTheSixSampleCaptures) {
    const auto count = [](const std::string& name) {
        const Result result = read_all(CaptureReader{LASTACK_CAPTURES "/" + name + ".pcap"});
        EXPECT_EQ(result.error, "");
        EXPECT_EQ(result.skipped.total(), 0u);
        for (const Packet& p : result.packets) {
            EXPECT_EQ(p.option_fault, Fault::none);
            EXPECT_FALSE(p.truncated);
            EXPECT_NE(p.checksum, Checksum::wrong) << name << " packet " << p.number;
        }
        return result.packets.size();
    };
    EXPECT_EQ(count("closewait_server"), 24u);
    EXPECT_EQ(count("halfclose_server"), 160u);
    EXPECT_EQ(count("http200_clean_server"), 2474u);
    EXPECT_EQ(count("linger0_server"), 24u);
    EXPECT_EQ(count("refused_client"), 20u);
    EXPECT_EQ(count("simopen_client"), 566u);
}

TEST(Capture, ReadsARealSynAsTcpdumpPrintsIt) {
    CaptureReader in{LASTACK_CAPTURES "/closewait_server.pcap"};
    const auto p = in.next();
    ASSERT_TRUE(p);
    EXPECT_EQ(p->number, 1u);
    EXPECT_EQ(p->time_ns, 1'795'194'936'316'085'000);
    EXPECT_EQ(to_string(p->src), "10.77.0.1:52944");
    EXPECT_EQ(to_string(p->dst), "10.77.0.2:9003");
    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{794163090};
    syn.wnd = 64240;
    syn.mss = 1460;
    syn.sack_permitted = true;
    syn.has_ts = true;
    syn.tsval = 3462859706;
    syn.wscale = 10;
    EXPECT_EQ(p->segment, syn);
    EXPECT_EQ(p->ttl, 64);
}

TEST(Capture, KeepsMicrosecondsAndNanosecondsInEitherByteOrder) {
    const Octets frame = ethernet(ip_packet());
    for (const Order order : {Order::little, Order::big}) {
        const Result micro = read_all(file_header(1, 0xa1b2c3d4, order) + record(frame, 5, 123'456, order));
        ASSERT_EQ(micro.packets.size(), 1u);
        EXPECT_EQ(micro.packets[0].time_ns, 5'123'456'000);
        const Result nano = read_all(file_header(1, 0xa1b23c4d, order) + record(frame, 5, 123'456'789, order));
        ASSERT_EQ(nano.packets.size(), 1u);
        EXPECT_EQ(nano.packets[0].time_ns, 5'123'456'789);
    }
}

TEST(Capture, ReadsPcapngWithTheResolutionThatItNames) {
    const Octets frame = ethernet(ip_packet());
    const Result micro = read_all(section() + interface() + enhanced_packet(frame, 5'123'456));
    ASSERT_EQ(micro.packets.size(), 1u) << micro.error;
    EXPECT_EQ(micro.packets[0].time_ns, 5'123'456'000);
    EXPECT_EQ(micro.packets[0].segment, syn_segment());
    // Option 9, if_tsresol, one octet: 10^-9.
    const Octets nanoseconds = u16(9) + u16(1) + Octets{9, 0, 0, 0} + u16(0) + u16(0);
    const Result nano = read_all(section() + interface(1, nanoseconds) + enhanced_packet(frame, 5'123'456'789));
    ASSERT_EQ(nano.packets.size(), 1u) << nano.error;
    EXPECT_EQ(nano.packets[0].time_ns, 5'123'456'789);
}

TEST(Capture, FindsTheSegmentBehindEveryLinkType) {
    const Octets v4 = ip_packet();
    const Octets v6 = ipv6_syn();
    const Octets cooked(14, 0);
    const Octets cooked2_behind_type(18, 0);
    struct Case {
        const char* what;
        int link_type;
        Octets frame;
    };
    for (const Case& c : {
             Case{"Ethernet", 1, ethernet(v4)},
             Case{"Ethernet, IPv6", 1, ethernet(v6, {0x86, 0xdd})},
             Case{"802.1Q", 1, ethernet(v4, {0x81, 0x00, 0, 5, 0x08, 0x00})},
             Case{"QinQ", 1, ethernet(v6, {0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x86, 0xdd})},
             Case{"raw IP", 101, v4},
             Case{"raw IP, IPv6", 101, v6},
             Case{"IPv4", 228, v4},
             Case{"IPv6", 229, v6},
             Case{"Linux cooked", 113, cooked + Octets{0x08, 0x00} + v4},
             Case{"Linux cooked with a VLAN tag", 113, cooked + Octets{0x81, 0x00, 0, 5, 0x86, 0xdd} + v6},
             Case{"Linux cooked v2", 276, Octets{0x08, 0x00} + cooked2_behind_type + v4},
             Case{"Linux cooked v2, IPv6", 276, Octets{0x86, 0xdd} + cooked2_behind_type + v6},
             Case{"BSD loopback, little-endian", 0, u32(2) + v4},
             Case{"BSD loopback, big-endian", 0, u32(2, Order::big) + v4},
             Case{"BSD loopback, IPv6 of macOS", 0, u32(30) + v6},
             Case{"OpenBSD loopback", 108, u32(24, Order::big) + v6},
         }) {
        const Result result = read_all(file_header(c.link_type) + record(c.frame));
        ASSERT_EQ(result.packets.size(), 1u) << c.what << " " << result.error;
        EXPECT_EQ(result.packets[0].segment, syn_segment()) << c.what;
        EXPECT_EQ(result.packets[0].src.port, 4000) << c.what;
        EXPECT_EQ(result.packets[0].checksum, Checksum::correct) << c.what;

        // No beginning of the frame is read behind its end, and none is lost without being counted.
        for (std::size_t captured = 0; captured < c.frame.size(); ++captured) {
            const Result cut = read_all(file_header(c.link_type) + cut_record(c.frame, captured));
            EXPECT_EQ(cut.packets.size() + cut.skipped.cut, 1u) << c.what << " " << captured;
            EXPECT_EQ(cut.error, "");
            for (const Packet& p : cut.packets) EXPECT_TRUE(p.truncated);
        }
    }
}

TEST(Capture, DeliversASegmentWhoseTextWasNotCaptured) {
    Segment text;
    text.flags = flag::ack;
    text.text = 1000;
    const Result result = read_all(file_header() + cut_record(ethernet(ip_packet(text)), 14 + 40));
    ASSERT_EQ(result.packets.size(), 1u);
    EXPECT_EQ(result.packets[0].segment, text);
    EXPECT_TRUE(result.packets[0].truncated);
    EXPECT_EQ(result.packets[0].checksum, Checksum::unknown);
}

TEST(Capture, CountsWhatItPassesOverAndKeepsTheNumbersOfTheFile) {
    Octets udp = ip_packet();
    udp[9] = 17;
    Octets fragment = ip_packet();
    fragment[6] = 0x20;
    Octets malformed = ip_packet();
    malformed[32] = 0x10;
    const Result result = read_all(file_header() +                                    //
                                   record(ethernet({}, {0x08, 0x06})) +               // 1: ARP
                                   record(ethernet(udp)) +                            // 2
                                   record(ethernet(fragment)) +                       // 3
                                   record(ethernet(ip_packet())) +                    // 4
                                   cut_record(ethernet(ip_packet()), 14 + 20 + 19) +  // 5
                                   record(ethernet(malformed)) +                      // 6
                                   record(ethernet(Octets(40, 0x00))) +               // 7: IP version 0
                                   record({}) +                                       // 8: nothing at all
                                   record(ethernet(ip_packet())) +                    // 9
                                   record(ethernet({0x45, 0})));  // 10: captured whole, and too short
    EXPECT_EQ(result.error, "");
    ASSERT_EQ(result.packets.size(), 2u);
    EXPECT_EQ(result.packets[0].number, 4u);
    EXPECT_EQ(result.packets[1].number, 9u);
    EXPECT_EQ(result.skipped.not_ip, 1u);
    EXPECT_EQ(result.skipped.not_tcp, 1u);
    EXPECT_EQ(result.skipped.fragments, 1u);
    EXPECT_EQ(result.skipped.cut, 2u);
    EXPECT_EQ(result.skipped.malformed, 3u);
    ASSERT_TRUE(result.malformed);
    EXPECT_EQ(result.malformed->number, 6u);
    EXPECT_EQ(result.malformed->fault, Fault::tcp_data_offset);
    EXPECT_EQ(result.malformed->offset, 14u + 32u);
}

TEST(Capture, DeliversSegmentsWithBrokenOptionsAndSaysSo) {
    Octets packet = ip_packet();
    packet[41] = 0;  // the length of the MSS option
    const Result result = read_all(file_header() + record(ethernet(packet)));
    ASSERT_EQ(result.packets.size(), 1u);
    EXPECT_EQ(result.packets[0].option_fault, Fault::option_length_illegal);
    EXPECT_EQ(result.packets[0].segment.mss, 0);
    EXPECT_TRUE(result.packets[0].segment.syn());
}

TEST(Capture, MarksBrokenAndOffloadedChecksums) {
    Octets wrong = ip_packet();
    wrong[37] ^= 0x55;
    Octets zero = ip_packet();
    zero[36] = zero[37] = 0;
    const Result result = read_all(file_header() + record(ethernet(wrong)) + record(ethernet(zero)));
    ASSERT_EQ(result.packets.size(), 2u);
    EXPECT_EQ(result.packets[0].checksum, Checksum::wrong);
    EXPECT_EQ(result.packets[1].checksum, Checksum::offloaded);
}

TEST(Capture, ReadsFromAPipe) {
    const auto through_pipe = [](const Octets& octets) {
        int ends[2];
        EXPECT_EQ(pipe(ends), 0);
        EXPECT_EQ(write(ends[1], octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
        close(ends[1]);
        return read_all(CaptureReader{fdopen(ends[0], "rb"), "pipe"});
    };
    const Octets whole = file_header() + record(ethernet(ip_packet())) + record(ethernet(ip_packet()));
    EXPECT_EQ(through_pipe(whole).packets.size(), 2u);
    EXPECT_EQ(through_pipe(whole).error, "");
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    ASSERT_EQ(write(ends[1], whole.data(), whole.size()), static_cast<ssize_t>(whole.size()));
    close(ends[1]);
    CaptureReader in{fdopen(ends[0], "rb"), "pipe"};
    ASSERT_TRUE(in.next());
    EXPECT_EQ(in.octets(), 0u) << "a pipe does not tell";
    const Result cut = through_pipe(Octets(whole.begin(), whole.end() - 1));
    EXPECT_EQ(cut.packets.size(), 1u);
    EXPECT_TRUE(cut.error.starts_with("pipe: after packet 1: truncated")) << cut.error;
}

TEST(Capture, CanBeMovedWhileItIsRead) {
    Octets octets = file_header() + record(ethernet(ip_packet())) + record(ethernet(ip_packet()));
    CaptureReader first = reader(octets);
    EXPECT_TRUE(first.next());
    CaptureReader second = std::move(first);
    const auto packet = second.next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->number, 2u);
}

TEST(Capture, ReturnsAtThePacketThatIsAskedForAndTellsTheOctetsRead) {
    const Octets arp = ethernet(Octets(28, 0), {0x08, 0x06});
    Octets octets = file_header() + record(arp) + record(arp) + record(arp) + record(ethernet(ip_packet()));
    const std::uint64_t arp_record = 16 + arp.size();
    CaptureReader in = reader(octets);
    EXPECT_EQ(in.octets(), 24u);
    EXPECT_FALSE(in.next(2));
    EXPECT_FALSE(in.ended());
    EXPECT_EQ(in.packets(), 2u);
    EXPECT_EQ(in.octets(), 24 + 2 * arp_record);
    EXPECT_FALSE(in.next(2)) << "it is there already";
    EXPECT_EQ(in.packets(), 2u);
    const auto packet = in.next(4);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->number, 4u);
    EXPECT_FALSE(in.next());
    EXPECT_TRUE(in.ended());
    EXPECT_EQ(in.error(), "");
    EXPECT_EQ(in.octets(), octets.size());
}

// --- what is broken ---

TEST(BrokenCapture, CutAtEveryOctetStillDeliversTheWholeRecordsBeforeIt) {
    const Octets frame = ethernet(ip_packet());
    const Octets whole = file_header() + record(frame) + record(frame) + record(frame);
    const std::size_t record_size = 16 + frame.size();
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const Result result = read_all(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
        const bool at_a_boundary = n >= 24 && (n - 24) % record_size == 0;
        EXPECT_EQ(result.packets.size(), n < 24 ? 0 : (n - 24) / record_size) << n;
        EXPECT_EQ(result.error.empty(), at_a_boundary) << n << " " << result.error;
        if (at_a_boundary) continue;
        const std::string where = "test: offset " + std::to_string(n < 24 ? 0 : n) + ": truncated";
        EXPECT_TRUE(result.error.starts_with(where)) << result.error;
    }
}

TEST(BrokenCapture, PcapngCutAtEveryOctetStillDeliversTheWholeBlocksBeforeIt) {
    const Octets head = section() + interface();
    const Octets packet = enhanced_packet(ethernet(ip_packet()));
    const Octets whole = head + packet + packet;
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const Result result = read_all(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
        const bool at_a_boundary = n >= head.size() && (n - head.size()) % packet.size() == 0;
        EXPECT_EQ(result.packets.size(), n < head.size() ? 0 : (n - head.size()) / packet.size()) << n;
        EXPECT_EQ(result.error.empty(), at_a_boundary) << n << " " << result.error;
        EXPECT_EQ(result.error.starts_with("test: offset "), !at_a_boundary) << result.error;
    }
}

TEST(BrokenCapture, NamesALinkTypeThatItCannotRead) {
    EXPECT_EQ(read_all(file_header(105) + record(ethernet(ip_packet()))).error,
              "test: offset 24: unsupported link type IEEE802_11");
    EXPECT_EQ(read_all(file_header(9999)).error, "test: offset 24: unsupported link type number 9999");
    const std::string pcapng = read_all(section() + interface(105)).error;
    EXPECT_TRUE(pcapng.ends_with("unsupported link type IEEE802_11")) << pcapng;
}

TEST(BrokenCapture, RefusesWhatIsNoCapture) {
    EXPECT_TRUE(read_all(Octets{}).error.starts_with("test: offset 0: truncated")) << read_all(Octets{}).error;
    const std::string text = "GET / HTTP/1.1\r\nHost: example\r\n\r\n";
    const std::string error = read_all(Octets(text.begin(), text.end())).error;
    EXPECT_TRUE(error.ends_with("unknown file format")) << error;
    EXPECT_EQ(CaptureReader{"/nonexistent/x.pcap"}.error(), "/nonexistent/x.pcap: offset 0: No such file or directory");
    EXPECT_TRUE(CaptureReader{"/"}.error().starts_with("/: offset 0: ")) << CaptureReader{"/"}.error();
    EXPECT_FALSE(CaptureReader{"/nonexistent/x.pcap"}.next());
    EXPECT_EQ((CaptureReader{nullptr, "nothing"}.error()), "nothing: offset 0: not open");
}

TEST(BrokenCapture, StopsAtAnAbsurdLengthWithoutAllocatingIt) {
    const Octets good = file_header() + record(ethernet(ip_packet()));
    for (const std::uint32_t captured : {0x7fffffffu, 0xffffffffu, 0x10000000u}) {
        const Result result = read_all(good + u32(1) + u32(0) + u32(captured) + u32(captured) + Octets(100, 0));
        EXPECT_EQ(result.packets.size(), 1u);
        EXPECT_TRUE(result.error.starts_with("test: offset ")) << result.error;
    }
    // A length on the wire that only claims to be large harms nothing: IP knows its own.
    const Octets frame = ethernet(ip_packet());
    const Result claimed = read_all(file_header() + u32(1) + u32(0) + u32(frame.size()) + u32(0xffffffff) + frame);
    ASSERT_EQ(claimed.packets.size(), 1u);
    EXPECT_EQ(claimed.packets[0].segment, syn_segment());
    // ... unless IP leaves it open.
    Octets offloaded = frame;
    offloaded[16] = offloaded[17] = 0;
    EXPECT_EQ(
        read_all(file_header() + u32(1) + u32(0) + u32(frame.size()) + u32(0xffffffff) + offloaded).skipped.malformed,
        1u);

    for (const std::uint32_t length : {0u, 8u, 13u, 0x7ffffff0u, 0xffffffffu}) {
        const Result result =
            read_all(section() + interface() + enhanced_packet(frame) + u32(6) + u32(length) + Octets(100, 0));
        EXPECT_EQ(result.packets.size(), 1u);
        EXPECT_TRUE(result.error.starts_with("test: offset ")) << result.error;
    }
}

TEST(BrokenCapture, StopsAtAnAbsurdTime) {
    // Resolution of one second, and 2^63 of them.
    const Octets seconds = u16(9) + u16(1) + Octets{0, 0, 0, 0} + u16(0) + u16(0);
    const Octets frame = ethernet(ip_packet());
    const Result result = read_all(section() + interface(1, seconds) + enhanced_packet(frame, 7) +
                                   enhanced_packet(frame, 0x7fffffffffffffff));
    ASSERT_EQ(result.packets.size(), 1u) << result.error;
    EXPECT_EQ(result.packets[0].time_ns, 7'000'000'000);
    EXPECT_NE(result.error.find("absurd time"), std::string::npos) << result.error;
}

TEST(BrokenCapture, StopsAtAnInterfaceOfAnotherLinkType) {
    const Octets frame = ethernet(ip_packet());
    const Result result = read_all(section() + interface() + enhanced_packet(frame) + interface(101) +
                                   enhanced_packet(ip_packet(), 0, 1));
    EXPECT_EQ(result.packets.size(), 1u);
    EXPECT_NE(result.error.find("interface"), std::string::npos) << result.error;
}

TEST(BrokenCapture, WithAnyOneOctetChangedEndsAndCountsEveryPacket) {
    const Octets frame = ethernet(ip_packet());
    for (const Octets& whole : {file_header() + record(frame) + record(frame),
                                section() + interface() + enhanced_packet(frame) + enhanced_packet(frame)}) {
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
                Octets changed = whole;
                changed[at] = static_cast<std::uint8_t>(value);
                const Result result = read_all(changed);  // counts are checked there
                EXPECT_LE(result.packets.size(), 2u);
            }
        }
    }
}

}  // namespace
}  // namespace lastack
