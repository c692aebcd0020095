#include "core/extent.hpp"

#include <memory>
#include <string>

#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

Extent extent_of(const Texts& payloads) {
    Extent extent;
    extent.id = 10;
    extent.count = static_cast<std::uint32_t>(payloads.size());
    extent.bytes = run_of(payloads).bytes;
    return extent;
}

}  // namespace

TEST_CASE("an extent is cut between two of its items") {
    Extent extent = extent_of({"a", "bb", "ccc"});
    extent.deliveries = 2;
    extent.priority = -3;
    const Extent front = extent.split_front(2);
    CHECK(front.id == 10);
    CHECK(front.count == 2);
    CHECK(payloads_of(front.bytes.view()) == Texts{"a", "bb"});
    CHECK(extent.id == 12);
    CHECK(extent.count == 1);
    CHECK(payloads_of(extent.bytes.view()) == Texts{"ccc"});
    for (const Extent& part : {front, extent}) {
        CHECK(part.deliveries == 2);
        CHECK(part.priority == -3);
    }
}

TEST_CASE("what remains of an extent keeps at most four times its size alive") {
    Extent extent = extent_of(Texts(100, std::string(98, 'x')));
    while (extent.count > 1) {
        extent.split_front(1);
        REQUIRE(extent.bytes.owner_bytes() <= 4 * extent.bytes.size());
        REQUIRE(payloads_of(extent.bytes.view()) == Texts(extent.count, std::string(98, 'x')));
    }
}

TEST_CASE("an extent weighs its bytes, and key, headers and trace for each item") {
    Extent extent = extent_of({"a", "bb", "ccc"});
    CHECK(extent.weight() == 12);
    CHECK(extent.weight(0) == 0);
    CHECK(extent.weight(2) == 7);
    Notes notes;
    notes.key = "key";
    notes.reason = "a reason weighs nothing";
    notes.headers = Slice::copy("12345");
    notes.trace = Slice::copy("67");
    extent.notes = std::make_shared<const Notes>(notes);
    CHECK(extent.weight() == 42);
    CHECK(extent.weight(2) == 27);
}

TEST_CASE("as many items of an extent are counted as are light enough") {
    Extent extent = extent_of({"a", "bb", "ccc"});
    CHECK(extent.items_within(9, 12) == 3);
    CHECK(extent.items_within(9, 11) == 2);
    CHECK(extent.items_within(9, 2) == 0);
    CHECK(extent.items_within(1, handoff::unlimited) == 1);
    CHECK(extent.items_within(0, handoff::unlimited) == 0);
    Notes notes;
    notes.headers = Slice::copy("1234567");
    extent.notes = std::make_shared<const Notes>(notes);
    CHECK(extent.items_within(9, 20) == 1);
    CHECK(extent.items_within(9, 21) == 2);
    CHECK(extent.items_within(9, 33) == 3);
}
