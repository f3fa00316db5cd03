// Outcome: the answer to one event.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/rule.hpp"

namespace lastack {

/// transition: the state changed. no_change: handled, the state stayed. ignored: dropped or without
/// effect, the Config is equal. refused: an error reply to a call, or a departure that the RFC does
/// not allow; the Config is equal.
enum class Verdict : std::uint8_t { transition, no_change, ignored, refused };

/// Replies to a call, with the RFC's strings (3.10).
enum class Reply : std::uint8_t {
    none,
    ok,
    connection_does_not_exist,
    connection_illegal,
    connection_already_exists,
    remote_socket_unspecified,
    insufficient_resources,
    security_not_allowed,
    connection_closing,
};

/// Signals to the user (a bit set): delayed responses to calls, and unsolicited ones.
namespace signal {
inline constexpr std::uint16_t connection_refused = 0x0001;
inline constexpr std::uint16_t connection_reset = 0x0002;
inline constexpr std::uint16_t connection_closing = 0x0004;  ///< the peer's FIN was processed
inline constexpr std::uint16_t user_timeout = 0x0008;        ///< aborted due to user timeout
inline constexpr std::uint16_t established = 0x0010;         ///< the OPEN is complete
inline constexpr std::uint16_t close_ok = 0x0020;            ///< our FIN is acknowledged
inline constexpr std::uint16_t urgent = 0x0040;
inline constexpr std::uint16_t calls_closing = 0x0080;  ///< waiting SENDs, RECEIVEs end: "closing"
inline constexpr std::uint16_t calls_reset = 0x0100;       ///< waiting SENDs, RECEIVEs end: "reset"
inline constexpr std::uint16_t push = 0x0200;
}  // namespace signal

struct Outcome {
    static constexpr std::size_t max_fired = 16;

    Config next;
    Verdict verdict{Verdict::ignored};
    Reply reply{Reply::none};
    std::uint16_t signals{0};
    std::uint8_t restarted{0};  ///< timers started or started anew (timer::... bits)
    std::uint8_t fired_count{0};
    bool asked{false};                    ///< a choice was asked while open; its first reading was taken
    Choice first_asked{};                 ///< the first such choice
    std::uint32_t delivered{0};           ///< octets handed to RECEIVE
    std::uint32_t acknowledged{0};        ///< octets of SENDs newly acknowledged ("ok")
    std::array<Rule, max_fired> fired{};  ///< the rules that fired, in order
};

std::string_view name(Verdict);
std::string_view name(Reply);  ///< "error: connection does not exist"
std::string_view name_of_signal(std::uint16_t bit);

}  // namespace lastack
