#include "lastack/lifecycle/endpoints.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace lastack {
namespace {

const Endpoint web = ipv4_endpoint({192, 0, 2, 1}, 80);
const Endpoint web_elsewhere = ipv4_endpoint({198, 51, 100, 1}, 80);
const Endpoint web_anywhere = ipv4_endpoint({0, 0, 0, 0}, 80);
const Endpoint peer = ipv4_endpoint({203, 0, 113, 7}, 40000);
const Endpoint other_peer = ipv4_endpoint({203, 0, 113, 7}, 40001);

/// A stand-in for the machine that knows only what the table must live with: how records come, change and go.
/// The listener and the remote socket that it was told of are kept for the tests to see.
struct Machine {
    std::vector<bool> listener_seen;

    Outcome operator()(const Config& config, const Event& event, const Policy&) {
        Outcome o;
        o.next = config;
        o.verdict = Verdict::no_change;
        o.reply = Reply::ok;
        if (const auto* call = std::get_if<Call>(&event)) on_call(o, *call);
        if (const auto* arrival = std::get_if<Arrival>(&event)) on_arrival(o, *arrival);
        if (std::get_if<Timeout>(&event) != nullptr) o.next = Config{};
        return o;
    }

    static void refuse(Outcome& o, Reply reply) {
        o.verdict = Verdict::refused;
        o.reply = reply;
    }
    static void on_call(Outcome& o, const Call& call) {
        const State state = o.next.state;
        const bool open = call.kind == CallKind::open_active || call.kind == CallKind::open_passive;
        if (state == State::Closed && !open) return refuse(o, Reply::connection_does_not_exist);
        if (state != State::Closed && state != State::Listen && open) {
            return refuse(o, Reply::connection_already_exists);
        }
        if (open && !call.room) return refuse(o, Reply::insufficient_resources);
        if (call.kind == CallKind::open_passive) {
            o.next.state = State::Listen;
            o.next.remote_specified = o.next.remote_given = call.remote_specified;
        }
        if (call.kind == CallKind::open_active || (call.kind == CallKind::send && state == State::Listen)) {
            if (!call.remote_specified) return refuse(o, Reply::remote_socket_unspecified);
            o.next.state = State::SynSent;
            o.next.remote_specified = o.next.remote_given = true;
        }
        if (call.kind == CallKind::abort) o.next = Config{};
    }
    void on_arrival(Outcome& o, const Arrival& arrival) {
        listener_seen.push_back(arrival.listener);
        const Segment& segment = arrival.segment;
        if (o.next.state == State::Closed) {
            o.next.owed[0].kind = OwedKind::rst_ack;
            o.next.owed_count = 1;
        } else if (o.next.state == State::Listen && segment.syn()) {
            o.next.state = State::SynReceived;
            o.next.remote_specified = true;
        } else if (o.next.state == State::SynReceived && segment.rst()) {
            o.next.state = State::Listen;
            o.next.remote_specified = o.next.remote_given;
        } else if (o.next.state == State::SynReceived && segment.has_ack()) {
            o.next.state = State::Established;
        } else if (segment.rst() && o.next.state != State::Listen) {
            o.next = Config{};
        }
        if (segment.urg()) o.signals |= signal::urgent;
    }
};

Call call_of(CallKind kind) {
    Call call;
    call.kind = kind;
    return call;
}
const Call passive = call_of(CallKind::open_passive);
const Call active = call_of(CallKind::open_active);

Arrival segment_with(std::uint8_t flags) {
    Arrival arrival;
    arrival.segment.flags = flags;
    return arrival;
}
const Arrival syn = segment_with(flag::syn);
const Arrival ack = segment_with(flag::ack);
const Arrival rst = segment_with(flag::rst);

class EndpointsTest : public testing::Test {
protected:
    Machine machine;
    std::vector<Endpoint> asked;                                          // what the IP layer was asked to reach
    std::optional<Endpoint> route = ipv4_endpoint({198, 51, 100, 1}, 0);  // what it answers: no port, it knows none
    Endpoints table{std::ref(machine), [this](const Endpoint& remote) {
                        asked.push_back(remote);
                        return route;
                    }};

