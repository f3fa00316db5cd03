// Expands the decision table over states, control bits, positions and windows, and holds the model
// to it. What is expected stands in decision_table; here it is only set up and compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string>

#include "decision_table.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace {

using sweep::Stance;

constexpr std::uint32_t fins_sent =
    sweep::fs | sweep::ff | sweep::f2 | sweep::cl | sweep::cs | sweep::la | sweep::ld | sweep::tw | sweep::tt;
constexpr std::uint32_t fins_waiting = sweep::fy | sweep::fq | sweep::cu | sweep::lu;
constexpr std::uint32_t in_syn_received = sweep::rp | sweep::ra | sweep::rq;
constexpr std::uint32_t in_syn_sent = sweep::ss | sweep::sd;
constexpr std::uint32_t in_listen = sweep::li | sweep::lr;
constexpr std::uint32_t in_time_wait = sweep::tw | sweep::tt;
constexpr std::uint32_t peer_closed = sweep::cw | sweep::co | sweep::cq | sweep::cl | sweep::cs | sweep::cu |
                                      sweep::la | sweep::ld | sweep::lu | in_time_wait;
constexpr std::uint32_t no_peer_yet = sweep::cd | in_listen | in_syn_sent;

/// Where the numbers of a connection lie, and how its send window was last updated.
struct Instance {
    std::uint32_t iss;
    std::uint32_t rcv_nxt;
    bool window_settled;  ///< SND.WL1 = RCV.NXT and SEG.WND = SND.WND: a duplicate ACK changes nothing
};

constexpr std::array<Instance, 4> instances{{
    {1'000'000, 5'000'000, false},
    {0xffff'ffc0, 0xffff'fffe, false},  // both wrap past 2^32 - 1
    {0x7fff'ffc0, 0x7fff'ffff, true},   // both cross 2^31
    {0xffff'ff60, 0x8000'0000, true},
}};

constexpr std::uint32_t send_window = 4000;
constexpr std::uint32_t largest_send_window = 5000;
constexpr std::uint32_t text_queued = 100;
constexpr std::uint32_t text_unread = 30;
constexpr std::uint32_t octets_waited_for = 25;
constexpr std::uint32_t call_octets = 20;

sweep::Numbers numbers(Stance stance, const Instance& i, std::uint32_t window) {
    sweep::Numbers n{};
    n.rcv_wnd = window;
    n.new_iss = i.iss + 128'000;
    if (stance & (sweep::cd | in_listen)) {
        if (stance & sweep::cd) n.rcv_wnd = 0;
        return n;
    }
    n.iss = i.iss;
    const auto range = [&](std::uint32_t from, std::uint32_t to) {
        n.snd_una = i.iss + from;
        n.snd_nxt = i.iss + to;
    };
    if (stance & (sweep::ss | in_syn_received | sweep::fy)) range(0, 1);
    if (stance & sweep::sd) range(0, 11);
    if (stance & (sweep::ei | sweep::cw)) range(51, 51);
    if (stance & (sweep::eo | sweep::fq | sweep::co | sweep::cq | sweep::cu | sweep::lu)) range(51, 151);
    if (stance & (sweep::fs | sweep::cs | sweep::ld)) range(51, 152);
    if (stance & (sweep::ff | sweep::cl | sweep::la)) range(151, 152);
    if (stance & (sweep::f2 | in_time_wait)) range(152, 152);
    if (stance & in_syn_sent) return n;
    n.rcv_nxt = i.rcv_nxt;
    n.irs = i.rcv_nxt - ((stance & (in_syn_received | sweep::fy)) ? 1 : 301);
    n.snd_wnd = send_window;
    n.max_snd_wnd = largest_send_window;
    n.snd_wl1 = i.rcv_nxt - (i.window_settled ? 0 : 100);
    n.snd_wl2 = n.snd_una;
    n.ts_recent = (stance & sweep::tt) ? 1000 : 0;
    return n;
}

