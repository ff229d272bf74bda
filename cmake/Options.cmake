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
option(OLV_MEASURE_ONLY "Only what kernels/measure/run_on_gpu.sh needs: a compiler and CUDA" OFF)

# AUTO uses a tool where it is found and says so where it is not; ON makes its absence an error.
set(OLV_OPTIONAL_TOOLS OLV_ENABLE_CUDA OLV_ENABLE_SYSTEMC OLV_ENABLE_BENCHMARKS OLV_ENABLE_ONEDNN
  OLV_ENABLE_PYTHON OLV_ENABLE_ECHARTS OLV_ENABLE_CCACHE)
foreach(option IN LISTS OLV_OPTIONAL_TOOLS)
  set(${option} AUTO CACHE STRING "AUTO, ON or OFF")
  set_property(CACHE ${option} PROPERTY STRINGS AUTO ON OFF)
  if(NOT ${option} MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "${option} = ${${option}}: must be AUTO|ON|OFF")
  endif()
endforeach()

# olivine_need(ONEDNN <found> <package>) sets OLV_HAS_ONEDNN; missing under ON is an error.
function(olivine_need tool is_found package)
  if(OLV_ENABLE_${tool} STREQUAL "ON" AND NOT is_found)
    message(FATAL_ERROR "OLV_ENABLE_${tool}=ON, but ${package} is not installed")
  endif()
  if(is_found AND NOT OLV_ENABLE_${tool} STREQUAL "OFF")
    set(OLV_HAS_${tool} ON PARENT_SCOPE)
  else()
    set(OLV_HAS_${tool} OFF PARENT_SCOPE)
  endif()
endfunction()
