#include <fstream>
#include <limits>
#include <string>

#include "lastack/exhaustive/explore.hpp"

namespace lastack::exhaustive {

namespace {

/// The number that a file begins with; nothing there, or "max", is no bound.
std::size_t number_in(const char* path) {
    std::ifstream file{path};
    std::size_t n = 0;
    return file >> n ? n : std::numeric_limits<std::size_t>::max();
}

}  // namespace

std::size_t half_of_free_memory() {
    constexpr std::size_t unknown = std::size_t{4} << 30;
    std::size_t free = unknown;
    std::ifstream file{"/proc/meminfo"};
    for (std::string what, unit; file >> what;) {
        std::size_t kib = 0;
        if (!(file >> kib)) break;
        if (what == "MemAvailable:") {
            free = kib << 10;
            break;
        }
        std::getline(file, unit);
    }
    // A group may allow less than the machine has.
    const std::size_t most = number_in("/sys/fs/cgroup/memory.max");
    const std::size_t used = number_in("/sys/fs/cgroup/memory.current");
    if (most != std::numeric_limits<std::size_t>::max() && used < most) free = std::min(free, most - used);
    return free / 2;
}

}  // namespace lastack::exhaustive
