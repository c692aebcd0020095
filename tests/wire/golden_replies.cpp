#include "support/catch.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;

namespace {

/// The vector is what our encoder writes, and our decoder reads the reply from it.
void is_the_vector(const std::string& name, const Reply& reply) {
    const Frames golden = vector(name);
    CHECK(hex(frames(wire::encode(reply))) == hex(golden));
    CHECK(good_reply(golden) == reply);
}

/// The decoder reads the reply from the vector; our encoder would write other bytes.
void is_read_from(const std::string& name, const Reply& reply) {
    const Frames golden = vector(name);
    CHECK(good_reply(golden) == reply);
    CHECK(hex(frames(wire::encode(reply))) != hex(golden));
}

ManagerId manager_id() {
    ManagerId id;
    std::uint8_t next = 0x10;
    for (std::uint8_t& byte : id) byte = next++;
    return id;
}

constexpr Token first_token = 0x18u * (std::uint64_t{1} << 56);
constexpr Millis put_at{0x019982cc1e00};

}  // namespace

TEST_CASE("WELCOME carries every limit and interval") {
    is_the_vector("welcome", {1, Welcome{.features = 3,
                                         .manager = manager_id(),
                                         .epoch = 5,
                                         .resumed = true,
                                         .connection_number = 2,
                                         .limits = {.heartbeat = Millis{500},
                                                    .session_limit = Millis{5000},
                                                    .hold = Millis{1000},
                                                    .item_bytes_max = 1u << 20,
                                                    .frame_bytes_max = 1u << 16,
                                                    .requests_max = 100,
                                                    .session_bytes_max = 2u << 20}}});
}

TEST_CASE("WELCOME without limits means the default ones") {
    is_read_from("accept_welcome_short",
                 {0, Welcome{.manager = manager_id(), .epoch = 1, .connection_number = 1}});
}

TEST_CASE("ALIVE has no fields") {
    is_the_vector("alive", {9, Alive{}});
}

