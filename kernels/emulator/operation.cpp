// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/operation.h"

#include <fmt/format.h>

namespace olivine::emulation {

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::SyncWarp:
      return "sync_warp";
    case Operation::SyncBlock:
      return "sync_block";
    case Operation::SyncThreads:
      return "sync_threads";
    case Operation::SyncCluster:
      return "sync_cluster";
    case Operation::LoadMatrices:
      return "load_matrices";
    case Operation::MmaS8:
      return "mma_s8";
    case Operation::MmaSpS8:
      return "mma_sp_s8";
    case Operation::Shuffle:
      return "shuffle";
    case Operation::ShuffleXor:
      return "shuffle_xor";
    case Operation::SetRegisters:
      return "setmaxnreg";
    case Operation::WgmmaFence:
      return "wgmma_fence";
    case Operation::WgmmaCommit:
      return "wgmma_commit";
    case Operation::WgmmaWait:
      return "wgmma_wait";
    case Operation::Wgmma:
      return "wgmma";
    case Operation::WaitBarrier:
      return "wait_barrier";
  }
  return "";
}

std::string describe(const Waiting& waiting) {
  switch (waiting.operation) {
    case Operation::SyncThreads:
      return fmt::format("sync_threads(id {}, {} threads)", waiting.parameter, waiting.detail);
    case Operation::WaitBarrier:
      return fmt::format("wait_barrier(offset {}, parity {})", waiting.detail, waiting.parameter);
    case Operation::Wgmma:
      return fmt::format("wgmma n = {}", waiting.parameter);
    case Operation::WgmmaWait:
      return fmt::format("wgmma_wait<{}>", waiting.parameter);
    case Operation::SetRegisters:
      return fmt::format("setmaxnreg {}", waiting.parameter);
    case Operation::SyncWarp:
    case Operation::SyncBlock:
    case Operation::SyncCluster:
    case Operation::LoadMatrices:
    case Operation::MmaS8:
    case Operation::MmaSpS8:
    case Operation::Shuffle:
    case Operation::ShuffleXor:
    case Operation::WgmmaFence:
    case Operation::WgmmaCommit:
      return std::string{name_of(waiting.operation)};
  }
  return "";
}

}  // namespace olivine::emulation
