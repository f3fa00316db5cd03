// One named test a property: one end against an adversary. And that each property can fail, with the fault that
// spec/properties.toml names.
#include <gtest/gtest.h>

#include <span>
#include <string>

#include "lastack/proptest/runs.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/run.hpp"
#include "properties_toml.hpp"

namespace {

using namespace lastack;
using namespace lastack::support;

constexpr std::size_t usual_runs = 12'000;

/// One property, on runs that RapidCheck draws; a counterexample is shrunk and written where the tests are run.
class Holds : public testing::Test {
public:
    explicit Holds(const EndProperty& property) : property_{property} {}
    void TestBody() override {
        Coverage coverage = count_nothing();
        const EndProperty* const checked[] = {&property_};
        const auto run = [&](std::span<const Word> words, Recording* recording) {
            RunOptions options;
            options.properties = checked;
            options.coverage = &coverage;
            options.recording = recording;
            return run_end(words, options);
        };
        const std::string name = std::string{property_.id} + "_end";
        const auto result = proptest::check_runs(name, run, {usual_runs, 40, "."});
        EXPECT_TRUE(result.holds) << result.report;
        EXPECT_GT(coverage.witnesses[static_cast<std::size_t>(&property_ - end_properties().data())], 0u)
            << "no run had a witness: the property was tested by nothing";
    }

private:
    const EndProperty& property_;
};

/// The fault of properties.toml breaks it.
class CanFail : public testing::Test {
public:
    CanFail(const EndProperty& property, FaultOf fault) : property_{property}, fault_{std::move(fault)} {}
    void TestBody() override {
        const EndProperty* const checked[] = {&property_};
        RunOptions options;
        options.subject = fault_.subject;
        options.properties = checked;
        Words words;
        for (std::uint64_t seed = 0; seed < 200'000; ++seed) {
            draw_words(seed, 41, words);
            if (run_end(words, options)) return;
        }
        FAIL() << property_.id << " does not notice this fault: " << fault_.text;
    }

private:
    const EndProperty& property_;
    FaultOf fault_;
};

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const auto file = __FILE__;
    for (const EndProperty& p : end_properties()) {
        const std::string name = std::string{p.id} + "_" + std::string{p.sentence};
        testing::RegisterTest("OneEndAgainstAnAdversary", name.c_str(), nullptr, nullptr, file, __LINE__,
                              [&p]() -> testing::Test* { return new Holds{p}; });
        if (const auto fault = fault_of(p.id, "end")) {
            testing::RegisterTest("EachPropertyCanFail", name.c_str(), nullptr, nullptr, file, __LINE__,
                                  [&p, fault]() -> testing::Test* {
                                      return new CanFail{p, *fault};
                                  });
        }
    }
    return RUN_ALL_TESTS();
}
