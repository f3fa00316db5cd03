#include "lastack/support/word.hpp"

#include <algorithm>
#include <charconv>

namespace lastack::support {
namespace {

/// Values of a field: enough for the longest list of a decoder, and short to read.
constexpr std::uint8_t most = 31;

/// A run in which nothing is unlikely: for headers.
constexpr Rates varied{192, 192, 160, 160, 128, 160, 160, 160};

}  // namespace

Rates draw_rates(Draw& draw) {
    constexpr std::array<std::uint8_t, 4> often{0, 20, 64, 144};
    constexpr std::array<std::uint8_t, 4> moves{24, 64, 128, 208};
    std::uint64_t r = draw.bits();
    Rates rates{};
    for (std::uint8_t& rate : rates) {
        rate = often[r & 3];
        r >>= 2;
    }
    rates[static_cast<std::size_t>(Field::move)] = moves[r & 3];
    return rates;
}

Word draw_word(Draw& draw, const Rates& rates) {
    const std::uint64_t chance = draw.bits();
    const std::uint64_t value = draw.bits();
    Word w = 0;
    for (unsigned i = 0; i < field_count; ++i) {
        const bool steps_away = ((chance >> (8 * i)) & 0xff) < rates[i];
        w |= steps_away ? value & (Word{most} << (8 * i)) : 0;
    }
    return w;
}

void draw_words(std::uint64_t seed, std::size_t count, Words& into) {
    into.resize(count);
    if (count == 0) return;
    Draw draw{seed};
    into[0] = draw_word(draw, varied);
    const Rates rates = draw_rates(draw);
    for (std::size_t i = 1; i < count; ++i) into[i] = draw_word(draw, rates);
}

Words draw_words(std::uint64_t seed, std::size_t count) {
    Words words;
    draw_words(seed, count, words);
    return words;
}

std::string to_string(const Words& words) {
    std::string text;
    for (const Word w : words) {
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, w, 16).ptr;
        if (!text.empty()) text += ' ';
        text.append(digits, end);
    }
    return text;
}

std::optional<Words> parse_words(std::string_view text, std::string& error) {
    Words words;
    std::size_t at = 0;
    while (true) {
        at = std::min(text.find_first_not_of(" \t", at), text.size());
        if (at == text.size()) return words;
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        Word w = 0;
        const auto [stop, bad] = std::from_chars(text.data() + at, text.data() + end, w, 16);
        if (bad != std::errc{} || stop != text.data() + end) {
            error = "no word of at most 16 hexadecimal digits: '" + std::string{text.substr(at, end - at)} + "'";
            return std::nullopt;
        }
        words.push_back(w);
        at = end;
    }
}

std::vector<Word> smaller(Word w) {
    std::vector<Word> all;
    if (w == 0) return all;
    all.push_back(0);
    std::vector<Field> used;
    for (std::size_t i = 0; i < field_count; ++i) {
        if (field(w, static_cast<Field>(i)) != 0) used.push_back(static_cast<Field>(i));
    }
    const auto add = [&](Word candidate) {
        if (std::find(all.begin(), all.end(), candidate) == all.end()) all.push_back(candidate);
    };
    for (const Field f : used) add(with(w, f, 0));
    for (const Field f : used) {
        const std::uint8_t value = field(w, f);
        add(with(w, f, static_cast<std::uint8_t>(value / 2)));
        add(with(w, f, static_cast<std::uint8_t>(value - 1)));
    }
    return all;
}

}  // namespace lastack::support
