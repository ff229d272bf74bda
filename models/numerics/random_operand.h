// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/base/rng.h"
#include "models/numerics/packed.h"

namespace olivine {

// Share of OVP pairs that hold an outlier: about that of BERT-base and GPT2-XL under the 3-sigma
// rule (OliVe Table 2: 0.65 .. 1.2 % of pairs).
inline constexpr double kOutlierPairShare = 0.01;

// A synthetic operand of any format and pattern: find_problem is empty for it, and the same seed
// gives the same bytes everywhere. Normals are bell-shaped around 0 with the largest normal at
// three sigma; outliers take every legal code with equal chance; 2:4 groups keep a random legal
// pair of positions. Scales are 1, one a row.
[[nodiscard]] PackedMatrix random_packed(Format format, Pattern pattern, int64_t rows, int64_t k,
                                         Rng& rng, double outlier_pair_share = kOutlierPairShare);

}  // namespace olivine
