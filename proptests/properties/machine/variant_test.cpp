// Variants: their rows are beside the RFC's and never among them; each has its turn; what they do not touch stays the
// RFC's; and a connection that nothing befalls lives under each.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "situations.hpp"

namespace {

using namespace lastack;
using situations::Draw;
using situations::Situation;

Instruments with(Variant v) {
    Instruments instruments;
    instruments.variant = v;
    return instruments;
}
bool of_variant(Rule r) { return r.index >= rules().size(); }

bool same_rules(const Outcome& a, const Outcome& b) { return a.fired_count == b.fired_count && a.fired == b.fired; }
bool alike(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.delivered == b.delivered && a.acknowledged == b.acknowledged;
}

// ---- two ends ----

/// Two ends of one variant, and what is under way between them.
class Pair {
public:
    explicit Pair(Variant v, const Policy& policy = {}) : instruments_{with(v)}, policy_{policy} {}

    std::array<Config, 2> ends{};
    std::array<std::deque<Segment>, 2> ways{};  ///< by sender
    std::array<std::uint32_t, 2> delivered{};
    std::array<std::uint16_t, 2> signals{};
    std::function<void(const Outcome&)> watch{};

    Outcome happen(int who, const Event& event) {
        const Outcome out = step_instrumented(ends[who], event, policy_, instruments_);
        if (watch) watch(out);
        ends[who] = out.next;
        delivered[who] += out.delivered;
        signals[who] |= out.signals;
        return out;
    }
    Reply call(int who, CallKind kind, std::uint32_t octets = 0) {
        Call call;
        call.kind = kind;
        call.octets = octets;
        call.iss_given = true;
        call.iss = Seq{who == 0 ? 100u : 300u};
        return happen(who, call).reply;
    }
    void arrive(int who, const Segment& segment) {
        Arrival arrival;
        arrival.segment = segment;
        arrival.iss_given = true;
        arrival.iss = Seq{who == 0 ? 100u : 300u};
        happen(who, arrival);
    }
    /// What leaves; false when the machine does not let it.
    bool leave(int who, const Segment& segment) {
        if (happen(who, Departure{segment}).verdict == Verdict::refused) return false;
        ways[who].push_back(segment);
        return true;
    }
    /// Everything leaves and arrives in order, until nothing is left.
    bool settle() {
        for (int left = 1000; left > 0; --left) {
            bool quiet = true;
            for (const int who : {0, 1}) {
                if (const auto s = next_departure(ends[who])) {
                    quiet = false;
                    if (!leave(who, *s)) {
                        ADD_FAILURE() << to_string(*s) << " is refused in " << to_string(ends[who]);
                        return false;
                    }
                }
            }
            for (const int who : {0, 1}) {
                if (ways[who].empty()) continue;
                quiet = false;
                const Segment s = ways[who].front();
                ways[who].pop_front();
                arrive(1 - who, s);
            }
            if (quiet) return true;
        }
        ADD_FAILURE() << "the ends answer each other without end";
        return false;
    }

private:
    Instruments instruments_;
    Policy policy_;
};

// ---- names ----

TEST(Variants, HaveNamesAndRowsThatAreNoneOfTheRfc) {
    std::set<std::string_view> ids, names;
    for (const RuleInfo& r : rules()) {
        EXPECT_EQ(r.variant, Variant::none) << r.id;
        ids.insert(r.id);
    }
    std::set<Variant> with_rows;
    for (std::size_t i = 0; i < variant_rules().size(); ++i) {
        const RuleInfo& r = variant_rules()[i];
        with_rows.insert(r.variant);
        EXPECT_TRUE(ids.insert(r.id).second) << r.id << " is there twice";
        EXPECT_TRUE(r.id.starts_with("why-" + std::string{name(r.variant)} + "-")) << r.id;
        const Rule rule_of_it{static_cast<std::uint16_t>(rules().size() + i)};
        EXPECT_EQ(variant_rule(r.id), rule_of_it);
        EXPECT_EQ(id(rule_of_it), r.id);
        EXPECT_EQ(info(rule_of_it).id, r.id);
        EXPECT_FALSE(rule(r.id)) << r.id;
    }
    for (const VariantInfo& v : variants()) {
        EXPECT_TRUE(names.insert(v.name).second) << v.name;
        EXPECT_EQ(variant(v.name), v.variant);
        EXPECT_EQ(name(v.variant), v.name);
        EXPECT_TRUE(with_rows.contains(v.variant)) << v.name << " has no row";
        EXPECT_TRUE(v.what.ends_with(".")) << v.what;
    }
    EXPECT_EQ(variant("no-such"), Variant::none);
    EXPECT_EQ(variant(""), Variant::none);
    EXPECT_EQ(name(Variant::none), "");
    EXPECT_FALSE(variant_rule(rules()[0].id));
    EXPECT_EQ(info(Rule{0}).id, rules()[0].id);
}

TEST(Variants, AreListedWhereCaseFilesAreDescribed) {
    std::ifstream file{LASTACK_SOURCE_DIR "/spec/case-files.md"};
    std::string table;
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with(" | 3.4 |") || line.find(" | 3.10.") != std::string::npos) table += line + "\n";
    }
    std::string expected;
    for (const VariantInfo& v : variants()) {
        expected += "| `" + std::string{v.name} + "` | " + std::string{v.what} + " | " + std::string{v.place} + " |\n";
    }
    EXPECT_EQ(table, expected);
}

