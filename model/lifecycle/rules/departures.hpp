// Departures: which segments may leave a connection end, and what their leaving changes.
//
// The RFC fixes that an answer is due, its numbers and its control bits; it leaves free
// when an ACK goes, what it rides on and how data are cut. So a departing segment either
// discharges an obligation or is covered by a permission (new text, a retransmission, a
// probe, a window update); one that no row takes is refused, and that is a deviation.
// Unlike an arrival's checks, those of a departure may find no row.
#pragma once

#include "../table.hpp"

namespace lastack {

template <OwedKind kind>
bool owes(Context& x) {
    for (std::size_t i = 0; i < x.c.owed_count; ++i) {
        if (x.c.owed[i].kind == kind) return true;
    }
    return false;
}
inline bool keepalive_octet(Context& x) {
    return header_right(x) && x.seg.text == 1 && !x.seg.fin() && x.c.snd_una == x.c.snd_nxt &&
           x.seg.seq == x.c.snd_nxt - 1;
}
inline constexpr auto all_eleven = states(Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2,
                                          CloseWait, Closing, LastAck, TimeWait);
inline constexpr auto sending_states = states(Established, FinWait1, CloseWait, Closing, LastAck);
/// With text that has never left. LAST-ACK is entered only once that is gone.
inline constexpr auto states_with_new_text = states(Established, FinWait1, CloseWait, Closing);
inline constexpr auto departure_rows = join(
    each<discharge_reset, reset_owed>("3.5.2-out-", "-rst", all_eleven, Check::depart_rst),

    R<depart_syn, all<owes<OwedKind::syn>, syn_right>>("3.10.1-out-SS-syn", SynSent, Check::depart_syn),
    R<depart_syn, all<no<owes<OwedKind::syn>>, syn_right>>("3.10.8-out-SS-syn", SynSent, Check::depart_syn),
    R<depart_syn_ack, all<owes<OwedKind::syn_ack>, syn_ack_right>>("3.10.7.2-out-SR-synack", SynReceived,
                                                                   Check::depart_syn),
    R<depart_syn_ack, all<no<owes<OwedKind::syn_ack>>, syn_ack_right>>("3.10.8-out-SR-synack", SynReceived,
                                                                       Check::depart_syn),
    each<depart_syn_ack, may_repeat_syn_ack>("3.10.8-out-", "-synack", states(FinWait1, CloseWait, Closing, LastAck),
                                             Check::depart_syn),

    each<depart_text_first, text_first>("3.10.2-out-", "-text", states_with_new_text, Check::depart_text),
    each<depart_text_first, text_probe>("3.8.6.1-out-", "-text", states_with_new_text, Check::depart_text),
    each<depart_text_again, text_again>("3.10.8-out-", "-text", sending_states, Check::depart_text),
    each<depart_ack, keepalive_octet>("3.8.4-out-", "-octet", states(Established, CloseWait), Check::depart_text),

    each<depart_fin_first, fin_first>("3.10.4-out-", "-fin", states(FinWait1, Closing, LastAck), Check::depart_fin),
    R<depart_fin_first, fin_first>("3.10.4-out-CW-fin", CloseWait, Check::depart_fin, LastAck),
    each<depart_fin_again, fin_again>("3.10.8-out-", "-fin", states(FinWait1, Closing, LastAck), Check::depart_fin),

    each<depart_ack, ack_owed>("3.10.7-out-", "-ack", other_states, Check::depart_ack),
    each<depart_ack, window_update>("3.8.6-out-", "-window", synchronized_states, Check::depart_ack),
    each<depart_ack, window_probe>("3.8.6.1-out-", "-probe", sending_states, Check::depart_ack),
    each<depart_ack, keepalive_probe>("3.8.4-out-", "-probe", states(Established, CloseWait), Check::depart_ack),
    R<depart_ack, keepalive_probe_at_rest>("3.8.4-out-FW2-probe", FinWait2, Check::depart_ack));

}  // namespace lastack
