#include "lastack/explore/export.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lastack/vocabulary/state.hpp"

namespace lastack::explore {
namespace {

using Global = TwoEnds::State;
using Pair = std::pair<lastack::State, lastack::State>;

struct HashOfState {
    std::size_t operator()(const Global& s) const {
        std::uint64_t h = s.words[0] | std::uint64_t{s.words[1]} << 32;
        h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u + s.words[2];
        return static_cast<std::size_t>((h ^ h >> 29) * 0xbf58476d1ce4e5b9u);
    }
};

/// Every state, in the order in which it is found breadth first.
class Walk {
public:
    Walk(TwoEnds& system, std::size_t most_states) : worker_{system.worker()} {
        note(system.initial());
        for (std::size_t i = 0; i < states_.size(); ++i) {
            for (const auto& next : worker_.successors(states_[i])) {
                note(next.state);
                ++moves_;
            }
            if (states_.size() > most_states)
                throw TwoEnds::TooMany{"more than " + std::to_string(most_states) +
                                       " states to export: " + to_string(system.bounds())};
        }
    }
    const std::vector<Global>& states() const { return states_; }
    std::size_t moves() const { return moves_; }
    std::uint32_t number(const Global& s) const { return numbers_.at(s); }
    const std::vector<TwoEnds::Successor>& successors(const Global& s) { return worker_.successors(s); }

private:
    void note(const Global& s) {
        if (numbers_.emplace(s, static_cast<std::uint32_t>(states_.size())).second) states_.push_back(s);
    }

    TwoEnds::Worker worker_;
    std::vector<Global> states_{};
    std::unordered_map<Global, std::uint32_t, HashOfState> numbers_{};
    std::size_t moves_{0};
};

Pair states_of(const TwoEnds& system, const Global& s) {
    return {system.local(s, 0).config.state, system.local(s, 1).config.state};
}

// --------------------------------------------------------------------------------------- properties

bool clean(const TwoEnds& system, const Global& s) {
    const Budgets& left = system.budgets(s);
    const Bounds& whole = system.bounds();
    return left.aborts == whole.aborts && left.give_ups == whole.give_ups && left.injections == whole.injections &&
           left.crashes == whole.crashes;
}

/// Nothing is owed, queued or unacknowledged. In TIME-WAIT our FIN was acknowledged.
bool still(const Config& c) {
    const bool owes = std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count,
                                  [](const Owed& o) { return o.when != When::eventually || o.kind == OwedKind::fin; });
    const bool outstanding = c.iss_chosen && c.snd_una != c.snd_nxt && c.state != State::TimeWait;
    return !owes && !outstanding && c.queued == 0 && c.fin != Fin::queued && !c.close_queued;
}

bool in(const Pair& p, lastack::State one, lastack::State other) {
    return p == Pair{one, other} || p == Pair{other, one};
}

bool quiet_ends_agree_on_established(const TwoEnds& system, const Global& s) {
    const Pair p = states_of(system, s);
    const bool quiet = system.channel_id(s, 0) == 0 && system.channel_id(s, 1) == 0 &&
                       still(system.local(s, 0).config) && still(system.local(s, 1).config);
    return !quiet || !clean(system, s) || (p.first == State::Established) == (p.second == State::Established);
}
bool closed_end_faces_no_established_one(const TwoEnds& system, const Global& s) {
    return !in(states_of(system, s), State::Closed, State::Established) || !clean(system, s);
}
bool established_end_faces_no_stranger(const TwoEnds& system, const Global& s) {
    const Pair p = states_of(system, s);
    const bool stranger = in(p, State::Established, State::SynSent) || in(p, State::Established, State::TimeWait);
    return !stranger || !clean(system, s);
}
bool some_states_exclude_each_other(const TwoEnds& system, const Global& s) {
    const auto [a, b] = states_of(system, s);
    const bool excluded = a == b && (a == State::CloseWait || a == State::LastAck || a == State::FinWait2);
    return !excluded || !clean(system, s);
}
bool nothing_rests_unfinished(const TwoEnds& system, const Global& s) {
    const auto [a, b] = states_of(system, s);
    return (a <= State::Listen && b <= State::Listen) || !clean(system, s);
}

constexpr bool anywhere = false, at_the_end = true;

constexpr std::array<StateProperty, 5> properties{{
    {"S31", anywhere, quiet_ends_agree_on_established},
    {"S32", anywhere, closed_end_faces_no_established_one},
    {"S33", anywhere, established_end_faces_no_stranger},
    {"S35", anywhere, some_states_exclude_each_other},
    {"S37", at_the_end, nothing_rests_unfinished},
}};

static_assert(lastack::State::Closed < lastack::State::Listen && lastack::State::Listen < lastack::State::SynSent);

}  // namespace

