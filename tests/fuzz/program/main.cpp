// The fuzzer: libFuzzer's main, and one of our targets.
//
//   fuzz --target=NAME [libFuzzer's options] [corpus]...
//   fuzz --targets                  their names
//   fuzz --target=NAME --seeds=DIR  writes what to begin with, a file each

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fuzz/targets/targets.hpp"

namespace {

using namespace handoff::fuzz;

const Target* target = nullptr;

/// What follows `name` among the arguments; null if it is not among them.
const char* option(int argc, char** argv, std::string_view name) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with(name)) return argv[i] + name.size();
    }
    return nullptr;
}

[[noreturn]] void list_targets(int status) {
    for (const Target& each : targets()) {
        std::printf("%-10.*s %.*s\n", static_cast<int>(each.name.size()), each.name.data(),
                    static_cast<int>(each.what.size()), each.what.data());
    }
    std::exit(status);
}

[[noreturn]] void write_seeds(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const std::string& seed : target->seeds()) {
        std::ofstream file(folder / ("seed_" + std::to_string(++number)), std::ios::binary);
        file << seed;
        if (!file) std::exit(EXIT_FAILURE);
    }
    std::exit(EXIT_SUCCESS);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    if (option(*argc, *argv, "--targets") != nullptr) list_targets(EXIT_SUCCESS);
    const char* name = option(*argc, *argv, "--target=");
    target = name == nullptr ? nullptr : find_target(name);
    if (target == nullptr) {
        std::fputs("say --target=NAME, with one of these:\n", stderr);
        list_targets(EXIT_FAILURE);
    }
    if (const char* folder = option(*argc, *argv, "--seeds=")) write_seeds(folder);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    target->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
