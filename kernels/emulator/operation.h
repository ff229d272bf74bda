// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace olivine::emulation {

// What threads can wait for together, or for others.
enum class Operation : uint8_t {
  SyncWarp,
  SyncBlock,
  SyncThreads,
  SyncCluster,
  LoadMatrices,
  MmaS8,
  MmaSpS8,
  Shuffle,
  ShuffleXor,
  SetRegisters,
  WgmmaFence,
  WgmmaCommit,
  WgmmaWait,
  Wgmma,
  WaitBarrier,
};

[[nodiscard]] std::string_view name_of(Operation operation);

// An operation as threads must agree on it: `parameter` is a barrier's id, N of a wgmma, the groups
// a wait leaves, ...; `detail` says more in messages (an mbarrier's offset).
struct Waiting {
  Operation operation = Operation::SyncWarp;
  int64_t parameter = 0;
  int64_t detail = 0;

  bool operator==(const Waiting&) const = default;
};

// "sync_threads(id 3, 128 threads)", as messages say it.
[[nodiscard]] std::string describe(const Waiting& waiting);

}  // namespace olivine::emulation
