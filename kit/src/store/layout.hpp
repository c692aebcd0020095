#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal.hpp"

/// How what is stored becomes bytes and is read again. docs/durability.md has the tables. Whatever
/// changes here changes the format: `format_version` then grows.
namespace handoff::store {

inline constexpr int format_version = 2;
/// The oldest that is read: it has no objects.
inline constexpr int format_version_min = 1;

// ------------------------------------------------------------------ rows of items

/// A row has neighbouring items of one queue: one part for each run of them that shares its
/// columns. Ids are not written: the row's first id is a column of its table, and there is no gap.
[[nodiscard]] std::string row_bytes(const std::vector<core::ItemsIn>& parts);

/// About how many bytes a part takes in a row.
[[nodiscard]] std::size_t part_bytes(const core::ItemsIn& part);

/// The items of a row; they share `owner`, which keeps `bytes` alive.
[[nodiscard]] std::vector<core::ItemsIn> parts_of(core::QueueHandle queue, std::uint64_t first,
                                                  std::shared_ptr<const void> owner,
                                                  std::string_view bytes);

// ------------------------------------------------------------------ facts

/// What a fact is about: the first byte of its key. Numbers follow, most significant byte first, so
/// that facts of one session lie together.
enum class Kind : std::uint8_t {
    totals = 0,
    life = 1,
    queue = 2,
    session = 3,
    puts = 4,    ///< session, queue
    answer = 5,  ///< session, request
    key = 6,     ///< queue, key
    marks = 7,   ///< row of items
    object = 8,
    change = 9,  ///< object, version
};

[[nodiscard]] std::string key_of(Kind kind);
[[nodiscard]] std::string key_of(Kind kind, std::uint64_t number);
[[nodiscard]] std::string key_of(Kind kind, std::uint64_t first, std::uint64_t second);
[[nodiscard]] std::string key_of(Kind kind, std::uint64_t number, std::string_view text);

struct Life {
    std::uint64_t epoch = 0;
    bool unsynced = false;  ///< there have been commits that were not synced
    core::Reserved reserved;
};

[[nodiscard]] std::string value_of(const Life& life);
[[nodiscard]] std::string value_of(const core::Recovered::Queue& queue);  ///< without items, keys
[[nodiscard]] std::string value_of(const core::SessionBegun& session);
[[nodiscard]] std::string value_of(const core::PutsSeen& puts);
[[nodiscard]] std::string value_of(const core::Answered& answered);
[[nodiscard]] std::string value_of(const core::KeySeen& key);
[[nodiscard]] std::string value_of(const core::Recovered::Object& object);  ///< without changes
[[nodiscard]] std::string value_of(const core::ObjectChanged& change);

// The keys are without their first byte.
[[nodiscard]] Life life_from(std::string_view value);
[[nodiscard]] core::Recovered::Queue queue_from(std::string_view key, std::string_view value);
[[nodiscard]] core::SessionBegun session_from(std::string_view key, std::string_view value);
[[nodiscard]] core::PutsSeen puts_from(std::string_view key, std::string_view value);
[[nodiscard]] core::Answered answered_from(std::string_view key, std::string_view value);
[[nodiscard]] core::KeySeen key_from(std::string_view key, std::string_view value);
[[nodiscard]] core::Recovered::Object object_from(std::string_view key, std::string_view value);
[[nodiscard]] core::ObjectChanged change_from(std::string_view key, std::string_view value);

/// A number as keys have it.
[[nodiscard]] std::uint64_t number_in_key(std::string_view& key);

}  // namespace handoff::store
