// The eleven states of RFC 9293 3.3.2.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lastack {

enum class State : std::uint8_t {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
};

inline constexpr std::size_t state_count = 11;

inline constexpr std::array<State, state_count> all_states{
    State::Closed,   State::Listen,    State::SynSent, State::SynReceived, State::Established, State::FinWait1,
    State::FinWait2, State::CloseWait, State::Closing, State::LastAck,     State::TimeWait};

/// The RFC's spelling, "SYN-RECEIVED".
constexpr std::string_view name(State s) {
    constexpr std::array<std::string_view, state_count> names{"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                              "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                              "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
    return names[static_cast<std::size_t>(s)];
}

/// The short form used inside rule ids, "SR".
constexpr std::string_view abbreviation(State s) {
    constexpr std::array<std::string_view, state_count> names{"CD",  "LI", "SS", "SR", "ES", "FW1",
                                                              "FW2", "CW", "CL", "LA", "TW"};
    return names[static_cast<std::size_t>(s)];
}

constexpr std::optional<State> state_from_name(std::string_view text) {
    for (State s : all_states) {
        if (name(s) == text) return s;
    }
    return std::nullopt;
}

/// Both peers' initial numbers are known and acknowledged (RFC 9293 3.5.2, group 3).
constexpr bool synchronized(State s) { return s >= State::Established; }

}  // namespace lastack
