// lastack._core: the C++ side of the package. It is private; `lastack` is what people import, and its docstrings and
// stubs are in lastack/.
#include "register.hpp"

PYBIND11_MODULE(_core, m) {
    namespace bind = lastack::python;
    m.attr("__version__") = LASTACK_VERSION;
    bind::register_state(m);
    bind::register_segment(m);
    bind::register_policy(m);
    bind::register_event(m);
    bind::register_config(m);
    bind::register_outcome(m);
    bind::register_lifecycle(m);
    bind::register_clocks(m);
    bind::register_ladder(m);
    bind::register_case(m);
    bind::register_run(m);
    bind::register_simulation(m);
    bind::register_check(m);
    bind::register_explore(m);
    bind::register_why(m);
    // For measuring what a call costs before it does anything.
    m.def("_empty_call", [] {});
}
