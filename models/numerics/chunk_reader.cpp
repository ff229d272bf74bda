// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/chunk_reader.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace olivine {
namespace {

constexpr size_t kSingles = 8 * kEstimateElems;
constexpr size_t kPairs = kEstimateElems;
constexpr size_t kBlock = kEstimateLanes;  // looked at together

// Copies magnitudes; returns the largest. Integer comparisons, which vectorize without more flags,
// order floats of one sign.
float copy_magnitudes(const float* from, float* to) {
  uint32_t largest = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(from[i]) & 0x7FFFFFFFu;
    to[i] = std::bit_cast<float>(bits);
    largest = std::max(largest, bits);
  }
  return std::bit_cast<float>(largest);
}

size_t fill_up(std::vector<float>& values, size_t count) {
  std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(count), kBlock, 0.0F);
  return (count + kBlock - 1) / kBlock * kBlock;
}

}  // namespace

// Beyond what is counted: room for one block that may not stay, and for zeros.
Chunk::Chunk() : singles_(kSingles + 2 * kBlock), left_(kPairs + kBlock), right_(kPairs + kBlock) {}

int64_t Chunk::slice_count() const {
  const auto singles = static_cast<int64_t>(single_count_);
  return std::max<int64_t>((singles + kEstimateElems - 1) / kEstimateElems,
                           pair_count_ > 0 ? 1 : 0);
}

EstimateSlice Chunk::slice(int64_t index) const {
  const auto first = static_cast<size_t>(index * kEstimateElems);
  const size_t count = std::min<size_t>(kEstimateElems, single_count_ - first);
  const size_t pairs = index == 0 ? pair_count_ : 0;
  return {std::span{singles_}.subspan(first, count), std::span{left_}.first(pairs),
          std::span{right_}.first(pairs)};
}

void ChunkReader::add_pair(float left, float right, Chunk& chunk) const {
  if (std::max(left, right) >= threshold_) {
    chunk.left_[chunk.pair_count_] = left;
    chunk.right_[chunk.pair_count_++] = right;
    return;
  }
  chunk.singles_[chunk.single_count_++] = left;
  chunk.singles_[chunk.single_count_++] = right;
}

// To the end of the row or of the room.
void ChunkReader::read_row(Chunk& chunk) {
  const auto k = static_cast<size_t>(run_.k);
  const float* row = run_.values.data() + row_start_;
  while (column_ < k && chunk.single_count_ + kBlock <= kSingles &&
         chunk.pair_count_ + kBlock / 2 <= kPairs) {
    const size_t count = std::min(kBlock, k - column_);
    if (count == kBlock) {
      float* to = chunk.singles_.data() + chunk.single_count_;
      if (copy_magnitudes(row + column_, to) < threshold_) [[likely]] {
        chunk.single_count_ += kBlock;
        column_ += kBlock;
        continue;
      }
    }
    for (size_t i = column_; i < column_ + count; i += 2) {
      add_pair(std::fabs(row[i]), i + 1 < k ? std::fabs(row[i + 1]) : 0.0F, chunk);
    }
    column_ += count;
  }
}

bool ChunkReader::fill(Chunk& chunk) {
  const auto k = static_cast<size_t>(run_.k);
  chunk.single_count_ = chunk.pair_count_ = 0;
  while (row_start_ < run_.values.size()) {
    read_row(chunk);
    if (column_ < k) break;
    row_start_ += k;
    column_ = 0;
  }
  chunk.single_count_ = fill_up(chunk.singles_, chunk.single_count_);
  (void)fill_up(chunk.left_, chunk.pair_count_);
  chunk.pair_count_ = fill_up(chunk.right_, chunk.pair_count_);
  return row_start_ >= run_.values.size();
}

}  // namespace olivine
