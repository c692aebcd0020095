#include "handoff/version.hpp"

namespace handoff {

std::string_view version() noexcept {
    return HANDOFF_VERSION;
}

}  // namespace handoff
