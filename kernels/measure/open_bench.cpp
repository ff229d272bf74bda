// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/open_bench.h"

#include <chrono>
#include <thread>
#include <utility>

#include "kernels/measure/cuda_bench.h"
#include "kernels/measure/preflight.h"
#include "kernels/measure/record.h"
#include "kernels/runtime/nvml.h"

namespace olivine::measure {
namespace {

// Where the board's sensors cannot be read: outputs can be compared without them.
class NoMonitor : public DeviceMonitor {
 public:
  explicit NoMonitor(std::string reason) : reason_{std::move(reason)} {}
  Status read_energy_mj(uint64_t&) override { return Status::refuse(reason_); }
  Status read_sample(DeviceSample&) override { return Status::refuse(reason_); }
  Status read_mode(DeviceMode&) override { return {}; }  // nothing is known of it
  Status read_processes(std::vector<ComputeProcess>&) override { return Status::refuse(reason_); }
  Status read_utilization(DeviceUtilization&) override { return Status::refuse(reason_); }

 private:
  std::string reason_;
};

}  // namespace

Status open_bench(int device, bool checks_only, std::unique_ptr<Bench>& bench,
                  DeviceRecord& device_record, std::vector<std::string>& notes) {
  DeviceInfo info;
  if (Status status = find_device(device, info); !status) return status;
  std::unique_ptr<DeviceMonitor> monitor;
  if (Status status = open_nvml(info.pci_bus_id, monitor); !status) {
    if (!checks_only) return Status::refuse(info.name + ": " + status.reason());
    monitor = std::make_unique<NoMonitor>(status.reason());
  }
  Preflight preflight;
  const auto sleep_s = [](double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  };
  if (Status status = check_device(info, *monitor, checks_only, sleep_s, preflight); !status) {
    return status;
  }
  // The board's own word, where the runtime does not know its clocks.
  info.max_sm_clock_hz = preflight.mode.max_sm_clock_hz.value_or(info.max_sm_clock_hz);
  info.max_memory_clock_hz = preflight.mode.max_memory_clock_hz.value_or(info.max_memory_clock_hz);
  notes.insert(notes.end(), preflight.notes.begin(), preflight.notes.end());
  device_record = make_device_record(info, preflight);
  bench = std::make_unique<CudaBench>(info, std::move(monitor));
  return {};
}

}  // namespace olivine::measure
