// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/workloads/workload.h"
#include "sim/platform/job.h"

namespace olivine {

enum class Partition : uint8_t;

// A part of a layer, as a layer of its own: the shape of a convolution is that of its part.
struct SlicedLayer {
  Layer layer;
  LayerSlice slice;  // empty for Vector
};

// The parts, in order; or why the layer cannot be cut, and no parts.
struct LayerSlices {
  std::vector<SlicedLayer> slices;
  std::string problem;
};

// Cuts a layer into one part for each of `parts` accelerators, nearly equal, larger ones first.
//   data    GEMM: the batch where it has as many elements as there are parts, else m; convolution:
//           images; depthwise: channels, else images;
//   output  GEMM: the batch, else n in pairs (a byte of 4-bit outputs) with an odd last one in the
//           last part, so n >= 2 * parts - 1; convolution: filters, as n; depthwise: channels.
// Vector: operations; fewer operations than parts make fewer parts.
// Contract: partition is Data or Output, parts >= 1.
[[nodiscard]] LayerSlices slice_layer(const Layer& layer, Partition partition, size_t parts);

// The whole layer as its only part.
[[nodiscard]] SlicedLayer whole_slice(const Layer& layer);

}  // namespace olivine
