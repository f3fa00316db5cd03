#include "convert.hpp"
#include "interrupt.hpp"
#include "ladder.hpp"
#include "lastack/support/simulation.hpp"

namespace lastack::python {

using namespace support;

namespace {

constexpr Names<Script::Opening, 6> opening_names{{{Script::Opening::client_server, "client_server"},
                                                   {Script::Opening::simultaneous, "simultaneous"},
                                                   {Script::Opening::abandoned, "abandoned"},
                                                   {Script::Opening::late_server, "late_server"},
                                                   {Script::Opening::both_listen, "both_listen"},
                                                   {Script::Opening::no_server, "no_server"}}};
constexpr Names<Script::Closing, 10> closing_names{{{Script::Closing::client_first, "client_first"},
                                                    {Script::Closing::server_first, "server_first"},
                                                    {Script::Closing::together, "together"},
                                                    {Script::Closing::half, "half"},
                                                    {Script::Closing::early, "early"},
                                                    {Script::Closing::client_aborts, "client_aborts"},
                                                    {Script::Closing::server_crashes, "server_crashes"},
                                                    {Script::Closing::client_crashes, "client_crashes"},
                                                    {Script::Closing::nobody, "nobody"},
                                                    {Script::Closing::simultaneous, "simultaneous"}}};
constexpr Names<Ended, 5> ended_names{{{Ended::closed, "closed"},
                                       {Ended::rest, "rest"},
                                       {Ended::most_events, "max_events"},
                                       {Ended::most_ns, "max_seconds"},
                                       {Ended::stopped, "stopped"}}};

SimulatedEnd end_from(const py::object& policy, const py::object& octets, const py::object& rcv_wnd,
                      const std::optional<py::object>& iss, const std::optional<py::object>& mss,
                      const std::optional<py::object>& wscale, bool timestamps, bool sack_permitted, bool reads_late) {
    SimulatedEnd e;
    e.policy = policy_from(policy);
    e.octets = number(octets, "octets");
    e.rcv_wnd = number(rcv_wnd, "rcv_wnd");
    if (iss) e.iss = Seq{number(*iss, "iss")};
    if (mss) e.mss = static_cast<std::uint16_t>(number(*mss, "mss", 0xffff));
    if (mss && e.mss == 0) throw py::value_error("mss: 0 is outside 1..65535");
    if (wscale) e.wscale = static_cast<std::int8_t>(number(*wscale, "wscale", 14));
    e.timestamps = timestamps;
    e.sack_permitted = sack_permitted;
    e.reads_late = reads_late;
    return e;
}

Simulation run(const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedPath& to_server,
               const SimulatedPath& to_client, std::uint64_t seed, const SimulatedCourse& course,
               const SimulationLimits& limits, py::object progress) {
    LongWork work{std::move(progress)};
    const py::gil_scoped_release release;
    return simulate(client, server, SimulatedNetwork{to_server, to_client}, seed, course, limits,
                    [&](const SimulationProgress& p) {
                        work.go_on(p.events, 0);
                        return true;
                    });
}

py::list events_of(const Simulation& s) {
    py::list rows;
    for (std::size_t i = 0; i < s.recording.events.size(); ++i) {
        const Recorded& r = s.recording.events[i];
        const Moment& m = s.history.moments.at(i);
        rows.append(py::make_tuple(m.time_ns.value_or(0), r.peer == Peer::a ? "client" : "server",
                                   r.crash ? py::object(py::none()) : py::cast(r.event),
                                   r.crash ? py::object(py::none()) : py::cast(r.outcome), m.states[0], m.states[1],
                                   r.from));
    }
    return rows;
}

}  // namespace

void register_simulation(py::module_& m) {
    py::class_<SimulatedEnd>(m, "SimulatedEnd")
        .def(py::init(&end_from), py::kw_only(), py::arg("policy"), py::arg("octets"), py::arg("rcv_wnd"),
             py::arg("iss"), py::arg("mss"), py::arg("wscale"), py::arg("timestamps"), py::arg("sack_permitted"),
             py::arg("reads_late"));
    py::class_<SimulatedPath>(m, "SimulatedPath")
        .def(py::init(
                 [](double loss, double duplicate, double reorder, std::int64_t latency_ns, std::int64_t jitter_ns) {
                     return SimulatedPath{loss, duplicate, reorder, latency_ns, jitter_ns};
                 }),
             py::kw_only(), py::arg("loss"), py::arg("duplicate"), py::arg("reorder"), py::arg("latency_ns"),
             py::arg("jitter_ns"));
    py::class_<SimulatedCourse>(m, "SimulatedCourse")
        .def(py::init([](const std::string& opening, const std::string& closing, const py::object& incarnations,
                         std::int64_t msl_ns, std::int64_t fin_wait_2_ns, std::int64_t user_timeout_ns,
                         std::int64_t r2_ns) {
                 return SimulatedCourse{value_of(opening_names, "opening", opening),
                                        value_of(closing_names, "closing", closing),
                                        static_cast<std::uint8_t>(number(incarnations, "incarnations", 255)),
                                        Durations{msl_ns, fin_wait_2_ns, user_timeout_ns, r2_ns}};
             }),
             py::kw_only(), py::arg("opening"), py::arg("closing"), py::arg("incarnations"), py::arg("msl_ns"),
             py::arg("fin_wait_2_ns"), py::arg("user_timeout_ns"), py::arg("r2_ns"));
    py::class_<Simulation>(m, "Simulation")
        .def_property_readonly("history", [](const Simulation& s) { return s.history; })
        .def_property_readonly("events", &events_of)
        .def_property_readonly("client", [](const Simulation& s) { return s.ends[0]; })
        .def_property_readonly("server", [](const Simulation& s) { return s.ends[1]; })
        .def_property_readonly(
            "traffic",
            [](const Simulation& s) {
                py::list rows;
                for (std::size_t i = 0; i < 2; ++i) {
                    const Traffic& t = s.traffic[i];
                    rows.append(py::make_tuple(i == 0 ? "client" : "server", t.sent, t.lost, t.duplicated, t.overtaken,
                                               t.retransmitted, t.accepted, t.delivered, s.gave_up[i]));
                }
                return rows;
            })
        .def_readonly("now_ns", &Simulation::now_ns)
        .def_property_readonly("ended", [](const Simulation& s) { return word_of(ended_names, s.ended); })
        .def("case", [](const Simulation& s, const std::string& title, const std::vector<std::string>& comment) {
            return to_case(s.recording, title, comment);
        });
    m.def("simulate", [](const SimulatedEnd& client, const SimulatedEnd& server, const SimulatedPath& to_server,
                         const SimulatedPath& to_client, std::uint64_t seed, const SimulatedCourse& course,
                         std::uint64_t most_events, std::int64_t most_ns, const py::object& progress) {
        return run(client, server, to_server, to_client, seed, course, SimulationLimits{most_events, most_ns},
                   progress);
    });
}

}  // namespace lastack::python