lastack::Config config(Stance stance, const sweep::Numbers& n) {
    lastack::Config c;
    c.state = *lastack::state_from_name(sweep::state_of(stance));
    c.rcv_wnd = n.rcv_wnd;
    if (stance & sweep::cd) return c;
    c.remote_specified = c.remote_given = (stance & sweep::li) == 0;
    if (stance & in_listen) return c;
    c.origin = (stance & (sweep::rp | sweep::rq | sweep::fy)) ? lastack::Origin::passive : lastack::Origin::active;
    c.remote_given = c.origin == lastack::Origin::active;
    c.iss_chosen = true;
    c.iss = lastack::Seq{n.iss};
    c.snd_una = lastack::Seq{n.snd_una};
    c.snd_nxt = lastack::Seq{n.snd_nxt};
    c.snd_wnd = n.snd_wnd;
    c.max_snd_wnd = n.max_snd_wnd;
    if (n.snd_una != n.snd_nxt) c.timers = lastack::timer::retransmission | lastack::timer::user;
    if (stance & in_syn_sent) return c;
    c.snd_wl1 = lastack::Seq{n.snd_wl1};
    c.snd_wl2 = lastack::Seq{n.snd_wl2};
    c.irs = lastack::Seq{n.irs};
    c.rcv_nxt = c.last_ack_sent = lastack::Seq{n.rcv_nxt};
    c.rcv_adv = c.rcv_nxt + n.rcv_wnd;
    c.ts_ok = (stance & sweep::tt) != 0;
    c.ts_recent = n.ts_recent;
    if (stance & peer_closed) {
        c.peer_fin_seen = true;
        c.peer_fin = lastack::Seq{n.rcv_nxt - 1};
    }
    if (stance & fins_sent) {
        c.fin = lastack::Fin::sent;
        c.fin_seq = lastack::Seq{n.iss + 151};
    }
    if (stance & fins_waiting) {
        c.fin = lastack::Fin::queued;
        c.owed[0] = {lastack::OwedKind::fin, lastack::When::eventually, {}, c.snd_nxt, c.rcv_nxt};
        c.owed_count = 1;
    }
    if (stance & in_time_wait) c.timers = lastack::timer::time_wait;
    // A CLOSE that waits is remembered as the model remembers it.
    if (stance & (sweep::rq | sweep::cq)) c.queued = text_queued;
    if (stance & (sweep::rq | sweep::cq)) {
        lastack::Call close;
        close.kind = lastack::CallKind::close;
        c = step(c, close).next;
    }
    return c;
}

lastack::Segment segment(const sweep::Seg& s) {
    lastack::Segment r;
    r.seq = lastack::Seq{s.seq};
    r.ack = lastack::Seq{s.ack_field};
    r.text = s.text_octets;
    r.wnd = static_cast<std::uint16_t>(s.wnd);
    const auto bit = [&](std::uint32_t fact, std::uint8_t flag) {
        if (s.bits & fact) r.flags |= flag;
    };
    bit(sweep::syn, lastack::flag::syn);
    bit(sweep::ack, lastack::flag::ack);
    bit(sweep::fin, lastack::flag::fin);
    bit(sweep::rst, lastack::flag::rst);
    r.security_mismatch = (s.bits & sweep::sec) != 0;
    r.has_ts = (s.bits & sweep::ts) != 0;
    r.tsval = s.tsval;
    return r;
}

/// Every choice at its first reading, and then `reading`.
lastack::Policy policy(std::string_view reading) {
    lastack::Policy p;
    for (const lastack::ChoiceInfo& c : lastack::choices()) p = p.with(c.choice, 0);
    if (reading.empty()) return p;
    std::string error;
    const auto wanted = lastack::parse_policy(reading, error);
    EXPECT_TRUE(wanted) << reading << ": " << error;
    for (const lastack::ChoiceInfo& c : lastack::choices()) {
        if (wanted && wanted->decided(c.choice)) p = p.with(c.choice, wanted->value(c.choice));
    }
    return p;
}

lastack::Verdict verdict(sweep::Verdict v) {
    switch (v) {
        case sweep::Verdict::transition:
            return lastack::Verdict::transition;
        case sweep::Verdict::ignored:
            return lastack::Verdict::ignored;
        case sweep::Verdict::refused:
            return lastack::Verdict::refused;
        default:
            return lastack::Verdict::no_change;
    }
}

constexpr std::array<std::pair<std::uint8_t, std::uint16_t>, 5> signal_bits{{
    {sweep::refused, lastack::signal::connection_refused},
    {sweep::reset, lastack::signal::connection_reset},
    {sweep::closing, lastack::signal::connection_closing},
    {sweep::timed_out, lastack::signal::user_timeout},
    {sweep::established, lastack::signal::established},
}};

