#include "lastack/support/wording.hpp"

#include <algorithm>

#include "names.hpp"

namespace lastack::support {

std::string words_of(const Event& event) {
    if (const auto* timeout = std::get_if<Timeout>(&event)) {
        if (timeout->kind == TimeoutKind::time_wait) return "2 MSL";
        const auto t = std::find_if(timer_names.begin(), timer_names.end(),
                                    [&](const TimerName& n) { return n.timeout == timeout->kind; });
        return std::string{t->name} + " timeout";
    }
    const auto* call = std::get_if<Call>(&event);
    if (call == nullptr) return {};
    std::string text{name(call->kind)};  // the number of an OPEN is seen on the SYN
    if (call->kind == CallKind::send || call->kind == CallKind::receive) text += " " + std::to_string(call->octets);
    return text + words_around(*call);
}

std::vector<std::string> worth_a_line(State before, const Event& event, const Outcome& out) {
    constexpr std::uint16_t told =
        signal::connection_refused | signal::connection_reset | signal::connection_closing | signal::user_timeout;
    std::vector<std::string> lines;
    for (unsigned bit = 0; bit < 16; ++bit) {
        const auto signal = static_cast<std::uint16_t>(1u << bit);
        if ((out.signals & signal & told) != 0) lines.emplace_back(name_of_signal(signal));
    }
    if (out.reply > Reply::ok) lines.emplace_back(name(out.reply));
    if (before == State::TimeWait && (out.restarted & timer::time_wait) != 0) lines.emplace_back("2 MSL anew");
    const bool refused = std::holds_alternative<Departure>(event) && out.verdict == Verdict::refused;
    if (refused) lines.emplace_back("refused: it may not leave");
    return lines;
}

}  // namespace lastack::support
