// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/device/ops.cuh"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

constexpr int kUnrolled = 16;
constexpr int kFillThreads = 256;
constexpr int kSharedWords = 4096;

// A full cycle over 2^n numbers in an order without a stride (Hull and Dobell: the factor is 1
// modulo 4, the summand odd).
__device__ __forceinline__ uint64_t next_in_chain(uint64_t index, uint64_t count) {
  return (index * 1664525 + 1013904223) & (count - 1);
}

__global__ void __launch_bounds__(kFillThreads) chain_fill(std::byte* memory, uint64_t count) {
  const uint64_t index = uint64_t{blockIdx.x} * kFillThreads + threadIdx.x;
  if (index >= count) return;
  *reinterpret_cast<std::byte**>(memory + index * kChainStrideBytes) =
      memory + next_in_chain(index, count) * kChainStrideBytes;
}

template <MemoryLevel kLevel>
__device__ __forceinline__ uint64_t follow(uint64_t address) {
  uint64_t next;
  if constexpr (kLevel == MemoryLevel::L1) {
    asm volatile("ld.global.ca.u64 %0, [%1];" : "=l"(next) : "l"(address) : "memory");
  } else {
    asm volatile("ld.global.cg.u64 %0, [%1];" : "=l"(next) : "l"(address) : "memory");
  }
  return next;
}
__device__ __forceinline__ uint32_t follow_shared(uint32_t address) {
  uint32_t next;
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(next) : "r"(address) : "memory");
  return next;
}

// `loads` loads, each of the address that the one before brought.
template <class Address, class Follow>
__device__ __forceinline__ Address follow_chain(Address address, int loads, const Follow& follow) {
#pragma unroll 1
  for (int i = 0; i < loads; i += kUnrolled) {
#pragma unroll
    for (int j = 0; j < kUnrolled; ++j) address = follow(address);
  }
  return address;
}

// One thread. `warm_loads` bring the memory to where its level is.
template <MemoryLevel kLevel>
__global__ void global_latency(const std::byte* memory, int warm_loads, int loads,
                               LoopOutput output) {
  const auto step = [](uint64_t address) { return follow<kLevel>(address); };
  uint64_t address = reinterpret_cast<uint64_t>(memory);
  address = follow_chain(address, warm_loads, step);
  TimedSpan span = device::begin_span();
  address = follow_chain(address, loads, step);
  device::end_span(span);
  device::store_span(output, span, static_cast<int32_t>(address));
}

__global__ void shared_latency(int loads, LoopOutput output) {
  __shared__ uint32_t chain[kSharedWords];
  for (uint64_t i = 0; i < kSharedWords; ++i) {
    chain[i] = device::shared_address(&chain[next_in_chain(i, kSharedWords)]);
  }
  const auto step = [](uint32_t address) { return follow_shared(address); };
  uint32_t address = device::shared_address(chain);
  TimedSpan span = device::begin_span();
  address = follow_chain(address, loads, step);
  device::end_span(span);
  device::store_span(output, span, static_cast<int32_t>(address));
}

}  // namespace

void launch_chain_fill(void* memory, int64_t bytes, StreamHandle stream) {
  const int64_t count = bytes / kChainStrideBytes;
  chain_fill<<<static_cast<unsigned>((count + kFillThreads - 1) / kFillThreads), kFillThreads, 0,
               stream>>>(static_cast<std::byte*>(memory), static_cast<uint64_t>(count));
  OLV_CUDA_CHECK(cudaGetLastError());
}

void launch_latency(const LatencyCase& latency, const void* memory, int loads,
                    const LoopOutput& output, StreamHandle stream) {
  const auto* bytes = static_cast<const std::byte*>(memory);
  const auto lap = static_cast<int>(latency.footprint_bytes / kChainStrideBytes);
  switch (latency.level) {
    case MemoryLevel::Shared:
      shared_latency<<<1, 1, 0, stream>>>(loads, output);
      break;
    case MemoryLevel::L1:
      global_latency<MemoryLevel::L1><<<1, 1, 0, stream>>>(bytes, lap, loads, output);
      break;
    case MemoryLevel::L2:
      global_latency<MemoryLevel::L2><<<1, 1, 0, stream>>>(bytes, lap, loads, output);
      break;
    case MemoryLevel::Global:
      global_latency<MemoryLevel::Global><<<1, 1, 0, stream>>>(bytes, 0, loads, output);
      break;
  }
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
