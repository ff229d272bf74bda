// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/numerics/format.h"
#include "models/quantization/weight_source.h"

namespace olivine {
class SafetensorsWriter;
struct QuantScheme;
}  // namespace olivine

namespace olivine::quality {

// A tensor of weights that will be written, before it has been quantized.
struct PlannedTensor {
  WeightSource source;
  Format format = Format::Int8;
  Pattern pattern = Pattern::Dense;
  bool has_row_scales = true;
};

// How a tensor will be stored; flint4 only where it is asked for everywhere. Contract: the scheme
// has a packed form.
[[nodiscard]] PlannedTensor plan_tensor(const WeightSource& source, const QuantScheme& scheme,
                                        const QuantizeOptions& options);

// Writes a network's weights as stored (models/checkpoint/packed_container.h), tensor by tensor in
// the order planned; what is not planned is copied as it is.
class PackedFile {
 public:
  // `metadata` is added to that of the container. Contract: `checkpoint` outlives the file. Throws
  // ConfigError.
  PackedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
             const std::vector<PlannedTensor>& planned,
             std::map<std::string, std::string> metadata);
  ~PackedFile();

  void append(const QuantizedTensor& tensor);
  // Contract: every planned tensor was appended.
  void finish();

 private:
  const Checkpoint* checkpoint_;
  std::vector<const StoredTensor*> plain_;
  std::unique_ptr<SafetensorsWriter> writer_;
};

// Writes the float32 values that a network's stored weights stand for, under their names and in
// their shapes: a checkpoint that any framework loads.
class DecodedFile {
 public:
  DecodedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
              const std::vector<WeightSource>& sources,
              const std::map<std::string, std::string>& metadata);
  ~DecodedFile();

  void append(const WeightSource& source, const QuantizedTensor& tensor);
  void finish();

 private:
  const Checkpoint* checkpoint_;
  std::vector<const StoredTensor*> plain_;
  std::unique_ptr<SafetensorsWriter> writer_;
};

}  // namespace olivine::quality
