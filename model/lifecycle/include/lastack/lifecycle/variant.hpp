// Variants: the protocol with one piece left out, for asking what that piece is there for. A variant is no reading of
// RFC 9293 (those are a Policy's) but a departure from it, and only the instrumented machine can run one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lastack {

enum class Variant : std::uint8_t {
    none,  ///< RFC 9293 itself
    two_way_handshake,
    no_simultaneous_open,
    syn_takes_no_number,
    fin_takes_no_number,
    three_message_close,
    no_half_close,
    no_time_wait,
    fin_out_of_order,
    no_sequence_check,
    any_reset_in_syn_sent,
    no_reset_in_closed,
    no_reset_in_syn_sent,
    no_retransmission,
};

struct VariantInfo {
    Variant variant{};
    std::string_view name;   ///< "two-way-handshake"
    std::string_view what;   ///< one sentence: what is otherwise than in the RFC
    std::string_view place;  ///< the section of RFC 9293 that it leaves: "3.10.7.2"
};

/// All of them, without `none`, in the order of a connection's life.
std::span<const VariantInfo> variants();
/// The variant with this name; `none` when there is no such.
Variant variant(std::string_view name);
/// Its name; "" for `none`.
std::string_view name(Variant);

}  // namespace lastack
