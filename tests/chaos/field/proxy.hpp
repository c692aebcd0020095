#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

/// A TCP proxy before a manager: its port stays while managers come and go behind it, and it can
/// cut its connections or swallow what goes through them.
namespace chaos {

class Proxy {
public:
    Proxy();
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Where new connections lead to; 0: they are closed at once.
    void lead_to(std::uint16_t port);
    /// Ends each connection with the given chance in per cent, by a reset or in order.
    void cut(unsigned per_cent, bool reset);
    /// While `on`, connections are taken and stay, and nothing passes.
    void black_hole(bool on);

private:
    static constexpr std::size_t buffer_bytes = 64 << 10;
    struct Side {
        int fd = -1;
        std::string pending;  ///< read from the other side, not yet written to this one
    };
    struct Link {
        Side client;
        Side manager;
        bool over = false;
    };

    void run();
    void take_one();
    void pass(Link& link);
    static bool carry(const Side& from, Side& to);
    void wake() const;
    static void end(Link& link, bool reset);

    int listener_ = -1;
    int bell_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::uint16_t> target_{0};
    std::atomic<unsigned> cut_per_cent_{0};
    std::atomic<bool> reset_{false};
    std::atomic<bool> hole_{false};
    std::atomic<bool> over_{false};
    std::list<Link> links_;  // the thread's
    unsigned luck_ = 1;
    std::thread thread_;
};

}  // namespace chaos
