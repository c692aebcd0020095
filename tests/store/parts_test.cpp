#include <memory>
#include <string>

#include "store/crc32c.hpp"
#include "store/layout.hpp"
#include "store/marks.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::store;

TEST_CASE("the check sum is CRC-32C") {
    CHECK(crc32c("") == 0);
    CHECK(crc32c("123456789") == 0xe3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
    CHECK(crc32c("56789", crc32c("1234")) == 0xe3069283);
}

TEST_CASE("a row is read as it was written") {
    core::ItemsIn first;
    first.items.id = 7;
    first.items.count = 2;
    first.items.deliveries = 3;
    first.items.priority = -5;
    first.items.put_at = core::Time{12};
    first.items.expires_at = core::never;
    first.items.bytes = core::Slice::copy("two items");
    core::ItemsIn second = first;
    second.items.id = 9;
    second.items.count = 1;
    second.dead = true;
    second.due = core::Time{99};
    core::Notes notes;
    notes.key = "key";
    notes.reason = "reason";
    notes.headers = core::Slice::copy("headers");
    notes.trace = core::Slice::copy("trace");
    second.items.notes = std::make_shared<const core::Notes>(notes);

    const auto bytes = std::make_shared<const std::string>(row_bytes({first, second}));
    const auto parts = parts_of(4, 7, bytes, *bytes);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].queue == 4);
    CHECK(parts[0].items.id == 7);
    CHECK(parts[0].items.count == 2);
    CHECK(parts[0].items.deliveries == 3);
    CHECK(parts[0].items.priority == -5);
    CHECK(parts[0].items.put_at == core::Time{12});
    CHECK(parts[0].items.expires_at == core::never);
    CHECK(parts[0].items.bytes.view() == "two items");
    CHECK_FALSE(parts[0].dead);
    CHECK_FALSE(parts[0].items.notes);
    CHECK(parts[1].items.id == 9);
    CHECK(parts[1].dead);
    CHECK(parts[1].due == core::Time{99});
    REQUIRE(parts[1].items.notes);
    CHECK(parts[1].items.notes->key == "key");
    CHECK(parts[1].items.notes->reason == "reason");
    CHECK(parts[1].items.notes->headers.view() == "headers");
    CHECK(parts[1].items.notes->trace.view() == "trace");

    CHECK_THROWS_AS(parts_of(4, 7, bytes, std::string_view(*bytes).substr(0, bytes->size() - 1)),
                    Error);
}

TEST_CASE("facts of one session lie together, in the order of their numbers") {
    CHECK(key_of(Kind::answer, 1, 2) < key_of(Kind::answer, 1, 256));
    CHECK(key_of(Kind::answer, 1, ~0ull) < key_of(Kind::answer, 2, 0));
    CHECK(key_of(Kind::puts, 1, 2) < key_of(Kind::answer, 1, 1));
}

TEST_CASE("marks tell which items are done") {
    Marks marks(20);
    CHECK(marks.set_done(3, 4) == 4);
    CHECK(marks.set_done(5, 4) == 2);
    CHECK(marks.next(0, 20, true) == 3);
    CHECK(marks.next(3, 20, false) == 9);
    CHECK(marks.next(9, 20, true) == 20);
    const Marks again = Marks::from(20, marks.value());
    CHECK(again.value() == marks.value());
    CHECK_THROWS_AS(Marks::from(100, marks.value()), Error);
}

TEST_CASE("what is said last of an item that came back counts") {
    Marks marks(20);
    marks.set_back({0, 10, 1, {}});
    marks.set_back({4, 2, 2, core::Time{5}});
    marks.set_back({8, 6, 3, {}});
    std::string text;
    for (const Marks::Back& back : marks.backs()) {
        text += std::to_string(back.offset) + "+" + std::to_string(back.count) + ":" +
                std::to_string(back.deliveries) + " ";
    }
    CHECK(text == "0+4:1 4+2:2 6+2:1 8+6:3 ");
    CHECK(Marks::from(20, marks.value()).value() == marks.value());
}
