// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/variation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace olivine::sweep {
namespace {

constexpr size_t kMaxNeighbours = 16;

// x^(1/16): distribution index 15 of crossover. Square roots are rounded alike everywhere.
double root16(double x) { return std::sqrt(std::sqrt(std::sqrt(std::sqrt(x)))); }
// x^(1/8): distribution index 7 of mutation.
double root8(double x) { return std::sqrt(std::sqrt(std::sqrt(x))); }

uint32_t to_position(double value, uint64_t levels) {
  const double last = static_cast<double>(levels - 1);
  return static_cast<uint32_t>(std::clamp(std::floor(value + 0.5), 0.0, last));
}

// Children lie around the parents' middle, as far apart as the parents times a spread of mean 1.
void cross_ordered(uint32_t& a, uint32_t& b, uint64_t levels, Rng& rng) {
  const double u = rng.unit();
  const double spread = u <= 0.5 ? root16(2 * u) : 1 / root16(2 * (1 - u));
  const double middle = (static_cast<double>(a) + static_cast<double>(b)) / 2;
  const double half = spread * std::abs(static_cast<double>(a) - static_cast<double>(b)) / 2;
  const uint32_t low = to_position(middle - half, levels);
  const uint32_t high = to_position(middle + half, levels);
  const bool is_swapped = rng.chance(0.5);
  a = is_swapped ? high : low;
  b = is_swapped ? low : high;
}

// A step of the polynomial distribution, one position at least, back inside where it leaves.
uint32_t step(uint32_t position, uint64_t levels, Rng& rng) {
  const double u = rng.unit();
  const double share = u < 0.5 ? root8(2 * u) - 1 : 1 - root8(2 * (1 - u));
  const double range = static_cast<double>(levels - 1);
  const double length = std::max(1.0, std::floor(std::abs(share) * range + 0.5));
  const double from = static_cast<double>(position);
  bool is_up = share >= 0;
  if (is_up ? position + 1 == levels : position == 0) is_up = !is_up;
  return to_position(is_up ? from + length : from - length, levels);
}

uint32_t another(uint32_t position, uint64_t levels, Rng& rng) {
  const auto value = static_cast<uint32_t>(rng.uniform(0, static_cast<int64_t>(levels) - 2));
  return value < position ? value : value + 1;
}

}  // namespace

Variation::Variation(std::vector<GeneAxis> axes, double crossover, double mutation)
    : axes_(std::move(axes)), crossover_(crossover), mutation_(mutation) {
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    if (axes_[axis].levels > 1) free_axes_.push_back(axis);
  }
}

void Variation::cross(Genes& a, Genes& b, Rng& rng) const {
  if (!rng.chance(crossover_)) return;
  for (const size_t axis : free_axes_) {
    if (!rng.chance(0.5)) continue;
    if (axes_[axis].is_ordered) {
      cross_ordered(a[axis], b[axis], axes_[axis].levels, rng);
    } else {
      std::swap(a[axis], b[axis]);
    }
  }
}

void Variation::mutate(Genes& genes, Rng& rng) const {
  for (const size_t axis : free_axes_) {
    if (rng.chance(mutation_)) change(genes, axis, rng);
  }
}

void Variation::mutate_one(Genes& genes, Rng& rng) const {
  if (free_axes_.empty()) return;
  const auto last = static_cast<int64_t>(free_axes_.size()) - 1;
  change(genes, free_axes_[static_cast<size_t>(rng.uniform(0, last))], rng);
}

std::vector<uint32_t> Variation::neighbours(size_t axis, uint32_t position, Rng& rng) const {
  const auto [levels, is_ordered] = axes_[axis];
  std::vector<uint32_t> positions;
  if (is_ordered) {
    if (position > 0) positions.push_back(position - 1);
    if (position + 1 < levels) positions.push_back(position + 1);
  } else if (levels <= kMaxNeighbours + 1) {
    for (uint32_t other = 0; other < levels; ++other) {
      if (other != position) positions.push_back(other);
    }
  } else {
    while (positions.size() < kMaxNeighbours) positions.push_back(another(position, levels, rng));
  }
  return positions;
}

void Variation::change(Genes& genes, size_t axis, Rng& rng) const {
  const auto [levels, is_ordered] = axes_[axis];
  genes[axis] = is_ordered ? step(genes[axis], levels, rng) : another(genes[axis], levels, rng);
}

}  // namespace olivine::sweep
