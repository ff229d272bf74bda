# One library a folder: olivine_library(base units.h error.h error.cpp LINK fmt::fmt) makes
# olivine_base with alias olivine::base. Sources are listed by name, headers too: the
# header-compiles-alone check reads them from OLV_ALL_HEADERS.
include_guard(GLOBAL)

function(olivine_library name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK" ${ARGN})
  set(target olivine_${name})
  add_library(${target} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(olivine::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/olivine>)
  target_link_libraries(${target} PUBLIC ${ARG_LINK}
    PRIVATE $<BUILD_INTERFACE:olivine_warnings> ${ARG_PRIVATE_LINK})
  set_property(GLOBAL APPEND PROPERTY OLV_LIBRARIES ${target})
  foreach(source IN LISTS ARG_UNPARSED_ARGUMENTS)
    if(source MATCHES "\\.h$")
      file(RELATIVE_PATH header "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      set_property(GLOBAL APPEND PROPERTY OLV_ALL_HEADERS ${header})
    endif()
  endforeach()
endfunction()

# olivine_test(units_test units_test.cpp LINK olivine::base LABELS unit)
function(olivine_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  # What tests spend time in is in libraries; -O3 would only take the compiler longer.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE OLV_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} olivine_warnings GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
