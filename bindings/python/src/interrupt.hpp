// Long work without the GIL, which Ctrl-C ends and which tells how far it is.
#pragma once

#include <chrono>

#include "register.hpp"

namespace lastack::python {

/// Made by the thread that holds the GIL, asked by the work while it is released.
class LongWork {
public:
    /// `progress`: None, or called with (done, total) some twenty times a second.
    explicit LongWork(py::object progress) : progress_{std::move(progress)} {}

    /// Throws what Python raised: KeyboardInterrupt, or an exception of `progress`.
    void go_on(std::uint64_t done, std::uint64_t total) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + std::chrono::milliseconds{50};
        const py::gil_scoped_acquire acquire;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!progress_.is_none()) progress_(done, total);
    }

private:
    py::object progress_;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace lastack::python
