#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

namespace {

struct ListWorld : ObjectWorld {
    explicit ListWorld(const Texts& contents = {}, const ObjectOptions& options = {})
        : ObjectWorld(ObjectKind::list, options) {
        if (!contents.empty()) call(ann, Method::append, {}, texts(contents));
    }
    Texts all() { return call(ann, Method::page).texts(); }
};

ObjectOptions with_length(std::uint64_t length) {
    ObjectOptions options;
    options.count = length;
    return options;
}

}  // namespace

TEST_CASE("a list grows at its end, and anywhere") {
    ListWorld world({"a", "b"});
    CHECK(world.call(ann, Method::append, {}, texts({"c", "d"})).numbers() == Numbers{2, 4});
    CHECK(world.call(ann, Method::insert, {0}, texts({"0"})).numbers() == Numbers{3, 5});
    CHECK(world.call(ann, Method::insert, {-1}, texts({"x", "y"})).numbers() == Numbers{4, 7});
    CHECK(world.call(ann, Method::insert, {7}, texts({"e"})).numbers() == Numbers{5, 8});
    CHECK(world.all() == Texts{"0", "a", "b", "c", "x", "y", "d", "e"});
    CHECK(world.call(ann, Method::insert, {9}, texts({"z"})).code() == errc::out_of_range);
}

TEST_CASE("values of a list are read by index, from either end, and in slices") {
    ListWorld world({"a", "b", "c", "d"});
    CHECK(world.call(bob, Method::get).texts() == Texts{"a"});
    CHECK(world.call(bob, Method::get, {-1}).texts() == Texts{"d"});
    const Called slice = world.call(bob, Method::get, {1, 3});
    CHECK(slice.numbers() == Numbers{1, 4});
    CHECK(slice.texts() == Texts{"b", "c", "d"});
    CHECK(world.call(bob, Method::get, {4}).code() == errc::out_of_range);
    CHECK(world.call(bob, Method::get, {-5}).code() == errc::out_of_range);
    CHECK(world.call(bob, Method::get, {2, 3}).code() == errc::out_of_range);
    CHECK(world.call(bob, Method::get, {0, 0}).code() == errc::invalid_argument);
}

TEST_CASE("values of a list are overwritten, exchanged, added to") {
    ListWorld world({"a", "b", "c"});
    CHECK(world.call(ann, Method::put, {1}, texts({"x", "y"})).numbers() == Numbers{2});
    CHECK(world.call(ann, Method::put, {2}, texts({"x", "y"})).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::exchange, {0}, texts({"q"})).texts() == Texts{"a"});
    CHECK(world.all() == Texts{"q", "x", "y"});
    CHECK(world.call(ann, Method::add, {0}).code() == errc::wrong_type);
    world.call(ann, Method::put, {0}, {number(5)});
    CHECK(world.call(ann, Method::add, {0, 7}).numbers() == Numbers{12, 5});
    const Called refused = world.call(ann, Method::compare_exchange, {1}, texts({"y", "z"}));
    CHECK(refused.numbers() == Numbers{0, 5});
    CHECK(refused.texts() == Texts{"x"});
    CHECK(world.call(ann, Method::compare_exchange, {1}, texts({"x", "z"})).at(0) == 1);
}

TEST_CASE("values leave a list by index, by value, or all") {
    ListWorld world({"a", "b", "c", "b", "d"});
    CHECK(world.call(ann, Method::take).texts() == Texts{"d"});
    CHECK(world.call(ann, Method::take, {0}).texts() == Texts{"a"});
    CHECK(world.call(ann, Method::erase_value, {}, texts({"b"})).numbers() == Numbers{4, 1});
    CHECK(world.call(ann, Method::erase_value, {}, texts({"x"})).numbers() == Numbers{4, 0});
    CHECK(world.all() == Texts{"c", "b"});
    CHECK(world.call(ann, Method::erase, {0, 3}).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::erase, {0, 2}).numbers() == Numbers{5, 2});
    CHECK(world.call(ann, Method::take).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{5, 0});
    CHECK(world.call(ann, Method::size).numbers() == Numbers{0, 5, 0});
}

