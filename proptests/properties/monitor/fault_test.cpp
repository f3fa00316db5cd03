// The monitor against real traffic with one fault put in.
//
// Each connection of the example captures is taken as seen from either end. One segment is changed, added or
// taken away, and the verdict must name just that segment, with a rule about what is wrong with it. What the
// verdict must be is derived here, from the octets that went by and RFC 9293 3.10, without the model.
//
// One end of a capture cannot show everything. Where a fault is no fault of what can be seen, its class says
// why, and says what the verdict is then; the classes are counted, and each must occur.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/capture.hpp"
#include "lastack/oracle/check.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack {
namespace {

constexpr std::int64_t microsecond = 1'000;
constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t second = 1'000'000'000;
// What the monitor grants a capture, restated: an arrival may be unknown to a departure for so long, and an
// acknowledgment may take half a second (MUST-40) and as much for the machine.
constexpr std::int64_t lag = 200 * millisecond;
constexpr std::int64_t late = 1 * second;

// ------------------------------------------------------------------------------------------ captures

struct Sight {
    Segment segment;
    std::int64_t time_ns{0};
    bool departing{false};
};

struct Connection {
    std::string capture;
    Endpoint judged, peer;
    std::vector<Sight> sights;
    std::uint64_t first{0};  ///< number of its first packet in the capture
};

std::string address_of(const Endpoint& e) {
    const std::string text = to_string(e);
    return text.substr(0, text.rfind(':'));
}

const std::vector<std::string> capture_names{"closewait_server", "halfclose_server", "http200_clean_server",
                                             "linger0_server",   "refused_client",   "simopen_client"};
const std::vector<std::string> both_ends{"10.77.0.1", "10.77.0.2"};

std::string path_of(const std::string& capture) { return std::string{LASTACK_CAPTURES} + "/" + capture + ".pcap"; }
/// The end beside the tap, after which the file is named.
std::string near_end(const std::string& capture) { return both_ends[capture.ends_with("_client") ? 0 : 1]; }

/// The connections, in their order. After a reset, a SYN between the same sockets begins another one.
std::vector<Connection> connections_of(const std::string& capture, const std::string& host) {
    std::map<std::pair<Endpoint, Endpoint>, std::size_t> index;
    std::vector<Connection> all;
    CaptureReader reader{path_of(capture)};
    while (const auto p = reader.next()) {
        const bool departing = address_of(p->src) == host;
        const Endpoint& judged = departing ? p->src : p->dst;
        const Endpoint& peer = departing ? p->dst : p->src;
        const auto [it, fresh] = index.try_emplace({judged, peer}, all.size());
        const auto is_reset = [](const Sight& s) { return s.segment.rst(); };
        const bool again = !fresh && p->segment.syn() &&
                           std::any_of(all[it->second].sights.begin(), all[it->second].sights.end(), is_reset);
        if (again) it->second = all.size();
        if (fresh || again) all.push_back({capture, judged, peer, {}, p->number});
        all[it->second].sights.push_back({p->segment, p->time_ns, departing});
    }
    EXPECT_EQ(reader.error(), "");
    return all;
}

/// Every connection of every capture, by capture and judged end.
const std::vector<std::vector<Connection>>& all_connections() {
    static const std::vector<std::vector<Connection>> all = [] {
        std::vector<std::vector<Connection>> sets;
        for (const std::string& capture : capture_names) {
            for (const std::string& host : both_ends) sets.push_back(connections_of(capture, host));
        }
        return sets;
    }();
    return all;
}

// ------------------------------------------------------------------- what a reader of the capture knows

/// An arrival that occupies sequence numbers.
struct Came {
    std::size_t index;
    Segment segment;
    std::int64_t time_ns;
};

/// Before one segment of a connection: everything that stands in the file above it. `acked` is what the judged
/// end has acknowledged, `covered` how far the peer's octets have arrived without a gap.
struct Known {
    bool syn_sent{false}, syn_came{false}, fin_sent{false}, fin_came{false}, has_acked{false}, reset{false};
    bool fin_sent_after_peers{false};  ///< our FIN acknowledged the peer's
    bool crossed{false};               ///< the peer's first SYN came without ACK
    Seq iss, snd_una, snd_nxt, fin_seq;
    Seq irs, acked, covered, peer_fin;
    Seq edge;  ///< of the send window, at its furthest
    std::int8_t shift{0};
    std::uint16_t last_window{0};
    std::vector<Came> came;
    std::vector<std::pair<Seq, std::int64_t>> acks;  ///< ACK fields that arrived

    void see(const Sight& s, std::size_t index) {
        const Segment& g = s.segment;
        if (g.rst()) {
            reset = true;
            return;
        }
        if (s.departing) {
            if (g.syn() && !syn_sent) {
                syn_sent = true;
                iss = snd_una = g.seq;
                snd_nxt = g.end();
            }
            snd_nxt = max(snd_nxt, g.end());
            if (g.fin() && !fin_sent) {
                fin_sent = true;
                fin_seq = g.text_end();
                fin_sent_after_peers = fin_came && g.ack > peer_fin;
            }
            if (g.has_ack()) {
                acked = has_acked ? max(acked, g.ack) : g.ack;
                has_acked = true;
                last_window = g.wnd;
            }
            return;
        }
        if (g.syn() && !syn_came) {
            syn_came = true;
            irs = g.seq;
            covered = g.end();
            shift = std::max<std::int8_t>(g.wscale, 0);
            crossed = !g.has_ack();
        }
        if (g.seq <= covered) covered = max(covered, g.end());
        if (g.len() > 0) came.push_back({index, g, s.time_ns});
        if (g.fin()) {
            fin_came = true;
            peer_fin = g.text_end();
        }
        if (g.has_ack() && syn_sent) {
            snd_una = max(snd_una, g.ack);
            acks.emplace_back(g.ack, s.time_ns);
            edge = max(edge, g.ack + (g.syn() ? g.wnd : std::uint32_t{g.wnd} << shift));
        }
    }

