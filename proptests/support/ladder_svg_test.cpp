#include "lastack/support/ladder_svg.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/case.hpp"
#include "segment_text.hpp"

namespace lastack::support {
namespace {

// ---- a strict reader of the little XML that a picture is ----

struct Element {
    std::string name{};
    std::map<std::string, std::string> attributes{};
    std::string text{};  ///< of it and of what is in it

    double number(const std::string& attribute) const { return std::stod(attributes.at(attribute)); }
    bool is(const std::string& what) const { return attributes.count("class") == 1 && attributes.at("class") == what; }
};

/// All elements of a document, in its order. Throws where the document is not well-formed.
class Xml {
public:
    explicit Xml(const std::string& document) : in_{document} {
        element();
        take("\n");
        if (at_ != in_.size()) fail("something behind the root");
    }
    const std::vector<Element>& elements() const { return elements_; }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(what + " at " + std::to_string(at_) + ": " + in_.substr(at_, 40));
    }
    bool take(std::string_view what) {
        if (in_.compare(at_, what.size(), what) != 0) return false;
        at_ += what.size();
        return true;
    }
    void need(std::string_view what) {
        if (!take(what)) fail("no " + std::string{what});
    }
    std::string name() {
        const std::size_t from = at_;
        while (at_ < in_.size() && (std::isalnum(static_cast<unsigned char>(in_[at_])) != 0 || in_[at_] == '-')) ++at_;
        if (at_ == from) fail("no name");
        return in_.substr(from, at_ - from);
    }
    std::string characters(std::string_view end) {
        std::string text;
        while (in_.compare(at_, end.size(), end) != 0) {
            if (at_ >= in_.size()) fail("no end");
            const auto c = static_cast<unsigned char>(in_[at_]);
            if (c == '<' || c == '>' || (c < 0x20 && c != '\n')) fail("a character that may not be here");
            text += c == '&' ? entity() : in_[at_++];
        }
        return text;
    }
    char entity() {
        const std::map<std::string, char> known{
            {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
        for (const auto& [written, c] : known) {
            if (take(written)) return c;
        }
        fail("an unknown entity");
    }
    std::string element() {
        need("<");
        Element e;
        e.name = name();
        while (take(" ")) {
            const std::string attribute = name();
            need("=\"");
            if (!e.attributes.emplace(attribute, characters("\"")).second) fail("the attribute again");
            need("\"");
        }
        const std::size_t place = elements_.size();
        elements_.push_back(e);
        if (take("/>")) return "";
        need(">");
        std::string text;
        while (!take("</")) text += in_.compare(at_, 1, "<") == 0 ? element() : characters("<");
        need(e.name);
        need(">");
        elements_[place].text = text;
        return text;
    }

    std::string in_;
    std::size_t at_{0};
    std::vector<Element> elements_;
};

std::vector<Element> elements_of(const std::string& svg) {
    try {
        return Xml{svg}.elements();
    } catch (const std::runtime_error& e) {
        ADD_FAILURE() << e.what();
        return {Element{"svg", {{"width", "0"}, {"height", "0"}, {"class", ""}}, ""}};
    }
}

std::vector<Element> all(const std::vector<Element>& elements, const std::string& name) {
    std::vector<Element> found;
    std::copy_if(elements.begin(), elements.end(), std::back_inserter(found),
                 [&](const Element& e) { return e.name == name; });
    return found;
}

/// Texts that can be seen, whatever their place.
std::multiset<std::string> texts_of(const std::vector<Element>& elements) {
    std::multiset<std::string> texts;
    for (const Element& e : all(elements, "text")) texts.insert(e.text);
    return texts;
}

struct Stroke {
    double x1, y1, x2, y2;
    double at(double x) const { return y1 + (y2 - y1) * (x - x1) / (x2 - x1); }
};

std::vector<Stroke> strokes(const std::vector<Element>& elements, const std::string& what) {
    std::vector<Stroke> found;
    for (const Element& e : all(elements, "line")) {
        if (e.is(what)) found.push_back({e.number("x1"), e.number("y1"), e.number("x2"), e.number("y2")});
    }
    return found;
}

/// Names of the states in the bands of an end, from top to bottom.
std::vector<std::string> states_at(const std::vector<Element>& elements, Peer p) {
    const std::vector<Stroke> life = strokes(elements, "l-life");
    std::map<double, std::string> by_height;
    for (const Element& e : all(elements, "text")) {
        const double x = e.number("x");
        const bool there = p == Peer::a ? x < life.at(0).x1 : x > life.at(1).x1;
        if (there && e.is("l-text") && e.attributes.at("text-anchor") == "middle" && state_from_name(e.text)) {
            by_height[e.number("y")] = e.text;
        }
    }
    std::vector<std::string> names;
    for (const auto& [y, name] : by_height) names.push_back(name);
    return names;
}

History history_of(std::string_view name) {
    for (const BuiltInCase& c : built_in_cases()) {
        if (c.name != name) continue;
        std::string error;
        if (const auto parsed = parse_case(c.text, name, error)) return play(*parsed).history;
    }
    ADD_FAILURE() << "no case " << name;
    return {};
}

Moment departure(Peer peer, std::uint8_t flags, std::uint32_t seq) {
    Moment m;
    m.kind = Moment::Kind::departure;
    m.peer = peer;
    m.segment.flags = flags;
    m.segment.seq = Seq{seq};
    m.segment.wnd = 100;
    return m;
}

Moment arrival(const History& h, std::size_t from) {
    Moment m = h.moments[from];
    m.kind = Moment::Kind::arrival;
    m.peer = other(m.peer);
    m.from = from;
    return m;
}

Moment note(Peer peer, std::string text) {
    Moment m;
    m.peer = peer;
    m.text = std::move(text);
    return m;
}

// ---- what is shown ----

TEST(LadderSvg, TheHandshakeHasTheStatesOfFigure6) {
    const auto elements = elements_of(ladder_svg(history_of("handshake")));
    EXPECT_EQ(states_at(elements, Peer::a), (std::vector<std::string>{"CLOSED", "SYN-SENT", "ESTABLISHED"}));
    EXPECT_EQ(states_at(elements, Peer::b),
              (std::vector<std::string>{"CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED"}));
    const auto texts = texts_of(elements);
    for (const char* text :
         {"A", "B", "OPEN active", "OPEN passive", "SEND 10", "S 100:100(0)", "S. 300:300(0) ack 101",
          ". 101:101(0) ack 301", "P. 101:111(10) ack 301", ". 301:301(0) ack 111"}) {
        EXPECT_EQ(texts.count(text), 1u) << text;
    }
    // Every segment goes down, from one life line to the other, A's to the right and B's to the left.
    const auto life = strokes(elements, "l-life");
    const auto arrows = strokes(elements, "l-arrow");
    ASSERT_EQ(life.size(), 2u);
    ASSERT_EQ(arrows.size(), 5u);
    for (std::size_t i = 0; i < arrows.size(); ++i) {
        const bool from_a = i != 1 && i != 4;
        EXPECT_EQ(arrows[i].x1, life[from_a ? 0 : 1].x1) << i;
        EXPECT_EQ(arrows[i].x2, life[from_a ? 1 : 0].x1) << i;
        EXPECT_LT(arrows[i].y1, arrows[i].y2) << i;
    }
}

TEST(LadderSvg, AStateChangesWhereTheSegmentArrives) {
    const auto elements = elements_of(ladder_svg(history_of("handshake")));
    const auto arrows = strokes(elements, "l-arrow");
    const auto begins_at = [&](const std::string& state, double y) {
        const auto rects = all(elements, "rect");
        return std::any_of(rects.begin(), rects.end(),
                           [&](const Element& e) { return e.is(state) && std::abs(e.number("y") - y) <= 1; });
    };
    EXPECT_TRUE(begins_at("l-opening", arrows.at(0).y2));      // B: SYN-RECEIVED
    EXPECT_TRUE(begins_at("l-established", arrows.at(1).y2));  // A
    EXPECT_TRUE(begins_at("l-established", arrows.at(2).y2));  // B
    EXPECT_FALSE(begins_at("l-established", arrows.at(3).y2));
}

TEST(LadderSvg, TheSynsOfASimultaneousOpenCross) {
    const auto elements = elements_of(ladder_svg(history_of("simultaneous_open"), {{Numbers::symbolic}}));
    const auto arrows = strokes(elements, "l-arrow");
    ASSERT_EQ(arrows.size(), 4u);
    for (const std::size_t pair : {0u, 2u}) {
        const Stroke& one = arrows[pair];
        const Stroke& two = arrows[pair + 1];
        const double left = std::min(one.x1, one.x2);
        const double right = std::max(one.x1, one.x2);
        EXPECT_LT((one.at(left) - two.at(left)) * (one.at(right) - two.at(right)), 0) << "they cross in between";
        EXPECT_LT((one.x2 - one.x1) * (two.x2 - two.x1), 0) << "they go opposite ways";
    }
    EXPECT_EQ(texts_of(elements).count("S. y:y(0) ack x+1"), 1u);
    EXPECT_TRUE(strokes(elements, "l-cross").empty());
}

TEST(LadderSvg, ALostSegmentEndsInACrossMidway) {
    const auto elements = elements_of(ladder_svg(history_of("lost_last_ack"), {{Numbers::relative}}));
    const auto cross = strokes(elements, "l-cross");
    ASSERT_EQ(cross.size(), 2u);
    const double x = (cross[0].x1 + cross[0].x2) / 2;
    const double y = (cross[0].y1 + cross[0].y2) / 2;
    const auto life = strokes(elements, "l-life");
    EXPECT_NEAR(x, (life[0].x1 + life[1].x1) / 2, 1);
    const auto arrows = strokes(elements, "l-arrow");
    EXPECT_EQ(std::count_if(arrows.begin(), arrows.end(),
                            [&](const Stroke& s) { return std::abs(s.x2 - x) < 1 && std::abs(s.y2 - y) < 1; }),
              1);
    EXPECT_EQ(all(elements, "polygon").size() - arrows.size() + 1, 7u)
        << "no head on it; calls, timeouts and signals have their own";
    EXPECT_NE(all(elements, "desc").at(0).text.find("A sends . 2:2(0) ack 2, which is lost."), std::string::npos);
}

TEST(LadderSvg, TwoCopiesOfASegmentLeaveOnceAndArriveTwice) {
    const auto arrows = strokes(elements_of(ladder_svg(history_of("lost_text"))), "l-arrow");
    std::map<double, int> leaving;
    for (const Stroke& s : arrows) ++leaving[s.y1];
    EXPECT_EQ(std::count_if(leaving.begin(), leaving.end(), [](const auto& l) { return l.second == 2; }), 1);
}

TEST(LadderSvg, WhatIsUnderWayEndsInDots) {
    History h;
    h.moments = {departure(Peer::a, flag::syn, 1)};
    h.moments[0].fate = Moment::Fate::under_way;
    const auto elements = elements_of(ladder_svg(h));
    EXPECT_EQ(all(elements, "circle").size(), 3u);
    const auto arrow = strokes(elements, "l-arrow").at(0);
    const double b = strokes(elements, "l-life").at(1).x1;
    EXPECT_LT(arrow.x2, b);
    for (const Element& dot : all(elements, "circle")) {
        EXPECT_GT(dot.number("cx"), arrow.x2);
        EXPECT_LT(dot.number("cx"), b);
    }
    // A copy that arrived does not hide the one that did not.
    h.moments.push_back(arrival(h, 0));
    EXPECT_EQ(strokes(elements_of(ladder_svg(h)), "l-arrow").size(), 2u);
}

TEST(LadderSvg, AnOldDuplicateComesFromNowhereAndHasItsName) {
    const auto elements = elements_of(ladder_svg(history_of("old_duplicate_syn")));
    EXPECT_EQ(texts_of(elements).count("(duplicate) S 90:90(0)"), 1u);
    EXPECT_EQ(all(elements, "circle").size(), 3u);
    const auto life = strokes(elements, "l-life");
    int midway = 0;
    for (const Stroke& s : strokes(elements, "l-arrow")) {
        if (s.x1 == life[0].x1 || s.x1 == life[1].x1) continue;
        ++midway;
        EXPECT_EQ(s.x2, life[1].x1);
        EXPECT_NEAR(s.x1, (life[0].x1 + life[1].x1) / 2, 1);
    }
    EXPECT_EQ(midway, 1);
}

TEST(LadderSvg, ABThatIsPlayedIsTheNetworkAndHasNoStates) {
    History h;
    h.b_is_played = true;
    h.moments = {departure(Peer::a, flag::syn, 5), departure(Peer::b, flag::syn | flag::ack, 9)};
    h.moments[1].kind = Moment::Kind::arrival;
    h.moments[1].peer = Peer::a;
    h.moments[1].states[0] = State::Established;
    const auto elements = elements_of(ladder_svg(h, {{}, {"client", "server"}, "", ""}));
    const auto texts = texts_of(elements);
    EXPECT_EQ(texts.count("(the network)"), 1u);
    EXPECT_EQ(texts.count("client"), 1u);
    EXPECT_EQ(texts.count("server"), 0u);
    EXPECT_EQ(states_at(elements, Peer::a), (std::vector<std::string>{"CLOSED", "ESTABLISHED"}));
    EXPECT_TRUE(states_at(elements, Peer::b).empty());
    const auto arrows = strokes(elements, "l-arrow");
    ASSERT_EQ(arrows.size(), 2u);
    EXPECT_EQ(arrows[0].x2, arrows[1].x1);
}

TEST(LadderSvg, NotationAndRulesAreShownAsAskedFor) {
    const auto shown = [](const char* name, const LadderOptions& notation) {
        return texts_of(elements_of(ladder_svg(history_of(name), {notation})));
    };
    EXPECT_EQ(shown("refused_open", {Numbers::absolute, true}).count("000010 100:100(0)"), 1u);
    EXPECT_EQ(shown("handshake", {Numbers::relative}).count("S. 0:0(0) ack 1"), 1u);
    EXPECT_EQ(shown("handshake", {Numbers::absolute, false, true}).count("3.10.7.2-3-SYN"), 1u);
    EXPECT_EQ(shown("handshake", {}).count("3.10.7.2-3-SYN"), 0u);
    EXPECT_EQ(shown("handshake", {}).count("S 100:100(0) win 65535"), 0u);
    EXPECT_EQ(shown("shut_window", {}).count("S 99:99(0) win 65535"), 1u) << "a window that is shut";
}

TEST(LadderSvg, SynsShowTheirOptions) {
    History h;
    h.moments = {departure(Peer::a, flag::syn, 1), departure(Peer::a, flag::ack, 2)};
    for (Moment& m : h.moments) m.segment.mss = 1460;
    const auto texts = texts_of(elements_of(ladder_svg(h)));
    EXPECT_EQ(texts.count("S 1:1(0) <mss 1460>"), 1u);
    EXPECT_EQ(texts.count(". 2:2(0) ack 0"), 1u);
}

TEST(LadderSvg, TimesStandAtTheMarginInSeconds) {
    const auto shown = [](std::vector<std::int64_t> times) {
        History h;
        for (const std::int64_t t : times) {
            h.moments.push_back(note(Peer::a, "STATUS"));
            h.moments.back().time_ns = t;
        }
        h.moments.push_back(note(Peer::b, "STATUS"));  // without a time
        return texts_of(elements_of(ladder_svg(h)));
    };
    const auto whole = shown({0, 1500000000, 1500000000, 120000000000});
    EXPECT_EQ(whole.count("0.000 s"), 1u);
    EXPECT_EQ(whole.count("1.500 s"), 1u) << "once for all that happens then";
    EXPECT_EQ(whole.count("120.000 s"), 1u);
    EXPECT_EQ(shown({-1, 1001}).count("-0.000000001 s"), 1u);
    EXPECT_EQ(shown({1000, 1000000}).count("0.000001 s"), 1u);
    EXPECT_EQ(shown({1500, 2000001}).count("0.002000 s"), 1u);
    EXPECT_EQ(shown({INT64_MIN}).count("-9223372036.854775808 s"), 1u);
}

TEST(LadderSvg, EachCaseShowsItsStatesAndItsSegments) {
    std::set<State> seen;
    for (const BuiltInCase& c : built_in_cases()) {
        const History h = history_of(c.name);
        for (const Numbers numbers : {Numbers::relative, Numbers::absolute, Numbers::symbolic}) {
            LadderSvgOptions options;
            options.notation = {numbers, false, true};
            const auto elements = elements_of(ladder_svg(h, options));
            const auto texts = texts_of(elements);
            for (const Peer p : {Peer::a, Peer::b}) {
                std::vector<std::string> expected;
                if (p == Peer::a || !h.b_is_played) expected.emplace_back(name(h.start[index(p)]));
                for (const Moment& m : h.moments) {
                    if (p == Peer::b && h.b_is_played) break;
                    seen.insert(m.states[index(p)]);
                    const std::string now{name(m.states[index(p)])};
                    if (now != expected.back()) expected.push_back(now);
                }
                EXPECT_EQ(states_at(elements, p), expected) << c.name;
            }
            std::map<std::string, std::size_t> segments;
            for (const Moment& m : h.moments) {
                if (m.kind == Moment::Kind::departure) {
                    ++segments[segment_text(h, options.notation, m, shows_windows(h), m.segment.syn())];
                }
            }
            for (const auto& [text, count] : segments) EXPECT_GE(texts.count(text), count) << c.name << ": " << text;
        }
    }
    EXPECT_EQ(seen.size(), state_count) << "the cases have every state";
}

// ---- its place on a page ----

struct Box {
    double left, top, right, bottom;
    std::string text;
};

/// Where texts are, if a character is 0.62 em wide.
std::vector<Box> boxes_of(const std::vector<Element>& elements) {
    std::vector<Box> boxes;
    for (const Element& e : all(elements, "text")) {
        const double font = e.attributes.count("font-size") == 1 ? e.number("font-size") : 12;
        EXPECT_GE(font, 12);
        const double wide = static_cast<double>(e.text.size()) * 0.62 * font;
        const std::string& anchor = e.attributes.at("text-anchor");
        const double x = e.number("x") - (anchor == "end" ? wide : anchor == "middle" ? wide / 2 : 0);
        boxes.push_back({x, e.number("y") - 0.8 * font, x + wide, e.number("y") + 0.25 * font, e.text});
    }
    return boxes;
}

void expect_that_no_texts_overlap(const std::string& svg, std::string_view what) {
    const auto elements = elements_of(svg);
    const auto boxes = boxes_of(elements);
    const double width = elements[0].number("width");
    const double height = elements[0].number("height");
    for (const Box& b : boxes) {
        EXPECT_TRUE(b.left >= 0 && b.top >= 0 && b.right <= width && b.bottom <= height) << what << ": " << b.text;
    }
    const auto expect_free = [&](double x, double y, const char* mark) {
        for (const Box& b : boxes) {
            EXPECT_FALSE(b.left < x && x < b.right && b.top < y && y < b.bottom)
                << what << ": " << mark << " under '" << b.text << "'";
        }
    };
    for (const Element& e : all(elements, "circle")) expect_free(e.number("cx"), e.number("cy"), "a dot");
    for (const Stroke& s : strokes(elements, "l-arrow")) expect_free(s.x2, s.y2, "the end of an arrow");
    for (const Stroke& s : strokes(elements, "l-cross")) {
        expect_free(s.x1, s.y1, "a cross");
        expect_free(s.x2, s.y2, "a cross");
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        for (std::size_t j = i + 1; j < boxes.size(); ++j) {
            const Box& a = boxes[i];
            const Box& b = boxes[j];
            EXPECT_FALSE(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
                << what << ": '" << a.text << "' and '" << b.text << "'";
        }
    }
}

TEST(LadderSvg, NoTextOverlapsAnotherOrLeavesThePicture) {
    for (const BuiltInCase& c : built_in_cases()) {
        for (const bool on : {false, true}) {
            LadderSvgOptions options;
            options.notation = {Numbers::absolute, on, on};
            options.title = std::string{c.name} + " in a title that is much longer than any picture is wide, I suppose";
            if (on) options.names = {"2001:db8:1111:2222:3333:4444:5555:6666.65535", "server"};
            History h = history_of(c.name);
            for (std::size_t i = 0; i < h.moments.size(); ++i) {
                h.moments[i].time_ns = static_cast<std::int64_t>(i) * 1000001;
                if (on) h.moments[i].fate = Moment::Fate{static_cast<std::uint8_t>(i % 3)};
            }
            expect_that_no_texts_overlap(ladder_svg(h, options), c.name);
        }
    }
}

TEST(LadderSvg, LongTextWidensOrLengthensThePicture) {
    History h;
    Moment m = departure(Peer::b, flag::syn | flag::ack | flag::psh | flag::urg | flag::fin, 4294967295);
    m.segment.ack = m.segment.seq;
    m.segment.text = 4294967295;
    m.segment.tsval = m.segment.tsecr = 4294967295;
    m.segment.mss = 65535;
    m.segment.wscale = 14;
    m.segment.has_ts = m.segment.sack_permitted = m.segment.security_mismatch = true;
    m.signals = {"a signal that has a lot to say, and would run out of the picture if it could", std::string(100, 'x')};
    Moment from_nowhere = m;
    from_nowhere.kind = Moment::Kind::arrival;
    from_nowhere.text = "an old duplicate of which there is much to be told";
    h.moments = {m, from_nowhere, note(Peer::a, std::string(60, 'y') + " z"), m};
    expect_that_no_texts_overlap(ladder_svg(h, {{}, {"A", "B"}, std::string(300, 't'), ""}), "long");
}

TEST(LadderSvg, HostileTextIsEscaped) {
    const std::string hostile = "</text></svg><script>alert(\"1\")</script>&'";
    History h;
    h.moments = {note(Peer::a, hostile), arrival({{}, {}, false, {departure(Peer::a, flag::syn, 1)}}, 0)};
    h.moments[0].signals = {hostile};
    h.moments[1].from.reset();
    h.moments[1].text = hostile;
    const std::string svg = ladder_svg(h, {{}, {hostile, hostile}, hostile, ""});
    const auto elements = elements_of(svg);
    EXPECT_TRUE(all(elements, "script").empty());
    EXPECT_EQ(all(elements, "svg").size(), 1u);
    EXPECT_EQ(all(elements, "title").at(0).text, hostile);
    EXPECT_EQ(texts_of(elements).count(hostile), 3u) << "heading and names, which are not broken";
    EXPECT_EQ(texts_of(elements).count("(" + hostile + ") S 1:1(0)"), 1u);
}

TEST(LadderSvg, WhatXmlCannotHaveIsReplaced) {
    const auto title = [](const std::string& text) {
        return all(elements_of(ladder_svg({}, {{}, {"A", "B"}, text, ""})), "title").at(0).text;
    };
    const std::string gone = "\xef\xbf\xbd";
    EXPECT_EQ(title(std::string{"a\0b\x1b", 4}), "a" + gone + "b" + gone);
    EXPECT_EQ(title("a\nb\tc"), "a b c");
    EXPECT_EQ(title("\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80"), "\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80");
    EXPECT_EQ(title("\xc3"), gone);                                   // cut
    EXPECT_EQ(title("\xc0\x80"), gone + gone);                        // overlong
    EXPECT_EQ(title("\xed\xa0\x80"), gone + gone + gone);             // a surrogate
    EXPECT_EQ(title("\xef\xbf\xbf"), gone + gone + gone);             // U+FFFF
    EXPECT_EQ(title("\xf4\x90\x80\x80"), gone + gone + gone + gone);  // above U+10FFFF
    EXPECT_EQ(title("\xe2\x80\xae"
                    "abc"),
              gone + gone + gone + "abc");  // turns the text round
}

TEST(LadderSvg, PicturesOnOnePageDoNotMeet) {
    std::set<std::string> ids;
    std::size_t count = 0;
    for (const BuiltInCase& c : built_in_cases()) {
        const auto elements = elements_of(ladder_svg(history_of(c.name)));
        for (const Element& e : elements) {
            if (e.attributes.count("id") == 0) continue;
            ids.insert(e.attributes.at("id"));
            ++count;
        }
        const std::string& own = elements[0].attributes.at("class");
        EXPECT_EQ(elements[0].attributes.at("aria-labelledby"), own + "-title " + own + "-desc");
        // Each selector of the style begins with the class of the picture.
        const std::string style = all(elements, "style").at(0).text;
        for (std::size_t at = 0; (at = style.find('{', at)) != std::string::npos; ++at) {
            const std::size_t line = style.rfind('\n', at) + 1;
            const std::string selector = style.substr(line, at - line);
            EXPECT_TRUE(selector.starts_with("." + own + " .l-") || selector.starts_with("@media")) << selector;
        }
    }
    EXPECT_EQ(ids.size(), count);
    EXPECT_EQ(count, 2 * built_in_cases().size());
}

TEST(LadderSvg, TheIdMayBeGiven) {
    const auto elements = elements_of(ladder_svg({}, {{}, {"A", "B"}, "", "run-1"}));
    EXPECT_EQ(elements[0].attributes.at("class"), "run-1");
    EXPECT_EQ(all(elements, "title").at(0).attributes.at("id"), "run-1-title");
    for (const char* id : {"1", "a b", "a\"", "-a", "a.b"}) {
        EXPECT_THROW(ladder_svg({}, {{}, {"A", "B"}, "", id}), std::invalid_argument) << id;
    }
}

TEST(LadderSvg, TheSameRunIsTheSamePicture) {
    EXPECT_EQ(ladder_svg(history_of("normal_close")), ladder_svg(history_of("normal_close")));
    EXPECT_NE(ladder_svg(history_of("normal_close")), ladder_svg(history_of("normal_close"), {{Numbers::relative}}));
}

TEST(LadderSvg, TextHasContrastInLightAndInDark) {
    const std::string svg = ladder_svg({});
    const auto luminance = [](const std::string& hex) {
        double sum = 0;
        const double weights[] = {0.2126, 0.7152, 0.0722};
        for (std::size_t i = 0; i < 3; ++i) {
            const double c = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
            sum += weights[i] * (c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
        }
        return sum;
    };
    const std::size_t dark = svg.find("@media (prefers-color-scheme: dark)");
    ASSERT_NE(dark, std::string::npos);
    for (const std::size_t from : {std::size_t{0}, dark}) {
        const auto colour = [&](const std::string& what) {
            const std::string rule = " .l-" + what + "{fill:";
            return svg.substr(svg.find(rule, from) + rule.size(), 7);
        };
        const auto contrast = [&](const std::string& one, const std::string& two) {
            const double a = luminance(colour(one)) + 0.05;
            const double b = luminance(colour(two)) + 0.05;
            return std::max(a, b) / std::min(a, b);
        };
        for (const char* band : {"closed", "opening", "established", "closing", "card", "veil"}) {
            EXPECT_GE(contrast("text", band), 4.5) << band;
            EXPECT_GE(contrast("quiet", band), 4.5) << band;
        }
        EXPECT_GE(contrast("signal", "card"), 4.5);
        EXPECT_GE(contrast("head", "card"), 4.5);
    }
}

TEST(LadderSvg, ALateSegmentIsNamedAgainWhereItArrives) {
    History h;
    h.moments = {departure(Peer::a, flag::syn, 1)};
    for (int i = 0; i < 20; ++i) h.moments.push_back(note(Peer::b, "STATUS"));
    h.moments.push_back(arrival(h, 0));
    EXPECT_EQ(texts_of(elements_of(ladder_svg(h))).count("S 1:1(0)"), 2u);
    h.moments.erase(h.moments.begin() + 1, h.moments.begin() + 20);
    EXPECT_EQ(texts_of(elements_of(ladder_svg(h))).count("S 1:1(0)"), 1u);
}

TEST(LadderSvg, ARunThatPointsNowhereIsDrawnAllTheSame) {
    History h;
    h.moments = {note(Peer::b, ""), departure(Peer::a, flag::syn, 1)};
    for (const std::size_t from : {0u, 1u, 2u, 7u}) {
        Moment m = arrival(h, 1);
        m.from = from;
        m.peer = from == 1 ? Peer::a : Peer::b;  // not the receiver
        h.moments.push_back(m);
    }
    EXPECT_EQ(all(elements_of(ladder_svg(h)), "circle").size(), 3u * 5) << "four from nowhere, and one that never came";
    EXPECT_EQ(strokes(elements_of(ladder_svg({})), "l-life").size(), 2u);
}

TEST(LadderSvg, ALongRunGrowsInHeightAndInNothingElse) {
    const auto run = [](std::size_t segments) {
        History h;
        for (std::size_t i = 0; i < segments; ++i) {
            h.moments.push_back(departure(i % 2 == 0 ? Peer::a : Peer::b, flag::ack, 1));
            h.moments.push_back(arrival(h, h.moments.size() - 1));
        }
        return h;
    };
    const std::string one = ladder_svg(run(1000));
    const std::string two = ladder_svg(run(2000));
    const Element first = elements_of(one)[0];
    const Element second = elements_of(two)[0];
    EXPECT_EQ(first.attributes.at("width"), second.attributes.at("width"));
    EXPECT_NEAR(second.number("height") / first.number("height"), 2, 0.01);
    EXPECT_LT(two.size(), 2.1 * static_cast<double>(one.size()));
}

}  // namespace
}  // namespace lastack::support
