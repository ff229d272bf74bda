// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/analytic/tiling.h"

namespace olivine {

// One step of the tile loops: the ranges it covers and what has to be moved for it.
struct TileVisit {
  int64_t batch = 0;
  Span m, n, k;
  bool loads_activations = false;  // not the tile the step before used
  bool loads_weights = false;
  bool is_new_output = false;      // another output tile than the step before
  bool reloads_psums = false;      // ... that was worked on earlier
  bool completes_outputs = false;  // last visit of these outputs along k
};

// Walks batch, then the loops of a tiling, one tile at a time.
class TileWalker {
 public:
  TileWalker(const GemmWork& work, const Tiling& tiling);

  // The next tile, or nothing after the last.
  [[nodiscard]] std::optional<TileVisit> next();

 private:
  [[nodiscard]] Span span_at(Dim dim) const;
  void advance();

  GemmShape shape_;
  Tiling tiling_;
  std::array<int64_t, 3> extents_;
  int64_t batch_ = 0;
  std::array<int64_t, 3> begin_ = {0, 0, 0};  // by Dim
  bool is_over_;
  std::optional<TileVisit> previous_;
};

}  // namespace olivine
