# The last words of configure: what was found, what was skipped.
include_guard(GLOBAL)

message(STATUS "Olivine ${PROJECT_VERSION}: ${CMAKE_BUILD_TYPE}, tests ${OLV_ENABLE_TESTS}, "
  "warnings as errors ${OLV_ENABLE_WERROR}, sanitizers ${OLV_ENABLE_SANITIZERS}, "
  "fuzzers ${OLV_ENABLE_FUZZERS}")
foreach(option IN LISTS OLV_OPTIONAL_TOOLS)
  string(REPLACE OLV_ENABLE_ "" tool ${option})
  if(OLV_HAS_${tool})
    message(STATUS "  ${tool}: found")
  elseif(${option} STREQUAL "OFF")
    message(STATUS "  ${tool}: off")
  else()
    message(STATUS "  ${tool}: SKIPPED (not installed)")
  endif()
endforeach()
