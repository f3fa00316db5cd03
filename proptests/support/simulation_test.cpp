// Whole runs from a seed: what the RFC says of each course, what the line does, and that a run can be had again.
#include "lastack/support/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "lastack/support/case.hpp"
#include "lastack/support/decoder.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/run.hpp"

namespace lastack::support {
namespace {

constexpr Peer A = Peer::a, B = Peer::b;
constexpr std::array<Peer, 2> both{A, B};
using Opening = Script::Opening;
using Closing = Script::Closing;
using States = std::vector<State>;

std::int64_t in_ms(std::int64_t ns) { return ns / ms_in_ns; }

SimulatedEnd sending(std::uint32_t octets) {
    SimulatedEnd end;
    end.octets = octets;
    return end;
}
SimulatedCourse closing(Closing how) {
    SimulatedCourse course;
    course.closing = how;
    return course;
}
SimulatedPath losing(double probability) {
    SimulatedPath path;
    path.loss = probability;
    return path;
}

/// The states of `p`, one after the other, from CLOSED on.
States states(const Simulation& s, Peer p) {
    States all{s.history.start[index(p)]};
    for (const Moment& m : s.history.moments) {
        if (m.states[index(p)] != all.back()) all.push_back(m.states[index(p)]);
    }
    return all;
}
/// When `p` entered `state`, for the first time.
std::int64_t entered_ns(const Simulation& s, Peer p, State state) {
    for (const Moment& m : s.history.moments) {
        if (m.states[index(p)] == state) return *m.time_ns;
    }
    return -1;
}
bool told(const Simulation& s, Peer p, std::string_view signal) {
    for (const Moment& m : s.history.moments) {
        for (const std::string& line : m.signals) {
            if (m.peer == p && line == signal) return true;
        }
    }
    return false;
}
/// Everything of a run that can be seen, in one text.
std::string everything(const Simulation& s) {
    std::string text = to_case(s.recording, "x");
    for (const Moment& m : s.history.moments) {
        text += std::to_string(*m.time_ns) + letter(m.peer) + m.text + std::to_string(static_cast<int>(m.fate));
        for (const std::string& line : m.signals) text += line;
    }
    for (const Traffic& t : s.traffic) {
        for (const std::uint64_t n :
             {t.sent, t.lost, t.duplicated, t.overtaken, t.retransmitted, t.accepted, t.delivered})
            text += " " + std::to_string(n);
    }
    return text + to_string(s.ends[0]) + to_string(s.ends[1]);
}

// ------------------------------------------------------------------------------------------ a line without faults

// RFC 9293 3.5 Figure 6, 3.6 Figure 12: the server has text for the client that has closed, so the ACK comes first.
TEST(Simulation, OfAWholeLifePassesTheStatesOfTheFigures) {
    const Simulation s = simulate(sending(1000), sending(500), {}, 1, closing(Closing::half));
    EXPECT_EQ(s.ended, Ended::closed);
    EXPECT_EQ(states(s, A), (States{State::Closed, State::SynSent, State::Established, State::FinWait1, State::FinWait2,
                                    State::TimeWait, State::Closed}));
    EXPECT_EQ(states(s, B), (States{State::Closed, State::Listen, State::SynReceived, State::Established,
                                    State::CloseWait, State::LastAck, State::Closed}));
    EXPECT_EQ(s.traffic[0].accepted, 1000u);
    EXPECT_EQ(s.traffic[1].accepted, 500u);
    EXPECT_EQ(s.traffic[0].delivered, 500u);
    EXPECT_EQ(s.traffic[1].delivered, 1000u);
    for (const Traffic& t : s.traffic) {
        EXPECT_GT(t.sent, 0u);
        EXPECT_EQ(t.lost + t.duplicated + t.overtaken + t.retransmitted, 0u);
    }
    EXPECT_EQ(s.gave_up, (std::array{false, false}));
    // A round trip of 20 ms and the ACK: ESTABLISHED at 20 and 30 ms.
    EXPECT_EQ(in_ms(entered_ns(s, A, State::Established)), 20);
    EXPECT_EQ(in_ms(entered_ns(s, B, State::Established)), 30);
}

TEST(Simulation, TakesTheTimeThatEachDirectionTakes) {
    SimulatedPath back;
    back.latency_ns = 70 * ms_in_ns;
    const Simulation s = simulate({}, {}, {SimulatedPath{}, back}, 1);
    EXPECT_EQ(in_ms(entered_ns(s, A, State::Established)), 80);
    EXPECT_EQ(in_ms(entered_ns(s, B, State::Established)), 90);
}

struct CourseCase {
    const char* name;
    Opening opening;
    Closing closing;
    States a;
    States b;
    Ended ended;
};
void PrintTo(const CourseCase& c, std::ostream* os) { *os << c.name; }

class Course : public testing::TestWithParam<CourseCase> {};

TEST_P(Course, ReachesTheStatesThatItMust) {
    SimulatedCourse course = closing(GetParam().closing);
    course.opening = GetParam().opening;
    const Simulation s = simulate(sending(700), sending(700), {}, 3, course);
    EXPECT_EQ(states(s, A), GetParam().a);
    EXPECT_EQ(states(s, B), GetParam().b);
    EXPECT_EQ(name(s.ended), name(GetParam().ended));
}

// RFC 9293 3.10.7.4, eighth check: a FIN that acknowledges ours leads from FIN-WAIT-1 straight to TIME-WAIT, and the
// user who answers CLOSE with CLOSE at once lets the ACK ride on its FIN.
constexpr auto C = State::Closed;
const States client_opens{C, State::SynSent, State::Established};
const States server_opens{C, State::Listen, State::SynReceived, State::Established};
const States crossing{C, State::SynSent, State::SynReceived, State::Established};
States then(States states, const States& more) {
    states.insert(states.end(), more.begin(), more.end());
    return states;
}
const States closes_first{State::FinWait1, State::TimeWait, C};
const States closes_second{State::CloseWait, State::LastAck, C};
const States closes_too{State::FinWait1, State::Closing, State::TimeWait, C};

INSTANTIATE_TEST_SUITE_P(
    Each, Course,
    testing::Values(
        CourseCase{"client_first", Opening::client_server, Closing::client_first, then(client_opens, closes_first),
                   then(server_opens, closes_second), Ended::closed},
        CourseCase{"server_first", Opening::client_server, Closing::server_first, then(client_opens, closes_second),
                   then(server_opens, closes_first), Ended::closed},
        // Figure 13.
        CourseCase{"simultaneous_close", Opening::client_server, Closing::simultaneous, then(client_opens, closes_too),
                   then(server_opens, closes_too), Ended::closed},
        // Figure 7.
        CourseCase{"simultaneous_open", Opening::simultaneous, Closing::client_first, then(crossing, closes_first),
                   then(crossing, closes_second), Ended::closed},
        CourseCase{"both_simultaneous", Opening::simultaneous, Closing::together, then(crossing, closes_too),
                   then(crossing, closes_too), Ended::closed},
        CourseCase{"client_aborts", Opening::client_server, Closing::client_aborts, then(client_opens, {C}),
                   then(server_opens, {C}), Ended::closed},
        CourseCase{"nobody_closes", Opening::client_server, Closing::nobody, client_opens, server_opens, Ended::rest},
        // 3.5.1, Figure 10: the text of the other end is answered with a RST.
        CourseCase{"server_crashes", Opening::client_server, Closing::server_crashes, then(client_opens, {C}),
                   then(server_opens, {C}), Ended::closed},
        CourseCase{"client_crashes", Opening::client_server, Closing::client_crashes, then(client_opens, {C}),
                   then(server_opens, {C}), Ended::closed},
        // 3.10.7.1: a SYN to nobody is answered with a RST; 3.10.7.3: the connection is refused.
        CourseCase{"no_server", Opening::no_server, Closing::client_first, {C, State::SynSent, C}, {C}, Ended::closed}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Simulation, TellsTheUsersWhatTheyMustKnow) {
    const Simulation aborted = simulate({}, {}, {}, 1, closing(Closing::client_aborts));
    EXPECT_TRUE(told(aborted, B, "connection reset"));
    EXPECT_FALSE(told(aborted, A, "connection reset"));
    SimulatedCourse alone;
    alone.opening = Opening::no_server;
    EXPECT_TRUE(told(simulate({}, {}, {}, 1, alone), A, "connection reset"));
    EXPECT_TRUE(told(simulate({}, {}, {}, 1), B, "connection closing"));
}

// MUST-13.
TEST(Simulation, StaysInTimeWaitForTwoMsl) {
    for (const int msl_s : {30, 60, 120}) {
        SimulatedCourse course;
        course.durations.msl_ns = msl_s * second_in_ns;
        const Simulation s = simulate(sending(10), sending(10), {}, 1, course);
        ASSERT_EQ(states(s, A).back(), State::Closed);
        EXPECT_EQ(s.now_ns - entered_ns(s, A, State::TimeWait), 2 * msl_s * second_in_ns);
        EXPECT_EQ(s.history.moments.back().text, "2 MSL");
    }
}

TEST(Simulation, TransfersNothingLittleAndMuch) {
    for (const std::uint32_t octets : {0u, 1u, 1'000'000u}) {
        for (const std::uint32_t window : {1000u, 65535u}) {
            SimulatedEnd server;
            server.rcv_wnd = window;
            const Simulation s = simulate(sending(octets), server, {}, 5);
            EXPECT_EQ(s.ended, Ended::closed);
            EXPECT_EQ(s.traffic[1].delivered, octets);
            EXPECT_EQ(s.traffic[0].lost + s.traffic[0].retransmitted, 0u);
        }
    }
}

// RFC 9293 3.8.6: no octet beyond the right edge of the window leaves.
TEST(Simulation, KeepsToTheWindowOfThePeer) {
    SimulatedEnd server;
    server.rcv_wnd = 1000;
    server.reads_late = true;
    const Simulation s = simulate(sending(50'000), server, {}, 5);
    ASSERT_EQ(s.traffic[1].delivered, 50'000u);
    std::optional<Seq> edge;
    bool filled = false;
    for (const Moment& m : s.history.moments) {
        if (m.kind == Moment::Kind::arrival && m.peer == A && m.segment.has_ack()) edge = m.segment.ack + m.segment.wnd;
        if (m.kind != Moment::Kind::departure || m.peer != A || m.segment.text == 0) continue;
        ASSERT_TRUE(edge);
        EXPECT_LE(m.segment.text_end(), *edge);
        filled |= m.segment.text_end() == *edge;
    }
    EXPECT_TRUE(filled);
}

// RFC 7323 2.2: the window of a SYN is not scaled, every other is.
TEST(Simulation, AnnouncesAWindowByItsScale) {
    SimulatedEnd server;
    server.rcv_wnd = 4096;
    server.wscale = 4;
    SimulatedEnd client = sending(1);
    client.wscale = 0;
    const Simulation s = simulate(client, server, {}, 1, closing(Closing::nobody));
    std::vector<std::uint16_t> announced;
    for (const Moment& m : s.history.moments) {
        if (m.peer == B && m.kind == Moment::Kind::departure) announced.push_back(m.segment.wnd);
    }
    ASSERT_GE(announced.size(), 2u);
    EXPECT_EQ(announced.front(), 4096);
    EXPECT_EQ(announced.back(), 4096 >> 4);
}

TEST(Simulation, OffersTheOptionsOfEachEnd) {
    SimulatedEnd client;
    client.mss = 1460;
    client.wscale = 3;
    client.timestamps = client.sack_permitted = true;
    SimulatedEnd server;
    server.mss = 1000;
    const Simulation s = simulate(client, server, {}, 1);
    std::vector<Segment> syns;
    for (const Moment& m : s.history.moments) {
        if (m.kind == Moment::Kind::departure && m.segment.syn()) syns.push_back(m.segment);
    }
    ASSERT_EQ(syns.size(), 2u);
    EXPECT_EQ(syns[0].mss, 1460);
    EXPECT_EQ(syns[0].wscale, 3);
    EXPECT_TRUE(syns[0].has_ts);
    EXPECT_TRUE(syns[0].sack_permitted);
    EXPECT_EQ(syns[1].mss, 1000);
    EXPECT_EQ(syns[1].wscale, Segment::no_wscale);
    EXPECT_FALSE(syns[1].has_ts);
}

TEST(Simulation, OpensAsOftenAsItIsTold) {
    SimulatedCourse course;
    course.incarnations = 3;
    const Simulation s = simulate(sending(100), sending(50), {}, 1, course);
    EXPECT_EQ(s.ended, Ended::closed);
    EXPECT_EQ(s.traffic[1].delivered, 300u);
    const States all = states(s, A);
    EXPECT_EQ(std::count(all.begin(), all.end(), State::Established), 3);
}

// C1: by the letter a SYN,ACK that crosses ours is refused, and the ACK of it is what completes the handshake.
TEST(Simulation, EachEndHasItsOwnPolicy) {
    SimulatedCourse course;
    course.opening = Opening::simultaneous;
    for (const Peer by_letter : both) {
        std::array<SimulatedEnd, 2> ends;
        ends[index(by_letter)].policy = Policy{}.with(Choice::simultaneous_open, reading::simultaneous_open::letter);
        const Simulation s = simulate(ends[0], ends[1], {}, 1, course);
        EXPECT_EQ(s.ended, Ended::closed);
        for (const Moment& m : s.history.moments) {
            if (m.kind != Moment::Kind::arrival || !m.segment.syn() || !m.segment.has_ack()) continue;
            const State after = m.states[index(m.peer)];
            EXPECT_EQ(after, m.peer == by_letter ? State::SynReceived : State::Established) << letter(m.peer);
            if (m.peer == by_letter) break;
        }
        EXPECT_EQ(s.recording.policies[0], ends[0].policy);
        EXPECT_EQ(s.recording.policies[1], ends[1].policy);
    }
}

// ------------------------------------------------------------------------------------------ from a seed

TEST(Simulation, OfTheSameSeedIsTheSame) {
    SimulatedPath path;
    path.loss = path.duplicate = path.reorder = 0.2;
    path.jitter_ns = 30 * ms_in_ns;
    std::string before;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::string once = everything(simulate(sending(3000), sending(2000), path, seed));
        EXPECT_EQ(once, everything(simulate(sending(3000), sending(2000), path, seed)));
        EXPECT_NE(once, before);
        before = once;
    }
}

// SplitMix64 from 0 begins, as its authors publish it, with e220a8397b1dcdaf 6e789e6aa1b965f4.
TEST(Simulation, TakesTheFirstNumbersFromTheSeedUnlessTheyAreGiven) {
    const Simulation drawn = simulate({}, {}, {}, 0);
    EXPECT_EQ(drawn.history.isn[0], Seq{0xe220a839});
    EXPECT_EQ(drawn.history.isn[1], Seq{0x6e789e6a});
    SimulatedEnd client;
    client.iss = Seq{0xffffffff};
    const Simulation given = simulate(client, {}, {}, 0);
    EXPECT_EQ(given.history.isn[0], Seq{0xffffffff});
    EXPECT_EQ(given.history.isn[1], Seq{0x6e789e6a});
    EXPECT_EQ(states(given, A), states(drawn, A));
}

TEST(Simulation, DoesTheSameToTheSegmentsWhateverTheFirstNumbersAre) {
    SimulatedEnd client = sending(5000);
    const Simulation drawn = simulate(client, {}, losing(0.3), 9);
    client.iss = Seq{0xfffff000};  // it wraps around under way
    const Simulation given = simulate(client, {}, losing(0.3), 9);
    ASSERT_EQ(drawn.history.moments.size(), given.history.moments.size());
    for (std::size_t i = 0; i < drawn.history.moments.size(); ++i) {
        EXPECT_EQ(drawn.history.moments[i].time_ns, given.history.moments[i].time_ns);
        EXPECT_EQ(drawn.history.moments[i].fate, given.history.moments[i].fate);
    }
}

// ------------------------------------------------------------------------------------------ faults

// Everything arrives and both ends close; or one of them gives up, and says so. The client that closes first reads to
// the end also where the last text comes with the FIN (C9).
TEST(Simulation, SurvivesLossOrGivesUp) {
    std::uint64_t sent = 0, lost = 0, retransmitted = 0, whole = 0;
    constexpr std::uint64_t seeds = 300;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Closing how =
            std::array{Closing::client_first, Closing::server_first, Closing::simultaneous, Closing::half}[seed % 4];
        SimulatedEnd client = sending(5000);
        client.policy = Policy{}.with(Choice::receive_when_closing, reading::receive_when_closing::deliver);
        const Simulation s = simulate(client, sending(3000), losing(0.2), seed, closing(how));
        for (const Traffic& t : s.traffic) sent += t.sent, lost += t.lost;
        if (s.gave_up[0] || s.gave_up[1]) {
            EXPECT_TRUE((s.gave_up[0] && told(s, A, "connection aborted due to user timeout")) ||
                        (s.gave_up[1] && told(s, B, "connection aborted due to user timeout")))
                << seed;
            continue;
        }
        ++whole;
        EXPECT_EQ(s.ended, Ended::closed) << seed;
        EXPECT_EQ(s.traffic[0].delivered, 3000u) << seed;
        EXPECT_EQ(s.traffic[1].delivered, 5000u) << seed;
        retransmitted += s.traffic[0].retransmitted + s.traffic[1].retransmitted;
    }
    EXPECT_GT(whole, seeds * 9 / 10);
    EXPECT_GT(retransmitted, seeds);
    EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(sent), 0.2, 0.02);
}

// R2 of a SYN (MUST-23) is over at 183 s: after 1, 2, 4, 8, 16, 32, 60 and 60 s. The other direction is as it was.
TEST(Simulation, LosesInTheDirectionThatLoses) {
    const Simulation s = simulate({}, {}, {losing(1), SimulatedPath{}}, 1);
    EXPECT_EQ(s.ended, Ended::rest);
    EXPECT_EQ(states(s, A), (States{State::Closed, State::SynSent, State::Closed}));
    EXPECT_EQ(states(s, B), (States{State::Closed, State::Listen}));
    EXPECT_EQ(s.gave_up, (std::array{true, false}));
    EXPECT_EQ(in_ms(s.now_ns), 183'000);
    EXPECT_EQ(s.traffic[0].sent, 8u);
    EXPECT_EQ(s.traffic[0].retransmitted, 7u);
    EXPECT_EQ(s.traffic[0].lost, 8u);
    EXPECT_EQ(s.traffic[1].sent, 0u);
}

TEST(Simulation, GivesUpByTheUserTimeout) {
    SimulatedCourse course;
    course.durations.user_timeout_ns = 10 * second_in_ns;
    const Simulation s = simulate({}, {}, losing(1), 1, course);
    EXPECT_EQ(s.gave_up, (std::array{true, false}));
    EXPECT_EQ(in_ms(s.now_ns), 10'000);
}

TEST(Simulation, DuplicatesAndReorders) {
    SimulatedPath path;
    path.duplicate = 0.5;
    path.reorder = 0.3;
    std::uint64_t duplicated = 0, overtaken = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const Simulation s = simulate(sending(5000), sending(5000), path, seed);
        EXPECT_EQ(s.ended, Ended::closed) << seed;
        EXPECT_EQ(s.gave_up, (std::array{false, false}));
        for (const Traffic& t : s.traffic) {
            EXPECT_EQ(t.delivered, 5000u) << seed;
            EXPECT_EQ(t.lost, 0u);
            duplicated += t.duplicated;
            overtaken += t.overtaken;
        }
    }
    EXPECT_GT(duplicated, 100u);
    EXPECT_GT(overtaken, 100u);
}

TEST(Simulation, KeepsTheOrderOfSegmentsThatJitter) {
    SimulatedPath path;
    path.jitter_ns = 50 * ms_in_ns;
    bool jittered = false;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Simulation s = simulate(sending(10'000), sending(10'000), path, seed);
        EXPECT_EQ(s.traffic[0].overtaken + s.traffic[1].overtaken, 0u);
        for (const Moment& m : s.history.moments) {
            if (m.kind != Moment::Kind::arrival) continue;
            const std::int64_t took_ns = *m.time_ns - *s.history.moments[*m.from].time_ns;
            EXPECT_GE(took_ns, 10 * ms_in_ns);
            EXPECT_LE(took_ns, 60 * ms_in_ns);
            jittered |= took_ns != 10 * ms_in_ns;
        }
    }
    EXPECT_TRUE(jittered);
}

TEST(Simulation, LosesWhatALineThatIsFullCannotTake) {
    SimulatedNetwork network;
    network.most_under_way = 3;
    const Simulation s = simulate(sending(20 * 536), {}, network, 1);
    EXPECT_GT(s.traffic[0].lost, 0u);
    EXPECT_EQ(s.traffic[1].delivered, 20u * 536u);
}

// ------------------------------------------------------------------------------------------ limits

TEST(Simulation, EndsAtItsLimits) {
    SimulationLimits few;
    few.most_events = 100;
    const Simulation short_one = simulate(sending(100'000), {}, {}, 1, {}, few);
    EXPECT_EQ(short_one.ended, Ended::most_events);
    EXPECT_EQ(short_one.history.moments.size(), 100u);
    EXPECT_EQ(short_one.recording.events.size(), 100u);

    // A window that stays shut is probed for ever (MUST-36, MUST-37).
    SimulatedEnd shut;
    shut.rcv_wnd = 0;
    SimulationLimits brief;
    brief.most_ns = 30 * minute_in_ns;
    SimulatedCourse patient;
    patient.durations.user_timeout_ns = 24 * 60 * minute_in_ns;
    const Simulation endless = simulate(sending(10), shut, {}, 1, patient, brief);
    EXPECT_EQ(endless.ended, Ended::most_ns);
    EXPECT_GT(endless.now_ns, brief.most_ns);
    EXPECT_LT(endless.now_ns, brief.most_ns + 2 * minute_in_ns);
    EXPECT_EQ(endless.traffic[1].delivered, 0u);
    EXPECT_EQ(endless.gave_up, (std::array{false, false}));

    // Its user's patience ends it (3.9.1.1): 5 minutes behind the SEND at 20 ms, or behind the first probe, which is
    // what leaves of it, an RTO of 1 s later.
    const Simulation given_up = simulate(sending(10), shut, {}, 1, {}, brief);
    EXPECT_EQ(given_up.gave_up, (std::array{true, false}));
    EXPECT_GE(in_ms(given_up.now_ns), 20 + 300'000);
    EXPECT_LE(in_ms(given_up.now_ns), 20 + 1000 + 300'000);
}

TEST(Simulation, StopsWhenItIsToldTo) {
    std::vector<SimulationProgress> seen;
    const auto once = [&](const SimulationProgress& p) {
        seen.push_back(p);
        return seen.size() < 2;
    };
    const Simulation s = simulate(sending(10'000'000), {}, {}, 1, closing(Closing::nobody), {}, once);
    EXPECT_EQ(s.ended, Ended::stopped);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].events, 4096u);
    EXPECT_EQ(seen[1].events, 8192u);
    EXPECT_GT(seen[1].now_ns, seen[0].now_ns);
    EXPECT_EQ(seen[1].states, (std::array{State::Established, State::Established}));
    EXPECT_EQ(s.history.moments.size(), 8192u);
    EXPECT_EQ(s.now_ns, seen[1].now_ns);
}

TEST(Simulation, SaysWhatIsUnderWayWhenItEnds) {
    SimulationLimits few;
    few.most_events = 3;  // both OPENs and the SYN
    const Simulation s = simulate({}, {}, {}, 1, {}, few);
    EXPECT_EQ(s.history.moments.back().kind, Moment::Kind::departure);
    EXPECT_EQ(s.history.moments.back().fate, Moment::Fate::under_way);
    EXPECT_EQ(s.traffic[0].lost, 0u);
}

// ------------------------------------------------------------------------------------------ as a recording

/// A run of its own for each seed: policies, options, sizes, course and line are drawn.
Simulation any(std::uint64_t seed) {
    Draw draw{seed ^ 0x73696d};
    std::array<SimulatedEnd, 2> ends;
    for (SimulatedEnd& end : ends) {
        const Setting setting = decode_setting(draw.bits());
        // By the letter of C3 two ends in TIME-WAIT answer each other for ever.
        end.policy = setting.policy.with(Choice::time_wait_ack, reading::time_wait_ack::silent);
        end.octets = static_cast<std::uint32_t>(draw.bits() % 3000);
        end.rcv_wnd = 1000 + static_cast<std::uint32_t>(draw.bits() % 9000);
        end.reads_late = draw.bits() % 3 == 0;
        end.mss = setting.options.mss;
        end.wscale = draw.bits() % 2 == 0 ? Segment::no_wscale : static_cast<std::int8_t>(draw.bits() % 8);
        end.timestamps = setting.options.timestamps;
        end.sack_permitted = setting.options.sack_permitted;
    }
    SimulatedPath path;
    path.loss = static_cast<double>(draw.bits() % 30) / 100;
    path.duplicate = static_cast<double>(draw.bits() % 30) / 100;
    path.reorder = static_cast<double>(draw.bits() % 30) / 100;
    path.jitter_ns = static_cast<std::int64_t>(draw.bits() % 100) * ms_in_ns;
    SimulatedCourse course;
    course.opening = static_cast<Opening>(draw.bits() % 6);
    course.closing = static_cast<Closing>(draw.bits() % 10);
    course.incarnations = static_cast<std::uint8_t>(1 + draw.bits() % 2);
    return simulate(ends[0], ends[1], path, seed, course);
}

constexpr std::uint64_t runs = 600;

TEST(Simulation, IsACaseThatPlays) {
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const Simulation s = any(seed);
        const std::string text = to_case(s.recording, "A simulated run");
        std::string error;
        const auto c = parse_case(text, "run.case", error);
        ASSERT_TRUE(c) << error;
        const support::Run played = play(*c);
        ASSERT_FALSE(played.mismatch) << "seed " << seed << ": " << to_string(*played.mismatch);
        if (text.find(" more events are left out.") != std::string::npos) continue;
        EXPECT_EQ(played.ends[0], s.ends[0]) << seed;
        EXPECT_EQ(played.ends[1], s.ends[1]) << seed;
        // What both histories tell is told in the same words.
        ASSERT_EQ(played.history.moments.size(), s.history.moments.size());
        EXPECT_EQ(played.history.isn, s.history.isn);
        for (std::size_t i = 0; i < s.history.moments.size(); ++i) {
            const Moment& a = played.history.moments[i];
            const Moment& b = s.history.moments[i];
            EXPECT_EQ(a.text, b.text);
            EXPECT_EQ(a.signals, b.signals);
            EXPECT_EQ(a.states, b.states);
            EXPECT_EQ(a.from, b.from);
            EXPECT_EQ(a.fate, b.fate);
        }
        if (HasFailure()) FAIL() << "seed " << seed;
    }
}

TEST(Simulation, HoldsThePropertiesOfAnEnd) {
    const auto properties = checked_with(Sight::inside);
    std::vector<std::uint64_t> witnesses(end_properties().size());
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const Simulation s = any(seed);
        std::array<Config, 2> ends{};
        std::array<Past, 2> pasts{};
        for (const Recorded& e : s.recording.events) {
            Config& c = ends[index(e.peer)];
            Past& past = pasts[index(e.peer)];
            if (e.crash) {
                c = Config{};
                continue;
            }
            const Past before = past;
            const Observation o{c,      e.event, e.outcome,      s.recording.policies[index(e.peer)],
                                before, {},      e.outcome.next, false};
            for (const EndProperty* p : properties) {
                const Finding f = p->check(o);
                ASSERT_NE(f, Finding::broken)
                    << p->id << ", seed " << seed << ": " << to_string(e.event) << " in " << lastack::to_string(c);
                if (f == Finding::witness) ++witnesses[static_cast<std::size_t>(p - end_properties().data())];
            }
            note(past, o);
            c = e.outcome.next;
        }
    }
    EXPECT_GT(std::count_if(witnesses.begin(), witnesses.end(), [](std::uint64_t n) { return n > 0; }), 20);
}

// ------------------------------------------------------------------------------------------ bad arguments

struct Arguments {
    SimulatedEnd client{};
    SimulatedEnd server{};
    SimulatedNetwork network{};
    SimulatedCourse course{};
    SimulationLimits limits{};
};
std::string complaint(void (*change)(Arguments&)) {
    Arguments a;
    change(a);
    try {
        (void)simulate(a.client, a.server, a.network, 1, a.course, a.limits);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "none";
}

TEST(Simulation, RejectsWhatLiesOutsideItsRange) {
    EXPECT_EQ(complaint([](Arguments& a) { a.network = losing(1.5); }),
              "network.loss is 1.5: a probability lies between 0 and 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.to_server.duplicate = -0.25; }),
              "network.to_server.duplicate is -0.25: a probability lies between 0 and 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.to_client.reorder = std::numeric_limits<double>::quiet_NaN(); }),
              "network.to_client.reorder is nan: a probability lies between 0 and 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.to_client.loss = std::numeric_limits<double>::infinity(); }),
              "network.to_client.loss is inf: a probability lies between 0 and 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.to_client.latency_ns = 0; }),
              "network.to_client.latency_ns is 0: it lies between 1 and 86400000000000");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.to_server.jitter_ns = -1; }),
              "network.to_server.jitter_ns is -1: it lies between 0 and 86400000000000");
    EXPECT_EQ(complaint([](Arguments& a) { a.network.most_under_way = 0; }),
              "network.most_under_way is 0: it is at least 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.client.rcv_wnd = 65536; }),
              "client.rcv_wnd is 65536: it lies between 0 and 65535");
    EXPECT_EQ(complaint([](Arguments& a) { a.server.wscale = 15; }), "server.wscale is 15: it lies between 0 and 14");
    EXPECT_EQ(complaint([](Arguments& a) { a.server.wscale = -2; }), "server.wscale is -2: it lies between 0 and 14");
    EXPECT_EQ(complaint([](Arguments& a) { a.server.wscale = 4, a.server.rcv_wnd = 15; }),
              "server.rcv_wnd is 15: with a wscale of 4 it is 0 or at least 16");
    EXPECT_EQ(complaint([](Arguments& a) { a.course.incarnations = 0; }), "incarnations is 0: it is at least 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.course.durations.msl_ns = -1; }),
              "msl_ns is -1: it lies between 0 and 315619200000000000");
    EXPECT_EQ(complaint([](Arguments& a) { a.course.durations.fin_wait_2_ns = -5; }),
              "fin_wait_2_ns is -5: it lies between 0 and 315619200000000000");
    EXPECT_EQ(complaint([](Arguments& a) { a.course.durations.user_timeout_ns = never_ns; }),
              "user_timeout_ns is 9223372036854775807: it lies between 0 and 315619200000000000");
    EXPECT_EQ(complaint([](Arguments& a) { a.limits.most_events = 0; }), "most_events is 0: it is at least 1");
    EXPECT_EQ(complaint([](Arguments& a) { a.limits.most_ns = -1; }),
              "most_ns is -1: it lies between 0 and 315619200000000000");
    EXPECT_EQ(complaint([](Arguments&) {}), "none");
}

}  // namespace
}  // namespace lastack::support