/// The signals in `expected` came, and none of their kind besides.
bool signals_agree(std::uint8_t expected, std::uint16_t came) {
    return std::all_of(signal_bits.begin(), signal_bits.end(),
                       [&](const auto& pair) { return ((expected & pair.first) != 0) == ((came & pair.second) != 0); });
}

lastack::OwedKind owed_kind(sweep::Kind k) { return static_cast<lastack::OwedKind>(k); }
static_assert(static_cast<int>(sweep::Kind::ack) == static_cast<int>(lastack::OwedKind::ack));
static_assert(static_cast<int>(sweep::Kind::challenge_ack) == static_cast<int>(lastack::OwedKind::challenge_ack));
static_assert(static_cast<int>(sweep::Kind::syn) == static_cast<int>(lastack::OwedKind::syn));
static_assert(static_cast<int>(sweep::Kind::syn_ack) == static_cast<int>(lastack::OwedKind::syn_ack));
static_assert(static_cast<int>(sweep::Kind::text) == static_cast<int>(lastack::OwedKind::text));
static_assert(static_cast<int>(sweep::Kind::fin) == static_cast<int>(lastack::OwedKind::fin));
static_assert(static_cast<int>(sweep::Kind::rst) == static_cast<int>(lastack::OwedKind::rst));
static_assert(static_cast<int>(sweep::Kind::rst_ack) == static_cast<int>(lastack::OwedKind::rst_ack));

bool answers(const sweep::ExpectedAnswer& e, const lastack::Owed& o) {
    if (owed_kind(e.kind) != o.kind) return false;
    if (!e.numbers_fixed) return true;
    if (o.seq.value != e.seq) return false;
    return e.kind == sweep::Kind::rst || e.kind == sweep::Kind::syn || e.kind == sweep::Kind::text ||
           e.kind == sweep::Kind::fin || o.ack.value == e.ack_field;
}

/// Just these answers are owed, besides a FIN that was owed before and still has a connection to go to.
/// An ACK that may go but never must (`eventually`) is no answer that is due.
bool owed_agrees(const lastack::Config& before, const std::vector<sweep::ExpectedAnswer>& expected,
                 lastack::Config after) {
    const auto optional = [](const lastack::Owed& o) {
        return o.kind == lastack::OwedKind::ack && o.when == lastack::When::eventually;
    };
    const auto end = std::remove_if(after.owed.begin(), after.owed.begin() + after.owed_count, optional);
    after.owed_count = static_cast<std::uint8_t>(end - after.owed.begin());
    std::array<bool, lastack::Config::max_owed> used{};
    const auto take = [&](auto&& matches) {
        for (std::size_t i = 0; i < after.owed_count; ++i) {
            if (!used[i] && matches(after.owed[i])) return used[i] = true;
        }
        return false;
    };
    const bool gone = after.state == lastack::State::Closed || after.state == lastack::State::Listen ||
                      after.state == lastack::State::TimeWait;
    bool fin_owed = !gone && before.owed_count > 0;
    std::size_t count = fin_owed ? 1 : 0;
    if (fin_owed && !take([](const lastack::Owed& o) { return o.kind == lastack::OwedKind::fin; })) return false;
    for (const sweep::ExpectedAnswer& e : expected) {
        if (e.kind == sweep::Kind::fin && fin_owed) continue;
        if (!take([&](const lastack::Owed& o) { return answers(e, o); })) return false;
        ++count;
    }
    return count == after.owed_count;
}

/// CLOSED has no TCB: nothing is left but what is still to be sent.
bool tcb_deleted(const lastack::Config& c) {
    lastack::Config bare;
    bare.owed = c.owed;
    bare.owed_count = c.owed_count;
    return c == bare;
}

/// LISTEN has no peer: what remains is the OPEN's remote socket, the window and the calls that wait.
bool listens_afresh(const lastack::Config& before, const lastack::Config& c) {
    lastack::Config bare;
    bare.state = lastack::State::Listen;
    bare.origin = c.origin;
    bare.timers = c.timers;
    bare.fin = c.fin;
    bare.remote_given = bare.remote_specified = before.remote_given;
    bare.rcv_wnd = c.rcv_wnd;
    bare.rcv_wscale = c.rcv_wscale;
    bare.rcv_wscale_offer = c.rcv_wscale_offer;
    bare.queued = before.queued;
    bare.wanted = before.wanted;
    bare.close_queued = before.close_queued;
    bare.owed = c.owed;
    return c == bare;
}

