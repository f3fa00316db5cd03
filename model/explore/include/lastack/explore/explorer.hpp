// Explorer: every state that a system can reach, breadth first, on all cores. It knows nothing of TCP.
//
// A system says what its states are and what moves each of them has:
//
//     struct System {
//         using State = ...;   // trivially copyable, without padding, at most 16 octets
//         using Label = ...;   // what a move does, for people; the explorer hands it on and keeps none
//         struct Worker {      // one a thread, with caches of its own
//             // Calls take(const State& next, Label) for each move of `s`, in an order that depends on `s` alone.
//             template <class Take> void successors(const State& s, Take&& take);
//         };
//         State initial() const;
//         Worker worker();     // may be called by several threads at once
//     };
//
// How it works. States are split over shards by their hash; a shard keeps its states in the order in which they were
// found, each with the id of the state it was found from, and an open-addressing index over them. A level is worked
// off in blocks. First the threads take chunks of the block and write the successors to buffers, one for each thread
// and shard. Then they take shards, and whoever has a shard inserts its share of all buffers, in the order of the
// chunks. So nothing is locked, and every number, id, parent and path is the same for any number of threads.
//
// An ordinal is the place of a move among the moves of its state, from 0. A path is the ordinals from the initial
// state on: it names a run without storing one. A path that is given here is never longer than it must be.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace lastack::explore {

/// Names a state of one Explored: 6 bits of shard, 26 of position in it. So a run holds at most 2^26 - 1 states a
/// shard, some 4.2 * 10^9 in all, and ends as Stopped::states when it meets that bound.
using Id = std::uint32_t;

/// What a judge says of a state or a move, as bits of its own choice: properties broken, witnesses seen.
struct Marks {
    std::uint64_t broken{0};
    std::uint64_t seen{0};
};

/// Judges nothing and costs nothing. A judge has `Marks state(const State&)`, called once for each state that is
/// found, and `Marks move(const State& from, Label, const State& to)`, called once for each move, also to states that
/// are known already. Each thread judges by a copy of its own.
struct NoJudge {};

/// The first place where a bit was marked: a state, or, with an ordinal, a move of that state.
struct First {
    Id state{0};
    std::optional<std::uint32_t> ordinal;
    friend bool operator==(const First&, const First&) = default;
};

/// Why a run ended.
enum class Stopped : std::uint8_t {
    complete,  ///< every reachable state was found and every move of it judged
    found,     ///< a bit of Options::stop_on was marked as broken
    states,    ///< more than Options::most_states were found, or no ids were left
    bytes,     ///< more than Options::most_bytes would have been held, or the machine had no memory left
    time,      ///< Options::most_time was over
    by_caller  ///< Options::progress returned false
};

/// How far a run has come.
struct Progress {
    std::uint64_t states{0};    ///< found
    std::uint64_t moves{0};     ///< judged
    std::uint64_t frontier{0};  ///< states found whose moves are still to be taken
    std::uint32_t depth{0};     ///< of the states whose moves are being taken
    std::size_t bytes{0};       ///< held
    double seconds{0};          ///< since the beginning
};

struct Options {
    unsigned threads{0};  ///< 0: as many as the machine has cores
    /// A few more may be found before the run ends.
    std::uint64_t most_states{std::numeric_limits<std::uint64_t>::max()};
    std::size_t most_bytes{std::numeric_limits<std::size_t>::max()};  ///< of the explorer's own; caches of workers not
    std::chrono::duration<double> most_time{std::numeric_limits<double>::infinity()};
    std::uint64_t stop_on{0};  ///< bits of Marks::broken: the run ends behind the level in which one is marked
    /// Called by the thread that called explore(); returning false ends the run. What it throws, explore() throws.
    std::function<bool(const Progress&)> progress;
    std::chrono::duration<double> progress_every{0.1};
};

