#include <optional>
#include <string>
#include <utility>

#include "store/bytes.hpp"
#include "store/layout.hpp"

// Of shared objects.

namespace handoff::store {
namespace {

template <typename Number>
void write_option(ByteWriter& out, const std::optional<Number>& option) {
    out.flag(option.has_value());
    if (option) out.number(static_cast<std::uint64_t>(*option));
}

std::optional<std::uint64_t> read_option(ByteReader& in) {
    if (!in.flag()) return std::nullopt;
    return in.number<std::uint64_t>();
}

void write_object_options(ByteWriter& out, const ObjectOptions& options) {
    write_option(out, options.count);
    write_option(out, options.entries_max);
    write_option(out, options.bytes_max);
    out.number(static_cast<std::uint8_t>(options.durability.value_or(Durability::memory)));
}

ObjectOptions read_object_options(ByteReader& in) {
    ObjectOptions options;
    options.count = read_option(in);
    options.entries_max = read_option(in);
    options.bytes_max = read_option(in);
    options.durability = static_cast<Durability>(in.number<std::uint8_t>());
    return options;
}

}  // namespace

std::string value_of(const core::Recovered::Object& object) {
    ByteWriter out;
    out.number(object.version);
    out.number(static_cast<std::uint8_t>(object.made.kind));
    out.text(object.made.name);
    write_object_options(out, object.made.options);
    return out.take();
}

core::Recovered::Object object_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::Recovered::Object object;
    object.made.object = number_in_key(key);
    object.version = in.number<std::uint64_t>();
    object.made.kind = ObjectKind{in.number<std::uint8_t>()};
    object.made.name = in.text();
    object.made.options = read_object_options(in);
    return object;
}

std::string value_of(const core::ObjectChanged& change) {
    ByteWriter out;
    out.time(change.at);
    out.number(static_cast<std::uint32_t>(change.call.method));
    out.number(static_cast<std::uint32_t>(change.call.numbers.size()));
    for (const std::int64_t number : change.call.numbers) out.number(number);
    for (const core::Slice& each : change.call.values) out.text(each.view());
    return out.take();
}

core::ObjectChanged change_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::ObjectChanged change;
    change.object = number_in_key(key);
    change.version = number_in_key(key);
    change.at = in.time();
    change.call.object = change.object;
    change.call.method = static_cast<core::objects::Method>(in.number<std::uint32_t>());
    for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
        change.call.numbers.push_back(in.number<std::int64_t>());
    }
    while (!in.at_end()) change.call.values.push_back(core::Slice::copy(in.text()));
    return change;
}

}  // namespace handoff::store
