// The wire codec. Reading trusts nothing: every length is checked against the octets that are there.
#include "lastack/vocabulary/wire.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace lastack {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t protocol_tcp = 6;
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t tcp_header = 20;
constexpr std::int8_t largest_wscale = 14;
// Beyond the largest packet that segmentation offload makes: a length that stands for itself alone
// (total length zero) is not believed above it.
constexpr std::size_t largest_super_segment = 1 << 20;

namespace kind {
constexpr std::uint8_t end_of_list = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t mss = 2;
constexpr std::uint8_t window_scale = 3;
constexpr std::uint8_t sack_permitted = 4;
constexpr std::uint8_t timestamps = 8;
}  // namespace kind

std::uint16_t read16(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] << 8 | p[1]); }
std::uint32_t read32(const std::uint8_t* p) { return std::uint32_t{read16(p)} << 16 | read16(p + 2); }

void write16(std::uint8_t* p, std::uint32_t v) {
    p[0] = static_cast<std::uint8_t>(v >> 8);
    p[1] = static_cast<std::uint8_t>(v);
}
void write32(std::uint8_t* p, std::uint32_t v) {
    write16(p, v >> 16);
    write16(p + 2, v);
}

std::uint16_t fold(std::uint64_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

// The one's complement sum of 16-bit words, an odd octet at the end standing before a zero. The order of
// octets commutes with this sum (RFC 1071 2), so words are added as the machine reads them, eight octets
// at a time, and the result is turned once.
std::uint16_t ones_complement_sum(Octets octets) {
    const std::uint8_t* p = octets.data();
    std::size_t left = octets.size();
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    for (; left >= 8; p += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        low += word & 0xffffffff;
        high += word >> 32;
    }
    if (left != 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, left);
        low += word & 0xffffffff;
        high += word >> 32;
    }
    const std::uint16_t sum = fold(std::uint64_t{fold(low)} + fold(high));
    if constexpr (std::endian::native == std::endian::big) return sum;
    return static_cast<std::uint16_t>(sum << 8 | sum >> 8);
}

// The pseudo-header's part of the checksum (RFC 9293 3.1, RFC 8200 8.1). Unused address octets are zero.
std::uint64_t pseudo_header_sum(const Endpoint& src, const Endpoint& dst, std::size_t length) {
    return std::uint64_t{ones_complement_sum(src.address)} + ones_complement_sum(dst.address) + protocol_tcp + length;
}

Checksum judge_checksum(Octets tcp, const Endpoint& src, const Endpoint& dst) {
    const std::uint16_t field = read16(tcp.data() + 16);
    if (fold(pseudo_header_sum(src, dst, tcp.size()) + ones_complement_sum(tcp)) == 0xffff) return Checksum::correct;
    // Some drivers leave the length out of the sum that they hand to the card, for it cuts the segment.
    const bool unfinished = field == 0 || field == fold(pseudo_header_sum(src, dst, tcp.size())) ||
                            field == fold(pseudo_header_sum(src, dst, 0));
    return unfinished ? Checksum::offloaded : Checksum::wrong;
}

// A known option of exactly its own length goes into the segment; false for another length.
bool read_option(Octets option, Segment& s) {
    const std::uint8_t* p = option.data();
    switch (p[0]) {
        case kind::mss:
            if (option.size() != 4) return false;
            s.mss = read16(p + 2);
            return true;
        case kind::window_scale:
            if (option.size() != 3) return false;
            s.wscale = static_cast<std::int8_t>(std::min<int>(p[2], largest_wscale));
            return true;
        case kind::sack_permitted:
            if (option.size() != 2) return false;
            s.sack_permitted = true;
            return true;
        case kind::timestamps:
            if (option.size() != 10) return false;
            s.has_ts = true;
            s.tsval = read32(p + 2);
            s.tsecr = read32(p + 6);
            return true;
        default:
            return true;  // MUST-6
    }
}

