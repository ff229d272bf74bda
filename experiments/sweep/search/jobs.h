// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <memory>

namespace olivine::sweep {

// A piece of work on its way through threads.
class Job {
 public:
  Job() = default;
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  virtual void run() = 0;     // on any thread, beside other jobs
  virtual void finish() = 0;  // one at a time, in the order jobs were made
};

// Makes jobs one at a time until there is none (null), runs them on `threads` threads (0: the
// cores) and finishes them in the order they were made. A bounded number is under way. Rethrows
// what a job throws; those under way are dropped then.
void run_jobs(int threads, const std::function<std::unique_ptr<Job>()>& make_job);

// How many threads `threads` of run_jobs() is.
[[nodiscard]] int thread_count(int threads);

}  // namespace olivine::sweep
