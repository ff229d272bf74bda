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

// Bounds from UnitEnergies may be this much too high.
constexpr double kBelow = 1.0 - 1e-9;

}  // namespace

TilingSearch::TilingSearch(const ArrayGeometry& geometry, const MachineConfig& machine,
                           const EnergyModel& model, const GemmWork& work,
                           const std::array<std::vector<int64_t>, 3>& sizes)
    : geometry_(geometry),
      machine_(machine),
      model_(model),
      work_(work),
      unit_(unit_energies()),
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

void TilingSearch::collect(const std::optional<LoopOrder>& given_order, double slack) {
  slack_ = slack;
  sure_limit_ = limit_of(least_array_cycles(), slack);
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

uint64_t TilingSearch::fewest_cycles() {
  // By the cheap bound first, then by the better one of what that leaves.
  struct Entry {
    uint64_t bound = 0;
    const Candidate* candidate = nullptr;
    bool is_paced = false;
  };
  const auto later = [](const Entry& a, const Entry& b) { return a.bound > b.bound; };
  std::vector<Entry> entries;
  const auto first = std::min_element(
      candidates_.begin(), candidates_.end(),
      [](const Candidate& a, const Candidate& b) { return a.cycles_bound < b.cycles_bound; });
  fewest_cycles_ = std::min(fewest_cycles_, time(*first).cycles);
  for (const Candidate& candidate : candidates_) {
    if (candidate.cycles_bound < fewest_cycles_) {
      entries.push_back({candidate.cycles_bound, &candidate, false});
    }
  }
  std::make_heap(entries.begin(), entries.end(), later);
  while (!entries.empty() && entries.front().bound < fewest_cycles_) {
    std::pop_heap(entries.begin(), entries.end(), later);
    Entry& entry = entries.back();
    if (entry.is_paced) {
      fewest_cycles_ = std::min(fewest_cycles_, time(*entry.candidate).cycles);
      entries.pop_back();
    } else {
      const Candidate& candidate = *entry.candidate;
      entry.bound = bounds(candidate.size).paced_cycles(kLoopOrders[candidate.order]);
      entry.is_paced = true;
      std::push_heap(entries.begin(), entries.end(), later);
    }
  }
  return fewest_cycles_;
}

Tiling TilingSearch::least_energy(uint64_t limit) {
  std::erase_if(candidates_, [&](const Candidate& c) { return c.cycles_bound > limit; });
  const auto later = [](const Candidate& a, const Candidate& b) {
    return a.energy_bound > b.energy_bound;
  };
  std::make_heap(candidates_.begin(), candidates_.end(), later);
  struct Choice {
    double energy_pj = HUGE_VAL;
    uint64_t cycles = 0;
    Tiling tiling;
  };
  const auto rank = [](const Choice& c) {
    return std::tie(c.energy_pj, c.cycles, c.tiling.tile, c.tiling.order);
  };
  std::optional<Choice> best;
  auto end = candidates_.end();
  while (end != candidates_.begin() &&
         (!best || candidates_.front().energy_bound * kBelow <= best->energy_pj)) {
    const Candidate candidate = candidates_.front();
    std::pop_heap(candidates_.begin(), end--, later);
    const TileBounds bounds = this->bounds(candidate.size);
    if (bounds.paced_cycles(kLoopOrders[candidate.order]) > limit) continue;
    const LayerTiming timing = time(candidate);
    if (timing.cycles > limit) continue;
    const Choice choice{energy(bounds.passes(), timing), timing.cycles, tiling(candidate)};
    if (!best || rank(choice) < rank(*best)) best = choice;
  }
  OLV_CHECK(best, "no tiling within {} cycles", limit);
  return best->tiling;
}

uint64_t TilingSearch::least_array_cycles() const {
  int64_t cycles = work_.shape.batch;
  for (const std::vector<ExtentCut>& cuts : extents_) {
    int64_t least = INT64_MAX;
    for (const ExtentCut& cut : cuts) {
      least = std::min(least, cut.stream_cycles > 0 ? cut.stream_cycles : cut.passes);
    }
    cycles *= least;
  }
  return static_cast<uint64_t>(cycles + geometry_.pipeline_cycles);
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
  if (bounds.least_cycles() > limit_) return;
  if (given_order) {
    const auto order = std::find(kLoopOrders.begin(), kLoopOrders.end(), *given_order);
    add(size, static_cast<uint16_t>(order - kLoopOrders.begin()), bounds);
    return;
  }
  size_t idle = 0;
  for (size_t d = 0; d < 3; ++d) {
    if (bounds.count(static_cast<Dim>(d)) == 1) idle |= size_t{1} << d;
  }
  const OrderList& list = kCanonicalOrders[idle];
  for (size_t i = 0; i < list.count; ++i) add(size, list.orders[i], bounds);
}

void TilingSearch::add(const Size& size, uint16_t order, const TileBounds& bounds) {
  const TileBounds::Traffic moved = bounds.traffic(kLoopOrders[order]);
  const uint64_t cycles = bounds.cycles(moved);
  if (cycles > limit_) return;
  const BorderPasses passes = bounds.passes();
  const auto cost = [](int64_t count, double pj) { return static_cast<double>(count) * pj; };
  const double energy_pj =
      unit_.base_pj + cost(passes.activations, unit_.activation_pass_pj) +
      cost(passes.weights, unit_.weight_pass_pj) + cost(passes.sums, unit_.sum_pass_pj) +
      cost(moved.activations, unit_.activation_byte_pj) +
      cost(moved.weights, unit_.weight_byte_pj) +
      cost(moved.weight_buffer, unit_.weight_buffer_byte_pj) +
      cost(moved.outputs, unit_.output_byte_pj) + cost(moved.psum_reloads, unit_.psum_byte_pj) +
      static_cast<double>(cycles) * unit_.cycle_pj;
  const bool is_maybe_fastest = cycles < fewest_cycles_;
  if (!is_maybe_fastest && energy_pj * kBelow > lightest_pj_) return;
  candidates_.push_back({size, order, cycles, energy_pj});
  // Bounds well below those before: probably a tiling that leaves few others worth remembering.
  constexpr double kFaster = 1023.0 / 1024.0;
  constexpr double kLighter = 31.0 / 32.0;
  const bool is_fast = static_cast<double>(cycles) < kFaster * fastest_bound_;
  const bool is_light = cycles <= sure_limit_ && energy_pj < kLighter * lightest_bound_pj_;
  if (!is_fast && !is_light) return;
  fastest_bound_ = std::min(fastest_bound_, static_cast<double>(cycles));
  if (is_light) lightest_bound_pj_ = energy_pj;
  const LayerTiming timing = time(candidates_.back());
  fewest_cycles_ = std::min(fewest_cycles_, timing.cycles);
  limit_ = limit_of(fewest_cycles_, slack_);
  if (timing.cycles > sure_limit_) return;
  lightest_pj_ = std::min(lightest_pj_, energy(passes, timing));
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

LayerTiming TilingSearch::time(const Candidate& candidate) const {
  return time_layer(geometry_, machine_.dram, work_, tiling(candidate));
}

TilingSearch::UnitEnergies TilingSearch::unit_energies() const {
  constexpr uint64_t kMany = uint64_t{1} << 32;
  const BorderPasses one_sum{0, 0, 1};
  const double base = energy(one_sum, {});
  // Bytes are rounded up to whole ones: eight passes need no rounding.
  const auto pass = [&](const BorderPasses& eight) { return (energy(eight, {}) - base) / 8.0; };
  const auto each = [&](const LayerTiming& many) {
    return (energy(one_sum, many) - base) / static_cast<double>(kMany);
  };
  UnitEnergies unit;
  unit.activation_pass_pj = pass({8, 0, 1});
  unit.weight_pass_pj = pass({0, 8, 1});
  unit.sum_pass_pj = pass({0, 0, 9});
  unit.base_pj = base - unit.sum_pass_pj;
  unit.activation_byte_pj = each({.dram_bytes = {kMany, 0, 0, 0}});
  unit.weight_byte_pj = each({.dram_bytes = {0, kMany, 0, 0}});
  unit.weight_buffer_byte_pj = each({.weight_buffer_bytes = kMany});
  unit.output_byte_pj = each({.dram_bytes = {0, 0, 0, kMany}});
  unit.psum_byte_pj = each({.dram_bytes = {0, 0, 2 * kMany, 0}, .psum_reload_bytes = kMany});
  unit.cycle_pj = each({.cycles = kMany});
  return unit;
}

double TilingSearch::energy(const BorderPasses& passes, const LayerTiming& timing) const {
  const ActionCounts counts = count_actions(geometry_, work_, passes, timing);
  return model_.energy(counts, Cycles{timing.cycles}).total_pj();
}

}  // namespace olivine
