#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace handoff {

/// An item as it lies in the store of a manager that does not run.
struct StoredItem {
    std::string queue;
    std::uint64_t id = 0;  ///< its number in the queue
    bool dead = false;
    std::string reason;  ///< why it died
    std::uint32_t deliveries = 0;
    std::int32_t priority = 0;
    std::chrono::milliseconds put_at{0};  ///< since 1970
    std::string key;
    std::string payload;  ///< as it was packed: msgpack, unless its producer saw to it otherwise
};

// What an operator can do with the durable queues in the folder `data`, which is that of `[manager]
// data`. No manager may use it meanwhile: all of these throw errc::store_in_use then, errc::system
// if there is no store, and errc::unsupported if this library was built without one.
//
// Thread safety: any thread.

/// Reads and checks all of it, and changes nothing. Returns what is wrong, a line each.
std::vector<std::string> check_store(const std::filesystem::path& data);

/// Writes it anew, as small as it can be; needs as much room again, and as much memory. After a
/// sync that failed, managers use the data again only when this was done. Throws errc::store_failed
/// if anything is damaged. If it is interrupted, what was there before is there.
void compact_store(const std::filesystem::path& data);

/// Gives each item to `use`, queue by queue, in the order of their ids. What cannot be read is told
/// to `damage`, a line each, and left out.
void export_store(const std::filesystem::path& data,
                  const std::function<void(const StoredItem&)>& use,
                  const std::function<void(const std::string&)>& damage);

}  // namespace handoff
