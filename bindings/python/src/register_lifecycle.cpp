#include "convert.hpp"
#include "lastack/lifecycle/describe.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

py::list rule_rows() {
    py::list rows;
    for (const RuleInfo& r : rules()) {
        rows.append(py::make_tuple(std::string{r.id}, place(r), r.source, event_words(r), guard_words(r),
                                   action_words(r), r.target, r.keeps_state, std::string{r.check}, alternative(r)));
    }
    return rows;
}

constexpr Names<Schedule, 3> schedule_names{
    {{Schedule::eager, "eager"}, {Schedule::delayed_ack, "delayed_ack"}, {Schedule::random, "random"}}};

SchedulerOptions scheduler_options(std::string_view schedule, std::uint64_t draw, bool probe, const py::object& iss,
                                   const py::object& max_text, const std::optional<py::object>& mss,
                                   const std::optional<py::object>& wscale, bool timestamps, bool sack_permitted,
                                   const py::object& tsval) {
    SchedulerOptions o;
    o.schedule = value_of(schedule_names, "schedule", schedule);
    o.draw = draw;
    o.probe = probe;
    o.iss = Seq{number(iss, "iss")};
    o.max_text = number(max_text, "max_text");
    if (o.max_text == 0) throw py::value_error("max_text: 0 is outside 1..4294967295");
    if (mss) o.mss = static_cast<std::uint16_t>(number(*mss, "mss", 0xffff));
    if (mss && o.mss == 0) throw py::value_error("mss: 0 is outside 1..65535");
    if (wscale) o.wscale = static_cast<std::int8_t>(number(*wscale, "wscale", 14));
    o.timestamps = timestamps;
    o.sack_permitted = sack_permitted;
    o.tsval = number(tsval, "tsval");
    return o;
}

}  // namespace

void register_lifecycle(py::module_& m) {
    m.def(
        "step",
        [](const Config& c, const py::object& event, const py::object& p) {
            const Policy policy = policy_from(p);
            return with_event(event, [&](const auto& e) { return step(c, e, policy); });
        },
        py::arg("config"), py::arg("event"), py::arg("policy") = py::none(),
        "What happens to a connection end in `config` at `event` (RFC 9293 3.10). Nothing is changed: the same "
        "arguments give the same Outcome.\n\npolicy: a Policy, the name of a profile, \"choice=reading ...\" or None; "
        "choices that it leaves open take their first reading, and Outcome.asked tells that this was so. ValueError "
        "for a policy that there is not.");
    py::class_<Allowed>(m, "Allowed", "One answer that the RFC allows, and who gives it.")
        .def_readonly("outcome", &Allowed::outcome, "The answer.")
        .def_property_readonly(
            "policies",
            [](const Allowed& a) {
                py::list policies;
                for (const Policy& p : a.policies) policies.append(p);
                return py::tuple(policies);
            },
            "The policies that give it.")
        .def("__repr__", [](const py::object& a) {
            return py::str("<Allowed {!r} under {}>")
                .format(a.attr("outcome"),
                        py::str(" | ").attr("join")(
                            py::module_::import("builtins").attr("map")(py::type::of(py::str()), a.attr("policies"))));
        });
    m.def(
        "allowed",
        [](const Config& c, const py::object& event, const py::object& p) {
            return allowed(c, event_from(event), policy_from(p));
        },
        py::arg("config"), py::arg("event"), py::arg("policy") = py::none(),
        "Every answer that some policy inside `policy` gives to `event`, as a list of Allowed; it branches on just "
        "those open choices that the event asks about. Outcomes that are alike are one entry. Arguments as for "
        "`step`.");
    m.def("rule_rows", &rule_rows);
    m.def("departures", [](const Config& c, const SchedulerOptions& o) { return departures(c, o); });
    m.def("next_departure", [](const Config& c, const SchedulerOptions& o) { return next_departure(c, o); });
    py::class_<SchedulerOptions>(m, "SchedulerOptions")
        .def(py::init(&scheduler_options), py::kw_only(), py::arg("schedule") = "eager", py::arg("draw") = 0,
             py::arg("probe") = false, py::arg("iss") = 0, py::arg("max_text") = 65535, py::arg("mss") = py::none(),
             py::arg("wscale") = py::none(), py::arg("timestamps") = false, py::arg("sack_permitted") = false,
             py::arg("tsval") = 0);
}

}  // namespace lastack::python
