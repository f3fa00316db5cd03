// The properties of one end, each written from RFC 9293 and the list in spec/properties.toml, and none from the
// table of the lifecycle: what they compare with is a Config before, an event, and what came of it.
//
// They read alike: first the cheap test whether the property speaks of this observation at all, then what must hold.
// Those that can be judged from outside look at what left (prompt runs) or, where nothing has left yet, at what is
// owed. Where the RFC leaves a choice, the policy of the run says which reading is to be held against it.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <type_traits>
#include <variant>

#include "lastack/support/property.hpp"
#include "lastack/support/run.hpp"

namespace lastack::support {
namespace {

constexpr Finding vacuous = Finding::vacuous;
constexpr Finding holds(bool what) { return what ? Finding::witness : Finding::broken; }

// ------------------------------------------------------------------------------------- sets of states

template <class... S>
constexpr std::uint16_t set(S... s) {
    return static_cast<std::uint16_t>(((1u << static_cast<unsigned>(s)) | ... | 0u));
}
constexpr bool in(State s, std::uint16_t states) { return ((states >> static_cast<unsigned>(s)) & 1u) != 0; }

constexpr std::uint16_t CD = set(State::Closed), LI = set(State::Listen), SS = set(State::SynSent),
                        SR = set(State::SynReceived), ES = set(State::Established), F1 = set(State::FinWait1),
                        F2 = set(State::FinWait2), CW = set(State::CloseWait), CL = set(State::Closing),
                        LA = set(State::LastAck), TW = set(State::TimeWait);
constexpr std::uint16_t receiving = ES | F1 | F2;          ///< text is taken
constexpr std::uint16_t sending = ES | F1 | CW | CL | LA;  ///< text may leave
constexpr std::uint16_t synchronized_ones = receiving | CW | CL | LA | TW;
constexpr std::uint16_t connected = SR | synchronized_ones;  ///< the peer's numbers are known
constexpr std::uint16_t any_state = CD | LI | SS | connected;

// -------------------------------------------------------------------------------- parts of a Config

bool same_sending(const Config& a, const Config& b) {
    return a.iss_chosen == b.iss_chosen && a.iss == b.iss && a.snd_una == b.snd_una && a.snd_nxt == b.snd_nxt &&
           a.fin == b.fin && a.fin_seq == b.fin_seq && a.queued == b.queued && a.close_queued == b.close_queued;
}
bool same_send_window(const Config& a, const Config& b) {
    return a.snd_wnd == b.snd_wnd && a.snd_wl1 == b.snd_wl1 && a.snd_wl2 == b.snd_wl2 && a.max_snd_wnd == b.max_snd_wnd;
}
bool same_held(const Config& a, const Config& b) {
    return a.held_count == b.held_count && a.held_count <= Config::max_held &&
           std::equal(a.held.begin(), a.held.begin() + a.held_count, b.held.begin());
}
bool same_receiving(const Config& a, const Config& b) {
    return a.irs == b.irs && a.rcv_nxt == b.rcv_nxt && a.rcv_wnd == b.rcv_wnd && a.unread == b.unread &&
           a.wanted == b.wanted && a.peer_fin_held == b.peer_fin_held && a.peer_fin_seen == b.peer_fin_seen &&
           a.peer_fin == b.peer_fin && same_held(a, b);
}
bool same_identity(const Config& a, const Config& b) {
    return a.origin == b.origin && a.remote_specified == b.remote_specified && a.remote_given == b.remote_given;
}
bool same_options(const Config& a, const Config& b) {
    return a.ts_offered == b.ts_offered && a.ts_ok == b.ts_ok && a.snd_wscale == b.snd_wscale &&
           a.rcv_wscale == b.rcv_wscale && a.rcv_wscale_offer == b.rcv_wscale_offer && a.snd_mss == b.snd_mss;
}

std::size_t held_count(const Config& c) { return std::min<std::size_t>(c.held_count, Config::max_held); }
std::uint32_t held_octets(const Config& c) {
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < held_count(c); ++i) n += c.held[i].right - c.held[i].left;
    return n;
}
Seq edge(const Config& c) { return c.rcv_nxt + c.rcv_wnd; }

// -------------------------------------------------------------------------------------- obligations

std::span<const Owed> owed(const Config& c) {
    return std::span{c.owed}.first(std::min<std::size_t>(c.owed_count, Config::max_owed));
}
constexpr std::uint8_t kinds(std::initializer_list<OwedKind> list) {
    std::uint8_t mask = 0;
    for (const OwedKind k : list) mask |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(k));
    return mask;
}
constexpr std::uint8_t acks = kinds({OwedKind::ack, OwedKind::challenge_ack});
constexpr std::uint8_t resets = kinds({OwedKind::rst, OwedKind::rst_ack});
constexpr bool is(OwedKind k, std::uint8_t mask) { return ((mask >> static_cast<unsigned>(k)) & 1u) != 0; }

const Owed* owes(const Config& c, std::uint8_t mask) {
    for (const Owed& o : owed(c)) {
        if (is(o.kind, mask)) return &o;
    }
    return nullptr;
}
bool owes_reset(const Config& c, OwedKind kind, Seq seq, Seq ack) {
    for (const Owed& o : owed(c)) {
        if (o.kind == kind && o.seq == seq && o.ack == ack) return true;
    }
    return false;
}
std::size_t count(const Config& c, std::uint8_t mask) {
    std::size_t n = 0;
    for (const Owed& o : owed(c)) n += is(o.kind, mask) ? 1 : 0;
    return n;
}
/// Of the kinds that are not in `but`, `a` owes what `b` does.
bool owes_the_same(const Config& a, const Config& b, std::uint8_t but = 0) {
    if (a.owed_count == Config::max_owed || b.owed_count == Config::max_owed) return true;  // the oldest RST may go
    const auto x = owed(a), y = owed(b);
    std::size_t i = 0, j = 0;
    while (true) {
        while (i < x.size() && is(x[i].kind, but)) ++i;
        while (j < y.size() && is(y[j].kind, but)) ++j;
        if (i == x.size() || j == y.size()) return i == x.size() && j == y.size();
        if (x[i].kind != y[j].kind || x[i].seq != y[j].seq || x[i].ack != y[j].ack || x[i].when != y[j].when)
            return false;
        ++i;
        ++j;
    }
}

// --------------------------------------------------------------------------------------- observations

const Reading& reading_of(const Observation& o, const Arrival& a) {
    if (o.as_read.ends == Ends::unknown) o.as_read = read(o.before, a, o.policy);
    return o.as_read;
}
bool decides(const Observation& o, Choice c, std::uint8_t r) { return o.policy.value(c) == r; }

/// The connection before the event lives on behind it.
bool goes_on(const Config& b, const Config& a) {
    return a.state >= State::SynSent && b.state >= State::SynSent &&
           !(b.state == State::TimeWait && a.state == State::SynReceived);
}
bool accepted(const Observation& o) { return o.outcome.verdict != Verdict::refused; }
/// Ignored or refused: the Config is as it was (S1), and so is all that held of it.
bool nothing_happened(const Observation& o) {
    return o.outcome.verdict == Verdict::ignored || o.outcome.verdict == Verdict::refused;
}
bool call_accepted(const Observation& o, CallKind kind) {
    const Call* c = o.call();
    return c != nullptr && c->kind == kind && accepted(o);
}

bool bare(const Segment& s) { return s.len() == 0 && !s.rst(); }
bool carries_data(const Segment& s) { return !s.syn() && !s.rst() && s.len() > 0; }

/// Nothing is sent or owed because of the event. Text that the last answer was too long for may follow.
bool silent(const Observation& o) {
    if (!o.prompt) return owes_the_same(o.before, o.after());
    return std::all_of(o.answer.begin(), o.answer.end(), carries_data);
}
/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, or what carries it; and neither RST nor SYN.
bool acknowledged(const Observation& o) {
    const Config& a = o.after();
    if (!o.prompt) {
        const Owed* k = owes(a, acks);
        return k != nullptr && k->ack == a.rcv_nxt && (in(a.state, connected) ? k->seq == a.snd_nxt : true) &&
               count(a, acks) == 1;
    }
    bool found = false;
    std::size_t alone = 0;
    for (const Segment& s : o.answer) {
        if (s.rst() || s.syn()) return false;
        if (!s.has_ack() || s.ack != o.settled.rcv_nxt) return false;
        if (bare(s) && (s.seq != a.snd_nxt || ++alone > 1)) return false;
        found = true;
    }
    return found;
}
/// The same, and nothing else is owed; for segments that are acknowledged and dropped.
bool acknowledged_only(const Observation& o) {
    return acknowledged(o) && (o.prompt || owes_the_same(o.before, o.after(), acks));
}
/// Exactly one RST because of the event, with these numbers; `kind` says whether it has an ACK.
bool reset_sent(const Observation& o, OwedKind kind, Seq seq, Seq ack = Seq{}) {
    const Config& a = o.after();
    if (!o.prompt) {
        const std::size_t was = count(o.before, resets);
        const bool twice = owes_reset(o.before, kind, seq, ack);
        const bool full = o.before.owed_count + 1u >= Config::max_owed;  // the oldest RST may have gone
        return owes_reset(a, kind, seq, ack) && (full || count(a, resets) == was + (twice ? 0 : 1));
    }
    std::size_t n = 0;
    for (const Segment& s : o.answer) {
        if (!s.rst()) continue;
        const bool with_ack = kind == OwedKind::rst_ack;
        if (++n > 1 || s.seq != seq || s.has_ack() != with_ack || s.syn() || s.fin() || s.text > 0) return false;
        if (with_ack && s.ack != ack) return false;
    }
    return n == 1;
}
/// The RST that answers a segment out of place (3.5.2, groups 1 and 2).
bool reset_answers(const Observation& o, const Segment& s) {
    if (s.has_ack()) return reset_sent(o, OwedKind::rst, s.ack);
    return reset_sent(o, OwedKind::rst_ack, Seq{0}, s.seq + s.len());
}
/// The RST of a connection that the RFC ends: numbered SND.NXT, if a SYN of ours has a number at all.
bool reset_ends(const Observation& o) {
    if (!o.before.iss_chosen) return o.prompt ? o.answer.empty() : count(o.after(), resets) <= count(o.before, resets);
    return reset_sent(o, OwedKind::rst, o.before.snd_nxt);
}
/// The form of the RSTs that the third and fourth checks do not print (C29). Before our SYN has a number there is no
/// SND.NXT to take.
bool reset_by_form(const Observation& o, const Segment& s) {
    const bool by_group = decides(o, Choice::syn_error_reset_form, reading::syn_error_reset_form::by_group);
    return by_group || !o.before.iss_chosen ? reset_answers(o, s) : reset_ends(o);
}
bool no_new_reset(const Observation& o) {
    if (!o.prompt) return count(o.after(), resets) <= count(o.before, resets);
    return std::none_of(o.answer.begin(), o.answer.end(), [](const Segment& s) { return s.rst(); });
}
/// A SYN,ACK with our ISS and `ack` is what leaves; RSTs that were owed before may.
bool syn_ack_sent(const Observation& o, Seq ack) {
    const Config& a = o.after();
    if (!o.prompt) {
        const Owed* k = owes(a, kinds({OwedKind::syn_ack}));
        return k != nullptr && k->ack == ack && (!a.iss_chosen || k->seq == a.iss) &&
               owes(a, kinds({OwedKind::syn})) == nullptr;
    }
    return o.answer.size() == 1 && o.answer[0].syn() && o.answer[0].has_ack() && o.answer[0].ack == ack &&
           o.answer[0].seq == o.settled.iss && !o.answer[0].fin();
}

// From outside neither signals nor timers nor the verdict on a segment are seen: there these hold.
bool outside(const Observation& o) { return o.seen_from == Sight::outside; }
bool told(const Observation& o, std::uint16_t signals) {
    return outside(o) || (o.outcome.signals & signals) == signals;
}
bool told_if(const Observation& o, std::uint16_t signals, bool so) {
    return outside(o) || ((o.outcome.signals & signals) == signals) == so;
}
bool nothing_told(const Observation& o) { return outside(o) || o.outcome.signals == 0; }
bool ignored(const Observation& o) { return outside(o) || o.outcome.verdict == Verdict::ignored; }
bool restarted(const Observation& o, std::uint8_t timers) {
    return outside(o) || (o.outcome.restarted & timers) == timers;
}
/// SENDs or RECEIVEs of the user are still unanswered.
bool calls_wait(const Config& c) { return c.queued > 0 || c.wanted > 0; }
bool outstanding(const Config& c) { return c.iss_chosen && c.snd_una != c.snd_nxt; }

