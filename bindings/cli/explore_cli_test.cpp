// `lastack explore`, run through the app: what it prints, on which stream, and its exit code.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "lastack/support/case.hpp"
#include "run_subcommand.hpp"

namespace {

namespace fs = std::filesystem;

Ran run(std::vector<std::string> arguments) {
    return run_subcommand(lastack::add_explore, "explore", std::move(arguments));
}

nlohmann::json answer(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    return nlohmann::json::parse(run(arguments).out);
}

std::string answer_to(const nlohmann::json& all, const std::string& id) {
    for (const auto& p : all["properties"]) {
        if (p["id"] == id) return p["answer"];
    }
    return "not asked";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Nobody ever opens: both ends stay CLOSED, which is one state without a move. One user who may only listen: CLOSED and
// LISTEN, and once more CLOSED when it has closed; what is left to OPEN tells the two apart.
TEST(Explore, CountsAreThoseOfSystemsThatAreSmallEnoughToCountByHand) {
    const auto nobody = answer({"--opens", "0", "--no-properties"});
    EXPECT_EQ(1, nobody["system"]["states"]);
    EXPECT_EQ(0, nobody["system"]["moves"]);
    EXPECT_EQ(1, nobody["without_a_move"]);
    EXPECT_EQ(1, nobody["pairs"][0][0]);

    const auto listener = answer({"--opens", "1,0", "--data", "0", "--no-call", "A", "--no-properties"});
    EXPECT_EQ(3, listener["system"]["states"]);
    EXPECT_EQ(2, listener["system"]["moves"]);
    EXPECT_EQ(1, listener["pairs"][1][0]);
    EXPECT_EQ(2, listener["pairs"][0][0]);
}

TEST(Explore, AllHoldsWhereNothingIsWrong) {
    const Ran ran = run({"--data", "0"});
    EXPECT_EQ(0, ran.code);
    EXPECT_EQ("", ran.err);
    EXPECT_TRUE(contains(ran.out, "OPENs 1, octets 0, capacity 3, in order\n")) << ran.out;
    EXPECT_TRUE(contains(ran.out, "  holds     ")) << ran.out;
    EXPECT_FALSE(contains(ran.out, "violated"));
    EXPECT_FALSE(contains(ran.out, "  open  "));
    EXPECT_LE(lines(ran.out), 40u) << "it fits a screen";

    const auto all = answer({"--data", "0"});
    // RFC 9293 Figure 7 and 13: opens and closes that cross meet in SYN-RECEIVED and in CLOSING.
    EXPECT_EQ("holds", answer_to(all, "R3"));
    EXPECT_EQ("holds", answer_to(all, "R4"));
    EXPECT_EQ("holds", answer_to(all, "U2"));
    EXPECT_EQ("vacuous", answer_to(all, "R7")) << "no end is half-open without crashes";
    const auto both = [&all](std::size_t a, std::size_t b) { return all["pairs"][a][b].get<std::uint64_t>(); };
    EXPECT_GT(both(4, 4), 0u);
    EXPECT_EQ(0u, both(1, 4)) << "LISTEN beside ESTABLISHED needs a forged segment or a crash";
    for (std::size_t a = 0; a < 11; ++a) {
        for (std::size_t b = 0; b < 11; ++b) EXPECT_EQ(both(a, b), both(b, a)) << "the two users are alike";
    }
}

// The faults that spec/properties.toml says break them.
TEST(Explore, AFaultIsFound) {
    const auto inverted = answer({"--data", "0", "--inverted", "3.10.7.3-4-SYNACK", "--loss", "1"});
    EXPECT_EQ(1, inverted["exit"]);
    EXPECT_EQ("violated", answer_to(inverted, "S33"));

    const Ran ran = run({"--data", "0", "--without", "3.10.8-TW"});  // TIME-WAIT never ends
    EXPECT_EQ(1, ran.code);
    EXPECT_EQ("", ran.err);
    EXPECT_TRUE(contains(ran.out, "violated  L6*   every wait has its end\n")) << ran.out;
    EXPECT_TRUE(contains(ran.out, "TIME-WAIT")) << "its ladder";
    EXPECT_TRUE(contains(ran.out, "without 3.10.8-TW"));
}

TEST(Explore, PropertiesAreLeftOutWhenNotAskedFor) {
    EXPECT_EQ("not asked", answer_to(answer({"--data", "0", "--no-properties"}), "S1"));
    const auto safety = answer({"--data", "0", "--no-liveness", "--without", "3.10.8-TW"});
    EXPECT_EQ("holds", answer_to(safety, "S1"));
    EXPECT_NE("violated", answer_to(safety, "L6"));
}

class ExploreFolder : public testing::Test {
protected:
    ~ExploreFolder() override { fs::remove_all(folder); }
    // Its cases run at the same time, each in a process.
    const fs::path folder = fs::path(testing::TempDir()) / ("lastack-explore-" + std::to_string(getpid()));

    static std::optional<lastack::support::Case> read(const fs::path& file) {
        std::ifstream in{file};
        std::string error;
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        auto parsed = lastack::support::parse_case(text, file.string(), error);
        EXPECT_TRUE(parsed) << error;
        return parsed;
    }
};

TEST_F(ExploreFolder, CounterexamplesBecomeCaseFilesThatPlay) {
    const Ran ran =
        run({"--data", "0", "--loss", "1", "--inverted", "3.10.7.3-4-SYNACK", "--case", folder.string() + "/"});
    EXPECT_EQ(1, ran.code);
    ASSERT_TRUE(fs::exists(folder / "S33.case")) << ran.out << ran.err;
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator{folder}) {
        const auto c = read(entry.path());
        ASSERT_TRUE(c);
        const auto played = lastack::support::play(*c);
        EXPECT_FALSE(played.mismatch) << lastack::support::to_string(*played.mismatch);
        ++files;
    }
    std::size_t told = 0;
    for (auto at = ran.out.find("\nwrote "); at != std::string::npos; at = ran.out.find("\nwrote ", at + 1)) ++told;
    EXPECT_EQ(told, files);
    const auto s33 = read(folder / "S33.case");
    EXPECT_EQ("S33, established end faces no stranger, is violated", s33->title);
}

TEST_F(ExploreFolder, OneFileHasTheShortest) {
    fs::create_directories(folder);
    const fs::path file = folder / "shortest.case";
    EXPECT_EQ(1, run({"--data", "0", "--inverted", "3.10.7.3-4-SYNACK", "--case", file.string()}).code);
    EXPECT_TRUE(read(file));
    const Ran nowhere = run({"--data", "0", "--inverted", "3.10.7.3-4-SYNACK", "--case", "/no/such/file.case"});
    EXPECT_EQ(2, nowhere.code);
    EXPECT_EQ("lastack explore: /no/such/file.case: cannot be written\n", nowhere.err);
}

TEST_F(ExploreFolder, TheGraphIsWritten) {
    fs::create_directories(folder);
    const auto text_of = [&](const char* file) {
        EXPECT_EQ(0,
                  run({"--opens", "1,0", "--data", "0", "--no-call", "A", "--graph", (folder / file).string()}).code);
        std::ifstream in{folder / file};
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    EXPECT_TRUE(text_of("g.aut").starts_with("des (0, 2, 3)\n"))
        << "the three states and two moves that are counted by hand above";
    EXPECT_TRUE(contains(text_of("g.dot"), "digraph"));
    EXPECT_TRUE(contains(text_of("g.pml"), "proctype"));
    const Ran ran = run({"--graph", (folder / "g.png").string()});
    EXPECT_EQ(2, ran.code);
    EXPECT_TRUE(contains(ran.err, "g.png: the name must end with .dot, .svg, .aut or .pml\n")) << ran.err;
    EXPECT_EQ(3, run({"--states", "5", "--graph", (folder / "large.aut").string()}).code);
    EXPECT_FALSE(fs::exists(folder / "large.aut"));
}

TEST(Explore, APathIsWalked) {
    // The first move of the initial state is A's passive OPEN, as a walk of one move shows.
    const Ran ran = run({"--path", "0", "--data", "0"});
    EXPECT_EQ(0, ran.code);
    EXPECT_TRUE(contains(ran.out, "path 0\n")) << ran.out;
    EXPECT_TRUE(contains(ran.out, "OPEN")) << ran.out;
    EXPECT_EQ(0, run({"--path", ""}).code) << "the initial state";

    const Ran far = run({"--path", "0 77"});
    EXPECT_EQ(2, far.code);
    EXPECT_EQ(1u, lines(far.err));
    EXPECT_TRUE(contains(far.err, "--path: move 1: ")) << far.err;
    for (const char* wrong : {"a", "0 -1", "(0", "0)", "(0) 1", "99999999999999999999"}) {
        const Ran bad = run({"--path", wrong});
        EXPECT_EQ(2, bad.code) << wrong;
        EXPECT_TRUE(contains(bad.err, "lastack explore: --path: ")) << bad.err;
    }
}

TEST(Explore, TheShortestWayToAStateIsShown) {
    // To be established, A must OPEN, its SYN leave and arrive, B listen and its SYN,ACK leave and arrive: six moves.
    const Ran established = run({"--to", "established", "--data", "0"});
    EXPECT_EQ(0, established.code);
    EXPECT_TRUE(contains(established.out, "an end in ESTABLISHED: 6 moves\n")) << established.out;

    const Ran closing = run({"--to", "CLOSING,TW", "--data", "0"});
    EXPECT_EQ(0, closing.code);
    EXPECT_TRUE(contains(closing.out, "A in CLOSING and B in TIME-WAIT")) << closing.out;

    const Ran none = run({"--to", "LISTEN,ESTABLISHED", "--data", "0"});
    EXPECT_EQ(1, none.code);
    EXPECT_TRUE(contains(none.out, "none of ")) << none.out;
    EXPECT_EQ(3, run({"--to", "TIME-WAIT", "--states", "20"}).code);
    const Ran wrong = run({"--to", "OPEN"});
    EXPECT_EQ(2, wrong.code);
    EXPECT_TRUE(contains(wrong.err, "--to: no state \"OPEN\"; there are CLOSED, LISTEN")) << wrong.err;
}

TEST(Explore, ARunThatIsCutSaysSo) {
    const Ran states = run({"--loss", "1", "--states", "500"});
    EXPECT_EQ(3, states.code);
    EXPECT_TRUE(contains(states.out, "cut: as many states as --states allows")) << states.out;
    EXPECT_TRUE(contains(states.out, "  open  ")) << states.out;
    EXPECT_FALSE(contains(states.out, "  vacuous")) << "nothing is known to be vacuous";
    const Ran time = run({"--loss", "2", "--duplicates", "2", "--reordering", "--time", "0.2"});
    EXPECT_EQ(3, time.code);
    EXPECT_TRUE(contains(time.out, "cut: as long as --time allows")) << time.out;
    const Ran memory = run({"--loss", "2", "--duplicates", "2", "--reordering", "--memory", "0.01"});
    EXPECT_EQ(3, memory.code);
    EXPECT_TRUE(contains(memory.out, "cut: as much memory as --memory allows")) << memory.out;
    // What was found before the cut counts.
    EXPECT_EQ(1, run({"--loss", "1", "--inverted", "3.10.7.3-4-SYNACK", "--states", "20000"}).code);
}

TEST(Explore, CtrlCEndsWithWhatThereIs) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::alarm(60);
        const int code = run({"--loss", "3", "--duplicates", "3", "--reordering", "--data", "2"}).code;
        _exit(code);
    }
    ::usleep(700'000);
    ASSERT_EQ(0, ::kill(child, SIGINT));
    int status = 0;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    ASSERT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(3, WEXITSTATUS(status));
}

TEST(Explore, BadUsageIsOneClearLine) {
    for (const auto& [arguments, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--without", "3.10.8-TX"}, "--without: no rule \"3.10.8-TX\"; the nearest: 3.10.8-TW"},
             {{"--variant", "none"}, "--variant: no variant \"none\"; there are two-way-handshake, "},
             {{"--policy", "bsd"}, "--policy: "},
             {{"--path", "(0)"}, "--path: the cycle does not end where it begins"},
             {{"--loss", "255", "--duplicates", "255", "--crashes", "1"},
              "the budgets have more than 65536 combinations"}}) {
        const Ran ran = run(arguments);
        EXPECT_EQ(2, ran.code) << said;
        EXPECT_EQ("", ran.out);
        EXPECT_EQ(1u, lines(ran.err)) << ran.err;
        EXPECT_TRUE(ran.err.starts_with("lastack explore: ") && contains(ran.err, said)) << ran.err;
    }
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"--loss", "256"},
                                                                                           {"--loss", "-1"},
                                                                                           {"--data", "1,2,3"},
                                                                                           {"--data", "x"},
                                                                                           {"--capacity", "0"},
                                                                                           {"--capacity", "9"},
                                                                                           {"--isn", "above"},
                                                                                           {"--no-listen", "C"},
                                                                                           {"--memory", "nan"},
                                                                                           {"--time", "NaN"},
                                                                                           {"--without", ""},
                                                                                           {"--variant", ""},
                                                                                           {"--to", ""},
                                                                                           {"--memory", "0"},
                                                                                           {"--json", "--path", "0"},
                                                                                           {"--json", "--to", "CLOSED"},
                                                                                           {"--nonsense"},
                                                                                           {"more"}}) {
        EXPECT_EQ(-1, run(arguments).code) << arguments.front();
    }
}

}  // namespace
