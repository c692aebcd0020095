#pragma once

namespace handoff::net {

/// Lets one thread end another's poll: an eventfd. Signals before a clear count as one.
///
/// Thread safety: any thread.
class Wakeup {
public:
    Wakeup();  ///< Throws errc::system.
    ~Wakeup();
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }
    void signal() noexcept;
    void clear() noexcept;

private:
    int fd_;
};

}  // namespace handoff::net
