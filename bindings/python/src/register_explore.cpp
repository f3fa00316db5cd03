#include <pybind11/numpy.h>

#include <mutex>

#include "convert.hpp"
#include "interrupt.hpp"
#include "lastack/exhaustive/explore.hpp"
#include "lastack/exhaustive/observed.hpp"
#include "lastack/explore/two_ends.hpp"
#include "lastack/support/recording.hpp"
#include "names.hpp"

namespace lastack::python {

using explore::Bounds;
using explore::Id;
using explore::IsnChoice;
using explore::MoveKind;
using explore::Stopped;
using explore::TwoEnds;

namespace {

constexpr Names<IsnChoice, 4> isn_names{{{IsnChoice::beyond, "beyond"},
                                         {IsnChoice::inside, "inside"},
                                         {IsnChoice::same, "same"},
                                         {IsnChoice::behind, "behind"}}};
constexpr Names<Stopped, 6> ended_names{{{Stopped::complete, "complete"},
                                         {Stopped::found, "found"},
                                         {Stopped::states, "states"},
                                         {Stopped::bytes, "memory"},
                                         {Stopped::time, "time"},
                                         {Stopped::by_caller, "interrupted"}}};
constexpr Names<MoveKind, 8> move_names{{{MoveKind::call, "call"},
                                         {MoveKind::departs, "departs"},
                                         {MoveKind::timeout, "timeout"},
                                         {MoveKind::arrives, "arrives"},
                                         {MoveKind::arrives_twice, "arrives_twice"},
                                         {MoveKind::lost, "lost"},
                                         {MoveKind::injected, "injected"},
                                         {MoveKind::crash, "crash"}}};

/// What NumPy sees of a state; `lastack.Exploration.states` says what it means.
struct StateRecord {
    std::uint8_t a, b;
    std::uint16_t budgets;
    std::uint32_t local_a, local_b, channel_ab, channel_ba, depth, parent;
};
/// ... of a move.
struct MoveRecord {
    std::uint32_t from, to;
    std::uint16_t index;
    std::uint8_t kind, end, what;
    std::array<std::uint8_t, 3> unused;
};

class Exploration {
public:
    Exploration(Bounds bounds, exhaustive::Result result)
        : bounds_{std::move(bounds)}, result_{std::move(result)}, kept_{std::move(result_.kept)} {}

    const exhaustive::Result& result() const { return result_; }
    std::size_t size() const { return kept_->explored.states; }

    /// Shared with the arrays over them, which may live longer. To be called without the GIL, as other threads may be
    /// waiting for it.
    std::shared_ptr<const std::vector<StateRecord>> states() {
        std::call_once(states_made_, [this] { make_states(); });
        return states_;
    }

    /// `go_on(states done, states)` may throw.
    std::shared_ptr<const std::vector<MoveRecord>> moves(
        const std::function<void(std::uint64_t, std::uint64_t)>& go_on) {
        states();
        const std::lock_guard lock{moves_mutex_};
        if (!moves_) make_moves(go_on);
        return moves_;
    }

    Id id(std::size_t index) {
        states();
        return ids_.at(index);
    }
    std::vector<std::uint32_t> path(Id to) const { return kept_->explored.path(to); }
    TwoEnds& system() { return *kept_->system; }
    const TwoEnds::State& state(std::size_t index) { return kept_->explored.state(id(index)); }

private:
    void make_states() {
        const auto& explored = kept_->explored;
        const TwoEnds& system = *kept_->system;
        auto records = std::make_shared<std::vector<StateRecord>>();
        records->reserve(explored.states);
        ids_.reserve(explored.states);
        indices_.resize(explored.states);
        std::vector<std::uint8_t> state_of(system.locals());
        for (std::uint32_t local = 0; local < state_of.size(); ++local)
            state_of[local] = static_cast<std::uint8_t>(system.local(local).config.state);
        std::uint32_t depth = 0;
        std::uint64_t of_depth = 0;
        explored.for_each([&](Id id, const TwoEnds::State& s) {
            if (of_depth == explored.levels[depth]) {
                ++depth;
                of_depth = 0;
            }
            ++of_depth;
            indices_[explored.number(id)] = static_cast<std::uint32_t>(ids_.size());
            ids_.push_back(id);
            const std::uint32_t a = system.local_id(s, 0), b = system.local_id(s, 1);
            // A parent is a level above, so it has its index.
            records->push_back({state_of[a], state_of[b], static_cast<std::uint16_t>(system.budgets_id(s)), a, b,
                                system.channel_id(s, 0), system.channel_id(s, 1), depth,
                                indices_[explored.number(explored.parent(id))]});
        });
        states_ = std::move(records);
    }

