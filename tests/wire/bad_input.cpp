#include <cstdint>
#include <string>

#include "support/catch.hpp"
#include "wire/by_hand.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;
using Catch::Matchers::Contains;

namespace {

/// The first five elements of a request of `elements` elements: id 7, nothing else.
std::string head(const std::string& array, const std::string& opcode) {
    return array + " " + opcode + " 07 00 c0 c0 ";
}

/// Refused with this code and a text that says these words, and with the id 7.
void is_refused(const std::string& hex_text, errc code, const std::string& words,
                const wire::DecodeLimits& limits = {}) {
    CAPTURE(hex_text.substr(0, 200));
    const wire::DecodeError error = bad_request(parse_vector(hex_text), limits);
    CHECK(error.code == code);
    CHECK_THAT(error.text, Contains(words));
    CHECK(error.id == 7);
}

void is_refused_without_id(const std::string& hex_text, const std::string& words) {
    CAPTURE(hex_text.substr(0, 200));
    const wire::DecodeError error = bad_request(parse_vector(hex_text));
    CHECK(error.code == errc::protocol);
    CHECK_THAT(error.text, Contains(words));
    CHECK(error.id == 0);
}

}  // namespace

// ------------------------------------------------------------------ what cannot be answered by id

TEST_CASE("an empty frame is no message") {
    is_refused_without_id("", "head");
}

TEST_CASE("a head that is no array is no message") {
    is_refused_without_id("07", "head is an integer, not an array");
    is_refused_without_id("a5 68 65 6c 6c 6f", "head is a str, not an array");
    is_refused_without_id("85 01 01 01 01 01 01 01 01 01 01", "head is a map, not an array");
    is_refused_without_id("c1", "head");
}

TEST_CASE("an empty head is no message") {
    is_refused_without_id("90", "opcode is missing");
}

TEST_CASE("an opcode that is no number is no message") {
    is_refused_without_id("95 a1 78 07 00 c0 c0", "opcode is a str, not an integer");
    CHECK(bad_request(parse_vector("95 ff 07 00 c0 c0")).code == errc::invalid_argument);
}

TEST_CASE("an id that is no number cannot be answered by it") {
    is_refused_without_id("96 10 c0 00 c0 c0 01", "CLOSE: id is nil, not an integer");
}

TEST_CASE("a head with more elements than bytes is no message") {
    is_refused_without_id("dd ff ff ff ff 10 07 00 c0 c0 01", "head");
}

// ------------------------------------------------------------------ fields

TEST_CASE("every element before the fields must be there") {
    is_refused("92 11 07", errc::protocol, "JOIN: done_below is missing");
    is_refused("93 11 07 00", errc::protocol, "JOIN: remaining is missing");
    is_refused("94 11 07 00 c0", errc::protocol, "JOIN: trace is missing");
}

TEST_CASE("a field that must be there is named when it is not") {
    is_refused(head("95", "06"), errc::protocol, "PUT: queue is missing");
    is_refused(head("97", "06") + "01 01", errc::protocol, "PUT: lowest_unconfirmed is missing");
    is_refused(head("95", "05"), errc::protocol, "OPEN: name is missing");
    is_refused(head("95", "0f"), errc::protocol, "COMMIT: acks is missing");
}

TEST_CASE("a field of another type is named") {
    is_refused(head("96", "11") + "a1 78", errc::protocol, "JOIN: queue is a str, not an integer");
    is_refused(head("97", "10") + "01 01", errc::protocol, "CLOSE: now is an integer, not a");
    is_refused(head("96", "05") + "c4 01 78", errc::protocol, "OPEN: name is a bin, not a str");
    is_refused(head("97", "05") + "a1 78 90", errc::protocol,
               "OPEN: options is an array, not a map");
    is_refused(head("96", "08") + "01", errc::protocol, "GET: queues is an integer, not an array");
}

TEST_CASE("a number that does not fit is out of range") {
    is_refused(head("96", "11") + "ff", errc::invalid_argument, "JOIN: queue is out of range");
    is_refused(head("97", "08") + "91 01 cf 00 00 00 01 00 00 00 00", errc::invalid_argument,
               "GET: items_max is out of range");
}

TEST_CASE("negative and absurd durations are refused") {
    is_refused("96 11 07 00 ff c0 01", errc::invalid_argument, "remaining of -1 ms");
    is_refused("96 11 07 00 d3 80 00 00 00 00 00 00 00 c0 01", errc::invalid_argument, "remaining");
    is_refused("96 11 07 00 cf 00 00 02 de c1 f4 2c 01 c0 01", errc::invalid_argument, "remaining");
    is_refused("96 11 07 00 cf ff ff ff ff ff ff ff ff c0 01", errc::invalid_argument, "remaining");
}

