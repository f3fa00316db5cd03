// Two kernels talk; both ends are captured; each capture must show what the applications did, and the
// oracle must find nothing to object to.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#ifdef LASTACK_LIVE_ORACLE
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/check.hpp"
#include "lastack/vocabulary/notation.hpp"
#endif
#include "traffic.hpp"

namespace lastack::live {
namespace {

// ---- What a capture shows, read without the project's own reader ---------------------------------

enum Flag : std::uint8_t { fin = 0x01, syn = 0x02, rst = 0x04, ack = 0x10 };

struct Packet {
    bool from_client{false};
    std::uint8_t flags{0};
    std::uint32_t seq{0};
    std::uint32_t acked{0};
    std::uint32_t text{0};
    std::uint16_t window{0};

    bool has(Flag f) const { return (flags & f) != 0; }
    std::uint32_t end() const { return seq + text + (has(syn) ? 1 : 0) + (has(fin) ? 1 : 0); }
    friend bool operator==(const Packet&, const Packet&) = default;
};

using Packets = std::vector<Packet>;
/// Client's and server's socket, "10.77.0.1.32000 10.77.0.2.2000".
using Pair = std::string;

std::string socket_name(const std::string& address, unsigned port) { return address + "." + std::to_string(port); }

Pair pair_of(const Truth& t) {
    return socket_name(t.client, t.client_port) + " " + socket_name(t.server, t.server_port);
}

struct Capture {
    std::map<Pair, Packets> packets;  ///< of the pairs in the truths
    std::set<Pair> strangers;         ///< pairs that no truth knows
    std::string unreadable;
};

unsigned u16(const u_char* p) { return static_cast<unsigned>(p[0] << 8 | p[1]); }
std::uint32_t u32(const u_char* p) { return static_cast<std::uint32_t>(u16(p)) << 16 | u16(p + 2); }

std::string address_text(int family, const u_char* octets) {
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(family, octets, text, sizeof text);
}

Capture read_capture(const End& end, const std::vector<Truth>& truths) {
    Capture capture;
    for (const Truth& t : truths) {
        if (t.link == end.link) capture.packets[pair_of(t)];
    }
    char error[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, decltype(&::pcap_close)> file{::pcap_open_offline(end.file.c_str(), error),
                                                                ::pcap_close};
    if (!file) {
        capture.unreadable = error;
        return capture;
    }
    pcap_pkthdr* header = nullptr;
    const u_char* frame = nullptr;
    while (::pcap_next_ex(file.get(), &header, &frame) == 1) {
        constexpr unsigned ethernet = 14;
        const u_char* ip = frame + ethernet;
        const bool v4 = ip[0] >> 4 == 4;
        const unsigned ip_header = v4 ? (ip[0] & 15u) * 4 : 40;
        const unsigned ip_text = v4 ? u16(ip + 2) - ip_header : u16(ip + 4);
        const u_char* tcp = ip + ip_header;
        const int family = v4 ? AF_INET : AF_INET6;
        const auto from = socket_name(address_text(family, ip + (v4 ? 12 : 8)), u16(tcp));
        const auto to = socket_name(address_text(family, ip + (v4 ? 16 : 24)), u16(tcp + 2));
        Packet packet;
        packet.seq = u32(tcp + 4);
        packet.acked = u32(tcp + 8);
        packet.flags = tcp[13];
        packet.window = static_cast<std::uint16_t>(u16(tcp + 14));
        packet.text = ip_text - (tcp[12] >> 4) * 4u;
        packet.from_client = capture.packets.contains(from + " " + to);
        const auto at = capture.packets.find(packet.from_client ? from + " " + to : to + " " + from);
        if (at == capture.packets.end()) {
            capture.strangers.insert(from + " " + to);
        } else {
            at->second.push_back(packet);
        }
    }
    return capture;
}

/// The initial numbers of the SYNs without ACK from one side: one for each time it opened.
std::size_t opens(const Packets& packets, bool from_client) {
    std::set<std::uint32_t> numbers;
    for (const Packet& p : packets) {
        if (p.from_client == from_client && p.has(syn) && !p.has(ack)) numbers.insert(p.seq);
    }
    return numbers.size();
}

long count(const Packets& packets, bool from_client, Flag flag) {
    return std::count_if(packets.begin(), packets.end(),
                         [=](const Packet& p) { return p.from_client == from_client && p.has(flag); });
}

const Packet* first(const Packets& packets, bool from_client, Flag flag) {
    const auto at = std::find_if(packets.begin(), packets.end(),
                                 [=](const Packet& p) { return p.from_client == from_client && p.has(flag); });
    return at == packets.end() ? nullptr : &*at;
}

/// Whether a side sends a RST into a connection that was not over. Behind both FINs a RST may follow in
/// good order: a FIN overtakes its host's ACK, the peer, in TIME-WAIT, answers that late ACK, and the
/// host, CLOSED by then, answers the answer.
bool ends_by_reset(const Packets& packets, bool from_client) {
    bool client_fin = false, server_fin = false;
    for (const Packet& p : packets) {
        if (p.has(syn) && !p.has(ack)) client_fin = server_fin = false;  // the next connection
        if (p.has(fin)) (p.from_client ? client_fin : server_fin) = true;
        if (p.has(rst) && p.from_client == from_client && !(client_fin && server_fin)) return true;
    }
    return false;
}

Packets from_client(const Packets& packets) {
    Packets sent;
    std::copy_if(packets.begin(), packets.end(), std::back_inserter(sent),
                 [](const Packet& p) { return p.from_client; });
    return sent;
}

bool acknowledged(const Packets& packets, const Packet& fin_segment) {
    return std::any_of(packets.begin(), packets.end(), [&](const Packet& p) {
        return p.from_client != fin_segment.from_client && p.has(ack) && p.acked == fin_segment.end();
    });
}

// ---- The traffic, made once ----------------------------------------------------------------------

constexpr std::string_view rough = "rough";

class LiveTraffic : public testing::Test {
protected:
    static void SetUpTestSuite() {
        directory = std::filesystem::path{testing::TempDir()} / ("lastack-live-" + std::to_string(::getpid()));
        for (int tries = 3; tries != 0; --tries) {
            try {
                traffic = make_traffic(directory);
                break;
            } catch (const Unavailable& e) {
                unavailable = e.what();
                break;
            } catch (const std::exception& e) {
                failure = e.what();
                if (dynamic_cast<const PacketsLost*>(&e) == nullptr) break;
            }
        }
        if (!traffic) return;
        failure.clear();
        for (const End& end : traffic->ends) captures.push_back(read_capture(end, traffic->truths));
    }
    static void TearDownTestSuite() {
        if (testing::UnitTest::GetInstance()->Failed()) {
            std::printf("The captures and truth.json are kept in %s\n", directory.c_str());
        } else {
            std::filesystem::remove_all(directory);
        }
    }
    void SetUp() override {
        if (!unavailable.empty()) GTEST_SKIP() << "no live traffic here: " << unavailable;
        ASSERT_TRUE(traffic) << failure;
    }

    /// Calls `check(truth, end, packets)` for each pair of sockets at each end of its link; not of the
    /// rough link, where each end sees something else.
    template <class Check>
    static void for_each(Check check) {
        for (std::size_t i = 0; i < captures.size(); ++i) {
            for (const Truth& t : traffic->truths) {
                if (t.link != traffic->ends[i].link || t.link == rough) continue;
                SCOPED_TRACE(t.scenario + ", " + pair_of(t) + ", in " + traffic->ends[i].file.string());
                check(t, traffic->ends[i], captures[i].packets.at(pair_of(t)));
            }
        }
    }

    static inline std::filesystem::path directory;
    static inline std::optional<Traffic> traffic;
    static inline std::vector<Capture> captures;  ///< beside traffic->ends
    static inline std::string unavailable, failure;
};

bool opens_simultaneously(const Truth& t) { return t.scenario.starts_with("simultaneous_open"); }

TEST_F(LiveTraffic, EveryScenarioRunsAndNothingElseIsCaptured) {
    std::set<std::string> seen;
    for (const Truth& t : traffic->truths) seen.insert(t.scenario);
    const auto names = scenario_names();
    EXPECT_EQ(seen, std::set<std::string>(names.begin(), names.end()));
    for (const Capture& capture : captures) {
        EXPECT_EQ(capture.unreadable, "");
        EXPECT_EQ(capture.strangers, std::set<Pair>{});
    }
}

TEST_F(LiveTraffic, EachEndCapturesEveryOpenOfTheTruth) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        EXPECT_EQ(opens(packets, true), static_cast<std::size_t>(t.connections));
        EXPECT_EQ(opens(packets, false), opens_simultaneously(t) ? 1u : 0u);
    });
}

