#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/frame/item.hpp"
#include "bench/frame/options.hpp"
#include "bench/frame/run.hpp"
#include "bench/frame/statistics.hpp"
#include "support/catch.hpp"

// A figure is worth what its verification is worth: each way to be wrong must be an error.

namespace {

using namespace handoff::bench;
using handoff::Scheme;

constexpr std::size_t size = 64;
constexpr std::chrono::seconds limit{20};

std::vector<std::string> items_of(std::uint32_t producer, std::uint64_t count) {
    const Maker maker(producer, size);
    std::vector<std::string> items(count, std::string(size, '\0'));
    for (std::uint64_t i = 0; i < count; ++i) maker.write(items[i].data(), i);
    return items;
}

/// A run whose only role receives these items, of one producer, ten in all.
Contender receives(Scheme transport, const std::vector<std::string>& items) {
    Contender contender;
    contender.name = "contender";
    contender.setting.transport = transport;
    contender.setting.size = size;
    contender.setting.count = 10;
    contender.roles = [items](const Setting&) -> std::vector<Role> {
        return {{"receiver", [items](Board& board) {
                     Tally tally(1, size);
                     board.ready();
                     board.begins();
                     for (const std::string& item : items) tally.take(item);
                     board.arrived(tally, Board::Clock::now());
                     board.wait_for_end();
                 }}};
    };
    return contender;
}

/// What the run is refused for; empty if it is right.
std::string complaint(const Contender& contender, std::chrono::seconds time = limit) {
    try {
        run(contender, time);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Contender plays(std::function<void(Board&)> play) {
    Contender contender = receives(Scheme::ipc, {});
    contender.roles = [play](const Setting&) -> std::vector<Role> { return {{"role", play}}; };
    return contender;
}

}  // namespace

TEST_CASE("a run in which everything arrives in order is right") {
    CHECK(complaint(receives(Scheme::ipc, items_of(0, 10))).empty());
    CHECK(complaint(receives(Scheme::inproc, items_of(0, 10))).empty());
}

TEST_CASE("a run is wrong when an item is missing, double, out of order or damaged") {
    std::vector<std::string> items = items_of(0, 10);
    SECTION("missing") {
        items.erase(items.begin() + 4);
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "9 items arrived, not 10"));
    }
    SECTION("double, instead of another") {
        items[4] = items[3];
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "out of order"));
    }
    SECTION("out of order") {
        std::swap(items[4], items[5]);
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "out of order"));
    }
    SECTION("out of order, where items may change hands") {
        std::swap(items[4], items[5]);
        Contender contender = receives(Scheme::ipc, items);
        contender.gives_back = true;
        CHECK(complaint(contender).empty());
    }
    SECTION("one byte of it another") {
        ++items[4][40];
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "checksum"));
    }
    SECTION("cut short") {
        items[4].pop_back();
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "damaged"));
    }
    SECTION("of nobody") {
        items[4] = items_of(7, 5)[4];
        CHECK(contains(complaint(receives(Scheme::ipc, items)), "damaged"));
    }
}

TEST_CASE("a run ends with the reason when a role throws, dies or does not end") {
    CHECK(contains(complaint(plays([](Board&) { throw std::runtime_error("no luck"); })),
                   "role: no luck"));
    CHECK(contains(complaint(plays([](Board&) { std::_Exit(3); })), "ended early"));
    CHECK(contains(
        complaint(plays([](Board& board) { board.look_up("nobody"); }), std::chrono::seconds{1}),
        "takes too long"));
}

TEST_CASE("items of different producers and numbers differ in their checksums") {
    std::vector<std::uint64_t> sums;
    for (std::uint32_t producer = 0; producer < 4; ++producer) {
        for (const std::string& item : items_of(producer, 50)) sums.push_back(checksum(item));
    }
    std::ranges::sort(sums);
    CHECK(std::ranges::adjacent_find(sums) == sums.end());
}

TEST_CASE("the command line says what to do, or what is wrong with it") {
    const Options options = parse_options(
        {"sync", "--size", "1024", "--transport", "tcp", "--type", "string", "--runs", "7", "fan"});
    CHECK(options.works == std::vector<std::string>{"sync", "fan"});
    CHECK(options.size == 1024);
    CHECK(options.transport == Scheme::tcp);
    CHECK(options.text);
    CHECK(options.runs == 7U);
    CHECK(parse_options({"sync", "--transport", "curve"}).curve);
    CHECK(parse_options({"all"}).works.size() == 15);
    CHECK(parse_options({"--help"}).help);

    const auto wrong = [](const std::vector<std::string>& words) {
        try {
            parse_options(words);
            return std::string();
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
    };
    CHECK(contains(wrong({}), "say which work"));
    CHECK(contains(wrong({"sink"}), "sink"));
    CHECK(contains(wrong({"sync", "--size", "15"}), "from 16"));
    CHECK(contains(wrong({"sync", "--size", "1x"}), "--size 1x"));
    CHECK(contains(wrong({"sync", "--runs"}), "wants a value"));
    CHECK(contains(wrong({"sync", "--engine", "steam"}), "managed direct both"));
    CHECK(contains(wrong({"fan", "--engine", "direct"}), "fan is about a manager"));
    CHECK(contains(wrong({"fan", "--transport", "curve"}), "fan"));
    CHECK(contains(wrong({"sync", "--transport", "curve", "--engine", "direct"}), "no keys"));
}

TEST_CASE("medians and quantiles") {
    CHECK(median({}) == 0);
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({4, 1, 2, 3}) == 2.5);
    std::vector<double> values{5, 1, 4, 2, 3};
    CHECK(quantile(values, 0) == 1);
    CHECK(quantile(values, 0.5) == 3);
    CHECK(quantile(values, 0.99) == 5);
}
