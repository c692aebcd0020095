#include <system_error>

#include "core/run.hpp"
#include "handoff/error.hpp"
#include "handoff/store.hpp"
#include "store/store.hpp"

namespace handoff {
namespace {

store::StoreSettings settings_of(const std::filesystem::path& data) {
    store::StoreSettings settings;
    settings.path = (data / store::file_name).string();
    std::error_code error;
    if (!std::filesystem::exists(settings.path, error)) {
        throw Error(errc::system, "there is no store in \"" + data.string() + "\"");
    }
    return settings;
}

void give_each(const std::string& queue, const core::ItemsIn& items,
               const std::function<void(const StoredItem&)>& use) {
    StoredItem item;
    item.queue = queue;
    item.dead = items.dead;
    item.deliveries = items.items.deliveries;
    item.priority = items.items.priority;
    item.put_at = std::chrono::floor<std::chrono::milliseconds>(items.items.put_at);
    if (items.items.notes) {
        item.key = items.items.notes->key;
        item.reason = items.items.notes->reason;
    }
    std::string_view rest = items.items.bytes.view();
    for (std::uint32_t i = 0; i < items.items.count; ++i) {
        item.id = items.items.id + i;
        item.payload = core::first_payload(rest);
        use(item);
        rest.remove_prefix(core::prefix_bytes(rest, 1));
    }
}

}  // namespace

std::vector<std::string> check_store(const std::filesystem::path& data) {
    return store::Store::check(settings_of(data));
}

void compact_store(const std::filesystem::path& data) {
    store::Store::compact(settings_of(data));
}

void export_store(const std::filesystem::path& data,
                  const std::function<void(const StoredItem&)>& use,
                  const std::function<void(const std::string&)>& damage) {
    const core::Recovered known = store::Store::read(settings_of(data), damage);
    for (const core::Recovered::Queue& queue : known.queues) {
        for (const core::ItemsIn& items : queue.items) give_each(queue.made.name, items, use);
    }
}

}  // namespace handoff