namespace detail {

constexpr unsigned shard_bits = 6;
constexpr unsigned position_bits = 32 - shard_bits;
constexpr std::uint32_t shard_count = 1u << shard_bits;
constexpr std::uint32_t most_positions = (1u << position_bits) - 1;  // the last one would look like an empty slot

constexpr Id id_of(std::uint32_t shard, std::uint32_t position) { return shard << position_bits | position; }
constexpr std::uint32_t shard_of(Id id) { return id >> position_bits; }
constexpr std::uint32_t position_of(Id id) { return id & ((1u << position_bits) - 1); }

template <class State>
inline std::uint64_t hash_of(const State& state) {
    static_assert(std::is_trivially_copyable_v<State> && std::has_unique_object_representations_v<State>,
                  "states are compared and hashed by their octets");
    static_assert(sizeof(State) <= 16);
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, &state, std::min<std::size_t>(sizeof state, 8));
    if constexpr (sizeof state > 8)
        std::memcpy(&high, reinterpret_cast<const std::byte*>(&state) + 8, sizeof state - 8);
    // Odd multipliers with well mixed bits; each round carries upper bits down.
    std::uint64_t h = (low + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    h ^= h >> 32;
    h = (h ^ (high * 0xd6e8feb86659fd93u)) * 0x94d049bb133111ebu;
    h ^= h >> 29;
    h *= 0xff51afd7ed558ccdu;
    return h ^ (h >> 32);
}

inline void prefetch(const void* where) {
#if defined(__GNUC__)
    __builtin_prefetch(where);
#else
    (void)where;
#endif
}

/// No id is left in a shard.
struct NoIds {};

/// Counts what is held, and refuses what would be too much as the allocator does.
class Budget {
public:
    explicit Budget(std::size_t most) : most_(most) {}
    void take(std::size_t bytes) {
        const std::size_t held = held_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
        if (held > most_) {
            give(bytes);
            throw std::bad_alloc();
        }
        std::size_t peak = peak_.load(std::memory_order_relaxed);
        while (held > peak && !peak_.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
        }
    }
    void give(std::size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }
    std::size_t held() const { return held_.load(std::memory_order_relaxed); }
    std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }

private:
    std::size_t most_;
    std::atomic<std::size_t> held_{0}, peak_{0};
};

/// Makes room for `more`, with what the vector allocates counted.
template <class T>
void reserve(Budget& budget, std::vector<T>& in, std::size_t more) {
    const std::size_t old = in.capacity();
    if (in.size() + more <= old) return;
    const std::size_t wanted = std::max(in.size() + more, old + old / 2);
    budget.take(wanted * sizeof(T));
    in.reserve(wanted);
    budget.give(old * sizeof(T));
}

/// A successor on its way into its shard.
template <class State>
struct Item {
    State state;
    Id parent;
};

/// States whose hashes share their upper bits.
template <class State>
class Shard {
public:
    static constexpr std::uint32_t most_in_batch = 32;

    std::uint32_t size() const { return size_; }
    const State& state(std::uint32_t position) const { return states_of(position)[position % chunk_size]; }
    Id parent(std::uint32_t position) const { return parents_of(position)[position % chunk_size]; }

    std::optional<std::uint32_t> find(const State& state) const {
        if (slots_.empty()) return std::nullopt;
        const std::uint64_t hash = hash_of(state);
        for (std::size_t at = home(hash); slots_[at] != empty; at = after(at))
            if (holds(slots_[at], hash, state)) return slots_[at] & position_mask;
        return std::nullopt;
    }

    /// Ask for the memory that find() will look at: first for the slot, and, when that is there, for the candidate.
    void ask_slot(const State& state) const {
        if (!slots_.empty()) prefetch(&slots_[home(hash_of(state))]);
    }
    void ask_candidate(const State& wanted) const {
        if (slots_.empty()) return;
        const std::uint64_t hash = hash_of(wanted);
        std::size_t at = home(hash);
        while (slots_[at] != empty && !tagged(slots_[at], hash)) at = after(at);
        if (slots_[at] != empty) prefetch(&state(slots_[at] & position_mask));
    }

    /// Inserts those of a batch that are new, in its order, and calls on_new(position, state) for each. Memory is
    /// slow and patient: all index slots are asked for first, then all candidates, and only then is anything compared.
    template <class OnNew>
    void insert(Budget& budget, const Item<State>* const* items, std::uint32_t count, OnNew&& on_new) {
        if (size_ + std::uint64_t{count} > slots_.size() - slots_.size() / 4) grow(budget, count);
        std::array<std::uint64_t, most_in_batch> hashes;
        std::array<std::size_t, most_in_batch> at;
        for (std::uint32_t i = 0; i < count; ++i) {
            hashes[i] = hash_of(items[i]->state);
            at[i] = home(hashes[i]);
            prefetch(&slots_[at[i]]);
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            // What is passed over here stays as it is: slots are never freed.
            while (slots_[at[i]] != empty && !tagged(slots_[at[i]], hashes[i])) at[i] = after(at[i]);
            if (slots_[at[i]] != empty) prefetch(&state(slots_[at[i]] & position_mask));
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const State& wanted = items[i]->state;
            std::size_t slot = at[i];
            while (slots_[slot] != empty && !holds(slots_[slot], hashes[i], wanted)) slot = after(slot);
            if (slots_[slot] != empty) continue;
            const std::uint32_t position = push(budget, *items[i]);
            slots_[slot] = tag(hashes[i]) | position;
            on_new(position, state(position));
        }
    }

