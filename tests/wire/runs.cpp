#include <string>
#include <vector>

#include "wire/by_hand.hpp"

// Sections 1.1 and 1.4 of docs/protocol.md: frames, and the runs that follow a head.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;

namespace {

/// A message with runs, in the three parts that a sender may cut it into.
struct Carrier {
    std::string name;
    std::string head;
    std::string runs;
    bool is_reply = false;
};

const std::string two_items = "c4 02 61 62 c4 00";  // 6 bytes
const std::string one_item = "c4 01 63";            // 3 bytes

std::vector<Carrier> carriers() {
    const std::string parts = "92 95 05 01 02 06 01 95 09 04 01 03 01";
    return {{"PUT", request_head("06", {"01", "01", "01", "02", "06"}), two_items},
            {"COMMIT", request_head("0f", {"90", "92 93 01 02 06 93 02 01 03"}),
             two_items + " " + one_item},
            {"DELIVER", reply_head("46", {"01", "05", parts}), two_items + " " + one_item, true},
            {"PEEKED", reply_head("49", {parts}), two_items + " " + one_item, true}};
}

errc refusal_of(const Carrier& carrier, const std::string& text) {
    const wire::DecodeError error =
        carrier.is_reply ? bad_reply(parse_vector(text)) : bad_request(parse_vector(text));
    CHECK(error.id == 7);
    return error.code;
}

/// Whether both texts are the same message.
bool are_one(const Carrier& carrier, const std::string& one, const std::string& other) {
    if (carrier.is_reply) return good_reply(parse_vector(one)) == good_reply(parse_vector(other));
    return good_request(parse_vector(one)) == good_request(parse_vector(other));
}

Elements put_of(const std::string& count, const std::string& run_bytes) {
    return {"01", "01", "01", count, run_bytes};
}

}  // namespace

TEST_CASE("every message with runs may come in one frame or in two") {
    for (const Carrier& carrier : carriers()) {
        CAPTURE(carrier.name);
        CHECK(
            are_one(carrier, carrier.head + carrier.runs, carrier.head + "frame " + carrier.runs));
        CHECK(
            are_one(carrier, carrier.head + carrier.runs, carrier.head + carrier.runs + " frame"));
    }
}

TEST_CASE("no message has runs partly behind its head and partly in the second frame") {
    for (const Carrier& carrier : carriers()) {
        CAPTURE(carrier.name);
        const std::size_t behind_the_first_item = 3 * 4;
        std::string cut = carrier.runs;
        cut.insert(behind_the_first_item, "frame ");
        CHECK(refusal_of(carrier, carrier.head + cut) == errc::protocol);
        CHECK(refusal_of(carrier, carrier.head + carrier.runs + " frame " + carrier.runs) ==
              errc::protocol);
    }
}

TEST_CASE("an empty second frame is none, for messages without items as well") {
    const std::string close = request_head("10", {"01", "c3"});
    CHECK(good_request(parse_vector(close + "frame")) == good_request(parse_vector(close)));
    const std::string done = reply_head("42", {"05"});
    CHECK(good_reply(parse_vector(done + "frame")) == good_reply(parse_vector(done)));
    CHECK(bad_request(parse_vector(close + "frame c0")).code == errc::protocol);
    CHECK(bad_reply(parse_vector(done + "frame c0")).code == errc::protocol);
    CHECK(bad_reply(parse_vector(done + "c0")).code == errc::protocol);
}

TEST_CASE("runs that are cut short, or have a byte more, belong to no message") {
    for (const Carrier& carrier : carriers()) {
        for (const std::string between : {"", "frame "}) {
            CAPTURE(carrier.name, between);
            const std::string whole = carrier.head + between + carrier.runs;
            for (std::size_t bytes = 1; 3 * bytes < carrier.runs.size(); ++bytes) {
                const std::string cut = carrier.runs.substr(0, carrier.runs.size() - 3 * bytes);
                CHECK(refusal_of(carrier, carrier.head + between + cut) == errc::protocol);
            }
            CHECK(refusal_of(carrier, carrier.head) == errc::protocol);
            CHECK(refusal_of(carrier, whole + " c4") == errc::protocol);
            CHECK(refusal_of(carrier, whole + " c4 00") == errc::protocol);
        }
    }
}