// `header` is the TCP header as far as it was captured, `header_length` what it says of itself.
void read_options(Octets header, std::size_t header_length, Parsed& parsed) {
    const auto fault = [&parsed](Fault what, std::size_t where) {
        if (parsed.fault != Fault::none) return;
        parsed.fault = what;
        parsed.fault_at = static_cast<std::uint32_t>(where);
    };
    for (std::size_t at = tcp_header; at < header.size();) {
        if (header[at] == kind::end_of_list) return;
        if (header[at] == kind::no_operation) {
            ++at;
            continue;
        }
        if (at + 1 >= header_length) return fault(Fault::option_length_missing, at);
        if (at + 1 >= header.size()) return;
        const std::size_t length = header[at + 1];
        if (length < 2) return fault(Fault::option_length_illegal, at);
        if (at + length > header_length) return fault(Fault::option_overruns, at);
        if (at + length > header.size()) return;
        if (!read_option(header.subspan(at, length), parsed.segment)) fault(Fault::option_length_unfit, at);
        at += length;
    }
}

struct Ip {
    std::size_t tcp_at{0};  ///< offset of the TCP header
    std::size_t end{0};     ///< offset behind the packet, by its own account
};

Fault read_ipv4(Octets octets, std::size_t length, Parsed& parsed, Ip& ip) {
    if (octets.size() < ipv4_header) return Fault::ip_header_cut;
    const std::uint8_t* p = octets.data();
    ip.tcp_at = std::size_t{4} * (p[0] & 0x0f);
    ip.end = read16(p + 2);
    if (ip.end == 0) ip.end = length;
    parsed.ttl = p[8];
    parsed.src.family = parsed.dst.family = 4;
    std::copy_n(p + 12, 4, parsed.src.address.begin());
    std::copy_n(p + 16, 4, parsed.dst.address.begin());
    if (ip.tcp_at < ipv4_header) return Fault::ip_header_length;
    if (ip.end < ip.tcp_at || ip.end > length || ip.end > largest_super_segment) {
        parsed.fault_at = 2;
        return Fault::ip_total_length;
    }
    const bool fragment = (read16(p + 6) & 0x3fff) != 0;  // more fragments, or an offset
    if (p[9] != protocol_tcp) {
        parsed.fault_at = 9;
        return Fault::not_tcp;
    }
    parsed.fault_at = fragment ? 6 : 0;
    return fragment ? Fault::fragment : Fault::none;
}

Fault read_ipv6(Octets octets, std::size_t length, Parsed& parsed, Ip& ip) {
    if (octets.size() < ipv6_header) return Fault::ip_header_cut;
    const std::uint8_t* p = octets.data();
    const std::size_t payload = read16(p + 4);
    ip.tcp_at = ipv6_header;
    ip.end = payload == 0 ? length : ipv6_header + payload;  // zero: a jumbogram, or offloaded
    parsed.ttl = p[7];
    parsed.src.family = parsed.dst.family = 6;
    std::copy_n(p + 8, 16, parsed.src.address.begin());
    std::copy_n(p + 24, 16, parsed.dst.address.begin());
    if (ip.end < ip.tcp_at || ip.end > length || ip.end > largest_super_segment) {
        parsed.fault_at = 4;
        return Fault::ip_total_length;
    }
    // Every extension header has at least eight octets, so this ends.
    for (std::uint8_t next = p[6]; next != protocol_tcp;) {
        constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51, destination = 60,
                               mobility = 135;
        const bool known = next == hop_by_hop || next == routing || next == fragment || next == authentication ||
                           next == destination || next == mobility;
        parsed.fault_at = static_cast<std::uint32_t>(ip.tcp_at);
        if (!known) return Fault::not_tcp;
        if (ip.tcp_at + 8 > std::min(octets.size(), ip.end)) return Fault::ip_header_cut;
        const std::uint8_t* header = p + ip.tcp_at;
        if (next == fragment) {
            if ((read16(header + 2) & 0xfff9) != 0) return Fault::fragment;  // all but an atomic one (RFC 6946)
            ip.tcp_at += 8;
        } else if (next == authentication) {
            ip.tcp_at += std::max<std::size_t>(8, 4 * (std::size_t{header[1]} + 2));
        } else {
            ip.tcp_at += 8 * (std::size_t{header[1]} + 1);
        }
        next = header[0];
    }
    if (ip.tcp_at > ip.end) return Fault::ip_header_cut;
    parsed.fault_at = 0;
    return Fault::none;
}

