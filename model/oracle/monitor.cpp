#include "lastack/oracle/monitor.hpp"

#include <algorithm>

#include "lastack/lifecycle/lifecycle.hpp"

namespace lastack {

std::string_view name(AssumedKind k) {
    switch (k) {
        case AssumedKind::open_active:
            return "OPEN active";
        case AssumedKind::open_passive:
            return "OPEN passive";
        case AssumedKind::close:
            return "CLOSE";
        case AssumedKind::abort:
            return "ABORT";
        case AssumedKind::time_wait_timeout:
            return "TIME-WAIT TIMEOUT";
        case AssumedKind::fin_wait_2_timeout:
            return "FIN-WAIT-2 TIMEOUT";
        case AssumedKind::user_timeout:
            break;
    }
    return "USER TIMEOUT";
}

std::string_view name(Judgement j) {
    switch (j) {
        case Judgement::conforms:
            return "conforms";
        case Judgement::deviates:
            return "deviates";
        case Judgement::inconclusive:
            break;
    }
    return "inconclusive";
}

namespace {

constexpr std::uint32_t far_beyond = 1u << 30;  // no queue and no window is larger
constexpr std::size_t most_pending = 64;        // arrivals that may wait at the tap

bool is_ack(OwedKind k) { return k == OwedKind::ack || k == OwedKind::challenge_ack; }
bool plain(const Segment& s) { return !s.syn() && !s.rst(); }

template <class P>
void push_state(P& h, State s) {
    if (h.path_length == 16) return;
    h.path |= static_cast<std::uint64_t>(s) << (4 * h.path_length++);
}

/// The same but for an ACK that `more` may send and need not.
bool covers(const Config& more, const Config& less) {
    if (more.owed_count != less.owed_count + 1) return false;
    Config without = more;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < more.owed_count; ++i) {
        if (!(is_ack(more.owed[i].kind) && more.owed[i].when >= When::throttleable))
            without.owed[kept++] = more.owed[i];
    }
    if (kept != less.owed_count) return false;
    for (std::size_t i = kept; i < without.owed.size(); ++i) without.owed[i] = Owed{};
    without.owed_count = less.owed_count;
    return without == less;
}

Segment segment(std::uint8_t flags, Seq seq, Seq ack = Seq{}) {
    Segment s;
    s.flags = flags;
    s.seq = seq;
    if (flags & flag::ack) s.ack = ack;
    return s;
}

}  // namespace

Monitor::Monitor(const Vantage& vantage, const Policy& policy) : vantage_{vantage}, policy_{policy} { begin(Config{}); }

void Monitor::begin(const Config& config) {
    belief_.clear();
    Hypothesis h;
    h.c = config;
    push_state(h, config.state);
    belief_.push_back(h);
}

void Monitor::begin_unopened() {
    begin(Config{});
    Hypothesis listening;
    Call open;
    open.kind = CallKind::open_passive;
    open.remote_specified = false;
    listening.c = step(Config{}, open).next;
    push_state(listening, State::Listen);
    belief_.insert(belief_.begin(), listening);
}

// ------------------------------------------------------------------ hypotheses

/// Every outcome of `event` under the cube, each with the part of the cube that gives it. Readings that
/// make no difference leave their choice open.
template <class E, class Then>
void Monitor::each_outcome(const Config& c, const E& event, const Policy& cube, Then then) const {
    const Outcome first = step(c, event, cube);
    if (!first.asked) {
        then(first, cube);
        return;
    }
    const ChoiceInfo& choice = info(first.first_asked);
    bool all_alike = true;
    Outcome previous;
    for (std::uint8_t r = 0; r < choice.reading_count && all_alike; ++r) {
        const Outcome out = step(c, event, cube.with(choice.choice, r));
        all_alike =
            !out.asked &&
            (r == 0 || (out.next == previous.next && out.verdict == previous.verdict && out.reply == previous.reply));
        previous = out;
    }
    if (all_alike) {
        then(previous, cube);
        return;
    }
    for (std::uint8_t r = 0; r < choice.reading_count; ++r) each_outcome(c, event, cube.with(choice.choice, r), then);
}

/// `h`, which was in the Config before, takes what the step made of it.
void Monitor::adopt(Hypothesis& h, const Outcome& out, const Policy& cube, std::int64_t time_ns,
                    std::uint64_t number) const {
    std::array<Stamp, Config::max_owed> stamps{};
    for (std::size_t i = 0; i < out.next.owed_count; ++i) {
        stamps[i] = Stamp{time_ns, number};
        const Owed& o = out.next.owed[i];
        for (std::size_t j = 0; j < h.c.owed_count; ++j) {
            const Owed& was = h.c.owed[j];
            if (was.rule == o.rule && was.kind == o.kind && (is_ack(o.kind) || was == o)) stamps[i] = h.stamps[j];
        }
    }
    h.stamps = stamps;
    if (out.next.state != h.c.state) {
        push_state(h, out.next.state);
        h.since_ns = time_ns;
        if (out.next.state <= State::SynSent) h.edge_known = false;
    }
    h.c = out.next;
    h.cube = cube;
    if (!vantage_.calls_visible) {  // nobody sees the user read: it may have read everything
        h.c.unread = 0;
        h.c.wanted = 0;
    }
    if (synchronized(h.c.state)) {
        const Seq edge = h.c.snd_una + h.c.snd_wnd;
        h.snd_edge = h.edge_known ? max(h.snd_edge, edge) : edge;
        h.edge_known = true;
    }
}

