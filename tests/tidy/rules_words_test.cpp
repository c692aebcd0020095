// What these rules look for may not stand in a file of the project, this one included: strings are
// put together from parts where a rule looks into strings.

#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <string>

namespace {

using namespace handoff::tidy;

const std::string later = std::string{"TO"} + "DO";

}  // namespace

TEST_CASE("tests and examples may not sleep") {
    const auto found = [](const std::string& path, const std::string& text) {
        return check_sleep(scan(path, text)).size();
    };
    CHECK(found("tests/core/x.cpp", "std::this_thread::sleep_for(1s);") == 1);
    CHECK(found("examples/01_a/x.cpp", "usleep(10);") == 1);
    CHECK(found("tests/process/x.cpp", "::sleep (1);") == 1);
    CHECK(found("tests/core/x.cpp", "int sleep = 1; // sleep(1)\nf(\"sleep(1)\");") == 0);
    CHECK(found("kit/src/x.cpp", "std::this_thread::sleep_for(1s);") == 0);
    CHECK(found("examples/01_a/check.sh", "serve & sleep 1; ask") == 1);
    CHECK(found("examples/01_a/check.sh", "# does not sleep\necho asleep") == 0);
}

TEST_CASE("notes to oneself are found in comments and on pages") {
    const auto found = [](const std::string& path, const std::string& text) {
        return check_unfinished(scan(path, text)).size();
    };
    CHECK(found("kit/src/x.cpp", "int a;  // " + later + ": more") == 1);
    CHECK(found("kit/src/x.cpp", "int a;  // " + later + "S are plural") == 0);
    CHECK(found("kit/src/x.cpp", "f(\"" + later + "\");") == 0);
    CHECK(found("docs/x.md", "# A\n\n" + later + "\n") == 1);
    CHECK(found("CMakeLists.txt", "# FIX" + std::string{"ME later"}) == 1);
}

TEST_CASE("tests are not switched off by comments or tags") {
    const auto found = [](const std::string& path, const std::string& text) {
        return check_disabled_tests(scan(path, text)).size();
    };
    const std::string add = "add_test";
    const std::string test_case = "TEST_CASE";
    CHECK(found("tests/CMakeLists.txt", "# " + add + "(NAME a COMMAND b)\n") == 1);
    CHECK(found("tests/CMakeLists.txt", add + "(NAME a COMMAND b)  # quick\n") == 0);
    CHECK(found("tests/CMakeLists.txt", "# " + add + "() is called below\n") == 0);
    CHECK(found("tests/core/x.cpp", "// " + test_case + "(\"a\") {}\n") == 1);
    CHECK(found("tests/core/x.cpp", "/*\n" + test_case + "(\"a\") {}\n*/\n") == 1);
    CHECK(found("tests/core/x.cpp", test_case + "(\"a\", \"[" + ".]\") {}\n") == 1);
    CHECK(found("tests/core/x.cpp", test_case + "(\"a\", \"[slow]\") {}\n") == 0);
}

TEST_CASE("paths that only one machine has are found everywhere") {
    const auto found = [](const std::string& text) {
        return check_machine_paths(scan("docs/x.md", text)).size();
    };
    CHECK(found("see /"
                "work/main") == 1);
    CHECK(found("ipc:///"
                "tmp/a.sock") == 1);
    CHECK(found("/"
                "home/me/a and /"
                "root/b") == 2);
    CHECK(found("/"
                "var/tmp/a") == 1);
    CHECK(found("docs/work/a, ../tmp/b, /usr/share/c, /run/handoff") == 0);
    CHECK(found("a/tmp/b and /"
                "tmp/c") == 1);
}

TEST_CASE("links lead to agreed hosts") {
    const auto found = [](const std::string& text) {
        return check_hosts(scan("docs/x.md", text)).size();
    };
    CHECK(found("[a](https://zguide.zeromq.org/docs/chapter4/)") == 0);
    CHECK(found("[a](https:"
                "//elsewhere.example.net/x), [b](https://zeromq.org)") == 1);
    CHECK(found("tcp://10.0.0.5:5555, ws://10.0.0.5:80, http://localhost:8080") == 0);
}
