// step commutes with the translation of sequence numbers (lastack/support/translation.hpp), wrap-around included, at
// every event of random runs; so does the scheduler. And a step that compares numbers as integers is noticed.
#include "lastack/support/translation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coverage.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/proptest/runs.hpp"
#include "lastack/support/run.hpp"

namespace {

using namespace lastack;
using namespace lastack::support;

constexpr std::size_t events = 40;

/// Everything that step tells.
bool same(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.asked == b.asked && a.first_asked == b.first_asked &&
           a.delivered == b.delivered && a.acknowledged == b.acknowledged && a.fired_count == b.fired_count &&
           a.fired == b.fired;
}

std::string in_words(const Outcome& o) {
    std::string text = to_string(o.next) + ", " + std::string{name(o.verdict)} + ", " + std::string{name(o.reply)} +
                       ", signals " + std::to_string(o.signals) + ", fired";
    for (std::size_t i = 0; i < o.fired_count; ++i) text += " " + std::string{id(o.fired[i])};
    return text;
}

/// Both directions, each near nothing, near half the space, or such that numbers in use come to lie near 0 and 2^31:
/// there comparisons as integers, and zeros taken for something special, differ.
constexpr std::size_t translations_at_once = 4;
std::array<Translation, translations_at_once> translations(const Config& c, Word w) {
    constexpr std::uint32_t half = 0x80000000;
    Draw draw{w};
    const auto beside = [&](std::uint32_t n) { return n + static_cast<std::uint32_t>(draw.bits() % 5) - 2; };
    const auto anywhere = [&] { return static_cast<std::uint32_t>(draw.bits()); };
    const Seq reset = c.owed_count > 0 ? c.owed[0].seq : c.snd_una;
    return {{{beside(0 - c.snd_nxt.value), beside(half - c.rcv_nxt.value)},
             {beside(half - c.snd_una.value), beside(0 - c.rcv_nxt.value)},
             {beside(0 - reset.value), beside(half)},
             {anywhere(), anywhere()}}};
}

/// By state and event class, events where the law spoke and a number moved; and events that it is silent about.
struct Counts {
    Coverage spoken = count_nothing();
    std::uint64_t silent{0};
};

std::string broken_by(const std::string& what, const Config& c, const Event& e, Translation t) {
    return what + " does not commute with adding " + std::to_string(t.ours) + " to our numbers and " +
           std::to_string(t.peers) + " to the peer's, at " + to_string(e) + " in " + to_string(c);
}

/// The law at one event; the message on failure.
std::optional<std::string> break_at(const Config& c, const Event& e, const Outcome& out, Translation t,
                                    const Subject& subject, const Policy& policy, Counts& counts) {
    if (!translatable(e, c, t)) {
        ++counts.silent;
        return std::nullopt;
    }
    const Config moved = translated(c, t);
    const Event moved_event = translated(e, c, t);
    const Outcome expected = translated(out, t);
    const Outcome seen = subject.step(moved, moved_event, policy);
    if (!same(expected, seen)) {
        return broken_by("step", c, e, t) + "; translated: " + in_words(expected) +
               "; of the translated: " + in_words(seen);
    }
    if (moved != c || moved_event != e || expected.next != out.next) count(counts.spoken, c, e, out);
    return std::nullopt;
}

/// What may leave is the same, with other numbers.
bool scheduler_commutes(const Config& c, const SchedulerOptions& options, Translation t) {
    SchedulerOptions moved = options;
    moved.iss += t.ours;
    std::vector<Segment> expected = departures(c, options);
    for (Segment& s : expected) s = std::get<Departure>(translated(Departure{s}, c, t)).segment;
    return departures(translated(c, t), moved) == expected;
}

/// `most`: translations that are tried at each event, the first of them by turns.
std::optional<Broken> run_translated(std::span<const Word> words, const Subject& subject, Counts& counts,
                                     Recording* recording = nullptr, std::size_t most = translations_at_once) {
    const Setting setting = decode_setting(words.empty() ? 0 : words.front());
    if (recording != nullptr) {
        recording->policies[0] = setting.policy;
        recording->words.assign(words.begin(), words.end());
    }
    Config c;
    Place place;
    const auto fail = [](std::size_t at, const std::string& how) { return Broken{"translation", how, at}; };
    for (std::size_t i = 1; i < words.size(); ++i) {
        const Event e = decode(words[i], c, setting, place);
        const Outcome out = subject.step(c, e, setting.policy);
        if (recording != nullptr) recording->events.push_back(Recorded{Peer::a, e, std::nullopt, out});
        const auto all = translations(c, words[i] + i);
        for (std::size_t n = 0; n < most; ++n) {
            const Translation t = all[(i + n) % all.size()];
            const Translation back{0 - t.ours, 0 - t.peers};
            if (translated(translated(c, t), back) != c) return fail(i, broken_by("translation back", c, e, t));
            if (auto how = break_at(c, e, out, t, subject, setting.policy, counts)) return fail(i, *how);
            if (!scheduler_commutes(c, scheduler_options(setting, place), t))
                return fail(i, broken_by("the scheduler", c, e, t));
        }
        const State from = c.state;
        const State to = out.next.state;
        const bool opens = (to == State::SynSent || to == State::SynReceived) &&
                           (from == State::Closed || from == State::Listen || from == State::TimeWait);
        if (opens) ++place.incarnation;
        ++place.tick;
        c = out.next;
    }
    return std::nullopt;
}

// ------------------------------------------------------------------------------------------ the law

TEST(Translation, CommutesWithStepAndScheduler) {
    Counts counts;
    const auto run = [&](std::span<const Word> words, Recording* recording) {
        return run_translated(words, {}, counts, recording);
    };
    const auto result = proptest::check_runs("translation", run, {40'000, events, "."});
    EXPECT_TRUE(result.holds) << result.report;
    EXPECT_LT(counts.silent, counts.spoken.events / 100) << "the exceptions have become the rule";
}

/// Cells of the state x event matrix that runs can reach and the law has not spoken of yet.
std::string cells_unspoken(const Counts& counts) {
    std::string text;
    for (const State s : all_states) {
        for (std::size_t e = 0; e < event_class_count(); ++e) {
            if (reachable_cell(s, e) && counts.spoken.cells[static_cast<std::size_t>(s)][e] == 0)
                text += std::string{name(s)} + " x " + std::string{event_class_name(e)} + "; ";
        }
    }
    return text;
}

TEST(Translation, HasWitnessesInEveryCellOfTheStateEventMatrix) {
    Counts counts;
    Words words;
    for (std::uint64_t seed = 0; seed < coverage_sequences; ++seed) {
        draw_words(seed, events + 1, words);
        const auto broken = run_translated(words, {}, counts, nullptr, 1);
        ASSERT_FALSE(broken) << broken->message;
        if (seed % 10'000 == 0 && cells_unspoken(counts).empty()) break;
    }
    EXPECT_EQ("", cells_unspoken(counts));
}

TEST(Translation, CommutesWithEveryRowSwitchedOff) {
    Counts counts;
    Words words;
    for (std::size_t i = 0; i < rules().size(); ++i) {
        const Subject subject{Instruments{Rule{static_cast<std::uint16_t>(i)}, Rule{}}, nullptr};
        for (std::uint64_t n = 0; n < 100; ++n) {
            draw_words(1'000 * i + n, events + 1, words);
            const auto broken = run_translated(words, subject, counts);
            ASSERT_FALSE(broken) << rules()[i].id << " is off, seed " << 1'000 * i + n << ": " << broken->message;
        }
    }
}

// ------------------------------------------------------------------------------------------ what moves, by hand

TEST(Translation, MovesNothingThatIsNotSet) {
    Config c;
    c.state = State::SynSent;
    c.owed[0].kind = OwedKind::syn;
    c.owed_count = 1;
    EXPECT_EQ(c, translated(c, {1000, 2000})) << "the ISS is not chosen, and nothing has arrived";
}

TEST(Translation, MovesEachNumberWithItsOwner) {
    Config c;
    c.state = State::CloseWait;
    c.iss_chosen = c.peer_fin_seen = true;
    c.fin = Fin::queued;  // so fin_seq is not set
    c.iss = Seq{10};
    c.snd_una = c.snd_wl2 = Seq{11};
    c.snd_nxt = Seq{15};
    c.irs = Seq{20};
    c.snd_wl1 = c.last_ack_sent = Seq{21};
    c.peer_fin = Seq{23};
    c.rcv_nxt = Seq{24};
    c.rcv_adv = Seq{124};
    c.owed[0] = {OwedKind::ack, When::now, {}, Seq{15}, Seq{24}};
    c.owed_count = 1;
    Config moved = c;
    moved.iss = Seq{0xfffffffa};
    moved.snd_una = moved.snd_wl2 = Seq{0xfffffffb};
    moved.snd_nxt = Seq{0xffffffff};
    moved.irs = Seq{1020};
    moved.snd_wl1 = moved.last_ack_sent = Seq{1021};
    moved.peer_fin = Seq{1023};
    moved.rcv_nxt = Seq{1024};
    moved.rcv_adv = Seq{1124};
    moved.owed[0].seq = Seq{0xffffffff};
    moved.owed[0].ack = Seq{1024};
    EXPECT_EQ(moved, translated(c, {0u - 16, 1000}));
}

Event arrival(const Segment& s) {
    Arrival a;
    a.segment = s;
    return a;
}

/// RFC 9293 3.5.2, group 1: a SYN meets CLOSED, <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> answers.
TEST(Translation, LeavesTheZeroOfAResetAlone) {
    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{500};
    const Config closed = step({}, arrival(syn)).next;
    Segment reset;
    reset.flags = flag::rst | flag::ack;
    reset.ack = Seq{501};
    const Translation t{7, 100};
    const Event moved = translated(Departure{reset}, closed, t);
    EXPECT_EQ(Seq{0}, std::get<Departure>(moved).segment.seq);
    EXPECT_EQ(Seq{601}, std::get<Departure>(moved).segment.ack);
    EXPECT_TRUE(translatable(Departure{reset}, closed, t));
    EXPECT_EQ(Verdict::no_change, step(translated(closed, t), moved).verdict);
}

/// Why that reset is left out beside another whose number becomes zero: the one owed first leaves.
TEST(Translation, DoesNotSpeakOfAZeroByChance) {
    Segment ack;
    ack.flags = flag::ack;
    ack.ack = Seq{1000};
    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{500};
    const Config closed = step(step({}, arrival(ack)).next, arrival(syn)).next;  // owes <SEQ=1000> and <SEQ=0>
    Segment reset;
    reset.flags = flag::rst | flag::ack;
    reset.ack = Seq{501};
    const Translation t{0u - 1000, 0};
    const Event leaves = Departure{reset};
    EXPECT_TRUE(translatable(leaves, closed, {1, 0}));
    EXPECT_FALSE(translatable(leaves, closed, t));
    EXPECT_FALSE(same(translated(step(closed, leaves), t), step(translated(closed, t), translated(leaves, closed, t))));
}

// ------------------------------------------------------------------------------------------ before our SYN has a
// number

/// What has no number yet is not compared with one: random runs come here too seldom.
Config passively_opened_without_iss() {
    Call open;
    open.kind = CallKind::open_passive;
    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{500};
    syn.wnd = 10;
    return step(step({}, open).next, arrival(syn)).next;
}

TEST(Translation, HoldsOfAnAckThatComesBeforeOurSynHasANumber) {
    Call close;
    close.kind = CallKind::close;
    const Config received = passively_opened_without_iss();
    const Config closing = step(received, close).next;
    ASSERT_EQ(State::FinWait1, closing.state);
    ASSERT_FALSE(closing.iss_chosen);
    const Policy policy = Policy{}
                              .with(Choice::ack_range, reading::ack_range::rfc5961)
                              .with(Choice::held_segment, reading::held_segment::in_order);
    for (const std::uint32_t number : {0u, 1u, 0x7fffffffu, 0x80000000u, 0x80000001u, 0xffffffffu}) {
        for (const std::uint32_t gap : {0u, 5u}) {
            Segment ack;
            ack.flags = flag::ack;
            ack.seq = Seq{501 + gap};
            ack.ack = Seq{number};
            const Config c = step(closing, arrival(ack), policy).next;  // of something not yet sent: an ACK, and a drop
            EXPECT_FALSE(c.held_ack_valid) << number;
            ASSERT_GT(c.owed_count, 0) << number;
            EXPECT_EQ(OwedKind::ack, c.owed[c.owed_count - 1u].kind) << number;
            EXPECT_FALSE(step(received, arrival(ack), policy).next.held_ack_valid) << number;
        }
    }
}

/// TIME-WAIT is reopened (MAY-2): until the new SYN has a number SND.NXT is the last incarnation's, and tells of
/// nothing outstanding. No SEND and no RECEIVE waits that a reset could end.
TEST(Translation, HoldsOfAResetBeforeTheSynOfAReopenedConnectionHasANumber) {
    Config c = passively_opened_without_iss();
    c.origin = Origin::reuse;
    Call abort;
    abort.kind = CallKind::abort;
    for (const std::uint32_t last : {0u, 1u, 0x80000000u}) {
        c.snd_nxt = Seq{last};
        EXPECT_EQ(0, step(c, abort).signals & signal::calls_reset) << last;
    }
}

// ------------------------------------------------------------------------------------------ it can fail

const Segment* arriving(const Event& e) {
    const auto* a = std::get_if<Arrival>(&e);
    return a == nullptr ? nullptr : &a->segment;
}
void ignore(const Config& before, Outcome& out) {
    out = Outcome{};
    out.next = before;
}

/// SND.UNA < SEG.ACK, of plain integers.
void acks_compare_as_integers(const Config& before, const Event& e, Outcome& out) {
    const Segment* s = arriving(e);
    const bool counts = s != nullptr && s->has_ack() && out.next.snd_una != before.snd_una;
    if (counts && !(before.snd_una.value < s->ack.value)) ignore(before, out);
}
/// SND.UNA < SND.NXT, of plain integers: else nothing is outstanding.
void outstanding_compares_as_integers(const Config& before, const Event& e, Outcome& out) {
    const auto* timeout = std::get_if<Timeout>(&e);
    const bool again = timeout != nullptr && timeout->kind == TimeoutKind::retransmission;
    if (again && !(before.snd_una.value < before.snd_nxt.value)) ignore(before, out);
}
/// RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND, without wrap-around.
void windows_do_not_wrap(const Config& before, const Event& e, Outcome& out) {
    const Segment* s = arriving(e);
    const std::uint64_t edge = std::uint64_t{before.rcv_nxt.value} + before.rcv_wnd;
    if (s != nullptr && before.state >= State::Established && s->seq.value >= edge) ignore(before, out);
}
/// Zero stands for "not chosen".
void an_iss_of_zero_is_none(const Config&, const Event&, Outcome& out) {
    if (out.next.iss == Seq{0}) out.next.iss_chosen = false;
}
/// FIN's number compared with zero to find out whether there was one.
void a_fin_at_zero_is_none(const Config&, const Event&, Outcome& out) {
    if (out.next.peer_fin == Seq{0}) out.next.peer_fin_seen = false;
}

TEST(Translation, NoticesAbsoluteNumbers) {
    struct Fault {
        const char* name;
        Tamper tamper;
    };
    for (const Fault& fault :
         {Fault{"acks_compare_as_integers", acks_compare_as_integers},
          Fault{"outstanding_compares_as_integers", outstanding_compares_as_integers},
          Fault{"windows_do_not_wrap", windows_do_not_wrap}, Fault{"an_iss_of_zero_is_none", an_iss_of_zero_is_none},
          Fault{"a_fin_at_zero_is_none", a_fin_at_zero_is_none}}) {
        Counts counts;
        Words words;
        bool noticed = false;
        for (std::uint64_t seed = 0; seed < 2'000 && !noticed; ++seed) {
            draw_words(seed, events + 1, words);
            noticed = run_translated(words, {{}, fault.tamper}, counts).has_value();
        }
        EXPECT_TRUE(noticed) << fault.name;
    }
}

}  // namespace