/// Adds a hypothesis that is not yet there.
void Monitor::add(Belief& belief, const Hypothesis& h) const {
    for (Hypothesis& other : belief) {
        if (other.done != h.done) continue;
        if (other.c != h.c) {
            // One that may answer where the other may not can do all that the other can.
            if (other.cube == h.cube && covers(other.c, h.c)) return;
            if (other.cube == h.cube && covers(h.c, other.c)) {
                other = h;
                return;
            }
            continue;
        }
        if (h.cube.refines(other.cube) && other.cost <= h.cost) return;
        if (other.cube.refines(h.cube) && h.cost <= other.cost) {
            other = h;
            return;
        }
        if (h.cube == other.cube) return;
    }
    if (belief.size() <= vantage_.max_hypotheses) belief.push_back(h);
}

// -------------------------------------------------------------------- arrivals

void Monitor::process_arrival(const Hypothesis& h, Belief& into) const {
    const Logged& a = logged(h.done);
    Arrival event;
    event.segment = a.segment;
    event.iss_given = a.iss_given;
    event.iss = a.iss;
    const auto run = [&](const Config& c, std::uint8_t cost) {
        each_outcome(c, event, h.cube, [&](const Outcome& out, const Policy& cube) {
            Hypothesis child = h;
            adopt(child, out, cube, a.time_ns, a.number);
            ++child.done;
            child.cost = static_cast<std::uint8_t>(child.cost + cost);
            add(into, child);
        });
    };
    const bool lags = vantage_.tap || vantage_.mid_path;
    if (lags && tsval_seen_ && h.c.ts_ok && a.segment.has_ts && !a.segment.rst() &&
        static_cast<std::int32_t>(a.segment.tsval - latest_tsval_) < 0) {
        // TS.Recent cannot be known exactly: it may be older than this timestamp, or newer.
        Config accepts = h.c;
        accepts.ts_recent = a.segment.tsval;
        Config rejects = h.c;
        rejects.ts_recent = latest_tsval_;
        run(accepts, 0);
        run(rejects, 1);
    } else {
        run(h.c, 0);
    }

    // The real receive window may be larger than the announced one: beyond its edge both are possible.
    const Segment& s = a.segment;
    const Config& c = h.c;
    if (c.state >= State::SynReceived) {
        const Seq edge = c.rcv_nxt + c.rcv_wnd;
        const Seq end = s.len() > 0 ? s.end() : s.seq + 1;
        const std::uint32_t beyond = end - edge;
        if (end > edge && s.seq >= c.rcv_nxt && beyond < far_beyond &&
            beyond <= 2 * std::max<std::uint32_t>(c.rcv_wnd, 65536)) {
            Config wider = c;
            wider.rcv_wnd = end - c.rcv_nxt;
            run(wider, 1);
        }
    }
    if (!vantage_.calls_visible && c.state == State::SynReceived && c.fin == Fin::none && !c.close_queued && !s.rst()) {
        // Until our SYN is acknowledged it makes a difference whether a CLOSE came before the arrival.
        const bool new_ack = s.has_ack() && c.iss_chosen && s.ack > c.snd_una && s.ack <= c.snd_nxt;
        Belief other;
        if (s.syn() || (s.has_ack() && !new_ack)) hidden_call(h, CallKind::close, 0, other);
        if (s.syn() && a.time_ns - h.since_ns >= vantage_.least_wait_ns) {  // half open for too long: listens again
            each_outcome(c, Timeout{TimeoutKind::user}, h.cube, [&](const Outcome& out, const Policy& cube) {
                if (out.next.state != State::Listen) return;
                Hypothesis timed_out = h;
                adopt(timed_out, out, cube, a.time_ns, a.number);
                if (timed_out.assumed_count < timed_out.assumed.size()) {
                    timed_out.assumed[timed_out.assumed_count++] = Assumed{AssumedKind::user_timeout, a.number};
                }
                timed_out.cost = static_cast<std::uint8_t>(std::min(250, timed_out.cost + 4));
                other.push_back(timed_out);
            });
        }
        for (Hypothesis& o : other) {
            o.cost = static_cast<std::uint8_t>(std::min(250, o.cost + 3));  // a later CLOSE explains as much
            process_arrival(o, into);
        }
    }
    if (vantage_.mid_path) {  // it may never have arrived
        Hypothesis without = h;
        ++without.done;
        without.cost = static_cast<std::uint8_t>(std::min(250, without.cost + 2));
        add(into, without);
    }
}

