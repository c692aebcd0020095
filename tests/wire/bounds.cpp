#include <string>

#include "wire/by_hand.hpp"

// The bounds of numbers, lengths and counts in docs/protocol.md: what is at one is accepted, what
// is one beyond is refused with the code that the page names.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;
using namespace std::chrono_literals;

namespace {

const std::string greatest_32 = "ce ff ff ff ff";
const std::string beyond_32 = "cf 00 00 00 01 00 00 00 00";
const std::string greatest_64 = "cf ff ff ff ff ff ff ff ff";
const std::string hundred_years = u64(3'155'760'000'000);
const std::string beyond_hundred_years = u64(3'155'760'000'001);
const std::string item = "c4 01 78";

Columns columns_with(const Elements& columns) {
    return request_by_hand<Put>("06", {"01", "01", "01", "01", "03", array_of(columns)}, item)
        .columns;
}
errc refusal_of_columns(const Elements& columns) {
    return bad_request_by_hand("06", {"01", "01", "01", "01", "03", array_of(columns)}, item).code;
}
QueueOptions options_of(const std::string& map) {
    return request_by_hand<Open>("05", {"a1 71", map}).options;
}
errc refusal_of_options(const std::string& map) {
    return bad_request_by_hand("05", {"a1 71", map}).code;
}

}  // namespace

// ------------------------------------------------------------------ numbers

TEST_CASE("counts of 32 bits in requests go up to 4,294,967,295") {
    constexpr std::uint32_t most = 0xffff'ffff;
    CHECK(request_by_hand<Get>("08", {"91 01", greatest_32}).items_max == most);
    CHECK(request_by_hand<Credit>("09", {"01", greatest_32, "01"}).items == most);
    CHECK(request_by_hand<Peek>("12", {"01", "00", greatest_32}).items_max == most);
    CHECK(request_by_hand<Stats>("16", {"90", "a0", greatest_32}).queues_max == most);
    CHECK(bad_request_by_hand("08", {"91 01", beyond_32}).code == errc::invalid_argument);
    CHECK(bad_request_by_hand("09", {"01", beyond_32, "01"}).code == errc::invalid_argument);
    CHECK(bad_request_by_hand("12", {"01", "00", beyond_32}).code == errc::invalid_argument);
    CHECK(bad_request_by_hand("16", {"90", "a0", beyond_32}).code == errc::invalid_argument);
    const Elements put{"01", "01", "01", beyond_32, "03"};
    CHECK(bad_request_by_hand("06", put, item).code == errc::invalid_argument);
}