    /// What was inserted since the last call is of this depth. The room for it is asked for before, so that it cannot
    /// fail when states are there already.
    void reserve_level(Budget& budget) { reserve(budget, levels_, 1); }
    void seal(std::uint32_t depth) {
        if (size_ == sealed_) return;
        levels_.push_back({sealed_, depth});
        sealed_ = size_;
    }
    std::uint32_t depth(std::uint32_t position) const {
        return std::prev(std::upper_bound(levels_.begin(), levels_.end(), position,
                                          [](std::uint32_t p, const Level& level) { return p < level.first; }))
            ->depth;
    }
    /// The positions of the states of this depth: from first to before second.
    std::pair<std::uint32_t, std::uint32_t> level(std::uint32_t depth) const {
        const auto it = std::lower_bound(levels_.begin(), levels_.end(), depth,
                                         [](const Level& level, std::uint32_t d) { return level.depth < d; });
        if (it == levels_.end() || it->depth != depth) return {0, 0};
        return {it->first, std::next(it) == levels_.end() ? size_ : std::next(it)->first};
    }

private:
    // A slot: 6 bits of the hash, so that few candidates are compared in vain, and the position.
    static constexpr std::uint32_t position_mask = (1u << position_bits) - 1;
    static constexpr std::uint32_t empty = ~0u;
    static constexpr std::uint32_t chunk_size = 256;
    static constexpr std::size_t chunk_octets = chunk_size * (sizeof(State) + sizeof(Id));

    struct Level {
        std::uint32_t first, depth;
    };

    static std::uint32_t tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash) << position_bits; }
    static bool tagged(std::uint32_t slot, std::uint64_t hash) { return ((slot ^ tag(hash)) & ~position_mask) == 0; }
    bool holds(std::uint32_t slot, std::uint64_t hash, const State& wanted) const {
        return tagged(slot, hash) && std::memcmp(&state(slot & position_mask), &wanted, sizeof(State)) == 0;
    }
    // The bits between those of the shard and those of the tag, scaled to the size of the index.
    std::size_t home(std::uint64_t hash) const { return ((hash >> 26 & 0xffff'ffffu) * slots_.size()) >> 32; }
    std::size_t after(std::size_t slot) const { return slot + 1 == slots_.size() ? 0 : slot + 1; }

    // A chunk is the states and then their parents.
    const State* states_of(std::uint32_t position) const {
        return reinterpret_cast<const State*>(chunks_[position / chunk_size].get());
    }
    const Id* parents_of(std::uint32_t position) const {
        return reinterpret_cast<const Id*>(chunks_[position / chunk_size].get() + chunk_size * sizeof(State));
    }

    std::uint32_t push(Budget& budget, const Item<State>& item) {
        if (size_ == most_positions) throw NoIds();
        const std::uint32_t in_chunk = size_ % chunk_size;
        if (in_chunk == 0 && size_ / chunk_size == chunks_.size()) {
            budget.take(chunk_octets);
            chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk_octets));
        }
        std::byte* const chunk = chunks_.back().get();
        std::memcpy(chunk + in_chunk * sizeof(State), &item.state, sizeof(State));
        std::memcpy(chunk + chunk_size * sizeof(State) + in_chunk * sizeof(Id), &item.parent, sizeof(Id));
        return size_++;
    }

    // Half as large again, so that the index is at least half full when it has just grown.
    void grow(Budget& budget, std::uint32_t more) {
        const std::size_t wanted =
            std::max<std::size_t>({64, slots_.size() + slots_.size() / 2, (std::size_t{size_} + more) * 4 / 3 + 1});
        budget.take(wanted * sizeof(std::uint32_t));
        std::vector<std::uint32_t> larger(wanted, empty);
        budget.give(slots_.size() * sizeof(std::uint32_t));
        slots_.swap(larger);
        std::array<std::uint64_t, most_in_batch> hashes;
        for (std::uint32_t begin = 0; begin < size_; begin += most_in_batch) {
            const std::uint32_t count = std::min(most_in_batch, size_ - begin);
            for (std::uint32_t i = 0; i < count; ++i) {
                hashes[i] = hash_of(state(begin + i));
                prefetch(&slots_[home(hashes[i])]);
            }
            for (std::uint32_t i = 0; i < count; ++i) {
                std::size_t slot = home(hashes[i]);
                while (slots_[slot] != empty) slot = after(slot);
                slots_[slot] = tag(hashes[i]) | (begin + i);
            }
        }
    }

    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::vector<std::uint32_t> slots_;
    std::vector<Level> levels_;  // only those that have states here
    std::uint32_t size_{0}, sealed_{0};
};

template <class State>
struct Store {
    explicit Store(std::size_t most_bytes) : budget(most_bytes) {}
    static std::uint32_t shard_for(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> (64 - shard_bits)); }
    Budget budget;
    std::array<Shard<State>, shard_count> shards;
};