// ------------------------------------------------------------------------------- segments that meet SYN-SENT

/// What 3.10.7.3 makes of a segment.
struct Opening {
    bool ack_good{false};
    bool ack_bad{false};
    bool completes{false};  ///< SYN,ACK of our SYN
    bool crosses{false};    ///< a bare SYN
    std::uint32_t text{0};  ///< of it, what fits into the window
    bool fin{false};        ///< likewise
};
Opening opening(const Config& c, const Segment& s, const Policy& p) {
    Opening r;
    r.ack_good = s.has_ack() && acknowledges_new(c, s.ack);
    r.ack_bad = s.has_ack() && !r.ack_good;
    const bool goes_on = !r.ack_bad && !s.rst() && !s.security_mismatch && s.syn();
    r.completes = goes_on && r.ack_good;
    r.crosses = goes_on && !s.has_ack() && !(s.fin() && p.value(Choice::syn_fin) == reading::syn_fin::drop);
    r.text = std::min(s.text, c.rcv_wnd);
    r.fin = s.fin() && r.text == s.text;
    return r;
}
/// Does a SYN that meets LISTEN open a connection (3.10.7.2)?
bool opens(const Segment& s, const Policy& p) {
    return s.syn() && !s.rst() && !s.has_ack() && !s.security_mismatch &&
           !(s.fin() && p.value(Choice::syn_fin) == reading::syn_fin::drop);
}
/// RCV.NXT behind a SYN without ACK: text on it waits, unless it is acknowledged at once (C7).
Seq behind_syn(const Segment& s, std::uint32_t window, const Policy& p) {
    const bool counts = p.value(Choice::syn_text) == reading::syn_text::acknowledge;
    return s.seq + 1 + (counts ? std::min(s.text, window) : 0);
}
/// The window that a new connection out of TIME-WAIT begins with: what was announced, at least.
std::uint32_t window_kept(const Config& c) {
    return std::max(c.rcv_nxt < c.rcv_adv ? c.rcv_adv - c.rcv_nxt : 0, c.rcv_wnd);
}
/// The new connection that a bare SYN makes; its receive window, or nothing.
struct Made {
    bool yes{false};
    std::uint32_t window{0};
};
Made makes_connection(const Observation& o, const Arrival& a) {
    const Config& b = o.before;
    switch (b.state) {
        case State::Listen:
            return {opens(a.segment, o.policy), b.rcv_wnd};
        case State::SynSent:
            return {opening(b, a.segment, o.policy).crosses, b.rcv_wnd};
        case State::TimeWait:
            if (!a.segment.syn()) return {};
            return {reading_of(o, a).ends == Ends::reopening_syn, window_kept(b)};
        default:
            return {};
    }
}

// ================================================================================ U1

Finding an_ack_is_seq_plus_len(const Observation& o) {
    const Arrival* a = o.arrival();
    if (a == nullptr || o.before.state == State::Closed) return vacuous;
    const Segment& s = a->segment;
    if (s.len() == 0 || s.rst()) return vacuous;
    const Config& b = o.before;
    if (const Made m = makes_connection(o, *a); m.yes) {
        const Seq next = behind_syn(s, m.window, o.policy);
        return holds(o.after().rcv_nxt == next && syn_ack_sent(o, next));
    }
    if (b.state == State::SynSent) {
        const Opening r = opening(b, s, o.policy);
        if (!r.completes) return vacuous;
        return holds(o.after().rcv_nxt == s.seq + 1 + r.text + (r.fin ? 1 : 0) && acknowledged(o));
    }
    if (b.state == State::Listen) return vacuous;
    const Reading& r = reading_of(o, *a);
    if (r.ends != Ends::through || r.late_ack) return vacuous;
    if (r.rcv_nxt == b.rcv_nxt) {
        // What is held, discarded, or a FIN after the peer's FIN, is answered with where we are (MAY-13; C18, C21).
        const bool beyond = r.gap && r.text > 0 && in(r.at_text, SR | receiving);
        if (outside(o) || !(r.fin || r.discarded || beyond)) return vacuous;
        return holds(r.ack_bad || acknowledged(o));
    }
    // In order, whole and with nothing waiting behind it: the sum itself.
    const bool whole = s.seq == b.rcv_nxt && s.len() == r.text + (r.fin ? 1u : 0u) && b.held_count == 0 &&
                       !b.peer_fin_held && in(b.state, receiving);
    if (whole && o.after().rcv_nxt != s.seq + s.len()) return Finding::broken;
    const bool answered = r.ack_bad || acknowledged(o);  // by the letter of C16 a RST leaves with the ACK
    return holds(o.after().rcv_nxt == r.rcv_nxt && answered);
}

// ================================================================================ S1 to S7

Finding the_record_is_well_formed(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    const Outcome& out = o.outcome;
    bool good = static_cast<std::size_t>(a.state) < state_count && a.owed_count <= Config::max_owed &&
                a.held_count <= Config::max_held && a.timers <= 0x0f && a.snd_wscale <= 14 && a.rcv_wscale <= 14 &&
                a.rcv_wscale >= 0 && a.rcv_wnd < 0x80000000u;
    for (std::size_t i = 0; i < held_count(a); ++i) {  // beyond RCV.NXT, in order, without touching
        const Held& h = a.held[i];
        const Seq left = i == 0 ? a.rcv_nxt : a.held[i - 1].right;
        const bool of_syn = i == 0 && a.rcv_nxt == a.irs + 1;  // has its turn after ESTABLISHED
        good = good && h.left < h.right && (left < h.left || (of_syn && left == h.left)) && !a.peer_fin_seen;
    }
    switch (out.verdict) {
        case Verdict::transition:
            good = good && a.state != b.state;
            break;
        case Verdict::no_change:
            good = good && a.state == b.state;
            break;
        case Verdict::ignored:
            good = good && out.reply == Reply::none && out.signals == 0 && out.restarted == 0 && a == b;
            break;
        case Verdict::refused:
            good = good && out.signals == 0 && out.restarted == 0 && out.delivered == 0 && a == b;
            break;
    }
    return holds(good && (out.reply == Reply::none) == (o.call() == nullptr));
}

/// Which states may follow: [state][kind of event].
enum Kind : std::uint8_t {
    k_open_passive,
    k_open_active,
    k_send,
    k_receive,
    k_close,
    k_abort,
    k_status,
    k_user_timeout,
    k_retransmission,
    k_time_wait,
    k_fin_wait_2,
    k_rst,
    k_security,  ///< another security/compartment
    k_syn,       ///< without ACK
    k_syn_ack,
    k_ack_fin,
    k_ack,
    k_neither,  ///< no RST, no SYN, no ACK
    k_fin_leaves,
    k_leaves,
    kind_count
};
Kind kind_of(const Event& e) {
    if (const auto* c = std::get_if<Call>(&e)) return static_cast<Kind>(c->kind);
    if (const auto* t = std::get_if<Timeout>(&e)) return static_cast<Kind>(k_user_timeout + static_cast<int>(t->kind));
    if (const auto* d = std::get_if<Departure>(&e)) return d->segment.fin() ? k_fin_leaves : k_leaves;
    const Segment& s = std::get<Arrival>(e).segment;
    if (s.rst()) return k_rst;
    if (s.security_mismatch) return k_security;
    if (s.syn()) return s.has_ack() ? k_syn_ack : k_syn;
    if (s.has_ack()) return s.fin() ? k_ack_fin : k_ack;
    return k_neither;
}
static_assert(static_cast<int>(CallKind::status) == k_status && static_cast<int>(TimeoutKind::user) == 0 &&
              static_cast<int>(TimeoutKind::fin_wait_2) == k_fin_wait_2 - k_user_timeout);

constexpr std::array<std::array<std::uint16_t, kind_count>, state_count> followers = [] {
    std::array<std::array<std::uint16_t, kind_count>, state_count> t{};
    for (std::size_t s = 0; s < state_count; ++s) {
        for (auto& cell : t[s]) cell = static_cast<std::uint16_t>(1u << s);
        if (s != static_cast<std::size_t>(State::Closed)) {
            t[s][k_abort] |= CD;
            t[s][k_user_timeout] |= CD;
        }
    }
    const auto allow = [&t](State from, std::initializer_list<Kind> on, std::uint16_t to) {
        for (const Kind k : on) t[static_cast<std::size_t>(from)][k] |= to;
    };
    allow(State::Closed, {k_open_passive}, LI);
    allow(State::Closed, {k_open_active}, SS);
    allow(State::Listen, {k_open_active, k_send}, SS);
    allow(State::Listen, {k_close}, CD);
    allow(State::Listen, {k_syn}, SR);
    allow(State::SynSent, {k_close, k_rst}, CD);
    allow(State::SynSent, {k_syn}, SR);
    allow(State::SynSent, {k_syn_ack}, ES | CW);
    allow(State::SynReceived, {k_close}, F1);
    allow(State::SynReceived, {k_abort}, TW);         // C4
    allow(State::SynReceived, {k_user_timeout}, LI);  // C23
    allow(State::SynReceived, {k_rst}, LI | CD | TW);
    allow(State::SynReceived, {k_syn}, LI | CD);
    // A SYN that is cut off or crosses ours leaves the rest of its segment to be processed.
    // A FIN behind a gap may get its turn; CLOSED is for a CLOSE that waited, and D36.
    allow(State::SynReceived, {k_syn_ack, k_ack, k_ack_fin}, ES | F1 | CW | CL | CD);
    allow(State::SynReceived, {k_syn_ack}, LI);
    for (const State s : {State::Established, State::FinWait1, State::FinWait2, State::CloseWait, State::Closing,
                          State::LastAck, State::TimeWait}) {
        allow(s, {k_rst, k_security, k_syn, k_syn_ack}, CD);  // D33 for SYN
    }
    for (const State s : {State::Established, State::FinWait1, State::FinWait2, State::CloseWait})
        allow(s, {k_abort}, TW);                    // C4
    allow(State::Established, {k_close}, F1 | CD);  // D36
    allow(State::Established, {k_ack, k_ack_fin, k_syn_ack}, CW);
    allow(State::FinWait1, {k_ack, k_ack_fin, k_syn_ack}, F2 | CL | TW | CD);  // CLOSED: D36
    allow(State::FinWait2, {k_ack, k_ack_fin, k_syn_ack}, TW | CD);
    allow(State::FinWait2, {k_fin_wait_2}, CD);  // D35
    allow(State::CloseWait, {k_close}, LA | CD);
    allow(State::CloseWait, {k_fin_leaves}, LA);
    allow(State::Closing, {k_ack, k_ack_fin, k_syn_ack}, TW);
    allow(State::LastAck, {k_ack, k_ack_fin, k_syn_ack}, CD);
    allow(State::TimeWait, {k_time_wait}, CD);
    allow(State::TimeWait, {k_syn}, SR);  // C27
    return t;
}();

Finding only_legal_state_changes(const Observation& o) {
    const State from = o.before.state, to = o.after().state;
    if (from == to) return vacuous;
    // From outside the FIN that an arrival lets leave belongs to the arrival.
    if (outside(o) && from == State::CloseWait && to == State::LastAck) return vacuous;
    return holds(in(to, followers[static_cast<std::size_t>(from)][kind_of(o.event)]));
}

/// What a new SYN-RECEIVED takes from the SYN that made it (3.10.7.2 third, 3.10.7.3 fourth check).
bool takes_peers_numbers(const Observation& o, const Segment& s) {
    const Config& a = o.after();
    return a.irs == s.seq && a.snd_wnd == s.wnd && a.snd_wl1 == s.seq && a.snd_mss == s.mss &&
           a.max_snd_wnd >= a.snd_wnd && (!s.has_ts || a.ts_recent == s.tsval) && a.fin == Fin::none;
}
bool iss_as_given(const Config& a, bool given, Seq iss) {
    if (!given) return !a.iss_chosen;
    return a.iss_chosen && a.iss == iss && a.snd_una == iss && a.snd_nxt == iss + 1;
}

