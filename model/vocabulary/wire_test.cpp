#include "lastack/vocabulary/wire.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace lastack {
namespace {

using Octets = std::vector<std::uint8_t>;

// "45 00 0028" -> octets; blanks are free.
Octets hex(std::string_view text) {
    Octets octets;
    int high = -1;
    for (const char c : text) {
        if (c == ' ') continue;
        const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            octets.push_back(static_cast<std::uint8_t>(high << 4 | digit));
            high = -1;
        }
    }
    return octets;
}

Octets operator+(Octets a, const Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

const Endpoint here = ipv4_endpoint({10, 0, 0, 1}, 1);
const Endpoint there = ipv4_endpoint({10, 0, 0, 2}, 2);
const Endpoint here6 = ipv6_endpoint({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1);
const Endpoint there6 = ipv6_endpoint({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 2);

// A SYN with all numbers zero, ports 1 and 2. By hand:
//   IP:  4500+0028+4000+4006+0a00+0001+0a00+0002 = d931, complement 26ce
//   TCP: pseudo-header 0a00+0001+0a00+0002+0006+0014 = 141d, header 0001+0002+5002 = 5005,
//        together 6422, complement 9bdd
const Octets ip_part = hex("4500 0028 0000 4000 4006 26ce 0a000001 0a000002");
const Octets tcp_part = hex("0001 0002 00000000 00000000 5002 0000 9bdd 0000");

Octets with_options(const std::string& options, std::size_t words) {
    Octets tcp = tcp_part;
    tcp[12] = static_cast<std::uint8_t>((5 + words) << 4);
    tcp = tcp + hex(options);
    EXPECT_EQ(tcp.size(), 20 + 4 * words) << "the test's own header";
    return tcp;
}

Parsed options_of(const std::string& options, std::size_t words) {
    const Octets tcp = with_options(options, words);
    return parse_tcp(tcp, tcp.size());
}

// --- reading ---

TEST(WireReading, ReadsAMinimalPacket) {
    const Parsed p = parse_packet(ip_part + tcp_part);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.src, here);
    EXPECT_EQ(p.dst, there);
    EXPECT_EQ(p.ttl, 64);
    EXPECT_EQ(p.checksum, Checksum::correct);
    EXPECT_EQ(p.text_at, 40u);
    EXPECT_FALSE(p.truncated);
    Segment syn;
    syn.flags = flag::syn;
    EXPECT_EQ(p.segment, syn);
}

TEST(WireReading, ReadsEveryFieldOfTheHeader) {
    const Octets tcp = hex("1234 5678 9abcdef0 0fedcba9 50ff abcd 0000 4321 00 01 02");
    const Parsed p = parse_tcp(tcp, tcp.size());
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.src.port, 0x1234);
    EXPECT_EQ(p.dst.port, 0x5678);
    EXPECT_EQ(p.segment.seq, Seq{0x9abcdef0});
    EXPECT_EQ(p.segment.ack, Seq{0x0fedcba9});
    EXPECT_EQ(p.segment.flags, 0xff);
    EXPECT_EQ(p.segment.wnd, 0xabcd);
    EXPECT_EQ(p.segment.urgent, 0x4321);
    EXPECT_EQ(p.segment.text, 3u);
    EXPECT_EQ(p.text_at, 20u);
}

TEST(WireReading, GivesNoMeaningToAnAckNumberWithoutTheBit) {
    const Octets tcp = hex("0001 0002 00000000 0fedcba9 5002 0000 0000 0000");
    EXPECT_EQ(parse_tcp(tcp, tcp.size()).segment.ack, Seq{0});
}

TEST(WireReading, IgnoresReservedBits) {
    Octets tcp = tcp_part;
    tcp[12] = 0x5f;
    const Parsed p = parse_tcp(tcp, tcp.size());
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.segment.flags, flag::syn);
}

TEST(WireReading, TellsTheFourKindsOfChecksum) {
    Octets packet = ip_part + tcp_part;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::correct);
    packet[37] ^= 1;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::wrong);
    packet[36] = 0x14;  // the pseudo-header's sum, 141d
    packet[37] = 0x1d;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::offloaded);
    packet[37] = 0x09;  // ... without the length of 0014
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::offloaded);
    packet[36] = packet[37] = 0;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::offloaded);
    packet[3] += 1;  // one octet of text that was not captured
    EXPECT_EQ(parse_packet(packet, 41).checksum, Checksum::unknown);
}

