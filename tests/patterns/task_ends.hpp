#pragma once

#include "handoff/patterns/worker_pool.hpp"

namespace handoff::test {

/// How a call's task ended.
template <typename Call>
patterns::TaskEnd end_of(Call&& call) {
    try {
        static_cast<void>(call());
    } catch (const patterns::TaskError& error) {
        return error.end();
    }
    return patterns::TaskEnd::done;
}

}  // namespace handoff::test
