#pragma once

#include <stdexcept>
#include <string>

namespace handoff::core::sim {

/// The promises of docs/guarantees.md that a run is checked for.
enum class Promise { never_stuck = 1, never_lost, never_twice, in_order, freed, ends, bounded };

inline std::string name_of(Promise promise) {
    switch (promise) {
        case Promise::never_stuck: return "P1 never stuck";
        case Promise::never_lost: return "P2 never lost";
        case Promise::never_twice: return "P3 never twice by our doing";
        case Promise::in_order: return "P4 in order";
        case Promise::freed: return "P5 nothing held by the dead";
        case Promise::ends: return "P6 every wait ends";
        case Promise::bounded: return "P7 bounded";
    }
    return "?";
}

/// A promise was broken; the run ends here.
class Violation : public std::runtime_error {
public:
    Violation(Promise which, const std::string& how)
        : std::runtime_error(name_of(which) + ": " + how), promise(which) {}
    Promise promise;
};

[[noreturn]] inline void broken(Promise which, const std::string& how) {
    throw Violation(which, how);
}

}  // namespace handoff::core::sim
