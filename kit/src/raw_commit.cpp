#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "answer.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "raw_queue_state.hpp"

namespace handoff::detail {
namespace {

void add_ack(core::Commit& commit, core::QueueRef queue, core::Token token) {
    if (commit.acks.empty() || commit.acks.back().queue != queue)
        commit.acks.push_back({queue, {}});
    add_token(commit.acks.back().tokens, token);
}

/// A commit travels as one message, and what the manager's socket does not accept it cannot answer.
void refuse_too_large(std::size_t bytes, const core::Limits& limits) {
    const std::uint64_t most = std::max(limits.item_bytes_max, limits.frame_bytes_max);
    if (bytes <= most) return;
    throw Error(errc::too_large, "commit: its items and their headers have " +
                                     std::to_string(bytes) +
                                     " bytes together, and a commit takes " + std::to_string(most) +
                                     " (item_bytes_max of the manager); put less at a time");
}

constexpr const char* no_commits =
    "commits: its items lie with their producers, and a commit is carried out by one manager";

}  // namespace

void RawCommit::ack(RawLease& lease) {
    lease.require_held("commit");
    lease.queue_.state().refuse_direct("commit of a lease of", no_commits);
    acks_.push_back(&lease);
}

void RawCommit::put(const RawQueue& queue, RawBatch batch, const PutOptions& options) {
    queue.state().refuse_direct("commit to", no_commits);
    puts_.push_back({queue, std::move(batch), options});
}

/// A commit's way to the manager, and what it says there.
struct RawCommit::Message {
    ClientDriver& driver;
    core::Commit commit;
};

RawCommit::Message RawCommit::message() const {
    // First, as in a forked child these are inert, and nothing is to be connected for them.
    for (const RawLease* lease : acks_) lease->require_held("commit");
    const std::shared_ptr<Connection> connection = acks_.empty()
                                                       ? puts_.front().queue.state().connection
                                                       : acks_.front()->queue_.state().connection;
    Message message{connection->driver(), {}};
    for (const RawLease* lease : acks_) {
        if (lease->queue_.state().connection != connection) {
            throw Error(errc::invalid_argument,
                        "commit: its leases come from several clients or managers");
        }
        add_ack(message.commit, lease->ref_, lease->item().info.token);
    }
    std::size_t bytes = 0;
    for (const Put& put : puts_) {
        RawQueue::State& queue = put.queue.state();
        if (queue.connection != connection) {
            throw Error(errc::invalid_argument,
                        queue.describe("commit to") +
                            ": the queue was opened by another client than the first lease or "
                            "queue of this commit, or is another manager's; a commit belongs to "
                            "one client and is carried out by one manager");
        }
        const auto owner = std::make_shared<const std::string>(put.batch.run);
        message.commit.puts.push_back(
            {queue.ref(message.driver),
             columns_of(put.options, put.batch.count, queue.describe("commit to")),
             {put.batch.count, core::Slice(owner, owner->size(), *owner)}});
        bytes += owner->size() + message.commit.puts.back().columns.notes_bytes();
    }
    refuse_too_large(bytes, message.driver.limits());
    return message;
}

void RawCommit::forget_leases() noexcept {
    for (RawLease* lease : acks_) lease->held_ = false;
}

bool RawCommit::run(const Wait& wait) {
    if (acks_.empty() && puts_.empty()) return true;
    Message message = this->message();
    Answer answer = message.driver.call(std::move(message.commit), wait);
    const errc code = answer.outcome.code;
    if (wait.limit && (code == errc::full || code == errc::cancelled)) return false;
    body_of(std::move(answer));
    forget_leases();
    return true;
}

RawOperation RawCommit::run_later(const Wait& wait) {
    return [this, wait](const RawHandler& handler) {
        if (acks_.empty() && puts_.empty()) {
            throw Error(errc::invalid_argument, "commit: there is nothing in it");
        }
        Message message = this->message();
        message.driver.call_async(std::move(message.commit), wait,
                                  [this, tell = done_by(handler)](Answer answer) {
                                      if (answer.outcome.code == errc::ok) forget_leases();
                                      tell(std::move(answer));
                                  });
    };
}

}  // namespace handoff::detail
