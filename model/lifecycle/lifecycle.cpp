// The parts of the lifecycle's face that need no machine: the table as data, the
// interpreter that reads it, and the branching over open choices.
#include "lastack/lifecycle/lifecycle.hpp"

#include <algorithm>
#include <unordered_map>

#include "ladder.hpp"
#include "table_all.hpp"

namespace lastack {

namespace {

constexpr auto rule_infos = [] {
    std::array<RuleInfo, table_with_variants.size()> infos;
    for (std::size_t i = 0; i < infos.size(); ++i) {
        const Row& row = table_with_variants[i];
        infos[i] = RuleInfo{row.id,         row.source,      name(row.check), row.target, row.source == row.target,
                            row.guard_name, row.action_name, row.variant};
    }
    return infos;
}();

/// Reads the table as it is declared, row by row, without MSM.
class Interpreter {
public:
    static constexpr bool complete = false;  // `offered` tells

    Interpreter(State s, std::vector<Offered>& offered) : state_{s}, offered_{offered} {}

    State state() const { return state_; }

    static bool outstanding(const Config&) { return false; }

    bool offer(Check check, Context& x, GoOn& go_on) {
        Offered o{state_, name(check), {}};
        for (std::size_t i = 0; i < row_count; ++i) {
            if (table[i].source != state_ || table[i].check != check) continue;
            if (table[i].guard(x)) o.holds.push_back(Rule{static_cast<std::uint16_t>(i)});
        }
        offered_.push_back(o);
        if (o.holds.empty()) return false;
        const Row& row = table[o.holds.front().index];
        x.rule = o.holds.front();
        if (x.out.fired_count < Outcome::max_fired) x.out.fired[x.out.fired_count++] = x.rule;
        go_on = row.action(x);
        state_ = row.target;
        return true;
    }

private:
    State state_;
    std::vector<Offered>& offered_;
};

bool alike(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.delivered == b.delivered && a.acknowledged == b.acknowledged;
}

void branch(const Config& config, const Event& event, const Policy& policy, std::vector<Allowed>& into) {
    const Outcome out = step(config, event, policy);
    if (out.asked) {
        const ChoiceInfo& choice = info(out.first_asked);
        for (std::uint8_t r = 0; r < choice.reading_count; ++r)
            branch(config, event, policy.with(choice.choice, r), into);
        return;
    }
    for (Allowed& a : into) {
        if (alike(a.outcome, out)) {
            a.policies.push_back(policy);
            return;
        }
    }
    into.push_back(Allowed{out, {policy}});
}

}  // namespace

Outcome step(const Config& config, const Event& event, const Policy& policy) {
    return std::visit([&](const auto& e) { return step(config, e, policy); }, event);
}

std::vector<Allowed> allowed(const Config& config, const Event& event, const Policy& policy) {
    std::vector<Allowed> answers;
    branch(config, event, policy, answers);
    return answers;
}

std::span<const RuleInfo> rules() { return std::span{rule_infos}.first<row_count>(); }
std::span<const RuleInfo> variant_rules() { return std::span{rule_infos}.subspan<row_count>(); }
const RuleInfo& info(Rule r) { return rule_infos[r.index]; }

Rule rule(std::string_view id) {
    static const auto by_id = [] {
        std::unordered_map<std::string_view, Rule> m;
        for (std::size_t i = 0; i < row_count; ++i) m.emplace(table[i].id, Rule{static_cast<std::uint16_t>(i)});
        return m;
    }();
    const auto it = by_id.find(id);
    return it == by_id.end() ? Rule{} : it->second;
}

std::string_view id(Rule r) { return r ? rule_infos[r.index].id : std::string_view{}; }

Rule variant_rule(std::string_view id) {
    const auto found =
        std::find_if(rule_infos.begin() + row_count, rule_infos.end(), [id](const RuleInfo& r) { return r.id == id; });
    return found == rule_infos.end() ? Rule{} : Rule{static_cast<std::uint16_t>(found - rule_infos.begin())};
}

static_assert([] {  // the name of a variant is found by its number
    for (std::size_t i = 0; i < variant_infos.size(); ++i) {
        if (variant_infos[i].variant != static_cast<Variant>(i + 1)) return false;
    }
    return true;
}());
std::span<const VariantInfo> variants() { return variant_infos; }
Variant variant(std::string_view name) {
    const auto found = std::find_if(variant_infos.begin(), variant_infos.end(),
                                    [name](const VariantInfo& v) { return v.name == name; });
    return found == variant_infos.end() ? Variant::none : found->variant;
}
std::string_view name(Variant v) { return name_of(v); }

Interpreted interpret(const Config& config, const Event& event, const Policy& policy) {
    Interpreted result;
    Interpreter m{config.state, result.offered};
    result.outcome = std::visit([&](const auto& e) { return climb(config, e, policy, m); }, event);
    return result;
}

}  // namespace lastack
