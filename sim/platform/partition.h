// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/workloads/workload.h"
#include "sim/platform/job.h"
#include "sim/platform/platform_config.h"

namespace olivine {

// Jobs that are simulated together from an empty platform, and how often the network has them.
// Under data and output partition every layer is its own phase, since all accelerators wait for
// each other after it, and equal layers share one; under layer partition all is one phase.
struct Phase {
  std::string name;  // of the first layer
  std::vector<Job> jobs;
  uint64_t occurrences = 1;
};

// A network spread over a platform.
struct PlatformProgram {
  Scheme scheme;
  Workload workload;  // layers that run, in order
  std::vector<Phase> phases;
  std::vector<size_t> phase_of_layer;
  // Bytes of each memory that operands take (equal phases are placed once, counted as often as
  // they occur).
  std::vector<uint64_t> memory_bytes;
  std::vector<std::shared_ptr<const EnergyModel>> energy;  // by accelerator
};

// Cuts and places every layer. Throws ConfigError with every problem: a scheme that a machine
// cannot run, an extent smaller than the number of accelerators, fewer layers than accelerators, a
// tiling that does not fit, operands beyond the memory's size; a convolution on an accelerator that
// carries values. `kinds`: layers to run, empty for all.
[[nodiscard]] PlatformProgram partition_network(const PlatformConfig& platform,
                                                const Scheme& scheme, const Workload& workload,
                                                const std::set<LayerKind>& kinds = {});

}  // namespace olivine
