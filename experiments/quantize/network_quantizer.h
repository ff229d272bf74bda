// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experiments/quantize/quantize_report.h"
#include "models/quantization/calibration.h"
#include "models/quantization/quant_scheme.h"
#include "models/quantization/quantized_executor.h"
#include "models/transformer/transformer.h"

namespace olivine::quality {

struct NetworkOptions {
  QuantizeOptions quantize;
  double density = 0.5;                 // of bitmaps
  bool is_pruned_by_effect = false;     // 2:4 and bitmaps weigh channels by their activations
  bool has_attention = false;           // attention products are quantized too
  int64_t max_calibration_rows = 2048;  // of the inputs of every layer
};

// Quantizes a transformer: weights by themselves, activations by what samples put into every layer
// of the float32 network. What schemes share (weights stored alike, scales of activations) is made
// once.
class NetworkQuantizer {
 public:
  // Contract: `transformer` outlives the quantizer.
  NetworkQuantizer(const Transformer& transformer, std::span<const TokenIds> samples,
                   const NetworkOptions& options);

  // A scheme for each of linear_layers().
  using Schemes = std::span<const QuantScheme>;

  // Errors of weights and activations, layer by layer.
  [[nodiscard]] std::vector<LayerReport> reports(Schemes schemes);
  // Executes the network so. Attention products run in the activations' format of the first layer's
  // scheme where they are quantized.
  [[nodiscard]] std::unique_ptr<QuantizedExecutor> executor(Schemes schemes);
  // Squared error of one layer's outputs over their square, on the samples, where this layer alone
  // is quantized.
  [[nodiscard]] double output_error(size_t layer, const QuantScheme& scheme);

  [[nodiscard]] std::shared_ptr<const QuantizedTensor> weights(size_t layer,
                                                               const QuantScheme& scheme);
  [[nodiscard]] ActivationScale activations(size_t layer, const QuantScheme& scheme);

 private:
  using Key = std::pair<size_t, std::string>;  // layer, how it is stored

  void add_attention(QuantizedExecutor& executor, const Storage& storage) const;

  const Transformer* transformer_;
  NetworkOptions options_;
  CalibrationExecutor samples_;
  std::map<Key, std::shared_ptr<const QuantizedTensor>> weights_;
  std::map<Key, ActivationScale> activations_;
};

}  // namespace olivine::quality
