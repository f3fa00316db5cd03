// One named test a property: two ends over a faulty network, and the same with an adversary who injects. And that
// each property of two ends can fail, with the fault that spec/properties.toml names.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "lastack/proptest/runs.hpp"
#include "lastack/support/pair_run.hpp"
#include "properties_toml.hpp"

namespace {

using namespace lastack;
using namespace lastack::support;

constexpr std::size_t usual_runs = 4'000;
constexpr std::size_t events = 60;

std::size_t place(const EndProperty& p) { return static_cast<std::size_t>(&p - end_properties().data()); }
std::size_t place(const PairProperty& p) { return static_cast<std::size_t>(&p - pair_properties().data()); }

/// One property on runs that RapidCheck draws; it must find witnesses.
template <class Property>
class Holds : public testing::Test {
public:
    Holds(const Property& property, bool attacked) : property_{property}, attacked_{attacked} {}
    void TestBody() override {
        Coverage coverage = count_nothing();
        std::vector<std::uint64_t> witnesses(pair_properties().size());
        const Property* const checked[] = {&property_};
        const auto run = [&](std::span<const Word> words, Recording* recording) {
            PairOptions options;
            options.attacked = attacked_;
            if constexpr (std::is_same_v<Property, EndProperty>) {
                options.end_properties = checked;
            } else {
                options.pair_properties = checked;
            }
            options.coverage = &coverage;
            options.witnesses = &witnesses;
            options.recording = recording;
            return run_pair(words, options);
        };
        const std::string name = std::string{property_.id} + (attacked_ ? "_attacked_pair" : "_pair");
        std::size_t runs = usual_runs;
        if constexpr (std::is_same_v<Property, PairProperty>) {
            if (property_.sometimes) runs *= 4;  // what is rare must be seen each time
        }
        const auto result = proptest::check_runs(name, run, {runs, events, "."});
        EXPECT_TRUE(result.holds) << result.report;
        std::uint64_t seen = 0;
        if constexpr (std::is_same_v<Property, EndProperty>) {
            seen = coverage.witnesses[place(property_)];
        } else {
            seen = witnesses[place(property_)];
        }
        EXPECT_GT(seen, 0u) << "no run had a witness: the property was tested by nothing";
    }

private:
    const Property& property_;
    bool attacked_;
};

/// The fault of properties.toml, in one end or both, breaks it.
class CanFail : public testing::Test {
public:
    CanFail(const PairProperty& property, FaultOf fault) : property_{property}, fault_{std::move(fault)} {}
    void TestBody() override {
        const PairProperty* const checked[] = {&property_};
        PairOptions options;
        options.subjects = {fault_.subject, fault_.subject};
        options.pair_properties = checked;
        std::vector<std::uint64_t> witnesses(pair_properties().size());
        options.witnesses = &witnesses;
        Words words;
        bool broken = false;
        for (std::uint64_t seed = 0; seed < runs() && !broken; ++seed) {
            draw_words(seed, events + 2, words);
            broken = run_pair(words, options).has_value();
        }
        // What can only be seen to happen is missed when it does not.
        const bool noticed = property_.sometimes ? witnesses[place(property_)] == 0 : broken;
        EXPECT_TRUE(noticed) << property_.id << " does not notice this fault: " << fault_.text;
    }

private:
    std::uint64_t runs() const { return property_.sometimes ? usual_runs : 20'000; }

    const PairProperty& property_;
    FaultOf fault_;
};

template <class Property>
void add(const char* suite, const Property& p, bool attacked) {
    const std::string name = std::string{p.id} + "_" + std::string{p.sentence};
    testing::RegisterTest(suite, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [&p, attacked]() -> testing::Test* {
                              return new Holds<Property>{p, attacked};
                          });
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (const EndProperty& p : end_properties()) {
        if (checked_in(p.id, "pair")) add("TwoEndsOverAFaultyNetwork", p, false);
        if (checked_in(p.id, "attacked pair")) add("TwoEndsAndAnAdversary", p, true);
    }
    for (const PairProperty& p : pair_properties()) {
        if (checked_in(p.id, "pair")) add("TwoEndsOverAFaultyNetwork", p, false);
        if (checked_in(p.id, "attacked pair")) add("TwoEndsAndAnAdversary", p, true);
        const std::string name = std::string{p.id} + "_" + std::string{p.sentence};
        if (const auto fault = fault_of(p.id, "pair")) {
            testing::RegisterTest("EachPropertyCanFail", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                                  [&p, fault]() -> testing::Test* {
                                      return new CanFail{p, *fault};
                                  });
        }
    }
    return RUN_ALL_TESTS();
}