TEST_CASE("the longest duration is accepted") {
    const Request join = good_request(parse_vector("96 11 07 00 cf 00 00 02 de c1 f4 2c 00 c0 01"));
    CHECK(join.remaining == std::chrono::hours{24 * 36525});
}

TEST_CASE("an unknown state is unsupported") {
    is_refused(head("97", "12") + "01 04", errc::unsupported,
               "PEEK: state has the unknown value 4");
}

TEST_CASE("a session id has 16 bytes") {
    const std::string before = head("dc 00 13", "01") + "a7 68 61 6e 64 6f 66 66 01 01 01 00 00 ";
    is_refused(before + "c4 0f " + repeated(15, "aa") + repeated(8, "00"), errc::protocol,
               "resume is not of 16 bytes");
    is_refused(before + "c4 11 " + repeated(17, "aa") + repeated(8, "00"), errc::protocol,
               "resume");
}

// ------------------------------------------------------------------ HELLO and WELCOME

TEST_CASE("HELLO with another magic is refused") {
    is_refused(head("96", "01") + "a7 68 61 6e 64 73 66 66", errc::protocol, "HELLO: magic is not");
    is_refused(head("96", "01") + "01", errc::protocol, "HELLO: magic is an integer");
}

TEST_CASE("HELLO of other versions is refused whatever follows") {
    const std::string before = head("99", "01") + "a7 68 61 6e 64 6f 66 66 01 ";
    is_refused(before + "02 03", errc::version_mismatch, "2 to 3 does not include 1");
    is_refused(before + "00 00", errc::version_mismatch, "0 to 0 does not include 1");
    is_refused(before + "02 01", errc::version_mismatch, "2 to 1 does not include 1");
    is_refused(head("dc 00 0a", "01") + "a7 68 61 6e 64 6f 66 66 01 02 03 a1 78 c3",
               errc::version_mismatch, "2 to 3");
}

TEST_CASE("HELLO that also speaks later versions is accepted") {
    Frames hello = vector("hello_first");
    const std::size_t version_max = 1 + 2 + 5 + 8 + 2;
    hello[0][version_max] = 9;
    CHECK(std::get<Hello>(good_request(hello).body).version_max == 9);
}

TEST_CASE("WELCOME of another version is refused") {
    Frames welcome = vector("welcome");
    const std::size_t version = 1 + 2 + 8;
    welcome[0][version] = 2;
    const wire::DecodeError error = bad_reply(welcome);
    CHECK(error.code == errc::version_mismatch);
    CHECK(error.id == 1);
}

// ------------------------------------------------------------------ options

TEST_CASE("an option that nobody knows is unsupported in a request") {
    is_refused(head("97", "05") + "a1 71 82 01 05 0a 01", errc::unsupported,
               "OPEN: options has the unknown key 10");
    is_refused(head("97", "05") + "a1 71 81 00 05", errc::unsupported, "unknown key 0");
}

TEST_CASE("an unknown value of an option is unsupported") {
    is_refused(head("97", "05") + "a1 71 81 03 03", errc::unsupported,
               "order has the unknown value 3");
    is_refused(head("97", "05") + "a1 71 81 07 03", errc::unsupported,
               "durability has the unknown");
}

TEST_CASE("an option that is there twice is refused") {
    is_refused(head("97", "05") + "a1 71 82 01 05 01 06", errc::protocol,
               "capacity is there twice");
    is_refused(head("97", "05") + "a1 71 82 06 a1 78 06 a1 78", errc::protocol,
               "dead_letter is there");
    is_refused(head("97", "05") + "a1 71 82 08 05 08 06", errc::protocol, "key_window is there");
}

TEST_CASE("an option of another type is refused") {
    is_refused(head("97", "05") + "a1 71 81 01 c0", errc::protocol, "capacity is nil");
    is_refused(head("97", "05") + "a1 71 81 a1 78 01", errc::protocol, "options is a str");
    is_refused(head("97", "05") + "a1 71 81 04 ff", errc::invalid_argument, "lease of -1 ms");
    is_refused(head("97", "05") + "a1 71 81 08 ff", errc::invalid_argument, "key_window of -1 ms");
    is_refused(head("97", "05") + "a1 71 81 09 ff", errc::invalid_argument, "keys_max is out of");
    is_refused(head("97", "05") + "a1 71 81 09 a1 31", errc::protocol, "keys_max is a str");
}

// ------------------------------------------------------------------ ranges and lists

