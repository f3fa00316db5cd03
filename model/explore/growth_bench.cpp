// How the number of states grows with each budget: from one base, one budget at a time, and then what they cost
// together. The counts are facts; times and rates are of this machine, on all its cores.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "lastack/explore/explorer.hpp"
#include "lastack/explore/two_ends.hpp"

using namespace lastack::explore;

namespace {

constexpr std::uint64_t most_states = 30'000'000;

double base_states = 0;

void line(const std::string& what, const Bounds& bounds) {
    TwoEnds system{bounds};
    Options options;
    options.most_states = most_states;
    const auto found = explore(system, options);
    const double states = static_cast<double>(found.states);
    if (base_states == 0) base_states = states;
    const bool whole = found.why == Stopped::complete;
    std::printf("  %-44s %s%10llu states %11llu moves  depth %3u %8.2f s %6.2f M states/s %5.1f octets/state  x%.2f\n",
                what.c_str(), whole ? " " : ">", static_cast<unsigned long long>(found.states),
                static_cast<unsigned long long>(found.moves), found.depth(), found.seconds,
                states / found.seconds / 1e6, static_cast<double>(found.bytes + system.bytes()) / states,
                states / base_states);
    std::fflush(stdout);
}

template <class Change>
void grow(const Bounds& base, const char* what, std::uint8_t from, std::uint8_t to, Change change) {
    for (int n = from; n <= to; ++n) {
        Bounds b = base;
        change(b, static_cast<std::uint8_t>(n));
        line(std::string{what} + " " + std::to_string(n), b);
    }
}

}  // namespace

int main() {
    Bounds base;
    std::printf("Growth from: %s. A run that is cut at %llu states has a '>'.\n", to_string(base).c_str(),
                static_cast<unsigned long long>(most_states));
    line("the base", base);
    grow(base, "octets of each end", 0, 2, [](Bounds& b, std::uint8_t n) { b.octets = {n, n}; });
    grow(base, "losses", 1, 3, [](Bounds& b, std::uint8_t n) { b.losses = n; });
    grow(base, "duplicates", 1, 3, [](Bounds& b, std::uint8_t n) { b.duplicates = n; });
    grow(base, "early retransmissions", 1, 3, [](Bounds& b, std::uint8_t n) { b.early_retransmissions = n; });
    grow(base, "aborts", 1, 2, [](Bounds& b, std::uint8_t n) { b.aborts = n; });
    grow(base, "give-ups", 1, 2, [](Bounds& b, std::uint8_t n) { b.give_ups = n; });
    grow(base, "crashes", 1, 2, [](Bounds& b, std::uint8_t n) { b.crashes = n; });
    grow(base, "capacity", 1, 5, [](Bounds& b, std::uint8_t n) { b.capacity = n; });
    Bounds quiet = base;
    quiet.octets = {0, 0};
    grow(quiet, "no text, OPENs of A", 1, 3, [](Bounds& b, std::uint8_t n) { b.opens = {n, 1}; });
    grow(quiet, "no text, forged segments", 1, 1, [](Bounds& b, std::uint8_t n) { b.injections = n; });
    Bounds reordered = base;
    reordered.reordering = true;
    grow(reordered, "reordering, capacity", 1, 3, [](Bounds& b, std::uint8_t n) { b.capacity = n; });
    reordered.capacity = 2;
    grow(reordered, "reordering, capacity 2, losses", 1, 2, [](Bounds& b, std::uint8_t n) { b.losses = n; });
    reordered.losses = 1;
    grow(reordered, "reordering, capacity 2, loss 1, duplicates", 1, 1,
         [](Bounds& b, std::uint8_t n) { b.duplicates = n; });
    Bounds all = base;
    all.losses = all.duplicates = 1;
    line("loss 1, duplicate 1", all);
    all.early_retransmissions = 1;
    line("loss 1, duplicate 1, early retransmission 1", all);
    return 0;
}
