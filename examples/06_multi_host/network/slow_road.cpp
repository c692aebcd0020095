// A slow and bad road to an address, for machines whose kernel cannot make one: what comes to FROM
// is passed on to TO and back, late; now and then much later, as after a lost packet; and now and
// then the connection breaks.
//
//   slow_road FROM_ADDRESS TO_ADDRESS PORT DELAY_MS LOSS_PERCENT CUT_PERCENT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <list>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What TCP waits before it sends a lost packet again, at least.
constexpr milliseconds retransmission{200};
/// A direction that has so much under way takes no more.
constexpr std::size_t under_way_max = 1u << 20;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
public:
    explicit Socket(int fd) : fd_{fd} {
        if (fd_ < 0) fail("cannot make a socket");
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Socket& operator=(Socket&&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

sockaddr_in address_of(const std::string& host, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) fail(host);
    return address;
}

struct Weather {
    milliseconds delay{};
    std::bernoulli_distribution loses;
    std::bernoulli_distribution cuts;
    std::mt19937 random{1};
};

/// One direction of a connection.
class Lane {
public:
    Lane(int from, int to) : from_{from}, to_{to} {}

    [[nodiscard]] bool takes_more() const { return !ended_ && bytes_ < under_way_max; }
    /// Everything has been passed on, and nothing more will come.
    [[nodiscard]] bool is_over() const { return ended_ && under_way_.empty(); }
    [[nodiscard]] Clock::time_point next() const {
        return under_way_.empty() ? Clock::time_point::max() : under_way_.front().due;
    }

    /// False: the connection breaks.
    bool take(Weather& weather) {
        std::array<char, 16384> buffer{};
        const ssize_t count = ::recv(from_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        if (count == 0) return ended_ = true;
        if (weather.cuts(weather.random)) return false;
        auto due = Clock::now() + weather.delay;
        if (weather.loses(weather.random)) due += retransmission;
        if (!under_way_.empty()) due = std::max(due, under_way_.back().due);  // in order
        under_way_.push_back({due, {buffer.data(), buffer.data() + count}});
        bytes_ += static_cast<std::size_t>(count);
        return true;
    }

    /// Passes on what is due. False: nobody takes it.
    bool pass_on(Clock::time_point now) {
        while (next() <= now) {
            std::vector<char>& bytes = under_way_.front().bytes;
            const ssize_t count =
                ::send(to_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
            const auto sent = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
            bytes_ -= sent;
            bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(sent));
            if (bytes.empty()) {
                under_way_.pop_front();
            } else {
                under_way_.front().due = now + milliseconds{1};  // its buffer is full
            }
        }
        return true;
    }

private:
    struct Chunk {
        Clock::time_point due;
        std::vector<char> bytes;
    };
    int from_;
    int to_;
    std::deque<Chunk> under_way_;
    std::size_t bytes_ = 0;
    bool ended_ = false;
};

struct Connection {
    Connection(Socket client, Socket manager) : near{std::move(client)}, far{std::move(manager)} {
        const int yes = 1;
        for (const int fd : {near.fd(), far.fd()}) {
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        }
    }

    Socket near;
    Socket far;
    Lane there{near.fd(), far.fd()};
    Lane back{far.fd(), near.fd()};
    bool broken = false;

    [[nodiscard]] bool is_over() const { return broken || there.is_over() || back.is_over(); }
};

class Road {
public:
    Road(const std::string& from, const std::string& to, int port, Weather weather)
        : to_{address_of(to, port)}, weather_{std::move(weather)} {
        const int yes = 1;
        ::setsockopt(door_.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        const sockaddr_in address = address_of(from, port);
        if (::bind(door_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(door_.fd(), 64) != 0) {
            fail("cannot listen at " + from);
        }
    }

    /// Until it is killed.
    [[noreturn]] void run() {
        for (;;) {
            std::vector<pollfd> polled{{door_.fd(), POLLIN, 0}};
            auto next = Clock::time_point::max();
            for (const Connection& each : connections_) {
                const auto add = [&](int fd, const Lane& lane) {
                    polled.push_back({lane.takes_more() ? fd : -1, POLLIN, 0});
                    next = std::min(next, lane.next());
                };
                add(each.near.fd(), each.there);
                add(each.far.fd(), each.back);
            }
            ::poll(polled.data(), polled.size(), nap_until(next));
            look_at(polled);
            if (polled.front().revents != 0) let_in();
        }
    }

private:
    static int nap_until(Clock::time_point next) {
        if (next == Clock::time_point::max()) return -1;
        const auto left = std::chrono::ceil<milliseconds>(next - Clock::now()).count();
        return static_cast<int>(std::max<std::int64_t>(left, 0));
    }

    void look_at(const std::vector<pollfd>& polled) {
        std::size_t at = 1;
        for (Connection& each : connections_) {
            for (Lane* lane : {&each.there, &each.back}) {
                const bool news = polled.at(at++).revents != 0;
                if (news && !lane->take(weather_)) each.broken = true;
                if (!lane->pass_on(Clock::now())) each.broken = true;
            }
        }
        connections_.remove_if([](const Connection& each) { return each.is_over(); });
    }

    void let_in() {
        Socket client{::accept(door_.fd(), nullptr, nullptr)};
        Socket manager{::socket(AF_INET, SOCK_STREAM, 0)};
        const auto* address = reinterpret_cast<const sockaddr*>(&to_);
        if (::connect(manager.fd(), address, sizeof to_) != 0) return;  // it will come again
        connections_.emplace_back(std::move(client), std::move(manager));
    }

    const sockaddr_in to_;
    Weather weather_;
    const Socket door_{::socket(AF_INET, SOCK_STREAM, 0)};
    std::list<Connection> connections_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 7) throw std::invalid_argument("six arguments, as in its source");
        const auto percent = [&](int at) { return std::stod(argv[at]) / 100; };
        Weather weather;
        weather.delay = milliseconds{std::stol(argv[4])};
        weather.loses = std::bernoulli_distribution{percent(5)};
        weather.cuts = std::bernoulli_distribution{percent(6)};
        Road{argv[1], argv[2], std::stoi(argv[3]), weather}.run();
    } catch (const std::exception& error) {
        std::cerr << "slow_road: " << error.what() << '\n';
    }
    return 1;
}
