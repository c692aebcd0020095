#include "chaos/record/history.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

namespace chaos {

namespace {

constexpr std::size_t head_bytes = 4096;
constexpr std::size_t file_bytes = head_bytes + History::records_max * sizeof(Record);
static_assert(sizeof(Header) <= head_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace

Nanoseconds now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return Nanoseconds{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

History::History(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, file_bytes) != 0) {
        throw std::system_error{errno, std::generic_category(), file.string()};
    }
    void* memory = ::mmap(nullptr, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), file.string()};
    }
    // A file full of zeros is a history of nothing: both types are what zeros mean.
    header_ = static_cast<Header*>(memory);
    records_ = reinterpret_cast<Record*>(static_cast<std::byte*>(memory) + head_bytes);
}

History::~History() {
    ::munmap(header_, file_bytes);
}

Record& History::next() {
    const std::uint64_t index = size();
    if (index >= records_max) throw std::runtime_error{"the history is full"};
    return records_[index];
}

}  // namespace chaos
