#include "lastack/support/case.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastack::support {
namespace {

std::string error_of(std::string_view text) {
    std::string error;
    const auto c = parse_case(text, "x.case", error);
    EXPECT_FALSE(c) << "this was read: " << text;
    return error;
}

support::Run played(std::string_view text) {
    std::string error;
    const auto c = parse_case(text, "x.case", error);
    EXPECT_TRUE(c) << error;
    return c ? play(*c) : support::Run{};
}

std::string mismatch_of(std::string_view text) {
    const support::Run run = played(text);
    EXPECT_TRUE(run.mismatch) << ladder(run.history);
    return run.mismatch ? to_string(*run.mismatch) : "";
}

TEST(CaseFile, AFileHasATitleADescriptionAPolicyAndBlocks) {
    std::string error;
    const auto c = parse_case(
        "# Title\n#  more \r\n\npolicy simultaneous_open=letter\n\n# of the block\nA OPEN passive iss 7 window "
        "9\n----\nA LISTEN\n",
        "x.case", error);
    ASSERT_TRUE(c) << error;
    EXPECT_EQ(c->title, "Title");
    EXPECT_EQ(c->description, std::vector<std::string>{"more"});
    for (const Policy& p : c->policies)
        EXPECT_EQ(p.value(Choice::simultaneous_open), reading::simultaneous_open::letter);
    ASSERT_EQ(c->blocks.size(), 1u);
    ASSERT_EQ(c->blocks[0].commands.size(), 1u);
    EXPECT_EQ(c->blocks[0].commands[0].line, 7);
    EXPECT_EQ(c->blocks[0].commands[0].call.iss, Seq{7});
    EXPECT_EQ(c->blocks[0].commands[0].call.rcv_wnd, 9u);
    ASSERT_EQ(c->blocks[0].expectations.size(), 1u);
    EXPECT_EQ(c->blocks[0].expectations[0].line, 9);
}

TEST(CaseFile, ABadFileGetsOneLineThatSaysWhereAndWhy) {
    EXPECT_EQ(error_of(""), "x.case:1: there is no command in the file");
    EXPECT_EQ(error_of("# only words\n"), "x.case:1: there is no command in the file");
    EXPECT_EQ(error_of("A CLOSE\n"), "x.case:1: '----' is missing behind the commands");
    EXPECT_EQ(error_of("A CLOSE\n\n----\n"), "x.case:2: '----' is missing behind the commands");
    EXPECT_EQ(error_of("----\n"), "x.case:1: '----' stands once, behind commands");
    EXPECT_EQ(error_of("A CLOSE\n----\n----\n"), "x.case:3: '----' stands once, behind commands");
    EXPECT_EQ(error_of("A JUMP\n----\n"), "x.case:1: no such command: 'JUMP'");
    EXPECT_EQ(error_of("C CLOSE\n----\n"), "x.case:1: no such command: 'C'");
    EXPECT_EQ(error_of("A CLOSE now\n----\n"), "x.case:1: not a word for this call: 'now'");
    EXPECT_EQ(error_of("A crash now\n----\n"), "x.case:1: more than the line can mean: 'now'");
    EXPECT_EQ(error_of("A OPEN\n----\n"), "x.case:1: OPEN is active or passive, not");
    EXPECT_EQ(error_of("A OPEN active iss\n----\n"), "x.case:1: a number is missing");
    EXPECT_EQ(error_of("A OPEN active iss x1\n----\n"), "x.case:1: not a number: 'x1'");
    EXPECT_EQ(error_of("A OPEN active iss 4294967296\n----\n"),
              "x.case:1: the number must lie between 0 and 4294967295: '4294967296'");
    EXPECT_EQ(error_of("A SEND -1\n----\n"), "x.case:1: not a number: '-1'");
    EXPECT_EQ(error_of("A RECEIVE 4294967296\n----\n"),
              "x.case:1: the number must lie between 0 and 4294967295: '4294967296'");
    EXPECT_EQ(error_of("deliver A->B 0\n----\n"), "x.case:1: the number must lie between 1 and 100000: '0'");
    EXPECT_EQ(error_of("A timeout tea\n----\n"), "x.case:1: no such timer: 'tea'");
    EXPECT_EQ(error_of("deliver B->C\n----\n"), "x.case:1: expected A->B or B->A: 'B->C'");
    EXPECT_EQ(error_of("A receives (what S 1:1(0)\n----\n"), "x.case:1: ')' is missing");
    EXPECT_EQ(
        error_of("A receives (x) S 1:3(1)\n----\n"),
        "x.case:1: segment: column 9: the octets of text before here do not lead from the first number to the second");
    EXPECT_EQ(error_of("A CLOSE\n----\nA HALF-OPEN\n"), "x.case:3: no such expectation: 'HALF-OPEN'");
    EXPECT_EQ(error_of("A CLOSE\n----\nA signals smoke\n"), "x.case:3: no such signal: 'smoke'");
    EXPECT_EQ(error_of("A CLOSE\n----\nA error: none\n"), "x.case:3: no such reply: 'error: none'");
    EXPECT_EQ(error_of("A CLOSE\n----\nA rules 3.10.4-XX\n"), "x.case:3: no such rule: '3.10.4-XX'");
    EXPECT_EQ(error_of("A CLOSE\n----\nA rules\n"), "x.case:3: a rule id is missing");
    EXPECT_EQ(error_of("A CLOSE\n----\nA timers\n"), "x.case:3: expected timers, or none");
    EXPECT_EQ(error_of("peers A\nB CLOSE\n----\n"), "x.case:2: there is no B in this case");
    EXPECT_EQ(error_of("peers A\ndeliver A->B\n----\n"), "x.case:2: there is no B in this case");
    EXPECT_EQ(error_of("peers B\nB CLOSE\n----\n"), "x.case:1: only A can be alone, not: 'B'");
    EXPECT_EQ(error_of("A CLOSE\n----\n\npolicy any\n"), "x.case:4: a setting stands before the first block: 'policy'");
    EXPECT_EQ(error_of("A SEND 1 unspecified\n----\n"), "x.case:1: not a word for this call: 'unspecified'");
    EXPECT_EQ(error_of("A SEND 1 window 5\n----\n"), "x.case:1: not a word for this call: 'window'");
    EXPECT_EQ(error_of("A CLOSE iss 5\n----\n"), "x.case:1: not a word for this call: 'iss'");
    EXPECT_EQ(error_of("A OPEN active iss soon\n----\n"), "x.case:1: not a number: 'soon'");
    EXPECT_EQ(error_of("A iss\n----\n"), "x.case:1: a number is missing");
    EXPECT_EQ(error_of("A listener\n----\n"), "x.case:1: expected on or off");
    EXPECT_EQ(error_of("A listener asleep\n----\n"), "x.case:1: expected on or off: 'asleep'");
    EXPECT_EQ(error_of("A timeout user somehow\n----\n"), "x.case:1: expected anyway: 'somehow'");
    EXPECT_EQ(error_of("A sends S 1:2(0)\n----\n"),
              "x.case:1: segment: column 9: the octets of text before here do not lead from the first number to the "
              "second");
    EXPECT_EQ(error_of("A CLOSE\n----\nA refuses it\n"), "x.case:3: more than the line can mean: 'it'");
    EXPECT_EQ(error_of("words\n"), "x.case:1: the words are missing");
    EXPECT_EQ(error_of("words 0 xyz\n"), "x.case:1: no word of at most 16 hexadecimal digits: 'xyz'");
    EXPECT_EQ(error_of("words 0 12345678901234567\n"),
              "x.case:1: no word of at most 16 hexadecimal digits: '12345678901234567'");
    EXPECT_EQ(error_of("without 3.10.4-XX\n"), "x.case:1: no such rule: '3.10.4-XX'");
    EXPECT_EQ(error_of("inverted\n"), "x.case:1: a rule id is missing");
    EXPECT_EQ(error_of("variant one-way-handshake\n"), "x.case:1: no such variant: 'one-way-handshake'");
    EXPECT_EQ(error_of("variant\n"), "x.case:1: a variant is missing");
    EXPECT_EQ(error_of("variant none\n"), "x.case:1: no such variant: 'none'");
    EXPECT_EQ(error_of("variant no-time-wait\nvariant no-half-close\n"), "x.case:2: a run is of one variant");
    EXPECT_EQ(error_of("without why-no-reset-in-closed-CD-any\n"),
              "x.case:1: no such rule: 'why-no-reset-in-closed-CD-any'");
    EXPECT_EQ(error_of("seen by night\n"), "x.case:1: expected seen from outside, not: 'by night'");
    EXPECT_EQ(error_of("A CLOSE\n----\n\nwords 0\n"), "x.case:4: a setting stands before the first block: 'words'");
    EXPECT_EQ(error_of("cut\n"), "x.case:1: there is no command in the file");
    EXPECT_EQ(error_of("A CLOSE\ncut\n----\n"), "x.case:2: no such command: 'cut'");
    EXPECT_EQ(error_of("A CLOSE\n----\n\ncut\n\nA CLOSE\n----\n"), "x.case:6: nothing stands behind cut");
    EXPECT_EQ(error_of("policy half_duplex=on\npolicy half_duplex=off\n"),
              "x.case:2: another policy line decides otherwise");
    EXPECT_NE(error_of("policy tea=green\n").find("x.case:1: policy:"), std::string::npos);
    EXPECT_EQ(error_of(std::string_view{"A \x1b[2J\0\n----\n", 13}), "x.case:1: no such command: '?[2J?'");
}

TEST(CaseFile, AFileWithoutEndIsNotReadToTheEnd) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += "#\n";
    EXPECT_EQ(error_of(text), "x.case:100001: too many lines");
}

