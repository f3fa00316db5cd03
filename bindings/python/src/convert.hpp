// Between the vocabulary's types and Python's: names as strings, numbers as int, what may be absent as None.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/segment.hpp"
#include "lastack/vocabulary/state.hpp"
#include "register.hpp"

namespace lastack::python {

/// What Python calls the enumerators of E, in the order of the enumeration.
template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

template <class E, std::size_t N>
std::string_view word_of(const Names<E, N>& names, E value) {
    for (const auto& [v, word] : names) {
        if (v == value) return word;
    }
    return "?";
}

/// Throws ValueError with what there is to choose from. Case, blanks and underscores do not matter.
template <class E, std::size_t N>
E value_of(const Names<E, N>& names, std::string_view what, std::string_view given) {
    std::string plain{given};
    for (char& c : plain)
        c = c == ' ' || c == '-' ? '_' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    for (const auto& [v, word] : names) {
        if (word == plain) return v;
    }
    std::string all;
    for (const auto& [v, word] : names) all.append(all.empty() ? "" : ", ").append(word);
    throw py::value_error("no such " + std::string{what} + ": \"" + std::string{given} + "\"; there are " + all);
}

/// `value` as an unsigned number of at most `most`; ValueError names it otherwise, TypeError what is no int. A bool is
/// none here: Python takes it for one, but who writes it means something else.
std::uint32_t number(py::handle value, std::string_view what, std::uint32_t most = 0xffffffffu);

/// The path that Python gave as os.fsencode has it.
inline py::str path_str(const std::string& path) {
    return py::reinterpret_steal<py::str>(
        PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<py::ssize_t>(path.size())));
}

/// A value as it lies in memory, for a process of the same build: rules are numbers in it, which another build may not
/// mean.
template <class T>
auto pickle_of() {
    static_assert(std::is_trivially_copyable_v<T>);
    return py::pickle(
        [](const T& value) {
            return py::make_tuple(LASTACK_VERSION, rules().size(),
                                  py::bytes(reinterpret_cast<const char*>(&value), sizeof value));
        },
        [](const py::tuple& state) {
            const auto octets = py::cast<std::string>(state[2]);
            if (py::cast<std::string>(state[0]) != LASTACK_VERSION ||
                py::cast<std::size_t>(state[1]) != rules().size() || octets.size() != sizeof(T))
                throw py::value_error("pickled by another build of lastack");
            T value;
            std::memcpy(&value, octets.data(), sizeof value);
            return value;
        });
}

/// __copy__ and __deepcopy__ of a value that does not change.
inline py::object same(const py::object& value) { return value; }
inline py::object same_deep(const py::object& value, const py::dict&) { return value; }

/// `value` as UTF-8; TypeError where it is no str, ValueError where it has a lone surrogate.
std::string utf8(py::handle value, std::string_view what);

/// A Policy, a name of a profile, "choice=reading ...", or None for any.
Policy policy_from(const py::object& given);
/// A Segment, or one in notation.
Segment segment_from(const py::object& given);

/// The member of lastack.State: quicker than the caster, which asks the enumeration each time.
py::object state_object(State);

/// Calls `f` with the Call, Arrival, Timeout or Departure that `event` is: quicker than a caster of std::variant, which
/// tries one after the other and copies.
template <class F>
auto with_event(const py::object& event, F f) {
    const auto is = [&event](const py::handle& type) {
        return reinterpret_cast<PyObject*>(Py_TYPE(event.ptr())) == type.ptr();
    };
    static const std::array<py::handle, 4> types{py::type::of<Arrival>(), py::type::of<Departure>(),
                                                 py::type::of<Call>(), py::type::of<Timeout>()};
    if (is(types[0])) return f(event.cast<const Arrival&>());
    if (is(types[1])) return f(event.cast<const Departure&>());
    if (is(types[2])) return f(event.cast<const Call&>());
    if (is(types[3])) return f(event.cast<const Timeout&>());
    throw py::type_error("event: a Call, Arrival, Timeout or Departure is needed, not " +
                         py::cast<std::string>(py::type::of(event).attr("__name__")));
}
inline Event event_from(const py::object& event) {
    return with_event(event, [](const auto& e) { return Event{e}; });
}

}  // namespace lastack::python
