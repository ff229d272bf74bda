// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "sim/tensor_core/calibration.h"

namespace olivine {

class Rng;

// Constants of a library's kernels that nothing was fitted to: a study repeats its question with
// others near them.

// Every constant times its own factor between 1 / spread and spread, within its legal range.
// Contract: spread >= 1.
[[nodiscard]] KernelConstants draw_constants(const KernelConstants& constants, double spread,
                                             Rng& rng);

// Of values seen so far. Contract of text(): one was added.
class ValueRange {
 public:
  void add(double value);
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  // "1.80 to 1.94".
  [[nodiscard]] std::string text() const;

 private:
  bool is_empty_ = true;
  double low_ = 0;
  double high_ = 0;
};

}  // namespace olivine
