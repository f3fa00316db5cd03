#include "lastack/support/recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "lastack/support/case.hpp"
#include "lastack/support/decoder.hpp"
#include "lastack/support/subject.hpp"

namespace lastack::support {
namespace {

constexpr std::uint64_t runs_of_each_kind = 2000;

/// A random run of one end or two, recorded as it goes.
class Recorder {
public:
    Recorder(std::uint64_t seed, bool alone, std::size_t events, const Instruments& instruments = {}) : draw_{seed} {
        subject_.instruments = instruments;
        recording.words = draw_words(seed, events + 1);
        recording.b_is_played = alone;
        recording.instruments = instruments;
        settings_[0] = decode_setting(recording.words.front());
        settings_[1] = decode_setting(draw_.bits());
        if (seed % 2 == 0) settings_[1].policy = settings_[0].policy;
        settings_[1].passive = !settings_[0].passive || below(4) == 0;
        recording.policies = {settings_[0].policy, settings_[1].policy};
        for (std::size_t i = 1; i < recording.words.size(); ++i) {
            alone ? happen_to_one(recording.words[i]) : happen_to_one_of_two(recording.words[i]);
        }
    }

    Recording recording{};
    std::array<Config, 2> ends{};

private:
    std::uint64_t below(std::uint64_t n) { return draw_.bits() % n; }

    void happen(Peer peer, const Event& event, std::optional<std::size_t> from = std::nullopt) {
        Config& end = ends[index(peer)];
        const Outcome out = subject_.step(end, event, recording.policies[index(peer)]);
        recording.events.push_back(Recorded{peer, event, from, out});
        if (end.state <= State::Listen && out.next.state > State::Listen) ++places_[index(peer)].incarnation;
        ++places_[index(peer)].tick;
        end = out.next;
    }

    void happen_to_one(Word w) {
        if (ends[0].state == State::TimeWait && below(2) == 0) return syn_in_time_wait();
        happen(Peer::a, decode(w, ends[0], settings_[0], places_[0]));
    }

    /// Rare in random runs, and what the listener is there for.
    void syn_in_time_wait() {
        Arrival arrival;
        arrival.segment.flags = flag::syn;
        arrival.segment.seq = ends[0].rcv_nxt + static_cast<std::uint32_t>(below(3));
        arrival.iss_given = below(2) == 0;
        if (arrival.iss_given) arrival.iss = ends[0].snd_nxt + static_cast<std::uint32_t>(below(1000));
        arrival.listener = below(2) == 0;
        happen(Peer::a, arrival);
    }

    void happen_to_one_of_two(Word w) {
        const Peer peer = below(2) == 0 ? Peer::a : Peer::b;
        const std::size_t i = index(peer);
        const Config& end = ends[i];
        if (below(100) == 0) return crash(peer);
        switch (below(16)) {
            case 0:
                return happen(peer, decode_call(w, settings_[i], places_[i]));
            case 1:
                return happen(peer, decode(with(w, Field::move, 4), end, settings_[i], places_[i]));
            case 2:
                return depart(peer, decode_forged(w, end, settings_[i], places_[i]));
            case 3: {
                const Segment base = right_segment(end, settings_[i], places_[i]);
                return happen(peer, decode_arrival(w, end, base, settings_[i], places_[i]));
            }
            case 4:
            case 5:
            case 6:
            case 7:
            case 8:
                return deliver(peer);
            default: {
                const Event right = right_event(end, settings_[i], places_[i]);
                if (const auto* departure = std::get_if<Departure>(&right)) return depart(peer, *departure);
                if (std::holds_alternative<Arrival>(right)) return deliver(peer);
                return happen(peer, right);
            }
        }
    }

    void crash(Peer peer) {
        ends[index(peer)] = Config{};
        Recorded crash;
        crash.peer = peer;
        crash.crash = true;
        recording.events.push_back(crash);
    }

    void depart(Peer peer, const Departure& departure) {
        happen(peer, departure);
        const bool left = recording.events.back().outcome.verdict != Verdict::refused;
        if (left && below(5) != 0) ways_[index(peer)].push_back(recording.events.size() - 1);
    }

