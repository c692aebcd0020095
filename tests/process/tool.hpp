#pragma once

#include <memory>
#include <string>

#include "handoff/config.hpp"
#include "process/places.hpp"
#include "process/program.hpp"

/// The path of the `handoff` command.
std::string handoff_command();

/// Writes a file into the folder. Returns its path.
std::string write_file(const handoff::test::TemporaryFolder& folder, const std::string& name,
                       const std::string& text);

/// How a command ended.
struct Result {
    int status = -1;
    std::string output;
    std::string errors;
};

/// Runs `handoff` with these words and this environment to its end.
Result run_handoff(const Program::Words& words, const Program::Words& environment = {});

/// `handoff serve`, and commands that find it by HANDOFF_MANAGER.
class Served {
public:
    using Words = Program::Words;

    /// At an address of the scheme, with more settings by environment.
    explicit Served(const std::string& scheme = "ipc", const Words& environment = {});

    [[nodiscard]] Program& server() { return server_; }
    [[nodiscard]] const Place& place() const { return place_; }
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
    /// For a client in this process.
    [[nodiscard]] handoff::Config config() const;

    /// Begins `handoff` with these words.
    [[nodiscard]] std::unique_ptr<Program> begin(const Words& words,
                                                 const Program::Streams& streams = {}) const;
    /// Runs it to its end.
    [[nodiscard]] Result run(const Words& words) const;
    /// The same, with something to read from a pipe.
    [[nodiscard]] Result run_with_input(const Words& words, const std::string& input) const;

private:
    Place place_;
    Program server_;
    std::string endpoint_;
};
