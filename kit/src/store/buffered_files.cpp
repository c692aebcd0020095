#include "store/buffered_files.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <new>

#include "handoff/error.hpp"
#include "store/buffered_file.hpp"

namespace handoff::store {
namespace {

/// What SQLite allocates for a file.
struct Handle {
    sqlite3_file base;
    BufferedFiles* files;
    BufferedFile* file;
};

Handle& handle_of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file);
}

BufferedFile& file_of(sqlite3_file* file) {
    return *handle_of(file).file;
}

sqlite3_file* below(sqlite3_file* file) {
    return file_of(file).below();
}

BufferedFiles& files_of(sqlite3_vfs* vfs) {
    return *static_cast<BufferedFiles*>(vfs->pAppData);
}

sqlite3_vfs* below(sqlite3_vfs* vfs) {
    return files_of(vfs).below();
}

// -------------------------------------------------------------------------------- of a file

int close(sqlite3_file* file) {
    Handle& handle = handle_of(file);
    if (handle.files->log() == handle.file) handle.files->log_is(nullptr);
    delete handle.file;
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
    return file_of(file).read(static_cast<char*>(into), static_cast<std::size_t>(count), at);
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    return file_of(file).write(static_cast<const char*>(bytes), static_cast<std::size_t>(count),
                               at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return file_of(file).truncate(size);
}

int sync(sqlite3_file* file, int flags) {
    return file_of(file).sync(flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    std::int64_t found = 0;
    const int result = file_of(file).size(found);
    *size = found;
    return result;
}

int lock(sqlite3_file* file, int level) {
    return below(file)->pMethods->xLock(below(file), level);
}

int unlock(sqlite3_file* file, int level) {
    return below(file)->pMethods->xUnlock(below(file), level);
}

int is_reserved(sqlite3_file* file, int* answer) {
    return below(file)->pMethods->xCheckReservedLock(below(file), answer);
}

int control(sqlite3_file* file, int what, void* argument) {
    return below(file)->pMethods->xFileControl(below(file), what, argument);
}

int sector_size(sqlite3_file* file) {
    return below(file)->pMethods->xSectorSize(below(file));
}

int characteristics(sqlite3_file* file) {
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

/// Version 1: without memory that is shared, which a database of one connection does not need, and
/// without reading by mapping.
const sqlite3_io_methods methods = {
    1,       close,       read,    write,       truncate,        sync,    file_size, lock,
    unlock,  is_reserved, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
    nullptr, nullptr,     nullptr};

// -------------------------------------------------------------------------------- of them all

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    BufferedFiles& files = files_of(vfs);
    const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
    // A journal, in which SQLite writes a little while it makes the database, goes its own way.
    if (!is_log && (flags & SQLITE_OPEN_MAIN_DB) == 0) {
        return files.below()->xOpen(files.below(), name, file, flags, flags_out);
    }
    file->pMethods = nullptr;  // and so it stays if this fails
    auto* const buffered = new (std::nothrow) BufferedFile(is_log);
    if (buffered == nullptr) return SQLITE_NOMEM;
    const int result = buffered->open(files.below(), name, flags, flags_out);
    if (result != SQLITE_OK) {
        delete buffered;
        return result;
    }
    handle_of(file) = {{&methods}, &files, buffered};
    if (is_log) files.log_is(buffered);
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int synced) {
    return below(vfs)->xDelete(below(vfs), name, synced);
}

int access(sqlite3_vfs* vfs, const char* name, int flags, int* answer) {
    return below(vfs)->xAccess(below(vfs), name, flags, answer);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* into) {
    return below(vfs)->xFullPathname(below(vfs), name, size, into);
}

int randomness(sqlite3_vfs* vfs, int count, char* into) {
    return below(vfs)->xRandomness(below(vfs), count, into);
}

int pause(sqlite3_vfs* vfs, int microseconds) {
    return below(vfs)->xSleep(below(vfs), microseconds);
}

int current_time(sqlite3_vfs* vfs, double* time) {
    return below(vfs)->xCurrentTime(below(vfs), time);
}

int last_error(sqlite3_vfs* vfs, int count, char* into) {
    return below(vfs)->xGetLastError(below(vfs), count, into);
}

}  // namespace

BufferedFiles::BufferedFiles(const std::string& below)
    : below_(sqlite3_vfs_find(below.empty() ? nullptr : below.c_str())),
      vfs_(std::make_unique<sqlite3_vfs>()) {
    if (below_ == nullptr)
        throw Error(errc::system, "SQLite knows no file system \"" + below + "\"");
    static std::atomic<unsigned> made{0};
    name_ = "handoff-" + std::to_string(++made);
    vfs_->iVersion = 1;
    vfs_->szOsFile = std::max<int>(sizeof(Handle), below_->szOsFile);
    vfs_->mxPathname = below_->mxPathname;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = this;
    vfs_->xOpen = store::open;
    vfs_->xDelete = store::remove;
    vfs_->xAccess = store::access;
    vfs_->xFullPathname = store::full_path;
    vfs_->xRandomness = store::randomness;
    vfs_->xSleep = store::pause;
    vfs_->xCurrentTime = store::current_time;
    vfs_->xGetLastError = store::last_error;
    sqlite3_vfs_register(vfs_.get(), 0);
}

BufferedFiles::~BufferedFiles() {
    sqlite3_vfs_unregister(vfs_.get());
}

int BufferedFiles::flush_log() {
    return log_ == nullptr ? SQLITE_OK : log_->flush();
}

}  // namespace handoff::store
