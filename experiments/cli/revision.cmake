# Writes revision.h.
#   cmake -D source_dir=... -D input=... -D output=... -D version=... -D compiler=...
#         -D build_type=... -P revision.cmake
set(revision "")
find_program(git git)
if(git)
  execute_process(COMMAND "${git}" --no-optional-locks describe --always --dirty --abbrev=12
    WORKING_DIRECTORY "${source_dir}" OUTPUT_VARIABLE revision ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT revision)
  set(revision "unknown (not built from a git checkout)")
endif()
configure_file("${input}" "${output}" @ONLY)
