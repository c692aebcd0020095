#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/buffered_files.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace handoff::store {

/// One statement, prepared once and run often.
///
/// Thread safety: that of its database. It must not outlive it.
class Statement {
public:
    Statement(sqlite3* database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Parameters count from 1. What `bytes` views must stay until the statement has run.
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::string_view bytes);

    /// True if there is a row to look at; false at the end, and then it can be run again.
    bool step();
    /// Runs it to its end; it must not give rows.
    void run();
    void reset() noexcept;

    /// Columns count from 0. Bytes are good until the next step.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view bytes(int column) const;

private:
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

/// A connection to a database file that nobody else uses meanwhile: it holds the file's record lock
/// from its opening on.
///
/// Everything here throws Error: errc::store_in_use if another one has it, store_full, store_failed
/// if the file is damaged or could not be synced, else system. The text names the file.
///
/// Thread safety: none; one owner, who may be another thread later.
class Database {
public:
    struct Where {
        std::string path;
        std::string vfs;  ///< empty: the system's files
        bool make = true;
    };
    explicit Database(const Where& where);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void run(const char* sql);
    /// What the transaction wrote is the system's then, and the disk's if `synchronous` is FULL.
    void commit();
    /// The first column of the first row; 0 if there is none.
    [[nodiscard]] std::int64_t number(const char* sql);

    [[nodiscard]] sqlite3* handle() const noexcept { return database_; }

    /// Pages in the write-ahead log after the last commit.
    [[nodiscard]] int log_pages() const noexcept { return log_pages_; }
    /// Moves the log's pages into the file and syncs it; then the log begins at its beginning.
    void checkpoint();
    /// The same, and cuts the log: closing the database does not.
    void empty_log();

private:
    BufferedFiles files_;
    sqlite3* database_ = nullptr;
    int log_pages_ = 0;
};

/// Whether the last thing that failed was a sync.
[[nodiscard]] bool is_sync_failure(sqlite3* database) noexcept;

}  // namespace handoff::store
