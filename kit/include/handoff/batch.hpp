#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/error.hpp"
#include "handoff/object_call.hpp"

namespace handoff {

class Client;

/// How one call of a batch ended. Copies are alike, and it may outlive the batch.
///
/// Thread safety: safe once the batch has run; before, as the batch.
template <typename R>
class Batched {
public:
    /// What the method of that name returns; throws the Error that it throws. Any number of times.
    /// Before the batch has run, errc::misuse.
    R get() const {
        const detail::RawCallBatch::End& end = ended();
        if (end.code != errc::ok) throw Error(end.code, end.text);
        return read_(object_, end.answer);
    }
    /// errc::ok: it was done. errc::outcome_unknown: it may have been. Else it was not.
    [[nodiscard]] errc code() const { return ended().code; }

private:
    friend class Batch;
    Batched(std::shared_ptr<const detail::RawCallBatch::Ends> ends, std::size_t index,
            detail::RawObject object, typename ObjectCall<R>::Read read)
        : ends_(std::move(ends)),
          index_(index),
          object_(std::move(object)),
          read_(std::move(read)) {}

    [[nodiscard]] const detail::RawCallBatch::End& ended() const {
        if (index_ < ends_->size()) return (*ends_)[index_];
        throw Error(errc::misuse, object_.describe("call of") + ": its batch has not run");
    }

    std::shared_ptr<const detail::RawCallBatch::Ends> ends_;
    std::size_t index_;
    detail::RawObject object_;
    typename ObjectCall<R>::Read read_;
};

struct BatchOptions {
    /// When a call fails, those behind it are not done, and end as errc::cancelled.
    bool stop_at_failure = false;
};

/// Calls of shared objects of one client that travel in one message, which is one round trip for
/// up to 4,096 of them; docs/objects/batch.md.
///
///     handoff::Batch batch = client.batch();
///     auto sum = batch.add(counter.later().add(1));
///     batch.add(prices.later().put("pear", 3));
///     batch.run();
///     show(sum.get());
///
/// The manager carries them out in their order, and nothing that others ask for between them. Each
/// ends for itself: one that fails changes nothing, undoes nothing, and those behind it are done
/// all the same. What must happen wholly or not at all is one call, as Dict::put_many().
///
/// When no answer comes, all of them end alike; if one of them alters something, as
/// errc::outcome_unknown.
///
/// Thread safety: one thread at a time.
class Batch {
public:
    /// Its end, for when the batch has run. Throws errc::invalid_argument if the object was opened
    /// by another client, errc::limit_exceeded beyond 4,096 calls.
    template <typename R>
    Batched<R> add(ObjectCall<R> call) {
        raw_.add(call.object_, std::move(call.call_));
        return {raw_.ends(), raw_.size() - 1, std::move(call.object_), std::move(call.read_)};
    }
    [[nodiscard]] std::size_t size() const noexcept { return raw_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// Sends what was added, and waits until all of it has ended; the batch is empty then, and may
    /// be filled again. Throws the first failure; how the others ended is in what add() returned.
    /// Throws errc::too_large if all values together are larger than `item_bytes_max`; then nothing
    /// is done.
    void run() { raw_.run(); }
    /// The same; dispatch() tells the end.
    Async<void> async_run() { return {raw_.run_later(), detail::finish_nothing}; }

private:
    friend class Client;
    explicit Batch(detail::RawCallBatch raw) : raw_(std::move(raw)) {}
    detail::RawCallBatch raw_;
};

}  // namespace handoff
