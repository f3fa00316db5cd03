#include "convert.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

Call make_call(std::string_view kind, const py::object& octets, const std::optional<py::object>& iss,
               const py::object& rcv_wnd, bool remote_specified, bool permitted, bool security_allowed, bool room) {
    Call c;
    c.kind = value_of(call_names, "call", kind);
    c.octets = number(octets, "octets");
    c.iss_given = iss.has_value();
    if (iss) c.iss = Seq{number(*iss, "iss")};
    constexpr std::uint32_t widest = 65535u << 14;  // RFC 7323 2.3
    c.rcv_wnd = number(rcv_wnd, "rcv_wnd", widest);
    c.remote_specified = remote_specified;
    c.permitted = permitted;
    c.security_allowed = security_allowed;
    c.room = room;
    return c;
}

template <class T>
std::optional<std::uint32_t> iss_of(const T& event) {
    return event.iss_given ? std::optional{event.iss.value} : std::nullopt;
}

std::string repr(const Call& c) {
    std::string text = "Call('" + std::string{word_of(call_names, c.kind)} + "'";
    if (c.kind == CallKind::send || c.kind == CallKind::receive) text += ", octets=" + std::to_string(c.octets);
    if (c.iss_given) text += ", iss=" + std::to_string(c.iss.value);
    return text + ")";
}

}  // namespace