/// The arrival makes no difference that a departure could show, but for numbers that are judged with
/// the lag in mind anyway: no need to keep the hypothesis that has not processed it.
bool Monitor::dull(const Hypothesis& before, const Hypothesis& after, const Segment& s) const {
    const bool asks_for_nothing = s.len() == 0 && s.seq == before.c.rcv_nxt && s.ack <= before.c.snd_nxt;
    if (!asks_for_nothing && (s.len() > 0 || after.c.owed_count > 0)) return false;
    const Config& a = before.c;
    const Config& b = after.c;
    if (a.state != b.state || before.cube != after.cube) return false;
    if (a.state == State::Closed || a.state == State::Listen) return a == b;
    if (a.state >= State::FinWait1 && a.state != State::CloseWait) return false;
    return a.rcv_nxt == b.rcv_nxt && a.held_count == b.held_count && a.peer_fin_held == b.peer_fin_held &&
           a.owed_count == b.owed_count && a.owed == b.owed && a.fin == b.fin;
}

/// Processes what has arrived. Beside a tap, a hypothesis that has not processed an arrival yet stays.
void Monitor::catch_up(Belief& belief) const {
    thread_local Belief scratch;  // the heap is asked once, not for each arrival
    const bool lags = vantage_.tap || vantage_.mid_path;
    for (std::size_t i = 0; i < belief.size(); ++i) {
        while (belief[i].done < arrivals()) {
            scratch.clear();
            process_arrival(belief[i], scratch);
            if (!lags || (scratch.size() == 1 && dull(belief[i], scratch.front(), logged(belief[i].done).segment))) {
                const int before = belief[i].dull;
                belief[i] = scratch.front();
                belief[i].dull = static_cast<std::uint16_t>(lags ? std::min(before + 1, 1000) : 0);
                for (std::size_t k = 1; k < scratch.size(); ++k) add(belief, scratch[k]);
                continue;
            }
            for (Hypothesis& child : scratch) child.dull = 0;
            const auto children = scratch.size();
            for (std::size_t k = 0; k < children; ++k) add(belief, scratch[k]);
            break;
        }
        if (belief.size() > vantage_.max_hypotheses) break;
    }
}

// ------------------------------------------------------------------ departures

bool Monitor::keepalive_too_early(const Outcome& out) const {
    return now_ns_ - last_event_ns_ < vantage_.least_idle_ns && out.fired_count > 0 &&
           id(out.fired[0]).starts_with("3.8.4-out-");
}

/// `h` lets the segment go, if it may.
void Monitor::depart(const Hypothesis& h, const Segment& s, Belief& into) const {
    Config c = h.c;
    if (!vantage_.calls_visible && s.text > 0 && !s.rst() && c.fin != Fin::sent) {
        // A SEND is not seen: the text that departs shows it.
        const Seq sent = c.state == State::SynSent && !c.iss_chosen ? s.seq + 1 : c.snd_nxt;
        const std::uint32_t need = s.text_end() - sent;
        if (s.text_end() > sent && need < far_beyond && need > c.queued) {
            if (c.fin == Fin::queued) {
                if (c.snd_una > c.iss) c.queued = need;  // it was given before the CLOSE, else that would still wait
            } else {
                Call send;
                send.kind = CallKind::send;
                send.octets = need - c.queued;
                const Outcome out = step(c, send, h.cube);
                if (out.reply == Reply::ok && out.next.state == c.state) c = out.next;
            }
        }
    }
    if ((vantage_.tap || vantage_.mid_path) && plain(s) && c.iss_chosen) {
        // An ACK that stands before this departure may not have been known to it.
        const bool bare = s.text == 0 && !s.fin();
        const Seq from = bare ? s.seq + 1 : s.seq;
        const Seq floor = acked_before_lag_known_ && acked_before_lag_ > c.iss ? acked_before_lag_ : c.iss + 1;
        if (from < c.snd_una && from >= floor && (!bare || s.seq != c.snd_nxt)) c.snd_una = from;
        if (!bare && h.edge_known && h.snd_edge > c.snd_una + c.snd_wnd) c.snd_wnd = h.snd_edge - c.snd_una;
    }
    each_outcome(c, Departure{s}, h.cube, [&](Outcome out, const Policy& cube) {
        if (out.verdict == Verdict::refused || keepalive_too_early(out)) return;
        if (synchronized(out.next.state) && out.next.iss_chosen && h.c.iss_chosen) {
            out.next.snd_una = max(out.next.snd_una, h.c.snd_una);
            out.next.snd_wnd = h.c.snd_wnd;
        }
        Hypothesis child = h;
        adopt(child, out, cube, now_ns_, number_);
        add(into, child);
    });
}

void Monitor::hidden_call(const Hypothesis& h, CallKind kind, std::uint32_t octets, Belief& into) const {
    Call call;
    call.kind = kind;
    call.octets = octets;
    each_outcome(h.c, call, h.cube, [&](const Outcome& out, const Policy& cube) {
        if (out.reply != Reply::ok && out.verdict != Verdict::transition) return;
        Hypothesis child = h;
        adopt(child, out, cube, now_ns_, number_);
        const AssumedKind assumed = kind == CallKind::close   ? AssumedKind::close
                                    : kind == CallKind::abort ? AssumedKind::abort
                                                              : AssumedKind::open_active;
        if (child.assumed_count < child.assumed.size())
            child.assumed[child.assumed_count++] = Assumed{assumed, number_};
        child.cost = static_cast<std::uint8_t>(
            std::min(250, child.cost + (kind == CallKind::abort || h.c.state == State::Listen ? 2 : 1)));
        into.push_back(child);
    });
}