TEST_CASE("a run of DELIVER or PEEKED has as many items and bytes as its part says") {
    const auto refusal = [](const std::string& part, const std::string& runs) {
        CAPTURE(part);
        CHECK(bad_reply_by_hand("49", {"91 " + part}, runs).code ==
              bad_reply_by_hand("46", {"01", "05", "91 " + part}, runs).code);
        return bad_reply_by_hand("49", {"91 " + part}, runs).code;
    };
    CHECK(refusal("95 05 01 01 06 01", two_items) == errc::protocol);  // one item too few
    CHECK(refusal("95 05 01 03 06 01", two_items) == errc::protocol);  // one too many
    CHECK(refusal("95 05 01 02 05 01", two_items) == errc::protocol);
    CHECK(refusal("95 05 01 02 07 01", two_items) == errc::protocol);
    CHECK(refusal("95 05 01 02 00 01", two_items) == errc::protocol);
    CHECK(refusal("95 05 01 02 cf ff ff ff ff ff ff ff ff 01", two_items) == errc::protocol);
    bad_reply_by_hand("49", {"91 95 00 01 00 00 01"});  // a part has at least one item
    bad_reply_by_hand("46", {"01", "05", "91 95 05 01 00 00 01"});
}

TEST_CASE("the lengths of several runs may not add up past the greatest number") {
    const std::string most = " cf ff ff ff ff ff ff ff ff ";
    const std::string puts = "92 93 01 01 03 93 02 02" + most;
    CHECK(bad_request_by_hand("0f", {"90", puts}, one_item + " " + two_items).code ==
          errc::protocol);
    const std::string wraps = "92 93 01 01" + most + "93 02 02 07";
    CHECK(bad_request_by_hand("0f", {"90", wraps}, two_items).code == errc::protocol);
    const std::string parts = "92 95 05 01 01 03 01 95 09 04 02" + most + "01";
    CHECK(bad_reply_by_hand("49", {parts}, one_item + " " + two_items).code == errc::protocol);
}

TEST_CASE("runs belong to their puts and parts in the order of the head") {
    const Commit commit = request_by_hand<Commit>("0f", {"90", "92 93 01 02 06 93 02 01 03"},
                                                  two_items + " " + one_item);
    REQUIRE(commit.puts.size() == 2);
    CHECK(commit.puts[0].queue == 1);
    CHECK(commit.puts[0].items.bytes.view() == std::string("\xc4\x02"
                                                           "ab\xc4\0",
                                                           6));
    CHECK(commit.puts[1].items.bytes.view() == std::string("\xc4\x01"
                                                           "c",
                                                           3));
    CHECK(
        bad_request_by_hand("0f", {"90", "92 93 01 02 06 93 02 01 03"}, one_item + " " + two_items)
            .code == errc::protocol);
    const Peeked peeked = reply_by_hand<Peeked>("49", {"92 95 00 01 02 06 01 95 00 04 01 03 01"},
                                                two_items + " " + one_item);
    REQUIRE(peeked.runs.size() == 2);
    CHECK(peeked.parts[1].id == 4);
    CHECK(peeked.runs[1].view() == std::string("\xc4\x01"
                                               "c",
                                               3));
}

TEST_CASE("the length of an item may have 8, 16 or 32 bits, whatever it is") {
    struct Form {
        std::string bytes;
        std::string length;
    };
    for (const Form& form :
         {Form{"c4 01 61", "03"}, Form{"c5 00 01 61", "04"}, Form{"c6 00 00 00 01 61", "06"}}) {
        CAPTURE(form.bytes);
        CHECK(
            request_by_hand<Put>("06", put_of("01", form.length), form.bytes).items.bytes.size() ==
            std::stoul(form.length));
        const std::string part = "91 95 05 01 01 " + form.length + " 01";
        CHECK(reply_by_hand<Deliver>("46", {"01", "05", part}, form.bytes).runs.at(0).size() ==
              std::stoul(form.length));
    }
    for (const std::size_t bytes : {255, 256, 65'535, 65'536}) {
        const std::string length = "ce " + big_endian(bytes + 5, 4);
        CHECK(request_by_hand<Put>("06", put_of("01", length), bin_of(bytes)).items.count == 1);
    }
}

TEST_CASE("an item is a bin and nothing else") {
    for (const std::string item :
         {"c0 c0 c0", "a2 61 61", "d9 01 61", "92 c0 c0", "cd 00 01", "d4 01 61", "c7 00 01",
          "81 01 01", "c1 c1 c1", "c4 02 61", "c5 00 01"}) {
        CAPTURE(item);
        CHECK(bad_request_by_hand("06", put_of("01", "03"), item).code == errc::protocol);
        CHECK(bad_reply_by_hand("49", {"91 95 00 01 01 03 01"}, item).code == errc::protocol);
    }
}

