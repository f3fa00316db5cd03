#include "lastack/oracle/trace.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <nlohmann/json.hpp>

#include "lastack/vocabulary/notation.hpp"

namespace lastack {
namespace {

// Seconds since 1970 with nanoseconds need more digits than a double has.
using Json = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t, std::uint64_t, long double>;

constexpr std::size_t longest_line = 65536;
constexpr std::size_t longest_name = 256;
constexpr long double latest_second = 9e9L;
constexpr std::uint64_t most32 = 0xffffffff;

// What is wrong with a line; caught where the line is known.
struct Broken {
    std::string reason;
};

std::string in_quotes(std::string_view text) { return "\"" + std::string{text.substr(0, 64)} + "\""; }

const Json& object_of(const Json& value, std::string_view what, std::initializer_list<std::string_view> keys) {
    if (!value.is_object()) throw Broken{std::string{what} + " is not an object"};
    for (const auto& [key, unused] : value.items()) {
        if (std::ranges::find(keys, key) == keys.end())
            throw Broken{"unknown key " + in_quotes(key) + " in " + std::string{what}};
    }
    return value;
}

std::uint64_t number_of(const Json& value, std::string_view key, std::uint64_t least, std::uint64_t most) {
    // JSON does not tell 1 from 1.0, and neither does the schema.
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (number >= least && number <= most) return number;
    } else if (value.is_number_float()) {
        const auto number = value.get<long double>();
        if (number >= static_cast<long double>(least) && number <= static_cast<long double>(most) &&
            number == std::floor(number)) {
            return static_cast<std::uint64_t>(number);
        }
    }
    throw Broken{in_quotes(key) + " is not a whole number from " + std::to_string(least) + " to " +
                 std::to_string(most)};
}

// The number under `key`, or `otherwise` where there is none.
std::uint64_t number_in(const Json& object, const char* key, std::uint64_t most, std::uint64_t otherwise = 0,
                        std::uint64_t least = 0) {
    const auto found = object.find(key);
    return found == object.end() ? otherwise : number_of(*found, key, least, most);
}

bool bool_in(const Json& object, const char* key, bool otherwise) {
    const auto found = object.find(key);
    if (found == object.end()) return otherwise;
    if (!found->is_boolean()) throw Broken{in_quotes(key) + " is neither true nor false"};
    return found->get<bool>();
}

std::string string_in(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (!found->is_string()) throw Broken{in_quotes(key) + " is not a string"};
    // Characters, as the schema counts, not octets.
    const auto& text = found->get_ref<const std::string&>();
    const auto characters = std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) > longest_name) {
        throw Broken{in_quotes(key) + " is longer than " + std::to_string(longest_name) + " characters"};
    }
    return text;
}

std::string required_string(const Json& object, const char* key, std::string_view what) {
    if (!object.contains(key)) throw Broken{std::string{what} + " has no " + in_quotes(key)};
    return string_in(object, key);
}

void require(const Json& object, const char* key, std::string_view what) {
    if (!object.contains(key)) throw Broken{std::string{what} + " has no " + in_quotes(key)};
}

std::int64_t time_of(const Json& object) {
    require(object, "time", "the event");
    const Json& value = object["time"];
    if (!value.is_number()) throw Broken{"\"time\" is not a number"};
    const auto seconds = value.get<long double>();
    if (!(seconds >= 0 && seconds <= latest_second)) throw Broken{"\"time\" is not from 0 to 9000000000 seconds"};
    return static_cast<std::int64_t>(std::llround(seconds * 1e9L));
}

