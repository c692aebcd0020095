# handoff_test_program(): the Catch cases of a folder become a program, and each a ctest test.
include("${Catch2_DIR}/Catch.cmake")

set(support "${PROJECT_SOURCE_DIR}/tests/support")

# Starts a test program in a world without sockets; its source says how.
handoff_program(no_sockets "${support}/no_sockets.cpp")

# Catch with the header compiled beforehand, as parsing it takes longer than compiling most tests.
add_library(handoff_test_base STATIC "${support}/catch.cpp")
target_include_directories(handoff_test_base PUBLIC "${PROJECT_SOURCE_DIR}/tests")
target_compile_definitions(handoff_test_base PUBLIC
    HANDOFF_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    HANDOFF_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
target_link_libraries(handoff_test_base PUBLIC handoff_compile_options Catch2::Catch2WithMain)
target_precompile_headers(handoff_test_base PRIVATE "${support}/catch.hpp")
# The library is tested as it is shipped; the cases themselves run for less time than it takes to
# optimise them, and there are more of them than of all else.
target_compile_options(handoff_test_base PUBLIC -O0 $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>)

# What the rooms share: the kit with its private headers, and the helpers in tests/support.
file(GLOB support_sources CONFIGURE_DEPENDS "${support}/*.cpp")
list(FILTER support_sources EXCLUDE REGEX "/(no_sockets|sanitizer_defaults|world)\\.cpp$")
add_library(handoff_test_support STATIC ${support_sources})
target_include_directories(handoff_test_support PUBLIC "${PROJECT_SOURCE_DIR}/kit/src")
target_link_libraries(handoff_test_support PUBLIC
    handoff_test_base handoff::kit handoff::patterns)
target_precompile_headers(handoff_test_support PRIVATE "${support}/catch.hpp")

# A manager and clients to play with, and with them most of the public headers, compiled beforehand.
add_library(handoff_test_world STATIC "${support}/world.cpp")
target_link_libraries(handoff_test_world PUBLIC handoff_test_support)
target_precompile_headers(handoff_test_world PRIVATE
    "${support}/catch.hpp" "${support}/world.hpp")

# A sanitizer makes programs slower; a limit is there to end a hang, not to measure speed.
set(handoff_test_timeout 60)
if(HANDOFF_SANITIZE)
    set(handoff_test_timeout 240)
endif()

# Catch would run nothing, and call that a success, if a case's name were garbled on its way here.
set(name_must_match --warn NoTests)
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
    set(name_must_match --warn UnmatchedTestSpec)
endif()

# For a room's name: tests/<room>/*.cpp become the program <room>_tests, each case the test
# <room>/<case>, labelled <room>. Each tests/<room>/programs/*.cpp becomes a program of its own, for
# the cases to start; they find it in HANDOFF_BIN_DIR. A room without sources is skipped; one below
# another has a "_" for the "/" in the program's name.
#
# PURE           the cases must not open sockets, and cannot: they run under no_sockets
# WORLD          the cases play in the world of tests/support
# WITHOUT_KIT    the cases are not about the library, and run when it does not even compile
# APART          the sources are compiled one by one: they use the same names for different things
# AND...         folders below the room whose sources are part of the program, one by one
# TRANSPORTS...  the cases run once for each of these schemes, which they read from
#                HANDOFF_TEST_TRANSPORT, and are called <scheme>/<case>
function(handoff_test_program room)
    cmake_parse_arguments(arg "PURE;WORLD;WITHOUT_KIT;APART" "" "AND;TRANSPORTS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${room}/*.cpp")
    set(below)
    foreach(folder IN LISTS arg_AND)
        file(GLOB found CONFIGURE_DEPENDS "${room}/${folder}/*.cpp")
        list(APPEND below ${found})
    endforeach()
    file(GLOB helpers CONFIGURE_DEPENDS "${room}/programs/*.cpp")
    if(NOT sources)
        return()
    endif()

    string(REPLACE / _ program ${room}_tests)
    handoff_program(${program} ${sources} ${below})
    set(base handoff_test_support)
    if(arg_WITHOUT_KIT)
        set(base handoff_test_base)
    elseif(arg_WORLD)
        set(base handoff_test_world)
    endif()
    target_link_libraries(${program} PRIVATE ${base})
    target_precompile_headers(${program} REUSE_FROM ${base})
    foreach(helper IN LISTS helpers)
        cmake_path(GET helper STEM name)
        handoff_program(${name} "${helper}")
        target_link_libraries(${name} PRIVATE handoff::kit handoff::patterns)
        add_dependencies(${program} ${name})
    endforeach()

    if(arg_APART)
        set(below ${sources} ${below})
    endif()
    set_source_files_properties(${below} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

    if(arg_PURE)
        # What CMake calls an emulator is a program that other programs are run by.
        set_target_properties(${program} PROPERTIES
            CROSSCOMPILING_EMULATOR "$<TARGET_FILE:no_sockets>")
        add_dependencies(${program} no_sockets)
    endif()

    set(properties LABELS ${room} TIMEOUT ${handoff_test_timeout}
        SKIP_REGULAR_EXPRESSION "SKIPPED: ")
    if(NOT arg_TRANSPORTS)
        catch_discover_tests(${program} TEST_PREFIX "${room}/"
            EXTRA_ARGS ${name_must_match} PROPERTIES ${properties})
    endif()
    foreach(transport IN LISTS arg_TRANSPORTS)
        # --name changes a title in Catch's output; here it keeps the lists of discovered tests
        # apart, whose file names Catch derives from the arguments.
        catch_discover_tests(${program} TEST_PREFIX "${transport}/"
            EXTRA_ARGS ${name_must_match} --name ${transport}
            PROPERTIES ${properties} ENVIRONMENT HANDOFF_TEST_TRANSPORT=${transport})
    endforeach()
endfunction()
