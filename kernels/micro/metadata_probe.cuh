// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/launch/swizzle.h"
#include "kernels/micro/metadata_map.h"

// Multiplies the same A and B once for every word of metadata (metadata_map.h).
namespace olivine::device {

inline constexpr int kProbeSpanBytes = 128;
inline constexpr int kProbeARows = 64;
inline constexpr int kProbeABytes = kProbeARows * kProbeSpanBytes;
inline constexpr int kProbeSharedBytes = kProbeABytes + kProbeColumns * kProbeSpanBytes;

// One warp.
OLV_DEVICE void probe_mma_metadata(const MetadataProbeParams& params) {
  constexpr int kThreads = 32;
  const int thread = thread_index();
  uint32_t a[kProbeRegisters];
  uint32_t b[kProbeRegisters];
  OLV_UNROLL
  for (int i = 0; i < kProbeRegisters; ++i) {
    a[i] = load_global<uint32_t>(params.a_registers + thread * kProbeRegisters + i);
    b[i] = load_global<uint32_t>(params.b_registers + thread * kProbeRegisters + i);
  }
  OLV_NO_UNROLL
  for (int probe = 0; probe < params.probes; ++probe) {
    const int at = probe * kThreads + thread;
    int32_t d[kProbeRegisters] = {};
    mma_sp_s8(d, a, b, load_global<uint32_t>(params.metadata + at));
    OLV_UNROLL
    for (int i = 0; i < kProbeRegisters; ++i) {
      store_global(params.sums + at * kProbeRegisters + i, d[i]);
    }
  }
}

// Rows of `row_bytes` bytes, a multiple of 4, to a swizzled tile of 128 bytes a row.
OLV_DEVICE void store_probe_tile(std::byte* tile, const uint32_t* rows, int row_count,
                                 int row_bytes, int threads) {
  const int row_words = row_bytes / 4;
  OLV_NO_UNROLL
  for (int i = thread_index(); i < row_count * row_words; i += threads) {
    const int offset = i / row_words * kProbeSpanBytes + i % row_words * 4;
    store_shared(tile + swizzled(Swizzle::Bytes128, offset), load_global<uint32_t>(rows + i));
  }
}

// One warpgroup. Contract: kProbeSharedBytes of shared memory, a multiple of 1,024.
template <bool kARegisters>
OLV_DEVICE void probe_wgmma_metadata(const MetadataProbeParams& params, std::byte* shared) {
  constexpr int kThreads = 128;
  const int thread = thread_index();
  std::byte* b_tile = shared + kProbeABytes;
  store_probe_tile(shared, params.a_rows, kProbeARows, kProbeStoredK, kThreads);
  store_probe_tile(b_tile, params.b_rows, kProbeColumns, kProbeK, kThreads);
  fence_async_proxy();
  sync_block();
  const uint64_t a_descriptor = matrix_descriptor<Swizzle::Bytes128>(shared);
  const uint64_t b_descriptor = matrix_descriptor<Swizzle::Bytes128>(b_tile);
  uint32_t a[kProbeRegisters];
  OLV_UNROLL
  for (int i = 0; i < kProbeRegisters; ++i) {
    a[i] = load_global<uint32_t>(params.a_registers + thread * kProbeRegisters + i);
  }
  OLV_NO_UNROLL
  for (int probe = 0; probe < params.probes; ++probe) {
    const int at = probe * kThreads + thread;
    const uint32_t metadata = load_global<uint32_t>(params.metadata + at);
    int32_t d[kProbeRegisters] = {};
    hold_registers(d);
    hold_registers(a);
    wgmma_fence();
    if constexpr (kARegisters) {
      wgmma_sp_s8_rs<kProbeColumns>(d, a[0], a[1], a[2], a[3], b_descriptor, metadata, false);
    } else {
      wgmma_sp_s8_ss<kProbeColumns>(d, a_descriptor, b_descriptor, metadata, false);
    }
    wgmma_commit();
    wgmma_wait<0>();
    hold_registers(d);
    OLV_UNROLL
    for (int i = 0; i < kProbeRegisters; ++i) {
      store_global(params.sums + at * kProbeRegisters + i, d[i]);
    }
  }
}

}  // namespace olivine::device