TEST(WireReading, SumsAnOddOctetBeforeAZero) {
    // One octet ab: text adds ab00 and the length 1 to 6422: 10f23, folded 0f24, complement f0db.
    Octets packet = ip_part + tcp_part + hex("ab");
    packet[3] = 0x29;
    packet[36] = 0xf0;
    packet[37] = 0xdb;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::correct);
    packet[40] ^= 0x80;
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::wrong);
}

TEST(WireReading, SkipsIpv4Options) {
    Octets ip = ip_part;
    ip[0] = 0x46;
    ip[3] = 0x2c;
    const Parsed p = parse_packet(ip + hex("01 01 01 00") + tcp_part);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.text_at, 44u);
    EXPECT_EQ(p.checksum, Checksum::correct) << "IP options are no part of the pseudo-header";
}

TEST(WireReading, CutsOffTheLinkLayersPadding) {
    const Parsed p = parse_packet(ip_part + tcp_part + hex("00 00 00 00 00 00"));
    EXPECT_EQ(p.segment.text, 0u);
    EXPECT_EQ(p.checksum, Checksum::correct);
}

TEST(WireReading, TakesATotalLengthOfZeroForAnOffloadedSuperSegment) {
    Octets packet = ip_part + tcp_part;
    packet[2] = packet[3] = 0;
    const Parsed p = parse_packet(packet, 40 + 100'000);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.segment.text, 100'000u);
    EXPECT_TRUE(p.truncated);
    EXPECT_EQ(p.checksum, Checksum::unknown);
    EXPECT_EQ(parse_packet(packet, 0xffffffff).fault, Fault::ip_total_length) << "absurd";
}

TEST(WireReading, SaysWhyAnIpv4PacketHoldsNoSegment) {
    const auto fault = [](std::size_t at, int value) {
        Octets packet = ip_part + tcp_part;
        packet[at] = static_cast<std::uint8_t>(value);
        const Parsed p = parse_packet(packet);
        EXPECT_FALSE(p.has_segment());
        return std::pair{p.fault, p.fault_at};
    };
    using Found = std::pair<Fault, std::uint32_t>;
    EXPECT_EQ(fault(0, 0x55), Found(Fault::not_ip, 0));
    EXPECT_EQ(fault(0, 0x44), Found(Fault::ip_header_length, 0));
    EXPECT_EQ(fault(0, 0x4f), Found(Fault::ip_total_length, 2)) << "header of 60 octets in a packet of 40";
    EXPECT_EQ(fault(3, 0x13), Found(Fault::ip_total_length, 2)) << "19 octets";
    EXPECT_EQ(fault(3, 0x29), Found(Fault::ip_total_length, 2)) << "one more than there is";
    EXPECT_EQ(fault(3, 0x27), Found(Fault::tcp_header_cut, 20)) << "19 octets for TCP";
    EXPECT_EQ(fault(6, 0x20), Found(Fault::fragment, 6)) << "more fragments";
    EXPECT_EQ(fault(7, 0x01), Found(Fault::fragment, 6)) << "a later fragment";
    EXPECT_EQ(fault(9, 17), Found(Fault::not_tcp, 9));
    EXPECT_EQ(fault(32, 0x40), Found(Fault::tcp_data_offset, 32)) << "four words";
    EXPECT_EQ(fault(32, 0x60), Found(Fault::tcp_data_offset, 32)) << "beyond the packet";
}

TEST(WireReading, NeverReadsBehindTheEnd) {
    // Every beginning of a packet, in a buffer of just that size, so that a sanitizer sees one octet too many.
    Octets packet = ip_part + with_options("0204 05b4 0402 080a 00000001 00000002 01 030307", 5);
    packet[3] = static_cast<std::uint8_t>(packet.size());
    for (std::size_t n = 0; n < packet.size(); ++n) {
        const Octets cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(n));
        const Parsed p = parse_packet(cut, packet.size());
        if (n < 20) {
            EXPECT_EQ(p.fault, Fault::ip_header_cut) << n;
        } else if (n < 40) {
            EXPECT_EQ(p.fault, Fault::tcp_header_cut) << n;
        } else {
            EXPECT_EQ(p.fault, Fault::none) << n << ": an option that was not captured is no fault";
            EXPECT_TRUE(p.truncated);
            EXPECT_EQ(p.checksum, Checksum::unknown);
            EXPECT_EQ(p.segment.text, 0u);
            EXPECT_EQ(p.segment.mss, n >= 44 ? 1460 : 0);
            EXPECT_EQ(p.segment.sack_permitted, n >= 46);
            EXPECT_EQ(p.segment.has_ts, n >= 56);
            EXPECT_EQ(p.segment.wscale, Segment::no_wscale);
        }
    }
}

