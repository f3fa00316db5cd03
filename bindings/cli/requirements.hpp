// The requirements of spec/requirements.toml, built into the command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lastack {

struct Requirement {
    std::string id, section, level, text, outside;
    std::vector<std::string> rules, tests;
};

const std::vector<Requirement>& requirements();

/// Of the requirements that the rule meets, the one whose id comes nearest to the rule's; nullptr when there is none.
const Requirement* requirement_of(std::string_view rule_id);

}  // namespace lastack
