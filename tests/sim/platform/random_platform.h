// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace olivine {

class Rng;
struct Job;
struct LayerPlacement;
struct PlatformConfig;
enum class AcceleratorModel : uint8_t;

namespace testing {

struct LayerRanges;
struct RandomLayer;

// One memory for `accelerators` accelerators of a model; bus twice as wide as the memory.
PlatformConfig make_platform(size_t accelerators, AcceleratorModel model,
                             int64_t bytes_per_cycle = 16, int64_t latency_cycles = 20);

// Where the operands of job `index` lie: nobody else's are there.
LayerPlacement place_apart(size_t index);

// A layer as one job.
Job make_job(const RandomLayer& layer, size_t index, size_t accelerator = 0);

// A layer that is bound by its memory: tiles of much data and little work on a 64x64 array.
RandomLayer memory_bound_layer(int64_t m = 64, int64_t n = 64, int64_t k = 512);

// As random_layer(), never of ideal memory, and with dense weights: platforms have no
// decompressors.
RandomLayer random_fed_layer(Rng& rng, LayerRanges ranges);

}  // namespace testing
}  // namespace olivine
