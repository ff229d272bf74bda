// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/measure/shape_list.h"
#include "kernels/measure/variants.h"

namespace olivine::measure {

// What a case has to compute and to move at least, by formula from its shape and formats. Bytes
// count every operand once in the form in which it is stored, codes and metadata without padding.
struct CaseWork {
  double ops = 0;                // 2 m n k, of dense extents, also of 2:4
  int64_t weight_bytes = 0;      // as stored
  int64_t activation_bytes = 0;  // as stored
  int64_t c_bytes = 0;           // int32 of own kernels
  // Decoding before the GEMM: what it writes and the GEMM reads again.
  int64_t decoded_bytes = 0;

  // Moved in all: decoded bytes twice.
  [[nodiscard]] int64_t moved_bytes() const {
    return weight_bytes + activation_bytes + c_bytes + 2 * decoded_bytes;
  }
  // Memory of one copy of everything.
  [[nodiscard]] int64_t footprint_bytes() const {
    return weight_bytes + activation_bytes + c_bytes + decoded_bytes;
  }
};
[[nodiscard]] CaseWork work_of(const Variant& variant, const NamedShape& shape);

// Copies of a case's operands that launches take in turns: at least two, and more than twice the L2
// cache in all, so that what a launch reads was displaced since its last use. Of tiny operands
// there are kMaxRotationSets, which may stay in the cache: is_cold says.
struct Rotation {
  int64_t sets = 0;
  int64_t bytes = 0;  // of all sets
  bool is_cold = false;
};
inline constexpr int64_t kMaxRotationSets = 1024;
// Contract: set_bytes and l2_bytes above 0.
[[nodiscard]] Rotation rotation_of(int64_t set_bytes, int64_t l2_bytes);

// Launches of one graph: whole turns through the sets, of at least `sample_us` by the estimate of
// one launch, at most kMaxGraphLaunches.
inline constexpr int64_t kMaxGraphLaunches = 4096;
// Contract: launch_us above 0, sets 1..kMaxRotationSets.
[[nodiscard]] int64_t graph_launches(double launch_us, double sample_us, int64_t sets);

}  // namespace olivine::measure
