// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/rng.h"

namespace olivine::sweep {

// What evolutionary search knows of an axis.
struct GeneAxis {
  uint64_t levels = 1;
  bool is_ordered = false;  // neighbouring positions are alike
};

// Positions on axes.
using Genes = std::vector<uint32_t>;

// How points of a space of mixed axes beget points. Ordered axes: simulated binary crossover (Deb,
// Agrawal, Complex Systems 9, 1995) and polynomial mutation (Deb, Goyal 1996), rounded to
// positions. Others: uniform crossover and random reset. Exponents are such that square roots do,
// so that every platform computes the same bits.
class Variation {
 public:
  // `crossover`: probability that two parents mix; `mutation`: that an axis changes.
  Variation(std::vector<GeneAxis> axes, double crossover, double mutation);

  // Turns two parents into two children.
  void cross(Genes& a, Genes& b, Rng& rng) const;
  // Changes each axis with the probability of a mutation.
  void mutate(Genes& genes, Rng& rng) const;
  // Changes one axis, if any has two levels.
  void mutate_one(Genes& genes, Rng& rng) const;
  // Positions beside one of an ordered axis; of another axis all others, or a random 16 of many
  // (which may repeat).
  [[nodiscard]] std::vector<uint32_t> neighbours(size_t axis, uint32_t position, Rng& rng) const;

 private:
  void change(Genes& genes, size_t axis, Rng& rng) const;

  std::vector<GeneAxis> axes_;
  std::vector<size_t> free_axes_;  // those of two levels or more
  double crossover_;
  double mutation_;
};

}  // namespace olivine::sweep
