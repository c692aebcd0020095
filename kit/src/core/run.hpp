#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run_memory.hpp"
#include "core/slice.hpp"

namespace handoff::core {

/// A run: items one behind the other, each a msgpack `bin` object (a length header and the payload
/// as it is). The borders are found by the headers alone; payloads are never looked into. The same
/// bytes travel from a producer to the manager, lie in the queue and go on to the consumer.
struct Run {
    std::uint32_t count = 0;  ///< items in `bytes`, exactly
    Slice bytes;
    /// No payload is larger than this; set by who has walked over it and found whole items.
    std::optional<std::size_t> largest_payload{};
    /// The length of each item, header included, if who walked over it found them all alike; then
    /// nobody has to walk to find a border. 0: they differ, or nobody knows.
    std::uint32_t each = 0;

    bool operator==(const Run& other) const noexcept {
        return count == other.count && bytes == other.bytes;
    }
};

/// The length of the first item of `run`, header included; empty if `run` does not begin with one
/// whole item.
[[nodiscard]] std::optional<std::size_t> first_item_bytes(std::string_view run) noexcept;

/// The payload of the first item of `run`, which must begin with a whole item.
[[nodiscard]] std::string_view first_payload(std::string_view run) noexcept;

/// What a walk over a run finds.
struct RunShape {
    std::uint32_t count = 0;
    std::size_t largest_payload = 0;
    std::uint32_t each = 0;  ///< as in Run
};

/// Walks all of `run`; empty if it is not made of whole items.
[[nodiscard]] std::optional<RunShape> measure(std::string_view run) noexcept;

/// The bytes of the first `count` items; `run` must have that many. `each` as in Run.
[[nodiscard]] std::size_t prefix_bytes(std::string_view run, std::uint32_t count,
                                       std::uint32_t each = 0) noexcept;

/// The items, each with its length header; `run` must be of whole items.
[[nodiscard]] std::vector<Slice> items_of(const Run& run);

/// How many whole items, `count_max` at most, lie within the first `bytes_max` bytes.
[[nodiscard]] std::uint32_t items_within(std::string_view run, std::uint32_t count_max,
                                         std::size_t bytes_max, std::uint32_t each = 0) noexcept;

/// Appends one item to a run that is being written.
void append_item(std::string& run, std::string_view payload);

/// The same in two steps: what is appended to the run between them is the payload. close_item() is
/// given what open_item() returned.
[[nodiscard]] std::size_t open_item(std::string& run);
void close_item(std::string& run, std::size_t opened_at);

/// A run that is being written, item by item, into memory that is shared once it is taken.
class RunWriter {
public:
    void append(std::string_view payload);
    /// The next run will be about as long as the last one: its memory is taken at once.
    void expect_more();
    /// What was written; then it is empty.
    Run take();

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    void grow(std::size_t capacity);

    RunMemory memory_;
    std::shared_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t last_size_ = 0;
    std::uint32_t count_ = 0;
};

/// The length of an item whose payload has `payload_bytes`, header included.
[[nodiscard]] std::size_t item_bytes(std::size_t payload_bytes) noexcept;

}  // namespace handoff::core
