// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/evaluate.h"

#include <numeric>
#include <span>

#include "experiments/sweep/space/model_version.h"
#include "experiments/sweep/spec/one_line.h"
#include "models/analytic/network.h"
#include "models/base/units.h"
#include "models/energy/energy_model.h"
#include "models/energy/energy_table.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::sweep {
namespace {

constexpr double kJoulesPerPicojoule = 1e-12;
constexpr double kUm2PerMm2 = 1e6;

double sum_of(std::span<const uint64_t> values) {
  return static_cast<double>(std::accumulate(values.begin(), values.end(), uint64_t{0}));
}

// Inputs that one run of the workload processes.
double batch_of(const Workload& workload) {
  const auto batch = workload.params.find("batch");
  return batch == workload.params.end() ? 1.0 : static_cast<double>(batch->second);
}

// What follows from time, energy and area, whatever the machine.
void set_derived(Metrics& metrics, const Workload& workload) {
  const double time_s = metrics.get(Metric::Time).value();
  const double energy_pj = metrics.get(Metric::Energy).value();
  const double throughput_per_s = batch_of(workload) / time_s;
  metrics.set(Metric::Edp, energy_pj * time_s);
  metrics.set(Metric::Power, energy_pj * kJoulesPerPicojoule / time_s);
  metrics.set(Metric::Throughput, throughput_per_s);
  if (const auto area_um2 = metrics.get(Metric::Area)) {
    metrics.set(Metric::ThroughputPerArea, throughput_per_s / (*area_um2 / kUm2PerMm2));
  }
}

void set_static(Metrics& metrics, const ArrayInputs& array) {
  const MemoryConfig& memory = array.machine.memory;
  const int64_t buffer_bytes =
      memory.activation_buffer + memory.weight_buffer + memory.output_buffer;
  metrics.set(Metric::Pes,
              static_cast<double>(array.machine.array.rows * array.machine.array.cols));
  metrics.set(Metric::BufferBytes, static_cast<double>(buffer_bytes));
  if (array.energy != nullptr) metrics.set(Metric::Area, array.energy->area().total_um2());
}

Metrics run(const ArrayInputs& array, const PointInputs& inputs) {
  ArrayInputs complete = array;
  if (complete.energy == nullptr) {
    complete.energy = std::make_shared<const EnergyModel>(array.machine, *array.table);
  }
  const NetworkPlan plan =
      plan_network(complete.machine, inputs.scheme, *inputs.workload, {}, complete.energy);
  const LayerResult total = evaluate(plan).total;
  ArrayGeometry geometry;
  geometry.rows = complete.machine.array.rows;
  geometry.cols = complete.machine.array.cols;
  const Cycles cycles{total.cycles};

  Metrics metrics;
  set_static(metrics, complete);
  metrics.set(Metric::Time, to_seconds(cycles, complete.machine.clock_hz));
  metrics.set(Metric::Energy, total.energy.total_pj());
  metrics.set(Metric::Utilization, utilization(geometry, total.counts.pe_ops, cycles));
  metrics.set(Metric::Macs, static_cast<double>(total.macs));
  metrics.set(Metric::Cycles, static_cast<double>(total.cycles));
  metrics.set(Metric::StallCycles, sum_of(total.stalls));
  metrics.set(Metric::DramBytes, sum_of(total.dram_bytes));
  metrics.set(Metric::DramEnergy, total.energy.dram_pj + total.energy.dram_background_pj);
  metrics.set(Metric::BufferEnergy, total.energy.activation_buffer_pj +
                                        total.energy.weight_buffer_pj +
                                        total.energy.output_buffer_pj);
  metrics.set(Metric::LeakageEnergy, total.energy.leakage_pj);
  set_derived(metrics, *inputs.workload);
  return metrics;
}

Metrics run(const GpuInputs& gpu, const PointInputs& inputs) {
  const std::shared_ptr<const GemmModel> model = gpu.model();
  const GpuLayerResult total = run_gpu_network(*model, *inputs.workload, inputs.scheme).total;
  const GpuEnergy& energy = total.timing.energy;

  Metrics metrics;
  metrics.set(Metric::Time, total.timing.time_s);
  metrics.set(Metric::Energy, energy.total_pj());
  metrics.set(Metric::Utilization, total.utilization());
  metrics.set(Metric::Macs, static_cast<double>(total.macs));
  metrics.set(Metric::DramBytes, total.timing.hbm_bytes);
  metrics.set(Metric::DramEnergy, energy.hbm_pj);
  metrics.set(Metric::BufferEnergy, energy.shared_pj + energy.l2_pj);
  metrics.set(Metric::LeakageEnergy, energy.constant_pj);
  set_derived(metrics, *inputs.workload);
  return metrics;
}

}  // namespace

Outcome evaluate(const PointInputs& inputs) {
  try {
    return {std::visit([&](const auto& machine) { return run(machine, inputs); }, inputs.machine),
            ""};
  } catch (const UserError& error) {
    return {{}, one_line(error)};
  }
}

Metrics static_metrics(const PointInputs& inputs) {
  Metrics metrics;
  if (const auto* array = std::get_if<ArrayInputs>(&inputs.machine)) set_static(metrics, *array);
  return metrics;
}

std::string_view model_version() { return kModelVersion; }

}  // namespace olivine::sweep
