// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of the safetensors reader: any bytes either parse to tensors that tile the data
// and can be read, or end in a ConfigError.
#include <cstdlib>
#include <string_view>

#include "models/base/error.h"
#include "models/checkpoint/safetensors.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/models/checkpoint/checkpoint_bytes.h"

namespace {

constexpr std::string_view kHeader =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[3,2],"data_offsets":[0,12]},)"
    R"("b":{"dtype":"F32","shape":[],"data_offsets":[12,16]},)"
    R"("c":{"dtype":"F8_E4M3","shape":[0,7],"data_offsets":[16,16]}})";

void read_all(const olivine::Checkpoint& checkpoint) {
  size_t data_bytes = 0;
  for (const olivine::StoredTensor& tensor : checkpoint.tensors()) {
    data_bytes += tensor.bytes.size();
    if (&checkpoint.at(tensor.name) != &tensor) std::abort();
    if (!olivine::info(tensor.type).is_float) continue;
    if (tensor.floats().size() != static_cast<size_t>(tensor.element_count())) std::abort();
  }
  if (data_bytes > size_t{1} << 30) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  static const auto kValid = olivine::test::safetensors_of(kHeader, 16);
  try {
    read_all(
        olivine::parse_safetensors(olivine::fuzz::file_of({data, byte_count}, kValid), "fuzz"));
  } catch (const olivine::ConfigError&) {
    return 0;
  }
  return 0;
}