/// A CLOSE, ABORT or OPEN that nobody saw shows at the FIN, RST or SYN.
void Monitor::depart_after_calls(const Hypothesis& h, const Segment& s, Belief& into) const {
    Belief called;
    if (s.rst()) {
        hidden_call(h, CallKind::abort, 0, called);
    } else if (s.syn()) {
        if (!s.has_ack() && h.c.state <= State::Listen) hidden_call(h, CallKind::open_active, 0, called);
    } else if (s.fin() && h.c.fin == Fin::none) {
        hidden_call(h, CallKind::close, 0, called);
        const bool two_fins =
            h.cube.decided(Choice::second_fin) && h.cube.value(Choice::second_fin) == reading::second_fin::letter;
        if (h.c.state == State::CloseWait && !two_fins) {
            // Or the CLOSE came before the peer's FIN, and only our own FIN had to wait.
            Hypothesis early = h;
            early.c.state = State::Closing;
            early.c.fin = Fin::queued;
            if (early.path_length > 0 && early.path_length < 16) {
                const unsigned at = 4u * (early.path_length - 1u);
                early.path &= ~(std::uint64_t{15} << at);
                early.path |= static_cast<std::uint64_t>(State::FinWait1) << at;
                push_state(early, State::Closing);
            }
            if (early.assumed_count < early.assumed.size()) {
                early.assumed[early.assumed_count++] = Assumed{AssumedKind::close, number_};
            }
            early.cost = static_cast<std::uint8_t>(std::min(250, early.cost + 3));
            called.push_back(early);
        }
    }
    for (const Hypothesis& child : called) depart(child, s, into);
}

/// A reset that answers a segment for which there was no connection any more: a timer, or a call that
/// sends nothing, had ended it unseen.
void Monitor::depart_after_death(const Hypothesis& h, const Segment& s, Belief& into) const {
    if (!s.rst() || h.done >= arrivals() || h.c.state <= State::Listen) return;
    Belief dead;
    const auto die = [&](AssumedKind kind, const Outcome& out, const Policy& cube, std::uint8_t cost) {
        if (out.next.state != State::Closed && kind != AssumedKind::close) return;
        Hypothesis child = h;
        adopt(child, out, cube, now_ns_, number_);
        if (child.assumed_count < child.assumed.size()) {
            child.assumed[child.assumed_count++] = Assumed{kind, logged(h.done).number};
        }
        child.cost = static_cast<std::uint8_t>(std::min(250, child.cost + cost));
        dead.push_back(child);
    };
    const auto timer = [&](TimeoutKind kind, AssumedKind assumed, std::uint8_t cost) {
        each_outcome(h.c, Timeout{kind}, h.cube,
                     [&](const Outcome& out, const Policy& cube) { die(assumed, out, cube, cost); });
    };
    const bool long_enough = logged(h.done).time_ns - h.since_ns >= vantage_.least_wait_ns;
    if (h.c.state == State::TimeWait && long_enough) timer(TimeoutKind::time_wait, AssumedKind::time_wait_timeout, 1);
    if (h.c.state == State::FinWait2 && long_enough) timer(TimeoutKind::fin_wait_2, AssumedKind::fin_wait_2_timeout, 2);
    if (long_enough) timer(TimeoutKind::user, AssumedKind::user_timeout, 4);
    for (const CallKind kind : {CallKind::abort, CallKind::close}) {
        Call call;
        call.kind = kind;
        each_outcome(h.c, call, h.cube, [&](const Outcome& out, const Policy& cube) {
            if (out.reply == Reply::ok)
                die(kind == CallKind::abort ? AssumedKind::abort : AssumedKind::close, out, cube, 3);
        });
    }
    for (std::size_t i = 0; i < dead.size(); ++i) {
        Hypothesis child = dead[i];
        Belief processed;
        process_arrival(child, processed);
        for (const Hypothesis& p : processed) {
            depart(p, s, into);
            if (p.done < arrivals() && dead.size() < most_pending) dead.push_back(p);
        }
    }
}

// ---------------------------------------------------------------------- feeding

const Monitor::Hypothesis& Monitor::best() const {
    const Hypothesis* best = &belief_.front();
    for (const Hypothesis& h : belief_) {
        const bool ok = admitted(h);
        const bool best_ok = admitted(*best);
        if (ok != best_ok) {
            if (ok) best = &h;
        } else if (h.cost < best->cost || (h.cost == best->cost && h.done > best->done)) {
            best = &h;
        }
    }
    return *best;
}

bool Monitor::late(const Hypothesis& h, std::int64_t time_ns, bool at_end, Stamp* which, Rule* rule) const {
    for (std::size_t i = 0; i < h.c.owed_count; ++i) {
        const Owed& o = h.c.owed[i];
        if (o.when > When::delayed) continue;
        if (!is_ack(o.kind) && !at_end) continue;
        if (time_ns - h.stamps[i].time_ns <= vantage_.late_ns) continue;
        if (which) *which = h.stamps[i];
        if (rule) *rule = o.rule;
        return true;
    }
    return false;
}