    /// Could a segment acknowledge just this, had its sender not processed yet what came behind it?
    bool may_acknowledge(Seq a, std::int64_t now) const {
        if (a < acked || a > covered) return false;
        bool whole = a == acked;
        for (const Came& c : came) {
            whole = whole || c.segment.end() == a;
            if (c.segment.end() > a && now - c.time_ns > lag) return false;
        }
        return whole;
    }
    /// The first arrival that nothing acknowledged yet.
    const Came* unanswered() const {
        for (const Came& c : came) {
            if (!has_acked || c.segment.end() > acked) return &c;
        }
        return nullptr;
    }
};

Known before(const std::vector<Sight>& sights, std::size_t index) {
    Known k;
    for (std::size_t i = 0; i < index; ++i) k.see(sights[i], i);
    return k;
}

/// The states that the end may be in: what stands in the file above may not be processed yet, unless it was
/// acknowledged, and the user may have called CLOSE before the FIN shows it (3.10.4).
std::set<State> possible_states(const Known& k) {
    std::set<State> states;
    const auto either = [](bool certain, bool possible) {
        return certain ? std::vector<bool>{true} : possible ? std::vector<bool>{false, true} : std::vector<bool>{false};
    };
    for (const bool peer_syn : either(k.has_acked, k.syn_came)) {
        for (const bool our_syn : either(k.fin_sent, k.syn_sent && k.snd_una > k.iss)) {
            for (const bool peer_fin : either(k.fin_came && k.acked > k.peer_fin, k.fin_came)) {
                for (const bool our_fin : either(false, k.fin_sent && k.snd_una > k.fin_seq)) {
                    if (!k.syn_sent) {
                        states.insert({State::Closed, peer_syn ? State::SynReceived : State::Listen});
                    } else if (!peer_syn) {
                        states.insert(State::SynSent);
                    } else if (!our_syn) {
                        states.insert({State::SynReceived, peer_fin ? State::Closing : State::FinWait1});
                    } else if (!peer_fin) {
                        states.insert(our_fin ? State::FinWait2 : State::FinWait1);
                        if (!k.fin_sent) states.insert(State::Established);
                    } else {
                        states.insert(our_fin ? State::TimeWait : State::Closing);
                        if (!k.fin_sent) states.insert(State::CloseWait);
                        if (k.fin_sent_after_peers) states.insert(our_fin ? State::Closed : State::LastAck);
                    }
                }
            }
        }
    }
    if (k.reset) states.insert({State::Closed, State::Listen});
    return states;
}

/// The states that the judged end went through, for connections without loss whose SYNs, FINs and resets were
/// all captured. FINs that cross are told apart by their ACK fields: a FIN that acknowledges the peer's was
/// sent after it.
std::vector<State> true_path(const Connection& c) {
    using enum State;
    std::vector<State> path;
    const auto go = [&](State s) { path.push_back(s); };
    Known k;
    bool active = false, refuses = false;
    std::size_t fin_acked_at = SIZE_MAX, fin_came_at = SIZE_MAX;
    for (std::size_t i = 0; i < c.sights.size(); ++i) {
        const Sight& s = c.sights[i];
        if (s.departing && s.segment.syn() && !s.segment.has_ack()) active = true;
        if (s.departing && s.segment.rst() && !k.syn_sent) refuses = true;
        k.see(s, i);
        if (s.departing) continue;
        if (k.fin_sent && s.segment.has_ack() && s.segment.ack > k.fin_seq) fin_acked_at = std::min(fin_acked_at, i);
        if (s.segment.fin()) fin_came_at = std::min(fin_came_at, i);
    }
    if (refuses) return {Closed};
    if (active) {
        go(Closed);
        go(SynSent);
        const bool crossed = std::any_of(c.sights.begin(), c.sights.end(), [](const Sight& s) {
            return s.departing && s.segment.syn() && s.segment.has_ack();
        });
        if (crossed) go(SynReceived);
    } else {
        go(Listen);
        go(SynReceived);
    }
    if (k.snd_una > k.iss && !(k.reset && c.sights.size() == 2)) go(Established);
    if (k.fin_sent && k.fin_sent_after_peers) {
        go(CloseWait);
        go(LastAck);
        if (fin_acked_at != SIZE_MAX) go(Closed);
    } else if (k.fin_sent) {
        go(FinWait1);
        if (fin_acked_at < fin_came_at) go(FinWait2);
        if (fin_came_at < fin_acked_at) go(Closing);
        if (fin_acked_at != SIZE_MAX && fin_came_at != SIZE_MAX) go(TimeWait);
    } else if (k.fin_came) {
        go(CloseWait);
    }
    if (k.reset) go(Closed);
    return path;
}

std::string words(const std::vector<State>& states) {
    std::string text;
    for (const State s : states) {
        if (!text.empty()) text += ' ';
        text += name(s);
    }
    return text;
}

// ------------------------------------------------------------------------------- faults and verdicts

enum class Demand : std::uint8_t {
    here,        ///< a deviation at this segment
    unanswered,  ///< a deviation: this arrival was never answered
    here_or_unanswered,
    here_or_inconclusive,
    conforms,      ///< a history explains it, by RFC 9293
    aborts,        ///< conforms, with an assumed ABORT
    inconclusive,  ///< the capture misses something
    no_deviation,  ///< conforms or inconclusive: a hole in the capture, which its later segments show
};

struct Fault {
    const Connection* from{nullptr};
    std::vector<Sight> sights;
    Demand demand{Demand::here};
    std::size_t at{0};                    ///< index of the segment that the deviation must name
    std::vector<std::string> rules;       ///< beginnings of the rules that fit
    std::string why;                      ///< the class, when it is not to be found at its segment
    std::int64_t silence_ns{3 * second};  ///< how long the capture goes on
    std::size_t unanswered_at{0};         ///< with here_or_unanswered
};

std::string describe(const Fault& f) {
    std::string text = f.from->capture + ", judged " + to_string(f.from->judged) + "\n";
    Seq iss, irs;
    bool iss_known = false, irs_known = false;
    for (std::size_t i = 0; i < f.sights.size(); ++i) {
        const Sight& s = f.sights[i];
        if (s.segment.syn() && s.departing && !std::exchange(iss_known, true)) iss = s.segment.seq;
        if (s.segment.syn() && !s.departing && !std::exchange(irs_known, true)) irs = s.segment.seq;
        Segment g = s.segment;
        g.has_ts = false;
        Frame frame;
        frame.numbers = Numbers::relative;
        frame.sender_isn = s.departing ? iss : irs;
        frame.receiver_isn = s.departing ? irs : iss;
        text += (i == f.at ? "  * " : "    ") + std::to_string((s.time_ns - f.sights[0].time_ns) / microsecond) +
                (s.departing ? " > " : " < ") + to_string(g, frame) + "\n";
    }
    return text;
}

/// A file of its own below the test's temporary folder, gone when the object is.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& end)
        : path_{testing::TempDir() + "lastack_fault_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
                end} {}
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Writes a capture: nanoseconds, raw IP.
class CaptureWriter {
public:
    explicit CaptureWriter(const std::string& path) : out_{path, std::ios::binary} {
        for (const std::uint32_t word : {0xa1b23c4du, 0x00040002u, 0u, 0u, 262144u, 101u}) put(word);
    }
    std::uint64_t write(const Segment& s, const Endpoint& src, const Endpoint& dst, std::int64_t time_ns) {
        EXPECT_EQ(name(serialise(s, src, dst, packet_)), name(Unwritable::none)) << to_string(s);
        put(static_cast<std::uint32_t>(time_ns / second));
        put(static_cast<std::uint32_t>(time_ns % second));
        put(static_cast<std::uint32_t>(packet_.size()));
        put(static_cast<std::uint32_t>(packet_.size()));
        out_.write(reinterpret_cast<const char*>(packet_.data()), static_cast<std::streamsize>(packet_.size()));
        return ++number_;
    }

private:
    void put(std::uint32_t word) {
        for (int i = 0; i < 4; ++i) out_.put(static_cast<char>(word >> (8 * i)));
    }
    std::ofstream out_;
    std::vector<std::uint8_t> packet_;
    std::uint64_t number_{0};
};

struct Judged {
    std::vector<ConnectionVerdict> verdicts;
    std::uint64_t first{0};  ///< number of its first packet
};

/// All faults, of one judged address, in one capture: each with a peer of its own, moved in time so that all end
/// at once. The capture goes on with something else for `silence_ns`.
std::vector<Judged> judge(const std::vector<const Fault*>& faults, std::int64_t silence_ns) {
    std::vector<Judged> all(faults.size());
    const TemporaryFile file{".pcap"};
    std::map<std::string, std::size_t> by_peer;
    {
        CaptureWriter out{file.path()};
        std::int64_t last = 0;
        for (const Fault* f : faults) last = std::max(last, f->sights.back().time_ns);
        for (std::size_t k = 0; k < faults.size(); ++k) {
            const Connection& c = *faults[k]->from;
            const auto octet = [&](int i) { return static_cast<std::uint8_t>(k >> (8 * i)); };
            const Endpoint peer = ipv4_endpoint({11, octet(2), octet(1), octet(0)}, c.peer.port);
            by_peer[to_string(peer)] = k;
            const std::int64_t move = last - faults[k]->sights.back().time_ns;
            for (const Sight& s : faults[k]->sights) {
                const auto number = out.write(s.segment, s.departing ? c.judged : peer, s.departing ? peer : c.judged,
                                              s.time_ns + move);
                if (all[k].first == 0) all[k].first = number;
            }
        }
        if (silence_ns > 0) {
            Segment syn;
            syn.flags = flag::syn;
            out.write(syn, ipv4_endpoint({192, 0, 2, 1}, 1), ipv4_endpoint({192, 0, 2, 2}, 2), last + silence_ns);
        }
    }
    CheckOptions options;
    options.host = address_of(faults[0]->from->judged);
    const CheckSummary summary = check_file(
        file.path(), options, [&](const ConnectionVerdict& v) { all[by_peer.at(v.peer)].verdicts.push_back(v); });
    EXPECT_EQ(summary.error, "");
    return all;
}

/// Empty when the demand is met.
std::string objection(const Fault& f, const Judged& j) {
    const Deviation* deviation = nullptr;
    bool inconclusive = false, aborted = false;
    for (const ConnectionVerdict& v : j.verdicts) {
        if (!v.deviations.empty() && !deviation) deviation = &v.deviations[0];
        inconclusive = inconclusive || v.verdict == Judgement::inconclusive;
        for (const Assumed& a : v.assumed) aborted = aborted || a.kind == AssumedKind::abort;
    }
    if (j.verdicts.empty()) return "no verdict";
    std::string found = "conforms";
    if (inconclusive) found = "is inconclusive: " + j.verdicts.front().reason;
    if (deviation) {
        found = std::string{"deviates at "} + std::to_string(deviation->segment - j.first) +
                (deviation->unanswered ? ", unanswered, by " : ", by ") + std::string{id(deviation->rule)} + " in " +
                std::string{name(deviation->config.state)};
    }
    if (f.demand == Demand::here_or_inconclusive && inconclusive) return "";
    const bool expects_deviation = f.demand <= Demand::here_or_inconclusive;
    if (expects_deviation != (deviation != nullptr)) return found;
    switch (f.demand) {
        case Demand::conforms:
            return inconclusive ? found : "";
        case Demand::aborts:
            return inconclusive || !aborted ? found : "";
        case Demand::inconclusive:
            return inconclusive ? "" : found;
        case Demand::no_deviation:
            return "";
        default:
            break;
    }
    const bool silence = deviation->unanswered;
    const std::size_t at = silence && f.demand == Demand::here_or_unanswered ? f.unanswered_at : f.at;
    if (deviation->segment != j.first + at) return found;
    if (silence ? f.demand == Demand::here : f.demand == Demand::unanswered) return found;
    if (!silence) {
        const std::set<State> states = possible_states(before(f.sights, f.at));
        if (!states.contains(deviation->config.state)) return found + ", which cannot be the state";
    }
    for (const std::string& r : f.rules) {
        if (id(deviation->rule).starts_with(r)) return "";
    }
    return found + ", which does not fit";
}

/// All faults of a kind, judged; prints one line of the table.
class Kind {
public:
    explicit Kind(std::string what) : what_{std::move(what)} {}

