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
        left_ = static_cast<std::size_t>(std::count_if(history_.begin(), history_.end(), is_known));
    }

    Verdict run() {
        if (go_on({})) return Verdict::holds;
        return steps_ > steps_max ? Verdict::undecided : Verdict::broken;
    }

private:
    /// Whether all that is left can happen one way or the other.
    bool go_on(const Content& content) {
        if (left_ == 0) return true;
        if (++steps_ > steps_max) return false;
        if (!been_.emplace(happened_, content).second) return false;
        for (const std::size_t next : candidates()) {
            Content then = content;
            if (!happens(history_[next], then)) continue;
            mark(next, true);
            if (go_on(then)) return true;
            mark(next, false);
        }
        return false;
    }

    /// Those that began before any that is left had ended; first those that surely happened.
    [[nodiscard]] std::vector<std::size_t> candidates() const {
        Time first_end = never;
        std::vector<std::size_t> found;
        for (std::size_t at = 0; at < history_.size() && history_[at].begun <= first_end; ++at) {
            if (happened_[at]) continue;
            first_end = std::min(first_end, history_[at].ended);
            found.push_back(at);
        }
        std::erase_if(found, [&](std::size_t at) { return history_[at].begun > first_end; });
        std::stable_partition(found.begin(), found.end(),
                              [&](std::size_t at) { return is_known(history_[at]); });
        return found;
    }

    void mark(std::size_t at, bool happened) {
        happened_[at] = happened;
        if (!is_known(history_[at])) return;
        happened ? --left_ : ++left_;
    }

    std::vector<Operation> history_;  ///< by their beginnings
    std::vector<bool> happened_;
    std::size_t left_ = 0;  ///< of those that surely happened
    std::size_t steps_ = 0;
    std::set<std::pair<std::vector<bool>, Content>> been_;
};

}  // namespace

Verdict linearizable(std::vector<Operation> history) {
    return Search(std::move(history)).run();
}

}  // namespace handoff::core::sim
