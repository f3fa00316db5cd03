// RFC 9293 3.10.7.1 to 3.10.7.3: a segment arrives in CLOSED, LISTEN or SYN-SENT.
//
// Here the peer's numbers are not known yet, so a segment is judged by its ACK, if it
// has one, and never by its SEQ. What does not fit draws a reset whose number the other
// side must believe (3.5.2, groups 1 and 2); a reset never draws anything.
#pragma once

#include "../table.hpp"

namespace lastack {

// ---- 3.10.7.1 CLOSED {any} ----
inline constexpr auto closed_rows =
    join(R<drop, has_rst>("3.10.7.1-RST", Closed, Check::any_check),
         R<answer_with_reset, all<no<has_rst>, no<has_ack>>>("3.10.7.1-noACK", Closed, Check::any_check),
         R<answer_with_reset, all<no<has_rst>, has_ack>>("3.10.7.1-ACK", Closed, Check::any_check));

// ---- 3.10.7.2 LISTEN {rst, ack, syn, other} ----
inline bool syn_fin_dropped(Context& x) { return has_fin(x) && x.choose(Choice::syn_fin) == reading::syn_fin::drop; }
inline constexpr auto listen_rows =
    join(R<drop>("3.10.7.2-1-RST", Listen, Check::rst_check),
         R<answer_with_reset>("3.10.7.2-2-ACK", Listen, Check::ack_check),
         R<answer_with_reset, security_differs>("3.10.7.2-3-sec", Listen, Check::syn_check),
         R<drop, all<no<security_differs>, syn_fin_dropped>>("3.10.7.2-3-SYNFIN", Listen, Check::syn_check),
         R<answer_syn_and_more, all<no<security_differs>, text_or_fin, no<syn_fin_dropped>>>(
             "3.10.7.2-3-SYNdata", Listen, Check::syn_check, SynReceived),
         R<answer_plain_syn, all<no<security_differs>, no<text_or_fin>>>("3.10.7.2-3-SYN", Listen, Check::syn_check,
                                                                         SynReceived),
         R<drop>("3.10.7.2-4-other", Listen, Check::other_check));

// ---- 3.10.7.3 SYN-SENT {ack, rst, security, syn, other} ----
inline constexpr auto syn_sent_rows =
    join(R<pass, ack_new>("3.10.7.3-1-okACK", SynSent, Check::ack_check),
         R<answer_with_reset, all<no<ack_new>, no<has_rst>>>("3.10.7.3-1-badACK", SynSent, Check::ack_check),
         R<drop, all<no<ack_new>, has_rst>>("3.10.7.3-1-badACK-RST", SynSent, Check::ack_check),
         R<refuse_open, has_ack>("3.10.7.3-2-RST-ack", SynSent, Check::rst_check, Closed),
         R<drop, no<has_ack>>("3.10.7.3-2-RST-noack", SynSent, Check::rst_check),
         R<answer_with_reset>("3.10.7.3-3-sec", SynSent, Check::security_check),
         R<complete_open, has_ack>("3.10.7.3-4-SYNACK", SynSent, Check::syn_check, Established),
         R<drop, all<no<has_ack>, syn_fin_dropped>>("3.10.7.3-4-SYNFIN", SynSent, Check::syn_check),
         R<answer_crossing_syn, all<no<has_ack>, no<syn_fin_dropped>>>("3.10.7.3-4-SYN", SynSent, Check::syn_check,
                                                                       SynReceived),
         R<drop>("3.10.7.3-5-neither", SynSent, Check::other_check));

}  // namespace lastack
