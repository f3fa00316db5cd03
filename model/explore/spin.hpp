// Spin, for the test and the benchmark that ask it: a folder to work in, and what pan says.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace lastack::explore::spin {

inline bool there_is(const char* program) {
    return std::system((std::string{"command -v "} + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// A folder of this process, which goes with the object.
class Folder {
public:
    Folder() : path_{std::filesystem::temp_directory_path() / ("lastack_spin_" + std::to_string(getpid()))} {
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(const char* name) const { return path_ / name; }
    /// Runs the command in the folder: what it said, on both of its channels; with "exit status" in front when it
    /// failed.
    std::string run(const std::string& command) const {
        const int status = std::system(("cd '" + path_.string() + "' && { " + command + "; } >log 2>&1").c_str());
        std::ifstream in{path_ / "log"};
        std::ostringstream text;
        if (status != 0) text << "exit status " << status << '\n';
        text << in.rdbuf();
        return text.str();
    }

private:
    std::filesystem::path path_;
};

/// What a run of pan says; `said` is all of it. A number that it does not say is 0.
struct Pan {
    std::size_t states{0};
    std::size_t transitions{0};
    double mebibytes{0};  ///< held in all
    double seconds{0};
    std::string said{};

    explicit Pan(std::string text) : said{std::move(text)} {
        const auto number = [&](const char* pattern) {
            std::smatch m;
            return std::regex_search(said, m, std::regex{pattern}) ? std::stod(m[1]) : 0.0;
        };
        states = static_cast<std::size_t>(number("(\\d+) states, stored"));
        transitions = static_cast<std::size_t>(number("(\\d+) transitions"));
        mebibytes = number("([0-9.]+)\\s+total actual memory usage");
        seconds = number("elapsed time ([0-9.e+-]+) seconds");
    }
    bool complete() const {
        return states > 0 && said.find("search depth too small") == std::string::npos &&
               said.find("Search not completed") == std::string::npos;
    }
};

}  // namespace lastack::explore::spin
