// RFC 9293 3.10.8: the timeouts. A timeout is offered where it can expire: the
// retransmission timeout with something outstanding, the others in their states.
#pragma once

#include "../table.hpp"

namespace lastack {

inline constexpr auto timeout_rows = join(
    each<abort_by_user_timeout>(
        "3.10.8-UTO-", "",
        states(Listen, SynSent, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait),
        Check::user_timeout, Closed),
    R<abort_by_user_timeout, no<relistens_at_user_timeout>>("3.10.8-UTO-SR", SynReceived, Check::user_timeout, Closed),
    R<relisten_by_user_timeout, all<relistens_at_user_timeout, no<close_queued>>>("3.10.8-UTO-SR-listen", SynReceived,
                                                                                  Check::user_timeout, Listen),
    R<close_before_open, all<relistens_at_user_timeout, close_queued>>("3.10.8-UTO-SR-closed", SynReceived,
                                                                       Check::user_timeout, Closed),

    R<resend_syn>("3.10.8-RTO-SS", SynSent, Check::retransmission_timeout),
    R<resend_syn_ack>("3.10.8-RTO-SR", SynReceived, Check::retransmission_timeout),
    each<resend_front>("3.10.8-RTO-", "", states(Established, FinWait1, CloseWait, Closing, LastAck),
                       Check::retransmission_timeout),

    R<expire>("3.10.8-TW", TimeWait, Check::time_wait_timeout, Closed),
    R<expire, chooses<Choice::fin_wait_2_timer, reading::fin_wait_2_timer::orphan>>("3.10.8-FW2", FinWait2,
                                                                                    Check::fin_wait_2_timeout, Closed),
    R<drop, chooses<Choice::fin_wait_2_timer, reading::fin_wait_2_timer::none>>("3.10.8-noFW2", FinWait2,
                                                                                Check::fin_wait_2_timeout));

}  // namespace lastack
