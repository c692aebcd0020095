#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace handoff::test {

/// What is drawn by lot: the same on every machine for the same seed.
class Lots {
public:
    using Millis = std::chrono::milliseconds;
    using Nanos = std::chrono::nanoseconds;

    explicit Lots(std::uint64_t seed) : draw_(seed) {}
    /// 0 … n - 1
    std::size_t below(std::size_t n) { return draw_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    /// From `least` to `most`, both included.
    std::size_t between(std::size_t least, std::size_t most) {
        return least + below(most - least + 1);
    }
    Millis between(Millis least, Millis most) {
        return Millis{between(static_cast<std::size_t>(least.count()),
                              static_cast<std::size_t>(most.count()))};
    }
    Millis up_to(Millis most) { return Millis{below(static_cast<std::size_t>(most.count())) + 1}; }
    /// Finer than the milliseconds of the others.
    Nanos within(Nanos most) { return Nanos{below(static_cast<std::size_t>(most.count()) + 1)}; }

private:
    std::mt19937_64 draw_;
};

}  // namespace handoff::test
