// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/scale_estimate.h"

namespace olivine {

// The elements that share one scale: a row, or all rows of a tensor.
struct ScaleRun {
  std::span<const float> values;
  int64_t k = 0;  // of a row; pairs stay within rows
};

// Magnitudes of a part of a run, sorted into elements that no candidate makes outliers of and pairs
// with one that some may. Both are filled up with zeros to whole vectors.
class Chunk {
 public:
  Chunk();
  [[nodiscard]] int64_t slice_count() const;
  [[nodiscard]] EstimateSlice slice(int64_t index) const;

 private:
  friend class ChunkReader;
  std::vector<float> singles_;
  std::vector<float> left_;
  std::vector<float> right_;
  size_t single_count_ = 0;
  size_t pair_count_ = 0;
};

// Reads a run chunk by chunk, so that each stays in the first-level cache.
class ChunkReader {
 public:
  // Magnitudes from `threshold` up may become outliers.
  ChunkReader(const ScaleRun& run, float threshold) : run_(run), threshold_(threshold) {}

  // Overwrites `chunk` with the next part. Returns whether it was the last.
  bool fill(Chunk& chunk);
  void restart() { row_start_ = column_ = 0; }

 private:
  void read_row(Chunk& chunk);
  void add_pair(float left, float right, Chunk& chunk) const;

  ScaleRun run_;
  float threshold_;
  size_t row_start_ = 0;
  size_t column_ = 0;
};

}  // namespace olivine