// ---- rows ----

/// The ladder lets time out what has no number and is yet to be sent again.
bool unnumbered_timeout(Variant v, const Situation& s) {
    const auto* timeout = std::get_if<Timeout>(&s.event);
    return timeout && timeout->kind == TimeoutKind::retransmission && s.config.snd_una == s.config.snd_nxt &&
           (v == Variant::syn_takes_no_number || v == Variant::fin_takes_no_number);
}

TEST(Variants, ChangeNothingWhereNoRowOfTheirsFires) {
    Draw draw{1};
    int touched = 0;
    for (int n = 0; n < 400'000; ++n) {
        const VariantInfo& v = variants()[draw.below(static_cast<std::uint32_t>(variants().size()))];
        const Situation s = situations::situation(draw);
        const Policy policy = situations::decided_policy(draw);
        const Outcome out = step_instrumented(s.config, s.event, policy, with(v.variant));
        if (std::any_of(out.fired.begin(), out.fired.begin() + out.fired_count, of_variant)) {
            ++touched;
            continue;
        }
        if (unnumbered_timeout(v.variant, s)) continue;
        const Outcome plain = step(s.config, s.event, policy);
        ASSERT_TRUE(alike(plain, out) && same_rules(plain, out)) << v.name << " in " << to_string(s.config);
    }
    EXPECT_GT(touched, 10'000);
}

/// A run of two ends at random over a network that loses, repeats and reorders. What the scheduler proposes may leave.
std::string random_run(Pair& pair, Draw& draw, int events) {
    const auto all_leave = [&](int who) -> std::string {
        for (const Segment& s : departures(pair.ends[who])) {
            Pair copy = pair;
            if (!copy.leave(who, s)) return to_string(s) + " is refused in " + to_string(pair.ends[who]);
        }
        return "";
    };
    for (int n = 0; n < events; ++n) {
        const int who = static_cast<int>(draw.below(2));
        Config& end = pair.ends[who];
        std::deque<Segment>& way = pair.ways[1 - who];
        const std::uint32_t what = draw.below(20);
        if (what == 0) {
            pair.call(who, draw.one_of({CallKind::open_active, CallKind::open_passive, CallKind::abort}));
        } else if (what <= 2) {
            if (end.state == State::Closed) pair.call(who, who == 0 ? CallKind::open_active : CallKind::open_passive);
        } else if (what <= 4) {
            pair.call(who, draw.one_of({CallKind::send, CallKind::receive}), 1 + draw.below(30));
        } else if (what == 5) {
            pair.call(who, CallKind::close);
        } else if (what <= 7) {
            const TimeoutKind kind = draw.one_of({TimeoutKind::retransmission, TimeoutKind::time_wait});
            if (end.runs(kind == TimeoutKind::time_wait ? timer::time_wait : timer::retransmission)) {
                pair.happen(who, Timeout{kind});
            }
        } else if (what <= 12) {
            if (way.empty()) continue;
            const auto chosen = way.begin() + (draw.one_in(4) ? draw.below(static_cast<std::uint32_t>(way.size())) : 0);
            const Segment s = *chosen;
            if (!draw.one_in(8)) way.erase(chosen);
            if (!draw.one_in(8)) pair.arrive(who, s);
        } else {
            if (const std::string refused = all_leave(who); !refused.empty()) return refused;
            if (const auto s = next_departure(end)) pair.leave(who, *s);
        }
        if (way.size() > 6) way.pop_front();
    }
    return "";
}

TEST(Variants, LetLeaveWhatTheSchedulerProposes) {
    std::vector<VariantInfo> all(variants().begin(), variants().end());
    all.push_back({});  // and the RFC
    for (const VariantInfo& v : all) {
        for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
            Draw draw{seed};
            Pair pair{v.variant, seed % 2 == 0 ? Policy{} : situations::decided_policy(draw)};
            ASSERT_EQ(random_run(pair, draw, 120), "") << v.name << ", seed " << seed;
        }
    }
}

