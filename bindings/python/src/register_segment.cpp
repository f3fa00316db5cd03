#include <pybind11/native_enum.h>

#include "convert.hpp"
#include "ladder.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "lastack/vocabulary/wire.hpp"

namespace lastack::python {

namespace {

struct Letter {
    char letter;
    std::uint8_t bit;
};
// In packetdrill's order, in which they are printed.
constexpr std::array<Letter, 8> letters{{{'F', flag::fin},
                                         {'S', flag::syn},
                                         {'R', flag::rst},
                                         {'P', flag::psh},
                                         {'.', flag::ack},
                                         {'U', flag::urg},
                                         {'E', flag::ece},
                                         {'W', flag::cwr}}};

std::uint8_t flags_from(std::string_view text) {
    std::uint8_t flags = 0;
    if (text == "-") return flags;
    for (const char c : text) {
        const auto* found =
            std::find_if(letters.begin(), letters.end(), [c](const Letter& l) { return l.letter == c; });
        if (found == letters.end() || (flags & found->bit) != 0)
            throw py::value_error("flags: \"" + std::string{text} +
                                  "\": each of F S R P . U E W at most once, or - for none");
        flags |= found->bit;
    }
    return flags;
}

std::string flags_text(const Segment& s) {
    std::string text;
    for (const Letter& l : letters) {
        if ((s.flags & l.bit) != 0) text += l.letter;
    }
    return text.empty() ? "-" : text;
}

Segment parse(std::string_view notation) {
    std::string error;
    const auto segment = parse_segment(notation, error);
    if (!segment) throw py::value_error(error + ", in \"" + std::string{notation} + "\"");
    return *segment;
}

template <class T>
std::optional<T> unless(T value, T absent) {
    return value == absent ? std::nullopt : std::optional<T>{value};
}

/// What keywords say; `s` is where the others come from.
Segment with(Segment s, const py::kwargs& fields) {
    for (const auto& [key, value] : fields) {
        const std::string name = utf8(key, "the name of a field");
        const auto whole = [&](std::uint32_t most = 0xffffffffu) { return number(value, name, most); };
        const auto truth = [&] {
            if (!py::isinstance<py::bool_>(value)) throw py::type_error(name + ": True or False is needed");
            return py::cast<bool>(value);
        };
        if (name == "flags") {
            s.flags = flags_from(utf8(value, name));
        } else if (name == "seq") {
            s.seq = Seq{whole()};
        } else if (name == "ack") {
            if (value.is_none()) {
                s.flags &= static_cast<std::uint8_t>(~flag::ack);
                s.ack = Seq{};
            } else {
                s.flags |= flag::ack;
                s.ack = Seq{whole()};
            }
        } else if (name == "text") {
            s.text = whole();
        } else if (name == "wnd") {
            s.wnd = static_cast<std::uint16_t>(whole(0xffff));
        } else if (name == "urgent") {
            s.urgent = static_cast<std::uint16_t>(whole(0xffff));
        } else if (name == "mss") {
            s.mss = value.is_none() ? std::uint16_t{0} : static_cast<std::uint16_t>(whole(0xffff));
            if (!value.is_none() && s.mss == 0) throw py::value_error("mss: 0 is outside 1..65535");
        } else if (name == "wscale") {
            s.wscale = value.is_none() ? Segment::no_wscale : static_cast<std::int8_t>(whole(14));
        } else if (name == "timestamps") {
            s.has_ts = !value.is_none();
            s.tsval = s.tsecr = 0;
            if (s.has_ts) {
                if (!py::isinstance<py::tuple>(value) || py::len(value) != 2)
                    throw py::type_error("timestamps: a tuple (TSval, TSecr) is needed");
                const auto pair = py::reinterpret_borrow<py::tuple>(value);
                s.tsval = number(pair[0], "timestamps[0]");
                s.tsecr = number(pair[1], "timestamps[1]");
            }
        } else if (name == "sack_permitted") {
            s.sack_permitted = truth();
        } else if (name == "security_mismatch") {
            s.security_mismatch = truth();
        } else {
            throw py::type_error("a segment has no field \"" + name +
                                 "\"; there are flags, seq, ack, text, wnd, urgent, mss, wscale, timestamps, "
                                 "sack_permitted, security_mismatch");
        }
    }
    if (!s.has_ack()) s.ack = Seq{};
    return s;
}

Segment make(const std::optional<py::str>& notation, const py::kwargs& fields) {
    return with(notation ? parse(utf8(*notation, "segment")) : Segment{}, fields);
}

std::string print(const Segment& s, std::string_view numbers, const py::object& sender_isn,
                  const py::object& receiver_isn, bool bits) {
    Frame frame;
    frame.numbers = numbers_from(numbers);
    frame.sender_isn = Seq{number(sender_isn, "sender_isn")};
    frame.receiver_isn = Seq{number(receiver_isn, "receiver_isn")};
    frame.bits = bits;
    return to_string(s, frame);
}

/// (segment, source, destination, text, checksum, octet where an option is at fault or None).
py::tuple parse_octets(const py::bytes& octets, std::size_t length) {
    const std::string_view view = octets;
    const auto* data = reinterpret_cast<const std::uint8_t*>(view.data());
    const Parsed p = parse_packet(std::span{data, view.size()}, length);
    if (!p.has_segment())
        throw py::value_error("octet " + std::to_string(p.fault_at) + ": " + std::string{name(p.fault)});
    constexpr std::array<const char*, 4> checksums{"correct", "offloaded", "wrong", "unknown"};
    const std::size_t at = std::min<std::size_t>(p.text_at, view.size());
    return py::make_tuple(
        p.segment, to_string(p.src), to_string(p.dst),
        py::bytes(view.data() + at, std::min<std::size_t>(p.segment.text, view.size() - at)),
        checksums[static_cast<std::size_t>(p.checksum)],
        p.fault == Fault::none ? py::object(py::none()) : py::object(py::str(std::string{name(p.fault)})));
}

Endpoint endpoint(const py::bytes& address, std::uint16_t port) {
    const std::string_view octets = address;
    if (octets.size() == 4) {
        std::array<std::uint8_t, 4> a{};
        std::copy(octets.begin(), octets.end(), a.begin());
        return ipv4_endpoint(a, port);
    }
    std::array<std::uint8_t, 16> a{};
    if (octets.size() != a.size()) throw py::value_error("an address has 4 or 16 octets");
    std::copy(octets.begin(), octets.end(), a.begin());
    return ipv6_endpoint(a, port);
}

py::bytes octets_of(const Segment& s, const py::bytes& source, std::uint16_t source_port, const py::bytes& destination,
                    std::uint16_t destination_port, const py::bytes& text, std::uint8_t ttl) {
    const std::string_view view = text;
    std::vector<std::uint8_t> packet;
    const auto* data = reinterpret_cast<const std::uint8_t*>(view.data());
    const Unwritable why = serialise(s, endpoint(source, source_port), endpoint(destination, destination_port), packet,
                                     std::span{data, view.size()}, ttl);
    if (why != Unwritable::none) throw py::value_error(to_string(s) + ": " + std::string{name(why)});
    return py::bytes(reinterpret_cast<const char*>(packet.data()), packet.size());
}

}  // namespace

std::uint32_t number(py::handle value, std::string_view what, std::uint32_t most) {
    if (!PyIndex_Check(value.ptr()) || py::isinstance<py::bool_>(value))
        throw py::type_error(std::string{what} + ": an int is needed");
    const auto whole = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));  // NumPy's too
    if (!whole) throw py::error_already_set();
    int overflow = 0;
    const long long given = PyLong_AsLongLongAndOverflow(whole.ptr(), &overflow);
    if (overflow != 0 || given < 0 || given > static_cast<long long>(most))
        throw py::value_error(std::string{what} + ": " + py::cast<std::string>(py::str(value)) + " is outside 0.." +
                              std::to_string(most));
    return static_cast<std::uint32_t>(given);
}