    State state(ConnectionName name) const {
        const auto* record = table.find(name);
        return record == nullptr ? State::Closed : record->config.state;
    }
    ConnectionName established(const Endpoint& local, const Endpoint& remote) {
        const ConnectionName name = table.open(local, {}, passive).name;
        table.arrive(local, remote, syn);
        table.arrive(local, remote, ack);
        EXPECT_EQ(state(name), State::Established);
        return name;
    }
};

TEST_F(EndpointsTest, APassiveOpenMakesANewRecordInListen) {
    const auto first = table.open(web, {}, passive);
    EXPECT_EQ(first.outcome.reply, Reply::ok);
    EXPECT_EQ(state(first.name), State::Listen);
    const auto second = table.open(web_elsewhere, {}, passive);
    EXPECT_NE(second.name, first.name);
    EXPECT_EQ(table.records().size(), 2u);
}

TEST_F(EndpointsTest, APassiveOpenNeverAltersARecord) {
    const ConnectionName listening = table.open(web, {}, passive).name;
    const ConnectionName connecting = table.open(web, peer, active).name;
    const ConnectionName alive = established(web_elsewhere, peer);
    using Shown = std::tuple<ConnectionName, Endpoint, std::optional<Endpoint>, Config>;
    const auto shown = [&] {
        std::vector<Shown> all;
        for (const auto& [name, r] : table.records()) all.emplace_back(name, r.local, r.remote, r.config);
        return all;
    };
    const auto before = shown();
    const std::vector<std::tuple<Endpoint, std::optional<Endpoint>, ConnectionName>> opens{
        {web, std::nullopt, listening}, {web, peer, connecting}, {web_elsewhere, peer, alive}};
    for (const auto& [local, remote, holder] : opens) {
        const auto answer = table.open(local, remote, passive);
        EXPECT_EQ(answer.name, holder);
        EXPECT_EQ(answer.outcome.verdict, Verdict::refused);
        EXPECT_EQ(answer.outcome.reply, Reply::connection_already_exists);
        EXPECT_EQ(shown(), before);
    }
}

TEST_F(EndpointsTest, ListeningIsPossibleWhileAConnectionOnThePortIsInSynSentOrSynReceived) {
    const ConnectionName connecting = table.open(web, peer, active).name;
    const ConnectionName first = table.open(web, {}, passive).name;
    EXPECT_EQ(state(connecting), State::SynSent);
    EXPECT_EQ(state(first), State::Listen);
    table.arrive(web, other_peer, syn);
    EXPECT_EQ(state(first), State::SynReceived);
    const ConnectionName second = table.open(web, {}, passive).name;
    EXPECT_EQ(state(second), State::Listen);
    EXPECT_EQ(state(first), State::SynReceived);
    EXPECT_EQ(table.records().size(), 3u);
}

TEST_F(EndpointsTest, TheLocalAddressThatOpenNamesIsUsed) {
    const ConnectionName connecting = table.open(web, peer, active).name;
    EXPECT_EQ(table.find(connecting)->local, web);
    EXPECT_TRUE(asked.empty());
    const ConnectionName listening = table.open(web_elsewhere, {}, passive).name;
    EXPECT_EQ(table.arrive(web, other_peer, syn).name, 0u);  // to the other address: nobody listens there
    EXPECT_EQ(table.arrive(web_elsewhere, other_peer, syn).name, listening);
}

TEST_F(EndpointsTest, AnActiveOpenAsksForALocalAddressBeforeItsSyn) {
    const auto answer = table.open(web_anywhere, peer, active);
    EXPECT_EQ(asked, std::vector<Endpoint>{peer});
    EXPECT_EQ(table.find(answer.name)->local, web_elsewhere);
}

TEST_F(EndpointsTest, WithoutARouteAnActiveOpenFailsAndLeavesNothing) {
    route.reset();
    EXPECT_EQ(table.open(web_anywhere, peer, active).outcome.reply, Reply::insufficient_resources);
    route = ipv6_endpoint({0x20, 0x01, 0x0d, 0xb8}, 0);  // of no use to an IPv4 peer
    EXPECT_EQ(table.open(web_anywhere, peer, active).outcome.reply, Reply::insufficient_resources);
    EXPECT_TRUE(table.records().empty());
}

TEST_F(EndpointsTest, AListenerThatSendsAsksForALocalAddressBeforeItsSyn) {
    const ConnectionName name = table.open(web_anywhere, peer, passive).name;
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(table.call(name, call_of(CallKind::send)).reply, Reply::ok);
    EXPECT_EQ(state(name), State::SynSent);
    EXPECT_EQ(table.find(name)->local, web_elsewhere);
    EXPECT_EQ(asked, std::vector<Endpoint>{peer});
}

TEST_F(EndpointsTest, AListenerDoesNotSendWithoutARouteOrOnAPairInUse) {
    const ConnectionName name = table.open(web_anywhere, peer, passive).name;
    route.reset();
    EXPECT_EQ(table.call(name, call_of(CallKind::send)).reply, Reply::insufficient_resources);
    route = web_elsewhere;
    table.open(web_elsewhere, peer, active);
    EXPECT_EQ(table.call(name, call_of(CallKind::send)).reply, Reply::connection_already_exists);
    EXPECT_EQ(state(name), State::Listen);
    EXPECT_EQ(table.find(name)->local, web_anywhere);
}

TEST_F(EndpointsTest, TheLocalAddressStaysFixedOnceASegmentWentOrCame) {
    const ConnectionName connecting = table.open(web_anywhere, peer, active).name;
    route = ipv4_endpoint({192, 0, 2, 1}, 0);  // the routes change
    table.call(connecting, call_of(CallKind::send));
    EXPECT_EQ(table.find(connecting)->local, web_elsewhere);
    EXPECT_EQ(table.arrive(web, peer, ack).name, 0u);  // a segment to another address is not this connection's
    EXPECT_EQ(asked.size(), 1u);
}

TEST_F(EndpointsTest, AnUnspecifiedLocalAddressIsBoundByTheSyn) {
    const ConnectionName name = table.open(web_anywhere, {}, passive).name;
    table.arrive(web_elsewhere, peer, syn);
    ASSERT_EQ(state(name), State::SynReceived);
    EXPECT_EQ(table.find(name)->local, web_elsewhere);
    EXPECT_EQ(table.find(name)->remote, peer);
    EXPECT_EQ(table.arrive(web, peer, ack).name, 0u);
    EXPECT_EQ(table.arrive(web_elsewhere, peer, ack).name, name);
}

TEST_F(EndpointsTest, AListenerKeepsItsSocketsOpenWhenTheSegmentChangesNothing) {
    const ConnectionName name = table.open(web_anywhere, {}, passive).name;
    EXPECT_EQ(table.arrive(web, peer, ack).name, name);
    EXPECT_EQ(state(name), State::Listen);
    EXPECT_EQ(table.find(name)->local, web_anywhere);
    EXPECT_EQ(table.find(name)->remote, std::nullopt);
}

TEST_F(EndpointsTest, AReturnToListenOpensWhatTheSynHadBound) {
    const ConnectionName name = table.open(web_anywhere, {}, passive).name;
    table.arrive(web, peer, syn);
    table.arrive(web, peer, rst);
    ASSERT_EQ(state(name), State::Listen);
    EXPECT_EQ(table.find(name)->local, web_anywhere);
    EXPECT_EQ(table.find(name)->remote, std::nullopt);

    const ConnectionName particular = table.open(web, peer, passive).name;
    table.arrive(web, peer, syn);
    table.arrive(web, peer, rst);
    ASSERT_EQ(state(particular), State::Listen);
    EXPECT_EQ(table.find(particular)->local, web);
    EXPECT_EQ(table.find(particular)->remote, peer);
}

TEST_F(EndpointsTest, ARemoteAddressThatIsNoHostsIsRefused) {
    const std::vector<Endpoint> invalid{
        ipv4_endpoint({255, 255, 255, 255}, 80), ipv4_endpoint({224, 0, 0, 1}, 80),
        ipv4_endpoint({239, 1, 2, 3}, 80),       ipv4_endpoint({0, 0, 0, 0}, 80),
        ipv4_endpoint({203, 0, 113, 7}, 0),      ipv6_endpoint({0x20, 0x01, 0x0d, 0xb8, 1}, 80),  // other family
    };
    for (const Endpoint& remote : invalid) {
        for (const Call& call : {active, passive}) {
            const auto answer = table.open(web, remote, call);
            EXPECT_EQ(answer.name, 0u) << to_string(remote);
            EXPECT_EQ(answer.outcome.reply, Reply::connection_illegal) << to_string(remote);
        }
    }
    const Endpoint v6 = ipv6_endpoint({0x20, 0x01, 0x0d, 0xb8}, 80);
    const Endpoint v6_multicast = ipv6_endpoint({0xff, 0x02, 1}, 80);
    EXPECT_EQ(table.open(v6, v6_multicast, active).outcome.reply, Reply::connection_illegal);
    EXPECT_TRUE(table.records().empty());
    EXPECT_TRUE(asked.empty());
}

TEST_F(EndpointsTest, ALocalSocketWithoutAPortIsRefused) {
    EXPECT_EQ(table.open(ipv4_endpoint({192, 0, 2, 1}, 0), {}, passive).outcome.reply, Reply::connection_illegal);
    EXPECT_TRUE(table.records().empty());
}

TEST_F(EndpointsTest, TheConnectionItselfComesBeforeAListener) {
    const ConnectionName alive = established(web, peer);
    const ConnectionName listening = table.open(web, {}, passive).name;
    EXPECT_EQ(table.demultiplex(web, peer), alive);
    EXPECT_EQ(table.demultiplex(web, other_peer), listening);
    EXPECT_EQ(table.demultiplex(web_elsewhere, peer), 0u);
}

TEST_F(EndpointsTest, TheMostParticularListenerTakesTheSegment) {
    const ConnectionName any = table.open(web_anywhere, {}, passive).name;
    const ConnectionName here = table.open(web, {}, passive).name;
    const ConnectionName from_peer = table.open(web_anywhere, peer, passive).name;
    EXPECT_EQ(table.demultiplex(web, peer), from_peer);  // a named peer weighs more than a named address
    const ConnectionName exactly = table.open(web, peer, passive).name;
    EXPECT_EQ(table.demultiplex(web_elsewhere, other_peer), any);
    EXPECT_EQ(table.demultiplex(web, other_peer), here);
    EXPECT_EQ(table.demultiplex(web_elsewhere, peer), from_peer);
    EXPECT_EQ(table.demultiplex(web, peer), exactly);
    EXPECT_EQ(table.demultiplex(ipv4_endpoint({192, 0, 2, 1}, 81), peer), 0u);
}

TEST_F(EndpointsTest, ClosedAnswersASegmentForNoRecord) {
    const auto answer = table.arrive(web, peer, ack);
    EXPECT_EQ(answer.name, 0u);
    ASSERT_EQ(answer.outcome.next.owed_count, 1);
    EXPECT_EQ(answer.outcome.next.owed[0].kind, OwedKind::rst_ack);
    EXPECT_TRUE(table.records().empty());
}

TEST_F(EndpointsTest, ClosedAnswersACallForNoRecord) {
    for (const CallKind kind :
         {CallKind::send, CallKind::receive, CallKind::close, CallKind::abort, CallKind::status}) {
        EXPECT_EQ(table.call(17, call_of(kind)).reply, Reply::connection_does_not_exist);
    }
    EXPECT_TRUE(table.records().empty());
}

TEST_F(EndpointsTest, TheMachineIsToldWhetherSomebodyListens) {
    established(web, peer);
    machine.listener_seen.clear();
    table.arrive(web, peer, ack);
    table.open(web_anywhere, {}, passive);
    table.arrive(web, peer, ack);
    EXPECT_EQ(machine.listener_seen, (std::vector<bool>{false, true}));
}

TEST_F(EndpointsTest, SegmentsToManyOrFromNowhereAreIgnoredInSilence) {
    table.open(web_anywhere, {}, passive);
    const std::vector<std::pair<Endpoint, Endpoint>> unanswerable{
        {ipv4_endpoint({255, 255, 255, 255}, 80), peer},
        {ipv4_endpoint({224, 0, 0, 1}, 80), peer},
        {web, ipv4_endpoint({255, 255, 255, 255}, 40000)},
        {web, ipv4_endpoint({0, 0, 0, 0}, 40000)},
    };
    for (const auto& [local, remote] : unanswerable) {
        const auto answer = table.arrive(local, remote, syn);
        EXPECT_EQ(answer.name, 0u);
        EXPECT_EQ(answer.outcome.verdict, Verdict::ignored);
        EXPECT_EQ(answer.outcome.next.owed_count, 0);
    }
    EXPECT_TRUE(machine.listener_seen.empty());
}

TEST_F(EndpointsTest, ARecordIsDeletedWhenItsMachineIsClosedAndItsNameIsNotUsedAgain) {
    const ConnectionName aborted = table.open(web, peer, active).name;
    table.call(aborted, call_of(CallKind::abort));
    EXPECT_EQ(table.find(aborted), nullptr);
    const ConnectionName timed_out = table.open(web, peer, active).name;
    EXPECT_NE(timed_out, aborted);
    table.timeout(timed_out, TimeoutKind::user);
    EXPECT_EQ(table.find(timed_out), nullptr);
    const ConnectionName reset = established(web, peer);
    table.arrive(web, peer, rst);
    EXPECT_EQ(table.find(reset), nullptr);
}

TEST_F(EndpointsTest, AnActiveOpenOnAPairThatExistsIsForItsMachine) {
    const ConnectionName listening = table.open(web, peer, passive).name;
    const auto turned = table.open(web, peer, active);  // LISTEN becomes active
    EXPECT_EQ(turned.name, listening);
    EXPECT_EQ(state(listening), State::SynSent);
    const auto again = table.open(web, peer, active);
    EXPECT_EQ(again.name, listening);
    EXPECT_EQ(again.outcome.reply, Reply::connection_already_exists);
    EXPECT_EQ(table.records().size(), 1u);
}

TEST_F(EndpointsTest, AnActiveOpenWhoseChosenAddressMakesAPairInUseIsRefused) {
    const ConnectionName first = table.open(web_elsewhere, peer, active).name;
    const auto second = table.open(web_anywhere, peer, active);
    EXPECT_EQ(second.name, first);
    EXPECT_EQ(second.outcome.reply, Reply::connection_already_exists);
    EXPECT_EQ(table.records().size(), 1u);
}

TEST_F(EndpointsTest, AnActiveOpenWithoutARemoteSocketIsRefused) {
    EXPECT_EQ(table.open(web, {}, active).outcome.reply, Reply::remote_socket_unspecified);
    EXPECT_TRUE(table.records().empty());
}

TEST_F(EndpointsTest, AFullTableRefusesAnOpen) {
    Endpoints small{std::ref(machine), [](const Endpoint&) { return std::optional<Endpoint>{}; }, {}, 1};
    EXPECT_EQ(small.open(web, {}, passive).outcome.reply, Reply::ok);
    EXPECT_EQ(small.open(web_elsewhere, {}, passive).outcome.reply, Reply::insufficient_resources);
    EXPECT_EQ(small.records().size(), 1u);
}

// --- reports ----------------------------------------------------------------------------------------------

class ReportsTest : public EndpointsTest {
protected:
    using Seen = std::tuple<ConnectionName, Report, std::uint32_t>;
    std::vector<Seen> seen;
    ConnectionName name = established(web, peer);

