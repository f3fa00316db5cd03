// The form of the table: a row is one clause of the RFC.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "clauses.hpp"
#include "lastack/lifecycle/variant.hpp"

namespace lastack {

/// What a row waits for: a user call, one check of an arriving segment, a timeout, or one aspect of a
/// departing segment. Each is an event of the machine.
enum class Check : std::uint8_t {
    open_call,
    send_call,
    receive_call,
    close_call,
    abort_call,
    status_call,
    any_check,
    timestamp_check,
    sequence_check,
    rst_check,
    security_check,
    syn_check,
    ack_check,
    urg_check,
    text_check,
    fin_check,
    other_check,
    user_timeout,
    retransmission_timeout,
    time_wait_timeout,
    fin_wait_2_timeout,
    depart_rst,
    depart_syn,
    depart_text,
    depart_fin,
    depart_ack,
};
inline constexpr std::size_t check_count = 26;

constexpr std::string_view name(Check c) {
    constexpr std::array<std::string_view, check_count> names{"open_call",
                                                              "send_call",
                                                              "receive_call",
                                                              "close_call",
                                                              "abort_call",
                                                              "status_call",
                                                              "any_check",
                                                              "timestamp_check",
                                                              "sequence_check",
                                                              "rst_check",
                                                              "security_check",
                                                              "syn_check",
                                                              "ack_check",
                                                              "urg_check",
                                                              "text_check",
                                                              "fin_check",
                                                              "other_check",
                                                              "user_timeout",
                                                              "retransmission_timeout",
                                                              "time_wait_timeout",
                                                              "fin_wait_2_timeout",
                                                              "depart_rst",
                                                              "depart_syn",
                                                              "depart_text",
                                                              "depart_fin",
                                                              "depart_ack"};
    return names[static_cast<std::size_t>(c)];
}

/// The spelling of a function given as a template argument, for documents.
template <auto f>
constexpr std::string_view spelling() {
    std::string_view s = __PRETTY_FUNCTION__;
    const auto from = s.find("f = ") + 4;
    const auto to = s.find(';', from) == std::string_view::npos ? s.rfind(']') : s.find(';', from);
    return s.substr(from, to - from);
}

using Guard = bool (*)(Context&);
using Action = GoOn (*)(Context&);

struct Row {
    char id[40]{};
    State source{};
    Check check{};
    State target{};
    Action action{};
    Guard guard{};
    bool guarded{true};  ///< false: the guard is `always`
    std::string_view action_name;
    std::string_view guard_name;
    Variant variant{Variant::none};  ///< the row is of this variant, and of no RFC
};

constexpr void append(char (&id)[40], std::string_view text) {
    std::size_t n = 0;
    while (id[n] != 0) ++n;
    for (char c : text) id[n++] = c;  // an id that is too long does not compile
    id[n] = 0;
}

/// `R<action, guard>(id, source, check, target)`: one row.
template <auto action, auto guard = always>
constexpr std::array<Row, 1> R(std::string_view id, State source, Check check, State target) {
    Row row;
    append(row.id, id);
    row.source = source;
    row.check = check;
    row.target = target;
    row.action = action;
    row.guard = guard;
    row.guarded = !std::is_same_v<std::integral_constant<Guard, guard>, std::integral_constant<Guard, always>>;
    row.action_name = spelling<action>();
    row.guard_name = spelling<guard>();
    return {row};
}
/// A row that keeps the state.
template <auto action, auto guard = always>
constexpr std::array<Row, 1> R(std::string_view id, State source, Check check) {
    return R<action, guard>(id, source, check, source);
}

/// The same clause for several states, as the RFC lists them above one paragraph. The state's
/// abbreviation goes between the two parts of the id.
template <auto action, auto guard = always, std::size_t N>
constexpr std::array<Row, N> each(std::string_view before, std::string_view behind, const std::array<State, N>& sources,
                                  Check check) {
    std::array<Row, N> rows;
    for (std::size_t i = 0; i < N; ++i) {
        rows[i] = R<action, guard>("", sources[i], check)[0];
        append(rows[i].id, before);
        append(rows[i].id, abbreviation(sources[i]));
        append(rows[i].id, behind);
    }
    return rows;
}
template <auto action, auto guard = always, std::size_t N>
constexpr std::array<Row, N> each(std::string_view before, std::string_view behind, const std::array<State, N>& sources,
                                  Check check, State target) {
    auto rows = each<action, guard>(before, behind, sources, check);
    for (Row& row : rows) row.target = target;
    return rows;
}

template <std::size_t... N>
constexpr auto join(const std::array<Row, N>&... parts) {
    std::array<Row, (N + ...)> rows;
    std::size_t n = 0;
    const auto add = [&](const auto& part) {
        for (const Row& row : part) rows[n++] = row;
    };
    (add(parts), ...);
    return rows;
}

// The lists of states that head the RFC's paragraphs.
using enum State;
template <class... S>
constexpr auto states(S... s) {
    return std::array<State, sizeof...(S)>{s...};
}
inline constexpr auto other_states =
    states(SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait);
inline constexpr auto synchronized_states =
    states(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait);
inline constexpr auto receiving_states = states(Established, FinWait1, FinWait2);
inline constexpr auto past_peer_fin = states(CloseWait, Closing, LastAck, TimeWait);

}  // namespace lastack
