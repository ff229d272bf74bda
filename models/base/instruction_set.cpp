// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/instruction_set.h"

namespace olivine {

InstructionSet best_instruction_set() {
#if OLV_X86_KERNELS
  if (__builtin_cpu_supports("avx512bw")) return InstructionSet::Avx512;
  if (__builtin_cpu_supports("avx2")) return InstructionSet::Avx2;
#endif
  return InstructionSet::Portable;
}

}  // namespace olivine
