// Live traffic: two hosts made of network namespaces, the kernel's own TCP in both, a capture at each
// end, and for every connection what the applications did, as ground truth.
//
// Three links join the hosts. `near` is one veth pair: a segment arrives within microseconds of its
// departure. `far` leads through a third namespace that holds every frame for `far_delay`: what both
// hosts send within that time crosses, which is how simultaneous OPENs and CLOSEs come about. `rough`
// is like `far`, and loses, doubles and reorders segments.
// Offloads stay as veth has them: captures show super-segments and unfinished checksums.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lastack::live {

inline constexpr std::chrono::milliseconds far_delay{5};  ///< one way

enum class Side : std::uint8_t { nobody, client, server, both };

/// How it ended. `open`: at least one application had not closed when the capture ended.
enum class Fate : std::uint8_t { closed, refused, reset, open };

enum class Family : std::uint8_t { ipv4, ipv6 };

std::string_view name(Side);
std::string_view name(Fate);

/// What the applications did on one pair of sockets, hence what a capture must show. On the rough link
/// an end need not see what the other sent, and more resets may be needed than the applications meant.
struct Truth {
    std::string scenario;
    std::string link;
    std::string client;  ///< address, as inet_ntop prints it
    std::string server;
    std::uint16_t client_port{0};
    std::uint16_t server_port{0};
    int connections{1};              ///< connections, one after the other, between these two sockets
    Side first_close{Side::nobody};  ///< whose application closed first; `both`: at the same moment
    Side reset_by{Side::nobody};     ///< whose host sends the RST that ends it
    Fate fate{Fate::closed};
};

/// One capture file: what one host's end of one link saw.
struct End {
    std::string link;
    Side side{Side::nobody};
    std::vector<std::string> addresses;  ///< of that host on that link
    std::filesystem::path file;
};

struct Traffic {
    std::vector<End> ends;
    std::vector<Truth> truths;
};

/// Namespaces or captures are not to be had here; what() says which call failed and why.
struct Unavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A capture is incomplete: worth another try on a calmer machine.
struct PacketsLost : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The scenarios' names, in the order of their definition.
std::vector<std::string> scenario_names();

/// Runs every scenario `repetitions` times its usual count over all links and both IP versions, and
/// writes one capture an end (`near-client.pcap`, ...; nanoseconds, 256 octets a packet) and the
/// truths (`truth.json`) into `directory`, which is created.
/// The namespaces live as long as the call. Where the caller is not root it must be single-threaded
/// and stays in a user namespace of its own. Throws Unavailable, PacketsLost, or std::runtime_error when
/// a scenario did not go as it should.
Traffic make_traffic(const std::filesystem::path& directory, int repetitions = 1);

}  // namespace lastack::live
