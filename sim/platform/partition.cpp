// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/platform/partition_placement.h"
#include "sim/platform/partition_planner.h"
#include "sim/platform/partition_slices.h"
#include "sim/platform/partition_stages.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

bool is_same_layer(const Layer& a, const Layer& b) {
  return a.kind == b.kind && a.gemm == b.gemm && a.conv == b.conv &&
         a.vector_elems == b.vector_elems && a.vector_ops == b.vector_ops;
}

bool carries_values(const PlatformAccelerator& accelerator) {
  return accelerator.model != AcceleratorModel::Event;
}

std::vector<size_t> memory_indices(const PlatformConfig& platform) {
  std::vector<size_t> indices;
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    const PlatformMemory& memory = memory_of(platform, accelerator);
    indices.push_back(static_cast<size_t>(&memory - platform.memories.data()));
  }
  return indices;
}

class Partitioner {
 public:
  Partitioner(const PlatformConfig& platform, const Scheme& scheme)
      : platform_(platform),
        memory_of_accelerator_(memory_indices(platform)),
        planner_(platform, scheme, problems_) {
    program_.scheme = scheme;
    program_.memory_bytes.resize(platform.memories.size());
    psum_bytes_.resize(platform.memories.size());
    for (size_t i = 0; i < platform.accelerators.size(); ++i) {
      program_.energy.push_back(planner_.energy(i));
    }
  }

  PlatformProgram run(const Workload& workload, const std::set<LayerKind>& kinds) {
    program_.workload = workload;
    std::erase_if(program_.workload.layers, [&](const Layer& layer) {
      return !kinds.empty() && !kinds.contains(layer.kind);
    });
    if (program_.workload.layers.empty()) {
      problems_.add(fmt::format("workload {}: no layer of the chosen kinds", workload.name));
    }
    check_formats();
    if (platform_.partition == Partition::Layer) {
      make_stages();
    } else {
      make_slices();
    }
    check_sizes();
    problems_.throw_if_any();
    return std::move(program_);
  }

 private:
  [[nodiscard]] std::string place(const std::string& key) const {
    const auto found = platform_.places.find(key);
    return found == platform_.places.end() ? "platform " + platform_.name : found->second;
  }