TEST_CASE("DONE counts") {
    is_the_vector("done", {29, Done{70'000}});
}

TEST_CASE("FAILED carries a number and a text") {
    is_the_vector("failed", {13, Failed{errc::empty, "nothing is read"}});
    is_the_vector("failed_connection", {0, Failed{errc::not_welcomed, ""}});
}

TEST_CASE("OPENED carries the settings in force") {
    is_the_vector("opened", {2, Opened{std::uint64_t{1} << 63,
                                       {.capacity = 1'000'000,
                                        .capacity_bytes = 1u << 30,
                                        .order = Order::fifo,
                                        .lease = Millis{30'000},
                                        .deliveries_max = 16,
                                        .dead_letter = "",
                                        .durability = Durability::memory,
                                        .key_window = Millis{600'000},
                                        .keys_max = 100'000}}});
}

TEST_CASE("settings of a newer manager are passed over") {
    is_read_from("accept_opened_newer", {2, Opened{1, {.durability = Durability::os}}});
}

TEST_CASE("PUT_DONE tells of positions one range after the other") {
    is_the_vector("put_done", {7, PutDone{1,
                                          {{{1, 2}, errc::ok, Durability::fsync},
                                           {{3, 3}, errc::full, Durability::memory}}}});
}

TEST_CASE("DELIVER has a run for each part") {
    is_the_vector(
        "deliver",
        {13,
         Deliver{
             1,
             Millis{30'000},
             {{.token = first_token + 1, .id = 1, .count = 2, .deliveries = 1, .put_at = put_at},
              {.token = first_token + 3,
               .id = 5,
               .count = 1,
               .deliveries = 3,
               .priority = -1,
               .put_at = put_at + Millis{1},
               .key = "k1",
               .reason = "boom",
               .headers = Slice::copy("\x80"),
               .trace = Slice::copy("t-1")}},
             {run_of({"a", ""}), run_of({"bc"})}}});
}

TEST_CASE("a part of DELIVER may end early") {
    is_read_from(
        "accept_deliver_short",
        {13,
         Deliver{
             1,
             Millis{30'000},
             {{.token = 1, .id = 1, .count = 1, .deliveries = 1},
              {.token = 2, .id = 2, .count = 1, .deliveries = 1, .headers = Slice::copy("\x80")}},
             {run_of({"a"}), run_of({"b"})}}});
}

TEST_CASE("DELIVER of 2,570 items is one frame") {
    is_the_vector("deliver_2570",
                  {0, Deliver{1,
                              Millis{30'000},
                              {{.token = first_token + 0x1000, .id = 1001, .count = 2570}},
                              {run_of(std::vector<std::string>(2570, "x"))}}});
}

TEST_CASE("DELIVER of a large item is two frames") {
    is_the_vector("deliver_two_frames",
                  {14, Deliver{3,
                               Millis{60'000},
                               {{.token = 1, .id = 1, .count = 1, .deliveries = 1},
                                {.token = 2, .id = 9, .count = 1, .deliveries = 2}},
                               {run_of({std::string(70'000, 'z')}), run_of({"a"})}}});
}

TEST_CASE("SETTLED names what was refused") {
    is_the_vector("settled", {17, Settled{{{1000, 1000}, {1008, 1009}}, Durability::fsync}});
    is_the_vector("settled_all", {18, Settled{}});
}

TEST_CASE("RECALL says how many") {
    is_the_vector("recall", {0, Recall{1, 100}});
}

TEST_CASE("PEEKED shows items without tokens, or nothing") {
    is_the_vector("peeked", {27, Peeked{{{.token = 0,
                                          .id = 5,
                                          .count = 1,
                                          .deliveries = 16,
                                          .put_at = put_at,
                                          .reason = "too many"}},
                                        {run_of({"bc"})}}});
    is_the_vector("peeked_nothing", {27, Peeked{}});
}

TEST_CASE("STATS_REPLY carries every number") {
    QueueStats queue{.name = "q",
                     .queue = 8,
                     .options = {.capacity = 100, .order = Order::priority},
                     .closed = true};
    queue.ready = 11;
    queue.leased = 12;
    queue.delayed = 13;
    queue.dead = 14;
    queue.bytes = 256;
    queue.waiting_gets = 16;
    queue.waiting_puts = 17;
    queue.puts = 18;
    queue.deliveries = 19;
    queue.redeliveries = 20;
    queue.acks = 21;
    queue.releases = 22;
    queue.lapses = 23;
    queue.buried = 24;
    queue.expired = 25;
    queue.purged = 26;
    queue.dead_lettered = 27;
    queue.duplicates = 28;
    const ManagerStats manager{.manager = manager_id(),
                               .epoch = 2,
                               .sessions = 3,
                               .sessions_lost = 4,
                               .queues = 5,
                               .requests = 6,
                               .frames_dropped = 7,
                               .uptime = Millis{10'000},
                               .objects = 8,
                               .requests_refused = 9};
    is_the_vector("stats_reply", {31, StatsReply{manager, {queue}, true}});
}

TEST_CASE("OBJECTS_REPLY tells of each object, of its holders and of those who wait") {
    ObjectStats lock{.name = "gpu", .object = 10, .kind = ObjectKind::lock};
    lock.options.ttl = Millis{30'000};
    lock.held = 1;
    lock.waiting = 1;
    lock.holders = {{3, "train", 256, 1, false, Millis{1000}, Millis{29'000}}};
    lock.waiters = {{4, "eval", objects::Method::acquire, Millis{50}}};
    ObjectStats dict{.name = "prices", .object = 11, .kind = ObjectKind::dict};
    dict.options.entries_max = 100;
    dict.options.bytes_max = 1000;
    dict.version = 7;
    dict.count = 2;
    dict.bytes = 16;
    is_the_vector("objects_reply", {35, ObjectsReply{{lock, dict}, true}});
}

TEST_CASE("EVENT tells of a hold that was broken") {
    is_the_vector("event", {0, Event{1, 256}});
    is_read_from("accept_event_short", {0, Event{2, 0}});
}
