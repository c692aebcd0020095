#include "support/catch.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;

namespace {

/// The vector is what our encoder writes, and our decoder reads the request from it.
void is_the_vector(const std::string& name, const Request& request) {
    const Frames golden = vector(name);
    CHECK(hex(frames(wire::encode(request))) == hex(golden));
    CHECK(good_request(golden) == request);
}

/// The decoder reads the request from the vector; our encoder would write other bytes.
void is_read_from(const std::string& name, const Request& request) {
    const Frames golden = vector(name);
    CHECK(good_request(golden) == request);
    CHECK(hex(frames(wire::encode(request))) != hex(golden));
}

SessionId bytes_from(std::uint8_t first) {
    SessionId id;
    for (std::uint8_t& byte : id) byte = first++;
    return id;
}

Request request(RequestId id, RequestId done_below, RequestBody body) {
    return {id, done_below, std::nullopt, {}, std::move(body)};
}

Request request(RequestId id, RequestId done_below, Millis remaining, RequestBody body) {
    return {id, done_below, remaining, {}, std::move(body)};
}

}  // namespace

TEST_CASE("HELLO resumes a session and tells which process this is") {
    is_the_vector("hello", request(1, 0,
                                   Hello{.features_optional = 3,
                                         .resume = bytes_from(0x00),
                                         .fresh = bytes_from(0xf0),
                                         .connection_number = 2,
                                         .boot_id = "boot-1",
                                         .pid_namespace = 4026531841,
                                         .pid = 1234,
                                         .start_time = 987654,
                                         .name = "counter"}));
}

TEST_CASE("the first HELLO of a client has no session to resume") {
    const Request hello = request(0, 0, Hello{.fresh = bytes_from(0xa0), .connection_number = 1});
    is_the_vector("hello_first", hello);
    is_read_from("accept_hello_short", hello);
}

TEST_CASE("HEARTBEAT carries the cursors of several queues, or none") {
    is_the_vector("heartbeat",
                  request(9, 7, Heartbeat{{{1, 256}, {2, 65536}}, {{8, 8}, {10, 12}}}));
    is_the_vector("heartbeat_plain", request(0, 0, Heartbeat{}));
}

TEST_CASE("GOODBYE has no fields") {
    is_the_vector("goodbye", request(10, 10, Goodbye{}));
}

TEST_CASE("CANCEL names a request") {
    is_the_vector("cancel", request(0, 300, Cancel{300}));
}

