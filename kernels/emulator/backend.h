// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/emulator/wgmma_instruction.h"
#include "kernels/launch/tensor_map.h"

// What ops.h calls: the operations of kernels/device without their templates. All act for the
// thread that runs.
namespace olivine::emulation {

// --- thread_barrier.cpp
[[nodiscard]] int thread_index();
[[nodiscard]] int64_t block_index();
[[nodiscard]] int64_t block_count();
[[nodiscard]] int cluster_rank();
void sync_block();
void sync_warp();
void sync_threads(int id, int threads);
void sync_cluster();
void set_registers(int registers);

// --- memory_access.cpp. Sizes are 1, 2, 4, 8 or 16.
void load_shared(void* value, const void* address, int bytes);
void store_shared(void* address, const void* value, int bytes);
void load_global(void* value, const void* address, int bytes);
void store_global(void* address, const void* value, int bytes);
[[nodiscard]] uint64_t atomic_min_global(void* address, uint64_t value);
[[nodiscard]] int32_t atomic_add_global(void* address, int32_t value);
[[nodiscard]] uint32_t shared_address(const void* address);
void load_matrices(uint32_t* words, const void* row);

// --- copy_async.cpp
void copy_async(void* shared, const void* global, int bytes);
void commit_copies();
void wait_copies(int pending);

// --- memory_barrier.cpp
void init_barrier(const void* barrier, int count);
void fence_barrier_init();
void fence_async_proxy();
void arrive(const void* barrier);
void arrive_at(const void* barrier, int rank);
void arrive_expecting(const void* barrier, int bytes);
void wait_barrier(const void* barrier, int parity);

// --- bulk_copy.cpp
void load_box(void* shared, const TensorMap& map, const void* barrier, int byte, int row);
void load_box_multicast(void* shared, const TensorMap& map, const void* barrier, int byte, int row,
                        uint16_t blocks);
void load_bulk(void* shared, const void* global, int bytes, const void* barrier);
void prefetch_tensor_map(const TensorMap& map);

// --- warp_mma.cpp
struct MmaArguments {
  int32_t* d = nullptr;
  const uint32_t* a = nullptr;
  uint32_t b[4] = {};
  uint32_t metadata = 0;
};
void mma_s8(MmaArguments arguments);
void mma_sp_s8(MmaArguments arguments);
void shuffle(void* result, const void* value, int bytes, int lane);
void shuffle_xor(void* result, const void* value, int bytes, int mask);

// --- wgmma.cpp
void wgmma_fence();
void wgmma_commit();
void wgmma_wait(int pending);
struct WgmmaArguments {
  WgmmaInstruction instruction;
  int32_t* d = nullptr;
  uint32_t a_registers[4] = {};
  uint32_t metadata = 0;
};
void wgmma(WgmmaArguments arguments);

}  // namespace olivine::emulation
