#include <string>
#include <vector>

#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "core/run.hpp"
#include "fuzz/targets/targets.hpp"
#include "handoff/dynamic.hpp"
#include "wire/headers.hpp"
#include "wire/reader.hpp"

namespace handoff::fuzz {

// ------------------------------------------------------------------ runs

void fuzz_run(std::string_view bytes) {
    const std::optional<core::RunShape> shape = core::measure(bytes);
    std::uint32_t count = 0;
    std::size_t at = 0;
    core::RunWriter writer;
    while (const std::optional<std::size_t> item = core::first_item_bytes(bytes.substr(at))) {
        require(*item <= bytes.size() - at, "an item lies within its run");
        writer.append(core::first_payload(bytes.substr(at)));
        at += *item;
        ++count;
        require(core::items_within(bytes, count, at) == count, "walked items are within");
        if (at == bytes.size()) break;
    }
    require(shape.has_value() == (at == bytes.size()), "a run is of whole items, or none");
    if (!shape) return;
    require(shape->count == count, "items are counted alike");
    require(core::prefix_bytes(bytes, count) == bytes.size(), "all items are all bytes");
    if (shape->each > 0) {
        require(std::uint64_t{shape->each} * count == bytes.size(), "alike items are as long");
        require(core::items_within(bytes, count, bytes.size() - 1) == count - 1,
                "the last one begins where alike ones say");
    }
    const core::Run written = writer.take();
    const std::optional<core::RunShape> same = core::measure(written.bytes.view());
    require(same && same->count == count && same->largest_payload == shape->largest_payload,
            "what is written again is the same");
}

std::vector<std::string> run_seeds() {
    std::vector<std::string> seeds;
    for (const std::size_t payload : {0u, 1u, 100u, 255u, 256u, 70'000u}) {
        std::string run;
        core::append_item(run, std::string(payload, 'p'));
        core::append_item(run, "next");
        seeds.push_back(run);
    }
    return seeds;
}

// ------------------------------------------------------------------ headers

void fuzz_headers(std::string_view bytes) {
    const std::optional<Headers> headers = wire::decode_headers(bytes);
    if (!headers) return;
    require(wire::decode_headers(wire::encode_headers(*headers)) == headers,
            "headers come out as they went in");
}

std::vector<std::string> headers_seeds() {
    return {wire::encode_headers({}), wire::encode_headers({{"name", "value"}, {"\xff", ""}}),
            wire::encode_headers({{"long", std::string(300, 'v')}})};
}

// ------------------------------------------------------------------ values

namespace {

/// The reader's two ways through the bytes agree, and neither leaves them.
void read_all(std::string_view bytes) {
    wire::Reader reader(bytes);
    while (reader.remaining() > 0) {
        wire::Reader skipping = reader;
        const std::size_t before = reader.position();
        const bool skipped = skipping.skip();
        require(skipping.position() <= bytes.size(), "a reader stays within its bytes");
        if (!reader.next()) {
            require(!skipped, "what cannot be read cannot be skipped");
            return;
        }
        require(reader.position() > before, "who reads gets on");
    }
}

void refer(std::string_view bytes) {
    using namespace core::objects;
    for (const Reference& reference : references_told(bytes)) {
        require(read_reference(pack_reference(reference)) == reference,
                "references come out as they went in");
        if (reference.name.size() > 200) continue;  // the name of no object
        const Packed value = pack_value(reference);
        const std::vector<Reference> found = references_in(payload_of(value));
        require(found.size() == 1 && found.front() == reference, "and are found in values");
    }
    if (const auto reference = read_reference(bytes)) {
        require(pack_reference(*reference) == bytes, "there is one way to write a reference");
    }
    if (const auto number = integer_of(bytes)) {
        require(integer_of(payload_of(pack_integer(*number))) == number, "integers are kept");
    }
    if (const auto text = string_of(bytes)) {
        require(string_of(payload_of(pack_text(*text))) == text, "texts are kept");
    }
}

using Nested = std::vector<std::map<std::string, std::vector<double>>>;

template <typename T>
void decode_as(const Dynamic& dynamic) {
    try {
        static_cast<void>(dynamic.as<T>());
    } catch (const Error& error) {
        require(error.code() == errc::wrong_type, "a value of another type is wrong_type");
    }
}

}  // namespace

void fuzz_value(std::string_view bytes) {
    read_all(bytes);
    refer(bytes);
    try {
        const Dynamic dynamic = Dynamic::from_msgpack(std::string(bytes));
        static_cast<void>(dynamic.kind());
        decode_as<std::string>(dynamic);
        decode_as<std::int64_t>(dynamic);
        decode_as<Nested>(dynamic);
    } catch (const Error& error) {
        require(error.code() == errc::wrong_type, "what is no msgpack is wrong_type");
    }
}

std::vector<std::string> value_seeds() {
    core::objects::Reference reference;
    reference.kind = ObjectKind::dict;
    reference.object = 7;
    reference.name = "shelf";
    const std::string ext(core::objects::payload_of(core::objects::pack_value(reference)));
    std::string deep(200, '\x91');
    return {ext,
            "\x92" + ext + ext,
            core::objects::pack_reference(reference),
            deep + ext,
            Dynamic::of(Nested{{{"a", {1.5, 2}}}, {}}).msgpack(),
            Dynamic::of(std::string(300, 't')).msgpack(),
            Dynamic::of(std::int64_t{-70'000}).msgpack(),
            "\xdc\xff\xff",
            "\xdf\xff\xff\xff\xff"};
}

}  // namespace handoff::fuzz
