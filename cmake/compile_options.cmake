# How Handoff's own targets are compiled. Nothing here reaches a consumer's targets.

# A rebuild after switching presets or branches is then a matter of seconds. The settings are what
# a compiler cache needs to work together with precompiled headers.
find_program(HANDOFF_CCACHE ccache)
mark_as_advanced(HANDOFF_CCACHE)
if(HANDOFF_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Builds beside each other, such as build/release and build/package, compile the same things.
    set(base)
    if(NOT DEFINED ENV{CCACHE_BASEDIR})
        set(base CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1)
    endif()
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env ${base}
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${HANDOFF_CCACHE})
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
add_library(handoff_compile_options INTERFACE)
target_compile_features(handoff_compile_options INTERFACE cxx_std_20)

if(HANDOFF_STRICT)
    target_compile_options(handoff_compile_options INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion
        # Compiled together, files see names of each other, which they do not shadow on purpose.
        $<$<NOT:$<BOOL:${HANDOFF_UNITY}>>:-Wshadow>
        -Wold-style-cast -Wcast-align
        -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wformat=2 -Wundef
        # clang counts signs among conversions and g++ does not: take the narrower meaning, as
        # otherwise every `begin() + size` would need a cast.
        $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
        # g++ 12 sees overlaps and overruns in the standard library's own string concatenation when
        # it optimises (GCC bugs 105329 and 105651).
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow>
        # clang 17 and later see libstdc++ 12 use, in its own stable_sort, what it calls deprecated.
        $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
        # clang 14 has a warning for designated initialisers that leave fields to their defaults,
        # which is what option structs are for.
        -Wno-missing-field-initializers
        -Werror)
endif()

if(HANDOFF_SANITIZE)
    set(flags -fsanitize=${HANDOFF_SANITIZE} -fno-omit-frame-pointer)
    if(HANDOFF_SANITIZE MATCHES undefined)
        list(APPEND flags -fno-sanitize-recover=undefined)  # a report fails the test
        if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
            # Before a coroutine clang 14 cannot place what this check reads.
            list(APPEND flags -fno-sanitize=function)
        endif()
    endif()
    target_compile_options(handoff_compile_options INTERFACE ${flags})
    target_link_options(handoff_compile_options INTERFACE ${flags})
endif()

# Adds a program of ours. Its sources may be named here or later.
function(handoff_program name)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE handoff_compile_options)
    if(HANDOFF_SANITIZE)
        # The sanitizers' defaults for this project, built in, so that a program started by hand
        # or by another program behaves as it does under ctest.
        target_sources(${name} PRIVATE
            "${PROJECT_SOURCE_DIR}/tests/support/sanitizer_defaults.cpp")
    endif()
endfunction()
