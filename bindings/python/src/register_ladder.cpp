#include "convert.hpp"
#include "ladder.hpp"
#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/ladder.hpp"

namespace lastack::python {

using support::History;
using support::Moment;
using support::Peer;

namespace {

constexpr Names<Moment::Fate, 3> fate_names{
    {{Moment::Fate::arrived, "arrived"}, {Moment::Fate::under_way, "under_way"}, {Moment::Fate::lost, "lost"}}};

/// Adds a moment and returns its index.
std::size_t add(History& h, const std::string& kind, const std::string& who, std::array<State, 2> states,
                std::string text, const std::optional<Segment>& segment, std::optional<std::size_t> from,
                std::vector<std::string> signals, const std::vector<std::string>& rules,
                std::optional<std::int64_t> time_ns) {
    Moment m;
    m.kind = kind == "note"        ? Moment::Kind::note
             : kind == "departure" ? Moment::Kind::departure
                                   : Moment::Kind::arrival;
    m.peer = value_of(peer_names, "end", who);
    m.states = states;
    m.text = std::move(text);
    m.segment = segment.value_or(Segment{});
    if (from && *from >= h.moments.size()) throw py::index_error("from: there is no such moment");
    m.from = from;
    m.signals = std::move(signals);
    for (const std::string& r : rules) m.rules.push_back(rule(r));
    m.time_ns = time_ns;
    h.moments.push_back(std::move(m));
    return h.moments.size() - 1;
}

}  // namespace

Numbers numbers_from(std::string_view given) {
    constexpr Names<Numbers, 3> names{
        {{Numbers::relative, "relative"}, {Numbers::absolute, "absolute"}, {Numbers::symbolic, "symbolic"}}};
    return value_of(names, "kind of numbers", given);
}

void register_ladder(py::module_& m) {
    py::class_<History>(m, "History")
        .def(py::init([](std::array<State, 2> start, bool b_is_played) {
                 History h;
                 h.start = start;
                 h.b_is_played = b_is_played;
                 return h;
             }),
             py::arg("start"), py::kw_only(), py::arg("b_is_played") = false)
        .def("add", &add, py::arg("kind"), py::arg("who"), py::arg("states"), py::kw_only(), py::arg("text") = "",
             py::arg("segment") = py::none(), py::arg("departure") = py::none(),
             py::arg("signals") = std::vector<std::string>{}, py::arg("rules") = std::vector<std::string>{},
             py::arg("time_ns") = py::none())
        .def("set_isn", [](History& h, const std::string& who,
                           std::uint32_t isn) { h.isn[index(value_of(peer_names, "end", who))] = Seq{isn}; })
        .def("set_fate", [](History& h, std::size_t i,
                            const std::string& fate) { h.moments.at(i).fate = value_of(fate_names, "fate", fate); })
        .def("__len__", [](const History& h) { return h.moments.size(); })
        .def("__copy__", [](const History& h) { return h; })
        .def(
            "text",
            [](const History& h, const std::string& numbers, bool bits, bool rules) {
                return ladder(h, support::LadderOptions{numbers_from(numbers), bits, rules});
            },
            py::arg("numbers"), py::arg("bits"), py::arg("rules"));
}

}  // namespace lastack::python
