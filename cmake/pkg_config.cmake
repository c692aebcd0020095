# Installs what another project needs for  pkg-config handoff.  Our headers include those of msgpack
# and Boost, which have no such file on Debian 12: the compiler finds them where it looks by itself.

set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# Everything follows from where the file lies, so an installation may be moved. Only folders that
# were asked for by an absolute path stay where they are.
set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${pc_dir}")
    file(RELATIVE_PATH up "/${pc_dir}" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(pc_prefix "\${pcfiledir}/${up}")
endif()
foreach(folder IN ITEMS include lib)
    string(TOUPPER ${folder} upper)
    set(pc_${folder}dir "${CMAKE_INSTALL_${upper}DIR}")
    if(NOT IS_ABSOLUTE "${pc_${folder}dir}")
        string(PREPEND pc_${folder}dir "\${prefix}/")
    endif()
endforeach()

set(pc_libs "-lhandoff")
get_target_property(type handoff_patterns TYPE)
if(NOT type STREQUAL INTERFACE_LIBRARY)
    string(PREPEND pc_libs "-lhandoff_patterns ")
endif()

# A static library brings along what it is made of. That is public here, since with the archive
# alone installed nobody should have to say --static; a shared library needs nothing of its users.
set(pc_requires "")
if(NOT BUILD_SHARED_LIBS)
    set(pc_requires "libzmq >= 4.3.4")
    get_target_property(type tomlplusplus::tomlplusplus TYPE)
    if(NOT type STREQUAL INTERFACE_LIBRARY)  # toml++ may be headers alone
        string(APPEND pc_requires ", tomlplusplus >= 3.0")
    endif()
    if(HANDOFF_STORE)
        string(APPEND pc_requires ", sqlite3 >= 3.35")
    endif()
endif()

configure_file("${PROJECT_SOURCE_DIR}/cmake/handoff.pc.in" "${PROJECT_BINARY_DIR}/handoff.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/handoff.pc" DESTINATION "${pc_dir}" COMPONENT handoff_dev)
