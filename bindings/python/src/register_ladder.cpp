#include "convert.hpp"
#include "ladder.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/ladder_svg.hpp"
#include "lastack/support/wording.hpp"

namespace lastack::python {

using support::History;
using support::Moment;
using support::Peer;

namespace {

constexpr Names<Moment::Fate, 3> fate_names{
    {{Moment::Fate::arrived, "arrived"}, {Moment::Fate::under_way, "under_way"}, {Moment::Fate::lost, "lost"}}};

/// A segment of which nothing more is known than that it left or arrived.
std::size_t add(History& h, const std::string& kind, const std::string& who, std::array<State, 2> states,
                const Segment& segment, std::vector<std::string> signals, std::optional<std::int64_t> time_ns) {
    Moment m;
    m.kind = kind == "departure" ? Moment::Kind::departure : Moment::Kind::arrival;
    m.peer = value_of(peer_names, "end", who);
    m.states = states;
    m.segment = segment;
    m.signals = std::move(signals);
    m.time_ns = time_ns;
    h.moments.push_back(std::move(m));
    return h.moments.size() - 1;
}

/// A step of an end, `states` being those of both behind it. Returns the number of the moment; `departure` is that of
/// the moment in which left what arrives.
std::size_t tell(History& h, const std::string& who, const Config& before, const py::object& given,
                 const Outcome& outcome, std::array<State, 2> states, std::optional<std::size_t> departure,
                 std::optional<std::int64_t> time_ns) {
    const Event event = event_from(given);
    Moment m;
    m.peer = value_of(peer_names, "end", who);
    m.states = states;
    m.text = support::words_of(event);
    if (const auto* d = std::get_if<Departure>(&event)) {
        m.kind = Moment::Kind::departure;
        m.segment = d->segment;
    } else if (const auto* a = std::get_if<Arrival>(&event)) {
        m.kind = Moment::Kind::arrival;
        m.segment = a->segment;
        if (departure && *departure >= h.moments.size()) throw py::index_error("departure: there is no such moment");
        m.from = departure;
    }
    m.signals = support::worth_a_line(before.state, event, outcome);
    m.rules.assign(outcome.fired.begin(), outcome.fired.begin() + outcome.fired_count);
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
        .def("add", &add, py::arg("kind"), py::arg("who"), py::arg("states"), py::arg("segment"), py::kw_only(),
             py::arg("signals") = std::vector<std::string>{}, py::arg("time_ns") = py::none())
        .def("tell", &tell, py::arg("who"), py::arg("before"), py::arg("event"), py::arg("outcome"), py::arg("states"),
             py::kw_only(), py::arg("departure") = py::none(), py::arg("time_ns") = py::none())
        .def("set_isn", [](History& h, const std::string& who,
                           std::uint32_t isn) { h.isn[index(value_of(peer_names, "end", who))] = Seq{isn}; })
        .def("set_fate", [](History& h, std::size_t i,
                            const std::string& fate) { h.moments.at(i).fate = value_of(fate_names, "fate", fate); })
        .def("first",
             [](const History& h, std::size_t count) {
                 History begin = h;
                 if (count < begin.moments.size()) begin.moments.resize(count);
                 return begin;
             })
        .def("__len__", [](const History& h) { return h.moments.size(); })
        .def(
            "text",
            [](const History& h, const std::string& numbers, bool bits, bool rules) {
                return ladder(h, support::LadderOptions{numbers_from(numbers), bits, rules});
            },
            py::arg("numbers"), py::arg("bits"), py::arg("rules"))
        .def("svg", [](const History& h, const std::string& numbers, bool bits, bool rules, const std::string& title,
                       const std::string& left, const std::string& right) {
            support::LadderSvgOptions options;
            options.notation = {numbers_from(numbers), bits, rules};
            options.title = title;
            options.names = {left, right};
            return support::ladder_svg(h, options);
        });
}

}  // namespace lastack::python
