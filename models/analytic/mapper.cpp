// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "models/analytic/tile_loops.h"
#include "models/analytic/traffic.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"

namespace olivine {
namespace {

// What the array covers of an extent in one fold, aligned; the alignment alone where it streams.
int64_t unit_of(const ArrayGeometry& geometry, Dim dim) {
  const bool is_os = geometry.is_output_stationary();
  const Dim row_dim = is_os ? Dim::M : Dim::K;
  const Dim col_dim = geometry.dataflow == Dataflow::InputStationary ? Dim::M : Dim::N;
  const int64_t alignment = kTileAlignment[static_cast<size_t>(dim)];
  if (dim == row_dim) return std::lcm(geometry.row_span, alignment);
  if (dim == col_dim) return std::lcm(geometry.col_span, alignment);
  return alignment;
}

// Tile sizes that cut the extent into 1, 2, 3, ... nearly even shares, each a multiple of `unit`.
std::vector<int64_t> even_shares(int64_t extent, int64_t unit) {
  std::vector<int64_t> sizes;
  for (int64_t shares = 1; shares <= extent; shares += std::max<int64_t>(1, shares / 4)) {
    const int64_t size = round_up(ceil_div(extent, shares), unit);
    sizes.push_back(std::min(size, extent));
    if (size <= unit) break;
  }
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

struct Candidate {
  Tiling tiling;
  uint64_t cycles_bound = 0;
  double energy_bound = 0;
};

// A loop of one iteration has no place: of the orders that differ only there, the one that has
// such loops innermost, by Dim, stands for all.
bool is_canonical(const LoopOrder& order, const std::array<int64_t, 3>& counts) {
  std::optional<Dim> idle;
  for (const Dim dim : order) {
    const bool is_idle = counts[static_cast<size_t>(dim)] == 1;
    if (idle && (!is_idle || dim < *idle)) return false;
    if (is_idle) idle = dim;
  }
  return true;
}

class Search {
 public:
  Search(const ArrayGeometry& geometry, const MachineConfig& machine, const GemmWork& work,
         const MapperOptions& options)
      : geometry_(geometry), machine_(machine), work_(work), options_(options) {}

  // Every tiling of the given sizes that fits, with its bound.
  void collect(const std::array<std::vector<int64_t>, 3>& sizes) {
    for (const int64_t m : sizes[0]) {
      for (const int64_t n : sizes[1]) {
        for (const int64_t k : sizes[2]) {
          Tiling tiling{{m, n, k}, kLoopOrders[0]};
          if (!fits(work_, tiling, machine_.memory)) continue;
          const std::array<int64_t, 3> counts = tile_counts(tiling);
          for (const LoopOrder& order : kLoopOrders) {
            if (options_.order ? order != *options_.order : !is_canonical(order, counts)) continue;
            tiling.order = order;
            candidates_.push_back({tiling, bound(tiling).cycles, 0});
          }
        }
      }
    }
  }

  [[nodiscard]] bool is_empty() const { return candidates_.empty(); }

  // Fewest cycles of all candidates: in order of their bounds until no bound can win.
  [[nodiscard]] uint64_t fewest_cycles() {
    const auto later = [](const Candidate& a, const Candidate& b) {
      return a.cycles_bound > b.cycles_bound;
    };
    std::make_heap(candidates_.begin(), candidates_.end(), later);
    uint64_t best = UINT64_MAX;
    auto end = candidates_.end();
    while (end != candidates_.begin() && candidates_.front().cycles_bound < best) {
      best = std::min(best, time(candidates_.front().tiling).cycles);
      std::pop_heap(candidates_.begin(), end--, later);
    }
    return best;
  }

  // Least energy among candidates of at most `limit` cycles.
  [[nodiscard]] Tiling least_energy(uint64_t limit, const EnergyModel& model) {
    std::erase_if(candidates_, [&](const Candidate& c) { return c.cycles_bound > limit; });
    for (Candidate& candidate : candidates_) {
      const LayerBound b = bound(candidate.tiling);
      candidate.energy_bound =
          energy(model, candidate.tiling, b.cycles, b.dram_bytes, b.psum_reload_bytes);
    }
    std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(a.energy_bound, a.cycles_bound, a.tiling.tile, a.tiling.order) <
             std::tie(b.energy_bound, b.cycles_bound, b.tiling.tile, b.tiling.order);
    });
    const Candidate* best = nullptr;
    double best_energy = HUGE_VAL;
    for (const Candidate& candidate : candidates_) {
      if (candidate.energy_bound >= best_energy) break;
      const LayerTiming timing = time(candidate.tiling);
      if (timing.cycles > limit) continue;
      const double pj = energy(model, candidate.tiling, timing.cycles, timing.dram_bytes,
                               timing.psum_reload_bytes);
      if (pj < best_energy) {
        best_energy = pj;
        best = &candidate;
      }
    }
    OLV_CHECK(best != nullptr, "no tiling within {} cycles", limit);
    return best->tiling;
  }