Call call_of(const Json& value) {
    const Json& object =
        object_of(value, "the call",
                  {"kind", "octets", "iss", "rcv_wnd", "remote_specified", "security_allowed", "permitted", "room"});
    const std::string kind = required_string(object, "kind", "the call");
    Call call;
    if (kind == "open_passive") {
        call.kind = CallKind::open_passive;
    } else if (kind == "open_active") {
        call.kind = CallKind::open_active;
    } else if (kind == "send") {
        call.kind = CallKind::send;
    } else if (kind == "receive") {
        call.kind = CallKind::receive;
    } else if (kind == "close") {
        call.kind = CallKind::close;
    } else if (kind == "abort") {
        call.kind = CallKind::abort;
    } else if (kind == "status") {
        call.kind = CallKind::status;
    } else {
        throw Broken{"unknown call " + in_quotes(kind)};
    }
    const bool open = call.kind == CallKind::open_passive || call.kind == CallKind::open_active;
    const bool moves_text = call.kind == CallKind::send || call.kind == CallKind::receive;
    const auto only_for = [&](const char* key, bool fits) {
        if (!fits && object.contains(key))
            throw Broken{in_quotes(key) + " has no meaning in the call " + in_quotes(kind)};
    };
    only_for("octets", moves_text);
    only_for("iss", call.kind == CallKind::open_active || call.kind == CallKind::send);
    only_for("rcv_wnd", open);
    only_for("remote_specified", open);
    only_for("security_allowed", open);
    if (moves_text) require(object, "octets", "the call");

    call.octets = static_cast<std::uint32_t>(number_in(object, "octets", most32));
    call.iss_given = object.contains("iss");
    call.iss = Seq{static_cast<std::uint32_t>(number_in(object, "iss", most32))};
    call.rcv_wnd = static_cast<std::uint32_t>(number_in(object, "rcv_wnd", std::uint64_t{65535} << 14, call.rcv_wnd));
    // A passive OPEN waits for anybody unless it says otherwise.
    call.remote_specified = bool_in(object, "remote_specified", call.kind != CallKind::open_passive);
    call.security_allowed = bool_in(object, "security_allowed", true);
    call.permitted = bool_in(object, "permitted", true);
    call.room = bool_in(object, "room", true);
    return call;
}

std::uint8_t flags_of(const std::string& text) {
    constexpr std::string_view letters = "FSRP.UEW";  // from bit 0 to bit 7
    std::uint8_t flags = 0;
    if (text == "-") return flags;
    for (const char letter : text) {
        const std::size_t bit = letters.find(letter);
        if (bit == std::string_view::npos || (flags >> bit & 1) != 0) {
            throw Broken{"\"flags\" is neither \"-\" nor made of F S R P . U E W, each at most once"};
        }
        flags = static_cast<std::uint8_t>(flags | 1u << bit);
    }
    if (flags == 0) throw Broken{"\"flags\" is empty; no control bits is \"-\""};
    return flags;
}

Segment segment_of(const Json& value) {
    if (value.is_string()) {
        std::string error;
        const auto segment = parse_segment(value.get_ref<const std::string&>(), error);
        if (!segment) throw Broken{error};
        return *segment;
    }
    const Json& object = object_of(value, "the segment",
                                   {"flags", "seq", "ack", "len", "win", "urgent", "mss", "wscale", "tsval", "tsecr",
                                    "sack_permitted", "security_mismatch"});
    Segment s;
    s.flags = flags_of(required_string(object, "flags", "the segment"));
    require(object, "seq", "the segment");
    s.seq = Seq{static_cast<std::uint32_t>(number_in(object, "seq", most32))};
    if (object.contains("ack") != s.has_ack())
        throw Broken{"\"ack\" and the ACK bit \".\" come together or not at all"};
    s.ack = Seq{static_cast<std::uint32_t>(number_in(object, "ack", most32))};
    s.text = static_cast<std::uint32_t>(number_in(object, "len", most32));
    s.wnd = static_cast<std::uint16_t>(number_in(object, "win", 65535));
    s.urgent = static_cast<std::uint16_t>(number_in(object, "urgent", 65535));
    s.mss = static_cast<std::uint16_t>(number_in(object, "mss", 65535, 0, 1));
    if (object.contains("wscale")) s.wscale = static_cast<std::int8_t>(number_in(object, "wscale", 14));
    s.has_ts = object.contains("tsval");
    if (object.contains("tsecr") != s.has_ts) throw Broken{"\"tsval\" and \"tsecr\" come together or not at all"};
    s.tsval = static_cast<std::uint32_t>(number_in(object, "tsval", most32));
    s.tsecr = static_cast<std::uint32_t>(number_in(object, "tsecr", most32));
    s.sack_permitted = bool_in(object, "sack_permitted", false);
    s.security_mismatch = bool_in(object, "security_mismatch", false);
    return s;
}

Timeout timeout_of(const Json& object) {
    const std::string kind = string_in(object, "timeout");
    if (kind == "user") return {TimeoutKind::user};
    if (kind == "retransmission") return {TimeoutKind::retransmission};
    if (kind == "time_wait") return {TimeoutKind::time_wait};
    if (kind == "fin_wait_2") return {TimeoutKind::fin_wait_2};
    throw Broken{"unknown timeout " + in_quotes(kind)};
}

