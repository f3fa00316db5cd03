// Segments as text, and back.
//
//     segment = flags " " first ":" end "(" octets ")" [" ack " n] [" win " n] [" urg " n]
//               [" security-mismatch"] [" <" option *("," option) ">"]
//     option  = "mss " n / "sackOK" / "TS val " n " ecr " n / "wscale " n / "nop" / "eol"
#include "lastack/vocabulary/notation.hpp"

#include <charconv>

namespace lastack {
namespace {

// A letter a control bit, from FIN (bit 0) to CWR (bit 7).
constexpr std::string_view letters = "FSRP.UEW";

std::string print_flags(std::uint8_t flags, bool bits) {
    std::string text;
    if (bits) {
        // Six bits as in the header's first drawings; eight when one of the two younger ones is on.
        const int highest = (flags & (flag::ece | flag::cwr)) != 0 ? 7 : 5;
        for (int i = highest; i >= 0; --i) text += (flags >> i & 1) != 0 ? '1' : '0';
        return text;
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if ((flags >> i & 1) != 0) text += letters[i];
    }
    return text.empty() ? "-" : text;
}

std::string print_number(Seq number, Seq isn, char symbol, Numbers numbers) {
    const std::uint32_t distance = number - isn;
    switch (numbers) {
        case Numbers::absolute:
            return std::to_string(number.value);
        case Numbers::relative:
            return std::to_string(distance);
        case Numbers::symbolic:
            break;
    }
    std::string text(1, symbol);
    if (number < isn) return text.append("-").append(std::to_string(isn - number));
    if (distance != 0) text.append("+").append(std::to_string(distance));
    return text;
}

// Reads one line from left to right; the first thing that is wrong stops it.
class Reader {
public:
    Reader(std::string_view text, std::string& error) : text_{text}, error_{error} {}

    bool done() {
        skip_blanks();
        return at_ == text_.size();
    }

