// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/device_monitor.h"

#include <array>
#include <utility>

namespace olivine {
namespace {

constexpr std::array kNames = {
    std::pair{throttle::kGpuIdle, "gpu_idle"},
    std::pair{throttle::kApplicationClocks, "application_clocks"},
    std::pair{throttle::kSoftwarePowerCap, "software_power_cap"},
    std::pair{throttle::kHardwareSlowdown, "hardware_slowdown"},
    std::pair{throttle::kSyncBoost, "sync_boost"},
    std::pair{throttle::kSoftwareThermal, "software_thermal_slowdown"},
    std::pair{throttle::kHardwareThermal, "hardware_thermal_slowdown"},
    std::pair{throttle::kPowerBrake, "hardware_power_brake"},
    std::pair{throttle::kDisplayClocks, "display_clocks"},
    std::pair{throttle::kBoardLimit, "board_limit"},
    std::pair{throttle::kReliability, "reliability"},
};

std::string name_of_bit(int bit) {
  for (const auto& [mask, name] : kNames) {
    if (mask == uint64_t{1} << bit) {
      return name;
    }
  }
  return "bit_" + std::to_string(bit);
}

}  // namespace

std::vector<std::string> throttle_names(uint64_t reasons) {
  std::vector<std::string> names;
  for (int bit = 0; bit < 64; ++bit) {
    if ((reasons >> bit & 1) != 0) {
      names.push_back(name_of_bit(bit));
    }
  }
  return names;
}

}  // namespace olivine
