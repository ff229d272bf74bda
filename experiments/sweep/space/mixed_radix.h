// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace olivine::sweep {

// Numbers the combinations of positions on axes, the last axis fastest (DesignSpace's PointIndex).
class MixedRadix {
 public:
  // Contract: the product of `levels` is at most 2^62.
  explicit MixedRadix(std::vector<uint64_t> levels) : levels_(std::move(levels)) {
    for (const uint64_t count : levels_) size_ *= count;
  }

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] size_t axes() const { return levels_.size(); }
  [[nodiscard]] const std::vector<uint64_t>& levels() const { return levels_; }

  [[nodiscard]] uint64_t index_of(const std::vector<uint32_t>& positions) const {
    uint64_t index = 0;
    for (size_t axis = 0; axis < levels_.size(); ++axis) {
      index = index * levels_[axis] + positions[axis];
    }
    return index;
  }
  [[nodiscard]] std::vector<uint32_t> positions(uint64_t index) const {
    std::vector<uint32_t> positions(levels_.size());
    for (size_t axis = levels_.size(); axis-- > 0; index /= levels_[axis]) {
      positions[axis] = static_cast<uint32_t>(index % levels_[axis]);
    }
    return positions;
  }

 private:
  std::vector<uint64_t> levels_;
  uint64_t size_ = 1;
};

}  // namespace olivine::sweep