std::string utf8(py::handle value, std::string_view what) {
    if (!py::isinstance<py::str>(value)) throw py::type_error(std::string{what} + ": a str is needed");
    py::ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
    if (text == nullptr) {
        PyErr_Clear();
        throw py::value_error(std::string{what} + ": " + py::cast<std::string>(py::repr(value)) +
                              " has a lone surrogate, and so no form in UTF-8");
    }
    return {text, static_cast<std::size_t>(size)};
}

Segment segment_from(const py::object& given) {
    if (py::isinstance<py::str>(given)) return parse(utf8(given, "segment"));
    if (!py::isinstance<Segment>(given)) throw py::type_error("a Segment, or one in notation, is needed");
    return py::cast<Segment>(given);
}

void register_segment(py::module_& m) {
    py::class_<Segment>(
        m, "Segment",
        "A TCP segment as the lifecycle sees it (RFC 9293 3.1): header fields, the options that matter to it, how many "
        "octets of text it carries. It does not change; `replace` makes another.\n\n    Segment('S. 300:300(0) ack 101 "
        "win 65535 <mss 1460>')\n    Segment(flags='S.', seq=300, ack=101, wnd=65535, mss=1460)\n\nNotation is "
        "packetdrill's, with absolute numbers; keywords change what it says. flags: letters F S R P . U E W, '-' for "
        "none; seq, ack: 0 to 2**32-1, ack sets the ACK bit, None clears it; text: octets, 0 to 2**32-1; wnd, urgent: "
        "0 to 65535, as on the wire; mss: 1 to 65535 or None; wscale: 0 to 14 or None; timestamps: (TSval, TSecr) or "
        "None; sack_permitted, security_mismatch: bool. ValueError for what is out of range, TypeError for an unknown "
        "keyword.")
        .def(py::init(&make), py::arg("notation") = py::none(), py::pos_only())
        .def("replace", &with, "The same segment with these fields instead; keywords and errors as for `Segment`.")
        .def_property_readonly(
            "flags", &flags_text,
            "Control bits in packetdrill's letters, in its order: F S R P . U E W; '-' when none is set.")
        .def_property_readonly(
            "bits",
            [](const Segment& s) {
                Frame frame;
                frame.bits = true;
                const std::string text = to_string(s, frame);
                return text.substr(text.find(' ') - 6, 6);  // before them CWR and ECE, when one of them is on
            },
            "The last six of the header's eight control bits, URG ACK PSH RST SYN FIN: '010010' is SYN,ACK (RFC "
            "9293 3.1).")
        .def_property_readonly(
            "seq", [](const Segment& s) { return s.seq.value; }, "SEG.SEQ, 0 to 2**32-1.")
        .def_property_readonly(
            "ack", [](const Segment& s) { return s.has_ack() ? std::optional{s.ack.value} : std::nullopt; },
            "SEG.ACK, 0 to 2**32-1; None when the ACK bit is off.")
        .def_readonly("text", &Segment::text, "Octets of text; SYN and FIN are not counted.")
        .def_readonly("wnd", &Segment::wnd, "SEG.WND as on the wire, 0 to 65535: not scaled.")
        .def_readonly("urgent", &Segment::urgent, "The urgent pointer as on the wire, 0 to 65535.")
        .def_property_readonly(
            "mss", [](const Segment& s) { return unless<int>(s.mss, 0); },
            "Maximum Segment Size option (RFC 9293 3.7.1), octets; None without.")
        .def_property_readonly(
            "wscale", [](const Segment& s) { return unless<int>(s.wscale, Segment::no_wscale); },
            "Window Scale option (RFC 7323 2), 0 to 14; None without.")
        .def_property_readonly(
            "timestamps",
            [](const Segment& s) {
                return s.has_ts ? std::optional{std::pair{s.tsval, s.tsecr}} : std::nullopt;
            },
            "Timestamps option (RFC 7323 3), (TSval, TSecr); None without.")
        .def_readonly("sack_permitted", &Segment::sack_permitted, "SACK-Permitted option (RFC 2018 2).")
        .def_readonly("security_mismatch", &Segment::security_mismatch,
                      "The IP layer reports another security or compartment (RFC 9293 A.1).")
        .def_property_readonly("fin", &Segment::fin, "The FIN bit.")
        .def_property_readonly("syn", &Segment::syn, "The SYN bit.")
        .def_property_readonly("rst", &Segment::rst, "The RST bit.")
        .def_property_readonly("psh", &Segment::psh, "The PSH bit.")
        .def_property_readonly("urg", &Segment::urg, "The URG bit.")
        .def_property_readonly("len", &Segment::len, "SEG.LEN: text, and one each for SYN and FIN (RFC 9293 3.4).")
        .def_property_readonly(
            "end", [](const Segment& s) { return s.end().value; },
            "The number behind everything that the segment occupies, SEG.SEQ+SEG.LEN modulo 2**32.")
        .def("notation", &print, py::arg("numbers") = "absolute", py::kw_only(), py::arg("sender_isn") = 0,
             py::arg("receiver_isn") = 0, py::arg("bits") = false,
             "In packetdrill's notation. numbers: \"absolute\"; \"relative\", SEQ counted from sender_isn and ACK from "
             "receiver_isn; \"symbolic\", x+1 and y+1. bits: the control bits as 010010. ValueError for other words "
             "and for numbers outside 0..2**32-1.")
        .def("__str__", [](const Segment& s) { return to_string(s); })
        .def("__repr__",
             [](const Segment& s) {
                 return "Segment('" + to_string(s) + "'" + (s.security_mismatch ? ", security_mismatch=True" : "") +
                        ")";
             })
        .def(
            "__eq__", [](const Segment& a, const Segment& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Segment& s) { return py::hash(py::str(to_string(s))); })
        .def("__copy__", &same)
        .def("__deepcopy__", &same_deep)
        .def(py::pickle([](const Segment& s) { return py::make_tuple(to_string(s), s.security_mismatch); },
                        [](const py::tuple& state) {
                            Segment s = parse(py::cast<std::string>(state[0]));
                            s.security_mismatch = py::cast<bool>(state[1]);
                            return s;
                        }));
    m.def("parse_octets", &parse_octets);
    m.def("octets_of", &octets_of);
}

}  // namespace lastack::python
