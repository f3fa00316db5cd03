// Segment sizes that the handshake settles (RFC 9293 3.7.1). All sizes are octets.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lastack {

/// The values are those of Endpoint::family.
enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

inline constexpr std::uint32_t tcp_header_size = 20;  ///< without options

constexpr std::uint32_t ip_header_size(IpVersion ip) { return ip == IpVersion::v4 ? 20 : 40; }

/// What a peer is taken to accept that sent no MSS option (MUST-15).
constexpr std::uint16_t default_mss(IpVersion ip) { return ip == IpVersion::v4 ? 536 : 1220; }

/// SendMSS. `mss_option` is the value in the peer's SYN, 0 when it carried none (as in Segment::mss).
constexpr std::uint16_t send_mss(std::uint16_t mss_option, IpVersion ip) {
    return mss_option == 0 ? default_mss(ip) : mss_option;
}

/// The value to announce: the MTU less the fixed headers, options not counted, and no more than can be
/// reassembled: `mms_r` is the largest transport message that IP can take in, MMS_R (MUST-67).
/// 0 when the headers alone do not fit; 65535 at most, which is all the option can carry.
constexpr std::uint16_t announced_mss(std::uint32_t mtu, std::uint32_t mms_r, IpVersion ip) {
    const std::uint32_t headers = ip_header_size(ip) + tcp_header_size;
    const std::uint32_t by_mtu = mtu > headers ? mtu - headers : 0;
    const std::uint32_t by_reassembly = mms_r > tcp_header_size ? mms_r - tcp_header_size : 0;
    return static_cast<std::uint16_t>(std::min({by_mtu, by_reassembly, std::uint32_t{65535}}));
}

/// Does a SYN need the option? Only a value other than the default tells the peer something (SHLD-5);
/// `always` is the liberty of MAY-3.
constexpr bool announces_mss(std::uint16_t receive_mss, IpVersion ip, bool always = false) {
    return always || receive_mss != default_mss(ip);
}

/// Eff.snd.MSS, the most text one segment may carry (MUST-16). `mms_s`: the largest transport message
/// that IP can send. 0 when the options leave no room.
constexpr std::uint32_t effective_send_mss(std::uint16_t send_mss, std::uint32_t mms_s, std::uint32_t tcp_options,
                                           std::uint32_t ip_options) {
    const std::uint64_t message = std::min<std::uint64_t>(std::uint64_t{send_mss} + tcp_header_size, mms_s);
    const std::uint64_t overhead = std::uint64_t{tcp_header_size} + tcp_options + ip_options;
    return message > overhead ? static_cast<std::uint32_t>(message - overhead) : 0;
}

}  // namespace lastack
