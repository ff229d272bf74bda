// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "experiments/sweep/analysis/judge.h"
#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/search/jobs.h"
#include "experiments/sweep/search/search.h"
#include "experiments/sweep/space/evaluate.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using Clock = std::chrono::steady_clock;

// Points a job evaluates: enough that handing it over costs nothing, few enough that Ctrl-C is
// answered soon. A search that learns gives out little at a time, so that all threads get some.
constexpr size_t kPointsPerJob = 16;
// Results that wait for the next commit at most.
constexpr size_t kMaxPending = 4096;

enum class Origin : uint8_t { Excluded, OtherShard, Stored, Computed };

// What came of one point the search asked for.
struct Row {
  Origin origin = Origin::Excluded;
  Answer answer;
  StoredPoint point;  // unless Excluded or OtherShard
  std::string group;  // of a feasible one
};

class Run {
 public:
  Run(const DesignSpace& space, Database& database, const RunOptions& options)
      : space_(space),
        database_(database),
        options_(options),
        model_(options.model.empty() ? std::string{model_version()} : options.model),
        judge_(space.header()),
        search_(make_search(space.header().search, space.header().axes)),
        is_learning_(search_->needs_answers()),
        is_sampling_(space.header().search.method == Method::LatinHypercube) {
    progress_.budget = search_->budget();
    progress_.best.resize(space.header().objectives.size());
  }

  RunResult run() {
    do {
      answers_.clear();
      run_jobs(options_.threads, [this] { return make_job(); });
      if (is_learning_ && !is_cancelled_) search_->tell(answers_);
    } while (is_learning_ && !is_cancelled_ && !answers_.empty());
    commit();
    if (!is_cancelled_) database_.set_expected_points(distinct_members());
    return {progress_, !is_cancelled_};
  }

 private:
  class Chunk;

  std::unique_ptr<Job> make_job();
  [[nodiscard]] Row evaluate_point(PointIndex index) const;
  void take(Row&& row);
  void count(const Row& row);
  void commit();
  [[nodiscard]] uint64_t distinct_members();
  void commit_if_due() {
    const std::chrono::duration<double> waited = Clock::now() - last_commit_;
    if (pending_.size() >= kMaxPending || waited.count() >= options_.commit_s) commit();
  }

  const DesignSpace& space_;
  Database& database_;
  const RunOptions& options_;
  const std::string model_;
  const Judge judge_;
  // What follows is used by one thread at a time: where jobs are made, or where they finish.
  std::unique_ptr<Search> search_;
  const bool is_learning_;
  const bool is_sampling_;
  bool is_cancelled_ = false;
  std::vector<Answer> answers_;
  std::vector<StoredPoint> pending_;
  Clock::time_point last_commit_ = Clock::now();
  std::map<std::string, Front> fronts_;
  RunProgress progress_;
  uint64_t members_ = 0;             // of all shards
  std::vector<PointIndex> samples_;  // those of a Latin hypercube, which may coincide
};

class Run::Chunk : public Job {
 public:
  Chunk(Run& run, std::vector<PointIndex> indices) : run_(run), indices_(std::move(indices)) {}

  void run() override {
    rows_.reserve(indices_.size());
    for (const PointIndex index : indices_) rows_.push_back(run_.evaluate_point(index));
  }
  void finish() override {
    for (Row& row : rows_) run_.take(std::move(row));
    run_.commit_if_due();
  }

 private:
  Run& run_;
  std::vector<PointIndex> indices_;
  std::vector<Row> rows_;
};

std::unique_ptr<Job> Run::make_job() {
  if (search_->is_over()) return nullptr;
  is_cancelled_ = options_.is_cancelled && options_.is_cancelled();
  if (is_cancelled_) return nullptr;
  std::vector<PointIndex> indices = search_->ask(is_learning_ ? 1 : kPointsPerJob);
  if (indices.empty()) return nullptr;
  return std::make_unique<Chunk>(*this, std::move(indices));
}

Row Run::evaluate_point(PointIndex index) const {
  Row row;
  row.answer.index = index;
  std::optional<DesignPoint> point = space_.resolve(index);
  if (!point) return row;
  if (point->hash.shard(options_.shards) != options_.shard) {
    row.origin = Origin::OtherShard;
    return row;
  }
  std::optional<Outcome> stored = database_.find(point->hash, model_);
  row.origin = stored ? Origin::Stored : Origin::Computed;
  row.point.hash = point->hash;
  row.point.parameters = std::move(point->parameters);
  if (stored) {
    row.point.outcome = std::move(*stored);
  } else if (point->inputs == nullptr) {
    row.point.outcome.failure = std::move(point->problem);
  } else {
    row.point.outcome = evaluate(*point->inputs);
  }
  Verdict verdict = judge_.judge(row.point);
  if (verdict.is_feasible) {
    row.answer.costs = std::move(verdict.costs);
    row.group = judge_.group(row.point);
  }
  return row;
}

void Run::count(const Row& row) {
  ++progress_.asked;
  if (row.origin != Origin::Excluded) {
    ++members_;
    if (is_sampling_) samples_.push_back(row.answer.index);
  }
  if (row.origin == Origin::OtherShard) return;
  ++progress_.points;
  if (row.origin == Origin::Excluded) ++progress_.excluded;
  if (row.origin == Origin::Stored) ++progress_.repeated;
  if (row.origin == Origin::Computed) ++progress_.computed;
  if (!row.point.outcome.is_ok()) ++progress_.failed;
  for (size_t i = 0; i < row.answer.costs.size(); ++i) {
    const double value = judge_.value_of_cost(i, row.answer.costs[i]);
    std::optional<double>& best = progress_.best[i];
    const bool is_max = space_.header().objectives[i].goal == Goal::Max;
    if (!best || (is_max ? value > *best : value < *best)) best = value;
  }
}

void Run::take(Row&& row) {
  count(row);
  if (!row.answer.costs.empty()) fronts_[row.group].add(row.answer.costs, row.answer.index);
  if (row.origin == Origin::Computed) pending_.push_back(std::move(row.point));
  if (is_learning_) answers_.push_back(std::move(row.answer));
}

uint64_t Run::distinct_members() {
  if (!is_sampling_) return members_;
  std::sort(samples_.begin(), samples_.end());
  const auto end = std::unique(samples_.begin(), samples_.end());
  return members_ - static_cast<uint64_t>(samples_.end() - end);
}

void Run::commit() {
  if (!pending_.empty()) database_.add(pending_, model_);
  pending_.clear();
  progress_.front = 0;
  for (const auto& [group, front] : fronts_) progress_.front += front.size();
  if (options_.on_progress) options_.on_progress(progress_);
  last_commit_ = Clock::now();
}

}  // namespace

RunResult run_sweep(const DesignSpace& space, Database& database, const RunOptions& options) {
  OLV_CHECK(options.shard < options.shards, "shard {} of {}", options.shard, options.shards);
  const SweepHeader& header = space.header();
  Problems problems;
  if (header.search.method == Method::Nsga2 && !header.group_by.empty()) {
    problems.add("search.method = nsga2: improves one front; group_by asks for several");
  }
  if (header.search.method == Method::Nsga2 && options.shards > 1) {
    problems.add("search.method = nsga2: needs all results in one place, shards have their own");
  }
  problems.throw_if_any();
  return Run{space, database, options}.run();
}

}  // namespace olivine::sweep
