// Linked into every program of a sanitizer build. What is set here holds however a program is
// started; ASAN_OPTIONS and the like still come on top.

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <pthread.h>
#endif

#if __has_feature(thread_sanitizer)

extern "C" const char* __tsan_default_options() {
    // Our tests fork while threads run, and the child may start threads of its own.
    return "die_after_fork=0:second_deadlock_stack=1:halt_on_error=0:exitcode=66";
}

extern "C" const char* __tsan_default_suppressions() {
    // libzmq is not instrumented: how it synchronises cannot be seen (libzmq#3919, libzmq#3309).
    // With CURVE it has libsodium write what it hands on.
    // What user_of() reads is written by it too, before the message is handed on.
    return "called_from_lib:libzmq.so\ncalled_from_lib:libsodium.so\n"
           "race:^user_of$\n";
}

#endif
#if __has_feature(address_sanitizer)

// A child keeps for ever what another thread had locked at the fork. The C library's allocator lets
// go of its locks there; the one of AddressSanitizer does so only from release 17 on, and before,
// children of programs with threads hang now and then. So its locks are taken before the fork, in
// the order in which it takes them, and given back on both sides.
#if __clang_major__ < 17
namespace __lsan {
void LockThreadRegistry();
void UnlockThreadRegistry();
void LockAllocator();
void UnlockAllocator();
}  // namespace __lsan
namespace __sanitizer {
void StackDepotLockAll();
void StackDepotUnlockAll();
}  // namespace __sanitizer

namespace {

void lock_sanitizer() {
    __lsan::LockThreadRegistry();
    __lsan::LockAllocator();
    __sanitizer::StackDepotLockAll();
}

void unlock_sanitizer() {
    __sanitizer::StackDepotUnlockAll();
    __lsan::UnlockAllocator();
    __lsan::UnlockThreadRegistry();
}

[[maybe_unused]] const int registered =
    pthread_atfork(lock_sanitizer, unlock_sanitizer, unlock_sanitizer);

}  // namespace
#endif

extern "C" const char* __asan_default_options() {
    return "detect_stack_use_after_return=1:strict_string_checks=1";
}

extern "C" const char* __ubsan_default_options() {
    return "print_stacktrace=1";
}

#endif
#endif
