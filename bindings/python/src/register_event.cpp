#include "convert.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

Call make_call(std::string_view kind, const py::int_& octets, const std::optional<py::int_>& iss,
               const py::int_& rcv_wnd, bool remote_specified, bool permitted, bool security_allowed, bool room) {
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
    py::class_<Call>(m, "Call")
        .def(py::init(&make_call), py::arg("kind"), py::kw_only(), py::arg("octets") = 0, py::arg("iss") = py::none(),
             py::arg("rcv_wnd") = 65535, py::arg("remote_specified") = true, py::arg("permitted") = true,
             py::arg("security_allowed") = true, py::arg("room") = true)
        .def_property_readonly("kind", [](const Call& c) { return word_of(call_names, c.kind); })
        .def_property_readonly("iss", &iss_of<Call>)
        .def_readonly("octets", &Call::octets)
        .def_readonly("rcv_wnd", &Call::rcv_wnd)
        .def_readonly("remote_specified", &Call::remote_specified)
        .def_readonly("permitted", &Call::permitted)
        .def_readonly("security_allowed", &Call::security_allowed)
        .def_readonly("room", &Call::room)
        .def("__str__",
             [](const Call& c) {
                 std::string text{name(c.kind)};
                 if (c.kind == CallKind::send || c.kind == CallKind::receive) text += " " + std::to_string(c.octets);
                 return text;
             })
        .def("__repr__", &repr)
        .def(
            "__eq__", [](const Call& a, const Call& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Call& c) { return py::hash(py::str(repr(c))); });
    py::class_<Arrival>(m, "Arrival")
        .def(py::init([](const py::object& segment, const std::optional<py::int_>& iss, bool listener) {
                 Arrival a;
                 a.segment = segment_from(segment);
                 a.iss_given = iss.has_value();
                 if (iss) a.iss = Seq{number(*iss, "iss")};
                 a.listener = listener;
                 return a;
             }),
             py::arg("segment"), py::kw_only(), py::arg("iss") = py::none(), py::arg("listener") = true)
        .def_readonly("segment", &Arrival::segment)
        .def_property_readonly("iss", &iss_of<Arrival>)
        .def_readonly("listener", &Arrival::listener)
        .def("__str__", [](const Arrival& a) { return "arrival of " + to_string(a.segment); })
        .def("__repr__",
             [](const Arrival& a) {
                 return "Arrival('" + to_string(a.segment) + "'" +
                        (a.iss_given ? ", iss=" + std::to_string(a.iss.value) : "") +
                        (a.listener ? "" : ", listener=False") + ")";
             })
        .def(
            "__eq__", [](const Arrival& a, const Arrival& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Arrival& a) { return py::hash(py::str(to_string(a.segment))); });
    py::class_<Timeout>(m, "Timeout")
        .def(py::init([](std::string_view kind) { return Timeout{value_of(timeout_names, "timeout", kind)}; }),
             py::arg("kind"))
        .def_property_readonly("kind", [](const Timeout& t) { return word_of(timeout_names, t.kind); })
        .def("__str__", [](const Timeout& t) { return std::string{name(t.kind)}; })
        .def("__repr__",
             [](const Timeout& t) { return "Timeout('" + std::string{word_of(timeout_names, t.kind)} + "')"; })
        .def(
            "__eq__", [](const Timeout& a, const Timeout& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Timeout& t) { return static_cast<int>(t.kind); });
    py::class_<Departure>(m, "Departure")
        .def(py::init([](const py::object& segment) { return Departure{segment_from(segment)}; }), py::arg("segment"))
        .def_readonly("segment", &Departure::segment)
        .def("__str__", [](const Departure& d) { return "departure of " + to_string(d.segment); })
        .def("__repr__", [](const Departure& d) { return "Departure('" + to_string(d.segment) + "')"; })
        .def(
            "__eq__", [](const Departure& a, const Departure& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Departure& d) { return py::hash(py::str(to_string(d.segment))); });
}

}  // namespace lastack::python
