// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "kernels/emulator/wgmma_instruction.h"
#include "kernels/launch/tensor_map.h"

// What is under way while a cluster runs.
namespace olivine::emulation {

struct Block;
struct Thread;

// --- cp.async ------------------------------------------------------------------------------------
struct CopyAsync {
  uint32_t offset = 0;
  const std::byte* source = nullptr;
  int bytes = 0;
  bool is_read = false;  // `data` holds the source
  bool is_done = false;
  std::array<std::byte, 16> data{};
};
// Of one thread: copies in order of issue, those before `first` have been waited for; the sizes of
// its committed groups.
struct CopyQueue {
  std::vector<CopyAsync> copies;
  size_t first = 0;
  std::vector<size_t> groups;
  size_t uncommitted = 0;
};

// --- mbarriers -----------------------------------------------------------------------------------
struct MemoryBarrier {
  int count = 0;
  int pending = 0;    // arrivals to come in this phase
  int64_t bytes = 0;  // to come in this phase; negative where they came before they were expected
  uint64_t phase = 0;
  bool is_fenced = false;  // other blocks and TMA may use it
  std::vector<Thread*> waiting;
};

// --- TMA -----------------------------------------------------------------------------------------
// A box or, where `source` is given, contiguous bytes, on the way to one block.
struct BulkCopy {
  Block* destination = nullptr;
  uint32_t offset = 0;
  uint32_t barrier = 0;  // offset in `destination`
  int bytes = 0;
  const std::byte* source = nullptr;
  TensorMapSpec tensor;
  int byte = 0;
  int row = 0;
};

// --- wgmma ---------------------------------------------------------------------------------------
// Accumulators of a warp that wgmma has: D's 16 rows of this warp, and where its threads keep them.
struct WgmmaAccumulators {
  int n = 0;
  std::array<int32_t*, 32> registers{};
  std::vector<int32_t> tile;  // [16][n]
  std::vector<int32_t> left;  // what the threads' registers were left with, [lane][n / 2]
  int in_flight = 0;          // wgmmas under way
};

// One wgmma of a warpgroup, as its warps have issued it so far.
struct WgmmaOp {
  WgmmaInstruction instruction;
  int warps = 0;                                      // that have issued it
  std::array<uint32_t, size_t{128} * 4> a_registers;  // [thread][4]
  std::array<uint32_t, size_t{4} * 32> metadata;      // [warp][two words a row]
  std::array<std::shared_ptr<WgmmaAccumulators>, 4> accumulators;
};

// Sums that finished wgmmas left in a warp's registers, to notice writes without a fence.
struct WgmmaResult {
  const int32_t* registers = nullptr;  // of lane 0
  uint64_t checksum = 0;
};

struct WgmmaWarp {
  uint64_t issued = 0;          // wgmmas
  uint64_t waited = 0;          // of them
  std::deque<uint64_t> groups;  // how many wgmmas were issued when each group was committed
  uint64_t waits_for = 0;       // while its threads are in wgmma_wait(): `waited` then
  bool is_fenced = false;
  std::vector<std::shared_ptr<WgmmaAccumulators>> accumulators;  // under way
  std::vector<WgmmaResult> results;                              // since the last fence
};

struct Warpgroup {
  std::vector<int> register_counts;  // that its warps have asked for, in order
  std::deque<WgmmaOp> ops;           // under way, in order
  uint64_t done = 0;                 // ops before
};

}  // namespace olivine::emulation
