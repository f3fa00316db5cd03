// Words: what random runs are made of. One word decides one event, and a run is nothing but its words: the
// same words give the same run, to the octet.
//
// A word has eight fields of one octet. Zero in every field is the right next thing; each field that is not
// zero steps away from it in one respect, and a larger value steps further. So making a word smaller makes the
// run more normal, which is what shrinking wants.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastack::support {

using Word = std::uint64_t;
using Words = std::vector<Word>;

/// The fields, from the lowest octet on.
enum class Field : std::uint8_t {
    move,     ///< what kind of thing happens
    variant,  ///< which call, which control bits, which timeout, which segment under way
    seq,      ///< where SEG.SEQ lies
    ack,      ///< where SEG.ACK lies
    length,   ///< octets of text, of a SEND or a RECEIVE
    window,   ///< SEG.WND; the window of an OPEN
    option,   ///< options, and what rides along with an event: listener, access, room
    fate,     ///< of a segment: lost, late, twice
};
inline constexpr std::size_t field_count = 8;

constexpr std::uint8_t field(Word w, Field f) { return static_cast<std::uint8_t>(w >> (8 * static_cast<unsigned>(f))); }
constexpr Word with(Word w, Field f, std::uint8_t value) {
    const unsigned shift = 8 * static_cast<unsigned>(f);
    return (w & ~(Word{0xff} << shift)) | (Word{value} << shift);
}

/// How often a field steps away from zero, in 256ths, by field. Itself drawn for each run: a quiet network and a
/// rough one find different faults.
using Rates = std::array<std::uint8_t, field_count>;

/// SplitMix64: a stream of words from a seed.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_{seed} {}
    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

/// Rates for one run: each field quiet, moderate or rough.
Rates draw_rates(Draw&);
/// One word, each field zero or not by its rate.
Word draw_word(Draw&, const Rates&);
/// A run of `count` words from one seed, with rates of its own. The first word is the run's header.
Words draw_words(std::uint64_t seed, std::size_t count);
/// The same into memory that is there already.
void draw_words(std::uint64_t seed, std::size_t count, Words& into);

/// "0 3 10002": hexadecimal, one space between words.
std::string to_string(const Words&);
/// The inverse. On failure nothing, and `error` says what and where.
std::optional<Words> parse_words(std::string_view text, std::string& error);

/// Smaller words than `w`, the smallest first: no deviation at all, one field less, one field smaller.
std::vector<Word> smaller(Word w);

}  // namespace lastack::support
