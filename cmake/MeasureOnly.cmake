# A build of the measuring program alone (kernels/measure/run_on_gpu.sh), on a machine that has
# nothing but a C++20 compiler, CMake and CUDA: no package is looked for, and messages of the models
# are written by a stand-in for {fmt}.
include_guard(GLOBAL)

set(OLV_ENABLE_CUDA ON)
set(OLV_ENABLE_TESTS OFF)
include(Cuda)
include(OlivineTargets)

add_library(fmt INTERFACE)
add_library(fmt::fmt ALIAS fmt)
target_include_directories(fmt INTERFACE "${PROJECT_SOURCE_DIR}/kernels/measure/standalone")

add_subdirectory(models)
add_subdirectory(kernels)
