// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/nvml_library.h"

namespace olivine::nvml {
namespace {

// Drivers export old names beside new ones; a missing function stays nullptr.
template <class Function>
void load_first(const DynamicLibrary& library, Function*& function, const char* symbol,
                const char* older_symbol) {
  if (library.load(symbol, function)) {
    return;
  }
  static_cast<void>(library.load(older_symbol, function));
}

}  // namespace

Library::~Library() {
  if (is_initialized_) {
    shutdown();
  }
}

Status Library::open(const std::string& path) {
  if (Status status = DynamicLibrary::open({path}, library_); !status) {
    return Status::refuse("NVML: " + status.reason());
  }
  Result (*init)() = nullptr;
  if (Status status = load_required(init); !status) {
    return Status::refuse("NVML: " + status.reason());
  }
  if (const Result result = init(); result != kSuccess) {
    return Status::refuse("NVML: nvmlInit_v2: " + std::string{error_string(result)});
  }
  is_initialized_ = true;
  load_optional();
  return {};
}

Status Library::load_required(Result (*&init)()) {
  FunctionLoader loader{library_};
  loader.load("nvmlInit_v2", init);
  loader.load("nvmlShutdown", shutdown);
  loader.load("nvmlErrorString", error_string);
  loader.load("nvmlDeviceGetHandleByPciBusId_v2", handle_by_pci_bus_id);
  return loader.status();
}

void Library::load_optional() {
  const auto load = [this](const char* symbol, auto*& function) {
    static_cast<void>(library_.load(symbol, function));
  };
  load("nvmlSystemGetDriverVersion", driver_version);
  load("nvmlDeviceGetTotalEnergyConsumption", total_energy);
  load("nvmlDeviceGetFieldValues", field_values);
  load("nvmlDeviceGetClockInfo", clock_info);
  load("nvmlDeviceGetMaxClockInfo", max_clock_info);
  load("nvmlDeviceGetTemperature", temperature);
  load_first(library_, clock_event_reasons, "nvmlDeviceGetCurrentClocksEventReasons",
             "nvmlDeviceGetCurrentClocksThrottleReasons");
  load("nvmlDeviceGetEnforcedPowerLimit", enforced_power_limit);
  load("nvmlDeviceGetPersistenceMode", persistence_mode);
  load("nvmlDeviceGetComputeMode", compute_mode);
  load("nvmlDeviceGetMigMode", mig_mode);
  // Version 1 has a shorter ProcessInfo; 2 and 3 differ in what they count under MIG.
  load_first(library_, compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3",
             "nvmlDeviceGetComputeRunningProcesses_v2");
  load("nvmlDeviceGetUtilizationRates", utilization);
}

}  // namespace olivine::nvml
