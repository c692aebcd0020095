#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/targets/dice.hpp"
#include "fuzz/targets/targets.hpp"
#include "store/layout.hpp"
#include "store/log_check.hpp"
#include "store/marks.hpp"

namespace handoff::fuzz {
namespace {

/// Throws nothing but errc::store_failed.
template <typename Read>
void reads_or_says_so(Read read) {
    try {
        read();
    } catch (const Error& error) {
        require(error.code() == errc::store_failed, "what is damaged is store_failed");
    }
}

}  // namespace

// ------------------------------------------------------------------ rows

void fuzz_row(std::string_view bytes) {
    Dice dice(bytes);
    const std::uint32_t items = dice.roll(5000);
    const std::string_view rest = dice.take(bytes.size());
    reads_or_says_so([&] {
        const auto owner = std::make_shared<const std::string>(rest);
        const std::vector<core::ItemsIn> parts = store::parts_of(1, 1, owner, *owner);
        const std::string written = store::row_bytes(parts);
        const auto copy = std::make_shared<const std::string>(written);
        require(store::row_bytes(store::parts_of(1, 1, copy, *copy)) == written,
                "rows come out as they went in");
    });
    reads_or_says_so([&] {
        store::Marks marks = store::Marks::from(items, rest);
        const std::string value = marks.value();
        require(store::Marks::from(items, value).value() == value, "as do marks");
        if (items == 0) return;
        store::Marks::Back back;
        back.offset = items / 2;
        back.count = items - back.offset;
        marks.set_back(back);
        marks.set_done(0, items);
        require(marks.next(0, items, false) == items, "all are done");
        static_cast<void>(store::Marks::from(items, marks.value()));
    });
}

std::vector<std::string> row_seeds() {
    core::ItemsIn plain;
    std::string run;
    core::append_item(run, "payload");
    plain.items.count = 1;
    plain.items.bytes = core::Slice::copy(run);
    core::ItemsIn dead = plain;
    dead.dead = true;
    core::Notes notes;
    notes.key = "key";
    notes.reason = "reason";
    dead.items.notes = std::make_shared<const core::Notes>(notes);
    store::Marks marks(9);
    marks.set_done(2, 3);
    store::Marks::Back back;
    back.offset = 5;
    back.count = 2;
    back.loan.token = 77;
    marks.set_back(back);
    const std::string two("\0\x02", 2);
    return {two + store::row_bytes({plain, dead}), std::string("\0\x09", 2) + marks.value()};
}

// ------------------------------------------------------------------ facts

namespace {

/// Facts that are read from written ones are the same.
template <typename From>
void check_fact(From from, std::string_view key, std::string_view value) {
    const std::string written = store::value_of(from(key, value));
    require(store::value_of(from(key, written)) == written, "facts come out as they went in");
}

constexpr std::size_t key_bytes = 16;

}  // namespace

void fuzz_fact(std::string_view bytes) {
    Dice dice(bytes);
    const auto kind = static_cast<store::Kind>(dice.roll(7));
    const std::string_view key = dice.take(dice.roll(2) == 0 ? key_bytes : 3);
    const std::string_view value = dice.take(bytes.size());
    reads_or_says_so([&] {
        switch (kind) {
            case store::Kind::life:
                return check_fact(
                    [](std::string_view, std::string_view v) { return store::life_from(v); }, key,
                    value);
            case store::Kind::queue: return check_fact(store::queue_from, key, value);
            case store::Kind::session: return check_fact(store::session_from, key, value);
            case store::Kind::puts: return check_fact(store::puts_from, key, value);
            case store::Kind::answer: return check_fact(store::answered_from, key, value);
            case store::Kind::key: return check_fact(store::key_from, key, value);
            default: return;
        }
    });
}

std::vector<std::string> fact_seeds() {
    const std::string key(key_bytes, '\1');
    const auto seed = [&](store::Kind kind, const std::string& value) {
        return std::string{static_cast<char>(kind), '\0'} + key + value;
    };
    core::Recovered::Queue queue;
    queue.made.name = "jobs";
    queue.made.options.dead_letter = "dead";
    core::SessionBegun session;
    session.who = "session 1";
    core::PutsSeen puts;
    puts.refused.push_back({{3, 4}, errc::full});
    puts.waiting.push_back({5, 9});
    core::Answered done;
    done.answer = core::Done{3};
    core::Answered settled;
    settled.answer = core::Settled{{{1, 2}}, Durability::os};
    core::Answered handed;
    handed.answer = core::HandedOut{};
    return {seed(store::Kind::life, store::value_of(store::Life{})),
            seed(store::Kind::queue, store::value_of(queue)),
            seed(store::Kind::session, store::value_of(session)),
            seed(store::Kind::puts, store::value_of(puts)),
            seed(store::Kind::answer, store::value_of(done)),
            seed(store::Kind::answer, store::value_of(settled)),
            seed(store::Kind::answer, store::value_of(handed)),
            seed(store::Kind::key, store::value_of(core::KeySeen{}))};
}

// ------------------------------------------------------------------ logs

namespace {

void append(std::string& bytes, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
}

/// The sums of a log, over words with their most significant byte first.
struct Sums {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    void add(std::string_view bytes) {
        const auto word = [&](std::size_t at) {
            std::uint32_t number = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
            }
            return number;
        };
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += word(at) + second;
            second += word(at + 4) + first;
        }
    }
};

/// A log of so many pages of 64 bytes, each a transaction.
std::string log_of(int pages) {
    constexpr std::uint32_t page_bytes = 64;
    std::string log;
    append(log, 0x377f0683);
    for (const std::uint32_t number : {3007000u, page_bytes, 0u, 1u, 2u}) append(log, number);
    Sums sums;
    sums.add(log);
    append(log, sums.first);
    append(log, sums.second);
    for (int page = 1; page <= pages; ++page) {
        std::string head;
        append(head, static_cast<std::uint32_t>(page));
        append(head, static_cast<std::uint32_t>(page));
        const std::string content(page_bytes, static_cast<char>('0' + page));
        sums.add(head);
        sums.add(content);
        append(head, 1);
        append(head, 2);
        append(head, sums.first);
        append(head, sums.second);
        log += head + content;
    }
    return log;
}

}  // namespace

void fuzz_log(std::string_view bytes) {
    static_cast<void>(store::fault_in_log(bytes));
    // A byte that flips in the middle of a good log is noticed: two transactions lie behind it.
    static const std::string good = log_of(5);
    require(store::fault_in_log(good) == store::LogFault::none, "a good log is good");
    if (bytes.size() < 3 || bytes[2] == 0) return;
    Dice dice(bytes);
    std::string bad = good;
    constexpr std::size_t from = 32;
    constexpr std::size_t until = from + 2 * (24 + 64);
    char& byte = bad[from + dice.roll(until - from)];
    byte = static_cast<char>(byte ^ bytes[2]);
    require(store::fault_in_log(bad) == store::LogFault::frame, "a flipped byte is noticed");
}

std::vector<std::string> log_seeds() {
    return {log_of(0), log_of(1), log_of(4), std::string(200, '\0')};
}

}  // namespace handoff::fuzz
