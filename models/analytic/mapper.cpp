// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "models/analytic/tiling_search.h"
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

}  // namespace

Mapping Mapper::evaluate(const ArrayGeometry& geometry, const GemmWork& work,
                         const Tiling& tiling) const {
  Mapping mapping;
  mapping.tiling = tiling;
  mapping.timing = time_layer(geometry, machine_->dram, work, tiling);
  mapping.counts =
      count_actions(geometry, work, border_passes(geometry, work, tiling), mapping.timing);
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
  const double slack = 1.0 + machine_->mapper.slack_pct / 100.0;
  auto search = std::make_unique<TilingSearch>(geometry, *machine_, *model_, work, sizes);
  search->collect(options_.order, slack);
  if (search->is_empty() && !options_.tile) {  // tiles below what the array covers
    for (size_t d = 0; d < sizes.size(); ++d) {
      sizes[d] = even_shares(work.extent(static_cast<Dim>(d)), kTileAlignment[d]);
    }
    search = std::make_unique<TilingSearch>(geometry, *machine_, *model_, work, sizes);
    search->collect(options_.order, slack);
  }
  if (search->is_empty()) {
    const Tiling smallest{{sizes[0].back(), sizes[1].back(), sizes[2].back()}, kLoopOrders[0]};
    throw ShapeError{
        fmt::format("layer {} ({}x{}x{}) does not fit machine {} at {}: {}x{}x{}: {}", layer_name,
                    work.shape.m, work.shape.n, work.shape.k, machine_->name,
                    options_.tile ? "the given tile" : "any tiling, not even", smallest.tile[0],
                    smallest.tile[1], smallest.tile[2],
                    overflow(work, smallest, machine_->memory).value_or("no tile fits"))};
  }
  const uint64_t limit = TilingSearch::limit_of(search->fewest_cycles(), slack);
  return evaluate(geometry, work, search->least_energy(limit));
}

}  // namespace olivine