/// What stands wrong, or nothing.
std::string disagreement(Stance stance, const lastack::Config& before, const sweep::Expected& e,
                         const sweep::Numbers& n, const lastack::Outcome& o) {
    std::ostringstream what;
    const lastack::Config& after = o.next;
    if (name(after.state) != e.next) what << " state";
    if (o.verdict != verdict(e.verdict)) what << " verdict";
    const bool equal = e.verdict == sweep::Verdict::ignored || e.verdict == sweep::Verdict::refused;
    if (equal && !(after == before)) what << " config-not-equal";
    if (!owed_agrees(before, e.answers, after)) what << " owed";
    if (((o.restarted & lastack::timer::time_wait) != 0) != e.restarts_2msl) what << " 2msl-restart";
    if (equal || !what.str().empty()) return what.str();

    if (after.state == lastack::State::Closed) {
        if (!(stance & sweep::cd) && !tcb_deleted(after)) what << " tcb-not-deleted";
        return what.str();
    }
    if (after.state == lastack::State::Listen) {
        if (!(stance & in_listen) && !listens_afresh(before, after)) what << " listen-not-fresh";
        return what.str();
    }
    const bool new_incarnation = (stance & (in_listen | in_time_wait)) && after.state == lastack::State::SynReceived;
    const std::uint32_t iss = new_incarnation ? n.new_iss : n.iss;
    if (after.iss.value != iss) what << " iss";
    if (after.snd_una.value != (new_incarnation ? iss : e.snd_una)) what << " snd.una";
    if (after.snd_nxt.value != (new_incarnation ? iss + 1 : n.snd_nxt)) what << " snd.nxt";
    if (!(stance & (no_peer_yet | in_time_wait)) && after.snd_wnd != e.snd_wnd) what << " snd.wnd";
    if (after.rcv_nxt.value != e.rcv_nxt) what << " rcv.nxt";
    if (after.irs.value != e.irs) what << " irs";
    if (!(stance & no_peer_yet) && !new_incarnation &&
        after.rcv_nxt + after.rcv_wnd < before.rcv_nxt + before.rcv_wnd) {
        what << " right-edge-reduced";
    }
    if (after.runs(lastack::timer::time_wait) != (after.state == lastack::State::TimeWait)) what << " time-wait-timer";
    return what.str();
}

/// What became of one line of the table.
struct Tally {
    std::size_t cases{0};
    std::size_t wrong{0};
    std::string first;
};

void report(const std::vector<Tally>& tallies, const auto& lines) {
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        EXPECT_EQ(tallies[i].wrong, 0u) << "line " << i + 1 << " (" << lines[i].reading << ") \"" << lines[i].cite
                                        << "\": of " << tallies[i].cases << " cases; the first:\n"
                                        << tallies[i].first;
        EXPECT_GT(tallies[i].cases, 0u) << "line " << i + 1 << " \"" << lines[i].cite << "\" decides nothing";
    }
}

std::string owed_text(const lastack::Config& c) {
    std::ostringstream out;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        out << ' ' << name(c.owed[i].kind) << " seq " << c.owed[i].seq.value << " ack " << c.owed[i].ack.value;
    }
    return out.str();
}

std::string fired_text(const lastack::Outcome& o) {
    std::ostringstream out;
    for (std::size_t i = 0; i < o.fired_count; ++i) out << ' ' << id(o.fired[i]);
    return out.str();
}

std::string expected_text(std::string_view next, sweep::Verdict v, const std::vector<sweep::ExpectedAnswer>& expected) {
    std::ostringstream out;
    out << next << ' ' << name(verdict(v));
    for (const sweep::ExpectedAnswer& e : expected) {
        out << ", " << name(owed_kind(e.kind));
        if (e.numbers_fixed) out << " seq " << e.seq << " ack " << e.ack_field;
    }
    return out.str();
}

class Sweep {
public:
    Sweep() : tallies(sweep::segment_lines().size()) {}

