#include "lastack/support/pair_run.hpp"

#include <algorithm>
#include <string>

#include "lastack/support/network.hpp"

namespace lastack::support {
namespace {

/// Of a drive: far above what text takes that goes out an octet a probe.
constexpr std::uint64_t most_steps = 200'000;
/// A forged window can leave text to go out an octet a probe, a minute apart.
constexpr std::int64_t attacked_closing_ns = 500 * 60 * minute_in_ns;

std::string described(const Network& network, const Happening& h) {
    std::string text{letter(h.peer)};
    if (h.o == nullptr) {
        text += " crashes";
    } else if (const Call* call = h.o->call()) {
        text += " " + std::string{name(call->kind)};
    } else if (const Timeout* timeout = h.o->timeout()) {
        text += " " + std::string{name(timeout->kind)};
    } else if (const Arrival* arrival = h.o->arrival()) {
        text += (h.from ? " receives " : " is forged ") + to_string(arrival->segment);
    } else {
        text += " sends " + to_string(h.o->departure()->segment);
    }
    text += " at " + std::to_string(network.now_ns() / ms_in_ns) + " ms in " + to_string(*h.before[index(h.peer)]) +
            "; then " + to_string(network.config(h.peer)) +
            "; the other end: " + to_string(network.config(other(h.peer)));
    return text;
}

class PairRun : public Watcher {
public:
    PairRun(std::span<const Word> words, const PairOptions& options)
        : words_{words},
          options_{options},
          header_{words.empty() ? 0 : words[0]},
          setting_{decode_pair_setting(header_)},
          network_{setting_, decode_script(header_, words.size() > 1 ? words[1] : 0), options.subjects,
                   options.attacked, this} {
        if (options_.recording == nullptr) return;
        Recording& r = *options_.recording;
        r.b_is_played = false;
        r.policies = {setting_.policy, setting_.policy};
        r.instruments = options_.subjects[0].instruments;
        const auto& [a, b] = options_.subjects;  // a case file names one fault, of both ends
        r.foreign = a.tamper != nullptr || b.tamper != nullptr || a.instruments != b.instruments;
        r.words.assign(words.begin(), words.end());
    }

    std::optional<Broken> run() {
        if (options_.coverage != nullptr) ++options_.coverage->sequences;
        for (at_ = 2; at_ < words_.size() && !network_.stopped(); ++at_) network_.play(words_[at_]);
        if (!network_.stopped()) heal();
        return broken_;
    }

    bool saw(const Network& network, const Happening& h) override {
        if (options_.recording != nullptr) record(h);
        if (h.o != nullptr) {
            if (options_.coverage != nullptr) count(*options_.coverage, h.o->before, h.o->event, h.o->outcome);
            if (!hold_of_end(h)) return false;
        }
        const Timing timing = this->timing();
        return hold({network, stage_, &h, nullptr, false, &timing});
    }

private:
    /// No more faults: whatever the words have led to must come to an end now.
    void heal() {
        network_.stop_faults();
        if (opens_undisturbed() && !open()) return;
        if (!close() || !network_.script().opens_again || !closed(network_)) return;
        const Peer client = network_.script().client();
        call(other(client), CallKind::open_passive);
        call(client, CallKind::open_active);
        if (open()) close();
    }

    void call(Peer p, CallKind kind) {
        Call c;
        c.kind = kind;
        c.rcv_wnd = network_.script().window[index(p)];
        network_.call(p, c);
    }

    /// Nothing but the client's own SYN is under way or owed.
    bool opens_undisturbed() const {
        const auto alone = [&](Peer client) {
            const Config& c = network_.config(client);
            const Config& server = network_.config(other(client));
            const auto way = network_.way();
            const auto mine = [&](const UnderWay& u) {
                return u.sender == client && u.segment.syn() && !u.segment.has_ack() && u.segment.seq == c.iss;
            };
            return c.state == State::SynSent && server.state == State::Listen && server.owed_count == 0 &&
                   c.owed_count <= 1 && (c.owed_count == 0 || c.owed[0].kind == OwedKind::syn) &&
                   std::all_of(way.begin(), way.end(), mine);
        };
        return alone(Peer::a) || alone(Peer::b);
    }