// Fills `parsed` from the TCP header; offsets count from it.
void read_tcp(Octets octets, std::size_t length, Parsed& parsed) {
    parsed.truncated = octets.size() < length;
    if (octets.size() > length) octets = octets.first(length);
    if (octets.size() < tcp_header) {
        parsed.fault = Fault::tcp_header_cut;
        return;
    }
    const std::uint8_t* p = octets.data();
    const std::size_t header_length = std::size_t{4} * (p[12] >> 4);
    parsed.src.port = read16(p);
    parsed.dst.port = read16(p + 2);
    if (header_length < tcp_header || header_length > length) {
        parsed.fault = Fault::tcp_data_offset;
        parsed.fault_at = 12;
        return;
    }
    Segment& s = parsed.segment;
    s.seq = Seq{read32(p + 4)};
    s.flags = p[13];
    if (s.has_ack()) s.ack = Seq{read32(p + 8)};
    s.wnd = read16(p + 14);
    s.urgent = read16(p + 18);
    s.text = static_cast<std::uint32_t>(length - header_length);
    parsed.text_at = static_cast<std::uint32_t>(header_length);
    read_options(octets.first(std::min(header_length, octets.size())), header_length, parsed);
}

// Options in the order that most stacks send, each block a multiple of four octets. Returns their length.
std::size_t write_options(const Segment& s, std::uint8_t* begin) {
    std::uint8_t* p = begin;
    const auto put = [&p](std::initializer_list<int> octets) {
        for (const int octet : octets) *p++ = static_cast<std::uint8_t>(octet);
    };
    if (s.mss != 0) put({kind::mss, 4, s.mss >> 8, s.mss & 0xff});
    if (s.sack_permitted && !s.has_ts) put({kind::no_operation, kind::no_operation});
    if (s.sack_permitted) put({kind::sack_permitted, 2});
    if (s.has_ts && !s.sack_permitted) put({kind::no_operation, kind::no_operation});
    if (s.has_ts) {
        put({kind::timestamps, 10});
        write32(p, s.tsval);
        write32(p + 4, s.tsecr);
        p += 8;
    }
    if (s.wscale != Segment::no_wscale) put({kind::no_operation, kind::window_scale, 3, s.wscale});
    return static_cast<std::size_t>(p - begin);
}

Unwritable refuse(const Segment& s, const Endpoint& src, const Endpoint& dst, Octets text) {
    if (src.family != dst.family) return Unwritable::families_differ;
    if (s.mss != 0 && !s.syn()) return Unwritable::mss_without_syn;
    if ((s.wscale != Segment::no_wscale || s.sack_permitted) && !s.syn()) return Unwritable::syn_option_without_syn;
    if (s.wscale < Segment::no_wscale || s.wscale > largest_wscale) return Unwritable::wscale_out_of_range;
    if (s.security_mismatch) return Unwritable::security;
    if (!text.empty() && text.size() != s.text) return Unwritable::text_differs;
    return Unwritable::none;
}

std::string print_ipv6(const std::array<std::uint8_t, 16>& address) {
    std::array<std::uint16_t, 8> groups;
    for (std::size_t i = 0; i < 8; ++i) groups[i] = read16(&address[2 * i]);
    // The longest run of at least two zero groups becomes "::", the first of equal ones (RFC 5952 4.2).
    std::size_t best = 8, best_length = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t end = i;
        while (end < 8 && groups[end] == 0) ++end;
        if (end - i > best_length) {
            best = i;
            best_length = end - i;
        }
        i = end + 1;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            text += "::";
            i += best_length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        for (int shift = 12; shift >= 0; shift -= 4) {
            if (shift == 0 || groups[i] >> shift != 0) text += digits[groups[i] >> shift & 0xf];
        }
    }
    return text;
}

}  // namespace

