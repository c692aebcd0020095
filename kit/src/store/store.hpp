#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/journal.hpp"
#include "store/batches.hpp"
#include "store/database.hpp"
#include "store/facts.hpp"

namespace handoff::store {

/// What the database is called in the folder of a manager's data.
inline constexpr const char* file_name = "handoff.db";

struct StoreSettings {
    std::string path;  ///< of the database file; its directory must exist
    std::string vfs;   ///< SQLite's name of another file system; empty: the system's
    /// So much room on the file system is not for items: acknowledgements live on it.
    std::uint64_t reserve_bytes = 64u << 20;
    /// What the file system has left; unset: it is asked.
    std::function<std::uint64_t()> free_bytes;
    /// The log is moved into the file when it has so many pages.
    int log_pages_max = 4096;
};

/// What outlives a manager: queues and their items, objects, sessions and what they were answered.
/// It is opened by one manager at a time, which tells it what its turns changed.
///
/// Everything here may throw Error. After commit() has thrown, the store is of no use any more:
/// what it knows is ahead of what is on the disk. Another one, opened on the same file, has all
/// that was confirmed; but if the code is errc::store_failed the system lost what it should have
/// written, and no other store opens this file before compact() has made a new one of it.
///
/// Thread safety: none; one owner, who may be another thread later.
class Store {
public:
    /// Opens the file or makes it, reads and checks all of it, and begins a new epoch, which is on
    /// the disk when this returns. Throws errc::store_in_use if another store, also of this
    /// process, has it; errc::store_failed if anything is damaged.
    explicit Store(StoreSettings settings);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// What was there, once.
    [[nodiscard]] core::Recovered take_recovered();

    /// Stores the changes of these turns, all or nothing: as durable as the highest of their levels
    /// asks for.
    void commit(const std::vector<core::Changes>& turns);

    /// Bytes that may still be put.
    [[nodiscard]] std::uint64_t room() const;

    /// What is wrong with the file, a line each; it is not changed. Throws as the constructor, but
    /// not for damage.
    static std::vector<std::string> check(const StoreSettings& settings);

    /// Reads what is there without changing it. What is damaged is left out, and told.
    static core::Recovered read(const StoreSettings& settings, const OnDamage& damage);

    /// Writes all that the file has into a new one, which takes its place. Throws as the
    /// constructor, but not because an earlier sync has failed.
    static void compact(const StoreSettings& settings);

private:
    struct Reading {
        bool only = false;  ///< it will not be written
        OnDamage damage;
    };
    Store(StoreSettings settings, Reading reading);

    struct Apply;

    void make_tables();
    void set_format();
    void load(const OnDamage& damage);
    void load_fact(Kind kind, std::string_view key, std::string_view value);
    void begin_epoch();
    void apply(core::Change change);
    void write();
    void tidy_up();
    void set_level(Durability level);
    void remember_sync_failure() noexcept;
    [[nodiscard]] std::string failed_path() const;
    core::Recovered::Queue& recovered_queue(core::QueueHandle handle);

    StoreSettings settings_;
    Database database_;
    Totals totals_;
    std::unique_ptr<Facts> facts_;
    std::unique_ptr<Batches> batches_;
    Life life_;
    std::map<core::QueueHandle, core::Recovered::Queue> queues_;  ///< without their items
    std::map<core::objects::ObjectHandle, core::Recovered::Object> objects_;  ///< without changes
    core::Recovered recovered_;
    std::size_t object_at_ = 0;  ///< whose changes are being loaded
    std::optional<Durability> level_;
    bool read_only_ = false;
    bool healthy_ = false;
};

}  // namespace handoff::store