// --- IPv6 ---

// By hand: pseudo-header 2 x (2001+0db8) + 0001+0002+0006+0014 = 5b8f, header 5005, together ab94,
// complement 546b.
Octets ipv6_packet(int next, const Octets& extensions) {
    Octets packet = hex("60000000 0014 06 40 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002");
    packet[5] = static_cast<std::uint8_t>(20 + extensions.size());
    packet[6] = static_cast<std::uint8_t>(next);
    return packet + extensions + hex("0001 0002 00000000 00000000 5002 0000 546b 0000");
}

TEST(WireReading, ReadsIpv6) {
    const Parsed p = parse_packet(ipv6_packet(6, {}));
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.src, here6);
    EXPECT_EQ(p.dst, there6);
    EXPECT_EQ(p.ttl, 64);
    EXPECT_EQ(p.checksum, Checksum::correct);
    EXPECT_EQ(p.text_at, 60u);
}

TEST(WireReading, WalksAlongIpv6ExtensionHeaders) {
    const Octets hop_by_hop_of_16 = hex("3c 01 01 0c 000000000000000000000000");
    const Octets destination_of_8 = hex("33 00 01 04 00000000");
    const Octets authentication_of_16 = hex("2c 02 0000 00000000 00000000 00000000");
    const Octets atomic_fragment = hex("06 00 0000 12345678");
    const Parsed p =
        parse_packet(ipv6_packet(0, hop_by_hop_of_16 + destination_of_8 + authentication_of_16 + atomic_fragment));
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.text_at, 60u + 16 + 8 + 16 + 8);
    EXPECT_EQ(p.checksum, Checksum::correct);
}

TEST(WireReading, SaysWhyAnIpv6PacketHoldsNoSegment) {
    const auto fault = [](int next, const std::string& extensions) {
        const Parsed p = parse_packet(ipv6_packet(next, hex(extensions)));
        return std::pair{p.fault, p.fault_at};
    };
    using Found = std::pair<Fault, std::uint32_t>;
    EXPECT_EQ(fault(17, ""), Found(Fault::not_tcp, 40));
    EXPECT_EQ(fault(59, ""), Found(Fault::not_tcp, 40));
    EXPECT_EQ(fault(50, ""), Found(Fault::not_tcp, 40)) << "encrypted";
    EXPECT_EQ(fault(0, "11 00 0104 00000000"), Found(Fault::not_tcp, 48));
    EXPECT_EQ(fault(44, "06 00 0001 00000000"), Found(Fault::fragment, 40)) << "more fragments";
    EXPECT_EQ(fault(44, "06 00 0008 00000000"), Found(Fault::fragment, 40)) << "a later fragment";
    EXPECT_EQ(fault(0, "06 ff 0104 00000000"), Found(Fault::ip_header_cut, 40)) << "2048 octets long";
    Octets packet = ipv6_packet(6, {});
    packet[5] = 21;
    EXPECT_EQ(parse_packet(packet).fault, Fault::ip_total_length);
    packet[4] = packet[5] = 0;
    EXPECT_EQ(parse_packet(packet, 60 + 70'000).segment.text, 70'000u) << "payload length zero: offloaded";
}

// --- options ---

TEST(TcpOptions, AreReadOnAnyOctetBoundary) {
    const Parsed p = options_of("01 020405b4 01 01 080a 00000007 00000009 0402 01 03030a 00", 6);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.segment.mss, 1460);
    EXPECT_TRUE(p.segment.has_ts);
    EXPECT_EQ(p.segment.tsval, 7u);
    EXPECT_EQ(p.segment.tsecr, 9u);
    EXPECT_TRUE(p.segment.sack_permitted);
    EXPECT_EQ(p.segment.wscale, 10);
}

TEST(TcpOptions, UnknownOnesWithALengthAreIgnored) {
    const Parsed p = options_of("fe06 ffffffff 050a 00000001 00000002 1c02 020405b4 fd02", 6);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.segment.mss, 1460);
}