TEST_CASE("token ranges ascend, do not overlap and begin at 1") {
    const std::string why = "tokens are not ascending ranges";
    is_refused(head("97", "0a") + "01 92 00 05", errc::invalid_argument, why);
    is_refused(head("97", "0a") + "01 92 05 04", errc::invalid_argument, why);
    is_refused(head("97", "0a") + "01 94 01 05 05 06", errc::invalid_argument, why);
    is_refused(head("97", "0a") + "01 94 05 06 01 02", errc::invalid_argument, why);
}

TEST_CASE("a range list ends with a whole range") {
    is_refused(head("97", "0a") + "01 93 01 02 03", errc::protocol, "tokens ends within an entry");
    is_refused(head("96", "02") + "93 01 02 03", errc::protocol, "cursors ends within an entry");
}

TEST_CASE("too many ranges are refused") {
    is_refused(head("97", "0a") + "01 96 01 01 03 03 05 05", errc::limit_exceeded,
               "tokens has 3 entries; 2 are allowed", {.ranges_max = 2});
    const std::string many = "dd 00 02 00 02 " + repeated(131074, "01");
    is_refused(head("97", "0a") + "01 " + many, errc::limit_exceeded, "65537 entries; 65536");
}

TEST_CASE("a count without the bytes for it is refused before memory is taken") {
    is_refused(head("97", "0a") + "01 dd ff ff ff fe 01 01", errc::protocol, "tokens");
    is_refused(head("96", "08") + "dd 40 00 00 00 01 01", errc::protocol, "queues");
    is_refused(head("97", "0f") + "dd ff ff ff ff 90", errc::protocol, "acks");
    is_refused(head("97", "05") + "a1 71 df ff ff ff ff 01 01", errc::protocol, "options");
}

TEST_CASE("too many queues are refused") {
    is_refused(head("96", "08") + "93 01 02 03", errc::limit_exceeded, "queues has 3 entries",
               {.queues_max = 2});
    is_refused(head("96", "02") + "96 01 02 03 04 05 06", errc::limit_exceeded, "cursors",
               {.queues_max = 2});
    is_refused(head("97", "0f") + "93 92 01 90 92 02 90 92 03 90 90", errc::limit_exceeded, "acks",
               {.queues_max = 2});
}

TEST_CASE("GET needs a queue and an item to ask for") {
    is_refused(head("96", "08") + "90", errc::invalid_argument, "GET: queues are none");
    is_refused(head("97", "08") + "91 01 00", errc::invalid_argument, "GET: items_max is 0");
}

TEST_CASE("COMMIT acknowledges of each queue once") {
    is_refused(head("97", "0f") + "92 92 01 92 01 01 92 01 92 02 02 90", errc::invalid_argument,
               "COMMIT: acks name a queue twice");
}

TEST_CASE("a range of positions is a range") {
    is_refused(head("98", "07") + "01 05 04", errc::invalid_argument, "WITHDRAW: positions");
    is_refused(head("98", "07") + "01 00 04", errc::invalid_argument, "WITHDRAW: positions");
}

// ------------------------------------------------------------------ lengths

TEST_CASE("names, texts, keys, headers and traces have limits") {
    const wire::DecodeLimits small{.name_bytes_max = 4,
                                   .text_bytes_max = 4,
                                   .key_bytes_max = 4,
                                   .headers_bytes_max = 4,
                                   .trace_bytes_max = 4};
    is_refused(head("96", "05") + "a5 61 61 61 61 61", errc::invalid_argument,
               "name has 5 bytes; 4 are allowed", small);
    is_refused(head("99", "0c") + "01 90 c0 a5 61 61 61 61 61", errc::too_large, "reason has 5",
               small);
    const std::string put = head("9b", "06") + "01 01 01 01 02 ";
    is_refused(put + "94 00 00 c0 c4 05 61 61 61 61 61 c4 00", errc::too_large, "key has 5", small);
    is_refused(put + "95 00 00 c0 c0 c4 05 61 61 61 61 61 c4 00", errc::too_large, "headers has 5",
               small);
    is_refused(put + "96 00 00 c0 c0 c0 c4 05 61 61 61 61 61 c4 00", errc::too_large, "trace has 5",
               small);
    is_refused("96 11 07 00 c0 c4 05 61 61 61 61 61 01", errc::too_large, "trace has 5", small);
    is_refused(head("97", "05") + "a1 71 81 06 a5 61 61 61 61 61", errc::invalid_argument,
               "dead_letter has 5", small);
}

