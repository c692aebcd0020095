// Writes the tables of docs/configuration.md anew: cmake --build --preset dev --target
// configuration_page. A test says when that is due.
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "api/configuration_page.hpp"

int main() {
    using namespace handoff::test;
    try {
        const std::string path = configuration_page();
        const std::string found = text_of_file(path);
        const std::string fresh = with_fresh_tables(found);
        if (fresh != found) std::ofstream(path, std::ios::binary) << fresh;
        std::printf("%s: %s\n", path.c_str(), fresh == found ? "as it was" : "written");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
