// Reading case files.
#include "lastack/support/case.hpp"

#include <algorithm>
#include <charconv>

#include "lastack/lifecycle/lifecycle.hpp"
#include "names.hpp"

namespace lastack::support {
namespace {

constexpr std::uint32_t largest = 0xffffffff;
constexpr std::size_t most_lines = 100'000;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string printable(std::string_view text) {
    std::string clean{text};
    for (char& c : clean) c = c >= ' ' && c <= '~' ? c : '?';
    return clean;
}

/// One line, word by word. What is wrong with it goes to `problem`; the first problem stays.
class Line {
public:
    Line(std::string_view text, std::string& problem) : rest_{trimmed(text)}, problem_{problem} {}

    std::string_view word() {
        const std::size_t end = std::min(rest_.find_first_of(" \t"), rest_.size());
        const std::string_view taken = rest_.substr(0, end);
        rest_ = trimmed(rest_.substr(end));
        return taken;
    }
    std::string_view rest() {
        const std::string_view taken = rest_;
        rest_ = {};
        return taken;
    }
    bool empty() const { return rest_.empty(); }
    bool next_is(std::string_view word) const {
        return rest_.substr(0, std::min(rest_.find_first_of(" \t"), rest_.size())) == word;
    }

    bool fail(std::string_view what, std::string_view word = {}) {
        if (!problem_.empty()) return false;
        problem_ = what;
        if (word.empty()) return false;
        problem_ += ": '" + printable(word.substr(0, 60)) + "'";
        return false;
    }
    bool number(std::uint32_t& value, std::uint32_t least, std::uint32_t most) {
        const std::string_view text = word();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (text.empty()) return fail("a number is missing");
        if (error == std::errc::invalid_argument || end != text.data() + text.size()) return fail("not a number", text);
        if (error != std::errc{} || value < least || value > most) {
            return fail("the number must lie between " + std::to_string(least) + " and " + std::to_string(most), text);
        }
        return true;
    }
    bool peer(Peer& peer, std::string_view text) {
        if (text != "A" && text != "B") return fail("expected A or B", text);
        peer = text == "A" ? Peer::a : Peer::b;
        return true;
    }
    bool segment(Segment& segment) {
        std::string error;
        if (const auto parsed = parse_segment(rest(), error)) {
            segment = *parsed;
            return true;
        }
        return fail(error);
    }
    /// Nothing as `number` with "later".
    bool iss(std::optional<Seq>& number) {
        number.reset();
        if (next_is("later")) return !word().empty();
        std::uint32_t n = 0;
        if (!this->number(n, 0, largest)) return false;
        number = Seq{n};
        return true;
    }
    bool done() { return empty() || fail("more than the line can mean", rest_); }

private:
    std::string_view rest_;
    std::string& problem_;
};

bool read_iss(Line& in, Command& c) {
    std::optional<Seq> iss;
    if (!in.iss(iss)) return false;
    c.iss_later = !iss;
    c.call.iss_given = iss.has_value();
    c.call.iss = iss.value_or(Seq{});
    return true;
}

/// What stands behind the call and its octets.
bool read_call_words(Line& in, Command& c) {
    const bool open = is_open(c.call.kind);
    while (!in.empty()) {
        const std::string_view word = in.word();
        const auto known = std::find_if(call_words.begin(), call_words.end(),
                                        [&](const CallWord& w) { return w.word == word && (open || !w.of_open_only); });
        if (known != call_words.end()) {
            c.call.*known->usual = false;
        } else if (word == "iss" && (open || c.call.kind == CallKind::send)) {
            if (!read_iss(in, c)) return false;
        } else if (word == "window" && open) {
            if (!in.number(c.call.rcv_wnd, 0, largest)) return false;
        } else {
            return in.fail("not a word for this call", word);
        }
    }
    return true;
}

bool read_call(Line& in, std::string_view name, Command& c) {
    c.kind = Command::Kind::call;
    if (name == "OPEN") {
        const std::string_view how = in.word();
        if (how != "active" && how != "passive") return in.fail("OPEN is active or passive, not", how);
        c.call.kind = how == "active" ? CallKind::open_active : CallKind::open_passive;
    } else if (name == "SEND" || name == "RECEIVE") {
        c.call.kind = name == "SEND" ? CallKind::send : CallKind::receive;
        if (!in.number(c.call.octets, 0, largest)) return false;
    } else {
        c.call.kind = name == "CLOSE" ? CallKind::close : name == "ABORT" ? CallKind::abort : CallKind::status;
    }
    return read_call_words(in, c);
}

bool read_segment(Line& in, std::string_view text, std::optional<Segment>& segment) {
    std::string problem;
    Line rest{text, problem};
    segment = Segment{};
    return rest.segment(*segment) || in.fail(problem);
}

bool read_peer_command(Line& in, Command& c) {
    using Kind = Command::Kind;
    const std::string_view verb = in.word();
    const auto is = [&](Kind kind) {
        c.kind = kind;
        return true;
    };
    if (verb == "OPEN" || verb == "SEND" || verb == "RECEIVE" || verb == "CLOSE" || verb == "ABORT" ||
        verb == "STATUS") {
        return read_call(in, verb, c);
    }
    if (verb == "sends") return is(Kind::sends) && (in.empty() || read_segment(in, in.rest(), c.segment));
    if (verb == "probes") return is(Kind::probes);
    if (verb == "crash") return is(Kind::crash);
    if (verb == "iss") return is(Kind::iss) && read_iss(in, c);
    if (verb == "listener") {
        const std::string_view word = in.word();
        c.listener = word == "on";
        return is(Kind::listener) && (word == "on" || word == "off" || in.fail("expected on or off", word));
    }
    if (verb == "timeout") {
        const std::string_view word = in.word();
        for (const TimerName& t : timer_names) {
            if (t.name != word) continue;
            c.timeout = t.timeout;
            const std::string_view anyway = in.word();
            c.anyway = anyway == "anyway";
            return is(Kind::timeout) && (c.anyway || anyway.empty() || in.fail("expected anyway", anyway));
        }
        return in.fail("no such timer", word);
    }
    if (verb == "receives") {
        std::string_view rest = in.rest();
        if (rest.starts_with('(')) {
            const std::size_t end = rest.find_first_of("()", 1);
            if (end == std::string_view::npos || rest[end] == '(') return in.fail("')' is missing");
            c.what = rest.substr(1, end - 1);
            rest = rest.substr(end + 1);
        }
        return is(Kind::receives) && read_segment(in, rest, c.segment);
    }
    return in.fail("no such command", verb);
}

bool is_setting(std::string_view word) {
    constexpr std::array<std::string_view, 7> settings{"policy",   "peers",   "words", "without",
                                                       "inverted", "variant", "seen"};
    return std::find(settings.begin(), settings.end(), word) != settings.end();
}

bool read_command(Line& in, Command& c) {
    using Kind = Command::Kind;
    const std::string_view word = in.word();
    const auto under_way = [&](Kind kind) {
        c.kind = kind;
        const std::string_view way = in.word();
        if (way != "A->B" && way != "B->A") return in.fail("expected A->B or B->A", way);
        c.peer = way == "A->B" ? Peer::a : Peer::b;
        c.number[0] = 1;
        return in.empty() || in.number(c.number[0], 1, most_lines);
    };
    if (word == "deliver") return under_way(Kind::deliver);
    if (word == "lose") return under_way(Kind::lose);
    if (word == "duplicate") return under_way(Kind::duplicate);
    if (is_setting(word)) return in.fail("a setting stands before the first block", word);
    if (word == "established") {
        c.kind = Kind::established;
        const std::string_view a = in.word();
        if (a != "A") return in.fail("expected A", a);
        if (!in.number(c.number[0], 0, largest)) return false;
        const std::string_view b = in.word();
        if (b != "B") return in.fail("expected B", b);
        return in.number(c.number[1], 0, largest);
    }
    if (word != "A" && word != "B") return in.fail("no such command", word);
    return in.peer(c.peer, word) && read_peer_command(in, c);
}

/// Adds what the line expects: one fact, or one for each rule.
bool read_expectation(Line& in, int line, std::vector<Expectation>& expectations) {
    using Kind = Fact::Kind;
    Expectation e;
    e.line = line;
    if (!in.peer(e.fact.peer, in.word())) return false;
    const std::string_view word = in.word();
    const auto add = [&](Kind kind, std::string_view value) {
        e.fact.kind = kind;
        e.fact.value = value;
        expectations.push_back(e);
        return true;
    };
    if (state_from_name(word)) return add(Kind::state, word);
    if (word == "ignores") return add(Kind::ignores, "");
    if (word == "refuses") return add(Kind::error, word);
    if (word == "delivers") {
        std::uint32_t n = 0;
        return in.number(n, 1, largest) && add(Kind::delivers, std::to_string(n));
    }
    if (word == "sends") {
        const std::string_view text = in.rest();
        if (text == "nothing") return add(Kind::sends, "nothing");
        if (!read_segment(in, text, e.fact.segment)) return false;
        e.window_written = text.find(" win ") != std::string_view::npos;
        e.options_written = text.find('<') != std::string_view::npos;
        return add(Kind::sends, text);
    }
    if (word == "signals") {
        const std::string_view name = in.rest();
        for (unsigned bit = 0; bit < 16; ++bit) {
            if (name_of_signal(static_cast<std::uint16_t>(1u << bit)) == name && name != "?")
                return add(Kind::signals, name);
        }
        return in.fail("no such signal", name);
    }
    if (word == "error:") {
        const std::string text = "error: " + std::string{in.rest()};
        for (int r = static_cast<int>(Reply::connection_does_not_exist);
             r <= static_cast<int>(Reply::connection_closing); ++r) {
            if (name(static_cast<Reply>(r)) == text) return add(Kind::error, text);
        }
        return in.fail("no such reply", text);
    }
    if (word == "rules") {
        if (in.empty()) return in.fail("a rule id is missing");
        while (!in.empty()) {
            const std::string_view id = in.word();
            if (!rule(id) && !variant_rule(id)) return in.fail("no such rule", id);
            add(Kind::rule, id);
        }
        return true;
    }
    if (word == "starts" || word == "timers") {
        if (word == "timers" && in.empty()) return in.fail("expected timers, or none");
        std::uint8_t bits = 0;
        while (!in.empty()) {
            const std::string_view name = in.word();
            if (word == "timers" && name == "none") break;
            const auto t = std::find_if(timer_names.begin(), timer_names.end(),
                                        [&](const TimerName& n) { return n.name == name; });
            if (t == timer_names.end()) return in.fail("no such timer", name);
            bits |= t->bit;
            if (word == "starts") break;
        }
        if (word == "timers") return add(Kind::timers, names_of_timers(bits));
        return bits != 0 ? add(Kind::starts, names_of_timers(bits)) : in.fail("a timer is missing");
    }
    return in.fail("no such expectation", word);
}

bool read_policy(Line& in, Case& c) {
    const bool of_one = in.next_is("A") || in.next_is("B");
    Peer whose = Peer::a;
    if (of_one && !in.peer(whose, in.word())) return false;
    if (whose == Peer::b && c.b_is_played) return in.fail("there is no B in this case");
    std::string problem;
    const auto policy = parse_policy(in.rest(), problem);
    if (!policy) return in.fail(problem);
    for (const Peer p : {Peer::a, Peer::b}) {
        if (of_one && p != whose) continue;
        Policy& of_end = c.policies[index(p)];
        if (!of_end.compatible(*policy)) return in.fail("another policy line decides otherwise");
        of_end = of_end.intersect(*policy);
    }
    return true;
}

bool read_setting(Line& in, Case& c) {
    const std::string_view word = in.word();
    if (word == "policy") {
        return read_policy(in, c);
    }
    if (word == "words") {
        std::string problem;
        const auto words = parse_words(in.rest(), problem);
        if (!words) return in.fail(problem);
        c.words.insert(c.words.end(), words->begin(), words->end());
        return !words->empty() || in.fail("the words are missing");
    }
    if (word == "without" || word == "inverted") {
        const std::string_view row = in.word();
        Rule& chosen = word == "without" ? c.instruments.off : c.instruments.inverted;
        chosen = rule(row);
        return chosen ? true : in.fail(row.empty() ? "a rule id is missing" : "no such rule", row);
    }
    if (word == "variant") {
        const std::string_view name = in.word();
        Variant& chosen = c.instruments.variant;
        if (chosen != Variant::none) return in.fail("a run is of one variant");
        chosen = variant(name);
        return chosen != Variant::none || in.fail(name.empty() ? "a variant is missing" : "no such variant", name);
    }
    if (word == "seen") {
        const std::string_view how = in.rest();
        c.seen_from_outside = how == "from outside";
        return c.seen_from_outside || in.fail("expected seen from outside, not", how);
    }
    const std::string_view who = in.word();
    if (who != "A") return in.fail("only A can be alone, not", who);
    c.b_is_played = true;
    return c.policies[0].refines(c.policies[1]) || in.fail("there is no B, and a policy line is of B");
}

/// A played B does nothing of its own.
bool fits_the_peers(const Case& c, const Command& command, Line& in) {
    using Kind = Command::Kind;
    if (!c.b_is_played) return true;
    const bool ok = command.peer == Peer::a && command.kind < Kind::deliver;
    return ok || in.fail("there is no B in this case");
}

}  // namespace

