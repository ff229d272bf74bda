// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/base/rng.h"
#include "models/numerics/format.h"
#include "models/numerics/mma_fragments.h"

namespace olivine::regress {

// The bias operand for which a format's outliers have their default bias.
inline constexpr int kDefaultMmaBias = 2;

// One instruction of a warp. Registers that its kind leaves unused hold anything.
struct MmaInstruction {
  MmaKind kind = MmaKind::Dense8;
  Format format_a = Format::Int8;
  Format format_b = Format::Int8;
  int bias = kDefaultMmaBias;
  MmaRegisters a{}, b{}, c{};
  MmaMetadata metadata{};
};

// Kinds, formats and biases in every combination; outliers whose exponents fit 4 bits; extremes of
// codes and sums with some probability.
[[nodiscard]] MmaInstruction random_instruction(Rng& rng);

// D by a loop over values of elements, modulo 2^32.
[[nodiscard]] MmaRegisters expected_result(const MmaInstruction& instruction);

// With default biases gemm_golden is asked as well: the first sum of `result` with which it does
// not agree. Nothing where it agrees or where biases are others.
[[nodiscard]] std::optional<std::string> golden_objection(const MmaInstruction& instruction,
                                                          const MmaRegisters& result);

// "sparse m16n8k128, ovp4 * ovp4f, bias 2".
[[nodiscard]] std::string describe(const MmaInstruction& instruction);

}  // namespace olivine::regress
