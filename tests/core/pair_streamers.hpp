#pragma once

#include "core/pair_streams.hpp"

// A scene for streams that stand beside each other, and for those who fall silent.

namespace handoff::core::test {

inline Limits hasty() {
    Limits limits = PairWorld::quick_limits();  // heartbeat 100 ms, session 1 s
    limits.hold = Millis{300};
    return limits;
}

inline QueueOptions brief_leases() {
    QueueOptions options;
    options.lease = Millis{3000};
    return options;
}

/// Two who stream, somebody who fills the queue, and leases of three seconds.
struct Streamers {
    explicit Streamers(const QueueOptions& given = brief_leases())
        : options(given),
          bob(world.add_client()),
          eve(world.add_client()),
          ann(world.add_client()) {
        jobs_of_bob = open(bob);
        jobs_of_eve = open(eve);
        jobs_of_ann = open(ann);
    }
    QueueRef open(Peer& peer) {
        const QueueRef queue = peer.client.queue("jobs", options);
        peer.call(Open{"jobs", options, true});
        world.settle();
        return queue;
    }
    void fill(const Texts& items) {
        const CallId put = ann.put(jobs_of_ann, items);
        world.settle();
        REQUIRE(ann.code(put) == errc::ok);
    }
    /// Time passes and the manager sees it; nobody else does.
    void stop_all_but_the_manager(Millis span) {
        for (const Time end = world.clock + span; world.clock < end;) {
            world.clock += Millis{50};
            world.tick_manager();
            for (Peer* peer : {&eve, &ann}) {
                world.tick_client(*peer);
                settle_one(*peer);
            }
        }
    }
    void settle_one(Peer& peer) {
        while (world.arrive_at_manager(peer) || world.arrive_at_client(peer)) {
        }
    }
    QueueStats stats() { return world.stats("jobs"); }

    PairWorld world{hasty()};
    QueueOptions options;
    Peer& bob;
    Peer& eve;
    Peer& ann;
    QueueRef jobs_of_bob = 0, jobs_of_eve = 0, jobs_of_ann = 0;
};

}  // namespace handoff::core::test
