// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/wgmma_issue.cuh"

namespace olivine {
namespace {

WgmmaKernel kernel_of(const IssueCase& issue) {
  switch (issue.instruction) {
    case MicroInstruction::WgmmaS8:
      return wgmma_s8_kernel(issue);
    case MicroInstruction::WgmmaSpS8:
      return wgmma_sp_s8_kernel(issue);
    case MicroInstruction::WgmmaF16:
      return wgmma_f16_kernel(issue);
    case MicroInstruction::MmaS8:
    case MicroInstruction::MmaF16:
    case MicroInstruction::MmaBf16:
    case MicroInstruction::MmaS4:
    case MicroInstruction::MmaSpS8:
    case MicroInstruction::MmaSpF16:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

WgmmaKernel wgmma_f16_kernel(const IssueCase& issue) {
  return wgmma_kernel_of<MicroInstruction::WgmmaF16, false, 8, 64, 128, 256>(issue.n);
}

void launch_wgmma_issue(const IssueCase& issue, const IssueInput& input, const LoopOutput& output,
                        int64_t blocks, int iterations, StreamHandle stream) {
  const WgmmaKernel kernel = kernel_of(issue);
  const int bytes = issue_shared_bytes(issue);
  OLV_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(32 * issue.warps),
           static_cast<size_t>(bytes), stream>>>(input, output, iterations);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
