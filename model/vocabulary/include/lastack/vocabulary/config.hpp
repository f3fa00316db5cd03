// Config: the state of one connection end and its transmission control block.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

#include "lastack/vocabulary/rule.hpp"
#include "lastack/vocabulary/segment.hpp"
#include "lastack/vocabulary/state.hpp"

namespace lastack {

/// How SYN-RECEIVED was reached (RFC 9293 3.5, MUST-11). `reuse`: from TIME-WAIT (MAY-2, RFC 6191).
enum class Origin : std::uint8_t { none, passive, active, reuse };

/// Our own FIN. `queued`: CLOSE was called, the FIN has not left yet. It is
/// acknowledged when it is sent and `snd.una` lies behind `fin_seq`.
enum class Fin : std::uint8_t { none, queued, sent };

enum class OwedKind : std::uint8_t { ack, challenge_ack, syn, syn_ack, text, fin, rst, rst_ack };

/// When an obligation is due. `delayed`: within 0.5 s (MUST-40). `throttleable`: may
/// stay away under a rate limit (RFC 5961 7). `eventually`: no bound of its own.
enum class When : std::uint8_t { now, delayed, throttleable, eventually };

/// A segment that the RFC says must leave. ack, challenge_ack: <SEQ=SND.NXT><ACK=RCV.NXT>
/// with the numbers of the moment of departure, `ack` being the least that may be acknowledged.
/// text: the front of the retransmission queue again, from `seq`. rst: <SEQ=seq><CTL=RST>. rst_ack:
/// <SEQ=seq><ACK=ack><CTL=RST,ACK>.
struct Owed {
    OwedKind kind{OwedKind::ack};
    When when{When::now};
    Rule rule{};
    Seq seq;
    Seq ack;
    friend constexpr bool operator==(const Owed&, const Owed&) = default;
};

/// Timers that run (a bit set).
namespace timer {
inline constexpr std::uint8_t retransmission = 0x01;
inline constexpr std::uint8_t user = 0x02;
inline constexpr std::uint8_t time_wait = 0x04;
inline constexpr std::uint8_t fin_wait_2 = 0x08;
}  // namespace timer

/// Out-of-order text [left, right) that is held until the gap before it fills (SHLD-31).
struct Held {
    Seq left;
    Seq right;
    friend constexpr bool operator==(const Held&, const Held&) = default;
};

struct Config {
    static constexpr std::size_t max_owed = 4;
    static constexpr std::size_t max_held = 8;

    State state{State::Closed};
    Origin origin{Origin::none};
    Fin fin{Fin::none};
    bool close_queued{false};      ///< CLOSE was called and waits (SYN-RECEIVED, CLOSE-WAIT; 3.10.4)
    bool remote_specified{false};  ///< the remote socket is known (always so outside CLOSED and LISTEN)
    bool remote_given{false};      ///< ... because the OPEN named it, not a SYN: survives a return to LISTEN
    bool iss_chosen{false};        ///< an ISS is fixed; while not, the first SYN that departs fixes it
    bool ts_offered{false};        ///< the SYN we sent carried Timestamps
    bool ts_ok{false};             ///< Timestamps in use (RFC 7323 3.2)
    bool peer_fin_held{false};     ///< the peer's FIN lies behind a gap, at `peer_fin`
    bool peer_fin_seen{false};     ///< the peer's FIN was processed; its number is `peer_fin`
    bool held_ack_valid{false};    ///< `held_ack`, `held_wnd` of a held segment await their turn (C21)
    std::uint8_t timers{0};        ///< timer::... bits
    std::uint8_t held_count{0};
    std::uint8_t owed_count{0};
    std::int8_t snd_wscale{0};         ///< shift applied to SEG.WND that arrives (RFC 7323 2.3); -1: SYN came without
    std::int8_t rcv_wscale{0};         ///< shift applied to SEG.WND that departs
    std::int8_t rcv_wscale_offer{-1};  ///< in the SYN we sent; -1 = none
    std::uint16_t snd_mss{0};          ///< MSS option of the peer's SYN; 0 = none came (MUST-15 then applies)

    Seq iss;
    Seq snd_una;
    Seq snd_nxt;
    Seq snd_wl1;
    Seq snd_wl2;
    Seq irs;
    Seq rcv_nxt;
    Seq fin_seq;        ///< number of our FIN once sent
    Seq peer_fin;       ///< number of the peer's FIN
    Seq last_ack_sent;  ///< ACK field of the last segment that departed (RFC 7323 Last.ACK.sent)
    Seq rcv_adv;        ///< right edge of the receive window as last announced
    Seq held_ack;
    std::uint32_t held_wnd{0};
    std::uint32_t snd_wnd{0};      ///< octets, scaled
    std::uint32_t max_snd_wnd{0};  ///< MAX.SND.WND (RFC 5961 5.2)
    std::uint32_t rcv_wnd{0};      ///< octets, scaled
    std::uint32_t queued{0};       ///< octets of SENDs not yet sent for the first time
    std::uint32_t unread{0};       ///< octets received in order and not yet taken by RECEIVE
    std::uint32_t wanted{0};       ///< octets asked for by RECEIVEs that still wait
    std::uint32_t ts_recent{0};    ///< TS.Recent (RFC 7323 4.3)

    std::array<Held, max_held> held{};  ///< sorted from rcv.nxt outward, disjoint
    std::array<Owed, max_owed> owed{};

    bool fin_acked() const { return fin == Fin::sent && snd_una > fin_seq; }
    bool runs(std::uint8_t t) const { return (timers & t) != 0; }

    friend bool operator==(const Config&, const Config&) = default;
};

static_assert(std::is_trivially_copyable_v<Config>);

/// One line for people: "ESTABLISHED snd.una=1 snd.nxt=1 rcv.nxt=1 ... owes ack".
std::string to_string(const Config&);
std::string_view name(Origin);
std::string_view name(OwedKind);
std::string_view name(When);

}  // namespace lastack
