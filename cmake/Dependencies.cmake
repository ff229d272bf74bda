# Installed packages only; nothing is downloaded at configure time.
include_guard(GLOBAL)

find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Boost CONFIG REQUIRED COMPONENTS context program_options)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Eigen3 CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(TBB CONFIG REQUIRED)
find_path(OLV_XXHASH_INCLUDE_DIR xxhash.h REQUIRED)  # all of it is in the header
find_path(OLV_UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(OLV_UTF8PROC_LIBRARY utf8proc REQUIRED)
mark_as_advanced(OLV_XXHASH_INCLUDE_DIR OLV_UTF8PROC_INCLUDE_DIR OLV_UTF8PROC_LIBRARY)

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

# The first Python that has NumPy: on the path, or the system's.
find_program(OLV_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
mark_as_advanced(OLV_SYSTEM_PYTHON)
foreach(python IN ITEMS python3 "${OLV_SYSTEM_PYTHON}")
  execute_process(COMMAND "${python}" -c "import numpy, sys; print(sys.executable)"
    OUTPUT_VARIABLE executable ERROR_QUIET RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT Python3_EXECUTABLE AND status EQUAL 0)
    set(Python3_EXECUTABLE "${executable}")
  endif()
endforeach()
find_package(Python3 QUIET COMPONENTS Interpreter Development.Module NumPy)
find_package(pybind11 CONFIG QUIET)
if(Python3_FOUND AND pybind11_FOUND)
  set(has_python ON)
else()
  set(has_python OFF)
endif()
olivine_need(PYTHON "${has_python}" "pybind11, or Python with its headers and NumPy,")

# One JavaScript file; ./olivine fetches it (wheels.txt), and touches the list when it has.
set(OLV_ECHARTS_JS "${PROJECT_SOURCE_DIR}/build/downloads/echarts.min.js" CACHE FILEPATH
  "Apache ECharts, minified: the charts of olivine report")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${CMAKE_CURRENT_LIST_DIR}/wheels.txt")
if(EXISTS "${OLV_ECHARTS_JS}")
  set(has_echarts ON)
else()
  set(has_echarts OFF)
endif()
olivine_need(ECHARTS "${has_echarts}" "Apache ECharts (${OLV_ECHARTS_JS})")

find_program(OLV_CCACHE ccache)
mark_as_advanced(OLV_CCACHE)
olivine_need(CCACHE "${OLV_CCACHE}" "ccache")
if(OLV_HAS_CCACHE)
  # Paths relative to the tree, so that clones share what they compiled.
  set(OLV_COMPILER_CACHE "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
    "${OLV_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${OLV_COMPILER_CACHE})
endif()
