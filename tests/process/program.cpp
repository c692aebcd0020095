#include "process/program.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string_view>

#include "os/pidfd.hpp"

namespace {

/// What exec wants: pointers into the words, and one to nothing.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& more) {
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!std::string_view{*variable}.starts_with("HANDOFF_")) all.emplace_back(*variable);
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// What a shell would have set for a program; the tests' own process may have it otherwise.
void reset_signals() {
    struct sigaction as_usual {};
    as_usual.sa_handler = SIG_DFL;
    for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::sigaction(number, &as_usual, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

Program::Program(const Words& command, const Words& environment)
    : Program{command, environment, Streams{}} {}

Program::Program(const Words& command, const Words& environment, const Streams& streams)
    : errors_{::memfd_create("errors", MFD_CLOEXEC)} {
    // Between fork and exec nothing may be allocated: other threads may be running.
    Words words = command;
    Words variables = environment_with(environment);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> settings = pointers_to(variables);
    const int input = streams.input < 0 ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : streams.input;
    const int output = streams.output < 0 ? printed_.writer() : streams.output;
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        reset_signals();
        ::dup2(input, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(errors_, STDERR_FILENO);
        ::execvpe(arguments.front(), arguments.data(), settings.data());
        ::_exit(127);
    }
    if (streams.input < 0) ::close(input);
    printed_.close_writer();
    if (pid_ < 0) throw std::runtime_error{"no process"};
}

Program::~Program() {
    if (!exit_code_) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(errors_);
}

bool Program::read_some() {
    const std::string some = printed_.receive(1u << 16);
    output_ += some;
    return !some.empty();
}

std::string Program::read_line() {
    for (std::size_t searched = 0;;) {
        const std::size_t end = output_.find('\n', searched);
        if (end != std::string::npos) {
            const std::string line = output_.substr(0, end);
            output_.erase(0, end + 1);
            return line;
        }
        searched = output_.size();
        if (!read_some()) return std::exchange(output_, {});
    }
}

void Program::send_signal(int number) const {
    if (exit_code_ || ::kill(pid_, number) != 0) throw std::runtime_error{"it has ended already"};
}

int Program::finish() {
    while (read_some()) {
    }
    // It has closed its output, which does not mean that it ends.
    const int pidfd = handoff::pidfd_open(pid_);
    pollfd ended{pidfd, POLLIN, 0};
    const int ready = ::poll(&ended, 1, static_cast<int>(Pipe::limit.count()));
    ::close(pidfd);
    if (ready != 1) throw std::runtime_error{"the program does not end"};
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return *exit_code_;
}

std::string Program::errors() const {
    struct stat file {};
    ::fstat(errors_, &file);
    std::string text(static_cast<std::size_t>(file.st_size), '\0');
    const ssize_t got = ::pread(errors_, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}
