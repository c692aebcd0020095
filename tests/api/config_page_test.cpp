// docs/configuration.md says what the code does: its tables are those that the code goes by.

#include <sstream>
#include <string>

#include "api/configuration_page.hpp"
#include "support/catch.hpp"

using namespace handoff::test;

TEST_CASE("the page on configuration has the tables that the code goes by") {
    INFO("cmake --build --preset dev --target configuration_page writes them");
    const std::string text = text_of_file(configuration_page());
    std::istringstream page(text);
    std::istringstream fresh(with_fresh_tables(text));
    for (std::string expected; std::getline(fresh, expected);) {
        std::string found;
        std::getline(page, found);
        REQUIRE(found == expected);
    }
    CHECK(page.peek() == std::istringstream::traits_type::eof());
}
