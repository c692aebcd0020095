// What goes wrong with Python's managers while all processes live, and must not here;
// docs/objects/python.md has the whole table.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stop_token>
#include <string>
#include <vector>

#include "handoff/dict.hpp"
#include "handoff/event.hpp"
#include "handoff/value.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::gets_wait;
using handoff::test::time_of;
using handoff::test::World;

namespace {

/// A peer that connects to the manager and says nothing.
class SilentPeer {
public:
    explicit SilentPeer(const std::string& endpoint) {
        if (endpoint.starts_with("ipc://")) {
            sockaddr_un to{};
            to.sun_family = AF_UNIX;
            std::strncpy(to.sun_path, endpoint.c_str() + 6, sizeof to.sun_path - 1);
            socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
            connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        } else {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            const auto port = std::stoul(endpoint.substr(endpoint.find_last_of(':') + 1));
            to.sin_port = htons(static_cast<std::uint16_t>(port));
            socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
            connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        }
    }
    ~SilentPeer() { ::close(socket_); }
    SilentPeer(const SilentPeer&) = delete;
    SilentPeer& operator=(const SilentPeer&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }

private:
    int socket_ = -1;
    bool connected_ = false;
};

}  // namespace

TEST_CASE("a stopped call leaves the answers of later ones where they belong", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto count = world.client().value<int>("count");
    auto never = world.client().event("never");
    for (int i = 1; i <= 20; ++i) {
        Background get{[&](std::stop_token stop) { return queue.get(stop); }};
        Background wait{[&](std::stop_token stop) {
            never.wait(stop);
            return 0;
        }};
        REQUIRE(gets_wait(queue, 1));
        get.stop();
        wait.stop();
        CHECK(count.add() == i);
        CHECK(get.code() == errc::cancelled);
        CHECK(wait.code() == errc::cancelled);
        queue.put(i);
        CHECK(queue.size() == 1);
        CHECK(count.get() == i);
        CHECK(queue.get() == i);
    }
}

TEST_CASE("peers that connect and say nothing keep nobody waiting", "[python]") {
    World world;
    const std::string& endpoint = world.endpoint();
    if (endpoint.starts_with("inproc:") || endpoint.starts_with("ws:")) {
        HANDOFF_SKIP("there are no such peers over inproc, and one scheme of TCP is enough");
    }
    std::vector<std::unique_ptr<SilentPeer>> peers;
    for (int i = 0; i < 20; ++i) {
        peers.push_back(std::make_unique<SilentPeer>(endpoint));
        REQUIRE(peers.back()->connected());
    }
    const auto client = world.another_client();
    auto count = client->value<int>("count");
    CHECK(time_of([&] { return count.add(); }) < handoff::test::patience);
    CHECK(count.get() == 1);
}
