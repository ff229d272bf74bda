# SystemC::systemc, by library and header: SystemC's own package file is not in Debian's package.
include(FindPackageHandleStandardArgs)

find_library(SystemC_LIBRARY systemc)
find_path(SystemC_INCLUDE_DIR systemc.h)
mark_as_advanced(SystemC_LIBRARY SystemC_INCLUDE_DIR)
find_package_handle_standard_args(SystemC DEFAULT_MSG SystemC_LIBRARY SystemC_INCLUDE_DIR)
if(SystemC_FOUND AND NOT TARGET SystemC::systemc)
  add_library(SystemC::systemc UNKNOWN IMPORTED)
  # Debian's library is built as C++17 and has that in the name of a symbol that every user of its
  # headers refers to; the layout does not depend on it.
  set_target_properties(SystemC::systemc PROPERTIES IMPORTED_LOCATION "${SystemC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${SystemC_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS SC_CPLUSPLUS=201703L
    # The library wants an sc_main, which only programs that run a platform have.
    INTERFACE_LINK_OPTIONS "LINKER:--as-needed")
endif()
