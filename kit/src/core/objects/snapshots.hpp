#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "core/journal.hpp"
#include "handoff/error.hpp"

namespace handoff::core::objects {

/// The content of a container, which whoever writes to it copies first if a snapshot has it as
/// well; and the snapshots, which belong to sessions.
///
/// Thread safety: none; one owner.
template <class Content>
class Snapshots {
public:
    struct Snapshot {
        std::uint64_t number = 0;
        Holder session = 0;
        std::uint64_t version = 0;
        std::shared_ptr<const Content> content;
    };

    [[nodiscard]] const Content& content() const noexcept { return *content_; }
    /// To be written to.
    [[nodiscard]] Content& own() {
        if (content_.use_count() > 1) content_ = std::make_shared<Content>(*content_);
        return *content_;
    }

    /// A new snapshot; of too many the oldest is dropped. It is only kept if keep() is called.
    [[nodiscard]] Snapshot take(Holder session, std::uint64_t version) {
        return {next_++, session, version, content_};
    }
    void keep(Snapshot snapshot) {
        const auto of_session = std::count_if(kept_.begin(), kept_.end(), [&](const auto& each) {
            return each.session == snapshot.session;
        });
        if (of_session >= per_session_max) {
            drop_first_if([&](const auto& each) { return each.session == snapshot.session; });
        } else if (kept_.size() >= all_max) {
            kept_.pop_front();
        }
        kept_.push_back(std::move(snapshot));
    }
    /// Throws errc::stale_reference if the session has none of this number.
    [[nodiscard]] Snapshot find(Holder session, std::uint64_t number) const {
        for (const Snapshot& each : kept_) {
            if (each.number == number && each.session == session) return each;
        }
        throw Error(errc::stale_reference, "there is no such snapshot any more");
    }
    void drop(std::uint64_t number) {
        drop_first_if([number](const auto& each) { return each.number == number; });
    }
    void drop_session(Holder session) {
        std::erase_if(kept_, [session](const auto& each) { return each.session == session; });
    }
    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

    static constexpr std::ptrdiff_t per_session_max = 16;
    static constexpr std::size_t all_max = 256;

private:
    template <typename Predicate>
    void drop_first_if(Predicate predicate) {
        const auto found = std::find_if(kept_.begin(), kept_.end(), predicate);
        if (found != kept_.end()) kept_.erase(found);
    }

    std::shared_ptr<Content> content_ = std::make_shared<Content>();
    std::deque<Snapshot> kept_;
    std::uint64_t next_ = 1;
};

}  // namespace handoff::core::objects