TEST_F(LiveTraffic, TheRoughLinkLosesDoublesAndReordersSegments) {
    std::size_t lost = 0, doubled = 0, reordered = 0;
    for (std::size_t i = 0; i < captures.size(); ++i) {
        if (traffic->ends[i].link != rough || traffic->ends[i].side != Side::client) continue;
        for (const auto& [pair, at_client] : captures[i].packets) {
            // What left the client, and what of it the server saw, told apart by all fields.
            const auto sent = from_client(at_client);
            const auto seen = from_client(captures[i + 1].packets.at(pair));
            for (const Packet& p : sent) {
                const auto left = std::count(sent.begin(), sent.end(), p);
                const auto came = std::count(seen.begin(), seen.end(), p);
                lost += came < left ? 1u : 0u;
                doubled += came > left ? 1u : 0u;
            }
            for (std::size_t k = 1; k < seen.size(); ++k) {
                const auto order = [&](const Packet& p) { return std::find(sent.begin(), sent.end(), p); };
                reordered += order(seen[k]) < order(seen[k - 1]) ? 1u : 0u;
            }
        }
    }
    EXPECT_GT(lost, 0u);
    EXPECT_GT(doubled, 0u);
    EXPECT_GT(reordered, 0u);
}

TEST_F(LiveTraffic, SynsOfASimultaneousOpenCross) {
    for_each([](const Truth& t, const End& end, const Packets& packets) {
        if (!opens_simultaneously(t)) return;
        // Each host has sent its SYN before the other's arrives.
        ASSERT_GE(packets.size(), 2u);
        EXPECT_EQ(packets[0].flags & (syn | ack), syn);
        EXPECT_EQ(packets[1].flags & (syn | ack), syn);
        EXPECT_EQ(packets[0].from_client, end.side == Side::client);
        EXPECT_EQ(packets[1].from_client, end.side == Side::server);
    });
}

