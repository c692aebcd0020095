#include "handoff/patterns/detail/mailbox.hpp"

#include <iomanip>
#include <random>
#include <sstream>

namespace handoff::patterns::detail {

std::string fresh_name(const std::string& prefix) {
    std::random_device random;
    std::ostringstream name;
    name << prefix << std::hex << std::setfill('0');
    for (int i = 0; i < 4; ++i) name << std::setw(8) << random();
    return name.str();
}

}  // namespace handoff::patterns::detail
