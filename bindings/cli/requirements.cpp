#include "requirements.hpp"

#include <toml++/toml.h>

#include <algorithm>

#include "requirements_toml.hpp"

namespace lastack {

namespace {

std::vector<Requirement> read_requirements() {
    std::vector<Requirement> requirements;
    const toml::table document = toml::parse(requirements_toml());
    for (const toml::node& node : *document["requirement"].as_array()) {
        const toml::table& row = *node.as_table();
        const auto string = [&](std::string_view key) { return row[key].value_or(std::string{}); };
        const auto strings = [&](std::string_view key) {
            std::vector<std::string> values;
            const toml::array* array = row[key].as_array();
            for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
                values.push_back((*array)[i].value_or(std::string{}));
            }
            return values;
        };
        requirements.push_back({string("id"), string("section"), string("level"), string("text"), string("outside"),
                                strings("met_by_rule"), strings("met_by_test")});
    }
    return requirements;
}

}  // namespace

const std::vector<Requirement>& requirements() {
    static const std::vector<Requirement> all = read_requirements();
    return all;
}

const Requirement* requirement_of(std::string_view rule_id) {
    const auto shared = [&](const Requirement& r) {  // letters that both ids begin with
        const auto end = std::mismatch(r.id.begin(), r.id.end(), rule_id.begin(), rule_id.end()).first;
        return end - r.id.begin();
    };
    const Requirement* nearest = nullptr;
    for (const Requirement& r : requirements()) {
        if (std::find(r.rules.begin(), r.rules.end(), rule_id) == r.rules.end()) continue;
        if (nearest == nullptr || shared(r) > shared(*nearest) ||
            (shared(r) == shared(*nearest) && r.rules.size() < nearest->rules.size())) {
            nearest = &r;
        }
    }
    return nearest;
}

}  // namespace lastack
