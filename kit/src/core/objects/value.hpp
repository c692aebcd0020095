#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/objects/watched.hpp"

namespace handoff::core::objects {

/// What add() makes of a value; throws errc::wrong_type if it is no integer, errc::out_of_range if
/// the sum is none of 64 bits. Empty counts as 0.
[[nodiscard]] std::int64_t sum_of(const std::optional<Packed>& value, std::int64_t n);

/// One value. It has none until it is set for the first time.
class Value final : public Watched {
public:
    explicit Value(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    [[nodiscard]] std::vector<Call> remake(Time wall) const override;

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    Result compare_exchange(Context& context, const Call& call);
    Result add(Context& context, const Call& call);
    /// Throws errc::limit_exceeded if it may not be so long.
    void check(const Packed& value) const;
    /// Sets it and tells; returns the new version.
    std::int64_t set(Context& context, const Packed& value);
    /// For results: none or one.
    [[nodiscard]] std::vector<Packed> values() const;

    [[nodiscard]] Extent extent() const override {
        return {value_ ? 1u : 0u, value_ ? value_->size() : 0u};
    }

    std::uint64_t bytes_max_;
    std::optional<Packed> value_;
};

}  // namespace handoff::core::objects
