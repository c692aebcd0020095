#include "core/name.hpp"

#include <string>

#include "handoff/error.hpp"
#include "support/catch.hpp"

using handoff::core::check_name;
using handoff::core::is_utf8;
using handoff::core::name_fault;

TEST_CASE("a queue may be named by any UTF-8 text of 1 to 255 bytes") {
    for (const std::string name :
         {"jobs", "jobs.dead", "a b", "Aufträge", "仕事", "😀", "\"", "/"}) {
        CAPTURE(name);
        CHECK(name_fault(name).empty());
    }
    CHECK(name_fault(std::string(255, 'x')).empty());
}

TEST_CASE("a queue's name says why it is refused") {
    CHECK(name_fault("") == "must not be empty");
    CHECK(name_fault(std::string(256, 'x')) == "must not be longer than 255 bytes");
    CHECK(name_fault("a\nb") == "must not hold control characters");
    CHECK(name_fault(std::string("a\0b", 3)) == "must not hold control characters");
    CHECK(name_fault("a\x7f") == "must not hold control characters");
    CHECK(name_fault("a\xc2\x85") == "must not hold control characters");
    CHECK(name_fault("a\xff") == "must be valid UTF-8");
}

TEST_CASE("checking a queue's name throws an error that shows it") {
    CHECK_NOTHROW(check_name("jobs"));
    try {
        check_name("a\tb");
        FAIL("no error");
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::invalid_argument);
        CHECK(error.what() ==
              std::string("\"a\\x09b\": the name of a queue must not hold control characters"));
    }
}

TEST_CASE("text that is not well-formed UTF-8 is recognised") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    CHECK_FALSE(is_utf8("\x80"));              // a continuation without a beginning
    CHECK_FALSE(is_utf8("\xc3"));              // a beginning without a continuation
    CHECK_FALSE(is_utf8("\xe2\x82"));          // cut short
    CHECK_FALSE(is_utf8("\xe2\x82("));         // a third byte that is none
    CHECK_FALSE(is_utf8("\xc0\xaf"));          // overlong
    CHECK_FALSE(is_utf8("\xe0\x80\xaf"));      // overlong
    CHECK_FALSE(is_utf8("\xf0\x80\x80\xaf"));  // overlong
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // a surrogate
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
    CHECK_FALSE(is_utf8("\xf5\x80\x80\x80"));
}

TEST_CASE("text from outside is shown without its control characters and not at any length") {
    CHECK(handoff::core::quoted("jobs") == "\"jobs\"");
    CHECK(handoff::core::quoted("über") == "\"über\"");
    CHECK(handoff::core::quoted("\x1b[31m\xff") == "\"\\x1b[31m\\xff\"");
    CHECK(handoff::core::quoted(std::string(80, 'x')) == "\"" + std::string(80, 'x') + "\"");
    CHECK(handoff::core::quoted(std::string(81, 'x')) == "\"" + std::string(80, 'x') + "…\"");
    CHECK(handoff::core::quoted(std::string(79, 'x') + "ü") == "\"" + std::string(79, 'x') + "…\"");
}
