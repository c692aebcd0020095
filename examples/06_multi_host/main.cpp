// Counts primes on several hosts. The manager is `handoff serve` on one of them; any of these may
// run anywhere:   multi_host produce BELOW  |  multi_host work HOST  |  multi_host collect BELOW
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>

#include "handoff/patterns/worker.hpp"

#include "primes.hpp"

namespace {

/// What a client is told that was cut off for longer than its session lives. What it had in hand is
/// somebody else's by then, and it has nothing to do but go on.
bool was_cut_off(const handoff::Error& error) {
    return error.code() == handoff::errc::session_lost ||
           error.code() == handoff::errc::lease_lapsed ||
           error.code() == handoff::errc::outcome_unknown;
}

/// Does it until it is done. A manager that stays away (errc::unreachable) is for others to repair.
template <typename Do>
void persist(Do act) {
    for (;;) {
        try {
            act();
            return;
        } catch (const handoff::Error& error) {
            if (!was_cut_off(error)) throw;
            std::cerr << "multi_host goes on after: " << error.what() << '\n';
        }
    }
}

int produce(handoff::Client& client, long below) {
    auto slices = client.queue<Slice>("slices");
    auto counts = client.queue<Count>("counts");
    persist([&] {  // the keys make them the same slices, however often they are sent
        auto out = slices.producer();  // which does not wait for each: the road may be long
        for (long from = 0; from < below; from += slice_size) {
            const Slice slice{from, std::min(below, from + slice_size)};
            out.send(slice, {.key = std::to_string(from)});
        }
        out.flush();
    });
    persist([&] { slices.close(); });  // workers drain it and end
    persist([&] { slices.join(); });   // every slice is done, so its count is there:
    persist([&] { counts.close(); });  // the collector drains that and ends
    return 0;
}

int work(handoff::Client& client, const std::string& host) {
    auto slices = client.queue<Slice>("slices");
    auto counts = client.queue<Count>("counts");
    persist([&] {
        handoff::patterns::run_worker(slices, counts, [&](const Slice& slice) {
            return Count{slice, primes_in(slice), host};
        });
    });
    return 0;
}

int collect(handoff::Client& client, long below) {
    auto counts = client.queue<Count>("counts");
    Table table;
    for (auto& count : counts.consumer()) {
        table.add(*count);
        count.ack();
    }
    return table.print(below) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string role = argc == 3 ? argv[1] : "";
        handoff::Client client{handoff::Config::load()};
        if (role == "produce") return produce(client, std::stol(argv[2]));
        if (role == "work") return work(client, argv[2]);
        if (role == "collect") return collect(client, std::stol(argv[2]));
        std::cerr << "usage: multi_host produce BELOW | work HOST | collect BELOW\n";
    } catch (const std::exception& error) {
        std::cerr << "multi_host: " << error.what() << '\n';
    }
    return 1;
}
