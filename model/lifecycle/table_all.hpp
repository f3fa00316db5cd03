// The whole table, in the RFC's order. Everything that affects the state is in these rows.
#pragma once

#include "rules/departures.hpp"
#include "rules/early_states.hpp"
#include "rules/other_states.hpp"
#include "rules/timeouts.hpp"
#include "rules/user_calls.hpp"
#include "rules/variants.hpp"

namespace lastack {

inline constexpr auto table =
    join(open_call_rows, send_call_rows, receive_call_rows, close_call_rows, abort_call_rows, status_call_rows,
         closed_rows, listen_rows, syn_sent_rows, timestamp_rows, sequence_rows, rst_rows, security_rows, syn_rows,
         ack_rows, urg_rows, text_rows, fin_rows, timeout_rows, departure_rows);
inline constexpr std::size_t row_count = table.size();

/// ... and the rows of the variants behind it. A Rule is an index into this.
inline constexpr auto table_with_variants = join(table, variant_table);

}  // namespace lastack
