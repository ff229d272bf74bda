// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/numerics/tensor_quality.h"
#include "models/quantization/quantized_tensor.h"

namespace olivine::quality {

// One tensor of weights, stored by one scheme.
struct LayerReport {
  std::string name;
  std::string tensor;   // in the checkpoint
  std::string scheme;   // differs from the network's where a layer has one of its own
  std::string storage;  // "ovp4"; the type that was chosen for this tensor
  TensorQuality weights;
  std::optional<TensorQuality> activations;
  std::optional<ScaleChoice> choice;  // of the weights' scales
  std::optional<float> activation_scale;
  uint64_t byte_count = 0;  // of the weights as stored, scales included
};

// How a mixed scheme came about: errors are sums over layers of the squared error of their outputs
// over the outputs' square.
struct MixedReport {
  bool is_energy = false;  // what the budget is of
  double budget = 0.0;     // seconds or picojoules
  double error = 0.0;
  double error_bound = 0.0;  // no choice within the budget errs less
};

// A whole network under one scheme.
struct SchemeReport {
  std::string scheme;
  std::vector<LayerReport> layers;
  std::map<std::string, double> quality;  // measures by name; empty where nothing was executed
  std::optional<double> time_s;           // of its linear layers on the machine
  std::optional<double> energy_pj;
  std::string refusal;          // why there is no time
  uint64_t overflow_count = 0;  // outputs that wrapped around
  std::optional<MixedReport> mixed;

  [[nodiscard]] TensorQuality weights() const;  // all layers
  [[nodiscard]] uint64_t byte_count() const;
};

// What `olivine quantize` finds.
struct QuantizeReport {
  std::string model;
  std::string machine;                      // "": none
  std::map<std::string, double> reference;  // measures of the float32 network
  std::vector<SchemeReport> schemes;
};

// Schema olivine.quality/1 (experiments/report/quality.md). Beside the fields there: `reference`;
// of a scheme `weight_bytes`, `overflows`, `refusal`; of a layer `tensor`, `scheme`, `storage`,
// `bytes`, and `search`: x_max, alpha, best_percent, mse by row.
[[nodiscard]] nlohmann::ordered_json quality_json(const QuantizeReport& report,
                                                  const nlohmann::ordered_json& provenance,
                                                  bool has_search);

}  // namespace olivine::quality
