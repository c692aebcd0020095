// The least that needs headers, library and what the library itself is made of.

#include <handoff/config.hpp>
#include <handoff/error.hpp>

#include <iostream>

int main() {
    try {
        (void)handoff::Config::parse("[manager]\nlisten = 7\n");
    } catch (const handoff::Error& error) {
        std::cout << to_string(error.code()) << ": " << error.what() << '\n';
        return error.code() == handoff::errc::config_invalid ? 0 : 1;
    }
    return 1;
}