TEST_CASE("a key, headers and a trace may be as long as the limits, and no longer") {
    const std::string put = head("9b", "06") + "01 01 01 01 02 96 00 00 c0 ";
    const auto key = [&](const std::string& header, std::size_t bytes) {
        return put + header + " " + repeated(bytes, "61") + "c0 c0 c4 00";
    };
    const auto headers = [&](const std::string& header, std::size_t bytes) {
        return put + "c0 " + header + " " + repeated(bytes, "61") + "c0 c4 00";
    };
    const auto trace = [&](const std::string& header, std::size_t bytes) {
        return put + "c0 c0 " + header + " " + repeated(bytes, "61") + "c4 00";
    };
    const auto accepted = [&](const std::string& hex_text) {
        return good_request(parse_vector(hex_text)).id == 7;
    };
    CHECK(accepted(key("c5 04 00", 1024)));
    CHECK(accepted(headers("c6 00 01 00 00", 65536)));
    CHECK(accepted(trace("c5 04 00", 1024)));
    is_refused(key("c5 04 01", 1025), errc::too_large, "PUT: key has 1025 bytes; 1024");
    is_refused(headers("c6 00 01 00 01", 65537), errc::too_large,
               "PUT: headers has 65537 bytes; 65536");
    is_refused(trace("c5 04 01", 1025), errc::too_large, "PUT: trace has 1025 bytes; 1024");
}

TEST_CASE("a key, headers and a trace are bytes, not texts") {
    const std::string put = head("9b", "06") + "01 01 01 01 02 ";
    is_refused(put + "94 00 00 c0 a1 61 c4 00", errc::protocol, "key is a str, not a bin");
    is_refused(put + "95 00 00 c0 c0 81 01 01 c4 00", errc::protocol, "headers is a map");
    is_refused(put + "96 00 00 c0 c0 c0 a1 61 c4 00", errc::protocol, "trace is a str, not a bin");
}

TEST_CASE("a length beyond the end is refused") {
    is_refused(head("96", "05") + "db ff ff ff ff 61", errc::protocol, "name is cut short");
    is_refused("96 11 07 00 c0 c6 ff ff ff ff 01", errc::protocol, "trace is cut short");
}

TEST_CASE("a key is for one item") {
    is_refused(head("9b", "06") + "01 01 01 02 04 94 00 00 c0 c4 01 6b c4 00 c4 00",
               errc::invalid_argument, "key is for a PUT of one item");
    is_refused(head("97", "0f") + "90 91 94 01 02 04 94 00 00 c0 c4 01 6b c4 00 c4 00",
               errc::invalid_argument, "key is for a put of one item");
}

// ------------------------------------------------------------------ runs

TEST_CASE("a run has as many bytes as the head says") {
    const std::string put = head("9b", "06") + "01 01 01 02 ";
    is_refused(put + "05 90 c4 00 c4 00", errc::protocol, "run is longer than what follows");
    is_refused(put + "03 90 c4 00 c4 00", errc::protocol, "run is not of 2 whole items");
    is_refused(put + "04 90 c4 00 c4 00 c4", errc::protocol, "bytes that belong to nothing");
    is_refused(put + "04 90", errc::protocol, "run is longer than what follows");
    is_refused(put + "cf ff ff ff ff ff ff ff ff 90 c4 00 c4 00", errc::protocol, "run is longer");
}

TEST_CASE("a run has as many items as the head says") {
    is_refused(head("9b", "06") + "01 01 01 01 04 90 c4 00 c4 00", errc::protocol,
               "not of 1 whole");
    is_refused(head("9b", "06") + "01 01 01 03 04 90 c4 00 c4 00", errc::protocol,
               "not of 3 whole");
    is_refused(head("9b", "06") + "01 01 01 ce ff ff ff ff 04 90 c4 00 c4 00", errc::protocol,
               "not of 4294967295 whole items");
}

TEST_CASE("a run is made of bins") {
    is_refused(head("9b", "06") + "01 01 01 01 02 90 a1 61", errc::protocol, "not of 1 whole");
    is_refused(head("9b", "06") + "01 01 01 01 03 90 c4 05 61", errc::protocol, "not of 1 whole");
}

TEST_CASE("a put has items") {
    is_refused(head("9b", "06") + "01 01 01 00 00 90", errc::invalid_argument, "run has no items");
    is_refused(head("97", "0f") + "90 91 94 01 00 00 90", errc::invalid_argument,
               "run has no items");
}

TEST_CASE("the runs of a COMMIT add up to what follows") {
    const std::string commit = head("97", "0f") + "90 92 93 01 01 02 93 02 01 03 ";
    CHECK(good_request(parse_vector(commit + "c4 00 c4 01 61")).id == 7);
    is_refused(commit + "c4 00 c4 01", errc::protocol, "run is longer");
    is_refused(commit + "c4 01 61 c4 00", errc::protocol, "run is not of 1 whole");
}

