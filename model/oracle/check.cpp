#include "lastack/oracle/check.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/capture.hpp"
#include "lastack/oracle/trace.hpp"

namespace lastack {

std::string section_of(Rule r) {
    const std::string_view text = id(r);
    if (text.starts_with("RFC")) {
        const auto dash = text.find('-');
        const auto end = text.find('-', dash + 1);
        return std::string{"RFC "} + std::string{text.substr(3, dash - 3)} + " " +
               std::string{text.substr(dash + 1, end - dash - 1)};
    }
    return std::string{"RFC 9293 "} + std::string{text.substr(0, text.find('-'))};
}

namespace {

constexpr std::size_t most_waiting = 16;  // packets that wait for it to be clear whose they are

// Between two calls of CheckOptions::progress: a few milliseconds of an ordinary capture.
constexpr std::uint64_t packets_between = 4096;
constexpr std::uint64_t settled_between = 256;

/// Tells CheckOptions::progress how far a file is read; each function returns whether to go on.
class Progress {
public:
    Progress(const std::string& path, const CheckOptions& options) : hook_{options.progress} {
        if (!hook_) return;
        now_.file = path;
        std::error_code none;
        if (std::filesystem::is_regular_file(path, none)) now_.octets_total = std::filesystem::file_size(path, none);
    }
    /// Nothing new, but a chance to stop.
    bool same() const { return !hook_ || hook_(now_); }
    template <class Reader>
    bool at(const Reader& reader, std::uint64_t packets, std::uint64_t connections) {
        if (!hook_) return true;
        now_.octets_read = std::max(now_.octets_read, reader.octets());
        now_.packets = packets;
        now_.connections = connections;
        return hook_(now_);
    }

private:
    const std::function<bool(const CheckProgress&)>& hook_;
    CheckProgress now_;
};

/// Gives the segments to `take` until it returns false, and asks `go_on` every packets_between packets, be they
/// segments or not. False when that stopped it.
template <class Take, class GoOn>
bool for_each_segment(CaptureReader& reader, Take take, GoOn go_on) {
    for (std::uint64_t pause = packets_between; !reader.ended();) {
        if (const auto p = reader.next(pause); p && !take(*p)) return true;
        if (reader.packets() < pause) continue;
        pause += packets_between;
        if (!go_on()) return false;
    }
    return true;
}

struct Seen {
    Segment segment;
    std::int64_t time_ns;
    std::uint64_t number;
    bool departing;
    bool dropped;  // a wrong checksum: TCP never saw it
};

/// One incarnation of a connection, seen from the judged end.
struct Incarnation {
    Incarnation(const Vantage& v, const Policy& p) : monitor{v, p} {}

    Monitor monitor;
    std::uint64_t first_segment{0};
    std::uint64_t segments{0};
    std::vector<SeenEvent> events;
    std::int64_t last_ns{0};
    Seq isn, peer_isn;
    Seq peer_end;  ///< behind everything that the peer was seen to send
    bool isn_known{false}, peer_isn_known{false}, from_the_start{false};
};

/// One judged end of a 4-tuple: the incarnations of its connection, one after the other.
class End {
public:
    using Report = std::function<void(const ConnectionVerdict&)>;

    End(const Vantage& v, const CheckOptions& o, const std::string& file, const Endpoint& judged, const Endpoint& peer)
        : vantage_{v}, options_{o}, file_{file}, judged_{judged}, peer_{peer} {}

    void see(const Seen& s, const Report& report) {
        if (!waiting_.empty()) {
            waiting_.push_back(s);
            settle(false, report);
            return;
        }
        route(s, report);
    }

    void end(std::int64_t time_ns, const Report& report) {
        if (!waiting_.empty()) settle(true, report);
        finish(time_ns, report);
    }

    std::uint64_t incarnations() const { return incarnations_; }

private:
    static bool bare_syn(const Segment& s) { return s.syn() && !s.has_ack() && !s.rst(); }

    /// Gives the segment to the incarnation it belongs to; a SYN with a new number may begin one.
    void route(const Seen& s, const Report& report) {
        if (!current_) {
            begin(s);
        } else if (bare_syn(s.segment) && !s.dropped) {
            const Incarnation& c = *current_;
            const bool known = s.departing ? c.isn_known : c.peer_isn_known;
            const Seq isn = s.departing ? c.isn : c.peer_isn;
            const bool over = c.monitor.judgement() == Judgement::conforms && c.monitor.closed();
            bool new_one = false;
            if (known) {
                if (s.segment.seq != isn) {
                    new_one = s.departing || over;
                    if (!new_one) {  // an attack, a reboot of the peer, or a reuse: the answer tells
                        waiting_.push_back(s);
                        return;
                    }
                } else {
                    new_one = over && !s.departing && c.isn_known;  // the peer tries again after our end is gone
                }
            } else {
                new_one = !c.from_the_start || over || s.time_ns - c.last_ns > vantage_.lag_ns * 5;
                if (c.from_the_start && !over && !s.departing) new_one = false;  // simultaneous open
            }
            if (new_one) {
                finish(s.time_ns, report);
                begin(s);
            }
        }
        feed(s);
    }

