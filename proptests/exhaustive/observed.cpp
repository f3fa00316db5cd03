#include "lastack/exhaustive/observed.hpp"

#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "lastack/explore/interned.hpp"
#include "lastack/support/facts.hpp"
#include "lastack/support/pair_view.hpp"
#include "lastack/support/run.hpp"

namespace lastack::exhaustive {

using explore::Hash;
using explore::Interned;
using explore::Marks;
using explore::MoveKind;
using support::EndRecord;
using support::Facts;
using support::Finding;
using support::Observation;
using support::Peer;

namespace {

constexpr Peer peer_of(std::size_t end) { return end == 0 ? Peer::a : Peer::b; }

std::uint64_t hash_of(const EndRecord& r) {
    const support::Past& p = r.past;
    return Hash{}
        .add(p.close_called | p.abort_called << 1 | p.fin_left << 2 | p.syn_left << 3 | p.passed_established << 4 |
             p.gave_up << 5 | r.syn_ack_left << 6)
        .add(p.first_sent.value)
        .add(p.sent_end.value)
        .add(p.fin_number.value)
        .add(p.sent)
        .add(p.delivered)
        .add(p.departed)
        .add(r.taken)
        .add(r.accepted)
        .get();
}

std::uint64_t hash_of(const Facts& f) {
    std::array<std::uint64_t, sizeof(Facts) / 8> words;
    static_assert(sizeof words == sizeof(Facts));
    std::memcpy(words.data(), &f, sizeof f);
    Hash h;
    for (const std::uint64_t w : words) h.add(w);
    return h.get();
}

/// What is noted of a state, by the numbers of its parts.
struct Noted {
    std::array<std::uint32_t, 2> records{};
    std::uint32_t facts{0};
    friend bool operator==(const Noted&, const Noted&) = default;
};
std::uint64_t hash_of(const Noted& n) { return Hash{}.add(n.records[0]).add(n.records[1]).add(n.facts).get(); }

template <class T>
std::uint32_t number_of(Interned<T>& in, const T& value) {
    const std::uint32_t id = in.add(hash_of(value), value).first;
    if (id == Interned<T>::full) throw explore::TwoEnds::TooMany{"more books than there is room for"};
    return id;
}

}  // namespace

std::span<const PropertyBit> property_bits() {
    static const std::vector<PropertyBit> all = [] {
        std::vector<PropertyBit> bits;
        for (const support::EndProperty& p : support::end_properties()) bits.push_back({p.id, &p, nullptr});
        for (const support::PairProperty& p : support::pair_properties()) {
            const bool both = support::end_property(p.id) != nullptr;  // L1, L2, L8: what two ends say of them
            if (!both) bits.push_back({p.id, nullptr, &p});
        }
        return bits;
    }();
    return all;
}

unsigned bit_of(std::string_view id) {
    const auto all = property_bits();
    unsigned i = 0;
    while (i < all.size() && all[i].id != id) ++i;
    return i < all.size() ? i : 64;
}

Policy decided(Policy policy) {
    for (const ChoiceInfo& c : choices()) {
        if (!policy.decided(c.choice)) policy = policy.with(c.choice, 0);
    }
    return policy;
}

explore::TwoEnds::Step faulty_step(const explore::Bounds& b, const std::array<support::Subject, 2>& subjects) {
    if (!subjects[0].faulty() && !subjects[1].faulty()) return {};
    return [policies = b.policies, subjects](std::size_t end, const Config& c, const Event& e) {
        return subjects[end].step(c, e, policies[end]);
    };
}

namespace {

explore::Bounds with_decided(explore::Bounds bounds) {
    for (Policy& p : bounds.policies) p = decided(p);
    return bounds;
}

Marks marks_of_end(const Observation& o) {
    Marks marks;
    const auto all = property_bits();
    for (unsigned i = 0; i < all.size() && all[i].of_end != nullptr; ++i) {
        const Finding f = all[i].of_end->check(o);
        if (f == Finding::broken) marks.broken |= std::uint64_t{1} << i;
        if (f == Finding::witness) marks.seen |= std::uint64_t{1} << i;
    }
    return marks;
}

unsigned first_of_pair() {
    static const unsigned first = [] {
        unsigned i = 0;
        while (property_bits()[i].of_end != nullptr) ++i;
        return i;
    }();
    return first;
}

void mark_pair(const support::PairObservation& o, Marks& marks) {
    const auto all = property_bits();
    for (unsigned i = first_of_pair(); i < all.size(); ++i) {
        const Finding f = all[i].of_pair->check(o);
        if (f == Finding::broken) marks.broken |= std::uint64_t{1} << i;
        if (f == Finding::witness) marks.seen |= std::uint64_t{1} << i;
    }
}

/// A state as the properties see it.
class View final : public support::PairView {
public:
    std::array<const Config*, 2> configs{};
    std::array<const Policy*, 2> policies{};
    Facts noted{};
    std::array<EndRecord, 2> records{};
    std::vector<support::UnderWay> under_way_now{};