    /// False when the run is broken.
    bool open() {
        stage_ = Stage::opening;
        network_.let_users_wait();
        const auto established = [](const Network& n) {
            return n.state(Peer::a) == State::Established && n.state(Peer::b) == State::Established;
        };
        return end_stage(network_.drive_bounded(established, most_steps, lasts::opening_ns), false);
    }

    static bool closed(const Network& n) {
        return n.state(Peer::a) == State::Closed && n.state(Peer::b) == State::Closed && n.quiet();
    }

    /// False when the run is broken.
    bool close() {
        stage_ = Stage::closing;
        network_.let_users_close();
        const std::int64_t closing_ns = options_.attacked ? attacked_closing_ns : lasts::closing_ns;
        const auto stuck = network_.drive_bounded(closed, most_steps, closing_ns);
        const bool rests = stuck && stuck->bound == Bound::rest;
        if (!end_stage(stuck, !rests)) return false;
        if (!rests) return true;

        stage_ = Stage::discovery;
        network_.look_for_dead_peers();
        return end_stage(network_.drive_bounded(closed, most_steps, lasts::discovery_ns + closing_ns), true);
    }

    /// False when the run is broken.
    bool end_stage(const std::optional<Stuck>& stuck, bool over) {
        const Timing timing = this->timing();
        return !network_.stopped() && hold({network_, stage_, nullptr, stuck ? &*stuck : nullptr, over, &timing});
    }

    Timing timing() const {
        return {network_.now_ns(),
                {network_.end(Peer::a).since_ns, network_.end(Peer::b).since_ns},
                network_.bare_in_a_row(),
                network_.most_under_way()};
    }

    bool hold_of_end(const Happening& h) {
        for (const EndProperty* p : options_.end_properties) {
            const Finding f = p->check(*h.o);
            if (f == Finding::vacuous) continue;
            if (f == Finding::broken) {
                return fail(p->id, p->sentence, described(network_, h));
            }
            if (options_.coverage != nullptr)
                ++options_.coverage->witnesses[static_cast<std::size_t>(p - end_properties().data())];
        }
        return true;
    }

    bool hold(const PairObservation& o) {
        for (const PairProperty* p : options_.pair_properties) {
            const Finding f = p->check(o);
            if (f == Finding::vacuous) continue;
            if (f == Finding::broken) {
                const std::string how = o.happening != nullptr ? described(network_, *o.happening)
                                        : o.stuck != nullptr   ? to_string(*o.stuck)
                                                               : "the end of the run";
                return fail(p->id, p->sentence, how);
            }
            if (options_.witnesses != nullptr)
                ++(*options_.witnesses)[static_cast<std::size_t>(p - pair_properties().data())];
        }
        return true;
    }

    bool fail(std::string_view id, std::string_view sentence, const std::string& how) {
        broken_ = Broken{std::string{id}, std::string{id} + " (" + std::string{sentence} + ") broken: " + how,
                         std::min(at_, words_.empty() ? 0 : words_.size() - 1)};
        return false;
    }

    void record(const Happening& h) {
        Recorded r;
        r.peer = h.peer;
        if (h.o == nullptr) {
            r.crash = true;
        } else {
            r.event = h.o->event;
            r.from = h.from;
            r.outcome = h.o->outcome;
        }
        options_.recording->events.push_back(r);
    }

    std::span<const Word> words_;
    const PairOptions& options_;
    Word header_;
    Setting setting_;
    Network network_;
    Stage stage_{Stage::faults};
    std::size_t at_{0};
    std::optional<Broken> broken_{};
};

}  // namespace

Setting decode_pair_setting(Word header) {
    Setting s = decode_setting(header);
    s.policy = s.policy.with(Choice::time_wait_ack, reading::time_wait_ack::silent);
    return s;
}

std::optional<Broken> run_pair(std::span<const Word> words, const PairOptions& options) {
    return PairRun{words, options}.run();
}

std::vector<const PairProperty*> all_pair_properties() {
    std::vector<const PairProperty*> all;
    for (const PairProperty& p : pair_properties()) all.push_back(&p);
    return all;
}

}  // namespace lastack::support
