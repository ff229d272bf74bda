// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/sweep/spec/spec.h"

namespace olivine::sweep {

// What is stored of a point, in the order of kMetrics.
enum class Metric : uint8_t {
  Time,
  Energy,
  Edp,
  Power,
  Throughput,
  Area,
  ThroughputPerArea,
  Utilization,
  Macs,
  Cycles,
  StallCycles,
  DramBytes,
  DramEnergy,
  BufferEnergy,
  LeakageEnergy,
  Pes,
  BufferBytes
};

struct MetricInfo {
  Metric metric;
  std::string_view name;  // of the column, with its unit
  Goal goal;              // as an objective
  bool is_static;         // known from the machine alone, before anything is timed
  std::string_view help;
};

inline constexpr std::array kMetrics = {
    MetricInfo{Metric::Time, "time_s", Goal::Min, false, "of the whole workload"},
    MetricInfo{Metric::Energy, "energy_pj", Goal::Min, false, "of the whole workload"},
    MetricInfo{Metric::Edp, "edp_pj_s", Goal::Min, false, "energy times time"},
    MetricInfo{Metric::Power, "power_w", Goal::Min, false, "energy over time"},
    MetricInfo{Metric::Throughput, "throughput_per_s", Goal::Max, false,
               "inputs a second: workload.batch (1 if there is none) over time"},
    MetricInfo{Metric::Area, "area_um2", Goal::Min, true,
               "PEs, decoders and scratchpads of an array; GPUs have none"},
    MetricInfo{Metric::ThroughputPerArea, "throughput_per_s_mm2", Goal::Max, false,
               "throughput over area"},
    MetricInfo{Metric::Utilization, "utilization", Goal::Max, false,
               "useful PE operations over PE cycles; GPUs: MACs over the dense tensor peak"},
    MetricInfo{Metric::Macs, "macs", Goal::Min, false, "of the workload, dense"},
    MetricInfo{Metric::Cycles, "cycles", Goal::Min, false, "of an array's clock; GPUs have none"},
    MetricInfo{Metric::StallCycles, "stall_cycles", Goal::Min, false,
               "in which an array waited for memory; GPUs have none"},
    MetricInfo{Metric::DramBytes, "dram_bytes", Goal::Min, false, "moved to and from memory"},
    MetricInfo{Metric::DramEnergy, "energy_dram_pj", Goal::Min, false, "its background included"},
    MetricInfo{Metric::BufferEnergy, "energy_buffers_pj", Goal::Min, false,
               "scratchpads; GPUs: shared memory and L2"},
    MetricInfo{Metric::LeakageEnergy, "energy_leakage_pj", Goal::Min, false,
               "GPUs: idle power times time"},
    MetricInfo{Metric::Pes, "pes", Goal::Min, true, "of an array; GPUs have none"},
    MetricInfo{Metric::BufferBytes, "buffer_bytes", Goal::Min, true,
               "of an array's three scratchpads; GPUs have none"}};

// The metric that comes from the sweep's file instead of the models: known for some schemes.
inline constexpr std::string_view kQualityName = "quality";

// Of one point; what does not apply has no value.
class Metrics {
 public:
  [[nodiscard]] std::optional<double> get(Metric metric) const {
    return values_[static_cast<size_t>(metric)];
  }
  void set(Metric metric, double value) { values_[static_cast<size_t>(metric)] = value; }
  bool operator==(const Metrics&) const = default;

 private:
  std::array<std::optional<double>, kMetrics.size()> values_;
};

// The row of kMetrics with this name, or null.
[[nodiscard]] const MetricInfo* find_metric(std::string_view name);

// What came of a point: metrics, or why it failed.
struct Outcome {
  Metrics metrics;
  std::string failure;  // "" of a point that ran

  [[nodiscard]] bool is_ok() const { return failure.empty(); }
  bool operator==(const Outcome&) const = default;
};

}  // namespace olivine::sweep
