// The precompiled header is made for a target that has a source; this is that source.
#include "support/catch.hpp"
