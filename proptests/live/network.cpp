#include "network.hpp"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

#include "traffic.hpp"

namespace lastack::live {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string reason(const std::string& what) { return what + ": " + std::strerror(errno); }

Fd current_namespace() {
    Fd fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    if (fd.get() < 0) throw Unavailable(reason("opening the network namespace"));
    return fd;
}

void write_file(const char* path, const std::string& text) {
    std::ofstream file{path};
    if (!(file << text << std::flush)) throw Unavailable(std::string{"writing "} + path + " failed");
}

/// A namespace of one's own needs CAP_SYS_ADMIN, or a user namespace in which the caller has it.
void leave_home() {
    if (::unshare(CLONE_NEWNET) == 0) return;
    const auto uid = std::to_string(::getuid());
    const auto gid = std::to_string(::getgid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        throw Unavailable(reason("unshare of network and user namespace"));
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + uid + " 1");
    write_file("/proc/self/gid_map", "0 " + gid + " 1");
}

/// Runs lines of iproute2's `ip -batch` in a namespace.
void ip(const Fd& space, const std::string& lines) {
    const Visit visit{space};
    FILE* pipe = ::popen("PATH=$PATH:/usr/sbin:/sbin exec ip -batch -", "w");
    if (pipe == nullptr) throw Unavailable(reason("running ip"));
    std::fputs(lines.c_str(), pipe);
    if (::pclose(pipe) != 0) throw Unavailable("ip (iproute2) is missing or refused: " + lines);
}

std::string path(const Fd& space) {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(space.get());
}
std::string addresses(const std::string& device, const std::array<const char*, 2>& address, bool ipv6) {
    std::string lines = "link set " + device + " up\naddr add " + address[0] + "/30 dev " + device + "\n";
    if (ipv6) lines += std::string{"addr add "} + address[1] + "/64 dev " + device + " nodad\n";
    return lines;
}

constexpr std::size_t offload_header = 10;  ///< virtio_net_hdr

Fd packet_socket(const std::string& device) {
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL))};
    if (fd.get() < 0) throw Unavailable(reason("a packet socket"));
    const int on = 1;
    const int room = 32 << 20;
    // Without the offload header a super-segment or an unfinished checksum could not be sent on.
    require(::setsockopt(fd.get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0, "PACKET_VNET_HDR");
    require(::setsockopt(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0, "PACKET_IGNORE_OUTGOING");
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    }
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
    require(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0, "bind of a packet socket");
    return fd;
}

/// Only segments suffer: a lost neighbour solicitation would stall everybody for a second.
bool is_segment(const std::vector<char>& octets) {
    constexpr std::size_t ip = offload_header + ETHER_HDR_LEN;
    if (octets.size() < ip + 40) return false;
    return octets[octets[ip] >> 4 == 4 ? ip + 9 : ip + 6] == IPPROTO_TCP;
}

}  // namespace