TEST_CASE("numbers of HELLO have the width of their table") {
    const std::string session = "c4 10 " + repeated(16, "11");
    const auto with = [&](const std::string& number, const std::string& pid) {
        return Elements{"a7 68 61 6e 64 6f 66 66",
                        "01",
                        "01",
                        greatest_32,
                        greatest_64,
                        greatest_64,
                        "c0",
                        session,
                        number,
                        "a0",
                        greatest_64,
                        pid,
                        greatest_64};
    };
    const Hello hello = request_by_hand<Hello>("01", with(greatest_32, greatest_32));
    CHECK(hello.version_max == 0xffff'ffff);
    CHECK(hello.features_optional == unlimited);
    CHECK(hello.features_required == unlimited);
    CHECK(hello.connection_number == 0xffff'ffff);
    CHECK(hello.pid_namespace == unlimited);
    CHECK(hello.pid == 0xffff'ffff);
    CHECK(hello.start_time == unlimited);
    CHECK(bad_request_by_hand("01", with(beyond_32, "01")).code == errc::invalid_argument);
    CHECK(bad_request_by_hand("01", with("01", beyond_32)).code == errc::invalid_argument);
}

TEST_CASE("numbers of 32 bits in replies go up to 4,294,967,295") {
    CHECK(reply_by_hand<Failed>("43", {greatest_32}).code == static_cast<errc>(0xffff'ffff));
    CHECK(reply_by_hand<Recall>("48", {"01", greatest_32}).items == 0xffff'ffff);
    bad_reply_by_hand("43", {beyond_32});
    bad_reply_by_hand("48", {"01", beyond_32});
    const auto deliveries = [](const std::string& number) {
        return Elements{"01", "05", "91 95 05 01 01 03 " + number};
    };
    CHECK(reply_by_hand<Deliver>("46", deliveries(greatest_32), item).parts.at(0).deliveries ==
          0xffff'ffff);
    bad_reply_by_hand("46", deliveries(beyond_32), item);
}

TEST_CASE("numbers of 64 bits go up to the greatest there is") {
    CHECK(request_by_hand<Close>("10", {greatest_64}).queue == unlimited);
    CHECK(request_by_hand<Cancel>("04", {greatest_64}).target == unlimited);
    CHECK(request_by_hand<Credit>("09", {"01", "01", greatest_64}).bytes == unlimited);
    CHECK(request_by_hand<Kick>("14", {"01", greatest_64}).items_max == unlimited);
    CHECK(reply_by_hand<Done>("42", {greatest_64}).count == unlimited);
    CHECK(reply_by_hand<Event>("4b", {greatest_64}).kind == unlimited);
    const Request request =
        good_request(parse_vector(array_of({"11", greatest_64, greatest_64, "c0", "c0", "01"})));
    CHECK(request.id == unlimited);
    CHECK(request.done_below == unlimited);
}

TEST_CASE("a number below zero stands only where the page says int") {
    for (const std::string below :
         {"ff", "d0 80", "d1 ff ff", "d2 80 00 00 00", "d3 80 00 00 00 00 00 00 00"}) {
        CAPTURE(below);
        CHECK(bad_request_by_hand("10", {below}).code == errc::invalid_argument);
        CHECK(bad_request_by_hand("14", {"01", below}).code == errc::invalid_argument);
        CHECK(bad_request_by_hand("08", {"91 " + below}).code == errc::invalid_argument);
        CHECK(bad_request_by_hand("0a", {"01", "92 " + below + " 05"}).code ==
              errc::invalid_argument);
        CHECK(bad_request_by_hand("02", {"92 01 " + below}).code == errc::invalid_argument);
        CHECK(refusal_of_options("81 01 " + below) == errc::invalid_argument);
        CHECK(refusal_of_columns({"00", below}) == errc::invalid_argument);
    }
    CHECK(columns_with({"ff"}).priority == -1);
}

TEST_CASE("a priority has 32 bits with a sign") {
    CHECK(columns_with({"ce 7f ff ff ff"}).priority == 2'147'483'647);
    CHECK(columns_with({"d2 80 00 00 00"}).priority == -2'147'483'647 - 1);
    CHECK(columns_with({"d3 ff ff ff ff 80 00 00 00"}).priority == -2'147'483'647 - 1);
    CHECK(refusal_of_columns({"ce 80 00 00 00"}) == errc::invalid_argument);
    CHECK(refusal_of_columns({"d3 ff ff ff ff 7f ff ff ff"}) == errc::invalid_argument);
    CHECK(refusal_of_columns({greatest_64}) == errc::invalid_argument);
    const auto of_part = [](const std::string& priority) {
        return Elements{"01", "05", "91 96 05 01 01 03 01 " + priority};
    };
    CHECK(reply_by_hand<Deliver>("46", of_part("d2 80 00 00 00"), item).parts.at(0).priority ==
          -2'147'483'647 - 1);
    bad_reply_by_hand("46", of_part("ce 80 00 00 00"), item);
}

// ------------------------------------------------------------------ times

TEST_CASE("every duration of a request is at most a hundred years") {
    constexpr Millis most{3'155'760'000'000};
    CHECK(columns_with({"00", hundred_years}).delay == most);
    CHECK(columns_with({"00", "00", hundred_years}).time_to_live == most);
    CHECK(request_by_hand<Get>("08", {"91 01", "01", hundred_years}).lease == most);
    CHECK(request_by_hand<Credit>("09", {"01", "01", "01", hundred_years}).lease == most);
    CHECK(request_by_hand<Settle>("0b", {"01", "90", "c0", hundred_years}).delay == most);
    CHECK(request_by_hand<Settle>("0d", {"01", "90", "c0", hundred_years}).lease == most);
    CHECK(options_of("82 04 " + hundred_years + "08 " + hundred_years).key_window == most);
    for (const std::string& beyond : {beyond_hundred_years, greatest_64}) {
        constexpr errc refused = errc::invalid_argument;
        CHECK(refusal_of_columns({"00", beyond}) == refused);
        CHECK(refusal_of_columns({"00", "00", beyond}) == refused);
        CHECK(bad_request_by_hand("08", {"91 01", "01", beyond}).code == refused);
        CHECK(bad_request_by_hand("09", {"01", "01", "01", beyond}).code == refused);
        CHECK(bad_request_by_hand("0b", {"01", "90", "c0", beyond}).code == refused);
        CHECK(bad_request_by_hand("0d", {"01", "90", "c0", beyond}).code == refused);
        CHECK(refusal_of_options("81 04 " + beyond) == refused);
        CHECK(refusal_of_options("81 08 " + beyond) == refused);
    }
}

TEST_CASE("an item may have been put later than a hundred years after 1970") {
    const Elements fields{"01", "05", "91 97 05 01 01 03 01 00 " + u64(4'000'000'000'000)};
    CHECK(reply_by_hand<Deliver>("46", fields, item).parts.at(0).put_at ==
          Millis{4'000'000'000'000});
    bad_reply_by_hand("46", {"01", "05", "91 97 05 01 01 03 01 00 ff"}, item);
}

// ------------------------------------------------------------------ options

TEST_CASE("every option may have its smallest and its greatest value") {
    CHECK(options_of("82 01 00 02 00") == QueueOptions{.capacity = 0, .capacity_bytes = 0});
    CHECK(options_of("83 01 " + greatest_64 + " 02 " + greatest_64 + " 05 " + greatest_64) ==
          QueueOptions{
              .capacity = unlimited, .capacity_bytes = unlimited, .deliveries_max = unlimited});
    CHECK(options_of("82 03 00 07 00") ==
          QueueOptions{.order = Order::fifo, .durability = Durability::memory});
    CHECK(options_of("82 03 02 07 02") ==
          QueueOptions{.order = Order::priority, .durability = Durability::fsync});
    CHECK(options_of("81 06 a0").dead_letter == "");
    CHECK(options_of("82 08 00 09 01") == QueueOptions{.key_window = 0ms, .keys_max = 1});
    CHECK(options_of("80") == QueueOptions{});
    CHECK(options_of("de 00 01 01 05").capacity == 5u);
    CHECK(options_of("df 00 00 00 01 cd 00 01 05").capacity == 5u);
}

TEST_CASE("an unknown value of an option is unsupported, however great it is") {
    for (const std::string& value : {std::string("03"), std::string("cc ff"),
                                     std::string("cd 01 00"), beyond_32, greatest_64}) {
        CAPTURE(value);
        CHECK(refusal_of_options("81 03 " + value) == errc::unsupported);
        CHECK(refusal_of_options("81 07 " + value) == errc::unsupported);
        CHECK(bad_request_by_hand("12", {"01", value == "03" ? "04" : value}).code ==
              errc::unsupported);
    }
}

TEST_CASE("each option may be there once") {
    for (const std::string option :
         {"01 05", "02 05", "03 01", "04 05", "05 05", "06 a1 78", "07 00", "08 05", "09 05"}) {
        CAPTURE(option);
        CHECK(refusal_of_options("82 " + option + " " + option) == errc::protocol);
        CHECK(bad_reply_by_hand("44", {"01", "82 " + option + " " + option}).code ==
              errc::protocol);
    }
}

TEST_CASE("an option of a later version is refused in a request and passed over in a reply") {
    for (const std::string option : {"0a 01", "cc ff a1 78", "cd 01 01 90", "00 c0"}) {
        CAPTURE(option);
        CHECK(refusal_of_options("82 01 05 " + option) == errc::unsupported);
        CHECK(reply_by_hand<Opened>("44", {"01", "83 01 05 " + option + " 04 05"}).options ==
              QueueOptions{.capacity = 5, .lease = 5ms});
    }
    CHECK(refusal_of_options("81 a1 78 01") == errc::protocol);
    CHECK(bad_reply_by_hand("44", {"01", "81 a1 78 01"}).code == errc::protocol);
}

// ------------------------------------------------------------------ lengths and counts

TEST_CASE("names have at most 1,024 bytes and texts at most 65,536") {
    CHECK(request_by_hand<Open>("05", {str_of(1024)}).name.size() == 1024);
    CHECK(bad_request_by_hand("05", {str_of(1025)}).code == errc::invalid_argument);
    CHECK(request_by_hand<Stats>("16", {"90", str_of(1024)}).after.size() == 1024);
    CHECK(bad_request_by_hand("16", {"90", str_of(1025)}).code == errc::invalid_argument);
    CHECK(request_by_hand<Settle>("0c", {"01", "90", "c0", str_of(65'536)}).reason.size() ==
          65'536);
    CHECK(bad_request_by_hand("0c", {"01", "90", "c0", str_of(65'537)}).code == errc::too_large);
    CHECK(reply_by_hand<Failed>("43", {"01", str_of(65'536)}).text.size() == 65'536);
    bad_reply_by_hand("43", {"01", str_of(65'537)});
}

TEST_CASE("the trace of a request has at most 1,024 bytes, and an empty one is none") {
    const auto join = [](const std::string& trace) {
        return parse_vector(array_of({"11", "07", "05", "c0", trace, "01"}));
    };
    CHECK(good_request(join(bin_of(1024))).trace.size() == 1024);
    CHECK(good_request(join("c4 00")) == good_request(join("c0")));
    const wire::DecodeError error = bad_request(join(bin_of(1025)));
    CHECK(error.code == errc::too_large);
    CHECK(error.id == 7);
}

TEST_CASE("an empty key is none, and so is for any number of items") {
    const Elements before{"01", "01", "01", "02", "04"};
    const Put put = request_by_hand<Put>("06", before + Elements{"96 00 00 c0 c4 00 c4 00 c4 00"},
                                         "c4 00 c4 00");
    CHECK(put.columns == Columns{});
    CHECK(put.items.count == 2);
    CHECK(
        bad_request_by_hand("06", before + Elements{"94 00 00 c0 c4 01 6b"}, "c4 00 c4 00").code ==
        errc::invalid_argument);
}

TEST_CASE("lists of queues have at most 4,096 entries") {
    const auto list = [](std::size_t entries, std::size_t width, const std::string& each) {
        return "dd " + big_endian(entries * width, 4) + repeated(entries, each);
    };
    CHECK(request_by_hand<Get>("08", {list(4096, 1, "01")}).queues.size() == 4096);
    CHECK(request_by_hand<Stats>("16", {list(4096, 1, "01"), "a0"}).queues.size() == 4096);
    CHECK(request_by_hand<Heartbeat>("02", {list(4096, 2, "01 05")}).cursors.size() == 4096);
    CHECK(
        request_by_hand<Commit>("0f", {"90", list(4096, 1, "93 01 01 02")}, repeated(4096, "c4 00"))
            .puts.size() == 4096);
    constexpr errc refused = errc::limit_exceeded;
    CHECK(bad_request_by_hand("08", {list(4097, 1, "01")}).code == refused);
    CHECK(bad_request_by_hand("16", {list(4097, 1, "01"), "a0"}).code == refused);
    CHECK(bad_request_by_hand("02", {list(4097, 2, "01 05")}).code == refused);
    CHECK(bad_request_by_hand("0f", {list(4097, 1, "92 01 90"), "90"}).code == refused);
    CHECK(bad_request_by_hand("0f", {"90", list(4097, 1, "93 01 01 02")}, repeated(4097, "c4 00"))
              .code == refused);
}

TEST_CASE("each list of ranges has at most 65,536 entries") {
    const auto with_ranges = [](const std::string& before, std::uint32_t count) {
        std::string bytes = parse_vector(before + " dd " + big_endian(count * 2, 4)).at(0);
        for (std::uint32_t number = 2; number <= count * 2; number += 2) {
            for (int end = 0; end < 2; ++end) {
                bytes += '\xce';
                for (int shift = 24; shift >= 0; shift -= 8) {
                    bytes += static_cast<char>(number >> shift & 255);
                }
            }
        }
        return Frames{bytes};
    };
    const std::string ack = "97 0a 07 05 c0 c0 01";
    const std::string commit = "96 0f 07 05 c0 c0 91 92 01";
    const auto tokens = std::get<Settle>(good_request(with_ranges(ack, 65'536)).body).tokens;
    CHECK(tokens.size() == 65'536);
    CHECK(tokens.back() == Range{131'072, 131'072});
    CHECK(bad_request(with_ranges(ack, 65'537)).code == errc::limit_exceeded);
    Frames whole = with_ranges(commit, 65'536);
    whole[0][0] = '\x97';
    whole[0] += '\x90';  // puts
    CHECK(std::get<Commit>(good_request(whole).body).acks.at(0).tokens == tokens);
    CHECK(bad_request(with_ranges(commit, 65'537)).code == errc::limit_exceeded);
}

TEST_CASE("ranges may be of one number, adjoin each other and reach the greatest number") {
    const auto tokens = [](const std::string& ranges) {
        return request_by_hand<Settle>("0a", {"01", ranges}).tokens;
    };
    CHECK(tokens("90").empty());
    CHECK(tokens("94 01 01 02 02") == std::vector<Range>{{1, 1}, {2, 2}});
    CHECK(tokens("92 01 " + greatest_64) == std::vector<Range>{{1, unlimited}});
    CHECK(tokens("92 " + greatest_64 + " " + greatest_64) ==
          std::vector<Range>{{unlimited, unlimited}});
    constexpr errc refused = errc::invalid_argument;
    CHECK(bad_request_by_hand("0a", {"01", "94 01 02 02 03"}).code == refused);
    CHECK(bad_request_by_hand("0f", {"91 92 01 92 00 01", "90"}).code == refused);
    CHECK(bad_request_by_hand("0f", {"91 92 01 94 05 05 04 04", "90"}).code == refused);
    bad_reply_by_hand("47", {"94 05 06 06 07"});
}

TEST_CASE("a reply has at most 1,048,576 parts, and the count is judged before they are read") {
    const std::string parts = "dd 00 10 00 01 " + repeated(1'048'577, "c0");
    const wire::DecodeError deliver = bad_reply_by_hand("46", {"01", "05", parts});
    CHECK(deliver.code == errc::limit_exceeded);
    CHECK(bad_reply_by_hand("49", {parts}).code == errc::limit_exceeded);
}