std::span<const StateProperty> state_properties() { return properties; }

// ------------------------------------------------------------------------------------ graphs for people

namespace {

constexpr std::array<std::string_view, 8> kinds{"call",          "departs", "timeout",  "arrives",
                                                "arrives twice", "lost",    "injected", "crash"};

std::string node(const Pair& p) { return '"' + std::string{name(p.first)} + " / " + std::string{name(p.second)} + '"'; }

std::string escaped(std::string_view text) {
    std::string s;
    for (const char c : text) {
        if (c == '"' || c == '\\') s += '\\';
        s += c;
    }
    return s;
}

}  // namespace

void write_dot(std::ostream& out, TwoEnds& system, bool self_loops, std::size_t most_states) {
    Walk walk{system, most_states};
    struct Node {
        std::size_t states{0};
        bool ends{false};
    };
    std::map<Pair, Node> nodes;
    std::map<std::pair<Pair, Pair>, std::set<std::pair<std::uint8_t, MoveKind>>> edges;
    for (const Global& s : walk.states()) {
        const Pair from = states_of(system, s);
        Node& n = nodes[from];
        ++n.states;
        const auto& all = walk.successors(s);
        n.ends = n.ends || all.empty();
        for (const auto& next : all) {
            const Pair to = states_of(system, next.state);
            if (from != to || self_loops) edges[{from, to}].emplace(next.label.end, next.label.kind);
        }
    }

    out << "// " << to_string(system.bounds()) << "\ndigraph two_ends {\n  rankdir=TB;\n"
        << "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];\n"
        << "  edge [fontname=\"Helvetica\", fontsize=9];\n";
    const Pair first = states_of(system, system.initial());
    for (const auto& [p, n] : nodes) {
        out << "  " << node(p) << " [label=\"A " << name(p.first) << "\\nB " << name(p.second) << "\\n"
            << n.states << (n.states == 1 ? " state\"" : " states\"") << (n.ends ? ", peripheries=2" : "")
            << (p == first ? ", penwidth=2" : "") << "];\n";
    }
    for (const auto& [ends, moves] : edges) {
        std::string label;
        std::uint8_t whose = 2;
        for (const auto& [end, kind] : moves) {
            if (end != whose) label += std::string{label.empty() ? "" : "\\n"} + (end == 0 ? "A " : "B ");
            if (end == whose) label += ", ";
            whose = end;
            label += kinds[static_cast<std::size_t>(kind)];
        }
        out << "  " << node(ends.first) << " -> " << node(ends.second) << " [label=\"" << label << "\"];\n";
    }
    out << "}\n";
}

void write_aut(std::ostream& out, TwoEnds& system, std::size_t most_states) {
    Walk walk{system, most_states};
    out << "des (0, " << walk.moves() << ", " << walk.states().size() << ")\n";
    std::uint32_t from = 0;
    for (const Global& s : walk.states()) {
        for (const auto& next : walk.successors(s))
            out << '(' << from << ", \"" << escaped(to_string(system.move(s, next.label))) << "\", "
                << walk.number(next.state) << ")\n";
        ++from;
    }
}

// ------------------------------------------------------------------------------------------- Promela

namespace {

using Needs = TwoEnds::LocalMove::Needs;

/// As in the C of the model.
enum class Cost : std::uint8_t { nothing, abort, give_up, injection, crash };
using Costs = TwoEnds::LocalMove::Costs;
static_assert(static_cast<Cost>(Costs::abort) == Cost::abort && static_cast<Cost>(Costs::give_up) == Cost::give_up);
static_assert(static_cast<int>(Needs::quiet) == 1 && static_cast<int>(Needs::quiet_or_early) == 2 &&
              static_cast<int>(Needs::time_wait_over) == 3);

struct TableMove {
    Needs needs;
    Cost costs;
    std::uint32_t next;
    std::uint32_t segment;  ///< numbered from 1; 0: none leaves
    bool reset;             ///< it is a RST
};

/// What an end is, to Spin.
struct TableLocal {
    bool reached{false};  ///< else there is no row of moves and arrivals, and pan must not get here
    bool resets{false};   ///< it owes a RST, which goes before all else
    std::vector<TableMove> moves{};
    std::map<std::uint32_t, std::uint32_t> arrivals{};  ///< by segment
};

/// Ids in the order in which they are met.
class Numbering {
public:
    explicit Numbering(std::uint32_t first) : first_{first} {}
    std::uint32_t of(std::uint32_t id) {
        const auto [at, fresh] = numbers_.emplace(id, first_ + static_cast<std::uint32_t>(ids_.size()));
        if (fresh) ids_.push_back(id);
        return at->second;
    }
    std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size()); }
    std::uint32_t id(std::uint32_t place) const { return ids_[place]; }

