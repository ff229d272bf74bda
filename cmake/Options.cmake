# Every switch of the build, printed by Summary.cmake.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
endif()

option(OLV_ENABLE_TESTS "Build the tests" ON)
option(OLV_ENABLE_WERROR "Warnings are errors" OFF)
option(OLV_ENABLE_SANITIZERS "Address and undefined-behaviour sanitizers" OFF)
option(OLV_ENABLE_FUZZERS "libFuzzer targets (clang only)" OFF)

# AUTO uses a tool where it is found and says so where it is not; ON makes its absence an error.
set(OLV_OPTIONAL_TOOLS OLV_ENABLE_SYSTEMC OLV_ENABLE_BENCHMARKS OLV_ENABLE_ONEDNN
  OLV_ENABLE_CCACHE)
foreach(option IN LISTS OLV_OPTIONAL_TOOLS)
  set(${option} AUTO CACHE STRING "AUTO, ON or OFF")
  set_property(CACHE ${option} PROPERTY STRINGS AUTO ON OFF)
  if(NOT ${option} MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "${option} = ${${option}}: must be AUTO|ON|OFF")
  endif()
endforeach()
