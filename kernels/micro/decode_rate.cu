// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/device/ops.cuh"
#include "kernels/micro/int4_unpack.cuh"
#include "kernels/micro/issue_operands.h"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/quant/ovp_decode.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

constexpr int kMaxThreads = 1024;
constexpr int kChains = 2;
constexpr int kWords = 4;  // of a chain: the registers of its sums
constexpr int kWordElements = 8;
static_assert(kChains * kWords * kWordElements == kDecodeElements);

template <DecodeKind kKind>
__device__ __forceinline__ void decode(uint32_t word, uint32_t& low, uint32_t& high) {
  if constexpr (kKind == DecodeKind::Ovp4) {
    device::decode_ovp4_word(word, low, high);
  } else {
    device::unpack_int4_word(word, low, high);
  }
}

// Sums of the mma before are the codes of the next: so nothing but decoding takes the integer
// pipes, every decoded register is used, and no value is known to the compiler. The tensor core
// needs 4 mma for 8 words of a lane, at most 36 cycles of its sub-core; decoding them takes more
// than twice that.
template <DecodeKind kKind>
__global__ void __launch_bounds__(kMaxThreads)
    decode_rate(IssueInput input, LoopOutput output, int iterations) {
  const int thread = static_cast<int>(threadIdx.x) % kIssueThreads;
  const uint32_t* registers = input.registers + thread * kIssueRegisters;
  int32_t d[kChains][kWords];
  uint32_t b[kChains][2];
#pragma unroll
  for (int chain = 0; chain < kChains; ++chain) {
#pragma unroll
    for (int i = 0; i < kWords; ++i) {
      d[chain][i] = static_cast<int32_t>(registers[chain * kWords + i]);
    }
    b[chain][0] = registers[kChains * kWords + 2 * chain];
    b[chain][1] = registers[kChains * kWords + 2 * chain + 1];
  }
  __syncthreads();
  TimedSpan span = device::begin_span();
#pragma unroll 1
  for (int iteration = 0; iteration < iterations; ++iteration) {
#pragma unroll
    for (int chain = 0; chain < kChains; ++chain) {
      uint32_t a[2][4];
#pragma unroll
      for (int i = 0; i < kWords; ++i) {
        decode<kKind>(static_cast<uint32_t>(d[chain][i]), a[i / 2][i % 2 * 2],
                      a[i / 2][i % 2 * 2 + 1]);
      }
      device::mma_s8(d[chain], a[0], b[chain][0], b[chain][1]);
      device::mma_s8(d[chain], a[1], b[chain][0], b[chain][1]);
    }
  }
  device::end_span(span);
  int32_t result = 0;
#pragma unroll
  for (int i = 0; i < kChains * kWords; ++i) result ^= d[i / kWords][i % kWords];
  device::store_span(output, span, result);
}

}  // namespace

void launch_decode(const DecodeCase& decode, const IssueInput& input, const LoopOutput& output,
                   int iterations, StreamHandle stream) {
  const auto kernel = decode.kind == DecodeKind::Ovp4 ? decode_rate<DecodeKind::Ovp4>
                                                      : decode_rate<DecodeKind::Int4>;
  kernel<<<1, static_cast<unsigned>(32 * decode.warps), 0, stream>>>(input, output, iterations);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
