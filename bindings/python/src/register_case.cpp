#include "convert.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/case.hpp"

namespace lastack::python {

using support::Case;
using support::Run;

void register_case(py::module_& m) {
    m.def("case_texts", [] {
        py::dict texts;
        for (const support::BuiltInCase& c : support::built_in_cases())
            texts[py::str(std::string{c.name})] = std::string{c.text};
        return texts;
    });
    py::class_<Case>(m, "Case")
        .def(py::init([](const std::string& text, const std::string& file) {
            std::string error;
            auto parsed = support::parse_case(text, file, error);
            if (!parsed) throw py::value_error(error);
            return std::move(*parsed);
        }))
        .def_readonly("title", &Case::title)
        .def_property_readonly("description",
                               [](const Case& c) {
                                   std::string text;
                                   for (const std::string& line : c.description)
                                       text += (text.empty() ? "" : "\n") + line;
                                   return text;
                               })
        .def_property_readonly("fault", [](const Case& c) {
            std::string text;
            if (c.instruments.off) text = "without " + std::string{id(c.instruments.off)};
            if (c.instruments.inverted) text = "inverted " + std::string{id(c.instruments.inverted)};
            const std::string_view variant = name(c.instruments.variant);
            if (!variant.empty()) text = "variant " + std::string{variant};
            return text;
        });
    m.def("play_case", [](const Case& c) {
        Run run = [&] {
            const py::gil_scoped_release release;
            return support::play(c);
        }();
        return py::make_tuple(std::move(run.history), run.ends[0], run.ends[1],
                              run.mismatch ? py::object(py::str(to_string(*run.mismatch))) : py::object(py::none()));
    });
}

}  // namespace lastack::python