std::optional<Case> parse_case(std::string_view text, std::string_view file, std::string& error) {
    Case result;
    result.file = file;
    std::string problem;
    bool expecting = false;  // behind "----"
    bool opening = true;     // in the comment that opens the file
    Block block;
    int number = 0;
    const auto fail = [&](int line, const std::string& why) {
        error = result.file + ":" + std::to_string(line) + ": " + printable(why);
        return std::nullopt;
    };

    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text = text.substr(std::min(end + 1, text.size()));
        ++number;
        if (static_cast<std::size_t>(number) > most_lines) return fail(number, "too many lines");

        if (line.starts_with('#')) {
            const std::string_view words = trimmed(line.substr(1));
            if (opening && result.title.empty()) {
                result.title = printable(words);
            } else if (opening) {
                result.description.push_back(printable(words));
            }
            continue;
        }
        opening = false;
        if (line.empty()) {
            if (!expecting && !block.commands.empty()) return fail(number, "'----' is missing behind the commands");
            if (expecting) result.blocks.push_back(std::move(block));
            block = Block{};
            expecting = false;
            continue;
        }
        if (result.cut) return fail(number, "nothing stands behind cut");
        Line in{line, problem};
        bool ok = true;
        if (line == "cut" && !expecting && block.commands.empty()) {
            result.cut = true;
        } else if (line == "----") {
            ok = !block.commands.empty() && !expecting ? true : in.fail("'----' stands once, behind commands");
            expecting = true;
        } else if (expecting) {
            ok = read_expectation(in, number, block.expectations) && in.done();
        } else if (result.blocks.empty() && block.commands.empty() &&
                   is_setting(line.substr(0, line.find_first_of(" \t")))) {
            ok = read_setting(in, result) && in.done();
        } else {
            Command command;
            command.line = number;
            command.text = line;
            ok = read_command(in, command) && in.done() && fits_the_peers(result, command, in);
            block.commands.push_back(std::move(command));
        }
        if (!ok) return fail(number, problem);
    }
    result.last_line = number;
    if (expecting) result.blocks.push_back(std::move(block));
    if (!expecting && !block.commands.empty()) return fail(number, "'----' is missing behind the commands");
    if (result.blocks.empty()) return fail(std::max(number, 1), "there is no command in the file");
    return result;
}

}  // namespace lastack::support
