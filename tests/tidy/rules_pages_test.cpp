#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <set>
#include <string>
#include <vector>

namespace {

using namespace handoff::tidy;

/// Findings of check_links when these pages, and one source file, are all there is.
Findings links(const std::vector<Source>& pages) {
    std::set<std::string> exists{"kit", "kit/a.cpp", "docs", "examples"};
    for (const Source& page : pages) exists.insert(page.path);
    return check_links(pages, exists);
}

}  // namespace

TEST_CASE("a page begins with its one title") {
    const auto found = [](const std::string& text) {
        return check_title(scan("docs/x.md", text)).size();
    };
    CHECK(found("# A\n\n## B\n") == 0);
    CHECK(found("\n# A\n") == 0);
    CHECK(found("text\n") == 1);
    CHECK(found("## B\n\n# A\n") == 1);
    CHECK(found("# A\n\n# B\n") == 1);
    CHECK(found("# A\n\n```sh\n# a comment\n```\n") == 0);
    CHECK(check_title(scan("kit/a.cpp", "int a;\n")).empty());
}

TEST_CASE("a link leads to a file or a folder that is there") {
    CHECK(
        links({scan("README.md", "# A\n[a](kit/a.cpp) [b](kit/) [c](#a) [d](https://zeromq.org)")})
            .empty());
    CHECK(links({scan("README.md", "# A\n[a](kit/b.cpp)")}).at(0).line == 2);
    CHECK(links({scan("README.md", "# A\n```\n[a](kit/b.cpp)\n```\n")}).empty());
    CHECK(links({scan("README.md", "# A\n[a](docs/x.md#part)"),
                 scan("docs/x.md", "# X\n[back](../README.md)")})
              .empty());
}

TEST_CASE("each page of docs is reached from the README") {
    CHECK(links({scan("README.md", "# A\n"), scan("docs/x.md", "# X\n")}).size() == 1);
    CHECK(links({scan("README.md", "# A\n[x](docs/x.md)"), scan("docs/x.md", "# X\n[y](y.md)"),
                 scan("docs/y.md", "# Y\n")})
              .empty());
    CHECK(links({scan("README.md", "# A\n[e](examples/)"),
                 scan("examples/README.md", "# E\n[x](../docs/x.md)"), scan("docs/x.md", "# X\n")})
              .empty());
}

TEST_CASE("pages that only link each other are not reached") {
    CHECK(links({scan("README.md", "# A\n"), scan("docs/x.md", "# X\n[y](y.md)"),
                 scan("docs/y.md", "# Y\n[x](x.md)")})
              .size() == 2);
}
TEST_CASE("a test that a page names is there, by its file and by the beginning of its name") {
    const auto found = [](const std::string& text) {
        return check_named_tests(
                   {scan("docs/x.md", "# A\n\n" + text + "\n"),
                    scan("tests/core/a_test.cpp", "TEST_CASE(\"one, and two\") {}\n")})
            .size();
    };
    CHECK(found("Tests: `tests/core/a_test.cpp`.") == 0);
    CHECK(found("Tests: `tests/core/b_test.cpp`.") == 1);
    CHECK(found("| a | `core/a_test.cpp`: one, and two |") == 0);
    CHECK(found("| a | `core/a_test.cpp`: one …; `core/a_test.cpp`: one, and |") == 0);
    CHECK(found("| a | `core/a_test.cpp`: three; and more |") == 1);
}
