#include "lastack/explore/two_ends.hpp"

#include <algorithm>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>
#include <stdexcept>

#include "lastack/explore/interned.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack::explore {
namespace {

// ------------------------------------------------------------------------------------------ hashing

std::uint64_t hash_of(const Local& l) {
    const Config& c = l.config;
    Hash h;
    h.add(l.opens).add(l.octets).add(l.numbers).add(c.state).add(c.origin).add(c.fin);
    h.add(c.close_queued | c.remote_specified << 1 | c.remote_given << 2 | c.iss_chosen << 3 | c.ts_offered << 4 |
          c.ts_ok << 5 | c.peer_fin_held << 6 | c.peer_fin_seen << 7 | c.held_ack_valid << 8);
    h.add(c.timers);
    for (const Seq s : {c.iss, c.snd_una, c.snd_nxt, c.snd_wl1, c.snd_wl2, c.irs, c.rcv_nxt, c.fin_seq, c.peer_fin,
                        c.last_ack_sent, c.rcv_adv, c.held_ack})
        h.add(s.value);
    h.add(c.held_wnd);
    h.add(c.snd_wnd).add(c.max_snd_wnd).add(c.rcv_wnd).add(c.queued).add(c.unread).add(c.wanted).add(c.ts_recent);
    for (std::size_t i = 0; i < c.held_count; ++i) h.add(c.held[i].left.value).add(c.held[i].right.value);
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        const Owed& o = c.owed[i];
        h.add(o.kind).add(o.when).add(o.rule.index).add(o.seq.value).add(o.ack.value);
    }
    return h.get();
}

std::uint64_t hash_of(const Segment& s) {
    return Hash{}
        .add(s.seq.value)
        .add(s.ack.value)
        .add(s.text)
        .add(s.tsval)
        .add(s.tsecr)
        .add(s.wnd)
        .add(s.urgent)
        .add(s.mss)
        .add(s.wscale)
        .add(s.flags)
        .add(s.has_ts)
        .get();
}

constexpr std::size_t most_under_way = 8;
constexpr std::uint32_t none = 0xffffffffu;

/// What is under way in one direction.
struct Channel {
    std::array<std::uint16_t, most_under_way> ids{};
    std::uint8_t size{0};
    friend bool operator==(const Channel&, const Channel&) = default;
};

std::uint64_t hash_of(const Channel& c) {
    Hash h;
    for (std::size_t i = 0; i < c.size; ++i) h.add(c.ids[i] + 1u);
    return h.get();
}

using Map = boost::unordered_flat_map<std::uint64_t, std::uint32_t>;
std::size_t bytes_of(const Map& m) { return m.bucket_count() * 17; }

/// A memo that threads share; each keeps a copy of its own for speed.
class Memo {
public:
    template <class Compute>
    std::uint32_t get(std::uint64_t key, Compute compute) {
        Part& part = parts_[Hash{}.add(key).get() % parts_.size()];
        {
            const std::lock_guard lock{part.mutex};
            const auto found = part.map.find(key);
            if (found != part.map.end()) return found->second;
        }
        const std::uint32_t value = compute();
        const std::lock_guard lock{part.mutex};
        part.map.emplace(key, value);
        return value;
    }
    std::size_t bytes() const {
        std::size_t n = 0;
        for (const Part& part : parts_) n += bytes_of(part.map);
        return n;
    }

private:
    struct Part {
        std::mutex mutex{};
        Map map{};
    };
    std::array<Part, 64> parts_{};
};

}  // namespace

// ---------------------------------------------------------------------------------------- the state

