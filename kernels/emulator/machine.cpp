// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kernels/emulator/bulk_copy.h"
#include "kernels/emulator/copy_async.h"
#include "kernels/emulator/thread_barrier.h"
#include "kernels/emulator/wgmma.h"
#include "models/base/error.h"

namespace olivine::emulation {
namespace {

Mood random_mood(Rng& rng) {
  constexpr double kIssue[] = {0, 0, 0.3, 1};
  constexpr double kStep[] = {0, 0.05, 0.5};
  constexpr double kStay[] = {0, 0.5, 0.95};
  constexpr double kPrefer[] = {0, 0, 0.9};
  Mood mood;
  mood.copies_at_issue = kIssue[rng.uniform(0, 3)];
  mood.copies_at_step = kStep[rng.uniform(0, 2)];
  mood.stay = kStay[rng.uniform(0, 2)];
  mood.prefer = kPrefer[rng.uniform(0, 2)];
  return mood;
}

}  // namespace

thread_local constinit Machine* Machine::active = nullptr;

Machine::Machine(const LaunchConfig& config, const EmulatorOptions& options,
                 const std::function<void(std::byte*)>& body, Rng& rng, EmulatorReport& report)
    : config_{config},
      options_{options},
      body_{body},
      rng_{rng},
      report_{report},
      mood_{random_mood(rng)},
      global_{options.memory} {
  OLV_CHECK(active == nullptr, "emulate() called from a kernel");
  active = this;
}

Machine::~Machine() {
  cancel();
  active = nullptr;
}

void Machine::fail_outside() { OLV_CHECK(false, "a device operation outside emulate()"); }

void Machine::prepare_cluster(int64_t first) {
  const auto threads = static_cast<size_t>(config_.threads);
  blocks_.clear();
  last_warp_ = nullptr;  // of the cluster before
  for (int rank = 0; rank < config_.cluster; ++rank) {
    blocks_.push_back(std::make_unique<Block>(first + rank, rank, config_.shared_bytes, rng_));
    Block& block = *blocks_.back();
    block.threads = std::vector<Thread>(threads);
    block.warps = std::vector<Warp>(threads / kWarpThreads);
    block.warpgroups =
        std::vector<Warpgroup>((block.warps.size() + kWarpgroupWarps - 1) / kWarpgroupWarps);
    block.alive = config_.threads;
    for (size_t i = 0; i < threads; ++i) {
      Warp& warp = block.warps[i / kWarpThreads];
      block.threads[i].warp = &warp;
      block.threads[i].index = static_cast<int>(i);
      warp.threads[i % kWarpThreads] = &block.threads[i];
    }
    for (size_t i = 0; i < block.warps.size(); ++i) {
      Warp& warp = block.warps[i];
      warp.block = &block;
      warp.index = static_cast<int>(i);
      warp.priority = rng_.next();
      runnable_.push_back(&warp);
    }
  }
  alive_ = int64_t{config_.threads} * config_.cluster;
}

void Machine::run_cluster(int64_t first) {
  prepare_cluster(first);
  while (alive_ > 0) step();
  for (const auto& block : blocks_) {
    for (Warp& warp : block->warps) flush_traffic(*this, warp);
  }
}

void Machine::step() {
  if (runnable_.empty()) {
    finish_something_or_fail();
    return;
  }
  if (mood_.copies_at_step > 0 && rng_.chance(mood_.copies_at_step)) {
    finish_some_bulk_copy(*this);
    Block& block = *blocks_[static_cast<size_t>(rng_.uniform(0, config_.cluster - 1))];
    Thread& thread = block.threads[static_cast<size_t>(rng_.uniform(0, config_.threads - 1))];
    finish_some_copies(*this, thread);
    finish_some_wgmma(*this, thread);
  }
  if (!runnable_.empty()) run_warp(pick_warp());
}

void Machine::finish_something_or_fail() {
  if (!finish_some_bulk_copy(*this)) throw EmulatorError{deadlock_report()};
}

Warp& Machine::pick_warp() {
  if (last_warp_ != nullptr && last_warp_->runnable > 0 && rng_.chance(mood_.stay)) {
    return *last_warp_;
  }
  size_t pick = static_cast<size_t>(rng_.uniform(0, static_cast<int64_t>(runnable_.size()) - 1));
  if (mood_.prefer > 0 && rng_.chance(mood_.prefer)) {
    for (size_t i = 0; i < runnable_.size(); ++i) {
      if (runnable_[i]->priority > runnable_[pick]->priority) pick = i;
    }
  }
  return *runnable_[pick];
}

void Machine::run_warp(Warp& warp) {
  last_warp_ = &warp;
  const uint64_t order = rng_.next();
  turn_ = {&warp, static_cast<unsigned>(order >> 1U) % kWarpThreads,
           (order & 1U) != 0 ? 1U : kWarpThreads - 1U, kWarpThreads};
  while (Thread* next = next_of_turn()) {
    current_ = next;
    if (!next->fiber.is_started()) start(*next);
    scheduler_.transfer_to(next->fiber);
    // Threads of the turn may have passed control among themselves.
    Thread& last = *std::exchange(current_, nullptr);
    if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
    if (last.fiber.is_finished()) on_exit(last);
  }
  turn_.warp = nullptr;
  if (warp.runnable == 0) std::erase(runnable_, &warp);
}

void Machine::start(Thread& thread) {
  const size_t stack = static_cast<size_t>(thread.warp->block->rank * config_.threads) +
                       static_cast<size_t>(thread.index);
  thread.fiber.start(StackPool::of_this_thread().stack(stack), scheduler_, thread_main, &thread);
}

void Machine::thread_main(void* thread) {
  Machine& machine = running();
  try {
    machine.body_(static_cast<Thread*>(thread)->warp->block->shared.data());
  } catch (const Cancelled&) {
    return;
  } catch (...) {
    machine.error_ = std::current_exception();
  }
}

void Machine::on_exit(Thread& thread) {
  current_ = &thread;
  Warp& warp = *thread.warp;
  thread.is_runnable = false;
  --warp.runnable;
  --warp.alive;
  --warp.block->alive;
  --alive_;
  finish_copies(thread);
  require_no_wgmma(*this, thread);
  if (warp.block->alive == 0) require_no_bulk_copies(*this, *warp.block);
  barriers_after_exit(*this, thread);
  current_ = nullptr;
}

void Machine::cancel() {
  is_cancelled_ = true;
  for (const auto& block : blocks_) {
    for (Thread& thread : block->threads) {
      if (!thread.fiber.is_started() || thread.fiber.is_finished()) continue;
      current_ = &thread;
      scheduler_.transfer_to(thread.fiber);
    }
  }
  current_ = nullptr;
}

Block& Machine::block_of_rank(int rank, const char* operation) {
  if (rank < 0 || rank >= config_.cluster) {
    fail(fmt::format("{}: rank {} of a cluster of {}", operation, rank, config_.cluster));
  }
  return *blocks_[static_cast<size_t>(rank)];
}

void Machine::require_capability(int capability, const char* operation) const {
  if (options_.compute_capability >= capability) return;
  fail(fmt::format("{} needs compute capability {}, this is {}", operation, capability,
                   options_.compute_capability));
}

void Machine::fail(const std::string& what) const {
  if (current_ == nullptr) throw EmulatorError{what};
  throw EmulatorError{fmt::format("block {}, thread {} (warp {}, lane {}): {}",
                                  current_->warp->block->index, current_->index,
                                  current_->warp->index, current_->lane(), what)};
}

std::string Machine::deadlock_report() const {
  std::string text = "deadlock: nothing can run and no copy is under way";
  for (const auto& block : blocks_) {
    for (const Warp& warp : block->warps) {
      if (warp.alive == 0) continue;
      std::vector<std::pair<Waiting, int>> reasons;
      for (const Thread* thread : warp.threads) {
        if (thread->fiber.is_finished()) continue;
        auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& reason) {
          return reason.first == thread->waiting;
        });
        if (known == reasons.end()) known = reasons.insert(known, {thread->waiting, 0});
        ++known->second;
      }
      for (const auto& [waiting, threads] : reasons) {
        text += fmt::format("\n  block {} warp {}: {} threads wait in {}", block->index, warp.index,
                            threads, describe(waiting));
      }
    }
  }
  return text;
}

}  // namespace olivine::emulation
