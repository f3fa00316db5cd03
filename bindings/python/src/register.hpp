// The module lastack._core, topic by topic. Order matters: what a signature names must be registered before it.
#pragma once

#include <pybind11/pybind11.h>

namespace lastack::python {

namespace py = pybind11;

void register_state(py::module_& m);
void register_segment(py::module_& m);
void register_policy(py::module_& m);
void register_event(py::module_& m);
void register_config(py::module_& m);
void register_outcome(py::module_& m);
void register_lifecycle(py::module_& m);
void register_clocks(py::module_& m);
void register_ladder(py::module_& m);
void register_case(py::module_& m);
void register_run(py::module_& m);
void register_simulation(py::module_& m);
void register_check(py::module_& m);
void register_explore(py::module_& m);
void register_why(py::module_& m);

}  // namespace lastack::python