    void deliver(Peer peer) {
        std::deque<std::size_t>& way = ways_[index(other(peer))];
        if (way.empty()) return;
        const auto chosen = way.begin() + static_cast<std::ptrdiff_t>(below(4) == 0 ? below(way.size()) : 0);
        const std::size_t from = *chosen;
        if (below(8) != 0) way.erase(chosen);
        Arrival arrival;
        arrival.segment = std::get<Departure>(recording.events[from].event).segment;
        arrival.iss_given = below(8) != 0;
        if (arrival.iss_given) arrival.iss = Seq{static_cast<std::uint32_t>(draw_.bits())};
        arrival.listener = below(4) != 0;
        happen(peer, arrival, from);
    }

    Draw draw_;
    Subject subject_{};
    std::array<Setting, 2> settings_{};
    std::array<Place, 2> places_{};
    std::array<std::deque<std::size_t>, 2> ways_{};  ///< by sender: departures, as indices of events
};

std::optional<Case> read(const std::string& text) {
    std::string error;
    const auto c = parse_case(text, "run.case", error);
    EXPECT_TRUE(c) << error << "\n" << text;
    return c;
}

/// The recording, written and read, plays and comes to the same ends. False when not, so that the first one is enough.
bool comes_back(const Recorder& run) {
    const std::string text = to_case(run.recording, "A random run", {"as it went"});
    const auto c = read(text);
    if (!c) return false;
    EXPECT_EQ(c->title, "A random run");
    EXPECT_EQ(c->description, std::vector<std::string>{"as it went"});
    EXPECT_EQ(c->words, run.recording.words);
    for (const ChoiceInfo& choice : choices()) {
        for (const Peer p : {Peer::a, Peer::b}) {
            if (p == Peer::b && c->b_is_played) continue;
            EXPECT_EQ(c->policies[index(p)].value(choice.choice), run.recording.policies[index(p)].value(choice.choice))
                << letter(p) << ' ' << choice.name;
        }
    }
    const support::Run played = play(*c);
    EXPECT_FALSE(played.mismatch) << to_string(*played.mismatch) << "\n" << text;
    EXPECT_EQ(played.ends[0], run.ends[0]) << text;
    EXPECT_EQ(played.ends[1], run.ends[1]) << text;
    return !testing::Test::HasFailure();
}

/// What the plain machine makes of the same events, as far as it shows from outside.
bool plain_machine_does_the_same(const Recording& recording) {
    std::array<Config, 2> ends{};
    for (const Recorded& e : recording.events) {
        Config& end = ends[index(e.peer)];
        if (e.crash) {
            end = Config{};
            continue;
        }
        const Outcome out = step(end, e.event, recording.policies[index(e.peer)]);
        const auto refused = [&](const Outcome& o) {
            return std::holds_alternative<Departure>(e.event) && o.verdict == Verdict::refused;
        };
        const auto error = [](const Outcome& o) { return std::max(o.reply, Reply::ok); };
        if (out.next.state != e.outcome.next.state || error(out) != error(e.outcome)) return false;
        if (refused(out) != refused(e.outcome)) return false;
        end = out.next;
    }
    return true;
}

Segment segment(std::string_view text) {
    std::string error;
    const auto s = parse_segment(text, error);
    EXPECT_TRUE(s) << error;
    return s.value_or(Segment{});
}

/// A handshake of which the last ACK is lost. B has two SYN,ACKs arrive at A.
Recording handshake() {
    Recording r;
    r.b_is_played = false;
    std::array<Config, 2> ends{};
    const auto happen = [&](Peer peer, const Event& event, std::optional<std::size_t> from = std::nullopt) {
        const Outcome out = step(ends[index(peer)], event, r.policies[index(peer)]);
        r.events.push_back(Recorded{peer, event, from, out});
        ends[index(peer)] = out.next;
    };
    Call open;
    open.kind = CallKind::open_passive;
    happen(Peer::b, open);
    open.kind = CallKind::open_active;
    open.iss_given = true;
    open.iss = Seq{100};
    happen(Peer::a, open);
    happen(Peer::a, Departure{segment("S 100:100(0) win 65535")});
    happen(Peer::b, Arrival{segment("S 100:100(0) win 65535"), true, Seq{300}, true}, 2);
    happen(Peer::b, Departure{segment("S. 300:300(0) ack 101 win 65535")});
    for (int copy = 0; copy < 2; ++copy) {
        Arrival arrival;
        arrival.segment = segment("S. 300:300(0) ack 101 win 65535");
        happen(Peer::a, arrival, 4);
    }
    happen(Peer::a, Departure{segment(". 101:101(0) ack 301 win 65535")});
    happen(Peer::a, Departure{segment(". 101:101(0) ack 302 win 65535")});
    return r;
}

TEST(Recording, AnyRunOfOneEndIsACaseThatPlays) {
    for (std::uint64_t seed = 1; seed <= runs_of_each_kind; ++seed) {
        ASSERT_TRUE(comes_back(Recorder{seed, true, 5 + seed % 60})) << "seed " << seed;
    }
}

TEST(Recording, AnyRunOfTwoEndsIsACaseThatPlays) {
    for (std::uint64_t seed = 1; seed <= runs_of_each_kind; ++seed) {
        ASSERT_TRUE(comes_back(Recorder{seed, false, 5 + seed % 120})) << "seed " << seed;
    }
}

TEST(Recording, ALongRunIsACaseThatPlaysToo) {
    for (const bool alone : {true, false}) {
        const Recorder run{1, alone, 4000};
        ASSERT_TRUE(comes_back(run));
        EXPECT_LT(to_case(run.recording, "x").size(), std::size_t{1} << 20);  // what the command reads
    }
}

TEST(Recording, OfARunWithoutEndTheBeginningIsWritten) {
    Recording r = handshake();
    const Recorded last = r.events.back();
    r.events.resize(10000, last);
    const std::string text = to_case(r, "x");
    EXPECT_TRUE(text.ends_with("\n# 6000 more events are left out.\n\ncut\n"));
    const auto c = read(text);
    ASSERT_TRUE(c);
    EXPECT_FALSE(play(*c).mismatch);
}

TEST(Recording, ARunOfAMachineWithAFaultPlaysOnTheSameMachine) {
    for (std::uint16_t row = 0; row < rules().size(); ++row) {
        for (const bool alone : {true, false}) {
            ASSERT_TRUE(comes_back(Recorder{row + 1u, alone, 60, {.off = Rule{row}}})) << rules()[row].id;
            ASSERT_TRUE(comes_back(Recorder{row + 1u, alone, 60, {.inverted = Rule{row}}})) << rules()[row].id;
        }
    }
}

TEST(Recording, ARunOfAVariantPlaysAsThatVariant) {
    for (const VariantInfo& v : variants()) {
        bool fired = false;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            const Recorder run{seed, seed % 2 == 0, 60, {.variant = v.variant}};
            ASSERT_TRUE(comes_back(run)) << v.name;
            for (const Recorded& e : run.recording.events) {
                for (std::size_t i = 0; i < e.outcome.fired_count; ++i) {
                    fired = fired || info(e.outcome.fired[i]).variant == v.variant;
                }
            }
        }
        EXPECT_TRUE(fired) << v.name;
    }
}

TEST(Recording, AForeignRunStopsWhereTheModelShowsSomethingElse) {
    std::map<bool, int> runs;
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        const Rule row{static_cast<std::uint16_t>(seed % rules().size())};
        const Instruments fault = seed % 3 == 0 ? Instruments{.off = row} : Instruments{.inverted = row};
        Recorder run{seed, seed % 2 == 0, 80, fault};
        run.recording.instruments = {};
        run.recording.foreign = true;
        for (Recorded& e : run.recording.events) {  // only what shows from outside is as it was
            Outcome seen;
            seen.next.state = e.outcome.next.state;
            seen.reply = e.outcome.reply;
            if (e.outcome.verdict == Verdict::refused) seen.verdict = Verdict::refused;
            e.outcome = seen;
        }
        const std::string text = to_case(run.recording, "A foreign run");
        const auto c = read(text);
        ASSERT_TRUE(c);
        const bool same = plain_machine_does_the_same(run.recording);
        const support::Run played = play(*c);
        ASSERT_EQ(!played.mismatch.has_value(), same)
            << "seed " << seed << "\n"
            << text << (played.mismatch ? to_string(*played.mismatch) : "no mismatch");
        ++runs[same];
    }
    EXPECT_GT(runs[true], 100);
    EXPECT_GT(runs[false], 100);
}