    void make_moves(const std::function<void(std::uint64_t, std::uint64_t)>& go_on) {
        const auto& explored = kept_->explored;
        auto records = std::make_shared<std::vector<MoveRecord>>();
        records->reserve(explored.moves);
        auto worker = explored.worker();
        std::vector<TwoEnds::State> next;
        std::vector<explore::Label> labels;
        std::vector<std::optional<Id>> found;
        for (std::uint32_t from = 0; from < explored.expanded; ++from) {
            next.clear();
            labels.clear();
            for (const TwoEnds::Successor& s : worker.successors(explored.state(ids_[from]))) {
                next.push_back(s.state);
                labels.push_back(s.label);
            }
            explored.find(next, found);
            for (std::size_t i = 0; i < found.size(); ++i) {
                if (!found[i]) continue;  // a run that was cut while it stored them
                const explore::Label& l = labels[i];
                records->push_back({from,
                                    indices_[explored.number(*found[i])],
                                    l.index,
                                    static_cast<std::uint8_t>(l.kind),
                                    l.end,
                                    l.what,
                                    {}});
            }
            if ((from & 0xfff) == 0) go_on(from, explored.expanded);
        }
        moves_ = std::move(records);
    }

    Bounds bounds_;
    exhaustive::Result result_;
    std::shared_ptr<exhaustive::Kept> kept_;
    std::once_flag states_made_{};
    std::mutex moves_mutex_{};
    std::vector<Id> ids_{};                 // by index
    std::vector<std::uint32_t> indices_{};  // by explore::Explored::number
    std::shared_ptr<const std::vector<StateRecord>> states_{};
    std::shared_ptr<const std::vector<MoveRecord>> moves_{};
};

// --------------------------------------------------------------------------------------------- arrays

struct Field {
    const char* name;
    const char* format;
    std::size_t offset;
};

/// A read-only array over `records`, which it keeps alive; nothing is copied.
template <class Record>
py::array array_over(std::shared_ptr<const std::vector<Record>> records, const std::vector<Field>& fields) {
    py::list names, formats, offsets;
    for (const Field& f : fields) {
        names.append(f.name);
        formats.append(f.format);
        offsets.append(f.offset);
    }
    const py::dtype dtype(std::move(names), std::move(formats), std::move(offsets), sizeof(Record));
    using Owner = std::shared_ptr<const std::vector<Record>>;
    auto owner = std::make_unique<Owner>(std::move(records));
    const std::vector<Record>& all = **owner;
    const py::capsule base(owner.release(), [](void* p) { delete static_cast<Owner*>(p); });
    py::array array(dtype, {static_cast<py::ssize_t>(all.size())}, {}, all.data(), base);
    array.attr("setflags")(py::arg("write") = false);
    return array;
}

template <class Number>
py::array array_of(const std::vector<Number>& values, std::vector<py::ssize_t> shape) {
    py::array_t<Number> array(std::move(shape));
    std::copy(values.begin(), values.end(), array.mutable_data());
    return array;
}

py::array states_of(Exploration& e) {
    auto records = [&] {
        const py::gil_scoped_release release;
        return e.states();
    }();
    return array_over(std::move(records), {{"a", "u1", offsetof(StateRecord, a)},
                                           {"b", "u1", offsetof(StateRecord, b)},
                                           {"local_a", "u4", offsetof(StateRecord, local_a)},
                                           {"local_b", "u4", offsetof(StateRecord, local_b)},
                                           {"channel_ab", "u4", offsetof(StateRecord, channel_ab)},
                                           {"channel_ba", "u4", offsetof(StateRecord, channel_ba)},
                                           {"budgets", "u2", offsetof(StateRecord, budgets)},
                                           {"depth", "u4", offsetof(StateRecord, depth)},
                                           {"parent", "u4", offsetof(StateRecord, parent)}});
}

py::array moves_of(Exploration& e, py::object progress) {
    LongWork work{std::move(progress)};
    auto records = [&] {
        const py::gil_scoped_release release;
        return e.moves([&](std::uint64_t done, std::uint64_t total) { work.go_on(done, total); });
    }();
    return array_over(std::move(records), {{"from", "u4", offsetof(MoveRecord, from)},
                                           {"to", "u4", offsetof(MoveRecord, to)},
                                           {"kind", "u1", offsetof(MoveRecord, kind)},
                                           {"end", "u1", offsetof(MoveRecord, end)},
                                           {"what", "u1", offsetof(MoveRecord, what)},
                                           {"index", "u2", offsetof(MoveRecord, index)}});
}

// --------------------------------------------------------------------------------------------- bounds

/// The keywords of lastack.explore, which has checked their ranges.
Bounds bounds_from(const py::dict& d) {
    const auto octet = [&](const char* what) { return py::cast<std::uint8_t>(d[what]); };
    const auto flag_of = [&](const char* what) { return py::cast<bool>(d[what]); };
    Bounds b;
    b.opens = py::cast<std::array<std::uint8_t, 2>>(d["opens"]);
    b.octets = py::cast<std::array<std::uint8_t, 2>>(d["data"]);
    b.may_listen = py::cast<std::array<bool, 2>>(d["listen"]);
    b.may_call = py::cast<std::array<bool, 2>>(d["call"]);
    b.may_close = py::cast<std::array<bool, 2>>(d["close"]);
    b.receive_ahead = flag_of("receive_ahead");
    b.losses = octet("loss");
    b.duplicates = octet("duplicates");
    b.early_retransmissions = octet("early_retransmissions");
    b.aborts = octet("aborts");
    b.give_ups = octet("give_ups");
    b.injections = octet("injections");
    b.crashes = octet("crashes");
    b.capacity = octet("capacity");
    b.segment = py::cast<std::uint32_t>(d["segment"]);
    b.reordering = flag_of("reordering");
    b.every_departure = !flag_of("eager");
    b.window = py::cast<std::array<std::uint32_t, 2>>(d["window"]);
    const auto isn = py::cast<std::array<std::string, 2>>(d["isn"]);
    const auto policies = py::cast<py::tuple>(d["policy"]);
    for (std::size_t end = 0; end < 2; ++end) {
        b.isn[end] = value_of(isn_names, "isn", isn[end]);
        b.policies[end] = exhaustive::decided(policy_from(policies[end]));
    }
    b.blind = flag_of("blind");
    const auto rule_of = [&](const char* what) {
        if (d[what].is_none()) return Rule{};
        const auto wanted = py::cast<std::string>(d[what]);
        const Rule found = rule(wanted);
        if (!found) throw py::value_error(std::string{what} + ": no rule \"" + wanted + "\"; see lastack.rules()");
        return found;
    };
    b.instruments.off = rule_of("without");
    b.instruments.inverted = rule_of("inverted");
    if (!d["variant"].is_none()) {
        const auto wanted = py::cast<std::string>(d["variant"]);
        b.instruments.variant = variant(wanted);
        if (b.instruments.variant == Variant::none) {
            std::string all;
            for (const VariantInfo& v : variants()) all.append(all.empty() ? "" : ", ").append(v.name);
            throw py::value_error("no such variant: \"" + wanted + "\"; there are " + all);
        }
    }
    return b;
}

std::unique_ptr<Exploration> explore_all(const py::dict& given, bool properties, bool liveness, unsigned threads,
                                         std::optional<std::size_t> most_bytes, std::optional<double> most_seconds,
                                         std::optional<std::uint64_t> most_states, py::object progress) {
    const Bounds bounds = bounds_from(given);
    LongWork work{std::move(progress)};
    const py::gil_scoped_release release;
    exhaustive::Limits limits;
    limits.threads = threads;
    limits.most_bytes = most_bytes ? *most_bytes : exhaustive::half_of_free_memory();
    if (most_seconds) limits.most_time = std::chrono::duration<double>{*most_seconds};
    if (most_states) limits.most_states = *most_states;
    limits.safety = properties;
    limits.liveness = liveness;
    limits.keep = true;
    limits.progress = [&](const explore::Progress& p) {
        work.go_on(p.states, 0);
        return true;
    };
    try {
        return std::make_unique<Exploration>(bounds, exhaustive::explore(bounds, limits));
    } catch (const TwoEnds::TooMany& e) {
        throw py::value_error(std::string{"the bounds are too wide: "} + e.what());
    }
}

// ------------------------------------------------------------------------------------ what was found

py::dict counts_of(const exhaustive::Counts& c) {
    py::dict d;
    d["ended"] = word_of(ended_names, c.why);
    d["states"] = c.states;
    d["moves"] = c.moves;
    d["depth"] = c.depth;
    d["octets"] = c.bytes;
    d["seconds"] = c.seconds;
    return d;
}

py::tuple ordinals(const std::vector<std::uint32_t>& numbers) {
    py::tuple all(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) all[i] = numbers[i];
    return all;
}

py::list decisions_of(const Exploration& e) {
    py::list rows;
    for (const exhaustive::Decision& d : e.result().decisions) {
        rows.append(py::make_tuple(d.id, d.sentence, name(d.answer), d.sometimes, d.liveness, d.needs_r2,
                                   ordinals(d.path.stem), ordinals(d.path.cycle)));
    }
    return rows;
}

py::tuple under_way_of(const TwoEnds& system, const TwoEnds::State& s, std::size_t sender) {
    py::list all;
    for (const std::uint16_t id : system.under_way(s, sender)) all.append(system.segment(id));
    return py::tuple(all);
}

py::dict budgets_of(const explore::Budgets& left) {
    py::dict d;
    d["loss"] = left.losses;
    d["duplicates"] = left.duplicates;
    d["early_retransmissions"] = left.early_retransmissions;
    d["aborts"] = left.aborts;
    d["give_ups"] = left.give_ups;
    d["injections"] = left.injections;
    d["crashes"] = left.crashes;
    return d;
}

/// Returns (what each move is in words, the run as a case file or "" where nothing happens).
py::tuple walk_of(Exploration& e, std::vector<std::uint32_t> stem, std::vector<std::uint32_t> cycle,
                  const std::string& title, const std::vector<std::string>& comment) {
    const exhaustive::Walk walk = [&] {
        const py::gil_scoped_release release;
        return exhaustive::walk(e.system(), {std::move(stem), std::move(cycle)});
    }();
    py::list words;
    for (const explore::Move& move : walk.moves) words.append(to_string(move));
    return py::make_tuple(words, walk.recording.events.empty() ? "" : support::to_case(walk.recording, title, comment));
}

}  // namespace

void register_explore(py::module_& m) {
    py::class_<Exploration>(m, "Explored")
        .def_property_readonly("bounds", [](const Exploration& e) { return to_string(e.result().bounds); })
        .def_property_readonly("system", [](const Exploration& e) { return counts_of(e.result().plain); })
        .def_property_readonly("observed",
                               [](const Exploration& e) {
                                   return e.result().observed.states > 0 ? py::object(counts_of(e.result().observed))
                                                                         : py::object(py::none());
                               })
        .def_property_readonly("tables",
                               [](const Exploration& e) {
                                   const exhaustive::Result& r = e.result();
                                   return py::make_tuple(r.ends, r.channels, r.segments, r.resting);
                               })
        .def_property_readonly("decisions", &decisions_of)
        .def_property_readonly("levels",
                               [](const Exploration& e) {
                                   const auto& levels = e.result().plain.levels;
                                   return array_of(levels, {static_cast<py::ssize_t>(levels.size())});
                               })
        .def_property_readonly(
            "pairs",
            [](const Exploration& e) {
                std::vector<std::uint64_t> all;
                for (const auto& row : e.result().pairs) all.insert(all.end(), row.begin(), row.end());
                return array_of(all, {static_cast<py::ssize_t>(state_count), static_cast<py::ssize_t>(state_count)});
            })
        .def("states", &states_of)
        .def("moves", &moves_of, py::arg("progress"))
        .def("first",
             [](Exploration& e, State a, std::optional<State> b) -> std::optional<std::size_t> {
                 const py::gil_scoped_release release;
                 const auto wanted = [](State s) { return static_cast<std::uint8_t>(s); };
                 const auto& all = *e.states();
                 const auto found = std::find_if(all.begin(), all.end(), [&](const StateRecord& r) {
                     return b ? r.a == wanted(a) && r.b == wanted(*b) : r.a == wanted(a) || r.b == wanted(a);
                 });
                 if (found == all.end()) return std::nullopt;
                 return static_cast<std::size_t>(found - all.begin());
             })
        .def("path",
             [](Exploration& e, std::size_t index) {
                 const auto path = [&] {
                     const py::gil_scoped_release release;
                     return e.path(e.id(index));
                 }();
                 return ordinals(path);
             })
        .def("at",
             [](Exploration& e, std::size_t index) {
                 const TwoEnds& system = e.system();
                 const TwoEnds::State& s = e.state(index);
                 py::dict d;
                 d["a"] = system.local(s, 0).config;
                 d["b"] = system.local(s, 1).config;
                 d["channel_ab"] = under_way_of(system, s, 0);
                 d["channel_ba"] = under_way_of(system, s, 1);
                 d["budgets"] = budgets_of(system.budgets(s));
                 return d;
             })
        .def("walk", &walk_of)
        .def("__len__", &Exploration::size);
    m.def("explore", &explore_all);
    m.def("fairness", &exhaustive::fairness_in_words);
    m.def("move_kinds", [] {
        py::list words;
        for (const auto& [kind, word] : move_names) words.append(word);
        return py::tuple(words);
    });
}

}  // namespace lastack::python
