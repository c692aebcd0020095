#include "bench/managed/syncs.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>

namespace handoff::bench {

namespace {

std::atomic<Board*> counting = nullptr;

/// The store's log, that is: what moves it into the database is no commit.
bool is_log(int file) {
    std::array<char, 512> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 &&
           std::string_view(path.data(), static_cast<std::size_t>(length)).ends_with("-wal");
}

}  // namespace

void count_syncs(Board& board) {
    counting = &board;
}

}  // namespace handoff::bench

/// Takes the place of the system's for this program and the libraries that it uses.
extern "C" int fdatasync(int file) {
    using Sync = int (*)(int);
    static const auto system = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, "fdatasync"));
    const int result = system(file);
    const int error = errno;
    handoff::bench::Board* const board = handoff::bench::counting;
    if (board != nullptr && handoff::bench::is_log(file)) board->count_sync();
    errno = error;
    return result;
}
