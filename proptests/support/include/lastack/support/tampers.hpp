// Faults that no row of the table can have, by name.
#pragma once

#include <span>
#include <string_view>

#include "lastack/support/subject.hpp"

namespace lastack::support {

struct NamedTamper {
    std::string_view name;
    Tamper tamper;
};
std::span<const NamedTamper> tampers();
/// nullptr when there is none of that name.
Tamper tamper(std::string_view name);

}  // namespace lastack::support