TEST(CasePlayer, ASegmentThatLeavesMustBeExpected) {
    EXPECT_EQ(mismatch_of("A OPEN active iss 100\nA sends\nlose A->B\n----\nA SYN-SENT\n"),
              "x.case:2: expected: nothing more of 'A sends'; got: A sends S 100:100(0) win 65535");
}

TEST(CasePlayer, ASegmentThatIsExpectedMustLeaveAsItIsWritten) {
    const std::string open = "A OPEN active iss 100\nA sends\nlose A->B\n----\nA SYN-SENT\n";
    EXPECT_FALSE(played(open + "A sends S 100:100(0)\n").mismatch);
    EXPECT_FALSE(played(open + "A sends S 100:100(0) win 65535\n").mismatch);
    EXPECT_EQ(mismatch_of(open + "A sends S 101:101(0)\n"),
              "x.case:6: expected: A sends S 101:101(0); got: A sends S 100:100(0) win 65535");
    EXPECT_TRUE(played(open + "A sends S 100:100(0) win 1\n").mismatch);
    EXPECT_TRUE(played(open + "A sends S 100:100(0) <mss 1460>\n").mismatch);
    EXPECT_TRUE(played(open + "A sends S. 100:100(0) ack 1\n").mismatch);
    EXPECT_TRUE(played(open + "A sends SP 100:100(0)\n").mismatch);
    EXPECT_TRUE(played(open + "B sends S 100:100(0)\n").mismatch);
    EXPECT_TRUE(played(open + "A sends nothing\n").mismatch);
    EXPECT_TRUE(played(open + "A sends S 100:100(0)\nA sends S 100:100(0)\n").mismatch);
}