TEST(TcpOptions, EndAtEndOfList) {
    const Parsed p = options_of("00 020405b4 000000", 2);
    EXPECT_EQ(p.fault, Fault::none);
    EXPECT_EQ(p.segment.mss, 0);
}

TEST(TcpOptions, WindowScaleAbove14CountsAs14) {
    EXPECT_EQ(options_of("03030e 00", 1).segment.wscale, 14);
    EXPECT_EQ(options_of("03030f 00", 1).segment.wscale, 14);
    EXPECT_EQ(options_of("0303ff 00", 1).segment.wscale, 14);
    EXPECT_EQ(options_of("030300 00", 1).segment.wscale, 0);
}

TEST(TcpOptions, IllegalLengthsAreReportedAndWhatStoodBeforeIsKept) {
    struct Case {
        const char* options;
        std::size_t words;
        Fault fault;
        std::uint32_t at;
    };
    for (const Case& c : {
             Case{"020405b4 0800 0000", 2, Fault::option_length_illegal, 24},
             Case{"020405b4 fe01 0000", 2, Fault::option_length_illegal, 24},
             Case{"020405b4 010101fe", 2, Fault::option_length_missing, 27},
             Case{"020405b4 01fe0400", 2, Fault::option_overruns, 25},
             Case{"020405b4 080a0000", 2, Fault::option_overruns, 24},
             Case{"020405b4 fdff0000", 2, Fault::option_overruns, 24},
         }) {
        const Parsed p = options_of(c.options, c.words);
        EXPECT_EQ(p.fault, c.fault) << c.options;
        EXPECT_EQ(p.fault_at, c.at) << c.options;
        EXPECT_TRUE(p.has_segment()) << c.options;
        EXPECT_EQ(p.segment.mss, 1460) << c.options;
        EXPECT_FALSE(p.segment.has_ts) << c.options;
    }
}

TEST(TcpOptions, KnownOnesOfAnotherLengthAreReportedAndSkipped) {
    for (const char* unfit : {"0203ff", "030401", "0403ff", "08030a"}) {
        const std::string filled = std::string{unfit} + (std::string_view{unfit} == "030401" ? "ff" : "01");
        const Parsed p = options_of(filled + "01030307", 2);
        EXPECT_EQ(p.fault, Fault::option_length_unfit) << unfit;
        EXPECT_EQ(p.fault_at, 20u) << unfit;
        EXPECT_EQ(p.segment.mss, 0) << unfit;
        EXPECT_FALSE(p.segment.sack_permitted) << unfit;
        EXPECT_FALSE(p.segment.has_ts) << unfit;
        EXPECT_EQ(p.segment.wscale, 7) << unfit << ": what follows is read";
    }
}

TEST(TcpOptions, EveryPairOfKindAndLengthEnds) {
    for (int kind = 0; kind < 256; ++kind) {
        for (int length = 0; length < 256; ++length) {
            Octets tcp = tcp_part;
            tcp[12] = 0xf0;
            tcp.resize(60, 1);
            tcp[20] = static_cast<std::uint8_t>(kind);
            tcp[21] = static_cast<std::uint8_t>(length);
            const Parsed p = parse_tcp(tcp, tcp.size());
            ASSERT_TRUE(p.has_segment());
            if (kind <= 1) continue;  // no length there
            EXPECT_EQ(p.fault == Fault::option_length_illegal, length < 2) << kind << " " << length;
            EXPECT_EQ(p.fault == Fault::option_overruns, length > 40) << kind << " " << length;
        }
    }
}

// --- writing ---

TEST(WireWriting, WritesAMinimalPacket) {
    Segment syn;
    syn.flags = flag::syn;
    Octets packet;
    ASSERT_EQ(serialise(syn, here, there, packet), Unwritable::none);
    EXPECT_EQ(packet, ip_part + tcp_part);
    ASSERT_EQ(serialise(syn, here6, there6, packet), Unwritable::none);
    EXPECT_EQ(packet, ipv6_packet(6, {}));
}

