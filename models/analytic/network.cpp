// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "models/analytic/mapper.h"
#include "models/analytic/traffic.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "models/machines/dram_device.h"

namespace olivine {
namespace {

bool is_same_layer(const Layer& a, const Layer& b) {
  return a.kind == b.kind && a.gemm == b.gemm && a.conv == b.conv &&
         a.vector_elems == b.vector_elems && a.vector_ops == b.vector_ops;
}

// Layers whose second operand is trained and large. Attention has none, and nine taps of a
// depthwise channel are not worth a bitmap.
bool has_weight_density(LayerKind kind) {
  return kind == LayerKind::Linear || kind == LayerKind::Head || kind == LayerKind::Conv2d;
}

LayerPlan make_plan(const MachineConfig& machine, const Scheme& scheme, const Layer& layer,
                    WeightDensity density, const Mapper& mapper) {
  LayerPlan plan;
  plan.kind = layer.kind;
  if (layer.kind == LayerKind::Vector) {
    plan.vector_ops =
        static_cast<uint64_t>(layer.vector_elems) * static_cast<uint64_t>(layer.vector_ops);
    return plan;
  }
  const Scheme operands = operand_scheme(scheme, layer.kind == LayerKind::Attention);
  plan.work = {layer.gemm, operands, layer.conv,
               has_weight_density(layer.kind) ? density : WeightDensity{}};
  plan.geometry = make_geometry(machine, operands);
  plan.tiling = mapper.map(plan.work, layer.name).tiling;
  return plan;
}

}  // namespace

LayerResult& LayerResult::add(const LayerResult& other, uint64_t times) {
  macs += times * other.macs;
  cycles += times * other.cycles;
  array_cycles += times * other.array_cycles;
  vector_cycles += times * other.vector_cycles;
  folds += times * other.folds;
  tiles += times * other.tiles;
  for (size_t i = 0; i < stalls.size(); ++i) stalls[i] += times * other.stalls[i];
  for (size_t i = 0; i < dram_bytes.size(); ++i) dram_bytes[i] += times * other.dram_bytes[i];
  counts.add(other.counts, times);
  energy.add(other.energy, static_cast<double>(times));
  return *this;
}

NetworkPlan plan_network(const MachineConfig& machine, const Scheme& scheme,
                         const Workload& workload, const PlanOptions& options,
                         std::shared_ptr<const EnergyModel> energy) {
  (void)make_geometry(machine, scheme);  // a refused scheme is one problem, not one a layer
  if (const auto reason = density_refusal(machine, scheme, options.weight_density)) {
    throw ShapeError{*reason};
  }
  if (energy == nullptr) energy = std::make_shared<EnergyModel>(machine);
  NetworkPlan network{machine, scheme, workload, {}, {}, std::move(energy)};
  network.weight_density = options.weight_density;
  std::erase_if(network.workload.layers, [&](const Layer& layer) {
    return !options.kinds.empty() && !options.kinds.contains(layer.kind);
  });
  if (network.workload.layers.empty()) {
    throw ConfigError{fmt::format("workload {}: no layer of the chosen kinds", workload.name)};
  }
  MachineConfig mapped = machine;
  mapped.dram = equivalent_bandwidth(machine.dram, machine.clock_hz);
  const Mapper mapper{mapped, *network.energy, options.mapper};
  std::vector<const Layer*> distinct;
  std::vector<std::string> problems;
  for (const Layer& layer : network.workload.layers) {
    const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const Layer* other) {
      return is_same_layer(*other, layer);
    });
    const auto index = static_cast<size_t>(same - distinct.begin());
    network.plan_of_layer.push_back(index);
    if (same == distinct.end()) {
      distinct.push_back(&layer);
      try {
        network.plans.push_back(make_plan(machine, scheme, layer, options.weight_density, mapper));
      } catch (const ShapeError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        network.plans.emplace_back();
      }
    }
    ++network.plans[index].occurrences;
  }
  if (!problems.empty()) throw ShapeError{problems};
  return network;
}

LayerResult layer_result(const EnergyModel& energy, const LayerPlan& plan,
                         const LayerTiming& timing) {
  LayerResult result;
  result.macs = plan.work.shape.macs().count();
  result.cycles = timing.cycles;
  result.array_cycles = timing.array_cycles;
  result.folds = timing.folds;
  result.tiles = timing.tiles;
  result.stalls = timing.stalls;
  result.dram_bytes = timing.dram_bytes;
  result.counts = count_actions(plan.geometry, plan.work,
                                border_passes(plan.geometry, plan.work, plan.tiling), timing);
  result.energy = energy.energy(result.counts, Cycles{result.cycles});
  return result;
}

LayerResult vector_result(const EnergyModel& energy, const LayerPlan& plan, int64_t ops_per_cycle) {
  LayerResult result;
  result.vector_cycles = ceil_div(plan.vector_ops, static_cast<uint64_t>(ops_per_cycle));
  result.cycles = result.vector_cycles;
  result.counts.vector_ops = plan.vector_ops;
  result.energy = energy.energy(result.counts, Cycles{result.cycles});
  return result;
}

LayerResult evaluate_layer(const NetworkPlan& network, const LayerPlan& plan) {
  const MachineConfig& machine = network.machine;
  if (plan.kind == LayerKind::Vector) {
    return vector_result(*network.energy, plan, machine.vector.ops_per_cycle);
  }
  OLV_CHECK(machine.dram.model != DramModel::Banked, "{}: no closed form", machine.name);
  return layer_result(*network.energy, plan,
                      time_layer(plan.geometry, machine.dram, plan.work, plan.tiling));
}

NetworkResult sum_up(const NetworkPlan& plan, std::vector<LayerResult> results) {
  NetworkResult network{std::move(results), {}};
  for (size_t i = 0; i < network.results.size(); ++i) {
    network.total.add(network.results[i], plan.plans[i].occurrences);
  }
  return network;
}

NetworkResult evaluate(const NetworkPlan& plan) {
  std::vector<LayerResult> results;
  results.reserve(plan.plans.size());
  for (const LayerPlan& layer : plan.plans) results.push_back(evaluate_layer(plan, layer));
  return sum_up(plan, std::move(results));
}

Workload single_gemm(const GemmShape& shape) {
  Layer layer;
  layer.name = "gemm";
  layer.gemm = shape;
  Workload workload;
  workload.name = fmt::format("gemm_{}x{}x{}", shape.m, shape.n, shape.k);
  workload.description = "One GEMM";
  workload.layers.push_back(std::move(layer));
  return workload;
}

}  // namespace olivine
