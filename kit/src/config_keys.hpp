#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "handoff/config.hpp"

/// Every setting once: reading a file, reading the environment, checking, suggesting and the page
/// docs/configuration.md all walk the one table, keys().
namespace handoff::settings {

/// A setting's value; monostate where it is not set. Counts, sizes and the place of a word in its
/// list of words are all u64.
using Value = std::variant<std::monostate, bool, std::uint64_t, std::chrono::milliseconds,
                           std::string, std::vector<std::string>>;

/// What a setting holds, and how it is written.
enum class Kind : std::uint8_t {
    flag,      ///< true or false
    count,     ///< a whole number
    size,      ///< bytes: "64MiB"
    duration,  ///< "30s"
    word,      ///< one of Key::words
    queue,     ///< the name of a queue
    folder,    ///< a path
    file,      ///< a path
    names,     ///< one text or several: names of clients, patterns of names
    listen,    ///< addresses to serve
    connect,   ///< addresses to go to
    refused,   ///< known, and not supported by this version
};

/// Bounds, both allowed, in items, bytes or milliseconds. With `high` unlimited the word
/// "unlimited" is allowed.
struct Range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// How a setting's value is taken from a Config and put into one; `queue` is the queue's name, for
/// those settings that each queue has, or the role's. Both are null for a setting that has no
/// field, because only its default is supported.
struct Access {
    Value (*get)(const Config& config, const std::string& queue) = nullptr;
    void (*set)(Config& config, const std::string& queue, const Value& value) = nullptr;
    bool opinion = false;  ///< what is not set, the first client to open the queue decides
};

/// One setting.
struct Key {
    std::string_view section;  ///< "queues" for what each queue has, "roles" likewise
    std::string_view name;
    Kind kind = Kind::refused;
    Range range{};                              ///< count, size, duration
    std::span<const std::string_view> words{};  ///< word: all that are known, in their enum's order
    std::size_t words_supported = 0;            ///< the first so many of them
    Access access{};
    std::string_view initial{};  ///< the default, where Config{} does not say it
    std::string_view meaning{};
};

/// All settings, section by section.
std::span<const Key> keys();

/// The setting, or nullptr.
const Key* find_key(std::string_view section, std::string_view name);

/// Whether the section has a table for each of some names: [queues.NAME], [roles.NAME].
bool has_names(std::string_view section);

/// The names that the config has in such a section.
std::set<std::string> names_in(std::string_view section, const Config& config);

/// The queues that the config says anything of.
std::set<std::string> queue_names(const Config& config);

/// The sections, in the order of keys().
std::vector<std::string_view> sections();

/// A text as TOML writes it, in quotes. It is UTF-8 and holds no control characters.
std::string toml_string(std::string_view text);

/// A key or a queue's name for a message: whatever it holds, quoted where TOML would quote it.
std::string key_text(const std::string& name);

/// The name of a section's table: "manager", "queues.jobs", "queues.\"jobs.dead\"".
std::string table_text(std::string_view section, const std::string& queue);

/// The same in brackets.
std::string section_text(std::string_view section, const std::string& queue);

/// A setting's name in Origins: "[manager] heartbeat", "[queues.jobs] lease".
std::string setting_text(const Key& key, const std::string& queue);

/// A section in general, as "[manager]" or "[queues.NAME]".
std::string section_text(std::string_view section);

/// The candidate that `text` was probably meant to be; empty where none is near.
std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

/// "a, b, c"
std::string join(std::span<const std::string_view> words);

}  // namespace handoff::settings
