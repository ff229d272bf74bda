// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/packed_container.h"
#include "models/checkpoint/safetensors.h"
#include "models/quantization/quantized_tensor.h"
#include "models/quantization/weight_source.h"

namespace olivine::quality {

// A tensor of weights that will be written, before it has been quantized.
struct PlannedTensor {
  WeightSource source;
  Format format = Format::Int8;
  Pattern pattern = Pattern::Dense;
  bool has_row_scales = true;
};

// Writes a network's weights as stored (models/checkpoint/packed_container.h), tensor by tensor in
// the order planned; what is not planned is copied as it is.
class PackedFile {
 public:
  // `metadata` is added to that of the container. Throws ConfigError.
  PackedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
             const std::vector<PlannedTensor>& planned,
             std::map<std::string, std::string> metadata);

  void append(const QuantizedTensor& tensor);
  // Contract: every planned tensor was appended.
  void finish();

 private:
  std::vector<const StoredTensor*> plain_;
  SafetensorsWriter writer_;
};

// Writes the float32 values that a network's stored weights stand for, under their names and in
// their shapes: a checkpoint that any framework loads.
class DecodedFile {
 public:
  DecodedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
              const std::vector<WeightSource>& sources,
              const std::map<std::string, std::string>& metadata);

  void append(const WeightSource& source, const QuantizedTensor& tensor);
  void finish();

 private:
  const Checkpoint* checkpoint_;
  std::vector<const StoredTensor*> plain_;
  SafetensorsWriter writer_;
};

}  // namespace olivine::quality
