// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/cta_walk.h"

#include <algorithm>

#include "sim/tensor_core/cta_stepper.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {

CtaRaster::CtaRaster(const CtaPlan& plan)
    : rows_{plan.rows},
      columns_{plan.columns},
      splits_{plan.splits},
      stages_{plan.stages},
      block_rows_{plan.block_rows},
      ctas_{plan.cta_count()} {
  const int64_t slots = plan.sms * plan.ctas_per_sm;
  switch (plan.schedule) {
    case Schedule::DataParallel:
    case Schedule::SplitK:
      walks_ = ctas_;
      break;
    case Schedule::Persistent:
      walks_ = std::min(slots, ctas_);
      stride_ = walks_;
      break;
    case Schedule::StreamK:
      walks_ = std::min(slots, ctas_ * stages_);
      is_dealt_evenly_ = true;
      break;
  }
}

CtaWalk CtaRaster::walk(int64_t index) const {
  if (is_dealt_evenly_) {
    const int64_t each = ctas_ * stages_ / walks_;
    const int64_t over = ctas_ * stages_ % walks_;
    const int64_t first = index * each + std::min(index, over);
    return {first / stages_, first % stages_, each + (index < over ? 1 : 0)};
  }
  const int64_t tiles = (ctas_ - index + walks_ - 1) / walks_;
  return {index, 0, tiles * stages_};
}

void CtaRaster::advance(CtaWalk& walk) const {
  --walk.left;
  if (++walk.stage < stages_) return;
  walk.stage = 0;
  walk.cta += stride_;
}

CtaPanels CtaRaster::panels(const CtaWalk& walk) const {
  const int64_t tiles = rows_ * columns_;
  const int64_t split = walk.cta / tiles % splits_;
  const int64_t batch = walk.cta / tiles / splits_;
  const int64_t tile = walk.cta % tiles;
  const int64_t first_row = tile / (block_rows_ * columns_) * block_rows_;
  const int64_t height = std::min(block_rows_, rows_ - first_row);
  const int64_t in_block = tile - first_row * columns_;
  const int64_t row = first_row + in_block % height;
  const int64_t column = in_block / height;
  const int64_t k_stages = splits_ * stages_;
  const int64_t k_stage = split * stages_ + walk.stage;
  return {static_cast<size_t>((batch * rows_ + row) * k_stages + k_stage),
          static_cast<size_t>((batch * columns_ + column) * k_stages + k_stage)};
}

}  // namespace olivine
