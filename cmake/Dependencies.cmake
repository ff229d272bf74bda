# Installed packages only; nothing is downloaded at configure time.
include_guard(GLOBAL)

find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Boost CONFIG REQUIRED COMPONENTS context program_options)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Eigen3 CONFIG REQUIRED)

if(OLV_ENABLE_TESTS)
  find_package(GTest CONFIG REQUIRED)
  include(GoogleTest)
endif()

find_package(benchmark CONFIG QUIET)
olivine_need(BENCHMARKS "${benchmark_FOUND}" "Google Benchmark")

find_package(OneDNN QUIET)
olivine_need(ONEDNN "${OneDNN_FOUND}" "oneDNN")

find_package(SystemC QUIET)
olivine_need(SYSTEMC "${SystemC_FOUND}" "SystemC")

find_program(OLV_CCACHE ccache)
mark_as_advanced(OLV_CCACHE)
olivine_need(CCACHE "${OLV_CCACHE}" "ccache")
if(OLV_HAS_CCACHE)
  # Paths relative to the tree, so that clones share what they compiled.
  set(OLV_COMPILER_CACHE "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
    "${OLV_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${OLV_COMPILER_CACHE})
endif()
