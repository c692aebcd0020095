#include "fuzz/targets/targets.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace handoff::fuzz {
namespace {

constexpr std::array all{
    Target{"request", "frames of a client, decoded by a manager", fuzz_request, message_seeds},
    Target{"reply", "frames of a manager, decoded by a client", fuzz_reply, message_seeds},
    Target{"run", "runs of items", fuzz_run, run_seeds},
    Target{"headers", "headers of an item", fuzz_headers, headers_seeds},
    Target{"value", "values of shared objects, with references", fuzz_value, value_seeds},
    Target{"config", "configuration files", fuzz_config, config_seeds},
    Target{"text", "endpoints, durations, sizes, names", fuzz_text, text_seeds},
    Target{"keys", "files of keys", fuzz_keys, keys_seeds},
#ifdef HANDOFF_FUZZ_STORE
    Target{"row", "rows of items and their marks in a store", fuzz_row, row_seeds},
    Target{"fact", "what a store knows besides items", fuzz_fact, fact_seeds},
    Target{"log", "write-ahead logs of a store", fuzz_log, log_seeds},
#endif
    Target{"manager", "clients that keep to no rule, and a real manager", fuzz_manager,
           story_seeds},
    Target{"client", "a manager that keeps to no rule, and a real client", fuzz_client,
           story_seeds},
};

}  // namespace

std::span<const Target> targets() {
    return all;
}

const Target* find_target(std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Target& target) { return target.name == name; });
    return found == all.end() ? nullptr : &*found;
}

void fail(std::string_view promise) {
    std::fprintf(stderr, "a promise is broken: %.*s\n", static_cast<int>(promise.size()),
                 promise.data());
    std::abort();
}

}  // namespace handoff::fuzz
