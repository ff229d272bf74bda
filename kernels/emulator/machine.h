// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernels/emulator/async_state.h"
#include "kernels/emulator/emulator.h"
#include "kernels/emulator/fiber.h"
#include "kernels/emulator/global_memory.h"
#include "kernels/emulator/operation.h"
#include "kernels/emulator/shared_memory.h"
#include "kernels/emulator/shared_traffic.h"
#include "models/base/rng.h"

// The state of one cluster while it runs, and its scheduler. What operations do to it is in the
// files named after them.
namespace olivine::emulation {

inline constexpr int kWarpThreads = 32;
inline constexpr int kWarpgroupWarps = 4;
inline constexpr int kNamedBarriers = 16;

struct Block;
struct Warp;

struct Thread {
  Fiber fiber;
  Warp* warp = nullptr;
  int index = 0;  // in its block
  bool is_runnable = true;
  Waiting waiting;
  CopyQueue copies;
  uint16_t fences = 0;                      // fence_async_proxy() calls, modulo 2^16
  std::vector<uint32_t> unfenced_barriers;  // offsets of those it initialised

  [[nodiscard]] int lane() const { return index % kWarpThreads; }
};

struct Warp {
  Block* block = nullptr;
  int index = 0;  // in its block
  std::array<Thread*, kWarpThreads> threads{};
  int alive = kWarpThreads;
  int runnable = kWarpThreads;
  uint64_t priority = 0;
  // The warp-wide operation that some threads have reached, with what each brought.
  Waiting operation;
  int arrived = 0;
  std::array<void*, kWarpThreads> arguments{};
  WarpTraffic load_traffic;
  WarpTraffic store_traffic;
  WgmmaWarp wgmma;
  size_t register_changes = 0;
};

struct NamedBarrier {
  int threads = 0;  // that it is for, as the first warp said
  std::vector<Warp*> arrived;
};

struct Block {
  Block(int64_t number, int place, int shared_bytes, Rng& rng)
      : index{number}, rank{place}, shared{shared_bytes, rng} {}

  int64_t index;
  int rank;  // in its cluster
  SharedMemory shared;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  int alive = 0;  // threads
  std::array<NamedBarrier, kNamedBarriers> named;
  std::unordered_map<uint32_t, MemoryBarrier> barriers;  // by offset
  std::vector<Warpgroup> warpgroups;
};

// How the seed makes this run behave.
struct Mood {
  double copies_at_issue = 0;  // chance of an asynchronous operation to take effect at once
  double copies_at_step = 0;   // ... at a step of the scheduler; else when nothing else can run
  double stay = 0;             // chance to go on with the same warp
  double prefer = 0;           // chance to take the warp of the highest priority
};

// A warp's turn: each of its threads that can run does so until it waits, in an order of the seed.
struct Turn {
  Warp* warp = nullptr;
  unsigned lane = 0;  // the next
  unsigned step = 0;
  int left = 0;
};

class Machine {
 public:
  Machine(const LaunchConfig& config, const EmulatorOptions& options,
          const std::function<void(std::byte*)>& body, Rng& rng, EmulatorReport& report);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  // Unwinds the fibers that have not ended.
  ~Machine();

  // The one that runs on this OS thread. Contract: called from a kernel.
  [[nodiscard]] static Machine& running() {
    if (active == nullptr) fail_outside();
    return *active;
  }

  // All blocks of the cluster that starts with block `first`, to their end.
  void run_cluster(int64_t first);

  // --- for operations ---------------------------------------------------------------------------
  // The thread that runs. Contract: one does.
  [[nodiscard]] Thread& thread() const { return *current_; }
  [[nodiscard]] Warp& warp() const { return *current_->warp; }
  [[nodiscard]] Block& block() const { return *current_->warp->block; }
  [[nodiscard]] Block& block_of_rank(int rank, const char* operation);
  [[nodiscard]] const LaunchConfig& config() const { return config_; }
  [[nodiscard]] Rng& rng() { return rng_; }
  [[nodiscard]] const Mood& mood() const { return mood_; }
  [[nodiscard]] GlobalMemory& global() { return global_; }
  [[nodiscard]] EmulatorReport& report() { return report_; }
  [[nodiscard]] std::vector<BulkCopy>& bulk_copies() { return bulk_copies_; }
  [[nodiscard]] std::vector<Warp*>& cluster_barrier() { return cluster_barrier_; }
  [[nodiscard]] std::vector<std::unique_ptr<Block>>& blocks() { return blocks_; }
  void require_capability(int capability, const char* operation) const;

  // Suspends the running thread until another wakes it; the same in two steps, between which the
  // thread may have been woken.
  void wait(const Waiting& reason) {
    begin_wait(reason);
    suspend();
  }
  void begin_wait(const Waiting& reason) {
    current_->is_runnable = false;
    --current_->warp->runnable;
    current_->waiting = reason;
  }
  [[gnu::always_inline]] void suspend() {
    Fiber& mine = current_->fiber;
    Thread* next = is_cancelled_ ? nullptr : next_of_turn();
    if (next != nullptr && next->fiber.is_started()) {
      current_ = next;
      mine.transfer_to(next->fiber);
    } else {
      mine.transfer_to(scheduler_);
    }
    if (is_cancelled_) throw Cancelled{};
  }
  void wake(Thread& thread) {
    if (thread.is_runnable || thread.fiber.is_finished()) return;
    thread.is_runnable = true;
    Warp& warp = *thread.warp;
    // A warp whose turn it is stays in the list until the turn ends.
    if (warp.runnable++ == 0 && &warp != turn_.warp) runnable_.push_back(&warp);
  }
  void wake_all(Warp& warp) {
    for (Thread* thread : warp.threads) wake(*thread);
  }

  // EmulatorError with the place in front: "block 3, thread 17: ...".
  [[noreturn]] void fail(const std::string& what) const;

 private:
  // Unwinds a fiber that will not be finished.
  struct Cancelled {};

  static void thread_main(void* thread);
  [[noreturn]] static void fail_outside();
  void prepare_cluster(int64_t first);
  void step();
  void finish_something_or_fail();
  Warp& pick_warp();
  void run_warp(Warp& warp);
  [[nodiscard]] Thread* next_of_turn() {
    while (turn_.left > 0) {
      Thread* thread = turn_.warp->threads[turn_.lane];
      if (thread->is_runnable) return thread;
      --turn_.left;
      turn_.lane = (turn_.lane + turn_.step) % kWarpThreads;
    }
    return nullptr;
  }
  void start(Thread& thread);
  void on_exit(Thread& thread);
  void cancel();
  [[nodiscard]] std::string deadlock_report() const;

  static thread_local constinit Machine* active;

  LaunchConfig config_;
  EmulatorOptions options_;
  const std::function<void(std::byte*)>& body_;
  Rng& rng_;
  EmulatorReport& report_;
  Mood mood_;
  GlobalMemory global_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<BulkCopy> bulk_copies_;
  std::vector<Warp*> cluster_barrier_;
  std::vector<Warp*> runnable_;
  Warp* last_warp_ = nullptr;
  Turn turn_;
  Fiber scheduler_;
  Thread* current_ = nullptr;
  int64_t alive_ = 0;
  std::exception_ptr error_;
  bool is_cancelled_ = false;
};

}  // namespace olivine::emulation
