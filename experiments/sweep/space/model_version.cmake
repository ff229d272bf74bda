# Writes model_version.h: the program's version and a digest of the sources that results of a point
# depend on. Line endings and places of the files do not count, so every checkout of the same
# sources has the same version.
#   cmake -D source_dir=... -D "sources=models/base/text.cpp|..." -D version=... -D input=...
#         -D output=... -P model_version.cmake
string(REPLACE "|" ";" sources "${sources}")
list(SORT sources)
set(digests "")
foreach(source IN LISTS sources)
  file(READ "${source_dir}/${source}" text)
  string(REPLACE "\r\n" "\n" text "${text}")
  string(SHA256 digest "${text}")
  string(APPEND digests "${source} ${digest}\n")
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING "${digest}" 0 12 digest)
set(model_version "${version}-${digest}")
configure_file("${input}" "${output}" @ONLY)
