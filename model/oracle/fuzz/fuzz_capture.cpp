// Any octets as a capture file: the reader comes to an end, counts every packet, and fails in one line.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "lastack/oracle/capture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // Open for reading only: the octets are not written to.
    std::FILE* file = fmemopen(const_cast<std::uint8_t*>(data), size, "rb");
    if (file == nullptr) return 0;
    lastack::CaptureReader reader{file, "fuzz"};
    std::uint64_t delivered = 0;
    std::uint64_t last = 0;
    while (const auto packet = reader.next()) {
        ++delivered;
        if (packet->number <= last || packet->segment.wscale > 14 || lastack::to_string(packet->src).empty())
            std::abort();
        last = packet->number;
    }
    if (delivered + reader.skipped().total() != reader.packets()) std::abort();
    if (reader.error().find('\n') != std::string::npos) std::abort();
    return 0;
}