private:
    std::uint32_t first_;
    std::vector<std::uint32_t> ids_{};
    std::unordered_map<std::uint32_t, std::uint32_t> numbers_{};
};

struct Relation {
    Numbering locals{0}, segments{1};
    std::array<std::vector<TableLocal>, 2> of{};  ///< by end and number of the local

    TableLocal& row(std::size_t end, std::uint32_t number) {
        if (of[end].size() <= number) of[end].resize(number + 1u);
        return of[end][number];
    }
};

Relation relation_of(TwoEnds& system, Walk& walk) {
    Relation r;
    for (std::size_t end = 0; end < 2; ++end) r.locals.of(system.local_id(system.initial(), end));
    for (const Global& s : walk.states()) {
        const auto& successors = walk.successors(s);
        for (std::size_t end = 0; end < 2; ++end) {
            const std::uint32_t local = system.local_id(s, end);
            const std::uint32_t number = r.locals.of(local);
            if (!r.row(end, number).reached) {
                TableLocal l;
                l.reached = true;
                for (const TwoEnds::LocalMove& m : system.local_moves(end, local)) {
                    const bool reset = m.segment && system.segment(*m.segment).rst();
                    l.resets = l.resets || (reset && m.needs == Needs::nothing);
                    l.moves.push_back({m.needs, static_cast<Cost>(m.costs), r.locals.of(m.next),
                                       m.segment ? r.segments.of(*m.segment) : 0, reset});
                }
                r.row(end, number) = std::move(l);
            }
            const std::vector<std::uint16_t> way = system.under_way(s, 1 - end);
            const std::size_t choices = system.bounds().reordering ? way.size() : std::min<std::size_t>(way.size(), 1);
            for (std::size_t i = 0; i < choices; ++i) {
                const std::uint32_t segment = r.segments.of(way[i]);
                if (r.row(end, number).arrivals.contains(segment)) continue;
                const std::uint32_t next = r.locals.of(system.arrival(end, local, way[i]));
                r.row(end, number).arrivals.emplace(segment, next);
            }
            // What only a budget allows is found where the budget still is, and is the same in each such state.
            const auto add_once = [&](MoveKind kind, Cost cost) {
                const auto& known = r.row(end, number).moves;
                if (std::any_of(known.begin(), known.end(), [&](const TableMove& m) { return m.costs == cost; }))
                    return;
                for (const auto& next : successors) {
                    if (next.label.kind != kind || next.label.end != end) continue;
                    const std::uint32_t to = r.locals.of(system.local_id(next.state, end));
                    r.row(end, number).moves.push_back({Needs::nothing, cost, to, 0, false});
                }
            };
            add_once(MoveKind::injected, Cost::injection);
            add_once(MoveKind::crash, Cost::crash);
        }
    }
    for (std::size_t end = 0; end < 2; ++end) r.row(end, r.locals.size() - 1);
    return r;
}

/// Spin takes pieces of C of up to 64 KiB only: a table is put together from macros, each on one line.
class Table {
public:
    Table(std::ostream& out, std::string type_and_name) : out_{out}, head_{std::move(type_and_name)} {}
    void add(const std::string& value) {
        part_ += value + ',';
        if (part_.size() > 40'000) flush();
    }
    ~Table() {
        flush();
        out_ << "c_decl {\nstatic const " << head_ << "[] = {";
        for (std::size_t i = 0; i < parts_; ++i) out_ << (i % 8 == 0 ? "\n" : " ") << part_name(i);
        out_ << "\n};\n}\n";
    }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

private:
    std::string part_name(std::size_t i) const {
        return head_.substr(head_.rfind(' ') + 1) + "_part_" + std::to_string(i);
    }
    void flush() {
        if (!part_.empty()) out_ << "c_decl {\n\\#define " << part_name(parts_++) << ' ' << part_ << "\n}\n";
        part_.clear();
    }

    std::ostream& out_;
    std::string head_, part_{};
    std::size_t parts_{0};
};

constexpr std::string_view types_of_tables = R"(c_decl {
struct table_move { unsigned next; unsigned short segment; unsigned char needs, costs, reset; };
struct table_local {
    unsigned first_move;     /* in moves[] */
    unsigned first_arrival;  /* in arrivals[]: what segment lowest + i makes of it, as a local + 1; 0: was never seen */
    unsigned short lowest, arrivals;
    unsigned char count;     /* of moves */
    unsigned char known, state, idle, resets, retransmits, still;
};
extern void (*uerror)(char *);
}
)";

