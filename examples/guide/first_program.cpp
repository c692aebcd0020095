// A manager, a client and a queue, all in one process.
#include <iostream>
#include <optional>
#include <string>

#include "handoff/handoff.hpp"

struct Page {
    std::string url;
    int depth = 0;
    MSGPACK_DEFINE(url, depth)
};

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};  // owns the queues
    handoff::Client client{config};    // goes where they are

    handoff::Queue<Page> pages = client.queue<Page>("pages");
    pages.put({"https://example.org/", 0});
    pages.put({"https://example.org/about", 1});
    std::cout << pages.size() << " pages wait\n";

    while (std::optional<Page> page = pages.try_get()) {
        std::cout << page->url << " at depth " << page->depth << '\n';
    }
}
