// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/device/ops.cuh"
#include "kernels/micro/issue_operands.h"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/micro/wgmma_f16_generated.cuh"
#include "kernels/runtime/cuda_check.cuh"

// The loop that measures wgmma: one SM, one or two warpgroups, operands that stay where they are.
// sm_90a.
namespace olivine {

inline constexpr int kWgmmaMaxThreads = 2 * kWarpgroupWarps * 32;
inline constexpr int kWgmmasPerIteration = issue_instructions({}, true);
inline constexpr int kWgmmaABytes = issue_a_bytes();
inline constexpr int kWgmmaStepBytes = 32;

// The registers of one step that an instruction may read, and where its tiles begin.
struct WgmmaStep {
  uint64_t a_descriptor;
  uint64_t b_descriptor;
  const uint32_t* a;  // RS
  uint32_t metadata;
};

template <MicroInstruction kInstruction, int kN, bool kARegisters>
struct Wgmma;

template <int kN>
struct Wgmma<MicroInstruction::WgmmaS8, kN, false> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[kN / 2], const WgmmaStep& step) {
    device::wgmma_s8_ss<kN>(d, step.a_descriptor, step.b_descriptor, true);
  }
};
template <int kN>
struct Wgmma<MicroInstruction::WgmmaS8, kN, true> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[kN / 2], const WgmmaStep& step) {
    device::wgmma_s8_rs<kN>(d, step.a[0], step.a[1], step.a[2], step.a[3], step.b_descriptor, true);
  }
};
template <int kN>
struct Wgmma<MicroInstruction::WgmmaSpS8, kN, false> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[kN / 2], const WgmmaStep& step) {
    device::wgmma_sp_s8_ss<kN>(d, step.a_descriptor, step.b_descriptor, step.metadata, true);
  }
};
template <int kN>
struct Wgmma<MicroInstruction::WgmmaSpS8, kN, true> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[kN / 2], const WgmmaStep& step) {
    device::wgmma_sp_s8_rs<kN>(d, step.a[0], step.a[1], step.a[2], step.a[3], step.b_descriptor,
                               step.metadata, true);
  }
};
template <int kN>
struct Wgmma<MicroInstruction::WgmmaF16, kN, false> {
  using Accumulator = float;
  static __device__ __forceinline__ void multiply(float (&d)[kN / 2], const WgmmaStep& step) {
    device::wgmma_f16_ss<kN>(d, step.a_descriptor, step.b_descriptor, true);
  }
};

// device::hold_registers() of floats.
template <int kCount>
__device__ __forceinline__ void hold_accumulators(float (&registers)[kCount]) {
  OLV_UNROLL
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(registers[i])::"memory");
}
template <int kCount>
__device__ __forceinline__ void hold_accumulators(int32_t (&registers)[kCount]) {
  device::hold_registers(registers);
}

// Tiles lie as operands of a GEMM do: 128 bytes a row, swizzled, a step 32 bytes along the row of A
// (which is compressed if sparse), 64 along that of a sparse instruction's B.
template <bool kSparse>
__device__ __forceinline__ uint64_t b_descriptor(const std::byte* tile, int n, int step) {
  const int stride_bytes = kWgmmaStepBytes * (kSparse ? 2 : 1);
  const int offset_bytes = step * stride_bytes;
  const int span = offset_bytes / kIssueSpanBytes;
  return device::matrix_descriptor<Swizzle::Bytes128>(tile + span * n * kIssueSpanBytes +
                                                      offset_bytes % kIssueSpanBytes);
}

template <MicroInstruction kInstruction, int kN, bool kARegisters>
__global__ void __launch_bounds__(kWgmmaMaxThreads, 1)
    wgmma_issue(IssueInput input, LoopOutput output, int iterations) {
  using Instruction = Wgmma<kInstruction, kN, kARegisters>;
  constexpr bool kSparse = kInstruction == MicroInstruction::WgmmaSpS8;
  extern __shared__ std::byte unaligned[];
  std::byte* shared = device::align_tiles(unaligned);

  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  const int warpgroups = threads / (kWarpgroupWarps * 32);
  const int tile_words = (warpgroups * kWgmmaABytes + kN * kIssueSpanBytes * (kSparse ? 2 : 1)) / 4;
  for (int i = thread; i < tile_words; i += threads) {
    reinterpret_cast<uint32_t*>(shared)[i] = input.tiles[i];
  }
  uint32_t a[kIssueSteps][4];
  WgmmaStep steps[kIssueSteps];
  const std::byte* a_tile = shared + device::warp_index() / kWarpgroupWarps * kWgmmaABytes;
  const std::byte* b_tile = shared + warpgroups * kWgmmaABytes;
#pragma unroll
  for (int step = 0; step < kIssueSteps; ++step) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      a[step][i] = input.registers[thread * kIssueRegisters + step * 4 + i];
    }
    steps[step] = {device::matrix_descriptor<Swizzle::Bytes128>(a_tile + step * kWgmmaStepBytes),
                   b_descriptor<kSparse>(b_tile, kN, step), a[step],
                   input.metadata[thread * kIssueMetadata + step]};
  }
  typename Instruction::Accumulator d[kN / 2] = {};
  device::fence_async_proxy();
  __syncthreads();

  TimedSpan span = device::begin_span();
  hold_accumulators(d);
#pragma unroll 1
  for (int iteration = 0; iteration < iterations; ++iteration) {
    device::wgmma_fence();
#pragma unroll
    for (int i = 0; i < kWgmmasPerIteration; ++i) Instruction::multiply(d, steps[i % kIssueSteps]);
    device::wgmma_commit();
    device::wgmma_wait<1>();
  }
  device::wgmma_wait<0>();
  hold_accumulators(d);
  device::end_span(span);

  int32_t result = 0;
#pragma unroll
  for (int i = 0; i < kN / 2; ++i) result ^= static_cast<int32_t>(d[i]);
  device::store_span(output, span, result);
}

using WgmmaKernel = void (*)(IssueInput, LoopOutput, int);

// One a .cu file, to compile side by side.
WgmmaKernel wgmma_s8_kernel(const IssueCase& issue);
WgmmaKernel wgmma_sp_s8_kernel(const IssueCase& issue);
WgmmaKernel wgmma_f16_kernel(const IssueCase& issue);

// The kernel of the case's n among kColumns.
template <MicroInstruction kInstruction, bool kARegisters, int... kColumns>
WgmmaKernel wgmma_kernel_of(int n) {
  WgmmaKernel kernel = nullptr;
  static_cast<void>(
      ((kColumns == n && (kernel = wgmma_issue<kInstruction, kColumns, kARegisters>) != nullptr) ||
       ...));
  return kernel;
}

}  // namespace olivine
