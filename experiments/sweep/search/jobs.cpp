// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/jobs.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>

namespace olivine::sweep {
namespace {

namespace tbb = oneapi::tbb;

// A slow job holds up the order; so many a thread may wait behind it before threads idle.
constexpr size_t kJobsPerThread = 8;

}  // namespace

int thread_count(int threads) { return threads > 0 ? threads : tbb::info::default_concurrency(); }

void run_jobs(int threads, const std::function<std::unique_ptr<Job>()>& make_job) {
  using Token = std::shared_ptr<Job>;
  const int count = thread_count(threads);
  // The arena alone gets no more threads than cores, the limit alone no fewer than its caller has.
  const tbb::global_control limit{tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(count)};
  tbb::task_arena arena{count};
  const auto first = tbb::make_filter<void, Token>(tbb::filter_mode::serial_in_order,
                                                   [&](tbb::flow_control& control) {
                                                     Token job = make_job();
                                                     if (job == nullptr) control.stop();
                                                     return job;
                                                   });
  const auto second = tbb::make_filter<Token, Token>(tbb::filter_mode::parallel, [](Token job) {
    job->run();
    return job;
  });
  const auto third = tbb::make_filter<Token, void>(tbb::filter_mode::serial_in_order,
                                                   [](const Token& job) { job->finish(); });
  arena.execute([&] {
    tbb::parallel_pipeline(kJobsPerThread * static_cast<size_t>(count), first & second & third);
  });
}

}  // namespace olivine::sweep