    Fault& add(Fault f) {
        faults_.push_back(std::move(f));
        return faults_.back();
    }
    /// `classes`: those that may occur, and do. They are argued where they are given.
    void expect(const std::set<std::string>& classes = {}) {
        std::map<std::pair<std::string, std::int64_t>, std::vector<const Fault*>> files;
        for (const Fault& f : faults_) files[{address_of(f.from->judged), f.silence_ns}].push_back(&f);
        std::map<std::string, std::pair<int, int>> rows;  // class -> as demanded, all
        std::map<std::string, int> objections;
        for (const auto& [key, faults] : files) {
            const std::vector<Judged> judged = judge(faults, key.second);
            for (std::size_t i = 0; i < faults.size(); ++i) {
                const std::string o = objection(*faults[i], judged[i]);
                auto& [met, all] = rows[faults[i]->why];
                ++all;
                if (o.empty()) {
                    ++met;
                } else if (++objections[faults[i]->why + "|" + o.substr(0, 30)] <= 2) {
                    ADD_FAILURE() << what_ << (faults[i]->why.empty() ? "" : " (" + faults[i]->why + ")") << ": " << o
                                  << "\n"
                                  << describe(*faults[i]);
                }
            }
        }
        EXPECT_GT(rows[""].second, 0) << "no place for this fault";
        std::cout << what_ << ": found " << rows[""].first << " of " << rows[""].second << "\n";
        std::set<std::string> seen;
        for (const auto& [why, row] : rows) {
            if (!why.empty()) {
                std::cout << "    " << why << ": " << row.first << " of " << row.second << "\n";
                seen.insert(why);
            }
            EXPECT_EQ(row.first, row.second) << what_ << " " << why;
        }
        EXPECT_EQ(seen, classes);
    }

private:
    std::string what_;
    std::vector<Fault> faults_;
};

/// Calls `visit(connection, index, sight, known)` for each segment that the judged end sends.
void each_departure(const std::function<void(const Connection&, std::size_t, const Sight&, const Known&)>& visit) {
    for (const auto& set : all_connections()) {
        for (const Connection& c : set) {
            Known k;
            for (std::size_t i = 0; i < c.sights.size(); ++i) {
                if (c.sights[i].departing) visit(c, i, c.sights[i], k);
                k.see(c.sights[i], i);
            }
        }
    }
}

Fault changed(const Connection& c, std::size_t at, const std::function<void(Segment&)>& change) {
    Fault f;
    f.from = &c;
    f.sights = c.sights;
    f.at = at;
    change(f.sights[at].segment);
    return f;
}
/// `s` departs after the segment at `behind`, so much later; what follows waits if it must.
Fault inserted(const Connection& c, std::size_t behind, const Segment& s, std::int64_t delay_ns = microsecond) {
    Fault f;
    f.from = &c;
    f.sights = c.sights;
    f.at = behind + 1;
    std::int64_t time = c.sights[behind].time_ns + delay_ns;
    f.sights.insert(f.sights.begin() + static_cast<std::ptrdiff_t>(f.at), Sight{s, time, true});
    for (std::size_t i = f.at + 1; i < f.sights.size(); ++i) {
        time = std::max(time, f.sights[i].time_ns);
        f.sights[i].time_ns = time;
    }
    return f;
}
Fault without(const Connection& c, std::size_t at) {
    Fault f;
    f.from = &c;
    f.sights = c.sights;
    f.at = at;
    f.sights.erase(f.sights.begin() + static_cast<std::ptrdiff_t>(at));
    return f;
}

bool bare(const Segment& s) { return s.len() == 0 && !s.rst(); }
bool refuses(const Known& k) { return !k.syn_sent; }  // of a reset

/// The number of the next departure after `at`, or none.
std::size_t next_departure(const std::vector<Sight>& sights, std::size_t at) {
    for (std::size_t i = at + 1; i < sights.size(); ++i) {
        if (sights[i].departing) return i;
    }
    return SIZE_MAX;
}
/// Does something that arrives at `from` or later acknowledge the octet before `number`?
bool acknowledged_later(const std::vector<Sight>& sights, std::size_t from, Seq number) {
    return std::any_of(sights.begin() + static_cast<std::ptrdiff_t>(from), sights.end(), [&](const Sight& s) {
        return !s.departing && s.segment.has_ack() && !s.segment.rst() && s.segment.ack >= number;
    });
}

/// Rules that speak about a departing segment, by what it is and by what it answers: the check of the
/// arrival that asks for the ACK (3.10.7.3 or 3.10.7.4), or else the clause of the segment itself.
std::vector<std::string> rules_about(const Segment& s, const Known& k) {
    if (s.rst()) {
        if (refuses(k)) return {"3.10.7.1-"};
        return {"3.10.5-", "3.5.2-out-"};
    }
    if (s.syn()) {
        if (!k.syn_came) return {"3.10.1-"};
        if (!k.syn_sent) return {"3.10.7.2-3-", "3.10.7.1-"};
        return {"3.10.7.3-4-SYN", "3.10.8-out-SR-synack", "3.10.7.2-out-SR-synack"};
    }
    std::vector<std::string> rules;
    if (s.fin()) rules = {"3.10.4-", "3.10.8-out-"};
    if (s.text > 0) rules = {"3.10.2-", "3.10.8-out-"};
    if (const Came* c = k.unanswered()) {
        if (c->segment.syn()) rules.insert(rules.end(), {"3.10.7.3-4-", "3.10.7.4-1-SR-"});
        for (const std::string state : {"ES", "FW1", "FW2"}) {
            if (c->segment.text > 0) rules.push_back("3.10.7.4-7-" + state + "-text");
            if (k.fin_came) rules.push_back("3.10.7.4-8-" + state + "-fin");
        }
    } else if (bare(s)) {
        // It answers a repeated SYN,ACK, or nothing at all.
        rules.insert(rules.end(), {"3.10.7.4-1-", "3.10.7-out-", "3.10.7.3-4-"});
    }
    return rules;
}

// -------------------------------------------------------------------------------------------- no fault

TEST(Fault, UnmodifiedCapturesConformWithTheStatesThatTheirSegmentsShow) {
    const std::map<std::string, std::uint64_t> connections{{"closewait_server", 3},       {"halfclose_server", 5},
                                                           {"http200_clean_server", 200}, {"linger0_server", 5},
                                                           {"refused_client", 10},        {"simopen_client", 61}};
    std::map<std::string, int> paths;
    for (const std::string& capture : capture_names) {
        CheckOptions options;
        options.host = near_end(capture);
        std::map<std::uint64_t, std::string> found;
        const CheckSummary summary = check_file(path_of(capture), options, [&](const ConnectionVerdict& v) {
            EXPECT_EQ(name(v.verdict), "conforms") << capture << " " << v.peer << " " << v.reason;
            EXPECT_TRUE(found.emplace(v.first_segment, words(v.states)).second);
        });
        EXPECT_EQ(summary.error, "");
        EXPECT_EQ(summary.connections, connections.at(capture)) << capture;
        EXPECT_EQ(found.size(), connections.at(capture)) << capture;
        for (const Connection& c : connections_of(capture, options.host)) {
            const std::string path = words(true_path(c));
            EXPECT_EQ(found[c.first], path) << capture << " from packet " << c.first;
            ++paths[capture + ": " + path];
        }
    }
    // Each way to close is there, and so are the simultaneous OPENs with one refusal on either side.
    const auto count = [&](const std::string& capture, const std::string& part) {
        int n = 0;
        for (const auto& [path, times] : paths)
            n += path.starts_with(capture) && path.find(part) != path.npos ? times : 0;
        return n;
    };
    EXPECT_GT(count("http200", "CLOSING"), 0);
    EXPECT_GT(count("http200", "LAST-ACK"), 0);
    EXPECT_GT(count("http200", "FIN-WAIT-1 TIME-WAIT"), 0);
    EXPECT_EQ(count("simopen", "SYN-SENT SYN-RECEIVED ESTABLISHED"), 59);
    EXPECT_EQ(count("simopen", "CLOSED SYN-SENT CLOSED"), 1);
    EXPECT_EQ(count("simopen", ": CLOSED"), 61);
    EXPECT_EQ(count("refused", "CLOSED SYN-SENT CLOSED"), 10);
}

// --------------------------------------------------------------------------- what is acknowledged

/// An ACK field is wrong when it names an octet that has not arrived, goes back, or stands inside of what
/// arrived in one piece.
void change_ack(Kind& kind, std::int32_t by) {
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.has_ack() || s.segment.syn() || s.segment.rst()) return;
        Fault f = changed(c, i, [&](Segment& g) { g.ack += static_cast<std::uint32_t>(by); });
        const Segment& g = f.sights[i].segment;
        f.rules = rules_about(g, k);
        // A bare ACK that acknowledges nothing new answers a repeated segment, as the SYN,ACK of a simultaneous
        // OPEN is, if one may still have waited.
        const bool repeats = std::any_of(k.came.begin(), k.came.end(), [&](const Came& came) {
            return came.segment.syn() && came.segment.has_ack() && k.crossed && s.time_ns - came.time_ns <= lag;
        });
        if (k.may_acknowledge(g.ack, s.time_ns) && repeats && by < 0 && bare(g) && g.ack == k.acked) {
            f.why = "may answer the SYN,ACK that crossed ours: then the deviation is the silence after the FIN";
            f.demand = Demand::here_or_unanswered;
            f.unanswered_at = k.came.back().index;
            f.rules.push_back("3.10.7.4-8-");
        } else if (k.may_acknowledge(g.ack, s.time_ns) && (!bare(g) || g.ack != k.acked)) {
            const std::size_t next = next_departure(f.sights, i);
            if (by > 0) {
                // The peer's FIN stands before our FIN in the file. In truth the end did not know it; an end
                // that did is in LAST-ACK, owes nothing more, and the ACK that follows is the deviation.
                f.why = "knows a FIN that had arrived: the next ACK is one too many";
                f.at = next;
                f.rules = {"3.10.7-out-", "3.5.2-out-", "3.10.8-out-", "3.10.7.4-"};
            } else {
                // It leaves without knowing the FIN that had just arrived, which is allowed. Then the FIN needs
                // an ACK of its own, in time.
                const Came* fin = nullptr;
                for (const Came& came : k.came) fin = came.segment.end() > g.ack ? &came : fin;
                if (next != SIZE_MAX && f.sights[next].segment.ack > g.ack && !f.sights[next].segment.rst() &&
                    f.sights[next].time_ns - fin->time_ns <= late) {
                    f.why = "does not know a FIN yet that is acknowledged after";
                    f.demand = Demand::conforms;
                } else {
                    f.why = "does not know a FIN that is never acknowledged: the deviation is the silence";
                    f.demand = Demand::unanswered;
                    f.at = fin->index;
                    f.rules = {"3.10.7.4-8-"};
                }
            }
        }
        kind.add(std::move(f));
    });
}

