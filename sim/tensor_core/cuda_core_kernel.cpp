// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/cuda_core_kernel.h"

#include <algorithm>
#include <cstddef>

#include "models/base/error.h"
#include "models/energy/gpu_energy.h"
#include "models/machines/gpu.h"
#include "models/workloads/workload.h"

namespace olivine {
namespace {

constexpr double kElementBytes = 2;  // fp16
constexpr double kPicojoulesPerJoule = 1e12;

// What a kernel has to do, whatever the machine. Windows of a depthwise convolution stay in
// registers: what it reads again comes at no bytes.
struct Work {
  const char* name;
  double lane_instructions;  // of fp32 lanes
  double bytes;              // read and written once
};

Work work_of(const Layer& layer) {
  if (layer.kind == LayerKind::Vector) {
    const auto elems = static_cast<double>(layer.vector_elems);
    return {"elementwise", elems * static_cast<double>(layer.vector_ops),
            2 * elems * kElementBytes};  // read, written
  }
  OLV_CHECK(layer.kind == LayerKind::DepthwiseConv2d && layer.conv, "layer {}", layer.name);
  const ConvShape& conv = *layer.conv;
  const int64_t inputs = conv.n * conv.h * conv.w * conv.c;
  const int64_t filters = conv.c * conv.r * conv.s;
  const int64_t outputs = conv.n * conv.p * conv.q * conv.c;
  return {"depthwise_conv2d", static_cast<double>(layer.gemm.macs().count()),
          static_cast<double>(inputs + filters + outputs) * kElementBytes};
}

}  // namespace

CudaCoreModel::CudaCoreModel(const GpuMachine& machine)
    : machine_(&machine), energy_(std::make_unique<const GpuEnergyModel>(machine)) {}

CudaCoreModel::~CudaCoreModel() = default;

GemmTiming CudaCoreModel::time(const Layer& layer) const {
  const Work work = work_of(layer);
  const auto lanes = static_cast<double>(machine_->sm.count * machine_->sm.fp32_lanes);
  const double core_cycles = work.lane_instructions / lanes;
  const double memory_s = work.bytes / (machine_->hbm.bytes_per_s * machine_->hbm.reached);
  const auto time_at = [&](double clock_hz) {
    return machine_->launch_s + machine_->hbm.latency_cycles / clock_hz +
           std::max(core_cycles / clock_hz, memory_s);
  };

  GemmTiming timing;
  timing.kernel = work.name;
  timing.hbm_bytes = timing.l2_bytes = work.bytes;
  timing.actions.alu_instructions = work.lane_instructions;
  timing.actions.shared_bytes = timing.actions.l2_bytes = timing.actions.hbm_bytes = work.bytes;
  const double max_hz = energy_->max_clock_hz();
  timing.clock_hz = energy_->settled_clock(
      energy_->dynamic_energy(timing.actions, Format::Fp16, max_hz), time_at);
  timing.time_s = time_at(timing.clock_hz);

  const auto set_part = [&](TimePart part, double seconds) {
    timing.parts_s[static_cast<size_t>(part)] = seconds;
  };
  set_part(TimePart::CudaCores, core_cycles / max_hz);
  set_part(TimePart::Hbm, std::max(0.0, memory_s - core_cycles / max_hz));
  set_part(TimePart::Latency, machine_->hbm.latency_cycles / max_hz);
  set_part(TimePart::Launch, machine_->launch_s);
  set_part(TimePart::Clock, timing.time_s - time_at(max_hz));

  timing.energy = energy_->dynamic_energy(timing.actions, Format::Fp16, timing.clock_hz);
  timing.energy.constant_pj = energy_->idle_w() * timing.time_s * kPicojoulesPerJoule;
  timing.power_w = timing.energy.total_pj() / kPicojoulesPerJoule / timing.time_s;
  return timing;
}

double dense_macs_per_clk(const GpuMachine& machine, Format executed) {
  const TensorConfig& tensor = machine.tensor;
  const auto rate = [&]() -> int64_t {
    switch (executed) {
      case Format::Fp16:
      case Format::Bf16:
        return tensor.fp16_macs_per_clk;
      case Format::Fp8:
        return tensor.fp8_macs_per_clk;
      case Format::Int8:
      case Format::Ovp8:
        return tensor.int8_macs_per_clk;
      case Format::Int4:
        return tensor.int4_macs_per_clk;
      case Format::Ovp4:
      case Format::Ovp4f:  // decoders in front of 4-bit multipliers, or of 8-bit ones
        return tensor.int4_macs_per_clk > 0 ? tensor.int4_macs_per_clk : tensor.int8_macs_per_clk;
    }
    OLV_CHECK(false, "format {}", static_cast<int>(executed));
  };
  return static_cast<double>(rate());
}

}  // namespace olivine
