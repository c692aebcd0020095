#include "bench/frame/run.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

#include "handoff/process.hpp"

namespace handoff::bench {

std::atomic<bool> interrupted = false;

namespace {

struct Destroy {
    void operator()(Board* board) const noexcept { board->destroy(); }
};

void play(const Role& role, Board& board) {
    try {
        role.play(board);
    } catch (const std::exception& error) {
        board.fail(role.name + ": " + error.what());
    }
}

void play_all(const std::vector<Role>& roles, Board& board) {
    std::vector<std::jthread> servers;
    std::vector<std::jthread> others;
    for (const Role& role : roles) {
        (role.serves ? servers : others).emplace_back([&] { play(role, board); });
    }
    others.clear();  // which waits for them
    board.leave_servers_alone();
}

/// The processes of one run. What is left of them is killed with it.
class Cast {
public:
    Cast(const Contender& contender, Board& board) {
        const std::vector<Role> roles = contender.roles(contender.setting);
        roles_ = static_cast<unsigned>(roles.size());
        if (contender.setting.transport == Scheme::inproc) {
            add(others_, "threads", [roles, &board] { play_all(roles, board); });
            return;
        }
        for (const Role& role : roles) {
            add(role.serves ? servers_ : others_, role.name, [role, &board] { play(role, board); });
        }
    }

    [[nodiscard]] unsigned roles() const noexcept { return roles_; }

    /// A process that is gone before the end cannot say why itself.
    void look() const {
        if (interrupted) throw std::runtime_error("interrupted");
        for (const Processes* processes : {&servers_, &others_}) {
            for (const auto& [name, process] : *processes) {
                if (process->is_alive()) continue;
                throw std::runtime_error("the process of " + name + " has ended early");
            }
        }
    }

    void leave(Board& board) {
        join(others_);
        board.leave_servers_alone();
        join(servers_);
    }

private:
    using Processes = std::vector<std::pair<std::string, std::unique_ptr<Process>>>;

    static void add(Processes& processes, const std::string& name, std::function<void()> work) {
        processes.emplace_back(
            name, std::make_unique<Process>(std::move(work),
                                            ProcessOptions{.die_with_parent = true, .name = name}));
        processes.back().second->start();
    }

    static void join(const Processes& processes) {
        for (const auto& [name, process] : processes) {
            if (process->join(std::chrono::seconds{10})) continue;
            throw std::runtime_error("the process of " + name + " does not end");
        }
    }

    unsigned roles_ = 0;
    Processes servers_;
    Processes others_;
};

void verify(const Contender& contender, const Outcome& outcome) {
    if (outcome.seconds <= 0) throw std::runtime_error("it ended before it began");
    if (contender.checked_itself) return;
    const Setting& setting = contender.setting;
    const std::uint64_t each = setting.already / setting.producers + setting.share();
    const std::uint64_t expected = each * setting.producers;
    if (outcome.count != expected) {
        throw std::runtime_error(std::to_string(outcome.count) + " items arrived, not " +
                                 std::to_string(expected));
    }
    if (outcome.damaged != 0) {
        throw std::runtime_error(std::to_string(outcome.damaged) + " items arrived damaged");
    }
    if (outcome.disordered != 0 && !contender.gives_back) {
        throw std::runtime_error(std::to_string(outcome.disordered) +
                                 " items arrived out of order");
    }
    std::uint64_t sum = 0;
    for (std::uint32_t producer = 0; producer < setting.producers; ++producer) {
        sum += sum_of({producer, 0, each}, setting.size);
    }
    if (sum != outcome.sum) throw std::runtime_error("the checksum is wrong");
}

}  // namespace

std::string Setting::address(const std::string& socket) const {
    switch (transport) {
        case Scheme::inproc: return "inproc://" + name + "-" + socket;
        case Scheme::ipc: return "ipc://" + folder + "/" + name + "-" + socket;
        default: return "tcp://127.0.0.1:*";
    }
}

Outcome run(const Contender& contender, std::chrono::seconds limit) {
    const std::unique_ptr<Board, Destroy> board(Board::make(limit));
    try {
        Cast cast(contender, *board);
        const auto look = [&] { cast.look(); };
        board->wait_until_ready(cast.roles(), look);
        board->go();
        board->wait_until_arrived(contender.arrivals, look);
        board->end();
        cast.leave(*board);
        if (const std::string why = board->failure(); !why.empty()) throw std::runtime_error(why);
    } catch (const std::exception& error) {
        // A role that failed ends its process: what it has written down says more than that.
        const std::string why = board->failure();
        throw std::runtime_error(contender.name + ": " + (why.empty() ? error.what() : why));
    }
    const Outcome outcome = board->outcome();
    try {
        verify(contender, outcome);
    } catch (const std::runtime_error& wrong) {
        throw std::runtime_error(contender.name + ": " + wrong.what());
    }
    return outcome;
}

}  // namespace handoff::bench
