// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "models/analytic/layer_timing.h"
#include "sim/memory/dma_engine.h"
#include "sim/platform/platform_config.h"

namespace olivine {

class AcceleratorCore;
class JobValues;
class LayerExecution;
class PlatformObserver;
struct Job;

// A job on its way to an accelerator.
struct Submission {
  size_t index = 0;                   // of the job
  const Job* job = nullptr;           // outlives the unit
  std::shared_ptr<JobValues> values;  // null: timing alone
  int64_t begin = 0;                  // not before this cycle
};

// The end of one.
struct Completion {
  size_t index = 0;
  int64_t begin = 0;
  int64_t end = 0;  // later than the cycle in which it was found
  LayerTiming timing;
};

// One accelerator of a platform without its shell: takes jobs in order, runs each on the model that
// the platform names, with one DMA engine behind `port`.
class AcceleratorUnit {
 public:
  // `core`: make_accelerator_core(config). Contract: port, core and observer outlive the unit.
  AcceleratorUnit(const PlatformAccelerator& config, MemoryPort& port, const DmaConfig& dma,
                  AcceleratorCore* core = nullptr, PlatformObserver* observer = nullptr);
  ~AcceleratorUnit();

  // Contract: begin is later than every cycle ticked.
  void submit(Submission submission);

  // Everything in cycle `now`; returns the next cycle > now to be called in, kNever: not before a
  // submission or a response. Contract: as LayerExecution::tick.
  int64_t tick(int64_t now);

  // The memory's answer to a packet, which may complete a job. Contract: called in a cycle before
  // response.at; a unit that sleeps is to be ticked in wake_at(now) then.
  void respond(const MemoryResponse& response);
  // When the unit wants to be ticked after a response or submission that came in cycle `now`.
  [[nodiscard]] int64_t wake_at(int64_t now) const;

  // The oldest completion that was not taken.
  [[nodiscard]] std::optional<Completion> take_completion();

  [[nodiscard]] bool is_idle() const { return execution_ == nullptr && queue_.empty(); }
  // Folds in the array (event: tiles), packets without response, transfers queued.
  [[nodiscard]] int64_t in_flight() const;
  [[nodiscard]] int64_t outstanding_packets() const;
  [[nodiscard]] int64_t queued_transfers() const;
  [[nodiscard]] std::string describe() const;

 private:
  void start(int64_t begin);
  int64_t run(int64_t now);
  void finish();
  void complete(int64_t end, const LayerTiming& timing);
  [[nodiscard]] int64_t next_start() const;
  [[nodiscard]] std::unique_ptr<LayerExecution> make_execution(const Submission& submission,
                                                               int64_t begin);

  PlatformAccelerator config_;
  MemoryPort* port_;
  DmaConfig dma_;
  AcceleratorCore* core_;
  PlatformObserver* observer_;
  std::deque<Submission> queue_;
  std::deque<Completion> completions_;
  std::optional<Submission> running_;
  std::unique_ptr<LayerExecution> execution_;
  int64_t begin_ = 0;
  int64_t free_at_ = 0;
};

}  // namespace olivine
