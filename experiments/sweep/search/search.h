// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/header.h"

namespace olivine::sweep {

// What a search learns of a point it asked for. Empty costs: excluded, failed or infeasible.
struct Answer {
  PointIndex index = 0;
  Costs costs;
};

// Chooses which points to evaluate. Deterministic: the same space, seed and answers give the same
// points. Not thread-safe.
class Search {
 public:
  virtual ~Search() = default;
  // At most `limit` further points. None: over, or, where needs_answers(), waiting for answers to
  // all it asked for.
  [[nodiscard]] virtual std::vector<PointIndex> ask(size_t limit) = 0;
  // In any order and portions. Contract: answers to points that were asked for, once each.
  virtual void tell(std::span<const Answer> answers) = 0;
  // Nothing is left to ask for; answers may be outstanding.
  [[nodiscard]] virtual bool is_over() const = 0;
  [[nodiscard]] virtual bool needs_answers() const = 0;
  // Points it will ask for.
  [[nodiscard]] virtual uint64_t budget() const = 0;
};

// How many positions each axis has.
[[nodiscard]] std::vector<uint64_t> levels_of(const std::vector<Axis>& axes);

// Exhaustive: every index in order.
// Random: `points` different indices in an order that depends on the seed: a permutation of the
//   space (Feistel network over its index with cycle walking), so that nothing is remembered.
// LatinHypercube: `points` samples; each axis is cut into `points` strata, each used once, and
//   strata are dealt by a seeded permutation an axis; a stratum maps to the level at its middle.
//   Samples may coincide, more often the more there are for the space.
// Nsga2: Deb et al. 2002. Genes are positions on axes: ordered axes mix by simulated binary
//   crossover and polynomial mutation rounded to positions, the others by uniform crossover and
//   random reset; binary tournament by rank and crowding; points without costs rank last (excluded
//   points are told as such). The first population is a Latin hypercube. Asks for `points`
//   different points, those without costs included. Four things are not in the paper, because
//   every point told counts for the result, not only the last population:
//   - a child that was asked for before is mutated again, at most 8 times, then replaced by a
//     random point that was not;
//   - a quarter of the children are neighbours of points on the front of all points told (one axis
//     differs: by one position if ordered), as long as there are any that were not asked for;
//   - populations are smaller than `population` where the budget would last for fewer than 40
//     generations, down to 16;
//   - while no point has costs, points are random.
// No more points are asked for than the space has.
[[nodiscard]] std::unique_ptr<Search> make_search(const SearchSpec& spec,
                                                  const std::vector<Axis>& axes);

}  // namespace olivine::sweep