TEST_CASE("positions of a put end at the greatest number at most") {
    const auto put = [](const std::string& first) {
        return Elements{"01", first, "01", "02", "06"};
    };
    bad_request_by_hand("06", put(u64(unlimited)), two_items);
    CHECK(bad_request_by_hand("06", put("00"), two_items).code == errc::invalid_argument);
    const Put greatest = request_by_hand<Put>("06", put(u64(std::uint64_t{1} << 62)), two_items);
    CHECK(greatest.first == std::uint64_t{1} << 62);  // whether it may be so great is judged later
}

// ------------------------------------------------------------------ what nobody knows

TEST_CASE("an unknown request may have any fields and runs, in one frame or in two") {
    for (const std::string opcode :
         {"3f", "00", "cd 40 00", "ce 00 01 00 06", "cf ff ff ff ff ff ff ff ff"}) {
        const Elements fields{"ca 00 00 00 00", "a1 78", "82 01 90 02 c0"};
        const std::string head = request_head(opcode, fields);
        CAPTURE(opcode);
        const Request plain = good_request(parse_vector(head));
        CHECK(std::holds_alternative<UnknownRequest>(plain.body));
        CHECK(plain.id == 7);
        CHECK(good_request(parse_vector(head + "c4 01 61 ff ff")) == plain);
        CHECK(good_request(parse_vector(head + "frame c4 01 61")) == plain);
    }
}

TEST_CASE("a flag makes a known opcode unknown, in a request as in a reply") {
    const Request request = good_request(parse_vector(request_head("ce 00 01 00 11", {"01"})));
    CHECK(request.body == RequestBody{UnknownRequest{0x1'0011}});
    const wire::DecodeError reply = bad_reply_by_hand("ce 00 01 00 42", {"05"});
    CHECK(reply.code == errc::unsupported);
    CHECK(reply.opcode == 0x1'0042);
    CHECK(bad_reply_by_hand("cf 80 00 00 00 00 00 00 42", {"05"}).code == errc::unsupported);
}

TEST_CASE("an unknown reply is unsupported whatever its fields and runs are") {
    CHECK(bad_reply_by_hand("7f", {"ca 00 00 00 00", "81 a1 78 90"}).code == errc::unsupported);
    CHECK(bad_reply_by_hand("7f", {"01"}, "c4 01 61").code == errc::unsupported);
    CHECK(bad_reply_by_hand("7f", {"01"}, "frame c4 01 61").code == errc::unsupported);
    const wire::DecodeError to_nobody = bad_reply(parse_vector("92 7f 00"));
    CHECK(to_nobody.code == errc::unsupported);
    CHECK(to_nobody.id == 0);
}

TEST_CASE("what is passed over is at most sixteen deep, wherever it stands") {
    for (const std::string level : {"91 ", "81 01 ", "dc 00 01 ", "df 00 00 00 01 01 "}) {
        CAPTURE(level);
        const std::string deep = repeated(16, level) + "c0";
        const std::string too_deep = repeated(17, level) + "c0";
        const auto in_columns = [&](const std::string& last) {
            return Elements{"01", "01", "01", "01", "03", "97 00 00 c0 c0 c0 c0 " + last};
        };
        CHECK(request_by_hand<Put>("06", in_columns(deep), one_item).items.count == 1);
        CHECK(bad_request_by_hand("06", in_columns(too_deep), one_item).code == errc::protocol);
        CHECK(reply_by_hand<Opened>("44", {"01", "81 0a " + deep}).queue == 1);
        CHECK(bad_reply_by_hand("44", {"01", "81 0a " + too_deep}).code == errc::protocol);
        const std::string part = "91 9c 05 01 01 03 01 00 00 c0 a0 c0 c0 ";
        CHECK(reply_by_hand<Peeked>("49", {part + deep}, one_item).parts.size() == 1);
        CHECK(bad_reply_by_hand("49", {part + too_deep}, one_item).code == errc::protocol);
        CHECK(good_request(parse_vector(request_head("3f", {deep}))).id == 7);
        CHECK(bad_request_by_hand("3f", {too_deep}).code == errc::protocol);
    }
}

TEST_CASE("what is passed over is whole msgpack all the same") {
    for (const std::string bad :
         {"c1", "91", "a5 61", "c4 05 61", "cf 00", "c7 04 01 00", "82 01 02 03"}) {
        CAPTURE(bad);
        CHECK(bad_request_by_hand("11", {"01", bad}).code == errc::protocol);
        CHECK(bad_request_by_hand("3f", {bad}).code == errc::protocol);
        CHECK(bad_reply_by_hand("42", {"01", bad}).code == errc::protocol);
    }
}
