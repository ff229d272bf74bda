// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#define OLV_X86_KERNELS 1
#else
#define OLV_X86_KERNELS 0
#endif

namespace olivine {

// Vector instructions that hot loops have versions for; all versions give the same bits.
enum class InstructionSet : uint8_t { Portable, Avx2, Avx512 };

// The widest set this processor has.
[[nodiscard]] InstructionSet best_instruction_set();

}  // namespace olivine