TEST_CASE("a message without items has nothing behind its head") {
    is_refused(head("96", "11") + "01 c4 00", errc::protocol, "bytes that belong to nothing");
    is_refused(head("96", "11") + "01 frame c4 00", errc::protocol, "bytes that belong to nothing");
}

TEST_CASE("runs are behind the head or in the second frame, not in both") {
    is_refused(head("9b", "06") + "01 01 01 02 04 90 c4 00 frame c4 00", errc::protocol,
               "bytes behind its head and a second frame");
}

TEST_CASE("an item above item_bytes_max is too large, and the limit is named") {
    const std::string put = head("9b", "06") + "01 01 01 02 07 90 ";
    is_refused(put + "c4 03 61 61 61 c4 00", errc::too_large,
               "item has 3 bytes; item_bytes_max is 2", {.item_bytes_max = 2});
    CHECK(good_request(parse_vector(put + "c4 03 61 61 61 c4 00"), {.item_bytes_max = 3}).id == 7);
}

TEST_CASE("positions begin at 1 and do not overflow") {
    is_refused(head("9b", "06") + "01 00 00 01 02 90 c4 00", errc::invalid_argument,
               "first is out");
    is_refused(head("9b", "06") + "01 cf ff ff ff ff ff ff ff ff 01 01 02 90 c4 00",
               errc::invalid_argument, "first is out of range");
}

TEST_CASE("tokens of a DELIVER begin at 1 and do not overflow") {
    for (const std::string token : {"00", "cf ff ff ff ff ff ff ff ff"}) {
        const auto error =
            bad_reply(parse_vector("95 46 07 01 00 91 95 " + token + " 01 01 02 01 c4 00"));
        CHECK(error.code == errc::protocol);
        CHECK_THAT(error.text, Contains("DELIVER: token"));
    }
}

// ------------------------------------------------------------------ nesting

TEST_CASE("a million levels of nesting are refused") {
    for (const std::string level : {"91", "81 01", "dc 00 01", "df 00 00 00 01 c0"}) {
        is_refused(head("97", "11") + "01 " + repeated(1'000'000, level) + " c0", errc::protocol,
                   "nested too deep");
        is_refused(head("96", "3f") + repeated(1'000'000, level) + " c0", errc::protocol,
                   "nested too deep");
    }
}

TEST_CASE("sixteen levels of nesting are passed over") {
    CHECK(good_request(parse_vector(head("97", "11") + "01 " + repeated(16, "91") + " c0")).id ==
          7);
    is_refused(head("97", "11") + "01 " + repeated(17, "91") + " c0", errc::protocol, "nested");
}

TEST_CASE("nesting where a number should be is an error at once") {
    is_refused(head("96", "11") + repeated(1'000'000, "91") + " c0", errc::protocol,
               "queue is an array, not an integer");
}

// ------------------------------------------------------------------ the other direction

TEST_CASE("an unknown reply is unsupported and keeps its id") {
    const wire::DecodeError error = bad_reply(parse_vector("93 7f 09 01"));
    CHECK(error.code == errc::unsupported);
    CHECK(error.id == 9);
    CHECK(error.opcode == 127);
}

TEST_CASE("a reply is no request, and a request no reply") {
    CHECK(good_request(parse_vector("95 41 07 00 c0 c0")).body == RequestBody{UnknownRequest{65}});
    CHECK(bad_reply(parse_vector("95 03 07 00 c0 c0")).code == errc::unsupported);
}

TEST_CASE("a reply may have longer lists than a request, but not endless ones") {
    Settled settled;
    for (Token token = 2; settled.refused.size() < 100'000; token += 2) {
        settled.refused.push_back({token, token});
    }
    CHECK(good_reply(frames(wire::encode(Reply{7, settled}))).body == ReplyBody{settled});
    const std::string many = "dd 00 20 00 02 " + repeated(2 * ((1 << 20) + 1), "01");
    const wire::DecodeError error = bad_reply(parse_vector("93 47 07 " + many));
    CHECK(error.code == errc::limit_exceeded);
    CHECK_THAT(error.text, Contains("1048577 entries; 1048576 are allowed"));
}

TEST_CASE("an error number that nobody knows is handed on with its text") {
    const Reply reply = good_reply(parse_vector("94 43 07 cd 03 e7 a1 78"));
    CHECK(std::get<Failed>(reply.body) == Failed{static_cast<errc>(999), "x"});
}

TEST_CASE("the opcode of a refused message is told") {
    CHECK(bad_request(parse_vector(head("95", "06"))).opcode == 6);
}