TEST(Fault, AnAckFieldOneTooHighIsFound) {
    Kind kind{"ACK + 1"};
    change_ack(kind, 1);
    kind.expect({"knows a FIN that had arrived: the next ACK is one too many"});
}

TEST(Fault, AnAckFieldOneTooLowIsFound) {
    Kind kind{"ACK - 1"};
    change_ack(kind, -1);
    kind.expect({"does not know a FIN yet that is acknowledged after",
                 "does not know a FIN that is never acknowledged: the deviation is the silence",
                 "may answer the SYN,ACK that crossed ours: then the deviation is the silence after the FIN"});
}

TEST(Fault, AnAckOfDataThatNeverCameIsFound) {
    Kind kind{"ACK + 1000"};
    change_ack(kind, 1000);
    kind.expect();
}

TEST(Fault, ASegmentWithoutAckBitIsFound) {
    Kind kind{"no ACK bit"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.has_ack() || s.segment.syn() || s.segment.rst()) return;
        Fault f = changed(c, i, [](Segment& g) {
            g.flags &= static_cast<std::uint8_t>(~flag::ack);
            g.ack = Seq{};
        });
        f.rules = rules_about(f.sights[i].segment, k);
        kind.add(std::move(f));
    });
    kind.expect();
}

// ------------------------------------------------------------------------------------ opening