TEST(CasePlayer, SilenceMustBeExpectedWhenAskedFor) {
    EXPECT_FALSE(played("A OPEN passive\nA sends\n----\nA LISTEN\nA sends nothing\n").mismatch);
    EXPECT_EQ(mismatch_of("A OPEN passive\nA sends\n----\nA LISTEN\n"),
              "x.case:2: expected: nothing more of 'A sends'; got: A sends nothing");
}

TEST(CasePlayer, AStateThatIsReachedMustBeExpected) {
    EXPECT_EQ(mismatch_of("A OPEN passive\n----\n"),
              "x.case:1: expected: nothing more of 'A OPEN passive'; got: A LISTEN");
    EXPECT_EQ(mismatch_of("A OPEN passive\n----\nA SYN-SENT\n"), "x.case:3: expected: A SYN-SENT; got: A LISTEN");
    EXPECT_FALSE(played("A OPEN passive\n----\nA LISTEN\nB CLOSED\n").mismatch);
}

TEST(CasePlayer, ExpectationsKeepTheOrderOfTheCommands) {
    const std::string commands = "A OPEN passive\nB OPEN passive\n----\n";
    EXPECT_FALSE(played(commands + "A LISTEN\nB LISTEN\n").mismatch);
    EXPECT_EQ(mismatch_of(commands + "B LISTEN\nA LISTEN\nA rules 3.10.1-CD-passive\n"),
              "x.case:6: expected: A rules 3.10.1-CD-passive; got: nothing of the kind");
}

