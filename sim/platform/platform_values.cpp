// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform_values.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "sim/platform/job_values.h"
#include "sim/platform/layer_values.h"
#include "sim/platform/platform_config.h"

namespace olivine {

PlatformValues::PlatformValues(const PlatformConfig& platform, std::span<const Job> jobs,
                               uint64_t seed, StoreOf store_of)
    : platform_(&platform),
      jobs_(jobs),
      seed_(seed),
      store_of_(std::move(store_of)),
      values_(jobs.size()),
      layers_(jobs.size()) {
  const auto end = [](const Span& span) { return span.begin + span.length; };
  for (const Job& job : jobs_) {
    if (!has_values(job)) continue;
    GemmShape& shape = shapes_[{job.layer, job.input}];
    shape.batch = std::max(shape.batch, end(job.slice.batch));
    shape.m = std::max(shape.m, end(job.slice.m));
    shape.n = std::max(shape.n, end(job.slice.n));
    shape.k = job.plan.work.shape.k;
  }
}

PlatformValues::~PlatformValues() = default;

bool PlatformValues::has_values(const Job& job) const {
  return job.plan.kind != LayerKind::Vector &&
         platform_->accelerators[job.accelerator].model != AcceleratorModel::Event;
}

uint64_t PlatformValues::seed_of(const LayerKey& key) const {
  uint64_t seed = seed_;
  for (const uint64_t part :
       {static_cast<uint64_t>(key.first), static_cast<uint64_t>(key.second)}) {
    seed = Rng{seed + part}.next();
  }
  return seed;
}

std::shared_ptr<const LayerValues> PlatformValues::layer_values(const Job& job) {
  const LayerKey key{job.layer, job.input};
  std::shared_ptr<const LayerValues> values = shared_[key].lock();
  if (values == nullptr) {
    values = std::make_shared<const LayerValues>(
        make_layer_values(shapes_.at(key), job.plan.work.scheme, seed_of(key)));
    shared_[key] = values;
  }
  return values;
}

std::shared_ptr<JobValues> PlatformValues::prepare(size_t index) {
  const Job& job = jobs_[index];
  if (!has_values(job)) return nullptr;
  const ArrayGeometry& geometry = job.plan.geometry;
  const bool weights_stream = geometry.dataflow == Dataflow::InputStationary;
  layers_[index] = layer_values(job);
  values_[index] = std::make_shared<JobValues>(
      job, *layers_[index], weights_stream ? geometry.top_lanes : geometry.left_lanes,
      weights_stream ? geometry.left_lanes : geometry.top_lanes);
  values_[index]->store_operands(store_of_(job.accelerator));
  return values_[index];
}

void PlatformValues::check(size_t index) {
  if (values_[index] == nullptr) return;
  values_[index]->check(store_of_(jobs_[index].accelerator));
  values_[index].reset();
  layers_[index].reset();
  ++checked_;
}

}  // namespace olivine