    Endpoints::ErrorReport into_seen() {
        return [this](ConnectionName n, Report reason, std::uint32_t sub) { seen.emplace_back(n, reason, sub); };
    }
};

TEST_F(ReportsTest, SoftErrorsReachTheUserWithNameReasonAndSubreason) {
    table.on_error(name, into_seen());
    table.icmp(web, peer, 3, 1);
    table.report(name, Report::excessive_retransmissions, 3);
    table.arrive(web, peer, segment_with(flag::ack | flag::urg));
    table.arrive(web, peer, ack);  // nothing urgent: no report
    EXPECT_EQ(seen, (std::vector<Seen>{{name, Report::icmp, 3 * 256 + 1},
                                       {name, Report::excessive_retransmissions, 3},
                                       {name, Report::urgent, 0}}));
}

TEST_F(ReportsTest, TheUserCanDisableReports) {
    table.on_error(name, into_seen());
    table.on_error(name, {});
    table.icmp(web, peer, 3, 1);
    table.report(name, Report::excessive_retransmissions, 3);
    table.arrive(web, peer, segment_with(flag::ack | flag::urg));
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(state(name), State::Established);
}

TEST_F(ReportsTest, ReportsOfOneConnectionDoNotReachAnother) {
    const ConnectionName other = established(web, other_peer);
    table.on_error(other, into_seen());
    EXPECT_EQ(table.icmp(web, peer, 3, 0), name);
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(table.icmp(web, other_peer, 3, 0), other);
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_EQ(table.icmp(web_elsewhere, peer, 3, 0), 0u);
}

TEST_F(ReportsTest, ASoftIcmpErrorDoesNotAbortTheConnection) {
    for (const auto& [type, code] :
         std::vector<std::pair<int, int>>{{3, 0}, {3, 1}, {3, 5}, {11, 0}, {11, 1}, {12, 0}}) {
        EXPECT_EQ(icmp_error(4, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)), IcmpError::soft);
        table.icmp(web, peer, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code));
        EXPECT_EQ(state(name), State::Established);
    }
    for (const auto& [type, code] :
         std::vector<std::pair<int, int>>{{1, 0}, {1, 3}, {3, 0}, {3, 1}, {4, 0}, {4, 1}, {4, 2}}) {
        EXPECT_EQ(icmp_error(6, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)), IcmpError::soft);
    }
}

