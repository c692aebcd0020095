#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace handoff::net {

/// The paths that this process has locked. The system's record locks know processes only: within
/// one they neither exclude nor survive, as closing any descriptor of a locked file drops the lock.
/// So there must be one table in a process, and no lock file is ever opened a second time.
///
/// A forked child holds none of its parent's locks and needs a table of its own; with an inherited
/// one LockFile throws errc::inert.
///
/// Thread safety: any thread.
class LockTable {
public:
    LockTable() noexcept;
    LockTable(const LockTable&) = delete;
    LockTable& operator=(const LockTable&) = delete;

private:
    friend class LockFile;

    // Both, as one file can be reached by two paths (a directory mounted twice, a hard link), and
    // one path can come to mean another file (when somebody cleans up).
    struct Held {
        std::string path;
        dev_t device;
        ino_t inode;
    };

    const std::uint64_t generation_;
    std::mutex mutex_;
    std::vector<Held> held_;
};

/// The right to listen on an ipc path, from construction to destruction: a record lock on
/// `<path>.lock`. It is needed because libzmq removes whatever is at the path before it binds, so
/// that a second manager would silently take the first one's place. Take it before the bind and
/// keep it until the socket is closed. Abstract names (`@name`) need none; the system refuses them.
///
/// The file (mode 0600) holds the owner's process id and epoch, for people to read. It is removed
/// with the lock. One left by a process that died holds no lock and is taken over.
///
/// The copy in a forked child is inert: the child neither holds the lock nor releases it.
///
/// Thread safety: distinct objects safe, shared objects not. It is pinned.
class LockFile {
public:
    /// `path` is the socket's; its directory must exist. `table` must outlive the lock. Does not
    /// wait. Throws errc::address_in_use, naming path and process, if any process (this one as
    /// well) holds it; errc::system if the file cannot be made; errc::inert for an inherited table.
    LockFile(LockTable& table, const std::string& path, std::uint64_t epoch);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

    /// The lock file itself, as an absolute path.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    [[nodiscard]] bool try_take();
    void check_table() const;
    void write_owner(std::uint64_t epoch);
    void release() noexcept;
    [[noreturn]] void refuse(const std::string& holder) const;
    [[noreturn]] void fail(const char* what, int error) const;

    LockTable& table_;
    const std::uint64_t generation_;
    const std::string socket_path_;
    const std::string path_;
    int fd_ = -1;
};

}  // namespace handoff::net
