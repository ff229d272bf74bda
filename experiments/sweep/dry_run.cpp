// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <queue>
#include <utility>

#include "experiments/sweep/evaluate.h"
#include "experiments/sweep/jobs.h"
#include "experiments/sweep/runner.h"
#include "experiments/sweep/search.h"
#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPointsPerJob = 256;  // most only resolve
constexpr size_t kSamples = 200;
constexpr double kPatienceS = 2.0;
// What check_has_points() looks at of a larger space when its search cannot be walked beforehand.
constexpr uint64_t kProbes = 100'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The points a count is over, without those that a search would choose only after answers.
struct Population {
  std::unique_ptr<Search> search;
  uint64_t size = 0;  // that `search` stands for; more than its budget where it is a sample
};

Population make_population(const DesignSpace& space, uint64_t limit) {
  const SweepHeader& header = space.header();
  SearchSpec spec = header.search;
  const bool is_whole_space = spec.method == Method::Exhaustive || spec.method == Method::Nsga2;
  if (!is_whole_space) {
    std::unique_ptr<Search> search = make_search(spec, header.axes);
    const uint64_t size = search->budget();
    return {std::move(search), size};
  }
  spec.method = space.size() <= limit ? Method::Exhaustive : Method::Random;
  spec.points = limit;
  return {make_search(spec, header.axes), space.size()};
}

// Walks points of a population and resolves them.
class Census {
 public:
  Census(const DesignSpace& space, const RunOptions& options, uint64_t limit)
      : space_(space), options_(options), population_(make_population(space, limit)) {
    limit_ = std::min(limit, population_.search->budget());
    excluded_by_.resize(space.header().constraints.size());
  }

  // Stops early at the first point that is left if `is_first_enough`.
  void walk(bool is_first_enough) {
    is_first_enough_ = is_first_enough;
    const Clock::time_point start = Clock::now();
    run_jobs(options_.threads, [this] { return make_job(); });
    elapsed_s_ = seconds_since(start);
  }

  [[nodiscard]] uint64_t members() const { return members_; }
  [[nodiscard]] bool is_cancelled() const { return is_cancelled_; }
  [[nodiscard]] double scale() const {
    return static_cast<double>(population_.size) /
           static_cast<double>(std::max<uint64_t>(walked_, 1));
  }
  [[nodiscard]] bool is_exact() const { return walked_ == population_.size; }
  [[nodiscard]] uint64_t scaled(uint64_t count) const {
    return is_exact() ? count
                      : static_cast<uint64_t>(std::llround(static_cast<double>(count) * scale()));
  }
  [[nodiscard]] uint64_t shard_points() const { return shard_points_; }
  [[nodiscard]] const std::vector<uint64_t>& excluded_by() const { return excluded_by_; }
  // Of looking at all points of the population.
  [[nodiscard]] double seconds() const { return elapsed_s_ * scale(); }
  // At most kSamples of the shard's points, whose choice depends on the seed alone.
  [[nodiscard]] std::vector<PointIndex> samples() {
    std::vector<PointIndex> indices;
    for (; !samples_.empty(); samples_.pop()) indices.push_back(samples_.top().second);
    return indices;
  }
  [[nodiscard]] ConfigError nothing_left() const;

 private:
  class Chunk;

  std::unique_ptr<Job> make_job();
  void add_sample(PointIndex index) {
    samples_.emplace(Rng{space_.header().search.seed ^ index}.next(), index);
    if (samples_.size() > kSamples) samples_.pop();
  }

  const DesignSpace& space_;
  const RunOptions& options_;
  Population population_;
  uint64_t limit_ = 0;
  uint64_t asked_ = 0;
  bool is_first_enough_ = false;
  bool is_cancelled_ = false;
  std::atomic<bool> is_found_ = false;
  uint64_t walked_ = 0;
  uint64_t members_ = 0;
  uint64_t shard_points_ = 0;
  std::vector<uint64_t> excluded_by_;
  double elapsed_s_ = 0;
  std::priority_queue<std::pair<uint64_t, PointIndex>> samples_;  // those of the smallest keys
};

class Census::Chunk : public Job {
 public:
  Chunk(Census& census, std::vector<PointIndex> indices)
      : census_(census),
        indices_(std::move(indices)),
        excluded_by_(census.space_.header().constraints.size()) {}