    // The next character, without consuming it; 0 at the end.
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(std::string_view token) {
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    // A word that ends at a blank, a delimiter or the end of the text.
    bool take_word(std::string_view word) {
        skip_blanks();
        const std::string_view rest = text_.substr(at_);
        if (!rest.starts_with(word)) return false;
        const char behind = rest.size() > word.size() ? rest[word.size()] : ' ';
        if (std::string_view{" ,<>"}.find(behind) == std::string_view::npos) return false;
        at_ += word.size();
        return true;
    }

    std::string_view take_until_blank() {
        skip_blanks();
        const std::string_view word = text_.substr(at_, text_.substr(at_).find(' '));
        at_ += word.size();
        return word;
    }

    template <typename Unsigned>
    bool number(std::string_view what, Unsigned& value, std::uint64_t largest) {
        skip_blanks();
        std::uint64_t wide = 0;
        const char* begin = text_.data() + at_;
        const auto [end, problem] = std::from_chars(begin, text_.data() + text_.size(), wide);
        if (end == begin) return fail("expected " + std::string{what});
        if (problem != std::errc{} || wide > largest) {
            return fail(std::string{what} + " is larger than " + std::to_string(largest));
        }
        at_ += static_cast<std::size_t>(end - begin);
        value = static_cast<Unsigned>(wide);
        return true;
    }

    bool fail(const std::string& what) {
        error_ = "segment: column " + std::to_string(at_ + 1) + ": " + what;
        for (char& c : error_) c = c >= ' ' && c <= '~' ? c : '?';  // one clean line, whatever came in
        return false;
    }

    void skip_blanks() {
        while (peek() == ' ') ++at_;
    }

private:
    std::string_view text_;
    std::string& error_;
    std::size_t at_{0};
};

bool read_flags(Reader& in, Segment& s) {
    const std::string_view word = in.take_until_blank();
    if (word.empty()) return in.fail("expected control bits, as in 'S.'");
    if (word == "-") return true;
    if (word.find_first_not_of("01") == std::string_view::npos && (word.size() == 6 || word.size() == 8)) {
        for (const char bit : word) s.flags = static_cast<std::uint8_t>(s.flags << 1 | (bit == '1' ? 1 : 0));
        return true;
    }
    for (const char letter : word) {
        const std::size_t index = letters.find(letter);
        if (index == std::string_view::npos)
            return in.fail("unknown control bit before here: '" + std::string{letter} + "'");
        const auto bit = static_cast<std::uint8_t>(1u << index);
        if ((s.flags & bit) != 0) return in.fail("control bit given twice before here: '" + std::string{letter} + "'");
        s.flags |= bit;
    }
    return true;
}

bool read_sequence(Reader& in, Segment& s) {
    constexpr std::uint64_t most = 0xffffffff;
    std::uint32_t end = 0;
    if (!in.number("a sequence number", s.seq.value, most)) return false;
    if (!in.take(":")) return in.fail("expected ':' and the number behind the text");
    if (!in.number("the number behind the text", end, most)) return false;
    if (!in.take("(")) return in.fail("expected '(' and the octets of text");
    if (!in.number("the octets of text", s.text, most)) return false;
    if (!in.take(")")) return in.fail("expected ')'");
    if (s.seq + s.text != Seq{end}) {
        return in.fail("the octets of text before here do not lead from the first number to the second");
    }
    return true;
}

bool read_option(Reader& in, Segment& s) {
    if (in.take_word("nop") || in.take_word("eol")) return true;
    if (in.take_word("sackOK")) {
        if (s.sack_permitted) return in.fail("sackOK twice");
        s.sack_permitted = true;
        return true;
    }
    if (in.take_word("mss")) {
        if (s.mss != 0) return in.fail("mss twice");
        if (!in.number("mss", s.mss, 65535)) return false;
        return s.mss != 0 || in.fail("mss must not be 0");
    }
    if (in.take_word("wscale")) {
        if (s.wscale != Segment::no_wscale) return in.fail("wscale twice");
        return in.number("wscale", s.wscale, 14);
    }
    if (in.take_word("TS")) {
        if (s.has_ts) return in.fail("TS twice");
        s.has_ts = true;
        if (!in.take_word("val")) return in.fail("expected 'val' after TS");
        if (!in.number("TS val", s.tsval, 0xffffffff)) return false;
        if (!in.take_word("ecr")) return in.fail("expected 'ecr' after TS val");
        return in.number("TS ecr", s.tsecr, 0xffffffff);
    }
    return in.fail("unknown option");
}

bool read_options(Reader& in, Segment& s) {
    do {
        if (!read_option(in, s)) return false;
        in.skip_blanks();
    } while (in.take(","));
    return in.take(">") || in.fail("expected ',' or '>'");
}

bool read_segment(Reader& in, Segment& s) {
    if (!read_flags(in, s) || !read_sequence(in, s)) return false;
    if (in.take_word("ack")) {
        if (!s.has_ack()) return in.fail("an acknowledgment number without the ACK bit '.'");
        if (!in.number("an acknowledgment number", s.ack.value, 0xffffffff)) return false;
    } else if (s.has_ack()) {
        return in.fail("expected 'ack', for the ACK bit is on");
    }
    if (in.take_word("win") && !in.number("a window", s.wnd, 65535)) return false;
    if (in.take_word("urg") && !in.number("an urgent pointer", s.urgent, 65535)) return false;
    s.security_mismatch = in.take_word("security-mismatch");
    in.skip_blanks();
    if (in.take("<") && !read_options(in, s)) return false;
    return in.done() || in.fail("more than a segment");
}

}  // namespace

std::string to_string(const Segment& s, const Frame& frame) {
    std::string text = print_flags(s.flags, frame.bits);
    const auto add = [&text](std::string_view what, const std::string& value = {}) { text.append(what).append(value); };
    const auto sequence = [&frame](Seq n) {
        return print_number(n, frame.sender_isn, frame.sender_symbol, frame.numbers);
    };
    add(" ", sequence(s.seq));
    add(":", sequence(s.seq + s.text));
    add("(", std::to_string(s.text));
    add(")");
    if (s.has_ack()) add(" ack ", print_number(s.ack, frame.receiver_isn, frame.receiver_symbol, frame.numbers));
    add(" win ", std::to_string(s.wnd));
    if (s.urg() || s.urgent != 0) add(" urg ", std::to_string(s.urgent));
    if (s.security_mismatch) add(" security-mismatch");

    std::string_view separator = " <";
    const auto option = [&](std::string_view what, const std::string& value = {}) {
        add(separator);
        add(what, value);
        separator = ",";
    };
    if (s.mss != 0) option("mss ", std::to_string(s.mss));
    if (s.sack_permitted) option("sackOK");
    if (s.has_ts) {
        option("TS val ", std::to_string(s.tsval));
        add(" ecr ", std::to_string(s.tsecr));
    }
    if (s.wscale != Segment::no_wscale) option("wscale ", std::to_string(s.wscale));
    if (separator == ",") add(">");
    return text;
}

std::optional<Segment> parse_segment(std::string_view text, std::string& error) {
    Segment segment;
    Reader in{text, error};
    if (!read_segment(in, segment)) return std::nullopt;
    return segment;
}

}  // namespace lastack