namespace {

// 21 bits an end, 19 a direction, 16 the budgets.
constexpr unsigned local_bits = 21, channel_bits = 19, budget_bits = 16;
static_assert(2 * local_bits + 2 * channel_bits + budget_bits == 96);

struct Unpacked {
    std::array<std::uint32_t, 2> local;
    std::array<std::uint32_t, 2> channel;
    std::uint32_t budgets;
};

constexpr std::uint64_t low(std::uint64_t v, unsigned bits) { return v & ((std::uint64_t{1} << bits) - 1); }

constexpr Unpacked unpack(const TwoEnds::State& s) {
    const std::uint64_t front = s.words[0] | std::uint64_t{s.words[1]} << 32;
    Unpacked u{};
    u.local[0] = static_cast<std::uint32_t>(low(front, 21));
    u.local[1] = static_cast<std::uint32_t>(low(front >> 21, 21));
    u.channel[0] = static_cast<std::uint32_t>(low(front >> 42, 19));
    u.channel[1] = static_cast<std::uint32_t>(low(s.words[2], 19));
    u.budgets = static_cast<std::uint32_t>(front >> 61 | (s.words[2] >> 19) << 3);
    return u;
}
constexpr TwoEnds::State pack(const Unpacked& u) {
    const std::uint64_t front = std::uint64_t{u.local[0]} | std::uint64_t{u.local[1]} << 21 |
                                std::uint64_t{u.channel[0]} << 42 | std::uint64_t{u.budgets} << 61;
    return {{static_cast<std::uint32_t>(front), static_cast<std::uint32_t>(front >> 32),
             u.channel[1] | (u.budgets >> 3) << 19}};
}

/// The budgets are one number of mixed radix: spending is subtraction.
enum class Spend : std::uint8_t { loss, duplicate, early, abort, give_up, injection, crash };
constexpr std::size_t budget_count = 7;

std::array<std::uint8_t, budget_count> limits(const Bounds& b) {
    return {b.losses, b.duplicates, b.early_retransmissions, b.aborts, b.give_ups, b.injections, b.crashes};
}

/// In the order of content: the choices among what may be reordered do not depend on the order of discovery.
bool before(const Segment& a, const Segment& b) {
    const auto key = [](const Segment& s) {
        return std::array<std::uint32_t, 6>{s.seq.value, s.ack.value, s.flags, s.text, s.wnd, s.tsval};
    };
    return key(a) < key(b);
}

std::string letter(std::size_t end) { return end == 0 ? "A" : "B"; }

}  // namespace

struct TwoEnds::Tables {
    struct Moves {
        std::vector<LocalMove> moves;
        std::vector<Segment> injections;
        bool idle;
        bool resets;  ///< a reset is owed
    };
    struct ChannelEntry {
        Channel channel{};
        std::uint8_t choices{0};
        std::array<std::uint16_t, most_under_way> arriving{};  ///< by choice
        std::array<std::uint32_t, most_under_way> rest{};
        friend bool operator==(const ChannelEntry& a, const ChannelEntry& b) { return a.channel == b.channel; }
    };
    /// What is known of a local besides itself, made when it is asked for.
    struct LocalEntry {
        Local local{};
        bool retransmits{false};
        std::array<std::atomic<Moves*>, 2> moves{};

        LocalEntry() = default;
        explicit LocalEntry(const Local& l)
            : local{l},
              retransmits{l.config.runs(timer::retransmission) && l.config.state >= lastack::State::SynReceived} {}
        LocalEntry& operator=(const LocalEntry& e) {
            local = e.local;
            retransmits = e.retransmits;
            return *this;
        }
        ~LocalEntry() {
            for (auto& m : moves) delete m.load();
        }
        friend bool operator==(const LocalEntry& a, const LocalEntry& b) { return a.local == b.local; }
    };

    Bounds bounds;
    Step step;
    bool alike;  ///< both ends: what one does the other would do
    std::array<std::uint32_t, budget_count> radix{};
    std::array<std::uint8_t, budget_count> limit{};
    std::uint32_t full_budgets{0};
    std::vector<Budgets> budgets{};

    Interned<LocalEntry> locals{std::size_t{1} << local_bits};
    Interned<ChannelEntry> channels{std::size_t{1} << channel_bits};
    Interned<Segment> segments{std::size_t{1} << 16};
    Memo arrivals{};
    std::atomic<std::size_t> moves_bytes{0};

    explicit Tables(const Bounds& b, Step s) : bounds{b}, step{std::move(s)} {
        if (b.capacity < 1 || b.capacity > most_under_way)
            throw std::invalid_argument{"the capacity of a channel is 1 to 8 segments, not " +
                                        std::to_string(b.capacity)};
        if (b.segment == 0) throw std::invalid_argument{"a segment has room for one octet of text at least, not for 0"};
        std::uint64_t product = 1;
        limit = limits(b);
        for (std::size_t i = 0; i < budget_count; ++i) {
            radix[i] = static_cast<std::uint32_t>(product);
            product *= limit[i] + 1u;
            if (product > 1u << budget_bits)
                throw std::invalid_argument{"the budgets have more than 65536 combinations: " + to_string(b)};
        }
        full_budgets = static_cast<std::uint32_t>(product - 1);
        for (std::uint32_t id = 0; id <= full_budgets; ++id) {
            const auto left = [&](Spend s2) { return static_cast<std::uint8_t>(left_of(id, s2)); };
            budgets.push_back({left(Spend::loss), left(Spend::duplicate), left(Spend::early), left(Spend::abort),
                               left(Spend::give_up), left(Spend::injection), left(Spend::crash)});
        }
        alike = !step && b.opens[0] == b.opens[1] && b.octets[0] == b.octets[1] && b.may_listen[0] == b.may_listen[1] &&
                b.may_call[0] == b.may_call[1] && b.may_close[0] == b.may_close[1] && b.window[0] == b.window[1] &&
                b.isn[0] == b.isn[1] && b.iss[0] == b.iss[1] && b.policies[0] == b.policies[1];
        intern_channel(Channel{});  // nothing under way is number 0
    }

