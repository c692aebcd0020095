#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/frame/stopwatch.hpp"
#include "bench/managed/contenders.hpp"
#include "bench/managed/in_threads.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/batch.hpp"
#include "handoff/client.hpp"
#include "handoff/dict.hpp"
#include "handoff/lock.hpp"
#include "handoff/value.hpp"

// Shared objects: one operation after the other, by one thread or by several of one client.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

/// Of different keys, so that a dictionary neither grows nor stays small.
constexpr std::uint64_t keys = 1000;

/// What one thread does again and again, and what must be so when all are done.
struct Task {
    std::function<void()> step;
    std::function<void()> check = [] {};
};
using MakeTask = Task (*)(Client&, const Setting&, unsigned thread);

void demand(bool is_so, const char* what) {
    if (!is_so) throw std::runtime_error(what);
}

/// Each thread has a lock of its own: what is measured is not how they wait for each other.
Task lock_task(Client& client, const Setting&, unsigned thread) {
    return {
        [lock = client.lock("bench." + std::to_string(thread)), last = std::uint64_t{0}]() mutable {
            lock.lock();
            demand(lock.token() > last, "a token is not greater than the one before it");
            last = lock.token();
            lock.unlock();
        }};
}

/// The same by a guard, which does not wait for the answer to its unlock.
Task guard_task(Client& client, const Setting&, unsigned thread) {
    return {
        [lock = client.lock("bench." + std::to_string(thread)), last = std::uint64_t{0}]() mutable {
            const Lock::Guard guard(lock);
            demand(lock.token() > last, "a token is not greater than the one before it");
            last = lock.token();
        }};
}

/// All add to one value.
Task add_task(Client& client, const Setting& setting, unsigned) {
    auto value = client.value<std::int64_t>("bench");
    const std::uint64_t all = setting.share() * setting.producers;
    return {[value]() mutable { value.add(1); },
            [value, all] {
                demand(static_cast<std::uint64_t>(value.get()) == all, "an addition is lost");
            }};
}

/// So many calls in one message, each with a sum of its own.
Task add_batch_task(Client& client, const Setting& setting, unsigned) {
    auto value = client.value<std::int64_t>("bench");
    const std::uint64_t all = setting.share() * setting.producers;
    return {[value, batch = client.batch(), sums = std::vector<Batched<std::int64_t>>(),
             many = setting.many]() mutable {
                sums.clear();
                for (unsigned i = 0; i < many; ++i) sums.push_back(batch.add(value.later().add(1)));
                batch.run();
                for (std::size_t i = 1; i < sums.size(); ++i) {
                    demand(sums[i].get() == sums[i - 1].get() + 1, "the sums are out of order");
                }
            },
            [value, all] {
                demand(static_cast<std::uint64_t>(value.get()) == all, "an addition is lost");
            }};
}

using Table = Dict<std::uint64_t, std::string>;

/// Each thread has keys of its own.
Task dict_task(Client& client, const Setting& setting, unsigned thread) {
    return {[dict = client.dict<std::uint64_t, std::string>("bench"),
             items = Items<std::string>(thread, setting.size, 1), first = thread * keys,
             number = std::uint64_t{0}]() mutable {
        const std::string& item = items.next();
        const std::uint64_t key = first + number++ % keys;
        dict.put(key, item);
        demand(dict.get(key) == item, "what was put is not what is got");
    }};
}

/// So many entries at a time.
Task dict_batch_task(Client& client, const Setting& setting, unsigned thread) {
    std::vector<std::uint64_t> names;
    std::vector<Table::Entry> entries;
    for (std::uint64_t i = 0; i < setting.many; ++i) {
        names.push_back(thread * keys + i);
        entries.emplace_back(names.back(), std::string());
    }
    return {[dict = client.dict<std::uint64_t, std::string>("bench"), names, entries,
             items = Items<std::string>(thread, setting.size, 1)]() mutable {
        for (Table::Entry& entry : entries) entry.second = items.next();
        dict.put_many(entries);
        const auto got = dict.get_many(names);
        for (std::size_t i = 0; i < got.size(); ++i) {
            demand(got[i] == entries[i].second, "what was put is not what is got");
        }
    }};
}

/// Single puts and gets, so many of both in one message.
Task dict_calls_task(Client& client, const Setting& setting, unsigned thread) {
    return {[dict = client.dict<std::uint64_t, std::string>("bench"), batch = client.batch(),
             items = Items<std::string>(thread, setting.size, 1), many = setting.many]() mutable {
        std::vector<std::string> put;
        std::vector<Batched<std::optional<std::string>>> got;
        for (std::uint64_t key = 0; key < many; ++key) {
            put.push_back(items.next());
            batch.add(dict.later().put(key, put.back()));
            got.push_back(batch.add(dict.later().get(key)));
        }
        batch.run();
        for (std::size_t i = 0; i < put.size(); ++i) {
            demand(got[i].get() == put[i], "what was put is not what is got");
        }
    }};
}

/// One thread by itself, each step timed.
void play_alone(const Setting& setting, Board& board, const Task& task, std::uint64_t steps) {
    Stopwatch watch(steps);
    for (std::uint64_t i = 0; i < steps; ++i) {
        watch.start();
        task.step();
        watch.stop();
    }
    task.check();
    watch.tell(board, Tally(1, setting.size));
}

void play(const Setting& setting, Board& board, MakeTask make) {
    Client client(client_config(board));
    std::vector<Task> tasks;
    for (unsigned id = 0; id < setting.producers; ++id) {
        tasks.push_back(make(client, setting, id));
    }
    const std::uint64_t steps = setting.share() / setting.many;
    board.ready();
    board.begins();
    if (tasks.size() == 1) {
        play_alone(setting, board, tasks.front(), steps);
    } else {
        in_threads(setting.producers, board, [&](unsigned id) {
            for (std::uint64_t i = 0; i < steps; ++i) tasks[id].step();
        });
        const Clock::time_point last = Clock::now();
        tasks.front().check();
        board.arrived(Tally(1, setting.size), last);
    }
    board.wait_for_end();
}

std::vector<Role> one_client(const Setting& setting, MakeTask make) {
    return {manager_role(setting), {"client", [=](Board& board) { play(setting, board, make); }}};
}

}  // namespace

std::vector<Role> object_lock(const Setting& setting) {
    return one_client(setting, lock_task);
}
std::vector<Role> object_guard(const Setting& setting) {
    return one_client(setting, guard_task);
}

std::vector<Role> object_add(const Setting& setting) {
    return one_client(setting, setting.many > 1 ? add_batch_task : add_task);
}

std::vector<Role> object_dict(const Setting& setting) {
    return one_client(setting, setting.many > 1 ? dict_batch_task : dict_task);
}

std::vector<Role> object_dict_calls(const Setting& setting) {
    return one_client(setting, dict_calls_task);
}

}  // namespace handoff::bench
