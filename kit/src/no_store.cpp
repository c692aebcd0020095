#include "handoff/store.hpp"
#include "storekeeper.hpp"

namespace handoff {
namespace {

[[noreturn]] void refuse(const std::string& data) {
    throw Error(errc::unsupported, "\"" + data +
                                       "\": this library was built without SQLite, so there are "
                                       "no durable queues");
}

}  // namespace

OpenedStore open_store(const ManagerConfig& config, std::function<void()>) {
    refuse(config.data);
}

std::vector<std::string> check_store(const std::filesystem::path& data) {
    refuse(data.string());
}

void compact_store(const std::filesystem::path& data) {
    refuse(data.string());
}

void export_store(const std::filesystem::path& data, const std::function<void(const StoredItem&)>&,
                  const std::function<void(const std::string&)>&) {
    refuse(data.string());
}

}  // namespace handoff