    std::uint32_t left_of(std::uint32_t id, Spend s) const {
        const auto i = static_cast<std::size_t>(s);
        return id / radix[i] % (limit[i] + 1u);
    }
    bool spend(std::uint32_t& id, Spend s) const {
        if (left_of(id, s) == 0) return false;
        id -= radix[static_cast<std::size_t>(s)];
        return true;
    }

    template <class T>
    static std::uint32_t intern(Interned<T>& in, std::uint64_t hash, const T& value, const char* what) {
        const std::uint32_t id = in.add(hash, value).first;
        if (id == Interned<T>::full) throw TooMany{"more than " + std::to_string(in.size()) + " different " + what};
        return id;
    }
    std::uint32_t intern_local(const Local& l) { return intern(locals, hash_of(l), LocalEntry{l}, "ends"); }
    std::uint16_t intern_segment(const Segment& s) {
        return static_cast<std::uint16_t>(intern(segments, hash_of(s), s, "segments"));
    }
    std::uint32_t intern_channel(const Channel& c) {
        ChannelEntry entry{};
        entry.channel = c;
        const std::uint32_t known = channels.find(hash_of(c), entry);
        if (known != none) return known;
        const std::size_t choices = bounds.reordering ? c.size : std::min<std::size_t>(c.size, 1);
        for (std::size_t i = 0; i < choices; ++i) {
            if (i > 0 && c.ids[i] == c.ids[i - 1]) continue;  // sorted: the same once more
            Channel rest = c;
            std::copy(c.ids.begin() + static_cast<std::ptrdiff_t>(i + 1), c.ids.begin() + c.size,
                      rest.ids.begin() + static_cast<std::ptrdiff_t>(i));
            rest.ids[--rest.size] = 0;
            entry.arriving[entry.choices] = c.ids[i];
            entry.rest[entry.choices] = intern_channel(rest);
            ++entry.choices;
        }
        return intern(channels, hash_of(c), entry, "contents of a channel");
    }
    /// `none` where there is no room.
    std::uint32_t push(std::uint32_t channel, std::uint16_t segment) {
        Channel c = channels[channel].channel;
        if (c.size == bounds.capacity) return none;
        std::size_t at = c.size;
        if (bounds.reordering) {
            const Segment& s = segments[segment];
            while (at > 0 && before(s, segments[c.ids[at - 1]])) {
                c.ids[at] = c.ids[at - 1];
                --at;
            }
        }
        c.ids[at] = segment;
        ++c.size;
        return intern_channel(c);
    }

    // ---------------------------------------------------------------- what an end does by itself

    Outcome outcome(std::size_t end, const Config& c, const Event& e) const {
        if (step) return step(end, c, e);
        const Instruments& with = bounds.instruments;
        return with.any() ? step_instrumented(c, e, bounds.policies[end], with)
                          : lastack::step(c, e, bounds.policies[end]);
    }

    Seq iss(std::size_t end, std::uint8_t number) const {
        constexpr std::uint32_t far = 0x100000;  // more than a window that is not scaled
        const Seq first = bounds.iss[end];
        switch (bounds.isn[end]) {
            case IsnChoice::beyond:
                return first + number * far;
            case IsnChoice::inside:
                return first + number * std::max<std::uint32_t>(bounds.window[1 - end] / 4, bounds.octets[end] + 3u);
            case IsnChoice::behind:
                return first - number * far;
            case IsnChoice::same:
                break;
        }
        return first;
    }

