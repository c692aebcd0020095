#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// Permits, which belong to the sessions that have acquired them.
class Semaphore final : public Object {
public:
    Semaphore(bool bounded, std::uint64_t permits)
        : free_(permits), bound_(bounded ? std::optional(permits) : std::nullopt) {}

    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] std::size_t waiting() const override { return line_.size(); }
    [[nodiscard]] Report report(std::size_t holders_max) const override;

    static constexpr std::uint64_t permits_max = std::uint64_t{1} << 62;

private:
    struct Want {
        Holder session = 0;
        std::uint64_t permits = 0;
    };

    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> acquire(Context& context, const Caller& caller, const Call& call);
    Result release(Context& context, const Caller& caller, const Call& call);
    [[nodiscard]] Result state(const Caller& caller, const Call& call) const;

    Result grant(Context& context, const Want& want);
    void serve(Context& context);
    [[nodiscard]] std::uint64_t held_by(Holder session) const;

    std::uint64_t free_;
    std::uint64_t held_ = 0;  ///< by all sessions
    std::optional<std::uint64_t> bound_;
    std::map<Holder, std::uint64_t> holders_;
    Line<Want> line_;
};

}  // namespace handoff::core::objects
