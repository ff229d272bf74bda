// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/workloads/workload.h"

namespace olivine {

class Rng;
struct PlatformConfig;
enum class Partition : uint8_t;

// `count` small arrays on one memory.
PlatformConfig platform_of(int count, Partition partition, const std::string& keys = "",
                           const std::string& accelerator_keys = "");

Layer gemm_layer(const std::string& name, const GemmShape& shape,
                 LayerKind kind = LayerKind::Linear);
Layer vector_layer(const std::string& name, int64_t elems, int64_t ops);
// Its output extents are filled in.
Layer conv_layer(const std::string& name, ConvShape conv, LayerKind kind);
Workload workload_of(std::vector<Layer> layers);

// Why the network cannot be spread over the platform, or nothing.
std::vector<std::string> problems_of(const PlatformConfig& platform, const Workload& workload,
                                     const std::string& scheme = "w4a4-ovp");

// The layers of one of each kind, small.
std::vector<Layer> random_layers(Rng& rng, int parts);

}  // namespace olivine
