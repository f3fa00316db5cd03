// spec/properties.toml, as the tests of the properties read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/support/subject.hpp"

struct FaultOf {
    lastack::support::Subject subject{};
    std::string text{};  ///< "off 3.10.8-TW"
};

struct PropertyEntry {
    std::string id{}, test{}, statement{}, side_condition{}, source{}, witness{}, exhaustive{}, corrected{};
    std::vector<std::string> checked{};  ///< stages: "end", "pair", "attacked pair"; or the name of another test
    std::optional<FaultOf> fault{};
    std::optional<FaultOf> pair_fault{};  ///< of one that speaks of one end and of two
    bool has_side_condition{false};
};

/// All entries, in the order of the file. Throws std::runtime_error with file and reason when it cannot be read, or
/// when a fault names no rule or tamper.
const std::vector<PropertyEntry>& property_entries();
/// The fault that must break the property in this stage, "end" or "pair".
std::optional<FaultOf> fault_of(std::string_view id, std::string_view stage);
/// Is the property checked in this stage, by the file?
bool checked_in(std::string_view id, std::string_view stage);