    /// Decides whom the segments that wait belong to, once that is clear.
    void settle(bool at_end, const Report& report) {
        const Seen& first = waiting_.front();
        const Seen& last = waiting_.back();
        bool answered = false;
        bool new_one = false;
        if (last.departing && waiting_.size() > 1) {
            answered = true;
            const Segment& a = last.segment;
            new_one = (a.syn() && a.has_ack() && a.ack == first.segment.seq + 1) || bare_syn(a);
        }
        if (!answered && !at_end && waiting_.size() < most_waiting) return;
        if (!answered) {
            const Monitor& m = current_->monitor;
            new_one = m.judgement() != Judgement::conforms || m.may_be(State::TimeWait) || m.may_be(State::Closed);
        }
        std::vector<Seen> mine;
        mine.swap(waiting_);
        if (new_one) {
            finish(mine.front().time_ns, report);
            begin(mine.front());
            for (const Seen& s : mine) {
                if (waiting_.empty()) feed(s);
            }
        } else {
            for (const Seen& s : mine) feed(s);
        }
    }

    void begin(const Seen& s) {
        ++incarnations_;
        current_ = std::make_unique<Incarnation>(vantage_, options_.policy);
        Incarnation& c = *current_;
        c.first_segment = s.number;
        c.from_the_start = bare_syn(s.segment);
        if (!c.from_the_start) {
            c.monitor.give_up("the capture begins in mid-connection");
        } else if (!s.departing) {
            c.monitor.begin_unopened();
        }
    }

    void feed(const Seen& s) {
        Incarnation& c = *current_;
        ++c.segments;
        c.last_ns = s.time_ns;
        if (s.segment.syn() && !s.dropped) {
            if (s.departing && !c.isn_known) {
                c.isn_known = true;
                c.isn = s.segment.seq;
            } else if (!s.departing && !c.peer_isn_known && c.from_the_start) {
                c.peer_isn_known = true;
                c.peer_isn = s.segment.seq;
            }
        }
        if (!s.departing && !s.segment.rst()) {
            c.peer_end = c.peer_isn_known ? max(c.peer_end, s.segment.end()) : s.segment.end();
        }
        if (s.departing) {
            c.monitor.departure(s.time_ns, s.segment, s.number);
        } else if (!s.dropped) {
            c.monitor.arrival(s.time_ns, s.segment, s.number);
        }
        if (options_.keep_events) {
            c.events.push_back(SeenEvent{s.number, s.time_ns, s.departing, s.segment, c.monitor.likeliest().state});
        }
    }

    /// In mid-path only what no loss and no delay explains is a deviation.
    static bool beyond_excuse(const Incarnation& c, const Deviation& d) {
        const Segment& s = d.observed;
        if (d.unanswered || s.rst()) return false;
        if (s.syn()) return s.has_ack() && c.peer_isn_known && s.ack != c.peer_isn + 1 && s.ack > c.peer_end;
        return s.has_ack() && c.peer_isn_known && s.ack > c.peer_end;
    }

    void finish(std::int64_t time_ns, const Report& report) {
        if (!current_) return;
        Incarnation& c = *current_;
        c.monitor.end(time_ns);
        ConnectionVerdict v;
        v.file = file_;
        v.judged = to_string(judged_);
        v.peer = to_string(peer_);
        v.first_segment = c.first_segment;
        v.segments = c.segments;
        v.mid_path = vantage_.mid_path;
        v.events = std::move(c.events);
        v.verdict = c.monitor.judgement();
        v.reason = c.monitor.reason();
        v.states = c.from_the_start ? c.monitor.states() : std::vector<State>{};
        v.judged_isn = c.isn;
        v.peer_isn = c.peer_isn;
        if (c.monitor.deviation()) {
            if (vantage_.mid_path && !beyond_excuse(c, *c.monitor.deviation())) {
                v.verdict = Judgement::inconclusive;
                v.reason = "seen from mid-path, where loss or delay may explain packet " +
                           std::to_string(c.monitor.deviation()->segment);
            } else {
                v.deviations.push_back(*c.monitor.deviation());
            }
        }
        if (v.verdict == Judgement::conforms) {
            v.assumed = c.monitor.assumed();
            v.policies = c.monitor.policies();
            for (const Profile& p : profiles()) {
                if (std::any_of(v.policies.begin(), v.policies.end(),
                                [&](const Policy& cube) { return cube.compatible(p.policy); })) {
                    v.profiles.emplace_back(p.name);
                }
            }
        }
        report(v);
        current_.reset();
    }

