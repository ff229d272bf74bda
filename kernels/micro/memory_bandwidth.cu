// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/device/ops.cuh"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

using device::Bytes16;

constexpr int kSharedMaxThreads = 1024;

__device__ __forceinline__ void fold(Bytes16& sum, const Bytes16& value) {
#pragma unroll
  for (int i = 0; i < 4; ++i) sum.word[i] ^= value.word[i];
}
__device__ __forceinline__ int32_t word_of(const Bytes16& sum) {
  return static_cast<int32_t>(sum.word[0] ^ sum.word[1] ^ sum.word[2] ^ sum.word[3]);
}

// Every thread reads its own 16 bytes again and again: a warp's 512 bytes take the banks four
// clocks. Volatile, or the loads would be one.
__global__ void __launch_bounds__(kSharedMaxThreads)
    shared_read(LoopOutput output, int iterations) {
  __shared__ Bytes16 words[kSharedMaxThreads];
  words[threadIdx.x] = {};
  const uint32_t address = device::shared_address(&words[threadIdx.x]);
  Bytes16 sum{};
  __syncthreads();
  TimedSpan span = device::begin_span();
#pragma unroll 1
  for (int iteration = 0; iteration < iterations; ++iteration) {
#pragma unroll
    for (int i = 0; i < kSharedReads; ++i) {
      Bytes16 value;
      asm volatile("ld.volatile.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]),
                     "=r"(value.word[3])
                   : "r"(address)
                   : "memory");
      fold(sum, value);
    }
  }
  device::end_span(span);
  device::store_span(output, span, word_of(sum));
}

// Warps read 512 contiguous bytes at a time, past L1; the whole grid walks through memory together.
__global__ void __launch_bounds__(kReadThreads, kReadBlocksPerSm)
    global_read(const Bytes16* memory, int64_t count, int64_t loads, LoopOutput output) {
  const int64_t threads = int64_t{gridDim.x} * kReadThreads;
  const int64_t step = threads % count;
  int64_t index = (int64_t{blockIdx.x} * kReadThreads + threadIdx.x) % count;
  Bytes16 sum{};
  TimedSpan span = device::begin_span();
#pragma unroll 1
  for (int64_t i = 0; i < loads; i += kReadUnrolled) {
    Bytes16 values[kReadUnrolled];
#pragma unroll
    for (int j = 0; j < kReadUnrolled; ++j) {
      values[j] = device::load_streaming(memory + index);
      index += step;
      if (index >= count) index -= count;
    }
#pragma unroll
    for (int j = 0; j < kReadUnrolled; ++j) fold(sum, values[j]);
  }
  device::end_span(span);
  device::store_span(output, span, word_of(sum));
}

__global__ void empty() {}

}  // namespace

void launch_shared_read(const SharedReadCase& read, const LoopOutput& output, int iterations,
                        StreamHandle stream) {
  shared_read<<<1, static_cast<unsigned>(32 * read.warps), 0, stream>>>(output, iterations);
  OLV_CUDA_CHECK(cudaGetLastError());
}

void launch_read(const void* memory, int64_t bytes, int64_t blocks, int64_t loads,
                 const LoopOutput& output, StreamHandle stream) {
  global_read<<<static_cast<unsigned>(blocks), kReadThreads, 0, stream>>>(
      static_cast<const Bytes16*>(memory), bytes / static_cast<int64_t>(sizeof(Bytes16)), loads,
      output);
  OLV_CUDA_CHECK(cudaGetLastError());
}

void launch_empty(int64_t blocks, StreamHandle stream) {
  constexpr unsigned kThreads = 128;
  empty<<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>();
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
