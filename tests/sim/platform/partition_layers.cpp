// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/sim/platform/partition_layers.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/format.h"
#include "models/workloads/conv.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform_config.h"

namespace olivine {

PlatformConfig platform_of(int count, Partition partition, const std::string& keys,
                           const std::string& accelerator_keys) {
  PlatformConfig platform = parse_platform(fmt::format("name: p\n"
                                                       "memories:\n"
                                                       "  - {{name: dram, base: 0x1000}}\n"
                                                       "accelerators:\n"
                                                       "  - name: acc\n"
                                                       "    count: {}\n"
                                                       "    machine: edge_16x16\n"
                                                       "{}{}",
                                                       count, accelerator_keys, keys),
                                           "p.yaml");
  platform.partition = partition;
  return platform;
}

Layer gemm_layer(const std::string& name, const GemmShape& shape, LayerKind kind) {
  return {name, kind, shape, std::nullopt, 0, 0};
}

Layer vector_layer(const std::string& name, int64_t elems, int64_t ops) {
  return {name, LayerKind::Vector, {}, std::nullopt, elems, ops};
}

Layer conv_layer(const std::string& name, ConvShape conv, LayerKind kind) {
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  if (kind == LayerKind::DepthwiseConv2d) conv.filters = conv.c;
  return {name, kind, kind == LayerKind::Conv2d ? lower_conv(conv) : lower_depthwise(conv),
          conv, 0,    0};
}

Workload workload_of(std::vector<Layer> layers) {
  Workload workload;
  workload.name = "w";
  workload.layers = std::move(layers);
  return workload;
}

std::vector<std::string> problems_of(const PlatformConfig& platform, const Workload& workload,
                                     const std::string& scheme) {
  try {
    const PlatformProgram program = partition_network(platform, parse_scheme(scheme), workload);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::vector<Layer> random_layers(Rng& rng, int parts) {
  const auto extent = [&] { return rng.uniform(parts, 3 * parts + 2); };
  const auto pairs = [&] { return rng.uniform(2 * parts - 1, 6 * parts + 1); };
  ConvShape conv{extent(),
                 rng.uniform(3, 6),
                 rng.uniform(3, 6),
                 rng.uniform(1, 7),
                 3,
                 2,
                 pairs(),
                 rng.uniform(1, 2),
                 1,
                 1,
                 0};
  ConvShape depthwise = conv;
  depthwise.c = extent();
  return {gemm_layer("rows", {extent(), pairs(), rng.uniform(1, 40), 1}),
          gemm_layer("heads", {rng.uniform(1, 9), rng.uniform(1, 9), rng.uniform(1, 9), extent()},
                     LayerKind::Attention),
          conv_layer("conv", conv, LayerKind::Conv2d),
          conv_layer("depthwise", depthwise, LayerKind::DepthwiseConv2d),
          vector_layer("softmax", extent(), rng.uniform(1, 8))};
}

}  // namespace olivine
