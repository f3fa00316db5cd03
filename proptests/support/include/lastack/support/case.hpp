// Case files: a run of two ends, written by hand or by to_case(), with what the RFC says must come of it.
//
//     file        = { comment | setting } { block } ["cut"]
//     comment     = "#" ...                              anywhere; the first one is the title
//     setting     = "policy" [P] policy                  as parse_policy takes it; of P alone, or of both ends
//                 | "peers A"                            there is no B: what A sends is gone, what A
//                                                        receives is written out
//                 | "words" hex { hex }                  replay the random run that the file tells of
//                 | "without" id | "inverted" id         the machine that runs has a row switched off, a
//                                                        guard turned round
//                 | "variant" name                       the machines that run leave a piece of the protocol out
//                 | "seen from outside"                  signals and octets delivered need not be expected
//     block       = command { command } "----" { expectation } blank line
//     command     = P "OPEN" ("active" | "passive") ["iss" iss] ["window" n] { "unspecified" |
//                   "security-refused" | surrounding }
//                 | P "SEND" n ["iss" iss] { surrounding } | P "RECEIVE" n { surrounding }
//                 | P ("CLOSE" | "ABORT" | "STATUS") { surrounding }
//                 | P "sends"                            what the eager scheduler lets leave, if anything
//                 | P "sends" segment                    this one, which may be refused
//                 | P "probes"                           the same when a closed window is to be probed
//                 | P "receives" ["(" what ")"] segment  out of nowhere: an old duplicate, say
//                 | P "timeout" ("retransmission" | "user" | "time-wait" | "fin-wait-2") ["anyway"]
//                 | P "crash"                            it forgets everything
//                 | P "iss" iss                          of its next incarnation
//                 | P "listener" ("on" | "off")          whether a SYN in TIME-WAIT finds a passive OPEN on the port
//                 | ("deliver" | "lose" | "duplicate") W [n]   the n-th oldest segment under way, or the oldest
//                 | "established A" n "B" m              both ends are ESTABLISHED, their next numbers n and m
//     surrounding = "forbidden" | "no-room"
//     iss         = n | "later"                          later: the SYN that leaves fixes it
//     expectation = P STATE                              "A SYN-SENT"
//                 | P "sends" (segment | "nothing")
//                 | P "refuses"                          the segment of the command may not leave
//                 | P "signals" name | P "error:" ...    to its user
//                 | P "delivers" n                       octets to a RECEIVE
//                 | P "ignores"                          the event had no effect
//                 | P "rules" id { id }                  these fired, among others
//                 | P "starts" timer                     started, or started anew
//                 | P "timers" (timer { timer } | "none")   these run when the block is done, no other
//     P           = "A" | "B"        W = "A->B" | "B->A"
//
// Every segment that a bare "sends" lets leave, every refusal, every change of state, every signal (but push), every
// error and every octet delivered must be expected; the rest may be. Expectations of one command may stand in any
// order, those of several in the order of the commands. A segment's window and options are compared when they are
// written, its P bit when it is set. At the end of the file nothing is under way and nobody has anything to send,
// unless its last line says that the run was cut. spec/case-files.md says the same for people.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/word.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/event.hpp"
#include "lastack/vocabulary/policy.hpp"

namespace lastack::support {

struct Command {
    enum class Kind : std::uint8_t {
        call,
        sends,
        probes,
        receives,
        timeout,
        crash,
        iss,
        listener,
        deliver,
        lose,
        duplicate,
        established
    };

    int line{0};
    std::string text{};
    Kind kind{Kind::call};
    Peer peer{Peer::a};  ///< deliver, lose, duplicate: who sent it
    Call call{};
    bool iss_later{false};             ///< OPEN, SEND, iss: the SYN that leaves fixes the number
    std::optional<Segment> segment{};  ///< receives; sends: nothing for what the scheduler proposes
    bool listener{true};               ///< listener: on
    bool anyway{false};                ///< timeout: the timer need not run
    std::string what{};                ///< receives: the words in parentheses
    TimeoutKind timeout{TimeoutKind::retransmission};
    std::array<std::uint32_t, 2> number{};  ///< deliver...: which one, from 1; established: A's, B's
};

/// Something that is to be seen, or was.
struct Fact {
    enum class Kind : std::uint8_t {
        state,
        sends,
        signals,
        error,  ///< the reply to a call; or "refuses", of a segment that may not leave
        delivers,
        ignores,
        rule,
        starts,
        timers
    };

    Peer peer{Peer::a};
    Kind kind{Kind::state};
    std::string value{};               ///< the rest of the line
    std::optional<Segment> segment{};  ///< sends; none: "nothing"
};

struct Expectation {
    int line{0};
    Fact fact{};
    bool window_written{false};
    bool options_written{false};
};

struct Block {
    std::vector<Command> commands{};
    std::vector<Expectation> expectations{};
};

struct Case {
    std::string file{};                      ///< as messages name it
    std::string title{};                     ///< the first comment line
    std::vector<std::string> description{};  ///< the other lines of the comment that opens the file
    std::array<Policy, 2> policies{};        ///< of A and B
    bool b_is_played{false};
    bool seen_from_outside{false};  ///< the run is of something that shows neither signals nor octets delivered
    bool cut{false};                ///< the run was not brought to its end
    Instruments instruments{};      ///< of the machine that runs
    Words words{};                  ///< that replay the random run
    std::vector<Block> blocks{};
    int last_line{0};
};

/// On failure nothing, and `error` is one line "file:line: reason".
std::optional<Case> parse_case(std::string_view text, std::string_view file, std::string& error);

struct Mismatch {
    std::string file{};
    int line{0};
    std::string expected{};
    std::string got{};
};
std::string to_string(const Mismatch&);  ///< "file:line: expected ..., got ..."

struct Run {
    History history{};
    std::array<Config, 2> ends{};
    std::optional<Mismatch> mismatch{};  ///< the first one; the run ends behind its block
};

/// Plays a case on lastack::step, or on the machine with the row that it names switched off or inverted.
Run play(const Case&);

/// The case files of proptests/cases, built into the library.
struct BuiltInCase {
    std::string_view name;  ///< file name without ".case"
    std::string_view text;
};
std::span<const BuiltInCase> built_in_cases();

}  // namespace lastack::support