/// Time passes: hypotheses that would have had to process an arrival, or to answer one, by now are out.
void Monitor::come_to(std::int64_t time_ns) {
    now_ns_ = time_ns;
    if ((vantage_.tap || vantage_.mid_path) && belief_.size() > 1) {
        std::erase_if(belief_, [&](const Hypothesis& h) {
            return h.done < arrivals() &&
                   (logged(h.done).time_ns < time_ns - vantage_.lag_ns || arrivals() - h.done > most_pending);
        });
    }
    bool all_late = true;
    bool some_late = false;
    for (const Hypothesis& h : belief_) {
        const bool l = h.c.owed_count > 0 && late(h, time_ns, false, nullptr, nullptr);
        some_late |= l;
        if (admitted(h)) all_late &= l;
    }
    if (!some_late) return;
    if (all_late) {
        Stamp stamp;
        Rule rule;
        const Hypothesis h = best();
        late(h, time_ns, false, &stamp, &rule);
        deviate_unanswered(h, stamp, rule);
        return;
    }
    std::erase_if(belief_, [&](const Hypothesis& h) { return late(h, time_ns, false, nullptr, nullptr); });
}

void Monitor::forget_old_arrivals() {
    std::uint64_t oldest = arrivals();
    for (const Hypothesis& h : belief_) oldest = std::min(oldest, h.done);
    std::size_t n = 0;
    while (log_base_ + n < oldest && n < log_.size() && log_[n].time_ns < now_ns_ - vantage_.lag_ns) {
        if (log_[n].segment.has_ack()) {
            acked_before_lag_ = log_[n].segment.ack;
            acked_before_lag_known_ = true;
        }
        ++n;
    }
    if (n < 16 && log_.size() < 1024) return;  // in batches
    if (log_.size() >= 1024)
        n = std::max<std::size_t>(n, static_cast<std::size_t>(std::min<std::uint64_t>(oldest - log_base_, 512)));
    log_.erase(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(n));
    log_base_ += n;
}

void Monitor::note_size() {
    largest_ = std::max(largest_, belief_.size());
    if (belief_.size() <= vantage_.max_hypotheses) return;
    if (!vantage_.mid_path) {
        give_up("too many hypotheses");
        return;
    }
    // From mid-path nothing is convicted for want of a history: the likelier half is enough.
    std::stable_sort(belief_.begin(), belief_.end(), [](const Hypothesis& a, const Hypothesis& b) {
        return a.cost != b.cost ? a.cost < b.cost : a.done > b.done;
    });
    belief_.resize(vantage_.max_hypotheses / 2);
}

void Monitor::give_up(std::string reason) {
    if (over()) return;
    reason_ = std::move(reason);
}

void Monitor::arrival(std::int64_t time_ns, const Segment& s, std::uint64_t number) {
    if (gap_possible_) watch_for_gap(s, true);
    if (over()) return;
    come_to(time_ns);
    if (over()) return;
    number_ = number;
    forget_old_arrivals();
    if (log_.empty()) log_.reserve(8);
    log_.push_back(Logged{s, time_ns, number, false, Seq{}});
    catch_up(belief_);
    last_event_ns_ = time_ns;
    note_size();
    const Config& c = best().c;
    if (c.state >= State::SynReceived && c.iss_chosen && plain(s) && s.has_ack() && s.ack > c.snd_nxt &&
        s.ack - c.snd_nxt < far_beyond && s.seq >= c.rcv_nxt - 1) {
        acknowledges_unseen_ = number;
    }
    if (s.has_ts && !s.rst() && (!tsval_seen_ || static_cast<std::int32_t>(s.tsval - latest_tsval_) > 0)) {
        // Only a segment that does not lie behind a gap can have set TS.Recent (RFC 7323 4.3).
        const bool may_set = std::any_of(belief_.begin(), belief_.end(), [&](const Hypothesis& h) {
            return h.c.state < State::SynReceived || s.seq <= h.c.rcv_nxt;
        });
        if (may_set) {
            tsval_seen_ = true;
            latest_tsval_ = s.tsval;
        }
    }
}