    void arrive(std::string_view reading, const lastack::Policy& p, Stance stance, const sweep::Numbers& n,
                const lastack::Config& before, const sweep::Seg& s) {
        const sweep::Case c = classify(stance, n, s);
        const int index = sweep::first_match(reading, stance, c);
        lastack::Arrival arrival;
        arrival.segment = segment(s);
        arrival.iss_given = true;
        arrival.iss = lastack::Seq{n.new_iss};
        ++cases;
        if (index < 0) {
            if (unmatched++ == 0) first_unmatched = case_text(reading, stance, n, arrival.segment, c);
            return;
        }
        const sweep::Line& line = sweep::segment_lines()[static_cast<std::size_t>(index)];
        const lastack::Outcome o = step(before, arrival, p);
        const sweep::Expected e = expect(line, stance, n, s, c);
        verdicts.insert(e.verdict);
        std::string wrong = disagreement(stance, before, e, n, o);
        if (!signals_agree(line.signals, o.signals)) wrong += " signals";
        Tally& tally = tallies[static_cast<std::size_t>(index)];
        ++tally.cases;
        if (wrong.empty() || tally.wrong++ > 0) return;
        tally.first = case_text(reading, stance, n, arrival.segment, c) + "\n  wrong:" + wrong +
                      "\n  expected: " + expected_text(e.next, e.verdict, e.answers) +
                      "\n  model:    " + std::string{name(o.next.state)} + ' ' + std::string{name(o.verdict)} +
                      " owes" + owed_text(o.next) + " signals " + std::to_string(o.signals) + " rules" + fired_text(o) +
                      "\n  before: " + to_string(before) + "\n  after:  " + to_string(o.next);
    }

    static std::string case_text(std::string_view reading, Stance stance, const sweep::Numbers& n,
                                 const lastack::Segment& s, const sweep::Case& c) {
        std::ostringstream out;
        out << "  " << sweep::state_of(stance) << " (" << sweep::name_of(stance) << ") rcv.wnd " << n.rcv_wnd << " ["
            << reading << "] <- " << to_string(s) << " (seq rcv.nxt" << std::showpos
            << static_cast<std::int32_t>(s.seq.value - n.rcv_nxt) << ", ack snd.nxt"
            << static_cast<std::int32_t>(s.ack.value - n.snd_nxt) << std::noshowpos << ", place " << c.place
            << ", security " << s.security_mismatch << ", ts " << s.has_ts << ')';
        return out.str();
    }

    std::vector<Tally> tallies;
    std::size_t cases{0};
    std::size_t unmatched{0};
    std::string first_unmatched;
    std::set<sweep::Verdict> verdicts;
};

