// Progress on a terminal.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

/// One line on a terminal's standard error, written over ten times a second at most. What else is printed erases it
/// first, for standard output may be the same terminal.
class ProgressLine {
public:
    /// Nothing is shown before `quiet_for` is over.
    explicit ProgressLine(std::chrono::milliseconds quiet_for = std::chrono::milliseconds{0})
        : next_{std::chrono::steady_clock::now() + quiet_for} {}
    ~ProgressLine() { erase(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `text()` is asked for when it is time to show it.
    template <class Text>
    void show(Text text) {
        const auto now = std::chrono::steady_clock::now();
        if (!terminal_ || now < next_) return;
        next_ = now + std::chrono::milliseconds{100};
        fmt::print(stderr, "\r{:.79}\033[K", text());  // cut, for a line that wraps cannot be written over
        shown_ = true;
    }
    void erase() {
        if (shown_) fmt::print(stderr, "\r\033[K");
        shown_ = false;
    }

private:
    const bool terminal_{isatty(STDERR_FILENO) == 1};
    bool shown_{false};
    std::chrono::steady_clock::time_point next_;
};
