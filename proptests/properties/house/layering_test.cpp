// Who may depend on whom: the includes of every source file and the link lines of every
// CMakeLists.txt keep to the layers of the house.
//
// The checker works on a map of path to text, so that the tests can also hand it small
// wrong trees and see that it objects.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;  // path from the top, with '/': text

/// A folder, and the folders (or single files) of this project it may depend on besides itself.
struct Layer {
    std::string_view folder;
    std::vector<std::string_view> may_use;
};

// The longest folder that a path lies in counts.
const std::vector<Layer>& layers() {
    static const std::vector<Layer> all{
        {"model/vocabulary/", {}},
        {"model/lifecycle/", {"model/vocabulary/"}},
        {"model/oracle/", {"model/vocabulary/", "model/lifecycle/"}},
        {"model/explore/", {"model/vocabulary/", "model/lifecycle/"}},
        {"impl/", {"model/vocabulary/"}},  // impl/stack.hpp, impl/model.hpp, ...
        // A second reading of the RFC: it shares the segment and the wire format, nothing else.
        {"impl/engine/",
         {"model/vocabulary/include/lastack/vocabulary/segment.hpp",
          "model/vocabulary/include/lastack/vocabulary/wire.hpp", "impl/stack.hpp"}},
        {"impl/adapters/", {"model/", "impl/"}},
        {"proptests/", {"model/", "impl/"}},
        {"bindings/", {"model/", "impl/", "proptests/"}},
    };
    return all;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

const Layer* layer_of(std::string_view path) {
    const Layer* best = nullptr;
    for (const Layer& layer : layers())
        if (starts_with(path, layer.folder) && (!best || layer.folder.size() > best->folder.size())) best = &layer;
    return best;
}

bool allowed(std::string_view from, std::string_view to) {
    const Layer* source = layer_of(from);
    const Layer* target = layer_of(to);
    if (!source || !target) return false;
    if (source == target) return true;
    return std::any_of(source->may_use.begin(), source->may_use.end(),
                       [&](auto part) { return starts_with(to, part); });
}

bool is_source(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".hpp"); }

/// Code that is compiled into no library: it may use the test frameworks.
bool is_test(std::string_view path) {
    return path.ends_with("_test.cpp") || path.ends_with("_bench.cpp") || starts_with(path, "proptests/");
}

bool is_standard_header(std::string_view name) {
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

/// The file of the tree that `#include "name"` in `from` means; "" when it is none.
std::string resolve(const Tree& tree, const std::string& from, const std::string& name) {
    const std::string beside = (fs::path(from).parent_path() / name).lexically_normal().generic_string();
    if (tree.contains(beside)) return beside;
    for (const auto& [path, text] : tree)
        if (path == name || path.ends_with("/include/" + name)) return path;
    // Libraries without an include folder are reached from some folder of the tree.
    for (const auto& [path, text] : tree)
        if (path.ends_with("/" + name)) return path;
    return {};
}

/// Why a file outside of the project may not be included; "" when it may.
std::string objection_to_external(const std::string& from, const std::string& name) {
    const bool boost = starts_with(name, "boost/");
    if (is_standard_header(name)) return {};
    const bool of_proptest = starts_with(from, "proptests/rapidcheck/include/") && name == "rapidcheck.h";
    if (of_proptest) return {};  // that is what it is for
    if (from.find("/include/") != std::string::npos) return "public headers show the standard library and lastack only";
    if (starts_with(from, "model/explore/") && starts_with(name, "boost/unordered/")) return {};  // tables
    if (boost && !starts_with(from, "model/lifecycle/")) return "only model/lifecycle includes Boost";
    if (is_test(from)) return {};
    if (starts_with(from, "model/vocabulary/")) return "vocabulary uses the standard library only";
    if (starts_with(from, "model/lifecycle/") && !boost) return "lifecycle uses Boost and the standard library only";
    if (starts_with(from, "impl/engine/")) return "the engine uses the standard library only";
    return {};
}

std::vector<std::string> include_violations(const Tree& tree) {
    static const std::regex include(R"(^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">])");
    std::vector<std::string> found;
    for (const auto& [path, text] : tree) {
        if (!is_source(path)) continue;
        std::istringstream lines(text);
        std::string line;
        for (int number = 1; std::getline(lines, line); ++number) {
            std::smatch match;
            if (!std::regex_search(line, match, include)) continue;
            const std::string name = match[2];
            const bool ours = match[1] == "\"" || starts_with(name, "lastack/");
            const std::string target = ours ? resolve(tree, path, name) : "";
            std::string why;
            if (!target.empty()) {
                if (!allowed(path, target)) why = "the layers do not allow " + target;
            } else if (ours && (starts_with(name, "lastack/") || starts_with(name, "."))) {
                why = "no such file in this project";
            } else {
                why = objection_to_external(path, name);
            }
            if (!why.empty()) found.push_back(path + ":" + std::to_string(number) + ": includes " + name + ": " + why);
        }
    }
    return found;
}

