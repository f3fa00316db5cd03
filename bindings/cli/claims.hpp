// The claims of spec/claims.toml, built into the command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lastack {

struct Claim {
    std::string id, text, verdict;
    std::string command;  ///< that shows it: "lastack why no-half-close"; empty where it is outside
};

const std::vector<Claim>& claims();
/// The file as it is.
std::string_view claims_toml();

}  // namespace lastack
