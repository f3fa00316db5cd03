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
    py::class_<Owed>(m, "Owed")
        .def_property_readonly("kind", [](const Owed& o) { return word_of(owed_names, o.kind); })
        .def_property_readonly("when", [](const Owed& o) { return name(o.when); })
        .def_property_readonly("rule", [](const Owed& o) { return id(o.rule); })
        .def_property_readonly("seq", [](const Owed& o) { return o.seq.value; })
        .def_property_readonly("ack", [](const Owed& o) { return o.ack.value; })
        .def("__str__", &print)
        .def("__repr__", [](const Owed& o) { return "<" + print(o) + ">"; })
        .def(
            "__eq__", [](const Owed& a, const Owed& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Owed& o) { return py::hash(py::str(print(o))); });

    py::class_<Config> config(m, "Config");
    config.def(py::init<>());
    config.def_property_readonly("state", [](const Config& c) { return c.state; });
    config.def_property_readonly("origin", [](const Config& c) { return word_of(origin_names, c.origin); });
    config.def_property_readonly("fin", [](const Config& c) { return word_of(fin_names, c.fin); });
    config.def_property_readonly("owed", &owed_of);
    config.def_property_readonly("held", &held_of);
    config.def_property_readonly("timers", [](const Config& c) { return timers_of(c.timers); });
    config.def_property_readonly("fin_acked", &Config::fin_acked);
    config.def_property_readonly(
        "iss", [](const Config& c) { return c.iss_chosen ? std::optional{c.iss.value} : std::nullopt; });
    config.def_property_readonly(
        "fin_seq", [](const Config& c) { return c.fin == Fin::sent ? std::optional{c.fin_seq.value} : std::nullopt; });
    config.def_property_readonly("peer_fin", [](const Config& c) {
        return c.peer_fin_seen || c.peer_fin_held ? std::optional{c.peer_fin.value} : std::nullopt;
    });
    config.def_property_readonly(
        "snd_mss", [](const Config& c) { return c.snd_mss == 0 ? std::nullopt : std::optional<int>{c.snd_mss}; });
#define LASTACK_NUMBER(field) config.def_property_readonly(#field, [](const Config& c) { return c.field.value; });
    LASTACK_NUMBER(snd_una)
    LASTACK_NUMBER(snd_nxt)
    LASTACK_NUMBER(snd_wl1)
    LASTACK_NUMBER(snd_wl2)
    LASTACK_NUMBER(irs)
    LASTACK_NUMBER(rcv_nxt)
    LASTACK_NUMBER(rcv_adv)
    LASTACK_NUMBER(last_ack_sent)
#undef LASTACK_NUMBER
#define LASTACK_FIELD(field) config.def_readonly(#field, &Config::field);
    LASTACK_FIELD(snd_wnd)
    LASTACK_FIELD(max_snd_wnd)
    LASTACK_FIELD(rcv_wnd)
    LASTACK_FIELD(snd_wscale)
    LASTACK_FIELD(rcv_wscale)
    LASTACK_FIELD(queued)
    LASTACK_FIELD(unread)
    LASTACK_FIELD(wanted)
    LASTACK_FIELD(ts_ok)
    LASTACK_FIELD(ts_recent)
    LASTACK_FIELD(close_queued)
    LASTACK_FIELD(remote_specified)
    LASTACK_FIELD(peer_fin_seen)
#undef LASTACK_FIELD
    config.def("__str__", [](const Config& c) { return to_string(c); });
    config.def("__repr__", [](const Config& c) { return "<Config " + to_string(c) + ">"; });
    config.def(
        "__eq__", [](const Config& a, const Config& b) { return a == b; }, py::is_operator());
    config.def("__hash__", [](const Config& c) { return py::hash(py::str(to_string(c))); });
    config.def("__copy__", [](const py::object& c) { return c; });
    config.def("__deepcopy__", [](const py::object& c, const py::dict&) { return c; });
}

}  // namespace lastack::python
