#include "store/disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <utility>

namespace handoff::store::test {
namespace {

constexpr std::uint64_t sector_bytes = 512;

/// What SQLite allocates for a file.
struct Handle {
    sqlite3_file base;
    Disk* disk;
    std::shared_ptr<Disk::File> file;
};

Handle& handle_of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file);
}

Disk& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<Disk*>(vfs->pAppData);
}

int close(sqlite3_file* file) {
    handle_of(file).file.~shared_ptr();
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
    const std::string& bytes = handle_of(file).file->now;
    const auto wanted = static_cast<std::size_t>(count);
    const auto from = std::min(bytes.size(), static_cast<std::size_t>(at));
    const std::size_t there = std::min(wanted, bytes.size() - from);
    std::memcpy(into, bytes.data() + from, there);
    std::memset(static_cast<char*>(into) + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    Handle& handle = handle_of(file);
    const auto from = static_cast<std::uint64_t>(at);
    if (!handle.disk->has_room(*handle.file, from + static_cast<std::uint64_t>(count))) {
        return SQLITE_FULL;
    }
    std::string copy(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
    return handle.disk->write(*handle.file, from, std::move(copy)) ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& handle = handle_of(file);
    return handle.disk->truncate(*handle.file, static_cast<std::uint64_t>(size))
               ? SQLITE_OK
               : SQLITE_IOERR_TRUNCATE;
}

int sync(sqlite3_file* file, int) {
    Handle& handle = handle_of(file);
    return handle.disk->sync(*handle.file) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(handle_of(file).file->now.size());
    return SQLITE_OK;
}

int lock(sqlite3_file*, int) {
    return SQLITE_OK;
}

int is_reserved(sqlite3_file*, int* answer) {
    *answer = 0;
    return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return static_cast<int>(sector_bytes);
}

int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods all = [] {
        sqlite3_io_methods made{};
        made.iVersion = 1;
        made.xClose = close;
        made.xRead = read;
        made.xWrite = write;
        made.xTruncate = truncate;
        made.xSync = sync;
        made.xFileSize = file_size;
        made.xLock = lock;
        made.xUnlock = lock;
        made.xCheckReservedLock = is_reserved;
        made.xFileControl = control;
        made.xSectorSize = sector_size;
        made.xDeviceCharacteristics = characteristics;
        return made;
    }();
    return all;
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    Disk& disk = disk_of(vfs);
    auto found = disk.open(name == nullptr ? "" : name, (flags & SQLITE_OPEN_CREATE) != 0);
    file->pMethods = nullptr;
    if (!found) return SQLITE_CANTOPEN;
    new (file) Handle{{&methods()}, &disk, std::move(found)};
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int) {
    if (!disk_of(vfs).exists(name)) return SQLITE_IOERR_DELETE_NOENT;
    return disk_of(vfs).remove(name) ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* answer) {
    *answer = disk_of(vfs).exists(name) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* into) {
    sqlite3_snprintf(size, into, "%s", name);
    return SQLITE_OK;
}

}  // namespace

Disk::Disk(std::uint32_t seed) : random_(seed) {
    static std::atomic<int> made{0};
    name_ = "disk" + std::to_string(++made);
    // Chance, sleep and time are the system's.
    vfs_ = std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find(nullptr));
    vfs_->iVersion = 1;
    vfs_->szOsFile = sizeof(Handle);
    vfs_->pNext = nullptr;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = this;
    vfs_->xOpen = test::open;
    vfs_->xDelete = test::remove;
    vfs_->xAccess = test::access;
    vfs_->xFullPathname = test::full_path;
    sqlite3_vfs_register(vfs_.get(), 0);
}

Disk::~Disk() {
    sqlite3_vfs_unregister(vfs_.get());
}

bool Disk::operate() noexcept {
    if (!has_power()) return false;
    return ++operations_ < last_operation_;
}

std::shared_ptr<Disk::File> Disk::open(const std::string& name, bool make) {
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    if (!make || !has_power()) return nullptr;
    auto file = std::make_shared<File>();
    if (!name.empty()) files_.emplace(name, file);
    return file;
}

bool Disk::remove(const std::string& name) {
    if (!operate()) return false;
    files_.erase(name);
    return true;
}

bool Disk::has_room(const File& file, std::uint64_t end) const {
    return end <= file.now.size() || used() + (end - file.now.size()) <= bytes_max_;
}

std::uint64_t Disk::used() const noexcept {
    std::uint64_t bytes = 0;
    for (const auto& [name, file] : files_) bytes += file->now.size();
    return bytes;
}

bool Disk::write(File& file, std::uint64_t at, std::string bytes) {
    const bool done = operate();
    // Also the write in the middle of which power is lost may reach the disk, in part.
    if (!done && operations_ != last_operation_) return false;
    if (!done) ++operations_;
    if (file.now.size() < at + bytes.size()) file.now.resize(at + bytes.size());
    file.now.replace(at, bytes.size(), bytes);
    file.unsynced.push_back({false, at, std::move(bytes)});
    return done;
}

bool Disk::truncate(File& file, std::uint64_t size) {
    if (!operate()) return false;
    file.now.resize(size);
    file.unsynced.push_back({true, size, {}});
    return true;
}

bool Disk::sync(File& file) {
    if (!operate()) return false;
    if (syncs_fail_) {
        // As systems do: the pages count as clean, and the next sync knows nothing of it.
        file.unsynced.clear();
        return false;
    }
    file.durable = file.now;
    file.unsynced.clear();
    file.lasts = true;
    return true;
}

/// What is on the disk after power was lost.
void Disk::settle(File& file) {
    std::string& bytes = file.durable;
    for (const Write& write : file.unsynced) {
        if (write.truncates) {
            if (chance()) bytes.resize(write.at);
            continue;
        }
        for (std::uint64_t at = write.at; at < write.at + write.bytes.size();) {
            const std::uint64_t end =
                std::min(write.at + write.bytes.size(), (at / sector_bytes + 1) * sector_bytes);
            if (chance()) {
                if (bytes.size() < end) bytes.resize(end);
                bytes.replace(at, end - at, write.bytes, at - write.at, end - at);
            }
            at = end;
        }
    }
    file.unsynced.clear();
    file.now = bytes;
}

void Disk::restart() {
    std::erase_if(files_, [&](const auto& each) { return !each.second->lasts && chance(); });
    for (const auto& [name, file] : files_) {
        settle(*file);
        file->lasts = true;
    }
    last_operation_ = ~std::uint64_t{0};
    operations_ = 0;
}

std::uint64_t Disk::size(const std::string& file) const {
    const auto found = files_.find(file);
    return found == files_.end() ? 0 : found->second->now.size();
}

void Disk::flip(const std::string& file, std::uint64_t bit) {
    File& flipped = *files_.at(file);
    for (std::string* bytes : {&flipped.now, &flipped.durable}) {
        if (bit / 8 >= bytes->size()) continue;
        char& byte = (*bytes)[bit / 8];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1u << bit % 8);
    }
}

}  // namespace handoff::store::test
