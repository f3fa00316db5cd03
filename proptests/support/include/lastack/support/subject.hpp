// The subject of a run: the lifecycle itself, or a version of it with one fault.
#pragma once

#include "lastack/lifecycle/lifecycle.hpp"

namespace lastack::support {

/// A fault that no row of the table can have: it changes what came of an event.
using Tamper = void (*)(const Config& before, const Event& event, Outcome& outcome);

struct Subject {
    Instruments instruments{};  ///< a row switched off or inverted, or a variant
    Tamper tamper{nullptr};

    bool faulty() const { return instruments.any() || tamper != nullptr; }

    Outcome step(const Config& c, const Event& e, const Policy& p) const {
        if (!faulty()) return lastack::step(c, e, p);
        Outcome out = step_instrumented(c, e, p, instruments);
        if (tamper != nullptr) tamper(c, e, out);
        return out;
    }
};

}  // namespace lastack::support
