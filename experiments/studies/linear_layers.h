// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/gemm_shape.h"
#include "sim/tensor_core/gemm_timing.h"

namespace olivine {

class GemmModel;
struct Scheme;
struct Workload;

// Linear layers of one shape in a network. Embeddings, attention products, language-model heads and
// vector work are left out, as in the papers.
struct LinearLayers {
  std::string roles;  // "query, key, value"; blocks' indices left out
  GemmShape shape;
  std::vector<int64_t> positions;  // among the network's linear layers, from 0

  [[nodiscard]] double count() const { return static_cast<double>(positions.size()); }
};

// In the order in which shapes first appear.
[[nodiscard]] std::vector<LinearLayers> linear_layers(const Workload& workload);

// The fastest kernel of one library for one shape; 16-bit outputs, as what follows a linear layer
// (bias, residual, norm) computes in 16 bits whatever the layer is quantized to.
// Throws ConfigError where the machine lacks the library or cannot run the scheme.
[[nodiscard]] GemmTiming time_linear(const GemmModel& model, const Scheme& scheme,
                                     const std::string& library, const GemmShape& shape);

// Sums over layers.
struct LinearTotal {
  double time_s = 0;
  double hbm_bytes = 0;
  std::array<double, kTimeParts> parts_s{};
  GpuEnergy energy;

  void add(const GemmTiming& timing, double times);
  // Parts of at least 5 % of the time: "tensor 59 %, l2 12 %".
  [[nodiscard]] std::string parts_text() const;
};

}  // namespace olivine
