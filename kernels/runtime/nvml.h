// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "kernels/launch/status.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine {

// The driver's library. A path makes it that file.
inline constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";

// The monitor of the device at that PCI address (DeviceInfo::pci_bus_id), through NVML, which is
// loaded now: building needs neither its header nor its library. Or why not: no library, a function
// missing in it, no driver, no such device.
Status open_nvml(const std::string& pci_bus_id, std::unique_ptr<DeviceMonitor>& monitor,
                 const std::string& library = kNvmlLibrary);

}  // namespace olivine