TEST(Fault, ASynAckThatAcknowledgesTheWrongNumberIsFound) {
    Kind kind{"SYN,ACK of ISN or ISN + 2"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.syn() || !s.segment.has_ack()) return;
        for (const std::int32_t by : {-1, 1}) {
            Fault f = changed(c, i, [&](Segment& g) { g.ack += static_cast<std::uint32_t>(by); });
            f.rules = rules_about(s.segment, k);
            kind.add(std::move(f));
        }
    });
    kind.expect();
}

TEST(Fault, ASynAckWithoutASynBeforeItIsFound) {
    Kind kind{"SYN,ACK without a SYN"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.syn() || s.segment.has_ack() || k.syn_came) return;
        Segment g = s.segment;
        g.flags |= flag::ack;
        g.ack = Seq{12345};
        Fault f = inserted(c, i, g);
        f.rules = {"3.10.1-", "3.10.8-out-SS-syn"};
        kind.add(std::move(f));
    });
    kind.expect();
}

TEST(Fault, ASynWithFinOrRstIsFound) {
    Kind kind{"SYN with FIN or RST"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.syn()) return;
        for (const std::uint8_t bit : {flag::fin, flag::rst}) {
            Fault f = changed(c, i, [&](Segment& g) { g.flags |= bit; });
            f.rules = rules_about(s.segment, k);
            if (bit == flag::rst) f.rules.insert(f.rules.end(), {"3.10.5-", "3.5.2-out-", "3.10.7."});
            if (i == 0 && bit == flag::rst) {
                // No SYN that begins anything, so nothing is known of the connection before it.
                f.why = "the capture does not begin with the connection";
                f.demand = Demand::inconclusive;
            }
            kind.add(std::move(f));
        }
    });
    kind.expect({"the capture does not begin with the connection"});
}

// ------------------------------------------------------------------------------------- sequence numbers

