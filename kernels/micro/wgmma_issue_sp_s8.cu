// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/wgmma_issue.cuh"

namespace olivine {

WgmmaKernel wgmma_sp_s8_kernel(const IssueCase& issue) {
  constexpr auto kInstruction = MicroInstruction::WgmmaSpS8;
  return issue.a_in_registers
             ? wgmma_kernel_of<kInstruction, true, 8, 16, 32, 64, 96, 128, 192, 256>(issue.n)
             : wgmma_kernel_of<kInstruction, false, 8, 16, 32, 64, 96, 128, 192, 256>(issue.n);
}

}  // namespace olivine
