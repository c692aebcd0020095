#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "bench/baselines/contenders.hpp"
#include "bench/frame/stopwatch.hpp"

// What the disk can do: bytes that are written, and are there.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

class File {
public:
    explicit File(const std::string& path)
        : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail(path);
    }
    ~File() {
        ::close(fd_);
        ::unlink(path_.c_str());
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write_all(const char* bytes, std::size_t count) const {
        while (count > 0) {
            const ssize_t written = ::write(fd_, bytes, count);
            if (written < 0) fail(path_);
            bytes += written;
            count -= static_cast<std::size_t>(written);
        }
    }
    void sync() const {
        if (::fdatasync(fd_) != 0) fail(path_);
    }
    void read_all() const {
        std::string buffer(1 << 20, '\0');
        if (::lseek(fd_, 0, SEEK_SET) != 0) fail(path_);
        for (ssize_t got = 1; got > 0;) {
            got = ::read(fd_, buffer.data(), buffer.size());
            if (got < 0) fail(path_);
        }
    }

private:
    const std::string path_;
    const int fd_;
};

/// All bytes of the run's items, so many at a time.
template <typename Each>
void write_in_batches(const Setting& setting, const File& file, Each each) {
    const std::string batch(std::max<std::size_t>(setting.batch, setting.size), 'x');
    for (std::uint64_t left = setting.count * setting.size; left > 0;) {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, batch.size()));
        each([&] { file.write_all(batch.data(), bytes); });
        left -= bytes;
    }
}

void write_and_sync(const Setting& setting, Board& board) {
    const File file(setting.data());
    Stopwatch watch(setting.count * setting.size / std::max(setting.batch, setting.size) + 1);
    board.ready();
    board.begins();
    write_in_batches(setting, file, [&](auto write) {
        watch.start();
        write();
        file.sync();
        watch.stop();
    });
    watch.tell(board, Tally(1, setting.size));
    board.wait_for_end();
}

void write_and_read(const Setting& setting, Board& board) {
    const File file(setting.data());
    write_in_batches(setting, file, [](auto write) { write(); });
    file.sync();
    board.ready();
    board.begins();
    file.read_all();
    board.arrived(Tally(1, setting.size), Clock::now());
    board.wait_for_end();
}

}  // namespace

std::vector<Role> disk_writes(const Setting& setting) {
    return {{"disk", [=](Board& board) { write_and_sync(setting, board); }}};
}

std::vector<Role> disk_read(const Setting& setting) {
    return {{"disk", [=](Board& board) { write_and_read(setting, board); }}};
}

}  // namespace handoff::bench