TEST_F(ReportsTest, AHardIcmpErrorAbortsTheConnection) {
    for (const int code : {2, 3, 4}) {
        EXPECT_EQ(icmp_error(4, 3, static_cast<std::uint8_t>(code)), IcmpError::hard);
    }
    table.on_error(name, into_seen());
    EXPECT_EQ(table.icmp(web, peer, 3, 3), name);
    EXPECT_EQ(table.find(name), nullptr);
    EXPECT_EQ(seen, (std::vector<Seen>{{name, Report::icmp, 3 * 256 + 3}}));
}

TEST_F(ReportsTest, SourceQuenchIsDiscardedInSilence) {
    table.on_error(name, into_seen());
    EXPECT_EQ(table.icmp(web, peer, 4, 0), 0u);
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(state(name), State::Established);
}

TEST_F(ReportsTest, AReportMayEndTheConnectionItIsAbout) {
    table.on_error(name, [this](ConnectionName n, Report reason, std::uint32_t sub) {
        table.call(n, call_of(CallKind::abort));
        seen.emplace_back(n, reason, sub);
    });
    table.arrive(web, peer, segment_with(flag::ack | flag::urg));
    EXPECT_EQ(table.find(name), nullptr);
    EXPECT_EQ(seen.size(), 1u);
}

}  // namespace
}  // namespace lastack
