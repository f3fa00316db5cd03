// For tests: a subcommand run through the app, what it prints, on which stream, and its exit code.
#pragma once

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

struct Ran {
    int code{0};
    std::string out{}, err{};
};

/// `add` is add_play and the like. `bad_usage` is the code for what CLI11 itself refuses; main() makes it 2.
inline Ran run_subcommand(void (*add)(CLI::App&), const char* name, std::vector<std::string> arguments,
                          int bad_usage = -1) {
    CLI::App app;
    add(app);
    arguments.insert(arguments.begin(), name);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    Ran ran;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    try {
        app.parse(arguments);
    } catch (const CLI::RuntimeError& error) {
        ran.code = error.get_exit_code();
    } catch (const CLI::ParseError&) {
        ran.code = bad_usage;
    }
    ran.out = testing::internal::GetCapturedStdout();
    ran.err = testing::internal::GetCapturedStderr();
    return ran;
}
