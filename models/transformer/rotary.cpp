// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/rotary.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/error.h"

namespace olivine {
namespace {

struct Turn {
  float cosine = 1.0F;
  float sine = 0.0F;
};

// Of one position, head_dim / 2.
std::vector<Turn> turns_at(int64_t position, int64_t head_dim, double theta) {
  std::vector<Turn> turns;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(head_dim);
    const double angle = static_cast<double>(position) * std::pow(theta, exponent);
    turns.push_back({static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
  }
  return turns;
}

void rotate_heads(std::span<float> row, std::span<const Turn> turns) {
  const size_t half = turns.size();
  for (size_t head = 0; head < row.size(); head += 2 * half) {
    for (size_t i = 0; i < half; ++i) {
      float& low = row[head + i];
      float& high = row[head + half + i];
      const float turned = low * turns[i].cosine - high * turns[i].sine;
      high = high * turns[i].cosine + low * turns[i].sine;
      low = turned;
    }
  }
}

}  // namespace

void rotate_positions(FloatMatrix& x, int64_t head_dim, double theta,
                      std::span<const int64_t> lengths) {
  const auto longest = std::ranges::max_element(lengths);
  std::vector<std::vector<Turn>> turns;
  for (int64_t i = 0; longest != lengths.end() && i < *longest; ++i) {
    turns.push_back(turns_at(i, head_dim, theta));
  }
  int64_t row = 0;
  for (const int64_t length : lengths) {
    for (int64_t i = 0; i < length; ++i) rotate_heads(x.row(row++), turns[static_cast<size_t>(i)]);
  }
  OLV_CHECK(row == x.rows, "{} tokens of {}", row, x.rows);
}

}  // namespace olivine