void require(bool ok, const char* what) {
    if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

void Fd::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Visit::Visit(const Fd& space) : home_{current_namespace()} {
    require(::setns(space.get(), CLONE_NEWNET) == 0, "setns");
}

Visit::~Visit() { ::setns(home_.get(), CLONE_NEWNET); }

Network::Network() : home{current_namespace()} {
    leave_home();
    client = current_namespace();
    require(::unshare(CLONE_NEWNET) == 0, "unshare");
    server = current_namespace();
    require(::unshare(CLONE_NEWNET) == 0, "unshare");
    middle = current_namespace();
    ipv6 = ::access("/proc/sys/net/ipv6", F_OK) == 0;

    for (const Link& link : links) {
        const std::string name = link.name;
        if (link.direct) {
            ip(client, "link add " + name + " type veth peer name " + name + " netns " + path(server) + "\n");
        } else {
            for (const auto& [host, device] :
                 {std::pair{&client, name + "-left"}, std::pair{&server, name + "-right"}}) {
                ip(*host, "link add " + name + " type veth peer name " + device + " netns " + path(middle) + "\n");
                ip(middle, "link set " + device + " up\n");
            }
        }
        ip(client, addresses(name, link.client, ipv6));
        ip(server, addresses(name, link.server, ipv6));
    }
}

// From inside a user namespace there is no way home; the namespaces then end with the process.
Network::~Network() { ::setns(home.get(), CLONE_NEWNET); }

Wire::Wire(const Fd& middle, const Link& link) : faults_{link.faults} {
    const Visit visit{middle};
    left_ = packet_socket(std::string{link.name} + "-left");
    right_ = packet_socket(std::string{link.name} + "-right");
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Wire::read_all(const Fd& from, const Fd& to) {
    for (;;) {
        const auto n = ::recv(from.get(), buffer_.data(), buffer_.size(), 0);
        if (n <= 0) return;
        const Frame frame{to.get(), {buffer_.data(), buffer_.data() + n}};
        const bool rough = faults_ != 0 && is_segment(frame.octets);
        if (rough && chance(faults_)) continue;
        for (int copies = rough && chance(faults_) ? 2 : 1; copies != 0; --copies) {
            const auto late = rough && chance(2 * faults_) ? far_delay : 0ms;
            frames_.emplace(Clock::now() + far_delay + late, frame);
        }
    }
}

void Wire::run(const std::stop_token& stop) {
    std::array<pollfd, 2> fds{pollfd{left_.get(), POLLIN, 0}, pollfd{right_.get(), POLLIN, 0}};
    while (!stop.stop_requested()) {
        auto wait = std::chrono::nanoseconds{50ms};
        if (!frames_.empty())
            wait = std::clamp<std::chrono::nanoseconds>(frames_.begin()->first - Clock::now(), 0ns, 50ms);
        const timespec timeout{0, static_cast<long>(wait.count())};
        ::ppoll(fds.data(), fds.size(), &timeout, nullptr);
        read_all(left_, right_);
        read_all(right_, left_);
        while (!frames_.empty() && frames_.begin()->first <= Clock::now()) {
            const std::lock_guard lock{delivery_};
            const Frame& frame = frames_.begin()->second;
            // A frame that does not get through is a loss on the link, which TCP is there to mend.
            [[maybe_unused]] const auto sent = ::send(frame.to, frame.octets.data(), frame.octets.size(), 0);
            frames_.erase(frames_.begin());
        }
    }
}

Tap::Tap(const Fd& space, const char* device, const std::filesystem::path& file) : file_{file.string()} {
    const Visit visit{space};
    char error[PCAP_ERRBUF_SIZE];
    pcap_.reset(::pcap_create(device, error));
    if (!pcap_) throw Unavailable(std::string{"pcap_create: "} + error);
    pcap_t* p = pcap_.get();
    ::pcap_set_immediate_mode(p, 1);
    ::pcap_set_snaplen(p, 256);
    ::pcap_set_buffer_size(p, 32 << 20);
    ::pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);  // microseconds where it cannot be had
    if (::pcap_activate(p) < 0) throw Unavailable("capturing on " + std::string{device} + ": " + ::pcap_geterr(p));
    bpf_program program{};
    if (::pcap_compile(p, &program, "tcp", 1, PCAP_NETMASK_UNKNOWN) != 0 || ::pcap_setfilter(p, &program) != 0) {
        throw Unavailable(std::string{"the capture filter: "} + ::pcap_geterr(p));
    }
    ::pcap_freecode(&program);
    if (::pcap_setnonblock(p, 1, error) != 0) throw Unavailable(error);
    dumper_.reset(::pcap_dump_open(p, file_.c_str()));
    if (!dumper_) throw std::runtime_error(::pcap_geterr(p));
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Tap::finish() {
    thread_.request_stop();
    thread_.join();
    pcap_stat stat{};
    require(::pcap_stats(pcap_.get(), &stat) == 0, "pcap_stats");
    if (stat.ps_drop != 0) throw PacketsLost(file_ + ": the capture lost " + std::to_string(stat.ps_drop) + " packets");
    if (::pcap_dump_flush(dumper_.get()) != 0) throw std::runtime_error(reason("writing " + file_));
}

void Tap::run(const std::stop_token& stop) {
    pollfd fd{::pcap_get_selectable_fd(pcap_.get()), POLLIN, 0};
    auto* user = reinterpret_cast<u_char*>(dumper_.get());
    for (bool last = false; !last;) {
        last = stop.stop_requested();  // asked before the last read, so that nothing stays behind
        ::poll(&fd, 1, 20);
        while (::pcap_dispatch(pcap_.get(), -1, ::pcap_dump, user) > 0) {
        }
    }
}

void Tap::Delete::operator()(pcap* p) const { ::pcap_close(p); }
void Tap::Delete::operator()(pcap_dumper* d) const { ::pcap_dump_close(d); }

}  // namespace lastack::live
