#pragma once

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <msgpack/pack.hpp>

#include "wire/codec.hpp"
#include "wire/layout.hpp"
#include "wire/ranges.hpp"

namespace handoff::wire {

/// Counts what a Writer will write: the length of an array comes before its elements.
struct Counter {
    std::uint32_t count = 0;

    void magic() { ++count; }
    void speaks(std::uint32_t, std::uint32_t) {}
    void reserved(std::string_view) { ++count; }
    void required(std::string_view, const auto&) { ++count; }
    void optional(std::string_view, const auto&) { ++count; }
    void name(std::string_view, const std::string&) { ++count; }
    void text(std::string_view, const std::string&) { ++count; }
    void key(std::string_view, const std::string&) { ++count; }
    void headers(std::string_view, const core::Slice&) { ++count; }
    void trace(std::string_view, const core::Slice&) { ++count; }
    void item_trace(std::string_view, const core::Slice&) { ++count; }
    void timestamp(std::string_view, core::Millis) { ++count; }
    void structure(std::string_view, const auto&) { ++count; }
    void list(std::string_view, const auto&) { ++count; }
    void parts(std::string_view, const auto&, const auto&) { ++count; }
    void range(std::string_view, const core::Range&) { count += 2; }
    void run(const core::Run&) { count += 2; }
    void values(const std::vector<core::Slice>&) { count += 2; }
    void option(std::uint32_t, std::string_view, const auto& value) { count += value ? 1 : 0; }
};

/// Writes the fields of messages; see layout.hpp. Every number takes its shortest form.
class Writer {
public:
    explicit Writer(Encoded& out) : out_(out), sink_{out.head}, packer_(sink_) {}

    void array(std::uint32_t elements) { packer_.pack_array(elements); }
    void number(std::uint64_t value) { packer_.pack_uint64(value); }

    // ---- what layout.hpp asks for

    void magic() { text("", "handoff"); }
    void speaks(std::uint32_t, std::uint32_t) {}
    void reserved(std::string_view) { packer_.pack_nil(); }
    void required(std::string_view, const auto& value) { put(value); }
    void optional(std::string_view, const auto& value) { put(value); }
    void name(std::string_view, std::string_view value) { put(value); }
    void text(std::string_view, std::string_view value) { put(value); }
    void key(std::string_view, std::string_view value) { put_bytes_or_nil(value); }
    void headers(std::string_view, const core::Slice& value) { put_bytes_or_nil(value.view()); }
    void trace(std::string_view, const core::Slice& value) { put_bytes_or_nil(value.view()); }
    void item_trace(std::string_view, const core::Slice& value) { put_bytes_or_nil(value.view()); }
    void timestamp(std::string_view, core::Millis value) { put(value); }

    void structure(std::string_view, const auto& value) { put_fields(value); }

    void list(std::string_view, const auto& values) {
        array(size_of(values));
        for (const auto& value : values) put_fields(value);
    }

    void range(std::string_view, const core::Range& value) {
        number(value.first);
        number(value.last);
    }

    void run(const core::Run& value) {
        number(value.count);
        number(value.bytes.size());
        append_run(value.bytes);
    }

    void values(const std::vector<core::Slice>& values) {
        std::uint64_t bytes = 0;
        for (const core::Slice& value : values) bytes += value.size();
        number(values.size());
        number(bytes);
        for (const core::Slice& value : values) append_run(value);
    }

    void parts(std::string_view, const std::vector<core::Part>& parts,
               const std::vector<core::Slice>& runs) {
        assert(parts.size() == runs.size());
        array(size_of(parts));
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const std::uint64_t run_bytes = runs[i].size();
            Counter counter;
            part_fields(counter, parts[i], run_bytes);
            array(counter.count);
            part_fields(*this, parts[i], run_bytes);
            append_run(runs[i]);
        }
    }

    void option(std::uint32_t key, std::string_view, const auto& value) {
        if (!value) return;
        number(key);
        put(*value);
    }

private:
    /// What packer_ writes to.
    struct Sink {
        std::string& bytes;
        void write(const char* data, std::size_t size) { bytes.append(data, size); }
    };

    static std::uint32_t size_of(const auto& values) {
        return static_cast<std::uint32_t>(values.size());
    }

    void append_run(const core::Slice& bytes) {
        out_.runs.push_back(bytes);
        out_.run_bytes += bytes.size();
    }

    void put_fields(const auto& value) {
        Counter counter;
        fields(counter, value);
        array(counter.count);
        fields(*this, value);
    }

    template <std::integral T>
    void put(const T& value) {
        if constexpr (std::same_as<T, bool>) {
            value ? packer_.pack_true() : packer_.pack_false();
        } else if constexpr (std::unsigned_integral<T>) {
            packer_.pack_uint64(value);
        } else {
            packer_.pack_int64(value);
        }
    }

    template <class T>
    requires std::is_enum_v<T>
    void put(const T& value) { number(static_cast<std::uint64_t>(value)); }

    template <class T>
    void put(const std::optional<T>& value) {
        value ? put(*value) : static_cast<void>(packer_.pack_nil());
    }

    void put(const core::Millis& value) { packer_.pack_int64(value.count()); }

    void put(std::string_view value) {
        packer_.pack_str(size_of(value));
        packer_.pack_str_body(value.data(), size_of(value));
    }

    void put(const core::SessionId& value) {
        packer_.pack_bin(size_of(value));
        out_.head.append(value.begin(), value.end());
    }

    void put(const core::Cursor& value) {
        array(2);
        number(value.queue);
        number(value.token);
    }

    void put(const std::vector<core::QueueHandle>& values) {
        array(size_of(values));
        for (const core::QueueHandle value : values) number(value);
    }

    void put(const std::vector<std::int64_t>& values) {
        array(size_of(values));
        for (const std::int64_t value : values) packer_.pack_int64(value);
    }

    void put(const std::vector<core::Cursor>& values) {
        array(2 * size_of(values));
        for (const core::Cursor& value : values) {
            number(value.queue);
            number(value.token);
        }
    }

    void put(const std::vector<core::Range>& values) {
        if (!in_order(values)) return put(put_in_order(values));
        array(2 * size_of(values));
        for (const core::Range& value : values) range("", value);
    }

    void put(const std::vector<core::PutDone::Outcome>& values) {
        array(4 * size_of(values));
        for (const core::PutDone::Outcome& value : values) {
            range("", value.positions);
            put(value.code);
            put(value.level);
        }
    }

    void put(const AnyOf<QueueOptions, ObjectOptions> auto& value) {
        Counter counter;
        options(counter, value);
        packer_.pack_map(counter.count);
        options(*this, value);
    }

    void put_bytes_or_nil(std::string_view value) {
        if (value.empty()) {
            packer_.pack_nil();
        } else {
            packer_.pack_bin(size_of(value));
            packer_.pack_bin_body(value.data(), size_of(value));
        }
    }

    Encoded& out_;
    Sink sink_;
    msgpack::packer<Sink> packer_;
};

}  // namespace handoff::wire
