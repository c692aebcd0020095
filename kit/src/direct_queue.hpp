#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bell.hpp"
#include "client_driver.hpp"
#include "core/time.hpp"
#include "direct_host.hpp"
#include "handoff/config.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/log.hpp"

namespace handoff::detail {

/// A part of a direct queue, seen from a process that takes from it: an ordinary queue, in the
/// manager that its producer is.
struct DirectPart {
    RawQueue queue;
    std::chrono::steady_clock::time_point known_since{};
    /// The connection on which it was said to be closed and drained. 0: none. It holds once that
    /// connection is lost, until there is another: a producer that is done need not stay for all to
    /// ask.
    std::atomic<std::uint32_t> over_on = 0;
    /// It did not answer in time, and this is when it was heard last; nobody waits for it again
    /// before it is heard. Zero: it answers.
    std::atomic<core::Time> silent_since{core::Time::zero()};

    /// It was closed and drained when it was asked last.
    [[nodiscard]] bool is_over() const;
    /// It was asked, did not answer, and has not been heard since.
    [[nodiscard]] bool is_silent(const ClientDriver::Link& link) const;
    /// Nobody has ever answered there, nor is it too early to say so.
    [[nodiscard]] bool is_absent() const;
    /// What is left of the time in which it is too early.
    [[nodiscard]] std::chrono::nanoseconds patience() const;
};

/// A queue that its producers carry themselves, without a manager between them and the consumers.
/// Each producer has a part of it, in its own process. Who puts, puts into the own part; who takes,
/// takes from all; what concerns the whole queue is asked of all producers that answer.
///
/// Thread safety: safe from every thread of every process that has it. In a forked child all begins
/// anew: it is another consumer, and if it puts another producer.
class DirectQueue : public std::enable_shared_from_this<DirectQueue> {
public:
    using Report = std::function<void(const Error&)>;
    /// `report` is told what no call can report.
    DirectQueue(std::string name, Config config, Log log, Report report);
    ~DirectQueue();
    DirectQueue(const DirectQueue&) = delete;
    DirectQueue& operator=(const DirectQueue&) = delete;

    /// What whoever opens it asks for. Throws errc::unsupported for what this engine does not
    /// offer, errc::queue_mismatch for what differs from the configuration or from an earlier open
    /// here.
    void open(const QueueOptions& options);
    /// As configured, and as asked for by those who opened it here.
    QueueOptions options();

    /// This process's own part; made when it is first asked for. Throws errc::address_in_use.
    RawQueue own_part();

    using Parts = std::vector<std::shared_ptr<DirectPart>>;
    /// One for each address: the own one where it is, whoever may be there at the others.
    Parts parts();
    /// Those whose producers answer. One that was never asked before is given a moment.
    Parts present_parts();
    /// Whether present_parts() would wait for one.
    bool somebody_may_still_answer();
    /// All that have a producer are closed and drained, and there is one or the queue was closed
    /// here.
    bool are_over(const Parts& parts);
    /// Waits, for so long at each, until the producers know of the credit that was taken back here.
    void settle_credit(std::chrono::nanoseconds limit);

    /// At all producers that answer, and for what is put here later.
    void close(bool at_once);
    /// By this process.
    [[nodiscard]] bool is_closed();

    /// Who waits at all parts is told by this bell of what happens to the queue as a whole.
    enum class Waiter : std::uint8_t { call, consumer };
    void add_bell(Bell& bell, Waiter whose);
    void remove_bell(const Bell& bell);
    /// Calls of this process that wait for items.
    std::uint64_t waiting_calls();

    /// The client ends: waits until what was put here is acknowledged, for at most `linger`; tells
    /// what is not.
    void end();

    std::atomic<std::size_t> turn = 0;  ///< at which part a fair taker looks first

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const QueueRoute& route() const { return config_.routes.at(name_); }

private:
    struct Home;
    Home& home();
    void end_with_child(Home& home);
    [[nodiscard]] std::shared_ptr<DirectPart> part_at(const std::string& address,
                                                      const std::string& shown) const;
    void make_own_part(Home& home) const;
    void wait_for_acks(const Home& home) const;

    const std::string name_;
    const Config config_;
    const Log log_;
    const Report report_;
    std::atomic<Home*> home_;
};

}  // namespace handoff::detail
