// The two hosts of live traffic, the links between them and the captures at their ends.
//
// A network namespace belongs to a thread, and a socket to the namespace in which it was made. So one
// process can be both hosts: a thread visits a host to make a socket there, and from then on may use the
// sockets of both hosts in any order.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct pcap;
struct pcap_dumper;

namespace lastack::live {

/// Throws std::system_error with errno unless `ok`.
void require(bool ok, const char* what);

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {}
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { close(); }

    int get() const { return fd_; }
    void close();

private:
    int fd_{-1};
};

/// Puts the calling thread into a namespace, and back at the end.
class Visit {
public:
    explicit Visit(const Fd& space);
    Visit(const Visit&) = delete;
    ~Visit();

private:
    Fd home_;
};

struct Link {
    const char* name;                   ///< of the link, and of the device at both its ends
    std::array<const char*, 2> client;  ///< address by family
    std::array<const char*, 2> server;
    bool direct;    ///< no wire in the middle
    double faults;  ///< share of segments lost; as many come twice, and twice as many come late
};

inline constexpr Link links[] = {
    {"near", {"10.77.0.1", "fd77::1"}, {"10.77.0.2", "fd77::2"}, true, 0},
    {"far", {"10.77.0.5", "fd77:0:0:1::1"}, {"10.77.0.6", "fd77:0:0:1::2"}, false, 0},
    {"rough", {"10.77.0.9", "fd77:0:0:2::1"}, {"10.77.0.10", "fd77:0:0:2::2"}, false, 0.04},
};

/// The namespaces of both hosts and of what lies between them, with the devices of all links.
struct Network {
    Network();
    Network(const Network&) = delete;
    ~Network();

    Fd home, client, server, middle;
    bool ipv6{false};
};

/// The middle of a link: carries whole frames, offload headers included, `far_delay` later, or not.
class Wire {
public:
    Wire(const Fd& middle, const Link& link);

    /// While the lock lives nothing arrives at either host: what both send meanwhile crosses.
    std::unique_lock<std::mutex> hold() { return std::unique_lock{delivery_}; }

private:
    struct Frame {
        int to;
        std::vector<char> octets;
    };

    void run(const std::stop_token& stop);
    void read_all(const Fd& from, const Fd& to);
    bool chance(double share) { return std::bernoulli_distribution{share}(random_); }

    double faults_;
    std::mt19937 random_{1};
    Fd left_, right_;
    std::mutex delivery_;
    std::multimap<std::chrono::steady_clock::time_point, Frame> frames_;  ///< by the time of arrival
    std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 17);
    std::jthread thread_;
};

/// Writes what one device sees into a file until it is told to stop.
class Tap {
public:
    Tap(const Fd& space, const char* device, const std::filesystem::path& file);

    /// Ends the capture; throws when it has lost packets.
    void finish();

private:
    struct Delete {
        void operator()(pcap* p) const;
        void operator()(pcap_dumper* d) const;
    };

    void run(const std::stop_token& stop);

    std::string file_;
    std::unique_ptr<pcap, Delete> pcap_;
    std::unique_ptr<pcap_dumper, Delete> dumper_;
    std::jthread thread_;
};

}  // namespace lastack::live