constexpr std::string_view rules_of_moves = R"(
c_code {
static inline const struct table_local *local(int end) { return end ? &locals_of_b[now.b] : &locals_of_a[now.a]; }
static inline void become(int end, unsigned next)
{
    if (end) now.b = next; else now.a = next;
    if (!local(end)->known) uerror("incomplete table");
}
static inline int empty_network(void) { return !now.from_a[0] && !now.from_b[0]; }
static inline int quiet(void) { return empty_network() && local(0)->idle && local(1)->idle; }

static inline int room(int end) { return !(end ? now.from_b : now.from_a)[CAPACITY - 1]; }
/* A RST that is owed leaves before anything else happens to its end but a crash. */
static inline int must_reset(int end) { return local(end)->resets && room(end); }

/* Is there a move i of this end, and may it be taken? */
static inline int may_move(int end, int i)
{
    const struct table_local *me = local(end);
    const struct table_move *m;
    if (i >= me->count) return 0;
    m = &moves[me->first_move + i];
    if (m->segment && !room(end)) return 0;
    if (!m->reset && m->costs != 4 && must_reset(end)) return 0;
    if (m->costs == 1 && !ABORTS) return 0;
    if (m->costs == 2 && !GIVE_UPS) return 0;
    if (m->costs == 3 && !INJECTIONS) return 0;
    if (m->costs == 4 && !CRASHES) return 0;
    switch (m->needs) {
    case 1: return quiet();
    case 2: return EARLY || quiet();
    case 3: return quiet() && !local(1 - end)->retransmits;
    }
    return 1;
}
static inline void take_move(int end, int i)
{
    const struct table_move *m = &moves[local(end)->first_move + i];
    if (m->needs == 2 && !quiet()) SPEND_EARLY;
    if (m->costs == 1) SPEND_ABORT;
    if (m->costs == 2) SPEND_GIVE_UP;
    if (m->costs == 3) SPEND_INJECTION;
    if (m->costs == 4) SPEND_CRASH;
    if (m->segment) {
        SLOT *way = end ? now.from_b : now.from_a;
        int at = 0;
        while (way[at]) ++at;
        for (; REORDERING && at > 0 && way[at - 1] > m->segment; --at) way[at] = way[at - 1];
        way[at] = m->segment;
    }
    become(end, m->next);
    judge();
}

/* Is something at place i of what is under way to this end, and not the same as at the place before? */
static inline int may_come(int end, int i)
{
    const SLOT *way = end ? now.from_a : now.from_b;
    return way[i] && (i == 0 || way[i] != way[i - 1]);
}
static inline int may_arrive(int end, int i) { return may_come(end, i) && !must_reset(end); }
static inline void leave_network(int end, int i)
{
    SLOT *way = end ? now.from_a : now.from_b;
    for (; i + 1 < CAPACITY; ++i) way[i] = way[i + 1];
    way[CAPACITY - 1] = 0;
}
static inline void arrive(int end, int i)
{
    const struct table_local *me = local(end);
    const unsigned at = (end ? now.from_a : now.from_b)[i] - me->lowest;
    const unsigned next = at < me->arrivals ? arrivals[me->first_arrival + at] : 0;
    if (next) become(end, next - 1); else uerror("incomplete table");
}
}
)";