TEST(CasePlayer, AnErrorMustBeExpected) {
    EXPECT_FALSE(played("A SEND 1\n----\nA error: connection does not exist\n").mismatch);
    EXPECT_EQ(mismatch_of("A SEND 1\n----\n"),
              "x.case:1: expected: nothing more of 'A SEND 1'; got: A error: connection does not exist");
}

TEST(CasePlayer, OnlyWhatIsUnderWayCanArriveOrBeLost) {
    EXPECT_EQ(mismatch_of("deliver A->B\n----\n"), "x.case:1: expected: a segment from A is under way; got: none");
    EXPECT_EQ(mismatch_of("A OPEN active\nA sends\nlose A->B 2\n----\n"),
              "x.case:3: expected: a segment from A is under way; got: no more than 1");
}

TEST(CasePlayer, OnlyATimerThatRunsCanRunOut) {
    EXPECT_EQ(mismatch_of("A timeout time-wait\n----\n"),
              "x.case:1: expected: A's timer runs: time-wait; got: timers none");
}

TEST(CasePlayer, AtTheEndNothingIsUnderWayAndNobodyHasAnythingToSend) {
    EXPECT_EQ(mismatch_of("A OPEN active iss 100\n----\nA SYN-SENT\n"),
              "x.case:3: expected: nobody has anything to send at the end; got: A has S 100:100(0) win 65535");
    EXPECT_EQ(mismatch_of("A OPEN active iss 100\nA sends\n----\nA SYN-SENT\nA sends S 100:100(0)\n"),
              "x.case:5: expected: nothing is under way at the end; got: from A: S 100:100(0) win 65535");
}

TEST(CasePlayer, APeerMayBeAlone) {
    const support::Run run = played(
        "peers A\n\nA OPEN active iss 100\nA sends\n----\nA SYN-SENT\nA sends S 100:100(0)\n\n"
        "A receives S. 300:300(0) ack 101 win 1000\nA sends\n----\nA ESTABLISHED\nA signals connection established\n"
        "A sends . 101:101(0) ack 301\n");
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch);
    EXPECT_EQ(run.ends[0].state, State::Established);
    EXPECT_EQ(run.history.isn[1], Seq{300});
}

