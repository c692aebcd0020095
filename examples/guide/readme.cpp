#include <cstdio>

#include "handoff/handoff.hpp"

struct Job {
    int id = 0;
    std::string url;
    MSGPACK_DEFINE(id, url)
};

int main() {
    const handoff::Config config = handoff::Config::load("farm.toml");
    handoff::Manager manager{config};  // or `handoff serve` in a process of its own
    handoff::Client client{config};
    handoff::Queue<Job> jobs = client.queue<Job>("jobs", {.capacity = 10'000});
    handoff::Queue<int> results = client.queue<int>("results");

    jobs.put({1, "https://example.org"});  // returns when the manager has it
    jobs.close();
    while (handoff::Lease<Job> job = jobs.lease()) {  // ends when closed and drained
        job.ack_and_put(results, job->id * 2);        // both or neither, however we die
    }
    std::printf("%d\n", results.get());
}
