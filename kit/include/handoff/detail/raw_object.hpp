#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handoff/codec.hpp"
#include "handoff/detail/object_method.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/detail/raw_ref.hpp"
#include "handoff/object_options.hpp"

/// What shared objects are made of, apart from their types: values are bytes here. Not for
/// applications; its shape may change with any release.
namespace handoff::detail {

/// The values of a call, one behind the other, as they travel.
class RawValues {
public:
    template <typename T>
    void add(const T& item) {
        const WithinObject counted;
        const std::size_t at = open();
        Codec<T>::encode(item, bytes);
        close(at);
        ++count;
    }

    std::string bytes;  ///< items, see core/run.hpp
    std::size_t count = 0;

private:
    [[nodiscard]] std::size_t open();
    void close(std::size_t opened_at);
};

/// One call of a method, see docs/protocol-objects.md.
struct RawCall {
    Method method;
    std::vector<std::int64_t> numbers{};
    RawValues values{};

    template <typename T>
    RawCall& value(const T& item) & {
        values.add(item);
        return *this;
    }
    template <typename T>
    RawCall&& value(const T& item) && {
        values.add(item);
        return std::move(*this);
    }
};

/// Its answer. The values live as long as it does.
struct RawAnswer {
    std::vector<std::int64_t> numbers;
    std::vector<std::string_view> values;
    std::shared_ptr<const void> owner;

    template <typename T>
    [[nodiscard]] T value(std::size_t index = 0) const {
        return Codec<T>::decode(values.at(index));
    }
    /// Empty if there are fewer.
    template <typename T>
    [[nodiscard]] std::optional<T> value_if_there(std::size_t index = 0) const {
        if (index >= values.size()) return std::nullopt;
        return value<T>(index);
    }
    template <typename T>
    [[nodiscard]] std::vector<T> all(std::size_t first = 0, std::size_t step = 1) const {
        std::vector<T> items;
        for (std::size_t i = first; i < values.size(); i += step) items.push_back(value<T>(i));
        return items;
    }
    [[nodiscard]] std::uint64_t number(std::size_t index) const {
        return static_cast<std::uint64_t>(numbers.at(index));
    }
};

/// A shared object through a client. Copies share it.
class RawObject {
public:
    RawObject() noexcept = default;
    /// Opens it, and makes it if there is none. Throws what the manager says of kind and options.
    RawObject(std::shared_ptr<Connection> connection, ObjectKind kind, std::string name,
              ObjectOptions options);
    /// Makes one without a name.
    RawObject(std::shared_ptr<Connection> connection, ObjectKind kind, ObjectOptions options);
    /// What a reference names. Throws errc::stale_reference if that is not there any more.
    RawObject(std::shared_ptr<Connection> connection, const RawRef& reference);

    [[nodiscard]] const std::string& name() const;
    [[nodiscard]] ObjectKind kind() const;

    /// Throws what went wrong; with a limited wait also errc::empty or errc::cancelled.
    RawAnswer call(RawCall call, const Wait& wait = Wait::forever()) const;
    /// Empty: surely not done, in the time given or before it was stopped.
    std::optional<RawAnswer> try_call(RawCall call, const Wait& wait) const;
    /// As an operation. Not for what brings a hold.
    [[nodiscard]] RawOperation call_later(RawCall call, const Wait& wait) const;

    /// For the text of errors: `release of lock "gpu" at ipc:///run/x.sock`.
    [[nodiscard]] std::string describe(const std::string& what) const;

private:
    friend class RawCallBatch;
    friend class RawHold;
    friend class RawRef;
    struct State;
    [[nodiscard]] State& state() const;
    std::shared_ptr<State> state_;
};

/// Calls of objects of one client that travel in one message.
class RawCallBatch {
public:
    /// How each call ended; nothing before the batch has run.
    struct End {
        errc code = errc::ok;
        std::string text;  ///< unless ok
        RawAnswer answer;
    };
    using Ends = std::vector<End>;

    /// `stop`: when one fails, those behind it are not done.
    RawCallBatch(std::shared_ptr<Connection> connection, bool stop)
        : connection_(std::move(connection)), stop_(stop) {}

    /// Throws errc::invalid_argument if the object is of another client, errc::inert if it is none,
    /// errc::limit_exceeded if the message is full.
    void add(const RawObject& object, RawCall call);
    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
    /// Of the calls that were added since the last run.
    [[nodiscard]] const std::shared_ptr<Ends>& ends() const noexcept { return ends_; }

    /// Sends what was added, and begins anew. Throws the first failure, when all have ended.
    void run();
    [[nodiscard]] RawOperation run_later();

private:
    struct Part {
        RawObject object;
        RawCall call;
    };
    struct Message;
    [[nodiscard]] Message message();

    std::shared_ptr<Connection> connection_;
    bool stop_;
    std::vector<Part> calls_;
    std::shared_ptr<Ends> ends_ = std::make_shared<Ends>();
};

/// What a handle remembers of its holds on a lock or an election. Copies share it, so that
/// whichever copy and thread locked, any may unlock. What is still held when the last copy goes is
/// given back, as by somebody who died. A forked child holds nothing of what its parent holds.
class RawHold {
public:
    RawHold() noexcept = default;
    explicit RawHold(RawObject object);

    /// False: not in time, or stopped. `acquire` answers with token and abandoned.
    bool acquire(RawCall acquire, const Wait& wait);
    /// Throws errc::not_owner if nothing is held here, errc::lock_lost if it is held no more.
    /// Nothing is held here afterwards, also if no answer came (errc::outcome_unknown): then it is
    /// given back as soon as the manager hears of this client again, or has given the session up.
    void release(std::int64_t owner = 0);
    /// The same, and does not wait for the answer: throws errc::not_owner only.
    void release_soon(std::int64_t owner);
    void renew(std::optional<std::chrono::milliseconds> ttl);
    /// Throws errc::lock_lost unless this client knows that it is still held. Asks nobody.
    void check() const;
    /// At a condition, see docs/objects/condition.md. False: not notified.
    bool sleep(const std::string& condition, std::int64_t owner, const Wait& wait);
    std::uint64_t notify(const std::string& condition, std::int64_t owner, std::int64_t count);

    [[nodiscard]] std::uint64_t token() const;
    [[nodiscard]] bool abandoned() const;
    [[nodiscard]] const RawObject& object() const noexcept { return object_; }

private:
    struct State;
    [[nodiscard]] State& state() const;
    RawObject object_;
    std::shared_ptr<State> state_;
};

/// A number for the calling thread that no other thread of this process has, or had.
[[nodiscard]] std::int64_t thread_number() noexcept;

/// How long it is until then; nothing if that has passed.
template <class Clock, class Span>
std::chrono::nanoseconds time_until(std::chrono::time_point<Clock, Span> when) {
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(when - Clock::now()).count();
    return std::chrono::nanoseconds{left > 0 ? left : 0};
}

/// A time limit as a number of the protocol; -1 if there is none. What is below 0 is 0, which the
/// manager refuses.
[[nodiscard]] inline std::int64_t millis_or_none(std::optional<std::chrono::milliseconds> time) {
    if (!time) return -1;
    return time->count() < 0 ? 0 : time->count();
}

}  // namespace handoff::detail
