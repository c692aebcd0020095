# Debian packages of what install.cmake installs:  cmake --workflow --preset package

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Handoff authors <handoff@localhost.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has a first line of its own, below
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)  # a package for each component
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)  # NAME_VERSION_ARCHITECTURE.deb
set(CPACK_DEBIAN_PACKAGE_SOURCE handoff)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# handoff_debian_package(COMPONENT NAME SECTION DESCRIPTION): makes the component a package.
set(CPACK_COMPONENTS_ALL "")
function(handoff_debian_package component name section description)
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
    # Where Debian keeps them; an installation by hand does without.
    set(doc "${CMAKE_INSTALL_DATAROOTDIR}/doc/${name}")
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" RENAME copyright
        DESTINATION "${doc}" COMPONENT ${component} EXCLUDE_FROM_ALL)
    install(FILES "${PROJECT_SOURCE_DIR}/CHANGELOG.md" RENAME changelog
        DESTINATION "${doc}" COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

string(CONCAT about
    "Handoff's queues hand work from threads, processes and machines to others.\n"
    "A manager owns the queues, in a program or beside it; everybody else holds\n"
    "handles. Acknowledgements, leases, sessions and reconnecting are built in.\n\n")

handoff_debian_package(handoff_dev libhandoff-dev libdevel
    "queues on ZeroMQ for C++ programs (development files)\n${about}\
This package has the headers, the library to link with, and what CMake and\n\
pkg-config need to find them.")
# Headers of ours include msgpack's. cppzmq's CMake package finds libzmq by pkg-config.
set(CPACK_DEBIAN_HANDOFF_DEV_PACKAGE_DEPENDS "libmsgpack-cxx-dev (>= 4.1)")
if(NOT BUILD_SHARED_LIBS)
    string(APPEND CPACK_DEBIAN_HANDOFF_DEV_PACKAGE_DEPENDS
        ", cppzmq-dev (>= 4.9), libtomlplusplus-dev (>= 3.0), libzmq3-dev (>= 4.3.4), pkg-config")
    if(HANDOFF_STORE)
        string(APPEND CPACK_DEBIAN_HANDOFF_DEV_PACKAGE_DEPENDS ", libsqlite3-dev (>= 3.35)")
    endif()
endif()
set(CPACK_DEBIAN_HANDOFF_DEV_PACKAGE_SUGGESTS handoff)

if(BUILD_SHARED_LIBS)
    get_target_property(soversion handoff_kit SOVERSION)
    get_target_property(kit_dir handoff_kit BINARY_DIR)
    handoff_debian_package(handoff_runtime libhandoff${soversion} libs
        "queues on ZeroMQ for C++ programs (shared library)\n${about}\
This package has the library that programs run with.")
    set(CPACK_DEBIAN_HANDOFF_RUNTIME_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${kit_dir}")
    set(CPACK_COMPONENT_HANDOFF_DEV_DEPENDS handoff_runtime)
    set(CPACK_COMPONENT_HANDOFF_TOOL_DEPENDS handoff_runtime)
endif()

if(TARGET handoff)
    handoff_debian_package(handoff_tool handoff utils
        "queues on ZeroMQ from the command line\n${about}\
This package has the handoff command, which serves queues and works on them\n\
from the shell.")
    set(CPACK_DEBIAN_HANDOFF_TOOL_PACKAGE_SHLIBDEPS ON)
    # Makes the user of the service; nothing is started or enabled.
    set(CPACK_DEBIAN_HANDOFF_TOOL_PACKAGE_CONTROL_EXTRA
        "${PROJECT_SOURCE_DIR}/kit/tool/systemd/postinst")
endif()

include(CPack)
