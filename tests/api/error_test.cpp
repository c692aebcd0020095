#include "handoff/error.hpp"

#include <set>
#include <string>
#include <string_view>

#include "support/catch.hpp"

using handoff::errc;
using handoff::Error;
using handoff::to_string;

namespace {

constexpr errc all_codes[] = {
    errc::ok,
    errc::invalid_argument,
    errc::unsupported,
    errc::too_large,
    errc::wrong_type,
    errc::queue_mismatch,
    errc::config_invalid,
    errc::inert,
    errc::misuse,
    errc::object_mismatch,
    errc::full,
    errc::empty,
    errc::closed,
    errc::cancelled,
    errc::not_owner,
    errc::broken_barrier,
    errc::not_found,
    errc::out_of_range,
    errc::lease_lapsed,
    errc::session_lost,
    errc::manager_restarted,
    errc::stale_reference,
    errc::lock_lost,
    errc::remote_error,
    errc::unreachable,
    errc::outcome_unknown,
    errc::protocol,
    errc::version_mismatch,
    errc::not_welcomed,
    errc::gap,
    errc::not_authorised,
    errc::address_in_use,
    errc::limit_exceeded,
    errc::store_failed,
    errc::store_full,
    errc::store_in_use,
    errc::system,
};

}  // namespace

TEST_CASE("each code has a name of its own") {
    std::set<std::string_view> names;
    for (const errc code : all_codes) {
        const std::string_view name = to_string(code);
        INFO(static_cast<unsigned int>(code));
        CHECK_FALSE(name.empty());
        CHECK(name != "unknown");
        CHECK(names.insert(name).second);
    }
    CHECK(to_string(errc::lease_lapsed) == "lease_lapsed");
    CHECK(to_string(errc::ok) == "ok");
}

TEST_CASE("a number that is no code is unknown") {
    std::size_t known = 0;
    for (std::uint32_t number = 0; number < 1000; ++number) {
        if (to_string(static_cast<errc>(number)) != "unknown") ++known;
    }
    CHECK(known == std::size(all_codes));
}

TEST_CASE("the numbers of codes are those of the protocol and stay") {
    CHECK(static_cast<int>(errc::invalid_argument) == 1);
    CHECK(static_cast<int>(errc::wrong_type) == 4);
    CHECK(static_cast<int>(errc::full) == 20);
    CHECK(static_cast<int>(errc::closed) == 22);
    CHECK(static_cast<int>(errc::lease_lapsed) == 40);
    CHECK(static_cast<int>(errc::stale_reference) == 43);
    CHECK(static_cast<int>(errc::unreachable) == 60);
    CHECK(static_cast<int>(errc::outcome_unknown) == 61);
    CHECK(static_cast<int>(errc::limit_exceeded) == 80);
    CHECK(static_cast<int>(errc::system) == 83);
}

TEST_CASE("an error keeps its code and its text") {
    try {
        throw Error(errc::closed, "put on \"jobs\": closed");
    } catch (const std::runtime_error& error) {
        CHECK(std::string_view(error.what()).find("put on \"jobs\"") != std::string_view::npos);
        CHECK(dynamic_cast<const Error&>(error).code() == errc::closed);
    }
}
