// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/numerics/float_matrix.h"
#include "models/transformer/attention.h"

namespace olivine {

// Distances from here on share a bucket.
inline constexpr int64_t kMaxRelativeDistance = 128;

// T5's bucket of a key `distance` tokens behind the query (negative: before it), in both directions
// (Raffel et al. 2020, arXiv 1910.10683, section 2.1): the lower half of the buckets is for keys at
// or before the query. In each half the first half counts tokens, the rest grows by powers up to
// kMaxRelativeDistance. Contract: `buckets` is a multiple of 4.
[[nodiscard]] int64_t relative_bucket(int64_t distance, int64_t buckets);

// The biases of all heads up to `max_distance`, from a table of buckets x heads.
[[nodiscard]] RelativeBias make_relative_bias(const FloatMatrix& table, int64_t max_distance);

}  // namespace olivine
