#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "direct_queue.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "known_ref.hpp"

namespace handoff::detail {

/// What the copies of a queue handle share.
struct RawQueue::State {
    State(std::shared_ptr<Connection> way, std::string queue_name, QueueOptions queue_options)
        : connection(std::move(way)),
          name(std::move(queue_name)),
          options(std::move(queue_options)),
          direct(connection->direct(name)) {}

    /// The queue's number in this process's driver. Throws errc::unsupported for a direct queue,
    /// which is not one of a manager: what is not written for it ends here.
    core::QueueRef ref(ClientDriver& driver);
    void remember(core::QueueRef ref) noexcept;

    /// See columns_of(). Throws errc::unsupported for what a direct queue does not offer.
    [[nodiscard]] core::Columns columns(const PutOptions& given, std::uint32_t count,
                                        const char* what) const;

    /// Throws errc::unsupported, with this behind the queue's name, for a direct queue and its
    /// parts.
    void refuse_direct(const char* what, const char* why) const;

    /// How values refer to it. Throws errc::unsupported for a direct queue.
    [[nodiscard]] core::objects::Reference reference(const RawQueue& self);

    /// For the text of errors: `put on queue "jobs" at ipc:///run/x.sock`.
    [[nodiscard]] std::string describe(const std::string& what) const;

    const std::shared_ptr<Connection> connection;
    const std::string name;
    const QueueOptions options;
    const std::shared_ptr<DirectQueue> direct;  ///< null: a queue of a manager
    bool makes = true;    ///< it, if there is none; never changed once it is open
    std::string part_at;  ///< not empty: a part of a direct queue, with a producer that is there

private:
    KnownRef known_ref_;
};

/// For calls of which only whether they were done matters.
inline ClientDriver::Handler done_by(RawHandler handler) {
    return [handler = std::move(handler)](Answer answer) {
        handler({answer.outcome.code, std::move(answer.outcome.text), {}, 0});
    };
}

/// Adds a token to ranges in order. Neighbours, as items leased together have, become one range.
void add_token(std::vector<core::Range>& ranges, core::Token token);

/// The columns of a PUT of `count` items. Throws errc::invalid_argument for negative times and for
/// a key that several items would share, errc::too_large for what is above its limit.
core::Columns columns_of(const PutOptions& options, std::uint32_t count, const std::string& what);

}  // namespace handoff::detail
