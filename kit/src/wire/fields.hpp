#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wire/codec.hpp"
#include "wire/layout.hpp"
#include "wire/reader.hpp"

namespace handoff::wire {

/// One message that is being decoded: how far the reader is, and what went wrong first.
struct Decoding {
    /// The items that a head says belong to it.
    struct RunClaim {
        std::uint32_t count = 0;
        std::uint64_t bytes = 0;
    };

    const core::Slice& frame;  ///< holds the head
    const DecodeLimits& limits;
    /// A reply may come from a newer manager, which has settings that we do not know and cannot
    /// have asked for. A request that has them must not be carried out without.
    bool skip_unknown_options = false;
    Reader reader{frame.view()};
    std::string_view message = "message";  ///< its name, for texts
    std::vector<RunClaim> runs;
    errc code = errc::ok;
    std::string text;

    [[nodiscard]] bool failed() const noexcept { return code != errc::ok; }

    /// The first failure stays; after it nothing more is read.
    void fail(errc why, std::string_view field, std::string_view what);
};

/// The elements of one array, read in order; see layout.hpp. Elements that are left when it goes
/// out of scope come from a newer peer and are passed over.
class Fields {
public:
    Fields(Decoding& decoding, std::string_view name) : in_(decoding) {
        left_ = open(name, Kind::array);
    }
    ~Fields();
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    // ---- what layout.hpp asks for

    template <class T>
    void required(std::string_view name, T& value) {
        if (demand(name)) read(name, value);
    }
    template <class T>
    void optional(std::string_view name, T& value) {
        if (take()) read(name, value);
    }

    void magic();
    void speaks(std::uint32_t version_min, std::uint32_t version_max);
    void reserved(std::string_view) {
        if (take()) pass_over();
    }
    void name(std::string_view name, std::string& value);
    void text(std::string_view name, std::string& value);
    void key(std::string_view name, std::string& value);
    void headers(std::string_view name, core::Slice& value);
    void trace(std::string_view name, core::Slice& value);
    void item_trace(std::string_view name, core::Slice& value);
    void timestamp(std::string_view name, core::Millis& value);
    void range(std::string_view name, core::Range& value);
    void run(core::Run& value);
    void values(std::vector<core::Slice>& values);
    void parts(std::string_view name, std::vector<core::Part>& parts, std::vector<core::Slice>&);

    template <class T>
    void structure(std::string_view name, T& value) {
        if (!take() || in_.reader.take_nil()) return;
        Fields inner(in_, name);
        fields(inner, value);
    }

    template <class T>
    void list(std::string_view name, std::vector<T>& values) {
        if (!demand(name)) return;
        const std::uint64_t count = open(name, Kind::array);
        if (!within(name, count, in_.limits.queues_max)) return;
        // What is said to come takes a byte each at least, or it does not come.
        values.reserve(std::min<std::uint64_t>(count, in_.reader.remaining()));
        for (std::uint64_t i = 0; i < count && !in_.failed(); ++i) {
            Fields inner(in_, name);
            fields(inner, values.emplace_back());
        }
    }

private:
    friend class OptionFields;

    /// Whether there is one more element; it counts as read.
    bool take() noexcept;
    /// The same, where its absence is an error.
    bool demand(std::string_view name);
    void pass_over();

    /// The next object, which must be of this kind.
    std::optional<Item> expect(std::string_view name, Kind kind);
    /// The number of elements of the array or map that is next; 0 after a failure.
    std::uint64_t open(std::string_view name, Kind kind);
    bool within(std::string_view name, std::uint64_t count, std::size_t limit);
    std::string_view bytes(std::string_view name, Kind kind, std::size_t limit, errc too_long);
    core::Slice opaque(std::string_view name, std::size_t limit);
    void claim(std::string_view name, std::uint32_t count, std::uint64_t bytes);

    /// Opens a flat array of tuples of `width` numbers; returns how many tuples it has.
    std::uint64_t open_tuples(std::string_view name, std::uint64_t width, std::size_t limit);

    template <std::integral T>
    void read(std::string_view name, T& value) {
        const std::optional<Item> item = expect(name, Kind::integer);
        if (!item) return;
        const std::optional<T> number = item->integer<T>();
        if (!number) return in_.fail(errc::invalid_argument, name, "is out of range");
        value = *number;
    }
    template <class T>
    requires std::is_enum_v<T>
    void read(std::string_view name, T& value) {
        std::uint64_t number = 0;
        read(name, number);
        if (in_.failed()) return;
        if (!std::in_range<std::underlying_type_t<T>>(number) || !known(static_cast<T>(number))) {
            return in_.fail(errc::unsupported, name,
                            "has the unknown value " + std::to_string(number));
        }
        value = static_cast<T>(number);
    }
    template <class T>
    void read(std::string_view name, std::optional<T>& value) {
        value.reset();
        if (!in_.reader.take_nil()) read(name, value.emplace());
    }
    void read(std::string_view name, bool& value);
    void read(std::string_view name, core::Millis& value);
    void read(std::string_view name, core::SessionId& value);
    void read(std::string_view name, core::Cursor& value);
    void read(std::string_view name, std::vector<core::QueueHandle>& values);
    void read(std::string_view name, std::vector<std::int64_t>& values);
    void read(std::string_view name, std::vector<core::Cursor>& values);
    void read(std::string_view name, std::vector<core::Range>& values);
    void read(std::string_view name, std::vector<core::PutDone::Outcome>& values);
    void read(std::string_view name, QueueOptions& value) { read_options(name, value); }
    void read(std::string_view name, ObjectOptions& value) { read_options(name, value); }
    template <class Options>
    void read_options(std::string_view name, Options& value);

    static bool known(core::ItemState state) { return state <= core::ItemState::dead; }
    static bool known(Durability level) { return level <= Durability::fsync; }
    static bool known(Order order) { return order <= Order::priority; }
    static bool known(errc) { return true; }  // a text comes with it
    // What objects there are, and what they can do, their manager says.
    static bool known(ObjectKind) { return true; }
    static bool known(core::objects::Method) { return true; }

    Decoding& in_;
    std::uint64_t left_ = 0;
};

}  // namespace handoff::wire
