// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops_ptx.cuh"
#include "kernels/launch/tensor_map.h"
#include "kernels/launch/wgmma_descriptor.h"

// Operations of sm_90 and, from wgmma on, of sm_90a (PTX ISA 9.0).
namespace olivine::device {

// --- clusters and dependent launches -------------------------------------------------------------
OLV_DEVICE int cluster_rank() {
  uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return static_cast<int>(rank);
}
// All threads of all blocks of the cluster; what they wrote to shared memory before is visible.
OLV_DEVICE void sync_cluster() {
  asm volatile(
      "barrier.cluster.arrive.release.aligned;\n"
      "barrier.cluster.wait.acquire.aligned;" ::
          : "memory");
}
// Programmatic dependent launch: what the previous kernel of the stream wrote is visible after it.
OLV_DEVICE void wait_for_previous_grid() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
OLV_DEVICE void launch_next_grid() { asm volatile("griddepcontrol.launch_dependents;"); }

// --- mbarriers -----------------------------------------------------------------------------------
// A barrier in shared memory. A phase ends when `count` arrivals and all expected bytes have come;
// phases alternate between parity 0 and 1, the first has 0.
struct alignas(8) Barrier {
  uint64_t state;
};
OLV_DEVICE void init_barrier(Barrier& barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(&barrier)), "r"(count)
               : "memory");
}
// After the last init_barrier(), before sync_block() or sync_cluster().
OLV_DEVICE void fence_barrier_init() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
OLV_DEVICE void arrive(Barrier& barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(&barrier))
               : "memory");
}
// At the same barrier of block `rank` of the cluster. Says that the calling thread's reads are
// done, not that its writes are visible there: ".release.cluster" would, and costs a fence of all
// memory (ptxas 13.0 puts MEMBAR.ALL.GPU in front).
OLV_DEVICE void arrive_at(Barrier& barrier, int rank) {
  asm volatile(
      "{\n"
      ".reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [remote];\n"
      "}" ::"r"(shared_address(&barrier)),
      "r"(rank)
      : "memory");
}
// Arrives, and `bytes` more must come in this phase.
OLV_DEVICE void arrive_expecting(Barrier& barrier, int bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(&barrier)),
      "r"(bytes)
      : "memory");
}
// Until the phase of that parity has ended. Waiting for parity 1 of a new barrier returns at once.
// Also for arrivals from other blocks of a cluster: ".acquire.cluster" would be for reading their
// shared memory, and drops all of L1 (ptxas 13.0 puts CCTL.IVALL behind).
OLV_DEVICE void wait_barrier(Barrier& barrier, int parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 done, [%0], %1;\n"
      "@done bra finished;\n"
      "bra again;\n"
      "finished:\n"
      "}" ::"r"(shared_address(&barrier)),
      "r"(parity)
      : "memory");
}
// --- TMA -----------------------------------------------------------------------------------------
// The box whose first byte is column `byte`, row `row` of the tensor; its bytes count at `barrier`.
// One thread calls. `shared`: multiple of 128, of 8 spans with a swizzle.
OLV_DEVICE void load_box(void* shared, const TensorMap& map, Barrier& barrier, int byte, int row) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%3, %4}], [%2];" ::"r"(shared_address(shared)),
      "l"(reinterpret_cast<uint64_t>(&map)), "r"(shared_address(&barrier)), "r"(byte), "r"(row)
      : "memory");
}
// The same into every block of the cluster whose bit of `blocks` is set, at the same offsets of
// their shared memory and barriers.
OLV_DEVICE void load_box_multicast(void* shared, const TensorMap& map, Barrier& barrier, int byte,
                                   int row, uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      ".multicast::cluster [%0], [%1, {%3, %4}], [%2], %5;" ::"r"(shared_address(shared)),
      "l"(reinterpret_cast<uint64_t>(&map)), "r"(shared_address(&barrier)), "r"(byte), "r"(row),
      "h"(blocks)
      : "memory");
}
// `bytes` contiguous bytes; addresses and size are multiples of 16.
OLV_DEVICE void load_bulk(void* shared, const void* global, int bytes, Barrier& barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(shared)),
      "l"(global), "r"(bytes), "r"(shared_address(&barrier))
      : "memory");
}
// Asks for `bytes` contiguous bytes to come to L2; address and size are multiples of 16.
OLV_DEVICE void prefetch_l2(const void* global, int bytes) {
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(global), "r"(bytes) : "memory");
}
OLV_DEVICE void prefetch_tensor_map(const TensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(reinterpret_cast<uint64_t>(&map)) : "memory");
}
// Between ordinary stores to shared memory and reads of it by wgmma or TMA.
OLV_DEVICE void fence_async_proxy() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// --- registers -----------------------------------------------------------------------------------
template <int kRegisters>
OLV_DEVICE void release_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
OLV_DEVICE void acquire_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

// --- wgmma ---------------------------------------------------------------------------------------
// Called by all four warps of a warpgroup. Before the first wgmma and after registers it reads were
// written: wgmma_fence(). Accumulators, A and metadata registers may not be touched until
// wgmma_wait().
OLV_DEVICE void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
OLV_DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int kPending>
OLV_DEVICE void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}
// Keeps the compiler from moving uses of these registers over this point: around wgmma_fence() and
// wgmma_wait(), whose effect on them it cannot see.
template <int kCount>
OLV_DEVICE void hold_registers(int32_t (&registers)[kCount]) {
  OLV_UNROLL
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+r"(registers[i])::"memory");
}
template <int kCount>
OLV_DEVICE void hold_registers(uint32_t (&registers)[kCount]) {
  OLV_UNROLL
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+r"(registers[i])::"memory");
}

// Matrix descriptor (wgmma_descriptor.h) of a tile in shared memory, rows along k, swizzled. Only
// the address is left to run time.
template <Swizzle kSwizzle>
inline constexpr uint64_t kDescriptorAtZero = matrix_descriptor_bits(kSwizzle, 0);
template <Swizzle kSwizzle>
OLV_DEVICE uint64_t matrix_descriptor(const void* address) {
  static_assert(kSwizzle != Swizzle::None);
  return kDescriptorAtZero<kSwizzle> | ((shared_address(address) & 0x3FFFFU) >> 4U);
}

// d = a * b, + d where `accumulates`; one warpgroup, D 64 x kN, element (row, column) of warp w as
// mma's C of rows 16 w: register 4 j + i of a thread is its register i of columns 8 j .. 8 j + 7.
// wgmma_s8_ss<kN>(d, a, b, accumulates)            a, b: descriptors, k = 32
// wgmma_s8_rs<kN>(d, a0, a1, a2, a3, b, acc.)      a: fragment of mma_s8 in each warp
// wgmma_sp_s8_ss<kN>(d, a, b, metadata, acc.)      a: compressed, 32 bytes a row; k = 64
// wgmma_sp_s8_rs<kN>(d, a0, a1, a2, a3, b, metadata, acc.)
// Metadata: one word a thread, in each warp as for mma_sp_s8.

}  // namespace olivine::device

#include "kernels/device/wgmma_generated.cuh"