    const Config& config(Peer p) const override { return *configs[support::index(p)]; }
    const Policy& policy(Peer p) const override { return *policies[support::index(p)]; }
    const Facts& facts() const override { return noted; }
    const EndRecord& record(Peer p) const override { return records[support::index(p)]; }
    std::span<const support::UnderWay> way() const override { return under_way_now; }
};

}  // namespace

// ------------------------------------------------------------------------------------------- two ends

struct ObservedPair::Book {
    explore::Bounds bounds;
    explore::TwoEnds ends;
    Interned<EndRecord> records{};
    Interned<Facts> facts{};
    Interned<Noted> noted{};

    Book(const explore::Bounds& b, const std::array<support::Subject, 2>& subjects)
        : bounds{with_decided(b)}, ends{bounds, faulty_step(bounds, subjects)} {}

    /// The facts that a run begins with: where segments may be reordered, who overtook whom is not kept.
    Facts none_yet() const {
        Facts f{};
        if (bounds.reordering) f.lost = f.doubled = f.overtaken = f.repeated = f.overflowed = true;
        return f;
    }
};

/// What a thread has found out already, so that it need not ask for it under a lock or compute it anew.
struct ObservedPair::Worker::Caches {
    struct Step {
        Event event;
        Outcome outcome;
    };
    struct Judged {
        Marks marks;
        std::uint32_t record;
    };
    View view{};
    std::deque<Step> steps{};
    std::unordered_map<std::uint64_t, std::uint32_t> step_of{};               ///< by end, local, move
    std::unordered_map<std::uint64_t, Judged> judged{};                       ///< by step and record
    std::unordered_map<std::uint64_t, std::uint32_t> facts_of{}, noted_of{};  ///< by hash
};

namespace {

/// As number_of(), asking what this thread knows first.
template <class T>
std::uint32_t number_of(Interned<T>& in, std::unordered_map<std::uint64_t, std::uint32_t>& known, const T& value) {
    const auto [found, fresh] = known.try_emplace(hash_of(value), 0);
    if (!fresh && std::as_const(in)[found->second] == value) return found->second;
    return found->second = number_of(in, value);
}

/// Where segments were lost, doubled, overtaken or repeated, nobody asks any more which of it, nor whether a window
/// was met that was too small.
void forget_which(Facts& f) {
    if (!f.fifo()) f.lost = f.doubled = f.overtaken = f.repeated = f.overflowed = true;
}

}  // namespace

ObservedPair::ObservedPair(explore::Bounds bounds, std::array<support::Subject, 2> subjects)
    : book_{std::make_unique<Book>(bounds, subjects)} {}
ObservedPair::~ObservedPair() = default;

explore::TwoEnds& ObservedPair::ends() { return book_->ends; }
const Facts& ObservedPair::facts(const State& s) const { return book_->facts[book_->noted[s.noted].facts]; }
std::size_t ObservedPair::noted() const { return book_->noted.size(); }
std::size_t ObservedPair::bytes() const {
    return book_->ends.bytes() + book_->records.bytes() + book_->facts.bytes() + book_->noted.bytes();
}

ObservedPair::State ObservedPair::initial() const {
    Noted n;
    n.records.fill(number_of(book_->records, EndRecord{}));
    n.facts = number_of(book_->facts, book_->none_yet());
    return {book_->ends.initial(), number_of(book_->noted, n)};
}

ObservedPair::Worker::Worker(ObservedPair& system)
    : system_{&system}, inner_{system.book_->ends.worker()}, caches_{std::make_unique<Caches>()} {}
ObservedPair::Worker::~Worker() = default;
ObservedPair::Worker::Worker(Worker&&) noexcept = default;

const std::vector<ObservedPair::Worker::Successor>& ObservedPair::Worker::list(const State& s) {
    Book& book = *system_->book_;
    const explore::TwoEnds& ends = book.ends;
    Caches& known = *caches_;
    found_.clear();

    Noted noted = book.noted[s.noted];
    const std::array<std::uint32_t, 2> locals{ends.local_id(s.ends, 0), ends.local_id(s.ends, 1)};
    std::array<const Config*, 2> before{};
    for (std::size_t end = 0; end < 2; ++end) before[end] = &ends.local(locals[end]).config;
    Facts facts = book.facts[noted.facts];
    const std::size_t under_way = (ends.channel_id(s.ends, 0) != 0 ? 1 : 0) + (ends.channel_id(s.ends, 1) != 0 ? 1 : 0);
    support::begin_anew_if_all_is_over(facts, *before[0], *before[1], under_way);
    if (facts == Facts{}) {  // and nobody will ask for the records of what is over
        facts = book.none_yet();
        noted.records.fill(number_of(book.records, EndRecord{}));
        noted.facts = number_of(book.facts, known.facts_of, facts);
    }

    View& view = known.view;
    for (std::size_t end = 0; end < 2; ++end) view.policies[end] = &book.bounds.policies[end];

    // An event of an end, and what comes of it: computed once for each (local, event).
    const auto step = [&](std::size_t end, const explore::Label& label) {
        const bool arrives = label.kind == MoveKind::arrives || label.kind == MoveKind::arrives_twice;
        const std::uint64_t what = arrives
                                       ? ends.arriving(s.ends, label)
                                       : 0x10000u | label.index | (label.kind == MoveKind::injected ? 0x20000u : 0u);
        const std::uint64_t key = (std::uint64_t{locals[end]} << 18 | what) << 1 | end;
        const auto [at, fresh] = known.step_of.try_emplace(key, static_cast<std::uint32_t>(known.steps.size()));
        if (fresh) {
            const Event event = *ends.move(s.ends, label).event;
            known.steps.push_back({event, ends.outcome(end, *before[end], event)});
        }
        return at->second;
    };

    for (const explore::TwoEnds::Successor& next : inner_.successors(s.ends)) {
        const explore::Label label = next.label;
        const std::size_t end = label.end;
        const Peer p = peer_of(end);
        Noted after = noted;
        Marks marks;
        view.noted = facts;

        for (std::size_t i = 0; i < 2; ++i) view.configs[i] = &ends.local(next.state, i).config;
        view.under_way_now.clear();
        for (std::size_t sender = 0; sender < 2; ++sender) {
            if (ends.channel_id(next.state, sender) == 0) continue;
            for (const std::uint16_t id : ends.under_way(next.state, sender))
                view.under_way_now.push_back({ends.segment(id), peer_of(sender), 0, 0});
        }
        const auto look_at_records = [&] {
            for (std::size_t i = 0; i < 2; ++i) view.records[i] = book.records[after.records[i]];
        };

        if (label.kind == MoveKind::lost) {
            view.noted.lost = true;
            forget_which(view.noted);
            look_at_records();
            mark_pair({view}, marks);
        } else if (label.kind == MoveKind::crash) {
            support::note_crash(view.noted, p, *before[end], *before[1 - end]);
            look_at_records();
            const support::Happening happening{p, nullptr, {}, before};
            support::PairObservation o{view};
            o.happening = &happening;
            mark_pair(o, marks);
        } else {
            if (label.kind == MoveKind::arrives_twice) view.noted.doubled = true;
            const std::uint32_t which = step(end, label);
            const Caches::Step& happened = known.steps[which];
            const Outcome& out = happened.outcome;
            EndRecord record = book.records[noted.records[end]];
            const support::Past past = record.past;
            const Observation o{*before[end], happened.event, out,  book.bounds.policies[end], past,
                                {},           out.next,       false};
            const bool forged = label.kind == MoveKind::injected;
            support::note(view.noted, record, p, o, *before[1 - end],
                          forged ? support::Came::forged : support::Came::in_turn);
            forget_which(view.noted);
            const auto [at, fresh] =
                known.judged.try_emplace(std::uint64_t{which} << 32 | noted.records[end], Caches::Judged{});
            if (fresh) at->second = {marks_of_end(o), number_of(book.records, record)};
            marks = at->second.marks;
            after.records[end] = at->second.record;
            look_at_records();
            const support::Happening happening{p, &o, forged ? std::nullopt : std::optional<std::size_t>{0}, before};
            support::PairObservation of_both{view};
            of_both.happening = &happening;
            mark_pair(of_both, marks);
        }

        after.facts = view.noted == facts ? noted.facts : number_of(book.facts, known.facts_of, view.noted);
        const std::uint32_t number = number_of(book.noted, known.noted_of, after);
        found_.push_back({{next.state, number}, {label, marks}});
    }
    return found_;
}

// -------------------------------------------------------------------------------------------- one end

struct ObservedEnd::Book {
    Policy policy;
    explore::OneEnd end;
    Interned<EndRecord> records{};

