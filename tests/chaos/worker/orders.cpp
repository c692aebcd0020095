#include "chaos/worker/orders.hpp"

#include <cstring>
#include <stdexcept>

namespace chaos {

using handoff::errc;
using namespace std::chrono_literals;

std::vector<std::string> Orders::words() const {
    return {"@" + std::to_string(static_cast<int>(role)),
            history.string(),
            endpoint,
            queue,
            std::to_string(durability),
            std::to_string(mode),
            std::to_string(number),
            data,
            std::to_string(data_reserve)};
}

Orders Orders::read(const std::vector<std::string>& words) {
    if (words.size() != 9) throw std::runtime_error{"a process of chaos got no proper orders"};
    Orders orders;
    orders.role = static_cast<Role>(std::stoi(words[0].substr(1)));
    orders.history = words[1];
    orders.endpoint = words[2];
    orders.queue = words[3];
    orders.durability = static_cast<std::uint8_t>(std::stoi(words[4]));
    orders.mode = static_cast<std::uint8_t>(std::stoi(words[5]));
    orders.number = static_cast<std::uint32_t>(std::stoul(words[6]));
    orders.data = words[7];
    orders.data_reserve = std::stoull(words[8]);
    return orders;
}

handoff::Config Orders::config() const {
    handoff::Config config;
    config.manager.listen = {endpoint};
    if (role == Role::manager) config.manager.listen.push_back("tcp://127.0.0.1:*");
    config.manager.session_limit = 3s;
    config.manager.data = data;
    if (data_reserve > 0) config.manager.data_reserve = data_reserve;
    config.client.connect = {endpoint};
    config.client.unreachable_after = 5s;
    config.client.reconnect_max = 200ms;
    config.client.linger = 2s;
    return config;
}

handoff::QueueOptions Orders::queue_options() const {
    return {.capacity = 20'000,
            .lease = 20s,
            .deliveries_max = 1'000'000,
            .durability = static_cast<handoff::Durability>(durability)};
}

handoff::Bytes item_of(ItemName name) {
    handoff::Bytes item(item_bytes);
    std::memcpy(item.data(), &name.producer, sizeof name.producer);
    std::memcpy(item.data() + sizeof name.producer, &name.number, sizeof name.number);
    return item;
}

ItemName name_of(const handoff::Bytes& item) {
    ItemName name;
    if (item.size() != item_bytes) return {~0u, 0};
    std::memcpy(&name.producer, item.data(), sizeof name.producer);
    std::memcpy(&name.number, item.data() + sizeof name.producer, sizeof name.number);
    return name;
}

bool is_bad_day(errc code) {
    switch (code) {
        case errc::unreachable:
        case errc::outcome_unknown:
        case errc::session_lost:
        case errc::manager_restarted:
        case errc::lease_lapsed:
        case errc::store_full:
        case errc::store_failed:  // while its disk is full to the last byte
        case errc::cancelled: return true;
        default: return false;
    }
}

bool open_queue(const Orders& orders, const History& history, handoff::Client& client,
                handoff::Queue<handoff::Bytes>& queue) {
    while (history.header().told_to_end.load() == 0) {
        try {
            const InCall call{history};
            queue = client.queue<handoff::Bytes>(orders.queue, orders.queue_options());
            return true;
        } catch (const handoff::Error& error) {
            if (!is_bad_day(error.code())) throw;
        }
    }
    return false;
}

}  // namespace chaos
