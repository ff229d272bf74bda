// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "sim/platform/job_result.h"

namespace olivine {

struct Job;

// The processor that drives the accelerators. When everything a job comes after has ended, it
// needs submit_cycles to set the job up and ring the accelerator's doorbell; it does so for any
// number of jobs at a time. An accelerator takes jobs in the order in which they are submitted,
// those of one cycle in the order of their indices.
class Host {
 public:
  struct Doorbell {
    size_t index = 0;   // of the job
    int64_t begin = 0;  // the cycle in which the accelerator may begin
  };

  // Contract: jobs outlive the host; `after` holds smaller indices only.
  Host(std::span<const Job> jobs, int64_t submit_cycles);

  // The cycle of the next submission; kNever while all wait for completions.
  [[nodiscard]] int64_t next_submission() const;
  // Submits a job whose cycle is at most `cycle`, if there is one.
  std::optional<Doorbell> submit_until(int64_t cycle);

  // A job has begun and ends in cycle `end`, which may lie ahead.
  // Contract: it was submitted, and not completed before.
  void complete(size_t index, int64_t begin, int64_t end, const LayerTiming& timing);

  // Every job has an end.
  [[nodiscard]] bool is_finished() const { return completed_ == jobs_.size(); }
  [[nodiscard]] size_t completed() const { return completed_; }
  [[nodiscard]] size_t submitted() const { return submitted_; }
  // By job; what is not completed is zero.
  [[nodiscard]] const std::vector<JobResult>& results() const { return results_; }
  // The end of the last job so far.
  [[nodiscard]] int64_t end() const { return end_; }
  // One line: jobs under way, and what the first jobs that were not submitted wait for.
  [[nodiscard]] std::string describe() const;

 private:
  enum class State : uint8_t { Waiting, Ready, Submitted, Completed };
  // Ready jobs, the earliest first.
  struct Later {
    bool operator()(const Doorbell& left, const Doorbell& right) const {
      return left.begin != right.begin ? left.begin > right.begin : left.index > right.index;
    }
  };
  void make_ready(size_t index);
  [[nodiscard]] std::string missing_of(size_t index) const;

  std::span<const Job> jobs_;
  int64_t submit_cycles_;
  std::vector<State> states_;
  std::vector<size_t> missing_;                  // by job: jobs it comes after and that run
  std::vector<std::vector<size_t>> successors_;  // by job: those that come after it
  std::priority_queue<Doorbell, std::vector<Doorbell>, Later> ready_;
  std::vector<JobResult> results_;
  size_t submitted_ = 0;
  size_t completed_ = 0;
  int64_t end_ = 0;
};

}  // namespace olivine
