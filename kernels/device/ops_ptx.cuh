// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"

// Operations of sm_80 and later (PTX ISA 9.0). `.sync` ones are called by all 32 threads of a warp
// together.
namespace olivine::device {

// --- where a thread is ---------------------------------------------------------------------------
OLV_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
OLV_DEVICE int64_t block_index() { return blockIdx.x; }
OLV_DEVICE int64_t block_count() { return gridDim.x; }
OLV_DEVICE int lane_index() { return static_cast<int>(threadIdx.x & 31U); }
// The same value in all threads of the warp, which the compiler then knows to be uniform.
OLV_DEVICE int warp_index() {
  return __shfl_sync(0xFFFFFFFFU, static_cast<int>(threadIdx.x) / 32, 0);
}

// --- barriers ------------------------------------------------------------------------------------
OLV_DEVICE void sync_block() { __syncthreads(); }
OLV_DEVICE void sync_warp() { __syncwarp(); }
// Named barrier `id` (1..15; 0 is sync_block's) among `threads` threads of the block, whole warps.
OLV_DEVICE void sync_threads(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

// --- memory --------------------------------------------------------------------------------------
struct alignas(8) Bytes8 {
  uint32_t word[2];
};
struct alignas(16) Bytes16 {
  uint32_t word[4];
};

// One access of sizeof(T) bytes (1, 2, 4, 8 or 16) at a multiple of it.
template <class T>
OLV_DEVICE T load_shared(const void* address) {
  return *static_cast<const T*>(address);
}
template <class T>
OLV_DEVICE void store_shared(void* address, const T& value) {
  *static_cast<T*>(address) = value;
}
template <class T>
OLV_DEVICE T load_global(const void* address) {
  return *static_cast<const T*>(address);
}
template <class T>
OLV_DEVICE void store_global(void* address, const T& value) {
  *static_cast<T*>(address) = value;
}
// Read once, by nobody else: not kept in L1.
OLV_DEVICE Bytes16 load_streaming(const void* address) {
  Bytes16 value;
  asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(value.word[0]), "=r"(value.word[1]), "=r"(value.word[2]), "=r"(value.word[3])
               : "l"(address));
  return value;
}
OLV_DEVICE uint64_t atomic_min_global(unsigned long long* address, uint64_t value) {
  return atomicMin(address, static_cast<unsigned long long>(value));
}
OLV_DEVICE int32_t atomic_add_global(int32_t* address, int32_t value) {
  return atomicAdd(address, value);
}

OLV_DEVICE uint32_t shared_address(const void* address) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(address));
}

// Copies 16 bytes to shared memory, the first `bytes` (0..16) from `global`, the rest zeros; both
// addresses are multiples of 16. Arrives by wait_copies() of its group, in the calling thread's
// eyes.
OLV_DEVICE void copy_async(void* shared, const void* global, int bytes) {
  asm volatile(
      "cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address(shared)),
      "l"(global), "r"(bytes)
      : "memory");
}
// The copies since the last commit become a group (also an empty one).
OLV_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Until at most kPending of the calling thread's groups are under way.
template <int kPending>
OLV_DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

// Four matrices of 8 rows of 16 bytes: thread 8i + r gives the address of row r of matrix i; word i
// of thread t then is bytes 4 (t % 4) .. + 3 of row t / 4 of matrix i.
OLV_DEVICE void load_matrices(uint32_t (&word)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(word[0]), "=r"(word[1]), "=r"(word[2]), "=r"(word[3])
               : "r"(shared_address(row))
               : "memory");
}

// --- arithmetic ----------------------------------------------------------------------------------
// d += a * b, 16 x 32 by 32 x 8 bytes (m16n8k32.s8), registers as in mma_fragments.h (Dense8).
OLV_DEVICE void mma_s8(int32_t (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
// d += a * b with a 2:4 (m16n8k64.s8, Sparse8), `metadata` ordered, selector 0.
OLV_DEVICE void mma_sp_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[4],
                          uint32_t metadata) {
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, "
      "{%4, %5, %6, %7}, {%8, %9, %10, %11}, {%0, %1, %2, %3}, %12, 0x0;"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]), "r"(b[3]),
        "r"(metadata));
}

// Byte i of the result is byte (selector >> 4i) % 8 of {y, x} (x the low word), or, where bit 3 of
// that nibble is set, its sign eight times.
OLV_DEVICE uint32_t byte_permute(uint32_t x, uint32_t y, uint32_t selector) {
  uint32_t result;  // __byte_perm() ignores bit 3
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(y), "r"(selector));
  return result;
}
template <class T>
OLV_DEVICE T shuffle(const T& value, int lane) {
  return __shfl_sync(0xFFFFFFFFU, value, lane);
}
template <class T>
OLV_DEVICE T shuffle_xor(const T& value, int mask) {
  return __shfl_xor_sync(0xFFFFFFFFU, value, mask);
}

// IEEE float32, rounded to nearest even, never contracted.
OLV_DEVICE float multiply(float a, float b) { return __fmul_rn(a, b); }
OLV_DEVICE float divide(float a, float b) { return __fdiv_rn(a, b); }
OLV_DEVICE float to_float(int32_t value) { return __int2float_rn(value); }
// To binary16, to nearest even; its bits.
OLV_DEVICE uint16_t to_half(float value) {
  uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
OLV_DEVICE float from_half(uint16_t bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}

}  // namespace olivine::device
