// The house rules on the files of this project. A finding reads `file:line: rule: what to do`.

#include "tidy/tree.hpp"
#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <iostream>
#include <iterator>
#include <utility>

namespace {

using namespace handoff::tidy;

const Tree& tree() {
    static const Tree it = read_tree(HANDOFF_SOURCE_DIR);
    return it;
}

/// Fails if anything was found. Each finding is printed in a line of its own, which Catch would
/// wrap.
void expect_none(const Findings& findings) {
    for (const Finding& finding : findings) std::cout << to_string(finding) << '\n';
    CHECK(findings.empty());
}

void expect_none_in_any(Findings (*rule)(const Source&)) {
    Findings all;
    for (const Source& source : tree().sources) {
        Findings found = rule(source);
        std::move(found.begin(), found.end(), std::back_inserter(all));
    }
    expect_none(all);
}

}  // namespace

TEST_CASE("the tree is where it is looked for") {
    REQUIRE(tree().paths.contains("CMakeLists.txt"));
    REQUIRE(tree().paths.contains("kit/include/handoff/error.hpp"));
    REQUIRE(leaf_headers(tree().sources).contains("handoff/error.hpp"));
}

TEST_CASE("includes point from the outside to the core") {
    const auto leaves = leaf_headers(tree().sources);
    Findings all;
    for (const Source& source : tree().sources) {
        Findings found = check_includes(source, leaves);
        std::move(found.begin(), found.end(), std::back_inserter(all));
    }
    expect_none(all);
}

TEST_CASE("slow headers are included once") {
    expect_none(check_slow_headers(tree().sources));
}

TEST_CASE("files are short") {
    expect_none_in_any(check_file_length);
}

TEST_CASE("functions are short") {
    expect_none_in_any(check_function_length);
}

TEST_CASE("lines are short") {
    expect_none_in_any(check_columns);
}

TEST_CASE("headers begin with pragma once") {
    expect_none_in_any(check_pragma_once);
}

TEST_CASE("headers open no namespace for others") {
    expect_none_in_any(check_using_namespace);
}

TEST_CASE("tests and examples do not sleep") {
    expect_none_in_any(check_sleep);
}

TEST_CASE("nothing is left for later in a comment") {
    expect_none_in_any(check_unfinished);
}

TEST_CASE("no test is switched off") {
    expect_none_in_any(check_disabled_tests);
}

TEST_CASE("no path is one machine's own") {
    expect_none_in_any(check_machine_paths);
}

TEST_CASE("links lead to hosts that were agreed on") {
    expect_none_in_any(check_hosts);
}

TEST_CASE("a page has one title") {
    expect_none_in_any(check_title);
}

TEST_CASE("links between pages lead somewhere, and every page is reached") {
    expect_none(check_links(tree().sources, tree().paths));
}

TEST_CASE("tests that a page names are there") {
    expect_none(check_named_tests(tree().sources));
}

TEST_CASE("the code on the pages that teach is compiled and run") {
    expect_none(check_snippets(tree().sources));
}
