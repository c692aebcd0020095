#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/objects/entries.hpp"
#include "core/objects/watched.hpp"

namespace handoff::core::objects {

/// Values, each once.
class Set final : public Watched {
public:
    explicit Set(Bounds bounds) : bounds_(bounds) {}

    [[nodiscard]] Call to_store(const Context& context, const Call& call) const override;
    [[nodiscard]] std::vector<Call> remake(Time wall) const override;

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    [[nodiscard]] Result contains(const Call& call) const;
    Result put(Context& context, const Call& call);
    Result erase(Context& context, const Call& call);
    Result take_any(Context& context, const Call& call);
    Result clear(Context& context, const Call& call);
    Result combine(Context& context, const Call& call);
    [[nodiscard]] Result compare(const Context& context, const Call& call) const;

    [[nodiscard]] const Entries& entries() const { return entries_.content(); }
    /// The members that a call names: those of another set, or its values.
    [[nodiscard]] static Entries operand(const Context& context, const Arguments& given);
    /// The first argument: what to do, below `end`.
    [[nodiscard]] static std::int64_t choice(const Arguments& given, std::int64_t end);
    /// Those of `those` that are here (or, `inside` false, that are not).
    [[nodiscard]] std::vector<Packed> members(const Entries& those, bool inside) const;
    void check_room(const std::vector<Packed>& in, const std::vector<Packed>& out) const;
    /// Returns how many were new.
    std::int64_t add_all(const std::vector<Packed>& members);
    /// Returns how many there were.
    std::int64_t erase_all(const std::vector<Packed>& members);
    Result changed_now(Context& context, std::int64_t count);
    [[nodiscard]] Extent extent() const override { return {entries().size(), entries().bytes()}; }
    void drop_session(Holder session) override { entries_.drop_session(session); }

    Bounds bounds_;
    Snapshots<Entries> entries_;
};

}  // namespace handoff::core::objects
