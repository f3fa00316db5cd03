// The table as documents: everything here is made from rules(), so that no document can say
// something else than the machine does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lastack/lifecycle/lifecycle.hpp"

namespace lastack {

/// The place in the RFC that an id names: "RFC 9293 3.10.7.4, fifth check"; "RFC 7323 5.3".
std::string place(const RuleInfo&);
/// What the row waits for, in the RFC's words: "CLOSE call", "FIN", "USER TIMEOUT", "text departs".
std::string event_words(const RuleInfo&);
/// Guard and action in words: "not has_rst and has_ack", "reset_sender = time_wait",
/// "reply_with(connection_closing)". The guard of a row that always fires is "always".
std::string guard_words(const RuleInfo&);
std::string action_words(const RuleInfo&);
/// Among rows that change the state: does this one wait for another reading of a choice than the first?
/// (Where all choices are taken at their first reading it never fires.)
bool alternative(const RuleInfo&);

/// Every row, by place in the RFC and by state (Markdown).
std::string transition_table_markdown();
/// The eleven states and the rows that lead from one to another (Graphviz). The graph carries a hash of the
/// text as its `id`, which Graphviz copies into an SVG: so an SVG tells which text it was made from.
std::string state_diagram_dot();
/// Events against states: how many rows each pair has and where they lead (Markdown).
std::string state_event_matrix_markdown();
/// {"rules": [{"id", "place", "source", "check", "guard", "action", "target"}]}, one rule a line.
std::string rules_json();
/// One id a line, in the order of the table.
std::string rule_ids_text();

/// Rules whose id begins with `prefix`, in the order of the table.
std::vector<Rule> rules_below(std::string_view prefix);
/// The ids that `text` was most likely meant to be, likeliest first, at most `count`.
std::vector<std::string_view> nearest_rule_ids(std::string_view text, std::size_t count = 3);

}  // namespace lastack
