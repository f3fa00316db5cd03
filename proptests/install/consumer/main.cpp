// A program of somebody else: asks the installed model what an active OPEN in CLOSED does, and the
// installed oracle for a capture that is not there.
#include <cstdio>
#include <string>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/capture.hpp"

int main() {
    lastack::Config config;
    config.remote_specified = true;

    lastack::Call open;
    open.kind = lastack::CallKind::open_active;

    const lastack::Outcome outcome = lastack::step(config, open);
    if (outcome.fired_count == 0) {
        std::puts("no rule fired");
        return 1;
    }
    std::printf("%s by %s\n", std::string(name(outcome.next.state)).c_str(),
                std::string(lastack::id(outcome.fired[outcome.fired_count - 1])).c_str());

    lastack::CaptureReader reader{"no-such-file.pcap"};
    if (reader.next() || reader.error().empty()) {
        std::puts("a missing capture was read");
        return 1;
    }
    std::puts(reader.error().c_str());
    return 0;
}
