#pragma once

#include <string>
#include <vector>

namespace handoff::test {

/// Why a conformance case is not for direct queues: what it shows is refused by that engine, or
/// means something else there. Null: it is for them as well.
const char* reason_not_to_be_direct(const std::string& test_case);

/// All those, by name.
std::vector<std::string> cases_not_for_direct_queues();

}  // namespace handoff::test
