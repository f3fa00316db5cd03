// What has happened to two ends, as far as properties of two ask for it: the book-keeping of who runs them, over a
// network in virtual time or through all states that there are. Plain values; nothing here knows of time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lastack/support/ladder.hpp"
#include "lastack/support/property.hpp"
#include "lastack/vocabulary/config.hpp"

namespace lastack::support {

/// What has really happened since both ends were CLOSED and nothing was under way: what the side conditions of
/// properties are made of. `lost` and `doubled` are set by who runs the line, all else by the functions below.
struct Facts {
    bool aborted{false};  ///< by a user, or by a CLOSE that resets (half-duplex)
    bool crashed{false};
    bool gave_up{false};  ///< a user timeout, R2, a dead peer, or the timer of FIN-WAIT-2
    bool injected{false};
    bool lost{false};
    bool doubled{false};
    bool overtaken{false};   ///< a segment arrived before an older one of its direction
    bool repeated{false};    ///< a retransmission left
    bool overflowed{false};  ///< something met a window too small for it, and was cut or dropped
    bool refused{false};     ///< a RST left an end that was not synchronized
    bool late_reset{false};  ///< a RST left an end that had a connection still, or again
    bool withdrawn{false};   ///< an OPEN was taken back by CLOSE

    std::array<std::uint8_t, 2> asked{};   ///< OPENs of each user that were accepted; 255: that many or more
    std::array<std::uint8_t, 2> opened{};  ///< incarnations of each end; 255: that many or more
    std::array<bool, 2> crossed{};         ///< it met the peer's SYN in SYN-SENT (simultaneous open)
    std::array<bool, 2> closing{};         ///< it passed CLOSING (simultaneous close)
    std::array<bool, 2> synchronized_once{};
    std::array<bool, 2> time_wait{};
    std::array<bool, 2> reset{};      ///< ended by the peer's RST while synchronized
    std::array<bool, 2> half_open{};  ///< synchronized, and the peer has lost its connection
    std::array<bool, 2> misled{};     ///< in SYN-RECEIVED by a SYN that is not the peer's present one
    std::array<bool, 2> put_right{};  ///< ... and returned to LISTEN by the peer's RST

    /// No abort, no crash, no timeout that gave up, no forged segment.
    bool clean() const { return !aborted && !crashed && !gave_up && !injected; }
    /// Each segment arrived once, in order, and nothing left twice.
    bool fifo() const { return !lost && !doubled && !overtaken && !repeated; }
    /// One connection at most, that both users meant.
    bool first() const { return opened[0] <= 1 && opened[1] <= 1 && !withdrawn; }

    friend bool operator==(const Facts&, const Facts&) = default;
};
/// So its octets may be hashed and stored as they are.
static_assert(sizeof(Facts) == 32 && std::has_unique_object_representations_v<Facts>);

/// What is kept of one end besides its Config. To be hashed member by member: there is padding, in `past` too.
struct EndRecord {
    Past past{};
    std::uint64_t taken{0};     ///< octets taken in order by its present or last incarnation
    std::uint64_t accepted{0};  ///< octets accepted from its user since the OPEN
    bool syn_ack_left{false};   ///< of its present or last incarnation

    friend bool operator==(const EndRecord&, const EndRecord&) = default;
};

/// How an arriving segment came.
enum class Came : std::uint8_t {
    in_turn,
    overtaking,  ///< an older one of its direction is still under way
    forged,
};

/// What else an event was, for those who count.
struct Noted {
    bool asked{false};     ///< an OPEN of the user was used: accepted, or waiting at a TIME-WAIT that reopens (C27)
    bool opened{false};    ///< an incarnation began
    bool repeated{false};  ///< what had left before departed
};

/// An event of `p` adds to the facts and to `p`'s record. `peer`: the other end. `came` is asked of arrivals only.
Noted note(Facts& facts, EndRecord& record, Peer p, const Observation& o, const Config& peer, Came came);
/// `p` forgot `before`. Its record stays as it is.
void note_crash(Facts& facts, Peer p, const Config& before, const Config& peer);
/// To be asked before each event: are both ends CLOSED, with nothing owed and nothing under way? Then the facts begin
/// anew. `under_way`: how many segments are, one that is about to arrive included.
void begin_anew_if_all_is_over(Facts& facts, const Config& a, const Config& b, std::size_t under_way);

}  // namespace lastack::support
