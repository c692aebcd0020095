#pragma once

#include <algorithm>

namespace handoff::core {

/// Whether it is worth while to stay awake for the next message instead of sleeping until it comes.
///
/// To be woken costs a thread more than most messages do, and on a virtual machine many times more;
/// to look again and again costs a core for so long. So it is done while it pays: as long as
/// messages came while somebody looked. Each time in vain doubles the number of waits that are
/// slept through before the next attempt. To be in somebody's way costs him little and us a time
/// slice, so after that many more are slept through, and many have to pay before it is forgotten.
///
/// Thread safety: none; one owner.
class Spin {
public:
    explicit Spin(bool allowed) noexcept : allowed_(allowed) {}

    /// To be asked once for each wait.
    bool is_worth_while() noexcept {
        if (!allowed_) return false;
        if (sleeps_left_ == 0) return true;
        --sleeps_left_;
        return false;
    }

    /// A message came while somebody looked.
    void paid() noexcept {
        sleeps_ = 1;
        if (sleeps_when_busy_ > sleeps_max) --sleeps_when_busy_;
    }

    void was_in_vain() noexcept {
        sleeps_left_ = sleeps_;
        sleeps_ = std::min(2 * sleeps_, sleeps_max);
    }

    /// Somebody else had work for this core.
    void was_in_the_way() noexcept {
        sleeps_left_ = sleeps_when_busy_;
        sleeps_when_busy_ = std::min(2 * sleeps_when_busy_, sleeps_when_busy_max);
    }

    static constexpr int sleeps_max = 256;  ///< after attempts in vain
    static constexpr int sleeps_when_busy_max = 1 << 16;

private:
    bool allowed_;
    int sleeps_ = 1;  ///< after the next attempt in vain
    int sleeps_when_busy_ = sleeps_max;
    int sleeps_left_ = 0;  ///< before the next attempt
};

}  // namespace handoff::core
