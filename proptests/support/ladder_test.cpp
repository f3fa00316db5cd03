#include "lastack/support/ladder.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "lastack/support/case.hpp"

namespace lastack::support {
namespace {

History history_of(std::string_view name) {
    for (const BuiltInCase& c : built_in_cases()) {
        if (c.name != name) continue;
        std::string error;
        if (const auto parsed = parse_case(c.text, name, error)) return play(*parsed).history;
    }
    ADD_FAILURE() << "no case " << name;
    return {};
}

TEST(Ladder, TheHandshakeLooksAsInFigure6) {
    EXPECT_EQ(ladder(history_of("handshake")),
              "     A                                            B\n"
              "     CLOSED                                       CLOSED\n"
              "     (OPEN active)                                (OPEN passive)\n"
              "                                                  LISTEN\n"
              " 1.  SYN-SENT      --> S 100:100(0)           --> SYN-RECEIVED\n"
              " 2.  ESTABLISHED   <-- S. 300:300(0) ack 101  <-- SYN-RECEIVED\n"
              " 3.  ESTABLISHED   --> . 101:101(0) ack 301   --> ESTABLISHED\n"
              "     (SEND 10)\n"
              " 4.  ESTABLISHED   --> P. 101:111(10) ack 301 --> ESTABLISHED\n"
              " 5.  ESTABLISHED   <-- . 301:301(0) ack 111   <-- ESTABLISHED\n");
}

TEST(Ladder, DelayedSegmentsHaveDotsAsInFigure7) {
    EXPECT_EQ(ladder(history_of("simultaneous_open"), {Numbers::symbolic}),
              "     A                                       B\n"
              "     CLOSED                                  CLOSED\n"
              "     (OPEN active)\n"
              " 1.  SYN-SENT      --> S x:x(0)          ...\n"
              "                                             (OPEN active)\n"
              " 2.  SYN-RECEIVED  <-- S y:y(0)          <-- SYN-SENT\n"
              " 3.                ... S x:x(0)          --> SYN-RECEIVED\n"
              " 4.  SYN-RECEIVED  --> S. x:x(0) ack y+1 ...\n"
              " 5.  ESTABLISHED   <-- S. y:y(0) ack x+1 <-- SYN-RECEIVED\n"
              " 6.                ... S. x:x(0) ack y+1 --> ESTABLISHED\n");
}

TEST(Ladder, ALostSegmentEndsInAnX) {
    EXPECT_EQ(ladder(history_of("lost_last_ack"), {Numbers::relative}),
              "     A                                      B\n"
              "     ESTABLISHED                            ESTABLISHED\n"
              "     (CLOSE)\n"
              " 1.  FIN-WAIT-1    --> F. 1:1(0) ack 1  --> CLOSE-WAIT\n"
              "                                            (connection closing)\n"
              " 2.  FIN-WAIT-2    <-- . 1:1(0) ack 2   <-- CLOSE-WAIT\n"
              "                                            (CLOSE)\n"
              " 3.  TIME-WAIT     <-- F. 1:1(0) ack 2  <-- LAST-ACK\n"
              "     (connection closing)\n"
              " 4.  TIME-WAIT     --> . 2:2(0) ack 2   x\n"
              "                                            (retransmission timeout)\n"
              " 5.  TIME-WAIT     <-- F. 1:1(0) ack 2  <-- LAST-ACK\n"
              "     (2 MSL anew)\n"
              " 6.  TIME-WAIT     --> . 2:2(0) ack 2   --> CLOSED\n"
              "     (2 MSL)\n"
              "     CLOSED\n");
}

TEST(Ladder, ControlBitsStandInTheOrderOfTheHeader) {
    const std::string text = ladder(history_of("refused_open"), {Numbers::absolute, true});
    EXPECT_NE(text.find("--> 000010 100:100(0)"), std::string::npos) << text;      // SYN
    EXPECT_NE(text.find("<-- 010100 0:0(0) ack 101"), std::string::npos) << text;  // RST, ACK
}

TEST(Ladder, EveryLineIsAsciiAndFitsAHundredColumns) {
    for (const BuiltInCase& c : built_in_cases()) {
        for (const Numbers numbers : {Numbers::relative, Numbers::absolute, Numbers::symbolic}) {
            for (const bool on : {false, true}) {
                std::istringstream lines(ladder(history_of(c.name), {numbers, on, on}));
                for (std::string line; std::getline(lines, line);) {
                    EXPECT_LE(line.size(), 100u) << c.name << ": " << line;
                    EXPECT_EQ(line.find_first_not_of(
                                  " !\"#$%&'()*+,-./"
                                  "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|~"),
                              std::string::npos)
                        << line;
                    EXPECT_FALSE(line.ends_with(' ')) << c.name << ": '" << line << "'";
                }
            }
        }
    }
}

TEST(Ladder, TheWidestNumbersStillFit) {
    History h;
    Moment m;
    m.kind = Moment::Kind::departure;
    m.peer = Peer::b;
    m.segment.flags = flag::syn | flag::ack | flag::psh | flag::urg | flag::fin;
    m.segment.seq = m.segment.ack = Seq{4294967295};
    m.segment.text = 4294967295;
    m.signals = {
        "a signal that has a lot to say, and would run out of the picture on the right side of it if it could"};
    h.moments = {m, m};
    std::istringstream lines(ladder(h));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(Ladder, TheRulesStandBelowTheLineOnDemand) {
    const std::string text = ladder(history_of("three_message_close"), {Numbers::absolute, false, true});
    EXPECT_NE(text.find("A: 3.10.4-ES-fin\n"), std::string::npos) << text;
    EXPECT_NE(text.find("3.10.7.4-5-FW1-fin 3.10.7.4-8-FW2-fin"), std::string::npos) << text;
}

}  // namespace
}  // namespace lastack::support
