// Fair cycles: can a run go on for ever, treat everybody fairly, and still never reach its goal?
//
// An explored system always reaches its goal if no run stays outside of it for ever. A run can stay there in two ways:
// by a fair cycle, and by a rest, a state in which nobody is obliged to move. What has to be fair is said by
//
//     struct Fairness {
//         bool in_scope(const State&) const;            // the goal is not reached: the cycle lies in such states only
//         std::uint64_t class_of(const Label&) const;   // fairness classes that a move serves, as bits; 0: none
//         std::uint64_t strong;                         // optional: the classes that are strongly fair
//         std::uint64_t layer(const State&) const;      // optional, see below
//         std::uint64_t enabled(const State&) const;    // optional: classes that a state enables; else those of its
//         moves
//         bool on_cycle(const State&, const Label&) const;  // optional: only cycles of such moves are looked for
//     };
//
// A cycle is fair if each class is treated fairly: a weakly fair one is served on the cycle or not enabled somewhere on
// it, a strongly fair one is served on it or enabled nowhere on it. Moves of no class (a call that nobody has to make)
// may be taken or left for ever. A move that leads to the state that it comes from is a cycle as well, of length one:
// the system is busy and gets nowhere. It is fair by the same rule, so it is no excuse if a class that is enabled
// there waits for another move.
//
// Layers are for speed and memory. States with different values of layer(), a budget that only falls, must never lie
// on one cycle; then each layer is searched by itself, and working memory is that of the largest layer, beside 8
// octets for each state in scope or explored.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lastack/explore/explorer.hpp"

namespace lastack::explore {

/// A run without end: the stem, and then the cycle again and again. Both are ordinals.
struct FairCycle {
    Id state{0};                       ///< where the stem ends and the cycle begins and ends
    std::vector<std::uint32_t> stem;   ///< a shortest path to it
    std::vector<std::uint32_t> cycle;  ///< at least one move; serves what fairness asks for, and is not always shortest
    std::uint64_t component{0};        ///< states that lie on fair cycles together with this one
};

/// What was found outside of the goal.
struct FairSearch {
    std::uint64_t states{0};         ///< in scope; 0 means that nothing was asked
    std::uint64_t layers{0};         ///< that they lie in
    std::optional<FairCycle> cycle;  ///< of all fair cycles one through a state of least depth
    std::uint64_t rests{0};          ///< states in scope that enable no class: a run may stay there
    std::optional<Id> rest;          ///< the first of them
};

namespace detail {

template <class System, class Fairness>
class FairSearcher {
    using State = typename System::State;
    using Label = typename System::Label;
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

public:
    FairSearcher(const Explored<System>& explored, const Fairness& fairness)
        : explored_(explored), fairness_(fairness), moves_of_(explored.worker()) {
        if constexpr (requires { fairness.strong; }) strong_ = fairness.strong;
    }

    FairSearch run() {
        const std::vector<std::vector<Id>> layers = split();
        found_.layers = layers.size();
        local_.resize(explored_.states);
        for (const std::vector<Id>& layer : layers) {
            enter(layer);
            search_layer();
        }
        if (!best_.empty()) found_.cycle = lasso();
        return std::move(found_);
    }

private:
    // The order of for_each.
    bool before(Id a, Id b) const { return std::pair(explored_.depth(a), a) < std::pair(explored_.depth(b), b); }

    // States in scope, layer by layer, each in the order of depth.
    std::vector<std::vector<Id>> split() {
        std::unordered_map<std::uint64_t, std::size_t> which;
        std::vector<std::vector<Id>> layers;
        explored_.for_each([&](Id id, const State& state) {
            if (!fairness_.in_scope(state)) return;
            ++found_.states;
            std::uint64_t layer = 0;
            if constexpr (requires { fairness_.layer(state); }) layer = fairness_.layer(state);
            const auto [it, is_new] = which.try_emplace(layer, layers.size());
            if (is_new) layers.emplace_back();
            layers[it->second].push_back(id);
        });
        return layers;
    }

    // From here on, states are known by their place in `states`.
    void enter(const std::vector<Id>& states) {
        states_ = &states;
        for (std::uint32_t v = 0; v < states.size(); ++v) local_[explored_.number(states[v])] = v;
    }
    std::uint32_t size() const { return static_cast<std::uint32_t>(states_->size()); }

