// The stories. A run is looked for within the smallest bounds that have one, so that nothing in the ladder is beside
// the point; the full protocol is searched with a loss and a copy besides.
#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lastack/exhaustive/why.hpp"
#include "lastack/lifecycle/variant.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::exhaustive {

using explore::Bounds;
using explore::MoveKind;
using support::Finding;

namespace {

using enum State;
using enum Finding;

// ------------------------------------------------------------------------------------------ predicates

bool arrival(const Step& s) {
    return s.label.kind == MoveKind::arrives || s.label.kind == MoveKind::arrives_twice ||
           s.label.kind == MoveKind::injected;
}
bool timeout(const Step& s, TimeoutKind kind) {
    return s.label.kind == MoveKind::timeout && static_cast<TimeoutKind>(s.label.what) == kind;
}

/// The SYN that opened the connection of `c` is that of the connection which `peer` has.
bool of_one_connection(const Config& c, const Config& peer) {
    return peer.state >= SynSent && peer.iss_chosen && peer.iss == c.irs;
}

Finding nobody_is_established_alone(const Step& s) {
    const Config& c = s.after(s.end());
    if (c.state != Established || s.before(s.end()).state == Established) return vacuous;
    return of_one_connection(c, s.after(1 - s.end())) ? witness : broken;
}

/// Once its own SYN is acknowledged; with nobody who aborts or crashes.
Finding nobody_is_reset(const Step& s) {
    const Config& before = s.before(s.end());
    if (before.state < Established || s.after(s.end()).state != Closed) return vacuous;
    if (before.state == TimeWait || before.snd_una == before.iss || !arrival(s)) return vacuous;
    return s.system.move(s.from, s.label).segment.rst() ? broken : witness;
}

/// By a forged segment itself, and not by what it sets going.
Finding forgery_ends_nothing(const Step& s) {
    if (s.label.kind != MoveKind::injected || !synchronized(s.before(s.end()).state)) return vacuous;
    return s.after(s.end()).state == Closed ? broken : witness;
}

Finding time_wait_lasts(const Step& s) {
    if (s.before(s.end()).state != TimeWait || s.after(s.end()).state == TimeWait) return vacuous;
    return timeout(s, TimeoutKind::time_wait) ? witness : broken;
}

Finding fin_is_acknowledged_by_who_has_it(const Step& s) {
    if (s.before(s.end()).state != FinWait1 || s.after(s.end()).state != FinWait2) return vacuous;
    const Config& peer = s.after(1 - s.end());
    const bool missed = synchronized(peer.state) && peer.irs == s.after(s.end()).iss && !peer.peer_fin_seen;
    return missed ? broken : witness;
}

/// Both ends have one connection, and one has taken what the other has not sent.
Finding text_was_sent(const Step& s) {
    const Config &before = s.before(s.end()), &after = s.after(s.end()), &peer = s.after(1 - s.end());
    if (!arrival(s) || !synchronized(after.state) || !synchronized(peer.state)) return vacuous;
    if (after.rcv_nxt == before.rcv_nxt || peer.iss != after.irs || peer.irs != after.iss) return vacuous;
    if (s.system.move(s.from, s.label).segment.text == 0) return vacuous;
    return after.rcv_nxt <= peer.snd_nxt ? witness : broken;
}

Finding syn_is_acknowledged_first(const Step& s) {
    const Config &before = s.before(s.end()), &after = s.after(s.end());
    if (before.state != SynReceived || !arrival(s)) return vacuous;
    if (after.state != Established && after.state != CloseWait) return vacuous;
    return after.snd_una > after.iss ? witness : broken;
}

Finding stream_ends_once(const Step& s) {
    const Config &before = s.before(s.end()), &after = s.after(s.end());
    if (!before.peer_fin_seen || !after.peer_fin_seen || !arrival(s)) return vacuous;
    return after.rcv_nxt == before.rcv_nxt ? witness : broken;
}

Finding listener_stays(const Step& s) {
    const Config& before = s.before(s.end());
    if (before.state != SynReceived || before.origin != Origin::passive || before.close_queued) return vacuous;
    if (!timeout(s, TimeoutKind::user)) return vacuous;
    return s.after(s.end()).state == Listen ? witness : broken;
}

// ------------------------------------------------------------------------------------------ goals

bool one_in(State a, State b, State s) { return a == s || b == s; }

constexpr Goal syn_sent_is_left{"L1", "SYN-SENT is left", false, false,
                                [](State a, State b, bool) { return one_in(a, b, SynSent); }};
constexpr Goal syn_received_is_left{"L2", "SYN-RECEIVED is left", false, false,
                                    [](State a, State b, bool) { return one_in(a, b, SynReceived); }};
constexpr Goal caller_gets_through{"", "who calls a listener gets through", false, false, [](State a, State b, bool) {
                                       return (a == Listen && b == SynSent) || (a == SynSent && b == Listen);
                                   }};
constexpr Goal close_wait_is_left{"", "CLOSE-WAIT is left", true, true,
                                  [](State a, State b, bool) { return one_in(a, b, CloseWait); }};
constexpr Goal last_ack_is_left{"", "LAST-ACK is left", true, false,
                                [](State a, State b, bool) { return one_in(a, b, LastAck); }};
constexpr Goal fin_wait_2_is_left{"", "FIN-WAIT-2 is left", true, false,
                                  [](State a, State b, bool) { return one_in(a, b, FinWait2); }};
/// FIN-WAIT-2 sends nothing, so nothing can tell it; it needs a timer.
bool half_open(State a, State b) { return a == Closed && b >= Established && b != FinWait2 && b != TimeWait; }
constexpr Goal half_open_end_is_told{"", "half-open ends are told", true, false,
                                     [](State a, State b, bool) { return half_open(a, b) || half_open(b, a); }};

const Goal& known(std::string_view id) {
    for (const Goal& g : goals()) {
        if (g.id == id) return g;
    }
    throw std::invalid_argument{"no goal has the id " + std::string{id}};
}

// ------------------------------------------------------------------------------------------ bounds

/// A calls, B listens; no text; two segments each way, none lost, doubled or overtaken.
Bounds client_and_server() {
    Bounds b;
    b.octets = {0, 0};
    b.may_listen = {false, true};
    b.may_call = {true, false};
    b.capacity = 2;
    return b;
}
Bounds with(Variant v, Bounds b) {
    b.instruments.variant = v;
    return b;
}
Bounds with(Choice c, std::uint8_t reading, Bounds b) {
    for (Policy& p : b.policies) p = p.with(c, reading);
    return b;
}
std::string_view what(Variant v) {
    for (const VariantInfo& info : variants()) {
        if (info.variant == v) return info.what;
    }
    return "";
}

std::vector<Story> all_stories() {
    std::vector<Story> all;
    const auto add_as_it_is = [&](Story s) { all.push_back(std::move(s)); };
    const auto add = [&](Story s) {
        s.full.losses = std::max<std::uint8_t>(s.full.losses, 1);
        s.full.duplicates = std::max<std::uint8_t>(s.full.duplicates, 1);
        add_as_it_is(std::move(s));
    };
    const auto change = [](Bounds b, auto&& how) {
        how(b);
        return b;
    };
    const Bounds basic = client_and_server();

    // ---- opening
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.opens = {2, 1};
            x.reordering = true;
        });
        add({"two-way-handshake",
             "Why three messages and not two?",
             what(Variant::two_way_handshake),
             "A SYN that comes late, when its sender has given up, opens a connection at the server, and nobody is at "
             "the other end.",
             "3.5, Figure 8",
             {"two-messages-are-not-enough", "open-three-messages"},
             {"",
              nobody_is_established_alone,
              {},
              "Where nobody aborts or crashes, who becomes ESTABLISHED has a peer that asked for this connection."},
             with(Variant::two_way_handshake, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.may_listen = {false, false};
            x.may_call = {true, true};
        });
        add({"no-simultaneous-open",
             "Why does SYN-SENT answer a SYN?",
             what(Variant::no_simultaneous_open),
             "Two ends that call each other wait until both give up.",
             "3.5, Figure 7",
             {"client-opens-and-closes"},
             {"", nullptr, syn_sent_is_left, "SYN-SENT is left sooner or later."},
             with(Variant::no_simultaneous_open, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.duplicates = 1; });
        add({"syn-takes-no-number",
             "Why does the SYN take a sequence number?",
             what(Variant::syn_takes_no_number),
             "A copy of the SYN looks like something new; it undoes the handshake, and the client is reset.",
             "3.4",
             {"syn-takes-a-number"},
             {"",
              nobody_is_reset,
              {},
              "Where nobody aborts, crashes or gives up, no end whose SYN is acknowledged is reset before TIME-WAIT."},
             with(Variant::syn_takes_no_number, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.opens = {2, 1}; });
        add({"any-reset-in-syn-sent",
             "Why must a RST acknowledge the SYN?",
             what(Variant::any_reset_in_syn_sent),
             "A RST that was meant for an earlier attempt refuses the new one.",
             "3.10.7.3, second check",
             {},
             {"S23", nullptr, {}, "SYN-SENT believes a RST only if it acknowledges the SYN."},
             with(Variant::any_reset_in_syn_sent, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.opens = {2, 1}; });
        add({"no-reset-in-syn-sent",
             "Why does SYN-SENT answer a wrong ACK with a RST?",
             what(Variant::no_reset_in_syn_sent),
             "A client gave up and calls again. The server still answers its first SYN, and acknowledges each new one "
             "with the old number; neither gets any further.",
             "3.5.1, Figure 9",
             {},
             {"", nullptr, syn_sent_is_left, "SYN-SENT is left sooner or later."},
             with(Variant::no_reset_in_syn_sent, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.losses = 1; });
        add({"no-retransmission",
             "Why is what is lost sent again?",
             what(Variant::no_retransmission),
             "One lost segment is the end: the client waits until its user has had enough.",
             "3.8.1, 3.10.8",
             {"corrupted-is-discarded-and-resent"},
             {"", nullptr, caller_gets_through, "A SYN to a listener does not stay without an answer."},
             with(Variant::no_retransmission, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.crashes = 1; });
        add({"no-reset-in-closed",
             "Why does CLOSED answer with a RST?",
             what(Variant::no_reset_in_closed),
             "An end whose peer has crashed is never told so; it sends on until it gives up.",
             "3.5.1, Figure 10",
             {"late-packet-is-dropped"},
             {"", nullptr, half_open_end_is_told, "Who sends to an end that has no connection is told so."},
             with(Variant::no_reset_in_closed, b),
             b});
    }
    {
        const Bounds full = change(basic, [](Bounds& x) {
            x.opens = {2, 2};
            x.octets = {1, 0};
            x.aborts = 1;
            x.may_close = {false, false};
            x.reordering = true;
        });
        const Bounds same = change(full, [](Bounds& x) {
            x.isn = {explore::IsnChoice::same, explore::IsnChoice::same};
        });
        add({"fixed-isn",
             "Why does not every connection begin with the same number?",
             "Each connection of an end begins with the number of the one before.",
             "Text of an earlier connection that comes late has just the numbers that the new one expects, and is "
             "taken for its own.",
             "3.4.1, MUST-8",
             {"isn-separates-incarnations", "isn-is-random"},
             {"", text_was_sent, {}, "Nothing is taken under a number that this connection has not used."},
             same,
             full});
    }

    // ---- text
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.duplicates = 1;
            x.octets = {1, 0};
        });
        add({"no-sequence-check",
             "Why is the sequence number looked at first?",
             what(Variant::no_sequence_check),
             "A copy of a segment is taken as new text.",
             "3.10.7.4, first check",
             {},
             {"I1", nullptr, {}, "The text that is taken was sent in this connection, once and in order."},
             with(Variant::no_sequence_check, b),
             b});
    }
    {
        const Bounds full = change(basic, [](Bounds& x) {
            x.losses = 1;
            x.octets = {1, 0};
            x.window = {65535, 0};
            x.may_close = {false, false};
        });
        add({"zero-window-by-table",
             "What does a shut window let through?",
             "By the letter of Table 6 nothing with text is acceptable while the window is shut, its ACK neither.",
             "The server's window is shut. The ACK of its SYN is lost, and every segment that repeats it carries a "
             "probe "
             "or lies behind one: the server is in SYN-RECEIVED until it gives up.",
             "3.10.7.4, first check; C20",
             {},
             {"", nullptr, syn_received_is_left, "SYN-RECEIVED is left."},
             with(Choice::zero_window, reading::zero_window::table_6, full),
             full});
    }

    // ---- closing
    {
        const Bounds b = basic;
        add({"fin-takes-no-number",
             "Why does the FIN take a sequence number?",
             what(Variant::fin_takes_no_number),
             "The ACK of what came before it counts as its own; should the FIN be lost, it is never sent again.",
             "3.4",
             {"fin-takes-a-number"},
             {"",
              fin_is_acknowledged_by_who_has_it,
              {},
              "Who goes from FIN-WAIT-1 to FIN-WAIT-2 has a peer that knows of its FIN."},
             with(Variant::fin_takes_no_number, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.octets = {1, 0};
            x.reordering = true;
        });
        add({"fin-out-of-order",
             "Why does a FIN wait for the text before it?",
             what(Variant::fin_out_of_order),
             "The FIN overtakes text, and the text is dropped when it comes.",
             "3.10.7.4, eighth check",
             {"time-wait-waits-for-late-data"},
             {"I2", nullptr, {}, "When a FIN is processed, all text before it has been taken."},
             with(Variant::fin_out_of_order, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.octets = {0, 1}; });
        add({"three-message-close",
             "Why four messages to close, and not three?",
             what(Variant::three_message_close),
             "What the server's user still had to say is lost.",
             "3.6",
             {"close-four-messages", "four-because-of-remaining-data", "close-three-messages"},
             {"L5", nullptr, {}, "When both ends have closed, all text has been delivered."},
             with(Variant::three_message_close, b),
             b});
        add({"no-half-close",
             "Why does who has closed still listen?",
             what(Variant::no_half_close),
             "What the peer sends after the first FIN is refused with a RST, and lost.",
             "3.6",
             {"half-close", "fin-ends-the-session"},
             {"",
              nobody_is_reset,
              {},
              "Where nobody aborts, crashes or gives up, no end whose SYN is acknowledged is reset before TIME-WAIT."},
             with(Variant::no_half_close, b),
             b});
        add({"half-duplex-close",
             "May CLOSE end both directions?",
             "CLOSE ends both directions at once, as MAY-1 allows: text that comes, or that nobody has read, draws a "
             "RST.",
             "What the peer still sends, or has sent, meets a RST and is lost.",
             "3.6.1, MAY-1; D36",
             {"half-close"},
             {"",
              nobody_is_reset,
              {},
              "Where nobody aborts, crashes or gives up, no end whose SYN is acknowledged is reset before TIME-WAIT."},
             with(Choice::half_duplex, reading::half_duplex::on, b),
             b});
    }
    {
        const Bounds full = basic;
        const Bounds never = change(full, [](Bounds& x) { x.may_close = {true, false}; });
        add({"never-closing",
             "What if a program never closes?",
             "The server's program never calls CLOSE.",
             "The server is in CLOSE-WAIT for ever, and the client in FIN-WAIT-2: no timer of RFC 9293 ends either.",
             "3.6, 3.10.8; C23",
             {"close-wait-for-ever", "server-close-wait-then-last-ack", "close-state-meanings"},
             {"", nullptr, close_wait_is_left, "CLOSE-WAIT is left, if users close."},
             never,
             full});
    }
    {
        const Bounds none = change(basic, [](Bounds& x) { x.crashes = 1; });
        add({"fin-wait-2-without-timer",
             "Does FIN-WAIT-2 end by itself?",
             "FIN-WAIT-2 has no timer, as in RFC 9293. The full protocol here is the one with such a timer, which "
             "stacks add.",
             "The peer has vanished. FIN-WAIT-2 sends nothing, so nobody tells it; it waits for ever.",
             "3.10.8; D35",
             {"fin-wait-times-out", "client-waits-in-fin-wait-2"},
             {"", nullptr, fin_wait_2_is_left, "FIN-WAIT-2 is left."},
             none,
             with(Choice::fin_wait_2_timer, reading::fin_wait_2_timer::orphan, none)});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.octets = {0, 2};
            x.segment = 1;
            x.losses = 1;
        });
        add({"last-ack-by-letter",
             "May LAST-ACK overlook an ACK of text?",
             "By the letter an ACK that does not cover the FIN does nothing in LAST-ACK.",
             "The FIN is lost, and the text before it is not. As the ACK of the text does nothing, the first segment "
             "of "
             "text is sent again and again, and the FIN never.",
             "3.10.7.4, fifth check; C17",
             {"server-closes-on-ack"},
             {"", nullptr, last_ack_is_left, "LAST-ACK is left."},
             with(Choice::last_ack_partial, reading::last_ack_partial::letter, b),
             b});
    }

    // ---- TIME-WAIT
    {
        const Bounds b = change(basic, [](Bounds& x) { x.losses = 1; });
        add({"no-time-wait",
             "Why TIME-WAIT?",
             what(Variant::no_time_wait),
             "The last ACK is lost, the FIN comes again, and nobody is there: its sender, which did all right, is "
             "reset.",
             "3.6.1, MUST-13",
             {"time-wait-answers-the-fin-again", "time-wait-receives-data", "time-wait-prevents-deadlock"},
             {"",
              nobody_is_reset,
              {},
              "Where nobody aborts, crashes or gives up, no end whose SYN is acknowledged is reset before TIME-WAIT."},
             with(Variant::no_time_wait, b),
             b});
    }
    {
        const Bounds b = with(Choice::time_wait_rst, reading::time_wait_rst::ignore, change(basic, [](Bounds& x) {
                                  x.duplicates = 1;
                                  x.opens = {2, 2};
                                  x.octets = {1, 0};
                                  x.reordering = true;
                                  x.isn = {explore::IsnChoice::same, explore::IsnChoice::beyond};
                              }));
        // A loss besides would be too many states for a moment.
        add_as_it_is(
            {"old-text",
             "Why does TIME-WAIT keep the sockets?",
             "What would enter TIME-WAIT is CLOSED. Here A begins with the same number each time, and in both "
             "protocols no RST ends TIME-WAIT (see time-wait-assassination).",
             "A copy of the old connection's text is still under way when the next one begins, and is taken for new.",
             "3.4.2, 3.6.1",
             {"time-wait-receives-data"},
             {"", text_was_sent, {}, "Nothing is taken under a number that this connection has not used."},
             with(Variant::no_time_wait, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.duplicates = 1; });
        add({"time-wait-answers-acks",
             "May TIME-WAIT answer an ACK?",
             "By the letter TIME-WAIT acknowledges whatever ACK comes, not only a FIN.",
             "Both ends closed at once, and the last ACK came twice. Each acknowledges the other's acknowledgment, "
             "until "
             "one is lost.",
             "3.10.7.4, fifth check; C3",
             {"states-belong-to-sides"},
             {"", nullptr, known("L8"), "Answers to answers come to an end."},
             with(Choice::time_wait_ack, reading::time_wait_ack::letter, b),
             b});
    }
    {
        const Bounds closed = change(basic, [](Bounds& x) {
            x.duplicates = 1;
            x.octets = {0, 1};
            x.reordering = true;
        });
        add({"time-wait-assassination",
             "May a RST end TIME-WAIT?",
             "A RST in TIME-WAIT is believed, as RFC 9293 has it. The full protocol here is the one that ignores it, "
             "as RFC 1337 advises.",
             "An ACK reaches the peer once more when that is CLOSED, and draws a RST; the wait is over before its "
             "2 MSL.",
             "3.10.7.4, second check; C12",
             {"time-wait-two-msl"},
             {"", time_wait_lasts, {}, "Only its timer ends TIME-WAIT."},
             closed,
             with(Choice::time_wait_rst, reading::time_wait_rst::ignore, closed)});
    }

    // ---- attackers, and what is left over
    {
        const Bounds b = change(basic, [](Bounds& x) {
            x.injections = 1;
            x.blind = true;
        });
        add({"blind-reset",
             "Why must a RST have the very number that is expected?",
             "As in RFC 793 a RST anywhere in the window is believed.",
             "Who knows the addresses and guesses one number in a window of 65535 ends the connection.",
             "3.10.7.4, second check; D33",
             {},
             {"",
              forgery_ends_nothing,
              {},
              "No forged segment that misses the number that is expected ends a connection by itself."},
             with(Choice::rst_validation, reading::rst_validation::rfc793, b),
             b});
        add({"blind-syn",
             "Why does a SYN in the window draw an ACK and not a RST?",
             "As in RFC 793 a SYN anywhere in the window ends the connection.",
             "A forged SYN ends the connection.",
             "3.10.7.4, fourth check; D33",
             {},
             {"",
              forgery_ends_nothing,
              {},
              "No forged segment that misses the number that is expected ends a connection by itself."},
             with(Choice::syn_validation, reading::syn_validation::rfc793, b),
             b});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.injections = 1; });
        add({"bad-ack-goes-on",
             "Does a segment with a wrong ACK end in SYN-RECEIVED?",
             "By the letter the segment goes on to the next checks behind the RST that it draws.",
             "Its FIN is believed: a connection that was never established is in CLOSE-WAIT.",
             "3.10.7.4, fifth check; C16",
             {},
             {"",
              syn_is_acknowledged_first,
              {},
              "Who goes from SYN-RECEIVED to ESTABLISHED or CLOSE-WAIT by a segment has had its SYN acknowledged."},
             with(Choice::bad_ack_goes_on, reading::bad_ack_goes_on::letter, b),
             b});
    }
    {
        const Bounds full = with(Choice::ack_range, reading::ack_range::rfc5961, change(basic, [](Bounds& x) {
                                     x.duplicates = 1;
                                     x.opens = {1, 2};
                                     x.crashes = 1;
                                     x.may_close = {false, false};
                                 }));
        add({"bad-ack-order",
             "Why does SYN-RECEIVED answer a wrong ACK with a RST, and not with an ACK?",
             "The range of RFC 5961 is looked at first, so that a wrong ACK draws an ACK.",
             "The peer is left over from an older connection. The one finds the ACK wrong, the other the sequence "
             "number, "
             "and each answers with an ACK, unless a rate limit stops it (RFC 5961 7).",
             "3.10.7.4, fifth check; C13",
             {},
             {"", nullptr, known("L8"), "Answers to answers come to an end."},
             with(Choice::bad_ack_order, reading::bad_ack_order::rfc5961_first, full),
             full});
    }
    {
        const Bounds closed = change(basic, [](Bounds& x) { x.give_ups = 1; });
        add({"listener-lost",
             "Where does a listener go whose caller vanishes?",
             "SYN-RECEIVED is CLOSED when the user timeout comes, as 3.10.8 prints it. The full protocol here is the "
             "reading that goes back to LISTEN.",
             "A stranger sends a SYN and no more, and the server's user has no listener any more.",
             "3.10.8; C23",
             {},
             {"", listener_stays, {}, "A listener is not lost because a stranger gives up."},
             closed,
             with(Choice::user_timeout_passive, reading::user_timeout_passive::listen, closed)});
    }
    {
        const Bounds b = change(basic, [](Bounds& x) { x.injections = 1; });
        add({"second-fin",
             "May a second FIN move RCV.NXT?",
             "By the letter a FIN that comes behind the peer's FIN is taken as well.",
             "A forged FIN moves RCV.NXT away from what the peer has sent, and neither acknowledges the other any "
             "more.",
             "3.10.7.4, eighth check; C18",
             {},
             {"", stream_ends_once, {}, "Behind the peer's FIN nothing more is taken."},
             with(Choice::second_fin, reading::second_fin::letter, b),
             b});
    }
    return all;
}

}  // namespace

