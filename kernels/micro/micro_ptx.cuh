// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/micro/micro_instruction.h"
#include "kernels/micro/micro_launch.h"

// What only measurements ask of the machine: clocks, and instructions that no kernel of ours uses.
// GPU only (PTX ISA 9.0). What kernels use too is in kernels/device/ops_ptx.cuh.
namespace olivine::device {

// --- clocks --------------------------------------------------------------------------------------
// Cycles of this SM. Volatile: stays between the volatile statements around it.
__device__ __forceinline__ uint64_t read_cycle() {
  uint64_t cycle;
  asm volatile("mov.u64 %0, %%clock64;" : "=l"(cycle)::"memory");
  return cycle;
}
// Nanoseconds, the same timer for all SMs. It moves in steps: 32 ns to 1 us.
__device__ __forceinline__ uint64_t read_nanosecond() {
  uint64_t nanosecond;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(nanosecond)::"memory");
  return nanosecond;
}

__device__ __forceinline__ TimedSpan begin_span() {
  TimedSpan span;
  span.first_ns = read_nanosecond();
  span.first_cycle = read_cycle();
  return span;
}
__device__ __forceinline__ void end_span(TimedSpan& span) {
  span.last_cycle = read_cycle();
  span.last_ns = read_nanosecond();
}
// By all threads, after the loop.
__device__ __forceinline__ void store_span(const LoopOutput& output, const TimedSpan& span,
                                           int32_t result) {
  const int warp = static_cast<int>(threadIdx.x) / 32;
  if (threadIdx.x % 32 == 0 && warp < output.spans_per_block) {
    output.spans[int64_t{blockIdx.x} * output.spans_per_block + warp] = span;
  }
  output.sink[int64_t{blockIdx.x} * blockDim.x + threadIdx.x] = result;
}

// --- shared memory -------------------------------------------------------------------------------
// Tiles of wgmma start at multiples of 1,024 bytes; dynamic shared memory need not.
inline constexpr int kTileAlignment = 1024;
__device__ __forceinline__ std::byte* align_tiles(std::byte* shared) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  return shared + (kTileAlignment - address % kTileAlignment) % kTileAlignment;
}

// --- tensor instructions -------------------------------------------------------------------------
// d += a * b. Registers as in models/numerics/mma_fragments.h; b[2] and b[3], the metadata
// (selector 0) of sparse ones alone.
template <MicroInstruction kInstruction>
struct Mma;

template <>
struct Mma<MicroInstruction::MmaS8> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t /*metadata*/) {
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
};

template <>
struct Mma<MicroInstruction::MmaS4> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t /*metadata*/) {
    asm volatile(
        "mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
};

template <>
struct Mma<MicroInstruction::MmaF16> {
  using Accumulator = float;
  static __device__ __forceinline__ void multiply(float (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t /*metadata*/) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
};

template <>
struct Mma<MicroInstruction::MmaBf16> {
  using Accumulator = float;
  static __device__ __forceinline__ void multiply(float (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t /*metadata*/) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
};

template <>
struct Mma<MicroInstruction::MmaSpS8> {
  using Accumulator = int32_t;
  static __device__ __forceinline__ void multiply(int32_t (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t metadata) {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, "
        "{%4, %5, %6, %7}, {%8, %9, %10, %11}, {%0, %1, %2, %3}, %12, 0x0;"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]), "r"(b[3]),
          "r"(metadata));
  }
};

template <>
struct Mma<MicroInstruction::MmaSpF16> {
  using Accumulator = float;
  static __device__ __forceinline__ void multiply(float (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[4], uint32_t metadata) {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
        "{%4, %5, %6, %7}, {%8, %9, %10, %11}, {%0, %1, %2, %3}, %12, 0x0;"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]), "r"(b[3]),
          "r"(metadata));
  }
};

}  // namespace olivine::device
