#include "claims.hpp"

#include <toml++/toml.h>

namespace lastack {

namespace {

std::vector<Claim> read_claims() {
    std::vector<Claim> all;
    const toml::table document = toml::parse(claims_toml());
    for (const toml::node& node : *document["claim"].as_array()) {
        const toml::table& row = *node.as_table();
        const auto string = [&](std::string_view key) { return row[key].value_or(std::string{}); };
        all.push_back({string("id"), string("text"), string("verdict"), string("command")});
    }
    return all;
}

}  // namespace

const std::vector<Claim>& claims() {
    static const std::vector<Claim> all = read_claims();
    return all;
}

}  // namespace lastack
