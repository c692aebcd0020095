#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "handoff/client.hpp"
#include "handoff/codec.hpp"

namespace handoff::tool {

/// What a dict and a namespace have in common, by keys and values as they travel.
class Table {
public:
    Table() = default;
    virtual ~Table() = default;
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    [[nodiscard]] virtual std::optional<Bytes> get(const Bytes& key) const = 0;
    virtual void put(const Bytes& key, const Bytes& value) = 0;
    virtual bool erase(const Bytes& key) = 0;
    virtual void for_each(const std::function<void(const Bytes&, const Bytes&)>& use) const = 0;

    /// Waits until the version of all of it, or of this key's entry, is another; returns it.
    virtual std::uint64_t changed(std::uint64_t version, std::stop_token stop) const = 0;
    virtual std::uint64_t changed(const Bytes& key, std::uint64_t version,
                                  std::stop_token stop) const = 0;
};

/// Opens it, and makes it if there is none.
std::unique_ptr<Table> open_table(Client& client, ObjectKind kind, const std::string& name);

}  // namespace handoff::tool
