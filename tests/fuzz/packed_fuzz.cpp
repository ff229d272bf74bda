// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of the packed-file parser: any bytes either parse to a well-formed operand that
// survives a round trip, or end in a ConfigError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "models/base/error.h"
#include "models/numerics/packed_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  try {
    const olivine::PackedMatrix matrix = olivine::parse_packed({data, byte_count}, "fuzz");
    const auto bytes = olivine::serialize_packed(matrix);
    const olivine::PackedMatrix again = olivine::parse_packed(bytes, "again");
    if (again.codes != matrix.codes || again.metadata != matrix.metadata) std::abort();
    if (olivine::info(matrix.format).is_integer) (void)olivine::decode(matrix);
  } catch (const olivine::ConfigError&) {
    return 0;
  }
  return 0;
}
