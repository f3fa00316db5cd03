#include "lastack/oracle/capture.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace lastack {
namespace {

using Octets = std::span<const std::uint8_t>;

// Seconds since 1970 beyond which a time is absurd, and nanoseconds would overflow.
constexpr std::int64_t latest_second = 9'000'000'000;
constexpr std::int64_t nanoseconds = 1'000'000'000;
constexpr std::size_t file_buffer = 1 << 18;

std::uint16_t read16(Octets octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

enum class Found { ip, other, cut };

struct Link {
    Found found{Found::cut};
    std::size_t ip_at{0};
};

// Follows 802.1Q and 802.1ad tags, whose type stands in their last two octets.
Link behind_ethertype(Octets frame, std::size_t type_at, std::size_t payload_at) {
    if (frame.size() < payload_at) return {};
    std::uint16_t type = read16(frame, type_at);
    while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
        if (frame.size() < payload_at + 4) return {};
        type = read16(frame, payload_at + 2);
        payload_at += 4;
    }
    return {type == 0x0800 || type == 0x86dd ? Found::ip : Found::other, payload_at};
}

// The protocol family in four octets, in network order (LOOP) or in that of the machine that captured (NULL).
// IPv6 has another number on each BSD and on Linux.
Link behind_family(Octets frame) {
    if (frame.size() < 4) return {};
    const std::uint32_t big = std::uint32_t{read16(frame, 0)} << 16 | read16(frame, 2);
    const std::uint32_t little =
        std::uint32_t{frame[3]} << 24 | std::uint32_t{frame[2]} << 16 | std::uint32_t{frame[1]} << 8 | frame[0];
    const std::uint32_t family = std::min(big, little);
    const bool ip = family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
    return {ip ? Found::ip : Found::other, 4};
}

bool supported(int link_type) {
    switch (link_type) {
        case DLT_EN10MB:
        case DLT_RAW:
        case DLT_IPV4:
        case DLT_IPV6:
        case DLT_LINUX_SLL:
        case DLT_LINUX_SLL2:
        case DLT_NULL:
        case DLT_LOOP:
            return true;
        default:
            return false;
    }
}

Link find_ip(int link_type, Octets frame) {
    switch (link_type) {
        case DLT_EN10MB:
            return behind_ethertype(frame, 12, 14);
        case DLT_LINUX_SLL:
            return behind_ethertype(frame, 14, 16);
        case DLT_LINUX_SLL2:
            return behind_ethertype(frame, 0, 20);
        case DLT_NULL:
        case DLT_LOOP:
            return behind_family(frame);
        default:
            return {Found::ip, 0};
    }
}

std::string print_link_type(int link_type) {
    const char* known = pcap_datalink_val_to_name(link_type);
    return known != nullptr ? known : "number " + std::to_string(link_type);
}

}  // namespace

void CaptureReader::Close::operator()(pcap* p) const { pcap_close(p); }

CaptureReader::CaptureReader(const std::string& path) : name_{path == "-" ? "(standard input)" : path} {
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        fail(std::strerror(errno));
        return;
    }
    if (file != stdin) {  // which outlives this object
        buffer_ = std::make_unique<char[]>(file_buffer);
        std::setvbuf(file, buffer_.get(), _IOFBF, file_buffer);
    }
    open(file);
}

CaptureReader::CaptureReader(std::FILE* file, std::string name) : name_{std::move(name)} {
    if (file == nullptr) {
        fail("not open");
    } else {
        open(file);
    }
}

CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;

void CaptureReader::open(std::FILE* file) {
    std::array<char, PCAP_ERRBUF_SIZE> reason{};
    pcap_.reset(pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason.data()));
    if (!pcap_) {
        if (file != stdin) std::fclose(file);
        return fail(reason.data());
    }
    file_ = file;
    link_type_ = pcap_datalink(pcap_.get());
    if (!supported(link_type_)) {
        fail("unsupported link type " + print_link_type(link_type_));
        end();
    }
}

std::uint64_t CaptureReader::octets() const {
    if (!pcap_) return octets_;
    const std::int64_t offset = ftello(file_);
    return offset > 0 ? static_cast<std::uint64_t>(offset) : 0;
}

void CaptureReader::end() {
    octets_ = octets();
    pcap_.reset();
}

void CaptureReader::fail(const std::string& reason) {
    // Asked for only here: ftello is a system call.
    const std::int64_t offset = file_ != nullptr ? ftello(file_) : 0;
    const std::string where =
        offset >= 0 ? "offset " + std::to_string(offset) : "after packet " + std::to_string(number_);
    error_ = name_ + ": " + where + ": " + reason;
    std::ranges::replace_if(
        error_, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
}

void CaptureReader::skip(const Parsed& parsed, std::size_t link_octets, bool cut) {
    switch (parsed.fault) {
        case Fault::not_tcp:
            ++skipped_.not_tcp;
            return;
        case Fault::fragment:
            ++skipped_.fragments;
            return;
        case Fault::ip_header_cut:
        case Fault::tcp_header_cut:
            if (cut) {
                ++skipped_.cut;
                return;
            }
            break;
        default:
            break;
    }
    ++skipped_.malformed;
    if (first_malformed_) return;
    first_malformed_ = Malformed{number_, static_cast<std::uint32_t>(link_octets + parsed.fault_at), parsed.fault};
}

std::optional<Packet> CaptureReader::next(std::uint64_t until) {
    while (pcap_ && number_ < until) {
        pcap_pkthdr* header = nullptr;
        const std::uint8_t* octets = nullptr;
        const int result = pcap_next_ex(pcap_.get(), &header, &octets);
        if (result != 1) {
            if (result == PCAP_ERROR) fail(pcap_geterr(pcap_.get()));
            end();
            return std::nullopt;
        }
        const std::int64_t second = header->ts.tv_sec;
        if (second < -latest_second || second > latest_second) {
            fail("absurd time: " + std::to_string(second) + " seconds since 1970");
            end();
            return std::nullopt;
        }
        ++number_;
        const Octets frame{octets, header->caplen};
        const Link link = find_ip(link_type_, frame);
        if (link.found != Found::ip) {
            ++(link.found == Found::cut ? skipped_.cut : skipped_.not_ip);
            continue;
        }
        const std::size_t length = std::max(header->len, header->caplen) - link.ip_at;
        const Parsed parsed = parse_packet(frame.subspan(link.ip_at), length);
        if (!parsed.has_segment()) {
            skip(parsed, link.ip_at, header->caplen < header->len);
            continue;
        }
        return Packet{
            .number = number_,
            .time_ns = second * nanoseconds + header->ts.tv_usec,  // holds nanoseconds, as asked for above
            .src = parsed.src,
            .dst = parsed.dst,
            .segment = parsed.segment,
            .checksum = parsed.checksum,
            .option_fault = parsed.fault,
            .ttl = parsed.ttl,
            .truncated = parsed.truncated,
        };
    }
    return std::nullopt;
}

}  // namespace lastack
