// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/preflight.h"

#include <algorithm>

#include "kernels/measure/print_text.h"
#include "kernels/measure/record.h"

namespace olivine::measure {
namespace {

constexpr double kPollSeconds = 0.25;
constexpr int kOldestMajor = 8;  // sm_80 code runs on 8.x
constexpr int kHopper = 90;      // sm_90a code on 9.0 alone
constexpr double kMiB = 1024.0 * 1024.0;

Status check_capability(const DeviceInfo& device) {
  const int capability = device.compute_capability;
  if (capability / 10 == kOldestMajor || capability == kHopper) return {};
  return Status::refuse(
      print_text("%s: compute capability %d.%d: kernels are built for 8.x and 9.0",
                 device.name.c_str(), capability / 10, capability % 10));
}

Status check_mode(const DeviceInfo& device, const DeviceMode& mode) {
  if (mode.compute_mode.value_or(device.compute_mode) == ComputeMode::Prohibited) {
    return Status::refuse(device.name +
                          ": compute mode prohibited: whoever runs the machine must allow "
                          "contexts (nvidia-smi -c DEFAULT)");
  }
  return {};
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string processes_text(const std::vector<ComputeProcess>& processes) {
  std::vector<std::string> words;
  for (const ComputeProcess& process : processes) {
    std::string word = "process " + std::to_string(process.pid);
    if (process.memory_bytes) {
      word += print_text(" (%.0f MiB)", static_cast<double>(*process.memory_bytes) / kMiB);
    }
    words.push_back(std::move(word));
  }
  return join(words);
}

// What keeps the device from being measured just now; it may end.
Status check_rest(const DeviceInfo& device, DeviceMonitor& monitor, DeviceSample& sample) {
  std::vector<ComputeProcess> processes;
  if (Status status = monitor.read_processes(processes); status && !processes.empty()) {
    return Status::refuse(device.name + ": busy: " + processes_text(processes));
  }
  DeviceUtilization utilization;
  if (Status status = monitor.read_utilization(utilization);
      status && utilization.gpu_pct > kIdleUtilizationPercent) {
    return Status::refuse(print_text("%s: busy: utilization %d %%, must be at most %d %%",
                                     device.name.c_str(), utilization.gpu_pct,
                                     kIdleUtilizationPercent));
  }
  if (Status status = monitor.read_sample(sample); !status) return status;
  const uint64_t unfit = sample.throttle_reasons.value_or(0) & throttle::kUnfit;
  if (unfit != 0) {
    const std::string heat =
        sample.temperature_c ? " at " + std::to_string(*sample.temperature_c) + " C" : "";
    return Status::refuse(device.name + ": clocks are held down (" + join(throttle_names(unfit)) +
                          ")" + heat + ": times would say nothing about kernels");
  }
  return {};
}

Status wait_for_rest(const DeviceInfo& device, DeviceMonitor& monitor,
                     const std::function<void(double)>& sleep_s, DeviceSample& sample) {
  for (double waited_s = 0; waited_s < kRestSeconds; waited_s += kPollSeconds) {
    if (Status status = check_rest(device, monitor, sample); status) return status;
    sleep_s(kPollSeconds);
  }
  return check_rest(device, monitor, sample);
}

void add_notes(Preflight& preflight) {
  const uint64_t reasons = preflight.sample.throttle_reasons.value_or(0);
  if ((reasons & throttle::kApplicationClocks) != 0) {
    preflight.notes.emplace_back("clocks were set by somebody: they are not the card's own choice");
  }
  if (!preflight.mode.is_persistent.value_or(true)) {
    preflight.notes.emplace_back("persistence mode is off: the first context is slow to make");
  }
}

}  // namespace

Status check_device(const DeviceInfo& device, DeviceMonitor& monitor, bool checks_only,
                    const std::function<void(double)>& sleep_s, Preflight& preflight) {
  if (Status status = check_capability(device); !status) return status;
  Preflight seen;
  if (Status status = monitor.read_mode(seen.mode); !status) return status;
  if (Status status = check_mode(device, seen.mode); !status) return status;
  if (!checks_only) {
    if (seen.mode.is_mig.value_or(false)) {
      return Status::refuse(device.name +
                            ": MIG is on: an instance shares memory, power and clocks with others");
    }
    Status status = wait_for_rest(device, monitor, sleep_s, seen.sample);
    if (!status) return status;
  }
  add_notes(seen);
  preflight = std::move(seen);
  return {};
}

DeviceRecord make_device_record(const DeviceInfo& device, const Preflight& preflight) {
  DeviceRecord record;
  record.name = device.name;
  record.uuid = device.uuid;
  record.pci_bus_id = device.pci_bus_id;
  record.driver_version = preflight.mode.driver_version;
  record.cuda_driver_version = version_text(device.driver_version);
  record.cuda_runtime_version = version_text(device.runtime_version);
  record.compute_mode = name_of(preflight.mode.compute_mode.value_or(device.compute_mode));
  record.compute_capability = device.compute_capability;
  record.sm_count = device.sm_count;
  record.shared_bytes_per_block = device.shared_bytes_per_block;
  record.l2_bytes = device.l2_bytes;
  record.memory_bytes = device.memory_bytes;
  record.memory_bus_bits = device.memory_bus_bits;
  record.max_sm_clock_hz = device.max_sm_clock_hz;
  record.max_memory_clock_hz = device.max_memory_clock_hz;
  record.is_ecc_enabled = device.is_ecc_enabled;
  record.is_persistent = preflight.mode.is_persistent;
  if (preflight.mode.power_limit_mw) {
    record.power_limit_w = static_cast<double>(*preflight.mode.power_limit_mw) * 1e-3;
  }
  record.temperature_c = preflight.sample.temperature_c;
  record.throttle_reasons = throttle_names(preflight.sample.throttle_reasons.value_or(0));
  return record;
}

}  // namespace olivine::measure