    /// Calls fn(to or none, classes, ordinal) for each move, and returns the classes that the state enables.
    template <class Fn>
    std::uint64_t each_move(std::uint32_t v, Fn&& fn) {
        const State& from = explored_.state((*states_)[v]);
        std::uint64_t enabled = 0;
        next_.clear();
        classes_.clear();
        follow_.clear();
        moves_of_.successors(from, [&](const State& to, const Label& label) {
            next_.push_back(to);
            classes_.push_back(fairness_.class_of(label));
            enabled |= classes_.back();
            if constexpr (requires { fairness_.on_cycle(from, label); })
                follow_.push_back(fairness_.on_cycle(from, label));
        });
        explored_.find(next_, ids_);
        for (const std::optional<Id>& id : ids_)
            if (id) prefetch(&local_[explored_.number(*id)]);
        for (std::uint32_t ordinal = 0; ordinal < ids_.size(); ++ordinal)
            fn(follow_.empty() || follow_[ordinal] ? local(ids_[ordinal]) : none, classes_[ordinal], ordinal);
        if constexpr (requires { fairness_.enabled(from); }) enabled = fairness_.enabled(from);
        return enabled;
    }
    std::uint32_t local(const std::optional<Id>& id) const {
        if (!id) return none;  // behind the end of a run that was cut
        const std::uint32_t v = local_[explored_.number(*id)];
        return v < size() && (*states_)[v] == *id ? v : none;  // else it is of another layer
    }

    void search_layer() {
        region_.assign(size(), 0);
        index_.assign(size(), none);
        low_.resize(size());
        enabled_.resize(size());
        first_time_ = true;
        std::vector<std::uint32_t> all(size());
        for (std::uint32_t v = 0; v < size(); ++v) all[v] = v;
        regions_.push_back(std::move(all));
        std::uint32_t region = 0;
        while (!regions_.empty()) {
            const std::vector<std::uint32_t> states = std::move(regions_.back());
            regions_.pop_back();
            ++region;
            for (const std::uint32_t v : states) {
                region_[v] = region;
                index_[v] = none;
            }
            for (const std::uint32_t v : states)
                if (region_[v] == region && index_[v] == none) components_from(v, region);
            first_time_ = false;
        }
    }

    // Tarjan's strongly connected components, with a stack of its own. A state that is done leaves its region. If it is
    // still among somebody's targets then, it was visited after that state, and its index lowers nothing.
    struct Frame {
        std::uint32_t state;
        std::size_t next, begin;  // in targets_: what is left of its moves is from next on
        bool loop;                // it has a move to itself
    };
    void components_from(std::uint32_t root, std::uint32_t region) {
        std::uint32_t count = 0;
        const auto visit = [&](std::uint32_t v) {
            index_[v] = low_[v] = count++;
            open_.push_back(v);
            Frame frame{v, targets_.size(), targets_.size(), false};
            const std::uint64_t enabled = each_move(v, [&](std::uint32_t to, std::uint64_t, std::uint32_t) {
                if (to == none || region_[to] != region) return;
                if (to == v)
                    frame.loop = true;
                else
                    targets_.push_back(to);
            });
            if (first_time_) {
                enabled_[v] = enabled;
                if (enabled == 0) note_rest((*states_)[v]);
            }
            frames_.push_back(frame);
        };
        visit(root);
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            const std::uint32_t v = frame.state;
            if (frame.next < targets_.size()) {
                const std::uint32_t to = targets_[frame.next++];
                if (index_[to] == none)
                    visit(to);
                else
                    low_[v] = std::min(low_[v], index_[to]);
                continue;
            }
            targets_.resize(frame.begin);
            const bool loop = frame.loop;
            frames_.pop_back();
            if (!frames_.empty()) low_[frames_.back().state] = std::min(low_[frames_.back().state], low_[v]);
            if (low_[v] != index_[v]) continue;
            component_.clear();
            std::uint32_t member;
            do {
                member = open_.back();
                open_.pop_back();
                component_.push_back(member);
                region_[member] = 0;
            } while (member != v);
            if (component_.size() > 1 || loop) judge_component();
        }
    }

    void note_rest(Id id) {
        ++found_.rests;
        if (!found_.rest || before(id, *found_.rest)) found_.rest = id;
    }

    // A class that is enabled everywhere and served nowhere is wronged in every part as well. A strongly fair one that
    // is enabled somewhere and served nowhere is not wronged in the parts that do not enable it.
    void judge_component() {
        constexpr std::uint32_t here = none;  // a region that is no other's
        for (const std::uint32_t v : component_) region_[v] = here;
        std::uint64_t sometimes = 0, always = ~std::uint64_t{0};  // enabled in some, in all of its states
        std::uint64_t served = 0;
        for (const std::uint32_t v : component_) {
            sometimes |= enabled_[v];
            always &= enabled_[v];
            each_move(v, [&](std::uint32_t to, std::uint64_t classes, std::uint32_t) {
                if (to != none && region_[to] == here) served |= classes;
            });
        }
        for (const std::uint32_t v : component_) region_[v] = 0;
        if (always & ~served) return;
        const std::uint64_t wronged = sometimes & ~served & strong_;
        if (wronged == 0) {
            keep();
            return;
        }
        std::vector<std::uint32_t> rest;
        for (const std::uint32_t v : component_)
            if (!(enabled_[v] & wronged)) rest.push_back(v);
        if (!rest.empty()) regions_.push_back(std::move(rest));
    }

