// What the vocabulary's enumerators and the Config are called in print.
#include <array>
#include <cstddef>

#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/outcome.hpp"

namespace lastack {
// Switches without a default: the compiler says so when an enumerator has no name.

std::string_view name(Origin o) {
    switch (o) {
        case Origin::none:
            return "none";
        case Origin::passive:
            return "passive";
        case Origin::active:
            return "active";
        case Origin::reuse:
            return "reuse";
    }
    return "?";
}

std::string_view name(OwedKind k) {
    switch (k) {
        case OwedKind::ack:
            return "ACK";
        case OwedKind::challenge_ack:
            return "challenge ACK";
        case OwedKind::syn:
            return "SYN";
        case OwedKind::syn_ack:
            return "SYN,ACK";
        case OwedKind::text:
            return "text";
        case OwedKind::fin:
            return "FIN";
        case OwedKind::rst:
            return "RST";
        case OwedKind::rst_ack:
            return "RST,ACK";
    }
    return "?";
}

std::string_view name(When w) {
    switch (w) {
        case When::now:
            return "now";
        case When::delayed:
            return "delayed";
        case When::throttleable:
            return "throttleable";
        case When::eventually:
            return "eventually";
    }
    return "?";
}

std::string_view name(CallKind k) {
    switch (k) {
        case CallKind::open_passive:
            return "OPEN passive";
        case CallKind::open_active:
            return "OPEN active";
        case CallKind::send:
            return "SEND";
        case CallKind::receive:
            return "RECEIVE";
        case CallKind::close:
            return "CLOSE";
        case CallKind::abort:
            return "ABORT";
        case CallKind::status:
            return "STATUS";
    }
    return "?";
}

std::string_view name(TimeoutKind k) {
    switch (k) {
        case TimeoutKind::user:
            return "USER TIMEOUT";
        case TimeoutKind::retransmission:
            return "RETRANSMISSION TIMEOUT";
        case TimeoutKind::time_wait:
            return "TIME-WAIT TIMEOUT";
        case TimeoutKind::fin_wait_2:
            return "FIN-WAIT-2 TIMEOUT";
    }
    return "?";
}

std::string_view name(Verdict v) {
    switch (v) {
        case Verdict::transition:
            return "transition";
        case Verdict::no_change:
            return "no change";
        case Verdict::ignored:
            return "ignored";
        case Verdict::refused:
            return "refused";
    }
    return "?";
}

std::string_view name(Reply r) {
    switch (r) {
        case Reply::none:
            return "";
        case Reply::ok:
            return "ok";
        case Reply::connection_does_not_exist:
            return "error: connection does not exist";
        case Reply::connection_illegal:
            return "error: connection illegal for this process";
        case Reply::connection_already_exists:
            return "error: connection already exists";
        case Reply::remote_socket_unspecified:
            return "error: remote socket unspecified";
        case Reply::insufficient_resources:
            return "error: insufficient resources";
        case Reply::security_not_allowed:
            return "error: security/compartment not allowed";
        case Reply::connection_closing:
            return "error: connection closing";
    }
    return "?";
}

std::string_view name_of_signal(std::uint16_t bit) {
    switch (bit) {
        case signal::connection_refused:
            return "connection refused";
        case signal::connection_reset:
            return "connection reset";
        case signal::connection_closing:
            return "connection closing";
        case signal::user_timeout:
            return "connection aborted due to user timeout";
        case signal::established:
            return "connection established";
        case signal::close_ok:
            return "close ok";
        case signal::urgent:
            return "urgent data";
        case signal::calls_closing:
            return "waiting calls: closing";
        case signal::calls_reset:
            return "waiting calls: connection reset";
        case signal::push:
            return "push";
        default:
            return "?";
    }
}

std::string to_string(const Config& c) {
    std::string text{name(c.state)};
    const auto number = [&text](std::string_view what, std::uint32_t value) {
        text.append(" ").append(what).append("=").append(std::to_string(value));
    };
    const auto number_if_set = [&number](std::string_view what, std::uint32_t value) {
        if (value != 0) number(what, value);
    };
    const auto word_if = [&text](bool on, std::string_view what) {
        if (on) text.append(" ").append(what);
    };

    if (c.state != State::Closed && c.state != State::Listen) {
        if (c.origin != Origin::none) text.append(" origin=").append(name(c.origin));
        if (c.iss_chosen) number("iss", c.iss.value);
        number("snd.una", c.snd_una.value);
        number("snd.nxt", c.snd_nxt.value);
        number("snd.wnd", c.snd_wnd);
        if (c.state != State::SynSent) {
            number("irs", c.irs.value);
            number("rcv.nxt", c.rcv_nxt.value);
        }
    }
    if (c.state != State::Closed) number("rcv.wnd", c.rcv_wnd);
    word_if(c.state == State::Listen && c.remote_specified, "remote specified");
    number_if_set("queued", c.queued);
    number_if_set("unread", c.unread);
    number_if_set("wanted", c.wanted);
    word_if(c.close_queued, "close queued");
    word_if(c.fin == Fin::queued, "fin queued");
    if (c.fin == Fin::sent) number("fin", c.fin_seq.value);
    if (c.peer_fin_seen) number("peer.fin", c.peer_fin.value);
    if (c.peer_fin_held) number("held.fin", c.peer_fin.value);
    word_if(c.ts_ok, "timestamps");
    for (std::size_t i = 0; i < c.held_count && i < Config::max_held; ++i) {
        text.append(i == 0 ? " holds " : ",");
        text.append(std::to_string(c.held[i].left.value)).append(":").append(std::to_string(c.held[i].right.value));
    }
    if (c.timers != 0) {
        static constexpr std::array<std::string_view, 4> names{"retransmission", "user", "time-wait", "fin-wait-2"};
        std::string_view separator = " timers ";
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!c.runs(static_cast<std::uint8_t>(1u << i))) continue;
            text.append(separator).append(names[i]);
            separator = ",";
        }
    }
    for (std::size_t i = 0; i < c.owed_count && i < Config::max_owed; ++i) {
        text.append(i == 0 ? " owes " : "; ").append(name(c.owed[i].kind));
        if (c.owed[i].when != When::now) text.append(" (").append(name(c.owed[i].when)).append(")");
    }
    return text;
}

}  // namespace lastack
