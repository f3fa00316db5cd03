#include "lastack/support/tampers.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace lastack::support {
namespace {

const Segment* arriving(const Event& e) {
    const auto* a = std::get_if<Arrival>(&e);
    return a == nullptr ? nullptr : &a->segment;
}
/// That leaves, and was allowed to.
const Segment* departing(const Event& e, const Outcome& out) {
    const auto* d = std::get_if<Departure>(&e);
    return d == nullptr || out.verdict == Verdict::refused ? nullptr : &d->segment;
}
bool enters(const Config& before, const Outcome& out, State s) { return before.state != s && out.next.state == s; }

Owed* owed(Config& c, OwedKind kind) {
    const auto end = c.owed.begin() + c.owed_count;
    const auto found = std::find_if(c.owed.begin(), end, [kind](const Owed& o) { return o.kind == kind; });
    return found == end ? nullptr : &*found;
}
void owe(Config& c, OwedKind kind, Seq seq, Seq ack) {
    if (c.owed_count < Config::max_owed) c.owed[c.owed_count++] = Owed{kind, When::now, {}, seq, ack};
}
/// RCV.NXT, and whatever acknowledges it, stays one number behind.
void acknowledge_one_less(Config& c) {
    c.rcv_nxt = c.rcv_nxt - 1;
    for (const OwedKind k : {OwedKind::ack, OwedKind::challenge_ack, OwedKind::syn_ack}) {
        if (Owed* o = owed(c, k)) o->ack = c.rcv_nxt;
    }
}

void syn_without_plus_one(const Config& before, const Event& e, Outcome& out) {
    const bool opens = enters(before, out, State::SynReceived) || enters(before, out, State::Established);
    if (opens && arriving(e) && arriving(e)->syn()) acknowledge_one_less(out.next);
}
void fin_without_plus_one(const Config&, const Event& e, Outcome& out) {
    if (arriving(e) && (out.signals & signal::connection_closing)) acknowledge_one_less(out.next);
}
void refusal_leaves_a_trace(const Config&, const Event&, Outcome& out) {
    if (out.verdict == Verdict::refused) out.next.wanted += 1;
}
void listen_skips_the_handshake(const Config& before, const Event&, Outcome& out) {
    if (before.state == State::Listen && out.next.state == State::SynReceived) out.next.state = State::Established;
}
void retransmission_changes_the_iss(const Config&, const Event& e, Outcome& out) {
    const auto* t = std::get_if<Timeout>(&e);
    if (t != nullptr && t->kind == TimeoutKind::retransmission) out.next.iss += 1;
}
void closed_keeps_its_timers(const Config& before, const Event&, Outcome& out) {
    if (enters(before, out, State::Closed)) out.next.timers = before.timers;
}
void remote_socket_is_forgotten(const Config& before, const Event&, Outcome& out) {
    if (enters(before, out, State::Established)) out.next.remote_specified = false;
}
void any_ack_counts(const Config&, const Event& e, Outcome& out) {
    const Segment* s = arriving(e);
    if (s != nullptr && s->has_ack() && out.next.state == State::Established) out.next.snd_una = s->ack;
}
void fin_takes_no_number(const Config&, const Event& e, Outcome& out) {
    const Segment* s = departing(e, out);
    if (s != nullptr && s->fin() && out.next.fin == Fin::sent) out.next.snd_nxt = out.next.fin_seq;
}
void window_is_drawn_back(const Config&, const Event& e, Outcome& out) {
    const Segment* s = departing(e, out);
    if (s != nullptr && s->has_ack() && !s->rst() && out.next.rcv_wnd > 0) {
        out.next.rcv_wnd -= 1;
        out.next.rcv_adv = out.next.rcv_adv - 1;
    }
}
void urgent_data_go_unnoticed(const Config&, const Event&, Outcome& out) {
    out.signals &= static_cast<std::uint16_t>(~signal::urgent);
}
void time_wait_goes_on_retransmitting(const Config& before, const Event&, Outcome& out) {
    if (enters(before, out, State::TimeWait)) out.next.timers |= timer::retransmission;
}
void time_opens_a_connection(const Config& before, const Event& e, Outcome& out) {
    if (before.state == State::Closed && std::holds_alternative<Timeout>(e)) {
        out.next.state = State::Listen;
        out.verdict = Verdict::transition;
    }
}
void everything_may_leave(const Config&, const Event& e, Outcome& out) {
    if (std::holds_alternative<Departure>(e) && out.verdict == Verdict::refused) out.verdict = Verdict::no_change;
}
void delivered_text_stays_unread(const Config&, const Event&, Outcome& out) { out.next.unread += out.delivered; }
void closed_resets_twice(const Config& before, const Event& e, Outcome& out) {
    const Segment* s = arriving(e);
    if (before.state == State::Closed && s != nullptr && !s->rst()) owe(out.next, OwedKind::rst, s->ack + 1, Seq{});
}
void a_choice_stays_open(const Config&, const Event& e, Outcome& out) {
    if (arriving(e)) out.asked = true;
}
void opening_has_no_clock(const Config&, const Event&, Outcome& out) {
    if (out.next.state == State::SynSent || out.next.state == State::SynReceived)
        out.next.timers &= static_cast<std::uint8_t>(~timer::user);
}
void text_leaves_unwatched(const Config&, const Event& e, Outcome& out) {
    const Segment* s = departing(e, out);
    if (s != nullptr && s->text > 0) out.next.timers &= static_cast<std::uint8_t>(~timer::retransmission);
}
void answer_every_ack(const Config&, const Event& e, Outcome& out) {
    const Segment* s = arriving(e);
    Config& c = out.next;
    if (s == nullptr || !s->has_ack() || s->rst() || !synchronized(c.state)) return;
    if (owed(c, OwedKind::ack) || owed(c, OwedKind::challenge_ack)) return;
    owe(c, OwedKind::ack, c.snd_nxt, c.rcv_nxt);
    if (out.verdict == Verdict::ignored) out.verdict = Verdict::no_change;
}

constexpr std::array all_tampers{
    NamedTamper{"syn_without_plus_one", syn_without_plus_one},
    NamedTamper{"fin_without_plus_one", fin_without_plus_one},
    NamedTamper{"refusal_leaves_a_trace", refusal_leaves_a_trace},
    NamedTamper{"listen_skips_the_handshake", listen_skips_the_handshake},
    NamedTamper{"retransmission_changes_the_iss", retransmission_changes_the_iss},
    NamedTamper{"closed_keeps_its_timers", closed_keeps_its_timers},
    NamedTamper{"remote_socket_is_forgotten", remote_socket_is_forgotten},
    NamedTamper{"any_ack_counts", any_ack_counts},
    NamedTamper{"fin_takes_no_number", fin_takes_no_number},
    NamedTamper{"window_is_drawn_back", window_is_drawn_back},
    NamedTamper{"urgent_data_go_unnoticed", urgent_data_go_unnoticed},
    NamedTamper{"time_wait_goes_on_retransmitting", time_wait_goes_on_retransmitting},
    NamedTamper{"time_opens_a_connection", time_opens_a_connection},
    NamedTamper{"everything_may_leave", everything_may_leave},
    NamedTamper{"delivered_text_stays_unread", delivered_text_stays_unread},
    NamedTamper{"closed_resets_twice", closed_resets_twice},
    NamedTamper{"a_choice_stays_open", a_choice_stays_open},
    NamedTamper{"opening_has_no_clock", opening_has_no_clock},
    NamedTamper{"text_leaves_unwatched", text_leaves_unwatched},
    NamedTamper{"answer_every_ack", answer_every_ack},
};

}  // namespace

std::span<const NamedTamper> tampers() { return all_tampers; }

Tamper tamper(std::string_view name) {
    const auto* found =
        std::find_if(all_tampers.begin(), all_tampers.end(), [name](const NamedTamper& t) { return t.name == name; });
    return found == all_tampers.end() ? nullptr : found->tamper;
}

}  // namespace lastack::support
