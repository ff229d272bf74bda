// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/numerics/scale_search.h"

namespace olivine {

// Normal values of 4-bit OVP: int4, flint4, or for each tensor the one with the smaller error.
enum class Ovp4Normals : uint8_t { Int4, Flint4, Best };

struct QuantizeOptions {
  EncoderPolicy policy = EncoderPolicy::Paper;
  Granularity granularity = Granularity::PerRow;  // of weights
  SearchRange range;
  Ovp4Normals ovp4 = Ovp4Normals::Int4;
};

}  // namespace olivine
