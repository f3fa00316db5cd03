// The explorer beside Spin, on the same systems: states a second, and octets a state.
//
//     explorer   on one thread and on two. Its time includes every step() that fills its tables.
//     table      pan on the model that write_promela() writes: the same states and moves, with the tables ready.
//     hand       pan on handwritten.pml, the usual kind of model: two processes and two channels. It is another and a
//                simpler system; it shows that pan's speed is not that of the tables.
//
// pan is compiled with -O2, without partial order reduction (which would leave out states), plain and with -DCOLLAPSE.
// Its memory is all that it says it holds, for a hash table as large as its number of states asks for. -DCOLLAPSE
// stores the parts of a state apart, which pays for large states only: these are smaller than what it adds.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "lastack/explore/explorer.hpp"
#include "lastack/explore/export.hpp"
#include "spin.hpp"

using namespace lastack::explore;

namespace {

double first_rate = 0;

void line(const std::string& what, std::size_t states, double seconds, double octets) {
    const double rate = static_cast<double>(states) / seconds;
    if (first_rate == 0) first_rate = rate;
    std::printf("  %-30s %9zu states %7.2f s %6.2f million states/s %6.1f octets/state   ratio %5.2f\n", what.c_str(),
                states, seconds, rate / 1e6, octets / static_cast<double>(states), rate / first_rate);
    std::fflush(stdout);
}

/// The best of three runs, as the machine may have other things to do.
constexpr int runs = 3;

void explorer(const Bounds& bounds, unsigned threads) {
    double seconds = 0, octets = 0;
    std::size_t states = 0;
    for (int i = 0; i < runs; ++i) {
        TwoEnds system{bounds};
        Options options;
        options.threads = threads;
        const auto found = explore(system, options);
        if (i == 0 || found.seconds < seconds) seconds = found.seconds;
        octets = static_cast<double>(found.bytes + system.bytes());
        states = found.states;
    }
    line("explorer, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), states, seconds, octets);
}

/// `model` is a file in the folder. pan's table has a place for about each state.
void pan(const spin::Folder& folder, const std::string& model, const std::string& what, std::size_t states) {
    for (const char* option : {"", " -DCOLLAPSE"}) {
        const std::string made =
            folder.run("spin -a " + model + " && cc -O2 -w -DSAFETY -DNOREDUCE -DNOCLAIM" + option + " -o pan pan.c");
        const int width = static_cast<int>(std::ceil(std::log2(static_cast<double>(states))));
        const std::string command = "./pan -E -m100000 -w" + std::to_string(width);
        spin::Pan best{made + folder.run(command)};
        for (int i = 1; i < runs; ++i) {
            spin::Pan again{folder.run(command)};
            if (again.seconds < best.seconds) best = again;
        }
        if (!best.complete() || best.seconds <= 0) {
            std::printf("  %s: pan did not end well:\n%s\n", what.c_str(), best.said.c_str());
            return;
        }
        line("pan, " + what + (*option ? ", -DCOLLAPSE" : ""), best.states, best.seconds, best.mebibytes * 1024 * 1024);
    }
}

}  // namespace

int main() {
    const bool spin_is_here = spin::there_is("spin") && spin::there_is("cc");
    if (!spin_is_here) std::printf("There is no spin here: the explorer alone.\n");
    for (const int duplicates : {0, 1}) {
        Bounds b;
        b.losses = 1;
        b.duplicates = static_cast<std::uint8_t>(duplicates);
        std::printf("%s\n", to_string(b).c_str());
        first_rate = 0;
        explorer(b, 1);
        explorer(b, 2);
        if (!spin_is_here) continue;
        const spin::Folder folder;
        std::size_t states = 0;
        {
            TwoEnds system{b};
            states = explore(system).states;
            std::ofstream out{folder / "system.pml"};
            write_promela(out, system);
        }
        pan(folder, "system.pml", "table", states);
    }
    if (spin_is_here) {
        std::printf("handwritten.pml (the ratio is to the explorer on the last system)\n");
        const spin::Folder folder;
        std::filesystem::copy_file(LASTACK_HANDWRITTEN, folder / "handwritten.pml");
        pan(folder, "handwritten.pml", "hand", 2'500'000);
    }
}
