// The two files that instantiate Boost.MSM must never be compiled with full debug information:
// a machine of a hundred rows then costs minutes and gigabytes instead of seconds.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

namespace {

/// Whether the last -g option of a command asks for more than line tables.
bool full_debug_information(const std::string& command) {
    bool full = false;
    std::istringstream words(command);
    for (std::string word; words >> word;) {
        if (word == "-g0" || word == "-g1" || word == "-ggdb0" || word == "-ggdb1" || word == "-gline-tables-only")
            full = false;
        else if (word == "-g" || word == "-g2" || word == "-g3" || word.starts_with("-ggdb") ||
                 word.starts_with("-gdwarf"))
            full = true;
    }
    return full;
}

TEST(DebugInformation, TheLastOptionDecides) {
    EXPECT_FALSE(full_debug_information("g++ -O2 -c machine_plain.cpp"));
    EXPECT_FALSE(full_debug_information("g++ -O0 -g -g0 -c machine_plain.cpp"));
    EXPECT_FALSE(full_debug_information("g++ -O0 -g -g1 -c machine_plain.cpp"));
    EXPECT_TRUE(full_debug_information("g++ -O0 -g -c machine_plain.cpp"));
    EXPECT_TRUE(full_debug_information("g++ -g0 -g -c machine_plain.cpp"));
    EXPECT_TRUE(full_debug_information("g++ -g1 -ggdb3 -c machine_plain.cpp"));
}

TEST(DebugInformation, IsNotFullInTheFilesThatInstantiateTheMachine) {
    const std::filesystem::path path = std::filesystem::path(LASTACK_BINARY_DIR) / "compile_commands.json";
    std::ifstream file(path);
    ASSERT_TRUE(file) << path << " does not exist";
    const auto commands = nlohmann::json::parse(file);
    int machines = 0;
    for (const auto& entry : commands) {
        const std::filesystem::path source = entry.at("file").get<std::string>();
        const std::string name = source.filename().string();
        if (name != "machine_plain.cpp" && name != "machine_instrumented.cpp") continue;
        ++machines;
        EXPECT_FALSE(full_debug_information(entry.at("command").get<std::string>())) << source;
    }
    EXPECT_EQ(2, machines) << "machine_plain.cpp and machine_instrumented.cpp, once each";
}

}  // namespace
