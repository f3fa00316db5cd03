// `lastack why` as it is called, and every command that spec/claims.toml names.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "claims.hpp"
#include "lastack/exhaustive/why.hpp"

namespace lastack {
namespace {

struct Result {
    int code{-1};
    std::string text{};  ///< standard output and standard error
};

/// `lastack` with these arguments, in the top folder.
Result run(const std::string& arguments) {
    const std::string command = "cd '" LASTACK_TOP "' && '" LASTACK_COMMAND "' " + arguments + " 2>&1";
    Result r;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return r;
    std::array<char, 4096> part{};
    for (std::size_t n; (n = fread(part.data(), 1, part.size(), pipe)) > 0;) r.text.append(part.data(), n);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) r.code = WEXITSTATUS(status);
    return r;
}

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(WhyCommand, TellsAStory) {
    const Result r = run("why two-way-handshake");
    EXPECT_EQ(r.code, 0);
    for (const char* part :
         {"Why three messages and not two?\n", "--> S 100:100(0)", "--> ESTABLISHED\n", "The same under RFC 9293:\n",
          "--> R 101:101(0)          --> LISTEN\n", "Searched to the end: ", "It holds.", "RFC 9293 3.5, Figure 8."})
        EXPECT_NE(r.text.find(part), std::string::npos) << part << "\n" << r.text;
}

TEST(WhyCommand, LinesFitATerminal) {
    for (const exhaustive::Story& s : exhaustive::stories()) {
        std::istringstream all{run("why " + std::string{s.name}).text};
        for (std::string line; std::getline(all, line);) EXPECT_LE(line.size(), 100u) << line;
    }
}

TEST(WhyCommand, SaysWhichReadingIsTheFullProtocol) {
    const Result r = run("why fin-wait-2-without-timer");
    EXPECT_EQ(r.code, 0);
    EXPECT_NE(r.text.find("The same under RFC 9293 with fin_wait_2_timer=orphan:"), std::string::npos) << r.text;
}

TEST(WhyCommand, TheCaseThatItWritesPlays) {
    const std::string file = testing::TempDir() + "why_command_" + std::to_string(getpid()) + ".case";
    EXPECT_EQ(run("why three-message-close --case " + file).code, 0);
    const Result r = run("play " + file);
    std::remove(file.c_str());
    EXPECT_EQ(r.code, 0) << r.text;
    EXPECT_NE(r.text.find("the variant three-message-close"), std::string::npos) << r.text;
}

TEST(WhyCommand, JsonIsOneObject) {
    const Result r = run("why no-half-close --json");
    EXPECT_EQ(r.code, 0);
    const auto j = nlohmann::json::parse(r.text);
    EXPECT_EQ(j["name"], "no-half-close");
    EXPECT_EQ(j["as_claimed"], true);
    EXPECT_EQ(j["full"]["answer"], "holds");
    EXPECT_EQ(j["full"]["complete"], true);
    EXPECT_GT(j["full"]["states"], 1000);
    EXPECT_EQ(j["counterexample"]["cycle"], 0);
    EXPECT_NE(j["counterexample"]["case"].get<std::string>().find("variant no-half-close\n"), std::string::npos);
}

TEST(WhyCommand, ListsStoriesAndClaims) {
    const Result stories = run("why --list");
    EXPECT_EQ(stories.code, 0);
    EXPECT_EQ(lines(stories.text), exhaustive::stories().size());
    const Result all = run("why --claims");
    EXPECT_EQ(all.code, 0);
    EXPECT_EQ(lines(all.text), claims().size());
    EXPECT_EQ(nlohmann::json::parse(run("why --claims --json").text).size(), claims().size());
}

TEST(WhyCommand, BadUsageGetsOneLine) {
    const Result unknown = run("why two-way");
    EXPECT_EQ(unknown.code, 2);
    EXPECT_EQ(lines(unknown.text), 1u) << unknown.text;
    EXPECT_NE(unknown.text.find("two-way-handshake"), std::string::npos) << unknown.text;
    for (const char* arguments :
         {"why", "why --list no-time-wait", "why --list --claims", "why no-time-wait old-text"}) {
        const Result r = run(arguments);
        EXPECT_EQ(r.code, 2) << arguments;
        EXPECT_EQ(lines(r.text), 1u) << r.text;
    }
    EXPECT_EQ(run("why no-half-close --case /no/such/folder/x.case").code, 2);
}

// ---- the claims ----

TEST(Claims, EachHasACommandThatShowsItUnlessItIsOutside) {
    for (const Claim& c : claims()) {
        EXPECT_EQ(c.command.empty(), c.verdict == "outside") << c.id;
        EXPECT_TRUE(c.command.empty() || c.command.starts_with("lastack ")) << c.id;
    }
}

TEST(Claims, EachCommandRuns) {
    std::set<std::string> commands;
    for (const Claim& c : claims()) {
        if (!c.command.empty()) commands.insert(c.command.substr(std::string_view{"lastack "}.size()));
    }
    EXPECT_GT(commands.size(), 20u);
    for (const std::string& command : commands) {
        const Result r = run(command);
        EXPECT_EQ(r.code, 0) << command << "\n" << r.text;
        EXPECT_FALSE(r.text.empty()) << command;
    }
}

TEST(Claims, AStoryThatShowsOneNamesItAndNamesNoOther) {
    std::set<std::string_view> ids;
    for (const Claim& c : claims()) {
        ids.insert(c.id);
        constexpr std::string_view why = "lastack why ";
        if (!c.command.starts_with(why)) continue;
        const exhaustive::Story* s = exhaustive::story(std::string_view{c.command}.substr(why.size()));
        ASSERT_NE(s, nullptr) << c.command;
        EXPECT_NE(std::find(s->claims.begin(), s->claims.end(), c.id), s->claims.end()) << c.id;
    }
    for (const exhaustive::Story& s : exhaustive::stories()) {
        for (const std::string_view claim : s.claims) EXPECT_TRUE(ids.contains(claim)) << s.name << ": " << claim;
    }
}

}  // namespace
}  // namespace lastack
