#include "core/nonsense.hpp"

#include <array>

#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "core/queue_fixture.hpp"

namespace handoff::core::test {

Request Nonsense::request() {
    Request request;
    request.id = number();
    request.done_below = roll(20) == 0 ? number() : 0;
    if (roll(2) == 0) request.remaining = time();
    request.body = body();
    return request;
}

std::uint64_t Nonsense::number() {
    constexpr std::array<std::uint64_t, 6> edges{0,
                                                 std::uint64_t{1} << 62,
                                                 (std::uint64_t{1} << 62) + 1,
                                                 unlimited / 2,
                                                 unlimited - 1,
                                                 unlimited};
    return roll(8) == 0 ? edges.at(roll(edges.size())) : roll(12);
}

Millis Nonsense::time() {
    return roll(6) == 0 ? Millis{static_cast<Millis::rep>(number())} : Millis{roll(3000)};
}

std::vector<Range> Nonsense::ranges() {
    std::vector<Range> all;
    for (std::uint32_t i = roll(4); i > 0; --i) {
        const std::uint64_t first = number();
        all.push_back({first, number()});
    }
    if (roll(2) == 0 && !all.empty()) all = {{1, all[0].last}};
    return all;
}

std::optional<Cursor> Nonsense::cursor() {
    if (roll(2) != 0) return std::nullopt;
    const QueueHandle queue = number();
    return Cursor{queue, number()};
}

std::optional<Millis> Nonsense::lease() {
    return roll(3) == 0 ? std::optional<Millis>{time()} : std::nullopt;
}

std::string Nonsense::name() {
    const std::uint32_t length = roll(2);
    return std::string(length, static_cast<char>('a' + roll(5)));
}

// ------------------------------------------------------------------ queues

Columns Nonsense::columns() {
    Columns columns;
    columns.priority = static_cast<std::int32_t>(small());
    if (roll(4) == 0) columns.delay = time();
    if (roll(4) == 0) columns.time_to_live = time();
    if (roll(9) == 0) columns.key = "key";
    if (roll(4) == 0) columns.headers = Slice::copy(std::string(roll(100), 'h'));
    if (roll(6) == 0) columns.trace = Slice::copy(std::string(roll(2000), 't'));
    return columns;
}

Run Nonsense::run() {
    if (roll(10) == 0) return {small(), Slice::copy("\xc4\x05nonsense")};
    const std::uint32_t items = roll(6);
    return run_of(Texts(items, std::string(roll(50), 'x')));
}

QueueOptions Nonsense::options() {
    QueueOptions options;
    if (roll(3) == 0) options.capacity = number();
    if (roll(3) == 0) options.capacity_bytes = number();
    if (roll(3) == 0) options.order = static_cast<Order>(roll(4));
    if (roll(3) == 0) options.lease = time();
    if (roll(3) == 0) options.deliveries_max = number();
    if (roll(3) == 0) options.dead_letter = name();
    if (roll(5) == 0) options.durability = static_cast<Durability>(roll(4));
    return options;
}

Hello Nonsense::hello() {
    Hello hello;
    hello.version_max = roll(5);
    hello.features_required = roll(9) == 0 ? 1 : 0;
    hello.fresh[0] = static_cast<std::uint8_t>(roll(6));
    if (roll(2) == 0) hello.resume = SessionId{static_cast<std::uint8_t>(roll(6))};
    hello.connection_number = small();
    return hello;
}

Commit Nonsense::commit() {
    Commit commit;
    for (std::uint32_t i = roll(3); i > 0; --i) {
        const QueueHandle queue = number();
        commit.acks.push_back({queue, ranges()});
    }
    for (std::uint32_t i = roll(3); i > 0; --i) {
        Commit::Puts puts;
        puts.queue = number();
        puts.columns = columns();
        puts.items = run();
        commit.puts.push_back(std::move(puts));
    }
    return commit;
}

// ------------------------------------------------------------------ shared objects

ObjectKind Nonsense::kind() {
    constexpr std::array<std::uint8_t, 17> kinds{1,  2,  3,  4,  5,  6,  7,  8, 9,
                                                 16, 17, 18, 19, 20, 21, 32, 40};
    return static_cast<ObjectKind>(kinds.at(roll(kinds.size())));
}

ObjectOptions Nonsense::object_options() {
    ObjectOptions options;
    if (roll(3) == 0) options.count = number();
    if (roll(4) == 0) options.ttl = time();
    if (roll(6) == 0) options.action = roll(2) == 0;
    if (roll(6) == 0) options.entries_max = number();
    if (roll(6) == 0) options.bytes_max = number();
    return options;
}

objects::Packed Nonsense::value() {
    switch (roll(6)) {
        case 0: return objects::pack_text(name());
        case 1: return objects::pack_payload(std::string(roll(40), '\x91'));
        case 2: {
            objects::Reference reference;
            reference.kind = kind();
            reference.object = number();
            reference.anonymous = true;
            return objects::pack_value(reference);
        }
        default: return objects::pack_integer(static_cast<std::int64_t>(number()));
    }
}

objects::Call Nonsense::call() {
    objects::Call call;
    call.object = number();
    const std::uint32_t method = roll(46);
    call.method = static_cast<objects::Method>(method == 44 ? 64 : method);
    for (std::uint32_t i = roll(4); i > 0; --i) {
        call.numbers.push_back(static_cast<std::int64_t>(number()));
    }
    for (std::uint32_t i = roll(4); i > 0; --i) call.values.push_back(value());
    return call;
}

Calls Nonsense::calls() {
    Calls calls;
    for (std::uint32_t i = roll(3) + 1; i > 0; --i) calls.calls.push_back(call());
    calls.stop = roll(2) == 0;
    return calls;
}

RequestBody Nonsense::body_of_objects() {
    switch (roll(4)) {
        case 0: {
            OpenObject open;
            open.name = name();
            open.kind = kind();
            open.options = object_options();
            open.create = roll(4) != 0;
            if (roll(4) == 0) open.object = number();
            return open;
        }
        case 1: return roll(3) == 0 ? RequestBody{LetGo{{number(), number()}}} : calls();
        case 2:
            return roll(3) == 0 ? RequestBody{Objects{name(), number(), small(), small()}}
                                : calls();
        default: return calls();
    }
}

// ------------------------------------------------------------------ all of them

RequestBody Nonsense::body() {
    return roll(4) == 0 ? body_of_objects() : body_of_queues();
}

RequestBody Nonsense::body_of_queues() {
    switch (roll(20)) {
        case 0: return hello();
        case 1: return Heartbeat{{{number(), number()}}};
        case 2: return roll(9) == 0 ? RequestBody{Goodbye{}} : RequestBody{Heartbeat{}};
        case 3: return Cancel{number()};
        case 4: return Open{name(), options(), roll(2) == 0};
        case 5: return Withdraw{number(), {number(), number()}};
        case 6: return Credit{number(), small(), number(), lease(), cursor()};
        case 7: return Close{number(), roll(2) == 0};
        case 8: return Join{number()};
        case 9: return Peek{number(), static_cast<ItemState>(roll(5)), small()};
        case 10: return Purge{number(), roll(2) == 0};
        case 11: return Kick{number(), number()};
        case 12: return roll(4) == 0 ? RequestBody{Destroy{number()}} : RequestBody{Join{1}};
        case 13: return Stats{{number()}, name(), small()};
        case 14: return commit();
        case 15:
        case 16: return Get{{number(), number()}, small(), lease()};
        case 17:
        case 18: return Put{number(), number(), roll(4) == 0 ? number() : 0, columns(), run()};
        default:
            return Settle{static_cast<Verb>(roll(6)),
                          number(),
                          ranges(),
                          time(),
                          lease(),
                          "reason",
                          cursor()};
    }
}

}  // namespace handoff::core::test
