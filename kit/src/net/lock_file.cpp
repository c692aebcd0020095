#include "net/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "handoff/error.hpp"
#include "os/fork.hpp"

namespace handoff::net {

namespace {

// The directory's links are resolved and the name itself is kept: bind() does not follow a link
// there either.
std::string lock_path_of(const std::string& path) {
    const std::filesystem::path given{path};
    if (!given.has_filename() || path.find('\0') != std::string::npos) {
        throw Error{errc::invalid_argument, "\"" + path + "\" cannot be the path of a socket"};
    }
    const std::filesystem::path directory = given.has_parent_path() ? given.parent_path() : ".";
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::canonical(directory, error);
    if (error) {
        throw Error{errc::system, "cannot lock \"" + path + "\": its directory " +
                                      directory.string() + ": " + error.message()};
    }
    return (canonical / given.filename()).string() + ".lock";
}

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// EINTR is not for those that do not wait, but network file systems have their own ideas.
int control(int fd, int command, struct flock& lock) {
    int result = 0;
    do {
        result = ::fcntl(fd, command, &lock);
    } while (result < 0 && errno == EINTR);
    return result;
}

bool is_at(const std::string& path, int fd) {
    struct stat named {};
    struct stat open {};
    return ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
           named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

}  // namespace

LockTable::LockTable() noexcept : generation_{fork_generation()} {}

LockFile::LockFile(LockTable& table, const std::string& path, std::uint64_t epoch)
    : table_{table}, generation_{fork_generation()}, socket_path_{path}, path_{lock_path_of(path)} {
    if (table.generation_ != generation_) {  // its mutex may be held, by a thread left behind
        throw Error{errc::inert, "cannot lock \"" + path + "\": the table is the parent's"};
    }
    const std::lock_guard lock{table.mutex_};
    check_table();
    // A failed attempt means that a holder let go between two of our steps. Many in a row happen
    // only where many processes fight for the path.
    int attempts_left = 1000;
    while (!try_take()) {
        if (--attempts_left == 0) {
            refuse("one process after another");
        }
    }
    try {
        struct stat file {};
        ::fstat(fd_, &file);
        table.held_.push_back({path_, file.st_dev, file.st_ino});
        write_owner(epoch);
    } catch (...) {
        release();
        throw;
    }
}

LockFile::~LockFile() {
    // In a forked child the lock is the parent's, and so is the file; the number of the descriptor
    // may belong to something else by now.
    if (generation_ == fork_generation()) {
        const std::lock_guard lock{table_.mutex_};
        release();
    }
}

// Before the file is opened, as closing it again would drop the lock that we find.
void LockFile::check_table() const {
    struct stat file {};
    const bool exists = ::lstat(path_.c_str(), &file) == 0;
    for (const LockTable::Held& held : table_.held_) {
        const bool same = exists && held.device == file.st_dev && held.inode == file.st_ino;
        if (same || held.path == path_) {
            refuse("this process (" + std::to_string(::getpid()) + ")");
        }
    }
}

// False if a holder let go while we looked, and another attempt is in order.
bool LockFile::try_take() {
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    const int fd = ::open(path_.c_str(), flags, 0600);
    if (fd < 0) {
        fail("cannot be opened", errno);
    }
    struct flock lock = whole_file();
    if (control(fd, F_SETLK, lock) == 0) {
        if (!is_at(path_, fd)) {
            ::close(fd);
            return false;
        }
        fd_ = fd;
        own_descriptor(fd);
        return true;
    }
    const int error = errno;
    struct flock holder = whole_file();
    const bool told = control(fd, F_GETLK, holder) == 0;
    ::close(fd);
    if (error != EAGAIN && error != EACCES) {
        fail("cannot be locked", error);
    }
    if (told && holder.l_type == F_UNLCK) {
        return false;
    }
    // A process that has no number here is one in another pid namespace.
    refuse(told && holder.l_pid > 0 ? "process " + std::to_string(holder.l_pid)
                                    : "a process that cannot be seen from here");
}

void LockFile::write_owner(std::uint64_t epoch) {
    const std::string text =
        "pid " + std::to_string(::getpid()) + "\nepoch " + std::to_string(epoch) + '\n';
    const ssize_t written =
        ::ftruncate(fd_, 0) == 0 ? ::pwrite(fd_, text.data(), text.size(), 0) : -1;
    if (written != static_cast<ssize_t>(text.size())) {
        fail("cannot be written", written < 0 ? errno : ENOSPC);
    }
}

// The file goes first and the lock second. So whoever opened the file before and gets the lock
// afterwards finds it no longer at the path, and starts again (see try_take); in the other order
// two could hold the path, one on the old file and one on a new one. And only what is surely ours
// is removed: code of this program that read the lock file has thereby dropped the lock.
void LockFile::release() noexcept {
    struct flock lock = whole_file();
    if (control(fd_, F_SETLK, lock) == 0 && is_at(path_, fd_)) {
        ::unlink(path_.c_str());
    }
    disown_descriptor(fd_);
    ::close(fd_);
    std::erase_if(table_.held_, [&](const LockTable::Held& held) { return held.path == path_; });
}

void LockFile::refuse(const std::string& holder) const {
    throw Error{errc::address_in_use, "cannot listen on ipc://" + socket_path_ + ": " + holder +
                                          " listens there already and holds \"" + path_ + '"'};
}

void LockFile::fail(const char* what, int error) const {
    throw Error{errc::system, "cannot listen on ipc://" + socket_path_ + ": \"" + path_ + "\" " +
                                  what + ": " + std::generic_category().message(error)};
}

}  // namespace handoff::net
