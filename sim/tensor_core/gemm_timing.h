// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/base/enum_names.h"
#include "models/energy/gpu_energy.h"

namespace olivine {

// Where the time of a kernel goes; the order of the waterfall.
enum class TimePart : uint8_t {
  Tensor,        // the tensor cores' own time at the highest clock, every SM busy
  CudaCores,     // kernels without tensor cores: their arithmetic (gpu_network.h)
  SharedMemory,  // operand reads beyond it
  Decode,        // CUDA cores beyond it
  L2,            // tiles from L2 beyond it
  Hbm,           // tiles from memory beyond it
  Latency,       // prologue, exposed latency
  Epilogue,      // outputs, reduction of splits
  Tail,          // SMs idle in the last wave
  Launch,        // launch, and pre-pass kernels
  Clock,         // clock below the highest because of power
};
inline constexpr std::array kTimePartNames = {
    EnumName<TimePart>{TimePart::Tensor, "tensor"},
    EnumName<TimePart>{TimePart::CudaCores, "cuda_cores"},
    EnumName<TimePart>{TimePart::SharedMemory, "shared_memory"},
    EnumName<TimePart>{TimePart::Decode, "decode"},
    EnumName<TimePart>{TimePart::L2, "l2"},
    EnumName<TimePart>{TimePart::Hbm, "hbm"},
    EnumName<TimePart>{TimePart::Latency, "latency"},
    EnumName<TimePart>{TimePart::Epilogue, "epilogue"},
    EnumName<TimePart>{TimePart::Tail, "tail"},
    EnumName<TimePart>{TimePart::Launch, "launch"},
    EnumName<TimePart>{TimePart::Clock, "clock"}};
inline constexpr size_t kTimeParts = kTimePartNames.size();

struct GemmTiming {
  double time_s = 0;
  double clock_hz = 0;  // settled under the power limit
  double power_w = 0;   // mean
  int64_t ctas = 0;
  int64_t ctas_per_sm = 0;
  double waves = 0;  // ctas / (SMs x ctas_per_sm)
  double hbm_bytes = 0;
  double l2_bytes = 0;
  std::string kernel;                        // name
  std::array<double, kTimeParts> parts_s{};  // by TimePart; adds up to time_s
  GpuActions actions;
  GpuEnergy energy;

  [[nodiscard]] double part_s(TimePart part) const { return parts_s[static_cast<size_t>(part)]; }
  // The largest part.
  [[nodiscard]] TimePart limiter() const;
};

}  // namespace olivine
