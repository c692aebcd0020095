#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <string>

namespace {

using namespace handoff::tidy;

std::string lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "x;\n";
    return text;
}

/// The number of functions found too long when `before` stands before a body of 70 or 71 lines.
void measures(const std::string& before, const std::string& after = "") {
    INFO(before);
    const auto found = [&](std::size_t body_lines) {
        const std::string text = before + "{\n" + lines(body_lines - 2) + "}" + after + "\n";
        return check_function_length(scan("kit/src/x.cpp", text)).size();
    };
    CHECK(found(70) == 0);
    CHECK(found(71) == 1);
}

void ignores(const std::string& before, const std::string& after = "") {
    INFO(before);
    const std::string text = before + "{\n" + lines(100) + "}" + after + "\n";
    CHECK(check_function_length(scan("kit/src/x.cpp", text)).empty());
}

}  // namespace

TEST_CASE("a finding is printed so that an editor can jump to it") {
    CHECK(to_string(Finding{"a/b.cpp", 7, "columns", "break the line"}) ==
          "a/b.cpp:7: columns: break the line");
}

TEST_CASE("a file has at most 500 lines") {
    CHECK(check_file_length(scan("kit/src/x.cpp", lines(500))).empty());
    CHECK(check_file_length(scan("kit/src/x.cpp", lines(501))).size() == 1);
    CHECK(check_file_length(scan("docs/x.md", lines(501))).empty());
}

TEST_CASE("a line has at most 100 columns") {
    const std::string full(100, 'x');
    CHECK(check_columns(scan("kit/src/x.cpp", full + "\n")).empty());
    CHECK(check_columns(scan("kit/src/x.cpp", "\n" + full + "x\n")).at(0).line == 2);
    CHECK(check_columns(scan("cmake/x.cmake", full + "x\n")).size() == 1);
    CHECK(check_columns(scan("docs/x.md", full + "x\n")).empty());
}

TEST_CASE("a column is a character and not a byte") {
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "\xc3\xbc";
    CHECK(check_columns(scan("kit/src/x.cpp", umlauts)).empty());
    CHECK(check_columns(scan("kit/src/x.cpp", umlauts + "x")).size() == 1);
}

TEST_CASE("a function has at most 70 lines, wherever it stands") {
    measures("void f() ");
    measures("namespace a::b { int f(int x) noexcept ", "}");
    measures("inline namespace a { extern \"C\" { auto f() -> int ", "}}");
    measures("class A : public B { public: void f() const override ", "};");
    measures("template <class T> struct A { explicit operator bool() ", "};");
    measures("template <class T> requires (N > 0) T f(T t) ");
    measures("struct timeval f() ");
    measures("[[nodiscard]] int f() ");
    measures("struct A { A(int x) : a_{x}, b_(x) ", "};");
    measures("struct A { A() : a_{1} ", "};");
    measures("void f(Options o = {}) ");
    measures("TEST_CASE(\"a { b\") ");
    measures("// {\n/* { */ void f() ");
    measures("int a[] = {1, 2};\nvoid f() ");
}

TEST_CASE("only functions have a length") {
    ignores("namespace a ");
    ignores("class A final : public B<C> ", ";");
    ignores("enum class A : int ", ";");
    ignores("constexpr int a[] = ", ";");
    ignores("template <class T = decltype(f())> struct A ", ";");
}

TEST_CASE("a function that is too long is reported where it begins") {
    const std::string text = "int a;\n\nvoid\nf() {\n" + lines(80) + "}\n";
    const Findings found = check_function_length(scan("kit/src/x.cpp", text));
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == 3);
    CHECK(found[0].advice.starts_with("82 lines"));
}

TEST_CASE("braces that do not match end the search and nothing else") {
    CHECK(check_function_length(scan("kit/src/x.cpp", "void f() {{{")).empty());
    CHECK(check_function_length(scan("kit/src/x.cpp", "}}} void f() {}")).empty());
    CHECK(check_function_length(scan("kit/src/x.cpp", "template <")).empty());
}

TEST_CASE("a header begins with pragma once") {
    CHECK(check_pragma_once(scan("a.hpp", "// why\n#pragma once\n#include <a>\n")).empty());
    CHECK(check_pragma_once(scan("a.hpp", "#include <a>\n#pragma once\n")).size() == 1);
    CHECK(check_pragma_once(scan("a.hpp", "// #pragma once\n")).size() == 1);
    CHECK(check_pragma_once(scan("a.cpp", "#include <a>\n")).empty());
}

TEST_CASE("a header does not open namespaces") {
    CHECK(check_using_namespace(scan("a.hpp", "using namespace std;\n")).size() == 1);
    CHECK(check_using_namespace(scan("a.hpp", "using std::string; namespace a {}\n")).empty());
    CHECK(check_using_namespace(scan("a.hpp", "// using namespace std;\n")).empty());
    CHECK(check_using_namespace(scan("a.cpp", "using namespace std;\n")).empty());
}
