// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "experiments/view/annotate.h"
#include "experiments/view/recording.h"

namespace olivine::view {

// Which elements of the operands a fold's ports carry, with their values: fold.h in words.
class PortEvents {
 public:
  // Contract: both outlive the object.
  PortEvents(const Recording& recording, const Observation& seen);

  // Operand `t` of the stream of row `row`.
  [[nodiscard]] PortEvent left(Index fold, int64_t row, int64_t t) const;
  // os: operand `t` of the stream of column `col`. ws, is: the operand that stays in row `t`.
  [[nodiscard]] PortEvent top(Index fold, int64_t col, int64_t t) const;
  // The sum that belongs to column `col` and, os, row `t`; ws, is: operand `t` of the stream.
  [[nodiscard]] Result result(Index fold, int64_t col, int64_t t) const;

 private:
  [[nodiscard]] const FoldRecord& fold_at(Index fold) const {
    return recording_->folds[static_cast<size_t>(fold)];
  }
  // Elements along k that the array keeps of a fold.
  [[nodiscard]] int64_t kept(const FoldRecord& fold) const;
  void add_activation(PortEvent& event, size_t lane) const;
  void add_weight(PortEvent& event, int64_t stored) const;

  const Recording* recording_;
  const Observation* seen_;
  const ArrayGeometry* geometry_;
};

}  // namespace olivine::view