/// Threads that wait for a job, do it together with the caller, and wait again.
class Team {
public:
    explicit Team(unsigned helpers) {
        try {
            for (unsigned i = 1; i <= helpers; ++i) threads_.emplace_back([this, i] { work(i); });
        } catch (const std::system_error&) {
            // The machine gives no more threads: those that there are do all the work.
        }
    }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    ~Team() {
        job_ = nullptr;
        wake();
        for (std::thread& thread : threads_) thread.join();
    }
    unsigned size() const { return static_cast<unsigned>(threads_.size()) + 1; }

    /// Calls job(i) for each i below size(), each on a thread of its own; 0 is the caller. The job must not throw.
    void run(const std::function<void(unsigned)>& job) {
        job_ = &job;
        busy_.store(static_cast<unsigned>(threads_.size()), std::memory_order_relaxed);
        wake();
        job(0);
        for (unsigned busy; (busy = busy_.load(std::memory_order_acquire)) != 0;) busy_.wait(busy);
    }

private:
    void wake() {
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
    }
    void work(unsigned i) {
        for (unsigned round = 0;; ++round) {
            round_.wait(round, std::memory_order_acquire);
            if (!job_) return;
            (*job_)(i);
            if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
        }
    }

    const std::function<void(unsigned)>* job_{nullptr};
    std::atomic<unsigned> round_{0}, busy_{0};
    std::vector<std::thread> threads_;  // last: they use the others
};

template <class System, class Judge>
class Run;

}  // namespace detail

/// What a run found. The system must outlive it: paths are found again by asking for moves again.
template <class System>
class Explored {
public:
    using State = typename System::State;
    using Label = typename System::Label;

    Stopped why{Stopped::complete};
    std::uint64_t states{0};            ///< found
    std::uint64_t expanded{0};          ///< states whose moves were all taken; equal to `states` of a complete run
    std::uint64_t moves{0};             ///< of the expanded states
    std::vector<std::uint64_t> levels;  ///< states found at each depth; when the run was cut, the last is a part
    std::vector<Id> deadlocks;          ///< states without any move, in the order of depth
    Marks marks;                        ///< all bits that were marked
    /// For each bit the first place, with the shortest path; of several the state before the move, the smallest id and
    /// the smallest ordinal. A path to a marked move includes that move.
    std::array<std::optional<First>, 64> broken, seen;
    std::size_t bytes{0};  ///< the most that was held at once, work buffers included
    double seconds{0};

    /// The greatest depth of a state found. The initial state has depth 0.
    std::uint32_t depth() const { return levels.empty() ? 0 : static_cast<std::uint32_t>(levels.size()) - 1; }

    const State& state(Id id) const { return shard(id).state(detail::position_of(id)); }
    /// The state that this one was found from, one level above; of the initial state itself.
    Id parent(Id id) const { return shard(id).parent(detail::position_of(id)); }
    /// The number of moves of a shortest path to it.
    std::uint32_t depth(Id id) const { return shard(id).depth(detail::position_of(id)); }
    Id initial() const { return initial_; }

    std::optional<Id> find(const State& state) const {
        const std::uint32_t s = detail::Store<State>::shard_for(detail::hash_of(state));
        const auto position = store_->shards[s].find(state);
        return position ? std::optional<Id>(detail::id_of(s, *position)) : std::nullopt;
    }

    /// The ids of many states at once, which is faster than one by one.
    void find(const std::vector<State>& wanted, std::vector<std::optional<Id>>& ids) const {
        ids.clear();
        const auto shard_with = [&](const State& state) -> const detail::Shard<State>& {
            return store_->shards[detail::Store<State>::shard_for(detail::hash_of(state))];
        };
        for (const State& state : wanted) shard_with(state).ask_slot(state);
        for (const State& state : wanted) shard_with(state).ask_candidate(state);
        for (const State& state : wanted) ids.push_back(find(state));
    }

    /// A number below `states`, another one for each state: for arrays beside the states.
    std::uint64_t number(Id id) const { return numbers_[detail::shard_of(id)] + detail::position_of(id); }

    /// Calls fn(Id, const State&) for each state, in the order of depth.
    template <class Fn>
    void for_each(Fn&& fn) const {
        for (std::uint32_t d = 0; d < levels.size(); ++d)
            for (std::uint32_t s = 0; s < detail::shard_count; ++s) {
                const auto [begin, end] = store_->shards[s].level(d);
                for (std::uint32_t p = begin; p < end; ++p) fn(detail::id_of(s, p), store_->shards[s].state(p));
            }
    }

    /// A worker, to ask for moves by oneself.
    typename System::Worker worker() const { return system_->worker(); }

