#pragma once

namespace handoff::core {

/// Several lambdas as one overload set, for std::visit.
template <class... Functions>
struct Overload : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overload(Functions...) -> Overload<Functions...>;

}  // namespace handoff::core