constexpr std::string_view judgement = R"(
c_code {
/* Each property is told once; with -c0 all of them are. */
static inline void judge_one(int broken, char *id, int *told)
{
    if (broken && !*told) { *told = 1; uerror(id); }
}
static inline int in(int one, int other)
{
    const int a = locals_of_a[now.a].state, b = locals_of_b[now.b].state;
    return (a == one && b == other) || (a == other && b == one);
}
static inline int finished(void)
{
    return (locals_of_a[now.a].state <= LISTEN && locals_of_b[now.b].state <= LISTEN) || !CLEAN;
}
static inline void judge(void)
{
\#ifdef S31
    { static int told;
      judge_one(CLEAN && !now.from_a[0] && !now.from_b[0] && locals_of_a[now.a].still && locals_of_b[now.b].still &&
          (locals_of_a[now.a].state == ESTABLISHED) != (locals_of_b[now.b].state == ESTABLISHED), "S31", &told); }
\#endif
\#ifdef S32
    { static int told; judge_one(CLEAN && in(CLOSED, ESTABLISHED), "S32", &told); }
\#endif
\#ifdef S33
    { static int told;
      judge_one(CLEAN && (in(ESTABLISHED, SYN_SENT) || in(ESTABLISHED, TIME_WAIT)), "S33", &told); }
\#endif
\#ifdef S35
    { static int told;
      judge_one(CLEAN && (in(CLOSE_WAIT, CLOSE_WAIT) || in(LAST_ACK, LAST_ACK) || in(FIN_WAIT_2, FIN_WAIT_2)), "S35",
          &told); }
\#endif
}
}
)";

struct Budget {
    std::string_view variable;  ///< of the Promela model
    std::string_view left;      ///< macros of the C
    std::string_view spend;
    std::uint8_t limit;
    bool unclean;  ///< to spend it ends what "clean" means
};

std::array<Budget, 7> budgets_of(const Bounds& b) {
    return {{{"losses", "LOSSES", "SPEND_LOSS", b.losses, false},
             {"duplicates", "DUPLICATES", "SPEND_DUPLICATE", b.duplicates, false},
             {"early", "EARLY", "SPEND_EARLY", b.early_retransmissions, false},
             {"aborts", "ABORTS", "SPEND_ABORT", b.aborts, true},
             {"give_ups", "GIVE_UPS", "SPEND_GIVE_UP", b.give_ups, true},
             {"injections", "INJECTIONS", "SPEND_INJECTION", b.injections, true},
             {"crashes", "CRASHES", "SPEND_CRASH", b.crashes, true}}};
}

std::string macro_name(lastack::State s) {
    std::string text{name(s)};
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
}

}  // namespace