TEST(Variants, EachRowHasItsTurnAndNoneOfAnotherVariant) {
    std::vector<int> times(variant_rules().size());
    const auto count = [&](Variant v, const Outcome& out) {
        for (std::size_t i = 0; i < out.fired_count; ++i) {
            if (!of_variant(out.fired[i])) continue;
            EXPECT_EQ(info(out.fired[i]).variant, v) << id(out.fired[i]);
            ++times[out.fired[i].index - rules().size()];
        }
    };
    Draw draw{2};
    for (int n = 0; n < 600'000; ++n) {
        const Situation s = situations::situation(draw);
        const Policy policy = situations::decided_policy(draw);
        for (const VariantInfo& v : variants()) {
            count(v.variant, step_instrumented(s.config, s.event, policy, with(v.variant)));
        }
    }
    for (const VariantInfo& v : variants()) {  // what is owed where the RFC owes nothing comes only of runs
        for (std::uint32_t seed = 1; seed <= 500; ++seed) {
            Draw of_run{seed};
            Pair pair{v.variant};
            pair.watch = [&](const Outcome& out) { count(v.variant, out); };
            random_run(pair, of_run, 120);
        }
    }
    for (std::size_t i = 0; i < times.size(); ++i) EXPECT_GT(times[i], 0) << variant_rules()[i].id << " never fired";
}

// ---- a whole life ----

class Life : public testing::TestWithParam<Variant> {};

/// Two connections, one after the other, with text both ways. Nothing is lost, and each end closes when all is said: no
/// piece that a variant leaves out is missed.
TEST_P(Life, WithoutMishapIsWhole) {
    Pair pair{GetParam()};
    for (int life = 0; life < 2; ++life) {
        pair.delivered = {};
        pair.signals = {};
        EXPECT_EQ(pair.call(1, CallKind::open_passive), Reply::ok);
        EXPECT_EQ(pair.call(0, CallKind::open_active), Reply::ok);
        ASSERT_TRUE(pair.settle());
        for (const int who : {0, 1}) {
            ASSERT_EQ(pair.ends[who].state, State::Established);
            EXPECT_EQ(pair.signals[who], signal::established);
            EXPECT_FALSE(pair.ends[who].runs(timer::retransmission));
            EXPECT_EQ(pair.call(who, CallKind::receive, 1500), Reply::ok);
            EXPECT_EQ(pair.call(who, CallKind::send, 1500), Reply::ok);
        }
        ASSERT_TRUE(pair.settle());
        for (const int who : {0, 1}) {
            EXPECT_EQ(pair.delivered[who], 1500u);
            EXPECT_EQ(pair.ends[who].snd_una, pair.ends[who].snd_nxt);
        }
        EXPECT_EQ(pair.call(0, CallKind::close), Reply::ok);
        ASSERT_TRUE(pair.settle());
        const bool forced = GetParam() == Variant::three_message_close;
        EXPECT_EQ(pair.call(1, CallKind::close), forced ? Reply::connection_does_not_exist : Reply::ok);
        ASSERT_TRUE(pair.settle());
        const bool waits = GetParam() != Variant::no_time_wait;
        EXPECT_EQ(pair.ends[0].state, waits ? State::TimeWait : State::Closed);
        if (waits) pair.happen(0, Timeout{TimeoutKind::time_wait});
        for (const int who : {0, 1}) {
            EXPECT_EQ(pair.ends[who], Config{}) << to_string(pair.ends[who]);
            EXPECT_EQ(pair.signals[who] & ~signal::push,
                      signal::established | signal::close_ok | signal::connection_closing);
        }
    }
}
std::vector<Variant> all_variants() {
    std::vector<Variant> all{Variant::none};
    for (const VariantInfo& v : variants()) all.push_back(v.variant);
    return all;
}
INSTANTIATE_TEST_SUITE_P(Variants, Life, testing::ValuesIn(all_variants()), [](const auto& test) {
    std::string text = test.param == Variant::none ? "none" : std::string{name(test.param)};
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
});