    /// Ordinals of a shortest path from the initial state to this one.
    std::vector<std::uint32_t> path(Id id) const {
        auto moves_of = worker();
        std::vector<std::uint32_t> ordinals;
        for (; id != initial_; id = parent(id)) {
            const State& to = state(id);
            std::uint32_t ordinal = 0;
            std::optional<std::uint32_t> which;
            moves_of.successors(state(parent(id)), [&](const State& next, const Label&) {
                if (!which && std::memcmp(&next, &to, sizeof to) == 0) which = ordinal;
                ++ordinal;
            });
            if (!which) throw std::logic_error("explore: the moves of a state are others than when it was explored");
            ordinals.push_back(*which);
        }
        std::reverse(ordinals.begin(), ordinals.end());
        return ordinals;
    }
    /// The same to a marked place; the move is its last ordinal.
    std::vector<std::uint32_t> path(const First& first) const {
        std::vector<std::uint32_t> ordinals = path(first.state);
        if (first.ordinal) ordinals.push_back(*first.ordinal);
        return ordinals;
    }

    /// Plays a path, calls fn(const State& from, Label, const State& to) for each move, and returns the last state.
    /// Throws std::out_of_range, with the place in the path, for an ordinal that the state there has not.
    template <class Fn>
    State replay(const std::vector<std::uint32_t>& ordinals, Fn&& fn) const {
        auto moves_of = worker();
        State now = state(initial_);
        for (std::size_t i = 0; i < ordinals.size(); ++i) {
            std::uint32_t ordinal = 0;
            std::optional<State> next;
            std::optional<Label> by;
            moves_of.successors(now, [&](const State& to, const Label& label) {
                if (ordinal++ != ordinals[i]) return;
                next.emplace(to);
                by.emplace(label);
            });
            if (!next)
                throw std::out_of_range("explore: move " + std::to_string(i) + " of the path has ordinal " +
                                        std::to_string(ordinals[i]) + ", and the state has " + std::to_string(ordinal) +
                                        " moves");
            fn(std::as_const(now), std::as_const(*by), std::as_const(*next));
            now = *next;
        }
        return now;
    }
    State replay(const std::vector<std::uint32_t>& ordinals) const {
        return replay(ordinals, [](const State&, const Label&, const State&) {});
    }

private:
    template <class S, class J>
    friend class detail::Run;
    Explored() = default;
    const detail::Shard<State>& shard(Id id) const { return store_->shards[detail::shard_of(id)]; }

    System* system_{nullptr};
    std::unique_ptr<detail::Store<State>> store_;
    std::array<std::uint64_t, detail::shard_count> numbers_{};
    Id initial_{0};
};

namespace detail {

template <class System, class Judge>
class Run {
    using State = typename System::State;
    using Label = typename System::Label;
    static constexpr bool judged = !std::is_same_v<Judge, NoJudge>;

public:
    Run(System& system, const Options& options, const Judge& judge)
        : system_(system), options_(options), judge_(judge), began_(Clock::now()), reported_(began_) {
        found_.store_ = std::make_unique<Store<State>>(options.most_bytes);
        found_.system_ = &system;
        threads_ = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    }

    Explored<System> run() {
        try {
            workers_.push_back(std::make_unique<Worker>(system_, judge_));
            begin();
            while (expand_level()) {
            }
        } catch (const std::bad_alloc&) {
            stop(Stopped::bytes);
        }
        finish();
        return std::move(found_);
    }

private:
    using Clock = std::chrono::steady_clock;

    // About as many successors for each thread as fit the cache of its core, beside a part of an index.
    static constexpr std::uint64_t moves_in_block = 1u << 16;
    static constexpr std::uint64_t most_in_block = 1u << 16;
    static constexpr std::uint32_t most_in_chunk = 512;
    static constexpr std::uint64_t alone_below = 1u << 11;  // states for which it is not worth waking others

    /// A place in the level that is being expanded: its states in the order of their ids.
    struct Cursor {
        std::uint32_t shard{0}, position{0};
    };

    /// Some states one after another, and where a worker has put what came of them.
    struct Chunk {
        Cursor from;
        std::uint32_t count{0};
        unsigned worker{0};
        bool done{false};
        std::uint64_t moves{0};
        std::array<std::uint32_t, shard_count> begin{}, end{};  // of its items in the worker's buffers
        std::size_t deadlocks_begin{0}, deadlocks_end{0};
    };

    struct FirstMarks {
        std::uint64_t bits{0};
        std::array<First, 64> first;
        void note(std::uint64_t marked, const First& place) {
            for (; marked; marked &= marked - 1) {
                const auto bit = static_cast<std::size_t>(std::countr_zero(marked));
                const std::uint64_t mask = std::uint64_t{1} << bit;
                if (!(bits & mask) || before(place, first[bit])) first[bit] = place;
                bits |= mask;
            }
        }
        void note(const FirstMarks& other, std::uint64_t marked) {
            for (marked &= other.bits; marked; marked &= marked - 1)
                note(marked & (~marked + 1), other.first[static_cast<std::size_t>(std::countr_zero(marked))]);
        }
        // Within a level: a state that was just found has the same shortest path as a move that leads to its level.
        static bool before(const First& a, const First& b) {
            if (a.ordinal.has_value() != b.ordinal.has_value()) return !a.ordinal;
            return std::pair(a.state, a.ordinal) < std::pair(b.state, b.ordinal);
        }
    };

