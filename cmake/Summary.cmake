# The last words of configure: what was found, what was skipped.
include_guard(GLOBAL)

message(STATUS "Olivine ${PROJECT_VERSION}: ${CMAKE_BUILD_TYPE}, tests ${OLV_ENABLE_TESTS}, "
  "warnings as errors ${OLV_ENABLE_WERROR}, sanitizers ${OLV_ENABLE_SANITIZERS}")
foreach(tool IN ITEMS BENCHMARKS ONEDNN)
  message(STATUS "  ${tool}: ${OLV_ENABLE_${tool}} -> ${OLV_HAS_${tool}}")
endforeach()
