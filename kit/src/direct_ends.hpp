#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "client_driver.hpp"
#include "connection.hpp"
#include "direct_queue.hpp"
#include "handoff/detail/raw_queue.hpp"

namespace handoff::detail {

/// The receiving ends of all parts of a direct queue, and one who takes from them, each in turn.
///
/// Thread safety: one thread at a time.
class DirectEnds {
public:
    /// Of a consumer: with this credit at each part, for as long as it lives.
    DirectEnds(DirectQueue& queue, const ClientDriver::Share& share);
    /// Of a call that waits: with credit for all, at the lease time of the consumers that are
    /// there.
    explicit DirectEnds(DirectQueue& queue);
    ~DirectEnds();
    DirectEnds(const DirectEnds&) = delete;
    DirectEnds& operator=(const DirectEnds&) = delete;

    struct End {
        std::shared_ptr<DirectPart> part;
        core::QueueRef ref;
        ClientDriver* known_driver;  ///< lives until the client has ended
        core::ConsumerMachine* machine;
        // In the present call:
        bool over = false;   ///< closed and drained
        bool away = false;   ///< does not answer
        core::Time heard{};  ///< away: when it was heard last

        /// Throws when the client has ended.
        [[nodiscard]] ClientDriver& driver() const { return part->queue.connection().driver(); }
    };

    using Use = std::function<void(const End& end, const core::Part& part, std::uint32_t index,
                                   const core::Slice& run, std::string_view payload,
                                   std::uint64_t session_generation)>;
    /// As ClientDriver::next(). errc::closed once all parts are closed and drained;
    /// errc::unreachable when none of the others has answered for `unreachable_after`.
    core::Outcome next(const Use& use, const Wait& wait);

    /// The end that the last item came from, if the next is to come from there as well. Null: that
    /// is next()'s to find out.
    [[nodiscard]] End* in_turn() noexcept {
        return in_a_row_ % in_a_row_max == 0 ? nullptr : &ends_[turn_];
    }
    /// Takes the next item there, if it has come, at a fraction of what next() costs. `done` as in
    /// ClientDriver::take_next(). False: next() has to look. The client must not have ended.
    template <typename UseThere>
    bool take_again(End& there, const ClientDriver::Taken* done, UseThere use) {
        const auto look = there.known_driver->take_next(*there.machine, done, std::move(use));
        if (look != core::ConsumerMachine::Look::item) return false;
        if (++in_a_row_ % in_a_row_max == 0) turn_ = (turn_ + 1) % ends_.size();
        return true;
    }

    /// Takes the credit away; a consumer's acknowledgements are answered, for at most `linger` at
    /// each part. Nothing can be taken afterwards.
    void end();

    [[nodiscard]] std::vector<End>& all() noexcept { return ends_; }

private:
    /// To look at all parts for each item would cost more than the item.
    static constexpr unsigned in_a_row_max = 64;

    [[nodiscard]] core::Outcome take_in_turn(const Use& use);
    [[nodiscard]] core::Outcome wait_for_next(const Use& use, const Wait& wait);
    [[nodiscard]] core::Outcome take_from(End& end, const Use& use);
    [[nodiscard]] core::Outcome verdict() const;
    [[nodiscard]] core::Time next_look() const;

    DirectQueue& queue_;
    const std::optional<ClientDriver::Share> share_;  ///< none: of a call
    std::vector<End> ends_;
    bool ended_ = false;
    std::size_t turn_ = 0;   ///< whose it is, of ends_
    unsigned in_a_row_ = 0;  ///< taken in this turn
    core::Outcome last_failure_;
};

}  // namespace handoff::detail
