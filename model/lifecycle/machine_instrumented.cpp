// The instrumented machine: the second of the two translation units that instantiate MSM.
#include "lastack/lifecycle/lifecycle.hpp"
#include "machine.hpp"

namespace lastack {

namespace {

thread_local Instruments instruments;

/// A row can be switched off, or fire exactly when its guard refuses.
struct Instrumented {
    template <std::size_t i>
    static bool test(Context& x) {
        if (instruments.off.index == i) return false;
        return table[i].guard(x) != (instruments.inverted.index == i);
    }
};

}  // namespace

Outcome step_instrumented(const Config& config, const Event& event, const Policy& policy, const Instruments& with) {
    instruments = with;
    Machine<Instrumented> m{config.state};
    return std::visit([&](const auto& e) { return climb(config, e, policy, m); }, event);
}

}  // namespace lastack
