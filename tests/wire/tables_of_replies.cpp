#include <string>
#include <vector>

#include "wire/by_hand.hpp"

// Section 7 of docs/protocol.md: each table of a reply, its defaults and its types.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;
using namespace std::chrono_literals;

namespace {

const std::string manager_bytes = "c4 10 " + repeated(16, "22");
const std::string an_item = "c4 01 78";

Table welcome() {
    return {"WELCOME",
            "40",
            {{"magic", "a7 68 61 6e 64 6f 66 66", "s"},
             {"version", "01", "i"},
             {"features", "00", "i"},
             {"manager", manager_bytes, "x"},
             {"epoch", "05", "i"},
             {"resumed", "c3", "b"},
             {"connection_number", "02", "i"},
             {"limits", "90", "na", false}}};
}

const Elements limits_by_hand{"cd 01 f4",         // heartbeat 500 ms
                              "cd 0b b8",         // session_limit 3 s
                              "cd 03 e8",         // hold 1 s
                              "64",               // item_bytes_max 100
                              "cd 01 00",         // frame_bytes_max 256
                              "08",               // requests_max 8
                              "ce 00 01 00 00"};  // session_bytes_max 65536

Limits limits_of(const std::string& limits) {
    return reply_by_hand<Welcome>("40", welcome().first(7) + Elements{limits}).limits;
}

std::vector<Table> small_replies() {
    return {{"ALIVE", "41", {}},
            {"DONE", "42", {{"count", "09", "i", false}}},
            {"FAILED", "43", {{"code", "14", "i"}, {"text", "a1 78", "s", false}}},
            {"OPENED", "44", {{"queue", "01", "i"}, {"options", "81 01 05", "m"}}},
            {"PUT_DONE", "45", {{"queue", "01", "i"}, {"outcomes", "94 01 02 00 00", "a"}}},
            {"SETTLED", "47", {{"refused", "92 05 06", "a"}, {"level", "01", "i", false}}},
            {"RECALL", "48", {{"queue", "01", "i"}, {"items", "05", "i"}}},
            {"EVENT", "4b", {{"kind", "05", "i"}, {"token", "06", "i", false}}}};
}

const std::vector<Table::Field> part_fields{{"token", "05", "i"},
                                            {"id", "06", "i"},
                                            {"count", "01", "i"},
                                            {"run_bytes", "03", "i"},
                                            {"deliveries", "02", "i"},
                                            {"priority", "03", "i", false},
                                            {"put_at", "04", "i", false},
                                            {"key", "c4 01 6b", "nx", false},
                                            {"reason", "a1 72", "s", false},
                                            {"headers", "c4 01 68", "nx", false},
                                            {"trace", "c4 01 74", "nx", false}};

/// The first fields of a part, as the only one of its message.
Table part(std::size_t count) {
    Elements elements;
    for (std::size_t i = 0; i < count; ++i) elements.push_back(part_fields[i].bytes);
    return {"DELIVER",
            "46",
            {{"queue", "01", "i"},
             {"lease", "cd 03 e8", "i"},
             {"parts", "91 " + array_of(elements), "a"}},
            an_item};
}

Part part_with(std::size_t count) {
    const Table table = part(count);
    return reply_by_hand<Deliver>("46", table.first(3), an_item).parts.at(0);
}

Table stats_reply() {
    return {"STATS_REPLY",
            "4a",
            {{"manager", "99 " + manager_bytes + "01 02 03 04 05 06 07 08", "a", false},
             {"queues", "91 93 a1 71 01 80", "a"},
             {"more", "c3", "b", false}}};
}

QueueStats queue_with(const Elements& fields) {
    Elements all = stats_reply().first(3);
    all[1] = "91 " + array_of(Elements{"a1 71", "08", "81 01 05"} + fields);
    return reply_by_hand<StatsReply>("4a", all).queues.at(0);
}

}  // namespace

// ------------------------------------------------------------------ WELCOME

