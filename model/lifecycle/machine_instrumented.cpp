// The instrumented machine: the second of the two translation units that instantiate MSM.
#include "lastack/lifecycle/lifecycle.hpp"
#include "machine.hpp"

namespace lastack {

namespace {

thread_local Instruments instruments;

/// A row can be switched off, or fire exactly when its guard refuses; those of a variant can be switched on.
struct Instrumented {
    static constexpr const auto& rows = table_with_variants;
    template <std::size_t i>
    static bool test(Context& x) {
        if (rows[i].variant != Variant::none && rows[i].variant != instruments.variant) return false;
        if (instruments.off.index == i) return false;
        return rows[i].guard(x) != (instruments.inverted.index == i);
    }
    /// A SYN or FIN without a number.
    static bool outstanding(const Config& config) {
        const Variant v = instruments.variant;
        return (v == Variant::syn_takes_no_number || v == Variant::fin_takes_no_number) &&
               config.runs(timer::retransmission);
    }
};

}  // namespace

Outcome step_instrumented(const Config& config, const Event& event, const Policy& policy, const Instruments& with) {
    instruments = with;
    Machine<Instrumented> m{config.state};
    return std::visit([&](const auto& e) { return climb(config, e, policy, m); }, event);
}

}  // namespace lastack
