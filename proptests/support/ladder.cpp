#include "lastack/support/ladder.hpp"

#include <algorithm>

#include "lastack/lifecycle/lifecycle.hpp"
#include "segment_text.hpp"

namespace lastack::support {
namespace {

// "12.  SYN-RECEIVED  --> F. 100:100(0) ack 300  --> CLOSE-WAIT"
constexpr std::size_t width = 100;
constexpr std::size_t left_column = 5;  // behind the number of the line
constexpr std::size_t arrow_column = left_column + 14;
constexpr std::size_t segment_column = arrow_column + 4;
constexpr std::size_t widest_state = 13;  // "SYN-RECEIVED", "(the network)"

class Ladder {
public:
    Ladder(const History& history, const LadderOptions& options)
        : h_{history}, o_{options}, windows_{shows_windows(history)}, now_{history.start} {
        std::size_t b_width = widest_state;
        for (const Moment& m : h_.moments) {
            if (m.kind == Moment::Kind::arrival && m.peer == Peer::a) b_width = std::max(b_width, m.text.size() + 2);
        }
        widest_segment_ = width - segment_column - 5 - std::min<std::size_t>(b_width, 21);
        for (const Moment& m : h_.moments) {
            if (m.kind != Moment::Kind::note) segment_width_ = std::max(segment_width_, text_of(m).size());
        }
        segment_width_ = std::min(segment_width_, widest_segment_);
    }

    std::string draw() {
        put(left_column, "A");
        put(right_column(), h_.b_is_played ? "(the network)" : "B");
        end_line();
        draw_states(true);
        for (std::size_t i = 0; i < h_.moments.size(); ++i) {
            const Moment& m = h_.moments[i];
            if (m.kind == Moment::Kind::note) {
                comment(m.peer, m.text, false);
                now_ = m.states;
                conclude(m);
            } else if (i + 1 < h_.moments.size() && h_.moments[i + 1].from == i) {
                draw_segment(&m, &h_.moments[i + 1]);  // it arrives before anything else happens
                ++i;
            } else if (m.kind == Moment::Kind::departure) {
                draw_segment(&m, nullptr);
            } else {
                draw_segment(nullptr, &m);
            }
        }
        draw_comments();
        draw_states(false);
        return text_;
    }

private:
    std::size_t right_arrow_column() const { return segment_column + segment_width_ + 1; }
    std::size_t right_column() const { return right_arrow_column() + 4; }

    /// There is no room for options, and for a window only in a segment that is short enough.
    std::string text_of(const Moment& m) const {
        std::string text = segment_text(h_, o_, m, windows_, false);
        if (windows_ && text.size() > widest_segment_) text = segment_text(h_, o_, m, false, false);
        return text;
    }

    void put(std::size_t column, std::string_view what) {
        if (line_.size() < column) line_.resize(column, ' ');
        line_.replace(column, std::string::npos, what);
    }
    void end_line() {
        line_.resize(std::min(line_.find_last_not_of(' ') + 1, width));
        text_ += line_ + "\n";
        line_.clear();
    }

    bool state_is_shown(Peer p) const { return shown_[index(p)] == now_[index(p)]; }
    void put_state(Peer p) {
        shown_[index(p)] = now_[index(p)];
        if (p == Peer::b && h_.b_is_played) return;
        put(p == Peer::a ? left_column : right_column(), name(now_[index(p)]));
    }
    void draw_states(bool all) {
        for (const Peer p : {Peer::a, Peer::b}) {
            if (all || !state_is_shown(p)) put_state(p);
        }
        if (!line_.empty()) end_line();
    }

