#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "run_subcommand.hpp"

namespace lastack {
namespace {

Ran run(std::vector<std::string> arguments) { return run_subcommand(add_play, "play", std::move(arguments), 2); }

/// A file that is gone when the test is done.
class File {
public:
    explicit File(const std::string& text)
        : path_{testing::TempDir() + "play_test_" + std::to_string(getpid()) + ".case"} {
        std::ofstream{path_} << text;
    }
    ~File() { std::remove(path_.c_str()); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

TEST(Play, ACaseIsShownAsALadder) {
    const Ran r = run({"handshake"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.err, "");
    EXPECT_NE(r.out.find(" 1.  SYN-SENT      --> S 100:100(0)           --> SYN-RECEIVED\n"), std::string::npos)
        << r.out;
}

TEST(Play, CloseIsTheNormalClose) {
    EXPECT_EQ(run({"close"}).out, run({"normal_close"}).out);
    EXPECT_NE(run({"close"}).out.find("Figure 12"), std::string::npos);
}

TEST(Play, NumbersFlagsAndRulesAreShownAsAskedFor) {
    EXPECT_NE(run({"handshake", "--numbers", "relative"}).out.find("S. 0:0(0) ack 1"), std::string::npos);
    EXPECT_NE(run({"handshake", "--numbers", "symbolic"}).out.find("S. y:y(0) ack x+1"), std::string::npos);
    EXPECT_NE(run({"handshake", "--flags"}).out.find("010010 300:300(0) ack 101"), std::string::npos);
    EXPECT_NE(run({"handshake", "--rules"}).out.find("B: 3.10.7.2-3-SYN\n"), std::string::npos);
    EXPECT_EQ(run({"handshake", "--numbers", "roman"}).code, 2);
}

TEST(Play, APictureIsAllThatGoesToStandardOutput) {
    const Ran r = run({"handshake", "--svg"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.err, "");
    EXPECT_TRUE(r.out.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"")) << r.out;
    EXPECT_TRUE(r.out.ends_with("</svg>\n")) << r.out;
    EXPECT_NE(r.out.find(">The three-way handshake (RFC 9293 3.5, Figure 6)</title>"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(">S. 300:300(0) ack 101</text>"), std::string::npos) << r.out;
    EXPECT_NE(run({"handshake", "--svg", "--numbers", "symbolic"}).out.find(">S. y:y(0) ack x+1</text>"),
              std::string::npos);
    EXPECT_NE(run({"handshake", "--svg", "--flags"}).out.find(">010010 300:300(0) ack 101</text>"), std::string::npos);
    EXPECT_NE(run({"handshake", "--svg", "--rules"}).out.find(">3.10.7.2-3-SYN</text>"), std::string::npos);
}

TEST(Play, APictureIsOfOneCase) {
    const Ran r = run({"handshake", "close", "--svg"});
    EXPECT_EQ(r.code, 2);
    EXPECT_EQ(r.out, "");
}

TEST(Play, APictureTellsOfAFaultAndOfAMismatchToo) {
    const File file{"# M\n\nwithout 3.10.4-LI\n\nA OPEN passive\n----\nA SYN-SENT\n"};
    const Ran r = run({file.path(), "--svg"});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.err, "lastack play: " + file.path() + ":7: expected: A SYN-SENT; got: A LISTEN\n");
    EXPECT_NE(r.out.find("M (The machine that runs has a fault: 3.10.4-LI is switched off.)</title>"),
              std::string::npos)
        << r.out;
}

TEST(Play, TheListHasNamesAndTitles) {
    const Ran r = run({"--list"});
    EXPECT_EQ(r.code, 0);
    EXPECT_NE(r.out.find("handshake                 The three-way handshake (RFC 9293 3.5, Figure 6)\n"),
              std::string::npos)
        << r.out;
}

TEST(Play, AFileIsPlayedToo) {
    const File file{"# Mine\n\nA OPEN passive\n----\nA LISTEN\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(r.out.starts_with("Mine\n")) << r.out;
}

TEST(Play, ARunThatIsNotAsTheFileSaysEndsWith1) {
    const File file{"A OPEN passive\n----\nA SYN-SENT\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.err, "lastack play: " + file.path() + ":3: expected: A SYN-SENT; got: A LISTEN\n");
}

TEST(Play, ARandomRunIsPlayedLikeAnyOther) {
    const File file{
        "# S7 broken\n\nwords 0 1f03\npeers A\n\nA OPEN active iss later window 9\nA sends S 5:5(0) win 9\n"
        "A sends S 6:6(0) win 9\n----\nA SYN-SENT\nA refuses\n\nA timeout user anyway\n----\nA CLOSED\n"
        "A signals connection aborted due to user timeout\n\ncut\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find(" 1.  SYN-SENT      --> S 5:5(0)         -->\n"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(" 2.  SYN-SENT      --> S 6:6(0)         x\n     (refused: it may not leave)\n"),
              std::string::npos)
        << r.out;
}

TEST(Play, AVariantIsToldFromTheLifecycle) {
    const Ran r = run({"why_no_retransmission"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(
        r.out.find("\n(This is not RFC 9293 but the variant no-retransmission. Nothing is sent again: what is lost "
                   "is lost. Section 3.10.8 has it otherwise.)\n"),
        std::string::npos)
        << r.out;
    EXPECT_NE(run({"why_two_way_handshake", "--rules"}).out.find("B: why-two-way-handshake-LI-SYN\n"),
              std::string::npos);
    EXPECT_NE(run({"why_no_time_wait", "--svg"}).out.find("the variant no-time-wait."), std::string::npos);
    EXPECT_EQ(run({"handshake"}).out.find("variant"), std::string::npos);
}

TEST(Play, AFaultOfTheMachineIsNamed) {
    const File file{"# M\n\nwithout 3.10.4-LI\n\nA OPEN passive\nA CLOSE\n----\nA LISTEN\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(r.out.starts_with("M\n(The machine that runs has a fault: 3.10.4-LI is switched off.)\n")) << r.out;
    const File other{"inverted 3.10.4-LI\n\nA OPEN passive\nA CLOSE\n----\nA LISTEN\n"};
    EXPECT_NE(run({other.path()}).out.find("the guard of 3.10.4-LI is inverted"), std::string::npos);
}

TEST(Play, ARunOfAnotherStackIsShownToTheBlockWhereItDiffers) {
    const File file{
        "# B answers too early\n\nseen from outside\n\nB OPEN passive\n----\nB LISTEN\n\n"
        "A OPEN active iss 1\nA sends S 1:1(0) win 9\ndeliver A->B\n----\nA SYN-SENT\nB ESTABLISHED\n\n"
        "A CLOSE\n----\nA CLOSED\n\ncut\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.err, "lastack play: " + file.path() + ":14: expected: B ESTABLISHED; got: B SYN-RECEIVED\n");
    EXPECT_NE(r.out.find(" 1.  SYN-SENT      --> S 1:1(0)         --> SYN-RECEIVED\n"), std::string::npos) << r.out;
    EXPECT_EQ(r.out.find("CLOSE)"), std::string::npos) << r.out;
}

TEST(Play, WhatCannotBeReadEndsWith2AndOneLine) {
    const File file{"A OPENS\n"};
    const Ran r = run({file.path()});
    EXPECT_EQ(r.code, 2);
    EXPECT_EQ(r.err, "lastack play: " + file.path() + ":1: no such command: 'OPENS'\n");
    EXPECT_EQ(run({"no_such_case"}).err,
              "lastack play: no_such_case: neither a case (see --list) nor a file that can be read\n");
    EXPECT_EQ(run({"no_such_case", "handshake"}).code, 2);
    EXPECT_EQ(run({testing::TempDir()}).code, 2);
    EXPECT_EQ(run({}).code, 2);
}

TEST(Play, AFileOfAnyLengthIsRefusedBeforeItIsInMemory) {
    const File file{std::string((1 << 20) + 1, '#')};
    EXPECT_EQ(run({file.path()}).err, "lastack play: " + file.path() + ": larger than 1 MiB, which no case file is\n");
}

}  // namespace
}  // namespace lastack