TEST_F(LiveTraffic, ARefusedConnectionGetsAResetAndNoSyn) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        if (t.fate != Fate::refused) return;
        EXPECT_EQ(count(packets, false, syn), 0);
        EXPECT_GE(count(packets, false, rst), 1);
    });
}

TEST_F(LiveTraffic, OnlyTheSideOfTheTruthEndsAConnectionByReset) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        EXPECT_EQ(ends_by_reset(packets, true), t.reset_by == Side::client);
        EXPECT_EQ(ends_by_reset(packets, false), t.reset_by == Side::server);
    });
}

TEST_F(LiveTraffic, TheSideThatClosesFirstSendsItsFinFirst) {
    for_each([](const Truth& t, const End& end, const Packets& packets) {
        // The other side sends its own once it has seen this one; with unread text a RST goes instead.
        if (t.first_close == Side::both || t.first_close == Side::nobody || t.scenario.ends_with("closes_unread"))
            return;
        const auto at = std::find_if(packets.begin(), packets.end(), [](const Packet& p) { return p.has(fin); });
        ASSERT_NE(at, packets.end());
        EXPECT_EQ(at->from_client, t.first_close == Side::client) << "side " << name(end.side);
    });
}

TEST_F(LiveTraffic, ClosedConnectionsHaveAnAcknowledgedFinFromEachSide) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        if (t.fate != Fate::closed) return;
        for (const bool from_client : {true, false}) {
            EXPECT_GE(count(packets, from_client, fin), t.connections);
            for (const Packet& p : packets) {
                if (p.from_client == from_client && p.has(fin)) {
                    EXPECT_TRUE(acknowledged(packets, p));
                }
            }
        }
    });
}

