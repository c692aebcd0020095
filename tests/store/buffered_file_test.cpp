#include "store/buffered_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

#include "store/disk.hpp"
#include "support/catch.hpp"

using namespace handoff::store;
using namespace handoff::store::test;

namespace {

constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;

/// A file on a disk of its own.
struct Opened {
    explicit Opened(bool grows_ahead = false) : file(grows_ahead) {
        REQUIRE(file.open(sqlite3_vfs_find(disk.name().c_str()), "log", flags, nullptr) ==
                SQLITE_OK);
    }
    int write(const std::string& bytes, std::int64_t at) {
        return file.write(bytes.data(), bytes.size(), at);
    }
    std::string read(std::size_t count, std::int64_t at) {
        std::string bytes(count, '?');
        return file.read(bytes.data(), count, at) == SQLITE_OK ? bytes : "";
    }
    std::int64_t size() {
        std::int64_t size = -1;
        CHECK(file.size(size) == SQLITE_OK);
        return size;
    }

    Disk disk;
    BufferedFile file;
};

}  // namespace

TEST_CASE("neighbours are written together, and read before they are") {
    Opened opened;
    for (int i = 0; i < 100; ++i) CHECK(opened.write("0123456789", i * 10) == SQLITE_OK);
    CHECK(opened.disk.operations() == 0);
    CHECK(opened.read(4, 998) == "");  // beyond its end
    CHECK(opened.disk.operations() == 1);
    CHECK(opened.read(10, 15) == "5678901234");
    CHECK(opened.size() == 1000);
}

TEST_CASE("whoever syncs a file is told of a write that found no room") {
    Opened opened;
    opened.disk.limit(100);
    CHECK(opened.write(std::string(200, 'x'), 0) == SQLITE_OK);
    CHECK(opened.file.sync(SQLITE_SYNC_NORMAL) == SQLITE_FULL);
    CHECK(opened.write(std::string(50, 'x'), 0) == SQLITE_OK);
    CHECK(opened.file.sync(SQLITE_SYNC_NORMAL) == SQLITE_OK);
}

TEST_CASE("a file that grows ahead has zeros behind what was written, as far as there is room") {
    Opened opened(true);
    CHECK(opened.write("abc", 0) == SQLITE_OK);
    CHECK(opened.file.sync(SQLITE_SYNC_NORMAL) == SQLITE_OK);
    const std::int64_t size = opened.size();
    CHECK(size > 3);
    CHECK(opened.read(5, 0) == std::string("abc\0\0", 5));
    CHECK(opened.write("def", 3) == SQLITE_OK);
    CHECK(opened.size() == size);
    opened.disk.limit(opened.disk.used() + 10);
    CHECK(opened.write("ghi", size) == SQLITE_OK);
    CHECK(opened.file.sync(SQLITE_SYNC_NORMAL) == SQLITE_OK);
    CHECK(opened.size() == size + 3);
}

TEST_CASE("a buffered file has what a plain one would have, whatever is done to it") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Opened opened;
        std::mt19937 random(seed);
        std::string plain;
        std::size_t next = 0;  // mostly things are done in a row
        for (int step = 0; step < 2000; ++step) {
            const std::size_t at = random() % 4 != 0 ? next : random() % (plain.size() + 1);
            const std::size_t count = 1 + random() % (step % 50 == 0 ? 200'000 : 5000);
            next = at + count;
            const auto place = static_cast<std::int64_t>(at);
            switch (random() % 8) {
                case 0: CHECK(opened.file.sync(SQLITE_SYNC_NORMAL) == SQLITE_OK); break;
                case 1:
                    if (random() % 20 != 0) break;
                    plain.resize(std::min(plain.size(), at));
                    CHECK(opened.file.truncate(static_cast<std::int64_t>(plain.size())) ==
                          SQLITE_OK);
                    break;
                case 2:
                case 3:
                case 4:
                    if (at > plain.size() || plain.size() > 1'000'000) break;
                    plain.resize(std::max(plain.size(), at + count));
                    for (std::size_t i = at; i < at + count; ++i) {
                        plain[i] = static_cast<char>(random());
                    }
                    CHECK(opened.write(plain.substr(at, count), place) == SQLITE_OK);
                    break;
                default:
                    if (at + count > plain.size()) next = 0;
                    if (at + count > plain.size()) break;
                    REQUIRE((opened.read(count, place) == plain.substr(at, count)));
            }
        }
        CHECK(opened.size() == static_cast<std::int64_t>(plain.size()));
    }
}
