#include "support/catch.hpp"
#include "tidy/source.hpp"

#include <string>
#include <vector>

namespace {

using namespace handoff::tidy;

Source scan_cpp_text(std::string text) {
    return scan("kit/src/core/x.cpp", std::move(text));
}

std::vector<std::string> words(const Source& source) {
    std::vector<std::string> words;
    for (const Piece& token : source.tokens) words.push_back(token.text);
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("code, comments and strings are told apart") {
    const Source source = scan_cpp_text("f(\"g()\"); // h()\n/* i()\n j() */ k();\n");
    CHECK(words(source) == Words{"f", "(", "\"\"", ")", ";", "k", "(", ")", ";"});
    CHECK(source.strings == std::vector<Piece>{{1, "g()"}});
    CHECK(source.comments == std::vector<Piece>{{1, " h()"}, {2, " i()\n j() "}});
    CHECK(source.tokens.back().line == 3);
}

TEST_CASE("a string may hold quotes, comment marks and braces") {
    const Source source = scan_cpp_text(R"x(a = "\"//{"; b = '"'; c = '\'';)x");
    CHECK(source.strings == std::vector<Piece>{{1, R"x(\"//{)x"}});
    CHECK(source.comments.empty());
    CHECK(words(source).back() == ";");
}

TEST_CASE("a raw string ends at its own mark") {
    const Source source = scan_cpp_text("x = R\"-(a )\" \n// b)-\"; y;");
    CHECK(source.strings == std::vector<Piece>{{1, "a )\" \n// b"}});
    CHECK(words(source) == Words{"x", "=", "\"\"", ";", "y", ";"});
    CHECK(source.tokens.back().line == 2);
}

TEST_CASE("a quote inside a number begins no character") {
    CHECK(words(scan_cpp_text("1'000'000 + 0x1p3 + f(1.5)")) ==
          Words{"1'000'000", "+", "0x1p3", "+", "f", "(", "1.5", ")"});
}

TEST_CASE("include lines are understood") {
    const Source source = scan_cpp_text("#include <a/b.hpp>\n  # include \"c.hpp\"  // why\n");
    CHECK(source.includes == std::vector<Include>{{1, "a/b.hpp", true}, {2, "c.hpp", false}});
    CHECK(source.comments == std::vector<Piece>{{2, " why"}});
    CHECK(source.tokens.empty());
}

TEST_CASE("an include line in a comment or a string is none") {
    CHECK(scan_cpp_text("// #include <a>\nx = R\"(\n#include <b>\n)\";").includes.empty());
}

TEST_CASE("a directive goes on behind a backslash") {
    const Source source = scan_cpp_text("#define A {\\\n  b\nc");
    CHECK(source.directives == std::vector<Piece>{{1, "define A {\n  b"}});
    CHECK(words(source) == Words{"c"});
}

TEST_CASE("a comment of a script begins at a word") {
    const Source source = scan("cmake/x.cmake", "add(a#b \"# no\") # yes\n# all\n");
    CHECK(source.comments == std::vector<Piece>{{1, " yes"}, {2, " all"}});
}

TEST_CASE("a file whose last line has no end, and an empty file, are scanned") {
    CHECK(scan_cpp_text("").lines.empty());
    CHECK(scan_cpp_text("\"open").lines.size() == 1);
    CHECK(scan_cpp_text("/* open").comments.size() == 1);
    CHECK(scan_cpp_text("R\"(open").strings.size() == 1);
}