TEST(Fault, AFinThatConsumesNoNumberIsFound) {
    Kind kind{"SEQ after FIN without its number"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!k.fin_sent || s.segment.seq != k.fin_seq + 1 || s.segment.rst()) return;
        if (next_departure(c.sights, i) != SIZE_MAX) return;
        Fault f = changed(c, i, [](Segment& g) { g.seq = g.seq - 1; });
        f.rules = rules_about(s.segment, k);
        kind.add(std::move(f));
    });
    kind.expect();
}

/// Between this departure and the next, does a bare ACK arrive that asks for `number`, which then leaves?
bool asked_for_again(const std::vector<Sight>& sights, std::size_t at, Seq number) {
    bool asked = false;
    for (std::size_t i = at + 1; i < sights.size(); ++i) {
        const Segment& g = sights[i].segment;
        if (sights[i].departing && g.len() > 0) return asked && g.seq == number;
        asked = asked || (!sights[i].departing && bare(g) && g.ack == number);
    }
    return false;
}

/// A SEQ field that leaves a gap behind SND.NXT, or goes back to what was sent.
void change_seq(Kind& kind, std::int32_t by) {
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (s.segment.rst() || (s.segment.syn() && !k.syn_sent)) return;
        Fault f = changed(c, i, [&](Segment& g) { g.seq += static_cast<std::uint32_t>(by); });
        const Segment& g = f.sights[i].segment;
        f.rules = rules_about(g, k);
        if (by > 0 && g.len() > 0 && !g.syn() && acknowledged_later(f.sights, i, g.seq)) {
            f.why = "the peer acknowledges the octet that was left out: it did leave, and the capture misses it";
            f.demand = Demand::inconclusive;
        }
        if (by > 0 && bare(g) && asked_for_again(f.sights, i, k.snd_nxt) && acknowledged_later(f.sights, i, g.seq)) {
            f.why = "a duplicate ACK asks for the octet that was left out: it may have left and been lost";
            f.demand = Demand::here_or_inconclusive;
        }
        if (by < 0 && g.text > 0) {
            // Text may be sent again from any octet that the end need not know to be acknowledged.
            Seq surely = k.iss + 1;
            for (const auto& [ack, time] : k.acks) surely = s.time_ns - time > lag ? max(surely, ack) : surely;
            if (g.seq >= surely) {
                f.why = "an octet is sent again with new ones, and the last octet left out";
                f.demand = Demand::no_deviation;
            }
        }
        kind.add(std::move(f));
    });
}

TEST(Fault, ASeqFieldOneTooHighIsFound) {
    Kind kind{"SEQ + 1"};
    change_seq(kind, 1);
    kind.expect({"the peer acknowledges the octet that was left out: it did leave, and the capture misses it",
                 "a duplicate ACK asks for the octet that was left out: it may have left and been lost"});
}

TEST(Fault, ASeqFieldOneTooLowIsFound) {
    Kind kind{"SEQ - 1"};
    change_seq(kind, -1);
    kind.expect({"an octet is sent again with new ones, and the last octet left out"});
}

TEST(Fault, ASeqFieldFarOffIsFound) {
    Kind kind{"SEQ + 100000"};
    change_seq(kind, 100000);
    kind.expect();
}

TEST(Fault, ASynAckWithAnotherIsnThanTheConnectionGoesOnWithIsFoundWhereItGoesOn) {
    Kind kind{"ISN of the SYN,ACK + 1"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.syn() || !s.segment.has_ack() || k.syn_sent) return;
        Fault f = changed(c, i, [](Segment& g) { g.seq += 1; });
        // The end may choose any ISN (3.4.1). What the peer acknowledges then is none of its numbers, which
        // asks for a reset (3.10.7.4, fifth check): whatever leaves next instead is wrong.
        f.at = next_departure(f.sights, i);
        f.rules = {"3.10.7.4-5-SR-bad"};
        if (f.at == SIZE_MAX) return;
        kind.add(std::move(f));
    });
    kind.expect();
}

// ------------------------------------------------------------------------------------- closing

TEST(Fault, TextBehindTheFinIsFound) {
    Kind kind{"text after the FIN"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!k.fin_sent && !s.segment.fin()) return;
        Segment g = s.segment;
        g.flags = flag::ack | flag::psh;
        g.seq = s.segment.end();
        g.text = 10;
        Fault f = inserted(c, i, g);
        f.rules = {"3.10.2-FW1-closing", "3.10.2-FW2-closing", "3.10.2-CL-closing", "3.10.2-LA-closing",
                   "3.10.2-TW-closing"};
        kind.add(std::move(f));
    });
    kind.expect();
}

TEST(Fault, AFinSentAgainWithAnotherNumberIsFound) {
    Kind kind{"FIN again, another number"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known&) {
        if (!s.segment.fin()) return;
        for (const std::int32_t by : {-1, 1}) {
            Segment g = s.segment;
            g.seq = s.segment.text_end() + static_cast<std::uint32_t>(by);
            g.text = 0;
            Fault f = inserted(c, i, g);
            f.rules = {"3.10.8-out-FW1-fin", "3.10.8-out-CL-fin", "3.10.8-out-LA-fin", "3.10.4-"};
            kind.add(std::move(f));
        }
    });
    kind.expect();
}

TEST(Fault, AFinSentAgainAsItWasConforms) {
    Kind kind{"no fault: FIN again"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known&) {
        if (!s.segment.fin()) return;
        Fault f = inserted(c, i, s.segment);
        f.demand = Demand::conforms;
        kind.add(std::move(f));
    });
    kind.expect();
}

// ------------------------------------------------------------------------------------- the send window

TEST(Fault, TextBeyondThePeersWindowIsFound) {
    Kind kind{"text beyond the window"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!k.syn_sent || k.snd_una == k.iss || k.fin_sent || !k.has_acked || s.segment.rst() || i == 0) return;
        for (const std::uint32_t beyond : {1u, 2u, 500u}) {
            Segment g = s.segment;
            g.flags = flag::ack | flag::psh;
            g.seq = k.snd_nxt;
            g.ack = k.acked;
            g.text = k.edge - k.snd_nxt + beyond;
            g.wnd = k.last_window;
            if (g.text > 65000) continue;  // more than a packet holds
            Fault f = inserted(c, i - 1, g, 1);
            f.rules = {"3.10.2-out-ES-text", "3.10.2-out-CW-text", "3.10.2-SR-queue", "3.10.7.4-", "3.10.7.3-4-"};
            kind.add(std::move(f));
        }
    });
    kind.expect();
}

// ------------------------------------------------------------------------------------------- resets