TEST(WireWriting, PutsOptionsOnWordBoundaries) {
    Segment s;
    s.flags = flag::syn | flag::ack;
    s.mss = 1460;
    s.wscale = 7;
    s.sack_permitted = true;
    s.has_ts = true;
    s.tsval = 1;
    s.tsecr = 2;
    Octets packet;
    ASSERT_EQ(serialise(s, here, there, packet), Unwritable::none);
    EXPECT_EQ(Octets(packet.begin() + 40, packet.end()), hex("020405b4 0402 080a 00000001 00000002 01 030307"));
    EXPECT_EQ(packet[32], 0xa0) << "ten words";

    Segment ack;
    ack.flags = flag::ack;
    ack.has_ts = true;
    ASSERT_EQ(serialise(ack, here, there, packet), Unwritable::none);
    EXPECT_EQ(Octets(packet.begin() + 40, packet.end()), hex("0101 080a 00000000 00000000"));
}

TEST(WireWriting, CarriesTheTextOrZerosForIt) {
    Segment s;
    s.flags = flag::ack;
    s.text = 3;
    Octets packet;
    ASSERT_EQ(serialise(s, here, there, packet, hex("aabbcc"), 7), Unwritable::none);
    EXPECT_EQ(Octets(packet.begin() + 40, packet.end()), hex("aabbcc"));
    EXPECT_EQ(packet[8], 7);
    ASSERT_EQ(serialise(s, here, there, packet), Unwritable::none);
    EXPECT_EQ(Octets(packet.begin() + 40, packet.end()), hex("000000"));
}

TEST(WireWriting, ReadsBackWhatItWrote) {
    Octets packet;
    for (const auto& [from, to] : {std::pair{here, there}, std::pair{there6, here6}}) {
        for (unsigned flags = 0; flags < 256; ++flags) {
            for (unsigned options = 0; options < 32; ++options) {
                Segment s;
                s.flags = static_cast<std::uint8_t>(flags);
                s.seq = Seq{0x89abcdefu * (flags + 1)};
                s.ack = Seq{s.has_ack() ? 0x12345678u * (options + 1) : 0u};
                s.text = flags * options % 1461;
                s.wnd = static_cast<std::uint16_t>(flags * 255);
                s.urgent = static_cast<std::uint16_t>(options & 1 ? flags : 0);
                s.has_ts = (options & 2) != 0;
                s.tsval = s.has_ts ? 0xfedcba98u : 0u;
                s.mss = static_cast<std::uint16_t>(s.syn() && (options & 4) ? 536 : 0);
                s.wscale = s.syn() && (options & 8) ? static_cast<std::int8_t>(flags % 15) : Segment::no_wscale;
                s.sack_permitted = s.syn() && (options & 16) != 0;
                ASSERT_EQ(serialise(s, from, to, packet), Unwritable::none);
                const Parsed p = parse_packet(packet);
                ASSERT_EQ(p.fault, Fault::none);
                ASSERT_EQ(p.segment, s);
                ASSERT_EQ(p.src, from);
                ASSERT_EQ(p.dst, to);
                ASSERT_EQ(p.checksum, Checksum::correct);
            }
        }
    }
}

TEST(WireWriting, RefusesWhatMustNotBeSent) {
    Octets packet{1, 2, 3};
    const auto refusal = [&packet](const Segment& s, const Endpoint& to, const Octets& text = {}) {
        const Unwritable why = serialise(s, here, to, packet, text);
        EXPECT_TRUE(packet.empty());
        return why;
    };
    Segment s;
    s.flags = flag::ack;
    s.mss = 1460;
    EXPECT_EQ(refusal(s, there), Unwritable::mss_without_syn);
    s.mss = 0;
    s.wscale = 3;
    EXPECT_EQ(refusal(s, there), Unwritable::syn_option_without_syn);
    s.wscale = Segment::no_wscale;
    s.sack_permitted = true;
    EXPECT_EQ(refusal(s, there), Unwritable::syn_option_without_syn);
    s.sack_permitted = false;
    EXPECT_EQ(refusal(s, there6), Unwritable::families_differ);
    s.text = 2;
    EXPECT_EQ(refusal(s, there, hex("00")), Unwritable::text_differs);
    s.text = 65535 - 40 + 1;
    EXPECT_EQ(refusal(s, there), Unwritable::too_long);
    s.text = 0xffffffff;
    EXPECT_EQ(refusal(s, there), Unwritable::too_long);
    s.text = 0;
    s.security_mismatch = true;
    EXPECT_EQ(refusal(s, there), Unwritable::security);
    s.security_mismatch = false;
    s.flags = flag::syn;
    s.wscale = 15;
    EXPECT_EQ(refusal(s, there), Unwritable::wscale_out_of_range);
    s.wscale = -2;
    EXPECT_EQ(refusal(s, there), Unwritable::wscale_out_of_range);

    s.wscale = Segment::no_wscale;
    s.text = 65535 - 40;
    EXPECT_EQ(serialise(s, here, there, packet), Unwritable::none);
    EXPECT_EQ(parse_packet(packet).checksum, Checksum::correct);
}

