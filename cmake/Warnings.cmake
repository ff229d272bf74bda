# olivine_warnings: every target's own sources, never its users'.
include_guard(GLOBAL)

add_library(olivine_warnings INTERFACE)
set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough -Wswitch)
# False alarms of GCC 12 inside its own std::string and in fmt at -O3 (GCC bugs 105651, 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND warnings -Wno-restrict -Wno-stringop-overflow)
endif()
if(OLV_ENABLE_WERROR)
  list(APPEND warnings -Werror)
endif()
# nvcc has its own (Cuda.cmake).
target_compile_options(olivine_warnings INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>")
