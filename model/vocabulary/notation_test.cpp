#include "lastack/vocabulary/notation.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack {
namespace {

Segment syn_ack_with_all_options() {
    Segment s;
    s.flags = flag::syn | flag::ack;
    s.ack = Seq{1};
    s.wnd = 65535;
    s.mss = 1460;
    s.sack_permitted = true;
    s.has_ts = true;
    s.tsval = 1;
    s.wscale = 7;
    return s;
}

Segment parsed(std::string_view text) {
    std::string error;
    const auto segment = parse_segment(text, error);
    EXPECT_TRUE(segment) << text << ": " << error;
    return segment.value_or(Segment{});
}

std::string error_of(std::string_view text) {
    std::string error;
    EXPECT_FALSE(parse_segment(text, error)) << text;
    return error;
}

TEST(Notation, PrintsASegmentAsPacketdrillDoes) {
    EXPECT_EQ(to_string(syn_ack_with_all_options()),
              "S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1 ecr 0,wscale 7>");

    Segment text;
    text.flags = flag::psh | flag::ack;
    text.seq = Seq{1};
    text.ack = Seq{1};
    text.text = 100;
    text.wnd = 257;
    EXPECT_EQ(to_string(text), "P. 1:101(100) ack 1 win 257");
}

TEST(Notation, DoesNotCountSynAndFinInThePrintedLength) {
    Segment s;
    s.flags = flag::syn | flag::fin;
    s.seq = Seq{5};
    s.text = 2;
    EXPECT_EQ(to_string(s), "FS 5:7(2) win 0");
    EXPECT_EQ(s.len(), 4u);
}

TEST(Notation, WritesEveryControlBitAndNone) {
    Segment s;
    EXPECT_EQ(to_string(s), "- 0:0(0) win 0");
    s.flags = 0xff;
    EXPECT_EQ(to_string(s), "FSRP.UEW 0:0(0) ack 0 win 0 urg 0");
    s.flags = flag::rst;
    EXPECT_EQ(to_string(s), "R 0:0(0) win 0");
    s.flags = flag::rst | flag::ack;
    EXPECT_EQ(to_string(s), "R. 0:0(0) ack 0 win 0");
}

TEST(Notation, PrintsTheSixControlBitsOnRequest) {
    Frame bits;
    bits.bits = true;
    Segment s;
    s.flags = flag::syn | flag::ack;  // URG ACK PSH RST SYN FIN
    EXPECT_EQ(to_string(s, bits), "010010 0:0(0) ack 0 win 0");
    s.flags = flag::fin;
    EXPECT_EQ(to_string(s, bits), "000001 0:0(0) win 0");
    s.flags = flag::syn | flag::ece | flag::cwr;  // two more bits in front, for they would be lost
    EXPECT_EQ(to_string(s, bits), "11000010 0:0(0) win 0");
}

TEST(Notation, CountsFromTheInitialNumbersOnRequest) {
    Segment s;
    s.flags = flag::ack;
    s.seq = Seq{4};  // the sender's numbers have wrapped: ISN 2^32-6
    s.ack = Seq{1001};
    s.text = 10;
    Frame frame{.numbers = Numbers::relative, .sender_isn = Seq{0xfffffffa}, .receiver_isn = Seq{1000}};
    EXPECT_EQ(to_string(s, frame), ". 10:20(10) ack 1 win 0");
    frame.numbers = Numbers::absolute;
    EXPECT_EQ(to_string(s, frame), ". 4:14(10) ack 1001 win 0");
}

TEST(Notation, NamesTheNumbersAsTextbooksDo) {
    const Frame first{.numbers = Numbers::symbolic, .sender_isn = Seq{300}, .receiver_isn = Seq{900}};
    const Frame second{.numbers = Numbers::symbolic,
                       .sender_isn = Seq{900},
                       .receiver_isn = Seq{300},
                       .sender_symbol = 'y',
                       .receiver_symbol = 'x'};
    Segment s;
    s.flags = flag::syn;
    s.seq = Seq{300};
    EXPECT_EQ(to_string(s, first), "S x:x(0) win 0");
    s.flags = flag::syn | flag::ack;
    s.seq = Seq{900};
    s.ack = Seq{301};
    EXPECT_EQ(to_string(s, second), "S. y:y(0) ack x+1 win 0");
    s.flags = flag::ack;
    s.seq = Seq{301};
    s.ack = Seq{901};
    s.text = 5;
    EXPECT_EQ(to_string(s, first), ". x+1:x+6(5) ack y+1 win 0");
    s.seq = Seq{299};
    s.text = 0;
    EXPECT_EQ(to_string(s, first), ". x-1:x-1(0) ack y+1 win 0");
}

TEST(Notation, ReadsWhatPacketdrillWrites) {
    EXPECT_EQ(parsed("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1 ecr 0,wscale 7>"),
              syn_ack_with_all_options());
    EXPECT_EQ(parsed("S. 0:0(0) ack 1 win 65535 <mss 1460, sackOK, TS val 1 ecr 0, nop, wscale 7, eol>"),
              syn_ack_with_all_options());
    EXPECT_EQ(parsed("  .S   0:0(0)  ack 1  win 65535 <wscale 7,TS val 1 ecr 0,mss 1460,sackOK> "),
              syn_ack_with_all_options());
    EXPECT_EQ(parsed("010010 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1 ecr 0,wscale 7>"),
              syn_ack_with_all_options());
    Segment fin;
    fin.flags = flag::fin;
    fin.seq = Seq{0xffffffff};
    fin.text = 2;
    EXPECT_EQ(parsed("F 4294967295:1(2)"), fin) << "the window may be left out, and numbers wrap";
}

TEST(Notation, ReadsBackWhatItPrinted) {
    for (unsigned flags = 0; flags < 256; ++flags) {
        for (unsigned options = 0; options < 64; ++options) {
            Segment s;
            s.flags = static_cast<std::uint8_t>(flags);
            s.seq = Seq{0xfffffff0u + flags};
            s.ack = Seq{s.has_ack() ? 0x80000000u - options : 0u};
            s.text = options * 7;
            s.wnd = static_cast<std::uint16_t>(flags * 257);
            s.urgent = static_cast<std::uint16_t>(options & 1 ? flags : 0);
            s.mss = static_cast<std::uint16_t>(options & 2 ? 65535 : 0);
            s.wscale = options & 4 ? std::int8_t{14} : Segment::no_wscale;
            s.has_ts = (options & 8) != 0;
            s.tsval = s.has_ts ? 0xffffffffu : 0u;
            s.sack_permitted = (options & 16) != 0;
            s.security_mismatch = (options & 32) != 0;
            for (const bool bits : {false, true}) {
                Frame frame;
                frame.bits = bits;
                const std::string text = to_string(s, frame);
                std::string error;
                ASSERT_EQ(parse_segment(text, error), s) << text << " " << error;
            }
        }
    }
}

TEST(Notation, SaysWhatIsWrongAndWhere) {
    EXPECT_EQ(error_of(""), "segment: column 1: expected control bits, as in 'S.'");
    EXPECT_EQ(error_of("X 0:0(0)"), "segment: column 2: unknown control bit before here: 'X'");
    EXPECT_EQ(error_of("SS 0:0(0)"), "segment: column 3: control bit given twice before here: 'S'");
    EXPECT_EQ(error_of("S"), "segment: column 2: expected a sequence number");
    EXPECT_EQ(error_of("S x:x(0)"), "segment: column 3: expected a sequence number");
    EXPECT_EQ(error_of("S 4294967296:0(0)"), "segment: column 3: a sequence number is larger than 4294967295");
    EXPECT_EQ(error_of("S 99999999999999999999:0(0)"),
              "segment: column 3: a sequence number is larger than 4294967295");
    EXPECT_EQ(error_of("S -1:0(0)"), "segment: column 3: expected a sequence number");
    EXPECT_EQ(error_of("S 0"), "segment: column 4: expected ':' and the number behind the text");
    EXPECT_EQ(error_of("S 0:0"), "segment: column 6: expected '(' and the octets of text");
    EXPECT_EQ(error_of("S 0:0(0"), "segment: column 8: expected ')'");
    EXPECT_EQ(error_of("S 0:1(0)"),
              "segment: column 9: the octets of text before here do not lead from the first number to the second");
    EXPECT_EQ(error_of("S 0:0(0) ack 1"), "segment: column 13: an acknowledgment number without the ACK bit '.'");
    EXPECT_EQ(error_of("S. 0:0(0) win 1"), "segment: column 11: expected 'ack', for the ACK bit is on");
    EXPECT_EQ(error_of("S 0:0(0) win 65536"), "segment: column 14: a window is larger than 65535");
    EXPECT_EQ(error_of("S 0:0(0) win"), "segment: column 13: expected a window");
    EXPECT_EQ(error_of("S 0:0(0) <"), "segment: column 11: unknown option");
    EXPECT_EQ(error_of("S 0:0(0) <mss 1460"), "segment: column 19: expected ',' or '>'");
    EXPECT_EQ(error_of("S 0:0(0) <mss 1,mss 2>"), "segment: column 20: mss twice");
    EXPECT_EQ(error_of("S 0:0(0) <mss 0>"), "segment: column 16: mss must not be 0");
    EXPECT_EQ(error_of("S 0:0(0) <wscale 15>"), "segment: column 18: wscale is larger than 14");
    EXPECT_EQ(error_of("S 0:0(0) <TS val 1>"), "segment: column 19: expected 'ecr' after TS val");
    EXPECT_EQ(error_of("S 0:0(0) <mssy 1>"), "segment: column 11: unknown option");
    EXPECT_EQ(error_of("S 0:0(0) win 1 more"), "segment: column 16: more than a segment");
    EXPECT_EQ(error_of("S\n 0:0(0)"), "segment: column 3: unknown control bit before here: '?'");
}

TEST(Notation, RefusesEveryBeginningOfASegmentOrReadsLess) {
    const std::string whole = "S. 10:10(0) ack 1 win 65535 urg 3 <mss 1460,sackOK,TS val 1 ecr 0,wscale 7>";
    for (std::size_t n = 0; n < whole.size(); ++n) {
        std::string error;
        const auto segment = parse_segment(whole.substr(0, n), error);
        EXPECT_NE(segment.has_value(), !error.empty()) << whole.substr(0, n);
        EXPECT_NE(segment, parsed(whole)) << whole.substr(0, n);
    }
}

// --- policies as text ---

Policy policy(std::string_view text) {
    std::string error;
    const auto found = parse_policy(text, error);
    EXPECT_TRUE(found) << error;
    return found.value_or(Policy{});
}

TEST(PolicyNotation, ReadsBackEveryReadingOfEveryChoice) {
    for (const ChoiceInfo& choice : choices()) {
        ASSERT_GE(choice.reading_count, 2) << choice.name;
        for (std::uint8_t i = 0; i < choice.reading_count; ++i) {
            const Policy one = Policy{}.with(choice.choice, i);
            EXPECT_EQ(to_string(one), std::string{choice.name} + "=" + std::string{choice.readings[i]});
            EXPECT_EQ(policy(to_string(one)), one);
        }
    }
}

TEST(PolicyNotation, DescribesTheChoicesAsTheTableWritesThem) {
    const ChoiceInfo& reuse = info(Choice::time_wait_reuse);
    EXPECT_EQ(reuse.choice, Choice::time_wait_reuse);
    EXPECT_EQ(reuse.name, "time_wait_reuse");
    EXPECT_EQ(reuse.decision, "C27");
    EXPECT_EQ(reuse.place, "RFC 9293 3.6.1 (MAY-2), RFC 6191 2");
    ASSERT_EQ(reuse.reading_count, 4);
    EXPECT_EQ(reuse.readings[0], "none");
    EXPECT_EQ(reuse.readings[3], "timestamps_or_sequence");
    EXPECT_EQ(info(Choice::half_duplex).readings[reading::half_duplex::on], "on");
    EXPECT_EQ(info(Choice::half_duplex).readings[2], "");
    std::set<std::string_view> names;
    for (const ChoiceInfo& choice : choices()) {
        EXPECT_EQ(&info(choice.choice), &choice);
        names.insert(choice.name);
    }
    EXPECT_EQ(names.size(), choices().size());
}

TEST(PolicyNotation, CallsTheUndecidedPolicyAny) {
    EXPECT_EQ(to_string(Policy{}), "any");
    EXPECT_EQ(policy("any"), Policy{});
    EXPECT_EQ(policy("any half_duplex=on"), Policy{}.with(Choice::half_duplex, reading::half_duplex::on));
}

TEST(PolicyNotation, TakesAProfileAndAmendsIt) {
    ASSERT_TRUE(profile("linux"));
    EXPECT_EQ(policy("linux"), profile("linux")->policy);
    EXPECT_EQ(policy("linux rst_validation=rfc793, half_duplex=on"),
              profile("linux")
                  ->policy.with(Choice::rst_validation, reading::rst_validation::rfc793)
                  .with(Choice::half_duplex, reading::half_duplex::on));
    EXPECT_FALSE(profile("bsd"));
}

TEST(PolicyNotation, ReadsBackEveryProfile) {
    for (const Profile& p : profiles()) {
        EXPECT_EQ(policy(to_string(p.policy)), p.policy) << p.name;
        EXPECT_FALSE(p.policy.fully_open()) << p.name;
    }
    EXPECT_EQ(profiles().size(), 3u);
}

TEST(PolicyNotation, SaysWhatIsWrong) {
    const auto error_of_policy = [](std::string_view text) {
        std::string error;
        EXPECT_FALSE(parse_policy(text, error)) << text;
        return error;
    };
    EXPECT_EQ(error_of_policy(" "), "policy: empty; write 'any', a profile, or choice=reading");
    EXPECT_EQ(error_of_policy("beos"), "policy: 'beos' is neither a profile nor choice=reading");
    EXPECT_EQ(error_of_policy("half_duplex=on linux"), "policy: 'linux' is neither a profile nor choice=reading");
    EXPECT_EQ(error_of_policy("colour=red"), "policy: there is no choice 'colour'");
    EXPECT_EQ(error_of_policy("syn_text=eat"), "policy: syn_text has no reading 'eat', only queue ignore acknowledge");
    EXPECT_EQ(error_of_policy("half_duplex="), "policy: half_duplex has no reading '', only off on");
}

TEST(Profiles, Rfc9293DecidesOnlyWhereOneReadingConforms) {
    const Policy p = profile("rfc9293")->policy;
    EXPECT_TRUE(p.decided(Choice::rst_validation));
    EXPECT_EQ(p.value(Choice::rst_validation), reading::rst_validation::rfc5961);
    for (const Choice open : {Choice::simultaneous_open, Choice::time_wait_ack, Choice::ack_range, Choice::half_duplex,
                              Choice::time_wait_reuse, Choice::second_fin}) {
        EXPECT_FALSE(p.decided(open)) << info(open).name;
    }
    EXPECT_FALSE(p.compatible(profile("rfc793")->policy)) << "they validate RST differently";
}

// --- names ---

TEST(Names, AreTheRfcsOwn) {
    EXPECT_EQ(name(Reply::connection_illegal), "error: connection illegal for this process");
    EXPECT_EQ(name(Reply::connection_closing), "error: connection closing");
    EXPECT_EQ(name_of_signal(signal::user_timeout), "connection aborted due to user timeout");
    EXPECT_EQ(name_of_signal(signal::push), "push");
    EXPECT_EQ(name(CallKind::open_active), "OPEN active");
    EXPECT_EQ(name(CallKind::status), "STATUS");
    EXPECT_EQ(name(TimeoutKind::user), "USER TIMEOUT");
    EXPECT_EQ(name(TimeoutKind::fin_wait_2), "FIN-WAIT-2 TIMEOUT");
    EXPECT_EQ(name(Verdict::no_change), "no change");
    EXPECT_EQ(name(Origin::reuse), "reuse");
    EXPECT_EQ(name(OwedKind::challenge_ack), "challenge ACK");
    EXPECT_EQ(name(OwedKind::rst_ack), "RST,ACK");
    EXPECT_EQ(name(When::eventually), "eventually");
}

TEST(Names, DescribeAConfigOnOneLine) {
    Config c;
    EXPECT_EQ(to_string(c), "CLOSED");
    c.state = State::Established;
    c.origin = Origin::active;
    c.iss_chosen = true;
    c.snd_una = c.snd_nxt = Seq{1};
    c.snd_wnd = 100;
    c.rcv_nxt = Seq{1};
    c.rcv_wnd = 200;
    c.timers = timer::user | timer::time_wait;
    c.owed[0].kind = OwedKind::ack;
    c.owed[1].kind = OwedKind::challenge_ack;
    c.owed[1].when = When::throttleable;
    c.owed_count = 2;
    c.held[0] = {Seq{5}, Seq{9}};
    c.held_count = 1;
    EXPECT_EQ(to_string(c),
              "ESTABLISHED origin=active iss=0 snd.una=1 snd.nxt=1 snd.wnd=100 irs=0 rcv.nxt=1 rcv.wnd=200 holds 5:9"
              " timers user,time-wait owes ACK; challenge ACK (throttleable)");
}

}  // namespace
}  // namespace lastack
