// RFC 9293 3.10.7.4: a segment arrives in SYN-RECEIVED or a synchronized state.
//
// The ladder: first the sequence number (with RFC 7323's timestamps before it), second
// RST, third security, fourth SYN, fifth ACK, sixth URG, seventh text, eighth FIN. A
// check is offered when its bit or text is present; each row passes the segment on,
// stops, or changes the state, after which the ladder goes on in the new state.
#pragma once

#include "../table.hpp"

namespace lastack {

// ---- RFC 7323 5.3 R1, 3.2: before the first check. Offered to a segment whose timestamp is old or missing ----
inline bool without_timestamp(Context& x) { return !x.seg.has_ts; }
inline constexpr auto timestamp_rows =
    join(each<acknowledge_unacceptable, timestamp_old>("RFC7323-5.3-", "-paws", other_states, Check::timestamp_check),
         each<drop, all<without_timestamp, chooses<Choice::missing_timestamp, reading::missing_timestamp::drop>>>(
             "RFC7323-3.2-", "-drop", other_states, Check::timestamp_check),
         each<pass, all<without_timestamp, chooses<Choice::missing_timestamp, reading::missing_timestamp::accept>>>(
             "RFC7323-3.2-", "-accept", other_states, Check::timestamp_check));

// ---- first: the sequence number ----
inline bool fits(Context& x) {
    return acceptable(x) ||
           (overhangs(x) && x.choose(Choice::overhanging_segment) == reading::overhanging_segment::trim);
}
inline bool unfit(Context& x) { return !fits(x) && !zero_window_let_through(x); }
inline bool let_through(Context& x) { return !fits(x) && zero_window_let_through(x); }

inline bool crosses_by_figure_7(Context& x) {
    return unfit(x) && crossing_syn_ack(x) &&
           x.choose(Choice::simultaneous_open) == reading::simultaneous_open::figure_7;
}
inline bool repeats_syn_ack(Context& x) {
    return unfit(x) && duplicate_syn(x) && x.choose(Choice::duplicate_syn) == reading::duplicate_syn::repeat_syn_ack;
}
inline bool bad_ack_anywhere(Context& x) {
    return unfit(x) && !has_rst(x) && ack_unacceptable(x) &&
           x.choose(Choice::bad_ack_sequence) == reading::bad_ack_sequence::irrespective;
}
/// The algorithm of RFC 6191 (or MAY-2) judges the SYN instead of the first check. A SYN of another
/// compartment is none of its business, unless its Timestamps take it out of the first check anyway.
inline bool reuse_governs(Context& x) {
    if (x.seg.security_mismatch && !x.seg.has_ts) return false;
    return reopens(x) || rfc6191_governs(x);
}
inline bool fin_restarts(Context& x) {
    return unfit(x) && duplicate_fin(x) && x.choose(Choice::time_wait_fin) == reading::time_wait_fin::restart;
}
inline constexpr auto plain_states = states(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck);
inline constexpr auto sequence_rows = join(
    R<trim, fits>("3.10.7.4-1-SR-ok", SynReceived, Check::sequence_check),
    R<take_control_only, let_through>("3.10.7.4-1-SR-zerowin", SynReceived, Check::sequence_check),
    R<trim_crossing, crosses_by_figure_7>("3.10.7.4-1-SR-simopen", SynReceived, Check::sequence_check),
    R<repeat_syn_ack, repeats_syn_ack>("3.10.7.4-1-SR-dupSYN", SynReceived, Check::sequence_check),
    R<reset_bad_ack, bad_ack_anywhere>("3.10.7.4-1-SR-badACK", SynReceived, Check::sequence_check),
    R<acknowledge_unacceptable,
      all<unfit, no<has_rst>, no<crosses_by_figure_7>, no<repeats_syn_ack>, no<bad_ack_anywhere>>>(
        "3.10.7.4-1-SR-unacc", SynReceived, Check::sequence_check),
    R<drop, all<unfit, has_rst>>("3.10.7.4-1-SR-unacc-RST", SynReceived, Check::sequence_check),

    each<trim, fits>("3.10.7.4-1-", "-ok", plain_states, Check::sequence_check),
    each<take_control_only, let_through>("3.10.7.4-1-", "-zerowin", plain_states, Check::sequence_check),
    each<acknowledge_unacceptable, all<unfit, no<has_rst>>>("3.10.7.4-1-", "-unacc", plain_states,
                                                            Check::sequence_check),
    each<drop, all<unfit, has_rst>>("3.10.7.4-1-", "-unacc-RST", plain_states, Check::sequence_check),

    R<pass, reuse_governs>("3.10.7.4-1-TW-reuse", TimeWait, Check::sequence_check),
    R<trim, all<no<reuse_governs>, fits>>("3.10.7.4-1-TW-ok", TimeWait, Check::sequence_check),
    R<take_control_only, all<no<reuse_governs>, let_through>>("3.10.7.4-1-TW-zerowin", TimeWait, Check::sequence_check),
    R<acknowledge_again_and_restart, all<no<reuse_governs>, fin_restarts>>("3.10.7.4-1-TW-dupFIN", TimeWait,
                                                                           Check::sequence_check),
    R<acknowledge_unacceptable, all<no<reuse_governs>, unfit, no<has_rst>, no<fin_restarts>>>(
        "3.10.7.4-1-TW-unacc", TimeWait, Check::sequence_check),
    R<drop, all<no<reuse_governs>, unfit, has_rst>>("3.10.7.4-1-TW-unacc-RST", TimeWait, Check::sequence_check));

// ---- second: RST ----
inline bool rst_challenged(Context& x) { return rst_in_window(x) && !rst_valid(x); }
inline constexpr auto rst_rows = join(
    each<drop, no<rst_in_window>>("3.10.7.4-2-", "-out", other_states, Check::rst_check),
    each<challenge, rst_challenged>("3.10.7.4-2-", "-chal", other_states, Check::rst_check),
    R<return_to_listen, all<rst_valid, origin_passive, no<close_queued>>>("3.10.7.4-2-SR-passive", SynReceived,
                                                                          Check::rst_check, Listen),
    R<close_before_open, all<rst_valid, origin_passive, close_queued>>("3.10.7.4-2-SR-closed", SynReceived,
                                                                       Check::rst_check, Closed),
    R<refused_by_reset, all<rst_valid, origin_active>>("3.10.7.4-2-SR-active", SynReceived, Check::rst_check, Closed),
    R<return_to_time_wait, all<rst_valid, origin_reuse, chooses<Choice::reuse_reset, reading::reuse_reset::time_wait>>>(
        "3.10.7.4-2-SR-reuse", SynReceived, Check::rst_check, TimeWait),
    R<return_to_listen, all<rst_valid, origin_reuse, chooses<Choice::reuse_reset, reading::reuse_reset::listen>>>(
        "3.10.7.4-2-SR-reuse-listen", SynReceived, Check::rst_check, Listen),
    each<reset_by_peer, rst_valid>("3.10.7.4-2-", "-reset", states(Established, FinWait1, FinWait2, CloseWait),
                                   Check::rst_check, Closed),
    each<reset_while_closing, rst_valid>("3.10.7.4-2-", "-reset", states(Closing, LastAck), Check::rst_check, Closed),
    R<reset_while_closing, all<rst_valid, chooses<Choice::time_wait_rst, reading::time_wait_rst::closed>>>(
        "3.10.7.4-2-TW-reset", TimeWait, Check::rst_check, Closed),
    R<drop, all<rst_valid, chooses<Choice::time_wait_rst, reading::time_wait_rst::ignore>>>(
        "3.10.7.4-2-TW-ignore", TimeWait, Check::rst_check));

// ---- third: security ----
inline constexpr auto security_rows =
    join(R<reset_on_mismatch>("3.10.7.4-3-SR", SynReceived, Check::security_check),
         each<reset_both_ways>("3.10.7.4-3-", "", synchronized_states, Check::security_check, Closed));

// ---- fourth: SYN ----
template <std::uint8_t r>
constexpr auto syn_by = chooses<Choice::syn_validation, r>;
inline bool drops_by_rfc6191(Context& x) {
    return rfc6191_governs(x) && x.choose(Choice::rfc6191_refusal) == reading::rfc6191_refusal::drop;
}
inline constexpr auto syn_rows =
    join(R<return_to_listen, all<origin_passive, no<close_queued>>>("3.10.7.4-4-SR-passive", SynReceived,
                                                                    Check::syn_check, Listen),
         R<close_before_open, all<origin_passive, close_queued>>("3.10.7.4-4-SR-closed", SynReceived, Check::syn_check,
                                                                 Closed),
         R<challenge, all<no<origin_passive>, chooses<Choice::syn_validation, reading::syn_validation::rfc5961>>>(
             "3.10.7.4-4-SR-chal", SynReceived, Check::syn_check),
         R<reset_both_ways, all<no<origin_passive>, chooses<Choice::syn_validation, reading::syn_validation::rfc793>>>(
             "3.10.7.4-4-SR-793", SynReceived, Check::syn_check, Closed),
         each<challenge, chooses<Choice::syn_validation, reading::syn_validation::rfc5961>>(
             "3.10.7.4-4-", "-chal", plain_states, Check::syn_check),
         each<reset_both_ways, chooses<Choice::syn_validation, reading::syn_validation::rfc793>>(
             "3.10.7.4-4-", "-793", plain_states, Check::syn_check, Closed),
         R<reopen, reopens>("3.10.7.4-4-TW-reuse", TimeWait, Check::syn_check, SynReceived),
         R<drop, all<no<reopens>, drops_by_rfc6191>>("3.10.7.4-4-TW-6191", TimeWait, Check::syn_check),
         R<challenge, all<no<reopens>, rfc6191_governs, no<drops_by_rfc6191>>>("3.10.7.4-4-TW-6191-chal", TimeWait,
                                                                               Check::syn_check),
         R<challenge,
           all<no<reopens>, no<rfc6191_governs>, chooses<Choice::syn_validation, reading::syn_validation::rfc5961>>>(
             "3.10.7.4-4-TW-chal", TimeWait, Check::syn_check),
         R<reset_both_ways,
           all<no<reopens>, no<rfc6191_governs>, chooses<Choice::syn_validation, reading::syn_validation::rfc793>>>(
             "3.10.7.4-4-TW-793", TimeWait, Check::syn_check, Closed));

// ---- fifth: ACK ----
/// Outside the range on either side, and the range is judged before SYN-RECEIVED's own test (C13).
inline bool ancient_in_syn_received(Context& x) {
    const bool outside =
        ack_ancient(x) || (ack_future(x) && x.choose(Choice::ack_range) == reading::ack_range::rfc5961);
    return outside && x.choose(Choice::bad_ack_order) == reading::bad_ack_order::rfc5961_first;
}
/// The per-state processing applies: an ACK, in range (MAY-12), whose turn has come (C21).
inline bool judged(Context& x) { return has_ack(x) && !ack_ancient(x) && !ack_of_held_segment_waits(x); }
inline bool judged_in_syn_received(Context& x) {
    return has_ack(x) && !ancient_in_syn_received(x) && !ack_of_held_segment_waits(x);
}
inline bool acks_new(Context& x) { return judged(x) && ack_new(x); }
inline bool acks_old(Context& x) { return judged(x) && ack_old(x); }
inline bool acks_future(Context& x) { return judged(x) && ack_future(x); }
inline bool acks_fin(Context& x) { return judged(x) && ack_covers_fin(x); }
inline bool acks_part(Context& x) { return acks_new(x) && !ack_covers_fin(x); }
/// CLOSE came in SYN-RECEIVED and our SYN is not acknowledged yet: its text is not safe to deliver (C31).
inline bool held_back_by_syn(Context& x) {
    return acks_old(x) && syn_unacknowledged(x) && text_or_fin(x) &&
           x.choose(Choice::unacked_syn_text) == reading::unacked_syn_text::hold_back;
}
inline constexpr auto ack_rows = join(
    each<drop, no<has_ack>>("3.10.7.4-5-", "-noACK", other_states, Check::ack_check),
    each<challenge, all<has_ack, ack_ancient>>("3.10.7.4-5-", "-5961", synchronized_states, Check::ack_check),
    each<remember_ack, all<has_ack, no<ack_ancient>, ack_of_held_segment_waits>>("3.10.7.4-5-", "-held",
                                                                                 synchronized_states, Check::ack_check),

    R<challenge, all<has_ack, ancient_in_syn_received>>("3.10.7.4-5-SR-5961", SynReceived, Check::ack_check),
    R<remember_ack, all<has_ack, no<ancient_in_syn_received>, ack_of_held_segment_waits>>(
        "3.10.7.4-5-SR-held", SynReceived, Check::ack_check),
    R<establish, all<judged_in_syn_received, ack_new, no<close_queued>>>("3.10.7.4-5-SR-ok", SynReceived,
                                                                         Check::ack_check, Established),
    R<establish_and_close, all<judged_in_syn_received, ack_new, close_queued>>("3.10.7.4-5-SR-ok-close", SynReceived,
                                                                               Check::ack_check, FinWait1),
    R<reset_bad_ack,
      all<judged_in_syn_received, no<ack_new>, chooses<Choice::bad_ack_goes_on, reading::bad_ack_goes_on::drop>>>(
        "3.10.7.4-5-SR-bad", SynReceived, Check::ack_check),
    R<reset_bad_ack_and_go_on,
      all<judged_in_syn_received, no<ack_new>, chooses<Choice::bad_ack_goes_on, reading::bad_ack_goes_on::letter>>>(
        "3.10.7.4-5-SR-bad-on", SynReceived, Check::ack_check),

    each<process_ack, acks_new>("3.10.7.4-5-", "-new", states(Established, CloseWait), Check::ack_check),
    each<process_ack, acks_old>("3.10.7.4-5-", "-dup", states(Established, CloseWait), Check::ack_check),
    each<acknowledge_future_ack, acks_future>("3.10.7.4-5-", "-future", synchronized_states, Check::ack_check),

    R<fin_acknowledged, acks_fin>("3.10.7.4-5-FW1-fin", FinWait1, Check::ack_check, FinWait2),
    R<process_ack, acks_part>("3.10.7.4-5-FW1-part", FinWait1, Check::ack_check),
    R<process_ack, all<acks_old, no<held_back_by_syn>>>("3.10.7.4-5-FW1-dup", FinWait1, Check::ack_check),
    R<drop, held_back_by_syn>("3.10.7.4-5-FW1-unopened", FinWait1, Check::ack_check),

    R<process_ack, acks_old>("3.10.7.4-5-FW2-ok", FinWait2, Check::ack_check),

    R<closing_fin_acknowledged, acks_fin>("3.10.7.4-5-CL-fin", Closing, Check::ack_check, TimeWait),
    R<process_ack_and_ignore_rest, acks_part>("3.10.7.4-5-CL-part", Closing, Check::ack_check),
    R<process_ack_and_ignore_rest, acks_old>("3.10.7.4-5-CL-dup", Closing, Check::ack_check),

    R<last_fin_acknowledged, acks_fin>("3.10.7.4-5-LA-fin", LastAck, Check::ack_check, Closed),
    R<process_ack, all<acks_part, chooses<Choice::last_ack_partial, reading::last_ack_partial::process>>>(
        "3.10.7.4-5-LA-part", LastAck, Check::ack_check),
    R<pass, all<any<acks_part, acks_old>, chooses<Choice::last_ack_partial, reading::last_ack_partial::letter>>>(
        "3.10.7.4-5-LA-part-ign", LastAck, Check::ack_check),
    R<process_ack, all<acks_old, chooses<Choice::last_ack_partial, reading::last_ack_partial::process>>>(
        "3.10.7.4-5-LA-dup", LastAck, Check::ack_check),

    R<pass, all<judged, no<ack_future>, no<has_fin>, chooses<Choice::time_wait_ack, reading::time_wait_ack::silent>>>(
        "3.10.7.4-5-TW-plain", TimeWait, Check::ack_check),
    R<acknowledge_and_restart,
      all<judged, no<ack_future>, no<has_fin>, chooses<Choice::time_wait_ack, reading::time_wait_ack::letter>>>(
        "3.10.7.4-5-TW-letter", TimeWait, Check::ack_check),
    R<acknowledge_and_restart, all<judged, no<ack_future>, has_fin>>("3.10.7.4-5-TW-fin", TimeWait, Check::ack_check));

// ---- sixth: URG. CLOSING never gets here: its fifth check ends the segment or the state ----
inline constexpr auto urg_rows =
    join(each<signal_urgent>("3.10.7.4-6-", "-urg", receiving_states, Check::urg_check),
         each<pass>("3.10.7.4-6-", "-ign", states(SynReceived, CloseWait, LastAck, TimeWait), Check::urg_check));

// ---- seventh: the text ----
inline bool unreadable(Context& x) { return x.choose(Choice::half_duplex) == reading::half_duplex::on; }
inline bool held(Context& x) { return !in_order(x) && !text_discarded(x); }
inline constexpr auto text_rows = join(
    R<pass, in_order>("3.10.7.4-7-SR-wait", SynReceived, Check::text_check),
    R<hold_text, held>("3.10.7.4-7-SR-held", SynReceived, Check::text_check),
    R<discard_text, text_discarded>("3.10.7.4-7-SR-discard", SynReceived, Check::text_check),
    R<deliver_text, in_order>("3.10.7.4-7-ES-text", Established, Check::text_check),
    R<hold_text, held>("3.10.7.4-7-ES-held", Established, Check::text_check),
    R<discard_text, text_discarded>("3.10.7.4-7-ES-discard", Established, Check::text_check),
    each<deliver_text, all<no<unreadable>, in_order>>("3.10.7.4-7-", "-text", states(FinWait1, FinWait2),
                                                      Check::text_check),
    each<hold_text, all<no<unreadable>, held>>("3.10.7.4-7-", "-held", states(FinWait1, FinWait2), Check::text_check),
    each<discard_text, all<no<unreadable>, text_discarded>>("3.10.7.4-7-", "-discard", states(FinWait1, FinWait2),
                                                            Check::text_check),
    each<reset_unreadable, unreadable>("3.10.7.4-7-", "-unread", states(FinWait1, FinWait2), Check::text_check, Closed),
    each<pass>("3.10.7.4-7-", "-ign", states(CloseWait, LastAck, TimeWait), Check::text_check));

// ---- eighth: FIN ----
inline bool fin_discarded(Context& x) {
    return !fin_in_order(x) && x.choose(Choice::held_segment) == reading::held_segment::discard;
}
inline bool fin_early(Context& x) { return !fin_in_order(x) && !fin_discarded(x); }
inline constexpr auto fin_states = states(SynReceived, Established, FinWait1, FinWait2);
inline constexpr auto fin_rows =
    join(each<hold_fin, fin_early>("3.10.7.4-8-", "-held", fin_states, Check::fin_check),
         each<discard_text, fin_discarded>("3.10.7.4-8-", "-discard", fin_states, Check::fin_check),
         R<process_fin, fin_in_order>("3.10.7.4-8-SR-fin", SynReceived, Check::fin_check, CloseWait),
         R<process_fin, fin_in_order>("3.10.7.4-8-ES-fin", Established, Check::fin_check, CloseWait),
         R<process_fin, fin_in_order>("3.10.7.4-8-FW1-fin", FinWait1, Check::fin_check, Closing),
         R<process_last_fin, fin_in_order>("3.10.7.4-8-FW2-fin", FinWait2, Check::fin_check, TimeWait),
         each<acknowledge_second_fin, chooses<Choice::second_fin, reading::second_fin::stay>>(
             "3.10.7.4-8-", "-stay", states(CloseWait, LastAck), Check::fin_check),
         each<process_second_fin, chooses<Choice::second_fin, reading::second_fin::letter>>(
             "3.10.7.4-8-", "-letter", states(CloseWait, LastAck), Check::fin_check),
         R<acknowledge_fin_and_restart, chooses<Choice::second_fin, reading::second_fin::stay>>(
             "3.10.7.4-8-TW-stay", TimeWait, Check::fin_check),
         R<process_second_fin_and_restart, chooses<Choice::second_fin, reading::second_fin::letter>>(
             "3.10.7.4-8-TW-letter", TimeWait, Check::fin_check));

}  // namespace lastack
