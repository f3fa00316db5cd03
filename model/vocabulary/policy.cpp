// The table of choices, policies as text, and the named profiles.
#include "lastack/vocabulary/policy.hpp"

#include <algorithm>

namespace lastack {
namespace {

// "figure_7, letter" -> the readings, at compile time: the macro's list is their only source.
constexpr ChoiceInfo describe(Choice choice, std::string_view name, std::string_view decision, std::string_view place,
                              std::string_view readings) {
    ChoiceInfo info{choice, name, decision, place, {}, 0};
    while (!readings.empty()) {
        const std::size_t comma = std::min(readings.find(','), readings.size());
        info.readings.at(info.reading_count++) = readings.substr(0, comma);
        readings.remove_prefix(comma);
        while (!readings.empty() && (readings.front() == ',' || readings.front() == ' ')) readings.remove_prefix(1);
    }
    return info;
}

constexpr std::array all_choices{
#define LASTACK_INFO(choice, page, place, ...) describe(Choice::choice, #choice, page, place, #__VA_ARGS__),
    LASTACK_CHOICES(LASTACK_INFO)
#undef LASTACK_INFO
};
static_assert(all_choices.size() <= 64, "a Policy keeps one bit a choice");

struct Decision {
    Choice choice;
    std::uint8_t reading;
};

template <std::size_t Count>
constexpr Policy decide(const std::array<Decision, Count>& decisions) {
    Policy policy;
    for (const Decision& d : decisions) policy = policy.with(d.choice, d.reading);
    return policy;
}

// The rule for rfc9293: a choice is decided where only one reading conforms to RFC 9293,
// and open where the RFC permits several, be it as a MAY, be it because its own
// sentences pull in different directions and each reading has one on its side.
constexpr Policy rfc9293 = decide(std::array{
    Decision{Choice::rst_validation, reading::rst_validation::rfc5961},
    Decision{Choice::syn_validation, reading::syn_validation::rfc5961},
    Decision{Choice::fin_wait_2_timer, reading::fin_wait_2_timer::none},
    Decision{Choice::time_wait_rst, reading::time_wait_rst::closed},
    Decision{Choice::bad_ack_goes_on, reading::bad_ack_goes_on::drop},
    Decision{Choice::last_ack_partial, reading::last_ack_partial::process},
});

// What a stack of 1981 to 2010 does: RFC 5961 not yet written.
constexpr Policy rfc793 = decide(std::array{
    Decision{Choice::rst_validation, reading::rst_validation::rfc793},
    Decision{Choice::syn_validation, reading::syn_validation::rfc793},
    Decision{Choice::ack_range, reading::ack_range::off},
    Decision{Choice::time_wait_rst, reading::time_wait_rst::closed},
    Decision{Choice::fin_wait_2_timer, reading::fin_wait_2_timer::none},
});

// What Linux 6 shows on the wire where it is known; the rest is left to be found out.
constexpr Policy linux_6 = decide(std::array{
    Decision{Choice::rst_validation, reading::rst_validation::rfc5961},
    Decision{Choice::syn_validation, reading::syn_validation::rfc5961},
    Decision{Choice::simultaneous_open, reading::simultaneous_open::figure_7},
    Decision{Choice::time_wait_rst, reading::time_wait_rst::closed},
    Decision{Choice::time_wait_reuse, reading::time_wait_reuse::timestamps_or_sequence},
    Decision{Choice::fin_wait_2_timer, reading::fin_wait_2_timer::orphan},
    Decision{Choice::ack_range, reading::ack_range::rfc5961},
    Decision{Choice::duplicate_syn, reading::duplicate_syn::repeat_syn_ack},
    Decision{Choice::time_wait_ack, reading::time_wait_ack::silent},
});

constexpr std::array all_profiles{
    Profile{"rfc9293", "RFC 9293 with RFC 5961; open where the RFC permits several readings", rfc9293},
    Profile{"rfc793", "RST and SYN treated as RFC 793 did, before RFC 5961", rfc793},
    Profile{"linux", "what Linux 6 does", linux_6},
};

// Applies one word, "choice=reading", to `policy`.
bool apply(std::string_view word, Policy& policy, std::string& error) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
        error = "policy: '" + std::string{word} + "' is neither a profile nor choice=reading";
        return false;
    }
    const std::string_view name = word.substr(0, equals);
    const std::string_view wanted = word.substr(equals + 1);
    const auto choice = std::ranges::find(all_choices, name, &ChoiceInfo::name);
    if (choice == all_choices.end()) {
        error = "policy: there is no choice '" + std::string{name} + "'";
        return false;
    }
    for (std::uint8_t i = 0; i < choice->reading_count; ++i) {
        if (choice->readings[i] != wanted) continue;
        policy = policy.with(choice->choice, i);
        return true;
    }
    error = "policy: " + std::string{name} + " has no reading '" + std::string{wanted} + "', only";
    for (std::uint8_t i = 0; i < choice->reading_count; ++i) error.append(" ").append(choice->readings[i]);
    return false;
}

}  // namespace

std::span<const ChoiceInfo> choices() { return all_choices; }

const ChoiceInfo& info(Choice choice) { return all_choices.at(static_cast<std::size_t>(choice)); }

std::string to_string(const Policy& policy) {
    std::string text;
    for (const ChoiceInfo& c : all_choices) {
        if (!policy.decided(c.choice)) continue;
        if (!text.empty()) text += ' ';
        text.append(c.name).append("=").append(c.readings.at(policy.value(c.choice)));
    }
    return text.empty() ? "any" : text;
}

// The words apply from left to right, so "linux half_duplex=on" amends a profile.
std::optional<Policy> parse_policy(std::string_view text, std::string& error) {
    static constexpr std::string_view blanks = " ,\t\r\n";
    Policy policy;
    bool first = true;
    while (true) {
        const std::size_t begin = text.find_first_not_of(blanks);
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const std::string_view word = text.substr(0, text.find_first_of(blanks));
        text.remove_prefix(word.size());
        if (const auto named = profile(word); first && named) {
            policy = named->policy;
        } else if (!(first && word == "any") && !apply(word, policy, error)) {
            return std::nullopt;
        }
        first = false;
    }
    if (first) {
        error = "policy: empty; write 'any', a profile, or choice=reading";
        return std::nullopt;
    }
    return policy;
}

std::span<const Profile> profiles() { return all_profiles; }

std::optional<Profile> profile(std::string_view name) {
    const auto found = std::ranges::find(all_profiles, name, &Profile::name);
    if (found == all_profiles.end()) return std::nullopt;
    return *found;
}

}  // namespace lastack
