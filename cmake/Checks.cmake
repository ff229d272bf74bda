# Two checks over everything that olivine_library() declared.
include_guard(GLOBAL)

# Every public header alone in a source file: it includes what it uses.
function(olivine_add_header_check)
  get_property(headers GLOBAL PROPERTY OLV_ALL_HEADERS)
  get_property(libraries GLOBAL PROPERTY OLV_LIBRARIES)
  set(sources)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "[/.]" "_" name "${header}")
    set(source "${PROJECT_BINARY_DIR}/header_check/${name}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"@header@\"  // IWYU pragma: keep\n" @ONLY)
    list(APPEND sources "${source}")
  endforeach()
  add_library(olivine_header_check OBJECT ${sources})
  target_compile_options(olivine_header_check PRIVATE -O0)
  target_link_libraries(olivine_header_check PRIVATE ${libraries} olivine_warnings)
endfunction()

# Target lint: clang-tidy on every library source, again only where its object was rebuilt (the
# object knows every header it read). Not part of `all`: the test `lint` builds it.
function(olivine_add_lint)
  get_property(libraries GLOBAL PROPERTY OLV_LIBRARIES)
  set(stamps)
  foreach(library IN LISTS libraries)
    get_target_property(sources ${library} SOURCES)
    get_target_property(folder ${library} SOURCE_DIR)
    foreach(source IN LISTS sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}" NORMALIZE)
      cmake_path(IS_PREFIX PROJECT_BINARY_DIR "${source}" NORMALIZE is_generated)
      if(NOT source MATCHES "\\.cpp$" OR is_generated)
        continue()
      endif()
      cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE path)
      cmake_path(GET source FILENAME file)
      string(REPLACE "." "\\." pattern "${file}")
      set(stamp "${PROJECT_BINARY_DIR}/lint/${path}.ok")
      cmake_path(GET stamp PARENT_PATH stamp_folder)
      file(MAKE_DIRECTORY "${stamp_folder}")
      add_custom_command(OUTPUT "${stamp}"
        COMMAND clang-tidy --quiet -p "${PROJECT_BINARY_DIR}"
          --extra-arg=-Wno-unknown-warning-option "${source}"  # GCC has more of them
        COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
        DEPENDS "${PROJECT_SOURCE_DIR}/.clang-tidy"
          "$<FILTER:$<TARGET_OBJECTS:${library}>,INCLUDE,/${pattern}\\.o$>"
        COMMENT "Lint ${path}" VERBATIM)
      list(APPEND stamps "${stamp}")
    endforeach()
  endforeach()
  add_custom_target(lint DEPENDS ${stamps})
endfunction()
