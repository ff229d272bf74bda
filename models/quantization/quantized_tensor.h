// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/numerics/microscaling.h"
#include "models/numerics/packed.h"
#include "models/numerics/tensor_quality.h"
#include "models/quantization/quant_scheme.h"
#include "models/quantization/quantize_options.h"

namespace olivine {

// How the weights of one layer are stored. `importance`: what the squared error of an input channel
// counts when 2:4 and bitmaps choose (k values); empty: magnitude alone.
struct WeightStorage {
  Storage storage = Format::Int8;
  Sparsity sparsity = Sparsity::Dense;
  double density = 0.5;  // Bitmap: share of each row that is kept; of OVP formats, of its pairs
  std::span<const float> importance;
};

// One tensor as it is stored, how its scales were found and what it has cost.
struct QuantizedTensor {
  // Quantized: on its grid only. What the artifact's policy makes has no codes where its grids have
  // none.
  std::variant<PackedMatrix, MxMatrix, Quantized> stored;
  std::optional<ScaleChoice> choice;  // integer formats; best_percent and alpha by row
  TensorQuality quality;
  uint64_t byte_count = 0;  // in memory: codes, metadata or bitmap, scales

  // rows x k, dense order, scales applied.
  [[nodiscard]] std::vector<float> decoded() const;
  [[nodiscard]] int64_t rows() const;
  [[nodiscard]] int64_t k() const;
  [[nodiscard]] Storage storage() const;  // ovp4f where the search has chosen it
};

// Prunes, searches scales, encodes and measures. Integer formats: the least squared error
// (scale_search.h); fp16 and bf16: scale 1; fp8: the largest magnitude becomes 448. Throws as the
// encoder does (NaN and infinity are refused), and ConfigError for what the artifact's policy does
// not have: sparsity, formats that are no integers.
[[nodiscard]] QuantizedTensor quantize_weights(const TensorView& tensor,
                                               const WeightStorage& storage,
                                               const QuantizeOptions& options);

// Rows of `more` behind those of `tensor`: blocks of rows with scales of their own make the whole.
// Contract: same storage and k; neither is Quantized; one scale a row.
void append_rows(QuantizedTensor& tensor, QuantizedTensor&& more);

// Decoded real values, rows x k, scales applied.
[[nodiscard]] std::vector<float> real_values(const PackedMatrix& matrix);

}  // namespace olivine
