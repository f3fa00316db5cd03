// What Python calls the enumerators: the words of the trace format (spec/trace.schema.json) where it has them.
#pragma once

#include "convert.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack::python {

inline constexpr Names<CallKind, 7> call_names{{{CallKind::open_passive, "open_passive"},
                                                {CallKind::open_active, "open_active"},
                                                {CallKind::send, "send"},
                                                {CallKind::receive, "receive"},
                                                {CallKind::close, "close"},
                                                {CallKind::abort, "abort"},
                                                {CallKind::status, "status"}}};
inline constexpr Names<TimeoutKind, 4> timeout_names{{{TimeoutKind::user, "user"},
                                                      {TimeoutKind::retransmission, "retransmission"},
                                                      {TimeoutKind::time_wait, "time_wait"},
                                                      {TimeoutKind::fin_wait_2, "fin_wait_2"}}};
inline constexpr Names<std::uint8_t, 4> timer_names{{{timer::retransmission, "retransmission"},
                                                     {timer::user, "user"},
                                                     {timer::time_wait, "time_wait"},
                                                     {timer::fin_wait_2, "fin_wait_2"}}};
inline constexpr Names<OwedKind, 8> owed_names{{{OwedKind::ack, "ack"},
                                                {OwedKind::challenge_ack, "challenge_ack"},
                                                {OwedKind::syn, "syn"},
                                                {OwedKind::syn_ack, "syn_ack"},
                                                {OwedKind::text, "text"},
                                                {OwedKind::fin, "fin"},
                                                {OwedKind::rst, "rst"},
                                                {OwedKind::rst_ack, "rst_ack"}}};
inline constexpr Names<Origin, 4> origin_names{
    {{Origin::none, "none"}, {Origin::passive, "passive"}, {Origin::active, "active"}, {Origin::reuse, "reuse"}}};
inline constexpr Names<Fin, 3> fin_names{{{Fin::none, "none"}, {Fin::queued, "queued"}, {Fin::sent, "sent"}}};
inline constexpr Names<Verdict, 4> verdict_names{{{Verdict::transition, "transition"},
                                                  {Verdict::no_change, "no_change"},
                                                  {Verdict::ignored, "ignored"},
                                                  {Verdict::refused, "refused"}}};

/// The names of the timers whose bit is set.
inline py::tuple timers_of(std::uint8_t bits) {
    py::list names;
    for (const auto& [bit, word] : timer_names) {
        if ((bits & bit) != 0) names.append(word);
    }
    return py::tuple(names);
}

}  // namespace lastack::python
