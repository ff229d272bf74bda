// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A stand-in for libnvidia-ml.so.1 with the prototypes of NVIDIA's documentation, written apart
// from those of kernels/runtime/nvml_library.h. FAKE_NVML_OLD leaves out what old drivers lack.
#include "tests/kernels/runtime/fake_nvml.h"

#include <cstring>

namespace {

FakeNvmlState state;
char device;  // its address is the only handle

struct FieldValue {
  unsigned int fieldId;
  unsigned int scopeId;
  long long timestamp;
  long long latencyUsec;
  unsigned int valueType;
  int nvmlReturn;
  union {
    double dVal;
    unsigned int uiVal;
    unsigned long long ullVal;
  } value;
};

struct ProcessInfo {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId;
  unsigned int computeInstanceId;
};

constexpr int kInvalidArgument = 2;

// A wrong handle is an invalid argument, as it is for NVML.
int answer(const void* handle) { return handle == &device ? state.result : kInvalidArgument; }

template <class Value>
int give(const void* handle, Value* value, Value content) {
  const int result = answer(handle);
  if (result == 0) {
    *value = content;
  }
  return result;
}

}  // namespace

extern "C" {

FakeNvmlState* fake_nvml_state() { return &state; }

int nvmlInit_v2() {
  if (state.init_result == 0) {
    ++state.init_count;
  }
  return state.init_result;
}
int nvmlShutdown() {
  --state.init_count;
  return 0;
}
const char* nvmlErrorString(int result) {
  switch (result) {
    case 0:
      return "Success";
    case kInvalidArgument:
      return "Invalid Argument";
    case 3:
      return "Not Supported";
    case 9:
      return "Driver Not Loaded";
    case 13:
      return "Function Not Found";
    case 15:
      return "GPU is lost";
    default:
      return "Unknown Error";
  }
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* pci_bus_id, void** handle) {
  if (std::strcmp(pci_bus_id, "0000:17:00.0") != 0) {
    return kInvalidArgument;
  }
  *handle = &device;
  return 0;
}

#ifdef FAKE_NVML_OLD
int nvmlDeviceGetCurrentClocksThrottleReasons(void* handle, unsigned long long* reasons) {
  return give(handle, reasons, state.clock_event_reasons);
}
#else
int nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  std::strncpy(version, "580.65.06", length);
  return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void* handle, unsigned long long* energy) {
  return give(handle, energy, state.energy_mj);
}
int nvmlDeviceGetFieldValues(void* handle, int count, FieldValue* values) {
  if (count != 1 || values->fieldId != 186 || values->scopeId != 0) {
    return kInvalidArgument;
  }
  values->nvmlReturn = state.field_result;
  values->valueType = 1;  // unsigned int
  values->value.uiVal = state.power_mw;
  return answer(handle);
}
int nvmlDeviceGetClockInfo(void* handle, int type, unsigned int* mhz) {
  return give(handle, mhz, type == 1 ? state.sm_clock_mhz : state.memory_clock_mhz);
}
int nvmlDeviceGetMaxClockInfo(void* handle, int type, unsigned int* mhz) {
  return give(handle, mhz, type == 1 ? 1980U : 2619U);
}
int nvmlDeviceGetTemperature(void* handle, int sensor, unsigned int* celsius) {
  return sensor == 0 ? give(handle, celsius, state.temperature_c) : kInvalidArgument;
}
int nvmlDeviceGetCurrentClocksEventReasons(void* handle, unsigned long long* reasons) {
  return give(handle, reasons, state.clock_event_reasons);
}
int nvmlDeviceGetEnforcedPowerLimit(void* handle, unsigned int* limit) {
  return give(handle, limit, 700'000U);
}
int nvmlDeviceGetPersistenceMode(void* handle, int* mode) { return give(handle, mode, 1); }
int nvmlDeviceGetComputeMode(void* handle, int* mode) {
  return give(handle, mode, state.compute_mode);
}
int nvmlDeviceGetMigMode(void* handle, unsigned int* current, unsigned int* pending) {
  *pending = 0;
  return give(handle, current, state.mig_current);
}
// Process i has pid 100 + i and i MiB; process 1 does not tell its memory.
int nvmlDeviceGetComputeRunningProcesses_v3(void* handle, unsigned int* count, ProcessInfo* infos) {
  const unsigned int room = *count;
  *count = state.process_count;
  if (room < state.process_count) {
    return 7;
  }
  for (unsigned int i = 0; i < state.process_count; ++i) {
    infos[i] = {100 + i, i == 1 ? ~0ULL : static_cast<unsigned long long>(i) << 20, ~0U, ~0U};
  }
  return answer(handle);
}
struct Utilization {
  unsigned int gpu;
  unsigned int memory;
};
int nvmlDeviceGetUtilizationRates(void* handle, Utilization* utilization) {
  return give(handle, utilization, Utilization{97, 41});
}
#endif

}  // extern "C"