std::span<const Untold> untold() {
    static constexpr std::string_view all_arrive =
        "Under each reading all is delivered and closed; what differs is a segment more or less.";
    static constexpr std::string_view no_text_on_syn = "These ends send no text and no FIN on a SYN.";
    static constexpr std::string_view one_answer =
        "The same states follow; what differs is one answer, or what one user is told.";
    static constexpr std::array<Untold, 21> all{{
        {"C1", all_arrive},
        {"C2", "What differs is how long TIME-WAIT lasts, and these runs have no clock."},
        {"C4", one_answer},
        {"C7", no_text_on_syn},
        {"C9", "What differs is whether one RECEIVE is refused, which is a matter of one end."},
        {"C10", all_arrive},
        {"C11", "These ends offer no timestamps."},
        {"C15", one_answer},
        {"C19", "What differs is an answer to ACKs so old that nobody sends them here."},
        {"C21", all_arrive},
        {"C22", no_text_on_syn},
        {"C24", "What differs is who else may connect, and there is no third end."},
        {"C26", no_text_on_syn},
        {"C27", "Under each reading the next connection opens well, if its number lies beyond; under one it waits."},
        {"C28", one_answer},
        {"C29", one_answer},
        {"C30", one_answer},
        {"C31", no_text_on_syn},
        {"C32", one_answer},
        {"D34", all_arrive},
        {"D37", "These ends offer no timestamps."},
    }};
    return all;
}

std::span<const Story> stories() {
    static const std::vector<Story> all = all_stories();
    return all;
}

}  // namespace lastack::exhaustive
