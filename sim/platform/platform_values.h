// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/platform/job.h"

namespace olivine {

class JobValues;
class MemoryStore;
struct LayerValues;
struct PlatformConfig;

// The values of the jobs of one run that go to accelerators which compute (every model but event).
// Operands are synthetic and belong to whole layers: jobs that are slices of one layer, for the
// same input, share them. They exist from the submission of a job to its end.
class PlatformValues {
 public:
  // Of the memory that holds the operands of an accelerator.
  using StoreOf = std::function<MemoryStore&(size_t accelerator)>;

  // Contract: platform and jobs outlive the object.
  PlatformValues(const PlatformConfig& platform, std::span<const Job> jobs, uint64_t seed,
                 StoreOf store_of);
  ~PlatformValues();

  // Puts the operands of a job into memory. Null if it carries none.
  std::shared_ptr<JobValues> prepare(size_t index);
  // Throws CheckFailed; lets go of the values.
  void check(size_t index);

  // Jobs compared so far.
  [[nodiscard]] uint64_t checked() const { return checked_; }

 private:
  using LayerKey = std::pair<size_t, int64_t>;  // layer, input
  [[nodiscard]] bool has_values(const Job& job) const;
  [[nodiscard]] uint64_t seed_of(const LayerKey& key) const;
  std::shared_ptr<const LayerValues> layer_values(const Job& job);

  const PlatformConfig* platform_;
  std::span<const Job> jobs_;
  uint64_t seed_;
  StoreOf store_of_;
  std::map<LayerKey, GemmShape> shapes_;                    // that the slices add up to
  std::vector<std::shared_ptr<JobValues>> values_;          // by job, while it is under way
  std::vector<std::shared_ptr<const LayerValues>> layers_;  // by job, the same
  std::map<LayerKey, std::weak_ptr<const LayerValues>> shared_;
  uint64_t checked_ = 0;
};

}  // namespace olivine