    Local after(std::size_t end, const Local& from, const Config& next) const {
        Local to = from;
        to.config = next;
        const bool chose = next.iss_chosen && (!from.config.iss_chosen || next.iss != from.config.iss);
        // So many that the numbers of all incarnations differ; SYN-RECEIVED may return to LISTEN more often.
        if (chose && to.numbers < bounds.opens[end] + 1) ++to.numbers;
        if (next.state == lastack::State::Closed && from.config.state != lastack::State::Closed) {
            to.octets = to.opens > 0 ? bounds.octets[end] : 0;
            if (to.opens == 0) to.numbers = 0;
        }
        return to;
    }

    Arrival arrival_of(std::size_t end, const Local& l, const Segment& s) const {
        Arrival a;
        a.segment = s;
        a.iss_given = true;
        a.iss = iss(end, l.numbers);
        return a;
    }
    Local after_arrival(std::size_t end, const Local& l, const Segment& s) const {
        return after(end, l, outcome(end, l.config, arrival_of(end, l, s)).next);
    }

    Moves* make_moves(std::size_t end, std::uint32_t id) {
        const Local l = locals[id].local;
        const Config& c = l.config;
        auto made = std::make_unique<Moves>();
        using Needs = LocalMove::Needs;
        using Costs = LocalMove::Costs;

        const auto add = [&](const Event& e, const Local& from, Needs needs, Costs costs) {
            const Outcome out = outcome(end, c, e);
            if (out.verdict == Verdict::refused) return;
            const Local to = after(end, from, out.next);
            const Departure* d = std::get_if<Departure>(&e);
            if (to == l && d == nullptr) return;
            const auto segment = d == nullptr ? std::nullopt : std::optional{intern_segment(d->segment)};
            made->moves.push_back({e, intern_local(to), segment, needs, costs});
        };
        const auto call = [&](CallKind kind, std::uint32_t octets = 0) {
            Call k;
            k.kind = kind;
            k.octets = octets;
            k.rcv_wnd = bounds.window[end];
            k.iss_given =
                kind == CallKind::open_active || (kind == CallKind::send && c.state == lastack::State::Listen);
            if (k.iss_given) k.iss = iss(end, l.numbers);
            return k;
        };

        if (c.state == lastack::State::Closed) {
            Local opening = l;
            opening.octets = bounds.octets[end];
            if (l.opens > 0) {
                --opening.opens;
                if (bounds.may_listen[end]) add(call(CallKind::open_passive), opening, Needs::nothing, Costs::nothing);
                if (bounds.may_call[end]) add(call(CallKind::open_active), opening, Needs::nothing, Costs::nothing);
            }
        } else {
            const bool listens = c.state == lastack::State::Listen;
            if (listens && bounds.may_call[end]) add(call(CallKind::open_active), l, Needs::nothing, Costs::nothing);
            if (l.octets > 0 && (!listens || bounds.may_call[end])) {
                Local sending = l;
                --sending.octets;
                add(call(CallKind::send, 1), sending, Needs::nothing, Costs::nothing);
            }
            if (c.unread > 0) add(call(CallKind::receive, c.unread), l, Needs::nothing, Costs::nothing);
            if (bounds.receive_ahead && c.unread == 0 && c.wanted == 0)
                add(call(CallKind::receive, 1), l, Needs::nothing, Costs::nothing);
            if (bounds.may_close[end]) add(call(CallKind::close), l, Needs::nothing, Costs::nothing);
            if (bounds.aborts > 0) add(call(CallKind::abort), l, Needs::nothing, Costs::abort);
        }

        SchedulerOptions options;
        options.iss = iss(end, l.numbers);
        options.max_text = bounds.segment;
        std::vector<Segment> leaving = departures(c, options);
        if (!bounds.every_departure && !leaving.empty()) leaving.resize(1);
        made->idle = leaving.empty();
        made->resets = std::any_of(leaving.begin(), leaving.end(), [](const Segment& s) { return s.rst(); });
        for (const Segment& s : leaving) add(Departure{s}, l, Needs::nothing, Costs::nothing);
        options.probe = true;
        for (const Segment& s : departures(c, options)) {
            if (std::find(leaving.begin(), leaving.end(), s) == leaving.end() && made->idle)
                add(Departure{s}, l, Needs::quiet, Costs::nothing);
        }

        const auto time_out = [&](TimeoutKind kind, Needs needs, Costs costs) { add(Timeout{kind}, l, needs, costs); };
        if (c.runs(timer::retransmission)) time_out(TimeoutKind::retransmission, Needs::quiet_or_early, Costs::nothing);
        if (c.runs(timer::user) && bounds.give_ups > 0) time_out(TimeoutKind::user, Needs::nothing, Costs::give_up);
        if (c.runs(timer::time_wait)) time_out(TimeoutKind::time_wait, Needs::time_wait_over, Costs::nothing);
        if (c.runs(timer::fin_wait_2)) time_out(TimeoutKind::fin_wait_2, Needs::quiet, Costs::nothing);

        if (bounds.injections > 0) made->injections = explore::injections(c, bounds.blind);
        return made.release();
    }

