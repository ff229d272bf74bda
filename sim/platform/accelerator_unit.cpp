// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/accelerator_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "sim/platform/job.h"
#include "sim/platform/job_values.h"
#include "sim/platform/platform_observer.h"
#include "sim/systolic/event_engine.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/stream_engine.h"
#include "sim/systolic/tile_program.h"

namespace olivine {

AcceleratorUnit::AcceleratorUnit(const PlatformAccelerator& config, MemoryPort& port,
                                 const DmaConfig& dma, AcceleratorCore* core,
                                 PlatformObserver* observer)
    : config_(config), port_(&port), dma_(dma), core_(core), observer_(observer) {}

AcceleratorUnit::~AcceleratorUnit() = default;

void AcceleratorUnit::submit(Submission submission) { queue_.push_back(std::move(submission)); }

int64_t AcceleratorUnit::tick(int64_t now) {
  if (execution_ != nullptr) return run(now);
  if (queue_.empty()) return kNever;
  const int64_t begin = std::max(queue_.front().begin, free_at_);
  if (begin > now) return begin;
  start(begin);
  return execution_ != nullptr ? run(now) : next_start();
}

// Takes the oldest submission. The vector unit needs no memory: its end is known at once.
void AcceleratorUnit::start(int64_t begin) {
  running_ = std::move(queue_.front());
  queue_.pop_front();
  begin_ = begin;
  const LayerPlan& plan = running_->job->plan;
  if (plan.kind == LayerKind::Vector) {
    const auto rate = static_cast<uint64_t>(config_.machine.vector.ops_per_cycle);
    complete(begin + static_cast<int64_t>(ceil_div(plan.vector_ops, rate)), {});
    return;
  }
  execution_ = make_execution(*running_, begin);
}

int64_t AcceleratorUnit::run(int64_t now) {
  const int64_t next = execution_->tick(now);
  if (!execution_->is_finished()) return next;
  finish();
  return wake_at(now);
}

void AcceleratorUnit::finish() {
  if (running_->values != nullptr) running_->values->take_outputs(execution_->outputs());
  complete(execution_->end(), execution_->timing());
  execution_.reset();
}

void AcceleratorUnit::complete(int64_t end, const LayerTiming& timing) {
  completions_.push_back({running_->index, begin_, end, timing});
  free_at_ = end;
  running_.reset();
}

// When the next submission may begin.
int64_t AcceleratorUnit::next_start() const {
  return queue_.empty() ? kNever : std::max(queue_.front().begin, free_at_);
}

std::unique_ptr<LayerExecution> AcceleratorUnit::make_execution(const Submission& submission,
                                                                int64_t begin) {
  const LayerPlan& plan = submission.job->plan;
  LayerJob job{plan.geometry, plan.work, plan.tiling, submission.job->placement};
  job.begin = begin;
  job.data = submission.values.get();
  if (observer_ != nullptr) job.observer = observer_->job_began(submission.index, begin);
  if (config_.model == AcceleratorModel::Event) {
    return std::make_unique<EventEngine>(job, *port_, dma_);
  }
  OLV_CHECK(submission.values != nullptr, "{} computes values and has none", config_.name);
  const JobValues& values = *submission.values;
  if (config_.model == AcceleratorModel::Cycle) {
    return std::make_unique<LayerEngine>(job, values.decoded(), *port_, dma_);
  }
  OLV_CHECK(core_ != nullptr, "{} has no core", config_.name);
  PackedOperands operands;
  for (int64_t batch = 0; batch < plan.work.shape.batch; ++batch) {
    operands.activations.push_back(&values.activations(batch));
    operands.weights.push_back(&values.weights(batch));
  }
  return std::make_unique<StreamEngine>(job, operands, *core_, *port_, dma_);
}

void AcceleratorUnit::respond(const MemoryResponse& response) {
  OLV_CHECK(execution_ != nullptr, "{}: response to packet {} after its layer has ended",
            config_.name, response.tag);
  execution_->respond(response);
  if (execution_->is_finished()) finish();
}

int64_t AcceleratorUnit::wake_at(int64_t now) const {
  return execution_ != nullptr ? now + 1 : std::max(next_start(), now + 1);
}

std::optional<Completion> AcceleratorUnit::take_completion() {
  if (completions_.empty()) return std::nullopt;
  const Completion completion = completions_.front();
  completions_.pop_front();
  return completion;
}

int64_t AcceleratorUnit::in_flight() const {
  return execution_ == nullptr ? 0 : execution_->in_flight();
}

int64_t AcceleratorUnit::outstanding_packets() const {
  return execution_ == nullptr ? 0 : static_cast<int64_t>(execution_->dma().outstanding());
}

int64_t AcceleratorUnit::queued_transfers() const {
  return execution_ == nullptr ? 0 : static_cast<int64_t>(execution_->dma().queued());
}

std::string AcceleratorUnit::describe() const {
  if (execution_ == nullptr) return fmt::format("idle, {} jobs queued", queue_.size());
  return fmt::format("{} since cycle {}: {}", running_->job->name, begin_, execution_->describe());
}

}  // namespace olivine