TEST_CASE("no field of WELCOME takes a value of another type") {
    no_field_takes_another_type(welcome(), bad_reply_by_hand);
}

TEST_CASE("WELCOME may end in front of its limits, and not sooner") {
    ends_only_before_defaults(welcome(), bad_reply_by_hand, [](const Elements& fields) {
        CHECK(reply_by_hand<Welcome>("40", fields).limits == Limits{});
    });
}

TEST_CASE("limits may end behind each of them, and the others are those of the page") {
    CHECK(limits_of("90") ==
          Limits{1000ms, 10'000ms, 2000ms, 16'777'216, 262'144, 4096, 67'108'864});
    Limits expected;
    const auto with = [](std::size_t count) {
        return limits_of(array_of(Elements(
            limits_by_hand.begin(), limits_by_hand.begin() + static_cast<std::ptrdiff_t>(count))));
    };
    expected.heartbeat = 500ms;
    CHECK(with(1) == expected);
    expected.session_limit = 3s;
    CHECK(with(2) == expected);
    expected.hold = 1s;
    CHECK(with(3) == expected);
    expected.item_bytes_max = 100;
    CHECK(with(4) == expected);
    expected.frame_bytes_max = 256;
    CHECK(with(5) == expected);
    expected.requests_max = 8;
    CHECK(with(6) == expected);
    expected.session_bytes_max = 65'536;
    CHECK(with(7) == expected);
}

TEST_CASE("limits of a later manager are passed over, and each of ours is a number") {
    CHECK(limits_of(array_of(limits_by_hand + Elements{"a1 78", "ca 00 00 00 00", "80"})) ==
          limits_of(array_of(limits_by_hand)));
    for (std::size_t place = 0; place < limits_by_hand.size(); ++place) {
        for (const std::string wrong : {"c0", "c3", "a1 78", "ca 3f 80 00 00", "91 01"}) {
            Elements limits = limits_by_hand;
            limits[place] = wrong;
            INFO("limit " << place << " as " << wrong);
            const Elements fields = welcome().first(7) + Elements{array_of(limits)};
            CHECK(bad_reply_by_hand("40", fields).code == errc::protocol);
        }
    }
}

TEST_CASE("the id of a manager has 16 bytes") {
    for (const std::string& id :
         {"c4 0f " + repeated(15, "22"), "c4 11 " + repeated(17, "22"), std::string("c4 00")}) {
        Elements fields = welcome().first(8);
        fields[3] = id;
        CHECK(bad_reply_by_hand("40", fields).code == errc::protocol);
    }
}

// ------------------------------------------------------------------ small replies

TEST_CASE("no field of a small reply takes a value of another type") {
    for (const Table& table : small_replies()) {
        no_field_takes_another_type(table, bad_reply_by_hand);
    }
    CHECK(bad_reply_by_hand("45", {"01", "94 01 02 c0 00"}).code == errc::protocol);
    CHECK(bad_reply_by_hand("47", {"92 05 a1 78"}).code == errc::protocol);
}

TEST_CASE("small replies end only in front of fields that have defaults") {
    for (const Table& table : small_replies()) {
        ends_only_before_defaults(table, bad_reply_by_hand, [&](const Elements& fields) {
            CHECK(good_reply(parse_vector(reply_head(table.opcode, fields))).id == 7);
        });
    }
    CHECK(reply_by_hand<Done>("42", {}).count == 0);
    CHECK(reply_by_hand<Failed>("43", {"14"}) == Failed{errc::full, ""});
    CHECK(reply_by_hand<Settled>("47", {"90"}) == Settled{{}, Durability::memory});
}

TEST_CASE("every small reply may have fields of later versions") {
    const Elements later{"cb 3f f0 00 00 00 00 00 00", "d4 01 02", "82 a1 78 91 90 01 c0"};
    for (const Table& table : small_replies()) {
        CAPTURE(table.name);
        Elements all = table.first(table.fields.size());
        if (table.name == "PUT_DONE") all.push_back("c0");  // what is reserved
        const Reply plain = good_reply(parse_vector(reply_head(table.opcode, all)));
        CHECK(good_reply(parse_vector(reply_head(table.opcode, all + later))) == plain);
    }
}

