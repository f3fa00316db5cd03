// What case files call the timers.
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

}  // namespace lastack::support
