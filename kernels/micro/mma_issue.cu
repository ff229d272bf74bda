// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <utility>

#include "kernels/micro/issue_operands.h"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

using device::Mma;

// Two sets of operands, so that the wires of a chain toggle.
constexpr int kSets = 2;

template <int kChains>
constexpr int kRoundsOf = issue_instructions({.chains = kChains}, false) / kChains;

template <MicroInstruction kInstruction, int kChains>
__device__ __forceinline__ void run_mma_loop(const IssueInput& input, const LoopOutput& output,
                                             int iterations) {
  using Accumulator = typename Mma<kInstruction>::Accumulator;
  constexpr int kRounds = kRoundsOf<kChains>;
  const int thread = static_cast<int>(threadIdx.x);
  uint32_t a[kSets][4];
  uint32_t b[kSets][4];
  for (int i = 0; i < kSets * 4; ++i) {
    a[i / 4][i % 4] = input.registers[thread * kIssueRegisters + i];
    b[i / 4][i % 4] = input.registers[thread * kIssueRegisters + kSets * 4 + i];
  }
  const uint32_t metadata = input.metadata[thread * kIssueMetadata];
  // From memory: chains that started from a known value would be one chain to the compiler.
  Accumulator d[kChains][4];
  for (int i = 0; i < kChains * 4; ++i) {
    d[i / 4][i % 4] = static_cast<Accumulator>(input.zeros[thread * kIssueZeros + i]);
  }

  __syncthreads();
  TimedSpan span = device::begin_span();
#pragma unroll 1
  for (int iteration = 0; iteration < iterations; ++iteration) {
#pragma unroll
    for (int i = 0; i < kRounds * kChains; ++i) {
      const int round = i / kChains;
      Mma<kInstruction>::multiply(d[i % kChains], a[round % kSets], b[round / kSets % kSets],
                                  metadata);
    }
  }
  device::end_span(span);

  int32_t result = 0;
  for (int i = 0; i < kChains * 4; ++i) result ^= static_cast<int32_t>(d[i / 4][i % 4]);
  device::store_span(output, span, result);
}

template <MicroInstruction kInstruction, int kChains>
__global__ void __launch_bounds__(kIssueThreads)
    mma_issue(IssueInput input, LoopOutput output, int iterations) {
#if __CUDA_ARCH__ >= 900
  // There ptxas makes a call of it, of int8 instructions: nothing to measure.
  if constexpr (kInstruction != MicroInstruction::MmaS4) {
    run_mma_loop<kInstruction, kChains>(input, output, iterations);
  }
#else
  run_mma_loop<kInstruction, kChains>(input, output, iterations);
#endif
}

using Kernel = void (*)(IssueInput, LoopOutput, int);

template <MicroInstruction kInstruction, size_t... kIndices>
Kernel kernel_of_chains(int chains, std::index_sequence<kIndices...> /*chains*/) {
  Kernel kernel = nullptr;
  static_cast<void>(((kIssueChains[kIndices] == chains &&
                      (kernel = mma_issue<kInstruction, kIssueChains[kIndices]>) != nullptr) ||
                     ...));
  return kernel;
}

Kernel kernel_of(const IssueCase& issue) {
  constexpr std::make_index_sequence<kIssueChains.size()> kAll;
  switch (issue.instruction) {
    case MicroInstruction::MmaS8:
      return kernel_of_chains<MicroInstruction::MmaS8>(issue.chains, kAll);
    case MicroInstruction::MmaF16:
      return kernel_of_chains<MicroInstruction::MmaF16>(issue.chains, kAll);
    case MicroInstruction::MmaBf16:
      return kernel_of_chains<MicroInstruction::MmaBf16>(issue.chains, kAll);
    case MicroInstruction::MmaS4:
      return kernel_of_chains<MicroInstruction::MmaS4>(issue.chains, kAll);
    case MicroInstruction::MmaSpS8:
      return kernel_of_chains<MicroInstruction::MmaSpS8>(issue.chains, kAll);
    case MicroInstruction::MmaSpF16:
      return kernel_of_chains<MicroInstruction::MmaSpF16>(issue.chains, kAll);
    case MicroInstruction::WgmmaS8:
    case MicroInstruction::WgmmaSpS8:
    case MicroInstruction::WgmmaF16:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

void launch_mma_issue(const IssueCase& issue, const IssueInput& input, const LoopOutput& output,
                      int64_t blocks, int iterations, StreamHandle stream) {
  const Kernel kernel = kernel_of(issue);
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(32 * issue.warps), 0, stream>>>(
      input, output, iterations);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
