// RFC 9293 3.10.1 to 3.10.6: the user calls.
//
// A call is answered at once. It changes the state, queues work, or is refused with one
// of the RFC's errors; what must leave because of it becomes an obligation. The order of
// the refusals is the RFC's: access first, then what the call lacks, then room.
#pragma once

#include "../table.hpp"

namespace lastack {

// ---- 3.10.1 OPEN ----
inline constexpr auto open_call_rows = join(
    R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.1-CD-noauth", Closed, Check::open_call),
    R<reply_with<Reply::security_not_allowed>, all<permitted, no<security_allowed>>>("3.10.1-CD-sec", Closed,
                                                                                     Check::open_call),
    R<reply_with<Reply::remote_socket_unspecified>, all<permitted, security_allowed, no<passive>, no<remote_named>>>(
        "3.10.1-CD-unspec", Closed, Check::open_call),
    R<reply_with<Reply::insufficient_resources>,
      all<permitted, security_allowed, any<passive, remote_named>, no<room>>>("3.10.1-CD-nores", Closed,
                                                                              Check::open_call),
    R<listen, all<permitted, security_allowed, passive, room>>("3.10.1-CD-passive", Closed, Check::open_call, Listen),
    R<open_actively, all<permitted, security_allowed, no<passive>, remote_named, room>>("3.10.1-CD-active", Closed,
                                                                                        Check::open_call, SynSent),

    R<reply_with<Reply::connection_already_exists>, passive>("3.10.1-LI-passive", Listen, Check::open_call),
    R<reply_with<Reply::remote_socket_unspecified>, all<no<passive>, no<remote_named>>>("3.10.1-LI-unspec", Listen,
                                                                                        Check::open_call),
    R<reply_with<Reply::insufficient_resources>, all<no<passive>, remote_named, no<room>>>("3.10.1-LI-nores", Listen,
                                                                                           Check::open_call),
    R<turn_active, all<no<passive>, remote_named, room>>("3.10.1-LI-active", Listen, Check::open_call, SynSent),

    each<reply_with<Reply::connection_already_exists>>(
        "3.10.1-", "-exists",
        states(SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait),
        Check::open_call));

// ---- 3.10.2 SEND ----
/// A CLOSE that still waits ends what SENDs may follow, or not (C28).
inline bool behind_close(Context& x) {
    return close_queued(x) && x.choose(Choice::call_behind_close) == reading::call_behind_close::refuse;
}
inline constexpr auto send_call_rows = join(
    R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.2-CD-noauth", Closed, Check::send_call),
    R<reply_with<Reply::connection_does_not_exist>, permitted>("3.10.2-CD-none", Closed, Check::send_call),

    R<reply_with<Reply::remote_socket_unspecified>, no<remote_specified>>("3.10.2-LI-unspec", Listen, Check::send_call),
    R<reply_with<Reply::insufficient_resources>, all<remote_specified, no<room>>>("3.10.2-LI-nores", Listen,
                                                                                  Check::send_call),
    R<turn_active_and_queue, all<remote_specified, room>>("3.10.2-LI-active", Listen, Check::send_call, SynSent),

    R<reply_with<Reply::insufficient_resources>, no<room>>("3.10.2-SS-nores", SynSent, Check::send_call),
    R<queue_data, room>("3.10.2-SS-queue", SynSent, Check::send_call),

    each<reply_with<Reply::connection_closing>, behind_close>("3.10.2-", "-closing", states(SynReceived, CloseWait),
                                                              Check::send_call),
    each<reply_with<Reply::insufficient_resources>, all<no<behind_close>, no<room>>>(
        "3.10.2-", "-nores", states(SynReceived, CloseWait), Check::send_call),
    R<queue_data, all<no<behind_close>, room>>("3.10.2-SR-queue", SynReceived, Check::send_call),
    R<queue_data, all<no<behind_close>, room>>("3.10.2-CW-send", CloseWait, Check::send_call),

    R<reply_with<Reply::insufficient_resources>, no<room>>("3.10.2-ES-nores", Established, Check::send_call),
    R<queue_data, room>("3.10.2-ES-send", Established, Check::send_call),

    each<reply_with<Reply::connection_closing>>(
        "3.10.2-", "-closing", states(FinWait1, FinWait2, Closing, LastAck, TimeWait), Check::send_call));

// ---- 3.10.3 RECEIVE ----
inline bool must_wait_without_room(Context& x) { return !data_unread(x) && !room(x); }
inline bool rest_deliverable(Context& x) {
    return data_unread(x) && x.choose(Choice::receive_when_closing) == reading::receive_when_closing::deliver;
}
inline constexpr auto receive_call_rows = join(
    R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.3-CD-noauth", Closed, Check::receive_call),
    R<reply_with<Reply::connection_does_not_exist>, permitted>("3.10.3-CD-none", Closed, Check::receive_call),

    each<reply_with<Reply::insufficient_resources>, no<room>>("3.10.3-", "-nores", states(Listen, SynSent, SynReceived),
                                                              Check::receive_call),
    each<queue_receive, room>("3.10.3-", "-queue", states(Listen, SynSent, SynReceived), Check::receive_call),

    each<reply_with<Reply::insufficient_resources>, must_wait_without_room>("3.10.3-", "-nores", receiving_states,
                                                                            Check::receive_call),
    each<receive, no<must_wait_without_room>>("3.10.3-", "-receive", receiving_states, Check::receive_call),

    R<receive_rest, data_unread>("3.10.3-CW-data", CloseWait, Check::receive_call),
    R<reply_with<Reply::connection_closing>, no<data_unread>>("3.10.3-CW-empty", CloseWait, Check::receive_call),

    each<receive_rest, rest_deliverable>("3.10.3-", "-data", states(Closing, LastAck, TimeWait), Check::receive_call),
    each<reply_with<Reply::connection_closing>, no<rest_deliverable>>(
        "3.10.3-", "-closing", states(Closing, LastAck, TimeWait), Check::receive_call));

// ---- 3.10.4 CLOSE ----
/// Half-duplex close with data that will never be read (MAY-1, SHLD-3).
inline bool loses_data(Context& x) {
    return data_unread(x) && x.choose(Choice::half_duplex) == reading::half_duplex::on;
}
inline GoOn ignore_second_close(Context& x) { return reply_with<Reply::ok>(x); }
inline constexpr auto close_call_rows = join(
    R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.4-CD-noauth", Closed, Check::close_call),
    R<reply_with<Reply::connection_does_not_exist>, permitted>("3.10.4-CD-none", Closed, Check::close_call),

    R<close_unopened>("3.10.4-LI", Listen, Check::close_call, Closed),
    R<close_unopened>("3.10.4-SS", SynSent, Check::close_call, Closed),

    R<reply_with<Reply::connection_closing>, behind_close>("3.10.4-SR-closing", SynReceived, Check::close_call),
    R<ignore_second_close, all<close_queued, no<behind_close>>>("3.10.4-SR-twice", SynReceived, Check::close_call),
    R<queue_close, all<no<close_queued>, data_queued>>("3.10.4-SR-queue", SynReceived, Check::close_call),
    R<send_fin, all<no<close_queued>, no<data_queued>>>("3.10.4-SR-fin", SynReceived, Check::close_call, FinWait1),

    // FIN-WAIT-1 is entered "in any case": at the call, though the FIN leaves after the data (C8).
    R<reset_connection, loses_data>("3.10.4-ES-unread", Established, Check::close_call, Closed),
    R<send_fin, all<no<loses_data>, no<data_queued>>>("3.10.4-ES-fin", Established, Check::close_call, FinWait1),
    R<send_fin, all<no<loses_data>, data_queued>>("3.10.4-ES-queue", Established, Check::close_call, FinWait1),

    each<reply_with<Reply::connection_closing>>(
        "3.10.4-", "-closing", states(FinWait1, FinWait2, Closing, LastAck, TimeWait), Check::close_call),

    // ... and LAST-ACK with the FIN.
    R<reply_with<Reply::connection_closing>, behind_close>("3.10.4-CW-closing", CloseWait, Check::close_call),
    R<ignore_second_close, all<close_queued, no<behind_close>>>("3.10.4-CW-twice", CloseWait, Check::close_call),
    R<reset_connection, all<no<close_queued>, loses_data>>("3.10.4-CW-unread", CloseWait, Check::close_call, Closed),
    R<queue_close, all<no<close_queued>, no<loses_data>, data_queued>>("3.10.4-CW-queue", CloseWait, Check::close_call),
    R<send_fin, all<no<close_queued>, no<loses_data>, no<data_queued>>>("3.10.4-CW-fin", CloseWait, Check::close_call,
                                                                        LastAck));

// ---- 3.10.5 ABORT ----
inline constexpr auto aborted_states = states(SynReceived, Established, FinWait1, FinWait2, CloseWait);
inline constexpr auto silently_aborted_states = states(SynSent, Closing, LastAck, TimeWait);
inline constexpr auto abort_call_rows =
    join(R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.5-CD-noauth", Closed, Check::abort_call),
         R<reply_with<Reply::connection_does_not_exist>, permitted>("3.10.5-CD-none", Closed, Check::abort_call),
         R<abort_silently>("3.10.5-LI", Listen, Check::abort_call, Closed),
         each<reset_connection, chooses<Choice::reset_sender, reading::reset_sender::closed>>(
             "3.10.5-", "-reset", aborted_states, Check::abort_call, Closed),
         each<reset_connection_and_wait, chooses<Choice::reset_sender, reading::reset_sender::time_wait>>(
             "3.10.5-", "-wait", aborted_states, Check::abort_call, TimeWait),
         each<abort_silently, chooses<Choice::silent_abort, reading::silent_abort::silent>>(
             "3.10.5-", "-silent", silently_aborted_states, Check::abort_call, Closed),
         each<reset_connection, chooses<Choice::silent_abort, reading::silent_abort::reset>>(
             "3.10.5-", "-reset", silently_aborted_states, Check::abort_call, Closed));

// ---- 3.10.6 STATUS ----
inline constexpr auto status_call_rows = join(
    R<reply_with<Reply::connection_illegal>, no<permitted>>("3.10.6-CD-noauth", Closed, Check::status_call),
    R<reply_with<Reply::connection_does_not_exist>, permitted>("3.10.6-CD-none", Closed, Check::status_call),
    each<reply_with<Reply::ok>>(
        "3.10.6-", "",
        states(Listen, SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait),
        Check::status_call));

}  // namespace lastack