std::vector<std::uint32_t> seq_positions(std::uint32_t rcv_nxt, std::uint32_t window) {
    std::set<std::uint32_t> positions;
    for (std::uint32_t offset : {0xc000'0000u, 0u - 1000u, 0u - 6u, 0u - 3u, 0u - 1u, 0u, 1u, window - 1, window,
                                 window + 1, window + 1000, 0x4000'0000u}) {
        positions.insert(rcv_nxt + offset);
    }
    return {positions.begin(), positions.end()};
}

std::vector<std::uint32_t> ack_positions(const sweep::Numbers& n, bool thorough) {
    std::set<std::uint32_t> positions{n.snd_una - 1, n.snd_una,     n.snd_una + 1,
                                      n.snd_nxt,     n.snd_nxt + 1, n.snd_una - n.max_snd_wnd - 1};
    if (thorough) {
        for (std::uint32_t p :
             {n.iss, n.snd_nxt - 1, n.snd_una - n.max_snd_wnd, n.snd_una - 0x4000'0000u, n.snd_nxt + 0x4000'0000u}) {
            positions.insert(p);
        }
    }
    return {positions.begin(), positions.end()};
}

/// All segments at one stance.
void arrivals(Sweep& all, std::string_view reading, const lastack::Policy& p, Stance stance, const Instance& i,
              std::uint32_t window, bool thorough) {
    const sweep::Numbers n = numbers(stance, i, window);
    const lastack::Config before = config(stance, n);
    const auto acks = ack_positions(n, thorough);
    const std::vector<std::uint32_t> none{0};
    for (std::uint32_t seq : seq_positions((stance & no_peer_yet) ? i.rcv_nxt : n.rcv_nxt, window)) {
        for (std::uint32_t octets : {0u, 1u, 5u}) {
            for (std::uint32_t bits = 0; bits < 32; ++bits) {
                const bool mismatch = (bits & 16) != 0;
                const std::uint32_t flags = bits & 15;  // syn, ack, fin, rst in Fact's order
                if (mismatch && flags != 0 && flags != sweep::syn && flags != sweep::ack) continue;
                for (std::uint32_t ack_field : (flags & sweep::ack) ? acks : none) {
                    const std::uint32_t wnd = i.window_settled ? send_window : 4321;
                    all.arrive(reading, p, stance, n, before,
                               {seq, ack_field, octets, wnd, 0, flags | (mismatch ? sweep::sec : 0u)});
                }
            }
        }
    }
}

/// Connection requests in TIME-WAIT, with and without Timestamps then and now.
void connection_requests(Sweep& all, std::string_view reading, const lastack::Policy& p) {
    for (Stance stance : {sweep::tw, sweep::tt}) {
        for (const Instance& i : instances) {
            const sweep::Numbers n = numbers(stance, i, 4);
            const lastack::Config before = config(stance, n);
            for (std::uint32_t seq : seq_positions(n.rcv_nxt, n.rcv_wnd)) {
                for (std::uint32_t tsval : {0u, 999u, 1000u, 1001u}) {
                    const std::uint32_t bits = sweep::syn | (tsval ? sweep::ts : 0u);
                    const sweep::Seg s{seq, 0, 0, 4321, tsval, bits};
                    if (reading == "time_wait_reuse=timestamps_or_sequence" && stance == sweep::tt && tsval != 1001)
                        continue;
                    all.arrive(reading, p, stance, n, before, s);
                }
            }
        }
    }
}

Stance stance_at(unsigned i) { return static_cast<Stance>(1u << i); }

const std::set<std::string_view>& readings_of(const auto& lines) {
    static const std::set<std::string_view> readings = [&] {
        std::set<std::string_view> r;
        for (const auto& line : lines) {
            if (!line.reading.empty()) r.insert(line.reading);
        }
        return r;
    }();
    return readings;
}

TEST(ConformanceSweep, EverySegmentInEveryStateIsAnsweredAsTheTableSays) {
    Sweep all;
    const lastack::Policy first_readings = policy("");
    for (const Instance& i : instances) {
        const bool thorough = &i == &instances[0];
        for (unsigned s = 0; s < sweep::stance_count; ++s) {
            if (stance_at(s) == sweep::tt) continue;  // its segments carry Timestamps
            for (std::uint32_t window :
                 thorough ? std::vector<std::uint32_t>{0, 1, 4, 1000} : std::vector<std::uint32_t>{0, 4}) {
                arrivals(all, "", first_readings, stance_at(s), i, window, thorough);
            }
        }
    }
    for (std::string_view reading : readings_of(sweep::segment_lines())) {
        const lastack::Policy p = policy(reading);
        std::uint32_t concerned = 0;
        for (const sweep::Line& line : sweep::segment_lines()) {
            if (line.reading == reading) concerned |= line.stances;
        }
        for (unsigned s = 0; s < sweep::stance_count; ++s) {
            if (!(concerned & stance_at(s)) || stance_at(s) == sweep::tt) continue;
            for (std::uint32_t window : {0u, 4u}) arrivals(all, reading, p, stance_at(s), instances[1], window, false);
        }
        if (reading.starts_with("time_wait_reuse=")) connection_requests(all, reading, p);
    }
    EXPECT_EQ(all.unmatched, 0u) << "no line speaks of:\n" << all.first_unmatched;
    EXPECT_GE(all.cases, 100'000u);
    RecordProperty("cases", std::to_string(all.cases));
    EXPECT_EQ(all.verdicts, (std::set{sweep::Verdict::transition, sweep::Verdict::no_change, sweep::Verdict::ignored}));
    report(all.tallies, sweep::segment_lines());
}

struct Stimulus {
    sweep::CallBit bit;
    lastack::Event event;
    std::uint32_t facts;
};

std::vector<Stimulus> stimuli(std::uint32_t new_iss) {
    using lastack::CallKind;
    using lastack::TimeoutKind;
    std::vector<Stimulus> r;
    const auto call = [&](sweep::CallBit bit, CallKind kind, std::uint32_t facts) {
        lastack::Call c;
        c.kind = kind;
        c.remote_specified = (facts & sweep::unnamed) == 0;
        c.permitted = (facts & sweep::no_access) == 0;
        c.room = (facts & sweep::no_room) == 0;
        c.iss_given = true;
        c.iss = lastack::Seq{new_iss};
        c.octets = call_octets;
        c.rcv_wnd = 1000;
        r.push_back({bit, c, facts});
    };
    for (std::uint32_t facts : {0u, +sweep::no_access, +sweep::no_room, +sweep::unnamed}) {
        call(sweep::open_passive, CallKind::open_passive, facts);
        call(sweep::open_active, CallKind::open_active, facts);
    }
    for (std::uint32_t facts : {0u, +sweep::no_access, +sweep::no_room}) {
        call(sweep::send, CallKind::send, facts);
        call(sweep::receive, CallKind::receive, facts);
    }
    for (std::uint32_t facts : {0u, +sweep::no_access}) {
        call(sweep::close, CallKind::close, facts);
        call(sweep::abort_, CallKind::abort, facts);
        call(sweep::status, CallKind::status, facts);
    }
    r.push_back({sweep::user_timeout, lastack::Timeout{TimeoutKind::user}, 0});
    r.push_back({sweep::retransmission_timeout, lastack::Timeout{TimeoutKind::retransmission}, 0});
    r.push_back({sweep::time_wait_timeout, lastack::Timeout{TimeoutKind::time_wait}, 0});
    return r;
}

std::string_view reply_text(lastack::Reply r) {
    std::string_view text = name(r);
    constexpr std::string_view prefix = "error: ";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    return r == lastack::Reply::none ? "" : text;
}

void call_once(std::vector<Tally>& tallies, std::set<sweep::Verdict>& verdicts, std::string_view reading,
               const lastack::Policy& p, Stance stance, const Instance& i, std::uint32_t moment,
               const Stimulus& stimulus) {
    const sweep::Numbers n = numbers(stance, i, 1000);
    lastack::Config before = config(stance, n);
    if (moment & sweep::queued) before.queued = text_queued;
    if (moment & sweep::unread) before.unread = text_unread;
    if (moment & sweep::waiting) before.wanted = octets_waited_for;
    if (stimulus.bit == sweep::user_timeout && !(stance & sweep::cd)) before.timers |= lastack::timer::user;

    const std::uint32_t facts = stimulus.facts | moment;
    const int index = sweep::first_match(reading, stance, stimulus.bit, facts);
    ASSERT_GE(index, 0) << "no line speaks of call " << stimulus.bit << " in " << sweep::state_of(stance) << ", facts "
                        << facts;
    const sweep::CallLine& line = sweep::call_lines()[static_cast<std::size_t>(index)];
    const lastack::Outcome o = step(before, stimulus.event, p);
    const lastack::Config& after = o.next;
    verdicts.insert(line.verdict);

    std::vector<sweep::ExpectedAnswer> expected;
    const auto add = [&](std::uint16_t bit, sweep::ExpectedAnswer a) {
        if (line.answers & bit) expected.push_back(a);
    };
    add(sweep::a_syn, {sweep::Kind::syn, true, (stance & in_syn_sent) ? n.iss : n.new_iss, 0});
    add(sweep::a_syn_ack, {sweep::Kind::syn_ack, true, n.iss, n.rcv_nxt});
    const bool again = stimulus.bit == sweep::retransmission_timeout;
    add(sweep::a_fin, {sweep::Kind::fin, again, n.iss + 151, n.rcv_nxt});
    add(sweep::a_rst_nxt, {sweep::Kind::rst, true, n.snd_nxt, 0});
    add(sweep::a_text, {sweep::Kind::text, true, n.snd_una, 0});

    const std::string_view next = line.next.empty() ? sweep::state_of(stance) : line.next;
    std::string wrong;
    if (name(after.state) != next) wrong += " state";
    if (reply_text(o.reply) != line.reply) wrong += " reply";
    if (o.verdict != verdict(line.verdict)) wrong += " verdict";
    if (!owed_agrees(before, expected, after)) wrong += " owed";
    if (!signals_agree(line.signals, o.signals)) wrong += " signals";
    const bool equal = line.verdict == sweep::Verdict::ignored || line.verdict == sweep::Verdict::refused;
    if ((equal || stimulus.bit == sweep::status) && !(after == before)) wrong += " config-not-equal";
    if (after.state == lastack::State::Closed && !(stance & sweep::cd) && !tcb_deleted(after))
        wrong += " tcb-not-deleted";
    if (next == "SYN-SENT" && !(stance & in_syn_sent)) {
        if (after.iss.value != n.new_iss || after.snd_una.value != n.new_iss || after.snd_nxt.value != n.new_iss + 1) {
            wrong += " syn-numbers";
        }
    }
    const bool served = line.reply == "ok" && next != "CLOSED";
    if (served && stimulus.bit == sweep::send && after.queued != before.queued + call_octets) wrong += " queued";
    if (served && stimulus.bit == sweep::receive) {
        const std::uint32_t taken = std::min(call_octets, before.unread);
        if (o.delivered != taken || after.unread != before.unread - taken) wrong += " delivered";
        if (after.wanted != before.wanted + (before.unread > 0 ? 0 : call_octets)) wrong += " wanted";
    }
    const bool ended_closing = (o.signals & lastack::signal::calls_closing) != 0;
    const bool ended_reset = (o.signals & lastack::signal::calls_reset) != 0;
    if (line.ends != sweep::Ends::open) {
        const bool someone_waits = (moment & (sweep::waiting | sweep::queued)) != 0;
        if (line.ends == sweep::Ends::closing ? ended_closing != someone_waits : ended_closing)
            wrong += " receives-closing";
        if (line.ends == sweep::Ends::reset ? someone_waits && !ended_reset : ended_reset) wrong += " calls-reset";
    }

    Tally& tally = tallies[static_cast<std::size_t>(index)];
    ++tally.cases;
    if (wrong.empty() || tally.wrong++ > 0) return;
    const auto* call = std::get_if<lastack::Call>(&stimulus.event);
    const std::string_view event = call ? name(call->kind) : name(std::get<lastack::Timeout>(stimulus.event).kind);
    tally.first = "  " + std::string{sweep::state_of(stance)} + " (" + std::string{sweep::name_of(stance)} + ") [" +
                  std::string{reading} + "] <- " + std::string{event} + " facts " + std::to_string(facts) +
                  "\n  wrong:" + wrong + "\n  expected: " + std::string{line.reply} + "; " +
                  expected_text(next, line.verdict, expected) + "\n  model:    " + std::string{name(o.reply)} + "; " +
                  std::string{name(after.state)} + ' ' + std::string{name(o.verdict)} + " owes" + owed_text(after) +
                  " signals " + std::to_string(o.signals) + " rules" + fired_text(o) +
                  "\n  before: " + to_string(before) + "\n  after:  " + to_string(after);
}

TEST(ConformanceSweep, EveryCallAndTimeoutInEveryStateIsAnsweredAsTheTableSays) {
    std::vector<Tally> tallies(sweep::call_lines().size());
    std::set<sweep::Verdict> verdicts;
    std::set<std::string_view> readings = readings_of(sweep::call_lines());
    readings.insert("");
    for (std::string_view reading : readings) {
        const lastack::Policy p = policy(reading);
        for (const Instance& i : instances) {
            for (const Stimulus& stimulus : stimuli(numbers(sweep::li, i, 0).new_iss)) {
                for (unsigned s = 0; s < sweep::stance_count; ++s) {
                    const Stance stance = stance_at(s);
                    // Which moments a stance can have: SENDs where they may wait, unread text where text came.
                    const std::uint32_t sends = in_syn_sent | sweep::rp | sweep::ra | sweep::eo | sweep::cw | sweep::co;
                    const std::uint32_t reads = sweep::ei | sweep::eo | sweep::fq | sweep::fs | sweep::ff | sweep::f2 |
                                                sweep::cw | sweep::co | sweep::cq | sweep::cl | sweep::la | sweep::tw;
                    const std::uint32_t waits = in_listen | in_syn_sent | in_syn_received | sweep::ei | sweep::eo |
                                                sweep::fq | sweep::fs | sweep::ff | sweep::f2;
                    call_once(tallies, verdicts, reading, p, stance, i, 0, stimulus);
                    if (stance & sends) call_once(tallies, verdicts, reading, p, stance, i, sweep::queued, stimulus);
                    // A full queue refuses a RECEIVE only when it has to wait.
                    if (stance & reads) call_once(tallies, verdicts, reading, p, stance, i, sweep::unread, stimulus);
                    if (stance & waits) call_once(tallies, verdicts, reading, p, stance, i, sweep::waiting, stimulus);
                    if (HasFatalFailure()) return;
                }
            }
        }
    }
    EXPECT_TRUE(verdicts.contains(sweep::Verdict::transition));
    EXPECT_TRUE(verdicts.contains(sweep::Verdict::no_change));
    EXPECT_TRUE(verdicts.contains(sweep::Verdict::ignored));
    EXPECT_TRUE(verdicts.contains(sweep::Verdict::refused));
    report(tallies, sweep::call_lines());
}

}  // namespace
