// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <string>

#include "models/numerics/mma_fragments.h"

namespace olivine {

// What a warp holds in front of one mma.sync or mma.sp: A weights, B activations.
struct MmaOperands {
  Format a_format = Format::Int8;
  Format b_format = Format::Int8;
  MmaRegisters a{};
  MmaRegisters b{};
  MmaMetadata metadata{};  // sparse kinds
};

// The instruction for operands of these formats and A's pattern: by element size. Nothing where the
// sizes differ, only one is a float format, or 2:4 has 16 bits.
[[nodiscard]] std::optional<MmaKind> mma_kind_of(Format a, Format b, Pattern a_pattern);

// mma.sp::ordered_metadata takes two different positions, the first one lower: nibbles 4, 8, 9, C,
// D and E. The first other one, with thread, register and nibble.
[[nodiscard]] std::optional<std::string> find_problem(MmaKind kind, const MmaMetadata& metadata);

// D = A * B + C, lane by lane from register images alone.
//
// Integer formats: int32 sums that wrap around. OVP formats: OliVe's mmaovp, whose decoders turn
// the bytes of a register into values in front of the multipliers; a pair never leaves its byte
// (4-bit) or register (8-bit).
//
// Float formats: fp32 registers; products are exact in fp32 (fp16, bf16, fp8 have at most 11
// significant bits), sums start at C and run in ascending k, rounded to nearest each. Hardware's
// order and internal width are not published: it differs by at most
// float_gemm_tolerance(mma_k(kind) + 1, ...) where it rounds each sum to nearest, and by twice that
// where it cuts.
// Contract: mma_kind_of(formats, pattern of the kind) is `kind`; find_problem(kind, metadata) is
// empty.
[[nodiscard]] MmaRegisters execute_mma(MmaKind kind, const MmaOperands& operands,
                                       const MmaRegisters& c);

}  // namespace olivine
