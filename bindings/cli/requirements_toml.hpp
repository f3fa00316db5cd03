// spec/requirements.toml, built in so that the command can quote it from anywhere.
#pragma once

#include <string_view>

namespace lastack {

std::string_view requirements_toml();

}  // namespace lastack
