// Variants: the protocol with one piece left out.
//
// A variant is a handful of rows, each tried before the RFC's rows of the same state and check, and only while its
// variant is on. All else stays the RFC's, so that what goes wrong is the doing of the piece that is missing. These
// rows are in the instrumented machine alone; `rules()`, the documents and the counts do not know them. Their ids are
// "why-", the name of the variant, the state, and what the row is about.
//
// Both ends of a run are of the variant: a piece is left out of the protocol, not of one program.
#pragma once

#include "departures.hpp"
#include "early_states.hpp"
#include "other_states.hpp"
#include "timeouts.hpp"
#include "user_calls.hpp"

namespace lastack {

inline constexpr std::array<VariantInfo, 13> variant_infos{{
    {Variant::two_way_handshake, "two-way-handshake",
     "LISTEN is ESTABLISHED when it has answered a SYN; it awaits no third message.", "3.10.7.2"},
    {Variant::no_simultaneous_open, "no-simultaneous-open", "SYN-SENT drops a SYN that comes without an ACK.",
     "3.10.7.3"},
    {Variant::syn_takes_no_number, "syn-takes-no-number",
     "The SYN occupies no sequence number: the first octet of text has the number of the SYN.", "3.4"},
    {Variant::fin_takes_no_number, "fin-takes-no-number",
     "The FIN occupies no sequence number: who acknowledges all text acknowledges the FIN.", "3.4"},
    {Variant::three_message_close, "three-message-close",
     "ESTABLISHED answers the peer's FIN with its own at once; what its user still wants to send is dropped.",
     "3.10.7.4"},
    {Variant::no_half_close, "no-half-close",
     "FIN-WAIT-1 is in TIME-WAIT when its FIN is acknowledged, and refuses the text that the peer still sends.",
     "3.10.7.4"},
    {Variant::no_time_wait, "no-time-wait", "What would enter TIME-WAIT is CLOSED.", "3.10.7.4"},
    {Variant::fin_out_of_order, "fin-out-of-order", "A FIN is processed though text before it is missing.", "3.10.7.4"},
    {Variant::no_sequence_check, "no-sequence-check",
     "Whatever number a segment has (but a SYN), it is taken as the next one that is expected.", "3.10.7.4"},
    {Variant::any_reset_in_syn_sent, "any-reset-in-syn-sent",
     "SYN-SENT believes a RST that does not acknowledge its SYN.", "3.10.7.3"},
    {Variant::no_reset_in_closed, "no-reset-in-closed", "CLOSED is silent to every segment.", "3.10.7.1"},
    {Variant::no_reset_in_syn_sent, "no-reset-in-syn-sent", "SYN-SENT is silent to an ACK that is unacceptable.",
     "3.10.7.3"},
    {Variant::no_retransmission, "no-retransmission", "Nothing is sent again: what is lost is lost.", "3.10.8"},
}};

constexpr std::string_view name_of(Variant v) {
    return v == Variant::none ? std::string_view{} : variant_infos[static_cast<std::size_t>(v) - 1].name;
}

/// `V<action, guard>(variant, "LI-SYN", source, check, target)`: one row of a variant.
template <auto action, auto guard = always>
constexpr std::array<Row, 1> V(Variant variant, std::string_view what, State source, Check check, State target) {
    auto row = R<action, guard>("why-", source, check, target);
    append(row[0].id, name_of(variant));
    append(row[0].id, "-");
    append(row[0].id, what);
    row[0].variant = variant;
    return row;
}
template <auto action, auto guard = always>
constexpr std::array<Row, 1> V(Variant variant, std::string_view what, State source, Check check) {
    return V<action, guard>(variant, what, source, check, source);
}
/// The same for several states: the abbreviation of each stands between the two parts of what the row is about.
template <auto action, auto guard = always, std::size_t N>
constexpr std::array<Row, N> V_each(Variant variant, std::string_view before, std::string_view behind,
                                    const std::array<State, N>& sources, Check check) {
    std::array<Row, N> rows;
    for (std::size_t i = 0; i < N; ++i) {
        rows[i] = V<action, guard>(variant, before, sources[i], check)[0];
        append(rows[i].id, abbreviation(sources[i]));
        append(rows[i].id, behind);
    }
    return rows;
}
template <auto action, auto guard = always, std::size_t N>
constexpr std::array<Row, N> V_each(Variant variant, std::string_view before, std::string_view behind,
                                    const std::array<State, N>& sources, Check check, State target) {
    auto rows = V_each<action, guard>(variant, before, behind, sources, check);
    for (Row& row : rows) row.target = target;
    return rows;
}

// ---- two-way-handshake ----
/// What rode on the SYN is delivered: ESTABLISHED keeps nothing back (3.5).
inline GoOn answer_syn_and_establish(Context& x) {
    answer_syn_and_more(x);
    x.out.signals |= signal::established;
    take_text_of_syn(x);
    return stop;
}
/// Our answer settles the options, though ESTABLISHED is entered.
inline GoOn depart_syn_ack_of_established(Context& x) {
    x.c.state = State::SynReceived;
    depart_syn_ack(x);
    x.c.state = State::Established;
    return stop;
}
inline constexpr auto two_way_handshake_rows =
    join(V<answer_syn_and_establish, all<no<security_differs>, no<syn_fin_dropped>>>(
             Variant::two_way_handshake, "LI-SYN", Listen, Check::syn_check, Established),
         V<depart_syn_ack_of_established, may_repeat_syn_ack>(Variant::two_way_handshake, "out-ES-synack", Established,
                                                              Check::depart_syn));

// ---- no-simultaneous-open ----
inline constexpr auto no_simultaneous_open_rows =
    V<drop, no<has_ack>>(Variant::no_simultaneous_open, "SS-SYN", SynSent, Check::syn_check);

// ---- syn-takes-no-number ----
//
// While the SYN is unacknowledged, ISS = SND.UNA = SND.NXT (but for text that rode on it). So nothing is outstanding
// by number, and only the timer knows that the SYN is to go again. Every ACK from ISS on counts as one of the SYN, for
// none is told from another. Then `iss` moves to the number before the first octet, which is where the rows of the RFC
// expect it: all numbers on the wire stay as they are.

/// A clause of the RFC that counts the SYN in SND.NXT.
template <auto clause>
auto with_syn_counted(Context& x) {
    if (x.c.iss_chosen) x.c.snd_nxt += 1;
    const auto result = clause(x);
    if (x.c.iss_chosen) x.c.snd_nxt = x.c.snd_nxt - 1;
    return result;
}
/// An action that takes the peer's SYN: what follows it has the number of the SYN itself.
template <auto action>
GoOn with_peer_syn_uncounted(Context& x) {
    x.seg.seq = x.seg.seq - 1;
    const GoOn go_on = action(x);
    x.c.irs += 1;
    return go_on;
}
inline bool acks_uncounted_syn(Context& x) {
    return syn_unacknowledged(x) && x.seg.ack >= x.c.snd_una && x.seg.ack <= x.c.snd_nxt;
}
inline void move_iss_before_text(Context& x) {
    x.c.iss = x.c.iss - 1;
    x.c.snd_una = x.c.snd_una - 1;
}
inline GoOn complete_open_uncounted(Context& x) {
    move_iss_before_text(x);
    return with_peer_syn_uncounted<complete_open>(x);
}
template <auto establishing>
GoOn establish_uncounted(Context& x) {
    move_iss_before_text(x);
    return establishing(x);
}
/// CLOSE came before the SYN was acknowledged.
inline GoOn take_ack_of_uncounted_syn(Context& x) {
    move_iss_before_text(x);
    take_ack(x);
    return again;
}
/// SEG.LEN of a SYN is that of its text.
inline GoOn reset_uncounted_syn(Context& x) {
    owe(x, OwedKind::rst_ack, When::now, Seq{0}, x.seg.end() - 1);
    return stop;
}
inline constexpr auto answer_plain_uncounted = with_syn_counted<with_peer_syn_uncounted<answer_plain_syn>>;
inline constexpr auto answer_more_uncounted = with_syn_counted<with_peer_syn_uncounted<answer_syn_and_more>>;
inline constexpr auto reopen_uncounted = with_syn_counted<with_peer_syn_uncounted<reopen>>;
inline constexpr auto past_syn_received = states(FinWait1, CloseWait, Closing, LastAck);
inline constexpr auto syn_takes_no_number_rows = [] {
    constexpr auto v = Variant::syn_takes_no_number;
    return join(
        V<with_syn_counted<open_actively>, all<permitted, security_allowed, no<passive>, remote_named, room>>(
            v, "CD-active", Closed, Check::open_call, SynSent),
        V<with_syn_counted<turn_active>, all<no<passive>, remote_named, room>>(v, "LI-active", Listen, Check::open_call,
                                                                               SynSent),
        V<with_syn_counted<turn_active_and_queue>, all<remote_specified, room>>(v, "LI-send", Listen, Check::send_call,
                                                                                SynSent),
        V<reset_uncounted_syn, all<no<has_rst>, no<has_ack>, has_syn>>(v, "CD-SYN", Closed, Check::any_check),
        V<answer_more_uncounted, all<no<security_differs>, text_or_fin, no<syn_fin_dropped>>>(
            v, "LI-SYNdata", Listen, Check::syn_check, SynReceived),
        V<answer_plain_uncounted, all<no<security_differs>, no<text_or_fin>>>(v, "LI-SYN", Listen, Check::syn_check,
                                                                              SynReceived),
        V<pass, acks_uncounted_syn>(v, "SS-okACK", SynSent, Check::ack_check),
        V<complete_open_uncounted, has_ack>(v, "SS-SYNACK", SynSent, Check::syn_check, Established),
        V<with_peer_syn_uncounted<answer_crossing_syn>, all<no<has_ack>, no<syn_fin_dropped>>>(
            v, "SS-SYN", SynSent, Check::syn_check, SynReceived),
        V<establish_uncounted<establish>, all<judged_in_syn_received, acks_uncounted_syn, no<close_queued>>>(
            v, "SR-ok", SynReceived, Check::ack_check, Established),
        V<establish_uncounted<establish_and_close>, all<judged_in_syn_received, acks_uncounted_syn, close_queued>>(
            v, "SR-ok-close", SynReceived, Check::ack_check, FinWait1),
        V_each<take_ack_of_uncounted_syn, all<judged, acks_uncounted_syn>>(v, "", "-ackSYN", past_syn_received,
                                                                           Check::ack_check),
        V<reopen_uncounted, reopens>(v, "TW-reuse", TimeWait, Check::syn_check, SynReceived),
        V<with_syn_counted<depart_syn>, with_syn_counted<syn_right>>(v, "out-SS-syn", SynSent, Check::depart_syn),
        V<with_syn_counted<depart_syn_ack>, with_syn_counted<syn_ack_right>>(v, "out-SR-synack", SynReceived,
                                                                             Check::depart_syn),
        V_each<with_syn_counted<depart_syn_ack>, with_syn_counted<may_repeat_syn_ack>>(
            v, "out-", "-synack", past_syn_received, Check::depart_syn));
}();

// ---- fin-takes-no-number ----
//
// SND.NXT stays at the number of the FIN, and RCV.NXT at that of the peer's. An ACK of all text is one of the FIN,
// wherever the FIN is; while none has come, only the timer knows that the FIN is to go again.
inline GoOn depart_uncounted_fin(Context& x) {
    depart_fin_first(x);
    x.c.snd_nxt = x.c.snd_nxt - 1;
    return stop;
}
inline bool acks_uncounted_fin(Context& x) {
    return judged(x) && x.c.fin == Fin::sent && x.seg.ack >= x.c.fin_seq && x.seg.ack <= x.c.snd_nxt;
}
template <auto action>
GoOn with_fin_acknowledged(Context& x) {
    halt(x, timer::retransmission | timer::user);
    discharge(x.c, OwedKind::fin);
    return action(x);
}
template <auto action>
GoOn with_peer_fin_uncounted(Context& x) {
    const std::uint32_t window = x.c.rcv_wnd;
    const GoOn go_on = action(x);
    Config& c = x.c;
    c.rcv_nxt = c.rcv_nxt - 1;
    c.rcv_wnd = window;
    for (std::size_t i = 0; i < c.owed_count; ++i) {
        if (c.owed[i].kind == OwedKind::ack || c.owed[i].kind == OwedKind::challenge_ack) c.owed[i].ack = c.rcv_nxt;
    }
    return go_on;
}
inline constexpr auto fin_takes_no_number_rows = [] {
    constexpr auto v = Variant::fin_takes_no_number;
    return join(
        V_each<depart_uncounted_fin, fin_first>(v, "out-", "-fin", states(FinWait1, Closing, LastAck),
                                                Check::depart_fin),
        V<depart_uncounted_fin, fin_first>(v, "out-CW-fin", CloseWait, Check::depart_fin, LastAck),
        V<with_fin_acknowledged<fin_acknowledged>, acks_uncounted_fin>(v, "FW1-ackFIN", FinWait1, Check::ack_check,
                                                                       FinWait2),
        V<with_fin_acknowledged<closing_fin_acknowledged>, acks_uncounted_fin>(v, "CL-ackFIN", Closing,
                                                                               Check::ack_check, TimeWait),
        V<with_fin_acknowledged<last_fin_acknowledged>, acks_uncounted_fin>(v, "LA-ackFIN", LastAck, Check::ack_check,
                                                                            Closed),
        V_each<with_peer_fin_uncounted<process_fin>, fin_in_order>(v, "", "-fin", states(SynReceived, Established),
                                                                   Check::fin_check, CloseWait),
        V<with_peer_fin_uncounted<process_fin>, fin_in_order>(v, "FW1-fin", FinWait1, Check::fin_check, Closing),
        V<with_peer_fin_uncounted<process_last_fin>, fin_in_order>(v, "FW2-fin", FinWait2, Check::fin_check, TimeWait));
}();

// ---- three-message-close ----
inline GoOn answer_fin_with_fin(Context& x) {
    process_fin(x);
    if (x.c.queued > 0) x.out.signals |= signal::calls_closing;
    x.c.queued = 0;
    queue_fin(x);
    owe(x, OwedKind::fin, When::now);
    return stop;
}
inline constexpr auto three_message_close_rows = V<answer_fin_with_fin, fin_in_order>(
    Variant::three_message_close, "ES-fin", Established, Check::fin_check, LastAck);

// ---- no-half-close ----
/// TIME-WAIT that began with the ACK of our FIN, before the peer's has come.
inline bool closed_one_way(Context& x) { return x.c.fin_acked() && !x.c.peer_fin_seen; }
inline constexpr auto no_half_close_rows = join(
    V<closing_fin_acknowledged, acks_fin>(Variant::no_half_close, "FW1-ackFIN", FinWait1, Check::ack_check, TimeWait),
    V<reset_unreadable, closed_one_way>(Variant::no_half_close, "TW-text", TimeWait, Check::text_check, Closed),
    V<process_last_fin, all<closed_one_way, fin_in_order>>(Variant::no_half_close, "TW-fin", TimeWait,
                                                           Check::fin_check));

// ---- no-time-wait ----
//
// Of the connection remains the ACK of the peer's FIN while it is still to leave, with the numbers that it needs.
inline void delete_tcb_but_last_ack(Context& x) {
    const Config before = x.c;
    delete_tcb(x);
    Config& c = x.c;
    for (std::size_t i = 0; i < before.owed_count; ++i) {
        if (before.owed[i].kind != OwedKind::ack && before.owed[i].kind != OwedKind::challenge_ack) continue;
        c.owed[c.owed_count++] = before.owed[i];
        c.snd_nxt = before.snd_nxt;
        c.rcv_nxt = before.rcv_nxt;
        c.rcv_wnd = before.rcv_wnd;
        c.rcv_wscale = before.rcv_wscale;
        c.ts_ok = before.ts_ok;
        c.ts_recent = before.ts_recent;
    }
}
inline GoOn take_last_fin_and_delete(Context& x) {
    take_fin(x);
    delete_tcb_but_last_ack(x);
    return stop;
}
inline GoOn take_last_ack_and_delete(Context& x) {
    take_ack(x);
    x.out.signals |= signal::close_ok;
    delete_tcb_but_last_ack(x);
    return stop;
}
inline bool last_ack_right(Context& x) { return owes_ack(x) && current_number(x) && acknowledges_truly(x); }
inline GoOn depart_last_ack(Context& x) {
    delete_tcb(x);
    return stop;
}
/// The next connection takes no ACK over from the one before.
template <auto opening>
GoOn forget_last_ack_and(Context& x) {
    delete_tcb(x);
    return opening(x);
}
inline constexpr auto no_time_wait_rows = [] {
    constexpr auto v = Variant::no_time_wait;
    return join(V<take_last_fin_and_delete, fin_in_order>(v, "FW2-fin", FinWait2, Check::fin_check, Closed),
                V<take_last_ack_and_delete, acks_fin>(v, "CL-ackFIN", Closing, Check::ack_check, Closed),
                V<depart_last_ack, last_ack_right>(v, "out-CD-ack", Closed, Check::depart_ack),
                V<forget_last_ack_and<listen>, all<owes_ack, permitted, security_allowed, passive, room>>(
                    v, "CD-passive", Closed, Check::open_call, Listen),
                V<forget_last_ack_and<open_actively>,
                  all<owes_ack, permitted, security_allowed, no<passive>, remote_named, room>>(
                    v, "CD-active", Closed, Check::open_call, SynSent),
                V_each<reset_connection, chooses<Choice::reset_sender, reading::reset_sender::time_wait>>(
                    v, "", "-abort", aborted_states, Check::abort_call, Closed));
}();

// ---- fin-out-of-order ----
/// Acknowledged with the FIN, the missing text will not come any more.
inline void skip_to_fin(Context& x) {
    Config& c = x.c;
    const std::uint32_t skipped = x.seg.text_end() - c.rcv_nxt;
    forget_held(c);
    c.rcv_nxt += skipped;
    c.rcv_wnd -= std::min(skipped, c.rcv_wnd);
}
template <auto action>
GoOn with_text_skipped(Context& x) {
    skip_to_fin(x);
    return action(x);
}
inline constexpr auto early_fin = all<has_fin, no<fin_in_order>>;
inline constexpr auto fin_out_of_order_rows =
    join(V<with_text_skipped<process_fin>, early_fin>(Variant::fin_out_of_order, "ES-fin", Established,
                                                      Check::fin_check, CloseWait),
         V<with_text_skipped<process_fin>, early_fin>(Variant::fin_out_of_order, "FW1-fin", FinWait1, Check::fin_check,
                                                      Closing),
         V<with_text_skipped<process_last_fin>, early_fin>(Variant::fin_out_of_order, "FW2-fin", FinWait2,
                                                           Check::fin_check, TimeWait));

// ---- no-sequence-check ----
/// A SYN keeps its number, which is where the new connection begins.
inline GoOn take_as_next(Context& x) {
    x.acceptable = true;
    if (x.seg.syn()) return next;
    x.seg.seq = x.c.rcv_nxt;
    return trim(x);
}
inline constexpr auto no_sequence_check_rows =
    V_each<take_as_next>(Variant::no_sequence_check, "", "-any", other_states, Check::sequence_check);

// ---- resets ----
inline constexpr auto reset_rows =
    join(V<pass, all<no<ack_new>, has_rst>>(Variant::any_reset_in_syn_sent, "SS-badACK-RST", SynSent, Check::ack_check),
         V<refuse_open, no<has_ack>>(Variant::any_reset_in_syn_sent, "SS-RST-noack", SynSent, Check::rst_check, Closed),
         V<drop, no<has_rst>>(Variant::no_reset_in_closed, "CD-any", Closed, Check::any_check),
         V<drop, all<no<ack_new>, no<has_rst>>>(Variant::no_reset_in_syn_sent, "SS-badACK", SynSent, Check::ack_check));

// ---- no-retransmission ----
inline constexpr auto no_retransmission_rows = V_each<drop>(
    Variant::no_retransmission, "", "-RTO",
    states(SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck), Check::retransmission_timeout);

inline constexpr auto variant_table =
    join(two_way_handshake_rows, no_simultaneous_open_rows, syn_takes_no_number_rows, fin_takes_no_number_rows,
         three_message_close_rows, no_half_close_rows, no_time_wait_rows, fin_out_of_order_rows, no_sequence_check_rows,
         reset_rows, no_retransmission_rows);

}  // namespace lastack
