// The machine: the table as a Boost.MSM back end. Included by the two translation units
// that instantiate it, plain and instrumented, and by nobody else.
//
// Each check is an event, each row of the table a row of the machine. MSM tries the last
// row first and passes over rows whose guard refuses; neither can be seen, because the
// guards of one (state, check) form a partition, which a test proves outside of MSM by
// evaluating every guard (`interpret`).
#pragma once

#include <algorithm>
#include <array>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <boost/mp11/mpl.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/back/tools.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <utility>

#include "ladder.hpp"
#include "table_all.hpp"

namespace lastack {

template <State s>
struct InState : boost::msm::front::state<> {};

template <Check c>
struct On {
    Context& x;
    GoOn& go_on;
};

/// The instruments of one machine: its rows; `test` decides whether a row's guard holds; `outstanding` whether
/// something is to be sent again though no number is unacknowledged.
struct Plain {
    static constexpr const auto& rows = table;
    template <std::size_t i>
    static bool test(Context& x) {
        return table[i].guard(x);
    }
    static bool outstanding(const Config&) { return false; }
};

template <std::size_t i, class Instrument>
struct Test {
    template <class Event, class Fsm, class Source, class Target>
    bool operator()(const Event& e, Fsm&, Source&, Target&) const {
        return Instrument::template test<i>(e.x);
    }
};
template <std::size_t i>
struct Run {
    template <class Event, class Fsm, class Source, class Target>
    void operator()(const Event& e, Fsm&, Source&, Target&) const {
        Context& x = e.x;
        x.rule = Rule{static_cast<std::uint16_t>(i)};
        if (x.out.fired_count < Outcome::max_fired) x.out.fired[x.out.fired_count++] = x.rule;
        e.go_on = table_with_variants[i].action(x);
    }
};

// The back end is instantiated for a few groups of checks, each with the rows of its checks: MSM's compile
// time grows with rows times events, and the whole table at once takes it more than ten minutes and five
// gigabytes. The state is handed from one to the next; a machine is rehydrated for each check anyway.

constexpr std::size_t group_of(Check c) {
    switch (c) {
        case Check::open_call:
        case Check::send_call:
        case Check::receive_call:
            return 0;
        case Check::close_call:
        case Check::abort_call:
        case Check::status_call:
            return 1;
        case Check::any_check:
        case Check::other_check:
        case Check::timestamp_check:
        case Check::sequence_check:
            return 2;
        case Check::rst_check:
        case Check::security_check:
        case Check::syn_check:
            return 3;
        case Check::ack_check:
            return 4;
        case Check::urg_check:
        case Check::text_check:
        case Check::fin_check:
            return 5;
        case Check::user_timeout:
        case Check::retransmission_timeout:
        case Check::time_wait_timeout:
        case Check::fin_wait_2_timeout:
            return 6;
        default:
            return 7;
    }
}

template <std::size_t group, class Instrument>
inline constexpr std::size_t rows_of = std::count_if(Instrument::rows.begin(), Instrument::rows.end(),
                                                     [](const Row& r) { return group_of(r.check) == group; });

/// In the order in which they are tried: rows of variants first.
template <std::size_t group, class Instrument>
inline constexpr auto indices_of = [] {
    std::array<std::size_t, rows_of<group, Instrument>> indices{};
    std::size_t n = 0;
    for (const bool of_variant : {true, false}) {
        for (std::size_t i = 0; i < Instrument::rows.size(); ++i) {
            const Row& row = Instrument::rows[i];
            if (group_of(row.check) == group && (row.variant != Variant::none) == of_variant) indices[n++] = i;
        }
    }
    return indices;
}();

template <State source, State target>
using Target = std::conditional_t<source == target, boost::msm::front::none, InState<target>>;

template <std::size_t i, class Instrument>
using MachineRow =
    boost::msm::front::Row<InState<Instrument::rows[i].source>, On<Instrument::rows[i].check>,
                           Target<Instrument::rows[i].source, Instrument::rows[i].target>, Run<i>,
                           std::conditional_t<!Instrument::rows[i].guarded && std::is_same_v<Instrument, Plain>,
                                              boost::msm::front::none, Test<i, Instrument>>>;

template <std::size_t group, class Instrument, class Indices>
struct MachineTable;
template <std::size_t group, class Instrument, std::size_t... n>
struct MachineTable<group, Instrument, std::index_sequence<n...>> {
    // The last row first, for that is the order in which MSM tries them.
    using type = boost::mp11::mp_list<MachineRow<indices_of<group, Instrument>[sizeof...(n) - 1 - n], Instrument>...>;
};

template <std::size_t group, class Instrument>
struct Front : boost::msm::front::state_machine_def<Front<group, Instrument>> {
    using initial_state = InState<Instrument::rows[indices_of<group, Instrument>[0]].source>;
    using transition_table =
        typename MachineTable<group, Instrument, std::make_index_sequence<rows_of<group, Instrument>>>::type;
    using no_message_queue = int;     // without these two the machine carries two deques:
    using no_exception_thrown = int;  // half the speed, twice the size
    static_assert(boost::mp11::mp_size<transition_table>::value == rows_of<group, Instrument>);

