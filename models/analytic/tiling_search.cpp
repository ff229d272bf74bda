// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/tiling_search.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/analytic/layer_timing.h"
#include "models/analytic/traffic.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "models/machines/machine.h"

namespace olivine {
namespace {

// Loop orders worth trying, by which loops have one iteration (bit d for Dim d). Such a loop has no
// place: of the orders that differ only there, the one that has such loops innermost, by Dim,
// stands for all.
constexpr bool is_canonical(const LoopOrder& order, size_t idle) {
  int last_idle = -1;
  for (const Dim dim : order) {
    const bool is_idle = (idle >> static_cast<size_t>(dim) & 1) != 0;
    if (last_idle >= 0 && (!is_idle || static_cast<int>(dim) < last_idle)) return false;
    if (is_idle) last_idle = static_cast<int>(dim);
  }
  return true;
}

struct OrderList {
  std::array<uint16_t, kLoopOrders.size()> orders{};  // of kLoopOrders
  size_t count = 0;
};

constexpr std::array<OrderList, 8> kCanonicalOrders = [] {
  std::array<OrderList, 8> lists{};
  for (size_t idle = 0; idle < lists.size(); ++idle) {
    for (size_t i = 0; i < kLoopOrders.size(); ++i) {
      if (is_canonical(kLoopOrders[i], idle))
        lists[idle].orders[lists[idle].count++] = static_cast<uint16_t>(i);
    }
  }
  return lists;
}();

}  // namespace

TilingSearch::TilingSearch(const ArrayGeometry& geometry, const MachineConfig& machine,
                           const GemmWork& work, const std::array<std::vector<int64_t>, 3>& sizes)
    : geometry_(geometry),
      machine_(machine),
      work_(work),
      extents_{cut(Dim::M, sizes[0]), cut(Dim::N, sizes[1]), cut(Dim::K, sizes[2])},
      activations_(extents_[0], extents_[2],
                   [&](const DimTiles& m, const DimTiles& k) -> PairTable::Entry {
                     const OperandCut cut = cut_activations(work, machine.dram, m, k);
                     return {cut, cut.first_bytes <= machine.memory.activation_buffer / 2};
                   }),
      weights_(extents_[1], extents_[2],
               [&](const DimTiles& n, const DimTiles& k) -> PairTable::Entry {
                 const OperandCut cut = cut_weights(work, machine.dram, n, k);
                 return {cut, cut.first_bytes <= machine.memory.weight_buffer / 2};
               }),
      outputs_(extents_[0], extents_[1],
               [&](const DimTiles& m, const DimTiles& n) -> PairTable::Entry {
                 const int64_t sums = psum_tile_bytes(m.full, n.full);
                 return {cut_outputs(work, machine.dram, m, n),
                         sums <= machine.memory.output_buffer / 2};
               }) {}

void TilingSearch::collect(const std::optional<LoopOrder>& given_order) {
  for (size_t m = 0; m < extents_[0].size(); ++m) {
    for (size_t n = 0; n < extents_[1].size(); ++n) {
      if (!outputs_.at(m, n).is_fitting) continue;
      for (size_t k = 0; k < extents_[2].size(); ++k) {
        if (activations_.at(m, k).is_fitting && weights_.at(n, k).is_fitting) {
          collect({static_cast<uint16_t>(m), static_cast<uint16_t>(n), static_cast<uint16_t>(k)},
                  given_order);
        }
      }
    }
  }
}

uint64_t TilingSearch::fewest_cycles(double slack) {
  const auto later = [](const Candidate& a, const Candidate& b) {
    return a.cycles_bound > b.cycles_bound;
  };
  // The best bound leads to a good tiling, which leaves few of the others.
  const auto first = std::max_element(candidates_.begin(), candidates_.end(), later);
  uint64_t best = time(*first).cycles;
  forget_above(limit_of(best, slack));
  std::make_heap(candidates_.begin(), candidates_.end(), later);
  auto end = candidates_.end();
  while (end != candidates_.begin() && candidates_.front().cycles_bound < best) {
    best = std::min(best, time(candidates_.front()).cycles);
    std::pop_heap(candidates_.begin(), end--, later);
  }
  return best;
}

Tiling TilingSearch::least_energy(uint64_t limit, const EnergyModel& model) {
  forget_above(limit);
  for (Candidate& candidate : candidates_) {
    const TileBounds bounds = this->bounds(candidate.size);
    const LayerBound bound = bounds.bound(kLoopOrders[candidate.order]);
    candidate.energy_bound =
        energy(model, bounds.passes(), bound.cycles, bound.dram_bytes, bound.psum_reload_bytes);
  }
  const auto later = [&](const Candidate& a, const Candidate& b) { return is_before(b, a); };
  std::make_heap(candidates_.begin(), candidates_.end(), later);
  std::optional<Tiling> best;
  double best_energy = HUGE_VAL;
  auto end = candidates_.end();
  while (end != candidates_.begin() && candidates_.front().energy_bound < best_energy) {
    const Candidate candidate = candidates_.front();
    std::pop_heap(candidates_.begin(), end--, later);
    const LayerTiming timing = time(candidate);
    if (timing.cycles > limit) continue;
    const double pj = energy(model, bounds(candidate.size).passes(), timing.cycles,
                             timing.dram_bytes, timing.psum_reload_bytes);
    if (pj < best_energy) {
      best_energy = pj;
      best = tiling(candidate);
    }
  }
  OLV_CHECK(best, "no tiling within {} cycles", limit);
  return *best;
}

uint64_t TilingSearch::limit_of(uint64_t cycles, double slack) {
  return static_cast<uint64_t>(std::floor(static_cast<double>(cycles) * slack));
}

std::vector<ExtentCut> TilingSearch::cut(Dim dim, const std::vector<int64_t>& sizes) const {
  std::vector<ExtentCut> result;
  result.reserve(sizes.size());
  for (const int64_t size : sizes) result.push_back(cut_extent(geometry_, work_, dim, size));
  return result;
}

void TilingSearch::collect(const Size& size, const std::optional<LoopOrder>& given_order) {
  const TileBounds bounds = this->bounds(size);
  const auto add = [&](uint16_t order) {
    candidates_.push_back({size, order, bounds.cycles(kLoopOrders[order]), 0});
  };
  if (given_order) {
    add(static_cast<uint16_t>(std::find(kLoopOrders.begin(), kLoopOrders.end(), *given_order) -
                              kLoopOrders.begin()));
    return;
  }
  size_t idle = 0;
  for (size_t d = 0; d < 3; ++d) {
    if (bounds.count(static_cast<Dim>(d)) == 1) idle |= size_t{1} << d;
  }
  const OrderList& list = kCanonicalOrders[idle];
  for (size_t i = 0; i < list.count; ++i) add(list.orders[i]);
}

TileBounds TilingSearch::bounds(const Size& size) const {
  const auto [m, n, k] = size;
  const TileBounds::Cuts cuts{{&extents_[0][m], &extents_[1][n], &extents_[2][k]},
                              &activations_.at(m, k).cut,
                              &weights_.at(n, k).cut,
                              &outputs_.at(m, n).cut};
  return {geometry_, machine_.dram, work_, cuts};
}

Tiling TilingSearch::tiling(const Candidate& candidate) const {
  const auto [m, n, k] = candidate.size;
  return {{extents_[0][m].tiles.full, extents_[1][n].tiles.full, extents_[2][k].tiles.full},
          kLoopOrders[candidate.order]};
}

bool TilingSearch::is_before(const Candidate& a, const Candidate& b) const {
  if (a.energy_bound != b.energy_bound) return a.energy_bound < b.energy_bound;
  if (a.cycles_bound != b.cycles_bound) return a.cycles_bound < b.cycles_bound;
  const Tiling first = tiling(a);
  const Tiling second = tiling(b);
  return std::tie(first.tile, first.order) < std::tie(second.tile, second.order);
}

LayerTiming TilingSearch::time(const Candidate& candidate) const {
  return time_layer(geometry_, machine_.dram, work_, tiling(candidate));
}

void TilingSearch::forget_above(uint64_t limit) {
  std::erase_if(candidates_, [&](const Candidate& c) { return c.cycles_bound > limit; });
}

double TilingSearch::energy(const EnergyModel& model, const BorderPasses& passes, uint64_t cycles,
                            const OperandBytes& dram_bytes, uint64_t reload_bytes) const {
  const ActionCounts counts = count_actions(geometry_, work_, passes, dram_bytes, reload_bytes);
  return model.energy(counts, Cycles{cycles}).total_pj();
}

}  // namespace olivine