  void run() override {
    for (const PointIndex index : indices_) {
      size_t excluded_by = 0;
      const std::optional<DesignPoint> point = census_.space_.resolve(index, &excluded_by);
      if (!point) {
        ++excluded_by_[excluded_by];
        continue;
      }
      ++members_;
      const RunOptions& options = census_.options_;
      if (point->hash.shard(options.shards) == options.shard) shard_points_.push_back(index);
    }
    if (members_ > 0) census_.is_found_ = true;
  }
  void finish() override {
    census_.walked_ += indices_.size();
    census_.members_ += members_;
    census_.shard_points_ += shard_points_.size();
    for (size_t i = 0; i < excluded_by_.size(); ++i) census_.excluded_by_[i] += excluded_by_[i];
    for (const PointIndex index : shard_points_) census_.add_sample(index);
  }

 private:
  Census& census_;
  std::vector<PointIndex> indices_;
  std::vector<uint64_t> excluded_by_;
  uint64_t members_ = 0;
  std::vector<PointIndex> shard_points_;
};

std::unique_ptr<Job> Census::make_job() {
  if ((is_first_enough_ && is_found_) || asked_ >= limit_) return nullptr;
  is_cancelled_ = options_.is_cancelled && options_.is_cancelled();
  if (is_cancelled_) return nullptr;
  // The first point is mostly left: one that looks for no more should not pay for a full job.
  const size_t wanted = is_first_enough_ && asked_ == 0 ? 1 : kPointsPerJob;
  std::vector<PointIndex> indices =
      population_.search->ask(std::min<uint64_t>(wanted, limit_ - asked_));
  asked_ += indices.size();
  if (indices.empty()) return nullptr;
  return std::make_unique<Chunk>(*this, std::move(indices));
}

ConfigError Census::nothing_left() const {
  std::vector<std::string> parts;
  const std::vector<std::string>& constraints = space_.header().constraints;
  for (size_t i = 0; i < constraints.size(); ++i) {
    if (excluded_by_[i] == 0) continue;
    parts.push_back(fmt::format("\"{}\" excludes {}", constraints[i], excluded_by_[i]));
  }
  const std::string whole =
      fmt::format("{} combination{}", space_.size(), space_.size() == 1 ? "" : "s");
  const std::string walked =
      walked_ == space_.size() ? whole : fmt::format("the {} looked at of {}", walked_, whole);
  return ConfigError{
      fmt::format("no point satisfies the constraints: of {}, {}", walked, fmt::join(parts, ", "))};
}

// Evaluates points until there are enough or time is up.
class Timing {
 public:
  Timing(const DesignSpace& space, std::vector<PointIndex> indices)
      : space_(space), indices_(std::move(indices)) {}

  void run(int threads) {
    const Clock::time_point start = Clock::now();
    start_ = start;
    run_jobs(threads, [this] { return make_job(); });
    elapsed_s_ = seconds_since(start);
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] double seconds_per_point() const {
    return count_ == 0 ? 0.0 : elapsed_s_ / static_cast<double>(count_);
  }

 private:
  class One : public Job {
   public:
    One(Timing& timing, PointIndex index) : timing_(timing), index_(index) {}
    void run() override {
      const std::optional<DesignPoint> point = timing_.space_.resolve(index_);
      if (point && point->inputs != nullptr) static_cast<void>(evaluate(*point->inputs));
    }
    void finish() override { ++timing_.count_; }

   private:
    Timing& timing_;
    PointIndex index_;
  };

  std::unique_ptr<Job> make_job() {
    if (next_ == indices_.size() || seconds_since(start_) > kPatienceS) return nullptr;
    return std::make_unique<One>(*this, indices_[next_++]);
  }

  const DesignSpace& space_;
  std::vector<PointIndex> indices_;
  size_t next_ = 0;
  uint64_t count_ = 0;
  Clock::time_point start_;
  double elapsed_s_ = 0;
};

}  // namespace

void check_has_points(const DesignSpace& space, const RunOptions& options) {
  if (space.header().constraints.empty()) return;
  const bool is_learning = space.header().search.method == Method::Nsga2;
  Census census{space, options, is_learning ? kProbes : space.size()};
  census.walk(true);
  if (census.members() == 0 && !census.is_cancelled()) throw census.nothing_left();
}

DryRun dry_run(const DesignSpace& space, const RunOptions& options, uint64_t exact_limit) {
  Census census{space, options, exact_limit};
  census.walk(false);
  if (census.members() == 0) throw census.nothing_left();
  DryRun result;
  result.size = space.size();
  result.is_exact = census.is_exact();
  result.points = census.scaled(census.shard_points());
  const SearchSpec& search = space.header().search;
  if (search.method == Method::Nsga2) result.points = std::min(result.points, search.points);
  for (const uint64_t count : census.excluded_by()) {
    result.excluded_by.push_back(census.scaled(count));
  }
  Timing timing{space, census.samples()};
  timing.run(options.threads);
  result.samples = timing.count();
  result.seconds =
      static_cast<double>(result.points) * timing.seconds_per_point() + census.seconds();
  return result;
}

}  // namespace olivine::sweep