    struct alignas(64) Worker {
        Worker(System& system, const Judge& by) : moves_of(system.worker()), judge(by) {}
        typename System::Worker moves_of;
        Judge judge;
        std::array<std::vector<Item<State>>, shard_count> buffers;
        std::vector<Id> deadlocks;
        std::size_t octets_held{0};  // of buffers and deadlocks, as the budget knows
        FirstMarks broken, seen;     // of the level that is being expanded
        std::exception_ptr error;
    };

    Shard<State>& shard(std::uint32_t s) { return found_.store_->shards[s]; }
    Budget& budget() { return found_.store_->budget; }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
    std::uint32_t depth() const { return static_cast<std::uint32_t>(depth_); }

    // The first reason is the one that is told.
    void stop(Stopped why) {
        if (found_.why == Stopped::complete) found_.why = why;
    }
    bool stopped() const { return found_.why != Stopped::complete; }

    void begin() {
        reserve_level();
        const State initial = system_.initial();
        const std::uint32_t s = Store<State>::shard_for(hash_of(initial));
        found_.initial_ = id_of(s, 0);
        const Item<State> item{initial, found_.initial_};
        const Item<State>* const batch = &item;
        shard(s).insert(budget(), &batch, 1, [&](std::uint32_t position, const State& state) {
            note_state(*workers_[0], id_of(s, position), state);
        });
        shard(s).seal(0);
        found_.states = 1;
        found_.levels.push_back(1);
        merge_marks();
        if (options_.stop_on & found_.marks.broken) stop(Stopped::found);
        if (options_.most_states < 1) stop(Stopped::states);
    }

    void reserve_level() {
        reserve(budget(), found_.levels, 1);
        for (auto& each : found_.store_->shards) each.reserve_level(budget());
    }

    // Returns whether there is another level to expand.
    bool expand_level() {
        if (stopped()) return false;
        reserve_level();
        for (std::uint32_t s = 0; s < shard_count; ++s)
            std::tie(level_first_[s], level_end_[s]) = shard(s).level(depth());
        cursor_ = {0, level_first_[0]};
        known_ = found_.marks;
        const std::uint64_t before = found_.states;
        for (std::uint64_t left = found_.levels.back(); left > 0 && !stopped();) {
            report();
            if (!stopped()) left -= expand_block(std::min(left, block_size()));
            if (left > 0 && found_.states > options_.most_states) stop(Stopped::states);
        }
        for (std::uint32_t s = 0; s < shard_count; ++s) shard(s).seal(depth() + 1);
        if (found_.states == before) return false;
        found_.levels.push_back(found_.states - before);
        ++depth_;
        if (options_.stop_on & found_.marks.broken) stop(Stopped::found);
        if (found_.states > options_.most_states) stop(Stopped::states);
        return true;
    }

    std::uint64_t block_size() const {
        const std::uint64_t branching = found_.expanded ? found_.moves / found_.expanded + 1 : 8;
        const std::uint64_t states_left = options_.most_states - std::min(options_.most_states, found_.states);
        return std::max<std::uint64_t>(
            std::min({most_in_block, threads_ * moves_in_block / branching, states_left / branching}), 64);
    }

