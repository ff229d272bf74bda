// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/nsga2.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "experiments/sweep/search/latin_hypercube.h"
#include "experiments/sweep/search/random_order.h"
#include "experiments/sweep/search/variation.h"
#include "experiments/sweep/space/mixed_radix.h"
#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

// A budget lasts for so many generations at least, if need be with smaller ones, down to a limit.
constexpr uint64_t kMinGenerations = 40;
constexpr uint64_t kMinPopulation = 16;
// The share of children that are neighbours of the front while it has any that are not known.
constexpr double kNeighbourShare = 0.25;
// How often a child that was asked for before is changed again.
constexpr int kMaxRepairs = 8;

Variation variation_of(const SearchSpec& spec, const std::vector<Axis>& axes) {
  std::vector<GeneAxis> genes;
  double free_axes = 0;
  for (const Axis& axis : axes) {
    genes.push_back({axis.values.size(), axis.is_ordered});
    free_axes += axis.values.size() > 1 ? 1 : 0;
  }
  return {std::move(genes), spec.crossover, spec.mutation.value_or(1 / std::max(1.0, free_axes))};
}

size_t population_of(const SearchSpec& spec, uint64_t budget) {
  const uint64_t most = std::max<uint64_t>(2, spec.population);
  const uint64_t least = std::min(kMinPopulation, most);
  return static_cast<size_t>(std::clamp(budget / kMinGenerations, least, most));
}

// Crowding distances of points within their front.
std::vector<double> crowding_by_front(const std::vector<Costs>& costs,
                                      const std::vector<size_t>& ranks) {
  std::vector<std::vector<size_t>> fronts(std::ranges::max(ranks) + 1);
  for (size_t i = 0; i < ranks.size(); ++i) fronts[ranks[i]].push_back(i);
  std::vector<double> crowding(costs.size());
  for (const std::vector<size_t>& front : fronts) {
    std::vector<Costs> of_front;
    of_front.reserve(front.size());
    for (const size_t i : front) of_front.push_back(costs[i]);
    const std::vector<double> distances = crowding_distances(of_front);
    for (size_t i = 0; i < front.size(); ++i) crowding[front[i]] = distances[i];
  }
  return crowding;
}

class Nsga2 final : public Search {
 public:
  Nsga2(const SearchSpec& spec, const std::vector<Axis>& axes);

  [[nodiscard]] std::vector<PointIndex> ask(size_t limit) override;
  void tell(std::span<const Answer> answers) override;
  [[nodiscard]] bool is_over() const override;
  [[nodiscard]] bool needs_answers() const override { return true; }
  [[nodiscard]] uint64_t budget() const override { return budget_; }

 private:
  struct Individual {
    PointIndex index = 0;
    Costs costs{};
  };

  void breed();
  void first_generation(size_t count);
  void add_children(size_t count);
  bool add(PointIndex index);
  bool add_bred(const Genes& bred);
  bool add_neighbour();
  void add_unseen();
  void expand(PointIndex index);
  [[nodiscard]] const Individual& pick();
  void archive();
  void select();

  MixedRadix radix_;
  Variation variation_;
  RandomOrder order_;
  uint64_t order_next_ = 0;
  Rng rng_;
  uint64_t seed_;
  uint64_t budget_;
  size_t population_;

  std::vector<Individual> parents_;                 // best first
  std::vector<Individual> children_;                // of this generation, in the order of asking
  size_t asked_ = 0;                                // of them
  std::unordered_map<PointIndex, size_t> waiting_;  // places of children asked for but not told
  std::unordered_set<PointIndex> seen_;             // all children ever

  Front front_;                         // of all points told
  std::vector<Individual> frontier_;    // came onto the front and have not been expanded
  std::vector<PointIndex> neighbours_;  // to ask for
};

Nsga2::Nsga2(const SearchSpec& spec, const std::vector<Axis>& axes)
    : radix_(levels_of(axes)),
      variation_(variation_of(spec, axes)),
      order_(radix_.size(), spec.seed),
      rng_(spec.seed),
      seed_(spec.seed),
      budget_(std::min(spec.points, radix_.size())),
      population_(population_of(spec, budget_)) {}

bool Nsga2::is_over() const { return seen_.size() == budget_ && asked_ == children_.size(); }

std::vector<PointIndex> Nsga2::ask(size_t limit) {
  if (asked_ == children_.size() && waiting_.empty() && !is_over()) breed();
  const size_t end = asked_ + std::min(limit, children_.size() - asked_);
  std::vector<PointIndex> points;
  for (; asked_ < end; ++asked_) {
    points.push_back(children_[asked_].index);
    waiting_.emplace(children_[asked_].index, asked_);
  }
  return points;
}