void Monitor::departure(std::int64_t time_ns, const Segment& s, std::uint64_t number) {
    if (gap_possible_) watch_for_gap(s, false);
    if (over()) return;
    come_to(time_ns);
    if (over()) return;
    number_ = number;
    forget_old_arrivals();
    thread_local Belief survivors;
    survivors.clear();
    for (const Hypothesis& h : belief_) depart(h, s, survivors);
    if (!vantage_.calls_visible) {
        if (s.syn() || s.fin()) {
            for (const Hypothesis& h : belief_) depart_after_calls(h, s, survivors);
        }
        if (s.rst()) {
            Belief alive = belief_;
            for (const Hypothesis& h :
                 belief_) {  // the end may have come before arrivals that were dull while it lived
                Hypothesis earlier = h;
                while (earlier.dull > 0 && earlier.done > log_base_ &&
                       logged(earlier.done - 1).time_ns >= time_ns - vantage_.lag_ns) {
                    --earlier.dull;
                    --earlier.done;
                    alive.push_back(earlier);
                }
            }
            for (const Hypothesis& h : alive) depart_after_calls(h, s, survivors);
            for (const Hypothesis& h : alive) depart_after_death(h, s, survivors);
        }
    }
    const bool explained = std::any_of(survivors.begin(), survivors.end(), [&](const auto& h) { return admitted(h); });
    if (!explained) {
        deviate(s, number, belief_, survivors);
        return;
    }
    catch_up(survivors);
    belief_.assign(survivors.begin(), survivors.end());
    last_event_ns_ = time_ns;
    note_size();
}

/// A call or a timeout that is seen: every member takes it.
template <class E>
void Monitor::take(std::int64_t time_ns, const E& event, std::uint64_t number) {
    if (over()) return;
    come_to(time_ns);
    if (over()) return;
    number_ = number;
    Belief after;
    for (const Hypothesis& h : belief_) {
        each_outcome(h.c, event, h.cube, [&](const Outcome& out, const Policy& cube) {
            Hypothesis child = h;
            adopt(child, out, cube, time_ns, number);
            add(after, child);
        });
    }
    belief_.swap(after);
    note_size();
}

void Monitor::call(std::int64_t time_ns, const Call& call, std::uint64_t number) { take(time_ns, call, number); }
void Monitor::timeout(std::int64_t time_ns, const Timeout& timeout, std::uint64_t number) {
    take(time_ns, timeout, number);
}

void Monitor::quiet(std::int64_t time_ns) {
    if (over()) return;
    come_to(time_ns);
    if (over()) return;
    if (vantage_.mid_path) {  // after a cut some may not have come to the last arrivals
        catch_up(belief_);
        note_size();
    }
    bool all_late = true;
    for (const Hypothesis& h : belief_) {
        if (admitted(h)) all_late &= h.c.owed_count > 0 && late(h, time_ns, true, nullptr, nullptr);
    }
    if (!all_late) return;
    Stamp stamp;
    Rule rule;
    const Hypothesis h = best();
    late(h, time_ns, true, &stamp, &rule);
    deviate_unanswered(h, stamp, rule);
}

// --------------------------------------------------------------------- verdicts

namespace {

/// What `c` lets go, nearest to an answer first: what it owes, then what it is permitted.
struct Candidates {
    std::vector<Segment> segments;
    std::vector<std::string> rules;
};

void collect(const Config& c, bool calls_hidden, Candidates& out) {
    const std::string st{abbreviation(c.state)};
    const auto put = [&](const Segment& s, std::string rule_id) {
        for (std::size_t i = 0; i < out.segments.size(); ++i) {
            if (out.segments[i] == s) return;
        }
        out.segments.push_back(s);
        out.rules.push_back(std::move(rule_id));
    };
    const Seq fin_at = c.fin == Fin::sent ? c.fin_seq : c.snd_nxt + c.queued;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const Owed& o = c.owed[i];
        const std::string by{id(o.rule)};
        switch (o.kind) {
            case OwedKind::ack:
            case OwedKind::challenge_ack:
                put(segment(flag::ack, c.snd_nxt, c.rcv_nxt), by);
                break;
            case OwedKind::syn:
                put(segment(flag::syn, c.iss), by);
                break;
            case OwedKind::syn_ack:
                put(segment(flag::syn | flag::ack, c.iss, c.rcv_nxt), by);
                break;
            case OwedKind::text:
                put(segment(flag::ack, o.seq, c.rcv_nxt), by);
                break;
            case OwedKind::fin:
                put(segment(flag::fin | flag::ack, fin_at, c.rcv_nxt), by);
                break;
            case OwedKind::rst:
                put(segment(flag::rst, o.seq), by);
                break;
            case OwedKind::rst_ack:
                put(segment(flag::rst | flag::ack, o.seq, o.ack), by);
                break;
        }
    }
    switch (c.state) {
        case State::SynSent:
            put(segment(flag::syn, c.iss), "3.10.8-out-SS-syn");
            break;
        case State::SynReceived:
            if (c.iss_chosen) put(segment(flag::syn | flag::ack, c.iss, c.rcv_nxt), "3.10.8-out-SR-synack");
            break;
        case State::Established:
        case State::CloseWait:
            put(segment(flag::ack, c.snd_nxt, c.rcv_nxt), "3.10.2-out-" + st + "-text");
            if (calls_hidden) {
                put(segment(flag::fin | flag::ack, fin_at, c.rcv_nxt), "3.10.4-" + st + "-fin");
                put(segment(flag::rst, c.snd_nxt), "3.10.5-" + st + "-reset");
            }
            break;
        case State::FinWait1:
        case State::Closing:
        case State::LastAck:
            if (!c.fin_acked()) {
                put(segment(flag::fin | flag::ack, fin_at, c.rcv_nxt),
                    (c.fin == Fin::sent ? "3.10.8-out-" : "3.10.4-out-") + st + "-fin");
            }
            break;
        default:
            break;
    }
}