 private:
  [[nodiscard]] std::array<int64_t, 3> tile_counts(const Tiling& tiling) const {
    std::array<int64_t, 3> counts{};
    for (size_t d = 0; d < counts.size(); ++d) {
      counts[d] = tiles_of(work_.extent(static_cast<Dim>(d)), tiling.tile[d]).count;
    }
    return counts;
  }
  [[nodiscard]] LayerBound bound(const Tiling& tiling) const {
    return bound_layer(geometry_, machine_.dram, work_, tiling);
  }
  [[nodiscard]] LayerTiming time(const Tiling& tiling) const {
    return time_layer(geometry_, machine_.dram, work_, tiling);
  }
  [[nodiscard]] double energy(const EnergyModel& model, const Tiling& tiling, uint64_t cycles,
                              const OperandBytes& dram_bytes, uint64_t reload_bytes) const {
    const ActionCounts counts = count_actions(geometry_, work_, tiling, dram_bytes, reload_bytes);
    return model.energy(counts, Cycles{cycles}).total_pj();
  }

  ArrayGeometry geometry_;
  const MachineConfig& machine_;
  const GemmWork& work_;
  const MapperOptions& options_;
  std::vector<Candidate> candidates_;
};

}  // namespace

Mapping Mapper::evaluate(const ArrayGeometry& geometry, const GemmWork& work,
                         const Tiling& tiling) const {
  Mapping mapping;
  mapping.tiling = tiling;
  mapping.timing = time_layer(geometry, machine_->dram, work, tiling);
  mapping.counts = count_actions(geometry, work, tiling, mapping.timing.dram_bytes,
                                 mapping.timing.psum_reload_bytes);
  mapping.energy = model_->energy(mapping.counts, Cycles{mapping.timing.cycles});
  return mapping;
}

Mapping Mapper::map(const GemmWork& work, const std::string& layer_name) const {
  const ArrayGeometry geometry = make_geometry(*machine_, work.scheme);
  const bool is_ideal = machine_->dram.model == DramModel::Ideal;
  std::array<std::vector<int64_t>, 3> sizes;
  for (size_t d = 0; d < sizes.size(); ++d) {
    const Dim dim = static_cast<Dim>(d);
    if (options_.tile) {
      sizes[d] = {std::min((*options_.tile)[d], work.extent(dim))};
    } else if (is_ideal) {
      sizes[d] = {work.extent(dim)};
    } else {
      sizes[d] = even_shares(work.extent(dim), unit_of(geometry, dim));
    }
  }
  if (options_.tile) {
    const Tiling given{{sizes[0][0], sizes[1][0], sizes[2][0]}, kLoopOrders[0]};
    if (const auto problem = misalignment(work, given)) {
      throw ShapeError{fmt::format("layer {}: {}", layer_name, *problem)};
    }
  }
  if (is_ideal) {
    const Tiling tiling{{sizes[0][0], sizes[1][0], sizes[2][0]},
                        options_.order.value_or(kLoopOrders[0])};
    return evaluate(geometry, work, tiling);
  }
  Search search{geometry, *machine_, work, options_};
  search.collect(sizes);
  if (search.is_empty() && !options_.tile) {  // tiles below what the array covers
    for (size_t d = 0; d < sizes.size(); ++d) {
      sizes[d] = even_shares(work.extent(static_cast<Dim>(d)), kTileAlignment[d]);
    }
    search.collect(sizes);
  }
  if (search.is_empty()) {
    const Tiling smallest{{sizes[0].back(), sizes[1].back(), sizes[2].back()}, kLoopOrders[0]};
    throw ShapeError{
        fmt::format("layer {} ({}x{}x{}) does not fit machine {} at {}: {}x{}x{}: {}", layer_name,
                    work.shape.m, work.shape.n, work.shape.k, machine_->name,
                    options_.tile ? "the given tile" : "any tiling, not even", smallest.tile[0],
                    smallest.tile[1], smallest.tile[2],
                    overflow(work, smallest, machine_->memory).value_or("no tile fits"))};
  }
  const double slack = 1.0 + machine_->mapper.slack_pct / 100.0;
  const auto limit =
      static_cast<uint64_t>(std::floor(static_cast<double>(search.fewest_cycles()) * slack));
  return evaluate(geometry, work, search.least_energy(limit, *model_));
}

}  // namespace olivine