    void keep() {
        const Id first = (*states_)[*std::min_element(component_.begin(), component_.end())];
        if (!best_.empty() && !before(first, best_.front())) return;
        std::sort(component_.begin(), component_.end());
        best_.clear();
        for (const std::uint32_t v : component_) best_.push_back((*states_)[v]);
    }

    // Walks from the first state of the best component from one demand to the next nearest, and home.
    FairCycle lasso() {
        enter(best_);
        std::uint64_t open = 0;  // classes enabled here: to be served, or, if weakly fair, to be seen not enabled
        for (std::uint32_t v = 0; v < size(); ++v)
            open |= each_move(v, [](std::uint32_t, std::uint64_t, std::uint32_t) {});
        FairCycle result;
        result.state = best_.front();
        result.stem = explored_.path(result.state);
        result.component = best_.size();
        std::uint32_t at = 0;
        while (open) at = walk(at, open, false, result.cycle);
        if (at != 0 || result.cycle.empty()) walk(at, open, true, result.cycle);
        return result;
    }

    // Breadth first to the nearest state or move that settles something of `open`, or to a move to the first state.
    // Appends the moves, strikes out what they settle, and returns the state reached.
    std::uint32_t walk(std::uint32_t from, std::uint64_t& open, bool home, std::vector<std::uint32_t>& cycle) {
        struct Step {
            std::uint32_t before{none}, ordinal{0};
            std::uint64_t classes{0};
        };
        std::vector<Step> steps(size());
        std::vector<std::uint32_t> queue{from};
        steps[from].before = from;
        for (std::size_t q = 0; q < queue.size(); ++q) {
            const std::uint32_t v = queue[q];
            std::optional<std::pair<std::uint32_t, Step>> last;  // a move that does it, and where it leads
            const std::uint64_t enabled = each_move(v, [&](std::uint32_t to, std::uint64_t classes, std::uint32_t n) {
                if (to == none || last) return;
                if (home ? to == 0 : (classes & open) != 0) last.emplace(to, Step{v, n, classes});
                if (steps[to].before != none) return;
                steps[to] = {v, n, classes};
                queue.push_back(to);
            });
            const bool by_state = !home && (open & ~enabled & ~strong_);
            if (!by_state && !last) continue;
            std::vector<std::uint32_t> moves;
            for (std::uint32_t back = v; back != from; back = steps[back].before) moves.push_back(steps[back].ordinal);
            cycle.insert(cycle.end(), moves.rbegin(), moves.rend());
            // States and moves on the way settle nothing, or the search had ended with them.
            open &= enabled | strong_;
            if (by_state) return v;
            cycle.push_back(last->second.ordinal);
            open &= ~last->second.classes;
            return last->first;
        }
        throw std::logic_error("explore: the moves of a state are others than when its component was found");
    }

    const Explored<System>& explored_;
    const Fairness& fairness_;
    typename System::Worker moves_of_;
    std::uint64_t strong_{0};
    FairSearch found_;
    std::vector<Id> best_;  // in the order of depth

    std::vector<std::uint32_t> local_;  // by Explored::number
    const std::vector<Id>* states_{nullptr};
    std::vector<State> next_;  // of the moves of one state, as are these:
    std::vector<std::uint64_t> classes_;
    std::vector<char> follow_;  // may the move lie on a cycle; empty: any may
    std::vector<std::optional<Id>> ids_;
    // By place in the layer:
    std::vector<std::uint32_t> region_;  // 0: none, or done
    std::vector<std::uint32_t> index_, low_;
    std::vector<std::uint64_t> enabled_;
    bool first_time_{false};  // this layer is searched
    std::vector<std::vector<std::uint32_t>> regions_;
    std::vector<Frame> frames_;
    std::vector<std::uint32_t> targets_, open_, component_;
};

}  // namespace detail

/// Searches all states in scope for a fair cycle and for rests. Of a run that was cut, what is found holds, and what
/// is not found may lie behind its end.
template <class System, class Fairness>
FairSearch fair_cycle(const Explored<System>& explored, const Fairness& fairness) {
    return detail::FairSearcher<System, Fairness>(explored, fairness).run();
}

}  // namespace lastack::explore
