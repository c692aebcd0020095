#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/manager_agenda.hpp"
#include "core/objects/entries.hpp"
#include "core/objects/watched.hpp"

namespace handoff::core::objects {

/// Keys and values; a namespace as well.
class Dict final : public Watched {
public:
    explicit Dict(Bounds bounds) : bounds_(bounds) {}

    [[nodiscard]] Deadlines next_deadline() const override { return {never, ends_.next()}; }
    void advance(Context& context) override { expire(context); }

    [[nodiscard]] Call to_store(const Context& context, const Call& call) const override;
    [[nodiscard]] std::vector<Call> remake(Time wall) const override;

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> read(const Context& context, const Caller& caller, const Call& call);
    Result write(Context& context, const Call& call);

    [[nodiscard]] Result get(const Call& call) const;
    [[nodiscard]] Result contains(const Call& call) const;
    std::optional<Result> changed_key(const Caller& caller, const Call& call);
    Result put(Context& context, const Call& call);
    Result get_or_put(Context& context, const Call& call);
    Result add(Context& context, const Call& call);
    Result compare_exchange(Context& context, const Call& call);
    Result erase(Context& context, const Call& call);
    Result take(Context& context, const Call& call);
    Result take_any(Context& context, const Call& call);
    Result clear(Context& context, const Call& call);

    [[nodiscard]] const Entry* find(const Packed& key) const;
    /// Throws errc::limit_exceeded if what is put would be too much.
    void check_room(const std::vector<Packed>& pairs) const;
    /// Of this version; returns whether the key is new. `ends` never: it stays.
    bool set(Context& context, const Packed& key, const Packed& value, std::uint64_t version,
             Time ends);
    /// One entry that was checked: the version of the change.
    std::int64_t set_alone(Context& context, const Packed& key, const Packed& value, Time ends);
    std::optional<Entry> remove(Context& context, const std::string& key);
    void expire(Context& context);
    [[nodiscard]] Extent extent() const override {
        return {entries_.content().size(), entries_.content().bytes()};
    }
    void drop_session(Holder session) override { entries_.drop_session(session); }

    Bounds bounds_;
    Snapshots<Entries> entries_;
    manager::Agenda<std::string> ends_;  ///< wall clock, of keys
};

}  // namespace handoff::core::objects
