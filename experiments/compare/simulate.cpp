// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "experiments/compare/comparison.h"
#include "models/base/error.h"

namespace olivine::compare {
namespace {

// One point to simulate.
struct Job {
  size_t point = 0;
  std::string refusal;  // where no kernel runs it
};

// Threads that take one job after the other.
class Pool {
 public:
  Pool(Comparison& comparison, const GemmTimer& timer) : comparison_(comparison), timer_(timer) {
    for (size_t i = 0; i < comparison.points.size(); ++i) {
      if (comparison.is_chosen(comparison.points[i])) jobs_.push_back({i, ""});
    }
  }

  [[nodiscard]] const std::vector<Job>& jobs() const { return jobs_; }

  void run(unsigned threads, const std::function<void(size_t, size_t)>& on_progress) {
    running_ = threads;
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    std::unique_lock lock{mutex_};
    while (!ended_.wait_for(lock, kProgressInterval, [this] { return running_ == 0; })) {
      lock.unlock();
      on_progress(std::min(next_.load(), jobs_.size()), jobs_.size());
      lock.lock();
    }
    lock.unlock();
    workers.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr std::chrono::milliseconds kProgressInterval{100};

  // Contract: no other thread has the job.
  void time_one(Job& job) {
    Point& point = comparison_.points[job.point];
    const Collection& collection = comparison_.collections[point.collection];
    try {
      point.timing = timer_.time(collection.machine, collection.kernels.library, collection.source,
                                 point.problem);
    } catch (const UserError& error) {
      job.refusal = error.problems().front();
    }
  }

  void work() {
    try {
      for (size_t i = next_++; i < jobs_.size(); i = next_++) time_one(jobs_[i]);
    } catch (...) {
      const std::scoped_lock lock{mutex_};
      if (!failure_) failure_ = std::current_exception();
      next_ = jobs_.size();
    }
    const std::scoped_lock lock{mutex_};
    --running_;
    ended_.notify_all();
  }

  Comparison& comparison_;
  const GemmTimer& timer_;
  std::vector<Job> jobs_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void simulate(Comparison& comparison, const GemmTimer& timer, unsigned threads,
              const std::function<void(size_t, size_t)>& on_progress) {
  Pool pool{comparison, timer};
  pool.run(std::max(threads, 1u), on_progress);
  for (const Job& job : pool.jobs()) {
    if (job.refusal.empty()) continue;
    const Point& point = comparison.points[job.point];
    const std::string& machine = comparison.collections[point.collection].machine;
    comparison.drop(point.measured, fmt::format("{}: {}", machine, job.refusal));
  }
}

}  // namespace olivine::compare
