#include <random>

#include "support/catch.hpp"
#include "wire/ranges.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;

namespace {

/// Messages with anything in them that may be in them; always the same ones.
class Anything {
public:
    explicit Anything(std::uint64_t seed) : random_(seed) {}

    Request request() {
        Request request{number(), number(), maybe_duration(), opaque(), {}};
        request.body = request_body();
        return request;
    }

    Reply reply() { return {number(), reply_body()}; }

private:
    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    bool coin() { return below(2) == 0; }

    /// Numbers of every length, the greatest included.
    std::uint64_t number() { return random_() >> below(64); }
    std::uint32_t number32() { return static_cast<std::uint32_t>(random_()) >> below(32); }
    std::int32_t signed_number() { return static_cast<std::int32_t>(number32()); }
    Millis duration() { return Millis{static_cast<std::int64_t>(number() % 3'155'760'000'001)}; }
    std::optional<Millis> maybe_duration() {
        return coin() ? std::optional(duration()) : std::nullopt;
    }
    std::string text() { return std::string(below(40) < 39 ? below(40) : below(300), 't'); }
    std::string name() { return std::string(below(256), 'n'); }
    Slice opaque() { return coin() ? Slice{} : Slice::copy(std::string(1 + below(300), '\x80')); }

    SessionId id() {
        SessionId id;
        for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random_());
        return id;
    }

    std::vector<Range> ranges() {
        std::vector<Range> ranges;
        std::uint64_t last = 0;
        for (std::uint64_t n = below(20); n > 0; --n) {
            const std::uint64_t first = last + 1 + below(std::uint64_t{1} << below(50));
            last = first + below(1000);
            ranges.push_back({first, last});
        }
        return ranges;
    }

    std::vector<QueueHandle> handles() {
        std::vector<QueueHandle> handles(1 + below(20));
        for (QueueHandle& handle : handles) handle = number();
        return handles;
    }

    Cursor cursor() { return {number(), number()}; }
    std::optional<Cursor> maybe_cursor() { return coin() ? std::optional(cursor()) : std::nullopt; }