TEST(CasePlayer, TheReadingOfAChoiceDecides) {
    // The SYN,ACK that crosses A's own: by Figure 7 the handshake is complete, by the letter it is not.
    const std::string run =
        "\n\npeers A\n\nA OPEN active iss 100\nA sends\nA receives S 300:300(0) win 9\nA sends\n----\nA SYN-SENT\n"
        "A sends S 100:100(0)\nA SYN-RECEIVED\nA sends S. 100:100(0) ack 301\n\n"
        "A receives S. 300:300(0) ack 101 win 9\n----\n";
    EXPECT_FALSE(played("policy simultaneous_open=figure_7" + run + "A ESTABLISHED\nA signals connection established\n")
                     .mismatch);
    EXPECT_FALSE(played("policy simultaneous_open=letter" + run +
                        "A SYN-RECEIVED\n\nA sends\n----\nA sends . 101:101(0) ack 301\n")
                     .mismatch);
    EXPECT_TRUE(played("policy simultaneous_open=letter" + run + "A ESTABLISHED\n").mismatch);
}

TEST(CaseFile, ARandomRunsSettingsAreRead) {
    std::string error;
    const auto c = parse_case(
        "words 0 1f03\nwords ffffffffffffffff\npolicy half_duplex=on\npolicy time_wait_ack=letter\n"
        "without 3.10.1-CD-passive\ninverted 3.10.1-CD-active\nseen from outside\n\nA CLOSE\n----\n\ncut\n",
        "x.case", error);
    ASSERT_TRUE(c) << error;
    EXPECT_EQ(c->words, (Words{0, 0x1f03, 0xffffffffffffffff}));
    EXPECT_EQ(c->policies[0].value(Choice::half_duplex), reading::half_duplex::on);
    EXPECT_EQ(c->policies[0].value(Choice::time_wait_ack), reading::time_wait_ack::letter);
    EXPECT_EQ(c->policies[1], c->policies[0]);
    EXPECT_EQ(id(c->instruments.off), "3.10.1-CD-passive");
    EXPECT_EQ(id(c->instruments.inverted), "3.10.1-CD-active");
    EXPECT_TRUE(c->seen_from_outside);
    EXPECT_TRUE(c->cut);
}

TEST(CaseFile, APolicyMayBeOfOneEnd) {
    std::string error;
    const auto c = parse_case(
        "policy half_duplex=on\npolicy A time_wait_rst=ignore\npolicy B time_wait_rst=closed second_fin=letter\n\n"
        "A STATUS\n----\n",
        "x.case", error);
    ASSERT_TRUE(c) << error;
    const Policy of_both = Policy{}.with(Choice::half_duplex, reading::half_duplex::on);
    EXPECT_EQ(c->policies[0], of_both.with(Choice::time_wait_rst, reading::time_wait_rst::ignore));
    EXPECT_EQ(c->policies[1], of_both.with(Choice::time_wait_rst, reading::time_wait_rst::closed)
                                  .with(Choice::second_fin, reading::second_fin::letter));
    EXPECT_EQ(error_of("policy half_duplex=on\npolicy B half_duplex=off\n"),
              "x.case:2: another policy line decides otherwise");
    EXPECT_EQ(error_of("peers A\npolicy B half_duplex=off\n"), "x.case:2: there is no B in this case");
    EXPECT_EQ(error_of("policy B half_duplex=off\npeers A\n"), "x.case:2: there is no B, and a policy line is of B");
    EXPECT_NE(error_of("policy C half_duplex=off\n").find("x.case:1: policy:"), std::string::npos);
}