TEST_CASE("OPEN carries every option") {
    is_the_vector("open", request(2, 1,
                                  Open{"jobs",
                                       {.capacity = 10'000,
                                        .capacity_bytes = 1u << 30,
                                        .order = Order::priority,
                                        .lease = Millis{30'000},
                                        .deliveries_max = unlimited,
                                        .dead_letter = "jobs.dead",
                                        .durability = Durability::fsync,
                                        .key_window = Millis{360'000},
                                        .keys_max = 1000},
                                       true}));
}

TEST_CASE("OPEN without an option has no opinion on it") {
    is_the_vector("open_existing", request(3, 1, Open{"€.q", {}, false}));
    is_the_vector(
        "open_lifo",
        request(4, 1,
                Open{"stack",
                     {.order = Order::lifo, .deliveries_max = 3, .durability = Durability::os},
                     true}));
}

TEST_CASE("PUT of one item is one frame") {
    const Request put = request(7, 5, Put{1, 1, 1, {}, {1, run_of({"hello"})}});
    is_the_vector("put", put);
    is_read_from("accept_put_short", put);
    is_read_from("accept_put_newer", put);
    Request with_headers = put;
    std::get<Put>(with_headers.body).columns.headers = Slice::copy("\x81\xa1\x61\xa1\x62");
    is_read_from("accept_put_headers", with_headers);
}

TEST_CASE("PUT of 2,570 items is one frame") {
    const std::vector<std::string> items(2570, "x");
    is_the_vector("put_2570", request(8, 5, Put{1, 1001, 900, {}, {2570, run_of(items)}}));
}

TEST_CASE("PUT of a large item is two frames") {
    const Run run{1, run_of({std::string(9000, 'y')})};
    is_the_vector("put_two_frames", request(9, 5, Put{1, 2, 2, {}, run}));
}

TEST_CASE("PUT carries columns and a trace context") {
    Request put = request(11, 5, Millis{0}, Put{});
    put.trace = Slice::copy("t-1");
    put.body = Put{2,
                   1,
                   1,
                   {.priority = -42,
                    .delay = Millis{500},
                    .time_to_live = Millis{360'000},
                    .key = std::string("a\0\xff", 3),
                    .headers = Slice::copy("\x81\xa1"
                                           "a"
                                           "\xa1"
                                           "b"),
                    .trace = Slice::copy(std::string("t\0\xff\x32", 4))},
                   {1, run_of({""})}};
    is_the_vector("put_columns", put);
}

TEST_CASE("PUT may come in either framing and with wide item headers") {
    const std::string items("\xc5\0\1a\xc6\0\0\0\1b", 10);
    is_read_from("accept_put_wide_items", request(7, 5, Put{1, 1, 1, {}, {2, Slice::copy(items)}}));
}

TEST_CASE("WITHDRAW names positions") {
    is_the_vector("withdraw", request(12, 5, Withdraw{1, {5, 9}}));
}

TEST_CASE("GET takes from one queue or several") {
    is_the_vector("get", request(13, 13, Millis{20'000}, Get{{1}, 1, std::nullopt}));
    is_the_vector("get_many", request(14, 13, Get{{3, 1, 256}, 512, Millis{60'000}}));
}

TEST_CASE("integers are read in every format") {
    Request get = request(13, 13, Millis{20'000}, Get{{1, 2, 3}, 1, std::nullopt});
    get.trace = Slice::copy("t");
    is_read_from("accept_wide_integers", get);
}

TEST_CASE("CREDIT opens a stream and ends it") {
    is_the_vector("credit",
                  request(15, 13, Credit{1, 512, 1u << 20, Millis{5000}, Cursor{1, 1000}}));
    is_the_vector("credit_none",
                  request(16, 13, Credit{1, 0, unlimited, std::nullopt, std::nullopt}));
}

TEST_CASE("ACK names ranges of tokens and a cursor") {
    is_the_vector("ack", request(17, 13,
                                 Settle{.verb = Verb::ack,
                                        .queue = 1,
                                        .tokens = {{1000, 1002}, {1008, 1008}},
                                        .cursor = Cursor{1, 1009}}));
}

TEST_CASE("RELEASE carries a delay") {
    constexpr Token token = 0x18u * (std::uint64_t{1} << 56) + 1;
    is_the_vector("release", request(18, 13,
                                     Settle{.verb = Verb::release,
                                            .queue = 1,
                                            .tokens = {{token, token}},
                                            .delay = Millis{5000}}));
}

TEST_CASE("BURY carries a reason") {
    is_the_vector(
        "bury",
        request(19, 13,
                Settle{.verb = Verb::bury, .queue = 1, .tokens = {{20, 20}}, .reason = "no host"}));
}

TEST_CASE("EXTEND carries a lease or leaves it to the queue") {
    is_the_vector("extend", request(20, 13,
                                    Settle{.verb = Verb::extend,
                                           .queue = 1,
                                           .tokens = {{20, 22}},
                                           .lease = Millis{60'000}}));
    is_the_vector("extend_default",
                  request(21, 13, Settle{.verb = Verb::extend, .queue = 1, .tokens = {{20, 20}}}));
}

TEST_CASE("GIVEBACK names held items") {
    is_the_vector("giveback", request(22, 13,
                                      Settle{.verb = Verb::giveback,
                                             .queue = 1,
                                             .tokens = {{30, 40}},
                                             .cursor = Cursor{1, 29}}));
}

TEST_CASE("COMMIT carries acks and puts with a run each") {
    const Commit commit{{{1, {{10, 12}, {20, 20}}}, {2, {{7, 7}}}},
                        {{3, {.priority = 5, .trace = Slice::copy("t-3")}, {2, run_of({"a", ""})}},
                         {1, {.delay = Millis{10}, .key = "k"}, {1, run_of({"bc"})}}}};
    is_the_vector("commit", request(23, 23, Millis{1000}, commit));
}

TEST_CASE("CLOSE drains or drops") {
    is_the_vector("close", request(24, 23, Close{1, false}));
    is_the_vector("close_now", request(25, 23, Close{1, true}));
}

TEST_CASE("JOIN waits for so long") {
    is_the_vector("join", request(26, 23, Millis{1500}, Join{1}));
}

TEST_CASE("PEEK names a state") {
    is_the_vector("peek", request(27, 23, Peek{1, ItemState::dead, 10}));
}

TEST_CASE("PURGE can leave the dead") {
    is_the_vector("purge", request(28, 23, Purge{1, false}));
}

TEST_CASE("KICK takes all unless told otherwise") {
    is_the_vector("kick", request(29, 23, Kick{1, unlimited}));
}

TEST_CASE("DESTROY names a queue") {
    is_the_vector("destroy", request(30, 23, Destroy{1}));
}

TEST_CASE("STATS asks for all queues or for some") {
    is_the_vector("stats", request(31, 23, Stats{{}, "jobs", 100}));
    is_the_vector("stats_some", request(32, 23, Stats{{1, 2}, "", 1000}));
}

TEST_CASE("OBJECTS asks for all shared objects or for one") {
    is_the_vector("objects", request(35, 23, Objects{"", 9, 100, 2}));
    is_the_vector("objects_one", request(36, 23, Objects{"gpu", 0, 1, 1000}));
}

TEST_CASE("a request of a later version is known by its opcode alone") {
    is_the_vector("unknown", request(33, 23, UnknownRequest{63}));
    is_read_from("accept_unknown_fields", request(33, 23, UnknownRequest{63}));
}

TEST_CASE("an opcode with a flag is unknown") {
    is_the_vector("unknown_flag", request(34, 23, UnknownRequest{0x10011}));
}
