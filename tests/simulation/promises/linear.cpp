#include "simulation/promises/linear.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace handoff::core::sim {
namespace {

constexpr std::size_t steps_max = 100'000;

bool is_known(const Operation& operation) {
    return operation.ended != never;
}

/// What the call makes of the content. False: it was not answered so.
bool happens(const Operation& operation, Content& content) {
    using What = Operation::What;
    const bool known = is_known(operation);
    const bool as_seen = operation.seen == content;
    switch (operation.what) {
        case What::get: return as_seen;
        case What::put: content = operation.argument; return true;
        case What::add:
            content = content.value_or(0) + operation.argument;
            return !known || operation.seen == content;
        case What::take: content.reset(); return !known || as_seen;
        case What::compare_exchange:
        case What::get_or_put: break;
    }
    const bool acts =
        operation.what == What::get_or_put ? !content.has_value() : content == operation.expected;
    if (known && operation.done != acts) return false;
    if (acts) {
        content = operation.argument;
        return true;
    }
    return !known || as_seen;
}

class Search {
public:
    explicit Search(std::vector<Operation> history)
        : history_(std::move(history)), happened_(history_.size(), false) {
        std::sort(history_.begin(), history_.end(),
                  [](const Operation& a, const Operation& b) { return a.begun < b.begun; });
        for (const Operation& each : history_) {
            left_.resize(std::max(left_.size(), each.last_part + 1));
            if (is_known(each)) ++left_[each.first_part];
        }
    }

    Verdict run() {
        if (history_.empty() || go_on({})) return Verdict::holds;
        return steps_ > steps_max ? Verdict::undecided : Verdict::broken;
    }

private:
    /// How far the history has been told.
    struct Place {
        std::size_t part = 0;
        Time now{};  ///< at least
        Content content;
        std::set<Content> undone_to{Content{}};  ///< what a loss of power leaves: one of these
        auto operator<=>(const Place&) const = default;
    };

    /// Whether all that is left can happen one way or the other.
    bool go_on(const Place& place) {
        const bool told = left_[place.part] == 0;
        if (told && place.part + 1 == left_.size()) return true;
        if (++steps_ > steps_max) return false;
        if (!been_.emplace(happened_, place).second) return false;
        if (told && goes_on_after_loss(place)) return true;
        for (const std::size_t next : candidates(place)) {
            Place then = place;
            if (!happens(history_[next], then.content)) continue;
            then.now = std::max(then.now, history_[next].begun);
            note_what_is_left(history_[next], then);
            mark(next, place.part, true);
            if (go_on(then)) return true;
            mark(next, place.part, false);
        }
        return false;
    }

    bool goes_on_after_loss(const Place& place) {
        return std::any_of(place.undone_to.begin(), place.undone_to.end(), [&](const Content& had) {
            return go_on({place.part + 1, place.now, had, {had}});
        });
    }

    void note_what_is_left(const Operation& happened, Place& place) const {
        if (place.part + 1 == left_.size()) return;  // nothing is lost any more
        if (happened.kept) place.undone_to.clear();
        place.undone_to.insert(place.content);
    }

    /// Those that began before any that is left had ended; first those that surely happened.
    [[nodiscard]] std::vector<std::size_t> candidates(const Place& place) const {
        Time first_end = never;
        std::vector<std::size_t> found;
        for (std::size_t at = 0; at < history_.size() && history_[at].begun <= first_end; ++at) {
            const Operation& each = history_[at];
            if (happened_[at] || each.first_part > place.part || each.last_part < place.part ||
                each.until < place.now) {
                continue;
            }
            first_end = std::min(first_end, each.ended);
            found.push_back(at);
        }
        std::erase_if(found, [&](std::size_t at) { return history_[at].begun > first_end; });
        std::stable_partition(found.begin(), found.end(),
                              [&](std::size_t at) { return is_known(history_[at]); });
        return found;
    }

    void mark(std::size_t at, std::size_t part, bool happened) {
        happened_[at] = happened;
        if (!is_known(history_[at])) return;
        happened ? --left_[part] : ++left_[part];
    }

    std::vector<Operation> history_;  ///< by their beginnings
    std::vector<bool> happened_;
    std::vector<std::size_t> left_;  ///< of those that surely happened, by part
    std::size_t steps_ = 0;
    std::set<std::pair<std::vector<bool>, Place>> been_;
};

}  // namespace

Verdict linearizable(std::vector<Operation> history) {
    return Search(std::move(history)).run();
}

}  // namespace handoff::core::sim
