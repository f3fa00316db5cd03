// Properties: what must hold of every run, as predicates on what can be observed. The list with sources and side
// conditions is spec/properties.toml; the ids are the same.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "lastack/support/decoder.hpp"
#include "lastack/support/reading.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::support {

/// Does it hold of one observation? `vacuous`: it says nothing about this one. A property that never finds a
/// witness has been tested by nothing.
enum class Finding : std::uint8_t { vacuous, witness, broken };

/// What must be visible for a property to be checked.
enum class Sight : std::uint8_t {
    inside,   ///< the whole Config: models only
    outside,  ///< calls and replies, segments, the state's name, and numbers that can be read off the segments
};

/// What a run has seen so far, as far as properties ask for it. Kept by who runs the end, from events and
/// outcomes alone, and begun anew with each incarnation.
struct Past {
    bool close_called{false};  ///< CLOSE was accepted
    bool abort_called{false};
    bool fin_left{false};  ///< a segment with FIN departed
    bool syn_left{false};  ///< a segment with SYN departed
    bool passed_established{false};
    bool gave_up{false};         ///< a user timeout fired
    Seq first_sent;              ///< SEQ of the first SYN that departed
    Seq sent_end;                ///< SEQ + LEN of whatever departed, at its furthest (SND.MAX)
    Seq fin_number;              ///< number of the FIN that departed
    std::uint64_t sent{0};       ///< octets accepted by SEND
    std::uint64_t delivered{0};  ///< octets delivered to RECEIVE
    std::uint64_t departed{0};   ///< octets of text that departed for the first time

    friend bool operator==(const Past&, const Past&) = default;
};

/// One event of one end, and what came of it.
struct Observation {
    const Config& before;
    const Event& event;
    const Outcome& outcome;           ///< `outcome.next` is the Config after the event
    const Policy& policy;             ///< every choice decided
    const Past& past;                 ///< before the event
    std::span<const Segment> answer;  ///< prompt runs: what left because of it, in order; it was quiet before
    const Config& settled;            ///< the Config once the answer has left; `outcome.next` if not prompt
    bool prompt{false};
    /// outside: `outcome` has a reply and a state and no more, and its Config is what the watcher makes of the
    /// segments.
    Sight seen_from{Sight::inside};
    mutable Reading as_read{};  ///< of an arrival; made by the first property that asks

    const Config& after() const { return outcome.next; }
    const Call* call() const { return std::get_if<Call>(&event); }
    const Arrival* arrival() const { return std::get_if<Arrival>(&event); }
    const Timeout* timeout() const { return std::get_if<Timeout>(&event); }
    const Departure* departure() const { return std::get_if<Departure>(&event); }
    bool decides(Choice c, std::uint8_t reading) const { return policy.value(c) == reading; }
};

/// A property of one end.
struct EndProperty {
    std::string_view id;        ///< "S7"
    std::string_view sentence;  ///< as the test is named: "snd_una_never_passes_snd_nxt"
    Sight sight;
    std::uint8_t events;   ///< that it speaks of: bits by index of the Event
    std::uint16_t states;  ///< likewise, before the event: bits by State
    Finding (*judge)(const Observation&);

    Finding check(const Observation& o) const {
        const bool speaks =
            (events >> o.event.index() & 1) != 0 && (states >> static_cast<unsigned>(o.before.state) & 1) != 0;
        return speaks ? judge(o) : Finding::vacuous;
    }
};

/// All of them: the user's own first ("U1"), then S1 to S30 and those of L1 to L8 and R1 to R9 that one end shows.
std::span<const EndProperty> end_properties();
/// Nothing when there is none.
const EndProperty* end_property(std::string_view id);

}  // namespace lastack::support