TEST_CASE("PUT_DONE tells ranges of positions in any number, each from 1 and upwards") {
    const auto outcomes = [](const std::string& bytes) {
        return reply_by_hand<PutDone>("45", {"01", bytes, "c0"}).outcomes;
    };
    CHECK(outcomes("90").empty());
    const std::vector<PutDone::Outcome> two = outcomes("98 01 02 00 01 03 03 14 00");
    REQUIRE(two.size() == 2);
    CHECK(two[0] == PutDone::Outcome{{1, 2}, errc::ok, Durability::os});
    CHECK(two[1] == PutDone::Outcome{{3, 3}, errc::full, Durability::memory});
    for (const std::string bad : {"94 00 02 00 00", "94 03 02 00 00", "93 01 02 00",
                                  "95 01 02 00 00 03", "94 01 02 00 03"}) {
        CAPTURE(bad);
        bad_reply_by_hand("45", {"01", bad});
    }
}

// ------------------------------------------------------------------ items

TEST_CASE("no field of DELIVER or PEEKED takes a value of another type, nor one of a part") {
    no_field_takes_another_type(part(11), bad_reply_by_hand);
    no_field_takes_another_type({"PEEKED", "49", {{"parts", "90", "a"}}}, bad_reply_by_hand);
    for (std::size_t place = 0; place < part_fields.size(); ++place) {
        for (const Sample& sample : samples) {
            if (part_fields[place].kinds.find(sample.kind) != std::string::npos) continue;
            Elements elements;
            for (const Table::Field& field : part_fields) elements.push_back(field.bytes);
            elements[place] = sample.bytes;
            const std::string parts = "91 " + array_of(elements);
            INFO(part_fields[place].name << " as " << sample.bytes);
            CHECK(bad_reply_by_hand("46", {"01", "05", parts}, an_item).code == errc::protocol);
            CHECK(bad_reply_by_hand("49", {parts}, an_item).code == errc::protocol);
        }
    }
}

TEST_CASE("a part may end behind its deliveries and after each field that follows") {
    for (std::size_t count = 0; count < 5; ++count) {
        const wire::DecodeError error = bad_reply_by_hand("46", part(count).first(3), an_item);
        CHECK(error.code == errc::protocol);
        CHECK_THAT(error.text, Catch::Matchers::Contains(part_fields[count].name + " is missing"));
    }
    Part expected;
    expected.token = 5;
    expected.id = 6;
    expected.count = 1;
    expected.deliveries = 2;
    CHECK(part_with(5) == expected);
    expected.priority = 3;
    CHECK(part_with(6) == expected);
    expected.put_at = 4ms;
    CHECK(part_with(7) == expected);
    expected.key = "k";
    CHECK(part_with(8) == expected);
    expected.reason = "r";
    CHECK(part_with(9) == expected);
    expected.headers = Slice::copy("h");
    CHECK(part_with(10) == expected);
    expected.trace = Slice::copy("t");
    CHECK(part_with(11) == expected);
}

TEST_CASE("DELIVER names a queue, a lease and its parts, and PEEKED its parts") {
    ends_only_before_defaults(part(5), bad_reply_by_hand, [](const Elements&) {});
    CHECK(bad_reply_by_hand("49", {}).code == errc::protocol);
    const Deliver deliver = reply_by_hand<Deliver>("46", part(5).first(3), an_item);
    CHECK(deliver.queue == 1);
    CHECK(deliver.lease == 1s);
    REQUIRE(deliver.runs.size() == 1);
    CHECK(deliver.runs[0].view() == std::string("\xc4\x01x"));
}

