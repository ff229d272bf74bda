// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/workloads/workload.h"
#include "sim/platform/job.h"

namespace olivine {

class EnergyModel;
struct PlatformConfig;

// Jobs that are simulated together from an empty platform, and how often the network has them.
// Under data and output partition every layer is its own phase, since all accelerators wait for
// each other after it, and equal layers share one; under layer partition all is one phase.
struct Phase {
  std::string name;       // of the first layer
  std::vector<Job> jobs;  // layer partition: by input, then layer
  uint64_t occurrences = 1;
};

// A network spread over a platform.
struct PlatformProgram {
  Scheme scheme;
  Workload workload;  // layers that run, in order
  std::vector<Phase> phases;
  std::vector<size_t> phase_of_layer;
  // Bytes of each memory that operands take: of one inference where inputs follow one another
  // (equal phases are placed once, counted as often as they occur), of all where they are
  // pipelined; with the partial sums of the layer that spills most.
  std::vector<uint64_t> memory_bytes;
  std::vector<std::shared_ptr<const EnergyModel>> energy;  // by accelerator
};

inline constexpr size_t kMaxPlatformJobs = 200'000;  // of one phase

// Cuts (partition_slices.h) and places every layer; tilings are those of plan_network() for each
// slice on its machine with mapper_dram(). Layer partition cuts the network into consecutive
// stages, one for each accelerator in order, whose largest closed-form time is smallest; job
// (input, layer) waits for (input, layer - 1). Every operand of a phase has its own range of
// addresses, a multiple of 64, from the base of the accelerator's memory on. Jobs that read the
// same part of an operand in equal tiles share it; inputs share the weights of a layer where no
// accelerator carries values, which are drawn for each input. Throws ConfigError with every
// problem: a scheme that a machine cannot run, an extent smaller than the number of accelerators,
// fewer layers than accelerators, a tiling that does not fit, operands beyond the memory's size; a
// convolution, or a scheme that is not integer, on an accelerator that carries values. `kinds`:
// layers to run, empty for all.
[[nodiscard]] PlatformProgram partition_network(const PlatformConfig& platform,
                                                const Scheme& scheme, const Workload& workload,
                                                const std::set<LayerKind>& kinds = {});

}  // namespace olivine