TEST(Recording, TheRunsHoldEverythingThatCanBeWritten) {
    std::string all;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        all += to_case(Recorder{seed, seed % 2 == 0, 80}.recording, "A random run");
    }
    for (const std::string_view what : {"peers A\n",
                                        "policy ",
                                        "words ",
                                        " OPEN active iss ",
                                        " iss later",
                                        " OPEN passive",
                                        " window ",
                                        " unspecified",
                                        " security-refused",
                                        " forbidden",
                                        " no-room",
                                        " SEND 0",
                                        " RECEIVE ",
                                        " CLOSE\n",
                                        " ABORT\n",
                                        " STATUS\n",
                                        " sends ",
                                        " refuses\n",
                                        " receives ",
                                        " timeout retransmission\n",
                                        " timeout user anyway\n",
                                        " timeout time-wait\n",
                                        " ignores\n",
                                        "A listener off\n",
                                        "A listener on\n",
                                        "A iss ",
                                        "deliver A->B\n",
                                        "deliver B->A 2\n",
                                        "duplicate A->B",
                                        "lose B->A\n",
                                        "lose A->B 2\n",
                                        "\ncut\n",
                                        " security-mismatch",
                                        " urg ",
                                        "<mss ",
                                        "sackOK",
                                        "wscale ",
                                        "TS val ",
                                        " delivers ",
                                        " signals ",
                                        " error: "}) {
        EXPECT_NE(all.find(what), std::string::npos) << what;
    }
}

