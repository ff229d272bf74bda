// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>

#include "models/numerics/scale_search.h"

namespace olivine {

// Normal values of 4-bit OVP: int4, flint4, or for each tensor the one with the smaller error.
enum class Ovp4Normals : uint8_t { Int4, Flint4, Best };

struct QuantizeOptions {
  EncoderPolicy policy = EncoderPolicy::Paper;
  Granularity granularity = Granularity::PerRow;  // of weights
  // PerTensor: one scale, found on samples. PerRow: each row of activations (a token) has its own,
  // searched when it is encoded; it factors out of a GEMM as the scales of weights do.
  Granularity activations = Granularity::PerTensor;
  std::optional<SearchRange> range;  // default_range() of the format where absent
  Ovp4Normals ovp4 = Ovp4Normals::Int4;
};

// That of the published accuracy (75 .. 250 % of three sigma), and wider for ovp8: its normal
// values have 127 steps, so that a threshold of many sigma, with few victims, errs least.
[[nodiscard]] SearchRange default_range(Format format);

}  // namespace olivine