    /// Calls and timeouts stand on a line before the state that follows from them, signals behind it. One of A and
    /// one of B share a line.
    void comment(Peer p, const std::string& what, bool is_signal) {
        if (!comments_[index(p)].empty() || is_signal != signals_) draw_comments();
        if (!is_signal) show_first(p == Peer::a, p == Peer::b);
        signals_ = is_signal;
        comments_[index(p)] = "(" + what + ")";
    }
    /// A state that nobody has seen yet is about to be left.
    void show_first(bool a, bool b) {
        a = a && !state_is_shown(Peer::a);
        b = b && !state_is_shown(Peer::b);
        if (a || b) draw_comments();
        if (a) put_state(Peer::a);
        if (b) put_state(Peer::b);
        if (!line_.empty()) end_line();
    }
    void draw_comments() {
        const auto& [a, b] = comments_;
        if (!a.empty()) put(left_column, a);
        if (!b.empty()) put(std::min(right_column(), width - std::min(b.size(), width)), b);
        if (!line_.empty()) end_line();
        comments_ = {};
    }

    /// At least one of the two: where the segment leaves, where it arrives.
    void draw_segment(const Moment* departs, const Moment* arrives) {
        draw_comments();
        const Moment& m = departs ? *departs : *arrives;
        const Peer sender = sender_of(m);
        const Peer receiver = other(sender);
        const std::string_view arrow = sender == Peer::a ? "-->" : "<--";
        const std::string_view leaves = departs ? arrow : "...";
        std::string_view reaches = arrives || m.fate == Moment::Fate::arrived ? arrow : "...";
        if (!arrives && m.fate == Moment::Fate::lost) reaches = "x";
        if (departs && !arrives && m.fate == Moment::Fate::arrived && !h_.b_is_played) reaches = "...";  // later

        const std::array<State, 2> next = (arrives ? arrives : departs)->states;
        const auto leaves_state = [&](Peer p) {
            const bool column_taken = !departs && !m.text.empty() && p == sender;
            return next[index(p)] != now_[index(p)] || column_taken;
        };
        show_first(leaves_state(Peer::a), leaves_state(Peer::b));
        now_ = next;
        std::array<std::string, 2> ends{};  // what stands in the columns of A and B
        for (const Peer p : {Peer::a, Peer::b}) {
            const bool concerned = (departs && p == sender) || (arrives && p == receiver);
            if (!concerned && state_is_shown(p)) continue;
            shown_[index(p)] = now_[index(p)];
            ends[index(p)] = name(now_[index(p)]);
        }
        if (!departs && !m.text.empty()) ends[index(sender)] = "(" + m.text + ")";
        if (h_.b_is_played && !ends[1].starts_with('(')) ends[1].clear();

        const std::string number = std::to_string(++number_) + ".";
        put(number.size() < 3 ? 1 : 0, number);
        put(left_column, ends[0]);
        put(arrow_column, sender == Peer::a ? leaves : reaches);
        put(segment_column, text_of(m).substr(0, widest_segment_));
        put(right_arrow_column(), sender == Peer::a ? reaches : leaves);
        put(right_column(), ends[1]);
        end_line();
        if (departs) conclude(*departs);
        if (arrives) conclude(*arrives);
    }

    void conclude(const Moment& m) {
        if (o_.rules) draw_rules(m);
        for (const std::string& s : m.signals) comment(m.peer, s, true);
    }

    void draw_rules(const Moment& m) {
        draw_comments();
        const std::string who = std::string{letter(m.peer)} + ": ";
        std::string list;
        for (const Rule r : m.rules) {
            if (left_column + 6 + list.size() + id(r).size() > width) {
                put(left_column + 2, who + list);
                end_line();
                list.clear();
            }
            list += std::string{id(r)} + " ";
        }
        if (list.empty()) return;
        put(left_column + 2, who + list);
        end_line();
    }

    const History& h_;
    const LadderOptions& o_;
    bool windows_;
    std::size_t segment_width_{16};
    std::size_t widest_segment_{};  ///< what B's column leaves
    std::array<State, 2> now_;
    std::array<State, 2> shown_{};
    std::array<std::string, 2> comments_{};
    bool signals_{false};  ///< the comments are signals
    int number_{0};
    std::string line_;
    std::string text_;
};

}  // namespace

std::string ladder(const History& history, const LadderOptions& options) { return Ladder{history, options}.draw(); }

}  // namespace lastack::support