Finding the_identity_never_changes(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    const Config& b = o.before;
    if (a.state == State::Closed) return vacuous;
    if (b.state == State::Closed || b.state == State::Listen) {
        if (a.state == State::Listen) {
            if (b.state == State::Listen) return holds(same_identity(a, b) && !a.iss_chosen && a.rcv_wnd == b.rcv_wnd);
            const Call* c = o.call();
            return holds(c != nullptr && a.remote_specified == c->remote_specified &&
                         a.remote_given == c->remote_specified && a.origin == Origin::none && a.rcv_wnd == c->rcv_wnd);
        }
        if (a.state == State::SynSent) {
            const Call* c = o.call();
            const bool window_right =
                b.state == State::Listen ? a.rcv_wnd == b.rcv_wnd : c != nullptr && a.rcv_wnd == c->rcv_wnd;
            return holds(c != nullptr && a.origin == Origin::active && a.remote_specified && a.remote_given &&
                         iss_as_given(a, c->iss_given, c->iss) && window_right && a.wanted == b.wanted &&
                         a.snd_una == a.iss);
        }
        const Arrival* s = o.arrival();
        if (s == nullptr) return Finding::broken;
        return holds(a.origin == Origin::passive && a.remote_specified && a.remote_given == b.remote_given &&
                     takes_peers_numbers(o, s->segment) && iss_as_given(a, s->iss_given, s->iss) &&
                     a.queued == b.queued && a.wanted == b.wanted && a.ts_ok == s->segment.has_ts &&
                     a.snd_wscale == s->segment.wscale);
    }
    if (a.state == State::Listen) {
        // What the user's OPEN named stays; what the SYN filled in goes or stays (C24); the rest of the attempt goes.
        const bool keeps = decides(o, Choice::relisten_remote, reading::relisten_remote::keep);
        return holds(b.state == State::SynReceived && a.remote_given == b.remote_given &&
                     a.remote_specified == (b.remote_given || keeps) && a.origin == Origin::none && !a.iss_chosen &&
                     a.rcv_wnd == b.rcv_wnd && a.queued == b.queued && a.wanted == b.wanted);
    }
    if (!goes_on(b, a)) {  // out of TIME-WAIT
        const Arrival* s = o.arrival();
        if (s == nullptr) return Finding::broken;
        const bool number_free = s->iss_given || a.snd_nxt == b.snd_nxt;  // the SYN,ACK's must lie beyond it
        return holds(a.origin == Origin::reuse && a.remote_specified && takes_peers_numbers(o, s->segment) &&
                     (s->iss_given ? iss_as_given(a, true, s->iss) : !a.iss_chosen) && number_free);
    }
    const bool peer_known = b.state >= State::SynReceived;
    const Departure* d = o.departure();
    const bool number_kept = b.iss_chosen
                                 ? a.iss_chosen && a.iss == b.iss
                                 : !a.iss_chosen || (d != nullptr && d->segment.syn() && a.iss == d->segment.seq &&
                                                     a.snd_una == a.iss && a.snd_nxt > a.iss);
    const bool named = a.remote_specified && a.remote_given == b.remote_given;
    const bool origin_kept = a.origin == b.origin || (b.origin == Origin::reuse && a.state == State::TimeWait);
    const bool irs_kept = peer_known ? a.irs == b.irs : true;
    const Arrival* s = o.arrival();
    const bool learnt = peer_known || a.state == State::SynSent || (s != nullptr && takes_peers_numbers(o, s->segment));
    return holds(number_kept && named && origin_kept && irs_kept && learnt);
}

Finding closed_means_no_tcb(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    if (a.state != State::Closed) return vacuous;
    const bool forgotten = a.origin == Origin::none && a.fin == Fin::none && !a.close_queued && !a.remote_specified &&
                           !a.remote_given && !a.iss_chosen && !a.ts_ok && !a.ts_offered && !a.peer_fin_held &&
                           !a.peer_fin_seen && !a.held_ack_valid && a.timers == 0 && a.held_count == 0 &&
                           a.queued == 0 && a.unread == 0 && a.wanted == 0 && a.rcv_wnd == 0 && a.snd_wnd == 0 &&
                           a.iss == Seq{} && a.snd_una == Seq{} && a.snd_nxt == Seq{} && a.irs == Seq{} &&
                           a.rcv_nxt == Seq{} && a.ts_recent == 0;
    return holds(forgotten && count(a, resets) == a.owed_count && o.settled.state == State::Closed);
}

Finding sockets_are_specified(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    if (a.state == State::Closed) return vacuous;
    if (a.state == State::Listen) {
        return holds(a.origin == Origin::none && !a.iss_chosen && a.fin == Fin::none && !a.close_queued &&
                     a.held_count == 0 && a.unread == 0 && !a.peer_fin_held &&
                     (!a.remote_given || a.remote_specified) && (a.timers & ~timer::user) == 0 &&
                     count(a, resets) == a.owed_count);
    }
    if (!a.remote_specified) return Finding::broken;
    if (a.state == State::SynSent) return holds(a.origin == Origin::active);
    return holds(a.origin != Origin::none || a.state == State::TimeWait);
}

Finding established_only_behind_the_handshake(const Observation& o) {
    const State from = o.before.state, to = o.after().state;
    if (from == to || to < State::SynReceived) return vacuous;
    const Arrival* a = o.arrival();
    if (to == State::SynReceived)
        return holds(a != nullptr && a->segment.syn() && !a->segment.has_ack() && !a->segment.rst() &&
                     in(from, LI | SS | TW));
    if (from > State::SynReceived) return vacuous;
    // The peer has acknowledged our SYN, which has left; only a user's call goes ahead of it.
    if (a == nullptr) return holds(from == State::SynReceived && o.call() != nullptr && in(to, F1 | TW));
    const Segment& s = a->segment;
    if (s.rst()) return holds(from == State::SynReceived && to == State::TimeWait);
    // By the letter of C16 a FIN may take a SYN-RECEIVED further whose ACK was found bad.
    const bool letter = decides(o, Choice::bad_ack_goes_on, reading::bad_ack_goes_on::letter) ||
                        decides(o, Choice::held_segment, reading::held_segment::in_order);
    if (letter && to == State::CloseWait) return vacuous;
    return holds(s.has_ack() && o.before.iss_chosen && acknowledges_new(o.before, s.ack) &&
                 o.after().snd_una > o.after().iss && (from != State::SynSent || s.syn()));
}

Finding snd_una_never_passes_snd_nxt(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    const Config& b = o.before;
    if (a.state < State::SynSent || !a.iss_chosen) return vacuous;
    bool good = a.iss <= a.snd_una && a.snd_una <= a.snd_nxt;
    if (o.past.syn_left && goes_on(b, a)) {
        Seq furthest = o.past.sent_end;
        if (const Departure* d = o.departure(); d != nullptr && accepted(o) && !d->segment.rst())
            furthest = max(furthest, d->segment.end());
        good = good && a.snd_nxt <= furthest;
    }
    if (goes_on(b, a) && b.iss_chosen) {
        good = good && b.snd_una <= a.snd_una && b.snd_nxt <= a.snd_nxt;
        if (b.state >= State::SynReceived) good = good && b.rcv_nxt <= a.rcv_nxt;
    }
    return holds(good);
}

// ================================================================================ S8: what an ACK may do

/// The send window follows a segment that is no older than the one that set it last (3.10.7.4, fifth check).
bool window_follows(const Config& b, const Config& a, const Segment& s, const Reading& r) {
    const bool newer = b.snd_wl1 < r.judged || (b.snd_wl1 == r.judged && !(s.ack < b.snd_wl2));
    const bool opens = b.state == State::SynReceived;
    const bool cut = r.opens && r.seq != r.judged;  // what is left of it is newer than it was
    if (!opens && (!newer || s.ack < b.snd_una) && !(cut && a.snd_wl1 == r.seq)) return same_send_window(a, b);
    const std::uint32_t wnd = s.syn() || b.snd_wscale <= 0 ? s.wnd : std::uint32_t{s.wnd} << b.snd_wscale;
    // Behind ESTABLISHED, what the SYN had brought before is cut off too.
    const bool placed = a.snd_wl1 == r.judged || (r.opens && a.snd_wl1 == r.seq);
    return a.snd_wnd == wnd && placed && a.snd_wl2 == s.ack && a.max_snd_wnd == std::max(b.max_snd_wnd, wnd);
}
/// Octets of SENDs among [from, to).
std::uint32_t octets_of_text(const Config& c, Seq from, Seq to) {
    return (to - from) - (from == c.iss && to != from ? 1 : 0) -
           (c.fin == Fin::sent && from <= c.fin_seq && c.fin_seq < to ? 1 : 0);
}

Finding only_acks_of_what_was_sent_count(const Observation& o) {
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr) return vacuous;
    const Config& a = o.after();
    const Config& b = o.before;
    const Segment& s = arrival->segment;
    if (b.state == State::SynSent) {
        const Opening r = opening(b, s, o.policy);
        if (r.completes) {
            return holds(a.snd_una == s.ack && a.snd_wnd == s.wnd && a.snd_wl2 == s.ack &&
                         told(o, signal::established) &&
                         o.outcome.acknowledged == octets_of_text(b, b.snd_una, s.ack) && a.snd_nxt == b.snd_nxt &&
                         a.queued == b.queued);
        }
        return holds(!told(o, signal::established) && o.outcome.acknowledged == 0 &&
                     (a.state == State::Closed || same_sending(a, b)));
    }
    if (b.state < State::SynReceived) return vacuous;
    const Reading& r = reading_of(o, *arrival);
    switch (r.ends) {
        case Ends::reset_valid:
        case Ends::other_security:
        case Ends::syn_in_window:
        case Ends::reopening_syn:
        case Ends::unreadable:
            return vacuous;  // matters of S19 and S25 to S28
        case Ends::bad_ack:
        case Ends::bad_ack_outside:
            if (!reset_sent(o, OwedKind::rst, s.ack)) return Finding::broken;
            // An ACK that waited because of such a segment gives way to the RST.
            if (o.prompt ? o.answer.size() != 1 : !owes_the_same(b, a, r.shut ? resets | acks : resets))
                return Finding::broken;
            break;
        case Ends::future_ack:
            if (!(r.shut || r.crossing ? acknowledged(o) : acknowledged_only(o))) return Finding::broken;
            break;
        case Ends::ancient_ack:
            if (!acknowledged_only(o)) return Finding::broken;
            break;
        default:
            break;
    }
    if (r.ack_bad && !reset_sent(o, OwedKind::rst, s.ack)) return Finding::broken;
    if (!r.ack_counts) {
        const bool late = b.held_ack_valid && !a.held_ack_valid;
        if (late) return vacuous;
        if (r.ends == Ends::through || r.ends == Ends::acknowledgment) {
            if (a.state != r.to) return Finding::broken;
            const bool kept = !r.ack_waits || (a.held_ack_valid && !(a.held_ack < s.ack));
            return holds(same_sending(a, b) && same_send_window(a, b) && kept && !told(o, signal::established) &&
                         o.outcome.acknowledged == 0);
        }
        return holds(a.state == b.state && same_sending(a, b) && same_send_window(a, b) &&
                     o.outcome.acknowledged == 0 && a.held_ack_valid == b.held_ack_valid);
    }
    Seq una = r.ack_is_new ? s.ack : b.snd_una;
    const bool late = b.held_ack_valid && !a.held_ack_valid;  // the one that waited has had its turn (C21)
    if (late && una < b.held_ack && b.held_ack <= b.snd_nxt) una = b.held_ack;
    const bool opens = b.state == State::SynReceived;
    const bool signals_right =
        told_if(o, signal::established, opens) && (late || told_if(o, signal::close_ok, r.covers_fin));
    if (o.outcome.acknowledged != octets_of_text(b, b.snd_una, una) || !signals_right) return Finding::broken;
    if (!late && a.state != r.to) return Finding::broken;
    if (a.state == State::Closed) return holds(r.covers_fin);
    return holds(a.snd_una == una && a.snd_nxt == b.snd_nxt && a.queued == b.queued && a.iss == b.iss &&
                 (late || window_follows(b, a, s, r)) && (opens || (a.fin == b.fin && a.fin_seq == b.fin_seq)));
}

// ================================================================================ S9: our FIN, and all octets before
// it

