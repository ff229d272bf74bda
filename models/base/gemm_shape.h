// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/base/units.h"

namespace olivine {

// C[m,n] += A[m,k] * B[k,n], `batch` times with independent operands. A is activations, B is
// weights, k the reduction; all in dense elements. Any extent may be 0: nothing is computed.
struct GemmShape {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  int64_t batch = 1;

  [[nodiscard]] Macs macs() const {
    return Macs{static_cast<uint64_t>(m) * static_cast<uint64_t>(n) * static_cast<uint64_t>(k) *
                static_cast<uint64_t>(batch)};
  }
  bool operator==(const GemmShape&) const = default;
};

// A half-open range of one extent, in dense elements.
struct Span {
  int64_t begin = 0;
  int64_t length = 0;

  [[nodiscard]] int64_t end() const { return begin + length; }
  bool operator==(const Span&) const = default;
};

// Largest extent accepted from users, and largest product of extents (MACs of one layer). Keeps
// every count of the models inside 64 bits with room for network totals.
inline constexpr int64_t kMaxExtent = int64_t{1} << 31;
inline constexpr int64_t kMaxLayerMacs = int64_t{1} << 54;

}  // namespace olivine
