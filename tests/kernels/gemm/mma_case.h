// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/emulator/emulator.h"
#include "kernels/launch/gemm_kernels.h"
#include "kernels/launch/operand_image.h"
#include "models/numerics/packed.h"

// A GEMM on the emulator beside the same one on models/numerics.
namespace olivine::testing {

// Operands as PackedMatrix, and what turns sums into outputs.
struct MmaOperandPair {
  PackedMatrix weights;
  PackedMatrix activations;
  std::vector<float> weight_scales;
  float activation_scale = 1.0F;
  float output_scale = 1.0F;
};

struct MmaCase {
  const GemmKernel* kernel = nullptr;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  OutputForm output = OutputForm::Int32;
  int64_t c_gap = 0;  // elements between rows of C
  uint64_t seed = 1;  // of operands and of the emulator

  [[nodiscard]] std::string describe() const;
};

// Of the Mma family.
[[nodiscard]] std::vector<std::string> mma_kernel_names();

// Random operands of the kernel's forms; scales with which int8 outputs take all values and, every
// other seed, hit ties.
[[nodiscard]] MmaOperandPair make_operands(const MmaCase& work);

// C as bytes, rows of (n + c_gap) elements; nothing may be written between rows.
struct MmaResult {
  std::vector<uint8_t> c;
  EmulatorReport report;
};
inline constexpr uint8_t kPoison = 0xA5;

// Runs the kernel, which may touch nothing but its operands and C, and must not depend on what lies
// between rows. Throws EmulatorError.
[[nodiscard]] MmaResult run_on_emulator(const MmaCase& work, const MmaOperandPair& operands);
// What it should be, by models/numerics.
[[nodiscard]] std::vector<uint8_t> expected_c(const MmaCase& work, const MmaOperandPair& operands);

// "" or the first difference.
[[nodiscard]] std::string first_difference(const MmaCase& work, const std::vector<uint8_t>& c,
                                           const std::vector<uint8_t>& expected);

}  // namespace olivine::testing
