// Becomes a daemon in the usual way, and goes on with the queues that it had opened before. Told
// "bare", it closes every descriptor on the way, as daemons of the old school do.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "handoff/client.hpp"

namespace {

/// The second fork leaves a process that cannot come by a terminal.
void become_daemon(bool bare) {
    if (::setsid() < 0) ::_exit(1);
    if (::fork() != 0) ::_exit(0);
    ::alarm(60);  // a test that fails does not wait for it
    ::umask(0);
    if (::chdir("/") != 0) ::_exit(1);
    for (int fd = bare ? 3 : 1024; fd < 1024; ++fd) ::close(fd);
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
    ::close(nowhere);
}

}  // namespace

int main(int argc, char** argv) {
    handoff::Client client;
    handoff::Queue<std::string> orders = client.queue<std::string>("orders");
    handoff::Queue<std::string> reports = client.queue<std::string>("reports");
    reports.put("parent");
    if (::fork() != 0) return EXIT_SUCCESS;  // which ends its session and its connection
    become_daemon(argc > 1 && std::string_view{argv[1]} == "bare");
    reports.put(std::to_string(::getpid()));
    reports.put("done: " + orders.get());
    return EXIT_SUCCESS;
}
