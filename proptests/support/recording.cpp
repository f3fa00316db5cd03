// Writing recordings as case files.
#include "lastack/support/recording.hpp"

#include <algorithm>
#include <deque>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/scheduler.hpp"
#include "lastack/vocabulary/notation.hpp"
#include "names.hpp"

namespace lastack::support {
namespace {

constexpr std::size_t most_events = 4000;  // a run that does not end shows its pattern long before
constexpr std::size_t widest_line = 100;
constexpr std::size_t most_answers = 2;  // segments that share a block with the event before them

std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

/// `words` behind `head`, on as many lines as it takes; each has the head.
std::string wrapped(const std::string& head, const std::vector<std::string>& words) {
    std::string text;
    std::size_t column = 0;
    for (const std::string& word : words) {
        if (column == 0 || column + 1 + word.size() > widest_line) {
            text += (column == 0 ? "" : "\n") + head;
            column = head.size();
        }
        text += " " + word;
        column += 1 + word.size();
    }
    return words.empty() ? text : text + "\n";
}

std::string in_words(const Segment& s) { return lastack::to_string(s); }

class Writer {
public:
    explicit Writer(const Recording& recording) : r_{recording}, to_arrive_(recording.events.size(), 0) {
        for (std::size_t i = 0; i < r_.events.size(); ++i) {
            if (delivers(i)) ++to_arrive_[*r_.events[i].from];
        }
    }

    std::string write(const std::string& title, const std::vector<std::string>& comment) {
        text_ = "# " + one_line(title) + "\n";
        for (const std::string& line : comment) text_ += "# " + one_line(line) + "\n";
        settings();
        std::size_t i = 0;
        while (i < std::min(r_.events.size(), most_events)) i = block(i);
        const std::size_t left_out = r_.events.size() - i;
        if (left_out > 0) text_ += "\n# " + std::to_string(left_out) + " more events are left out.\n";
        if (left_out > 0 || !ends_quietly()) text_ += "\ncut\n";
        return std::move(text_);
    }

private:
    const Recorded& event(std::size_t i) const { return r_.events[i]; }
    const Departure* departure(std::size_t i) const { return std::get_if<Departure>(&event(i).event); }
    bool left(std::size_t i) const { return departure(i) && event(i).outcome.verdict != Verdict::refused; }

    /// Event `i` is the arrival of a segment that left, as it left. Everything else that arrives comes out of nowhere.
    bool delivers(std::size_t i) const {
        const auto* arrival = std::get_if<Arrival>(&event(i).event);
        const auto& from = event(i).from;
        return arrival && !r_.b_is_played && from && *from < i && left(*from) &&
               event(*from).peer == other(event(i).peer) && departure(*from)->segment == arrival->segment;
    }

    void settings() {
        text_ += "\n";
        std::vector<std::string> words;
        for (const Word w : r_.words) words.push_back(to_string(Words{w}));
        text_ += wrapped("words", words);
        if (r_.b_is_played) text_ += "peers A\n";
        add_policies();
        if (r_.instruments.off) text_ += "without " + std::string{id(r_.instruments.off)} + "\n";
        if (r_.instruments.inverted) text_ += "inverted " + std::string{id(r_.instruments.inverted)} + "\n";
        if (const std::string_view v = name(r_.instruments.variant); !v.empty())
            text_ += "variant " + std::string{v} + "\n";
        if (r_.foreign) text_ += "seen from outside\n";
    }

    /// Readings of both ends first, then those of one; a first reading need not be written.
    void add_policies() {
        std::vector<std::string> of_both, of_a, of_b;
        for (const ChoiceInfo& c : choices()) {
            const auto written = [&](std::uint8_t value) {
                return std::string{c.name} + "=" + std::string{c.readings[value]};
            };
            const std::uint8_t a = r_.policies[0].value(c.choice);
            const std::uint8_t b = r_.b_is_played ? a : r_.policies[1].value(c.choice);
            if (a == b && a != 0) of_both.push_back(written(a));
            if (a != b && a != 0) of_a.push_back(written(a));
            if (a != b && b != 0) of_b.push_back(written(b));
        }
        text_ += wrapped("policy", of_both) + wrapped("policy A", of_a) + wrapped("policy B", of_b);
    }

