#pragma once

#include "tidy/source.hpp"

namespace handoff::tidy {

/// Fills comments, strings, includes, directives and tokens of a C++ source from its text.
void scan_cpp(Source& source);

}  // namespace handoff::tidy
