// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/numerics/weight_density.h"
#include "models/quantization/quantize_options.h"

namespace olivine::quality {

struct NetworkOptions {
  QuantizeOptions quantize;
  WeightDensity density{500};           // of bitmaps
  bool is_pruned_by_effect = false;     // 2:4 and bitmaps weigh channels by their activations
  bool has_attention = false;           // attention products are quantized too
  int64_t max_calibration_rows = 2048;  // of the inputs of every layer
};

}  // namespace olivine::quality