    template <class Fsm, class Event>
    void no_transition(const Event&, Fsm&, int) {}
};

template <std::size_t group, class Instrument>
class GroupMachine {
    using Msm = boost::msm::back::state_machine<Front<group, Instrument>>;
    static_assert(sizeof(Msm) <= 64, "a message queue or deferred events have crept into the machine");

    template <State s>
    static constexpr int id_of() {
        constexpr auto& indices = indices_of<group, Instrument>;
        constexpr bool here = std::any_of(indices.begin(), indices.end(), [](std::size_t i) {
            return Instrument::rows[i].source == s || Instrument::rows[i].target == s;
        });
        if constexpr (here) {
            return boost::msm::back::get_state_id<typename Msm::stt, InState<s>>::value;
        } else {
            return -1;
        }
    }
    template <std::size_t... s>
    static constexpr std::array<int, state_count> make_ids(std::index_sequence<s...>) {
        return {id_of<static_cast<State>(s)>()...};
    }
    static constexpr std::array<State, state_count> invert(const std::array<int, state_count>& ids) {
        std::array<State, state_count> states{};
        for (std::size_t s = 0; s < state_count; ++s) {
            if (ids[s] >= 0) states[static_cast<std::size_t>(ids[s])] = static_cast<State>(s);
        }
        return states;
    }

public:
    template <Check c>
    static bool offer(State& state, Context& x, GoOn& go_on) {
        // MSM numbers the states in the order of their appearance in the table; -1: it has no row here.
        static constexpr auto ids = make_ids(std::make_index_sequence<state_count>{});
        static constexpr auto of_id = invert(ids);
        const int id = ids[static_cast<std::size_t>(state)];
        if (id < 0) return false;
        Msm msm;
        int& current = const_cast<int*>(msm.current_state())[0];
        current = id;
        if (msm.process_event(On<c>{x, go_on}) != boost::msm::back::HANDLED_TRUE) return false;
        state = of_id[static_cast<std::size_t>(current)];
        return true;
    }
};

template <class Instrument>
class Machine {
public:
    static constexpr bool complete = std::is_same_v<Instrument, Plain>;  // instruments make holes

    explicit Machine(State s) : state_{s} {}

    State state() const { return state_; }

    static bool outstanding(const Config& config) { return Instrument::outstanding(config); }

    /// True when a row fired.
    bool offer(Check check, Context& x, GoOn& go_on) {
        static constexpr auto by_check = []<std::size_t... c>(std::index_sequence<c...>) {
            return std::array{
                &GroupMachine<group_of(static_cast<Check>(c)), Instrument>::template offer<static_cast<Check>(c)>...};
        }
        (std::make_index_sequence<check_count>{});
        return by_check[static_cast<std::size_t>(check)](state_, x, go_on);
    }

private:
    State state_;
};

}  // namespace lastack
