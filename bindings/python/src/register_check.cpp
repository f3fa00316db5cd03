#include "convert.hpp"
#include "interrupt.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/oracle/check.hpp"
#include "lastack/vocabulary/notation.hpp"
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
    options.progress = [&work](const CheckProgress& p) {
        work.go_on(p.octets_read, p.octets_total);
        return true;
    };
    std::vector<ConnectionVerdict> verdicts;
    const CheckSummary s = [&] {
        const py::gil_scoped_release release;
        return check_file(path, options, [&](const ConnectionVerdict& v) { verdicts.push_back(v); });
    }();
    py::dict summary;
    summary["file"] = path_str(s.file);
    summary["packets"] = s.packets;
    summary["connections"] = s.connections;
    summary["conforms"] = s.conforms;
    summary["deviates"] = s.deviates;
    summary["inconclusive"] = s.inconclusive;
    summary["skipped"] = s.skipped;
    summary["error"] = path_str(s.error);  // it names the file
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
    py::class_<Deviation>(m, "Deviation", "What the RFC does not allow, and what it allows there.")
        .def("__repr__",
             [](const Deviation& d) {
                 return "<Deviation at " + std::to_string(d.segment) + ": " + to_string(d.observed) +
                        (d.unanswered ? " was never answered, by " : ", by ") + std::string{id(d.rule)} + ">";
             })
        .def_readonly(
            "segment", &Deviation::segment,
            "Number of the packet that must not have left, or that was left without an answer; of a trace, its line.")
        .def_property_readonly(
            "time", [](const Deviation& d) { return static_cast<double>(d.time_ns) / 1e9; },
            "Seconds, as the file counts them.")
        .def_readonly("unanswered", &Deviation::unanswered,
                      "An answer that was due never left; `observed` is what arrived then.")
        .def_readonly("observed", &Deviation::observed, "The segment, with absolute numbers.")
        .def_property_readonly(
            "allowed",
            [](const Deviation& d) {
                py::list rows;
                for (std::size_t i = 0; i < d.allowed.size(); ++i)
                    rows.append(py::make_tuple(d.allowed[i], d.allowed_rules[i]));
                return py::tuple(rows);
            },
            "What was allowed there, nearest first: (Segment, id of the rule). Text of any length stands as 0 octets.")
        .def_property_readonly(
            "rule", [](const Deviation& d) { return id(d.rule); }, "Id of the nearest rule.")
        .def_property_readonly(
            "section", [](const Deviation& d) { return section_of(d.rule); }, "Its place, \"RFC 9293 3.10.7.4\".")
        .def_readonly("config", &Deviation::config, "What the end was in, by the likeliest explanation.")
        .def_property_readonly(
            "policies", [](const Deviation& d) { return tuple_of(d.policies); },
            "Policies that would have allowed it.");
    py::class_<ConnectionVerdict>(m, "ConnectionVerdict", "The verdict on one connection end.")
        .def("__repr__",
             [](const ConnectionVerdict& v) {
                 return "<ConnectionVerdict " + v.judged + (v.peer.empty() ? "" : " and " + v.peer) + ": " +
                        std::string{name(v.verdict)} + (v.reason.empty() ? "" : ", " + v.reason) + ">";
             })
        .def_property_readonly(
            "file", [](const ConnectionVerdict& v) { return path_str(v.file); }, "Path of the capture or trace.")
        .def_readonly("judged", &ConnectionVerdict::judged,
                      "The end that is judged, \"address:port\"; of a trace, its host.")
        .def_readonly("peer", &ConnectionVerdict::peer, "The other end.")
        .def_readonly("first_segment", &ConnectionVerdict::first_segment,
                      "Number of its first packet in the file, from 1.")
        .def_readonly("segments", &ConnectionVerdict::segments, "Segments of the connection, of both directions.")
        .def_property_readonly(
            "verdict", [](const ConnectionVerdict& v) { return name(v.verdict); },
            "\"conforms\", \"deviates\" or \"inconclusive\".")
        .def_readonly("reason", &ConnectionVerdict::reason, "Why it is inconclusive; \"\" otherwise.")
        .def_readonly("mid_path", &ConnectionVerdict::mid_path,
                      "Judged as from the middle of the path, where much can be lost unseen: only what is impossible "
                      "everywhere is a deviation.")
        .def_property_readonly(
            "states", [](const ConnectionVerdict& v) { return tuple_of(v.states); },
            "The states that the end passed through.")
        .def_property_readonly(
            "assumed", &assumed_of,
            "Calls and timeouts that nobody saw, but that must have been: (what, number of the packet that shows it).")
        .def_property_readonly(
            "policies", [](const ConnectionVerdict& v) { return tuple_of(v.policies); },
            "Policies that explain it all.")
        .def_property_readonly(
            "profiles", [](const ConnectionVerdict& v) { return tuple_of(v.profiles); },
            "Names of the profiles that one of them is compatible with.")
        .def_property_readonly(
            "deviations", [](const ConnectionVerdict& v) { return tuple_of(v.deviations); },
            "At most one: what follows a deviation is not judged.")
        .def_property_readonly(
            "judged_isn", [](const ConnectionVerdict& v) { return v.judged_isn.value; },
            "Initial number of the judged end, for relative numbers.")
        .def_property_readonly(
            "peer_isn", [](const ConnectionVerdict& v) { return v.peer_isn.value; }, "Initial number of the peer.")
        .def_property_readonly(
            "events", &events_of,
            "The segments, when they were kept: (number, time in ns, departing, Segment, likeliest state behind it).");
    m.def("check_file", &check, py::arg("path"), py::arg("host"), py::arg("policy"), py::arg("keep_events"),
          py::arg("progress"));
}

}  // namespace lastack::python
