#include "store/store.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <utility>

#include "handoff/error.hpp"
#include "store/disk.hpp"
#include "support/catch.hpp"
#include "support/known.hpp"

using namespace handoff;
using namespace handoff::store;
using namespace handoff::store::test;
using namespace handoff::test;

namespace {

/// A store on a disk of its own, and what it should know.
struct TestStore {
    StoreSettings settings() {
        StoreSettings settings;
        settings.path = "store";
        settings.vfs = disk.name();
        settings.free_bytes = [] { return std::uint64_t{1} << 40; };
        return settings;
    }
    Store& open() {
        store.reset();
        store = std::make_unique<Store>(settings());
        return *store;
    }
    void commit(std::vector<core::Change> list) {
        core::Changes turn = turn_of(std::move(list));
        known.apply(turn);
        store->commit({std::move(turn)});
    }
    Known reopened() { return known_of(open().take_recovered()); }

    Disk disk;
    std::unique_ptr<Store> store;
    Known known;
};

}  // namespace

TEST_CASE("a new store knows nothing, and each opening is a new epoch") {
    TestStore test;
    const core::Recovered first = test.open().take_recovered();
    CHECK(first.epoch == 1);
    CHECK(known_of(first) == Known{});
    CHECK(test.open().take_recovered().epoch == 2);
}

TEST_CASE("what was committed is there when the store is opened again") {
    TestStore test;
    test.open();
    test.commit({queue_made(3), items_in(3, 1, {"a", "b", "c"})});
    test.commit({items_in(3, 4, {"d"}), core::ItemsOut{3, {2, 3}}});
    CHECK(test.known.queues.at(3).items.size() == 2);
    CHECK(test.reopened() == test.known);
}

TEST_CASE("items that come and go between two commits leave nothing but their ids") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), items_in(1, 1, {"a", "b"}), core::ItemsOut{1, {1, 2}}});
    CHECK(test.known.queues.at(1).next == 3);
    CHECK(test.reopened() == test.known);
}

TEST_CASE("ids are never used again, also when all items are gone") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), items_in(1, 1, {"a", "b"})});
    test.commit({core::ItemsOut{1, {1, 2}}});
    CHECK(test.reopened().queues.at(1).next == 3);
}

TEST_CASE("an item that came back keeps its deliveries and its delay") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), items_in(1, 1, {"a", "b", "c"})});
    test.commit({core::ItemsBack{1, {2, 3}, 4, core::Time{77}}, core::ItemsOut{1, {3, 3}}});
    const Known known = test.reopened();
    CHECK(known == test.known);
    CHECK(known.queues.at(1).items.at(2).deliveries == 4);
    CHECK(known.queues.at(1).items.at(2).due == core::Time{77});
}

TEST_CASE("an item that died does not keep its neighbours' row") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), items_in(1, 1, payloads(1, 100, 3000))});
    core::ItemsIn dead = items_in(1, 50, payloads(50, 1, 3000));
    dead.dead = true;
    test.commit({core::ItemsOut{1, {50, 50}}, dead});
    test.commit({core::ItemsOut{1, {1, 49}}, core::ItemsOut{1, {51, 100}}});
    CHECK(test.reopened() == test.known);
    core::ItemsIn alive = items_in(1, 50, payloads(50, 1, 3000));
    test.commit({core::ItemsOut{1, {50, 50}}, alive});
    CHECK(test.reopened() == test.known);
    test.commit({core::ItemsOut{1, {50, 50}}});
    CHECK(test.reopened().queues.at(1).items.empty());
}

TEST_CASE("a queue that was destroyed is gone with all it had") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), items_in(1, 1, {"a"}), core::KeySeen{1, "k", core::Time{5}}});
    test.commit({queue_made(2), core::QueueGone{1}});
    CHECK(test.reopened() == test.known);
    CHECK(test.known.queues.size() == 1);
}

TEST_CASE("sessions, their puts and their answers are remembered as long as they last") {
    TestStore test;
    test.open();
    test.commit({queue_made(1), core::SessionBegun{5, {1, 2, 3}, "ann"},
                 core::SessionBegun{6, {4}, "bob"},
                 core::PutsSeen{5, 1, 3, 9, {{{4, 5}, errc::full}}, {{7, 8}}},
                 core::Answered{5, 11, core::Done{3}},
                 core::Answered{5, 12, core::Settled{{{1, 2}}, Durability::fsync}},
                 core::Answered{6, 11, core::Done{1}}});
    CHECK(test.reopened() == test.known);
    test.commit({core::AnswersOver{5, 12}, core::SessionOver{6}});
    CHECK(test.reopened() == test.known);
    CHECK(test.known.sessions.at(5).answers.size() == 1);
}

TEST_CASE("numbers that may have been given are not given again") {
    TestStore test;
    test.open();
    test.commit({core::Reserved{1000, 77}});
    const core::Recovered recovered = test.open().take_recovered();
    CHECK(recovered.reserved.tokens_below == 1000);
    CHECK(recovered.reserved.handles_below == 77);
}

TEST_CASE("all kinds of changes by chance are there after each opening") {
    TestStore test;
    test.open();
    Workload workload(GENERATE(1u, 2u, 3u));
    for (int turn = 1; turn <= 300; ++turn) {
        test.store->commit({workload.next()});
        if (turn % 20 == 0) REQUIRE(test.reopened() == workload.known());
    }
}

TEST_CASE("turns that were committed together are there together") {
    TestStore test;
    test.open();
    Workload workload(7);
    for (int group = 0; group < 30; ++group) {
        std::vector<core::Changes> turns;
        for (int i = 0; i < 20; ++i) turns.push_back(workload.next());
        test.store->commit(turns);
    }
    CHECK(test.reopened() == workload.known());
}

TEST_CASE("the file is as large as what lives in it") {
    TestStore test;
    test.open();
    test.commit({queue_made(1)});
    std::uint64_t next = 1;
    std::uint64_t most = 0;
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t first = next;
        for (int i = 0; i < 8; ++i, next += 100) {
            test.store->commit({turn_of({items_in(1, next, payloads(next, 100, 1000))})});
        }
        test.store->commit({turn_of({core::ItemsOut{1, {first, next - 1}}})});
        most = std::max(most, test.disk.used());
    }
    // 48 MB went through, and never more than 800 kB were there at a time.
    CHECK(most < 40u << 20);
    test.store.reset();
    CHECK(test.disk.used() < 4u << 20);
}

TEST_CASE("what the file system has left, less the reserve, is room for items") {
    TestStore test;
    StoreSettings settings = test.settings();
    std::uint64_t free = 100;
    settings.reserve_bytes = 64;
    settings.free_bytes = [&] { return free; };
    const Store store(settings);
    CHECK(store.room() == 36);
    free = 10;
    CHECK(store.room() == 0);
}
