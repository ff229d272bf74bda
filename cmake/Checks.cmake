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
# object knows every header it read). Not part of `all`: the test `lint` builds it. Sources of a
# library are looked at several at a time, because most of the time goes into the headers they share
# (tests/support/lint_sources.sh).
function(olivine_add_lint)
  set(batch_size 8)
  set(script "${PROJECT_SOURCE_DIR}/tests/support/lint_sources.sh")
  get_property(libraries GLOBAL PROPERTY OLV_LIBRARIES)
  set(stamps)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/lint")
  foreach(library IN LISTS libraries)
    get_target_property(sources ${library} SOURCES)
    get_target_property(folder ${library} SOURCE_DIR)
    set(linted)
    foreach(source IN LISTS sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}" NORMALIZE)
      cmake_path(IS_PREFIX PROJECT_BINARY_DIR "${source}" NORMALIZE is_generated)
      if(source MATCHES "\\.cpp$" AND NOT is_generated)
        list(APPEND linted "${source}")
      endif()
    endforeach()
    list(LENGTH linted count)
    set(first 0)
    while(first LESS count)
      list(SUBLIST linted ${first} ${batch_size} batch)
      set(objects)
      foreach(source IN LISTS batch)
        cmake_path(GET source FILENAME file)
        string(REPLACE "." "\\." pattern "${file}")
        list(APPEND objects
          "$<FILTER:$<TARGET_OBJECTS:${library}>,INCLUDE,/${pattern}\\.o$>")
      endforeach()
      set(stamp "${PROJECT_BINARY_DIR}/lint/${library}_${first}.ok")
      add_custom_command(OUTPUT "${stamp}"
        COMMAND "${script}" "${PROJECT_BINARY_DIR}" ${batch}
        COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
        DEPENDS "${PROJECT_SOURCE_DIR}/.clang-tidy" "${script}" ${objects}
        COMMENT "Lint ${library}, sources from ${first}" VERBATIM)
      list(APPEND stamps "${stamp}")
      math(EXPR first "${first} + ${batch_size}")
    endwhile()
  endforeach()
  add_custom_target(lint DEPENDS ${stamps})
endfunction()
