#include "convert.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/outcome.hpp"
#include "names.hpp"

namespace lastack::python {

namespace {

py::tuple signals_of(const Outcome& o) {
    py::list names;
    for (unsigned bit = 0; bit < 16; ++bit) {
        const auto signal = static_cast<std::uint16_t>(o.signals & (1u << bit));
        if (signal != 0) names.append(name_of_signal(signal));
    }
    return py::tuple(names);
}

py::tuple rules_of(const Outcome& o) {
    py::list ids;
    for (std::size_t i = 0; i < o.fired_count; ++i) ids.append(id(o.fired[i]));
    return py::tuple(ids);
}

bool equal(const Outcome& a, const Outcome& b) {
    return a.next == b.next && a.verdict == b.verdict && a.reply == b.reply && a.signals == b.signals &&
           a.restarted == b.restarted && a.delivered == b.delivered && a.acknowledged == b.acknowledged &&
           std::equal(a.fired.begin(), a.fired.begin() + a.fired_count, b.fired.begin(),
                      b.fired.begin() + b.fired_count);
}

}  // namespace

void register_outcome(py::module_& m) {
    py::class_<Outcome>(m, "Outcome", "What came of one event.")
        .def_readonly("next", &Outcome::next, "What the end is in then.")
        .def_property_readonly(
            "verdict", [](const Outcome& o) { return word_of(verdict_names, o.verdict); },
            "\"transition\": the state changed. \"no_change\": handled, the state stayed. \"ignored\": dropped or "
            "without effect. \"refused\": an error reply to a call, or a departure that the RFC does not allow; `next` "
            "is then as before.")
        .def_property_readonly(
            "reply",
            [](const Outcome& o) {
                return o.reply == Reply::none ? std::nullopt : std::optional{std::string{name(o.reply)}};
            },
            "Reply to a call in the RFC's words: \"ok\", \"error: connection does not exist\", ...; None when there is "
            "none.")
        .def_property_readonly("signals", &signals_of,
                               "What the user is told, in words: \"connection established\", \"connection reset\", ...")
        .def_property_readonly("rules", &rules_of, "Ids of the rules that fired, in order.")
        .def_property_readonly(
            "restarted", [](const Outcome& o) { return timers_of(o.restarted); }, "Timers started, or started anew.")
        .def_readonly("delivered", &Outcome::delivered, "Octets handed to RECEIVEs.")
        .def_readonly("acknowledged", &Outcome::acknowledged, "Octets of SENDs that are newly acknowledged.")
        .def_property_readonly(
            "asked",
            [](const Outcome& o) {
                return o.asked ? std::optional{std::string{info(o.first_asked).name}} : std::nullopt;
            },
            "A choice that the policy left open and that was asked: its first reading was taken. None when there was "
            "none; `allowed` tells the others.")
        .def("__repr__",
             [](const Outcome& o) {
                 std::string text = "<Outcome " + std::string{name(o.verdict)};
                 if (o.reply != Reply::none) text += " \"" + std::string{name(o.reply)} + "\"";
                 for (std::size_t i = 0; i < o.fired_count; ++i)
                     text += (i == 0 ? " by " : ", ") + std::string{id(o.fired[i])};
                 return text + ": " + to_string(o.next) + ">";
             })
        .def("__eq__", &equal, py::is_operator())
        .def("__hash__", [](const Outcome& o) { return py::hash(py::str(to_string(o.next))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(pickle_of<Outcome>());
}

}  // namespace lastack::python
