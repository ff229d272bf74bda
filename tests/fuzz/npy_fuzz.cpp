// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of the NumPy readers: any bytes either parse to tensors that can be read, or end
// in a ConfigError. Archives are unpacked whatever their checksums say.
#include <cstdlib>

#include "models/base/error.h"
#include "models/checkpoint/npy.h"
#include "models/checkpoint/npz.h"
#include "models/checkpoint/zip_archive.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/models/checkpoint/numpy_files.h"

namespace {

using olivine::StoredTensor;

void read(const StoredTensor& tensor) {
  if (!olivine::info(tensor.type).is_float) return;
  if (tensor.floats().size() != static_cast<size_t>(tensor.element_count())) std::abort();
}

void read_array(const std::vector<uint8_t>& file) { read(olivine::parse_npy(file, "fuzz", "t")); }

void read_archive(const std::vector<uint8_t>& file) {
  for (const olivine::ZipMember& member : olivine::parse_zip(file, "fuzz")) {
    if (member.is_deflated) (void)olivine::inflate_member(member, "fuzz");
  }
  const olivine::Checkpoint checkpoint = olivine::parse_npz(file, "fuzz");
  for (const StoredTensor& tensor : checkpoint.tensors()) read(tensor);
}

std::vector<uint8_t> valid_array() {
  return olivine::test::npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24);
}

std::vector<uint8_t> valid_archive() {
  return olivine::test::zip_of({olivine::test::zip_entry("a.npy", valid_array(), false),
                                olivine::test::zip_entry("b.npy", valid_array(), true)});
}

}  // namespace

// The first byte chooses the reader.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  static const auto kArray = valid_array();
  static const auto kArchive = valid_archive();
  if (byte_count == 0) return 0;
  const std::span<const uint8_t> input{data + 1, byte_count - 1};
  try {
    if (data[0] % 2 == 0) {
      read_array(olivine::fuzz::file_of(input, kArray));
    } else {
      read_archive(olivine::fuzz::file_of(input, kArchive));
    }
  } catch (const olivine::ConfigError&) {
    return 0;
  }
  return 0;
}