// ---- what the variants keep of the RFC, by hand ----

/// What leaves next, as packetdrill writes it, without window; it is under way then.
std::string leaves(Pair& pair, int who) {
    const auto s = next_departure(pair.ends[who]);
    if (!s) return "nothing";
    EXPECT_TRUE(pair.leave(who, *s)) << to_string(*s);
    const std::string text = to_string(*s);
    return text.substr(0, text.find(" win "));
}
void lose(Pair& pair, int who) { pair.ways[who].pop_front(); }
void deliver(Pair& pair, int who) {
    const Segment s = pair.ways[who].front();
    pair.ways[who].pop_front();
    pair.arrive(1 - who, s);
}

TEST(SynTakesNoNumber, ALostSynAndALostSynAckAreSentAgain) {
    Pair pair{Variant::syn_takes_no_number};
    pair.call(1, CallKind::open_passive);
    pair.call(0, CallKind::open_active);
    EXPECT_EQ(leaves(pair, 0), "S 100:100(0)");
    lose(pair, 0);
    pair.happen(0, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 0), "S 100:100(0)");
    deliver(pair, 0);
    EXPECT_EQ(leaves(pair, 1), "S. 300:300(0) ack 100");
    lose(pair, 1);
    pair.happen(1, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 1), "S. 300:300(0) ack 100");
    deliver(pair, 1);
    EXPECT_EQ(pair.ends[0].state, State::Established);
    pair.call(0, CallKind::send, 5);
    EXPECT_EQ(leaves(pair, 0), "P. 100:105(5) ack 300");  // the first octet has the number of the SYN
    deliver(pair, 0);
    EXPECT_EQ(pair.ends[1].state, State::Established);
    EXPECT_EQ(pair.ends[1].rcv_nxt, Seq{105});
    pair.happen(0, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 0), "P. 100:105(5) ack 300");
}

TEST(SynTakesNoNumber, ClosedRefusesTheSyn) {
    Pair pair{Variant::syn_takes_no_number};
    pair.call(0, CallKind::open_active);
    EXPECT_EQ(leaves(pair, 0), "S 100:100(0)");
    deliver(pair, 0);
    EXPECT_EQ(leaves(pair, 1), "R. 0:0(0) ack 100");
    deliver(pair, 1);
    EXPECT_EQ(pair.ends[0].state, State::Closed);
    EXPECT_EQ(pair.signals[0], signal::connection_reset);
}

TEST(SynTakesNoNumber, SynsThatCrossOpenBothEnds) {
    Pair pair{Variant::syn_takes_no_number};
    for (const int who : {0, 1}) pair.call(who, CallKind::open_active);
    EXPECT_EQ(leaves(pair, 0), "S 100:100(0)");
    EXPECT_EQ(leaves(pair, 1), "S 300:300(0)");
    deliver(pair, 0);
    deliver(pair, 1);
    EXPECT_EQ(leaves(pair, 0), "S. 100:100(0) ack 300");
    ASSERT_TRUE(pair.settle());
    for (const int who : {0, 1}) EXPECT_EQ(pair.ends[who].state, State::Established);
}