    const Moves& moves_of(std::size_t end, std::uint32_t id) {
        std::atomic<Moves*>& place = locals[id].moves[alike ? 0 : end];
        Moves* moves = place.load(std::memory_order_acquire);
        if (moves != nullptr) return *moves;
        Moves* made = make_moves(end, id);
        if (place.compare_exchange_strong(moves, made, std::memory_order_acq_rel)) {
            moves_bytes += sizeof(Moves) + made->moves.size() * sizeof(LocalMove);
            return *made;
        }
        delete made;
        return *moves;
    }

    static std::uint64_t key(std::uint32_t id, std::uint16_t segment) { return std::uint64_t{id} << 16 | segment; }

    std::uint32_t arrival(std::size_t end, std::uint32_t local, std::uint16_t segment) {
        const std::size_t as = alike ? 0 : end;
        return arrivals.get(key(local, segment) << 1 | as,
                            [&] { return intern_local(after_arrival(end, locals[local].local, segments[segment])); });
    }
};

TwoEnds::TwoEnds(const Bounds& bounds, Step step) : tables_{std::make_unique<Tables>(bounds, std::move(step))} {}
TwoEnds::~TwoEnds() = default;

const Bounds& TwoEnds::bounds() const { return tables_->bounds; }

TwoEnds::State TwoEnds::initial() const {
    Unpacked u{};
    for (std::size_t end = 0; end < 2; ++end) {
        Local l;
        l.opens = tables_->bounds.opens[end];
        l.octets = l.opens > 0 ? tables_->bounds.octets[end] : std::uint8_t{0};
        u.local[end] = tables_->intern_local(l);
    }
    u.budgets = tables_->full_budgets;
    return pack(u);
}

// ------------------------------------------------------------------------------------------ moves

struct TwoEnds::Worker::Caches {
    std::array<Map, 2> arrivals{};
    Map pushes{};
};

TwoEnds::Worker::Worker(TwoEnds& system) : system_{&system}, caches_{std::make_unique<Caches>()} {}
TwoEnds::Worker::~Worker() = default;
TwoEnds::Worker::Worker(Worker&&) noexcept = default;

