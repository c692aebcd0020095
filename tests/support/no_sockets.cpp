// no_sockets PROGRAM [ARGUMENT]...
//
// Runs a program to which the kernel refuses sockets: socket(), socketpair(), connect() and the
// ways around them fail with EPERM. The tests of the pure rooms are run by it, so that "pure" is
// shown on every run and is not a matter of reading the code.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace {

#if defined(__x86_64__)
constexpr unsigned int architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned int architecture = AUDIT_ARCH_AARCH64;
#else
#error "Add this machine's AUDIT_ARCH constant here."
#endif

constexpr unsigned int x32_calls = 0x40000000;  // where x86-64 keeps a second set of numbers
constexpr unsigned int refuse = SECCOMP_RET_ERRNO | EPERM;

// A statement of the filter's little language. `yes` and `no` are how many statements to skip.
constexpr sock_filter statement(unsigned int code, std::size_t operand, unsigned char yes = 0,
                                unsigned char no = 0) {
    return {static_cast<unsigned short>(code), yes, no, static_cast<unsigned int>(operand)};
}

constexpr sock_filter load(std::size_t field) {
    return statement(BPF_LD | BPF_W | BPF_ABS, field);
}

constexpr sock_filter answer(std::size_t result) {
    return statement(BPF_RET | BPF_K, result);
}

constexpr sock_filter if_equal(std::size_t value, unsigned char yes, unsigned char no) {
    return statement(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

bool install_filter() {
    sock_filter filter[] = {
        load(offsetof(seccomp_data, arch)),
        if_equal(architecture, 1, 0),  // another set of system calls: all of it is refused
        answer(refuse),
        load(offsetof(seccomp_data, nr)),
        statement(BPF_JMP | BPF_JGE | BPF_K, x32_calls, 4, 0),
        if_equal(SYS_socket, 3, 0),
        if_equal(SYS_socketpair, 2, 0),
        if_equal(SYS_connect, 1, 0),
        if_equal(SYS_io_uring_setup, 0, 1),  // its rings open sockets without a call of their own
        answer(refuse),
        answer(SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int fail(const char* what) {
    std::fprintf(stderr, "no_sockets: %s: %s\n", what, std::strerror(errno));
    return 125;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: no_sockets PROGRAM [ARGUMENT]...\n");
        return 125;
    }
    if (!install_filter()) {
        return fail("the kernel does not take the filter");
    }
    // A filter that is in place but lets calls through would prove nothing.
    int pair[2];
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 || errno != EPERM ||
        connect(-1, nullptr, 0) == 0 || errno != EPERM) {
        return fail("sockets are still to be had");
    }
    execv(argv[1], argv + 1);
    return fail(argv[1]);
}