TEST_CASE("parts of a later manager may have more fields") {
    Elements elements;
    for (const Table::Field& field : part_fields) elements.push_back(field.bytes);
    const std::string longer =
        "91 " + array_of(elements + Elements{"ca 3f 80 00 00", "81 01 90", "d4 05 00"});
    const Deliver plain = reply_by_hand<Deliver>("46", part(11).first(3), an_item);
    CHECK(reply_by_hand<Deliver>("46", {"01", "cd 03 e8", longer, "c3"}, an_item) == plain);
    CHECK(reply_by_hand<Peeked>("49", {longer, "c3"}, an_item).parts == plain.parts);
}

// ------------------------------------------------------------------ statistics

TEST_CASE("no field of STATS_REPLY takes a value of another type, nor one within") {
    for (const Sample& sample : samples) {
        CAPTURE(sample.bytes);
        Elements fields = stats_reply().first(3);
        if (sample.kind != 'a') {
            fields[1] = sample.bytes;
            CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
        }
        if (sample.kind != 'b') {
            fields = stats_reply().first(2) + Elements{sample.bytes};
            CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
        }
        fields = stats_reply().first(3);
        if (sample.kind != 's') {
            fields[1] = "91 93 " + sample.bytes + " 01 80";
            CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
        }
        if (sample.kind == 'i') continue;
        fields[1] = "91 95 a1 71 01 80 c3 " + sample.bytes;
        CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
        fields = stats_reply().first(3);
        fields[0] = "93 " + manager_bytes + "01 " + sample.bytes;
        CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
    }
}

TEST_CASE("a queue of STATS_REPLY may end behind its options and after each number") {
    for (const std::string queue : {"90", "91 a1 71", "92 a1 71 01"}) {
        Elements fields = stats_reply().first(3);
        fields[1] = "91 " + queue;
        CHECK(bad_reply_by_hand("4a", fields).code == errc::protocol);
    }
    QueueStats expected;
    expected.name = "q";
    expected.queue = 8;
    expected.options.capacity = 5;
    CHECK(queue_with({}) == expected);
    Elements said{"c3"};
    expected.closed = true;
    CHECK(queue_with(said) == expected);
    int number = 10;
    for (auto* counter :
         {&expected.ready, &expected.leased, &expected.delayed, &expected.dead, &expected.bytes,
          &expected.waiting_gets, &expected.waiting_puts, &expected.puts, &expected.deliveries,
          &expected.redeliveries, &expected.acks, &expected.releases, &expected.lapses,
          &expected.buried, &expected.expired, &expected.purged, &expected.dead_lettered,
          &expected.duplicates}) {
        said.push_back(big_endian(static_cast<std::uint64_t>(number), 1));
        *counter = static_cast<std::uint64_t>(number++);
        CAPTURE(said.size());
        CHECK(queue_with(said) == expected);
    }
    CHECK(queue_with(said + Elements{"05", "a1 78", "ca 00 00 00 00"}) == expected);
}

TEST_CASE("STATS_REPLY without its last field says that there is no more") {
    const StatsReply plain = reply_by_hand<StatsReply>("4a", stats_reply().first(3));
    CHECK(plain.more);
    CHECK(plain.manager.epoch == 1);
    CHECK(plain.manager.sessions == 2);
    CHECK(plain.manager.sessions_lost == 3);
    CHECK(plain.manager.queues == 4);
    CHECK(plain.manager.requests == 5);
    CHECK(plain.manager.frames_dropped == 6);
    CHECK(plain.manager.uptime == 7ms);
    CHECK(plain.manager.objects == 8);
    CHECK_FALSE(reply_by_hand<StatsReply>("4a", stats_reply().first(2)).more);
    CHECK(bad_reply_by_hand("4a", stats_reply().first(1)).code == errc::protocol);
    Elements wider = stats_reply().first(3);
    wider[0] = "9c " + manager_bytes + "01 02 03 04 05 06 07 08 00 a1 78 c0";
    CHECK(reply_by_hand<StatsReply>("4a", wider + Elements{"c3"}) == plain);
}