TEST_F(LiveTraffic, FinsOfASimultaneousCloseCrossOnTheFarLink) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        if (t.first_close != Side::both || t.link == "near") return;
        const Packet* client = first(packets, true, fin);
        const Packet* server = first(packets, false, fin);
        ASSERT_TRUE(client != nullptr && server != nullptr);
        EXPECT_NE(client->acked, server->end());
        EXPECT_NE(server->acked, client->end());
    });
}

TEST_F(LiveTraffic, SidesThatNeverCloseSendNoFin) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        if (t.fate != Fate::open) return;
        EXPECT_EQ(count(packets, false, fin), 0);
        EXPECT_EQ(count(packets, true, fin) != 0, t.first_close == Side::client);
    });
}

TEST_F(LiveTraffic, AReceiverThatDoesNotReadShutsItsWindowAndIsProbed) {
    for_each([](const Truth& t, const End&, const Packets& packets) {
        if (t.scenario != "zero_window") return;
        const auto shut = std::find_if(packets.begin(), packets.end(),
                                       [](const Packet& p) { return !p.from_client && !p.has(syn) && p.window == 0; });
        ASSERT_NE(shut, packets.end());
        const auto probe = std::find_if(shut, packets.end(), [](const Packet& p) { return p.from_client; });
        EXPECT_NE(probe, packets.end());
    });
}

// ---- The oracle's verdicts -----------------------------------------------------------------------

/// One connection's verdict at one end, in the words of the tables below.
struct Verdict {
    Pair pair;
    std::string verdict;  ///< "conforms", "deviates", "inconclusive"
    std::string path;     ///< abbreviated states, "SS ES FW1 FW2 TW"; without CLOSED, LISTEN, TIME-WAIT before
    std::string detail;   ///< deviations, for the message of a failure
};

#ifdef LASTACK_LIVE_ORACLE
/// "[fd77::1]:2000" to "fd77::1.2000".
std::string socket_name(const std::string& endpoint) {
    const auto colon = endpoint.rfind(':');
    std::string address = endpoint.substr(0, colon);
    if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
    return address + "." + endpoint.substr(colon + 1);
}

std::string path_text(const std::vector<State>& states) {
    const auto begin = std::find_if(states.begin(), states.end(), [](State s) {
        return s != State::Closed && s != State::Listen && s != State::TimeWait;  // where an incarnation begins
    });
    std::string path;
    for (auto s = begin; s != states.end(); ++s) path += (path.empty() ? "" : " ") + std::string{abbreviation(*s)};
    return path;
}

std::string deviation_text(const Deviation& d) {
    std::string text = "segment " + std::to_string(d.segment) + ", " + to_string(d.observed) +
                       (d.unanswered ? " is not answered" : " must not leave") + " in " +
                       std::string{name(d.config.state)};
    return d.rule ? text + ", rule " + std::string{id(d.rule)} : text;
}

/// Every connection of a capture, judged as the host that owns `end.addresses`.
std::optional<std::vector<Verdict>> judge(const End& end) {
    std::vector<Verdict> verdicts;
    for (const std::string& address : end.addresses) {
        CheckOptions options;
        options.host = address;
        const auto summary = check_file(end.file.string(), options, [&](const ConnectionVerdict& v) {
            const auto judged = socket_name(v.judged);
            if (judged.substr(0, judged.rfind('.')) != address) return;  // of the other IP version
            const auto peer = socket_name(v.peer);
            Verdict verdict;
            verdict.pair = end.side == Side::client ? judged + " " + peer : peer + " " + judged;
            verdict.verdict = name(v.verdict);
            verdict.path = path_text(v.states);
            verdict.detail = v.reason;
            for (const Deviation& d : v.deviations) verdict.detail += deviation_text(d) + "; ";
            verdicts.push_back(verdict);
        });
        EXPECT_EQ(summary.error, "");
    }
    return verdicts;
}
#else
std::optional<std::vector<Verdict>> judge(const End&) { return std::nullopt; }
#endif

