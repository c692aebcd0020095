// Linked into every program of a sanitizer build. What is set here holds however a program is
// started; ASAN_OPTIONS and the like still come on top.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

extern "C" const char* __tsan_default_options() {
    // Our tests fork while threads run, and the child may start threads of its own.
    return "die_after_fork=0:second_deadlock_stack=1:halt_on_error=0:exitcode=66";
}

extern "C" const char* __tsan_default_suppressions() {
    // libzmq is not instrumented: how it synchronises cannot be seen (libzmq#3919, libzmq#3309).
    return "called_from_lib:libzmq.so\n";
}

#endif
#if __has_feature(address_sanitizer)

extern "C" const char* __asan_default_options() {
    return "detect_stack_use_after_return=1:strict_string_checks=1";
}

extern "C" const char* __ubsan_default_options() {
    return "print_stacktrace=1";
}

#endif
#endif
