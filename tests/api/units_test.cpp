#include "units.hpp"

#include <string>

#include "handoff/error.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using handoff::format_count;
using handoff::format_duration;
using handoff::format_size;
using handoff::parse_duration;
using handoff::parse_size;
using std::chrono::milliseconds;

namespace {

template <typename Parse>
std::string refusal(Parse parse, const std::string& text) {
    try {
        parse(text);
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::invalid_argument);
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a duration is a whole number and its unit") {
    struct Row {
        std::string text;
        milliseconds expected;
    };
    const Row table[] = {
        {"0s", 0ms},    {"1ms", 1ms},    {"200ms", 200ms},
        {"30s", 30s},   {"5m", 5min},    {"1h", 1h},
        {"2d", 48h},    {"0030s", 30s},  {"3650d", handoff::duration_max},
        {"90m", 90min}, {"86400s", 24h},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(parse_duration(row.text) == row.expected);
    }
}

TEST_CASE("a size is a whole number of bytes and its unit") {
    struct Row {
        std::string text;
        std::uint64_t expected;
    };
    const Row table[] = {
        {"0B", 0},
        {"1B", 1},
        {"10kB", 10'000},
        {"10KiB", 10'240},
        {"3MB", 3'000'000},
        {"64MiB", 67'108'864},
        {"1GB", 1'000'000'000},
        {"1GiB", 1'073'741'824},
        {"2TB", 2'000'000'000'000},
        {"2TiB", 2'199'023'255'552},
        {"1048576TiB", handoff::size_max},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(parse_size(row.text) == row.expected);
    }
}

TEST_CASE("a duration that is refused says why") {
    struct Row {
        std::string text;
        std::string expected;
    };
    const std::string such_as = "a whole number and a unit, such as \"200ms\", \"30s\" or \"5m\"";
    const std::string units = "units are ms, s, m, h, d";
    const Row table[] = {
        {"", "\"\" is not " + such_as},
        {"soon", "\"soon\" is not " + such_as},
        {" 5s", "\" 5s\" is not " + such_as},
        {"+5s", "\"+5s\" is not " + such_as},
        {"1.5s", "\"1.5s\" is not " + such_as},
        {"-5s", "\"-5s\" is negative; write " + such_as},
        {"300", "\"300\" has no unit; " + units},
        {"5 s", "\"5 s\" has the unknown unit \" s\"; " + units},
        {"5sec", "\"5sec\" has the unknown unit \"sec\"; " + units},
        {"5M", "\"5M\" has the unknown unit \"M\"; " + units},
        {"5s1ms", "\"5s1ms\" has the unknown unit \"s1ms\"; " + units},
        {"5us", "\"5us\" has the unknown unit \"us\"; " + units},
        {"3651d", "\"3651d\" is more than 10 years"},
        {"315360000001ms", "\"315360000001ms\" is more than 10 years"},
        {"18446744073709551615h", "\"18446744073709551615h\" is more than 10 years"},
        {"99999999999999999999s", "\"99999999999999999999s\" is more than 10 years"},
    };
    for (const Row& row : table) {
        CHECK(refusal(parse_duration, row.text) == row.expected);
    }
}

TEST_CASE("a size that is refused says why") {
    struct Row {
        std::string text;
        std::string expected;
    };
    const std::string such_as = "a whole number and a unit, such as \"64MiB\" or \"10kB\"";
    const std::string units = "units are B, kB, KiB, MB, MiB, GB, GiB, TB, TiB";
    const Row table[] = {
        {"", "\"\" is not " + such_as},
        {"MiB", "\"MiB\" is not " + such_as},
        {"1,5MiB", "\"1,5MiB\" is not " + such_as},
        {"-1B", "\"-1B\" is negative; write " + such_as},
        {"1024", "\"1024\" has no unit; " + units},
        {"64mib", "\"64mib\" has the unknown unit \"mib\"; " + units},
        {"64KB", "\"64KB\" has the unknown unit \"KB\"; " + units},
        {"1048577TiB", "\"1048577TiB\" is more than 1 EiB"},
        {"99999999999999999999B", "\"99999999999999999999B\" is more than 1 EiB"},
    };
    for (const Row& row : table) {
        CHECK(refusal(parse_size, row.text) == row.expected);
    }
}

TEST_CASE("quantities are written in their largest exact unit") {
    CHECK(format_duration(0ms) == "0s");
    CHECK(format_duration(300ms) == "300ms");
    CHECK(format_duration(1500ms) == "1500ms");
    CHECK(format_duration(60s) == "1m");
    CHECK(format_duration(90s) == "90s");
    CHECK(format_duration(24h) == "1d");
    CHECK(format_duration(-5ms) == "-5ms");
    CHECK(format_size(0) == "0B");
    CHECK(format_size(1) == "1B");
    CHECK(format_size(10'000) == "10kB");
    CHECK(format_size(64u << 20) == "64MiB");
    CHECK(format_size(handoff::size_max) == "1048576TiB");
    CHECK(format_count(0) == "0");
    CHECK(format_count(999) == "999");
    CHECK(format_count(1000) == "1_000");
    CHECK(format_count(1'000'000) == "1_000_000");
}

TEST_CASE("what is written can be read again") {
    for (const milliseconds time : {0ms, 1ms, 999ms, 61'000ms, 3'600'001ms}) {
        CHECK(parse_duration(format_duration(time)) == time);
    }
    for (const std::uint64_t bytes : {0ull, 1ull, 1000ull, 1024ull, 1025ull, 1ull << 60}) {
        CHECK(parse_size(format_size(bytes)) == bytes);
    }
}
