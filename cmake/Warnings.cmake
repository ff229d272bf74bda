# olivine_warnings: every target's own sources, never its users'.
include_guard(GLOBAL)

add_library(olivine_warnings INTERFACE)
target_compile_options(olivine_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough -Wswitch)
if(OLV_ENABLE_WERROR)
  target_compile_options(olivine_warnings INTERFACE -Werror)
endif()
