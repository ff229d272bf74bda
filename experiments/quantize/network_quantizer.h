// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "experiments/quantize/network_options.h"
#include "models/quantization/quant_scheme.h"

namespace olivine {
class QuantizedExecutor;
class Transformer;
struct ActivationScale;
struct QuantizedTensor;
}  // namespace olivine

namespace olivine::quality {

struct LayerReport;

// Quantizes a transformer: weights by themselves, activations by what samples put into every layer
// of the float32 network. What schemes share (weights stored alike, scales of activations) is made
// once.
class NetworkQuantizer {
 public:
  // Contract: `transformer` outlives the quantizer.
  NetworkQuantizer(const Transformer& transformer, std::span<const std::vector<int32_t>> samples,
                   const NetworkOptions& options);
  ~NetworkQuantizer();

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
  struct Parts;  // samples, and what has been made
  void add_attention(QuantizedExecutor& executor, const Storage& storage) const;

  const Transformer* transformer_;
  NetworkOptions options_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace olivine::quality
