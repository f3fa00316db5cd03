// property_report DIR: writes coverage.md and mutants.md, what random runs reach and which mutants they kill.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "coverage.hpp"
#include "mutants.hpp"

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream out{path, std::ios::binary};
    out << text;
    out.close();
    if (out) {
        std::printf("%s\n", path.c_str());
    } else {
        std::fprintf(stderr, "property_report: %s cannot be written\n", path.c_str());
    }
    return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
        std::fputs("usage: property_report DIR, a folder that is there, such as spec/generated\n", stderr);
        return 2;
    }
    const std::filesystem::path folder{argv[1]};
    using namespace lastack::mutants;
    const bool coverage = write(folder / "coverage.md", coverage_markdown(measure_coverage(coverage_sequences)));
    return coverage && write(folder / "mutants.md", to_markdown(judge(all_mutants()))) ? 0 : 2;
}
