// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine::measure {

struct DeviceRecord;

// Percent of the sampling period that others may have used the device.
inline constexpr int kIdleUtilizationPercent = 5;
// How long a device may take to come to rest: from work that has just ended, or, without
// persistence mode, from the driver's own start, which clears memory and counts as load.
inline constexpr double kRestSeconds = 15;

struct Preflight {
  DeviceMode mode;
  DeviceSample sample;             // at rest
  std::vector<std::string> notes;  // what a reader of the record should know
};

// Whether the device is fit to be measured, before a context is made on it. Refused, with what
// could be done: a capability that no kernel is built for; compute mode prohibited; MIG; another
// process on it, or load; clocks held down by heat or by the supply. With `checks_only` times do
// not matter, and only the first two are asked. Changes nothing; waits up to kRestSeconds by
// `sleep_s`.
Status check_device(const DeviceInfo& device, DeviceMonitor& monitor, bool checks_only,
                    const std::function<void(double)>& sleep_s, Preflight& preflight);

// What of it belongs into a record.
[[nodiscard]] DeviceRecord make_device_record(const DeviceInfo& device, const Preflight& preflight);

}  // namespace olivine::measure