TraceHeader header_of(const Json& value) {
    if (!value.is_object() || !value.contains("lastack_trace")) {
        throw Broken{"not a trace: the first line must be a header {\"lastack_trace\":1}"};
    }
    const Json& version = value["lastack_trace"];
    if (!version.is_number()) throw Broken{"\"lastack_trace\" is not a number"};
    if (version.get<long double>() != 1) {
        throw Broken{"version " + version.dump() + " of the trace format is unknown; this reads version 1"};
    }
    object_of(value, "the header", {"lastack_trace", "host", "peer", "numbers"});
    if (value.contains("numbers") && string_in(value, "numbers") != "absolute") {
        throw Broken{"\"numbers\" must be \"absolute\""};
    }
    return {string_in(value, "host"), string_in(value, "peer")};
}

TraceEvent event_of(const Json& value) {
    const Json& object = object_of(value, "the event", {"time", "connection", "call", "in", "out", "timeout"});
    TraceEvent event;
    event.time_ns = time_of(object);
    event.connection = string_in(object, "connection");
    if (object.count("call") + object.count("in") + object.count("out") + object.count("timeout") != 1) {
        throw Broken{"the event is not exactly one of \"call\", \"in\", \"out\", \"timeout\""};
    }
    if (object.contains("call")) {
        event.event = call_of(object["call"]);
    } else if (object.contains("in")) {
        Arrival arrival;
        arrival.segment = segment_of(object["in"]);
        event.event = arrival;
    } else if (object.contains("out")) {
        event.event = Departure{segment_of(object["out"])};
    } else {
        event.event = timeout_of(object);
    }
    return event;
}

Json parse(const std::string& line) {
    try {
        return Json::parse(line);
    } catch (const Json::parse_error& e) {
        throw Broken{"column " + std::to_string(e.byte) + ": not JSON"};
    } catch (const Json::out_of_range&) {
        throw Broken{"a number is too large for JSON"};
    }
}

}  // namespace

TraceReader::TraceReader(const std::string& path) : name_{path == "-" ? "(standard input)" : path} {
    if (path == "-") {
        in_ = std::make_unique<std::istream>(std::cin.rdbuf());
    } else {
        in_ = std::make_unique<std::ifstream>(path, std::ios::binary);
        if (!*in_) {
            error_ = name_ + ": " + std::strerror(errno);
            return;
        }
    }
    begin();
}

TraceReader::TraceReader(std::unique_ptr<std::istream> in, std::string name)
    : in_{std::move(in)}, name_{std::move(name)} {
    begin();
}

TraceReader::~TraceReader() = default;
TraceReader::TraceReader(TraceReader&&) noexcept = default;

void TraceReader::fail(std::string_view reason) {
    error_ = name_ + ":" + std::to_string(number_) + ": " + std::string{reason};
    std::ranges::replace_if(
        error_, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    in_.reset();
}

// The next line that is not empty, in line_; false at the end, or after fail().
bool TraceReader::read_line() {
    while (in_) {
        line_.clear();
        ++number_;
        bool ended = false;
        for (int c; (c = in_->rdbuf()->sbumpc()) != std::istream::traits_type::eof();) {
            ++octets_;
            ended = c == '\n';
            if (ended) break;
            if (line_.size() == longest_line) {
                fail("line is longer than " + std::to_string(longest_line) + " octets");
                return false;
            }
            line_ += static_cast<char>(c);
        }
        if (line_.find_first_not_of(" \t\r") != std::string::npos) return true;
        if (!ended) in_.reset();
    }
    return false;
}

void TraceReader::begin() {
    if (!read_line()) {
        if (error_.empty()) fail("not a trace: empty");
        return;
    }
    try {
        header_ = header_of(parse(line_));
    } catch (const Broken& e) {
        fail(e.reason);
    }
}

std::optional<TraceEvent> TraceReader::next() {
    if (!read_line()) return std::nullopt;
    try {
        TraceEvent event = event_of(parse(line_));
        if (event.time_ns < last_time_ns_) throw Broken{"time runs backwards"};
        last_time_ns_ = event.time_ns;
        event.line = number_;
        return event;
    } catch (const Broken& e) {
        fail(e.reason);
        return std::nullopt;
    }
}

}  // namespace lastack
