// The game of 01_ping_pong while further readers of its queue "puts" are killed with items in hand.
// Every round must complete, and none may wait longer than the manager needs to notice a death.
//
//   ping_pong_under_kills TRANSPORT

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
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
constexpr auto victims_life = 80ms;
constexpr std::uint64_t redeliveries_min = 50;
constexpr auto session_limit = 300ms;
constexpr auto wait_max = session_limit + 1s;

struct Game {
    int rounds = 0;
    int killed = 0;
    Clock::duration longest{};
};

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error{"this does not hold: " + what};
}

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

/// The killers, and how many victims they were asked for and have killed.
class Gang {
public:
    Gang() {
        for (int i = 0; i < victims_at_once; ++i)
            killers_.emplace_back(orders_, kills_, "puts", victims_life);
        for (Killer& killer : killers_) killer.start();
    }

    /// Spreads the victims over the rounds, a few at once.
    void order(const std::string& endpoint, int round) {
        for (; kills_.has_message(); ++killed_) static_cast<void>(kills_.receive());
        for (const Killer& killer : killers_) require(killer.is_alive(), "victims can be killed");
        const bool due = round * victims_wanted >= ordered_ * rounds_min;
        if (!due || ordered_ != killed_) return;
        const int last = std::min(ordered_ + victims_at_once, victims_wanted);
        for (; ordered_ < last; ++ordered_) orders_.send(endpoint);
    }

    [[nodiscard]] int killed() const { return killed_; }

    void end() {
        for (std::size_t i = 0; i < killers_.size(); ++i) orders_.send(Killer::go_home);
        for (Killer& killer : killers_) killer.join();
    }

private:
    Pipe orders_{200};  // longer than any address
    Pipe kills_{8};
    std::list<Killer> killers_;
    int ordered_ = 0;
    int killed_ = 0;
};

Game play(OutMe& out, QMe& in, Gang& gang, const std::string& endpoint) {
    Game game;
    while (game.rounds < rounds_min || game.killed < victims_wanted) {
        gang.order(endpoint, game.rounds);
        const auto begin = Clock::now();
        out.do_put("Put");
        if (in.rec() != "Received") throw std::runtime_error{"that is not an answer"};
        game.longest = std::max(game.longest, Clock::now() - begin);
        game.killed = gang.killed();
        ++game.rounds;
    }
    gang.end();
    return game;
}

void run(const std::string& transport) {
    Gang gang;
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
    const Game game = play(out, in, gang, manager.endpoints().back());
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
