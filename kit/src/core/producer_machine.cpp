#include "core/producer_machine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/run.hpp"

namespace handoff::core {

// ------------------------------------------------------------------ failures

void StreamFailures::add(std::uint64_t number, errc code, const std::string& text) {
    if (!kept_.empty() && more_ == 0) {
        StreamFailure& last = kept_.back();
        if (last.number + last.count == number && last.code == code && last.text == text) {
            ++last.count;
            return;
        }
    }
    if (kept_.size() < kept_max) {
        kept_.push_back({number, code, text});
    } else {
        ++more_;
    }
}

std::vector<StreamFailure> StreamFailures::take() {
    if (more_ > 0) kept_.back().text += " (and " + std::to_string(more_) + " more)";
    more_ = 0;
    return std::exchange(kept_, {});
}

// ------------------------------------------------------------------ gathering

void ProducerMachine::add(const Columns& columns, std::string_view payload) {
    if (columns == Columns{}) return add(payload);
    // A key is of one item, so what has one is a run of its own.
    const bool joins = columns.key.empty() && !plain_ && columns == columns_;
    if (!joins) begin_run(columns);
    append(payload);
    if (!columns.key.empty()) close_run();
}

void ProducerMachine::add(std::string_view payload) {
    if (!plain_) begin_run({});
    append(payload);
}

void ProducerMachine::begin_run(const Columns& columns) {
    close_run();
    columns_ = columns;
    plain_ = columns == Columns{};
}

void ProducerMachine::append(std::string_view payload) {
    const std::size_t bytes = item_bytes(payload.size());
    if (run_.count() > 0 && run_.size() + bytes > frame_bytes_max_) close_run();
    if (run_.count() == 0 && !under_way_.empty()) run_.expect_more();
    run_.append(payload);
    ++next_number_;
    ++unconfirmed_;
    unconfirmed_bytes_ += bytes + columns_.notes_bytes();
}

void ProducerMachine::close_run() {
    if (run_.count() == 0) return;
    Piece piece;
    piece.first = next_number_ - run_.count();
    piece.columns = columns_;
    piece.items = run_.take();
    piece.bytes = piece.items.bytes.size() + piece.items.count * columns_.notes_bytes();
    full_.push_back(std::move(piece));
}

// ------------------------------------------------------------------ out, and what became of it

std::vector<CallId> ProducerMachine::hand_over(Now now) {
    std::vector<CallId> begun;
    frame_bytes_max_ = static_cast<std::size_t>(client_.limits().frame_bytes_max);
    if (full_.empty() && under_way_.empty()) close_run();
    for (; !full_.empty(); full_.pop_front()) {
        Piece& piece = full_.front();
        const std::uint32_t count = piece.items.count;
        begun.push_back(client_.put(queue_, piece.columns, std::move(piece.items), {}, now));
        piece.items = {count, {}};
        under_way_.emplace(begun.back(), std::move(piece));
    }
    return begun;
}

void ProducerMachine::take(const Completion& completion) {
    const auto found = under_way_.find(completion.call);
    if (found == under_way_.end()) return;
    const Piece& piece = found->second;
    unconfirmed_ -= piece.items.count;
    unconfirmed_bytes_ -= piece.bytes;
    if (completion.outcome.code != errc::ok) refuse(piece, completion.outcome);
    under_way_.erase(found);
}

/// What is not known of an item shares the end of its message.
void ProducerMachine::refuse(const Piece& piece, const Outcome& outcome) {
    const auto* done = std::get_if<PutDone>(&outcome.reply);
    std::uint64_t next = 1;  // of this message's items, the first that nothing was said of
    const auto fail_until = [&](std::uint64_t end, errc code) {
        for (; next < end; ++next) failures.add(piece.first + next - 1, code, outcome.text);
    };
    if (done != nullptr) {
        for (const PutDone::Outcome& part : done->outcomes) {
            fail_until(part.positions.first, outcome.code);
            if (part.code == errc::ok) next = std::max(next, part.positions.last + 1);
            fail_until(part.positions.last + 1, part.code);
        }
    }
    fail_until(piece.items.count + std::uint64_t{1}, outcome.code);
}

}  // namespace handoff::core
