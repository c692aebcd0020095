#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "handoff/codec.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/error.hpp"
#include "handoff/options.hpp"

/// What Producer<T> and Consumer<T> are made of, apart from T. Not for applications; its shape may
/// change with any release.
namespace handoff::detail {

/// Is told what nobody waited for: a producer's item or a consumer's token, and what happened.
using StreamErrorHandler = std::function<void(std::uint64_t number, const Error& error)>;

class RawProducer {
public:
    RawProducer(const RawQueue& queue, const ProducerOptions& options);
    RawProducer(RawProducer&&) noexcept;
    RawProducer& operator=(RawProducer&&) noexcept;
    ~RawProducer();

    /// False: no room in time, or not at once. `options` may be null: none.
    bool send(std::string_view payload, const PutOptions* options, const Wait& wait);
    /// False: not in time.
    bool flush(const Wait& wait);
    [[nodiscard]] std::size_t unconfirmed() const;
    void on_error(StreamErrorHandler handler);

private:
    struct State;
    explicit RawProducer(std::unique_ptr<State> state) noexcept;
    [[nodiscard]] State& usable() const;
    std::unique_ptr<State> state_;
};

class RawConsumer {
public:
    RawConsumer(const RawQueue& queue, const ConsumerOptions& options);
    RawConsumer(RawConsumer&&) noexcept;
    RawConsumer& operator=(RawConsumer&&) noexcept;
    ~RawConsumer();

    /// errc::ok: `lease` holds the next item. errc::empty, errc::cancelled, errc::closed: it holds
    /// nothing. Throws what else there is. What it held before goes back, or is acknowledged.
    errc next(RawLease& lease, const Wait& wait, bool acknowledge);
    /// False: not in time.
    bool flush(const Wait& wait);
    void on_error(StreamErrorHandler handler);

private:
    struct State;
    explicit RawConsumer(std::unique_ptr<State> state) noexcept;
    errc next_of_one(RawLease& lease, const Wait& wait, bool acknowledge);
    errc next_of_any(RawLease& lease, const Wait& wait, bool acknowledge);
    [[nodiscard]] State& usable() const;
    std::unique_ptr<State> state_;
};

/// Decodes what the lease holds, into the place of the item before it. If it is no T, the lease
/// goes back.
template <typename T>
void decode_into(std::optional<T>& item, RawLease& lease) {
    try {
        if constexpr (requires { Codec<T>::decode_into(*item, lease.item().payload); }) {
            if (!item) item.emplace();
            Codec<T>::decode_into(*item, lease.item().payload);
        } else {
            item = Codec<T>::decode(lease.item().payload);
        }
    } catch (const Error& cause) {
        const ItemInfo info = lease.item().info;
        const RawQueue queue = lease.queue();
        lease = RawLease();
        item.reset();
        queue.fail_type(cause, info);
    }
}

}  // namespace handoff::detail
