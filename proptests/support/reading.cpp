#include "lastack/support/reading.hpp"

#include <algorithm>

namespace lastack::support {
namespace {

bool takes(const Policy& p, Choice c, std::uint8_t reading) { return p.value(c) == reading; }

/// How far `a` lies right of `b`; negative when it is left of it.
std::int32_t right_of(Seq a, Seq b) { return static_cast<std::int32_t>(a.value - b.value); }

bool in_window(const Config& c, Seq s) { return s - c.rcv_nxt < c.rcv_wnd; }

/// 3.4 Table 5: four cases by length and window.
bool acceptable(const Config& c, const Segment& s) {
    if (s.len() == 0 && c.rcv_wnd == 0) return s.seq == c.rcv_nxt;
    if (s.len() == 0) return in_window(c, s.seq);
    if (c.rcv_wnd == 0) return false;
    return in_window(c, s.seq) || in_window(c, s.seq + s.len() - 1);
}

/// It begins left of an open window and ends right of it (C10).
bool overhangs(const Config& c, const Segment& s) {
    const std::uint32_t left = c.rcv_nxt - s.seq;
    return c.rcv_wnd > 0 && left > 0 && left < 0x80000000u && s.len() > left && s.len() - left > c.rcv_wnd;
}

/// Figure 7, line 6: the SYN of this SYN,ACK was taken when it came alone.
bool crosses(const Config& c, const Segment& s) {
    return c.origin == Origin::active && s.syn() && s.has_ack() && !s.rst() && s.seq == c.irs &&
           c.rcv_nxt == c.irs + 1 && acknowledges_new(c, s.ack);
}

/// Does a bare SYN make a new connection out of TIME-WAIT, and may it be judged by that alone (C27)?
struct Reuse {
    bool reopens{false};
    bool governs{false};  ///< the first check is not asked
};
Reuse reuse(const Config& c, const Arrival& a, const Policy& p) {
    namespace by = reading::time_wait_reuse;
    const Segment& s = a.segment;
    if (c.state != State::TimeWait || !s.syn() || s.has_ack() || s.rst() || !a.listener) return {};
    const std::uint8_t algorithm = p.value(Choice::time_wait_reuse);
    const bool later = c.rcv_nxt - 1 < s.seq;  // than the peer's last number, that of its FIN
    const bool both = c.ts_ok && s.has_ts;
    const std::int32_t newer = static_cast<std::int32_t>(s.tsval - c.ts_recent);
    Reuse r;
    if (algorithm == by::sequence) {
        r.reopens = later;
    } else if (algorithm == by::timestamps_or_sequence) {
        r.reopens = later || (both && newer > 0);
    } else if (algorithm == by::rfc6191) {
        r.reopens = both ? newer > 0 || (newer == 0 && later) : later || (!c.ts_ok && s.has_ts);
        r.governs = true;
    }
    r.governs = r.governs || r.reopens;
    // Another compartment is nobody's new incarnation, and has no part in an algorithm on timestamps.
    if (s.security_mismatch && !s.has_ts) r.governs = false;
    return r;
}

/// The numbers behind [.., from) that are there already, `text` octets from `seq` on among them.
Seq contiguous(const Config& c, Seq from, Seq seq, std::uint32_t text) {
    Seq to = from;
    const auto join = [&to](Seq left, Seq right) {
        if (right_of(left, to) <= 0 && right_of(right, to) > 0) to = right;
    };
    join(seq, seq + text);
    for (std::size_t i = 0; i < c.held_count && i < c.held.size(); ++i) join(c.held[i].left, c.held[i].right);
    join(seq, seq + text);
    for (std::size_t i = 0; i < c.held_count && i < c.held.size(); ++i) join(c.held[i].left, c.held[i].right);
    return to;
}

State behind_fin(State s) {
    switch (s) {
        case State::SynReceived:
        case State::Established:
            return State::CloseWait;
        case State::FinWait1:
            return State::Closing;
        case State::FinWait2:
            return State::TimeWait;
        default:
            return s;
    }
}

/// The sixth to eighth check.
void read_text(Reading& r, const Config& c, const Segment& s, const Policy& p) {
    const bool open = r.at_text == State::Established || r.at_text == State::FinWait1 || r.at_text == State::FinWait2;
    // Our SYN is acknowledged just now, in SYN-RECEIVED or behind a CLOSE there.
    r.opens = open && (c.state == State::SynReceived ||
                       (c.state == State::FinWait1 && c.snd_una == c.iss && r.ack_counts && r.ack_is_new));
    r.ends = Ends::through;
    r.to = r.at_text;
    if (r.opens) {
        r.text_to = r.rcv_nxt = contiguous(c, c.rcv_nxt, c.rcv_nxt, 0);  // what came with the SYN
        const std::uint32_t seen = right_of(r.text_to, r.seq) > 0 ? std::min(r.text_to - r.seq, r.text) : 0;
        r.seq += seen;
        r.text -= seen;
        if (right_of(r.text_to, r.seq) > 0) r.fin = false;  // a FIN amidst the text
    }
    const bool anything = r.text > 0 || r.fin;
    r.gap = anything && right_of(r.seq, r.text_to) > 0;
    const bool discards = takes(p, Choice::held_segment, reading::held_segment::discard);
    if (r.text > 0 && (open || r.at_text == State::SynReceived)) {
        if ((r.at_text == State::FinWait1 || r.at_text == State::FinWait2) &&
            takes(p, Choice::half_duplex, reading::half_duplex::on)) {
            r.ends = Ends::unreadable;
            r.to = State::Closed;
            return;
        }
        if (r.gap && discards) {
            r.discarded = true;
            return;
        }
        if (!r.gap && open) {
            r.text_to = r.rcv_nxt = contiguous(c, r.text_to, r.seq, r.text);
            r.late_ack = c.held_ack_valid && s.has_ack();
        }
    }
    const Seq fin_at = r.seq + r.text;
    if (open || r.at_text == State::SynReceived) {
        const bool waited = c.peer_fin_held && c.peer_fin == r.text_to && open;
        r.takes_fin =
            (r.fin && (fin_at == r.text_to)) || waited || (r.fin && c.peer_fin_held && c.peer_fin == r.text_to);
        if (r.takes_fin) {
            r.rcv_nxt = r.text_to + 1;
            r.to = behind_fin(r.at_text);
        } else if (r.fin && discards) {
            r.discarded = true;
        }
    } else if (r.fin && takes(p, Choice::second_fin, reading::second_fin::letter)) {
        r.takes_fin = fin_at == c.rcv_nxt;
        if (r.takes_fin) r.rcv_nxt = c.rcv_nxt + 1;
    }
}

}  // namespace

bool acknowledges_new(const Config& c, Seq ack) {
    return c.iss_chosen && right_of(ack, c.snd_una) != 0 && c.snd_una < ack && !(c.snd_nxt < ack);
}

Reading read(const Config& c, const Arrival& a, const Policy& p) {
    const Segment& s = a.segment;
    const State in = c.state;
    Reading r;
    r.seq = s.seq;
    r.text = s.text;
    r.fin = s.fin();
    r.text_to = r.rcv_nxt = c.rcv_nxt;
    r.at_text = r.to = in;
    const auto end = [&r](Ends e) {
        r.ends = e;
        return r;
    };

    // RFC 7323, before the first check. RFC 6191 speaks of the SYN that meets TIME-WAIT.
    if (c.ts_ok && !s.rst() && !(in == State::TimeWait && s.syn())) {
        if (s.has_ts && static_cast<std::int32_t>(s.tsval - c.ts_recent) < 0) return end(Ends::old_timestamp);
        if (!s.has_ts && takes(p, Choice::missing_timestamp, reading::missing_timestamp::drop))
            return end(Ends::missing_timestamp);
    }

    const bool is_new = s.has_ack() && acknowledges_new(c, s.ack);
    const bool old = s.has_ack() && c.iss_chosen && !(c.snd_una < s.ack);
    const Reuse again = reuse(c, a, p);
    bool syn = s.syn();

    if (!again.governs) {
        const bool fits = acceptable(c, s) || (overhangs(c, s) && takes(p, Choice::overhanging_segment,
                                                                        reading::overhanging_segment::trim));
        if (!fits) {
            r.shut = c.rcv_wnd == 0 && s.len() > 0 && s.seq == c.rcv_nxt && (!syn || s.rst()) &&
                     (s.rst() || !takes(p, Choice::zero_window, reading::zero_window::table_6));
            r.crossing = !r.shut && in == State::SynReceived && crosses(c, s) &&
                         takes(p, Choice::simultaneous_open, reading::simultaneous_open::figure_7);
            if (!r.shut && !r.crossing) {
                if (in == State::SynReceived && syn && !s.has_ack() && !s.rst() && s.seq == c.irs &&
                    takes(p, Choice::duplicate_syn, reading::duplicate_syn::repeat_syn_ack))
                    return end(Ends::repeated_syn);
                if (in == State::SynReceived && s.has_ack() && !s.rst() && !is_new &&
                    takes(p, Choice::bad_ack_sequence, reading::bad_ack_sequence::irrespective))
                    return end(Ends::bad_ack_outside);
                return end(Ends::outside);
            }
        }
    }

    if (s.rst()) {
        const bool exact = s.seq == c.rcv_nxt;
        if (!exact && !in_window(c, s.seq)) return end(Ends::reset_outside);
        if (!exact && !takes(p, Choice::rst_validation, reading::rst_validation::rfc793))
            return end(Ends::reset_inexact);
        if (in == State::TimeWait && takes(p, Choice::time_wait_rst, reading::time_wait_rst::ignore))
            return end(Ends::reset_ignored);
        return end(Ends::reset_valid);
    }

    // What lies left and right of the window is cut off.
    if (r.shut) {
        const bool lone_fin = s.fin() && s.text == 0 && takes(p, Choice::zero_window, reading::zero_window::accept_fin);
        if (!lone_fin) {
            r.text = 0;
            r.fin = false;
        }
        if (lone_fin) r.shut = false;
    } else if (!again.governs && s.len() > 0) {
        const bool begins_left = right_of(s.seq, c.rcv_nxt) < 0;
        const bool counts = syn && begins_left && !crosses(c, s) && right_of(s.end(), c.rcv_nxt) > 0 &&
                            takes(p, Choice::straddling_syn, reading::straddling_syn::irrespective);
        if (begins_left && !counts) {
            if (syn) r.seq += 1;
            syn = false;
            const std::uint32_t seen = std::min(c.rcv_nxt - r.seq, r.text);
            r.seq += seen;
            r.text -= seen;
        }
        const Seq edge = c.rcv_nxt + c.rcv_wnd;
        const Seq text_end = r.seq + (syn ? 1u : 0u) + r.text;
        if (right_of(text_end, edge) > 0) {
            r.text -= std::min(text_end - edge, r.text);
            r.fin = false;
        } else if (right_of(text_end, edge) == 0) {
            r.fin = false;
        }
    }

    r.judged = r.seq;

    if (s.security_mismatch) return end(Ends::other_security);
    if (syn) {
        if (again.reopens) {
            r.to = State::SynReceived;
            return end(Ends::reopening_syn);
        }
        if (again.governs && takes(p, Choice::rfc6191_refusal, reading::rfc6191_refusal::drop))
            return end(Ends::refused_syn);
        return end(Ends::syn_in_window);
    }
    if (!s.has_ack()) return end(Ends::no_ack);

    // The fifth check.
    const bool narrow = takes(p, Choice::ack_range, reading::ack_range::rfc5961);
    const bool ancient =
        narrow && s.has_ack() && c.iss_chosen && s.ack < c.snd_una && c.snd_una - s.ack > c.max_snd_wnd;
    const bool future = !is_new && !old;
    const bool waits = c.iss_chosen && right_of(r.seq, c.rcv_nxt) > 0 && (c.snd_una < s.ack || r.text > 0 || r.fin) &&
                       s.ack != c.snd_una && takes(p, Choice::held_segment, reading::held_segment::in_order);
    if (in == State::SynReceived) {
        if ((ancient || (narrow && future)) && takes(p, Choice::bad_ack_order, reading::bad_ack_order::rfc5961_first))
            return end(Ends::ancient_ack);
        if (waits) {
            r.ack_waits = true;
        } else if (is_new) {
            r.ack_counts = r.ack_is_new = true;
            r.at_text = c.close_queued ? State::FinWait1 : State::Established;
        } else {
            if (takes(p, Choice::bad_ack_goes_on, reading::bad_ack_goes_on::drop)) return end(Ends::bad_ack);
            r.ack_bad = true;
        }
        read_text(r, c, s, p);
        return r;
    }
    if (ancient) return end(Ends::ancient_ack);
    if (waits) {
        r.ack_waits = true;
        if (in == State::Closing) return end(Ends::acknowledgment);
        read_text(r, c, s, p);
        return r;
    }
    if (future) return end(Ends::future_ack);
    r.ack_is_new = is_new;
    r.covers_fin = is_new && c.fin == Fin::sent && right_of(s.ack, c.fin_seq) > 0;
    r.ack_counts = true;
    switch (in) {
        case State::FinWait1:
            if (old && c.snd_una == c.iss && (r.text > 0 || r.fin) &&
                takes(p, Choice::unacked_syn_text, reading::unacked_syn_text::hold_back)) {
                r.ack_counts = false;
                return end(Ends::unopened);
            }
            if (r.covers_fin) r.at_text = State::FinWait2;
            break;
        case State::Closing:
            if (!r.covers_fin) return end(Ends::acknowledgment);
            r.at_text = State::TimeWait;
            break;
        case State::LastAck:
            if (r.covers_fin) {
                r.to = State::Closed;
                return end(Ends::acknowledgment);
            }
            if (takes(p, Choice::last_ack_partial, reading::last_ack_partial::letter)) r.ack_counts = false;
            break;
        case State::TimeWait:
            r.ack_counts = false;
            break;
        default:
            break;
    }
    read_text(r, c, s, p);
    return r;
}

}  // namespace lastack::support
