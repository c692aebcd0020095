# Installs what another project needs for  find_package(handoff)  and  handoff::kit.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/handoff")

install(TARGETS handoff_kit handoff_patterns EXPORT handoff FILE_SET HEADERS)
install(EXPORT handoff NAMESPACE handoff:: FILE handoffTargets.cmake DESTINATION ${package_dir})
if(TARGET handoff)
    install(TARGETS handoff)
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
    DESTINATION ${package_dir})
