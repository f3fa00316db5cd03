#include <pybind11/numpy.h>

#include "convert.hpp"
#include "interrupt.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/decoder.hpp"
#include "lastack/support/run.hpp"

namespace lastack::python {

using namespace support;

namespace {

/// Returns (policy, [(event, outcome), ...]).
py::tuple run_words(const Words& words) {
    Recording recording;
    RunOptions options;
    options.recording = &recording;
    run_end(words, options);
    py::list events;
    for (const Recorded& r : recording.events) events.append(py::make_tuple(r.event, r.outcome));
    return py::make_tuple(recording.policies[0], events);
}

/// The segment that the word makes arrive at `c`; `header` is the run's first word.
Segment segment_near(Word word, const Config& c, Word header) {
    const Setting setting = decode_setting(header);
    return decode_arrival(word, c, right_segment(c, setting, Place{}), setting, Place{}).segment;
}

/// A NumPy array that owns `values`, without copying them.
py::array_t<std::uint64_t> array_of(std::vector<std::uint64_t> values, std::vector<py::ssize_t> shape) {
    auto kept = std::make_unique<std::vector<std::uint64_t>>(std::move(values));
    std::uint64_t* data = kept->data();
    const py::capsule owner(kept.release(), [](void* p) { delete static_cast<std::vector<std::uint64_t>*>(p); });
    return py::array_t<std::uint64_t>(std::move(shape), data, owner);
}

/// Returns (how often each rule fired, how often each cell of state x event was met, events).
py::tuple coverage(std::uint64_t sequences, std::size_t length, std::uint64_t seed, py::object progress) {
    Coverage counts = count_nothing();
    LongWork work{std::move(progress)};
    {
        const py::gil_scoped_release release;
        RunOptions options;
        options.coverage = &counts;
        support::Words words;
        Draw seeds{seed};
        for (std::uint64_t n = 0; n < sequences; ++n) {
            draw_words(seeds.bits(), length + 1, words);
            run_end(words, options);
            work.go_on(n, sequences);
        }
    }
    const std::size_t classes = event_class_count();
    std::vector<std::uint64_t> cells;
    for (const auto& row : counts.cells)
        cells.insert(cells.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(classes));
    const auto rule_count = static_cast<py::ssize_t>(counts.rules.size());
    return py::make_tuple(
        array_of(std::move(counts.rules), {rule_count}),
        array_of(std::move(cells), {static_cast<py::ssize_t>(state_count), static_cast<py::ssize_t>(classes)}),
        counts.events);
}

}  // namespace

void register_run(py::module_& m) {
    m.def("run_words", &run_words);
    m.def("segment_near", &segment_near);
    m.def("draw_words", [](std::uint64_t seed, std::size_t count) { return draw_words(seed, count); });
    m.def("coverage", &coverage, py::arg("sequences"), py::arg("length"), py::arg("seed"),
          py::arg("progress") = py::none());
    m.def("event_classes", [] {
        py::list names;
        for (std::size_t i = 0; i < event_class_count(); ++i) names.append(event_class_name(i));
        return py::tuple(names);
    });
}

}  // namespace lastack::python
