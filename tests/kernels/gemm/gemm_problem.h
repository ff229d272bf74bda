// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/emulator/emulator.h"
#include "kernels/launch/operand_image.h"
#include "models/base/rng.h"
#include "models/numerics/gemm.h"

namespace olivine {

inline constexpr uint8_t kPoison = 0xA5;
inline constexpr float kActivationScale = 0.0375F;

struct Shape {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
};

// How a kernel is run; what 0 blocks stand for is the family's.
struct Run {
  OutputForm output = OutputForm::Int32;
  int64_t blocks = 0;
  int64_t gap = 0;  // elements between rows of C, beside n
  uint64_t seed = 1;
};

// A GEMM with operands as a kernel wants them and its results by models/numerics.
struct Problem {
  PackedMatrix activations;
  PackedMatrix weights;
  ActivationImage activation_image;
  WeightImage weight_image;
  std::vector<float> weight_scales;
  float output_scale = 1.0F;
  IntegerGemm expected;
};

// Images, scales and results of a problem whose operands are set.
void finish(ActivationForm activations, Problem& problem, Rng& rng);
[[nodiscard]] Problem random_problem(WeightForm weights, ActivationForm activations,
                                     const Shape& shape, Rng& rng, double outlier_share);

// Arguments but the address of C.
[[nodiscard]] GemmArgs make_args(const Problem& problem, const Run& run);

// Runs a kernel into poisoned memory and compares every byte of it, gaps included; addresses are
// limited to operands and C. `index`: of the configuration, for the message.
using EmulateGemm = std::function<EmulatorReport(const GemmArgs&, const EmulatorOptions&)>;
EmulatorReport check_gemm(int index, const Problem& problem, const Run& run, GemmArgs args,
                          const EmulateGemm& emulate_gemm);

}  // namespace olivine
