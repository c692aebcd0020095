// The least that needs the headers, the library, and what both of them are made of.

#include <handoff/codec.hpp>
#include <handoff/config.hpp>
#include <handoff/error.hpp>

#include <iostream>
#include <string>

namespace {

struct Job {
    int id = 0;
    std::string url;
    MSGPACK_DEFINE(id, url)
};

bool packs() {
    std::string payload;
    handoff::Codec<Job>::encode({7, "a"}, payload);
    return handoff::Codec<Job>::decode(payload).id == 7;
}

bool refuses_a_bad_file() {
    try {
        (void)handoff::Config::parse("[manager]\nlisten = 7\n");
    } catch (const handoff::Error& error) {
        std::cout << to_string(error.code()) << ": " << error.what() << '\n';
        return error.code() == handoff::errc::config_invalid;
    }
    return false;
}

}  // namespace

int main() {
    return packs() && refuses_a_bad_file() ? 0 : 1;
}