Finding the_fin_is_the_last_number(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    if (a.state < State::SynSent) return vacuous;
    bool good = true;
    if (a.fin == Fin::sent) {
        good = good && a.fin_seq + 1 == a.snd_nxt && a.queued == 0 && !a.close_queued && a.state >= State::FinWait1;
    }
    // Every octet that SEND took is queued or has left, and no other has (an ABORT flushes).
    const bool flushed = (o.past.abort_called && o.before.state != State::Closed) || call_accepted(o, CallKind::abort);
    if (!flushed) {
        std::uint64_t sent = o.before.state == State::Closed ? 0 : o.past.sent;
        if (call_accepted(o, CallKind::send)) sent += o.call()->octets;
        if (!goes_on(o.before, a) && a.state == State::SynReceived) sent = a.queued;
        const std::uint32_t left = a.iss_chosen ? a.snd_nxt - a.iss - 1 - (a.fin == Fin::sent ? 1 : 0) : 0;
        good = good && a.queued + std::uint64_t{left} == sent;
    }
    if (const Departure* d = o.departure(); d != nullptr && accepted(o) && !d->segment.rst()) {
        const Segment& s = d->segment;
        const Config& b = o.before;
        if (s.fin()) {
            const bool again = b.fin == Fin::sent;
            good = good && s.text_end() == (again ? b.fin_seq : b.snd_nxt + b.queued) && a.fin == Fin::sent &&
                   a.fin_seq == s.text_end() && a.snd_nxt == a.fin_seq + 1 &&
                   a.state == (b.state == State::CloseWait ? State::LastAck : b.state);
        } else {
            good = good && a.fin == b.fin && a.close_queued == b.close_queued && a.state == b.state;
            if (b.iss_chosen && !s.syn()) {
                const Seq end = s.text > 0 && b.snd_nxt < s.text_end() ? s.text_end() : b.snd_nxt;
                good = good && a.snd_nxt == end;
            }
        }
        good = good && (a.snd_una == b.snd_una || !b.iss_chosen);
    }
    // In the closing states a FIN is sent or still to be sent, elsewhere it is not.
    if (in(a.state, F1 | CL | LA))
        good = good && (a.fin == Fin::sent || (a.fin == Fin::queued && owes(a, kinds({OwedKind::fin}))));
    if (in(a.state, ES | SS)) good = good && a.fin == Fin::none;
    if (a.state == State::FinWait2) good = good && a.fin_acked() && a.snd_una == a.snd_nxt;
    return holds(good);
}

// ================================================================================ S10, S13, S16, S18: departures

std::uint32_t announced(const Config& c, const Segment& s) {
    return s.syn() || c.rcv_wscale <= 0 ? s.wnd : std::uint32_t{s.wnd} << c.rcv_wscale;
}
/// <ACK=RCV.NXT><CTL=ACK>, the announced edge where it was or further right, but for what scaling rounds away.
bool header_right(const Config& c, const Segment& s) {
    const std::uint32_t rounding = c.rcv_wscale > 0 ? (1u << c.rcv_wscale) - 1 : 0;
    return s.has_ack() && s.ack == c.rcv_nxt && c.rcv_adv - rounding <= s.ack + announced(c, s);
}

Finding an_emitted_segment_tells_the_truth(const Observation& o) {
    const Departure* d = o.departure();
    if (d == nullptr || !accepted(o) || d->segment.rst()) return vacuous;
    const Segment& s = d->segment;
    const Config& a = o.after();
    const Config& b = o.before;
    if (s.syn() && !s.has_ack()) return vacuous;
    bool good = s.has_ack() && s.ack == b.rcv_nxt && (s.syn() || header_right(b, s));
    // Nothing overtakes our SYN.
    if (!s.syn())
        good = good && (o.past.syn_left || b.snd_una != b.iss || o.past.abort_called) && b.iss_chosen &&
               b.snd_una - 1 <= s.seq && s.seq <= b.snd_nxt;
    const Seq told_edge = s.ack + announced(b, s);
    good = good && a.last_ack_sent == s.ack && a.rcv_nxt == b.rcv_nxt && edge(a) == a.rcv_adv &&
           a.rcv_adv == (s.syn() ? told_edge : max(b.rcv_adv, told_edge));
    // It acknowledges whatever waited for an acknowledgment, and takes in nothing.
    good = good && owes(a, acks) == nullptr && a.unread == b.unread && a.wanted == b.wanted && a.irs == b.irs &&
           a.peer_fin_held == b.peer_fin_held && a.peer_fin_seen == b.peer_fin_seen && same_held(a, b) &&
           same_send_window(a, b) && o.outcome.delivered == 0 && nothing_told(o);
    if (!s.syn()) good = good && same_options(a, b) && a.ts_recent == b.ts_recent;
    return holds(good);
}

/// Text of `s` that was sent before, all of it.
bool text_again(const Config& c, const Segment& s) {
    const std::uint32_t sent = (c.fin == Fin::sent ? c.fin_seq : c.snd_nxt) - c.snd_una;
    const std::uint32_t from = s.seq - c.snd_una;
    return from <= sent && s.text <= sent - from && s.seq != c.iss;
}
/// Text that continues what was sent, out of the queue.
bool text_new(const Config& c, const Segment& s) {
    return c.fin != Fin::sent && c.snd_una <= s.seq && c.iss < s.seq && s.seq <= c.snd_nxt &&
           c.snd_nxt < s.text_end() && s.text_end() - c.snd_nxt <= c.queued;
}
bool in_send_window(const Config& c, const Segment& s) { return s.text_end() <= c.snd_una + c.snd_wnd; }
bool probes_window(const Config& c, const Segment& s) { return s.text == 1 && s.seq == c.snd_una + c.snd_wnd; }

Finding nothing_beyond_the_send_window(const Observation& o) {
    const Departure* d = o.departure();
    if (d == nullptr || d->segment.text == 0 || !accepted(o) || d->segment.rst() || d->segment.syn()) return vacuous;
    const Config& b = o.before;
    const Segment& s = d->segment;
    if (s.text_end() <= b.snd_nxt) return vacuous;
    // Of what leaves for the first time only a probe may lie beyond the window, and it is one octet.
    return holds(in_send_window(b, s) || probes_window(b, s));
}

bool syn_may_leave(const Config& c, const Segment& s) {
    if (s.fin()) return false;
    const bool free = c.origin != Origin::reuse || c.snd_nxt - 1 < s.seq;  // MAY-2 (1)
    if (c.iss_chosen ? s.seq != c.iss : !free) return false;
    const std::uint32_t gone = c.iss_chosen ? c.snd_nxt - c.iss - 1 : 0;  // text that left on it before
    if (s.text > c.queued + gone) return false;
    if (c.state == State::SynSent) return !s.has_ack();
    if (!s.has_ack() || s.ack != c.rcv_nxt) return false;
    if (c.state == State::SynReceived) return true;
    // Behind SYN-RECEIVED it goes for as long as it has not been acknowledged, for the first time too.
    return in(c.state, F1 | CL | CW | LA) && (!c.iss_chosen || c.snd_una == c.iss);
}
bool reset_may_leave(const Config& c, const Segment& s) {
    if (s.syn() || s.fin()) return false;
    for (const Owed& o : owed(c)) {
        if (o.kind == OwedKind::rst && o.seq == s.seq) return true;
        if (o.kind == OwedKind::rst_ack && s.has_ack() && o.seq == s.seq && o.ack == s.ack) return true;
    }
    return false;
}
/// An empty segment: owed, a window update, a probe of a shut window, a keep-alive.
bool ack_may_leave(const Config& c, const Segment& s) {
    if (!in(c.state, connected)) return false;
    if (s.seq == c.snd_nxt) {
        if (owes(c, acks)) return true;
        if (c.state != State::SynReceived && s.ack + announced(c, s) != c.rcv_adv) return true;
    }
    if (c.snd_una == c.iss || s.seq != c.snd_una - 1) return false;
    if (in(c.state, sending) && c.snd_una + c.snd_wnd <= c.snd_nxt) return true;
    return in(c.state, ES | F2 | CW) && c.snd_una == c.snd_nxt;
}
bool may_leave(const Config& c, const Segment& s) {
    if (s.rst()) return reset_may_leave(c, s);
    if (s.syn()) return syn_may_leave(c, s);
    if (!c.iss_chosen || !header_right(c, s)) return false;
    if (s.text == 0 && !s.fin()) return ack_may_leave(c, s);
    Seq next = c.snd_nxt;
    std::uint32_t queued = c.queued;
    if (s.text > 0) {
        if (!in(c.state, sending)) return false;
        const bool keeps_alive =
            s.text == 1 && !s.fin() && in(c.state, ES | CW) && c.snd_una == c.snd_nxt && s.seq == c.snd_nxt - 1;
        const bool first = text_new(c, s) && (in_send_window(c, s) || probes_window(c, s));
        if (!first && !text_again(c, s) && !keeps_alive) return false;
        if (first) {
            queued -= s.text_end() - next;
            next = s.text_end();
        }
    }
    if (!s.fin()) return true;
    if (c.fin == Fin::sent) return in(c.state, F1 | CL | LA) && s.text_end() == c.fin_seq && c.snd_una <= c.fin_seq;
    return in(c.state, F1 | CL | LA | CW) && (c.fin == Fin::queued || c.close_queued) && queued == 0 &&
           s.text_end() == next;
}

Finding what_may_leave_leaves(const Observation& o) {
    const Departure* d = o.departure();
    if (d == nullptr) {
        // A RST that is owed can but leave, whatever becomes of the connection.
        const std::size_t resets_owed = o.before.owed_count == 0 ? 0 : count(o.before, resets);
        const bool room = o.before.owed_count + 1u < Config::max_owed;
        if (resets_owed > 0 && room && count(o.after(), resets) < resets_owed) return Finding::broken;
        if (!o.prompt || (o.answer.empty() && o.settled.owed_count == 0)) return vacuous;
        // Nothing that is due stays behind for want of a segment that may carry it.
        const auto waits = [](const Owed& k) { return k.when == When::eventually; };
        const auto left = owed(o.settled);
        return holds(o.answer.size() >= 32 || std::all_of(left.begin(), left.end(), waits));
    }
    if (!accepted(o)) {
        // What would overtake our SYN is S10's affair.
        const bool overtakes = !o.past.syn_left && !d->segment.syn() && !d->segment.rst();
        return overtakes ? vacuous : holds(!may_leave(o.before, d->segment));
    }
    if (!may_leave(o.before, d->segment)) return Finding::broken;
    // And what was owed is owed no more.
    const Segment& s = d->segment;
    const Config& a = o.after();
    const Config& b = o.before;
    if (s.rst()) {
        return holds(count(a, resets) + 1 == count(b, resets) && a.state == b.state && same_sending(a, b) &&
                     owes_the_same(a, b, resets) && a.timers == b.timers);
    }
    if (s.syn()) return holds(!owes(a, kinds({OwedKind::syn, OwedKind::syn_ack})) && a.owed_count <= b.owed_count);
    if (s.fin()) return holds(!owes(a, kinds({OwedKind::fin})));
    const bool text_gone = s.text == 0 || s.seq < b.snd_una || !owes(a, kinds({OwedKind::text}));
    return holds(text_gone && owes_the_same(a, b, acks | kinds({OwedKind::text})));
}

Finding one_of_syn_fin_rst(const Observation& o) {
    const auto well_formed = [&](const Segment& s) {
        return (s.syn() ? 1 : 0) + (s.fin() ? 1 : 0) + (s.rst() ? 1 : 0) <= 1;
    };
    for (const Segment& s : o.answer) {
        if (!well_formed(s)) return Finding::broken;
    }
    const Departure* d = o.departure();
    if (d == nullptr || !accepted(o)) return o.answer.empty() ? vacuous : Finding::witness;
    const Segment& s = d->segment;
    if (!well_formed(s)) return Finding::broken;
    if (s.syn())
        return holds(in(o.before.state, SS | SR | F1 | CL | CW | LA) &&
                     (!o.past.syn_left || s.seq == o.past.first_sent));
    if (s.fin() && o.past.fin_left) return holds(s.text_end() == o.past.fin_number);
    return Finding::witness;
}

// ================================================================================ S11: options and the urgent pointer

