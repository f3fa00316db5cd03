// The systems of lastack::explore with a book of what has happened, so that the properties of random runs can be held
// against every reachable state: the same predicates, with the same side conditions, in every run that there is.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lastack/explore/explorer.hpp"
#include "lastack/explore/one_end.hpp"
#include "lastack/explore/two_ends.hpp"
#include "lastack/support/pair_property.hpp"
#include "lastack/support/property.hpp"
#include "lastack/support/subject.hpp"

namespace lastack::exhaustive {

/// A property by its place: each has a bit of explore::Marks. At most 64 of one end and of two.
struct PropertyBit {
    std::string_view id;
    const support::EndProperty* of_end{nullptr};
    const support::PairProperty* of_pair{nullptr};
};
/// Those of one end, then those of two: the bit is the place.
std::span<const PropertyBit> property_bits();
/// 64 when there is none.
unsigned bit_of(std::string_view id);

/// `policy` with every open choice decided at its first reading.
Policy decided(Policy policy);

/// The step of ends that have a fault; nothing where neither has one.
explore::TwoEnds::Step faulty_step(const explore::Bounds& bounds, const std::array<support::Subject, 2>& subjects);

/// The judge of systems whose labels say what was found.
struct JudgedByLabel {
    template <class State>
    explore::Marks state(const State&) {
        return {};
    }
    template <class State, class Label>
    explore::Marks move(const State&, const Label& label, const State&) {
        return label.marks;
    }
};

/// Two ends with their book. A state is that of explore::TwoEnds and the number of what was noted.
class ObservedPair {
public:
    struct State {
        explore::TwoEnds::State ends{};
        std::uint32_t noted{0};
        friend bool operator==(const State&, const State&) = default;
    };
    /// What a move does, and what the properties find in it.
    struct Label {
        explore::Label move{};
        explore::Marks marks{};
    };
    using Judge = JudgedByLabel;

    /// `subjects`: faults of either end, for mutants. The instruments of `bounds` are theirs too.
    explicit ObservedPair(explore::Bounds bounds, std::array<support::Subject, 2> subjects = {});
    ~ObservedPair();
    ObservedPair(const ObservedPair&) = delete;
    ObservedPair& operator=(const ObservedPair&) = delete;

    State initial() const;
    class Worker {
    public:
        explicit Worker(ObservedPair& system);
        ~Worker();
        Worker(Worker&&) noexcept;
        struct Successor {
            State state;
            Label label;
        };
        template <class Take>
        void successors(const State& s, Take&& take) {
            for (const Successor& next : list(s)) take(next.state, next.label);
        }

    private:
        const std::vector<Successor>& list(const State& s);
        struct Caches;
        ObservedPair* system_;
        explore::TwoEnds::Worker inner_;
        std::unique_ptr<Caches> caches_;
        std::vector<Successor> found_{};
    };
    Worker worker() { return Worker{*this}; }

    explore::TwoEnds& ends();
    const support::Facts& facts(const State& s) const;
    /// Different books so far.
    std::size_t noted() const;
    std::size_t bytes() const;

private:
    friend class Worker;
    struct Book;
    std::unique_ptr<Book> book_;
};

/// One end with its book, against everything that may happen to it.
class ObservedEnd {
public:
    struct State {
        std::uint32_t end{0};
        std::uint32_t noted{0};
        friend bool operator==(const State&, const State&) = default;
    };
    using Label = ObservedPair::Label;
    using Judge = ObservedPair::Judge;

    explicit ObservedEnd(explore::OneEndBounds bounds, support::Subject subject = {});
    ~ObservedEnd();
    ObservedEnd(const ObservedEnd&) = delete;
    ObservedEnd& operator=(const ObservedEnd&) = delete;

    State initial() const;
    class Worker {
    public:
        explicit Worker(ObservedEnd& system) : system_{&system}, inner_{system.end().worker()} {}
        template <class Take>
        void successors(const State& s, Take&& take) {
            inner_.successors({s.end}, [&](const explore::OneEnd::State& to, const explore::Label& move) {
                const auto [noted, marks] = system_->judge(s, inner_.event(move));
                take(State{to.local, noted}, Label{move, marks});
            });
        }

    private:
        ObservedEnd* system_;
        explore::OneEnd::Worker inner_;
    };
    Worker worker() { return Worker{*this}; }
    explore::OneEnd& end();
    std::size_t bytes() const;

private:
    struct Judged {
        std::uint32_t noted;
        explore::Marks marks;
    };
    Judged judge(const State& s, const Event& event);
    struct Book;
    std::unique_ptr<Book> book_;
};

}  // namespace lastack::exhaustive
