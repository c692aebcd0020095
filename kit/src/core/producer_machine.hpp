#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/client_machine.hpp"
#include "core/messages.hpp"
#include "core/run.hpp"

namespace handoff::core {

/// What may be sent and not confirmed at a time.
struct Window {
    std::uint64_t items = 1;
    std::uint64_t bytes = 0;  ///< one item is always accepted when nothing is unconfirmed
};

/// What a stream asked for and did not get: one thing, or neighbours that failed alike.
struct StreamFailure {
    std::uint64_t number = 0;  ///< a producer's item, from 1 on; a consumer's token
    errc code = errc::ok;
    std::string text;
    std::uint64_t count = 1;  ///< so many, from that one on
};

/// The failures of a stream that nobody was told of, in order. A full window may fail at once and
/// is a few runs of neighbours; of runs so many are kept, for those who never ask, others counted.
class StreamFailures {
public:
    static constexpr std::size_t kept_max = 65'536;

    void add(std::uint64_t number, errc code, const std::string& text);
    [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
    std::vector<StreamFailure> take();

private:
    std::vector<StreamFailure> kept_;
    std::uint64_t more_ = 0;
};

/// The sending end of a stream: items gather while a message of them is under way, and leave
/// together when it is answered, or as soon as they fill a frame. There is no timer: what waits is
/// always waited for by an answer.
///
/// Positions, repeats and the order on the wire are those of ClientMachine::put.
///
/// Thread safety: none; whoever owns the client.
class ProducerMachine {
public:
    ProducerMachine(ClientMachine& client, QueueRef queue, Window window)
        : client_(client),
          queue_(queue),
          window_(window),
          frame_bytes_max_(static_cast<std::size_t>(client.limits().frame_bytes_max)) {}

    [[nodiscard]] bool has_room() const noexcept {
        return unconfirmed_ == 0 ||
               (unconfirmed_ < window_.items && unconfirmed_bytes_ < window_.bytes);
    }

    /// Accepts an item and numbers it: 1, 2, 3 …
    void add(const Columns& columns, std::string_view payload);
    /// The same with the columns of items that have none.
    void add(std::string_view payload);

    /// Whether hand_over() has something to do.
    [[nodiscard]] bool may_hand_over() const noexcept {
        return !full_.empty() || (run_.count() > 0 && under_way_.empty());
    }
    /// Begins calls for what may go; returns them.
    std::vector<CallId> hand_over(Now now);

    /// A call that hand_over() began has ended.
    void take(const Completion& completion);

    /// Accepted, and not yet confirmed or refused.
    [[nodiscard]] std::uint64_t unconfirmed() const noexcept { return unconfirmed_; }
    /// Gathered, and waits for the answer to what is under way.
    [[nodiscard]] std::uint32_t gathered() const noexcept { return run_.count(); }
    [[nodiscard]] QueueRef queue() const noexcept { return queue_; }

    StreamFailures failures;

private:
    struct Piece {
        std::uint64_t first = 0;  ///< the number of its first item
        Columns columns;
        Run items;
        std::uint64_t bytes = 0;  ///< with what the columns bring
    };

    void begin_run(const Columns& columns);
    void append(std::string_view payload);
    void close_run();
    void refuse(const Piece& piece, const Outcome& outcome);

    ClientMachine& client_;
    const QueueRef queue_;
    const Window window_;
    std::size_t frame_bytes_max_;  ///< as the manager said last

    std::uint64_t next_number_ = 1;
    std::uint64_t unconfirmed_ = 0;
    std::uint64_t unconfirmed_bytes_ = 0;

    // What gathers:
    Columns columns_;
    bool plain_ = true;  ///< columns_ are those of an item that has none
    RunWriter run_;

    std::deque<Piece> full_;  ///< closed, as nothing more fits or the columns change; to go at once
    std::map<CallId, Piece> under_way_;  ///< without their bytes
};

}  // namespace handoff::core