    /// A block that begins with event `i`: the event, what its end sends right after it, and the arrival of the last
    /// of that if it comes next. Returns the event behind.
    std::size_t block(std::size_t i) {
        commands_.clear();
        expectations_.clear();
        named_ = {false, false};
        const Peer peer = event(i).peer;
        std::size_t last = i;
        add(i);
        const auto next = [&] { return last + 1 < r_.events.size() ? &event(last + 1) : nullptr; };
        if (!departure(i) && !r_.foreign) {
            while (last - i < most_answers && next() && next()->peer == peer && departure(last + 1)) add(++last);
        }
        if (departure(last) && next() && next()->from == last && delivers(last + 1)) add(++last);
        if (r_.foreign) {
            for (std::size_t k = i; k <= last; ++k) add_resting_state(event(k).peer);
        }
        if (!text_.ends_with("\n\n")) text_ += "\n";
        text_ += commands_ + "----\n" + expectations_;
        return last + 1;
    }

    void add(std::size_t i) {
        const Recorded& e = event(i);
        const std::string who{letter(e.peer)};
        if (e.crash) {
            command(who + " crash");
            add_state(who, e.peer, State::Closed);
            before_[index(e.peer)] = Config{};
            return;
        }
        if (const auto* c = std::get_if<Call>(&e.event)) add_call(who, *c, e);
        if (const auto* t = std::get_if<Timeout>(&e.event)) add_timeout(who, *t, e);
        if (const auto* a = std::get_if<Arrival>(&e.event)) add_arrival(who, *a, i);
        if (departure(i)) add_departure(who, i);
        add_expectations(who, e);
        before_[index(e.peer)] = e.outcome.next;
    }

    void command(const std::string& line) { commands_ += line + "\n"; }
    void expectation(const std::string& line) { expectations_ += line + "\n"; }
    const Config& before(Peer p) const { return before_[index(p)]; }

    void add_call(const std::string& who, const Call& c, const Recorded& e) {
        std::string line = who + " " + std::string{name(c.kind)};
        if (c.kind == CallKind::send || c.kind == CallKind::receive) line += " " + std::to_string(c.octets);
        const bool opens =
            c.kind == CallKind::open_active ||
            (c.kind == CallKind::send && (before(e.peer).state == State::Listen || r_.instruments.inverted));
        if (opens) {
            iss_[index(e.peer)] = c.iss_given ? std::optional{c.iss} : std::nullopt;
            line += " iss " + (c.iss_given ? std::to_string(c.iss.value) : "later");
        }
        if (is_open(c.kind) && c.rcv_wnd != Call{}.rcv_wnd) line += " window " + std::to_string(c.rcv_wnd);
        command(line + words_around(c));
    }

    void add_timeout(const std::string& who, const Timeout& t, const Recorded& e) {
        const auto timer = std::find_if(timer_names.begin(), timer_names.end(),
                                        [&](const TimerName& n) { return n.timeout == t.kind; });
        const bool runs = !r_.foreign && before(e.peer).runs(timer->bit);
        command(who + " timeout " + std::string{timer->name} + (runs ? "" : " anyway"));
    }

    void add_arrival(const std::string& who, const Arrival& a, std::size_t i) {
        const Recorded& e = event(i);
        add_surroundings(who, a, e.peer);
        if (!delivers(i)) {
            command(who + " receives " + in_words(a.segment));
            return;
        }
        std::deque<std::size_t>& way = ways_[index(other(e.peer))];
        const auto place = std::find(way.begin(), way.end(), *e.from);
        const std::string what = way_of(other(e.peer), static_cast<std::size_t>(place - way.begin()));
        way.erase(place);
        if (--to_arrive_[*e.from] > 0) {
            command("duplicate " + what);
            way.push_back(*e.from);
        }
        command("deliver " + what);
    }

