// Stories as text of at most 100 columns.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "lastack/exhaustive/why.hpp"

namespace lastack::exhaustive {

namespace {

/// How many letters must be changed, added or dropped to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t before = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = before + (a[i] != b[j]);
            before = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
        }
    }
    return row.back();
}

/// `n` with its digits in groups of three.
std::string grouped(std::uint64_t n) {
    std::string text = std::to_string(n);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string wrapped(std::string_view text) {
    constexpr std::size_t width = 100;
    std::string result;
    std::size_t column = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (column > 0 && column + 1 + word.size() > width) {
            result += "\n";
            column = 0;
        }
        result += (column > 0 ? " " : "") + std::string{word};
        column += (column > 0 ? 1 : 0) + word.size();
        at = end + 1;
    }
    return result + "\n";
}

}  // namespace

std::string nearest_stories(std::string_view wanted) {
    std::vector<std::pair<std::size_t, std::string_view>> all;
    for (const Story& s : stories()) {
        const bool part = !wanted.empty() && s.name.find(wanted) != std::string_view::npos;
        all.emplace_back(part ? 0 : distance(wanted, s.name), s.name);
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    all.resize(std::min<std::size_t>(all.size(), 3));
    std::string text;
    for (const auto& [_, name] : all) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

std::string full_protocol(const Story& s) {
    const Policy &full = s.full.policies[0], &without = s.without.policies[0];
    std::string with = full.fully_open() ? "" : to_string(full);
    for (const ChoiceInfo& c : choices()) {  // what the story is about, where it is a reading
        if (without.value(c.choice) == full.value(c.choice) || full.decided(c.choice)) continue;
        with += (with.empty() ? "" : " ") + std::string{c.name} + "=" + std::string{c.readings[full.value(c.choice)]};
    }
    return with.empty() ? "RFC 9293" : "RFC 9293 with " + with;
}

std::string statement(const Told& told) {
    const Counts& c = told.full;
    const std::string searched = grouped(c.states) + " states, " + grouped(c.moves) + " moves, depth " +
                                 std::to_string(c.depth) + "; bounds: " + to_string(told.story->full) + ". ";
    switch (told.answer) {
        case Answer::holds:
            return "Searched to the end: " + searched + "It holds.";
        case Answer::violated:
            return "Searched: " + searched + "IT DOES NOT HOLD.";
        case Answer::vacuous:
            return "Searched to the end: " + searched + "Nothing in it speaks of this.";
        case Answer::open:
            break;
    }
    return "Searched, not to the end: " + searched + "It is open.";
}

std::string to_text(const Told& told) {
    const Story& s = *told.story;
    const std::string under = full_protocol(s);
    std::string text{s.question};
    text += "\n\n" + wrapped("Otherwise: " + std::string{s.left_out});
    text += wrapped("What goes wrong: " + std::string{s.wrong}) + "\n";
    if (told.path.empty()) {
        text += "No run was found in which it does.\n\n";
    } else {
        text += told.counterexample.ladder + "\n";
        if (told.until_r2) text += "So it goes until R2 is reached and an end gives up (RFC 9293 3.8.3).\n\n";
        text += "The same under " + under + ":\n\n" + told.same.ladder + "\n";
    }
    text += wrapped("Under " + under + ": " + std::string{s.sought.sentence});
    text += wrapped(statement(told));
    text += "\nRFC 9293 " + std::string{s.place} + ".\n";
    std::string claims;
    for (const std::string_view claim : s.claims) claims.append(claims.empty() ? "" : ", ").append(claim);
    if (!claims.empty()) text += wrapped("Claims: " + claims + " (lastack why --claims).");
    return text + "S SYN, F FIN, R RST, P PSH, . ACK; first:end(octets of text); ... under way or late, x lost.\n";
}

}  // namespace lastack::exhaustive
