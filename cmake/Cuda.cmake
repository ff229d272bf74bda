# CUDA: kernels for the architectures in OLV_CUDA_ARCHITECTURES, without a GPU. Needs CUDA 13 (or 12
# with C++20 in nvcc).
include_guard(GLOBAL)
include(CheckLanguage)

set(OLV_CUDA_ARCHITECTURES "80-real;90a-real" CACHE STRING "GPU architectures of the kernels")
# wgmma and setmaxnreg exist on sm_90a alone.
set(OLV_WGMMA_ARCHITECTURES "90a-real")

set(CMAKE_CUDA_ARCHITECTURES "${OLV_CUDA_ARCHITECTURES}")
if(NOT OLV_ENABLE_CUDA STREQUAL "OFF")
  check_language(CUDA)
endif()
olivine_need(CUDA "${CMAKE_CUDA_COMPILER}" "the CUDA Toolkit (nvcc)")
if(NOT OLV_HAS_CUDA)
  return()
endif()
enable_language(CUDA)
# CMake 3.25 does not know that nvcc has C++20.
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
find_package(CUDAToolkit REQUIRED)

# Relaxed constexpr: kernels call the constexpr functions of plain C++ headers. -Wno-restrict as in
# Warnings.cmake.
set(OLV_CUDA_OPTIONS --expt-relaxed-constexpr -Xptxas=-v -Xcompiler=-Wall,-Wextra,-Wno-restrict)
if(OLV_ENABLE_WERROR)
  list(APPEND OLV_CUDA_OPTIONS -Werror=all-warnings)
endif()

# olivine_cuda_library(runtime a.cu b.cuh [ARCHITECTURES 90a-real] LINK olivine::launch) makes
# olivine_runtime with alias olivine::runtime. ptxas reports registers and spills of every kernel
# beside its object (cmake/ptxas_report.sh); tests/kernels reads them.
function(olivine_cuda_library name)
  cmake_parse_arguments(ARG "" "" "ARCHITECTURES;LINK" ${ARGN})
  set(target olivine_${name})
  add_library(${target} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(olivine::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON
    CUDA_COMPILER_LAUNCHER "${PROJECT_SOURCE_DIR}/cmake/ptxas_report.sh;${OLV_COMPILER_CACHE}")
  if(ARG_ARCHITECTURES)
    set_target_properties(${target} PROPERTIES CUDA_ARCHITECTURES "${ARG_ARCHITECTURES}")
  endif()
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${OLV_CUDA_OPTIONS}>")
  target_link_libraries(${target} PUBLIC ${ARG_LINK} CUDA::cudart_static
    PRIVATE $<BUILD_INTERFACE:olivine_warnings>)
  set_property(GLOBAL APPEND PROPERTY OLV_LIBRARIES ${target})
endfunction()
