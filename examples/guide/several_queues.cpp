// Taking from whichever of several queues has something.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

void take_the_urgent_first(handoff::Queue<std::string> urgent, handoff::Queue<std::string> normal) {
    normal.put_many({"tidy up", "sweep"});
    urgent.put("put out the fire");
    for (int i = 0; i < 3; ++i) {
        const handoff::Taken<std::string> job = handoff::get_any(urgent, normal);
        std::cout << (job.index == 0 ? "urgent: " : "normal: ") << job.item << '\n';
    }
}

void take_in_turn(handoff::Queue<std::string> first, handoff::Queue<std::string> second) {
    first.put_many({"a1", "a2", "a3"});
    second.put_many({"b1", "b2", "b3"});
    handoff::AnyOf<std::string> tenants{{first, second}, handoff::Pick::fair};
    while (const auto job = tenants.try_get()) std::cout << job->item << ' ';
    std::cout << '\n';
}

void work_until_all_are_closed(handoff::Queue<std::string> urgent,
                               handoff::Queue<std::string> normal) {
    std::jthread worker{[=] {
        handoff::AnyOf<std::string> jobs{{urgent, normal}, handoff::Pick::in_order};
        int done = 0;
        while (auto job = jobs.lease()) {
            job.ack();
            ++done;
        }
        std::cout << "worked on " << done << '\n';
    }};
    urgent.put("first");
    urgent.close();  // the worker goes on with the other one
    normal.put_many({"second", "third"});
    normal.close();  // now it ends
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    take_the_urgent_first(client.queue<std::string>("urgent"), client.queue<std::string>("normal"));
    take_in_turn(client.queue<std::string>("tenant a"), client.queue<std::string>("tenant b"));
    work_until_all_are_closed(client.queue<std::string>("more urgent"),
                              client.queue<std::string>("more normal"));
}
