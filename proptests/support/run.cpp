#include "lastack/support/run.hpp"

#include <array>

namespace lastack::support {
namespace {

constexpr std::array<std::string_view, 7> call_classes{"OPEN passive", "OPEN active", "SEND",  "RECEIVE",
                                                       "CLOSE",        "ABORT",       "STATUS"};
constexpr std::array<std::string_view, 4> timeout_classes{"user timeout", "retransmission timeout", "time-wait timeout",
                                                          "FIN-WAIT-2 timeout"};
// Of arriving segments: the RFC's order of checks decides which bit names the class.
constexpr std::array<std::string_view, 8> segment_classes{"RST", "RST,ACK", "SYN", "SYN,ACK",
                                                          "FIN", "text",    "ACK", "neither"};
constexpr std::array<std::string_view, 5> departure_classes{"sends RST", "sends SYN", "sends text", "sends FIN",
                                                            "sends ACK"};

std::size_t class_of(const Segment& s) {
    if (s.rst()) return s.has_ack() ? 1 : 0;
    if (s.syn()) return s.has_ack() ? 3 : 2;
    if (s.fin()) return 4;
    if (s.text > 0) return 5;
    return s.has_ack() ? 6 : 7;
}
std::size_t departure_class(const Segment& s) {
    if (s.rst()) return 0;
    if (s.syn()) return 1;
    if (s.text > 0) return 2;
    return s.fin() ? 3 : 4;
}

constexpr std::size_t timeouts_from = call_classes.size();
constexpr std::size_t segments_from = timeouts_from + timeout_classes.size();
constexpr std::size_t departures_from = segments_from + segment_classes.size();

/// Most segments that one event can set free in a prompt run; a livelock would pass it.
constexpr std::size_t most_answers = 32;

class EndRun {
public:
    EndRun(std::span<const Word> words, const RunOptions& options) : words_{words}, options_{options} {
        if (!words.empty()) setting_ = decode_setting(words.front());
        if (options_.recording != nullptr) {
            options_.recording->b_is_played = true;
            options_.recording->policies[0] = setting_.policy;
            options_.recording->instruments = options_.subject.instruments;
            options_.recording->foreign = options_.subject.tamper != nullptr;
            options_.recording->words.assign(words.begin(), words.end());
        }
    }

    std::optional<Broken> run() {
        if (options_.coverage != nullptr) ++options_.coverage->sequences;
        for (at_ = 1; at_ < words_.size(); ++at_) {
            const Event event = decode(words_[at_], c_, setting_, place_);
            if (setting_.prompt ? !happen_promptly(event) : !happen(event)) break;
        }
        return broken_;
    }

private:
    /// One event, in a run where what is owed may wait.
    bool happen(const Event& event) {
        const Outcome out = options_.subject.step(c_, event, setting_.policy);
        const Observation o{c_, event, out, setting_.policy, past_, {}, out.next, false};
        if (!hold(o)) return false;
        take(o);
        return true;
    }

    /// One event and everything that leaves because of it.
    bool happen_promptly(const Event& event) {
        const Config before = c_;
        const Past past = past_;
        const Outcome out = options_.subject.step(c_, event, setting_.policy);
        take({before, event, out, setting_.policy, past, {}, out.next, false});

        std::array<Segment, most_answers> answer;
        std::size_t answers = 0;
        while (answers < most_answers) {
            const auto segment = next_departure(c_, scheduler_options(setting_, place_));
            if (!segment) break;
            const Event departure = Departure{*segment};
            const Outcome left = options_.subject.step(c_, departure, setting_.policy);
            const Observation o{c_, departure, left, setting_.policy, past_, {}, left.next, false};
            if (!hold(o)) return false;
            take(o);
            if (left.verdict == Verdict::refused) break;  // it would be proposed for ever
            answer[answers++] = *segment;
        }
        return hold({before, event, out, setting_.policy, past, std::span{answer}.first(answers), c_, true});
    }

