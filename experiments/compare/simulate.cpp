// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "experiments/compare/comparison.h"
#include "models/base/error.h"

namespace olivine::compare {
namespace {

// One problem that some points share.
struct Job {
  std::vector<size_t> points;
  std::optional<GemmTiming> timing;
  std::string refusal;  // where no kernel runs it
};

std::vector<Job> make_jobs(const Comparison& comparison) {
  using Key = std::tuple<std::string, std::string, std::string_view, int64_t, int64_t, int64_t>;
  std::map<Key, size_t> known;
  std::vector<Job> jobs;
  for (size_t i = 0; i < comparison.points.size(); ++i) {
    const Point& point = comparison.points[i];
    if (!comparison.is_chosen(point)) continue;
    const Collection& collection = comparison.collections[point.collection];
    const GemmShape& shape = point.measured.shape;
    const Key key{collection.machine,
                  collection.kernels.library,
                  collection.scheme.name,
                  shape.m,
                  shape.n,
                  shape.k};
    const auto [found, is_new] = known.emplace(key, jobs.size());
    if (is_new) jobs.emplace_back();
    jobs[found->second].points.push_back(i);
  }
  return jobs;
}

// Threads that take one job after the other.
class Pool {
 public:
  Pool(const Comparison& comparison, const GemmTimer& timer, std::vector<Job>& jobs)
      : comparison_(comparison), timer_(timer), jobs_(jobs) {}

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

  void time_one(Job& job) const {
    const Point& point = comparison_.points[job.points.front()];
    const Collection& collection = comparison_.collections[point.collection];
    try {
      job.timing = timer_.time(collection.machine, collection.kernels.library, point.problem);
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

  const Comparison& comparison_;
  const GemmTimer& timer_;
  std::vector<Job>& jobs_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned running_ = 0;
  std::exception_ptr failure_;
};

void add_dropped(Comparison& comparison, const Job& job) {
  for (const size_t index : job.points) {
    const Point& point = comparison.points[index];
    const std::string& machine = comparison.collections[point.collection].machine;
    const std::string reason = fmt::format("{}: {}", machine, job.refusal);
    const auto found = std::ranges::find(comparison.dropped, reason, &Dropped::reason);
    if (found == comparison.dropped.end()) {
      comparison.dropped.push_back({reason, 1, point.measured.line});
    } else {
      ++found->rows;
    }
  }
}

}  // namespace

void simulate(Comparison& comparison, const GemmTimer& timer, unsigned threads,
              const std::function<void(size_t, size_t)>& on_progress) {
  std::vector<Job> jobs = make_jobs(comparison);
  Pool{comparison, timer, jobs}.run(std::max(threads, 1u), on_progress);
  for (const Job& job : jobs) {
    if (!job.timing) add_dropped(comparison, job);
    for (const size_t index : job.points) comparison.points[index].timing = job.timing;
  }
}

}  // namespace olivine::compare
