#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "handoff/error.hpp"
#include "store/disk.hpp"
#include "store/files.hpp"
#include "store/store.hpp"
#include "support/catch.hpp"
#include "support/known.hpp"

using namespace handoff;
using namespace handoff::store;
using namespace handoff::store::test;
using namespace handoff::test;

namespace {

StoreSettings settings_on(const Disk& disk) {
    StoreSettings settings;
    settings.path = "store";
    settings.vfs = disk.name();
    return settings;
}

/// A store in a new directory of the system's.
struct RealStore {
    RealStore() {
        std::string name =
            (std::filesystem::temp_directory_path() / "handoff-store-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        directory = name;
        settings.path = name + "/store";
    }
    ~RealStore() { std::filesystem::remove_all(directory); }
    RealStore(const RealStore&) = delete;
    RealStore& operator=(const RealStore&) = delete;

    std::filesystem::path directory;
    StoreSettings settings;
};

template <class Action>
errc code_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return errc::ok;
}

}  // namespace

TEST_CASE("a commit that finds no room is undone as a whole, and acknowledgements commit later") {
    Disk disk;
    Workload workload(4);
    auto store = std::make_unique<Store>(settings_on(disk));
    core::Changes first = turn_of({queue_made(1), items_in(1, 1, payloads(1, 50, 1000))});
    Known known;
    known.apply(first);
    store->commit({first});
    disk.limit(disk.used() + 400'000);
    const core::Changes large = turn_of({items_in(1, 51, payloads(51, 1000, 1000))});
    CHECK(code_of([&] { store->commit({large}); }) == errc::store_full);

    // In place: the same file, opened anew.
    store.reset();
    store = std::make_unique<Store>(settings_on(disk));
    CHECK(known_of(store->take_recovered()) == known);
    core::Changes acks = turn_of({core::ItemsOut{1, {1, 30}}});
    known.apply(acks);
    store->commit({acks});
    store.reset();
    CHECK(known_of(Store(settings_on(disk)).take_recovered()) == known);
}

TEST_CASE("a sync that failed is final for its files") {
    Disk disk;
    auto store = std::make_unique<Store>(settings_on(disk));
    store->commit({turn_of({queue_made(1)})});
    disk.fail_syncs();
    CHECK(code_of([&] { store->commit({turn_of({items_in(1, 1, {"a"})})}); }) ==
          errc::store_failed);
    store.reset();
    disk.repair_syncs();
    CHECK(code_of([&] { const Store again(settings_on(disk)); }) == errc::store_failed);
    CHECK_FALSE(Store::check(settings_on(disk)).empty());
}

TEST_CASE("a store is opened once at a time, also within one process") {
    const RealStore real;
    auto store = std::make_unique<Store>(real.settings);
    CHECK(code_of([&] { const Store second(real.settings); }) == errc::store_in_use);
    CHECK(code_of([&] { static_cast<void>(Store::check(real.settings)); }) == errc::store_in_use);
    store.reset();
    CHECK(code_of([&] { const Store second(real.settings); }) == errc::ok);
}

TEST_CASE("what is no store is refused and left alone") {
    const RealStore real;
    {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
            std::fopen(real.settings.path.c_str(), "w"), std::fclose);
        REQUIRE(file != nullptr);
        std::fputs("This is somebody's letter, and no database at all.\n", file.get());
    }
    CHECK(code_of([&] { const Store store(real.settings); }) == errc::store_failed);
    CHECK(std::filesystem::file_size(real.settings.path) == 51);
}

TEST_CASE("compaction keeps what lives and heals a failed sync") {
    const RealStore real;
    Workload workload(9);
    {
        Store store(real.settings);
        for (int turn = 0; turn < 200; ++turn) store.commit({workload.next()});
    }
    CHECK(Store::check(real.settings).empty());
    const std::string note = real.settings.path + "-failed";
    REQUIRE(make_note("", note));
    CHECK(code_of([&] { const Store store(real.settings); }) == errc::store_failed);
    Store::compact(real.settings);
    CHECK_FALSE(std::filesystem::exists(note));
    CHECK(Store::check(real.settings).empty());
    CHECK(known_of(Store(real.settings).take_recovered()) == workload.known());
    CHECK_FALSE(std::filesystem::exists(real.settings.path + "-new"));
}

TEST_CASE("a compaction that was interrupted is ended by whoever opens the store next") {
    const RealStore real;
    Known known;
    {
        Store store(real.settings);
        core::Changes turn = turn_of({queue_made(1), items_in(1, 1, {"a"})});
        known.apply(turn);
        store.commit({std::move(turn)});
    }
    // The new file is whole and noted, the old one still in its place.
    std::filesystem::copy_file(real.settings.path, real.settings.path + "-new");
    {
        Store store(real.settings);
        store.commit({turn_of({core::ItemsOut{1, {1, 1}}})});
    }
    REQUIRE(make_note("", real.settings.path + "-replace"));
    CHECK(known_of(Store(real.settings).take_recovered()) == known);
    CHECK_FALSE(std::filesystem::exists(real.settings.path + "-replace"));
}