std::string without_comments(const std::string& cmake) { return std::regex_replace(cmake, std::regex("#[^\n]*"), ""); }

/// Library targets of the project and the folder that makes each.
std::map<std::string, std::string> library_folders(const Tree& tree) {
    static const std::regex library(R"((?:add_library|pybind11_add_module)\s*\(\s*([\w:.-]+))");
    std::map<std::string, std::string> folders;
    for (const auto& [path, text] : tree) {
        if (!path.ends_with("CMakeLists.txt")) continue;
        const std::string code = without_comments(text);
        for (std::sregex_iterator it(code.begin(), code.end(), library), end; it != end; ++it)
            folders[(*it)[1]] = path.substr(0, path.size() - std::string_view("CMakeLists.txt").size());
    }
    return folders;
}

std::vector<std::string> link_violations(const Tree& tree) {
    static const std::regex command(R"((target_link_libraries|lastack_\w+|link_libraries)\s*\(([^)]*)\))");
    static const std::regex word(R"([A-Za-z_][\w:.+-]*)");
    const auto folders = library_folders(tree);
    std::vector<std::string> found;
    for (const auto& [path, text] : tree) {
        if (!path.ends_with("CMakeLists.txt") || path == "CMakeLists.txt") continue;
        const std::string code = without_comments(text);
        for (std::sregex_iterator it(code.begin(), code.end(), command), end; it != end; ++it) {
            const std::string arguments = (*it)[2];
            const bool test = (*it)[1] != "target_link_libraries" && (*it)[1] != "link_libraries";
            bool first = true;
            for (std::sregex_iterator w(arguments.begin(), arguments.end(), word); w != end; ++w) {
                const std::string name = w->str();
                if (std::exchange(first, false)) continue;  // the target itself
                std::string why;
                if (const auto folder = folders.find(name); folder != folders.end()) {
                    // The engine's finer rule is about headers: to link is to link all of vocabulary.
                    const bool fine = allowed(path, folder->second) ||
                                      (starts_with(path, "impl/engine/") && folder->second == "model/vocabulary/");
                    if (!fine) why = "the layers do not allow " + folder->second;
                } else if (starts_with(name, "lastack::")) {
                    why = "no CMakeLists.txt makes this library";
                } else if (starts_with(name, "Boost::") && !starts_with(path, "model/lifecycle/") &&
                           !starts_with(path, "model/explore/")) {
                    why = "only model/lifecycle and model/explore link Boost";
                } else if (name.find("::") != std::string::npos && starts_with(path, "model/vocabulary/") && !test) {
                    why = "vocabulary uses the standard library only";
                }
                if (!why.empty()) found.push_back(path + ": links " + name + ": " + why);
            }
        }
    }
    return found;
}

Tree project() {
    Tree tree;
    const fs::path top = LASTACK_SOURCE_DIR;
    for (const char* part : {"model", "impl", "proptests", "bindings"}) {
        if (!fs::exists(top / part)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(top / part)) {
            const std::string path = entry.path().lexically_relative(top).generic_string();
            if (!is_source(path) && !path.ends_with("CMakeLists.txt")) continue;
            std::ifstream file(entry.path());
            tree[path] = std::string(std::istreambuf_iterator<char>(file), {});
        }
    }
    return tree;
}

