// Serves many queues from one thread with nothing but epoll.
//
//   event_loop_epoll       the manager is found as always: HANDOFF_MANAGER, HANDOFF_CONFIG …

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include "service.hpp"

namespace {

/// The descriptors that this program waits for.
class Epoll {
public:
    Epoll() : fd_{::epoll_create1(EPOLL_CLOEXEC)} { check(fd_); }
    ~Epoll() { ::close(fd_); }
    Epoll(const Epoll&) = delete;
    Epoll& operator=(const Epoll&) = delete;

    void add(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        check(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event));
    }

    /// One of them, readable.
    [[nodiscard]] int wait() const {
        epoll_event event{};
        const int count = ::epoll_wait(fd_, &event, 1, -1);
        if (count < 0 && errno == EINTR) return -1;
        check(count);
        return event.data.fd;
    }

private:
    static void check(int result) {
        if (result < 0) throw std::system_error{errno, std::generic_category(), "epoll"};
    }

    int fd_;
};

/// SIGINT and SIGTERM as a descriptor.
int signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    return ::signalfd(-1, &wanted, SFD_CLOEXEC);
}

void run() {
    const int asked_to_stop = signals();
    handoff::Client client;
    bool done = false;
    Service service{client, [&done] { done = true; }};
    service.start();

    const Epoll epoll;
    epoll.add(asked_to_stop);
    epoll.add(client.fd());
    std::cout << "serving" << std::endl;
    while (!done) {
        const int ready = epoll.wait();
        if (ready == client.fd()) {
            client.dispatch();
        } else if (ready == asked_to_stop) {
            signalfd_siginfo which{};
            if (::read(asked_to_stop, &which, sizeof which) == sizeof which) service.stop();
        }
    }
    ::close(asked_to_stop);
    std::cout << service.report() << '\n';
}

}  // namespace

int main() {
    try {
        run();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "event_loop_epoll: " << error.what() << '\n';
        return 1;
    }
}
