#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "handoff/client.hpp"

namespace handoff::tool {
namespace {

nlohmann::json json_of(const QueueStats& queue) {
    const QueueOptions& options = queue.options;
    return {{"name", queue.name},
            {"closed", queue.closed},
            {"ready", queue.ready},
            {"leased", queue.leased},
            {"delayed", queue.delayed},
            {"dead", queue.dead},
            {"bytes", queue.bytes},
            {"waiting_gets", queue.waiting_gets},
            {"waiting_puts", queue.waiting_puts},
            {"puts", queue.puts},
            {"deliveries", queue.deliveries},
            {"redeliveries", queue.redeliveries},
            {"acks", queue.acks},
            {"releases", queue.releases},
            {"lapses", queue.lapses},
            {"buried", queue.buried},
            {"expired", queue.expired},
            {"purged", queue.purged},
            {"dead_lettered", queue.dead_lettered},
            {"duplicates", queue.duplicates},
            {"capacity", options.capacity.value_or(0)},
            {"capacity_bytes", options.capacity_bytes.value_or(0)},
            {"lease_ms", options.lease.value_or(std::chrono::milliseconds{0}).count()},
            {"deliveries_max", options.deliveries_max.value_or(0)},
            {"dead_letter", options.dead_letter.value_or("")},
            {"key_window_ms", options.key_window.value_or(std::chrono::milliseconds{0}).count()},
            {"keys_max", options.keys_max.value_or(0)}};
}

nlohmann::json json_of(const ManagerStats& manager) {
    nlohmann::json json = {
        {"manager", manager.manager},          {"epoch", manager.epoch},
        {"sessions", manager.sessions},        {"sessions_lost", manager.sessions_lost},
        {"requests", manager.requests},        {"frames_dropped", manager.frames_dropped},
        {"uptime_ms", manager.uptime.count()}, {"requests_refused", manager.requests_refused},
        {"queues", nlohmann::json::array()}};
    for (const QueueStats& queue : manager.queues) json["queues"].push_back(json_of(queue));
    return json;
}

unsigned long long wide(std::uint64_t number) {
    return number;
}

void print_table(const ManagerStats& manager) {
    std::size_t width = 5;
    for (const QueueStats& queue : manager.queues) width = std::max(width, queue.name.size());
    const int name = static_cast<int>(width);
    std::printf("%-*s %10s %8s %8s %6s %12s %12s %6s %6s\n", name, "queue", "ready", "leased",
                "delayed", "dead", "puts", "acks", "gets*", "puts*");
    for (const QueueStats& queue : manager.queues) {
        std::printf("%-*s %10llu %8llu %8llu %6llu %12llu %12llu %6llu %6llu%s\n", name,
                    queue.name.c_str(), wide(queue.ready), wide(queue.leased), wide(queue.delayed),
                    wide(queue.dead), wide(queue.puts), wide(queue.acks), wide(queue.waiting_gets),
                    wide(queue.waiting_puts), queue.closed ? "  closed" : "");
    }
    std::printf("* calls that wait now; %llu sessions, up %llds\n", wide(manager.sessions),
                static_cast<long long>(manager.uptime.count() / 1000));
}

/// Opens the queue and does one thing with it.
template <typename Use>
auto with_queue(const Setup& setup, const std::string& name, Use&& use) {
    Client client(setup.config, setup.log);
    Queue<Bytes> queue = client.queue<Bytes>(name);
    return use(queue);
}

}  // namespace

int stats(const Setup& setup, const std::optional<std::string>& queue, bool json) {
    Client client(setup.config, setup.log);
    ManagerStats manager = client.stats();
    if (queue) {
        std::erase_if(manager.queues, [&](const QueueStats& one) { return one.name != *queue; });
        if (manager.queues.empty()) {
            throw Error(errc::stale_reference, "there is no queue \"" + *queue + "\"");
        }
    }
    if (json) {
        std::printf("%s\n", json_of(manager).dump(2).c_str());
    } else {
        print_table(manager);
    }
    return exit_done;
}

int purge(const Setup& setup, const std::string& name) {
    const std::uint64_t gone =
        with_queue(setup, name, [](Queue<Bytes>& queue) { return queue.purge(); });
    std::printf("%llu\n", wide(gone));
    return exit_done;
}

int kick(const Setup& setup, const std::string& name, std::uint64_t count) {
    const std::uint64_t kicked =
        with_queue(setup, name, [&](Queue<Bytes>& queue) { return queue.kick(count); });
    std::printf("%llu\n", wide(kicked));
    return exit_done;
}

int close(const Setup& setup, const std::string& name, bool now) {
    with_queue(setup, name, [&](Queue<Bytes>& queue) { now ? queue.close_now() : queue.close(); });
    return exit_done;
}

int join(const Setup& setup, const std::string& name,
         const std::optional<std::chrono::milliseconds>& timeout, std::stop_token stop) {
    return with_queue(setup, name, [&](Queue<Bytes>& queue) {
        if (!timeout) {
            queue.join(stop);
            return exit_done;
        }
        return queue.try_join_for(*timeout, stop) ? exit_done : exit_nothing;
    });
}

int destroy(const Setup& setup, const std::string& name) {
    Client(setup.config, setup.log).destroy_queue(name);
    return exit_done;
}

}  // namespace handoff::tool