    const Vantage& vantage_;  // these three outlive it
    const CheckOptions& options_;
    const std::string& file_;
    Endpoint judged_, peer_;
    std::unique_ptr<Incarnation> current_;
    std::vector<Seen> waiting_;
    std::uint64_t incarnations_{0};
};

struct FlowKey {
    Endpoint a, b;  // a < b
    friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
struct FlowHash {
    std::size_t operator()(const FlowKey& k) const {
        const std::hash<Endpoint> h;
        return h(k.a) * 0x9e3779b97f4a7c15ULL + h(k.b);
    }
};
struct Flow {
    FlowKey key;
    std::unique_ptr<End> end_a, end_b;
    std::uint64_t counted{0};  // of its connections

    /// Connections since it was last asked, each once even if both ends are judged.
    std::uint64_t new_connections() {
        const std::uint64_t before = counted;
        counted = std::max(end_a ? end_a->incarnations() : 0, end_b ? end_b->incarnations() : 0);
        return counted - before;
    }
};

/// The connections of a capture, in the order in which they begin, and an index of them by hash. A search
/// touches no other connection's memory: most captures have far more of them than the cache holds.
class Flows {
public:
    /// The flow of this key; `fresh` tells that there was none.
    Flow& find(const FlowKey& key, bool& fresh) {
        if (2 * flows_.size() >= slots_.size()) grow();
        const auto hash = static_cast<std::uint32_t>(FlowHash{}(key));
        std::size_t i = hash & (slots_.size() - 1);
        for (; slots_[i].flow != nullptr; i = (i + 1) & (slots_.size() - 1)) {
            if (slots_[i].hash == hash && slots_[i].flow->key == key) {
                fresh = false;
                return *slots_[i].flow;
            }
        }
        fresh = true;
        flows_.push_back(Flow{key, nullptr, nullptr, 0});
        slots_[i] = Slot{hash, &flows_.back()};
        return flows_.back();
    }
    std::deque<Flow>& in_order() { return flows_; }

private:
    struct Slot {
        std::uint32_t hash{0};
        Flow* flow{nullptr};
    };
    void grow() {
        std::vector<Slot> old(slots_.empty() ? 256 : 2 * slots_.size());
        old.swap(slots_);
        for (const Slot& s : old) {
            if (s.flow == nullptr) continue;
            std::size_t i = s.hash & (slots_.size() - 1);
            while (slots_[i].flow != nullptr) i = (i + 1) & (slots_.size() - 1);
            slots_[i] = s;
        }
    }

