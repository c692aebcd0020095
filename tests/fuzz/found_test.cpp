#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/targets/targets.hpp"
#include "support/catch.hpp"

// What fuzzing once found, and what it begins with, without a fuzzer: in every build, by every
// compiler. Should a promise be broken the program ends, and says which.

using namespace handoff::fuzz;

namespace {

std::filesystem::path found(const Target& target) {
    return std::filesystem::path(HANDOFF_SOURCE_DIR) / "tests" / "fuzz" / "found" / target.name;
}

}  // namespace

TEST_CASE("what fuzzing found stays repaired") {
    for (const Target& target : targets()) {
        if (!std::filesystem::exists(found(target))) continue;
        for (const auto& entry : std::filesystem::directory_iterator(found(target))) {
            INFO(entry.path());
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string input{std::istreambuf_iterator<char>(file), {}};
            CHECK_FALSE(input.empty());
            target.run(input);
        }
    }
}

TEST_CASE("what fuzzing begins with keeps every promise") {
    for (const Target& target : targets()) {
        INFO(target.name);
        target.run("");
        const std::vector<std::string> seeds = target.seeds();
        CHECK_FALSE(seeds.empty());
        for (const std::string& seed : seeds) {
            target.run(seed);
            for (std::size_t cut = 1; cut < std::min<std::size_t>(seed.size(), 60); ++cut) {
                target.run(std::string_view(seed).substr(cut));
                target.run(std::string_view(seed).substr(0, seed.size() - cut));
            }
        }
    }
}

TEST_CASE("found cases belong to a target") {
    const auto folder = std::filesystem::path(HANDOFF_SOURCE_DIR) / "tests" / "fuzz" / "found";
    if (!std::filesystem::exists(folder)) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_directory()) CHECK(find_target(entry.path().filename().string()) != nullptr);
    }
}
