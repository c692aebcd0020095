#pragma once

#include <string>
#include <utility>

#include "handoff/error.hpp"

/// What a call throws. Also for use in a child process, where the test's own checks must not be
/// used: they would write to the parent's report.
namespace handoff::test {

/// The code of the Error that a call throws; errc::ok if it throws none.
template <typename Call>
errc code_of(Call&& call) {
    try {
        static_cast<void>(std::forward<Call>(call)());
    } catch (const Error& error) {
        return error.code();
    }
    return errc::ok;
}

/// The text of the Error that a call throws; empty if it throws none.
template <typename Call>
std::string text_of(Call&& call) {
    try {
        static_cast<void>(std::forward<Call>(call)());
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace handoff::test
