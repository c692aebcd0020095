#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "hostile/peer.hpp"
#include "hostile/siege.hpp"
#include "support/world.hpp"

// A manager that has no descriptors left. libzmq accepts whoever comes, and tries again without a
// pause when it cannot (docs/libzmq.md, "Connections").

using namespace handoff;
using namespace handoff::hostile;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mebibyte = 1u << 20;

void allow(pid_t process, rlim_t descriptors) {
    rlimit limit{};
    REQUIRE(::prlimit(process, RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = descriptors;
    REQUIRE(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

/// The first that it does not have.
rlim_t first_free_descriptor(pid_t process) {
    const std::filesystem::path folder = "/proc/" + std::to_string(process) + "/fd";
    rlim_t free = 0;
    while (std::filesystem::is_symlink(folder / std::to_string(free))) ++free;
    return free;
}

/// Connects so often, and keeps what is not refused at once.
std::vector<Peer> crowd(const Siege& siege, int size) {
    std::vector<Peer> all;
    for (int number = 0; number < size; ++number) {
        all.emplace_back(siege.endpoint());
        all.back().send(Peer::greeting() + Peer::ready());
    }
    return all;
}

}  // namespace

TEST_CASE("more connections than descriptors neither stop a manager nor make it spin") {
    take_all_descriptors();
    Siege siege;
    allow(siege.manager(), 80);
    std::vector<Peer> all;
    siege.attack("too many connections", 64 * mebibyte, [&] { all = crowd(siege, 400); });
    CHECK(siege.comes_to_rest());
}

TEST_CASE("a manager whose descriptors are taken away goes on, and recovers") {
    take_all_descriptors();
    Siege siege;
    siege.attack("descriptors taken away", 64 * mebibyte, [&] {
        std::vector<Peer> all = crowd(siege, 30);
        allow(siege.manager(), 30);
        for (Peer& late : crowd(siege, 50)) static_cast<void>(late.is_ended(0ms));
        allow(siege.manager(), 1024);
    });
}

TEST_CASE("a manager whose program has used up all descriptors does not spin") {
    take_all_descriptors();
    Siege siege;
    allow(siege.manager(), first_free_descriptor(siege.manager()));
    const std::vector<Peer> all = crowd(siege, 10);
    CHECK(siege.comes_to_rest());
    allow(siege.manager(), 1024);
    siege.attack("after it has descriptors again", 64 * mebibyte, [] {});
}
