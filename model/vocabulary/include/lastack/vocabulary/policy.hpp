// Policy: the choices that RFC 9293 leaves open, contradicts itself on, or lets
// another RFC decide, and that a stack makes once. A Policy is a cube: some
// choices decided, the others open.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lastack {

// X(choice, decision page, RFC place, default reading, other reading[s])
// The first reading is taken while a choice is open and nobody branches on it.
// clang-format off
#define LASTACK_CHOICES(X)                                                                                             \
    X(simultaneous_open,    "C1",  "RFC 9293 3.5 Figure 7, 3.10.7.4 first check", figure_7, letter)                    \
    X(time_wait_fin,        "C2",  "RFC 9293 3.10.7.4 first, fifth and eighth check", restart, letter)                 \
    X(time_wait_ack,        "C3",  "RFC 9293 3.10.7.4 fifth check", silent, letter)                                    \
    X(reset_sender,         "C4",  "RFC 9293 3.5.2, 3.10.5", closed, time_wait)                                        \
    X(syn_text,             "C7",  "RFC 9293 3.10.7.2 third check, 3.10.7.3 fourth check", queue, ignore, acknowledge) \
    X(syn_fin,              "C7",  "RFC 9293 3.10.7.2 third check, 3.10.7.3 fourth check", queue, ignore, drop)        \
    X(receive_when_closing, "C9",  "RFC 9293 3.10.3, 3.6", error, deliver)                                             \
    X(overhanging_segment,  "C10", "RFC 9293 3.4 Table 6", reject, trim)                                               \
    X(rfc6191_refusal,      "C11", "RFC 6191 2, RFC 9293 3.10.7.4 fourth check", drop, challenge_ack)                  \
    X(time_wait_rst,        "C12", "RFC 9293 3.10.7.4 second check, RFC 1337 3", closed, ignore)                       \
    X(bad_ack_order,        "C13", "RFC 9293 3.10.7.4 fifth check, RFC 5961 5", reset, rfc5961_first)                  \
    X(closing_reset_signal, "C15", "RFC 9293 3.5.3, 3.10.7.4 second check", silent, signal)                            \
    X(bad_ack_goes_on,      "C16", "RFC 9293 3.10.7.4 fifth check", drop, letter)                                      \
    X(last_ack_partial,     "C17", "RFC 9293 3.10.7.4 fifth check", process, letter)                                   \
    X(second_fin,           "C18", "RFC 9293 3.10.7.4 eighth check", stay, letter)                                     \
    X(ack_range,            "C19", "RFC 9293 3.10.7.4 fifth check (MAY-12), RFC 5961 5", off, rfc5961)                 \
    X(zero_window,          "C20", "RFC 9293 3.4 Table 6, 3.10.7.4 first check", allowance, table_6, accept_fin)       \
    X(held_segment,         "C21", "RFC 9293 3.10.7.4 first check (SHLD-31)", at_once, in_order, discard)              \
    X(straddling_syn,       "C22", "RFC 9293 3.10.7.4 first and fourth check", trim, irrespective)                     \
    X(user_timeout_reset,   "C23", "RFC 9293 3.10.8, 3.9.1.1", silent, reset)                                          \
    X(user_timeout_passive, "C23", "RFC 9293 3.10.8, 3.8.3", closed, listen)                                           \
    X(relisten_remote,      "C24", "RFC 9293 3.10.7.4 second and fourth check", forget, keep)                          \
    X(syn_text_counts,      "C26", "RFC 9293 3.10.1, 3.10.7.3 first check", counted, letter)                           \
    X(time_wait_reuse,      "C27", "RFC 9293 3.6.1 (MAY-2), RFC 6191 2", none, sequence, rfc6191, timestamps_or_sequence) \
    X(reuse_reset,          "C27", "RFC 9293 3.6.1 (MAY-2), 3.10.7.4 second check", time_wait, listen)                 \
    X(call_behind_close,    "C28", "RFC 9293 3.10.2, 3.6", refuse, accept)                                             \
    X(syn_error_reset_form, "C29", "RFC 9293 3.10.7.4 third and fourth check, 3.5.2", by_group, from_snd_nxt)          \
    X(bad_ack_sequence,     "C30", "RFC 9293 3.5.2 group 2, 3.10.7.4 first check", check_first, irrespective)          \
    X(unacked_syn_text,     "C31", "RFC 9293 3.10.4, 3.10.7.4 fifth check", deliver, hold_back)                        \
    X(silent_abort,         "C32", "RFC 9293 3.10.5, 3.9.1.6", silent, reset)                                          \
    X(rst_validation,       "D33", "RFC 9293 3.10.7.4 second check, RFC 5961 3.2", rfc5961, rfc793)                    \
    X(syn_validation,       "D33", "RFC 9293 3.10.7.4 fourth check, RFC 5961 4.2", rfc5961, rfc793)                    \
    X(duplicate_syn,        "D34", "RFC 9293 3.10.7.4 first check", acknowledge, repeat_syn_ack)                       \
    X(fin_wait_2_timer,     "D35", "RFC 9293 3.10.8 (which has none)", none, orphan)                          \
    X(half_duplex,          "D36", "RFC 9293 3.6.1 (MAY-1, SHLD-3)", off, on)                                          \
    X(missing_timestamp,    "D37", "RFC 7323 3.2", drop, accept)