/// Something is owed of the kind that departed.
bool owes_alike(const Config& c, const Segment& s) {
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const OwedKind k = c.owed[i].kind;
        if (s.syn()) {
            if (k == (s.has_ack() ? OwedKind::syn_ack : OwedKind::syn)) return true;
        } else if (s.rst()) {
            if (k == OwedKind::rst || k == OwedKind::rst_ack) return true;
        } else if (s.fin() ? k == OwedKind::fin : s.text == 0 && is_ack(k)) {
            return true;
        }
    }
    return false;
}

/// The rule that speaks about the segment that must not have left.
Rule nearest_rule(const Config& c, const Segment& s) {
    const auto owed = [&](auto wanted) {
        for (std::size_t i = 0; i < c.owed_count; ++i) {
            if (wanted(c.owed[i].kind)) return c.owed[i].rule;
        }
        return Rule{};
    };
    const std::string st{abbreviation(c.state)};
    const auto first = [](std::initializer_list<std::string> ids) {
        for (const std::string& i : ids) {
            if (const Rule r = rule(i)) return r;
        }
        return Rule{};
    };
    if (s.rst()) {
        if (const Rule r = owed([](OwedKind k) { return k == OwedKind::rst || k == OwedKind::rst_ack; })) return r;
        return first({"3.10.5-" + st + "-reset", "3.5.2-out-" + st + "-rst"});
    }
    if (s.syn()) {
        if (const Rule r = owed([](OwedKind k) { return k == OwedKind::syn || k == OwedKind::syn_ack; })) return r;
        return first({"3.10.8-out-" + st + "-synack", "3.10.8-out-" + st + "-syn", "3.10.1-" + st + "-exists",
                      "3.10.1-" + st + "-active"});
    }
    if (c.fin == Fin::sent && s.text > 0 && s.text_end() > c.fin_seq && s.seq >= c.fin_seq) {
        return first({"3.10.2-" + st + "-closing"});  // no text follows our FIN
    }
    if (c.fin == Fin::sent && s.fin() && s.text_end() != c.fin_seq) {
        return first({"3.10.8-out-" + st + "-fin", "3.10.4-" + st + "-closing"});  // it has another number
    }
    const bool acknowledges = s.has_ack() && s.ack == c.rcv_nxt;
    if (!acknowledges) {
        if (const Rule r = owed([](OwedKind k) { return is_ack(k); })) return r;
    }
    if (s.text > 0 && c.fin == Fin::sent && s.text_end() > c.fin_seq) return first({"3.10.2-" + st + "-closing"});
    if (const Rule r = owed([](OwedKind k) { return !is_ack(k); }); r && s.text == 0 && !s.fin()) return r;
    if (s.fin()) {
        return c.fin == Fin::sent ? first({"3.10.8-out-" + st + "-fin", "3.10.4-" + st + "-closing"})
                                  : first({"3.10.4-out-" + st + "-fin", "3.10.4-" + st + "-fin", "3.10.4-" + st,
                                           "3.10.4-" + st + "-closing", "3.10.4-" + st + "-none"});
    }
    if (s.text > 0) {
        return first({"3.10.2-out-" + st + "-text", "3.10.2-" + st + "-queue", "3.10.2-" + st + "-closing",
                      "3.10.2-" + st + "-none", "3.10.2-" + st + "-unspec"});
    }
    if (const Rule r = owed([](OwedKind k) { return is_ack(k); })) return r;
    return first({"3.10.7-out-" + st + "-ack", "3.5.2-out-" + st + "-rst"});
}

}  // namespace

void Monitor::deviate(const Segment& s, std::uint64_t number, const Belief& before, const Belief& survivors) {
    Deviation d;
    d.segment = number;
    d.time_ns = now_ns_;
    d.observed = s;
    // Of the members, the one that comes nearest: it owes a segment of this kind, or is the likeliest.
    // Text leaves only where text may: then only its numbers are wrong.
    const auto rank = [&](const Hypothesis& other) {
        const bool may_carry =
            s.text > 0 && plain(s) && (other.c.state == State::Established || other.c.state == State::CloseWait);
        return owes_alike(other.c, s) || may_carry;
    };
    const Hypothesis* nearest = &best();
    for (const Hypothesis& other : before) {
        if (admitted(other) && rank(other) && (!rank(*nearest) || other.cost < nearest->cost)) nearest = &other;
    }
    const Hypothesis& h = *nearest;
    d.config = h.c;
    d.rule = nearest_rule(h.c, s);
    Candidates candidates;
    collect(h.c, !vantage_.calls_visible, candidates);
    for (const Hypothesis& other : before) {
        if (admitted(other)) collect(other.c, !vantage_.calls_visible, candidates);
    }
    d.allowed = std::move(candidates.segments);
    d.allowed_rules = std::move(candidates.rules);
    for (const Hypothesis& other : survivors) {
        if (std::find(d.policies.begin(), d.policies.end(), other.cube) == d.policies.end())
            d.policies.push_back(other.cube);
    }

    // Numbers beyond everything that was seen may be a hole in the capture instead.
    if (!vantage_.calls_visible && d.policies.empty() && plain(s)) {
        gap_seq_ = s.seq;
        gap_ack_ = s.ack;
        gap_rcv_nxt_ = h.c.rcv_nxt;
        gap_snd_nxt_ = h.c.snd_nxt;
        const bool ack_beyond = s.has_ack() && synchronized(h.c.state) && s.ack > h.c.rcv_nxt;
        const bool seq_beyond = !h.c.iss_chosen || s.seq > h.c.snd_nxt;
        bool acknowledged = false;
        for (const Logged& a : log_) {
            acknowledged |= seq_beyond && a.segment.has_ack() && a.segment.ack - (s.seq - far_beyond) <= far_beyond &&
                            (!h.c.iss_chosen || a.segment.ack > h.c.snd_nxt);
        }
        bool skipped = false;  // the peer is already past what this ACK seems to invent
        for (const Logged& a : log_) skipped |= ack_beyond && a.segment.seq >= s.ack && a.segment.len() > 0;
        if ((acknowledged && h.c.state >= State::SynReceived) || skipped) {
            give_up("the capture misses segments: packet " + std::to_string(number) +
                    " follows on some that are not in it");
            return;
        }
        gap_possible_ = ack_beyond || (seq_beyond && h.c.iss_chosen);
    }
    deviation_ = std::make_shared<const Deviation>(std::move(d));
}

