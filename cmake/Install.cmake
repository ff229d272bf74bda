# cmake --install: every library with its headers, the command line, and a package that
# find_package(olivine) reads (tests/install is a user of it).
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY OLV_LIBRARIES)
get_property(headers GLOBAL PROPERTY OLV_ALL_HEADERS)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/olivine)

install(TARGETS ${libraries} EXPORT olivineTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${PROJECT_SOURCE_DIR}/${header}" DESTINATION include/olivine/${folder})
endforeach()
if(TARGET olivine_cli)
  install(TARGETS olivine_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/rtl" DESTINATION ${CMAKE_INSTALL_DATADIR}/olivine)

install(EXPORT olivineTargets NAMESPACE olivine:: DESTINATION ${package_dir})
configure_package_config_file(cmake/olivineConfig.cmake.in
  "${PROJECT_BINARY_DIR}/olivineConfig.cmake" INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/olivineConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/olivineConfig.cmake"
  "${PROJECT_BINARY_DIR}/olivineConfigVersion.cmake" cmake/FindOneDNN.cmake
  cmake/FindSystemC.cmake DESTINATION ${package_dir})
