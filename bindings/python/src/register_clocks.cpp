#include "convert.hpp"
#include "lastack/lifecycle/isn.hpp"
#include "lastack/support/clocks.hpp"

namespace lastack::python {

using support::EndClocks;

namespace {

/// What `Machine.advance` is to do: None, a Timeout, "ack" or "probe".
py::object duty(EndClocks& clocks, EndClocks::Kind kind, const Config& c, std::int64_t now_ns) {
    const EndClocks::Duty d = clocks.fired(kind, c, now_ns);
    switch (d.act) {
        case EndClocks::Duty::Act::time_out:
            return py::cast(Timeout{d.timeout});
        case EndClocks::Duty::Act::send_ack:
            return py::str("ack");
        case EndClocks::Duty::Act::probe_window:
            return py::str("probe");
        case EndClocks::Duty::Act::nothing:
        case EndClocks::Duty::Act::probe_peer:
            break;
    }
    return py::none();
}

}  // namespace

void register_clocks(py::module_& m) {
    py::class_<EndClocks>(m, "Clocks")
        .def(py::init(
                 [](std::int64_t msl_ns, std::int64_t fin_wait_2_ns, std::int64_t user_timeout_ns, std::int64_t r2_ns) {
                     return EndClocks{support::Durations{msl_ns, fin_wait_2_ns, user_timeout_ns, r2_ns}};
                 }),
             py::arg("msl_ns"), py::arg("fin_wait_2_ns"), py::arg("user_timeout_ns"), py::arg("r2_ns"))
        .def("__copy__", [](const EndClocks& c) { return c; })
        .def("follow", [](EndClocks& clocks, const Config& before, const py::object& event, const Outcome& outcome,
                          std::int64_t now_ns) { clocks.follow(before, event_from(event), outcome, now_ns); })
        .def("next",
             [](const EndClocks& clocks, const Config& c) -> std::optional<std::int64_t> {
                 const EndClocks::Wake wake = clocks.next(c, false);
                 return wake.due_ns == never_ns ? std::nullopt : std::optional{wake.due_ns};
             })
        .def("fire", [](EndClocks& clocks, const Config& c,
                        std::int64_t now_ns) { return duty(clocks, clocks.next(c, false).kind, c, now_ns); })
        .def("ack_may_wait", &EndClocks::ack_may_wait);
    m.def("isn_clock", &isn_clock);
}

}  // namespace lastack::python