TEST(Fault, AResetWithTheWrongNumberIsFound) {
    Kind kind{"SEQ of a reset"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.rst()) return;
        for (const std::int32_t by : {-1, 1, 100000}) {
            Fault f = changed(c, i, [&](Segment& g) { g.seq += static_cast<std::uint32_t>(by); });
            f.rules = rules_about(s.segment, k);
            kind.add(std::move(f));
        }
    });
    kind.expect();
}

TEST(Fault, ARefusalThatAcknowledgesTheWrongNumberIsFound) {
    Kind kind{"ACK of a reset"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!s.segment.rst() || !s.segment.has_ack()) return;
        for (const int how : {-1, 1, 0}) {
            Fault f = changed(c, i, [&](Segment& g) {
                g.ack += static_cast<std::uint32_t>(how);
                if (how == 0) g.flags &= static_cast<std::uint8_t>(~flag::ack);
                if (how == 0) g.ack = Seq{};
            });
            f.rules = rules_about(s.segment, k);
            if (!refuses(k)) {
                // The form of an ABORT's reset has no ACK (3.10.5), and its receiver looks at SEQ only (3.5.3).
                f.why = "the ACK field of a reset that needs none means nothing";
                f.demand = Demand::aborts;
            }
            kind.add(std::move(f));
        }
    });
    kind.expect({"the ACK field of a reset that needs none means nothing"});
}

TEST(Fault, AResetThatAnswersAResetIsFound) {
    Kind kind{"reset for a reset"};
    for (const auto& set : all_connections()) {
        for (const Connection& c : set) {
            for (std::size_t i = 0; i < c.sights.size(); ++i) {
                const Segment& reset = c.sights[i].segment;
                if (c.sights[i].departing || !reset.rst()) continue;
                for (const std::int64_t delay : {microsecond, lag + 100 * millisecond}) {
                    Segment g;
                    g.flags = flag::rst;
                    g.seq = reset.ack;
                    Fault f = inserted(c, i, g, delay);
                    f.rules = {"3.10.7.1-RST", "3.5.2-out-", "3.10.5-"};
                    if (delay <= lag) {
                        f.why = "an ABORT may have sent it before the reset was known: they cross";
                        f.demand = Demand::aborts;
                    }
                    kind.add(std::move(f));
                }
            }
        }
    }
    kind.expect({"an ABORT may have sent it before the reset was known: they cross"});
}

// ------------------------------------------------------------------------------------------- silence

/// What answers the arrival: the rules that ask for it.
std::vector<std::string> rules_that_answer(const Came& c, const Known& k) {
    if (c.segment.syn() && c.segment.has_ack() && !k.has_acked) return {"3.10.7.3-4-SYNACK"};
    if (c.segment.syn()) {
        std::vector<std::string> rules{"3.10.7.2-3-SYN", "3.10.7.1-noACK"};  // it came to LISTEN or CLOSED
        if (k.syn_sent) rules.push_back("3.10.7.3-4-SYN");
        return rules;
    }
    std::vector<std::string> rules{"3.10.7.4-7-"};
    if (c.segment.fin()) rules.push_back("3.10.7.4-8-");
    if (c.segment.text == 0) rules.erase(rules.begin());
    return rules;
}

TEST(Fault, AnEndThatFallsSilentIsFoundAtWhatItLeavesUnanswered) {
    Kind kind{"nothing more leaves"};
    each_departure([&](const Connection& c, std::size_t i, const Sight&, const Known& k) {
        const Came* owed = k.unanswered();
        if (!owed) return;
        for (const std::int64_t silence : {3 * second, std::int64_t{0}}) {
            Fault f;
            f.from = &c;
            f.sights.assign(c.sights.begin(), c.sights.begin() + static_cast<std::ptrdiff_t>(i));
            f.at = owed->index;
            f.demand = Demand::unanswered;
            f.rules = rules_that_answer(*owed, k);
            f.silence_ns = silence;
            if (silence == 0) {
                f.why = "the capture ends before the answer is late";
                f.demand = Demand::conforms;
            }
            kind.add(std::move(f));
        }
    });
    kind.expect({"the capture ends before the answer is late"});
}

bool reset_comes(const std::vector<Sight>& sights, std::size_t from, std::int64_t before_ns) {
    return std::any_of(sights.begin() + static_cast<std::ptrdiff_t>(from), sights.end(),
                       [&](const Sight& s) { return !s.departing && s.segment.rst() && s.time_ns < before_ns; });
}

TEST(Fault, AnAnswerTakenAwayIsFoundUnlessALaterOneCoversIt) {
    Kind kind{"an ACK taken away"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        if (!bare(s.segment)) return;
        Fault f = without(c, i);
        const Came* owed = k.unanswered();
        const std::size_t next = next_departure(c.sights, i);
        if (!owed) {
            f.why = "it answered nothing that has to be answered";
            f.demand = Demand::no_deviation;
        } else if (next != SIZE_MAX && c.sights[next].time_ns - owed->time_ns <= late) {
            f.why = "what leaves next, in time, covers it";
            f.demand = Demand::conforms;
        } else if (reset_comes(c.sights, i, owed->time_ns + late)) {
            f.why = "the peer resets the connection before the answer is late";
            f.demand = Demand::conforms;
        } else {
            f.demand = Demand::unanswered;
            f.at = owed->index;
            f.rules = rules_that_answer(*owed, k);
        }
        kind.add(std::move(f));
    });
    kind.expect({"it answered nothing that has to be answered", "what leaves next, in time, covers it",
                 "the peer resets the connection before the answer is late"});
}

TEST(Fault, WhatThePeerAcknowledgesThoughItIsNotInTheCaptureIsAHoleAndNoDeviation) {
    Kind kind{"a segment taken away"};
    each_departure([&](const Connection& c, std::size_t i, const Sight& s, const Known& k) {
        const Segment& g = s.segment;
        if (bare(g)) return;
        Fault f = without(c, i);
        if (f.sights.empty()) return;
        const Came* owed = k.unanswered();
        if (g.rst() && refuses(k)) {
            f.demand = Demand::unanswered;
            f.at = owed->index;
            f.rules = rules_that_answer(*owed, k);
        } else if (g.rst()) {
            f.why = "nothing shows that there was an ABORT";
            f.demand = Demand::conforms;
        } else if (g.syn() && !g.has_ack()) {
            f.why = "without its SYN the connection begins in the middle, or as a passive OPEN";
            f.demand = Demand::no_deviation;
        } else if (acknowledged_later(f.sights, i, g.end())) {
            f.why = "the peer acknowledges it: the capture has a hole";
            f.demand = Demand::no_deviation;
        }
        kind.add(std::move(f));
    });
    kind.expect({"nothing shows that there was an ABORT", "the peer acknowledges it: the capture has a hole",
                 "without its SYN the connection begins in the middle, or as a passive OPEN"});
}