void Nsga2::tell(std::span<const Answer> answers) {
  for (const Answer& answer : answers) {
    const auto place = waiting_.find(answer.index);
    OLV_CHECK(place != waiting_.end(), "an answer for point {}", answer.index);
    children_[place->second].costs = answer.costs;
    waiting_.erase(place);
  }
}

// The next generation, when all of the last one are known. Answers may have come in any order.
void Nsga2::breed() {
  const auto count = static_cast<size_t>(std::min<uint64_t>(population_, budget_ - seen_.size()));
  if (children_.empty()) {
    first_generation(count);
    return;
  }
  archive();
  select();
  children_.clear();
  asked_ = 0;
  add_children(count);
}

void Nsga2::first_generation(size_t count) {
  const LatinHypercube samples(count, radix_.levels(), seed_);
  for (size_t i = 0; i < count; ++i) add(radix_.index_of(samples.at(i)));
  while (children_.size() < count) add_unseen();
}

void Nsga2::add_children(size_t count) {
  while (children_.size() < count) {
    if (front_.size() == 0) {  // nothing to learn from yet
      add_unseen();
      continue;
    }
    if (rng_.chance(kNeighbourShare) && add_neighbour()) continue;
    Genes a = radix_.positions(pick().index);
    Genes b = radix_.positions(pick().index);
    variation_.cross(a, b, rng_);
    if (!add_bred(a)) add_unseen();
    if (children_.size() < count && !add_bred(b)) add_unseen();
  }
}

bool Nsga2::add(PointIndex index) {
  if (!seen_.insert(index).second) return false;
  children_.push_back({index});
  return true;
}

bool Nsga2::add_bred(const Genes& bred) {
  Genes genes = bred;
  variation_.mutate(genes, rng_);
  for (int repairs = 0; repairs < kMaxRepairs; ++repairs) {
    if (add(radix_.index_of(genes))) return true;
    variation_.mutate_one(genes, rng_);
  }
  return add(radix_.index_of(genes));
}

// A point that differs on one axis from one of the front. False when all those are known.
bool Nsga2::add_neighbour() {
  while (true) {
    while (!neighbours_.empty()) {
      const PointIndex index = neighbours_.back();
      neighbours_.pop_back();
      if (add(index)) return true;
    }
    if (frontier_.empty()) return false;
    const auto last = static_cast<int64_t>(frontier_.size()) - 1;
    std::swap(frontier_[static_cast<size_t>(rng_.uniform(0, last))], frontier_.back());
    const Individual point = std::move(frontier_.back());
    frontier_.pop_back();
    if (!front_.dominates(point.costs)) expand(point.index);
  }
}

void Nsga2::expand(PointIndex index) {
  Genes genes = radix_.positions(index);
  for (size_t axis = 0; axis < genes.size(); ++axis) {
    const uint32_t position = genes[axis];
    for (const uint32_t other : variation_.neighbours(axis, position, rng_)) {
      genes[axis] = other;
      neighbours_.push_back(radix_.index_of(genes));
    }
    genes[axis] = position;
  }
}

// Contract: fewer points than the space has were asked for.
void Nsga2::add_unseen() {
  while (!add(order_.at(order_next_++))) {
  }
}

// Binary tournament by rank, then crowding. `parents_` are in that order.
const Nsga2::Individual& Nsga2::pick() {
  const auto last = static_cast<int64_t>(parents_.size()) - 1;
  return parents_[static_cast<size_t>(std::min(rng_.uniform(0, last), rng_.uniform(0, last)))];
}

void Nsga2::archive() {
  for (const Individual& child : children_) {
    if (!child.costs.empty() && front_.add(child.costs, child.index)) frontier_.push_back(child);
  }
}

// The best of parents and children, by rank, then by crowding, then by age.
void Nsga2::select() {
  std::vector<Individual> all = std::exchange(parents_, {});
  std::ranges::move(children_, std::back_inserter(all));
  std::vector<Costs> costs;
  costs.reserve(all.size());
  for (const Individual& one : all) costs.push_back(one.costs);
  const std::vector<size_t> ranks = front_ranks(costs);
  const std::vector<double> crowding = crowding_by_front(costs, ranks);
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    return ranks[a] != ranks[b] ? ranks[a] < ranks[b] : crowding[a] > crowding[b];
  });
  if (order.size() > population_) order.resize(population_);
  for (const size_t i : order) parents_.push_back(std::move(all[i]));
}

}  // namespace

std::unique_ptr<Search> make_nsga2(const SearchSpec& spec, const std::vector<Axis>& axes) {
  return std::make_unique<Nsga2>(spec, axes);
}

}  // namespace olivine::sweep
