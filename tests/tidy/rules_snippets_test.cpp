#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <string>
#include <vector>

namespace {

using namespace handoff::tidy;

const std::string program =
    "#include <string>\n"
    "\n"
    "int main() {\n"
    "    if (true) {\n"
    "        work();  // a comment\n"
    "\n"
    "        rest();\n"
    "    }\n"
    "}\n";

/// Findings on a page with this block, when these files are all there is.
Findings found(const std::string& block, const std::string& page = "docs/guide/x.md") {
    return check_snippets({scan(page, "# A\n\nText:\n\n" + block + "\nText.\n"),
                           scan("examples/guide/a.cpp", program),
                           scan("examples/guide/a.toml", "[manager]\nlisten = \"inproc://a\"\n"),
                           scan("examples/guide/a.txt", "done\n"),
                           scan("examples/guide/a.sh", "handoff stats\n"),
                           scan("tests/core/b.cpp", "int elsewhere = 0;\n")});
}

std::string cpp(const std::string& code) {
    return "```cpp\n" + code + "```\n";
}

}  // namespace

TEST_CASE("a block that stands in a file of the examples is fine, however it is indented") {
    CHECK(found(cpp("int main() {\n    if (true) {\n")).empty());
    CHECK(found(cpp("work();  // a comment\n\nrest();\n")).empty());
    CHECK(found(cpp("if (true) {\n    work();  // a comment\n\n    rest();\n}\n")).empty());
    CHECK(found("- text\n  ```cpp\n  work();  // a comment\n  ```\n").empty());
    CHECK(found("- text\n  ```cpp\n  work();\n  ```\n").size() == 1);
    CHECK(found("```toml\n[manager]\n```\n").empty());
    CHECK(found("```text\ndone\n```\n").empty());
    CHECK(found("```sh\nhandoff stats\n```\n").empty());
}

TEST_CASE("a block that differs is found at the line where it does, with the place it came from") {
    const auto finding = found(cpp("work();  // a comment\n\nrest(1);\n")).at(0);
    CHECK(
        to_string(finding) ==
        "docs/guide/x.md:8: snippet: make it what examples/guide/a.cpp:7 says, or that like this");
    CHECK(found(cpp("work();\n")).size() == 1);
    CHECK(found(cpp("if (true) {\nwork();  // a comment\n")).at(0).line == 7);
    CHECK(found(cpp("work();  // a comment\nrest();\n")).at(0).line == 7);
    CHECK(found(cpp("}\n}\n")).at(0).line == 7);
    CHECK(found("```text\nfailed\n```\n").size() == 1);
}

TEST_CASE("a block that stands nowhere is found, and what is not an example does not count") {
    CHECK(found(cpp("other();\n")).at(0).advice ==
          "no file of examples has this line; write it there and copy it");
    CHECK(found(cpp("int elsewhere = 0;\n")).size() == 1);
    CHECK(found("```toml\nint main() {\n```\n").size() == 1);
}

TEST_CASE("blocks are compared on the pages that teach, and commands in the guide alone") {
    CHECK(found(cpp("other();\n"), "README.md").size() == 1);
    CHECK(found(cpp("other();\n"), "patterns/README.md").size() == 1);
    CHECK(found(cpp("other();\n"), "docs/guide.md").size() == 1);
    CHECK(found(cpp("other();\n"), "docs/rationale.md").empty());
    CHECK(found("```sh\nmake\n```\n").size() == 1);
    CHECK(found("```sh\nmake\n```\n", "README.md").empty());
    CHECK(found("```sh\nmake\n```\n", "docs/guide.md").empty());
    CHECK(found("```\nother();\n```\n").empty());
    CHECK(found("```cmake\nfind_package(handoff)\n```\n").empty());
}

TEST_CASE("a block of a language that nobody compares is found") {
    CHECK(found("```c++\nint main() {\n```\n").at(0).line == 5);
}
