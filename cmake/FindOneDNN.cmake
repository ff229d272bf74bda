# DNNL::dnnl, by library and header: oneDNN's own package file, as Debian builds it, asks for OpenCL
# headers that nobody needs here.
include(FindPackageHandleStandardArgs)

find_library(OneDNN_LIBRARY dnnl)
find_path(OneDNN_INCLUDE_DIR dnnl.hpp)
mark_as_advanced(OneDNN_LIBRARY OneDNN_INCLUDE_DIR)
find_package_handle_standard_args(OneDNN DEFAULT_MSG OneDNN_LIBRARY OneDNN_INCLUDE_DIR)
if(OneDNN_FOUND AND NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION "${OneDNN_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OneDNN_INCLUDE_DIR}")
endif()
