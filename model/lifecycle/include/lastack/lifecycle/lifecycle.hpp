// The lifecycle of one TCP connection end as a pure function: the Boost-free face of
// the machine.
//
//     step(Config, Event, Policy) -> Outcome
//
// Nothing here reads a clock, draws a number or keeps anything between calls; all
// functions may be called from several threads at once.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/variant.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack {

/// What happens to `config` at `event`. Choices that `policy` leaves open are taken at
/// their first reading, and `Outcome::asked` tells that this was so.
Outcome step(const Config& config, const Event& event, const Policy& policy = {});
Outcome step(const Config& config, const Call& call, const Policy& policy = {});
Outcome step(const Config& config, const Arrival& arrival, const Policy& policy = {});
Outcome step(const Config& config, const Timeout& timeout, const Policy& policy = {});
Outcome step(const Config& config, const Departure& departure, const Policy& policy = {});

/// One answer that some policy gives, and the cubes that give it.
struct Allowed {
    Outcome outcome;
    std::vector<Policy> policies;
};

/// Every answer that a policy inside `policy` gives; it branches on just those open
/// choices that the event asks about. Outcomes that are alike are one entry.
std::vector<Allowed> allowed(const Config& config, const Event& event, const Policy& policy = {});

/// One row of the table: a clause of the RFC.
struct RuleInfo {
    std::string_view id;  ///< "3.10.7.4-5-FW1-fin"; never changes
    State source;
    std::string_view check;  ///< the event of the row: "ack_check", "close_call", "depart_fin"
    State target;            ///< equal to source for rows that keep the state
    bool keeps_state;        ///< the row names no target; or the action decides (see dynamic)
    std::string_view guard;  ///< names of guard and action as in the source
    std::string_view action;
    Variant variant{Variant::none};  ///< that the row is of; `none` for those of the RFC
};

/// All rows, in the order of the RFC. A Rule is an index into it, unless it is of a variant.
std::span<const RuleInfo> rules();
/// The row with this id; an empty Rule when there is none.
Rule rule(std::string_view id);
/// The row's id; "" for an empty Rule. Of a row of a variant too.
std::string_view id(Rule);
/// The row itself, of the RFC or of a variant. The Rule is not empty.
const RuleInfo& info(Rule);

/// The rows of all variants, which only the instrumented machine has. Their Rules follow those of `rules()`:
/// `variant_rules()[i]` is the row of `Rule{rules().size() + i}`.
std::span<const RuleInfo> variant_rules();
/// The row of a variant with this id ("why-two-way-handshake-LI-SYN"); an empty Rule when there is none.
Rule variant_rule(std::string_view id);

/// The instrumented machine beside the plain one.
struct Instruments {
    Rule off{};                      ///< this row never fires
    Rule inverted{};                 ///< this row fires exactly when its guard refuses
    Variant variant{Variant::none};  ///< the rows of this variant go before those of the RFC

    bool any() const { return off || inverted || variant != Variant::none; }
    friend bool operator==(const Instruments&, const Instruments&) = default;
};
Outcome step_instrumented(const Config& config, const Event& event, const Policy& policy, const Instruments&);

/// One check that was offered to the machine while a step ran, and every row of (state, check)
/// whose guard held there. Guards of one (state, check) form a partition: `holds` has one entry
/// (for a departing segment at most one: none is a refusal).
struct Offered {
    State state;
    std::string_view check;
    std::vector<Rule> holds;
};
/// The step as the declared table has it, row by row and without MSM: the compiled machine must agree.
struct Interpreted {
    Outcome outcome;
    std::vector<Offered> offered;  ///< in order
};
Interpreted interpret(const Config& config, const Event& event, const Policy& policy = {});

}  // namespace lastack
