// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace olivine::sweep {

// One value an objective; lower is better in all.
using Costs = std::vector<double>;

// a is nowhere worse than b and somewhere better. Exact comparison; equal costs do not dominate.
[[nodiscard]] bool dominates(std::span<const double> a, std::span<const double> b);

// The points that nothing dominates, kept while points come. Points of equal costs all stay. With
// two objectives a point takes a binary search; with more, a scan that ends at the first point that
// dominates it (found early: those that dominated others stand in front).
class Front {
 public:
  struct Entry {
    Costs costs;
    uint64_t id = 0;  // the caller's
  };

  // Whether the point is on the front now; what it dominates leaves. Contract: as many costs as the
  // points before had, at least one, all finite.
  bool add(Costs costs, uint64_t id);
  // Whether a point of the front dominates these costs.
  [[nodiscard]] bool dominates(std::span<const double> costs) const;
  // By costs, objective by objective, then by id.
  [[nodiscard]] std::vector<Entry> sorted() const;
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  bool add_sorted(Costs costs, uint64_t id);    // two objectives: entries by costs
  bool add_anywhere(Costs costs, uint64_t id);  // else

  std::vector<Entry> entries_;
};

// Volume that the points dominate inside the box between `ideal` and `reference`, as a share of the
// box (0..1); points outside are clipped. Exact for any number of objectives, and independent of
// the order of points to the last bit. An axis on which ideal and reference are equal is left out;
// 0 without points. Takes O(n log n) for up to three objectives, O(n^2 log n) for four; above,
// exclusive volumes as in WFG (While, Bradstreet, Barone, "A fast way of calculating exact
// hypervolumes", IEEE Trans. Evol. Comp. 16(1), 2012). Contract: ideal <= reference.
[[nodiscard]] double hypervolume(std::span<const Costs> points, std::span<const double> ideal,
                                 std::span<const double> reference);

// Non-dominated sorting (Deb et al. 2002, NSGA-II, section III.A): the front of each point, 0 the
// best. Points without costs (empty) come after all others, in one front.
[[nodiscard]] std::vector<size_t> front_ranks(std::span<const Costs> points);

// Crowding distances within one front (section III.B), in the order of `points`; the ends of an
// objective are infinite. An objective in which all points are equal has no ends and adds nothing.
[[nodiscard]] std::vector<double> crowding_distances(std::span<const Costs> points);

}  // namespace olivine::sweep
