#include "convert.hpp"
#include "interrupt.hpp"
#include "lastack/exhaustive/why.hpp"

namespace lastack::python {

using exhaustive::Story;
using exhaustive::Told;

namespace {

py::tuple claims_of(const Story& s) {
    py::tuple all(s.claims.size());
    for (std::size_t i = 0; i < s.claims.size(); ++i) all[i] = py::str(s.claims[i]);
    return all;
}

std::unique_ptr<Told> tell(const std::string& name, unsigned threads, py::object progress) {
    const Story* story = exhaustive::story(name);
    if (story == nullptr) {
        throw py::value_error("no story has the name \"" + name +
                              "\"; the nearest: " + exhaustive::nearest_stories(name) + "; lastack.stories() has all");
    }
    LongWork work{std::move(progress)};
    const py::gil_scoped_release release;
    exhaustive::Limits limits;
    limits.threads = threads;
    limits.progress = [&](const explore::Progress& p) {
        work.go_on(p.states, 0);
        return true;
    };
    return std::make_unique<Told>(exhaustive::tell(*story, limits));
}

/// Returns (the run as a case file, what happened).
py::tuple shown(const exhaustive::Shown& s) { return py::make_tuple(s.case_text, s.history); }

}  // namespace

void register_why(py::module_& m) {
    m.def("stories", [] {
        py::list rows;
        for (const Story& s : exhaustive::stories())
            rows.append(py::make_tuple(s.name, s.question, s.place, claims_of(s)));
        return rows;
    });
    py::class_<Told>(m, "Told")
        .def_property_readonly("name", [](const Told& t) { return t.story->name; })
        .def_property_readonly("question", [](const Told& t) { return t.story->question; })
        .def_property_readonly("left_out", [](const Told& t) { return t.story->left_out; })
        .def_property_readonly("wrong", [](const Told& t) { return t.story->wrong; })
        .def_property_readonly("place", [](const Told& t) { return t.story->place; })
        .def_property_readonly("claims", [](const Told& t) { return claims_of(*t.story); })
        .def_property_readonly("protocol", [](const Told& t) { return exhaustive::full_protocol(*t.story); })
        .def_property_readonly("holds", [](const Told& t) { return t.story->sought.sentence; })
        .def_property_readonly("answer", [](const Told& t) { return exhaustive::name(t.answer); })
        .def_property_readonly("statement", [](const Told& t) { return exhaustive::statement(t); })
        .def_property_readonly("until_r2", [](const Told& t) { return t.until_r2; })
        .def_property_readonly("as_claimed", &Told::as_claimed)
        .def_property_readonly("path", [](const Told& t) { return py::tuple(py::cast(t.path.stem)); })
        .def_property_readonly("cycle", [](const Told& t) { return py::tuple(py::cast(t.path.cycle)); })
        .def_property_readonly("without", [](const Told& t) { return shown(t.counterexample); })
        .def_property_readonly("full", [](const Told& t) { return shown(t.same); })
        .def_property_readonly("searched",
                               [](const Told& t) {
                                   py::dict d;
                                   d["states"] = t.full.states;
                                   d["moves"] = t.full.moves;
                                   d["depth"] = t.full.depth;
                                   d["complete"] = t.full.why == explore::Stopped::complete;
                                   d["bounds"] = to_string(t.story->full);
                                   return d;
                               })
        .def_property_readonly("text", [](const Told& t) { return exhaustive::to_text(t); });
    m.def("tell", &tell);
}

}  // namespace lastack::python
