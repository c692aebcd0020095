# Installs the command, and what another project needs for  find_package(handoff).
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/handoff")

# The components become packages: what one builds with, what programs run with, and the command.
install(TARGETS handoff_kit handoff_patterns EXPORT handoff
    ARCHIVE COMPONENT handoff_dev
    LIBRARY COMPONENT handoff_runtime NAMELINK_COMPONENT handoff_dev
    FILE_SET HEADERS COMPONENT handoff_dev)
install(EXPORT handoff NAMESPACE handoff:: FILE handoffTargets.cmake
    DESTINATION ${package_dir} COMPONENT handoff_dev)
if(TARGET handoff)
    install(TARGETS handoff RUNTIME COMPONENT handoff_tool)
    # Where systemd looks below /usr and /usr/local, whatever libraries' folder is.
    configure_file("${PROJECT_SOURCE_DIR}/kit/tool/systemd/handoff.service.in"
        "${PROJECT_BINARY_DIR}/handoff.service" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/handoff.service"
        DESTINATION lib/systemd/system COMPONENT handoff_tool)
    install(FILES "${PROJECT_SOURCE_DIR}/kit/tool/systemd/sysusers.conf" RENAME handoff.conf
        DESTINATION lib/sysusers.d COMPONENT handoff_tool)
endif()

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/handoffConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/handoffConfig.cmake"
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/handoffConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/handoffConfig.cmake"
    "${PROJECT_BINARY_DIR}/handoffConfigVersion.cmake"
    DESTINATION ${package_dir} COMPONENT handoff_dev)

include(pkg_config)
if(PROJECT_IS_TOP_LEVEL)
    include(debian)
endif()