    // Cuts the next states of the level into chunks.
    void cut(std::uint64_t count) {
        chunks_.clear();
        while (count > 0) {
            Chunk& chunk = chunks_.emplace_back();
            chunk.from = cursor_;
            chunk.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, most_in_chunk));
            count -= chunk.count;
            for (std::uint32_t left = chunk.count; left > 0;) {
                settle(cursor_);
                const std::uint32_t here = std::min(left, level_end_[cursor_.shard] - cursor_.position);
                cursor_.position += here;
                left -= here;
            }
        }
    }
    // To the next state there is.
    void settle(Cursor& at) const {
        while (at.position == level_end_[at.shard]) {
            ++at.shard;
            at.position = level_first_[at.shard];
        }
    }

    // Takes the moves of the next so many states; of fewer when the run ends or the buffers are full. Returns of how
    // many.
    std::uint64_t expand_block(std::uint64_t count) {
        cut(count);
        next_.store(0, std::memory_order_relaxed);
        enough_.store(false, std::memory_order_relaxed);
        together(count, [this](unsigned w) { take_chunks(w); });

        // Chunks are taken in their order, so those that are done are the first ones, but for a lack of memory.
        std::size_t done = 0;
        while (done < chunks_.size() && chunks_[done].done) ++done;
        if (done < chunks_.size()) cursor_ = chunks_[done].from;
        chunks_.resize(done);

        next_.store(0, std::memory_order_relaxed);
        together(count, [this](unsigned w) { take_shards(w); });

        found_.states = 0;
        for (const auto& each : found_.store_->shards) found_.states += each.size();
        merge_marks();
        std::uint64_t expanded = 0, moves = 0;
        try {
            std::size_t deadlocks = 0;
            for (const Chunk& chunk : chunks_) deadlocks += chunk.deadlocks_end - chunk.deadlocks_begin;
            reserve(budget(), found_.deadlocks, deadlocks);
        } catch (const std::bad_alloc&) {
            no_memory_ = lost_ = true;
        }
        // If a shard could not take its share, these states still have successors that are not known.
        if (!lost_) {
            for (const Chunk& chunk : chunks_) {
                expanded += chunk.count;
                moves += chunk.moves;
                const auto from = workers_[chunk.worker]->deadlocks.begin();
                found_.deadlocks.insert(found_.deadlocks.end(),
                                        from + static_cast<std::ptrdiff_t>(chunk.deadlocks_begin),
                                        from + static_cast<std::ptrdiff_t>(chunk.deadlocks_end));
            }
        }
        found_.expanded += expanded;
        found_.moves += moves;
        if (no_ids_) stop(Stopped::states);
        if (no_memory_) stop(Stopped::bytes);
        for (auto& worker : workers_) {
            for (auto& buffer : worker->buffers) buffer.clear();
            worker->deadlocks.clear();
        }
        return expanded;
    }

    template <class Job>
    void together(std::uint64_t count, Job&& job) {
        const auto guarded = [&](unsigned w) {
            try {
                job(w);
            } catch (...) {
                workers_[w]->error = std::current_exception();
                enough_.store(true, std::memory_order_relaxed);
            }
        };
        if (threads_ == 1 || count < alone_below) {
            guarded(0);
        } else {
            if (!team_) {
                team_ = std::make_unique<Team>(threads_ - 1);
                while (workers_.size() < team_->size()) workers_.push_back(std::make_unique<Worker>(system_, judge_));
            }
            team_->run(guarded);
        }
        for (const auto& worker : workers_)
            if (worker->error) std::rethrow_exception(worker->error);
    }

    void take_chunks(unsigned w) {
        Worker& worker = *workers_[w];
        const std::uint64_t room = 8 * moves_in_block;
        std::uint64_t moves = 0;
        while (!enough_.load(std::memory_order_relaxed)) {
            const std::size_t c = next_.fetch_add(1, std::memory_order_relaxed);
            if (c >= chunks_.size()) return;
            Chunk& chunk = chunks_[c];
            chunk.worker = w;
            chunk.deadlocks_begin = worker.deadlocks.size();
            for (std::uint32_t s = 0; s < shard_count; ++s)
                chunk.begin[s] = static_cast<std::uint32_t>(worker.buffers[s].size());
            try {
                expand(worker, chunk);
                count_octets(worker);
            } catch (const std::bad_alloc&) {
                no_memory_.store(true, std::memory_order_relaxed);
                enough_.store(true, std::memory_order_relaxed);
                return;
            }
            for (std::uint32_t s = 0; s < shard_count; ++s)
                chunk.end[s] = static_cast<std::uint32_t>(worker.buffers[s].size());
            chunk.deadlocks_end = worker.deadlocks.size();
            chunk.done = true;
            moves += chunk.moves;
            if (moves > room) enough_.store(true, std::memory_order_relaxed);
            if (w == 0) {
                report();
                if (stopped()) enough_.store(true, std::memory_order_relaxed);
            }
        }
    }

    void expand(Worker& worker, Chunk& chunk) {
        Cursor at = chunk.from;
        for (std::uint32_t n = 0; n < chunk.count; ++n, ++at.position) {
            settle(at);
            const Id id = id_of(at.shard, at.position);
            const State& from = shard(at.shard).state(at.position);
            std::uint32_t ordinal = 0;
            worker.moves_of.successors(from, [&](const State& to, const Label& label) {
                if constexpr (judged) note(worker, worker.judge.move(from, label, to), {id, ordinal});
                ++ordinal;
                worker.buffers[Store<State>::shard_for(hash_of(to))].push_back(Item<State>{to, id});
            });
            if (ordinal == 0) worker.deadlocks.push_back(id);
            chunk.moves += ordinal;
        }
    }

    void count_octets(Worker& worker) {
        std::size_t octets = worker.deadlocks.capacity() * sizeof(Id);
        for (const auto& buffer : worker.buffers) octets += buffer.capacity() * sizeof(Item<State>);
        if (octets > worker.octets_held) {
            budget().take(octets - worker.octets_held);
            worker.octets_held = octets;
        }
    }

    void take_shards(unsigned w) {
        Worker& worker = *workers_[w];
        for (std::size_t s; (s = next_.fetch_add(1, std::memory_order_relaxed)) < shard_count;) {
            try {
                fill(worker, static_cast<std::uint32_t>(s));
            } catch (const std::bad_alloc&) {
                no_memory_.store(true, std::memory_order_relaxed);
                lost_.store(true, std::memory_order_relaxed);
            } catch (const NoIds&) {
                no_ids_.store(true, std::memory_order_relaxed);
                lost_.store(true, std::memory_order_relaxed);
            }
        }
    }

    void fill(Worker& worker, std::uint32_t s) {
        std::array<const Item<State>*, Shard<State>::most_in_batch> batch;
        std::uint32_t count = 0;
        const auto flush = [&] {
            shard(s).insert(budget(), batch.data(), count, [&](std::uint32_t position, const State& state) {
                note_state(worker, id_of(s, position), state);
            });
            count = 0;
        };
        for (const Chunk& chunk : chunks_) {
            const auto& buffer = workers_[chunk.worker]->buffers[s];
            for (std::uint32_t i = chunk.begin[s]; i < chunk.end[s]; ++i) {
                batch[count++] = &buffer[i];
                if (count == batch.size()) flush();
            }
        }
        flush();
    }

    void note_state(Worker& worker, Id id, const State& state) {
        if constexpr (judged) note(worker, worker.judge.state(state), {id, std::nullopt});
    }
    void note(Worker& worker, const Marks& marks, const First& place) {
        // What an earlier level has marked already has a shorter path.
        const std::uint64_t broken = marks.broken & ~known_.broken, seen = marks.seen & ~known_.seen;
        if (broken) worker.broken.note(broken, place);
        if (seen) worker.seen.note(seen, place);
    }
    void merge_marks() {
        if constexpr (judged) {
            for (auto& worker : workers_) {
                broken_.note(worker->broken, ~known_.broken);
                seen_.note(worker->seen, ~known_.seen);
                worker->broken.bits = worker->seen.bits = 0;
            }
            found_.marks = {broken_.bits, seen_.bits};
        }
    }

    // Looks at the clock, and lets the caller know now and then.
    void report() {
        const auto now = Clock::now();
        if (now - began_ > options_.most_time) stop(Stopped::time);
        if (!options_.progress || now - reported_ < options_.progress_every) return;
        reported_ = now;
        const std::uint64_t frontier = found_.states - found_.expanded;
        if (!options_.progress({found_.states, found_.moves, frontier, depth(), budget().held(), seconds()}))
            stop(Stopped::by_caller);
    }

    void finish() {
        if (found_.states > 0 && found_.expanded == found_.states) found_.why = Stopped::complete;
        std::uint64_t number = 0;
        for (std::uint32_t s = 0; s < shard_count; ++s) {
            found_.numbers_[s] = number;
            number += shard(s).size();
        }
        for (std::size_t bit = 0; bit < 64; ++bit) {
            if (broken_.bits >> bit & 1) found_.broken[bit] = broken_.first[bit];
            if (seen_.bits >> bit & 1) found_.seen[bit] = seen_.first[bit];
        }
        found_.bytes = budget().peak();
        found_.seconds = seconds();
    }

    System& system_;
    const Options& options_;
    const Judge& judge_;
    Clock::time_point began_, reported_;
    unsigned threads_;
    Explored<System> found_;
    std::uint64_t depth_{0};  // of the level that is being expanded
    std::array<std::uint32_t, shard_count> level_first_{}, level_end_{};
    Cursor cursor_;
    Marks known_;  // when this level began
    FirstMarks broken_, seen_;
    std::vector<Chunk> chunks_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::atomic<std::size_t> next_{0};  // chunk or shard to be taken
    std::atomic<bool> enough_{false};   // no further chunk of this block
    std::atomic<bool> no_memory_{false}, no_ids_{false}, lost_{false};
    std::unique_ptr<Team> team_;  // last: its threads use all of the above
};

}  // namespace detail

/// Explores what `system` can reach, until all is found or a bound of `options` is met; then what was found so far is
/// returned, and all of it holds. Bounds are looked at between chunks of some hundred states. What the system, the
/// judge or Options::progress throws, it throws, but for std::bad_alloc, which ends the run as Stopped::bytes.
template <class System, class Judge = NoJudge>
requires requires { typename System::State; }
Explored<System> explore(System& system, const Options& options = {}, const Judge& judge = {}) {
    return detail::Run<System, Judge>(system, options, judge).run();
}

}  // namespace lastack::explore
