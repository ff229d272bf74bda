// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/safetensors.h"
#include "models/numerics/packed.h"

namespace olivine {

// Quantized weights of a whole network in one safetensors file. A tensor T that is packed becomes
//   T.codes     U8  [rows, bytes a row]   layout of PackedMatrix
//   T.metadata  U8  [rows, bytes a row]   only where the pattern is 2:4
//   T.scales    F32 [1] or [rows]
// and one entry of `__metadata__`: key "packed:T", value a JSON object as text:
//   {"format": "ovp4", "pattern": "dense", "rows": 384, "k": 1536, "shape": [384, 1536]}
// `shape` is that of the original tensor. Tensors that are not packed keep name, type and bytes.
// `__metadata__` also holds "olivine.packed": "2" (the version), and what the writer adds: policy
// of the encoder, scheme, search range, name of the model.
inline constexpr int kPackedContainerVersion = 2;
inline constexpr std::string_view kPackedVersionKey = "olivine.packed";

struct PackedTensorInfo {
  std::string name;
  Format format = Format::Int8;
  Pattern pattern = Pattern::Dense;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<int64_t> shape;  // of the original
  int64_t scale_count = 1;     // 1 or rows
};

// What the parts of `matrix` are headed with. Contract: find_problem(matrix) is empty, the product
// of `shape` is rows x k.
[[nodiscard]] PackedTensorInfo packed_info(std::string name, const PackedMatrix& matrix,
                                           std::vector<int64_t> shape);
// Headers of the parts of one packed tensor, and their bytes in the same order; for
// SafetensorsWriter.
[[nodiscard]] std::vector<TensorHeader> packed_headers(const PackedTensorInfo& info);
[[nodiscard]] std::vector<std::span<const uint8_t>> packed_bytes(const PackedMatrix& matrix);
// The entry of `__metadata__`: {"packed:T", "{...}"}.
[[nodiscard]] std::pair<std::string, std::string> packed_entry(const PackedTensorInfo& info);
[[nodiscard]] std::pair<std::string, std::string> packed_version_entry();

// A checkpoint that SafetensorsWriter has written with the above.
class PackedContainer {
 public:
  // Checks version, every entry, the presence, type and shape of every part. Untrusted input.
  // Throws ConfigError with one line, also where the checkpoint is no packed one.
  explicit PackedContainer(Checkpoint checkpoint);

  [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }
  // In the order of their data.
  [[nodiscard]] std::span<const PackedTensorInfo> packed() const { return packed_; }
  [[nodiscard]] const PackedTensorInfo* find(std::string_view name) const;
  // Tensors that were left as they were, in the order of their data.
  [[nodiscard]] std::vector<const StoredTensor*> plain() const;
  // Copies one packed tensor out, releases its pages and checks its codes, metadata and scales
  // (find_problem). Throws ConfigError: no such tensor (nearest name), illegal content.
  [[nodiscard]] PackedMatrix read(std::string_view name) const;

 private:
  Checkpoint checkpoint_;
  std::vector<PackedTensorInfo> packed_;
};

}  // namespace olivine