std::string to_string(const Endpoint& e) {
    std::string text;
    if (e.family == 6) {
        text.append("[").append(print_ipv6(e.address)).append("]");
    } else {
        for (std::size_t i = 0; i < 4; ++i) text.append(i == 0 ? "" : ".").append(std::to_string(e.address[i]));
    }
    return text.append(":").append(std::to_string(e.port));
}

Endpoint ipv4_endpoint(std::array<std::uint8_t, 4> address, std::uint16_t port) {
    Endpoint e;
    std::ranges::copy(address, e.address.begin());
    e.port = port;
    return e;
}

Endpoint ipv6_endpoint(std::array<std::uint8_t, 16> address, std::uint16_t port) {
    return {.address = address, .port = port, .family = 6};
}

bool addressed_to_many(const Endpoint& e) {
    if (e.family == 6) return e.address[0] == 0xff;
    const std::uint32_t address = read32(e.address.data());
    return address >> 28 == 0xe || address == 0xffffffff;
}

bool valid_source(const Endpoint& e) {
    const bool specified = std::ranges::any_of(e.address, [](std::uint8_t octet) { return octet != 0; });
    return specified && !addressed_to_many(e);
}

std::string_view name(Fault f) {
    switch (f) {
        case Fault::none:
            return "nothing wrong";
        case Fault::not_ip:
            return "IP version is neither 4 nor 6";
        case Fault::ip_header_cut:
            return "IP header is cut short";
        case Fault::ip_header_length:
            return "IPv4 header length is below 5 words";
        case Fault::ip_total_length:
            return "IP length does not fit the packet";
        case Fault::not_tcp:
            return "protocol is not TCP";
        case Fault::fragment:
            return "fragment of a packet";
        case Fault::tcp_header_cut:
            return "TCP header is cut short";
        case Fault::tcp_data_offset:
            return "TCP data offset is below 5 words or beyond the packet";
        case Fault::option_length_missing:
            return "TCP option has no length";
        case Fault::option_length_illegal:
            return "TCP option length is 0 or 1";
        case Fault::option_overruns:
            return "TCP option reaches beyond the header";
        case Fault::option_length_unfit:
            return "TCP option has a length that is not its own";
    }
    return "?";
}

std::string_view name(Unwritable u) {
    switch (u) {
        case Unwritable::none:
            return "writable";
        case Unwritable::families_differ:
            return "source and destination are of different IP versions";
        case Unwritable::mss_without_syn:
            return "MSS option without SYN (MUST-65)";
        case Unwritable::syn_option_without_syn:
            return "window scale or SACK permitted option without SYN";
        case Unwritable::wscale_out_of_range:
            return "window scale is outside 0..14";
        case Unwritable::text_differs:
            return "text is not as long as the segment says";
        case Unwritable::too_long:
            return "segment does not fit an IP packet";
        case Unwritable::security:
            return "a security mismatch has no form on the wire";
    }
    return "?";
}

Parsed parse_tcp(std::span<const std::uint8_t> octets, std::size_t length) {
    Parsed parsed;
    read_tcp(octets, length, parsed);
    return parsed;
}