void write_promela(std::ostream& out, TwoEnds& system, std::size_t most_states) {
    Walk walk{system, most_states};
    const Relation r = relation_of(system, walk);
    const Bounds& bounds = system.bounds();
    const std::size_t states = walk.states().size(), moves = walk.moves();

    out << "/* Two TCP ends (RFC 9293), their users and a network: " << to_string(bounds) << ".\n"
        << " * The explorer finds " << states << " states and " << moves
        << " moves; pan must store as many states,\n * and count one"
        << " transition more, for the initial state:\n"
        << " *     spin -a FILE && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -m1000000\n"
        << " * Properties: cc -DS31, -DS32, -DS33, -DS35; or -DS37, and then pan without -E.\n"
        << " */\n\n"
        << types_of_tables;

    // Moves and arrivals of both ends are in one table each.
    std::array<std::vector<std::string>, 2> rows;
    std::size_t most_moves = 0;
    {
        std::size_t in_moves = 0, in_arrivals = 0;
        Table moves_table{out, "struct table_move moves"};
        std::vector<std::uint32_t> all_arrivals;
        for (std::size_t end = 0; end < 2; ++end) {
            for (std::uint32_t i = 0; i < r.locals.size(); ++i) {
                const TableLocal& l = r.of[end][i];
                const Config& c = system.local(r.locals.id(i)).config;
                const std::uint32_t lowest = l.arrivals.empty() ? 0 : l.arrivals.begin()->first;
                const std::size_t span = l.arrivals.empty() ? 0 : l.arrivals.rbegin()->first - lowest + 1;
                const auto number = [](auto n) { return std::to_string(n) + ','; };
                const bool idle = l.reached && system.idle(end, r.locals.id(i));
                rows[end].push_back('{' + number(in_moves) + number(in_arrivals) + number(lowest) + number(span) +
                                    number(l.moves.size()) + number(int{l.reached}) +
                                    number(static_cast<int>(c.state)) + number(int{idle}) + number(int{l.resets}) +
                                    number(int{system.retransmits(r.locals.id(i))}) + std::to_string(still(c)) + '}');
                for (const TableMove& m : l.moves)
                    moves_table.add('{' + number(m.next) + number(m.segment) + number(static_cast<int>(m.needs)) +
                                    number(static_cast<int>(m.costs)) + std::to_string(int{m.reset}) + '}');
                in_moves += l.moves.size();
                most_moves = std::max(most_moves, l.moves.size());
                all_arrivals.resize(in_arrivals + span);
                for (const auto& [segment, next] : l.arrivals) all_arrivals[in_arrivals + segment - lowest] = next + 1;
                in_arrivals += span;
            }
        }
        if (most_moves > 255) throw TwoEnds::TooMany{"more than 255 moves of an end to export: " + to_string(bounds)};
        if (in_moves == 0) moves_table.add("{0,0,0,0,0}");
        all_arrivals.push_back(0);
        Table arrivals_table{out, "unsigned arrivals"};
        for (const std::uint32_t next : all_arrivals) arrivals_table.add(std::to_string(next));
    }
    for (std::size_t end = 0; end < 2; ++end) {
        Table table{out, end == 0 ? "struct table_local locals_of_a" : "struct table_local locals_of_b"};
        for (const std::string& row : rows[end]) table.add(row);
    }

    const auto budgets = budgets_of(bounds);
    const bool small = r.segments.size() < 256;
    const int capacity = bounds.capacity;
    out << "\nc_decl {\n";
    for (const lastack::State s : all_states)
        out << "\\#define " << macro_name(s) << ' ' << static_cast<int>(s) << '\n';
    out << "\\#define CAPACITY " << capacity << "\n\\#define REORDERING " << int{bounds.reordering} << '\n';
    std::string clean_if = "1";
    for (const Budget& b : budgets) {
        if (b.limit == 0) {
            out << "\\#define " << b.left << " 0\n\\#define " << b.spend << " ((void)0)\n";
            continue;
        }
        out << "\\#define " << b.left << " now." << b.variable << "\n\\#define " << b.spend << " (now." << b.variable
            << " -= 1)\n";
        if (b.unclean) clean_if += " && now." + std::string{b.variable} + " == " + std::to_string(b.limit);
    }
    out << "\\#define CLEAN (" << clean_if << ")\n\\#define SLOT " << (small ? "unsigned char" : "short")
        << "\n\\#ifdef S37\n\\#define S37_ASKED 1\n\\#else\n\\#define S37_ASKED 0\n\\#endif\n}\n\n";

    // All that pan stores.
    const char* const local_type = r.locals.size() <= 0x7fff ? "short" : "int";
    for (std::size_t end = 0; end < 2; ++end) {
        // relation_of() numbers the initial ends first.
        const bool other = end == 1 && system.local_id(system.initial(), 0) != system.local_id(system.initial(), 1);
        out << local_type << (end == 0 ? " a" : " b") << " = " << int{other} << ";\n";
    }
    for (const char* way : {"from_a", "from_b"})
        out << (small ? "byte " : "short ") << way << '[' << capacity << "];\n";
    for (const Budget& b : budgets)
        if (b.limit > 0) out << "byte " << b.variable << " = " << int{b.limit} << ";\n";

    out << judgement << rules_of_moves << "\nactive proctype system()\n{\n    do\n";
    // A second pair of parentheses, for Spin takes a lone call for one with side effects.
    for (int end = 0; end < 2; ++end) {
        const auto option = [&](const std::string& guard, const std::string& effect) {
            out << "    :: d_step { c_expr { (" << guard << ") } -> c_code { " << effect << " } }\n";
        };
        for (std::size_t i = 0; i < most_moves; ++i) {
            const std::string which = '(' + std::to_string(end) + ", " + std::to_string(i) + ')';
            option("may_move" + which, "take_move" + which + ';');
        }
        for (int i = 0; i < (bounds.reordering ? capacity : 1); ++i) {
            const std::string which = '(' + std::to_string(end) + ", " + std::to_string(i) + ')';
            const std::string comes = "may_come" + which, arrives = "may_arrive" + which,
                              goes = "leave_network" + which + "; ";
            option(arrives, "arrive" + which + "; " + goes + "judge();");
            if (bounds.duplicates > 0)
                option("DUPLICATES && " + arrives, "arrive" + which + "; SPEND_DUPLICATE; judge();");
            if (bounds.losses > 0) option("LOSSES && " + comes, goes + "SPEND_LOSS; judge();");
        }
    }
    // Where all is over nothing more need happen: any other state without a move is an invalid end state to pan.
    out << "    :: d_step { c_expr { (S37_ASKED && finished()) } -> skip }\n    od\n}\n";
}

}  // namespace lastack::explore
