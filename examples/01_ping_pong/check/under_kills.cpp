// The game of 01_ping_pong while further readers of its queue "puts" are killed with items in hand.
// Every round must complete, and none may wait longer than the manager needs to notice a death.
//
//   ping_pong_under_kills TRANSPORT

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <future>
#include <iostream>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include "ping_pong.hpp"
#include "victim.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int rounds_min = 1000;
constexpr int victims_wanted = 200;
constexpr int victims_at_once = 3;
constexpr int rounds_between = rounds_min / (victims_wanted / victims_at_once);
constexpr std::uint64_t redeliveries_min = 50;
constexpr auto victim_life = 50ms;
constexpr auto session_limit = 300ms;
constexpr auto wait_max = session_limit + 1s;

struct Game {
    int rounds = 0;
    int killed = 0;
    Clock::duration longest{};
};

/// A folder for sockets, removed at the end.
class Room {
public:
    Room() {
        std::string name = (std::filesystem::temp_directory_path() / "ping_pong-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no folder " + name};
        path_ = name;
    }
    ~Room() { std::filesystem::remove_all(path_); }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    [[nodiscard]] std::string socket() const { return "ipc://" + (path_ / "socket").string(); }

private:
    std::filesystem::path path_;
};

/// Victims are processes, so the last address is one that processes can reach.
std::vector<std::string> addresses(const std::string& transport, const Room& room) {
    if (transport == "inproc") return {"inproc://ping_pong", room.socket()};
    if (transport == "ipc") return {room.socket()};
    if (transport == "tcp" || transport == "ws") return {transport + "://127.0.0.1:*"};
    throw std::runtime_error{"usage: ping_pong_under_kills inproc|ipc|tcp|ws"};
}

/// A victim from its beginning to its end.
void kill_one(const std::string& endpoint) {
    Victim victim{endpoint, "puts"};
    victim.start();
    victim.wait_until_it_waits();
    victim.kill_after(victim_life);
}

using Kills = std::list<std::future<void>>;

Kills kill_some(const std::string& endpoint) {
    Kills kills;
    for (int i = 0; i < victims_at_once; ++i) {
        kills.push_back(std::async(std::launch::async, kill_one, endpoint));
    }
    return kills;
}

/// Takes the finished ones from the list and returns how many they were.
int finished(Kills& kills) {
    const auto before = kills.size();
    kills.remove_if([](std::future<void>& kill) {
        if (kill.wait_for(0s) != std::future_status::ready) return false;
        kill.get();
        return true;
    });
    return static_cast<int>(before - kills.size());
}

Game play(OutMe& out, QMe& in, const std::string& endpoint) {
    Game game;
    Kills kills;
    int kills_from = 0;  // the round from which on the next are to be killed
    while (game.rounds < rounds_min || game.killed < victims_wanted) {
        game.killed += finished(kills);
        if (kills.empty() && game.killed < victims_wanted && game.rounds >= kills_from) {
            kills = kill_some(endpoint);
            kills_from = game.rounds + rounds_between;
        }
        const auto begin = Clock::now();
        out.do_put("Put");
        if (in.rec() != "Received") throw std::runtime_error{"that is not an answer"};
        game.longest = std::max(game.longest, Clock::now() - begin);
        ++game.rounds;
    }
    return game;
}

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error{"this does not hold: " + what};
}

void run(const std::string& transport) {
    const Room room;
    handoff::Config config;
    config.manager.listen = addresses(transport, room);
    config.manager.session_limit = session_limit;
    const handoff::Manager manager{config};
    handoff::Client client{manager};
    const Messages puts = client.queue<std::string>("puts");
    const Messages answers = client.queue<std::string>("answers");

    OutMe out{puts};
    QMe in{answers};
    MProc child{puts, answers};
    child.begin(handoff::Endpoint::parse(manager.endpoints().front()).scheme);
    const Game game = play(out, in, manager.endpoints().back());
    out.do_put("End");
    require(child.end() == 0, "the child ends well");

    const handoff::QueueStats stats = puts.stats();
    const auto longest = std::chrono::ceil<std::chrono::milliseconds>(game.longest);
    std::cout << transport << ": " << game.rounds << " rounds, " << game.killed
              << " victims killed, " << stats.redeliveries << " redeliveries, longest wait "
              << longest.count() << " ms\n";
    const auto rounds = static_cast<std::uint64_t>(game.rounds);
    require(longest <= wait_max, "no round waits longer than the session limit and a second");
    require(stats.redeliveries >= redeliveries_min, "the victims had items in hand");
    require(stats.puts == rounds + 1 && stats.unfinished() + stats.dead == 0, "all was received");
    require(answers.stats().puts == rounds, "each was answered once");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc > 1 ? argv[1] : "");
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "ping_pong_under_kills: " << error.what() << '\n';
        return 1;
    }
}
