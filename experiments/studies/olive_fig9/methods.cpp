// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/olive_fig9/methods.h"

#include "models/machines/gpu.h"
#include "sim/tensor_core/calibration.h"

namespace olivine {
namespace {

constexpr const char* kMachine = "rtx2080ti";
constexpr const char* kMachineWithDecoders = "rtx2080ti_mmaovp";
// Libraries without constants of their own take those of this one (gemm_model.cpp).
constexpr const char* kFallback = "cublas";

// "80 % of the layers end up int8" (section 5.3); which ones is not published: here every fifth
// layer keeps 4 bits.
constexpr int64_t kAntNarrowEvery = 5;
constexpr double kGoboBits = 4;  // of a weight in DRAM; outliers are a thousandth of them
constexpr double kFp16Bits = 16;
constexpr double kNoLimitW = 1e5;

enum class Sums : uint8_t { Fp16, Fp32 };

GemmModel make_model(const char* name, Setting setting, Sums sums,
                     const KernelConstants& constants) {
  GpuMachine machine = load_gpu(name);
  if (sums == Sums::Fp32) machine.tensor.fp16_macs_per_clk /= 2;
  if (setting == Setting::Simulator) machine.power.limit_w = kNoLimitW;
  Calibration calibration;
  calibration.libraries[kFallback].constants = constants;
  return GemmModel{machine, calibration};
}

// Weights are 4 bits in DRAM and fp16 from L2 on. Its time is that of plain fp16: an upper bound,
// and the same where memory is not what limits it.
GemmTiming time_gobo(const GemmModel& model, const GemmShape& shape) {
  GemmTiming timing = time_linear(model, parse_scheme("w16a16-fp16"), "cutlass_like", shape);
  const double weights = static_cast<double>(shape.n * shape.k * shape.batch);
  const double saved_bytes = weights * (kFp16Bits - kGoboBits) / 8;
  const double kept = 1 - saved_bytes / timing.hbm_bytes;
  timing.hbm_bytes *= kept;
  timing.energy.hbm_pj *= kept;
  return timing;
}

double count_narrow(const LinearLayers& layers) {
  double count = 0;
  for (const int64_t position : layers.positions) {
    if (position % kAntNarrowEvery == 0) ++count;
  }
  return count;
}

}  // namespace

KernelConstants board_constants() {
  const Calibration calibration = shipped_calibration(kMachine);
  const LibraryCalibration* fitted = calibration.find(kFallback);
  return fitted == nullptr ? KernelConstants{} : fitted->constants;
}

KernelConstants simulator_constants() {
  KernelConstants constants = board_constants();
  constants.launch_us = 0;
  return constants;
}

Methods::Methods(Setting setting, const KernelConstants& constants)
    : gpu_{make_model(kMachine, setting, Sums::Fp16, constants)},
      gpu_fp32_{make_model(kMachine, setting, Sums::Fp32, constants)},
      gpu_ovp_{make_model(kMachineWithDecoders, setting, Sums::Fp16, constants)} {}

Network Methods::run(const Workload& workload) const {
  Network network;
  for (const LinearLayers& layers : linear_layers(workload)) {
    const GemmShape& shape = layers.shape;
    const double count = layers.count();
    const double narrow_count = count_narrow(layers);
    const GemmTiming narrow = time_linear(gpu_ovp_, parse_scheme("w4a4-ovp"), "mmaovp", shape);
    const GemmTiming wide = time_linear(gpu_, parse_scheme("w8a8-int8"), "cutlass_like", shape);
    network.olive.add(narrow, count);
    network.int8.add(wide, count);
    network.ant.add(narrow, narrow_count);
    network.ant.add(wide, count - narrow_count);
    network.gobo.add(time_gobo(gpu_, shape), count);
    network.gobo_fp32.add(time_gobo(gpu_fp32_, shape), count);
    network.gobo_software.add(time_linear(gpu_, parse_scheme("w4a16-int4"), "cutlass_like", shape),
                              count);
  }
  return network;
}

}  // namespace olivine