// ---- by hand ----

TEST(Recording, ACaseReadsLikeTheRun) {
    EXPECT_EQ(to_case(handshake(), "The last ACK is lost", {"One comment.", "Two\nlines."}),
              "# The last ACK is lost\n"
              "# One comment.\n"
              "# Two lines.\n"
              "\n"
              "B OPEN passive\n"
              "----\n"
              "B LISTEN\n"
              "B rules 3.10.1-CD-passive\n"
              "\n"
              "A OPEN active iss 100\n"
              "A sends S 100:100(0) win 65535\n"
              "B iss 300\n"
              "deliver A->B\n"
              "----\n"
              "A SYN-SENT\n"
              "A rules 3.10.1-CD-active\n"
              "A rules 3.10.1-out-SS-syn\n"
              "B SYN-RECEIVED\n"
              "B rules 3.10.7.2-3-SYN\n"
              "\n"
              "B sends S. 300:300(0) ack 101 win 65535\n"
              "duplicate B->A\n"
              "deliver B->A\n"
              "----\n"
              "B rules 3.10.7.2-out-SR-synack\n"
              "A ESTABLISHED\n"
              "A signals connection established\n"
              "A rules 3.10.7.3-1-okACK 3.10.7.3-4-SYNACK\n"
              "\n"
              "deliver B->A\n"
              "A sends . 101:101(0) ack 301 win 65535\n"
              "lose A->B\n"
              "A sends . 101:101(0) ack 302 win 65535\n"
              "----\n"
              "A ignores\n"  // the ACK that the second copy asks for was owed already
              "A rules 3.10.7.4-1-ES-unacc\n"
              "A rules 3.10.7-out-ES-ack\n"
              "A refuses\n");
}

TEST(Recording, ASegmentThatArrivesOtherwiseThanItLeftComesOutOfNowhere) {
    Recording r = handshake();
    r.events.resize(4);
    Recorded& arrival = r.events[3];
    std::get<Arrival>(arrival.event).segment.wnd = 9;
    const Config listening = r.events[0].outcome.next;
    arrival.outcome = step(listening, arrival.event);
    const std::string text = to_case(r, "x");
    EXPECT_NE(text.find("A sends S 100:100(0) win 65535\nlose A->B\n"), std::string::npos) << text;
    EXPECT_NE(text.find("B iss 300\nB receives S 100:100(0) win 9\n"), std::string::npos) << text;
    const auto c = read(text);
    ASSERT_TRUE(c);
    const support::Run run = play(*c);
    EXPECT_FALSE(run.mismatch) << to_string(*run.mismatch);
    EXPECT_EQ(run.ends[1].snd_wnd, 9u);
}

TEST(Recording, AMachineWithAFaultIsNamed) {
    Recording r = handshake();
    r.instruments.off = rule("3.10.4-LI");
    r.instruments.inverted = rule("3.10.7.2-3-SYN");
    const auto c = read(to_case(r, "x"));
    ASSERT_TRUE(c);
    EXPECT_EQ(c->instruments.off, r.instruments.off);
    EXPECT_EQ(c->instruments.inverted, r.instruments.inverted);
}

/// Every choice read so at both ends.
std::array<Policy, 2> everywhere(std::uint8_t value) {
    Policy all;
    for (const ChoiceInfo& c : choices()) all = all.with(c.choice, value);
    return {all, all};
}