const std::vector<TwoEnds::Successor>& TwoEnds::Worker::successors(const State& s) {
    Tables& t = *system_->tables_;
    const Bounds& bounds = t.bounds;
    found_.clear();
    const Unpacked u = unpack(s);
    const std::array<const Tables::Moves*, 2> moves{&t.moves_of(0, u.local[0]), &t.moves_of(1, u.local[1])};
    const bool quiet = u.channel[0] == 0 && u.channel[1] == 0 && moves[0]->idle && moves[1]->idle;

    const auto pushed = [&](std::uint32_t channel, std::uint16_t segment) {
        const auto [found, fresh] = caches_->pushes.emplace(Tables::key(channel, segment), none);
        if (fresh) found->second = t.push(channel, segment);
        return found->second;
    };
    const auto arrived = [&](std::size_t end, std::uint32_t local, std::uint16_t segment) {
        Map& cache = caches_->arrivals[t.alike ? 0 : end];
        const std::uint64_t key = Tables::key(local, segment);
        const auto found = cache.find(key);
        if (found != cache.end()) return found->second;
        const std::uint32_t next = t.arrival(end, local, segment);
        cache.emplace(key, next);
        return next;
    };
    const auto take = [&](const Unpacked& to, MoveKind kind, std::size_t end, std::size_t index,
                          std::uint8_t what = 0) {
        found_.push_back({pack(to), {kind, static_cast<std::uint8_t>(end), what, static_cast<std::uint16_t>(index)}});
    };

    for (std::size_t end = 0; end < 2; ++end) {
        const std::size_t peer = 1 - end;
        const auto& mine = moves[end]->moves;
        const bool resets = moves[end]->resets && t.channels[u.channel[end]].channel.size < bounds.capacity;
        for (std::size_t i = 0; i < mine.size(); ++i) {
            const LocalMove& m = mine[i];
            if (resets && !(m.segment && t.segments[*m.segment].rst())) continue;
            Unpacked to = u;
            switch (m.needs) {
                case LocalMove::Needs::nothing:
                    break;
                case LocalMove::Needs::quiet:
                    if (!quiet) continue;
                    break;
                case LocalMove::Needs::quiet_or_early:
                    if (!quiet && !t.spend(to.budgets, Spend::early)) continue;
                    break;
                case LocalMove::Needs::time_wait_over:
                    if (!quiet || t.locals[u.local[peer]].retransmits) continue;
                    break;
            }
            if (m.costs == LocalMove::Costs::abort && !t.spend(to.budgets, Spend::abort)) continue;
            if (m.costs == LocalMove::Costs::give_up && !t.spend(to.budgets, Spend::give_up)) continue;
            to.local[end] = m.next;
            if (m.segment) {
                to.channel[end] = pushed(u.channel[end], *m.segment);
                if (to.channel[end] == none) continue;
            }
            take(to, m.kind(), end, i, m.what());
        }

        const Tables::ChannelEntry& way = t.channels[u.channel[peer]];
        for (std::size_t i = 0; i < way.choices; ++i) {
            if (!resets) {
                Unpacked to = u;
                to.local[end] = arrived(end, u.local[end], way.arriving[i]);
                to.channel[peer] = way.rest[i];
                take(to, MoveKind::arrives, end, i);
                if (bounds.duplicates > 0) {
                    to.channel[peer] = u.channel[peer];
                    if (t.spend(to.budgets, Spend::duplicate)) take(to, MoveKind::arrives_twice, end, i);
                }
            }
            if (bounds.losses > 0) {
                Unpacked without = u;
                without.channel[peer] = way.rest[i];
                if (t.spend(without.budgets, Spend::loss)) take(without, MoveKind::lost, end, i);
            }
        }

        if (bounds.injections > 0 && !resets) {
            Unpacked to = u;
            if (t.spend(to.budgets, Spend::injection)) {
                const auto& forged = moves[end]->injections;
                for (std::size_t i = 0; i < forged.size(); ++i) {
                    const std::uint32_t next = arrived(end, u.local[end], t.intern_segment(forged[i]));
                    if (next == u.local[end]) continue;  // without effect: spends the budget for nothing
                    to.local[end] = next;
                    take(to, MoveKind::injected, end, i);
                }
            }
        }
        if (bounds.crashes > 0 && t.locals[u.local[end]].local.config.state != lastack::State::Closed) {
            Unpacked to = u;
            if (t.spend(to.budgets, Spend::crash)) {
                to.local[end] = system_->crashed(end, u.local[end]);
                take(to, MoveKind::crash, end, 0);
            }
        }
    }
    return found_;
}

// --------------------------------------------------------------------------------- what a state says

std::uint32_t TwoEnds::local_id(const State& s, std::size_t end) const { return unpack(s).local[end]; }
const Local& TwoEnds::local(std::uint32_t id) const { return tables_->locals[id].local; }
std::uint32_t TwoEnds::channel_id(const State& s, std::size_t sender) const { return unpack(s).channel[sender]; }
std::vector<std::uint16_t> TwoEnds::under_way(const State& s, std::size_t sender) const {
    const Channel& c = tables_->channels[channel_id(s, sender)].channel;
    return {c.ids.begin(), c.ids.begin() + c.size};
}
const Segment& TwoEnds::segment(std::uint16_t id) const { return tables_->segments[id]; }
std::uint32_t TwoEnds::budgets_id(const State& s) const { return unpack(s).budgets; }
const Budgets& TwoEnds::budgets(const State& s) const { return tables_->budgets[budgets_id(s)]; }
bool TwoEnds::quiet(const State& s) const {
    const Unpacked u = unpack(s);
    return u.channel[0] == 0 && u.channel[1] == 0 && idle(0, u.local[0]) && idle(1, u.local[1]);
}

std::uint16_t TwoEnds::arriving(const State& s, Label label) const {
    return tables_->channels[unpack(s).channel[1u - label.end]].arriving[label.index];
}

