// Workers by the recipe: jobs in, results out, failures tried again.
#include <chrono>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "handoff/handoff.hpp"
#include "handoff/patterns/worker.hpp"

using namespace std::chrono_literals;

struct Page {
    std::string url;
    std::string text;
    MSGPACK_DEFINE(url, text)
};

struct Link {
    std::string from;
    std::string to;
    MSGPACK_DEFINE(from, to)
};

std::vector<Link> links_of(const Page& page) {
    if (page.text.empty()) throw std::runtime_error{page.url + " is empty"};
    std::vector<Link> links;
    std::istringstream words{page.text};
    for (std::string word; words >> word;) {
        if (word.starts_with("/")) links.push_back({page.url, word});
    }
    return links;
}

void work_alone(handoff::Client& client) {
    client.queue<Page>("pages").put({"/", "see /about and /news"});
    client.queue<Page>("pages").close();

    handoff::Queue<Page> pages = client.queue<Page>("pages");
    handoff::Queue<Link> links = client.queue<Link>("links");
    handoff::patterns::run_worker(pages, links, [](const Page& page) -> std::vector<Link> {
        return links_of(page);  // none, one or many; a function that returns a Link hands on one
    });

    while (const auto link = links.try_get()) {
        std::cout << link->from << " links " << link->to << '\n';
    }
}

void work_together(handoff::Client& client) {
    auto pages = client.queue<Page>("more pages", {.deliveries_max = 3});
    auto links = client.queue<Link>("more links");
    std::jthread stoppable[2];
    handoff::patterns::WorkerReport reports[2];
    for (int i = 0; i < 2; ++i) {
        stoppable[i] = std::jthread{[=, &report = reports[i]](std::stop_token stop) {
            const handoff::patterns::WorkerOptions options{.retry_after = 10ms};
            report = handoff::patterns::run_worker(pages, links, links_of, options, stop);
        }};
    }
    for (int i = 0; i < 100; ++i) pages.put({"/" + std::to_string(i), "back to /"});
    pages.put({"/broken", ""});
    pages.close();
    pages.join();  // all are done, or dead
    for (auto& worker : stoppable) worker.join();

    std::cout << reports[0].done + reports[1].done << " done, "
              << reports[0].failed + reports[1].failed << " attempts failed\n";
    std::cout << links.size() << " links\n";
    for (const Page& page : pages.peek(10, handoff::ItemState::dead)) {
        std::cout << page.url << " is dead\n";
    }
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    work_alone(client);
    work_together(client);
}
