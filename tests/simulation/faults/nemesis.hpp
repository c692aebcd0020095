#pragma once

#include <functional>

#include "core/time.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// Brings about the faults of a plan, each kind at its own pace; none during a truce.
class Nemesis {
public:
    explicit Nemesis(World& world) : world_(world) {}

    void begin();
    /// Everybody is well and can reach everybody; who was killed has been started again.
    void make_peace();

private:
    void now_and_then(Time mean, std::function<void()> fault);
    void cut();
    void pause();
    void kill();
    void silence();
    void pause_manager();
    void kill_manager();
    void jump_clock();
    void trouble_disk();
    void cut_power();
    void start_manager();
    [[nodiscard]] ClientHost& somebody();
    [[nodiscard]] Time draw_pause();

    World& world_;
};

}  // namespace handoff::core::sim