Move TwoEnds::move(const State& s, Label label) const {
    const Unpacked u = unpack(s);
    const std::size_t end = label.end;
    const Local& l = local(u.local[end]);
    Move m;
    m.label = label;
    switch (label.kind) {
        case MoveKind::call:
        case MoveKind::departs:
        case MoveKind::timeout: {
            const LocalMove& mine = local_moves(end, u.local[end])[label.index];
            m.event = mine.event;
            if (mine.segment) m.segment = segment(*mine.segment);
            m.early = mine.needs == LocalMove::Needs::quiet_or_early && !quiet(s);
            break;
        }
        case MoveKind::arrives:
        case MoveKind::arrives_twice:
        case MoveKind::lost:
            m.segment = segment(arriving(s, label));
            if (label.kind != MoveKind::lost) m.event = tables_->arrival_of(end, l, m.segment);
            break;
        case MoveKind::injected:
            m.segment = tables_->moves_of(end, u.local[end]).injections[label.index];
            m.event = tables_->arrival_of(end, l, m.segment);
            break;
        case MoveKind::crash:
        case MoveKind::attempted:
            break;
    }
    return m;
}

Outcome TwoEnds::outcome(std::size_t end, const Config& c, const Event& e) const { return tables_->outcome(end, c, e); }

std::size_t TwoEnds::locals() const { return tables_->locals.size(); }
std::size_t TwoEnds::channels() const { return tables_->channels.size(); }
std::size_t TwoEnds::segments() const { return tables_->segments.size(); }
std::size_t TwoEnds::bytes() const {
    const Tables& t = *tables_;
    return t.locals.bytes() + t.channels.bytes() + t.segments.bytes() + t.arrivals.bytes() + t.moves_bytes;
}
MoveKind TwoEnds::LocalMove::kind() const {
    if (std::holds_alternative<Departure>(event)) return MoveKind::departs;
    return std::holds_alternative<Timeout>(event) ? MoveKind::timeout : MoveKind::call;
}
std::uint8_t TwoEnds::LocalMove::what() const {
    if (const Call* c = std::get_if<Call>(&event)) return static_cast<std::uint8_t>(c->kind);
    if (const Timeout* t = std::get_if<Timeout>(&event)) return static_cast<std::uint8_t>(t->kind);
    return 0;
}
const std::vector<TwoEnds::LocalMove>& TwoEnds::local_moves(std::size_t end, std::uint32_t local) const {
    return tables_->moves_of(end, local).moves;
}
bool TwoEnds::idle(std::size_t end, std::uint32_t local) const { return tables_->moves_of(end, local).idle; }
bool TwoEnds::retransmits(std::uint32_t local) const { return tables_->locals[local].retransmits; }
std::uint32_t TwoEnds::arrival(std::size_t end, std::uint32_t local, std::uint16_t segment) const {
    return tables_->arrival(end, local, segment);
}
std::uint32_t TwoEnds::arrival(std::size_t end, std::uint32_t local, const Segment& segment) const {
    return tables_->intern_local(tables_->after_arrival(end, tables_->locals[local].local, segment));
}
std::uint32_t TwoEnds::happened(std::size_t end, std::uint32_t local, const Outcome& outcome) const {
    return tables_->intern_local(tables_->after(end, tables_->locals[local].local, outcome.next));
}
std::uint32_t TwoEnds::crashed(std::size_t end, std::uint32_t local) const {
    return tables_->intern_local(tables_->after(end, tables_->locals[local].local, Config{}));
}
Arrival TwoEnds::arrival_event(std::size_t end, std::uint32_t local, const Segment& segment) const {
    return tables_->arrival_of(end, tables_->locals[local].local, segment);
}

// ---------------------------------------------------------------------------------------- injections

std::vector<Segment> injections(const Config& c, bool blind) {
    constexpr std::uint32_t far = 0x40000;  // beyond every window that is not scaled
    const bool knows_peer = c.state == lastack::State::SynReceived || synchronized(c.state);
    const Seq expected = knows_peer ? c.rcv_nxt : Seq{far};
    std::vector<Seq> places;
    if (!blind) places.push_back(expected);
    if (knows_peer) {
        if (!blind) places.push_back(expected - 1);
        if (c.rcv_wnd > 1) places.push_back(expected + c.rcv_wnd / 2);
        if (!blind) places.push_back(expected + c.rcv_wnd);
        places.push_back(expected - far);
    } else if (blind) {
        places.push_back(expected);
    }
    std::vector<Seq> acknowledged{c.snd_una + far};
    if (c.iss_chosen) {
        if (!blind) acknowledged.push_back(c.snd_nxt);
        if (c.snd_una != c.snd_nxt && !blind) acknowledged.push_back(c.snd_una);
    }

    std::vector<Segment> all;
    const auto add = [&](std::uint8_t flags, Seq seq, Seq ack, std::uint32_t text) {
        Segment s;
        s.flags = flags;
        s.seq = seq;
        if (s.has_ack()) s.ack = ack;
        s.text = text;
        s.wnd = s.rst() ? 0 : 65535;
        if (std::find(all.begin(), all.end(), s) == all.end()) all.push_back(s);
    };
    for (const Seq seq : places) {
        add(flag::rst, seq, Seq{}, 0);
        add(flag::syn, seq, Seq{}, 0);
        for (const Seq ack : acknowledged) {
            add(flag::ack, seq, ack, 0);
            add(flag::ack, seq, ack, 1);
            add(flag::ack | flag::fin, seq, ack, 0);
            add(flag::ack | flag::syn, seq, ack, 0);
            add(flag::ack | flag::rst, seq, ack, 0);
        }
    }
    return all;
}

