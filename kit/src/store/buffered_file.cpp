#include "store/buffered_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace handoff::store {
namespace {

/// SQLite's own files take less than 128 KiB a call.
constexpr std::size_t gathered_max = 120 << 10;
constexpr std::size_t ahead_min = 16 << 10;
constexpr std::size_t ahead_max = 120 << 10;

constexpr std::int64_t growth_min = 64 << 10;
constexpr std::int64_t growth_max = 1 << 20;

/// Between the pages of two neighbours in the log lies the head of the second.
constexpr std::int64_t gap_max = 24;

}  // namespace

BufferedFile::~BufferedFile() {
    if (file_ == nullptr || file_->pMethods == nullptr) return;
    static_cast<void>(flush());  // nobody waits for it any more
    file_->pMethods->xClose(file_);
}

int BufferedFile::open(sqlite3_vfs* below, const char* name, int flags, int* flags_out) {
    gathered_.bytes.reset(new (std::nothrow) char[gathered_max]);
    ahead_.bytes.reset(new (std::nothrow) char[ahead_max]);
    memory_.reset(new (std::nothrow) std::byte[static_cast<std::size_t>(below->szOsFile)]);
    if (!gathered_.bytes || !ahead_.bytes || !memory_) return SQLITE_NOMEM;
    std::memset(memory_.get(), 0, static_cast<std::size_t>(below->szOsFile));
    file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
    return below->xOpen(below, name, file_, flags, flags_out);
}

// -------------------------------------------------------------------------------- reading

int BufferedFile::read(char* into, std::size_t count, std::int64_t at) {
    if (gathered_.touches(count, at)) {
        if (const int failed = flush(); failed != SQLITE_OK) return failed;
    }
    const bool follows = at >= last_read_end_ && at <= last_read_end_ + gap_max;
    last_read_end_ = at + static_cast<std::int64_t>(count);
    if (!ahead_.has(count, at) && !(follows && read_ahead(count, at))) {
        if (!follows) step_ = 0;
        return file_->pMethods->xRead(file_, into, static_cast<int>(count), at);
    }
    std::memcpy(into, ahead_.bytes.get() + (at - ahead_.at), count);
    return SQLITE_OK;
}

/// Twice as much each time. False: there is not so much.
bool BufferedFile::read_ahead(std::size_t count, std::int64_t at) {
    ahead_.size = 0;
    step_ = std::clamp(step_ * 2, ahead_min, ahead_max);
    sqlite3_int64 size = 0;
    if (file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return false;
    std::int64_t end = std::min<std::int64_t>(at + static_cast<std::int64_t>(step_), size);
    if (gathered_.size > 0 && gathered_.at >= at) end = std::min(end, gathered_.at);
    if (end < at + static_cast<std::int64_t>(count)) return false;
    const auto bytes = static_cast<std::size_t>(end - at);
    if (file_->pMethods->xRead(file_, ahead_.bytes.get(), static_cast<int>(bytes), at) != SQLITE_OK)
        return false;
    ahead_.at = at;
    ahead_.size = bytes;
    return true;
}

int BufferedFile::size(std::int64_t& size) {
    if (const int failed = flush(); failed != SQLITE_OK) return failed;
    sqlite3_int64 found = 0;
    const int result = file_->pMethods->xFileSize(file_, &found);
    size = found;
    return result;
}

// -------------------------------------------------------------------------------- writing

int BufferedFile::write(const char* bytes, std::size_t count, std::int64_t at) {
    if (ahead_.touches(count, at)) ahead_.size = 0;
    if (gathered_.size > 0 && (at != gathered_.end() || gathered_.size + count > gathered_max)) {
        if (const int failed = flush(); failed != SQLITE_OK) return failed;
    }
    if (count > gathered_max) return write_below(bytes, count, at);
    if (gathered_.size == 0) gathered_.at = at;
    std::memcpy(gathered_.bytes.get() + gathered_.size, bytes, count);
    gathered_.size += count;
    return SQLITE_OK;
}

int BufferedFile::flush() {
    if (gathered_.size == 0) return SQLITE_OK;
    const std::size_t count = gathered_.size;
    gathered_.size = 0;  // also if it fails: whoever is told of it gives up what it was for
    return write_below(gathered_.bytes.get(), count, gathered_.at);
}

int BufferedFile::write_below(const char* bytes, std::size_t count, std::int64_t at) {
    const int result = file_->pMethods->xWrite(file_, bytes, static_cast<int>(count), at);
    if (result == SQLITE_OK && grows_ahead_) grow_ahead(at + static_cast<std::int64_t>(count));
    return result;
}

/// Where there is no room for this, there is none needed yet.
void BufferedFile::grow_ahead(std::int64_t end) {
    if (end <= known_size_) return;
    static const char zeros[64 << 10] = {};
    constexpr auto piece = static_cast<std::int64_t>(sizeof zeros);
    sqlite3_int64 size = 0;
    if (file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return;
    known_size_ = size;
    if (end < size) return;
    const std::int64_t wanted = end + std::clamp(end, growth_min, growth_max);
    while (known_size_ < wanted) {
        const auto count = static_cast<int>(std::min(piece, wanted - known_size_));
        if (file_->pMethods->xWrite(file_, zeros, count, known_size_) != SQLITE_OK) return;
        known_size_ += count;
    }
}

int BufferedFile::truncate(std::int64_t size) {
    ahead_.size = 0;
    known_size_ = std::min(known_size_, size);
    if (const int failed = flush(); failed != SQLITE_OK) return failed;
    known_size_ = std::min(known_size_, size);
    return file_->pMethods->xTruncate(file_, size);
}

int BufferedFile::sync(int flags) {
    if (const int failed = flush(); failed != SQLITE_OK) return failed;
    return file_->pMethods->xSync(file_, flags);
}

}  // namespace handoff::store