// ------------------------------------------------------------------------------- calls seen and unseen

/// The connection as a stack that logs its own calls would tell it: what the user must have called, just before
/// it shows. `aborts`: with the ABORT before a reset.
std::string trace_of(const std::vector<Sight>& sights, bool aborts) {
    std::string text = "{\"lastack_trace\":1}\n";
    std::int64_t start = sights[0].time_ns;
    const auto line = [&](const Sight& s, const std::string& what) {
        char time[32];
        std::snprintf(time, sizeof time, "%.9f", static_cast<double>(s.time_ns - start) / second);
        text += std::string{"{\"time\":"} + time + "," + what + "}\n";
    };
    const auto call = [&](const Sight& s, const std::string& kind, const std::string& more = "") {
        line(s, "\"call\":{\"kind\":\"" + kind + "\"" + more + "}");
    };
    if (!sights[0].departing) call(sights[0], "open_passive");
    bool opened = !sights[0].departing, closed = false;
    for (const Sight& s : sights) {
        const Segment& g = s.segment;
        if (s.departing) {
            if (!std::exchange(opened, true)) call(s, "open_active");
            if (g.text > 0) call(s, "send", ",\"octets\":" + std::to_string(g.text));
            if (g.fin() && !std::exchange(closed, true)) call(s, "close");
            if (g.rst() && aborts) call(s, "abort");
        }
        line(s, std::string{s.departing ? "\"out\":\"" : "\"in\":\""} + to_string(g) + "\"");
        if (!s.departing && g.text > 0) call(s, "receive", ",\"octets\":" + std::to_string(g.text));
    }
    return text;
}

/// Everything that had arrived was known to every segment that left: the file's order is that of the stack.
/// Segments that cross when opening do not show it.
bool without_lag(const Connection& c) {
    Known k;
    for (std::size_t i = 0; i < c.sights.size(); ++i) {
        const Segment& g = c.sights[i].segment;
        if (k.syn_sent && k.crossed && g.syn() && (!c.sights[i].departing || !k.has_acked)) return false;
        if (c.sights[i].departing && g.has_ack() && !g.rst() && k.syn_came && g.ack != k.covered) return false;
        k.see(c.sights[i], i);
    }
    return true;
}

ConnectionVerdict judge_trace(const std::string& trace) {
    const TemporaryFile file{".jsonl"};
    std::ofstream{file.path()} << trace;
    ConnectionVerdict verdict;
    const CheckSummary summary = check_file(file.path(), {}, [&](const ConnectionVerdict& v) { verdict = v; });
    EXPECT_EQ(summary.error, "");
    EXPECT_EQ(summary.connections, 1u);
    return verdict;
}
/// Of the last line that begins a departure.
std::uint64_t last_line_out(const std::string& trace) {
    const auto lines_until = trace.rfind("\"out\"");
    return 1 + static_cast<std::uint64_t>(
                   std::count(trace.begin(), trace.begin() + static_cast<std::ptrdiff_t>(lines_until), '\n'));
}

TEST(Fault, AResetThatOnlyAnAbortExplainsConformsInACaptureAndDeviatesWhereCallsAreSeen) {
    int seen = 0;
    Kind kind{"no fault: reset by an unseen ABORT"};
    for (const auto& set : all_connections()) {
        for (const Connection& c : set) {
            if (!c.sights.back().departing || !c.sights.back().segment.rst()) continue;
            if (refuses(before(c.sights, c.sights.size() - 1)) || !without_lag(c)) continue;
            Fault f;
            f.from = &c;
            f.sights = c.sights;
            f.demand = Demand::aborts;
            kind.add(f);
            const std::string told = trace_of(c.sights, true);
            const ConnectionVerdict with = judge_trace(told);
            EXPECT_EQ(name(with.verdict), "conforms") << describe(f) << told;
            const std::string silent = trace_of(c.sights, false);
            const ConnectionVerdict bare_reset = judge_trace(silent);
            ASSERT_EQ(name(bare_reset.verdict), "deviates") << describe(f);
            EXPECT_EQ(bare_reset.deviations[0].segment, last_line_out(silent));
            EXPECT_TRUE(id(bare_reset.deviations[0].rule).starts_with("3.10.5-")) << id(bare_reset.deviations[0].rule);
            ++seen;
        }
    }
    EXPECT_EQ(seen, 8);  // three in CLOSE-WAIT, five in ESTABLISHED
    kind.expect();
}

TEST(Fault, AStateLeftTooEarlyShowsAsAResetWhereCallsAreSeen) {
    Kind kind{"no fault: state left by an unseen ABORT"};
    std::map<State, int> seen;
    for (const auto& set : all_connections()) {
        for (const Connection& c : set) {
            const std::vector<State> path = true_path(c);
            const State last = path.back() == State::Closed && path.size() > 1 ? path[path.size() - 2] : path.back();
            if ((last != State::TimeWait && last != State::LastAck) || !without_lag(c)) continue;
            // The peer sends its FIN again, as if the last ACK had been lost, and a reset answers.
            Fault f;
            f.from = &c;
            f.sights = c.sights;
            if (last == State::LastAck) {  // before the ACK of our FIN came
                while (!f.sights.back().departing) f.sights.pop_back();
            }
            Sight fin;
            for (const Sight& s : f.sights) {
                if (!s.departing && s.segment.fin()) fin = s;
            }
            fin.time_ns = f.sights.back().time_ns + 50 * millisecond;
            Sight reset{{}, fin.time_ns + 20 * microsecond, true};
            reset.segment.flags = flag::rst;
            reset.segment.seq = fin.segment.ack;
            f.sights.insert(f.sights.end(), {fin, reset});
            f.demand = Demand::aborts;
            const std::string trace = trace_of(f.sights, false);
            const ConnectionVerdict v = judge_trace(trace);
            ASSERT_EQ(name(v.verdict), "deviates") << describe(f);
            EXPECT_EQ(v.deviations[0].segment, last_line_out(trace)) << describe(f);
            EXPECT_EQ(v.deviations[0].config.state, last);
            kind.add(std::move(f));
            ++seen[last];
        }
    }
    EXPECT_GT(seen[State::TimeWait], 0);
    EXPECT_GT(seen[State::LastAck], 0);
    kind.expect();
}

}  // namespace
}  // namespace lastack