TEST(SynTakesNoNumber, ACloseBeforeTheAckOfTheSynTakesItAndThenTheAckOfTheFin) {
    Pair pair{Variant::syn_takes_no_number};
    pair.call(1, CallKind::open_passive);
    pair.call(0, CallKind::open_active);
    leaves(pair, 0);
    deliver(pair, 0);
    leaves(pair, 1);
    deliver(pair, 1);
    pair.call(1, CallKind::close);
    EXPECT_EQ(pair.ends[1].state, State::FinWait1);
    EXPECT_EQ(leaves(pair, 1), "F. 300:300(0) ack 100");
    pair.happen(1, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 1), "S. 300:300(0) ack 100");
    leaves(pair, 0);
    deliver(pair, 0);
    EXPECT_EQ(pair.ends[1].state, State::FinWait1);
    deliver(pair, 1);
    EXPECT_EQ(pair.ends[0].state, State::CloseWait);
    EXPECT_EQ(leaves(pair, 0), ". 100:100(0) ack 301");
    deliver(pair, 0);
    EXPECT_EQ(pair.ends[1].state, State::FinWait2);
}

TEST(FinTakesNoNumber, ALostFinIsSentAgainWhileNoAckComes) {
    Pair pair{Variant::fin_takes_no_number};
    pair.call(1, CallKind::open_passive);
    pair.call(0, CallKind::open_active);
    ASSERT_TRUE(pair.settle());
    pair.call(0, CallKind::close);
    EXPECT_EQ(leaves(pair, 0), "F. 101:101(0) ack 301");
    lose(pair, 0);
    pair.happen(0, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 0), "F. 101:101(0) ack 301");
    deliver(pair, 0);
    EXPECT_EQ(pair.ends[1].state, State::CloseWait);
    EXPECT_EQ(leaves(pair, 1), ". 301:301(0) ack 101");
    deliver(pair, 1);
    EXPECT_EQ(pair.ends[0].state, State::FinWait2);
    EXPECT_FALSE(pair.ends[0].runs(timer::retransmission));
}

TEST(TwoWayHandshake, ALostSynAckIsSentAgainAndTextOnTheSynIsDeliveredAtOnce) {
    Pair pair{Variant::two_way_handshake};
    pair.call(1, CallKind::open_passive);
    pair.call(1, CallKind::receive, 9);
    Segment syn;
    syn.flags = flag::syn;
    syn.seq = Seq{100};
    syn.text = 4;
    syn.wnd = 1000;
    pair.arrive(1, syn);
    EXPECT_EQ(pair.ends[1].state, State::Established);
    EXPECT_EQ(pair.delivered[1], 4u);  // by the RFC not before ESTABLISHED (3.5)
    EXPECT_EQ(leaves(pair, 1), "S. 300:300(0) ack 105");
    EXPECT_EQ(leaves(pair, 1), "nothing");
    pair.happen(1, Timeout{TimeoutKind::retransmission});
    EXPECT_EQ(leaves(pair, 1), "S. 300:300(0) ack 105");
}

TEST(NoTimeWait, TheLastAckLeavesClosedAndTheNextOpenForgetsIt) {
    for (const CallKind open : {CallKind::open_active, CallKind::open_passive}) {
        for (const bool acknowledged : {true, false}) {
            Pair pair{Variant::no_time_wait};
            pair.call(1, CallKind::open_passive);
            pair.call(0, CallKind::open_active);
            ASSERT_TRUE(pair.settle());
            pair.call(0, CallKind::close);
            pair.call(1, CallKind::close);  // they cross
            EXPECT_EQ(leaves(pair, 0), "F. 101:101(0) ack 301");
            EXPECT_EQ(leaves(pair, 1), "F. 301:301(0) ack 101");
            deliver(pair, 1);
            deliver(pair, 0);
            EXPECT_EQ(leaves(pair, 1), ". 302:302(0) ack 102");
            deliver(pair, 1);
            EXPECT_EQ(pair.ends[0].state, State::Closed);
            EXPECT_TRUE(pair.signals[0] & signal::close_ok);
            if (acknowledged) {
                EXPECT_EQ(leaves(pair, 0), ". 102:102(0) ack 302");
                EXPECT_EQ(pair.ends[0], Config{});
            } else {
                EXPECT_EQ(pair.call(0, open), Reply::ok);
                EXPECT_EQ(leaves(pair, 0), open == CallKind::open_active ? "S 100:100(0)" : "nothing");
                EXPECT_EQ(pair.ends[0].owed_count, 0);
            }
        }
    }
}

}  // namespace