    /// Which number a SYN is answered with, and whether somebody listens: written where it can matter.
    void add_surroundings(const std::string& who, const Arrival& a, Peer peer) {
        const State s = before(peer).state;
        if ((s != State::Listen && s != State::TimeWait) || (!a.segment.syn() && !r_.instruments.inverted)) return;
        const std::optional<Seq> iss = a.iss_given ? std::optional{a.iss} : std::nullopt;
        if (iss_[index(peer)] != iss) command(who + " iss " + (iss ? std::to_string(iss->value) : "later"));
        iss_[index(peer)] = iss;
        if (s != State::TimeWait) return;
        if (listener_[index(peer)] != a.listener) command(who + " listener " + (a.listener ? "on" : "off"));
        listener_[index(peer)] = a.listener;
    }

    void add_departure(const std::string& who, std::size_t i) {
        command(who + " sends " + in_words(departure(i)->segment));
        if (!left(i) || r_.b_is_played) return;
        std::deque<std::size_t>& way = ways_[index(event(i).peer)];
        if (to_arrive_[i] > 0 || event(i).under_way) {
            way.push_back(i);
        } else {
            command("lose " + way_of(event(i).peer, way.size()));
        }
    }

    static std::string way_of(Peer sender, std::size_t place) {
        const std::string way = sender == Peer::a ? "A->B" : "B->A";
        return place == 0 ? way : way + " " + std::to_string(place + 1);
    }

    void add_state(const std::string& who, Peer p, State next) {
        if (next == before(p).state) return;
        expectation(who + " " + std::string{name(next)});
        named_[index(p)] = true;
    }

    void add_expectations(const std::string& who, const Recorded& e) {
        const Outcome& out = e.outcome;
        add_state(who, e.peer, out.next.state);
        if (std::holds_alternative<Departure>(e.event) && out.verdict == Verdict::refused)
            expectation(who + " refuses");
        if (out.reply > Reply::ok) expectation(who + " " + std::string{name(out.reply)});
        if (r_.foreign) return;
        const bool may_be_ignored =
            std::holds_alternative<Arrival>(e.event) || std::holds_alternative<Timeout>(e.event);
        if (may_be_ignored && out.verdict == Verdict::ignored) expectation(who + " ignores");
        for (unsigned bit = 0; bit < 16; ++bit) {
            const auto signal = static_cast<std::uint16_t>(out.signals & (1u << bit));
            if (signal != 0 && signal != signal::push)
                expectation(who + " signals " + std::string{name_of_signal(signal)});
        }
        if (out.delivered > 0) expectation(who + " delivers " + std::to_string(out.delivered));
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < out.fired_count; ++i) ids.emplace_back(id(out.fired[i]));
        expectations_ += wrapped(who + " rules", ids);
    }

    void add_resting_state(Peer p) {
        if (!named_[index(p)]) expectation(std::string{letter(p)} + " " + std::string{name(before(p).state)});
        named_[index(p)] = true;
    }

    /// Nothing is under way and nobody has anything left to send, as far as is known.
    bool ends_quietly() const {
        const bool arrived =
            std::none_of(r_.events.begin(), r_.events.end(), [](const Recorded& e) { return e.under_way; });
        return arrived && !r_.foreign && !next_departure(before_[0]) && !next_departure(before_[1]);
    }

    const Recording& r_;
    std::string text_;
    std::string commands_;
    std::string expectations_;
    std::array<Config, 2> before_{};
    std::array<bool, 2> named_{};                  ///< the block names the state of this end
    std::vector<std::size_t> to_arrive_;           ///< by departure: arrivals still to come
    std::array<std::deque<std::size_t>, 2> ways_;  ///< departures under way, by sender, as the player has them
    std::array<std::optional<Seq>, 2> iss_{Seq{}, Seq{}};
    std::array<bool, 2> listener_{true, true};
};

}  // namespace

std::string to_case(const Recording& recording, const std::string& title, const std::vector<std::string>& comment) {
    return Writer{recording}.write(title, comment);
}

}  // namespace lastack::support
