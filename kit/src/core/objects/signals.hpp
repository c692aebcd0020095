#pragma once

#include <cstdint>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// What Event and Latch have in common: calls that wait until something is so, all of them at once.
class Gate : public Object {
public:
    void give_up(Context& context, Ticket ticket, errc why) final;
    void forget(Ticket ticket) final;
    void session_over(Context& /*context*/, Holder /*session*/) final {}
    [[nodiscard]] std::size_t waiting() const final { return line_.size(); }

protected:
    std::optional<Result> wait(const Caller& caller, const Call& call, bool open);
    /// Lets all go on that wait; returns how many.
    std::int64_t open(Context& context);

private:
    struct Nothing {};
    Line<Nothing> line_;
};

/// A flag that can be waited for.
class Event final : public Gate {
public:
    [[nodiscard]] Report report(std::size_t /*holders_max*/) const override {
        Report report;
        report.count = set_ ? 1 : 0;
        return report;
    }

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    bool set_ = false;
};

/// A count that only falls, and can be waited for to be 0.
class Latch final : public Gate {
public:
    explicit Latch(std::uint64_t count) : left_(count) {}
    [[nodiscard]] Report report(std::size_t /*holders_max*/) const override {
        Report report;
        report.count = left_;
        return report;
    }

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::uint64_t left_;
};

}  // namespace handoff::core::objects
