// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/nvml.h"

#include <array>
#include <optional>
#include <vector>

#include "kernels/runtime/nvml_library.h"

namespace olivine {
namespace {

constexpr size_t kVersionChars = 96;  // NVML's own limit is 80

int64_t hz_of_mhz(unsigned mhz) { return int64_t{mhz} * 1'000'000; }

ComputeMode compute_mode_of(int mode) {
  if (mode == nvml::kComputeModeProhibited) {
    return ComputeMode::Prohibited;
  }
  return mode == nvml::kComputeModeExclusiveProcess ? ComputeMode::ExclusiveProcess
                                                    : ComputeMode::Default;
}

// A function that this driver lacks answers as one that this device lacks.
template <class... Parameters, class... Arguments>
nvml::Result call(nvml::Result (*function)(Parameters...), Arguments... arguments) {
  return function != nullptr ? function(arguments...) : nvml::kFunctionNotFound;
}

// "Unknown" is what some containers answer for what they do not pass on to the driver.
bool is_unsupported(nvml::Result result) {
  return result == nvml::kNotSupported || result == nvml::kFunctionNotFound ||
         result == nvml::kNoPermission || result == nvml::kUnknown;
}

class Nvml final : public DeviceMonitor {
 public:
  Status open(const std::string& library, const std::string& pci_bus_id) {
    if (Status status = library_.open(library); !status) {
      return status;
    }
    const nvml::Result result = library_.handle_by_pci_bus_id(pci_bus_id.c_str(), &device_);
    return check("device " + pci_bus_id, result);
  }

  Status read_energy_mj(uint64_t& energy_mj) override {
    unsigned long long value = 0;
    const nvml::Result result = call(library_.total_energy, device_, &value);
    energy_mj = value;
    return check("nvmlDeviceGetTotalEnergyConsumption", result);
  }

  Status read_sample(DeviceSample& sample) override;
  Status read_mode(DeviceMode& mode) override;
  Status read_processes(std::vector<ComputeProcess>& processes) override;

  Status read_utilization(DeviceUtilization& utilization) override {
    nvml::Utilization rates;
    const nvml::Result result = call(library_.utilization, device_, &rates);
    utilization = {.gpu_pct = static_cast<int>(rates.gpu_pct),
                   .memory_pct = static_cast<int>(rates.memory_pct)};
    return check("nvmlDeviceGetUtilizationRates", result);
  }

 private:
  Status check(const std::string& what, nvml::Result result) const {
    if (result == nvml::kSuccess) {
      return {};
    }
    return Status::refuse("NVML: " + what + ": " + library_.error_string(result));
  }
  // Whether there is a value. That a device does not tell is no failure; the first failure stays.
  bool has_value(const char* function, nvml::Result result, Status& status) const {
    if (result != nvml::kSuccess && !is_unsupported(result) && status) {
      status = check(function, result);
    }
    return result == nvml::kSuccess;
  }
  nvml::Result read_power(int64_t& power_mw) const;

