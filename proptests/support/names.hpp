// What case files call the timers and what surrounds a call.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"

namespace lastack::support {

struct TimerName {
    std::string_view name;
    std::uint8_t bit;
    TimeoutKind timeout;
};
inline constexpr std::array<TimerName, 4> timer_names{{
    {"retransmission", timer::retransmission, TimeoutKind::retransmission},
    {"user", timer::user, TimeoutKind::user},
    {"time-wait", timer::time_wait, TimeoutKind::time_wait},
    {"fin-wait-2", timer::fin_wait_2, TimeoutKind::fin_wait_2},
}};

/// "retransmission user"; "none".
inline std::string names_of_timers(std::uint8_t bits) {
    std::string text;
    for (const TimerName& t : timer_names) {
        if ((bits & t.bit) == 0) continue;
        if (!text.empty()) text += " ";
        text += t.name;
    }
    return text.empty() ? "none" : text;
}

/// What is not as usual around a call: `usual` is then false.
struct CallWord {
    std::string_view word;
    bool Call::*usual;
    bool of_open_only;
};
inline constexpr std::array<CallWord, 4> call_words{{
    {"unspecified", &Call::remote_specified, true},
    {"security-refused", &Call::security_allowed, true},
    {"forbidden", &Call::permitted, false},
    {"no-room", &Call::room, false},
}};
constexpr bool is_open(CallKind kind) { return kind == CallKind::open_active || kind == CallKind::open_passive; }

/// " forbidden no-room"; nothing when all is as usual.
inline std::string words_around(const Call& call) {
    std::string text;
    for (const CallWord& w : call_words) {
        if (!(call.*w.usual) && (is_open(call.kind) || !w.of_open_only)) text.append(" ").append(w.word);
    }
    return text;
}

}  // namespace lastack::support
