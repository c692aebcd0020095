#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/objects/page.hpp"
#include "core/objects/watched.hpp"

namespace handoff::core::objects {

/// Values in a row. A plain value; finding costs O(n), what is done at the ends O(1).
struct Row {
    std::deque<Packed> values;
    std::size_t bytes = 0;

    [[nodiscard]] std::size_t size() const noexcept { return values.size(); }
    /// See page_of().
    [[nodiscard]] std::uint64_t fill(Page& page, std::uint64_t from) const;
};

/// An array or a list: the one has a length that never changes, the other has bounds.
class Sequence final : public Watched {
public:
    /// An array of nils.
    Sequence(std::uint64_t length, std::uint64_t bytes_max);
    /// A list.
    explicit Sequence(Bounds bounds) : bounds_(bounds) {}

    [[nodiscard]] std::vector<Call> remake(Time wall) const override;

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    /// What lists alone can do.
    Result change_length(Context& context, const Call& call);

    [[nodiscard]] Result get(const Call& call) const;
    [[nodiscard]] Result find(const Call& call) const;
    [[nodiscard]] Result count(const Call& call) const;
    Result put(Context& context, const Call& call);
    Result add(Context& context, const Call& call);
    Result exchange(Context& context, const Call& call);
    Result compare_exchange(Context& context, const Call& call);
    Result reverse(Context& context, const Call& call);
    Result replace(Context& context, const Call& call);
    Result fill(Context& context, const Call& call);
    Result insert(Context& context, std::size_t at, const std::vector<Packed>& values);
    Result erase(Context& context, const Call& call);
    Result take(Context& context, const Call& call);
    Result erase_value(Context& context, const Call& call);
    Result clear(Context& context, const Call& call);

    [[nodiscard]] const std::deque<Packed>& values() const { return row_.content().values; }
    /// The place that an index means; throws errc::out_of_range unless it is below `end`.
    [[nodiscard]] std::size_t place(std::int64_t index, std::size_t end) const;
    /// The place where `count` values begin that are all there.
    [[nodiscard]] std::size_t place_of_slice(std::int64_t first, std::size_t count) const;
    [[nodiscard]] std::optional<std::size_t> find_from(std::size_t from, const Packed& value) const;
    /// Throws errc::limit_exceeded if these would be too many, or too long.
    void check_room(std::size_t entries, std::size_t bytes_out, std::size_t bytes_in) const;
    void overwrite(std::size_t at, const Packed& value);
    void remove(std::size_t at, std::size_t count);
    /// The version of a change that was made, which is told.
    std::int64_t changed_now(Context& context);
    [[nodiscard]] Extent extent() const override { return {values().size(), row_.content().bytes}; }
    void drop_session(Holder session) override { row_.drop_session(session); }

    bool fixed_ = false;
    Bounds bounds_;
    Snapshots<Row> row_;
};

}  // namespace handoff::core::objects
