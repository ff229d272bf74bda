// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiments/regress/regression.h"
#include "experiments/regress/regression_result.h"

namespace olivine::regress {

enum class Instruments : uint8_t { None, Trace, LineCoverage, LineAndToggleCoverage };

// Where models come from. `build` and `open` are called in workers only.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  // What all builds share; once, before the first of them.
  virtual void prepare() const {}
  // Returns what open() needs. Throws ConfigError.
  [[nodiscard]] virtual std::string build(const Target& target, Instruments instruments) const = 0;
  // A model that was not used yet. Throws ConfigError.
  [[nodiscard]] virtual std::unique_ptr<RtlModel> open(const std::string& built,
                                                       uint64_t seed) const = 0;
};

struct RunnerOptions {
  std::string work;  // folder; waveforms and coverage go there
  int jobs = 1;
  std::chrono::milliseconds patience{60'000};  // with one seed
  bool has_coverage = false;
  bool has_wave = false;  // of every seed, from its first cycle on
};

// All may be empty.
struct RunnerEvents {
  std::function<void(uint64_t done, uint64_t total, const std::string& name)> on_build;
  std::function<void(uint64_t done, uint64_t total, const std::string& name)> on_seed;
  std::function<bool()> is_cancelled;
};

inline constexpr uint64_t kMaxWaves = 16;
inline constexpr int64_t kCyclesBefore = 50;  // of a divergence, in its waveform
inline constexpr int64_t kCyclesAfter = 4;

// The regression: build() every model, run() every seed, explain() what failed. Each returns false
// when it was cancelled; results() holds what was done until then.
class Runner {
 public:
  // Contract: `source` outlives the runner.
  Runner(std::vector<Target> targets, const ModelSource& source, RunnerOptions options,
         RunnerEvents events);

  // Throws ConfigError with the problems of the first model that cannot be built.
  bool build();
  bool run();
  // Looks for fewer cases that fail as well, then writes the waveform of each first failure.
  bool explain();

  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] const std::vector<TargetResult>& results() const { return results_; }
  // Files of counts that the workers wrote.
  [[nodiscard]] const std::vector<std::string>& coverage_files() const { return coverage_files_; }

 private:
  struct Build {
    size_t target;
    Instruments instruments;
  };
  bool build_all(const std::vector<Build>& builds, std::vector<std::string>& built);
  [[nodiscard]] Instruments instruments_of(const Target& target) const;
  void run_item(const WorkItem& item, const std::string& coverage_file,
                const std::function<void(const std::string&)>& send) const;
  void record(const WorkItem& item, uint64_t answered, Failure failure);
  bool minimise(size_t target);
  void trace(size_t target, const std::string& built);
  [[nodiscard]] std::string wave_path(size_t target, uint64_t seed) const;

  std::vector<Target> targets_;
  const ModelSource& source_;
  RunnerOptions options_;
  RunnerEvents events_;
  std::vector<std::string> built_;
  std::vector<TargetResult> results_;
  std::vector<std::string> coverage_files_;
};

}  // namespace olivine::regress
