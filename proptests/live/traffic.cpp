// One thread holds the sockets of both hosts (network.hpp), so a scenario is one function that reads from
// top to bottom; many run at once in a pool of threads.
#include "traffic.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "network.hpp"

namespace lastack::live {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// ---- What a scenario can do ---------------------------------------------------------------------

constexpr auto patience = 15s;

/// Sockets that stay open until the captures have ended.
class Keeper {
public:
    void keep(Fd fd) {
        const std::lock_guard lock{mutex_};
        fds_.push_back(std::move(fd));
    }

private:
    std::mutex mutex_;
    std::vector<Fd> fds_;
};

struct Address {
    sockaddr_storage storage{};
    socklen_t size{0};

    Address(Family family, const char* text, std::uint16_t port) {
        if (family == Family::ipv4) {
            auto& at = reinterpret_cast<sockaddr_in&>(storage);
            at.sin_family = AF_INET;
            at.sin_port = htons(port);
            ::inet_pton(AF_INET, text, &at.sin_addr);
            size = sizeof at;
        } else {
            auto& at = reinterpret_cast<sockaddr_in6&>(storage);
            at.sin6_family = AF_INET6;
            at.sin6_port = htons(port);
            ::inet_pton(AF_INET6, text, &at.sin6_addr);
            size = sizeof at;
        }
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

struct World {
    Network network;
    std::map<const Link*, Wire> wires;
    Keeper keeper;

    World() {
        for (const Link& link : links) {
            if (!link.direct) {
                wires.emplace(std::piecewise_construct, std::forward_as_tuple(&link),
                              std::forward_as_tuple(network.middle, link));
            }
        }
    }
};

/// One pair of sockets, and the verbs that scenarios are written in.
class Talk {
public:
    Talk(World& world, const Link& link, Family family, std::uint32_t number)
        : world_{world}, link_{link}, family_{family} {
        const auto f = static_cast<std::size_t>(family);
        truth.link = link.name;
        truth.client = link.client[f];
        truth.server = link.server[f];
        // Both counts are prime, so a pair of ports comes again after 800 million talks only.
        truth.client_port = static_cast<std::uint16_t>(32000 + number % 27983);
        truth.server_port = static_cast<std::uint16_t>(2000 + number % 29989);
    }

    Truth truth;
    Fd client, server, listener;

    Fd client_socket() const { return bound(world_.network.client, client_address()); }
    Fd server_socket() const { return bound(world_.network.server, server_address()); }

    /// `receive_buffer`: octets, for the sockets it accepts; 0 leaves the system's choice.
    void listen(int receive_buffer = 0) {
        listener = server_socket();
        if (receive_buffer != 0) {
            require(::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0,
                    "SO_RCVBUF");
        }
        require(::listen(listener.get(), 16) == 0, "listen");
    }
    void connect() {
        client = client_socket();
        const auto to = server_address();
        require(::connect(client.get(), to.get(), to.size) == 0, "connect");
    }
    /// Connects again between the same sockets, once the client's former end is CLOSED and the
    /// server's therefore in TIME-WAIT.
    void connect_again() {
        const auto to = server_address();
        for (const auto deadline = Clock::now() + patience;; std::this_thread::sleep_for(2ms)) {
            client = client_socket();
            if (::connect(client.get(), to.get(), to.size) == 0) return;
            require(errno == EADDRNOTAVAIL && Clock::now() < deadline, "connect");
        }
    }
    /// Each connects to the other, neither listens. Not for the direct link.
    void open_both() {
        client = client_socket();
        server = server_socket();
        {
            const auto hold = world_.wires.at(&link_).hold();
            begin_connect(client, server_address());
            begin_connect(server, client_address());
        }
        const bool both = connected(client) && connected(server);
        if (!both) throw std::runtime_error("the SYNs did not cross");
    }
    void accept() {
        server = Fd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        require(server.get() >= 0, "accept");
        be_patient(server);
    }
    void open() {
        listen();
        connect();
        accept();
        listener.close();
    }
    /// Connects without waiting for the answer.
    void begin_connect(const Fd& from, const Address& to) const {
        blocking(from, false);
        const bool ok = ::connect(from.get(), to.get(), to.size) == 0 || errno == EINPROGRESS;
        require(ok, "connect");
    }
    /// The end of begin_connect; false when it was refused or broken off.
    bool connected(const Fd& fd) const {
        pollfd p{fd.get(), POLLOUT, 0};
        if (::poll(&p, 1, std::chrono::milliseconds{patience}.count()) != 1) throw std::runtime_error("connect hangs");
        int error = 0;
        socklen_t size = sizeof error;
        require(::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0, "SO_ERROR");
        blocking(fd, true);
        return error == 0;
    }
    Address client_address() const { return {family_, truth.client.c_str(), truth.client_port}; }
    Address server_address() const { return {family_, truth.server.c_str(), truth.server_port}; }

    static void send(const Fd& fd, std::size_t octets) {
        const std::vector<char> text(octets, 'x');
        const auto n = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
        require(n >= 0, "send");
        if (static_cast<std::size_t>(n) != octets) throw std::runtime_error("send took less than all");
    }
    static void receive(const Fd& fd, std::size_t octets) {
        std::vector<char> text(octets);
        const auto n = ::recv(fd.get(), text.data(), text.size(), MSG_WAITALL);
        require(n >= 0, "recv");
        if (static_cast<std::size_t>(n) != octets) throw std::runtime_error("the peer closed early");
    }
    static void receive_end(const Fd& fd) {
        char octet = 0;
        const auto n = ::recv(fd.get(), &octet, 1, 0);
        require(n >= 0, "recv");
        if (n != 0) throw std::runtime_error("text where the end was expected");
    }
    /// A RST that gets lost is not sent again: on a rough link the connection then stays half-open.
    void receive_reset(const Fd& fd) const {
        const std::chrono::milliseconds most = link_.faults != 0 ? 100ms : std::chrono::milliseconds{patience};
        pollfd p{fd.get(), 0, 0};  // POLLERR and POLLHUP need not be asked for
        if (::poll(&p, 1, static_cast<int>(most.count())) == 0 && link_.faults == 0)
            throw std::runtime_error("no reset arrives");
    }
    /// Waits until text stands unread in the receive buffer.
    static void text_arrives(const Fd& fd) {
        pollfd p{fd.get(), POLLIN, 0};
        if (::poll(&p, 1, std::chrono::milliseconds{patience}.count()) != 1)
            throw std::runtime_error("no text arrives");
    }
    /// Both directions at once, to the last octet.
    static void exchange(const Fd& a, const Fd& b, std::size_t a_to_b, std::size_t b_to_a) {
        struct Direction {
            int from, to;
            std::size_t unsent, unread;
        };
        std::array<Direction, 2> ways{Direction{a.get(), b.get(), a_to_b, a_to_b},
                                      Direction{b.get(), a.get(), b_to_a, b_to_a}};
        std::vector<char> text(std::size_t{1} << 16, 'x');
        const auto deadline = Clock::now() + patience;
        const auto left = [&] { return ways[0].unread + ways[1].unread; };
        while (left() != 0) {
            if (Clock::now() > deadline) throw std::runtime_error("a transfer hangs");
            std::array<pollfd, 2> fds{};
            for (std::size_t i = 0; i < 2; ++i) {
                const short events =
                    static_cast<short>((ways[i].unsent != 0 ? POLLOUT : 0) | (ways[1 - i].unread != 0 ? POLLIN : 0));
                fds[i] = {ways[i].from, events, 0};
            }
            ::poll(fds.data(), fds.size(), 1000);
            for (Direction& way : ways) {
                move(::send(way.from, text.data(), std::min(text.size(), way.unsent), MSG_DONTWAIT | MSG_NOSIGNAL),
                     way.unsent);
                move(::recv(way.to, text.data(), std::min(text.size(), way.unread), MSG_DONTWAIT), way.unread);
            }
        }
    }
    /// Sends until the peer's window and our buffer are full, at most `most`; how many octets that were.
    static std::size_t send_until_full(const Fd& fd, std::size_t most) {
        const std::vector<char> text(most, 'x');
        const auto n = ::send(fd.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        require(n >= 0, "send");
        return static_cast<std::size_t>(n);
    }
    static void half_close(const Fd& fd) { require(::shutdown(fd.get(), SHUT_WR) == 0, "shutdown"); }
    /// RFC 9293's ABORT.
    static void abort(Fd& fd) {
        const linger none{1, 0};
        require(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0, "SO_LINGER");
        fd.close();
    }
    static void no_delay(const Fd& fd) {
        const int on = 1;
        require(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
    }
    /// With a wire in between the FINs cross for certain; else as often as two threads can have it.
    void close_both() {
        std::unique_lock<std::mutex> hold;
        if (!link_.direct) hold = world_.wires.at(&link_).hold();
        std::atomic<int> ready{0};
        const auto meet = [&ready] {
            for (++ready; ready != 2;) {
            }
        };
        std::jthread other{[&] {
            meet();
            server.close();
        }};
        meet();
        client.close();
        other.join();
    }
    /// Waits until our FIN is acknowledged.
    static void fin_acknowledged(const Fd& fd) {
        for (const auto deadline = Clock::now() + patience; Clock::now() < deadline; std::this_thread::sleep_for(1ms)) {
            tcp_info info{};
            socklen_t size = sizeof info;
            require(::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
            if (info.tcpi_state == TCP_FIN_WAIT2) return;
        }
        throw std::runtime_error("no acknowledgment of the FIN arrives");
    }
    void keep(Fd& fd) { world_.keeper.keep(std::move(fd)); }

private:
    static void blocking(const Fd& fd, bool on) {
        const int flags = ::fcntl(fd.get(), F_GETFL);
        require(::fcntl(fd.get(), F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0, "fcntl");
    }
    static void be_patient(const Fd& fd) {
        const timeval most{std::chrono::seconds{patience}.count(), 0};
        require(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0, "SO_RCVTIMEO");
        require(::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0, "SO_SNDTIMEO");
    }
    static void move(ssize_t n, std::size_t& left) {
        if (n > 0) left -= static_cast<std::size_t>(n);
        if (n < 0 && errno != EAGAIN) require(false, "transfer");
    }
    Fd bound(const Fd& space, const Address& at) const {
        const Visit visit{space};
        Fd fd{::socket(family_ == Family::ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        require(fd.get() >= 0, "socket");
        const int on = 1;
        require(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "SO_REUSEADDR");
        require(::bind(fd.get(), at.get(), at.size) == 0, "bind");
        be_patient(fd);
        return fd;
    }

    World& world_;
    const Link& link_;
    Family family_;
};

// ---- The scenarios ------------------------------------------------------------------------------

/// The client closes, the server sees the end and closes too.
void close_client_first(Talk& t) {
    t.truth.first_close = Side::client;
    t.client.close();
    t.receive_end(t.server);
    t.server.close();
}

void close_server_first(Talk& t) {
    t.truth.first_close = Side::server;
    t.server.close();
    t.receive_end(t.client);
    t.client.close();
}

void is_reset(Talk& t, Side by) {
    t.truth.fate = Fate::reset;
    t.truth.reset_by = by;
}

void request_response(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    t.send(t.server, 1000);
    t.receive(t.client, 1000);
    close_client_first(t);
}

void client_closes_first(Talk& t) {
    t.open();
    close_client_first(t);
}

void server_closes_first(Talk& t) {
    t.open();
    t.send(t.server, 50);
    t.receive(t.client, 50);
    close_server_first(t);
}

void large_transfer(Talk& t) {
    t.open();
    t.exchange(t.client, t.server, 200'000, 200'000);
    close_client_first(t);
}

void response_with_fin(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    t.send(t.server, 20'000);
    t.truth.first_close = Side::server;
    t.server.close();  // the FIN rides on or right behind the text
    t.receive(t.client, 20'000);
    t.receive_end(t.client);
    t.client.close();
}

void half_close(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.truth.first_close = Side::client;
    t.half_close(t.client);
    t.receive(t.server, 100);
    t.receive_end(t.server);
    for (int i = 0; i < 4; ++i) {
        t.send(t.server, 5'000);
        t.receive(t.client, 5'000);
    }
    t.server.close();
    t.receive_end(t.client);
    t.client.close();
}

void both_close(Talk& t) {
    t.open();
    t.truth.first_close = Side::both;
    t.close_both();
}

void both_close_after_text(Talk& t) {
    t.open();
    t.exchange(t.client, t.server, 300, 300);
    t.truth.first_close = Side::both;
    t.close_both();
}

void refused(Talk& t) {
    t.truth.fate = Fate::refused;
    t.truth.reset_by = Side::server;
    t.client = t.client_socket();
    t.begin_connect(t.client, t.server_address());
    if (t.connected(t.client)) throw std::runtime_error("a connection without a listener");
}

void client_aborts(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    is_reset(t, Side::client);
    t.abort(t.client);
    t.receive_reset(t.server);
}

void server_aborts(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    is_reset(t, Side::server);
    t.abort(t.server);
    t.receive_reset(t.client);
}

/// The rest of the server's text meets a client that has gone.
void client_aborts_transfer(Talk& t) {
    t.open();
    t.send_until_full(t.server, 200'000);
    t.text_arrives(t.client);
    is_reset(t, Side::client);
    t.abort(t.client);
    t.receive_reset(t.server);
}

void client_closes_unread(Talk& t) {
    t.open();
    t.send(t.server, 1000);
    t.text_arrives(t.client);
    t.truth.first_close = Side::client;
    is_reset(t, Side::client);
    t.client.close();
    t.receive_reset(t.server);
}

void server_closes_unread(Talk& t) {
    t.open();
    t.send(t.client, 1000);
    t.text_arrives(t.server);
    t.truth.first_close = Side::server;
    is_reset(t, Side::server);
    t.server.close();
    t.receive_reset(t.client);
}

void abort_in_fin_wait_2(Talk& t) {
    t.open();
    t.truth.first_close = Side::client;
    t.half_close(t.client);
    t.receive_end(t.server);
    t.fin_acknowledged(t.client);
    is_reset(t, Side::client);
    t.abort(t.client);
    t.receive_reset(t.server);
}

void abort_in_close_wait(Talk& t) {
    t.open();
    t.truth.first_close = Side::client;
    t.half_close(t.client);
    t.receive_end(t.server);
    t.fin_acknowledged(t.client);
    is_reset(t, Side::server);
    t.abort(t.server);
    t.receive_reset(t.client);
}

/// Nobody is left to read the server's text: RFC 9293 3.6.1 asks for a reset.
void text_after_close(Talk& t) {
    t.open();
    t.truth.first_close = Side::client;
    t.client.close();
    t.receive_end(t.server);
    is_reset(t, Side::client);
    t.send(t.server, 1000);
    t.receive_reset(t.server);
}

void simultaneous_open(Talk& t) {
    t.open_both();
    t.exchange(t.client, t.server, 100, 100);
    close_client_first(t);
}

void simultaneous_open_and_close(Talk& t) {
    t.open_both();
    t.truth.first_close = Side::both;
    t.close_both();
}

void idle_between_sends(Talk& t) {
    t.open();
    for (int i = 0; i < 3; ++i) {
        t.send(t.client, 200);
        t.receive(t.server, 200);
        std::this_thread::sleep_for(300ms);
    }
    close_server_first(t);
}

void zero_window(Talk& t) {
    t.listen(4096);
    t.connect();
    t.accept();
    t.listener.close();
    constexpr std::size_t text = 60'000;
    const std::size_t sent = t.send_until_full(t.client, text);
    std::this_thread::sleep_for(900ms);  // long enough for window probes
    t.receive(t.server, sent);
    t.exchange(t.client, t.server, text - sent, 0);
    close_client_first(t);
}

/// The server's end is in TIME-WAIT when the same two sockets are connected anew.
void reuse_of_time_wait(Talk& t) {
    t.truth.connections = 3;
    t.listen();
    for (int i = 0; i < t.truth.connections; ++i) {
        t.connect_again();
        t.accept();
        t.send(t.client, 10);
        t.receive(t.server, 10);
        close_server_first(t);
    }
}

void server_never_closes(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    t.truth.first_close = Side::client;
    t.truth.fate = Fate::open;
    t.client.close();
    t.receive_end(t.server);
    t.keep(t.server);
}

void nobody_closes(Talk& t) {
    t.open();
    t.send(t.client, 100);
    t.receive(t.server, 100);
    t.truth.fate = Fate::open;
    t.keep(t.client);
    t.keep(t.server);
}

void tiny_segments(Talk& t) {
    t.open();
    t.no_delay(t.client);
    t.no_delay(t.server);
    std::size_t octets = 0;
    for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t n = 1 + i % 3;
        octets += n;
        t.send(t.client, n);
        t.send(t.server, n);
    }
    t.receive(t.server, octets);
    t.receive(t.client, octets);
    close_client_first(t);
}

/// The client is through before the server's application takes the connection from the backlog.
void late_accept(Talk& t) {
    t.listen();
    t.connect();
    t.send(t.client, 100);
    t.truth.first_close = Side::client;
    t.client.close();
    std::this_thread::sleep_for(50ms);
    t.accept();
    t.receive(t.server, 100);
    t.receive_end(t.server);
    t.server.close();
}

enum class Where : std::uint8_t { everywhere, not_direct };

struct Scenario {
    const char* name;
    int count;  ///< on one link, with one IP version
    void (*run)(Talk&);
    Where where{Where::everywhere};
};

constexpr Scenario scenarios[] = {
    {"request_response", 20, request_response},
    {"client_closes_first", 15, client_closes_first},
    {"server_closes_first", 15, server_closes_first},
    {"large_transfer", 5, large_transfer},
    {"response_with_fin", 15, response_with_fin},
    {"half_close", 15, half_close},
    {"both_close", 30, both_close},
    {"both_close_after_text", 15, both_close_after_text},
    {"refused", 15, refused},
    {"client_aborts", 10, client_aborts},
    {"server_aborts", 10, server_aborts},
    {"client_aborts_transfer", 10, client_aborts_transfer},
    {"client_closes_unread", 10, client_closes_unread},
    {"server_closes_unread", 10, server_closes_unread},
    {"abort_in_fin_wait_2", 10, abort_in_fin_wait_2},
    {"abort_in_close_wait", 10, abort_in_close_wait},
    {"text_after_close", 10, text_after_close},
    {"simultaneous_open", 30, simultaneous_open, Where::not_direct},
    {"simultaneous_open_and_close", 15, simultaneous_open_and_close, Where::not_direct},
    {"idle_between_sends", 5, idle_between_sends},
    {"zero_window", 5, zero_window},
    {"reuse_of_time_wait", 5, reuse_of_time_wait},
    {"server_never_closes", 10, server_never_closes},
    {"nobody_closes", 5, nobody_closes},
    {"tiny_segments", 10, tiny_segments},
    {"late_accept", 10, late_accept},
};

struct Job {
    const Scenario* scenario;
    const Link* link;
    Family family;
};

std::vector<Job> all_jobs(int repetitions, bool ipv6) {
    std::vector<Job> jobs;
    for (const Scenario& scenario : scenarios) {
        for (const Link& link : links) {
            if (scenario.where == Where::not_direct && link.direct) continue;
            for (Family family : {Family::ipv4, Family::ipv6}) {
                if (family == Family::ipv6 && !ipv6) continue;
                jobs.insert(jobs.end(), static_cast<std::size_t>(scenario.count * repetitions),
                            {&scenario, &link, family});
            }
        }
    }
    std::shuffle(jobs.begin(), jobs.end(), std::mt19937{1});  // the slow ones spread over the whole run
    return jobs;
}

/// Runs the jobs in a pool of threads; the truths stand in the order of the jobs.
std::vector<Truth> run_jobs(World& world, const std::vector<Job>& jobs) {
    std::vector<Truth> truths(jobs.size());
    std::atomic<std::uint32_t> next{0};
    std::mutex mutex;
    std::string failure;
    const auto work = [&] {
        for (std::uint32_t i; (i = next++) < jobs.size();) {
            Talk talk{world, *jobs[i].link, jobs[i].family, i};
            talk.truth.scenario = jobs[i].scenario->name;
            try {
                jobs[i].scenario->run(talk);
            } catch (const std::exception& e) {
                const std::lock_guard lock{mutex};
                failure = talk.truth.scenario + " (" + talk.truth.link + ", " + talk.truth.client + "." +
                          std::to_string(talk.truth.client_port) + " to " + talk.truth.server + "." +
                          std::to_string(talk.truth.server_port) + "): " + e.what();
                next = static_cast<std::uint32_t>(jobs.size());
            }
            truths[i] = talk.truth;
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 32; ++i) workers.emplace_back(work);
    }
    if (!failure.empty()) throw std::runtime_error(failure);
    return truths;
}

/// Resolves the neighbours' link addresses, so that no scenario waits for that.
void warm_up(World& world) {
    for (const Link& link : links) {
        for (Family family : {Family::ipv4, Family::ipv6}) {
            if (family == Family::ipv6 && !world.network.ipv6) continue;
            Talk talk{world, link, family, 27982};
            refused(talk);
        }
    }
}

void write_truth(const std::filesystem::path& file, const Traffic& traffic) {
    auto json = nlohmann::json{{"ends", nlohmann::json::array()}, {"truths", nlohmann::json::array()}};
    for (const End& end : traffic.ends) {
        json["ends"].push_back({{"link", end.link},
                                {"side", name(end.side)},
                                {"addresses", end.addresses},
                                {"file", end.file.filename().string()}});
    }
    for (const Truth& t : traffic.truths) {
        json["truths"].push_back({{"scenario", t.scenario},
                                  {"link", t.link},
                                  {"client", t.client},
                                  {"client_port", t.client_port},
                                  {"server", t.server},
                                  {"server_port", t.server_port},
                                  {"connections", t.connections},
                                  {"first_close", name(t.first_close)},
                                  {"reset_by", name(t.reset_by)},
                                  {"fate", name(t.fate)}});
    }
    if (!(std::ofstream{file} << json.dump(1) << std::endl))
        throw std::runtime_error("writing " + file.string() + " failed");
}

}  // namespace

std::string_view name(Side side) {
    constexpr std::array<std::string_view, 4> names{"nobody", "client", "server", "both"};
    return names[static_cast<std::size_t>(side)];
}

std::string_view name(Fate fate) {
    constexpr std::array<std::string_view, 4> names{"closed", "refused", "reset", "open"};
    return names[static_cast<std::size_t>(fate)];
}

std::vector<std::string> scenario_names() {
    std::vector<std::string> names;
    for (const Scenario& scenario : scenarios) names.emplace_back(scenario.name);
    return names;
}

Traffic make_traffic(const std::filesystem::path& directory, int repetitions) {
    std::filesystem::create_directories(directory);
    World world;
    warm_up(world);

    Traffic traffic;
    std::deque<Tap> taps;
    for (const Link& link : links) {
        for (Side side : {Side::client, Side::server}) {
            const bool client = side == Side::client;
            const auto& addresses = client ? link.client : link.server;
            const auto file = directory / (std::string{link.name} + "-" + std::string{name(side)} + ".pcap");
            traffic.ends.push_back({link.name, side, {addresses.begin(), addresses.end()}, file});
            taps.emplace_back(client ? world.network.client : world.network.server, link.name, file);
        }
    }
    traffic.truths = run_jobs(world, all_jobs(repetitions, world.network.ipv6));
    std::this_thread::sleep_for(1500ms);  // delayed acknowledgments, and FINs sent again
    for (Tap& tap : taps) tap.finish();
    write_truth(directory / "truth.json", traffic);
    return traffic;
}

}  // namespace lastack::live