Finding options_are_as_agreed(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    for (const Segment& s : o.answer) {
        if (!s.has_ack() && s.tsecr != 0) return Finding::broken;
        if (s.wscale > 14 || (!s.syn() && (s.wscale != Segment::no_wscale || s.mss != 0))) return Finding::broken;
    }
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr) return vacuous;
    const Segment& s = arrival->segment;
    if (b.state == State::SynSent) {
        const Opening r = opening(b, s, o.policy);
        const bool urgent = r.completes && s.urg();
        if (told(o, signal::urgent) != urgent) return Finding::broken;
        if (!r.completes && !r.crosses) return vacuous;
        const bool scales = b.rcv_wscale_offer >= 0 && s.wscale >= 0;
        return holds(a.ts_ok == (b.ts_offered && s.has_ts) && a.snd_wscale == (scales ? s.wscale : 0) &&
                     a.rcv_wscale == (scales ? b.rcv_wscale_offer : 0));
    }
    if (b.state < State::SynReceived) return holds(!told(o, signal::urgent));
    const Reading& r = reading_of(o, *arrival);
    const bool sixth = (r.ends == Ends::through || r.ends == Ends::unreadable) && in(r.at_text, receiving);
    if (told(o, signal::urgent) != (sixth && s.urg())) return Finding::broken;
    if (!goes_on(b, a)) return vacuous;
    // RFC 7323 4.3: what was at the left edge of what we acknowledged, and is no older.
    const bool passed = r.ends > Ends::bad_ack_outside && !r.shut;
    const bool later =
        b.ts_ok && s.has_ts && static_cast<std::int32_t>(s.tsval - b.ts_recent) >= 0 && s.seq <= b.last_ack_sent;
    const bool may_move = passed && later;
    return holds(same_options(a, b) && (a.ts_recent == b.ts_recent || (may_move && a.ts_recent == s.tsval)));
}

// ================================================================================ S12, S14, L6, L7: timers

Finding timers_exclude_each_other(const Observation& o) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    if (a.timers == 0) return holds(!in(a.state, TW | F2));
    if (a.state == State::TimeWait) return holds(a.timers == timer::time_wait);
    if (a.runs(timer::time_wait) || a.state == State::Closed) return Finding::broken;
    if (a.runs(timer::fin_wait_2) != (a.state == State::FinWait2)) return Finding::broken;
    if (a.state == State::FinWait2) return holds(a.timers == timer::fin_wait_2);
    return holds(!a.runs(timer::retransmission) || a.state >= State::SynSent);
}

/// Can this timeout happen at all?
bool due(const Config& c, TimeoutKind kind) {
    switch (kind) {
        case TimeoutKind::user:
            return c.state != State::Closed;  // "for any state" (3.10.8)
        case TimeoutKind::retransmission:
            return in(c.state, SS | SR | ES | F1 | CW | CL | LA) && outstanding(c);
        case TimeoutKind::time_wait:
            return c.state == State::TimeWait;
        case TimeoutKind::fin_wait_2:
            return c.state == State::FinWait2;
    }
    return false;
}

Finding time_alone_does_nothing(const Observation& o) {
    const Timeout* t = o.timeout();
    if (t == nullptr) return told(o, signal::user_timeout) ? Finding::broken : vacuous;
    if (due(o.before, t->kind)) return vacuous;
    return holds(ignored(o) && o.outcome.fired_count == 0 && silent(o) && o.after().state == o.before.state &&
                 nothing_told(o));
}

Finding every_wait_ends(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    if (const Timeout* t = o.timeout()) {
        if (t->kind == TimeoutKind::retransmission || !due(b, t->kind)) return vacuous;
        if (t->kind == TimeoutKind::time_wait)
            return holds(a.state == State::Closed && nothing_told(o) && no_new_reset(o));
        if (t->kind == TimeoutKind::fin_wait_2) {
            const bool ends = decides(o, Choice::fin_wait_2_timer, reading::fin_wait_2_timer::orphan);
            return holds(a.state == (ends ? State::Closed : State::FinWait2) && nothing_told(o) &&
                         (ends ? no_new_reset(o) : ignored(o)));
        }
        const bool relistens = b.state == State::SynReceived && b.origin == Origin::passive &&
                               decides(o, Choice::user_timeout_passive, reading::user_timeout_passive::listen);
        if (relistens) {
            return holds(a.state == (b.close_queued ? State::Closed : State::Listen) && no_new_reset(o) &&
                         !told(o, signal::user_timeout));
        }
        const bool resets_it =
            !in(b.state, LI | TW) && decides(o, Choice::user_timeout_reset, reading::user_timeout_reset::reset);
        return holds(a.state == State::Closed && told(o, signal::user_timeout) &&
                     (resets_it ? reset_ends(o) : no_new_reset(o)));
    }
    if (a.state != State::TimeWait) return vacuous;
    if (b.state != State::TimeWait) return holds(restarted(o, timer::time_wait));
    // 2 MSL starts anew when the peer's FIN comes again, and at nothing else.
    bool anew = false;
    if (const Arrival* arrival = o.arrival()) {
        const Segment& s = arrival->segment;
        const Reading& r = reading_of(o, *arrival);
        const bool fin_again = s.fin() && !s.syn() && b.peer_fin_seen && s.text_end() == b.peer_fin;
        if (r.ends == Ends::outside)
            anew = fin_again && !s.rst() && decides(o, Choice::time_wait_fin, reading::time_wait_fin::restart);
        // ... or, by the letter of C3, at any ACK.
        if (r.ends == Ends::through) {
            anew = r.fin || (!r.ack_waits && decides(o, Choice::time_wait_ack, reading::time_wait_ack::letter));
        }
        if (anew && !acknowledged(o)) return Finding::broken;
        if (r.ends == Ends::through && !anew && !r.shut && !silent(o)) return Finding::broken;
    }
    return holds(restarted(o, timer::time_wait) == anew);
}

Finding what_is_unacknowledged_is_retransmitted(const Observation& o) {
    if (nothing_happened(o) && o.timeout() == nullptr) return vacuous;
    const Config& a = o.after();
    const Config& b = o.before;
    if (a.state < State::SynSent) return vacuous;
    bool left = o.past.syn_left && goes_on(b, a);
    if (const Departure* d = o.departure(); d != nullptr && accepted(o) && d->segment.syn()) left = true;
    const bool watched = left && outstanding(a) && a.state != State::TimeWait;
    if (watched && !a.runs(timer::retransmission)) return Finding::broken;
    if (a.runs(timer::retransmission) && !outstanding(a)) return Finding::broken;
    // What is acknowledged is not owed again.
    for (const Owed& k : owed(a)) {
        if (k.kind == OwedKind::text && !(a.snd_una <= k.seq && k.seq < a.snd_nxt)) return Finding::broken;
        if (k.kind == OwedKind::fin && (a.fin == Fin::none ? !a.close_queued : a.fin_acked())) return Finding::broken;
        if (is(k.kind, kinds({OwedKind::syn, OwedKind::syn_ack})) && a.iss_chosen && a.snd_una != a.iss)
            return Finding::broken;
    }
    if (const Timeout* t = o.timeout(); t != nullptr && t->kind == TimeoutKind::retransmission && due(b, t->kind)) {
        // The front of the queue goes again, and nothing else happens.
        std::uint8_t front = kinds({OwedKind::text});
        Seq number = b.snd_una;
        if (b.state == State::SynSent)
            front = kinds({OwedKind::syn});
        else if (b.snd_una == b.iss)
            front = kinds({OwedKind::syn_ack});
        else if (b.fin == Fin::sent && b.snd_una == b.fin_seq)
            front = kinds({OwedKind::fin});
        const Owed* k = owes(a, front);
        return holds(k != nullptr && k->seq == number && k->when == When::now && nothing_told(o) &&
                     restarted(o, timer::retransmission) && a.state == b.state && same_sending(a, b) &&
                     same_receiving(a, b) && same_send_window(a, b) && owes_the_same(a, b, front));
    }
    if (const Departure* d = o.departure(); d != nullptr && accepted(o)) {
        const Segment& s = d->segment;
        const bool first = a.snd_nxt != b.snd_nxt || s.syn();
        if (s.rst() || !first) return holds(o.outcome.restarted == 0 && a.timers == b.timers);
        const std::uint8_t clocks = s.syn() ? timer::retransmission : timer::retransmission | timer::user;
        return holds(restarted(o, clocks) && (a.timers & clocks) == clocks);
    }
    if (const Arrival* arrival = o.arrival();
        arrival != nullptr && in(b.state, connected) && in(a.state, connected) && goes_on(b, a)) {
        if (b.held_ack_valid && !a.held_ack_valid) return vacuous;
        const Reading& r = reading_of(o, *arrival);
        if (r.ack_counts && r.ack_is_new) {
            // RFC 6298 5.2, 5.3
            const bool all = a.snd_una == a.snd_nxt;
            const std::uint8_t clocks = timer::retransmission | timer::user;
            return holds(all ? (a.timers & clocks) == 0 : restarted(o, timer::retransmission));
        }
        if (r.ends == Ends::reset_valid) return vacuous;
        const bool enters = a.state == State::TimeWait && b.state != State::TimeWait;
        return holds(!restarted(o, timer::retransmission) &&
                     (enters || a.runs(timer::retransmission) == b.runs(timer::retransmission)));
    }
    return watched ? Finding::witness : vacuous;
}

// ================================================================================ S15

/// The sixth to eighth check, as far as they are made.
std::size_t last_checks(const Segment& s, const Reading& r) {
    const std::size_t urg = s.urg() ? 1 : 0;
    if (r.text > 0 && (r.ends == Ends::unreadable || (r.discarded && r.gap))) return urg + 1;
    return urg + (r.text > 0 ? 1 : 0) + (r.fin || r.takes_fin ? 1 : 0);
}
/// How many checks an arriving segment is put to.
std::size_t checks_made(const Observation& o, const Arrival& a) {
    const Config& b = o.before;
    const Segment& s = a.segment;
    if (b.state < State::SynSent) return 1;
    if (b.state == State::SynSent) {
        const Opening r = opening(b, s, o.policy);
        const std::size_t first = s.has_ack() ? 1 : 0;
        if (r.ack_bad) return 1;
        if (!r.completes) return first + 1;
        return first + 1 + (s.urg() ? 1 : 0) + (r.text > 0 ? 1 : 0) + (r.fin ? 1 : 0);
    }
    const Reading& r = reading_of(o, a);
    const bool asked_for_timestamp = b.ts_ok && !s.has_ts && !s.rst() && !(b.state == State::TimeWait && s.syn());
    const std::size_t before = asked_for_timestamp ? 1 : 0;
    if (r.ends == Ends::old_timestamp || r.ends == Ends::missing_timestamp) return 1;
    if (r.ends <= Ends::bad_ack_outside) return before + 1;
    if (r.ends != Ends::through && r.ends != Ends::unreadable) return before + 2;
    const bool twice = b.state == State::SynReceived && r.at_text != b.state;  // the fifth once more in ESTABLISHED
    return before + 2 + (twice ? 1 : 0) + last_checks(s, r);
}

Finding every_event_has_its_rule(const Observation& o) {
    const Outcome& out = o.outcome;
    if (out.fired_count > Outcome::max_fired) return Finding::broken;
    for (std::size_t i = 0; i < out.fired_count; ++i) {
        if (!out.fired[i]) return Finding::broken;
    }
    const bool fired = out.fired_count > 0;
    if (const Arrival* a = o.arrival()) {
        // One rule for each check; a gap that fills may bring the ACK that waited back to the fifth (C21).
        const std::size_t checks = checks_made(o, *a);
        return holds(o.as_read.late_ack ? out.fired_count >= 2 : out.fired_count == checks);
    }
    if (const Timeout* t = o.timeout()) return holds(fired == due(o.before, t->kind));
    if (const Call* c = o.call()) {
        const bool opens_it = c->kind == CallKind::open_active || c->kind == CallKind::open_passive;
        // Who has no access to a connection is turned away before anything is asked.
        if (!c->permitted && o.before.state != State::Closed && !opens_it) return holds(!fired);
        return holds(out.fired_count == 1);
    }
    if (!accepted(o)) return vacuous;
    const Segment& s = o.departure()->segment;
    return holds(out.fired_count == (s.text > 0 && s.fin() && !s.syn() && !s.rst() ? 2 : 1));
}

// ================================================================================ S17: the receive side

/// RECEIVE and the octets (3.10.3).
Finding receive_takes_what_is_there(const Observation& o, const Call& call) {
    const Config& a = o.after();
    const Config& b = o.before;
    const std::uint32_t n = b.state < State::Established ? 0 : std::min(b.unread, call.octets);
    const bool waits = b.state < State::Established || (b.unread == 0 && in(b.state, receiving));
    const std::uint32_t more_window = in(b.state, receiving) ? n : 0;
    return holds(o.outcome.delivered == n && a.unread + n == b.unread &&
                 a.wanted == b.wanted + (waits ? call.octets : 0) && a.rcv_wnd == b.rcv_wnd + more_window &&
                 a.rcv_nxt == b.rcv_nxt && a.rcv_adv == b.rcv_adv);
}

