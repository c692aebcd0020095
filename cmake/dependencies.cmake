# Everything comes from the distribution. What is missing is named, all at once, together with the
# command that brings it; nothing is downloaded or built along the way.

set(handoff_missing "")
set(handoff_missing_packages "")

# Looks for a package by find_package's arguments, and notes if it is not there or older than
# `version`. `what` is what people call it, `packages` are those of Debian that bring it.
#
# A macro, because the variables that a package sets are for the caller. Versions are compared
# here: some packages refuse a newer major version that serves us well.
macro(handoff_require what packages version name)
    find_package(${name} ${ARGN} QUIET)
    if(NOT ${name}_FOUND)
        list(APPEND handoff_missing "${what} >= ${version} (none found)")
        list(APPEND handoff_missing_packages ${packages})
    elseif(${name}_VERSION VERSION_LESS ${version})
        list(APPEND handoff_missing "${what} >= ${version} (found ${${name}_VERSION})")
        list(APPEND handoff_missing_packages ${packages})
    endif()
endmacro()

find_package(Threads REQUIRED)
handoff_require("cppzmq" "cppzmq-dev;libzmq3-dev;pkg-config" 4.9 cppzmq CONFIG)
# Debian 12 calls this package msgpack and its target msgpackc-cxx; newer releases say msgpack-cxx.
handoff_require("msgpack-cxx" "libmsgpack-cxx-dev;libboost-dev" 4.1
    msgpackc-cxx NAMES msgpackc-cxx msgpack-cxx msgpack CONFIG)
handoff_require("toml++" "libtomlplusplus-dev" 3.0 tomlplusplus CONFIG)
if(HANDOFF_STORE)
    handoff_require("SQLite" "libsqlite3-dev" 3.35 SQLite3)
endif()
if(HANDOFF_BUILD_TOOL)
    handoff_require("CLI11" "libcli11-dev" 2.1 CLI11 CONFIG)
    handoff_require("JSON for Modern C++" "nlohmann-json3-dev" 3.11 nlohmann_json CONFIG)
endif()
if(HANDOFF_BUILD_TESTS)
    handoff_require("Catch2" "catch2" 2.13 Catch2 CONFIG)
endif()

# cppzmq finds libzmq without asking for a version; its pkg-config file tells which one it is.
if(PC_LIBZMQ_VERSION AND PC_LIBZMQ_VERSION VERSION_LESS 4.3.4)
    list(APPEND handoff_missing "libzmq >= 4.3.4 (found ${PC_LIBZMQ_VERSION})")
    list(APPEND handoff_missing_packages libzmq3-dev)
endif()

if(handoff_missing)
    list(JOIN handoff_missing "\n  " handoff_missing)
    list(JOIN handoff_missing_packages " " handoff_missing_packages)
    message(FATAL_ERROR
        "Handoff needs what is not here:\n  ${handoff_missing}\n"
        "Debian and Ubuntu have it:  apt-get install ${handoff_missing_packages}\n"
        "A copy installed elsewhere is found when CMAKE_PREFIX_PATH names its prefix.")
endif()

set(handoff_msgpack msgpackc-cxx)
if(TARGET msgpack-cxx)
    set(handoff_msgpack msgpack-cxx)
endif()
