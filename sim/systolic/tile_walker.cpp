// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/tile_walker.h"

#include <algorithm>

namespace olivine {

TileWalker::TileWalker(const GemmWork& work, const Tiling& tiling)
    : shape_(work.shape),
      tiling_(tiling),
      extents_{work.shape.m, work.shape.n, work.shape.k},
      is_over_(work.shape.macs().count() == 0) {}

std::optional<TileVisit> TileWalker::next() {
  if (is_over_) return std::nullopt;
  TileVisit visit;
  visit.batch = batch_;
  visit.m = span_at(Dim::M);
  visit.n = span_at(Dim::N);
  visit.k = span_at(Dim::K);
  const bool same_batch = previous_ && previous_->batch == batch_;
  const bool same_m = same_batch && previous_->m == visit.m;
  const bool same_n = same_batch && previous_->n == visit.n;
  const bool same_k = same_batch && previous_->k == visit.k;
  visit.loads_activations = !(same_m && same_k);
  visit.loads_weights = !(same_n && same_k);
  visit.is_new_output = !(same_m && same_n);
  visit.reloads_psums = visit.is_new_output && visit.k.begin > 0;
  visit.completes_outputs = visit.k.end() == shape_.k;
  previous_ = visit;
  advance();
  return visit;
}

Span TileWalker::span_at(Dim dim) const {
  const auto d = static_cast<size_t>(dim);
  return {begin_[d], std::min(tiling_.tile[d], extents_[d] - begin_[d])};
}

void TileWalker::advance() {
  for (size_t level = 3; level-- > 0;) {
    const auto d = static_cast<size_t>(tiling_.order[level]);
    begin_[d] += tiling_.tile[d];
    if (begin_[d] < extents_[d]) return;
    begin_[d] = 0;
  }
  is_over_ = ++batch_ == shape_.batch;
}

}  // namespace olivine
