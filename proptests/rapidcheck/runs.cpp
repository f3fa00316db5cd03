#include "lastack/proptest/runs.hpp"

#include <rapidcheck/detail/Configuration.h>
#include <rapidcheck/detail/Results.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/vocabulary/notation.hpp"

namespace lastack {

void showValue(const Segment& s, std::ostream& os) { os << to_string(s); }
void showValue(const Config& c, std::ostream& os) { os << to_string(c); }
void showValue(const Policy& p, std::ostream& os) { os << to_string(p); }
void showValue(State s, std::ostream& os) { os << name(s); }
void showValue(const Event& e, std::ostream& os) { os << support::to_string(e); }

}  // namespace lastack

namespace lastack::proptest {
namespace {

using support::Word;
using support::Words;

/// Everything one step smaller, the shortest first.
std::vector<Run> smaller_runs(const Run& run) {
    const Words& words = run.words;
    std::vector<Run> all;
    if (words.empty()) return all;
    const std::size_t events = words.size() - 1;  // the header stays
    for (std::size_t piece = events; piece > 0; piece /= 2) {
        for (std::size_t from = 1; from + piece <= words.size(); from += piece) {
            Run shorter;
            shorter.words.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(from));
            shorter.words.insert(shorter.words.end(), words.begin() + static_cast<std::ptrdiff_t>(from + piece),
                                 words.end());
            all.push_back(std::move(shorter));
        }
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const Word w : support::smaller(words[i])) {
            all.push_back(run);
            all.back().words[i] = w;
        }
    }
    return all;
}

std::string file_name(std::string name) {
    for (char& c : name) {
        const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        if (!kept) c = '_';
    }
    return name + ".case";
}

}  // namespace

void showValue(const Run& run, std::ostream& os) { os << "words " << support::to_string(run.words); }

rc::Gen<Run> runs(std::size_t events) {
    return [events](const rc::Random& random, int) {
        rc::Random source{random};
        const std::uint64_t seed = source.next();
        Run run{support::draw_words(seed, events + 1)};
        return rc::shrinkable::shrinkRecur(std::move(run),
                                           [](const Run& r) { return rc::seq::fromContainer(smaller_runs(r)); });
    };
}

rc::Gen<Config> configs(std::optional<State> state) {
    return [state](const rc::Random& random, int) {
        rc::Random source{random};
        for (;;) {
            const Words words = support::draw_words(source.next(), 41);
            const support::Setting setting = support::decode_setting(words.front());
            support::Place place;
            Config c;
            const std::size_t length = 1 + source.next() % 40;
            for (std::size_t i = 1; i <= length; ++i) {
                c = step(c, support::decode(words[i], c, setting, place), setting.policy).next;
                ++place.tick;
            }
            if (!state || c.state == *state) return rc::shrinkable::just(c);
        }
    };
}

rc::Gen<Segment> near_segments(const Config& config) {
    return [config](const rc::Random& random, int) {
        rc::Random source{random};
        support::Draw draw{source.next()};
        const support::Setting setting;
        const auto segment = [config, setting](Word w) {
            return support::decode_arrival(w, config, support::right_segment(config, setting, {}), setting, {}).segment;
        };
        const Word w = draw_word(draw, support::draw_rates(draw));
        return rc::shrinkable::map(
            rc::shrinkable::shrinkRecur(w, [](Word v) { return rc::seq::fromContainer(support::smaller(v)); }),
            segment);
    };
}

std::size_t cases(std::size_t usual) {
    const char* text = std::getenv("LASTACK_CASES");
    if (text == nullptr || *text == 0) return usual;
    char* end = nullptr;
    errno = 0;
    const unsigned long long n = std::strtoull(text, &end, 10);
    if (*end != 0 || n == 0 || *text == '-' || errno == ERANGE) {
        throw std::invalid_argument(std::string{"LASTACK_CASES is to be a number of runs from 1 on, not '"} + text +
                                    "'");
    }
    return static_cast<std::size_t>(n);
}

namespace {

/// The one run that LASTACK_WORDS asks for; nothing where it is not set.
std::optional<Words> words_asked_for() {
    const char* text = std::getenv("LASTACK_WORDS");
    if (text == nullptr || *text == 0) return std::nullopt;
    std::string error;
    auto words = support::parse_words(text, error);
    if (!words) throw std::invalid_argument("LASTACK_WORDS: " + error);
    return words;
}

/// Draws runs until one fails, and shrinks it. The seed is that of the last draw.
void try_runs(const std::string& name, const Runner& run, const CheckOptions& options, CheckResult& result,
              std::uint64_t& seed) {
    // RapidCheck counts in int.
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    for (std::size_t left = cases(options.cases); left > 0 && result.holds; ++params.seed) {
        const std::size_t now = std::min<std::size_t>(left, 1'000'000'000);
        left -= now;
        params.maxSuccess = static_cast<int>(now);
        seed = params.seed;
        const auto generator = runs(options.events);
        const auto property = [&] {
            const Run drawn = *generator;
            ++result.cases;
            const auto broken = run(drawn.words, nullptr);
            if (broken) {
                result.words = drawn.words;  // shrinking only tries: the last failure is the smallest
                result.broken = broken;
                RC_FAIL(broken->message);
            }
        };
        rc::detail::TestMetadata metadata;
        metadata.id = name;
        metadata.description = name;
        const auto outcome = rc::detail::checkTestable(property, metadata, params);
        if (outcome.template is<rc::detail::SuccessResult>()) continue;
        std::ostringstream text;
        rc::detail::printResultMessage(outcome, text);
        result.holds = false;
        result.report = text.str().substr(0, text.str().find('\n')) + "\n";  // how many runs, how many shrinks
    }
}

}  // namespace

CheckResult check_runs(const std::string& name, const Runner& run, const CheckOptions& options) {
    if (options.cases == 0 || options.events == 0) {
        throw std::invalid_argument("check_runs: no cases, or no events: that would check nothing");
    }
    CheckResult result;
    std::uint64_t seed = 0;
    const std::optional<Words> asked = words_asked_for();
    if (asked) {
        result.cases = 1;
        result.words = *asked;
        result.holds = !run(*asked, nullptr);
    } else {
        try_runs(name, run, options, result, seed);
    }
    if (result.holds) return result;

    support::Recording recording;
    result.broken = run(result.words, &recording);
    const std::string what =
        result.broken ? result.broken->message : "the run that failed does not fail when it is repeated";
    result.report += what + "\nagain: LASTACK_WORDS=\"" + support::to_string(result.words) + "\"\n";
    if (!asked) result.report += "or with RapidCheck's seed: RC_PARAMS=\"seed=" + std::to_string(seed) + "\"\n";
    if (!options.folder.empty()) {
        const std::string path = options.folder + "/" + file_name(name);
        std::ofstream file{path, std::ios::binary};
        file << to_case(recording, "Counterexample to " + name, {what});
        file.close();
        result.report +=
            file ? "drawn by: lastack play " + path + "\n" : "no case file: " + path + " cannot be written\n";
    }
    return result;
}

}  // namespace lastack::proptest
