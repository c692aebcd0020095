#include "core/slice.hpp"

#include <memory>
#include <string>

#include "support/catch.hpp"

using handoff::core::Slice;

namespace {

/// A slice of all of `text`.
Slice whole(const std::shared_ptr<const std::string>& text) {
    return {text, text->size(), *text};
}

}  // namespace

TEST_CASE("a slice keeps its bytes alive when everybody else has let go") {
    auto text = std::make_shared<const std::string>(1000, 'x');
    const std::weak_ptr<const std::string> watch = text;
    Slice slice = whole(text);
    text.reset();
    CHECK_FALSE(watch.expired());
    CHECK(slice.view() == std::string(1000, 'x'));
    slice = {};
    CHECK(watch.expired());
}

TEST_CASE("a copied slice has bytes of its own") {
    std::string text = "hello";
    const Slice copy = Slice::copy(text);
    text = "HELLO";
    CHECK(copy.view() == "hello");
    CHECK(copy.owner_bytes() == 5);
}

TEST_CASE("a slice of nothing owns nothing") {
    const Slice copy = Slice::copy("");
    CHECK(copy.empty());
    CHECK(copy.owner() == nullptr);
    CHECK(copy.owner_bytes() == 0);
}

TEST_CASE("a part of a slice shares its owner") {
    const Slice slice = Slice::copy("0123456789");
    const Slice part = slice.part(2, 3);
    CHECK(part.view() == "234");
    CHECK(part.owner() == slice.owner());
    CHECK(part.owner_bytes() == 10);
    CHECK(slice.part(7).view() == "789");
    CHECK(slice.part(7, 100).view() == "789");
    CHECK(slice.part(10).empty());
}

TEST_CASE("slices are equal when their bytes are") {
    CHECK(Slice::copy("abc") == Slice::copy("xabc").part(1));
    CHECK_FALSE(Slice::copy("abc") == Slice::copy("abd"));
    CHECK(Slice{} == Slice::copy("abc").part(3));
}

TEST_CASE("compacting copies a slice that keeps more than four times its size alive") {
    const Slice block = whole(std::make_shared<const std::string>(4000, 'x'));
    const Slice quarter = block.part(3000, 1000).compact();
    CHECK(quarter.owner() == block.owner());
    const Slice less = block.part(3001, 999).compact();
    CHECK(less.owner() != block.owner());
    CHECK(less.owner_bytes() == 999);
    CHECK(less.view() == std::string(999, 'x'));
}

TEST_CASE("compacting nothing lets go of the owner") {
    const Slice block = Slice::copy("0123456789");
    CHECK(block.part(10).compact().owner() == nullptr);
}