void Monitor::deviate_unanswered(const Hypothesis& h, const Stamp& stamp, Rule rule) {
    if (acknowledges_unseen_ != 0 && !vantage_.calls_visible) {
        give_up("the capture misses segments: packet " + std::to_string(acknowledges_unseen_) +
                " acknowledges some that are not in it");
        return;
    }
    Deviation d;
    d.segment = stamp.number;
    d.time_ns = stamp.time_ns;
    d.unanswered = true;
    d.config = h.c;
    d.rule = rule;
    for (const Logged& a : log_) {
        if (a.number == stamp.number) d.observed = a.segment;
    }
    Candidates candidates;
    Config owing = h.c;
    collect(owing, false, candidates);
    d.allowed = std::move(candidates.segments);
    d.allowed_rules = std::move(candidates.rules);
    deviation_ = std::make_shared<const Deviation>(std::move(d));
}

/// After a departure with numbers from nowhere: does the rest of the capture know them?
void Monitor::watch_for_gap(const Segment& s, bool arriving) {
    if (!arriving) {  // it goes on from where it was before: nothing is missing there
        if (gap_seq_ > gap_snd_nxt_ && plain(s) && s.seq <= gap_snd_nxt_ && s.end() >= gap_snd_nxt_)
            gap_possible_ = false;
        return;
    }
    bool missing = false;
    if (gap_ack_ > gap_rcv_nxt_ && s.len() > 0 && !s.rst()) {
        if (s.seq <= gap_rcv_nxt_ && s.end() > gap_rcv_nxt_) gap_possible_ = false;  // it goes on from where it was
        missing = gap_possible_ && s.seq >= gap_ack_ && s.seq - gap_ack_ < far_beyond;
    }
    if (gap_seq_ > gap_snd_nxt_ && s.has_ack() && s.ack > gap_snd_nxt_ && s.ack - gap_snd_nxt_ < far_beyond &&
        s.ack >= gap_seq_) {
        missing = true;
    }
    if (!missing) return;
    reason_ = "the capture misses segments: packet " + std::to_string(deviation_->segment) +
              " follows on some that are not in it";
    deviation_.reset();
    gap_possible_ = false;
}

Judgement Monitor::judgement() const {
    if (deviation_) return Judgement::deviates;
    return reason_.empty() ? Judgement::conforms : Judgement::inconclusive;
}

std::vector<State> Monitor::states() const {
    const Hypothesis& h = best();
    std::vector<State> states;
    for (std::size_t i = 0; i < h.path_length; ++i) states.push_back(static_cast<State>((h.path >> (4 * i)) & 15));
    return states;
}

std::vector<Assumed> Monitor::assumed() const {
    const Hypothesis& h = best();
    return {h.assumed.begin(), h.assumed.begin() + h.assumed_count};
}

std::vector<Policy> Monitor::policies() const {
    std::vector<Policy> cubes;
    for (const Hypothesis& h : belief_) {
        if (admitted(h) && std::find(cubes.begin(), cubes.end(), h.cube) == cubes.end()) cubes.push_back(h.cube);
    }
    return cubes;
}

bool Monitor::closed() const {
    return std::all_of(belief_.begin(), belief_.end(), [](const Hypothesis& h) { return h.c.state == State::Closed; });
}
bool Monitor::told_state(State s) {
    if (!may_be(s)) return false;
    std::erase_if(belief_, [s](const Hypothesis& h) { return h.c.state != s; });
    return true;
}

bool Monitor::may_be(State s) const {
    return std::any_of(belief_.begin(), belief_.end(), [s](const Hypothesis& h) { return h.c.state == s; });
}
const Config& Monitor::likeliest() const { return best().c; }

}  // namespace lastack