    std::deque<Flow> flows_;
    std::vector<Slot> slots_;  // a power of two, at most half of them taken
};

std::string address_of(const Endpoint& e) {
    std::string text = to_string(e);
    text.resize(text.rfind(':'));
    if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
    return text;
}

/// Which address stands beside the tap? By TTL: a segment that has not crossed a router still has one of
/// the usual first values, and only one side does. By timing: the side that answers a SYN, or the SYN,ACK,
/// within a tenth of the time that the other side takes. Empty when neither tells; nothing when it was stopped.
std::optional<std::string> find_host(const std::string& path, const Progress& progress) {
    CaptureReader reader{path};
    struct Side {
        bool fresh{true};
        bool crossed{false};
        std::int64_t quickest_ns{std::numeric_limits<std::int64_t>::max()};
    };
    std::map<std::string, Side> sides;
    struct Opening {
        std::int64_t syn_ns{0}, syn_ack_ns{0};
    };
    std::unordered_map<FlowKey, Opening, FlowHash> openings;
    int n = 0;
    const auto take = [&](const Packet& p) {
        Side& side = sides[address_of(p.src)];
        const bool fresh = p.ttl == 64 || p.ttl == 128 || p.ttl == 255;
        side.fresh = side.fresh && fresh;
        side.crossed = side.crossed || !fresh;
        sides[address_of(p.dst)];
        const bool ordered = p.src < p.dst;
        Opening& o = openings[ordered ? FlowKey{p.src, p.dst} : FlowKey{p.dst, p.src}];
        if (p.segment.syn() && !p.segment.has_ack()) {
            o.syn_ns = p.time_ns;
            o.syn_ack_ns = 0;
        } else if (p.segment.syn() && o.syn_ns != 0 && o.syn_ack_ns == 0) {
            side.quickest_ns = std::min(side.quickest_ns, p.time_ns - o.syn_ns);
            o.syn_ack_ns = p.time_ns;
        } else if (o.syn_ack_ns > 0 && o.syn_ns != 0) {
            side.quickest_ns = std::min(side.quickest_ns, p.time_ns - o.syn_ack_ns);
            o.syn_ns = 0;
        }
        return ++n < 20000;
    };
    if (!for_each_segment(reader, take, [&] { return progress.same(); })) return std::nullopt;
    std::string by_ttl;
    std::size_t fresh = 0;
    bool all_others_crossed = true;
    for (const auto& [address, side] : sides) {
        if (side.fresh) {
            by_ttl = address;
            ++fresh;
        } else {
            all_others_crossed = all_others_crossed && side.crossed;
        }
    }
    if (fresh == 1 && sides.size() > 1 && all_others_crossed) return by_ttl;
    std::string by_time;
    std::int64_t quickest = std::numeric_limits<std::int64_t>::max();
    for (const auto& [address, side] : sides) {
        if (side.quickest_ns < quickest) {
            quickest = side.quickest_ns;
            by_time = address;
        }
    }
    for (const auto& [address, side] : sides) {
        if (address != by_time && side.quickest_ns < std::max<std::int64_t>(10 * quickest, 500'000))
            return std::string{};
    }
    return sides.size() > 1 ? by_time : std::string{};
}

CheckSummary check_capture(const std::string& path, const CheckOptions& options, const End::Report& report) {
    CheckSummary summary;
    summary.file = path;
    Progress progress{path, options};
    std::string host = options.host;
    if (host.empty() && path != "-") {
        const auto found = find_host(path, progress);
        summary.stopped = !found;
        if (summary.stopped) return summary;
        host = *found;
    }
    Vantage vantage;
    if (host.empty()) {
        vantage.mid_path = true;
        vantage.lag_ns = 3'000'000'000;
        vantage.late_ns = std::numeric_limits<std::int64_t>::max() / 4;
        vantage.max_hypotheses = 96;
    }
    const auto count = [&](const ConnectionVerdict& v) {
        ++(v.verdict == Judgement::conforms   ? summary.conforms
           : v.verdict == Judgement::deviates ? summary.deviates
                                              : summary.inconclusive);
        report(v);
    };
    CaptureReader reader{path};
    Flows flows;
    std::int64_t last_ns = 0;
    bool host_seen = false;
    std::optional<Endpoint> host_endpoint;  // one that has the host's address
    const auto is_host = [&](const Endpoint& e) {
        if (host_endpoint) return e.family == host_endpoint->family && e.address == host_endpoint->address;
        if (address_of(e) == host) host_endpoint = e;
        return host_endpoint.has_value();
    };
    const auto take = [&](const Packet& p) {
        last_ns = std::max(last_ns, p.time_ns);
        const bool ordered = p.src < p.dst;
        const FlowKey key = ordered ? FlowKey{p.src, p.dst} : FlowKey{p.dst, p.src};
        bool fresh = false;
        Flow& flow = flows.find(key, fresh);
        if (fresh) {
            const auto judge = [&](const Endpoint& e, const Endpoint& peer) {
                return host.empty() || is_host(e) ? std::make_unique<End>(vantage, options, path, e, peer) : nullptr;
            };
            flow.end_a = judge(key.a, key.b);
            flow.end_b = judge(key.b, key.a);
            host_seen = host_seen || flow.end_a || flow.end_b;
        }
        Seen s{p.segment, p.time_ns, p.number, false, p.checksum == Checksum::wrong};
        for (End* end : {flow.end_a.get(), flow.end_b.get()}) {
            if (!end) continue;
            s.departing = (end == flow.end_a.get()) == ordered;
            end->see(s, count);
        }
        summary.connections += flow.new_connections();
        return true;
    };
    const auto go_on = [&] { return progress.at(reader, reader.packets(), summary.connections); };
    summary.stopped = !for_each_segment(reader, take, go_on) || !go_on();
    std::uint64_t settled = 0;
    for (Flow& flow : flows.in_order()) {
        if (summary.stopped) break;
        for (End* end : {flow.end_a.get(), flow.end_b.get()}) {
            if (end) end->end(last_ns, count);
        }
        summary.connections += flow.new_connections();
        summary.stopped = ++settled % settled_between == 0 && !go_on();
    }
    summary.packets = reader.packets();
    summary.skipped = reader.skipped().total();
    summary.error = reader.error();
    if (summary.error.empty() && !summary.stopped && !options.host.empty() && !host_seen) {
        summary.error = path + ": no connection of " + options.host + " is in it";
    }
    return summary;
}

CheckSummary check_trace(const std::string& path, const CheckOptions& options, const End::Report& report) {
    CheckSummary summary;
    summary.file = path;
    TraceReader reader{path};
    Progress progress{path, options};
    struct Judged {
        Monitor monitor;
        ConnectionVerdict verdict;
        std::int64_t last_ns{0};
        bool isn_known{false}, peer_isn_known{false};
    };
    std::map<std::string, Judged> connections;
    std::vector<std::string> in_order;
    std::int64_t last_ns = 0;
    const auto go_on = [&] { return progress.at(reader, summary.packets, summary.connections); };
    while (!summary.stopped) {
        const auto e = reader.next();
        if (!e) break;
        auto [it, fresh] =
            connections.try_emplace(e->connection, Judged{Monitor{everything_visible(), options.policy}, {}});
        Judged& j = it->second;
        if (fresh) {
            ++summary.connections;
            in_order.push_back(e->connection);
            j.verdict.file = path;
            j.verdict.judged = reader.header().host;
            j.verdict.peer = reader.header().peer;
            if (!e->connection.empty()) j.verdict.judged += (j.verdict.judged.empty() ? "" : " ") + e->connection;
            j.verdict.first_segment = e->line;
        }
        last_ns = e->time_ns;
        ++summary.packets;
        const auto seen = [&](const Segment& s, bool departing) {
            ++j.verdict.segments;
            if (s.syn() && departing && !j.isn_known) {
                j.isn_known = true;
                j.verdict.judged_isn = s.seq;
            } else if (s.syn() && !departing && !j.peer_isn_known) {
                j.peer_isn_known = true;
                j.verdict.peer_isn = s.seq;
            }
            if (options.keep_events) {
                j.verdict.events.push_back(SeenEvent{e->line, e->time_ns, departing, s, j.monitor.likeliest().state});
            }
        };
        if (const auto* call = std::get_if<Call>(&e->event)) {
            j.monitor.call(e->time_ns, *call, e->line);
        } else if (const auto* timeout = std::get_if<Timeout>(&e->event)) {
            j.monitor.timeout(e->time_ns, *timeout, e->line);
        } else if (const auto* arrival = std::get_if<Arrival>(&e->event)) {
            j.monitor.arrival(e->time_ns, arrival->segment, e->line);
            seen(arrival->segment, false);
        } else if (const auto* departure = std::get_if<Departure>(&e->event)) {
            j.monitor.departure(e->time_ns, departure->segment, e->line);
            seen(departure->segment, true);
        }
        summary.stopped = summary.packets % packets_between == 0 && !go_on();
    }
    summary.stopped = summary.stopped || !go_on();
    summary.error = reader.error();
    std::uint64_t settled = 0;
    for (const std::string& name : in_order) {
        if (summary.stopped) break;
        Judged& j = connections.at(name);
        j.monitor.end(last_ns);
        ConnectionVerdict& v = j.verdict;
        v.verdict = j.monitor.judgement();
        v.reason = j.monitor.reason();
        v.states = j.monitor.states();
        if (j.monitor.deviation()) v.deviations.push_back(*j.monitor.deviation());
        if (v.verdict == Judgement::conforms) {
            v.policies = j.monitor.policies();
            for (const Profile& p : profiles()) {
                if (std::any_of(v.policies.begin(), v.policies.end(),
                                [&](const Policy& cube) { return cube.compatible(p.policy); })) {
                    v.profiles.emplace_back(p.name);
                }
            }
        }
        ++(v.verdict == Judgement::conforms   ? summary.conforms
           : v.verdict == Judgement::deviates ? summary.deviates
                                              : summary.inconclusive);
        report(v);
        summary.stopped = ++settled % settled_between == 0 && !go_on();
    }
    return summary;
}

/// A JSON trace begins with a brace.
bool is_trace(const std::string& path) {
    if (path == "-") return false;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"), &std::fclose};
    if (!file) return false;
    int c = std::fgetc(file.get());
    while (c != EOF && std::isspace(c)) c = std::fgetc(file.get());
    return c == '{';
}

}  // namespace

CheckSummary check_file(const std::string& path, const CheckOptions& options,
                        const std::function<void(const ConnectionVerdict&)>& verdict) {
    return is_trace(path) ? check_trace(path, options, verdict) : check_capture(path, options, verdict);
}

}  // namespace lastack