// --- addresses ---

TEST(Endpoints, PrintAsPeopleWriteThem) {
    EXPECT_EQ(to_string(ipv4_endpoint({192, 0, 2, 1}, 80)), "192.0.2.1:80");
    EXPECT_EQ(to_string(ipv6_endpoint({}, 0)), "[::]:0");
    EXPECT_EQ(to_string(here6), "[2001:db8::1]:1");
    // RFC 5952: the longest run of zeros, the first of equal ones, never a single group.
    const auto print = [](std::initializer_list<int> groups) {
        std::array<std::uint8_t, 16> address{};
        std::size_t i = 0;
        for (const int g : groups) {
            address[i++] = static_cast<std::uint8_t>(g >> 8);
            address[i++] = static_cast<std::uint8_t>(g);
        }
        return to_string(ipv6_endpoint(address, 443));
    };
    EXPECT_EQ(print({0, 0, 0, 0, 0, 0, 0, 1}), "[::1]:443");
    EXPECT_EQ(print({1, 0, 0, 0, 0, 0, 0, 0}), "[1::]:443");
    EXPECT_EQ(print({0x2001, 0xdb8, 0, 0, 1, 0, 0, 1}), "[2001:db8::1:0:0:1]:443");
    EXPECT_EQ(print({0x2001, 0, 0, 1, 0, 0, 0, 1}), "[2001:0:0:1::1]:443");
    EXPECT_EQ(print({1, 2, 3, 0, 5, 6, 0xabcd, 0x10}), "[1:2:3:0:5:6:abcd:10]:443");
}

TEST(Endpoints, AreKeys) {
    std::unordered_set<Endpoint> set;
    for (unsigned port = 0; port < 1000; ++port) {
        set.insert(ipv4_endpoint({10, 0, 0, 1}, static_cast<std::uint16_t>(port)));
        set.insert(ipv4_endpoint({10, 0, 0, 2}, static_cast<std::uint16_t>(port)));
    }
    EXPECT_EQ(set.size(), 2000u);
    EXPECT_TRUE(set.contains(ipv4_endpoint({10, 0, 0, 2}, 999)));
    std::unordered_set<std::size_t> hashes;
    for (const Endpoint& e : set) hashes.insert(std::hash<Endpoint>{}(e));
    EXPECT_GT(hashes.size(), 1990u);
    EXPECT_NE(ipv4_endpoint({0, 0, 0, 0}, 1), ipv6_endpoint({}, 1)) << "the family counts";
}

TEST(Endpoints, OfManyOrOfNobodyAreRecognised) {
    EXPECT_TRUE(addressed_to_many(ipv4_endpoint({224, 0, 0, 1}, 1)));
    EXPECT_TRUE(addressed_to_many(ipv4_endpoint({239, 255, 255, 255}, 1)));
    EXPECT_TRUE(addressed_to_many(ipv4_endpoint({255, 255, 255, 255}, 1)));
    EXPECT_FALSE(addressed_to_many(ipv4_endpoint({223, 255, 255, 255}, 1)));
    EXPECT_FALSE(addressed_to_many(ipv4_endpoint({240, 0, 0, 1}, 1)));
    EXPECT_TRUE(addressed_to_many(ipv6_endpoint({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1)));
    EXPECT_FALSE(addressed_to_many(there6));
    EXPECT_TRUE(valid_source(here));
    EXPECT_TRUE(valid_source(here6));
    EXPECT_TRUE(valid_source(ipv4_endpoint({127, 0, 0, 1}, 1)));
    EXPECT_FALSE(valid_source(ipv4_endpoint({0, 0, 0, 0}, 1)));
    EXPECT_FALSE(valid_source(ipv6_endpoint({}, 1)));
    EXPECT_FALSE(valid_source(ipv4_endpoint({224, 0, 0, 1}, 1)));
    EXPECT_FALSE(valid_source(ipv4_endpoint({255, 255, 255, 255}, 1)));
}

}  // namespace
}  // namespace lastack