/// What a SYN that makes a connection leaves for later (C7).
Finding rest_of_syn_waits(const Observation& o, const Segment& s, std::uint32_t window) {
    const Config& a = o.after();
    const std::uint32_t fits = std::min(s.text, window);
    const std::uint8_t how = o.policy.value(Choice::syn_text);
    const bool held = how == reading::syn_text::queue && fits > 0;
    const bool counted = how == reading::syn_text::acknowledge;
    const bool whole = s.text == 0 || (fits == s.text && how != reading::syn_text::ignore);
    const bool fin = s.fin() && whole && decides(o, Choice::syn_fin, reading::syn_fin::queue);
    const bool text_right =
        held ? a.held_count == 1 && a.held[0].left == s.seq + 1 && a.held[0].right == s.seq + 1 + fits
             : a.held_count == 0;
    return holds(text_right && a.unread == (counted ? fits : 0) && a.rcv_wnd == window - (counted ? fits : 0) &&
                 a.peer_fin_held == fin && (!fin || a.peer_fin == s.text_end()) && !a.peer_fin_seen &&
                 o.outcome.delivered == 0 && !told(o, signal::connection_closing));
}

/// Octets beyond RCV.NXT that wait behind gaps, when `r` has joined them; only where there is place for a piece more.
std::uint32_t waiting_octets(const Config& b, const Reading& r, bool joins) {
    std::uint32_t n = 0, common = 0;
    const Seq left = r.seq, right = r.seq + r.text;
    for (std::size_t i = 0; i < held_count(b); ++i) {
        const Held& h = b.held[i];
        if (h.right <= r.text_to) continue;
        n += h.right - h.left;
        if (joins && h.left < right && left < h.right) common += min(h.right, right) - max(h.left, left);
    }
    return n + (joins ? r.text - common : 0);
}

Finding text_is_taken_once_and_in_order(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    if (const Call* call = o.call()) {
        if (call->kind == CallKind::receive && accepted(o)) return receive_takes_what_is_there(o, *call);
        return holds(o.outcome.delivered == 0 && a.unread <= b.unread);
    }
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr) return holds(o.outcome.delivered == 0 && a.unread <= b.unread);
    const Segment& s = arrival->segment;
    if (const Made m = makes_connection(o, *arrival); m.yes) return rest_of_syn_waits(o, s, m.window);

    Reading r;
    if (b.state == State::SynSent) {
        const Opening opened = opening(b, s, o.policy);
        if (!opened.completes) return holds(o.outcome.delivered == 0 && a.unread == 0);
        r.ends = Ends::through;
        r.seq = s.seq + 1;
        r.text = opened.text;
        r.text_to = r.seq + r.text;
        r.takes_fin = opened.fin;
        r.rcv_nxt = r.text_to + (r.takes_fin ? 1 : 0);
        r.at_text = State::Established;
        r.to = r.takes_fin ? State::CloseWait : State::Established;
        if (a.state != r.to) return Finding::broken;
    } else if (b.state < State::SynReceived) {
        return holds(o.outcome.delivered == 0 && a.unread == b.unread);
    } else {
        r = reading_of(o, *arrival);
    }
    if (!goes_on(b, a)) {
        const bool ends = r.ends == Ends::through ? false : true;
        return ends ? holds(!told(o, signal::connection_closing)) : vacuous;
    }
    if (r.ends == Ends::reset_valid || r.ends == Ends::syn_in_window) return vacuous;
    if (r.ends != Ends::through)
        return holds(same_receiving(a, b) && o.outcome.delivered == 0 && !told(o, signal::connection_closing));
    if (r.late_ack && !a.held_ack_valid) return vacuous;
    // RCV.NXT passes what is in order, and the user gets or may ask for every octet of it, once.
    const Seq from = b.state == State::SynSent ? s.seq + 1 : b.rcv_nxt;
    const std::uint32_t taken = r.text_to - from;
    if (a.rcv_nxt != r.rcv_nxt || b.unread + std::uint64_t{taken} != a.unread + std::uint64_t{o.outcome.delivered})
        return Finding::broken;
    const bool open = in(r.at_text, receiving);
    if (open && a.unread > 0 && a.wanted > 0 && a.snd_una != a.iss) return Finding::broken;
    if (!open && o.outcome.delivered > 0) return Finding::broken;
    const std::uint32_t wanted = b.wanted - std::min(o.outcome.delivered, b.wanted);
    if (o.outcome.delivered > b.wanted) return Finding::broken;
    // The right edge moves by what the user took, and never left.
    const Seq before_edge = b.state == State::SynSent ? from + b.rcv_wnd : edge(b);
    const std::uint32_t moved = edge(a) - before_edge;
    // (More may be held than was announced since: of a SYN, or before scaling rounded the window down.)
    const std::size_t pieces = held_count(b);
    const bool held_more = pieces > 0 && before_edge < b.held[pieces - 1].right;
    if (!held_more && moved != o.outcome.delivered && !(moved == o.outcome.delivered + 1 && r.takes_fin))
        return Finding::broken;
    // The end of the stream comes behind all of it.
    if (told(o, signal::connection_closing) != r.takes_fin) return Finding::broken;
    if (r.takes_fin) {
        if (a.wanted != 0 || told(o, signal::calls_closing) != (wanted > 0) || !a.peer_fin_seen ||
            a.peer_fin != r.text_to || a.peer_fin_held)
            return Finding::broken;
    } else {
        const bool fin_kept = r.fin && !r.discarded && (open || r.at_text == State::SynReceived);
        if (a.wanted != wanted || a.peer_fin_seen != b.peer_fin_seen ||
            a.peer_fin_held != (b.peer_fin_held || fin_kept))
            return Finding::broken;
        if (fin_kept && a.peer_fin != r.seq + r.text) return Finding::broken;
    }
    // Text behind a gap waits, none of it is lost again.
    const bool joins = r.gap && r.text > 0 && !r.discarded && (open || r.at_text == State::SynReceived);
    const std::uint32_t waiting = a.peer_fin_seen ? 0 : waiting_octets(b, r, joins);  // nothing follows a FIN
    // (What came with a SYN waits at RCV.NXT itself while a CLOSE has taken SYN-RECEIVED past ESTABLISHED.)
    const bool of_syn = !r.opens && b.state != State::SynReceived && b.held_count > 0 && b.held[0].left <= b.rcv_nxt;
    const bool judged = b.held_count < Config::max_held && !of_syn;
    if (judged && held_octets(a) != waiting) return Finding::broken;
    if ((joins || (r.gap && r.fin && (open || r.at_text == State::SynReceived))) && !r.ack_bad && !acknowledged(o))
        return Finding::broken;
    if (s.psh() && open && r.text > 0 && r.seq == b.rcv_nxt && b.held_count == 0 && !told(o, signal::push))
        return Finding::broken;
    return Finding::witness;
}

// ================================================================================ S19: how connections end

Finding nothing_else_ends_a_connection(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    if (b.state < State::SynSent) return vacuous;
    if (const Call* call = o.call()) {
        if (call->kind == CallKind::abort && call->permitted) {
            const bool speaks = in(b.state, SR | ES | F1 | F2 | CW);
            const bool by_choice =
                in(b.state, SS | CL | LA | TW) && decides(o, Choice::silent_abort, reading::silent_abort::reset);
            const bool waits = speaks && decides(o, Choice::reset_sender, reading::reset_sender::time_wait);
            const bool had_calls = calls_wait(b) || ((speaks || by_choice) && outstanding(b));
            return holds(a.state == (waits ? State::TimeWait : State::Closed) &&
                         (speaks || by_choice ? reset_ends(o) : no_new_reset(o)) &&
                         told_if(o, signal::calls_reset, had_calls) && !owes(a, static_cast<std::uint8_t>(~resets)));
        }
        return a.state == State::Closed ? holds(call->kind == CallKind::close) : vacuous;
    }
    if (o.timeout() != nullptr) return vacuous;  // L6
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr) return a.state < b.state ? Finding::broken : vacuous;
    const Segment& s = arrival->segment;
    if (b.state == State::SynSent) return vacuous;  // S23
    const Reading& r = reading_of(o, *arrival);
    const bool signals_end = told(o, signal::connection_reset) || told(o, signal::connection_refused);
    if (r.ends == Ends::other_security) {
        // 3.10.7.4, third check
        if (b.state == State::SynReceived) {
            return holds(a.state == b.state && same_sending(a, b) && same_receiving(a, b) && reset_answers(o, s) &&
                         !signals_end);
        }
        const bool calls = calls_wait(b) || outstanding(b);
        return holds(a.state == State::Closed && told(o, signal::connection_reset) && reset_by_form(o, s) &&
                     told_if(o, signal::calls_reset, calls));
    }
    if (r.ends == Ends::unreadable) {
        // SHLD-3
        return holds(a.state == State::Closed && reset_answers(o, s) && told(o, signal::connection_reset));
    }
    if (r.ends == Ends::reset_valid || r.ends == Ends::syn_in_window || r.ends == Ends::reopening_syn) return vacuous;
    // Nothing else does, but the ACK of our FIN in LAST-ACK.
    const bool last_ack = b.state == State::LastAck && r.covers_fin;
    return holds((a.state == State::Closed) == last_ack && !signals_end && a.state != State::Listen &&
                 (a.state != State::Closed || (o.prompt ? o.answer.empty() : count(a, resets) <= count(b, resets))) &&
                 (r.ack_bad || r.ends == Ends::bad_ack || r.ends == Ends::bad_ack_outside || no_new_reset(o)));
}

// ================================================================================ S20: CLOSE

Finding close_sends_a_fin_behind_all_text(const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    if (!call_accepted(o, CallKind::close)) {
        // A FIN that CLOSE has queued is neither forgotten nor replaced by a RST.
        if (b.fin != Fin::queued || !goes_on(b, a) || a.state == State::TimeWait) return vacuous;
        return holds(a.fin != Fin::none);
    }
    const auto fin_due = [&] { return a.fin == Fin::queued && owes(a, kinds({OwedKind::fin})) != nullptr; };
    const bool rest_same = a.queued == b.queued && a.snd_nxt == b.snd_nxt && a.snd_una == b.snd_una &&
                           a.unread == b.unread && a.wanted == b.wanted && a.rcv_nxt == b.rcv_nxt;
    switch (b.state) {
        case State::Listen:
        case State::SynSent:
            return holds(a.state == State::Closed && no_new_reset(o) &&
                         told_if(o, signal::calls_closing, calls_wait(b)));
        case State::SynReceived:
            if (b.close_queued) return holds(a.state == b.state && a.close_queued && rest_same && silent(o));
            if (b.queued > 0) return holds(a.state == b.state && a.close_queued && a.fin == Fin::none && rest_same);
            return holds(a.state == State::FinWait1 && fin_due() && rest_same && no_new_reset(o));
        case State::Established:
        case State::CloseWait: {
            const bool waits = b.state == State::CloseWait;
            if (waits && b.close_queued) return holds(a.state == b.state && a.close_queued && rest_same && silent(o));
            if (b.unread > 0 && decides(o, Choice::half_duplex, reading::half_duplex::on)) {
                return holds(a.state == State::Closed && reset_ends(o) &&
                             told_if(o, signal::calls_reset, (calls_wait(b) || outstanding(b))));
            }
            if (!rest_same || !no_new_reset(o)) return Finding::broken;
            if (!waits) return holds(a.state == State::FinWait1 && fin_due() && !a.close_queued);
            if (b.queued > 0) {
                return holds(a.state == State::CloseWait && a.close_queued &&
                             owes(a, kinds({OwedKind::fin})) != nullptr);
            }
            return holds(a.state == State::LastAck && fin_due() && !a.close_queued);
        }
        default:
            return Finding::broken;  // elsewhere it is refused (S30)
    }
}

// ================================================================================ S21 to S24

Finding closed_answers_with_one_reset(const Observation& o) {
    if (o.before.state != State::Closed) return vacuous;
    const Arrival* a = o.arrival();
    if (a == nullptr) return vacuous;
    const Segment& s = a->segment;
    if (o.after().state != State::Closed || !nothing_told(o)) return Finding::broken;
    if (s.rst()) return holds(o.prompt ? o.answer.empty() : owes_the_same(o.before, o.after()));
    return holds(reset_answers(o, s) && (!o.prompt || o.answer.size() == 1));
}

