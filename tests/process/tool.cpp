#include "process/tool.hpp"

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"

namespace {

Program::Words command_of(const Program::Words& words) {
    Program::Words command{handoff_command()};
    command.insert(command.end(), words.begin(), words.end());
    return command;
}

Result result_of(Program& program) {
    Result result;
    result.status = program.finish();
    result.output = program.output();
    result.errors = program.errors();
    UNSCOPED_INFO("it printed \"" << result.output << "\", and in error \"" << result.errors
                                  << '"');
    return result;
}

}  // namespace

std::string handoff_command() {
    return HANDOFF_BIN_DIR "/handoff";
}

Result run_handoff(const Program::Words& words, const Program::Words& environment) {
    Program program{command_of(words), environment};
    return result_of(program);
}

Served::Served(const std::string& scheme, const Words& environment)
    : place_{scheme},
      server_{command_of({"serve", "--listen",
                          scheme == "ipc" ? place_.endpoint() : scheme + "://127.0.0.1:*"}),
              environment} {
    const std::string line = server_.read_line();
    INFO(server_.errors());
    REQUIRE(line.starts_with("serving " + scheme + "://"));
    endpoint_ = line.substr(std::string{"serving "}.size());
}

handoff::Config Served::config() const {
    handoff::Config config;
    config.client.connect = {endpoint_};
    return config;
}

std::unique_ptr<Program> Served::begin(const Words& words, const Program::Streams& streams) const {
    return std::make_unique<Program>(command_of(words), Words{"HANDOFF_MANAGER=" + endpoint_},
                                     streams);
}

Result Served::run(const Words& words) const {
    return result_of(*begin(words));
}

Result Served::run_with_input(const Words& words, const std::string& input) const {
    Pipe pipe;
    const auto program = begin(words, {.input = pipe.reader()});
    pipe.send(input);
    pipe.close_writer();
    return result_of(*program);
}

std::string write_file(const handoff::test::TemporaryFolder& folder, const std::string& name,
                       const std::string& text) {
    const std::filesystem::path path = folder.path() / name;
    std::ofstream{path} << text;
    return path.string();
}
