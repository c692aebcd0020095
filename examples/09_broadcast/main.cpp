// Prices on a market: whoever publishes knows nobody, whoever watches says what of it and what
// becomes of it when it is slow.   broadcast prices COUNT | broadcast watch BEGINNING [RULE]
#include <iostream>
#include <map>
#include <string>

#include "handoff/patterns/broadcast.hpp"

using handoff::patterns::WhenFull;

namespace {

int publish_prices(const handoff::Config& config, int count) {
    handoff::Client client{config};
    handoff::patterns::Publisher<int> prices{client, "prices", {.keep_last = true}};
    for (int n = 1; n <= count; ++n) {
        prices.publish("fruit.pear", n);
        prices.publish_many({{"fruit.fig", 2 * n}, {"fish.cod", 3 * n}});
    }
    prices.publish("end", 0);
    std::cout << "dropped " << prices.dropped() << std::endl;
    return 0;
}

int watch(const handoff::Config& config, const std::string& beginning, const std::string& rule) {
    const std::map<std::string, WhenFull> rules{{"wait", WhenFull::wait},
                                                {"drop_oldest", WhenFull::drop_oldest},
                                                {"drop_newest", WhenFull::drop_newest},
                                                {"disconnect", WhenFull::disconnect}};
    handoff::Client client{config};
    handoff::patterns::Subscriber<int> prices{
        client, "prices", {.capacity = 10, .when_full = rules.at(rule)}};
    prices.subscribe(beginning);
    prices.subscribe("end");
    std::cout << "watching" << std::endl;
    for (auto item = prices.get(); item.topic != "end"; item = prices.get()) {
        std::cout << item.topic << ' ' << item.value << std::endl;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto config = handoff::Config::load(BROADCAST_FOLDER "/handoff.toml");
        const std::string what = argc > 1 ? argv[1] : "watch";
        if (what == "prices") return publish_prices(config, argc > 2 ? std::stoi(argv[2]) : 10);
        return watch(config, argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "wait");
    } catch (const std::exception& error) {
        std::cerr << "broadcast: " << error.what() << '\n';
        return 1;
    }
}