    Book(explore::OneEndBounds b, const support::Subject& subject)
        : policy{decided(b.policy)}, end{(b.policy = policy, b), step_of(policy, subject)} {}

    static explore::TwoEnds::Step step_of(const Policy& policy, const support::Subject& subject) {
        if (!subject.faulty()) return {};
        return [policy, subject](std::size_t, const Config& c, const Event& e) { return subject.step(c, e, policy); };
    }
};

ObservedEnd::ObservedEnd(explore::OneEndBounds bounds, support::Subject subject)
    : book_{std::make_unique<Book>(bounds, subject)} {}
ObservedEnd::~ObservedEnd() = default;

explore::OneEnd& ObservedEnd::end() { return book_->end; }
std::size_t ObservedEnd::bytes() const { return book_->end.bytes() + book_->records.bytes(); }
ObservedEnd::State ObservedEnd::initial() const {
    return {book_->end.initial().local, number_of(book_->records, EndRecord{})};
}

ObservedEnd::Judged ObservedEnd::judge(const State& s, const Event& event) {
    const Config& before = book_->end.local({s.end}).config;
    const Outcome out = book_->end.outcome(before, event);
    const EndRecord& was = book_->records[s.noted];
    const Observation o{before, event, out, book_->policy, was.past, {}, out.next, false};
    const Marks marks = marks_of_end(o);
    EndRecord now = was;
    support::note(now.past, o);
    if (out.next.state == lastack::State::Closed && out.next.owed_count == 0) now = {};  // nobody asks for what is over
    return {now == was ? s.noted : number_of(book_->records, now), marks};
}

}  // namespace lastack::exhaustive
