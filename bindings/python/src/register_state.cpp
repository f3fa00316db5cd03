#include <pybind11/native_enum.h>

#include "convert.hpp"
#include "lastack/vocabulary/state.hpp"

namespace lastack::python {

namespace {

// Kept for as long as the process lives, like the enumeration itself.
std::array<PyObject*, state_count> members{};

}  // namespace

py::object state_object(State s) { return py::reinterpret_borrow<py::object>(members[static_cast<std::size_t>(s)]); }

void register_state(py::module_& m) {
    py::native_enum<State>(m, "State", "lastack._enums.NamedState")
        .value("CLOSED", State::Closed)
        .value("LISTEN", State::Listen)
        .value("SYN_SENT", State::SynSent)
        .value("SYN_RECEIVED", State::SynReceived)
        .value("ESTABLISHED", State::Established)
        .value("FIN_WAIT_1", State::FinWait1)
        .value("FIN_WAIT_2", State::FinWait2)
        .value("CLOSE_WAIT", State::CloseWait)
        .value("CLOSING", State::Closing)
        .value("LAST_ACK", State::LastAck)
        .value("TIME_WAIT", State::TimeWait)
        .finalize();
    for (const State s : all_states) members[static_cast<std::size_t>(s)] = py::cast(s).release().ptr();
    m.def("state_synchronized", [](State s) { return synchronized(s); });
}

}  // namespace lastack::python
