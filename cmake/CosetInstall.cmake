# cmake --install: headers, libraries, the program, and coset-config.cmake with the components core (no torch) and torch.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(core_targets GLOBAL PROPERTY COSET_INSTALL_TARGETS_no)
get_property(torch_targets GLOBAL PROPERTY COSET_INSTALL_TARGETS_yes)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/coset)

install(TARGETS ${core_targets} coset_core EXPORT coset-core-targets FILE_SET HEADERS)
# The C interface for hosts that know nothing of CMake: the library, beside its header in the core's file set.
install(TARGETS coset_deploy_c LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT coset-core-targets NAMESPACE coset:: DESTINATION ${config_dir})
if(COSET_TORCH)
  install(TARGETS ${torch_targets} coset_torch_headers coset_torch EXPORT coset-torch-targets FILE_SET HEADERS)
  install(EXPORT coset-torch-targets NAMESPACE coset:: DESTINATION ${config_dir})
  install(TARGETS coset_program RUNTIME)
  install(TARGETS coset_torch_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}/../libexec)  # where coset looks for it
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/coset-config.cmake.in ${PROJECT_BINARY_DIR}/coset-config.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/coset-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/coset-config.cmake ${PROJECT_BINARY_DIR}/coset-config-version.cmake
        DESTINATION ${config_dir})