  nvml::Library library_;
  nvml::Device device_ = nullptr;
};

nvml::Result Nvml::read_power(int64_t& power_mw) const {
  nvml::FieldValue field{};
  field.field = nvml::kFieldPowerInstant;
  const nvml::Result result = call(library_.field_values, device_, 1, &field);
  if (result != nvml::kSuccess) {
    return result;
  }
  // The call succeeds where the field does not.
  if (field.result != nvml::kSuccess) {
    return field.result;
  }
  if (field.value_type != nvml::kValueUnsignedInt) {
    return nvml::kNotSupported;
  }
  power_mw = field.value.as_unsigned;
  return nvml::kSuccess;
}

Status Nvml::read_sample(DeviceSample& sample) {
  sample = {};
  Status status;
  int64_t power_mw = 0;
  if (has_value("nvmlDeviceGetFieldValues", read_power(power_mw), status)) {
    sample.power_mw = power_mw;
  }
  unsigned value = 0;
  if (has_value("nvmlDeviceGetClockInfo",
                call(library_.clock_info, device_, nvml::kClockSm, &value), status)) {
    sample.sm_clock_hz = hz_of_mhz(value);
  }
  if (has_value("nvmlDeviceGetClockInfo",
                call(library_.clock_info, device_, nvml::kClockMemory, &value), status)) {
    sample.memory_clock_hz = hz_of_mhz(value);
  }
  if (has_value("nvmlDeviceGetTemperature",
                call(library_.temperature, device_, nvml::kTemperatureGpu, &value), status)) {
    sample.temperature_c = static_cast<int>(value);
  }
  unsigned long long reasons = 0;
  if (has_value("nvmlDeviceGetCurrentClocksEventReasons",
                call(library_.clock_event_reasons, device_, &reasons), status)) {
    sample.throttle_reasons = reasons;
  }
  return status;
}

Status Nvml::read_mode(DeviceMode& mode) {
  mode = {};
  Status status;
  unsigned value = 0;
  if (has_value("nvmlDeviceGetEnforcedPowerLimit",
                call(library_.enforced_power_limit, device_, &value), status)) {
    mode.power_limit_mw = value;
  }
  if (has_value("nvmlDeviceGetMaxClockInfo",
                call(library_.max_clock_info, device_, nvml::kClockSm, &value), status)) {
    mode.max_sm_clock_hz = hz_of_mhz(value);
  }
  if (has_value("nvmlDeviceGetMaxClockInfo",
                call(library_.max_clock_info, device_, nvml::kClockMemory, &value), status)) {
    mode.max_memory_clock_hz = hz_of_mhz(value);
  }
  int state = 0;
  if (has_value("nvmlDeviceGetPersistenceMode", call(library_.persistence_mode, device_, &state),
                status)) {
    mode.is_persistent = state != 0;
  }
  if (has_value("nvmlDeviceGetComputeMode", call(library_.compute_mode, device_, &state), status)) {
    mode.compute_mode = compute_mode_of(state);
  }
  unsigned pending = 0;
  if (has_value("nvmlDeviceGetMigMode", call(library_.mig_mode, device_, &value, &pending),
                status)) {
    mode.is_mig = value != 0;
  }
  std::array<char, kVersionChars> version{};
  if (has_value("nvmlSystemGetDriverVersion",
                call(library_.driver_version, version.data(), unsigned{kVersionChars}), status)) {
    mode.driver_version = version.data();
  }
  return status;
}

Status Nvml::read_processes(std::vector<ComputeProcess>& processes) {
  processes.clear();
  std::vector<nvml::ProcessInfo> infos(64);
  auto count = static_cast<unsigned>(infos.size());
  nvml::Result result = call(library_.compute_processes, device_, &count, infos.data());
  // Then `count` says how many there are; more may come until it is asked again.
  for (int attempt = 0; result == nvml::kInsufficientSize && attempt < 3; ++attempt) {
    infos.resize(2 * infos.size() + count);
    count = static_cast<unsigned>(infos.size());
    result = call(library_.compute_processes, device_, &count, infos.data());
  }
  if (Status status = check("nvmlDeviceGetComputeRunningProcesses", result); !status) {
    return status;
  }
  infos.resize(count);
  for (const nvml::ProcessInfo& info : infos) {
    ComputeProcess& process = processes.emplace_back();
    process.pid = info.pid;
    if (info.used_bytes != nvml::kNotAvailable) {
      process.memory_bytes = static_cast<int64_t>(info.used_bytes);
    }
  }
  return {};
}

}  // namespace

Status open_nvml(const std::string& pci_bus_id, std::unique_ptr<DeviceMonitor>& monitor,
                 const std::string& library) {
  auto opened = std::make_unique<Nvml>();
  if (Status status = opened->open(library, pci_bus_id); !status) {
    return status;
  }
  monitor = std::move(opened);
  return {};
}

}  // namespace olivine
