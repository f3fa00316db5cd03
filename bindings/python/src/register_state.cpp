#include <pybind11/native_enum.h>

#include "lastack/vocabulary/state.hpp"
#include "register.hpp"

namespace lastack::python {

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
    m.def("state_synchronized", [](State s) { return synchronized(s); });
}

}  // namespace lastack::python
