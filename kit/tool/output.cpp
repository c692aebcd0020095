#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "handoff/error.hpp"

namespace handoff::tool {
namespace {

[[noreturn]] void fail() {
    throw Error(errc::system,
                std::string("cannot write to standard output: ") + std::strerror(errno));
}

}  // namespace

void print_line(const std::string& line) {
    const bool whole = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
    if (!whole || std::fputc('\n', stdout) == EOF) fail();
}

void flush_output() {
    if (std::fflush(stdout) != 0) fail();
}

}  // namespace handoff::tool
