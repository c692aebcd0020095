#include <string>
#include <vector>

#include "wire/by_hand.hpp"

// Section 6 of docs/protocol.md: each table of a request, its defaults and its types.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;
using namespace std::chrono_literals;

namespace {

const std::string magic = "a7 68 61 6e 64 6f 66 66";
const std::string session_id = "c4 10 " + repeated(16, "11");
const std::string one_item = "c4 01 78";

Table hello() {
    return {"HELLO",
            "01",
            {{"magic", magic, "s"},
             {"role", "01", "i"},
             {"version_min", "01", "i"},
             {"version_max", "01", "i"},
             {"features_optional", "00", "i"},
             {"features_required", "00", "i"},
             {"resume", "c0", "nx"},
             {"fresh", session_id, "x"},
             {"connection_number", "01", "i"},
             {"boot_id", "a0", "s", false},
             {"pid_namespace", "00", "i", false},
             {"pid", "00", "i", false},
             {"start_time", "00", "i", false},
             {"name", "a0", "s", false}}};
}

Table put() {
    return {"PUT",
            "06",
            {{"queue", "01", "i"},
             {"first", "01", "i"},
             {"lowest_unconfirmed", "01", "i"},
             {"count", "01", "i"},
             {"run_bytes", "03", "i"},
             {"columns", "90", "na", false}},
            one_item};
}

Table commit() {
    return {"COMMIT",
            "0f",
            {{"acks", "91 92 01 92 05 05", "a"}, {"puts", "91 94 01 01 03 90", "a"}},
            one_item};
}

/// ACK, RELEASE, BURY, EXTEND, GIVEBACK.
std::vector<Table> settlements() {
    const Table::Field queue{"queue", "01", "i"};
    const Table::Field tokens{"tokens", "92 05 05", "a"};
    const Table::Field cursor{"cursor", "92 01 05", "na", false};
    return {{"ACK", "0a", {queue, tokens, cursor}},
            {"RELEASE", "0b", {queue, tokens, cursor, {"delay", "05", "i", false}}},
            {"BURY", "0c", {queue, tokens, cursor, {"reason", "a1 78", "s", false}}},
            {"EXTEND", "0d", {queue, tokens, cursor, {"lease", "05", "ni", false}}},
            {"GIVEBACK", "0e", {queue, tokens, cursor}}};
}

std::vector<Table> of_takers() {
    return {
        {"GET",
         "08",
         {{"queues", "91 01", "a"}, {"items_max", "02", "i", false}, {"lease", "05", "ni", false}}},
        {"CREDIT",
         "09",
         {{"queue", "01", "i"},
          {"items", "02", "i"},
          {"bytes", "03", "i"},
          {"lease", "05", "ni", false},
          {"cursor", "92 01 05", "na", false}}},
        {"WITHDRAW",
         "07",
         {{"queue", "01", "i"}, {"positions", "02", "i"}, {"positions", "03", "i"}}}};
}

std::vector<Table> of_whole_queues() {
    const Table::Field queue{"queue", "01", "i"};
    return {
        {"OPEN",
         "05",
         {{"name", "a1 71", "s"}, {"options", "80", "m", false}, {"create", "c2", "b", false}}},
        {"CLOSE", "10", {queue, {"now", "c3", "b", false}}},
        {"JOIN", "11", {queue}},
        {"PEEK", "12", {queue, {"state", "03", "i", false}, {"items_max", "09", "i", false}}},
        {"PURGE", "13", {queue, {"dead", "c2", "b", false}}},
        {"KICK", "14", {queue, {"items_max", "09", "i", false}}},
        {"DESTROY", "15", {queue}},
        {"STATS",
         "16",
         {{"queues", "91 01", "a"}, {"after", "a1 71", "s"}, {"queues_max", "09", "i", false}}}};
}

std::vector<Table> of_sessions() {
    return {{"HEARTBEAT",
             "02",
             {{"cursors", "92 01 05", "a", false}, {"answered", "92 03 05", "a", false}}},
            {"GOODBYE", "03", {}},
            {"CANCEL", "04", {{"target", "09", "i"}}}};
}

std::vector<Table> all_requests() {
    std::vector<Table> all{hello(), put(), commit()};
    for (const auto& more : {settlements(), of_takers(), of_whole_queues(), of_sessions()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

Request by_hand(const Table& table, const Elements& fields) {
    return good_request(parse_vector(request_head(table.opcode, fields) + table.runs));
}

void ends_only_before_defaults(const Table& table) {
    wire::tests::ends_only_before_defaults(table, bad_request_by_hand, [&](const Elements& fields) {
        CHECK(by_hand(table, fields).id == 7);
    });
}

}  // namespace

// ------------------------------------------------------------------ types

TEST_CASE("no field of HELLO takes a value of another type") {
    no_field_takes_another_type(hello(), bad_request_by_hand);
}

TEST_CASE("no field of PUT takes a value of another type") {
    no_field_takes_another_type(put(), bad_request_by_hand);
}

TEST_CASE("no field of COMMIT takes a value of another type, nor one within its lists") {
    no_field_takes_another_type(commit(), bad_request_by_hand);
    for (const std::string acks :
         {"91 01", "91 92 c0 90", "91 92 01 c0", "91 92 01 92 05 c0", "91 92 01 92 a1 78 05"}) {
        CAPTURE(acks);
        CHECK(bad_request_by_hand("0f", {acks, "90"}).code == errc::protocol);
    }
    for (const std::string puts :
         {"91 01", "91 94 c0 01 03 90", "91 94 01 c3 03 90", "91 94 01 01 a1 78 90",
          "91 94 01 01 03 80", "91 94 01 01 03 91 a1 78"}) {
        CAPTURE(puts);
        CHECK(bad_request_by_hand("0f", {"90", puts}, one_item).code == errc::protocol);
    }
}

TEST_CASE("no field of a settlement takes a value of another type") {
    for (const Table& table : settlements()) {
        no_field_takes_another_type(table, bad_request_by_hand);
    }
}

TEST_CASE("no field of GET, CREDIT or WITHDRAW takes a value of another type") {
    for (const Table& table : of_takers()) no_field_takes_another_type(table, bad_request_by_hand);
}

TEST_CASE("no field of a request about a whole queue takes a value of another type") {
    for (const Table& table : of_whole_queues()) {
        no_field_takes_another_type(table, bad_request_by_hand);
    }
}

TEST_CASE("no field of HEARTBEAT or CANCEL takes a value of another type") {
    for (const Table& table : of_sessions()) {
        no_field_takes_another_type(table, bad_request_by_hand);
    }
    CHECK(bad_request_by_hand("02", {"92 01 c0"}).code == errc::protocol);
    CHECK(bad_request_by_hand("02", {"92 a1 78 01"}).code == errc::protocol);
}

TEST_CASE("no element before the fields takes a value of another type") {
    const auto judge = [](const Elements& elements) {
        return bad_request(parse_vector(array_of(elements))).code;
    };
    const std::vector<std::string> kinds{"i", "i", "in", "xn"};
    for (std::size_t place = 1; place < 5; ++place) {
        for (const Sample& sample : samples) {
            if (kinds[place - 1].find(sample.kind) != std::string::npos) continue;
            Elements elements{"11", "07", "05", "c0", "c0", "01"};
            elements[place] = sample.bytes;
            INFO("element " << place << " as " << sample.bytes);
            CHECK(judge(elements) == errc::protocol);
        }
    }
}

// ------------------------------------------------------------------ defaults

TEST_CASE("HELLO may end behind its connection number, and not sooner") {
    ends_only_before_defaults(hello());
    const Hello least = request_by_hand<Hello>("01", hello().first(9));
    CHECK(least.boot_id.empty());
    CHECK(least.pid_namespace == 0);
    CHECK(least.pid == 0);
    CHECK(least.start_time == 0);
    CHECK(least.name.empty());
    CHECK(least.connection_number == 1);
}

TEST_CASE("OPEN of a name alone has no options and makes the queue") {
    const Open open = request_by_hand<Open>("05", {"a1 71"});
    CHECK(open == Open{"q", QueueOptions{}, true});
    CHECK(request_by_hand<Open>("05", {"a1 71", "81 01 05"}).create);
    CHECK_FALSE(request_by_hand<Open>("05", {"a1 71", "80", "c2"}).create);
}

TEST_CASE("PUT may end in front of its columns, and not sooner") {
    ends_only_before_defaults(put());
    for (const Elements& columns : {Elements{}, Elements{"90"}, Elements{"c0"}}) {
        const Put least = request_by_hand<Put>("06", put().first(5) + columns, one_item);
        CHECK(least.columns == Columns{});
        CHECK(least.items.count == 1);
    }
}

TEST_CASE("columns may end behind each of them, and the others are as if they were not said") {
    const Elements all{"02", "cd 03 e8", "cd 07 d0", "c4 01 6b", "c4 01 68", "c4 01 74"};
    const auto with = [&](std::size_t count) {
        const Elements some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
        return request_by_hand<Put>("06", put().first(5) + Elements{array_of(some)}, one_item)
            .columns;
    };
    Columns expected;
    CHECK(with(0) == expected);
    expected.priority = 2;
    CHECK(with(1) == expected);
    expected.delay = 1s;
    CHECK(with(2) == expected);
    expected.time_to_live = 2s;
    CHECK(with(3) == expected);
    expected.key = "k";
    CHECK(with(4) == expected);
    expected.headers = Slice::copy("h");
    CHECK(with(5) == expected);
    expected.trace = Slice::copy("t");
    CHECK(with(6) == expected);
}

TEST_CASE("GET of queues alone asks for one item and the queue's lease") {
    CHECK(request_by_hand<Get>("08", {"92 01 02"}) == Get{{1, 2}, 1, std::nullopt});
    CHECK(request_by_hand<Get>("08", {"91 01", "05"}) == Get{{1}, 5, std::nullopt});
    CHECK(request_by_hand<Get>("08", {"91 01", "05", "c0"}) == Get{{1}, 5, std::nullopt});
    CHECK(request_by_hand<Get>("08", {"91 01", "05", "00"}).lease == 0ms);
}

TEST_CASE("CREDIT may end behind its bytes, and not sooner") {
    ends_only_before_defaults(of_takers()[1]);
    const Credit least = request_by_hand<Credit>("09", {"01", "02", "03"});
    CHECK(least == Credit{1, 2, 3, std::nullopt, std::nullopt});
    CHECK(request_by_hand<Credit>("09", {"01", "02", "03", "c0", "c0"}) == least);
    const Cursor cursor{4, 5};
    CHECK(request_by_hand<Credit>("09", {"01", "02", "03", "c0", "92 04 05"}).cursor == cursor);
}

TEST_CASE("a settlement may end behind its tokens, and each kind has the default of its own") {
    for (const Table& table : settlements()) ends_only_before_defaults(table);
    const auto least = [](const std::string& opcode) {
        return request_by_hand<Settle>(opcode, {"01", "92 05 06"});
    };
    for (const std::string opcode : {"0a", "0b", "0c", "0d", "0e"}) {
        const Settle settle = least(opcode);
        CHECK(settle.queue == 1);
        CHECK(settle.tokens == std::vector<Range>{{5, 6}});
        CHECK_FALSE(settle.cursor);
    }
    CHECK(least("0b").delay == 0ms);
    CHECK(least("0c").reason.empty());
    CHECK_FALSE(least("0d").lease);
    const Elements with_cursor{"01", "90", "92 01 05"};
    CHECK(request_by_hand<Settle>("0b", with_cursor).delay == 0ms);
    CHECK(request_by_hand<Settle>("0c", with_cursor).reason.empty());
    CHECK(request_by_hand<Settle>("0d", with_cursor + Elements{"c0"}).lease == std::nullopt);
}

TEST_CASE("COMMIT has both of its lists, and only the columns within may be missing") {
    ends_only_before_defaults(commit());
    const Commit least = request_by_hand<Commit>("0f", {"90", "91 93 01 01 03"}, one_item);
    CHECK(least.puts.at(0).columns == Columns{});
    CHECK(request_by_hand<Commit>("0f", {"90", "91 94 01 01 03 c0"}, one_item) == least);
    CHECK(bad_request_by_hand("0f", {"91 91 01", "90"}).code == errc::protocol);
    CHECK(bad_request_by_hand("0f", {"90", "91 92 01 01"}, one_item).code == errc::protocol);
}

TEST_CASE("CLOSE, PURGE and KICK of a queue alone drain, take the dead and take all") {
    CHECK_FALSE(request_by_hand<Close>("10", {"01"}).now);
    CHECK(request_by_hand<Purge>("13", {"01"}).dead);
    CHECK(request_by_hand<Kick>("14", {"01"}).items_max == 0xffff'ffff'ffff'ffff);
    for (const std::string opcode : {"10", "11", "13", "14", "15"}) {
        CHECK(bad_request_by_hand(opcode, {}).code == errc::protocol);
    }
}

TEST_CASE("PEEK of a queue alone looks at one ready item") {
    CHECK(request_by_hand<Peek>("12", {"01"}) == Peek{1, ItemState::ready, 1});
    CHECK(request_by_hand<Peek>("12", {"01", "03"}) == Peek{1, ItemState::dead, 1});
    CHECK(bad_request_by_hand("12", {}).code == errc::protocol);
}

TEST_CASE("STATS names its queues and the name to begin behind, but not how many") {
    ends_only_before_defaults(of_whole_queues().back());
    CHECK(request_by_hand<Stats>("16", {"90", "a1 71"}) == Stats{{}, "q", 1000});
    CHECK(request_by_hand<Stats>("16", {"91 05", "a0", "02"}) == Stats{{5}, "", 2});
}

TEST_CASE("HEARTBEAT without a field has no cursors, and CANCEL without one is malformed") {
    CHECK(request_by_hand<Heartbeat>("02", {}).cursors.empty());
    CHECK(request_by_hand<Heartbeat>("02", {"90"}).answered.empty());
    CHECK(request_by_hand<Heartbeat>("02", {"90", "92 03 05"}).answered ==
          std::vector<Range>{{3, 5}});
    CHECK(bad_request_by_hand("04", {}).code == errc::protocol);
    CHECK(bad_request_by_hand("07", {"01", "05"}).code == errc::protocol);
}

// ------------------------------------------------------------------ of newer senders

TEST_CASE("every request may have fields of later versions behind those of its table") {
    const Elements later{"cb 3f f0 00 00 00 00 00 00", "d4 01 02", "c7 02 05 aa bb",
                         "82 a1 78 91 90 01 c0",       "c4 01 78", "d9 01 78"};
    for (const Table& table : all_requests()) {
        CAPTURE(table.name);
        const Request plain = by_hand(table, table.first(table.fields.size()));
        CHECK(by_hand(table, table.first(table.fields.size()) + later) == plain);
    }
}

TEST_CASE("columns, cursors and the entries of COMMIT may be longer than their tables") {
    const std::string wide = "96 01 00 c0 c0 c0 c0";
    const std::string wider = "98 01 00 c0 c0 c0 c0 ca 00 00 00 00 81 01 02";
    CHECK(request_by_hand<Put>("06", put().first(5) + Elements{wider}, one_item) ==
          request_by_hand<Put>("06", put().first(5) + Elements{wide}, one_item));
    const Settle ack = request_by_hand<Settle>("0a", {"01", "90", "94 02 05 a1 78 c0"});
    CHECK(ack.cursor == Cursor{2, 5});
    CHECK(
        request_by_hand<Commit>("0f", {"91 93 01 92 05 05 c3", "91 95 01 01 03 90 c0"}, one_item) ==
        request_by_hand<Commit>("0f", {"91 92 01 92 05 05", "91 94 01 01 03 90"}, one_item));
    CHECK(bad_request_by_hand("0a", {"01", "90", "91 02"}).code == errc::protocol);
}
