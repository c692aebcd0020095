#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

struct sqlite3_vfs;

namespace handoff::store::test {

/// A disk in memory, below SQLite, that can lose power. It knows what was synced: after a loss of
/// power each sector that was written since is there or it is not, by chance.
///
/// Thread safety: none. It must outlive the databases on it.
class Disk {
public:
    explicit Disk(std::uint32_t seed = 1);
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    /// Its name for SQLite.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Writes, truncations, syncs and deletions so far.
    [[nodiscard]] std::uint64_t operations() const noexcept { return operations_; }

    /// Power is lost in the middle of that operation: it and all after it fail.
    void lose_power_at(std::uint64_t operation) noexcept { last_operation_ = operation; }
    [[nodiscard]] bool has_power() const noexcept { return operations_ < last_operation_; }
    /// Power is back. What was not synced may be lost.
    void restart();

    /// From now on syncs fail; what they should have written is lost.
    void fail_syncs() noexcept { syncs_fail_ = true; }
    void repair_syncs() noexcept { syncs_fail_ = false; }
    /// All files together have no room for more than this.
    void limit(std::uint64_t bytes) noexcept { bytes_max_ = bytes; }
    [[nodiscard]] std::uint64_t used() const noexcept;

    [[nodiscard]] std::uint64_t size(const std::string& file) const;
    void flip(const std::string& file, std::uint64_t bit);

    struct Write {
        bool truncates = false;
        std::uint64_t at = 0;
        std::string bytes;
    };
    struct File {
        std::string now;      ///< what is read
        std::string durable;  ///< what is surely on the disk
        bool lasts = false;   ///< its name was synced
        std::vector<Write> unsynced;
    };

    // What SQLite's functions do; false: it failed.
    std::shared_ptr<File> open(const std::string& name, bool make);
    [[nodiscard]] bool exists(const std::string& name) const { return files_.contains(name); }
    bool remove(const std::string& name);
    bool write(File& file, std::uint64_t at, std::string bytes);
    bool truncate(File& file, std::uint64_t size);
    bool sync(File& file);
    [[nodiscard]] bool has_room(const File& file, std::uint64_t end) const;

private:
    bool operate() noexcept;
    bool chance() { return (random_() & 1) != 0; }
    void settle(File& file);

    std::string name_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    std::map<std::string, std::shared_ptr<File>> files_;
    std::mt19937 random_;
    std::uint64_t operations_ = 0;
    std::uint64_t last_operation_ = ~std::uint64_t{0};
    std::uint64_t bytes_max_ = ~std::uint64_t{0};
    bool syncs_fail_ = false;
};

}  // namespace handoff::store::test