// clang-format on

enum class Choice : std::uint8_t {
#define LASTACK_ENUM(choice, page, place, ...) choice,
    LASTACK_CHOICES(LASTACK_ENUM)
#undef LASTACK_ENUM
};

/// The readings of each choice: `reading::rst_validation::rfc5961`.
namespace reading {
#define LASTACK_READING(choice, page, place, ...) \
    namespace choice {                            \
    enum : std::uint8_t { __VA_ARGS__ };          \
    }
LASTACK_CHOICES(LASTACK_READING)
#undef LASTACK_READING
}  // namespace reading

struct ChoiceInfo {
    Choice choice;
    std::string_view name;
    std::string_view decision;  ///< page in spec/decisions
    std::string_view place;     ///< RFC and section
    std::array<std::string_view, 4> readings;
    std::uint8_t reading_count;
};

/// All choices, in the order of the enumeration.
std::span<const ChoiceInfo> choices();
const ChoiceInfo& info(Choice);

class Policy {
public:
    constexpr Policy() = default;

    constexpr bool decided(Choice c) const { return (decided_ & bit(c)) != 0; }
    /// The decided reading; the first one while the choice is open.
    constexpr std::uint8_t value(Choice c) const {
        return static_cast<std::uint8_t>(((low_ & bit(c)) ? 1 : 0) | ((high_ & bit(c)) ? 2 : 0));
    }
    constexpr Policy with(Choice c, std::uint8_t reading) const {
        Policy p = *this;
        p.decided_ |= bit(c);
        p.low_ = (p.low_ & ~bit(c)) | ((reading & 1) ? bit(c) : 0);
        p.high_ = (p.high_ & ~bit(c)) | ((reading & 2) ? bit(c) : 0);
        return p;
    }
    constexpr Policy without(Choice c) const {
        Policy p = *this;
        p.decided_ &= ~bit(c);
        p.low_ &= ~bit(c);
        p.high_ &= ~bit(c);
        return p;
    }
    /// Some stack could follow both: no choice is decided differently.
    constexpr bool compatible(const Policy& o) const {
        const std::uint64_t both = decided_ & o.decided_;
        return (((low_ ^ o.low_) | (high_ ^ o.high_)) & both) == 0;
    }
    /// Every choice that `o` decides is decided here, and alike: this cube lies inside `o`.
    constexpr bool refines(const Policy& o) const { return (o.decided_ & ~decided_) == 0 && compatible(o); }
    /// Both cubes' decisions; only for compatible ones.
    constexpr Policy intersect(const Policy& o) const {
        Policy p = *this;
        p.decided_ |= o.decided_;
        p.low_ |= o.low_;
        p.high_ |= o.high_;
        return p;
    }
    constexpr bool fully_open() const { return decided_ == 0; }

    friend constexpr bool operator==(const Policy&, const Policy&) = default;

private:
    static constexpr std::uint64_t bit(Choice c) { return std::uint64_t{1} << static_cast<unsigned>(c); }
    std::uint64_t decided_{0};
    std::uint64_t low_{0};
    std::uint64_t high_{0};
};

/// "rst_validation=rfc5961 half_duplex=on"; "any" when nothing is decided.
std::string to_string(const Policy&);
/// The inverse; also takes the name of a profile. Error text in `error`.
std::optional<Policy> parse_policy(std::string_view text, std::string& error);

struct Profile {
    std::string_view name;
    std::string_view what;
    Policy policy;
};

/// rfc9293: decided where only one reading conforms to RFC 9293 (RFC 5961's checks followed), open where
/// the RFC permits several or contradicts itself. rfc793: RST and SYN as RFC 793 has them. linux: Linux 6.
std::span<const Profile> profiles();
std::optional<Profile> profile(std::string_view name);

}  // namespace lastack