Parsed parse_packet(std::span<const std::uint8_t> octets, std::size_t length) {
    Parsed parsed;
    if (octets.empty()) {
        parsed.fault = Fault::ip_header_cut;
        return parsed;
    }
    length = std::max(length, octets.size());
    Ip ip;
    switch (octets[0] >> 4) {
        case 4:
            parsed.fault = read_ipv4(octets, length, parsed, ip);
            break;
        case 6:
            parsed.fault = read_ipv6(octets, length, parsed, ip);
            break;
        default:
            parsed.fault = Fault::not_ip;
    }
    if (parsed.fault != Fault::none) return parsed;

    const Octets packet = octets.first(std::min(octets.size(), ip.end));
    const Octets tcp = packet.subspan(std::min(ip.tcp_at, packet.size()));
    read_tcp(tcp, ip.end - ip.tcp_at, parsed);
    parsed.text_at += static_cast<std::uint32_t>(ip.tcp_at);
    if (parsed.fault != Fault::none) parsed.fault_at += static_cast<std::uint32_t>(ip.tcp_at);
    if (parsed.has_segment() && !parsed.truncated) parsed.checksum = judge_checksum(tcp, parsed.src, parsed.dst);
    return parsed;
}

Unwritable serialise(const Segment& s, const Endpoint& src, const Endpoint& dst, std::vector<std::uint8_t>& packet,
                     std::span<const std::uint8_t> text, std::uint8_t ttl) {
    packet.clear();
    if (const Unwritable why = refuse(s, src, dst, text); why != Unwritable::none) return why;

    std::array<std::uint8_t, 40> options;
    const std::size_t header_length = tcp_header + write_options(s, options.data());
    const std::size_t ip_length = src.family == 6 ? ipv6_header : ipv4_header;
    const std::size_t length = header_length + s.text;
    // An IPv4 length counts its own header, an IPv6 length does not.
    if (length + (src.family == 6 ? 0 : ipv4_header) > 0xffff) return Unwritable::too_long;
    packet.assign(ip_length + length, 0);

    std::uint8_t* ip = packet.data();
    if (src.family == 6) {
        ip[0] = 0x60;
        write16(ip + 4, static_cast<std::uint32_t>(length));
        ip[6] = protocol_tcp;
        ip[7] = ttl;
        std::copy_n(src.address.begin(), 16, ip + 8);
        std::copy_n(dst.address.begin(), 16, ip + 24);
    } else {
        ip[0] = 0x45;
        write16(ip + 2, static_cast<std::uint32_t>(ip_length + length));
        write16(ip + 6, 0x4000);  // never fragmented, so the identification may stay zero (RFC 6864)
        ip[8] = ttl;
        ip[9] = protocol_tcp;
        std::copy_n(src.address.begin(), 4, ip + 12);
        std::copy_n(dst.address.begin(), 4, ip + 16);
        write16(ip + 10, static_cast<std::uint16_t>(~ones_complement_sum({ip, ipv4_header})));
    }

    std::uint8_t* tcp = ip + ip_length;
    write16(tcp, src.port);
    write16(tcp + 2, dst.port);
    write32(tcp + 4, s.seq.value);
    write32(tcp + 8, s.has_ack() ? s.ack.value : 0);
    tcp[12] = static_cast<std::uint8_t>(header_length / 4 << 4);
    tcp[13] = s.flags;
    write16(tcp + 14, s.wnd);
    write16(tcp + 18, s.urgent);
    std::copy_n(options.begin(), header_length - tcp_header, tcp + tcp_header);
    std::ranges::copy(text, tcp + header_length);
    const std::uint64_t sum = pseudo_header_sum(src, dst, length) + ones_complement_sum({tcp, length});
    write16(tcp + 16, static_cast<std::uint16_t>(~fold(sum)));
    return Unwritable::none;
}

}  // namespace lastack

std::size_t std::hash<lastack::Endpoint>::operator()(const lastack::Endpoint& e) const noexcept {
    std::uint64_t first, second;
    std::memcpy(&first, e.address.data(), 8);
    std::memcpy(&second, e.address.data() + 8, 8);
    std::uint64_t h = first ^ std::rotl(second, 32) ^ (std::uint64_t{e.port} << 8 | e.family);
    h *= 0x9e3779b97f4a7c15;  // odd, near 2^64 divided by the golden ratio: spreads neighbouring ports
    return static_cast<std::size_t>(h ^ h >> 32);
}
