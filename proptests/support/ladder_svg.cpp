#include "lastack/support/ladder_svg.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/lifecycle/timers.hpp"
#include "segment_text.hpp"

namespace lastack::support {
namespace {

// ---- text ----

/// How many octets of `text` the character at `at` has; 0 when it is not UTF-8 or XML 1.0 cannot have it.
std::size_t octets_of_character(std::string_view text, std::size_t at) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const unsigned first = octet(at);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    std::uint32_t code = first & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((octet(at + i) & 0xc0u) != 0x80) return 0;
        code = code << 6 | (octet(at + i) & 0x3fu);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    const bool control = code < 0xa0;
    const bool turns_text_round = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const bool none = (code >= 0xd800 && code < 0xe000) || code == 0xfffe || code == 0xffff || code > 0x10ffff;
    return overlong || control || turns_text_round || none ? 0 : size;
}

/// One line of UTF-8 that XML can have.
std::string clean(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t octets = octets_of_character(text, i);
        if (octets > 0) {
            result += text.substr(i, octets);
        } else {
            const bool space = text[i] == '\n' || text[i] == '\r' || text[i] == '\t';
            result += space ? " " : "\xef\xbf\xbd";  // U+FFFD
        }
        i += std::max<std::size_t>(octets, 1);
    }
    return result;
}

std::string escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

/// Columns of a clean text in a monospaced font; two for all that is not ASCII, as the widest characters have.
std::size_t columns(std::string_view text) {
    std::size_t n = 0;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        n += octet < 0x80 ? 1 : octet >= 0xc0 ? 2 : 0;
    }
    return n;
}

/// A clean text on lines of at most `most` columns; a word that is longer is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t most) {
    std::vector<std::string> lines{""};
    std::size_t used = 0;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = std::min(text.find(' ', i), text.size());
        std::size_t wide = columns(text.substr(i, end - i));
        if (used > 0 && used + 1 + wide > most) {
            lines.emplace_back();
            used = 0;
        }
        if (wide > most) {
            end = i;
            wide = 0;
            while (end < text.size() && text[end] != ' ') {
                const std::size_t octets = octets_of_character(text, end);
                const std::size_t more = columns(text.substr(end, octets));
                if (wide + more > most) break;
                wide += more;
                end += octets;
            }
        }
        if (used > 0) lines.back() += ' ';
        used += (used > 0 ? 1 : 0) + wide;
        lines.back() += text.substr(i, end - i);
        i = end < text.size() && text[end] == ' ' ? end + 1 : end;
    }
    return lines;
}

/// Tenths of a unit, whatever the locale.
std::string number(double value) {
    const long tenths = std::lround(value * 10);
    std::string text = tenths < 0 ? "-" : "";
    text += std::to_string(std::labs(tenths) / 10);
    if (tenths % 10 != 0) text += "." + std::to_string(std::labs(tenths) % 10);
    return text;
}

std::uint64_t hash(std::string_view text) {  // FNV-1a
    std::uint64_t h = 14695981039346656037u;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return h;
}

