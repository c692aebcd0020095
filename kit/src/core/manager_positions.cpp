#include "core/manager_positions.hpp"

#include <algorithm>
#include <iterator>

namespace handoff::core::manager {
namespace {

/// The entry of a map of ranges that holds `position`, or the first one after it.
template <class Ranges>
auto holding_or_after(const Ranges& ranges, Position position) {
    auto it = ranges.upper_bound(position);
    if (it != ranges.begin() && std::prev(it)->second.last >= position) --it;
    return it;
}

}  // namespace

void Positions::confirm_below(Position lowest) {
    if (lowest <= lowest_) return;
    lowest_ = lowest;
    next_ = std::max(next_, lowest);
    while (!refused_.empty() && refused_.begin()->first < lowest) {
        const Refusal refusal = refused_.begin()->second;
        refused_.erase(refused_.begin());
        if (refusal.last >= lowest) refused_.emplace(lowest, refusal);
    }
    while (!undone_.empty() && undone_.begin()->first < lowest) {
        const Wait undone = undone_.begin()->second;
        undone_.erase(undone_.begin());
        if (undone.last >= lowest) undone_.emplace(lowest, undone);
    }
}

void Positions::came(Range positions) {
    next_ = std::max(next_, positions.last + 1);
    if (undone_.empty()) return;
    const auto it = holding_or_after(undone_, positions.first);
    if (it == undone_.end() || it->first > positions.last) return;
    const Range whole{it->first, it->second.last};
    undone_.erase(it);
    if (whole.first < positions.first) undone_[whole.first] = {positions.first - 1, 0};
    if (whole.last > positions.last) undone_[positions.last + 1] = {whole.last, 0};
}

std::optional<Range> Positions::undone_within(Range positions) const {
    if (undone_.empty()) return std::nullopt;
    const auto it = holding_or_after(undone_, positions.first);
    if (it == undone_.end() || it->first > positions.last) return std::nullopt;
    return Range{std::max(it->first, positions.first), std::min(it->second.last, positions.last)};
}

PutsSeen Positions::seen() const {
    PutsSeen seen;
    seen.lowest = lowest_;
    seen.next = next_;
    for (const auto& [first, refusal] : refused_) {
        seen.refused.push_back({{first, refusal.last}, refusal.code});
    }
    for (const auto& [first, wait] : waiting_) seen.waiting.push_back({first, wait.last});
    for (const auto& [first, wait] : undone_) seen.waiting.push_back({first, wait.last});
    return seen;
}

void Positions::restore(const PutsSeen& seen) {
    lowest_ = seen.lowest;
    next_ = seen.next;
    for (const auto& [positions, code] : seen.refused) {
        refused_[positions.first] = {positions.last, code};
    }
    for (const Range range : seen.waiting) undone_[range.first] = {range.last, 0};
}

void Positions::refuse(Range positions, errc code) {
    Range whole = positions;
    const auto after = refused_.lower_bound(positions.first);
    if (after != refused_.end() && after->first == whole.last + 1 && after->second.code == code) {
        whole.last = after->second.last;
        refused_.erase(after);
    }
    const auto next = refused_.lower_bound(positions.first);
    if (next != refused_.begin()) {
        const auto before = std::prev(next);
        if (before->second.last + 1 == whole.first && before->second.code == code) {
            before->second.last = whole.last;
            return;
        }
    }
    refused_[whole.first] = {whole.last, code};
}

Positions::Waiting Positions::waiting_within(Range positions) const {
    const auto it = holding_or_after(waiting_, positions.first);
    if (it == waiting_.end() || it->first > positions.last) return {};
    return {{it->first, it->second.last}, it->second.ticket};
}

std::vector<PutDone::Outcome> Positions::outcomes(Range positions, Durability level) const {
    constexpr Position beyond = position_max + 1;
    std::vector<PutDone::Outcome> outcomes;
    auto refused = holding_or_after(refused_, positions.first);
    auto waiting = holding_or_after(waiting_, positions.first);
    auto undone = holding_or_after(undone_, positions.first);
    for (Position at = positions.first; at <= positions.last;) {
        const Position refused_from = refused == refused_.end() ? beyond : refused->first;
        const Position waiting_from = waiting == waiting_.end() ? beyond : waiting->first;
        const Position undone_from = undone == undone_.end() ? beyond : undone->first;
        if (refused_from <= at) {
            const Position last = std::min(positions.last, refused->second.last);
            outcomes.push_back({{at, last}, refused->second.code, Durability::memory});
            at = last + 1;
            ++refused;
        } else if (waiting_from <= at) {
            at = waiting->second.last + 1;
            ++waiting;
        } else if (undone_from <= at) {
            at = undone->second.last + 1;
            ++undone;
        } else {
            const Position last =
                std::min(positions.last, std::min({refused_from, waiting_from, undone_from}) - 1);
            outcomes.push_back({{at, last}, errc::ok, level});
            at = last + 1;
        }
    }
    return outcomes;
}

}  // namespace handoff::core::manager