Finding listen_takes_only_a_syn(const Observation& o) {
    if (o.before.state != State::Listen) return vacuous;
    const Arrival* a = o.arrival();
    if (a == nullptr) return vacuous;
    const Segment& s = a->segment;
    const State to = o.after().state;
    if (!nothing_told(o)) return Finding::broken;
    if (!s.rst() && (s.has_ack() || (s.syn() && s.security_mismatch)))
        return holds(to == State::Listen && reset_answers(o, s) && (!o.prompt || o.answer.size() == 1));
    if (opens(s, o.policy)) {
        return holds(to == State::SynReceived && syn_ack_sent(o, behind_syn(s, o.before.rcv_wnd, o.policy)) &&
                     restarted(o, timer::user));
    }
    return holds(to == State::Listen && silent(o) && ignored(o));
}

Finding syn_sent_believes_only_good_acks(const Observation& o) {
    if (o.before.state != State::SynSent) return vacuous;
    const Arrival* a = o.arrival();
    if (a == nullptr) return vacuous;
    const Segment& s = a->segment;
    const State to = o.after().state;
    const Opening r = opening(o.before, s, o.policy);
    if (r.ack_bad) {
        if (s.rst()) return holds(to == State::SynSent && silent(o) && ignored(o));
        return holds(to == State::SynSent && reset_sent(o, OwedKind::rst, s.ack) && nothing_told(o));
    }
    if (s.rst()) {
        if (!s.has_ack()) return holds(to == State::SynSent && silent(o) && ignored(o));
        return holds(to == State::Closed && told(o, signal::connection_reset) && no_new_reset(o) &&
                     told_if(o, signal::calls_reset, calls_wait(o.before)));
    }
    if (s.security_mismatch) return holds(to == State::SynSent && reset_answers(o, s) && nothing_told(o));
    // From outside an ACK may still be delayed.
    if (r.completes)
        return holds((to == State::Established || to == State::CloseWait) && (outside(o) || acknowledged(o)));
    if (r.crosses) {
        return holds(to == State::SynReceived && syn_ack_sent(o, behind_syn(s, o.before.rcv_wnd, o.policy)) &&
                     nothing_told(o));
    }
    return holds(to == State::SynSent && silent(o) && ignored(o));
}

Finding unacceptable_segments_are_acknowledged_and_dropped(const Observation& o) {
    if (o.before.state < State::SynReceived) return vacuous;
    const Arrival* a = o.arrival();
    if (a == nullptr) return vacuous;
    const Reading& r = reading_of(o, *a);
    const bool unchanged = o.after().state == o.before.state && nothing_told(o);
    switch (r.ends) {
        case Ends::old_timestamp:
            return holds(unchanged && acknowledged_only(o));
        case Ends::outside:
            return holds(unchanged && (a->segment.rst() ? silent(o) : acknowledged_only(o)));
        case Ends::missing_timestamp:
            return holds(unchanged && silent(o));
        case Ends::no_ack:
            return holds(unchanged && (r.shut ? acknowledged_only(o) : silent(o)));
        default:
            return vacuous;
    }
}

// ================================================================================ S25 to S28

Finding only_a_reset_in_place_is_believed(const Observation& o) {
    if (o.before.state < State::SynReceived) return vacuous;
    const Arrival* a = o.arrival();
    if (a == nullptr || !a->segment.rst()) return vacuous;
    const Config& b = o.before;
    const State to = o.after().state;
    switch (reading_of(o, *a).ends) {
        case Ends::outside:
        case Ends::reset_outside:
        case Ends::reset_ignored:
            return holds(to == b.state && silent(o) && nothing_told(o));
        case Ends::reset_inexact:
            return holds(to == b.state && acknowledged_only(o) && nothing_told(o));
        case Ends::reset_valid: {
            if (b.state == State::SynReceived) return vacuous;  // S26
            const bool late = in(b.state, CL | LA | TW);
            const bool told_so =
                !late || decides(o, Choice::closing_reset_signal, reading::closing_reset_signal::signal);
            const bool calls = !late && (calls_wait(b) || outstanding(b));
            return holds(to == State::Closed && no_new_reset(o) && told_if(o, signal::connection_reset, told_so) &&
                         told_if(o, signal::calls_reset, calls));
        }
        default:
            return Finding::broken;
    }
}

Finding syn_received_honours_a_reset(const Observation& o) {
    if (o.before.state != State::SynReceived) return vacuous;
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr || !arrival->segment.rst()) return vacuous;
    if (reading_of(o, *arrival).ends != Ends::reset_valid) return vacuous;
    const Config& b = o.before;
    const Config& a = o.after();
    if (!no_new_reset(o) || owes(a, static_cast<std::uint8_t>(~resets))) return Finding::broken;
    switch (b.origin) {
        case Origin::passive:
            return holds(a.state == (b.close_queued ? State::Closed : State::Listen) && nothing_told(o));
        case Origin::active:
            return holds(a.state == State::Closed && told(o, signal::connection_refused) &&
                         told_if(o, signal::calls_reset, calls_wait(b)));
        case Origin::reuse:
            return holds(a.state == (decides(o, Choice::reuse_reset, reading::reuse_reset::listen) ? State::Listen
                                                                                                   : State::TimeWait) &&
                         nothing_told(o));
        case Origin::none:
            break;
    }
    return Finding::broken;
}

Finding a_syn_is_challenged(const Observation& o) {
    if (o.before.state < State::SynReceived) return vacuous;
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr || !arrival->segment.syn()) return vacuous;
    const Config& b = o.before;
    const Config& a = o.after();
    const Segment& s = arrival->segment;
    switch (reading_of(o, *arrival).ends) {
        case Ends::syn_in_window: {
            if (b.state == State::SynReceived && b.origin == Origin::passive) return vacuous;  // S28
            const bool by_6191 = b.state == State::TimeWait && !s.has_ack() && arrival->listener &&
                                 decides(o, Choice::time_wait_reuse, reading::time_wait_reuse::rfc6191);
            if (by_6191 || decides(o, Choice::syn_validation, reading::syn_validation::rfc5961)) {
                return holds(a.state == b.state && acknowledged_only(o) && nothing_told(o) &&
                             (outside(o) || (same_sending(a, b) && same_receiving(a, b))));
            }
            return holds(a.state == State::Closed && reset_by_form(o, s) && told(o, signal::connection_reset) &&
                         told_if(o, signal::calls_reset, (calls_wait(b) || outstanding(b))));
        }
        case Ends::refused_syn:
            return holds(a.state == b.state && silent(o) && nothing_told(o));
        case Ends::reopening_syn:
            return holds(a.state == State::SynReceived && a.origin == Origin::reuse && nothing_told(o) &&
                         restarted(o, timer::user) && !a.runs(timer::time_wait));
        default:
            return vacuous;
    }
}

Finding a_syn_sends_the_listener_back(const Observation& o) {
    if (o.before.state != State::SynReceived) return vacuous;
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr || !arrival->segment.syn()) return vacuous;
    const Config& b = o.before;
    const Config& a = o.after();
    const Reading& r = reading_of(o, *arrival);
    if (r.ends == Ends::syn_in_window && b.origin == Origin::passive) {
        return holds(a.state == (b.close_queued ? State::Closed : State::Listen) && no_new_reset(o) &&
                     (!o.prompt || o.answer.empty()) && nothing_told(o) && count(a, resets) == a.owed_count);
    }
    if (r.ends == Ends::repeated_syn) {
        return holds(a.state == b.state && syn_ack_sent(o, b.rcv_nxt) && nothing_told(o) && same_sending(a, b) &&
                     same_receiving(a, b));
    }
    const Segment& s = arrival->segment;
    const bool again = r.ends == Ends::outside && s.seq == b.irs && !s.has_ack() && !s.rst();
    return again ? holds(a.state == b.state && (outside(o) || acknowledged_only(o))) : vacuous;
}

// ================================================================================ S29, S30

Finding the_policy_leaves_nothing_open(const Observation& o) {
    // With every choice decided there is one outcome; and of the answer nothing had to be taken back.
    return holds(!o.outcome.asked &&
                 (!o.prompt || o.outcome.verdict != Verdict::refused || o.after().state == o.before.state));
}

/// Facts on which the reply to a call depends.
enum Fact : std::uint8_t {
    no_access = 1,       ///< "connection illegal for this process"
    insecure = 2,        ///< security/compartment not allowed
    unnamed = 4,         ///< OPEN: no remote socket; SEND in LISTEN: none was named before
    no_room = 8,         ///< insufficient resources
    nothing_there = 16,  ///< no text awaits RECEIVE, or none that it would get (C9)
    behind_close = 32,   ///< a CLOSE waits, and nothing may follow it (C28)
};
struct CallLine {
    std::uint16_t states;
    std::uint8_t calls;  ///< bits by CallKind
    std::uint8_t facts;  ///< that must all hold
    Reply reply;
};
constexpr std::uint8_t calls(std::initializer_list<CallKind> list) {
    std::uint8_t mask = 0;
    for (const CallKind k : list) mask |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(k));
    return mask;
}
constexpr std::uint8_t c_passive = calls({CallKind::open_passive}), c_active = calls({CallKind::open_active}),
                       c_open = c_passive | c_active, c_send = calls({CallKind::send}),
                       c_receive = calls({CallKind::receive}), c_close = calls({CallKind::close}),
                       c_rest = calls({CallKind::abort, CallKind::status}), c_any = 0x7f;

/// 3.10.1 to 3.10.6: the first line that matches decides.
constexpr std::array call_lines{
    CallLine{CD, c_any, no_access, Reply::connection_illegal},
    CallLine{any_state, c_any & ~c_open, no_access, Reply::connection_illegal},  // 3.9.1
    // 3.10.1
    CallLine{CD, c_open, insecure, Reply::security_not_allowed},
    CallLine{LI, c_passive, 0, Reply::connection_already_exists},
    CallLine{CD | LI, c_active, unnamed, Reply::remote_socket_unspecified},
    CallLine{CD | LI, c_open, no_room, Reply::insufficient_resources},
    CallLine{CD | LI, c_open, 0, Reply::ok},
    CallLine{any_state, c_open, 0, Reply::connection_already_exists},
    CallLine{CD, c_any, 0, Reply::connection_does_not_exist},
    // 3.10.2
    CallLine{LI, c_send, unnamed, Reply::remote_socket_unspecified},
    CallLine{F1 | F2 | CL | LA | TW, c_send, 0, Reply::connection_closing},
    CallLine{SR | CW, c_send, behind_close, Reply::connection_closing},
    CallLine{any_state, c_send, no_room, Reply::insufficient_resources},
    CallLine{any_state, c_send, 0, Reply::ok},
    // 3.10.3
    CallLine{CW | CL | LA | TW, c_receive, nothing_there, Reply::connection_closing},
    CallLine{LI | SS | SR, c_receive, no_room, Reply::insufficient_resources},
    CallLine{ES | F1 | F2, c_receive, no_room | nothing_there, Reply::insufficient_resources},
    CallLine{any_state, c_receive, 0, Reply::ok},
    // 3.10.4
    CallLine{F1 | F2 | CL | LA | TW, c_close, 0, Reply::connection_closing},
    CallLine{SR | CW, c_close, behind_close, Reply::connection_closing},
    CallLine{any_state, c_close, 0, Reply::ok},
    // 3.10.5, 3.10.6
    CallLine{any_state, c_rest, 0, Reply::ok},
};

std::uint8_t facts_of(const Observation& o, const Call& c) {
    const Config& b = o.before;
    std::uint8_t facts = 0;
    if (!c.permitted) facts |= no_access;
    if (!c.security_allowed) facts |= insecure;
    if (!c.room) facts |= no_room;
    if (c.kind == CallKind::send ? !b.remote_specified : !c.remote_specified) facts |= unnamed;
    const bool kept_back =
        in(b.state, CL | LA | TW) && decides(o, Choice::receive_when_closing, reading::receive_when_closing::error);
    if (b.unread == 0 || kept_back) facts |= nothing_there;
    if (b.close_queued && decides(o, Choice::call_behind_close, reading::call_behind_close::refuse))
        facts |= behind_close;
    return facts;
}