  void check_formats() {
    const Scheme& scheme = program_.scheme;
    if (info(scheme.weights).is_integer && info(scheme.activations).is_integer) return;
    for (const PlatformAccelerator& accelerator : platform_.accelerators) {
      if (!carries_values(accelerator)) continue;
      problems_.add(fmt::format(
          "accelerator {}: model {} computes integers, and {} has others: must be event",
          accelerator.name, name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model),
          scheme.name));
    }
  }

  // One layer, the same for every accelerator that carries values.
  void check_kind(const Layer& layer, size_t accelerator_index) {
    const PlatformAccelerator& accelerator = platform_.accelerators[accelerator_index];
    if (!layer.conv || !carries_values(accelerator)) return;
    problems_.add(fmt::format(
        "layer {}: accelerator {} of model {} computes values of GEMMs only: must be event",
        layer.name, accelerator.name,
        name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model)));
  }

  void make_slices() {
    std::vector<const Layer*> distinct;
    std::vector<uint64_t> counts;  // layers of the network, by phase
    for (const Layer& layer : program_.workload.layers) {
      const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const Layer* other) {
        return is_same_layer(*other, layer);
      });
      program_.phase_of_layer.push_back(static_cast<size_t>(same - distinct.begin()));
      if (same == distinct.end()) {
        distinct.push_back(&layer);
        counts.push_back(0);
      }
      ++counts[program_.phase_of_layer.back()];
    }
    for (size_t i = 0; i < distinct.size(); ++i) make_phase(*distinct[i], counts[i]);
  }

  void make_phase(const Layer& layer, uint64_t count) {
    Phase phase{layer.name, {}, count * static_cast<uint64_t>(platform_.inputs)};
    const size_t parts = platform_.accelerators.size();
    const LayerSlices cut = slice_layer(layer, platform_.partition, parts);
    if (!cut.problem.empty()) {
      problems_.add(fmt::format("{}: partition = {} on {} accelerators: {}", place("partition"),
                                name_of<Partition>(kPartitionNames, platform_.partition), parts,
                                cut.problem));
    }
    OperandPlacer placer{platform_.memories, memory_of_accelerator_};
    const auto index = static_cast<size_t>(&layer - program_.workload.layers.data());
    for (size_t i = 0; i < cut.slices.size(); ++i) {
      check_kind(layer, i);
      const PlannedLayer* planned = planner_.plan(i, cut.slices[i].layer);
      if (planned == nullptr) continue;
      Job job{layer.name, index, i, 0, planned->plan, cut.slices[i].slice, {}, {}};
      if (layer.kind != LayerKind::Vector) placer.place(job, false);
      phase.jobs.push_back(std::move(job));
    }
    add_use(placer, count);
    program_.phases.push_back(std::move(phase));
  }

  void make_stages() {
    const std::vector<Layer>& layers = program_.workload.layers;
    const size_t stages = platform_.accelerators.size();
    if (layers.size() < stages) {
      problems_.add(
          fmt::format("{}: partition = layer on {} accelerators: workload {} has {} "
                      "layers: must be at least {}",
                      place("partition"), stages, program_.workload.name, layers.size(), stages));
      return;
    }
    const size_t most_inputs = std::max<size_t>(1, kMaxPlatformJobs / layers.size());
    if (static_cast<size_t>(platform_.inputs) > most_inputs) {
      problems_.add(fmt::format("{}: inputs = {}: must be at most {} of {} layers each",
                                place("inputs"), platform_.inputs, most_inputs, layers.size()));
      return;
    }
    std::vector<std::vector<const PlannedLayer*>> plans(stages);
    std::vector<std::vector<uint64_t>> costs(stages);
    for (size_t stage = 0; stage < stages; ++stage) {
      for (const Layer& layer : layers) {
        plans[stage].push_back(planner_.plan(stage, layer));
        costs[stage].push_back(plans[stage].back() == nullptr ? 0 : plans[stage].back()->cycles);
      }
    }
    if (!problems_.is_empty()) return;
    const std::vector<size_t> first = balance_stages(costs);
    std::vector<size_t> stage_of(layers.size(), 0);
    for (size_t layer = 0, stage = 0; layer < layers.size(); ++layer) {
      if (stage + 1 < stages && layer == first[stage + 1]) ++stage;
      stage_of[layer] = stage;
      check_kind(layers[layer], stage);
    }
    make_pipeline(stage_of, plans);
  }

  void make_pipeline(const std::vector<size_t>& stage_of,
                     const std::vector<std::vector<const PlannedLayer*>>& plans) {
    const std::vector<Layer>& layers = program_.workload.layers;
    const bool has_values =
        std::any_of(platform_.accelerators.begin(), platform_.accelerators.end(), carries_values);
    Phase phase{layers.front().name, {}, 1};
    OperandPlacer placer{platform_.memories, memory_of_accelerator_};
    for (int64_t input = 0; input < platform_.inputs; ++input) {
      for (size_t i = 0; i < layers.size(); ++i) {
        const Layer& layer = layers[i];
        const size_t stage = stage_of[i];
        Job job{layer.name, i, stage, input, plans[stage][i]->plan, whole_slice(layer).slice,
                {},         {}};
        // Both operands of attention belong to the input.
        const bool has_own_weights = has_values || layer.kind == LayerKind::Attention;
        if (layer.kind != LayerKind::Vector) placer.place(job, has_own_weights);
        if (i > 0) job.after.push_back(phase.jobs.size() - 1);
        phase.jobs.push_back(std::move(job));
      }
    }
    add_use(placer, 1);
    program_.phases.push_back(std::move(phase));
    program_.phase_of_layer.assign(layers.size(), 0);
  }

  // `count` layers have operands of their own, and share the space of partial sums.
  void add_use(const OperandPlacer& placer, uint64_t count) {
    for (size_t i = 0; i < placer.use().size(); ++i) {
      uint64_t& bytes = program_.memory_bytes[i];
      bytes = saturating_add(bytes, saturating_mul(count, placer.use()[i].operand_bytes));
      psum_bytes_[i] = std::max(psum_bytes_[i], placer.use()[i].psum_bytes);
    }
  }

  void check_sizes() {
    for (size_t i = 0; i < platform_.memories.size(); ++i) {
      const PlatformMemory& memory = platform_.memories[i];
      uint64_t& bytes = program_.memory_bytes[i];
      bytes = saturating_add(bytes, psum_bytes_[i]);
      if (bytes <= static_cast<uint64_t>(memory.size_bytes)) continue;
      const auto size = memory.places.find("size");
      const std::string& where = size != memory.places.end() ? size->second : memory.place;
      problems_.add(fmt::format("{}: memory {}: size = {} ({} B): workload {} in {} needs {} B",
                                where.empty() ? "platform " + platform_.name : where, memory.name,
                                format_bytes(memory.size_bytes), memory.size_bytes,
                                program_.workload.name, program_.scheme.name, bytes));
    }
  }

  const PlatformConfig& platform_;
  Problems problems_;
  std::vector<size_t> memory_of_accelerator_;
  AcceleratorPlanner planner_;
  PlatformProgram program_;
  std::vector<uint64_t> psum_bytes_;  // by memory: of the layer that spills most
};

}  // namespace

PlatformProgram partition_network(const PlatformConfig& platform, const Scheme& scheme,
                                  const Workload& workload, const std::set<LayerKind>& kinds) {
  return Partitioner{platform, scheme}.run(workload, kinds);
}

}  // namespace olivine