TEST(CasePlayer, EachEndHasItsPolicy) {
    // SYNs cross, and each end's SYN,ACK meets the other's: the reading of C1 is the receiver's own.
    const std::string run =
        "\n\nA OPEN active iss 100\nB OPEN active iss 300\nA sends\nB sends\ndeliver A->B\ndeliver B->A\n----\n"
        "A SYN-SENT\nB SYN-SENT\nA sends S 100:100(0)\nB sends S 300:300(0)\nB SYN-RECEIVED\nA SYN-RECEIVED\n\n"
        "A sends\nB sends\ndeliver A->B\ndeliver B->A\n----\n"
        "A sends S. 100:100(0) ack 301\nB sends S. 300:300(0) ack 101\n";
    const std::string a = "A ESTABLISHED\nA signals connection established\n";
    const std::string b = "B ESTABLISHED\nB signals connection established\n";
    const std::string cut = "\ncut\n";
    EXPECT_FALSE(played("policy simultaneous_open=figure_7" + run + b + a + cut).mismatch);
    EXPECT_FALSE(played("policy A simultaneous_open=letter" + run + b + cut).mismatch);
    EXPECT_FALSE(played("policy B simultaneous_open=letter" + run + a + cut).mismatch);
    EXPECT_TRUE(played("policy B simultaneous_open=letter" + run + b + a + cut).mismatch);
}

TEST(CasePlayer, WhatSurroundsACallDecides) {
    EXPECT_FALSE(played("A OPEN active unspecified\n----\nA error: remote socket unspecified\n").mismatch);
    EXPECT_FALSE(played("A OPEN passive no-room\n----\nA error: insufficient resources\n").mismatch);
    EXPECT_FALSE(played("A OPEN passive forbidden\n----\nA error: connection illegal for this process\n").mismatch);
    EXPECT_FALSE(played("A OPEN passive security-refused\n----\nA error: security/compartment not allowed\n").mismatch);
    EXPECT_FALSE(played("A OPEN passive unspecified\n----\nA LISTEN\n\n"
                        "A SEND 1\n----\nA error: remote socket unspecified\n")
                     .mismatch);
    EXPECT_NE(ladder(played("A OPEN passive no-room\n----\nA error: insufficient resources\n").history)
                  .find("(OPEN passive no-room)"),
              std::string::npos);
}

TEST(CasePlayer, ASegmentThatIsWrittenLeavesAsItIs) {
    const std::string text =
        "A OPEN active iss later\nA sends S 7:7(0) win 5 <mss 1000>\nlose A->B\n----\nA SYN-SENT\n";
    const support::Run run = played(text);
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch);
    EXPECT_EQ(run.ends[0].iss, Seq{7});
    EXPECT_FALSE(played(text + "A sends S 7:7(0)\n").mismatch);
    EXPECT_EQ(mismatch_of(text + "A refuses\n"), "x.case:6: expected: A refuses; got: nothing of the kind");
}

TEST(CasePlayer, ASegmentThatMayNotLeaveMustBeRefused) {
    EXPECT_FALSE(played("A sends S 7:7(0)\n----\nA refuses\n").mismatch);
    EXPECT_EQ(mismatch_of("A sends S 7:7(0) win 5\ndeliver A->B\n----\n"),
              "x.case:1: expected: A sends S 7:7(0) win 5; got: it is refused in CLOSED");
    EXPECT_EQ(mismatch_of("A sends S 7:7(0)\ndeliver A->B\n----\nA refuses\n"),
              "x.case:2: expected: a segment from A is under way; got: none");
}

TEST(CasePlayer, ATimerThatDoesNotRunMayRunOutAnyway) {
    EXPECT_FALSE(played("A timeout time-wait anyway\n----\nA ignores\n").mismatch);
    EXPECT_EQ(mismatch_of("A OPEN passive\nA timeout time-wait anyway\n----\nA LISTEN\nA starts time-wait\n"),
              "x.case:5: expected: A starts time-wait; got: nothing of the kind");
}

