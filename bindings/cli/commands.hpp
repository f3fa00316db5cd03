// The subcommands of `lastack`. Each adds itself to the app; a run that does not end with exit code 0
// throws CLI::RuntimeError with the code, after it has said why.
#pragma once

#include <CLI/CLI.hpp>

namespace lastack {

void add_check(CLI::App& app);
void add_play(CLI::App& app);
void add_describe(CLI::App& app);
void add_why(CLI::App& app);
void add_explore(CLI::App& app);

}  // namespace lastack
