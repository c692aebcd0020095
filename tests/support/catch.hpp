#pragma once

// Catch2 by whichever name it has here: version 2 (Debian 12) is one header, version 3 many.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <iostream>

/// Leaves a test case that cannot be run here and says why; ctest counts it as skipped. Version 2
/// of Catch has no word for this. A macro, because it returns from the case.
#define HANDOFF_SKIP(reason)                               \
    do {                                                   \
        std::cout << "SKIPPED: " << (reason) << std::endl; \
        return;                                            \
    } while (false)