Finding calls_get_the_rfcs_answer(const Observation& o) {
    const Call* c = o.call();
    if (c == nullptr) return vacuous;
    // A second CLOSE may be answered "ok", as long as no second FIN leaves (3.10.4); of a second passive OPEN the RFC
    // says nothing. The lifecycle refuses both; other stacks need not.
    const bool free = (c->kind == CallKind::close && in(o.before.state, F1 | F2)) ||
                      (c->kind == CallKind::open_passive && o.before.state == State::Listen);
    if (outside(o) && free && o.outcome.reply == Reply::ok) return holds(o.after().state == o.before.state);
    const std::uint8_t facts = facts_of(o, *c);
    for (const CallLine& l : call_lines) {
        if (!in(o.before.state, l.states) || ((l.calls >> static_cast<unsigned>(c->kind)) & 1) == 0 ||
            (facts & l.facts) != l.facts)
            continue;
        if (o.outcome.reply != l.reply) return Finding::broken;
        // A refused call changes nothing, nor does STATUS.
        if (l.reply != Reply::ok || c->kind == CallKind::status)
            return holds(o.after().state == o.before.state && o.after() == o.before && silent(o));
        return holds(o.outcome.verdict != Verdict::refused);
    }
    return Finding::broken;
}

// ================================================================================ L1, L2, L8

/// `opening` waits for its SYN to leave or for its clock, until it is left for one of the states `next`.
Finding is_left(const Observation& o, State opening, OwedKind syn, std::uint16_t next) {
    if (nothing_happened(o)) return vacuous;
    const Config& a = o.after();
    if (a.state == opening) {
        const bool waits = owes(a, kinds({syn})) != nullptr || a.runs(timer::retransmission);
        return holds(waits && a.runs(timer::user));
    }
    return o.before.state == opening ? holds(in(a.state, next)) : vacuous;
}
Finding syn_sent_is_left(const Observation& o) { return is_left(o, State::SynSent, OwedKind::syn, ES | CW | SR | CD); }
Finding syn_received_is_left(const Observation& o) {
    return is_left(o, State::SynReceived, OwedKind::syn_ack, ES | F1 | CW | CL | CD | LI | TW);
}

Finding answers_are_not_answered(const Observation& o) {
    const Arrival* arrival = o.arrival();
    if (arrival == nullptr) return vacuous;
    const Segment& s = arrival->segment;
    const Config& b = o.before;
    // A RST never draws a RST, nor more than one segment.
    if (s.rst() && (!no_new_reset(o) || (o.prompt && std::count_if(o.answer.begin(), o.answer.end(), bare) > 1)))
        return Finding::broken;
    if (o.prompt) {  // one segment is answered by at most a RST and an ACK
        const auto empty = [](const Segment& x) { return !carries_data(x); };
        if (std::count_if(o.answer.begin(), o.answer.end(), empty) > 2) return Finding::broken;
    }
    if (!in(b.state, synchronized_ones) || s.rst()) return s.rst() ? Finding::witness : vacuous;
    // Acknowledgments are not acknowledged.
    const bool plain = s.len() == 0 && s.has_ack() && !s.security_mismatch;
    if (!plain || b.held_ack_valid) return vacuous;
    const Reading& r = reading_of(o, *arrival);
    if ((r.ends != Ends::through && r.ends != Ends::acknowledgment) || r.rcv_nxt != b.rcv_nxt) return vacuous;
    if (b.state == State::TimeWait && decides(o, Choice::time_wait_ack, reading::time_wait_ack::letter)) return vacuous;
    if (o.prompt) return holds(silent(o) || o.outcome.delivered > 0);  // what was read may reopen a shut window
    return holds(!owes(o.after(), acks) || owes_the_same(o.after(), b, static_cast<std::uint8_t>(~acks)));
}

// ================================================================================ R5, R6

Finding ack_and_fin_lead_to_time_wait_at_once(const Observation& o) {
    const Reading& r = reading_of(o, *o.arrival());
    if (r.ends != Ends::through || !r.covers_fin || !r.takes_fin || r.late_ack) return vacuous;
    return holds(o.after().state == State::TimeWait && told(o, signal::close_ok) &&
                 told(o, signal::connection_closing) && restarted(o, timer::time_wait));
}

Finding syn_received_goes_back_to_listen(const Observation& o) {
    const Config& b = o.before;
    if (b.origin != Origin::passive || b.close_queued) return vacuous;
    const Ends ends = reading_of(o, *o.arrival()).ends;
    if (ends != Ends::reset_valid && ends != Ends::syn_in_window) return vacuous;
    return holds(o.after().state == State::Listen);
}

// Which kinds of event a property speaks of.
constexpr std::uint8_t call_ = 1, arrival_ = 2, departure_ = 8, any_event = 15;
static_assert(std::is_same_v<std::variant_alternative_t<1, Event>, Arrival> &&
              std::is_same_v<std::variant_alternative_t<3, Event>, Departure>);
constexpr std::uint16_t opened = any_state & ~CD;

constexpr std::array all_properties{
    EndProperty{"U1", "the_ack_of_a_segment_is_its_number_plus_its_length", Sight::inside, arrival_, opened,
                an_ack_is_seq_plus_len},
    EndProperty{"S1", "the_connection_record_is_well_formed", Sight::inside, any_event, any_state,
                the_record_is_well_formed},
    EndProperty{"S2", "only_the_rfcs_state_changes_happen", Sight::outside, any_event, any_state,
                only_legal_state_changes},
    EndProperty{"S3", "the_identity_of_a_connection_never_changes", Sight::inside, any_event, any_state,
                the_identity_never_changes},
    EndProperty{"S4", "closed_means_that_nothing_is_remembered", Sight::inside, any_event, any_state,
                closed_means_no_tcb},
    EndProperty{"S5", "both_sockets_are_specified_behind_listen", Sight::inside, any_event, any_state,
                sockets_are_specified},
    EndProperty{"S6", "established_lies_behind_the_handshake", Sight::inside, any_event, CD | LI | SS | SR | TW,
                established_only_behind_the_handshake},
    EndProperty{"S7", "snd_una_never_passes_snd_nxt", Sight::inside, any_event, any_state,
                snd_una_never_passes_snd_nxt},
    EndProperty{"S8", "only_an_ack_of_what_was_sent_counts", Sight::inside, arrival_, SS | connected,
                only_acks_of_what_was_sent_count},
    EndProperty{"S9", "our_fin_has_the_number_behind_all_text", Sight::inside, any_event, any_state,
                the_fin_is_the_last_number},
    EndProperty{"S10", "a_segment_that_leaves_tells_rcv_nxt_and_keeps_the_edge", Sight::inside, departure_, connected,
                an_emitted_segment_tells_the_truth},
    EndProperty{"S11", "options_and_urgent_data_are_taken_as_agreed", Sight::inside, any_event, opened,
                options_are_as_agreed},
    EndProperty{"S12", "timers_exclude_each_other", Sight::inside, any_event, any_state, timers_exclude_each_other},
    EndProperty{"S13", "only_a_probe_lies_beyond_the_send_window", Sight::inside, departure_, sending,
                nothing_beyond_the_send_window},
    EndProperty{"S14", "time_alone_does_nothing", Sight::inside, any_event, any_state, time_alone_does_nothing},
    EndProperty{"S15", "every_event_has_its_rule", Sight::inside, any_event, any_state, every_event_has_its_rule},
    EndProperty{"S16", "exactly_what_may_leave_leaves", Sight::inside, any_event, any_state, what_may_leave_leaves},
    EndProperty{"S17", "text_is_taken_once_in_order_and_before_the_end", Sight::inside, any_event, opened,
                text_is_taken_once_and_in_order},
    EndProperty{"S18", "a_segment_has_one_of_syn_fin_and_rst", Sight::outside, any_event, any_state,
                one_of_syn_fin_rst},
    EndProperty{"S19", "nothing_else_ends_a_connection", Sight::inside, any_event, SS | connected,
                nothing_else_ends_a_connection},
    EndProperty{"S20", "close_sends_a_fin_behind_all_text", Sight::inside, any_event, opened,
                close_sends_a_fin_behind_all_text},
    EndProperty{"S21", "closed_answers_with_one_reset", Sight::outside, arrival_, CD, closed_answers_with_one_reset},
    EndProperty{"S22", "listen_takes_only_a_syn", Sight::outside, arrival_, LI, listen_takes_only_a_syn},
    EndProperty{"S23", "syn_sent_believes_only_a_good_ack", Sight::outside, arrival_, SS,
                syn_sent_believes_only_good_acks},
    EndProperty{"S24", "an_unacceptable_segment_draws_an_ack_and_no_more", Sight::outside, arrival_, connected,
                unacceptable_segments_are_acknowledged_and_dropped},
    EndProperty{"S25", "only_a_reset_in_its_place_is_believed", Sight::outside, arrival_, connected,
                only_a_reset_in_place_is_believed},
    EndProperty{"S26", "syn_received_honours_a_reset", Sight::outside, arrival_, SR, syn_received_honours_a_reset},
    EndProperty{"S27", "a_syn_in_the_window_is_challenged_or_resets", Sight::outside, arrival_, connected,
                a_syn_is_challenged},
    EndProperty{"S28", "a_syn_in_the_window_sends_a_passive_end_back_to_listen", Sight::outside, arrival_, SR,
                a_syn_sends_the_listener_back},
    EndProperty{"S29", "the_policy_leaves_nothing_open", Sight::inside, any_event, any_state,
                the_policy_leaves_nothing_open},
    EndProperty{"S30", "every_call_gets_the_rfcs_answer", Sight::outside, call_, any_state, calls_get_the_rfcs_answer},
    EndProperty{"L1", "syn_sent_is_left_or_waits_for_something", Sight::inside, any_event, CD | LI | SS,
                syn_sent_is_left},
    EndProperty{"L2", "syn_received_is_left_or_waits_for_something", Sight::inside, any_event, LI | SS | SR | TW,
                syn_received_is_left},
    EndProperty{"L6", "every_wait_has_its_end", Sight::inside, any_event, opened, every_wait_ends},
    EndProperty{"L7", "what_is_unacknowledged_goes_again", Sight::inside, any_event, any_state,
                what_is_unacknowledged_is_retransmitted},
    EndProperty{"L8", "answers_are_not_answered", Sight::inside, arrival_, opened, answers_are_not_answered},
    EndProperty{"R5", "an_ack_of_our_fin_with_the_peers_leads_to_time_wait_at_once", Sight::inside, arrival_, F1,
                ack_and_fin_lead_to_time_wait_at_once},
    EndProperty{"R6", "syn_received_goes_back_to_listen", Sight::outside, arrival_, SR,
                syn_received_goes_back_to_listen},
};

}  // namespace

std::span<const EndProperty> end_properties() { return all_properties; }

const EndProperty* end_property(std::string_view id) {
    const auto* found =
        std::find_if(all_properties.begin(), all_properties.end(), [id](const EndProperty& p) { return p.id == id; });
    return found == all_properties.end() ? nullptr : found;
}

void note(Past& past, const Observation& o) {
    const Config& a = o.after();
    const Config& b = o.before;
    if (!accepted(o)) return;
    const bool opens = b.state == State::Closed && a.state != State::Closed;
    const bool reopens = b.state == State::TimeWait && a.state == State::SynReceived;
    const bool relistens = b.state == State::SynReceived && a.state == State::Listen;
    if (opens || reopens) past = Past{};
    if (relistens) {  // the user's calls stay queued (C24)
        past = Past{};
        past.sent = a.queued;
    }
    past.delivered += o.outcome.delivered;
    past.passed_established = past.passed_established || a.state >= State::Established;
    if (const Call* c = o.call()) {
        past.close_called = past.close_called || c->kind == CallKind::close;
        past.abort_called = past.abort_called || c->kind == CallKind::abort;
        if (c->kind == CallKind::send) past.sent += c->octets;
    } else if (const Timeout* t = o.timeout()) {
        past.gave_up = past.gave_up || t->kind == TimeoutKind::user;
    } else if (const Departure* d = o.departure(); d != nullptr && !d->segment.rst()) {
        const Segment& s = d->segment;
        if (s.syn() && !past.syn_left) {
            past.syn_left = true;
            past.first_sent = s.seq;
            past.sent_end = s.seq + 1;
        }
        if (past.sent_end < s.text_end()) {
            past.departed += s.text_end() - past.sent_end;
            past.sent_end = s.text_end();
        }
        if (s.fin()) {
            past.fin_left = true;
            past.fin_number = s.text_end();
            past.sent_end = max(past.sent_end, s.end());
        }
    }
}

}  // namespace lastack::support
