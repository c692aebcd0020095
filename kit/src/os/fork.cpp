#include "os/fork.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <system_error>

namespace handoff {

constinit std::atomic<std::uint64_t> process_generation{1};

namespace {

// The owned descriptors, a bit for each number. There is no lock that a thread which is not in the
// child could have held at the fork, and none either that fork would have to take first: such a
// handler can deadlock with another library's, when each is taken inside the other. Every state
// that a fork can catch this table in is a good one: a descriptor is in it or is not.
//
// Nothing is allocated, so nothing fails. Untouched pages of these 128 KiB cost no memory. A number
// beyond it, where few kernels let a process come, stays open in the child until exec.
constexpr unsigned word_bits = 64;
constexpr unsigned descriptors_max = 1u << 20;
using Word = std::atomic<std::uint64_t>;
constinit std::array<Word, descriptors_max / word_bits> owned{};

// How much of it a child has to look through: numbers are small, as the smallest free one is taken.
constinit std::atomic<std::size_t> words_used{0};

static_assert(Word::is_always_lock_free);

bool in_table(int fd) {
    return fd >= 0 && static_cast<unsigned>(fd) < descriptors_max;
}

Word& word_of(int fd) {
    return owned[static_cast<unsigned>(fd) / word_bits];
}

std::uint64_t bit_of(int fd) {
    return std::uint64_t{1} << (static_cast<unsigned>(fd) % word_bits);
}

// In the child, while it has one thread.
void close_owned() {
    const std::size_t used = words_used.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < used; ++i) {
        for (std::uint64_t word = owned[i].exchange(0); word != 0; word &= word - 1) {
            const std::size_t bit = static_cast<std::size_t>(std::countr_zero(word));
            ::close(static_cast<int>(i * word_bits + bit));
        }
    }
}

// Steps and forks keep out of each other's way, by counts and not by a lock: whoever is stuck in
// one holds the other up for a second, and for no longer.
constinit std::atomic<int> steps{0};
constinit std::atomic<int> forks{0};

void wait_for_none(const std::atomic<int>& others) {
    for (int waited_ms = 0; others.load() != 0 && waited_ms < 1000; ++waited_ms) {
        ::poll(nullptr, 0, 1);
    }
}

void before_fork() {
    forks.fetch_add(1);
    wait_for_none(steps);
}

void after_fork_in_parent() {
    forks.fetch_sub(1);
}

void after_fork_in_child() {
    steps.store(0);  // they are the parent's
    forks.store(0);
    process_generation.fetch_add(1, std::memory_order_relaxed);
    close_owned();
}

// Registered while the program starts and not at first use: were it at first use, a fork at that
// very moment would leave the child with a half-done registration and nobody to finish it.
bool register_handlers() {
    const int error = ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error != 0) {
        throw std::system_error{error, std::generic_category(), "handoff: pthread_atfork"};
    }
    return true;
}

[[maybe_unused]] const bool registered = register_handlers();

}  // namespace

UnforkedStep::UnforkedStep() noexcept {
    for (int attempts_left = 1000; attempts_left > 0; --attempts_left) {
        steps.fetch_add(1);
        if (forks.load() == 0 || attempts_left == 1) return;
        steps.fetch_sub(1);
        ::poll(nullptr, 0, 1);
    }
}

UnforkedStep::~UnforkedStep() {
    steps.fetch_sub(1);
}

void own_descriptor(int fd) noexcept {
    if (!in_table(fd)) {
        return;
    }
    const std::size_t needed = static_cast<unsigned>(fd) / word_bits + 1;
    std::size_t used = words_used.load();
    while (used < needed && !words_used.compare_exchange_weak(used, needed)) {
    }
    word_of(fd).fetch_or(bit_of(fd));
}

void disown_descriptor(int fd) noexcept {
    if (in_table(fd)) {
        word_of(fd).fetch_and(~bit_of(fd), std::memory_order_relaxed);
    }
}

}  // namespace handoff
