#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "handoff/error.hpp"
#include "handoff/store.hpp"
#include "value.hpp"

namespace handoff::tool {
namespace {

std::string folder_of(const Setup& setup, const std::string& data) {
    if (!data.empty()) return data;
    if (!setup.config.manager.data.empty()) return setup.config.manager.data;
    throw Error(errc::invalid_argument,
                "which data? name the folder by --data, or in [manager] data of the file");
}

/// The payload is a text of JSON, whatever it is, so that it is always one line and can be put
/// again.
std::string line_of(const StoredItem& item) {
    const nlohmann::ordered_json line = {{"queue", item.queue},
                                         {"id", item.id},
                                         {"dead", item.dead},
                                         {"reason", item.reason},
                                         {"key", item.key},
                                         {"priority", item.priority},
                                         {"deliveries", item.deliveries},
                                         {"put_at_ms", item.put_at.count()},
                                         {"item", printed(to_bytes(item.payload), true)}};
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

int store_check(const Setup& setup, const std::string& data) {
    const std::vector<std::string> faults = check_store(folder_of(setup, data));
    for (const std::string& fault : faults) std::printf("%s\n", fault.c_str());
    if (faults.empty()) std::printf("nothing is wrong\n");
    return faults.empty() ? exit_done : exit_error;
}

int store_compact(const Setup& setup, const std::string& data) {
    compact_store(folder_of(setup, data));
    return exit_done;
}

int store_export(const Setup& setup, const std::string& data) {
    bool damaged = false;
    export_store(
        folder_of(setup, data),
        [](const StoredItem& item) { std::printf("%s\n", line_of(item).c_str()); },
        [&](const std::string& what) {
            damaged = true;
            std::fprintf(stderr, "handoff: left out: %s\n", what.c_str());
        });
    return damaged ? exit_error : exit_done;
}

}  // namespace handoff::tool