bool is_id(std::string_view id) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !id.empty() && letter(id[0]) && std::all_of(id.begin(), id.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

// ---- measures, in pixels ----

constexpr double segment_font = 13;  // names of the ends too
constexpr double small_font = 12;    // all other text
constexpr double title_font = 14;
constexpr double column_em = 0.62;  // the usual monospaced fonts have 0.55 to 0.61
constexpr double margin = 12;
constexpr double band_width = 108;  // SYN-RECEIVED
constexpr double least_corridor = 280;
constexpr double label_inset = 16;  // from a life line to the segment's notation
constexpr double gutter = 18;       // between the states of an end and what is said at its side
constexpr std::size_t side_columns = 28;
constexpr double line_height = 16;  // at the sides
constexpr double drop = 28;         // of an arrow that nothing delays
constexpr double least_step = 22;
constexpr double band_label_every = 400;
constexpr std::size_t far_away = 6;  // moments behind which a late segment is named again

double wide(std::string_view text, double font) { return static_cast<double>(columns(text)) * font * column_em; }

constexpr std::string_view font_families =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,&quot;DejaVu Sans Mono&quot;,&quot;Liberation Mono&quot;,monospace";

/// Kinds of things in the picture, each with its colour in light and in dark. The text on its background has a
/// contrast of 4.5:1 at least.
struct Colour {
    std::string_view what;
    std::string_view property;
    std::string_view light;
    std::string_view dark;
};
constexpr Colour colours[] = {
    {"card", "fill", "#ffffff", "#161b22"},        {"card", "stroke", "#d0d7de", "#3d444d"},
    {"veil", "fill", "#ffffff", "#161b22"},        {"text", "fill", "#1f2328", "#e6edf3"},
    {"quiet", "fill", "#57606a", "#9da7b3"},       {"signal", "fill", "#6639ba", "#d2a8ff"},
    {"life", "stroke", "#57606a", "#9da7b3"},      {"arrow", "stroke", "#0550ae", "#79c0ff"},
    {"head", "fill", "#0550ae", "#79c0ff"},        {"cross", "stroke", "#b42318", "#ff8f87"},
    {"closed", "fill", "#eaeef2", "#2d333b"},      {"opening", "fill", "#dbeafe", "#1c3458"},
    {"established", "fill", "#dcfce7", "#163a27"}, {"closing", "fill", "#ffedd5", "#4a2c12"},
};

std::string style(const std::string& id) {
    // Only classes of this picture: a style inside a page is a style of the whole page.
    const auto rules = [&](bool dark) {
        std::string text;
        for (const Colour& c : colours) {
            text += "." + id + " .l-" + std::string{c.what} + "{" + std::string{c.property} + ":" +
                    std::string{dark ? c.dark : c.light} + "}\n";
        }
        return text;
    };
    return "<style>\n" + rules(false) + "@media (prefers-color-scheme: dark) {\n" + rules(true) + "}\n</style>\n";
}

/// The colour of a band repeats what its label says.
std::string_view phase(State s) {
    if (s == State::Closed) return "closed";
    if (s < State::Established) return "opening";
    return s == State::Established ? "established" : "closing";
}

struct Point {
    double x{};
    double y{};
};

// ---- the picture ----

/// A line at the side of an end.
struct SideLine {
    enum class Kind : std::uint8_t { happens, is_told, rule, more };
    Kind kind;  ///< more: of the text that the line before began
    bool signal;
    std::string text;
};

class Picture {
public:
    Picture(const History& history, const LadderSvgOptions& options)
        : h_{history}, o_{options}, windows_{shows_windows(history)}, rows_(history.moments.size()) {
        names_[0] = clean(o_.names[0]);
        std::int64_t longest = 0;
        for (const Moment& m : h_.moments) {
            if (m.time_ns && *m.time_ns % 1000000 != 0) time_digits_ = std::max<std::size_t>(time_digits_, 6);
            longest = std::max(longest, m.time_ns.value_or(0));
        }
        for (const Moment& m : h_.moments) {
            if (m.time_ns && *m.time_ns % 1000 != 0 && longest < ms_in_ns) time_digits_ = 9;
        }
        names_[1] = h_.b_is_played ? "(the network)" : clean(o_.names[1]);
        for (std::size_t i = 0; i < rows_.size(); ++i) read(i);
        place_columns();
        place_rows();
    }

    std::string draw() {
        for (std::size_t i = 0; i < rows_.size(); ++i) draw_moment(i);
        for (const Peer p : {Peer::a, Peer::b}) draw_life(p);
        draw_heads();
        const std::string title = clean(o_.title.empty() ? "Ladder of " + names_[0] + " and " + names_[1] : o_.title);
        const std::string words = in_words();
        const std::string size = number(width_) + " " + number(height_);
        std::string body = "<rect class=\"l-card\" x=\"0.5\" y=\"0.5\" width=\"" + number(width_ - 1) + "\" height=\"" +
                           number(height_ - 1) + "\" rx=\"6\"/>\n" + bands_ + lines_ + labels_ + sides_;
        std::string id = o_.id;
        if (id.empty()) {
            constexpr std::string_view digits = "0123456789abcdef";
            id = "ladder-";
            const std::uint64_t h = hash(title + words + body);
            for (int shift = 60; shift >= 0; shift -= 4) id += digits[h >> shift & 15];
        }
        std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"" + id + "\" width=\"" + number(width_) +
                          "\" height=\"" + number(height_) + "\" viewBox=\"0 0 " + size +
                          "\" role=\"img\" aria-labelledby=\"" + id + "-title " + id + "-desc\" font-family=\"" +
                          std::string{font_families} + "\" font-size=\"" + number(small_font) + "\">\n<title id=\"" +
                          id + "-title\">" + escape(title) + "</title>\n";
        svg += "<desc id=\"" + id + "-desc\">" + escape(words) + "</desc>\n";
        return svg + style(id) + body + "</svg>\n";
    }

private:
    /// Where a moment is, and what it needs.
    struct Row {
        double y{};
        bool out_of_nowhere{false};     ///< arrival
        bool from_network{false};       ///< arrival, when there is no B
        bool named_again{false};        ///< arrival, far from its departure
        bool departure_arrives{false};  ///< at least one copy
        bool arrives_next{false};       ///< departure, with its arrival in the next row
        std::vector<SideLine> side{};
    };

    void read(std::size_t i) {
        const Moment& m = h_.moments[i];
        Row& row = rows_[i];
        if (m.kind == Moment::Kind::arrival) {
            const bool known = m.from && *m.from < i && h_.moments[*m.from].kind == Moment::Kind::departure &&
                               h_.moments[*m.from].peer != m.peer;
            row.from_network = !known && h_.b_is_played && m.peer == Peer::a;
            row.out_of_nowhere = !known && !row.from_network;
            if (known) {
                rows_[*m.from].departure_arrives = true;
                if (*m.from + 1 == i) rows_[*m.from].arrives_next = true;
                row.named_again = i - *m.from > far_away;
            }
        }
        using Kind = SideLine::Kind;
        const auto say = [&row](Kind kind, std::string_view text) {
            const bool signal = kind == Kind::is_told;
            for (std::string& line : wrap(clean(text), side_columns)) {
                row.side.push_back({kind, signal, std::move(line)});
                kind = Kind::more;
            }
        };
        if (m.kind == Moment::Kind::note) say(Kind::happens, m.text);
        for (const std::string& s : m.signals) say(Kind::is_told, s);
        if (!o_.notation.rules) return;
        for (const Rule r : m.rules) say(Kind::rule, id(r));
    }

    std::string label(std::size_t i) const {
        return segment_text(h_, o_.notation, h_.moments[i], windows_, h_.moments[i].segment.syn());
    }
    /// What it is, when it comes from where nobody sees.
    std::string before_label(std::size_t i) const {
        const std::string& text = h_.moments[i].text;
        const bool unseen = rows_[i].out_of_nowhere || rows_[i].from_network;
        return unseen && !text.empty() ? in_parentheses(text) + " " : "";
    }
    static std::string in_parentheses(std::string_view text) { return "(" + clean(text) + ")"; }

    void place_columns() {
        double times = 0;
        std::array<double, 2> sides{};
        double corridor = least_corridor;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Moment& m = h_.moments[i];
            if (m.time_ns) times = std::max(times, wide(time(*m.time_ns), small_font));
            for (const SideLine& s : rows_[i].side) {
                sides[index(m.peer)] = std::max(sides[index(m.peer)], gutter + wide(s.text, small_font));
            }
            if (m.kind == Moment::Kind::note) continue;
            double needed = wide(label(i), segment_font);
            needed += wide(before_label(i), segment_font);
            corridor = std::max(corridor, needed + 2 * label_inset);
        }
        const double names = wide(names_[0], segment_font) + wide(names_[1], segment_font) + 2 * segment_font;
        corridor = std::max(corridor, names - 2 * band_width);
        times_end_ = margin + times;
        band_x_[0] = times_end_ + (times > 0 ? margin : 0) + sides[0];
        life_x_[0] = band_x_[0] + band_width;
        life_x_[1] = band_x_[1] = life_x_[0] + corridor;
        width_ = std::ceil(band_x_[1] + band_width + sides[1] + margin);
    }

    void place_rows() {
        double y = margin;
        if (!o_.title.empty()) {
            const auto most = static_cast<std::size_t>((width_ - 2 * margin) / (title_font * column_em));
            for (const std::string& line : wrap(clean(o_.title), most)) {
                y += 18;
                add_text(sides_, {margin, y - 4}, "start", "l-text", line,
                         "font-weight=\"bold\" font-size=\"" + number(title_font) + "\"");
            }
            y += 6;
        }
        y += 16;
        names_y_ = y - 3;
        top_ = y + 4;
        std::array<double, 2> side_end{top_, top_};
        double above_next = top_ + 20;  // the states in which the run begins have room
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Moment& m = h_.moments[i];
            Row& row = rows_[i];
            row.y = above_next + room_above(i);
            if (i > 0) {
                row.y = std::max(row.y, rows_[i - 1].y + least_step);
                if (rows_[i - 1].arrives_next) row.y = rows_[i - 1].y + drop;
            }
            if (!row.side.empty()) {
                row.y = std::max(row.y, side_end[index(m.peer)] + line_height + 4);
                side_end[index(m.peer)] = row.y + static_cast<double>(row.side.size() - 1) * line_height;
            }
            above_next = row.y + room_below(i);
        }
        bottom_ =
            std::max({above_next + 12, side_end[0] + 12, side_end[1] + 12, rows_.empty() ? 0 : rows_.back().y + 28});
        height_ = std::ceil(bottom_ + margin);
    }

    /// What a row needs above the height of its life line's event, and below.
    double room_above(std::size_t i) const {
        if (rows_[i].out_of_nowhere) return 24 + drop / 2;
        if (rows_[i].from_network) return 18 + drop;
        return h_.moments[i].kind == Moment::Kind::departure ? 18 : 6;
    }
    double room_below(std::size_t i) const {
        const Moment& m = h_.moments[i];
        if (rows_[i].named_again) return 20;
        if (m.kind != Moment::Kind::departure) return 6;
        if (goes_into_the_network(i)) return drop + 4;
        if (!rows_[i].departure_arrives) return 22;
        return m.fate == Moment::Fate::arrived ? 8 : 30;
    }
    /// There is no B that could receive it.
    bool goes_into_the_network(std::size_t i) const {
        const Moment& m = h_.moments[i];
        return h_.b_is_played && m.fate == Moment::Fate::arrived && !rows_[i].departure_arrives;
    }

    // ---- marks ----

    static std::string at(std::string_view x, std::string_view y, Point p) {
        return std::string{x} + "=\"" + number(p.x) + "\" " + std::string{y} + "=\"" + number(p.y) + "\"";
    }

    static void add_text(std::string& to, Point p, std::string_view anchor, std::string_view what,
                         std::string_view text, std::string_view attributes = {}) {
        to += "<text class=\"" + std::string{what} + "\" " + at("x", "y", p) + " text-anchor=\"" + std::string{anchor} +
              "\"" + (attributes.empty() ? "" : " ") + std::string{attributes} + ">" + escape(text) + "</text>\n";
    }

    void add_line(Point from, Point to, std::string_view what, std::string_view attributes) {
        lines_ += "<line class=\"" + std::string{what} + "\" " + at("x1", "y1", from) + " " + at("x2", "y2", to) + " " +
                  std::string{attributes} + "/>\n";
    }

    void add_arrow(Point from, Point to) {
        add_line(from, to, "l-arrow", "stroke-width=\"1.5\"");
        const double length = std::hypot(to.x - from.x, to.y - from.y);
        const Point u{(to.x - from.x) / length, (to.y - from.y) / length};
        const Point back{to.x - 10 * u.x, to.y - 10 * u.y};
        lines_ += "<polygon class=\"l-head\" points=\"" + number(to.x) + "," + number(to.y) + " " +
                  number(back.x - 4 * u.y) + "," + number(back.y + 4 * u.x) + " " + number(back.x + 4 * u.y) + "," +
                  number(back.y - 4 * u.x) + "\"/>\n";
    }

    /// Three dots that go on, from behind `from`, in the direction of `step`.
    void add_dots(Point from, Point step) {
        for (int i = 1; i <= 3; ++i) {
            lines_ += "<circle class=\"l-head\" " + at("cx", "cy", {from.x + i * step.x, from.y + i * step.y}) +
                      " r=\"2\"/>\n";
        }
    }

    void add_cross(Point p) {
        for (const double s : {-1.0, 1.0}) {
            add_line({p.x - 6, p.y - 6 * s}, {p.x + 6, p.y + 6 * s}, "l-cross", "stroke-width=\"2.5\"");
        }
    }

    /// Notation of a segment that leaves or arrives at the life line of `end`, on a veil that holds lines off it.
    void add_label(std::size_t i, Peer end, double y, std::string_view what, const std::string& before) {
        const std::string text = label(i);
        const double extent = wide(before + text, segment_font);
        const bool left = end == Peer::a;
        const double x = left ? life_x_[0] + label_inset : life_x_[1] - label_inset;
        labels_ += "<rect class=\"l-veil\" x=\"" + number((left ? x : x - extent) - 2) + "\" y=\"" + number(y - 12) +
                   "\" width=\"" + number(extent + 4) + "\" height=\"15\" opacity=\"0.85\"/>\n";
        labels_ += "<text class=\"" + std::string{what} + "\" " + at("x", "y", {x, y}) + " text-anchor=\"" +
                   (left ? "start" : "end") + "\" font-size=\"" + number(segment_font) + "\">";
        if (!before.empty()) labels_ += "<tspan font-style=\"italic\">" + escape(before) + "</tspan>";
        labels_ += escape(text) + "</text>\n";
    }

    // ---- moments ----

    void draw_moment(std::size_t i) {
        const Moment& m = h_.moments[i];
        if (m.kind == Moment::Kind::departure) draw_departure(i);
        if (m.kind == Moment::Kind::arrival) draw_arrival(i);
        draw_side(i);
        if (!m.time_ns || m.time_ns == last_time_) return;
        last_time_ = m.time_ns;
        add_text(sides_, {times_end_, rows_[i].y + 4}, "end", "l-quiet", time(*m.time_ns));
    }

    void draw_departure(std::size_t i) {
        const Moment& m = h_.moments[i];
        const Point from{life_x_[index(m.peer)], rows_[i].y};
        const double across = life_x_[index(other(m.peer))] - from.x;
        add_label(i, m.peer, from.y - 5, "l-text", "");
        if (goes_into_the_network(i)) {
            add_arrow(from, {from.x + across, from.y + drop});
        } else if (!rows_[i].departure_arrives || m.fate != Moment::Fate::arrived) {
            // Steeper than the arrow of a copy that arrives.
            const Point end{from.x + across / 2, from.y + (rows_[i].departure_arrives ? 0.75 : 0.5) * drop};
            add_line(from, end, "l-arrow", "stroke-width=\"1.5\"");
            const Point step{across > 0 ? 8.0 : -8.0, 8 * (end.y - from.y) / std::abs(end.x - from.x)};
            if (m.fate == Moment::Fate::lost) {
                add_cross(end);
            } else {
                add_dots(end, step);
            }
        }
    }

    void draw_arrival(std::size_t i) {
        const Moment& m = h_.moments[i];
        const Row& row = rows_[i];
        const Point to{life_x_[index(m.peer)], row.y};
        const double sender_x = life_x_[index(other(m.peer))];
        if (row.out_of_nowhere) {
            const Point from{(sender_x + to.x) / 2, to.y - drop / 2};
            const double forward = to.x > from.x ? 8 : -8;
            add_dots(from, {-forward, -8 * (drop / 2) / std::abs(to.x - from.x)});
            add_arrow(from, to);
            add_label(i, m.peer, from.y - 10, "l-text", before_label(i));
            return;
        }
        if (row.from_network) {
            const double leaves = to.y - drop;
            add_arrow({sender_x, leaves}, to);
            add_label(i, Peer::b, leaves - 5, "l-text", before_label(i));
            return;
        }
        add_arrow({sender_x, rows_[*m.from].y}, to);
        if (row.named_again) add_label(i, m.peer, to.y + 15, "l-quiet", "");
    }

    void draw_side(std::size_t i) {
        const Moment& m = h_.moments[i];
        const bool left = m.peer == Peer::a;
        const double edge = left ? band_x_[0] : band_x_[1] + band_width;
        const double out = left ? -1 : 1;  // away from the life line
        double y = rows_[i].y;
        for (const SideLine& s : rows_[i].side) {
            using Kind = SideLine::Kind;
            if (s.kind == Kind::happens || s.kind == Kind::is_told) {
                // A triangle points to whom it concerns: the end, or its user.
                const double base = edge + out * (s.kind == Kind::happens ? 12 : 4);
                const double tip = edge + out * (s.kind == Kind::happens ? 4 : 12);
                sides_ += std::string{"<polygon class=\""} + (s.signal ? "l-signal" : "l-text") + "\" points=\"" +
                          number(base) + "," + number(y - 4) + " " + number(base) + "," + number(y + 4) + " " +
                          number(tip) + "," + number(y) + "\"/>\n";
            }
            const std::string_view what = s.signal ? "l-signal" : s.kind == Kind::rule ? "l-quiet" : "l-text";
            add_text(sides_, {edge + out * gutter, y + 4}, left ? "end" : "start", what, s.text,
                     s.signal ? "font-style=\"italic\"" : "");
            y += line_height;
        }
    }

    // ---- the ends ----

    void draw_life(Peer p) {
        const double x = life_x_[index(p)];
        const bool played = p == Peer::b && h_.b_is_played;
        if (!played) {
            State state = h_.start[index(p)];
            double since = top_;
            for (std::size_t i = 0; i < rows_.size(); ++i) {
                if (h_.moments[i].states[index(p)] == state) continue;
                draw_band(p, state, since, rows_[i].y);
                state = h_.moments[i].states[index(p)];
                since = rows_[i].y;
            }
            draw_band(p, state, since, bottom_);
        }
        bands_ += "<line class=\"l-life\" " + at("x1", "y1", {x, top_}) + " " + at("x2", "y2", {x, bottom_}) +
                  " stroke-width=\"2\"" + (played ? " stroke-dasharray=\"6 4\"" : "") + "/>\n";
    }

    void draw_band(Peer p, State state, double from, double to) {
        bands_ += "<rect class=\"l-" + std::string{phase(state)} + "\" x=\"" + number(band_x_[index(p)]) + "\" y=\"" +
                  number(from + 1) + "\" width=\"" + number(band_width) + "\" height=\"" + number(to - from - 1) +
                  "\" rx=\"3\"/>\n";
        const double middle = band_x_[index(p)] + band_width / 2;
        add_text(bands_, {middle, from + 15}, "middle", "l-text", name(state));
        for (double y = from + band_label_every; y + band_label_every / 2 < to; y += band_label_every) {  // a tall band
            add_text(bands_, {middle, y}, "middle", "l-quiet", name(state));
        }
    }

    /// Names in the middle of their bands if they are short; they may reach into the corridor, not over the edge.
    void draw_heads() {
        for (const Peer p : {Peer::a, Peer::b}) {
            const std::string& text = names_[index(p)];
            const double x = band_x_[index(p)];
            const bool fits = wide(text, segment_font) <= band_width;
            const bool left = p == Peer::a;
            add_text(bands_,
                     {fits   ? x + band_width / 2
                      : left ? x
                             : x + band_width,
                      names_y_},
                     fits   ? "middle"
                     : left ? "start"
                            : "end",
                     "l-text", text, "font-weight=\"bold\" font-size=\"" + number(segment_font) + "\"");
        }
    }

    // ---- words ----

    /// Seconds, with as many digits as the times of the run need: nanoseconds only in one of less than a millisecond.
    std::string time(std::int64_t ns) const {
        std::uint64_t rest = ns < 0 ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
        std::string digits = std::to_string(rest % 1000000000u + 1000000000u).substr(1, time_digits_);
        rest /= 1000000000u;
        return (ns < 0 ? "-" : "") + std::to_string(rest) + "." + digits + " s";
    }

    /// A sentence for each moment, for those who do not see the picture.
    std::string in_words() const {
        std::array<State, 2> now = h_.start;
        std::string text = names_[0] + " is " + std::string{name(now[0])};
        text += h_.b_is_played ? "." : ", " + names_[1] + " is " + std::string{name(now[1])} + ".";
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Moment& m = h_.moments[i];
            const std::string& who = names_[index(m.peer)];
            text += "\n";
            if (m.time_ns) text += "At " + time(*m.time_ns) + ", ";
            if (m.kind == Moment::Kind::note) {
                text += who + ": " + clean(m.text);
            } else if (m.kind == Moment::Kind::departure) {
                text += who + " sends " + label(i);
                if (m.fate == Moment::Fate::lost) text += ", which is lost";
                if (m.fate == Moment::Fate::under_way) text += ", which is still under way at the end";
            } else {
                text += who + " receives " + label(i);
                if (rows_[i].out_of_nowhere) text += ", out of nowhere";
                if (!m.text.empty()) text += " " + in_parentheses(m.text);
            }
            for (const Peer p : {Peer::a, Peer::b}) {
                if (m.states[index(p)] == now[index(p)] || (p == Peer::b && h_.b_is_played)) continue;
                text += "; " + names_[index(p)] + " is now " + std::string{name(m.states[index(p)])};
            }
            now = m.states;
            text += ".";
            for (const std::string& s : m.signals) text += " " + in_parentheses(s);
            if (!o_.notation.rules || m.rules.empty()) continue;
            text += " Rules:";
            for (const Rule r : m.rules) text += " " + std::string{id(r)};
            text += ".";
        }
        return text;
    }

    const History& h_;
    const LadderSvgOptions& o_;
    bool windows_;
    std::vector<Row> rows_;
    std::array<std::string, 2> names_{};

    double times_end_{};
    std::array<double, 2> band_x_{};  ///< left edges
    std::array<double, 2> life_x_{};
    double width_{};
    double names_y_{};
    double top_{};  ///< of the life lines
    double bottom_{};
    double height_{};
    std::size_t time_digits_{3};  ///< behind the point
    std::optional<std::int64_t> last_time_{};

    // One above the other, in this order.
    std::string bands_;
    std::string lines_;
    std::string labels_;
    std::string sides_;
};

}  // namespace

std::string ladder_svg(const History& history, const LadderSvgOptions& options) {
    if (!options.id.empty() && !is_id(options.id)) {
        throw std::invalid_argument("ladder_svg: '" + clean(options.id) +
                                    "' is not an id: a letter, then letters, digits, '-' and '_'");
    }
    return Picture{history, options}.draw();
}

}  // namespace lastack::support