TEST(Recording, AChoiceIsWrittenWhenItIsNotAtItsFirstReading) {
    Recording r = handshake();
    r.policies = everywhere(0);
    EXPECT_EQ(to_case(r, "x").find("policy"), std::string::npos);
    r.policies = everywhere(1);
    const std::string text = to_case(r, "x");
    EXPECT_NE(text.find("\npolicy simultaneous_open=letter "), std::string::npos) << text;
    const auto c = read(text);
    ASSERT_TRUE(c);
    for (const ChoiceInfo& choice : choices()) EXPECT_EQ(c->policies[0].value(choice.choice), 1);
    EXPECT_EQ(c->policies[1], c->policies[0]);
}

TEST(Recording, AChoiceThatTheEndsReadDifferentlyIsWrittenForEach) {
    Recording r = handshake();
    const Policy both = Policy{}.with(Choice::second_fin, 1);
    r.policies = {both.with(Choice::syn_text, 2), both.with(Choice::syn_text, 1).with(Choice::half_duplex, 1)};
    const std::string text = to_case(r, "x");
    EXPECT_NE(text.find("\npolicy second_fin=letter\n"
                        "policy A syn_text=acknowledge\n"
                        "policy B syn_text=ignore half_duplex=on\n\n"),
              std::string::npos)
        << text;
    const auto c = read(text);
    ASSERT_TRUE(c);
    EXPECT_EQ(c->policies[0], r.policies[0]);
    EXPECT_EQ(c->policies[1], r.policies[1]);
}

TEST(Recording, ALineIsOfALengthThatCanBeRead) {
    Recording r = handshake();
    r.words.assign(200, 0x1f1f1f1f1f1f1f1f);
    r.policies = everywhere(1);
    const std::string text = to_case(r, "x");
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        EXPECT_LE(text.find('\n', at) - at, 100u);
    }
}

/// A stack that answers CLOSE in SYN-SENT with FIN-WAIT-1, where the RFC has CLOSED (3.10.4).
Recording foreign() {
    Recording r;
    r.b_is_played = r.foreign = true;
    const auto seen = [](State s) {
        Outcome out;
        out.next.state = s;
        return out;
    };
    Call open;
    open.kind = CallKind::open_active;
    r.events.push_back(Recorded{Peer::a, open, {}, seen(State::SynSent)});
    r.events.push_back(Recorded{Peer::a, Departure{segment("S 7:7(0) win 9000")}, {}, seen(State::SynSent)});
    Call close;
    close.kind = CallKind::close;
    r.events.push_back(Recorded{Peer::a, close, {}, seen(State::FinWait1)});
    r.events.push_back(Recorded{Peer::a, Departure{segment("F. 8:8(0) ack 1 win 0")}, {}, seen(State::FinWait1)});
    return r;
}

TEST(Recording, AForeignRunIsWrittenAsItWasSeen) {
    EXPECT_EQ(to_case(foreign(), "x"),
              "# x\n\npeers A\nseen from outside\n\n"
              "A OPEN active iss later\n----\nA SYN-SENT\n\n"
              "A sends S 7:7(0) win 9000\n----\nA SYN-SENT\n\n"
              "A CLOSE\n----\nA FIN-WAIT-1\n\n"
              "A sends F. 8:8(0) ack 1 win 0\n----\nA FIN-WAIT-1\n\ncut\n");
}

TEST(Recording, AForeignRunEndsBehindTheBlockThatTheModelDoesNotShare) {
    Recording r = foreign();
    auto c = read(to_case(r, "x"));
    ASSERT_TRUE(c);
    EXPECT_EQ(to_string(play(*c).mismatch.value_or(Mismatch{})), "run.case:16: expected: A FIN-WAIT-1; got: A CLOSED");

    r.events.erase(r.events.begin() + 2);  // a FIN without CLOSE
    c = read(to_case(r, "x"));
    ASSERT_TRUE(c);
    const support::Run run = play(*c);
    const std::string got = to_string(run.mismatch.value_or(Mismatch{}));
    EXPECT_TRUE(got.starts_with("run.case:14: expected: A sends F. 8:8(0) ack 1 win 0; got: it is refused in SYN-SENT"))
        << got;
    EXPECT_NE(ladder(run.history).find("F. 8:8(0) ack 1"), std::string::npos) << ladder(run.history);
}

}  // namespace
}  // namespace lastack::support
