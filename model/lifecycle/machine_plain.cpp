// The plain machine: the first of the two translation units that instantiate MSM.
#include "lastack/lifecycle/lifecycle.hpp"
#include "machine.hpp"

namespace lastack {

namespace {
template <class E>
Outcome run(const Config& config, const E& event, const Policy& policy) {
    Machine<Plain> m{config.state};
    return climb(config, event, policy, m);
}
}  // namespace

Outcome step(const Config& config, const Call& call, const Policy& policy) { return run(config, call, policy); }
Outcome step(const Config& config, const Arrival& arrival, const Policy& policy) {
    return run(config, arrival, policy);
}
Outcome step(const Config& config, const Timeout& timeout, const Policy& policy) {
    return run(config, timeout, policy);
}
Outcome step(const Config& config, const Departure& departure, const Policy& policy) {
    return run(config, departure, policy);
}

}  // namespace lastack
