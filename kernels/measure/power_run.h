// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/launch/launch_config.h"
#include "kernels/runtime/device.h"

namespace olivine {
class DeviceMonitor;
}

namespace olivine::measure {

struct PowerRecord;

// Power against clock: the device's widest dense and sparse int8 instructions, sustained on all
// SMs, with random and with zero operands. Power is the energy counter's difference between two
// moments at which it moves, in the second half, by another thread. Throws CudaError.
[[nodiscard]] std::vector<PowerRecord> measure_power(const DeviceLimits& device,
                                                     DeviceMonitor& monitor, double seconds,
                                                     uint64_t seed, StreamHandle stream);

}  // namespace olivine::measure
