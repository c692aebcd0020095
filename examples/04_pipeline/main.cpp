// Hashes the files below a folder: names go in, and come out again in the same order with the
// hashes. Reading and hashing are stages of a pipeline, with as many threads as each needs.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "handoff/manager.hpp"
#include "handoff/patterns/pipeline.hpp"

namespace {

struct File {
    std::string name;
    std::string content;
    MSGPACK_DEFINE(name, content)
};

struct Hash {
    std::string name;
    std::uint64_t hash = 0;
    MSGPACK_DEFINE(name, hash)
};

File read_file(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + name);
    return {name, {std::istreambuf_iterator<char>(in), {}}};
}

/// FNV-1a.
Hash hash_of(const File& file) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : file.content) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return {file.name, hash};
}

std::vector<std::string> files_below(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

void tell(const handoff::patterns::PipelineProgress& now) {
    for (const auto& stage : now.stages) {
        std::cerr << (stage.stage.empty() ? "collect" : stage.stage) << ' ' << stage.done << "  ";
    }
    std::cerr << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : PIPELINE_FOLDER;
    const handoff::Manager manager{handoff::Config::load(PIPELINE_FOLDER "/handoff.toml")};
    handoff::Client client{manager};

    auto hashes = handoff::patterns::Pipeline<std::string>(client, "hashes", {.ordered = true})
                      .stage("read", read_file, {.workers = 2, .attempts_max = 1})
                      .stage("hash", hash_of, {.workers = 2});
    auto threads = hashes.start();
    std::jthread feeder{[&] {
        auto source = hashes.source();
        for (const std::string& name : files_below(folder)) source.put(name);
        source.close();
    }};
    hashes.collect(
        [](const Hash& file) { std::cout << std::hex << file.hash << "  " << file.name << '\n'; },
        {.on_progress = tell});

    auto dead = hashes.dead();
    while (auto item = dead.try_get()) std::cout << "not hashed: " << item->reason << '\n';
}
