#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/children.hpp"

/// A program that a test runs. It is killed by the destructor, and by the system if the test itself
/// is killed. Start it in the test's own thread.
class Program {
public:
    using Words = std::vector<std::string>;

    struct Streams {
        int input = -1;   ///< what it reads; -1: nothing
        int output = -1;  ///< what it prints to; -1: read_line() and finish() tell
    };

    /// Runs `command` with this process's environment, less all HANDOFF_* and plus `environment`
    /// ("NAME=value").
    explicit Program(const Words& command, const Words& environment = {});
    Program(const Words& command, const Words& environment, const Streams& streams);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// The next line that it prints, without the newline; what there is when it ends. Throws when
    /// nothing comes in time.
    [[nodiscard]] std::string read_line();

    void send_signal(int number) const;

    /// Reads what it prints until it ends. The exit code, or the negative number of the signal that
    /// ended it. Throws when it does not end in time.
    int finish();

    /// What it printed that read_line() did not tell.
    [[nodiscard]] const std::string& output() const { return output_; }
    /// All that it printed to standard error so far.
    [[nodiscard]] std::string errors() const;

private:
    bool read_some();

    int errors_;  // a file without a name, so that it never blocks
    Pipe printed_;
    std::string output_;
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};
