# Installed packages only; nothing is downloaded at configure time.
include_guard(GLOBAL)

find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Boost CONFIG REQUIRED COMPONENTS program_options)
find_package(Threads REQUIRED)

if(OLV_ENABLE_TESTS)
  find_package(GTest CONFIG REQUIRED)
  include(GoogleTest)
endif()

# olivine_optional(ONEDNN dnnl) sets OLV_HAS_ONEDNN after find_package(dnnl).
macro(olivine_optional tool package)
  set(OLV_HAS_${tool} OFF)
  if(NOT OLV_ENABLE_${tool} STREQUAL "OFF")
    find_package(${package} CONFIG QUIET)
    if(${package}_FOUND)
      set(OLV_HAS_${tool} ON)
    elseif(OLV_ENABLE_${tool} STREQUAL "ON")
      message(FATAL_ERROR "OLV_ENABLE_${tool}=ON, but the package ${package} is not installed")
    endif()
  endif()
endmacro()

olivine_optional(BENCHMARKS benchmark)
olivine_optional(ONEDNN dnnl)