TEST(CasePlayer, ASynFindsTheListenerInTimeWaitOrNot) {
    // MAY-2: a SYN beyond what was received reopens the connection, if somebody listens.
    const std::string time_wait =
        "policy time_wait_reuse=sequence\n\nestablished A 100 B 300\nA CLOSE\nA sends\ndeliver A->B\nB sends\n"
        "deliver B->A\nB CLOSE\nB sends\ndeliver B->A\nA sends\nlose A->B\n----\n"
        "A ESTABLISHED\nB ESTABLISHED\nA FIN-WAIT-1\nA sends F. 100:100(0) ack 300\nB CLOSE-WAIT\n"
        "B signals connection closing\nB sends . 300:300(0) ack 101\nA FIN-WAIT-2\nA signals close ok\n"
        "B LAST-ACK\nB sends F. 300:300(0) ack 101\nA TIME-WAIT\nA signals connection closing\n"
        "A sends . 101:101(0) ack 301\n\n";
    const std::string syn = "A receives S 1000:1000(0) win 5\n----\n";
    EXPECT_FALSE(played(time_wait + "A iss 5000\n" + syn + "A SYN-RECEIVED\n\ncut\n").mismatch);
    EXPECT_FALSE(played(time_wait + "A listener off\n" + syn + "A TIME-WAIT\n\ncut\n").mismatch);
    EXPECT_FALSE(played(time_wait + "A listener off\nA listener on\n" + syn + "A SYN-RECEIVED\n\ncut\n").mismatch);
}

TEST(CasePlayer, ACutRunNeedsNoEnd) {
    EXPECT_FALSE(played("A OPEN active\nA sends\nA OPEN passive\n----\nA SYN-SENT\nA sends S 0:0(0)\n"
                        "A error: connection already exists\n\ncut\n")
                     .mismatch);
}

TEST(CasePlayer, AMachineWithoutARowOrWithAnInvertedOneIsPlayed) {
    // 3.10.4: CLOSE in LISTEN ends in CLOSED. Without its row nothing comes of it.
    const std::string run = "A OPEN passive\n----\nA LISTEN\n\nA CLOSE\n----\n";
    EXPECT_FALSE(played(run + "A CLOSED\n").mismatch);
    EXPECT_FALSE(played("without 3.10.4-LI\n\n" + run + "A LISTEN\n").mismatch);
    // 3.10.1: OPEN needs access. With the guard turned round it is refused to whoever has it.
    EXPECT_FALSE(
        played("inverted 3.10.1-CD-noauth\n\nA OPEN passive\n----\nA error: connection illegal for this process\n")
            .mismatch);
}

TEST(CasePlayer, AVariantIsPlayed) {
    // 3.10.7.1: CLOSED answers an ACK with a RST. The variant is silent.
    const std::string run = "peers A\n\nA receives . 5:5(0) ack 7\nA sends\n----\n";
    EXPECT_FALSE(played(run + "A rules 3.10.7.1-ACK\nA sends R 7:7(0)\n").mismatch);
    const std::string silent = "A rules why-no-reset-in-closed-CD-any\nA sends nothing\n";
    EXPECT_FALSE(played("variant no-reset-in-closed\n" + run + silent).mismatch);
    EXPECT_TRUE(played(run + silent).mismatch);
    EXPECT_TRUE(played("variant no-time-wait\n" + run + silent).mismatch);
}

TEST(CasePlayer, FromOutsideNeitherSignalsNorOctetsAreSeen) {
    const std::string run =
        "established A 100 B 300\nA SEND 5\nA sends\ndeliver A->B\nB RECEIVE 5\nA ABORT\nA sends\ndeliver A->B\n"
        "----\nA ESTABLISHED\nB ESTABLISHED\nA sends P. 100:105(5) ack 300\n";
    const std::string end = "A CLOSED\nA sends R 105:105(0)\nB CLOSED\n";
    EXPECT_FALSE(played("seen from outside\n\n" + run + end).mismatch);
    EXPECT_EQ(mismatch_of(run + end), "x.case:5: expected: nothing more of 'B RECEIVE 5'; got: B delivers 5");
    EXPECT_EQ(mismatch_of(run + "B delivers 5\n" + end),
              "x.case:6: expected: nothing more of 'A ABORT'; got: A signals waiting calls: connection reset");
}

}  // namespace
}  // namespace lastack::support