/// The ways through Figure 5 that an end may go in a scenario. Where two are given, the kernel decides
/// whether the acknowledgment of a FIN goes alone or with the FIN that answers it.
struct Paths {
    std::set<std::string> client;
    std::set<std::string> server;
};

Paths paths_of(const Truth& t) {
    const auto behind = [](const std::string& open, const std::set<std::string>& ways) {
        std::set<std::string> all;
        for (const std::string& way : ways) all.insert(way.empty() ? open : open + " " + way);
        return all;
    };
    const std::set<std::string> closes_first{"FW1 FW2 TW", "FW1 TW"};
    const std::set<std::string> closes_second{"CW LA CD"};
    std::set<std::string> client, server;
    const auto is = [&](std::initializer_list<const char*> names) {
        return std::find(names.begin(), names.end(), t.scenario) != names.end();
    };
    if (t.fate == Fate::refused) return {{"SS CD"}, {""}};
    if (is({"abort_in_fin_wait_2", "abort_in_close_wait"})) {
        client = {"FW1 FW2 CD"};
        server = {"CW CD"};
    } else if (is({"text_after_close"})) {
        client = {"FW1 FW2 CD", "FW1 CD"};  // the text may bring the acknowledgment
        server = {"CW CD"};
    } else if (t.fate == Fate::reset) {
        client = server = {"CD"};
    } else if (is({"server_never_closes"})) {
        client = {"FW1 FW2"};
        server = {"CW"};
    } else if (t.fate == Fate::open) {
        client = server = {""};
    } else if (t.first_close == Side::both && t.link != "near") {
        client = server = {"FW1 CL TW"};
    } else if (t.first_close == Side::both) {
        client = server = {"FW1 CL TW", "FW1 FW2 TW", "FW1 TW", "CW LA CD"};
    } else {
        client = t.first_close == Side::client ? closes_first : closes_second;
        server = t.first_close == Side::client ? closes_second : closes_first;
    }
    if (opens_simultaneously(t)) return {behind("SS SR ES", client), behind("SS SR ES", server)};
    return {behind("SS ES", client), behind("SR ES", server)};
}

TEST_F(LiveTraffic, TheOracleFindsThatEveryConnectionConforms) {
    std::map<Pair, const Truth*> truths;
    for (const Truth& t : traffic->truths) truths[pair_of(t)] = &t;
    for (const End& end : traffic->ends) {
        const auto verdicts = judge(end);
        if (!verdicts) GTEST_SKIP() << "the oracle is not part of this build";
        std::map<Pair, int> found;
        std::size_t inconclusive = 0;
        for (const Verdict& v : *verdicts) {
            SCOPED_TRACE(v.pair + ", in " + end.file.string());
            const auto truth = truths.find(v.pair);
            ASSERT_NE(truth, truths.end());
            ++found[v.pair];
            const Truth& t = *truth->second;
            if (v.verdict == "inconclusive") {
                ++inconclusive;
                continue;
            }
            EXPECT_EQ(v.verdict, "conforms") << t.scenario << ": " << v.detail;
            if (t.link == rough) continue;  // losses open more ways than the tables know
            const Paths paths = paths_of(t);
            const auto& allowed = end.side == Side::client ? paths.client : paths.server;
            // A late ACK can find the peer closed already: its RST ends TIME-WAIT early (3.10.7.4, second check).
            std::string path = v.path;
            if (path.ends_with(" TW CD")) path.resize(path.size() - 3);
            EXPECT_TRUE(allowed.contains(path)) << t.scenario << " took the path " << v.path;
        }
        // Now and then too many histories are left to follow: of one connection in a hundred at the most.
        EXPECT_LE(100 * inconclusive, verdicts->size()) << end.file;
        for (const Truth& t : traffic->truths) {
            if (t.link == end.link) {
                EXPECT_EQ(found[pair_of(t)], t.connections) << t.scenario << " " << pair_of(t) << " in " << end.file;
            }
        }
    }
}

}  // namespace
}  // namespace lastack::live
