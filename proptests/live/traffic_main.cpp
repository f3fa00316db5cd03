// lastack_traffic DIRECTORY [REPETITIONS]: writes live captures and their ground truth.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>

#include "traffic.hpp"

int main(int argc, char** argv) {
    int repetitions = 1;
    if (argc == 3) {
        const char* end = argv[2] + std::strlen(argv[2]);
        if (const auto [at, error] = std::from_chars(argv[2], end, repetitions); at != end || error != std::errc{})
            repetitions = 0;
    }
    if (argc < 2 || argc > 3 || repetitions < 1 || repetitions > 1000) {
        std::fputs("usage: lastack_traffic DIRECTORY [REPETITIONS, 1 to 1000]\n", stderr);
        return 2;
    }
    try {
        const auto traffic = lastack::live::make_traffic(argv[1], repetitions);
        long connections = 0;
        for (const auto& truth : traffic.truths) connections += truth.connections;
        for (const auto& end : traffic.ends) std::printf("%s\n", end.file.c_str());
        std::printf("%ld connections\n", connections);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "lastack_traffic: %s\n", e.what());
        return 1;
    }
}
