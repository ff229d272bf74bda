// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/fronts.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "experiments/sweep/analysis/judge.h"

namespace olivine::sweep {
namespace {

// A point that was on the front when it came.
struct Candidate {
  StoredPoint point;
  std::vector<uint32_t> coordinates;
  Costs costs;
};

// The front of a group while points come. Memory grows with the front, not with the points.
class GrowingFront {
 public:
  void add(const StoredPoint& point, Verdict verdict) {
    if (ideal_.empty()) ideal_ = reference_ = verdict.costs;
    for (size_t i = 0; i < ideal_.size(); ++i) {
      ideal_[i] = std::min(ideal_[i], verdict.costs[i]);
      reference_[i] = std::max(reference_[i], verdict.costs[i]);
    }
    const uint64_t id = feasible_++;
    if (!front_.add(verdict.costs, id)) return;
    candidates_.emplace(id,
                        Candidate{point, std::move(verdict.coordinates), std::move(verdict.costs)});
    constexpr size_t kSlack = 1000;
    if (candidates_.size() > 2 * front_.size() + kSlack) forget_dominated();
  }

  [[nodiscard]] GroupFront finish(const std::string& group, const Judge& judge) {
    forget_dominated();
    std::vector<Candidate> sorted;
    for (auto& [id, candidate] : candidates_) sorted.push_back(std::move(candidate));
    // Equal costs: in the order of the space, which does not depend on who was stored first.
    std::ranges::sort(sorted, [](const Candidate& a, const Candidate& b) {
      return std::tie(a.costs, a.coordinates) < std::tie(b.costs, b.coordinates);
    });
    GroupFront result{.group = group,
                      .feasible = feasible_,
                      .ideal = ideal_,
                      .reference = reference_,
                      .points = {}};
    std::vector<Costs> costs;
    for (Candidate& candidate : sorted) {
      costs.push_back(candidate.costs);
      result.points.push_back({std::move(candidate.point), {}});
      for (size_t i = 0; i < candidate.costs.size(); ++i) {
        result.points.back().objectives.push_back(judge.value_of_cost(i, candidate.costs[i]));
      }
    }
    result.hypervolume = hypervolume(costs, ideal_, reference_);
    return result;
  }

 private:
  void forget_dominated() {
    std::unordered_map<uint64_t, Candidate> kept;
    for (const Front::Entry& entry : front_.sorted()) {
      kept.insert(candidates_.extract(entry.id));
    }
    candidates_ = std::move(kept);
  }

  Front front_;
  uint64_t feasible_ = 0;
  Costs ideal_, reference_;
  std::unordered_map<uint64_t, Candidate> candidates_;  // by id on the front
};

// 1, 2, 5, 10, 20, 50, ...
class Steps {
 public:
  [[nodiscard]] uint64_t next() const { return kDigits[place_] * power_; }
  void advance() {
    if (++place_ < kDigits.size()) return;
    place_ = 0;
    power_ *= 10;
  }

 private:
  static constexpr std::array<uint64_t, 3> kDigits = {1, 2, 5};
  size_t place_ = 0;
  uint64_t power_ = 1;
};

double hypervolume_of(const Front& front, const GroupFront& box) {
  if (box.ideal.empty()) return 0;  // nothing was feasible when the box was made
  std::vector<Costs> costs;
  for (Front::Entry& entry : front.sorted()) costs.push_back(std::move(entry.costs));
  return hypervolume(costs, box.ideal, box.reference);
}

}  // namespace

FrontReport find_fronts(const Database& database, const std::string& model) {
  const Judge judge{database.header()};
  FrontReport report;
  std::map<std::string, GrowingFront> fronts;
  database.for_each(model, RowOrder::Commit, [&](const StoredPoint& point) {
    Verdict verdict = judge.judge(point);
    if (!verdict.is_member) return true;
    ++report.members;
    GrowingFront& front = fronts[judge.group(point)];
    if (verdict.is_feasible) {
      front.add(point, std::move(verdict));
    } else if (point.outcome.is_ok()) {
      ++report.infeasible;
    } else {
      ++report.failed;
    }
    return true;
  });
  for (auto& [group, front] : fronts) report.groups.push_back(front.finish(group, judge));
  return report;
}

std::vector<HypervolumeStep> hypervolume_over_time(const Database& database,
                                                   const std::string& model,
                                                   const GroupFront& group) {
  const Judge judge{database.header()};
  std::vector<HypervolumeStep> curve;
  Front front;
  Steps steps;
  uint64_t points = 0;
  database.for_each(model, RowOrder::Commit, [&](const StoredPoint& point) {
    Verdict verdict = judge.judge(point);
    if (!verdict.is_member || judge.group(point) != group.group) return true;
    ++points;
    if (verdict.is_feasible) front.add(std::move(verdict.costs), points);
    if (points == steps.next()) {
      curve.push_back({points, hypervolume_of(front, group)});
      steps.advance();
    }
    return true;
  });
  const bool is_shown = !curve.empty() && curve.back().points == points;
  if (points > 0 && !is_shown) curve.push_back({points, hypervolume_of(front, group)});
  return curve;
}

}  // namespace olivine::sweep
