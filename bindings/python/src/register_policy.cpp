#include "convert.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::python {

namespace {

const ChoiceInfo& choice_named(std::string_view name) {
    std::string all;
    for (const ChoiceInfo& c : choices()) {
        if (c.name == name) return c;
        all.append(all.empty() ? "" : ", ").append(c.name);
    }
    throw py::value_error("no such choice: \"" + std::string{name} + "\"; there are " + all);
}

Policy with(Policy policy, const py::kwargs& readings) {
    for (const auto& [key, value] : readings) {
        const ChoiceInfo& choice = choice_named(utf8(key, "choice"));
        if (value.is_none()) {
            policy = policy.without(choice.choice);
            continue;
        }
        const std::string given = utf8(value, choice.name);
        const auto* last = choice.readings.begin() + choice.reading_count;
        const auto* found = std::find(choice.readings.begin(), last, given);
        if (found == last) {
            std::string all;
            for (const auto* r = choice.readings.begin(); r != last; ++r)
                all.append(all.empty() ? "" : ", ").append(*r);
            throw py::value_error(std::string{choice.name} + ": no such reading: \"" + given + "\"; there are " + all);
        }
        policy = policy.with(choice.choice, static_cast<std::uint8_t>(found - choice.readings.begin()));
    }
    return policy;
}

py::dict decided(const Policy& policy) {
    py::dict all;
    for (const ChoiceInfo& c : choices()) {
        if (policy.decided(c.choice))
            all[py::str(std::string{c.name})] = std::string{c.readings[policy.value(c.choice)]};
    }
    return all;
}

py::list choice_rows() {
    py::list rows;
    for (const ChoiceInfo& c : choices()) {
        py::list readings;
        for (std::size_t i = 0; i < c.reading_count; ++i) readings.append(std::string{c.readings[i]});
        rows.append(
            py::make_tuple(std::string{c.name}, py::tuple(readings), std::string{c.decision}, std::string{c.place}));
    }
    return rows;
}

py::list profile_rows() {
    py::list rows;
    for (const Profile& p : profiles()) rows.append(py::make_tuple(std::string{p.name}, p.policy, std::string{p.what}));
    return rows;
}

}  // namespace

Policy policy_from(const py::object& given) {
    if (given.is_none()) return {};
    if (py::isinstance<Policy>(given)) return py::cast<Policy>(given);
    if (!py::isinstance<py::str>(given))
        throw py::type_error("a policy is a Policy, the name of a profile, \"choice=reading ...\" or None");
    std::string error;
    const auto policy = parse_policy(utf8(given, "policy"), error);
    if (!policy) throw py::value_error(error);
    return *policy;
}

void register_policy(py::module_& m) {
    py::class_<Policy>(
        m, "Policy",
        "Choices that a stack makes once, because the RFC leaves them open, contradicts itself, or lets another RFC "
        "decide: some decided, the others open. `choices()` lists them. It does not change.\n\n    Policy('linux')\n   "
        " Policy(rst_validation='rfc793')\n    Policy('rfc9293', half_duplex='on', zero_window=None)\n\nThe base is a "
        "Policy, the name of a profile, \"choice=reading ...\" or None; keywords decide choices, None opens one. "
        "ValueError for what there is not.")
        .def(py::init(
                 [](const py::object& base, const py::kwargs& readings) { return with(policy_from(base), readings); }),
             py::arg("base") = py::none(), py::pos_only())
        .def("replace", &with,
             "The same policy with these choices decided otherwise; None opens one. ValueError for what there is not.")
        .def_property_readonly("decided", &decided, "What is decided: reading by choice (a new dict).")
        .def(
            "compatible", [](const Policy& p, const py::object& o) { return p.compatible(policy_from(o)); },
            py::arg("other"), "Some stack could follow both: no choice is decided differently.")
        .def(
            "refines", [](const Policy& p, const py::object& o) { return p.refines(policy_from(o)); }, py::arg("other"),
            "Every choice that `other` decides is decided here, and alike.")
        .def(
            "__and__",
            [](const Policy& a, const Policy& b) {
                if (!a.compatible(b))
                    throw py::value_error("no stack follows both " + to_string(a) + " and " + to_string(b));
                return a.intersect(b);
            },
            py::is_operator())
        .def("__str__", [](const Policy& p) { return to_string(p); })
        .def("__repr__", [](const Policy& p) { return p.fully_open() ? "Policy()" : "Policy('" + to_string(p) + "')"; })
        .def(
            "__eq__", [](const Policy& a, const Policy& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Policy& p) { return py::hash(py::str(to_string(p))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(py::pickle([](const Policy& p) { return py::make_tuple(to_string(p)); },
                        [](const py::tuple& state) {
                            return py::cast<std::string>(state[0]) == "any" ? Policy{} : policy_from(state[0]);
                        }));
    m.def("choice_rows", &choice_rows);
    m.def("profile_rows", &profile_rows);
}

}  // namespace lastack::python
