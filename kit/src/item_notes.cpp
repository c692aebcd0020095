#include "item_notes.hpp"

#include <optional>
#include <utility>

#include "handoff/error.hpp"
#include "wire/headers.hpp"

namespace handoff::detail {
namespace {

void require_within(const std::string& what, const char* part, std::size_t bytes,
                    std::size_t bytes_max) {
    if (bytes <= bytes_max) return;
    throw Error(errc::too_large, what + ": " + part + " of " + std::to_string(bytes) +
                                     " bytes; at most " + std::to_string(bytes_max) +
                                     " are allowed");
}

void require_own_key(const std::string& what, std::uint32_t count) {
    if (count <= 1) return;
    throw Error(errc::invalid_argument, what + ": one key for " + std::to_string(count) +
                                            " items; put each by itself, with a key of its own");
}

}  // namespace

void add_notes(core::Columns& columns, const PutOptions& options, std::uint32_t count,
               const std::string& what) {
    if (!options.key.empty()) {
        require_within(what, "a key", options.key.size(), core::key_bytes_max);
        require_own_key(what, count);
        columns.key = options.key;
    }
    if (!options.headers.empty()) {
        columns.headers = core::Slice::copy(wire::encode_headers(options.headers));
        require_within(what, "headers", columns.headers.size(), core::headers_bytes_max);
    }
    if (!options.trace.empty()) {
        require_within(what, "a trace", options.trace.size(), core::trace_bytes_max);
        columns.trace = core::Slice::copy(options.trace);
    }
}

std::shared_ptr<const ItemNotes> notes_of(const core::Part& part) {
    if (!has_notes(part)) return nullptr;
    ItemNotes notes{part.key, part.reason, std::string(part.headers.view()),
                    std::string(part.trace.view())};
    return std::make_shared<const ItemNotes>(std::move(notes));
}

const ItemNotes& RawLease::notes() const noexcept {
    static const ItemNotes none;
    return item_.info.notes ? *item_.info.notes : none;
}

Headers RawLease::headers() const {
    const std::string& encoded = notes().headers;
    if (encoded.empty()) return {};
    std::optional<Headers> headers = wire::decode_headers(encoded);
    if (headers) return *std::move(headers);
    throw Error(errc::wrong_type, "headers of item " + std::to_string(item_.info.id) + " (token " +
                                      std::to_string(item_.info.token) +
                                      "): they are no map of texts or bytes");
}

}  // namespace handoff::detail
