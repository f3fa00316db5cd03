// CaptureReader where lastack is built without libpcap: it says so.
#include "lastack/oracle/capture.hpp"

struct pcap {};

namespace lastack {

void CaptureReader::Close::operator()(pcap*) const {}

CaptureReader::CaptureReader(const std::string& path)
    : CaptureReader{nullptr, path == "-" ? "(standard input)" : path} {}

CaptureReader::CaptureReader(std::FILE* file, std::string name) : name_{std::move(name)} {
    if (file != nullptr && file != stdin) std::fclose(file);
    error_ = name_ + ": this build of lastack reads no captures: it was made without libpcap";
}

CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;

std::optional<Packet> CaptureReader::next(std::uint64_t) { return std::nullopt; }
std::uint64_t CaptureReader::octets() const { return octets_; }

}  // namespace lastack
