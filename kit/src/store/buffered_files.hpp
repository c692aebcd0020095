#pragma once

#include <memory>
#include <string>

struct sqlite3_vfs;

namespace handoff::store {

class BufferedFile;

/// The files of one database, for SQLite, with a BufferedFile for the database and one for its log.
/// It must outlive the connection.
///
/// Thread safety: making and ending it is safe; else none, as its connection.
class BufferedFiles {
public:
    /// `below`: SQLite's name of the file system; empty: the system's.
    explicit BufferedFiles(const std::string& below);
    ~BufferedFiles();
    BufferedFiles(const BufferedFiles&) = delete;
    BufferedFiles& operator=(const BufferedFiles&) = delete;

    /// Its name for SQLite.
    [[nodiscard]] const char* name() const noexcept { return name_.c_str(); }

    /// Gives the system what has gathered of the log, of which a commit that is not synced
    /// consists. Returns SQLite's code.
    [[nodiscard]] int flush_log();

    [[nodiscard]] sqlite3_vfs* below() const noexcept { return below_; }
    void log_is(BufferedFile* file) noexcept { log_ = file; }
    [[nodiscard]] BufferedFile* log() const noexcept { return log_; }

private:
    std::string name_;
    sqlite3_vfs* below_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    BufferedFile* log_ = nullptr;
};

}  // namespace handoff::store