void register_event(py::module_& m) {
    // The defaults are those of lastack/vocabulary/event.hpp.
    py::class_<Call>(
        m, "Call",
        "A user call (RFC 9293 3.9.1). kind: open_passive, open_active, send, receive, close, abort, status; \"OPEN "
        "active\" is understood too.\n\noctets: of a SEND, or of the buffer of a RECEIVE, 0 to 2**32-1. iss: the "
        "initial number that the generator gives to an active OPEN, or to a SEND in LISTEN (MUST-8); None: the SYN "
        "that departs fixes it. rcv_wnd: receive window to begin with, octets, up to 65535 << 14. What the environment "
        "decides: remote_specified, the remote socket is fully named; permitted, the caller has access; "
        "security_allowed; room, resources suffice. ValueError for what is out of range.")
        .def(py::init(&make_call), py::arg("kind"), py::kw_only(), py::arg("octets") = 0, py::arg("iss") = py::none(),
             py::arg("rcv_wnd") = 65535, py::arg("remote_specified") = true, py::arg("permitted") = true,
             py::arg("security_allowed") = true, py::arg("room") = true)
        .def_property_readonly(
            "kind", [](const Call& c) { return word_of(call_names, c.kind); },
            "\"open_passive\", \"open_active\", \"send\", \"receive\", \"close\", \"abort\" or \"status\".")
        .def_property_readonly("iss", &iss_of<Call>, "The initial number given; None when none is.")
        .def_readonly("octets", &Call::octets, "Of a SEND, or of the buffer of a RECEIVE.")
        .def_readonly("rcv_wnd", &Call::rcv_wnd, "OPEN: receive window to begin with, octets.")
        .def_readonly("remote_specified", &Call::remote_specified,
                      "OPEN: the remote socket is fully named (RFC 9293 3.10.1).")
        .def_readonly("permitted", &Call::permitted, "The caller has access.")
        .def_readonly("security_allowed", &Call::security_allowed,
                      "OPEN: the security or compartment asked for is allowed.")
        .def_readonly("room", &Call::room, "Resources suffice.")
        .def("__str__",
             [](const Call& c) {
                 std::string text{name(c.kind)};
                 if (c.kind == CallKind::send || c.kind == CallKind::receive) text += " " + std::to_string(c.octets);
                 return text;
             })
        .def("__repr__", &repr)
        .def(
            "__eq__", [](const Call& a, const Call& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Call& c) { return py::hash(py::str(repr(c))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(py::pickle(
            [](const Call& c) {
                return py::make_tuple(word_of(call_names, c.kind), c.octets, c.iss_given, c.iss.value, c.rcv_wnd,
                                      c.remote_specified, c.permitted, c.security_allowed, c.room);
            },
            [](const py::tuple& state) {
                Call c;
                c.kind = value_of(call_names, "call", py::cast<std::string>(state[0]));
                c.octets = py::cast<std::uint32_t>(state[1]);
                c.iss_given = py::cast<bool>(state[2]);
                c.iss = Seq{py::cast<std::uint32_t>(state[3])};
                c.rcv_wnd = py::cast<std::uint32_t>(state[4]);
                c.remote_specified = py::cast<bool>(state[5]);
                c.permitted = py::cast<bool>(state[6]);
                c.security_allowed = py::cast<bool>(state[7]);
                c.room = py::cast<bool>(state[8]);
                return c;
            }));
    py::class_<Arrival>(
        m, "Arrival",
        "A segment arrives (RFC 9293 3.10.7). segment: a Segment, or one in notation, with absolute numbers. iss: the "
        "number that the generator would give to a SYN,ACK in answer, None: the one that departs fixes it. listener: a "
        "passive OPEN waits on the port, so that a SYN in TIME-WAIT may open anew (decision C27).")
        .def(py::init([](const py::object& segment, const std::optional<py::object>& iss, bool listener) {
                 Arrival a;
                 a.segment = segment_from(segment);
                 a.iss_given = iss.has_value();
                 if (iss) a.iss = Seq{number(*iss, "iss")};
                 a.listener = listener;
                 return a;
             }),
             py::arg("segment"), py::kw_only(), py::arg("iss") = py::none(), py::arg("listener") = true)
        .def_readonly("segment", &Arrival::segment, "What arrives.")
        .def_property_readonly("iss", &iss_of<Arrival>, "The initial number of an answer; None when none is given.")
        .def_readonly("listener", &Arrival::listener, "A passive OPEN waits on the port.")
        .def("__str__", [](const Arrival& a) { return "arrival of " + to_string(a.segment); })
        .def("__repr__",
             [](const Arrival& a) {
                 return "Arrival('" + to_string(a.segment) + "'" +
                        (a.iss_given ? ", iss=" + std::to_string(a.iss.value) : "") +
                        (a.listener ? "" : ", listener=False") + ")";
             })
        .def(
            "__eq__", [](const Arrival& a, const Arrival& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Arrival& a) { return py::hash(py::str(to_string(a.segment))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(
            py::pickle([](const Arrival& a) { return py::make_tuple(a.segment, a.iss_given, a.iss.value, a.listener); },
                       [](const py::tuple& state) {
                           return Arrival{py::cast<Segment>(state[0]), py::cast<bool>(state[1]),
                                          Seq{py::cast<std::uint32_t>(state[2])}, py::cast<bool>(state[3])};
                       }));
    py::class_<Timeout>(m, "Timeout",
                        "A timeout (RFC 9293 3.10.8). kind: user, retransmission, time_wait, fin_wait_2 (which the RFC "
                        "does not have: decision D35). ValueError for another.")
        .def(py::init([](std::string_view kind) { return Timeout{value_of(timeout_names, "timeout", kind)}; }),
             py::arg("kind"))
        .def_property_readonly(
            "kind", [](const Timeout& t) { return word_of(timeout_names, t.kind); },
            "\"user\", \"retransmission\", \"time_wait\" or \"fin_wait_2\".")
        .def("__str__", [](const Timeout& t) { return std::string{name(t.kind)}; })
        .def("__repr__",
             [](const Timeout& t) { return "Timeout('" + std::string{word_of(timeout_names, t.kind)} + "')"; })
        .def(
            "__eq__", [](const Timeout& a, const Timeout& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Timeout& t) { return static_cast<int>(t.kind); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(py::pickle([](const Timeout& t) { return py::make_tuple(word_of(timeout_names, t.kind)); },
                        [](const py::tuple& state) {
                            return Timeout{value_of(timeout_names, "timeout", py::cast<std::string>(state[0]))};
                        }));
    py::class_<Departure>(m, "Departure",
                          "A segment leaves. It pays what is owed, or has a permission of its own, or is refused. "
                          "segment: a Segment, or one in notation, with absolute numbers.")
        .def(py::init([](const py::object& segment) { return Departure{segment_from(segment)}; }), py::arg("segment"))
        .def_readonly("segment", &Departure::segment, "What leaves.")
        .def("__str__", [](const Departure& d) { return "departure of " + to_string(d.segment); })
        .def("__repr__", [](const Departure& d) { return "Departure('" + to_string(d.segment) + "')"; })
        .def(
            "__eq__", [](const Departure& a, const Departure& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Departure& d) { return py::hash(py::str(to_string(d.segment))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(py::pickle([](const Departure& d) { return py::make_tuple(d.segment); },
                        [](const py::tuple& state) { return Departure{py::cast<Segment>(state[0])}; }));
}

}  // namespace lastack::python
