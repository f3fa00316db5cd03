// What Python calls the enumerators: the words of the trace format (spec/trace.schema.json) where it has them.
#pragma once

#include "convert.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack::python {

inline constexpr Words<CallKind, 7> call_words{{{CallKind::open_passive, "open_passive"},
                                                {CallKind::open_active, "open_active"},
                                                {CallKind::send, "send"},
                                                {CallKind::receive, "receive"},
                                                {CallKind::close, "close"},
                                                {CallKind::abort, "abort"},
                                                {CallKind::status, "status"}}};
inline constexpr Words<TimeoutKind, 4> timeout_words{{{TimeoutKind::user, "user"},
                                                      {TimeoutKind::retransmission, "retransmission"},
                                                      {TimeoutKind::time_wait, "time_wait"},
                                                      {TimeoutKind::fin_wait_2, "fin_wait_2"}}};
inline constexpr Words<std::uint8_t, 4> timer_words{{{timer::retransmission, "retransmission"},
                                                     {timer::user, "user"},
                                                     {timer::time_wait, "time_wait"},
                                                     {timer::fin_wait_2, "fin_wait_2"}}};
inline constexpr Words<OwedKind, 8> owed_words{{{OwedKind::ack, "ack"},
                                                {OwedKind::challenge_ack, "challenge_ack"},
                                                {OwedKind::syn, "syn"},
                                                {OwedKind::syn_ack, "syn_ack"},
                                                {OwedKind::text, "text"},
                                                {OwedKind::fin, "fin"},
                                                {OwedKind::rst, "rst"},
                                                {OwedKind::rst_ack, "rst_ack"}}};
inline constexpr Words<Origin, 4> origin_words{
    {{Origin::none, "none"}, {Origin::passive, "passive"}, {Origin::active, "active"}, {Origin::reuse, "reuse"}}};
inline constexpr Words<Fin, 3> fin_words{{{Fin::none, "none"}, {Fin::queued, "queued"}, {Fin::sent, "sent"}}};
inline constexpr Words<Verdict, 4> verdict_words{{{Verdict::transition, "transition"},
                                                  {Verdict::no_change, "no_change"},
                                                  {Verdict::ignored, "ignored"},
                                                  {Verdict::refused, "refused"}}};

/// The names of the timers whose bit is set.
inline py::tuple timers_of(std::uint8_t bits) {
    py::list names;
    for (const auto& [bit, word] : timer_words) {
        if ((bits & bit) != 0) names.append(word);
    }
    return py::tuple(names);
}

}  // namespace lastack::python
