#include "convert.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/config.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

py::tuple owed_of(const Config& c) {
    py::list owed;
    for (std::size_t i = 0; i < c.owed_count; ++i) owed.append(c.owed[i]);
    return py::tuple(owed);
}

py::tuple held_of(const Config& c) {
    py::list held;
    for (std::size_t i = 0; i < c.held_count; ++i)
        held.append(py::make_tuple(c.held[i].left.value, c.held[i].right.value));
    return py::tuple(held);
}

std::string print(const Owed& o) {
    std::string text{name(o.kind)};
    if (o.kind == OwedKind::rst || o.kind == OwedKind::rst_ack || o.kind == OwedKind::text)
        text += " seq " + std::to_string(o.seq.value);
    if (o.kind == OwedKind::ack || o.kind == OwedKind::challenge_ack || o.kind == OwedKind::rst_ack)
        text += " ack " + std::to_string(o.ack.value);
    return text + " " + std::string{name(o.when)} + " by " + std::string{id(o.rule)};
}

}  // namespace

void register_config(py::module_& m) {
    py::class_<Owed>(m, "Owed",
                     "A segment that the RFC says must leave. It merges with others: one ACK pays for several.")
        .def_property_readonly(
            "kind", [](const Owed& o) { return word_of(owed_names, o.kind); },
            "\"ack\", \"challenge_ack\", \"syn\", \"syn_ack\", \"text\", \"fin\", \"rst\" or \"rst_ack\".")
        .def_property_readonly(
            "when", [](const Owed& o) { return name(o.when); },
            "\"now\"; \"delayed\", within 0.5 s (MUST-40); \"throttleable\", may stay away under a rate limit (RFC "
            "5961 7); \"eventually\".")
        .def_property_readonly(
            "rule", [](const Owed& o) { return id(o.rule); }, "Id of the rule that made it.")
        .def_property_readonly(
            "seq", [](const Owed& o) { return o.seq.value; }, "Of a reset, or of text that goes again: its SEQ.")
        .def_property_readonly(
            "ack", [](const Owed& o) { return o.ack.value; }, "The least that may be acknowledged; of RST,ACK its ACK.")
        .def("__str__", &print)
        .def("__repr__", [](const Owed& o) { return "<" + print(o) + ">"; })
        .def(
            "__eq__", [](const Owed& a, const Owed& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Owed& o) { return py::hash(py::str(print(o))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(pickle_of<Owed>());

    py::class_<Config> config(
        m, "Config",
        "What one connection end is in: its state, the variables of RFC 9293 3.3.1, and what it owes. It does not "
        "change: `step` gives the next. Config() is CLOSED; every other one comes from a step, so that under one "
        "policy "
        "there is none which no connection can reach. Numbers are 0 to 2**32-1; windows are octets, scaled.");
    config.def(py::init<>());
    config.def_property_readonly(
        "state", [](const Config& c) { return state_object(c.state); }, "The state (RFC 9293 3.3.2).");
    config.def_property_readonly(
        "origin", [](const Config& c) { return word_of(origin_names, c.origin); },
        "How SYN-RECEIVED was reached (MUST-11): \"none\", \"passive\", \"active\", or \"reuse\" of TIME-WAIT.");
    config.def_property_readonly(
        "fin", [](const Config& c) { return word_of(fin_names, c.fin); },
        "Our FIN: \"none\"; \"queued\", CLOSE was called and it has not left; \"sent\".");
    config.def_property_readonly("owed", &owed_of, "What must leave: at most four `Owed`.");
    config.def_property_readonly(
        "held", &held_of, "Text that came out of order and is held (SHLD-31): (left, right) numbers, right exclusive.");
    config.def_property_readonly(
        "timers", [](const Config& c) { return timers_of(c.timers); },
        "Timers that run, of \"retransmission\", \"user\", \"time_wait\", \"fin_wait_2\".");
    config.def_property_readonly("fin_acked", &Config::fin_acked, "Our FIN is sent and acknowledged.");
    config.def_property_readonly(
        "iss", [](const Config& c) { return c.iss_chosen ? std::optional{c.iss.value} : std::nullopt; },
        "ISS; None while no number is fixed.");
    config.def_property_readonly(
        "fin_seq", [](const Config& c) { return c.fin == Fin::sent ? std::optional{c.fin_seq.value} : std::nullopt; },
        "The number of our FIN; None until it is sent.");
    config.def_property_readonly(
        "peer_fin",
        [](const Config& c) {
            return c.peer_fin_seen || c.peer_fin_held ? std::optional{c.peer_fin.value} : std::nullopt;
        },
        "The number of the peer's FIN, processed or held behind a gap; None when there is none.");
    config.def_property_readonly(
        "snd_mss", [](const Config& c) { return c.snd_mss == 0 ? std::nullopt : std::optional<int>{c.snd_mss}; },
        "The MSS option of the peer's SYN, octets; None when none came (536 or 1220 then: MUST-15).");
#define LASTACK_NUMBER(field, doc) \
    config.def_property_readonly(  \
        #field, [](const Config& c) { return c.field.value; }, doc);
    LASTACK_NUMBER(snd_una, "SND.UNA: the oldest number not yet acknowledged.")
    LASTACK_NUMBER(snd_nxt, "SND.NXT: the next number to be sent.")
    LASTACK_NUMBER(snd_wl1, "SND.WL1: SEQ of the segment of the last window update.")
    LASTACK_NUMBER(snd_wl2, "SND.WL2: ACK of the segment of the last window update.")
    LASTACK_NUMBER(irs, "IRS: the peer's initial number.")
    LASTACK_NUMBER(rcv_nxt, "RCV.NXT: the next number expected.")
    LASTACK_NUMBER(rcv_adv, "The right edge of the receive window as last announced.")
    LASTACK_NUMBER(last_ack_sent, "ACK of the last segment that departed (RFC 7323 4.3).")
#undef LASTACK_NUMBER
#define LASTACK_FIELD(field, doc) config.def_readonly(#field, &Config::field, doc);
    LASTACK_FIELD(snd_wnd, "SND.WND, octets.")
    LASTACK_FIELD(max_snd_wnd, "MAX.SND.WND, octets (RFC 5961 5.2).")
    LASTACK_FIELD(rcv_wnd, "RCV.WND, octets.")
    LASTACK_FIELD(snd_wscale,
                  "Shift applied to SEG.WND that arrives (RFC 7323 2.3); -1: the peer's SYN came without the option.")
    LASTACK_FIELD(rcv_wscale, "Shift applied to SEG.WND that departs.")
    LASTACK_FIELD(queued, "Octets of SENDs not yet sent for the first time.")
    LASTACK_FIELD(unread, "Octets received in order and not yet taken by a RECEIVE.")
    LASTACK_FIELD(wanted, "Octets asked for by RECEIVEs that wait.")
    LASTACK_FIELD(ts_ok, "Timestamps are in use (RFC 7323 3.2).")
    LASTACK_FIELD(ts_recent, "TS.Recent (RFC 7323 4.3).")
    LASTACK_FIELD(close_queued, "CLOSE was called and waits (RFC 9293 3.10.4).")
    LASTACK_FIELD(remote_specified, "The remote socket is known.")
    LASTACK_FIELD(peer_fin_seen, "The peer's FIN was processed.")
#undef LASTACK_FIELD
    config.def("__str__", [](const Config& c) { return to_string(c); });
    config.def("__repr__", [](const Config& c) { return "<Config " + to_string(c) + ">"; });
    config.def(
        "__eq__", [](const Config& a, const Config& b) { return a == b; }, py::is_operator());
    config.def("__hash__", [](const Config& c) { return py::hash(py::str(to_string(c))); });
    config.def("__copy__", &same);
    config.def("__deepcopy__", &same_deep);
    config.def(pickle_of<Config>());
}

}  // namespace lastack::python
