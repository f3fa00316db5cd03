#include "convert.hpp"
#include "interrupt.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/check.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

/// Returns (summary as a dict, [ConnectionVerdict]).
py::tuple check(const std::string& path, const std::string& host, const py::object& policy, bool keep_events,
                py::object progress) {
    CheckOptions options;
    options.host = host;
    options.policy = policy_from(policy);
    options.keep_events = keep_events;
    LongWork work{std::move(progress)};
    std::vector<ConnectionVerdict> verdicts;
    const CheckSummary s = [&] {
        const py::gil_scoped_release release;
        return check_file(path, options, [&](const ConnectionVerdict& v) {
            verdicts.push_back(v);
            work.go_on(verdicts.size(), 0);
        });
    }();
    py::dict summary;
    summary["file"] = s.file;
    summary["packets"] = s.packets;
    summary["connections"] = s.connections;
    summary["conforms"] = s.conforms;
    summary["deviates"] = s.deviates;
    summary["inconclusive"] = s.inconclusive;
    summary["skipped"] = s.skipped;
    summary["error"] = s.error;
    return py::make_tuple(summary, py::cast(std::move(verdicts)));
}

template <class T>
py::tuple tuple_of(const std::vector<T>& values) {
    py::list list;
    for (const T& v : values) list.append(v);
    return py::tuple(list);
}

py::tuple events_of(const ConnectionVerdict& v) {
    py::list rows;
    for (const SeenEvent& e : v.events)
        rows.append(py::make_tuple(e.number, e.time_ns, e.departing, e.segment, e.state_after));
    return py::tuple(rows);
}

py::tuple assumed_of(const ConnectionVerdict& v) {
    py::list rows;
    for (const Assumed& a : v.assumed) rows.append(py::make_tuple(name(a.kind), a.segment));
    return py::tuple(rows);
}

}  // namespace

void register_check(py::module_& m) {
    py::class_<Deviation>(m, "Deviation")
        .def_readonly("segment", &Deviation::segment)
        .def_property_readonly("time", [](const Deviation& d) { return static_cast<double>(d.time_ns) / 1e9; })
        .def_readonly("unanswered", &Deviation::unanswered)
        .def_readonly("observed", &Deviation::observed)
        .def_property_readonly("allowed",
                               [](const Deviation& d) {
                                   py::list rows;
                                   for (std::size_t i = 0; i < d.allowed.size(); ++i)
                                       rows.append(py::make_tuple(d.allowed[i], d.allowed_rules[i]));
                                   return py::tuple(rows);
                               })
        .def_property_readonly("rule", [](const Deviation& d) { return id(d.rule); })
        .def_property_readonly("section", [](const Deviation& d) { return section_of(d.rule); })
        .def_readonly("config", &Deviation::config)
        .def_property_readonly("policies", [](const Deviation& d) { return tuple_of(d.policies); });
    py::class_<ConnectionVerdict>(m, "ConnectionVerdict")
        .def_readonly("file", &ConnectionVerdict::file)
        .def_readonly("judged", &ConnectionVerdict::judged)
        .def_readonly("peer", &ConnectionVerdict::peer)
        .def_readonly("first_segment", &ConnectionVerdict::first_segment)
        .def_readonly("segments", &ConnectionVerdict::segments)
        .def_property_readonly("verdict", [](const ConnectionVerdict& v) { return name(v.verdict); })
        .def_readonly("reason", &ConnectionVerdict::reason)
        .def_readonly("mid_path", &ConnectionVerdict::mid_path)
        .def_property_readonly("states", [](const ConnectionVerdict& v) { return tuple_of(v.states); })
        .def_property_readonly("assumed", &assumed_of)
        .def_property_readonly("policies", [](const ConnectionVerdict& v) { return tuple_of(v.policies); })
        .def_property_readonly("profiles", [](const ConnectionVerdict& v) { return tuple_of(v.profiles); })
        .def_property_readonly("deviations", [](const ConnectionVerdict& v) { return tuple_of(v.deviations); })
        .def_property_readonly("judged_isn", [](const ConnectionVerdict& v) { return v.judged_isn.value; })
        .def_property_readonly("peer_isn", [](const ConnectionVerdict& v) { return v.peer_isn.value; })
        .def_property_readonly("events", &events_of);
    m.def("check_file", &check, py::arg("path"), py::arg("host"), py::arg("policy"), py::arg("keep_events"),
          py::arg("progress"));
}

}  // namespace lastack::python
