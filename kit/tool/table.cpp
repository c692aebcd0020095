#include "table.hpp"

#include <utility>

#include "handoff/dict.hpp"
#include "handoff/dynamic.hpp"
#include "handoff/namespace.hpp"

namespace handoff::tool {
namespace {

class OfDict final : public Table {
public:
    explicit OfDict(Dict<Bytes, Bytes> dict) : dict_(std::move(dict)) {}

    [[nodiscard]] std::optional<Bytes> get(const Bytes& key) const override {
        return dict_.get(key);
    }
    void put(const Bytes& key, const Bytes& value) override { dict_.put(key, value); }
    bool erase(const Bytes& key) override { return dict_.erase(key); }
    void for_each(const std::function<void(const Bytes&, const Bytes&)>& use) const override {
        for (const auto& [key, value] : dict_.snapshot()) use(key, value);
    }
    std::uint64_t changed(std::uint64_t version, std::stop_token stop) const override {
        return dict_.wait_until_changed(version, std::move(stop));
    }
    std::uint64_t changed(const Bytes& key, std::uint64_t version,
                          std::stop_token stop) const override {
        return dict_.wait_until_changed(key, version, std::move(stop)).version;
    }

private:
    Dict<Bytes, Bytes> dict_;
};

class OfNamespace final : public Table {
public:
    explicit OfNamespace(Namespace names) : names_(std::move(names)) {}

    [[nodiscard]] std::optional<Bytes> get(const Bytes& key) const override {
        const std::optional<Dynamic> value = names_.get<Dynamic>(name_of(key));
        return value ? std::optional(to_bytes(value->msgpack())) : std::nullopt;
    }
    void put(const Bytes& key, const Bytes& value) override {
        names_.put(name_of(key), Dynamic::from_msgpack(std::string(to_text(value))));
    }
    bool erase(const Bytes& key) override { return names_.erase(name_of(key)); }
    void for_each(const std::function<void(const Bytes&, const Bytes&)>& use) const override {
        for (const auto& [name, value] : names_.snapshot()) {
            use(to_bytes(Dynamic::of(name).msgpack()), to_bytes(value.msgpack()));
        }
    }
    std::uint64_t changed(std::uint64_t version, std::stop_token stop) const override {
        return names_.wait_until_changed(version, std::move(stop));
    }
    std::uint64_t changed(const Bytes& key, std::uint64_t version,
                          std::stop_token stop) const override {
        return names_.wait_until_changed(name_of(key), version, std::move(stop));
    }

private:
    static std::string name_of(const Bytes& key) {
        try {
            return Codec<std::string>::decode(to_text(key));
        } catch (const Error&) {
            throw Error(errc::invalid_argument, "the names in a namespace are texts");
        }
    }
    Namespace names_;
};

}  // namespace

std::unique_ptr<Table> open_table(Client& client, ObjectKind kind, const std::string& name) {
    if (kind == ObjectKind::name_space) {
        return std::make_unique<OfNamespace>(client.name_space(name));
    }
    return std::make_unique<OfDict>(client.dict<Bytes, Bytes>(name));
}

}  // namespace handoff::tool
