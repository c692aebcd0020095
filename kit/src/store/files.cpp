#include "store/files.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <new>
#include <system_error>

#include "handoff/error.hpp"

namespace handoff::store {
namespace {

class File {
public:
    File(const std::string& vfs, const std::string& path, int flags)
        : vfs_(sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str())) {
        if (vfs_ == nullptr) return;
        memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs_->szOsFile));
        file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
        file_->pMethods = nullptr;
        open_ = vfs_->xOpen(vfs_, path.c_str(), file_, flags, nullptr) == SQLITE_OK;
    }
    ~File() {
        if (file_ != nullptr && file_->pMethods != nullptr) file_->pMethods->xClose(file_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return open_; }
    [[nodiscard]] std::string read() {
        sqlite3_int64 size = 0;
        if (!open_ || file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return {};
        std::string bytes(static_cast<std::size_t>(size), '\0');
        constexpr std::size_t piece = 1u << 30;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            const auto count = static_cast<int>(std::min(piece, bytes.size() - at));
            const auto from = static_cast<sqlite3_int64>(at);
            if (file_->pMethods->xRead(file_, bytes.data() + at, count, from) != SQLITE_OK)
                return {};
        }
        return bytes;
    }
    /// SQLite says of a file without a byte that it is not there.
    bool write_note() noexcept {
        return open_ && file_->pMethods->xWrite(file_, "!", 1, 0) == SQLITE_OK &&
               file_->pMethods->xSync(file_, SQLITE_SYNC_FULL) == SQLITE_OK;
    }

private:
    sqlite3_vfs* vfs_;
    std::unique_ptr<std::byte[]> memory_;
    sqlite3_file* file_ = nullptr;
    bool open_ = false;
};

}  // namespace

std::string read_file(const std::string& vfs, const std::string& path) {
    if (!file_exists(vfs, path)) return {};
    return File(vfs, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL).read();
}

bool file_exists(const std::string& vfs, const std::string& path) {
    sqlite3_vfs* files = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
    int exists = 0;
    return files != nullptr &&
           files->xAccess(files, path.c_str(), SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK &&
           exists != 0;
}

bool make_note(const std::string& vfs, const std::string& path) noexcept {
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;
    try {
        return File(vfs, path, flags).write_note();
    } catch (const std::bad_alloc&) {
        return false;
    }
}

void remove_file(const std::string& vfs, const std::string& path) noexcept {
    sqlite3_vfs* files = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
    if (files != nullptr) files->xDelete(files, path.c_str(), 1);
}

namespace {

[[noreturn]] void fail(const std::string& path, int error) {
    throw Error(errc::system, "the store " + path + ": " + std::generic_category().message(error));
}

void sync_directory(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail(directory, errno);
    const bool synced = ::fsync(fd) == 0;
    const int error = errno;
    ::close(fd);
    if (!synced) fail(directory, error);
}

/// There while `fresh` is whole and not yet at its place.
std::string note_of(const std::string& path) {
    return path + "-replace";
}

}  // namespace

void replace(const std::string& fresh, const std::string& path) {
    if (fresh != path + "-new" || !make_note("", note_of(path))) fail(fresh, EIO);
    sync_directory(path);
    finish_replacing(path);
}

void finish_replacing(const std::string& path) {
    if (!file_exists("", note_of(path))) return;
    const std::string fresh = path + "-new";
    if (file_exists("", fresh)) {
        // A log is of one file only: the new one must never lie beside the old one's.
        remove_file("", path + "-wal");
        remove_file("", path + "-failed");
        if (std::rename(fresh.c_str(), path.c_str()) != 0) fail(fresh, errno);
        remove_file("", fresh + "-wal");
        sync_directory(path);
    }
    remove_file("", note_of(path));
}

}  // namespace handoff::store