// ------------------------------------------------------------------------------------------- as text

std::string_view name(IsnChoice choice) {
    constexpr std::array<std::string_view, 4> names{"beyond", "inside", "same", "behind"};
    return names[static_cast<std::size_t>(choice)];
}

std::string to_string(const Bounds& b) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    const auto pair = [&](const char* what, const std::array<std::uint8_t, 2>& n) {
        add(std::string{what} + " " + std::to_string(n[0]) + (n[0] == n[1] ? "" : " and " + std::to_string(n[1])));
    };
    pair("OPENs", b.opens);
    pair("octets", b.octets);
    const auto budget = [&](const char* what, std::uint8_t n) {
        if (n > 0) add(std::string{what} + " " + std::to_string(n));
    };
    budget("losses", b.losses);
    budget("duplicates", b.duplicates);
    budget("early retransmissions", b.early_retransmissions);
    budget("aborts", b.aborts);
    budget("give-ups", b.give_ups);
    budget("injections", b.injections);
    budget("crashes", b.crashes);
    add("capacity " + std::to_string(b.capacity));
    add(b.reordering ? "reordering" : "in order");
    const auto ends = [&](const char* what, const std::array<bool, 2>& may) {
        for (std::size_t end = 0; end < 2; ++end)
            if (!may[end]) add(letter(end) + " never " + what);
    };
    ends("listens", b.may_listen);
    ends("calls", b.may_call);
    ends("closes", b.may_close);
    if (b.receive_ahead) add("RECEIVE ahead");
    if (b.segment < 65535) add("segments of " + std::to_string(b.segment));
    if (!b.every_departure) add("eager departures");
    if (b.blind) add("blind injections");
    const Bounds usual;
    if (b.window != usual.window) add("windows " + std::to_string(b.window[0]) + " and " + std::to_string(b.window[1]));
    if (b.isn != usual.isn) add("ISNs " + std::string{name(b.isn[0])} + " and " + std::string{name(b.isn[1])});
    if (b.instruments.off) add("without " + std::string{id(b.instruments.off)});
    if (b.instruments.inverted) add("inverted " + std::string{id(b.instruments.inverted)});
    if (b.instruments.variant != Variant::none) add("variant " + std::string{lastack::name(b.instruments.variant)});
    return text;
}

std::string to_string(const Move& m) {
    const std::string me = letter(m.label.end), peer = letter(1u - m.label.end);
    const std::string segment = lastack::to_string(m.segment);
    if (m.label.kind == MoveKind::attempted) {
        if (std::holds_alternative<Departure>(*m.event)) return me + " tries to send " + segment;
        if (const Timeout* t = std::get_if<Timeout>(&*m.event)) return me + ": " + std::string{name(t->kind)};
        return me + " tries " + std::string{name(std::get<Call>(*m.event).kind)};
    }
    switch (m.label.kind) {
        case MoveKind::call: {
            const Call& c = std::get<Call>(*m.event);
            const std::string octets = c.octets > 0 ? " " + std::to_string(c.octets) : "";
            return me + ": " + std::string{name(c.kind)} + octets;
        }
        case MoveKind::departs:
            return me + " sends " + segment;
        case MoveKind::timeout:
            return me + ": " + std::string{name(std::get<Timeout>(*m.event).kind)} + (m.early ? ", early" : "");
        case MoveKind::arrives:
            return me + " receives " + segment;
        case MoveKind::arrives_twice:
            return me + " receives a copy of " + segment;
        case MoveKind::lost:
            return peer + "->" + me + " lost: " + segment;
        case MoveKind::injected:
            return me + " receives, forged: " + segment;
        case MoveKind::crash:
            return me + ": crash";
        case MoveKind::attempted:
            break;
    }
    return "";
}

}  // namespace lastack::explore
