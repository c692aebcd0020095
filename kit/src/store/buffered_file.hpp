#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

struct sqlite3_file;
struct sqlite3_vfs;

namespace handoff::store {

/// One file of SQLite's, with fewer and larger calls of the system: SQLite writes its log in two
/// calls a page, and moves it into the database in two more. What lies behind what was written last
/// gathers here, and is written before anything that could tell the difference: a read of it, a
/// sync, a write elsewhere.
///
/// All functions return SQLite's codes. What a write that gathered would have failed with, that
/// fails which writes it.
///
/// Thread safety: none; one owner.
class BufferedFile {
public:
    /// `grows_ahead`: a sync of bytes that take the place of others is a good deal cheaper than one
    /// of a file that grows. So this one grows by zeros, in large steps, before it has to.
    explicit BufferedFile(bool grows_ahead) : grows_ahead_(grows_ahead) {}
    ~BufferedFile();
    BufferedFile(const BufferedFile&) = delete;
    BufferedFile& operator=(const BufferedFile&) = delete;

    [[nodiscard]] int open(sqlite3_vfs* below, const char* name, int flags, int* flags_out);
    [[nodiscard]] int read(char* into, std::size_t count, std::int64_t at);
    [[nodiscard]] int write(const char* bytes, std::size_t count, std::int64_t at);
    [[nodiscard]] int truncate(std::int64_t size);
    [[nodiscard]] int sync(int flags);
    [[nodiscard]] int size(std::int64_t& size);
    /// From here on the system has everything, although the disk may not.
    [[nodiscard]] int flush();

    [[nodiscard]] sqlite3_file* below() const noexcept { return file_; }

private:
    [[nodiscard]] int write_below(const char* bytes, std::size_t count, std::int64_t at);
    void grow_ahead(std::int64_t end);
    [[nodiscard]] bool read_ahead(std::size_t count, std::int64_t at);

    /// Neighbouring bytes of the file.
    struct Piece {
        std::unique_ptr<char[]> bytes;
        std::int64_t at = 0;
        std::size_t size = 0;
        [[nodiscard]] std::int64_t end() const noexcept {
            return at + static_cast<std::int64_t>(size);
        }
        [[nodiscard]] bool touches(std::size_t count, std::int64_t from) const noexcept {
            return size > 0 && from < end() && at < from + static_cast<std::int64_t>(count);
        }
        [[nodiscard]] bool has(std::size_t count, std::int64_t from) const noexcept {
            return size > 0 && from >= at && from + static_cast<std::int64_t>(count) <= end();
        }
    };

    const bool grows_ahead_;
    std::unique_ptr<std::byte[]> memory_;
    sqlite3_file* file_ = nullptr;
    Piece gathered_;
    Piece ahead_;  ///< what was read, and what lies behind it
    std::size_t step_ = 0;
    std::int64_t last_read_end_ = -1;
    std::int64_t known_size_ = 0;  ///< of the file below; it may be larger
};

}  // namespace handoff::store