    Run run(std::uint32_t count) {
        std::vector<std::string> payloads(count);
        for (std::string& payload : payloads) {
            payload.assign(below(50) < 49 ? below(300) : below(70'000), 'p');
        }
        return {count, run_of(payloads)};
    }
    std::uint32_t few() { return 1 + static_cast<std::uint32_t>(below(5)); }

    Columns columns(std::uint32_t count) {
        return {signed_number(),          duration(), maybe_duration(),
                count == 1 ? text() : "", opaque(),   opaque()};
    }

    QueueOptions options() {
        QueueOptions options;
        if (coin()) options.capacity = number();
        if (coin()) options.capacity_bytes = number();
        if (coin()) options.order = static_cast<Order>(below(3));
        if (coin()) options.lease = duration();
        if (coin()) options.deliveries_max = unlimited;
        if (coin()) options.dead_letter = name();
        if (coin()) options.durability = static_cast<Durability>(below(3));
        if (coin()) options.key_window = duration();
        if (coin()) options.keys_max = number();
        return options;
    }

    Put put() {
        const std::uint32_t count = few();
        return {number(), 1 + below(std::uint64_t{1} << 62), number(), columns(count), run(count)};
    }

    Settle settle() {
        Settle settle{.verb = static_cast<Verb>(below(5)),
                      .queue = number(),
                      .tokens = ranges(),
                      .cursor = maybe_cursor()};
        if (settle.verb == Verb::release) settle.delay = duration();
        if (settle.verb == Verb::extend) settle.lease = maybe_duration();
        if (settle.verb == Verb::bury) settle.reason = text();
        return settle;
    }

    Commit commit() {
        Commit commit;
        for (std::uint64_t n = below(4); n > 0; --n) {
            commit.acks.push_back({n * 1'000'000 + below(1'000'000), ranges()});
        }
        for (std::uint64_t n = below(4); n > 0; --n) {
            const std::uint32_t count = few();
            commit.puts.push_back({number(), columns(count), run(count)});
        }
        return commit;
    }

    Hello hello() {
        return {number32(),
                static_cast<std::uint32_t>(below(2)),
                1 + number32() / 2,
                number(),
                number(),
                coin() ? std::optional(id()) : std::nullopt,
                id(),
                number32(),
                text(),
                number(),
                number32(),
                number(),
                text()};
    }

    RequestBody request_body() {
        switch (below(20)) {
            case 0: return hello();
            case 1: return Heartbeat{{cursor(), cursor()}, {{3, 5}, {9, 9}}};
            case 2: return Goodbye{};
            case 3: return Cancel{number()};
            case 4: return Open{name(), options(), coin()};
            case 5: return put();
            case 6: return Withdraw{number(), {1 + below(9), 10 + number() / 2}};
            case 7: return Get{handles(), 1 + number32() / 2, maybe_duration()};
            case 8: return Credit{number(), number32(), number(), maybe_duration(), maybe_cursor()};
            case 9: return settle();
            case 10: return commit();
            case 11: return Close{number(), coin()};
            case 12: return Join{number()};
            case 13: return Peek{number(), static_cast<ItemState>(below(4)), number32()};
            case 14: return Purge{number(), coin()};
            case 15: return Kick{number(), number()};
            case 16: return Destroy{number()};
            case 17: return Stats{handles(), name(), number32()};
            case 18: return Objects{name(), number(), number32(), number32()};
            default: return UnknownRequest{100 + below(1'000'000)};
        }
    }

    Part part(std::uint32_t count, Token token) {
        return {token,      number(), count,  number32(), signed_number(),
                duration(), text(),   text(), opaque(),   opaque()};
    }

    template <class Message>
    Message with_parts(Message message, Token token) {
        for (std::uint64_t n = below(6); n > 0; --n) {
            const std::uint32_t count = few();
            message.parts.push_back(part(count, token));
            message.runs.push_back(run(count).bytes);
        }
        return message;
    }

    PutDone put_done() {
        PutDone done{number(), {}};
        for (const Range& positions : ranges()) {
            done.outcomes.push_back(
                {positions, static_cast<errc>(below(84)), static_cast<Durability>(below(3))});
        }
        return done;
    }

    StatsReply stats() {
        StatsReply reply{
            {id(), number(), number(), number(), number(), number(), number(), duration()},
            {},
            coin()};
        for (std::uint64_t n = below(4); n > 0; --n) {
            QueueStats queue{.name = name(), .queue = number(), .options = options()};
            queue.closed = coin();
            queue.ready = number();
            queue.dead_lettered = number();
            queue.duplicates = number();
            reply.queues.push_back(queue);
        }
        return reply;
    }

    ReplyBody reply_body() {
        switch (below(12)) {
            case 0:
                return Welcome{
                    1,
                    number(),
                    id(),
                    number(),
                    coin(),
                    number32(),
                    {duration(), duration(), duration(), number(), number(), number(), number()}};
            case 1: return Alive{};
            case 2: return Done{number()};
            case 3: return Failed{static_cast<errc>(number32()), text()};
            case 4: return Opened{number(), options()};
            case 5: return put_done();
            case 6: return with_parts(Deliver{number(), duration(), {}, {}}, 1 + number() / 2);
            case 7: return Settled{ranges(), static_cast<Durability>(below(3))};
            case 8: return Recall{number(), number32()};
            case 9: return with_parts(Peeked{}, 0);
            case 10: return stats();
            default: return Event{number(), number()};
        }
    }

    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("any request comes out as it went in") {
    Anything anything(1);
    for (int n = 0; n < 5000; ++n) {
        const Request request = anything.request();
        CAPTURE(n, request.body.index());
        REQUIRE(good_request(frames(wire::encode(request))) == request);
    }
}

TEST_CASE("any reply comes out as it went in") {
    Anything anything(2);
    for (int n = 0; n < 5000; ++n) {
        const Reply reply = anything.reply();
        CAPTURE(n, reply.body.index());
        REQUIRE(good_reply(frames(wire::encode(reply))) == reply);
    }
}

TEST_CASE("two frames are as good as one for any message") {
    Anything anything(3);
    for (int n = 0; n < 2000; ++n) {
        const Request request = anything.request();
        const wire::Encoded encoded = wire::encode(request);
        std::string runs;
        for (const Slice& run : encoded.runs) runs += run.view();
        CAPTURE(n, request.body.index());
        REQUIRE(good_request({encoded.head + runs}) == request);
        REQUIRE(good_request({encoded.head, runs}) == request);
    }
}

TEST_CASE("encoding does not copy runs") {
    const Slice items = run_of({std::string(100, 'x')});
    const wire::Encoded encoded = wire::encode(Request{1, 1, {}, {}, Put{1, 1, 1, {}, {1, items}}});
    REQUIRE(encoded.runs.size() == 1);
    CHECK(encoded.runs[0].view().data() == items.view().data());
    CHECK(encoded.run_bytes == items.size());
}

TEST_CASE("decoding does not copy runs, headers or traces") {
    Request put{1,
                1,
                {},
                Slice::copy("trace"),
                Put{1,
                    1,
                    1,
                    {.headers = Slice::copy("headers"), .trace = Slice::copy("of the item")},
                    {1, run_of({"item"})}}};
    const Frames one = frames(wire::encode(put));
    const Slice frame = Slice::copy(one.at(0));
    const auto decoded = std::get<Request>(wire::decode_request(frame, {}));
    const auto& body = std::get<Put>(decoded.body);
    for (const Slice& slice :
         {decoded.trace, body.columns.headers, body.columns.trace, body.items.bytes}) {
        CHECK(slice.owner() == frame.owner());
        CHECK(slice.owner_bytes() == frame.owner_bytes());
    }
}

TEST_CASE("runs above 8,192 bytes have a frame of their own") {
    const auto frames_of = [](std::size_t run_bytes) {
        const Run run{1, run_of({std::string(run_bytes - 3, 'x')})};
        return frames(wire::encode(Request{1, 1, {}, {}, Put{1, 1, 1, {}, run}})).size();
    };
    CHECK(frames_of(8192) == 1);
    CHECK(frames_of(8193) == 2);
}

TEST_CASE("ranges in any order travel in order") {
    const Settle mixed{.queue = 1, .tokens = {{9, 9}, {4, 6}, {5, 7}, {1, 2}, {8, 8}}};
    const Request decoded = good_request(frames(wire::encode(Request{1, 1, {}, {}, mixed})));
    CHECK(std::get<Settle>(decoded.body).tokens == std::vector<Range>{{1, 2}, {4, 9}});
    CHECK(wire::put_in_order({{3, unlimited}, {1, 5}}) == std::vector<Range>{{1, unlimited}});
    CHECK(wire::put_in_order({{0, 0}, {5, 3}, {0, 2}}) == std::vector<Range>{{1, 2}});
    CHECK(wire::in_order({}));
    CHECK(wire::in_order({{1, 2}, {3, 3}}));
    CHECK_FALSE(wire::in_order({{1, 2}, {2, 3}}));
    CHECK_FALSE(wire::in_order({{0, 2}}));
}
