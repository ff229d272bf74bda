// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace olivine {

struct CtaPlan;

// Where a CTA that walks over stages is.
struct CtaWalk {
  int64_t cta = 0;    // tile and split, in order of rasterization
  int64_t stage = 0;  // of it
  int64_t left = 0;   // stages, this one included
};

// Of the operands that a stage needs, for all k of a batch's row (column) of tiles one after the
// other.
struct CtaPanels {
  size_t row = 0;
  size_t column = 0;
};

// Which stages a kernel's CTAs compute, in which order: batches one after the other, in each the
// splits, in each blocks of `block_rows` rows of tiles, in each column by column. So a wave's CTAs
// form a block of tiles, as KernelTimer's count of memory traffic has it.
class CtaRaster {
 public:
  explicit CtaRaster(const CtaPlan& plan);

  // CTAs as they are launched: one a tile and split, or at most one a slot.
  [[nodiscard]] int64_t walks() const { return walks_; }
  // Contract: 0 <= index < walks().
  [[nodiscard]] CtaWalk walk(int64_t index) const;
  // Contract: walk.left > 0.
  void advance(CtaWalk& walk) const;
  // Whether the walk leaves its tile after this stage.
  [[nodiscard]] bool is_last_of_tile(const CtaWalk& walk) const {
    return walk.left == 1 || walk.stage + 1 == stages_;
  }
  [[nodiscard]] CtaPanels panels(const CtaWalk& walk) const;

 private:
  int64_t rows_, columns_, splits_, stages_, block_rows_;
  int64_t ctas_ = 0;
  int64_t walks_ = 0;
  int64_t stride_ = 1;            // from tile to tile of a walk
  bool is_dealt_evenly_ = false;  // stream-k
};

}  // namespace olivine
