// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of packed containers: any bytes either hold operands that are well formed and
// keep their headers, or end in a ConfigError.
#include <array>
#include <cstdlib>

#include "models/base/error.h"
#include "models/checkpoint/packed_container.h"
#include "models/numerics/random_operand.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/models/checkpoint/packed_files.h"

namespace {

using olivine::Format;
using olivine::Pattern;

std::vector<std::vector<uint8_t>> valid_files() {
  constexpr std::array kFormats = {Format::Fp16, Format::Int8, Format::Int4, Format::Ovp4,
                                   Format::Ovp8};
  std::vector<std::vector<uint8_t>> files;
  olivine::Rng rng{1};
  for (const Format format : kFormats) {
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      const auto matrix = olivine::random_packed(format, pattern, 3, 9, rng, 0.5);
      files.push_back(olivine::test::container_of(matrix));
    }
  }
  return files;
}

void read_all(const olivine::PackedContainer& container) {
  for (const olivine::PackedTensorInfo& info : container.packed()) {
    const olivine::PackedMatrix matrix = container.read(info.name);
    if (matrix.rows != info.rows || matrix.k != info.k) std::abort();
    if (olivine::packed_info(info.name, matrix, info.shape).scale_count != info.scale_count) {
      std::abort();
    }
    if (olivine::info(matrix.format).is_integer) (void)olivine::decode(matrix);
  }
  (void)container.plain();
}

}  // namespace

// The first byte chooses the valid file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  static const auto kValid = valid_files();
  if (byte_count == 0) return 0;
  const auto file =
      olivine::fuzz::file_of({data + 1, byte_count - 1}, kValid[data[0] % kValid.size()]);
  try {
    read_all(olivine::PackedContainer{olivine::parse_safetensors(file, "fuzz")});
  } catch (const olivine::ConfigError&) {
    return 0;
  }
  return 0;
}
