// An item that is lent: taken back, given back, given up.
#include <chrono>
#include <iostream>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

bool resize(const std::string& image) {
    return image != "broken.png";
}

void borrow(handoff::Queue<std::string> images) {
    images.put("cat.png");
    images.close();
    while (handoff::Lease<std::string> image = images.lease()) {
        std::cout << "resizing " << *image << '\n';
        image.ack();  // done: now it leaves the queue
    }
}

void give_back(handoff::Queue<std::string> images) {
    images.put_many({"cat.png", "dog.png"});
    {
        auto image = images.lease();
        image.release();  // at once, to its old place
    }
    {
        auto image = images.lease();
        std::cout << *image << " for the " << image.deliveries() << "nd time\n";
    }  // destroyed without a word: goes back as well

    auto image = images.lease();
    image.release(500ms);  // not before half a second has passed
    std::cout << "meanwhile " << images.get() << '\n';
    std::cout << "and then " << images.get() << '\n';
}

void be_late(handoff::Queue<std::string> images) {
    images.put("cat.png");
    auto slow = images.lease({.ttl = 10s});
    slow.extend(50ms);           // ends 50 ms from now, whatever was said before
    auto next = images.lease();  // waits for that
    try {
        slow.ack();
    } catch (const handoff::Error& error) {
        std::cout << "too late: " << to_string(error.code()) << '\n';
    }
    std::cout << std::boolalpha << (next.token() > slow.token()) << '\n';
    next.ack();
}

void take_long(handoff::Queue<std::string> images) {
    images.put("cat.png");
    auto image = images.lease({.ttl = 300ms, .renew = true});
    auto other = images.try_lease_for(1s);  // longer than the lease
    std::cout << "still held: " << std::boolalpha << !other << '\n';
    image.ack();
}

void give_up(handoff::Queue<std::string> images) {
    images.put_many({"cat.png", "broken.png"});
    images.close();
    while (auto image = images.lease()) {
        if (resize(*image)) {
            image.ack();
        } else if (image.deliveries() < 3) {
            image.release();
        } else {
            image.bury("no image at all");
        }
    }
    for (const std::string& image : images.peek(10, handoff::ItemState::dead)) {
        std::cout << "dead: " << image << '\n';
    }
    std::cout << images.kick() << " revived\n";  // after a repair, say
}

void collect_the_dead(handoff::Client& client) {
    auto failed = client.queue<std::string>("failed");
    auto images =
        client.queue<std::string>("uploads", {.deliveries_max = 2, .dead_letter = "failed"});
    images.put("broken.png");
    images.lease().release();
    images.lease().release();  // the second delivery was the last
    std::cout << "failed: " << failed.get() << '\n';
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    borrow(client.queue<std::string>("borrowed"));
    give_back(client.queue<std::string>("given back"));
    be_late(client.queue<std::string>("late"));
    take_long(client.queue<std::string>("long"));
    give_up(client.queue<std::string>("given up"));
    collect_the_dead(client);
}