std::string listed(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

// A right little tree; each test below adds one wrong thing to it.
Tree sample() {
    return {
        {"model/vocabulary/CMakeLists.txt",
         "add_library(lastack_vocabulary a.cpp)\n"
         "add_library(lastack::vocabulary ALIAS lastack_vocabulary)\n"},
        {"model/vocabulary/include/lastack/vocabulary/segment.hpp", "#include <cstdint>\n"},
        {"model/vocabulary/include/lastack/vocabulary/sequence.hpp", ""},
        {"model/vocabulary/wire_test.cpp", "#include <gtest/gtest.h>\n"},
        {"model/lifecycle/CMakeLists.txt",
         "add_library(lastack_lifecycle m.cpp)\n"
         "add_library(lastack::lifecycle ALIAS lastack_lifecycle)\n"
         "target_link_libraries(lastack_lifecycle PUBLIC lastack::vocabulary PRIVATE "
         "$<BUILD_INTERFACE:Boost::headers>)\n"},
        {"model/lifecycle/include/lastack/lifecycle/lifecycle.hpp", "#include \"lastack/vocabulary/segment.hpp\"\n"},
        {"model/lifecycle/machine.cpp", "#include <boost/msm/back/state_machine.hpp>\n#include \"rows.hpp\"\n"},
        {"model/lifecycle/rows.hpp", ""},
        {"model/explore/CMakeLists.txt",
         "add_library(lastack_explore INTERFACE)\n"
         "add_library(lastack::explore ALIAS lastack_explore)\n"
         "target_link_libraries(lastack_explore INTERFACE lastack::lifecycle Threads::Threads)\n"},
        {"model/explore/include/lastack/explore/explorer.hpp", "#include <thread>\n"},
        {"model/explore/tables.cpp", "#include <boost/unordered/unordered_flat_map.hpp>\n"},
        {"impl/engine/engine.cpp", "#include \"lastack/vocabulary/segment.hpp\"\n"},
        {"bindings/cli/main.cpp", "#include \"lastack/lifecycle/lifecycle.hpp\"\n#include \"text.hpp\"\n"},
        {"bindings/cli/text.hpp", "#include <fmt/format.h>\n"},
    };
}

std::vector<std::string> after_adding(const std::string& path, const std::string& text) {
    Tree tree = sample();
    tree[path] += text;
    std::vector<std::string> found = include_violations(tree);
    const std::vector<std::string> links = link_violations(tree);
    found.insert(found.end(), links.begin(), links.end());
    return found;
}

TEST(Layering, IncludesOfThisProjectKeepToTheLayers) {
    const Tree tree = project();
    ASSERT_GT(std::count_if(tree.begin(), tree.end(), [](const auto& file) { return is_source(file.first); }), 10);
    EXPECT_EQ("", listed(include_violations(tree)));
}

TEST(Layering, LinkLinesOfThisProjectKeepToTheLayers) {
    const Tree tree = project();
    EXPECT_TRUE(library_folders(tree).contains("lastack::lifecycle"));
    EXPECT_EQ("", listed(link_violations(tree)));
}

TEST(Layering, EverySourceFileLiesInALayer) {
    for (const auto& [path, text] : project())
        if (is_source(path)) {
            EXPECT_NE(nullptr, layer_of(path)) << path;
        }
}

TEST(LayeringChecker, FindsNothingWrongInARightTree) {
    EXPECT_EQ("", listed(include_violations(sample())));
    EXPECT_EQ("", listed(link_violations(sample())));
}

struct Wrong {
    const char* what;
    const char* path;
    const char* text;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.what; }

class LayeringCheckerObjects : public testing::TestWithParam<Wrong> {};

TEST_P(LayeringCheckerObjects, ToExactlyThisOneThing) {
    EXPECT_EQ(1u, after_adding(GetParam().path, GetParam().text).size());
}

INSTANTIATE_TEST_SUITE_P(
    , LayeringCheckerObjects,
    testing::Values(
        Wrong{"vocabulary includes lifecycle", "model/vocabulary/a.cpp",
              "#include \"lastack/lifecycle/lifecycle.hpp\"\n"},
        Wrong{"the same in angle brackets", "model/vocabulary/a.cpp", "#include <lastack/lifecycle/lifecycle.hpp>\n"},
        Wrong{"vocabulary includes a library", "model/vocabulary/a.cpp", "  #  include <fmt/format.h>\n"},
        Wrong{"vocabulary includes a system header", "model/vocabulary/a.cpp", "#include <sys/socket.h>\n"},
        Wrong{"a public header shows Boost", "model/lifecycle/include/lastack/lifecycle/lifecycle.hpp",
              "#include <boost/mp11.hpp>\n"},
        Wrong{"a second place includes Boost", "bindings/cli/main.cpp", "#include <boost/mp11.hpp>\n"},
        Wrong{"explore includes another part of Boost", "model/explore/tables.cpp", "#include <boost/mp11.hpp>\n"},
        Wrong{"a test includes Boost", "model/oracle/monitor_test.cpp", "#include <boost/mp11.hpp>\n"},
        Wrong{"lifecycle includes another library", "model/lifecycle/rows.hpp", "#include <fmt/format.h>\n"},
        Wrong{"lifecycle reaches up by a relative path", "model/lifecycle/machine.cpp",
              "#include \"../../bindings/cli/text.hpp\"\n"},
        Wrong{"the model includes a header of the command", "model/lifecycle/machine.cpp",
              "#include \"cli/text.hpp\"\n"},
        Wrong{"the monitor includes the explorer", "model/oracle/monitor.cpp",
              "#include \"lastack/explore/explorer.hpp\"\n"},
        Wrong{"lifecycle links the explorer", "model/lifecycle/CMakeLists.txt",
              "target_link_libraries(lastack_lifecycle PRIVATE lastack::explore)\n"},
        Wrong{"proptests include bindings", "proptests/support/pair.cpp", "#include \"bindings/cli/text.hpp\"\n"},
        Wrong{"the engine includes the model", "impl/engine/engine.cpp",
              "#include \"lastack/lifecycle/lifecycle.hpp\"\n"},
        Wrong{"the engine borrows the sequence arithmetic", "impl/engine/engine.cpp",
              "#include \"lastack/vocabulary/sequence.hpp\"\n"},
        Wrong{"a header that does not exist", "bindings/cli/main.cpp", "#include \"lastack/oracle/none.hpp\"\n"},
        Wrong{"vocabulary links lifecycle", "model/vocabulary/CMakeLists.txt",
              "target_link_libraries(lastack_vocabulary PUBLIC lastack::lifecycle)\n"},
        Wrong{"the same by the target's own name", "model/vocabulary/CMakeLists.txt",
              "target_link_libraries(lastack_vocabulary\n  PUBLIC lastack_lifecycle)\n"},
        Wrong{"a test of vocabulary links lifecycle", "model/vocabulary/CMakeLists.txt",
              "lastack_test(wire_test SOURCES wire_test.cpp LINK lastack::lifecycle)\n"},
        Wrong{"vocabulary links a library", "model/vocabulary/CMakeLists.txt",
              "target_link_libraries(lastack_vocabulary PRIVATE fmt::fmt)\n"},
        Wrong{"a second place links Boost", "bindings/cli/CMakeLists.txt",
              "target_link_libraries(lastack PRIVATE Boost::headers)\n"},
        Wrong{"the engine links the model", "impl/engine/CMakeLists.txt",
              "target_link_libraries(lastack_engine PUBLIC lastack::vocabulary lastack::lifecycle)\n"},
        Wrong{"a library that nobody makes", "bindings/cli/CMakeLists.txt",
              "target_link_libraries(lastack PRIVATE lastack::oracel)\n"}));

}  // namespace
