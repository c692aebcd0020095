#include "core/counted_memory.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HANDOFF_COUNTS_BY_HOOKS
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace {

constexpr std::size_t bookkeeping = 8;  // what the allocator keeps beside each block

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> count{0};

#ifdef HANDOFF_COUNTS_BY_HOOKS

// The sanitizer's operators cannot be replaced, but it tells of each block.
void count_block(const volatile void* /*block*/, std::size_t size) {
    in_use += size + bookkeeping;
    ++count;
}

void discount_block(const volatile void* block) {
    if (block == nullptr) return;
    in_use -= __sanitizer_get_allocated_size(block) + bookkeeping;
}

const int hooks = __sanitizer_install_malloc_and_free_hooks(count_block, discount_block);

#else

void* allocate(std::size_t size) noexcept {
    void* const block = std::malloc(size);
    if (block != nullptr) {
        in_use += malloc_usable_size(block) + bookkeeping;
        ++count;
    }
    return block;
}

void* allocate_or_throw(std::size_t size) {
    void* const block = allocate(size);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}

void release(void* block) noexcept {
    if (block == nullptr) return;
    in_use -= malloc_usable_size(block) + bookkeeping;
    std::free(block);
}

#endif

}  // namespace

#ifndef HANDOFF_COUNTS_BY_HOOKS

// All forms but those for types of unusual alignment. Usually one form calls the other, but the
// sanitizers bring each of their own, and no block may come from one and go to the other.
void* operator new(std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void operator delete(void* block) noexcept {
    release(block);
}
void operator delete[](void* block) noexcept {
    release(block);
}
void operator delete(void* block, std::size_t) noexcept {
    release(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    release(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
    release(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
    release(block);
}

#endif

namespace handoff::core::test {

std::size_t bytes_in_use() noexcept {
    return in_use;
}
std::size_t allocations() noexcept {
    return count;
}

}  // namespace handoff::core::test