TEST_CASE("values are found and counted by their bytes") {
    ListWorld world({"a", "b", "a"});
    CHECK(world.call(ann, Method::find, {}, texts({"a"})).numbers() == Numbers{0});
    CHECK(world.call(ann, Method::find, {1}, texts({"a"})).numbers() == Numbers{2});
    CHECK(world.call(ann, Method::find, {3}, texts({"a"})).numbers() == Numbers{-1});
    CHECK(world.call(ann, Method::count, {}, texts({"a"})).numbers() == Numbers{2});
    CHECK(world.call(ann, Method::count, {}, texts({"x"})).numbers() == Numbers{0});
}

TEST_CASE("a list is turned round, or replaced if nothing came between") {
    ListWorld world({"a", "b", "c"});
    world.call(ann, Method::reverse);
    CHECK(world.all() == Texts{"c", "b", "a"});
    CHECK(world.call(ann, Method::replace, {1}, texts({"x"})).numbers() == Numbers{0, 2});
    CHECK(world.call(ann, Method::replace, {2}, texts({"x", "y"})).numbers() == Numbers{1, 3});
    CHECK(world.all() == Texts{"x", "y"});
    CHECK(world.call(ann, Method::fill, {}, texts({"x"})).code() == errc::unsupported);
}

TEST_CASE("a list has an end, in values and in bytes") {
    ObjectOptions options;
    options.entries_max = 3;
    options.bytes_max = 40;
    ListWorld world({"a", "b"}, options);
    CHECK(world.call(ann, Method::append, {}, texts({"c", "d"})).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::append, {}, texts({std::string(50, 'x')})).code() ==
          errc::limit_exceeded);
    CHECK(world.call(ann, Method::put, {0}, texts({std::string(50, 'x')})).code() ==
          errc::limit_exceeded);
    CHECK(world.all() == Texts{"a", "b"});
    CHECK(world.call(ann, Method::size).at(2) == 8);
}

TEST_CASE("a snapshot of a list is in pages, whatever becomes of the list") {
    ListWorld world({"a", "b", "c"});
    world.page_bytes = 8;
    const Called page = world.call(bob, Method::page);
    CHECK(page.texts() == Texts{"a", "b"});
    world.call(ann, Method::clear);
    const Called rest = world.call(bob, Method::page, {page.at(0), page.at(2)});
    CHECK(rest.texts() == Texts{"c"});
    CHECK(rest.at(2) == 0);
    CHECK(world.all().empty());
}

TEST_CASE("who waits for a change of a list hears of it") {
    ListWorld world({"a"});
    const Called watch = world.call(bob, Method::changed, {1});
    world.call(ann, Method::get);
    CHECK(watch.waits());
    world.call(ann, Method::append, {}, texts({"b"}));
    CHECK(watch.numbers() == Numbers{2});
}

TEST_CASE("an array keeps its length") {
    ObjectWorld world(ObjectKind::array, with_length(3));
    CHECK(world.call(ann, Method::get, {0, 3}).texts() == Texts{"nil", "nil", "nil"});
    world.call(ann, Method::fill, {}, {number(1)});
    world.call(ann, Method::put, {-1}, {number(5)});
    CHECK(world.call(ann, Method::add, {2}).numbers() == Numbers{6, 3});
    CHECK(world.call(ann, Method::page).texts() == Texts{"1", "1", "6"});
    for (const Method method : {Method::append, Method::insert, Method::erase, Method::take,
                                Method::erase_value, Method::clear}) {
        CHECK(world.call(ann, method, {0}, {number(1)}).code() == errc::unsupported);
    }
    CHECK(world.call(ann, Method::replace, {3}, {number(1)}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::size).numbers() == Numbers{3, 3, 9});
}