    bool hold(const Observation& o) {
        for (std::size_t i = 0; i < options_.properties.size(); ++i) {
            const EndProperty& p = *options_.properties[i];
            const Finding f = p.check(o);
            if (f == Finding::vacuous) continue;
            if (f == Finding::broken) {
                broken_ =
                    Broken{std::string{p.id},
                           std::string{p.id} + " (" + std::string{p.sentence} + ") broken by " + to_string(o.event) +
                               " in " + lastack::to_string(o.before) + "; then " + lastack::to_string(o.after()),
                           at_};
                if (options_.recording != nullptr && !o.prompt) record(o);
                return false;
            }
            if (options_.coverage != nullptr)
                ++options_.coverage->witnesses[static_cast<std::size_t>(&p - end_properties().data())];
        }
        return true;
    }

    void record(const Observation& o) {
        options_.recording->events.push_back(Recorded{Peer::a, o.event, std::nullopt, o.outcome});
    }

    /// The event has happened.
    void take(const Observation& o) {
        if (options_.coverage != nullptr) count(*options_.coverage, o.before, o.event, o.outcome);
        if (options_.recording != nullptr) record(o);
        const State from = o.before.state;
        const State to = o.after().state;
        note(past_, o);
        const bool opens = (to == State::SynSent || to == State::SynReceived) &&
                           (from == State::Closed || from == State::Listen || from == State::TimeWait);
        if (opens) ++place_.incarnation;
        ++place_.tick;
        c_ = o.after();
    }

    std::span<const Word> words_;
    const RunOptions& options_;
    Setting setting_{};
    Place place_{};
    Config c_{};
    Past past_{};
    std::size_t at_{0};
    std::optional<Broken> broken_{};
};

}  // namespace

std::string to_string(const Event& e) {
    if (const auto* call = std::get_if<Call>(&e)) return std::string{name(call->kind)};
    if (const auto* timeout = std::get_if<Timeout>(&e)) return std::string{name(timeout->kind)};
    if (const auto* arrival = std::get_if<Arrival>(&e)) return "arrival of " + lastack::to_string(arrival->segment);
    return "departure of " + lastack::to_string(std::get<Departure>(e).segment);
}

Coverage count_nothing() {
    Coverage coverage;
    coverage.rules.resize(rules().size());
    coverage.witnesses.resize(end_properties().size());
    return coverage;
}

void count(Coverage& coverage, const Config& before, const Event& event, const Outcome& outcome) {
    ++coverage.events;
    for (std::size_t i = 0; i < outcome.fired_count; ++i) {
        const std::size_t row = outcome.fired[i].index;
        if (row < coverage.rules.size()) ++coverage.rules[row];  // not those of a variant
    }
    const bool refused = std::holds_alternative<Departure>(event) && outcome.verdict == Verdict::refused;
    const bool idle = std::holds_alternative<Timeout>(event) && outcome.fired_count == 0;
    if (!refused && !idle) ++coverage.cells[static_cast<std::size_t>(before.state)][event_class(event)];
}

std::size_t event_class(const Event& e) {
    if (const auto* call = std::get_if<Call>(&e)) return static_cast<std::size_t>(call->kind);
    if (const auto* timeout = std::get_if<Timeout>(&e)) return timeouts_from + static_cast<std::size_t>(timeout->kind);
    if (const auto* arrival = std::get_if<Arrival>(&e)) return segments_from + class_of(arrival->segment);
    return departures_from + departure_class(std::get<Departure>(e).segment);
}

std::size_t event_class_count() { return departures_from + departure_classes.size(); }

std::string_view event_class_name(std::size_t i) {
    if (i < timeouts_from) return call_classes[i];
    if (i < segments_from) return timeout_classes[i - timeouts_from];
    if (i < departures_from) return segment_classes[i - segments_from];
    return departure_classes[i - departures_from];
}

std::optional<Broken> run_end(std::span<const Word> words, const RunOptions& options) {
    return EndRun{words, options}.run();
}

std::vector<const EndProperty*> checked_with(Sight sight) {
    std::vector<const EndProperty*> chosen;
    for (const EndProperty& p : end_properties()) {
        if (sight == Sight::inside || p.sight == Sight::outside) chosen.push_back(&p);
    }
    return chosen;
}

}  // namespace lastack::support
