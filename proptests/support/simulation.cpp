#include "lastack/support/simulation.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>

#include "lastack/support/word.hpp"
#include "lastack/support/wording.hpp"

namespace lastack::support {
namespace {

constexpr std::uint64_t events_between_questions = 4096;
constexpr std::int64_t day_ns = 24 * 60 * minute_in_ns;
constexpr std::int64_t ten_years_ns = 3653 * day_ns;  // sums of a few of them still fit
constexpr std::uint32_t largest_window = 65535;       // a SYN, which announces it, has no scale
constexpr std::int8_t largest_shift = 14;             // RFC 7323 2.3

// ---- the arguments

std::string digits(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

[[noreturn]] void reject(const std::string& what, const std::string& value, const std::string& range) {
    throw std::invalid_argument(what + " is " + value + ": " + range);
}

template <class T>
void need(const std::string& what, T value, T least, T most) {
    if (value < least || value > most)
        reject(what, std::to_string(value),
               "it lies between " + std::to_string(least) + " and " + std::to_string(most));
}

void check_probability(const std::string& what, double value) {
    if (!(value >= 0 && value <= 1)) reject(what, digits(value), "a probability lies between 0 and 1");
}

void check(const std::string& who, const SimulatedPath& path) {
    check_probability(who + ".loss", path.loss);
    check_probability(who + ".duplicate", path.duplicate);
    check_probability(who + ".reorder", path.reorder);
    need<std::int64_t>(who + ".latency_ns", path.latency_ns, 1, day_ns);
    need<std::int64_t>(who + ".jitter_ns", path.jitter_ns, 0, day_ns);
}

void check(const std::string& who, const SimulatedEnd& end) {
    need<std::uint32_t>(who + ".rcv_wnd", end.rcv_wnd, 0, largest_window);
    if (end.wscale == Segment::no_wscale) return;
    need<int>(who + ".wscale", end.wscale, 0, largest_shift);
    // It would be announced as nothing, and stay shut.
    if (end.rcv_wnd > 0 && end.rcv_wnd >> end.wscale == 0)
        reject(who + ".rcv_wnd", std::to_string(end.rcv_wnd),
               "with a wscale of " + std::to_string(end.wscale) + " it is 0 or at least " +
                   std::to_string(1u << end.wscale));
}

void check(const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedNetwork& network,
           const SimulatedCourse& course, const SimulationLimits& limits) {
    check("client", client);
    check("server", server);
    if (network.to_server == network.to_client) {
        check("network", network.to_server);
    } else {
        check("network.to_server", network.to_server);
        check("network.to_client", network.to_client);
    }
    if (network.most_under_way < 1) reject("network.most_under_way", "0", "it is at least 1");
    if (course.incarnations < 1) reject("incarnations", "0", "it is at least 1");
    need<std::int64_t>("msl_ns", course.durations.msl_ns, 0, ten_years_ns);
    need<std::int64_t>("fin_wait_2_ns", course.durations.fin_wait_2_ns, 0, ten_years_ns);
    need<std::int64_t>("user_timeout_ns", course.durations.user_timeout_ns, 0, ten_years_ns);
    need<std::int64_t>("r2_ns", course.durations.r2_ns, 0, ten_years_ns);
    if (limits.most_events < 1) reject("most_events", "0", "it is at least 1");
    need<std::int64_t>("most_ns", limits.most_ns, 0, ten_years_ns);
}

// ---- the line

/// Decides over the segments of one direction.
class Line {
public:
    Line(const SimulatedPath& path, std::uint64_t seed) : path_{path}, draw_{seed} {}

    Fate operator()(std::int64_t now_ns) {
        Fate fate;
        fate.lost = happens(path_.loss);
        if (fate.lost) return fate;
        std::int64_t takes_ns = path_.latency_ns + up_to(path_.jitter_ns);
        if (happens(path_.reorder)) {
            // Behind whatever leaves at the same time, and so not part of the order that the others keep.
            takes_ns = path_.latency_ns + path_.jitter_ns + 1 + up_to(path_.latency_ns);
        } else {
            last_arrival_ns_ = std::max(last_arrival_ns_, now_ns + takes_ns);
            takes_ns = last_arrival_ns_ - now_ns;
        }
        fate.late_ns = takes_ns;
        if (happens(path_.duplicate)) {
            fate.copy_late_ns = takes_ns + up_to(path_.latency_ns);
            ++copies_;
        }
        return fate;
    }
    std::uint64_t copies() const { return copies_; }

private:
    /// 53 bits are what a double holds exactly: the comparison is the same everywhere.
    bool happens(double probability) {
        return probability > 0 && static_cast<double>(draw_.bits() >> 11) * 0x1p-53 < probability;
    }
    std::int64_t up_to(std::int64_t most) {
        if (most == 0) return 0;
        return static_cast<std::int64_t>(draw_.bits() % (static_cast<std::uint64_t>(most) + 1));
    }

    SimulatedPath path_;
    Draw draw_;
    std::int64_t last_arrival_ns_{0};
    std::uint64_t copies_{0};
};

// ---- the run

/// Writes down what happens.
class Chronicle : public Watcher {
public:
    explicit Chronicle(Simulation& s) : s_{s} {}

    bool saw(const Network& network, const Happening& h) override {
        Recorded r;
        r.peer = h.peer;
        r.from = h.from;
        r.crash = h.o == nullptr;
        if (h.o != nullptr) {
            r.event = h.o->event;
            r.outcome = h.o->outcome;
        }
        s_.recording.events.push_back(r);

        Moment m;
        m.peer = h.peer;
        m.states = {network.state(Peer::a), network.state(Peer::b)};
        m.time_ns = network.now_ns();
        if (h.o == nullptr) {
            m.text = "crash";
        } else {
            tell(m, h);
        }
        s_.history.moments.push_back(std::move(m));
        learn_isn(h.peer, network.config(h.peer));
        return true;
    }

    /// The run is over: what has not arrived is under way still, or lost.
    void conclude(const Network& network) {
        for (const UnderWay& u : network.way()) {
            Moment& m = s_.history.moments[u.departure];
            if (m.fate == Moment::Fate::lost) m.fate = Moment::Fate::under_way;
        }
        for (std::size_t i = 0; i < s_.history.moments.size(); ++i) {
            const Moment& m = s_.history.moments[i];
            if (m.kind == Moment::Kind::departure && left(i) && m.fate == Moment::Fate::lost) ++traffic(m.peer).lost;
        }
    }

private:
    Traffic& traffic(Peer p) { return s_.traffic[index(p)]; }
    bool left(std::size_t i) const { return s_.recording.events[i].outcome.verdict != Verdict::refused; }

    void tell(Moment& m, const Happening& h) {
        const Observation& o = *h.o;
        const Outcome& out = o.outcome;
        m.text = words_of(o.event);
        m.signals = worth_a_line(o.before.state, o.event, out);
        m.rules.assign(out.fired.begin(), out.fired.begin() + out.fired_count);
        traffic(h.peer).delivered += out.delivered;
        if (const Departure* departure = o.departure()) {
            m.kind = Moment::Kind::departure;
            m.segment = departure->segment;
            m.fate = Moment::Fate::lost;  // until it arrives
            if (out.verdict != Verdict::refused) ++traffic(h.peer).sent;
        } else if (const Arrival* arrival = o.arrival()) {
            m.kind = Moment::Kind::arrival;
            m.segment = arrival->segment;
            m.from = h.from;
            arrived(*h.from);
        } else if (const Call* call = o.call()) {
            if (call->kind == CallKind::send && out.reply <= Reply::ok) traffic(h.peer).accepted += call->octets;
        } else if (o.timeout()->kind == TimeoutKind::user && out.next.state != o.before.state) {
            s_.gave_up[index(h.peer)] = true;
        }
    }

    void arrived(std::size_t departure) {
        Moment& m = s_.history.moments[departure];
        if (m.fate == Moment::Fate::arrived) return;
        m.fate = Moment::Fate::arrived;
        std::size_t& youngest = youngest_[index(m.peer)];
        if (departure < youngest) ++traffic(m.peer).overtaken;
        youngest = std::max(youngest, departure);
    }

    void learn_isn(Peer p, const Config& c) {
        if (!c.iss_chosen || isn_known_[index(p)]) return;
        isn_known_[index(p)] = true;
        s_.history.isn[index(p)] = c.iss;
    }

    Simulation& s_;
    std::array<bool, 2> isn_known_{};
    std::array<std::size_t, 2> youngest_{};  ///< by sender: the last departure of which something has arrived
};

Setting setting_of(const SimulatedEnd& end, Seq iss) {
    Setting s;
    s.policy = end.policy;
    s.iss = iss;
    s.options.mss = end.mss;
    s.options.wscale = end.wscale;
    s.options.timestamps = end.timestamps;
    s.options.sack_permitted = end.sack_permitted;
    return s;
}

Script script_of(const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedCourse& course) {
    Script s;
    s.opening = course.opening;
    s.closing = course.closing;
    s.octets = {client.octets, server.octets};
    s.window = {client.rcv_wnd, server.rcv_wnd};
    s.reads_late = {client.reads_late, server.reads_late};
    s.incarnations = course.incarnations;
    s.reads_to_the_end = true;
    s.latency_ns = 0;  // the fate of a segment says how long it takes
    return s;
}

}  // namespace

std::string_view name(Ended ended) {
    switch (ended) {
        case Ended::closed:
            return "both ends are CLOSED";
        case Ended::rest:
            return "nothing will ever happen";
        case Ended::most_events:
            return "too many events";
        case Ended::most_ns:
            return "too much time";
        case Ended::stopped:
            break;
    }
    return "stopped";
}

Simulation simulate(const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedNetwork& network,
                    std::uint64_t seed, const SimulatedCourse& course, const SimulationLimits& limits,
                    const KeepGoing& keep_going) {
    check(client, server, network, course, limits);

    // All draws are made, whatever is given: a number that is given changes nothing else.
    Draw draw{seed};
    const Seq client_iss{static_cast<std::uint32_t>(draw.bits() >> 32)};
    const Seq server_iss{static_cast<std::uint32_t>(draw.bits() >> 32)};
    const std::uint64_t there = draw.bits();
    std::array<Line, 2> lines{Line{network.to_server, there}, Line{network.to_client, draw.bits()}};

    Simulation s;
    s.recording.b_is_played = false;
    s.recording.policies = {client.policy, server.policy};
    Chronicle chronicle{s};
    NetworkOptions options;
    options.durations = course.durations;
    options.most_under_way = network.most_under_way;
    options.fate = [&lines](Peer sender, std::int64_t now_ns) { return lines[index(sender)](now_ns); };
    Network net{
        {setting_of(client, client.iss.value_or(client_iss)), setting_of(server, server.iss.value_or(server_iss))},
        script_of(client, server, course),
        {},
        false,
        &chronicle,
        options};

    bool stopped = false;
    std::uint64_t asked = 0;
    const auto over = [&](const Network& n) {
        if (n.events() >= limits.most_events) return true;
        if (!keep_going || n.events() - asked < events_between_questions) return false;
        asked = n.events();
        stopped = !keep_going({n.events(), n.now_ns(), {n.state(Peer::a), n.state(Peer::b)}});
        return stopped;
    };
    const auto stuck = net.drive_bounded(over, std::numeric_limits<std::uint64_t>::max(), limits.most_ns);
    const bool closed = net.state(Peer::a) == State::Closed && net.state(Peer::b) == State::Closed;
    s.ended = stopped                       ? Ended::stopped
              : !stuck                      ? Ended::most_events
              : stuck->bound == Bound::time ? Ended::most_ns
              : closed                      ? Ended::closed
                                            : Ended::rest;
    chronicle.conclude(net);
    for (const Peer p : {Peer::a, Peer::b}) {
        s.ends[index(p)] = net.config(p);
        s.traffic[index(p)].duplicated = lines[index(p)].copies();
        s.traffic[index(p)].retransmitted = net.end(p).repeated;
    }
    s.now_ns = net.now_ns();
    return s;
}

}  // namespace lastack::support
