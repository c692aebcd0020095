// Five shops are asked for a price, and the cheapest of the first three offers is taken. One shop
// is slow, one has sold out; neither holds up the others.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "handoff/manager.hpp"
#include "handoff/patterns/scatter_gather.hpp"

using namespace std::chrono_literals;

namespace {

struct Offer {
    std::string shop;
    int price = 0;
    MSGPACK_DEFINE(shop, price)
};

/// Answers as a shop does, until it is stopped.
void keep_shop(const handoff::Config& config, int number, std::stop_token stop) {
    handoff::Client client{config};
    const auto answer = [&](const std::string& article) -> Offer {
        if (number == 0) throw std::runtime_error("no " + article + " left");
        if (number == 1) {  // looks for it for as long as it may
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any().wait(lock, stop, [] { return false; });
        }
        return {"shop " + std::to_string(number), 100 - number};
    };
    handoff::patterns::answer_as_member<std::string>(client, "shops", answer, stop);
}

}  // namespace

int main() {
    auto config = handoff::Config::load(SCATTER_GATHER_FOLDER "/handoff.toml");
    const handoff::Manager manager{config};
    std::vector<std::jthread> shops;
    for (int i = 0; i < 5; ++i) {
        shops.emplace_back([&, i](std::stop_token stop) { keep_shop(config, i, std::move(stop)); });
    }

    handoff::Client client{config};
    handoff::patterns::ScatterGather<std::string, Offer> all_shops{client, "shops"};
    auto members = client.set<std::string>("shops.mailboxes");
    while (members.size() < shops.size()) members.wait_until_changed(members.version());

    auto gathered = all_shops.ask("kettle", {.quorum = 3, .deadline = 5s});
    const Offer* best = nullptr;
    for (const auto& answer : gathered.answers) {
        if (!answer.value) std::cout << "one shop: " << answer.error << '\n';
        if (answer.value && (!best || answer.value->price < best->price)) best = &*answer.value;
    }
    std::cout << best->shop << " offers a kettle for " << best->price << '\n';
}
