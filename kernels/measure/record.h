// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/measure/case_record.h"
#include "kernels/measure/measure_options.h"
#include "kernels/micro/metadata_map.h"
#include "kernels/micro/micro_result.h"

namespace olivine::measure {

// A library's version, or why it is not there.
struct LibraryRecord {
  std::string name;
  std::string version;
  std::string reason;
};

// One tensor instruction on all SMs, sustained.
struct PowerRecord {
  std::string instruction;
  std::string data;  // "random", "zero"
  double seconds = 0;
  double tera_ops = 0;
  double sm_clock_hz = 0;
  std::optional<double> power_w;
  std::vector<std::string> throttle_reasons;
};

// The device, and its state when the run began.
struct DeviceRecord {
  std::string name;
  std::string uuid;
  std::string pci_bus_id;
  std::string driver_version;
  std::string cuda_driver_version;
  std::string cuda_runtime_version;
  std::string compute_mode;
  int compute_capability = 0;
  int sm_count = 0;
  int shared_bytes_per_block = 0;
  int64_t l2_bytes = 0;
  int64_t memory_bytes = 0;
  int memory_bus_bits = 0;
  int64_t max_sm_clock_hz = 0;
  int64_t max_memory_clock_hz = 0;
  bool is_ecc_enabled = false;
  std::optional<bool> is_persistent;
  std::optional<double> power_limit_w;
  std::optional<int> temperature_c;
  std::vector<std::string> throttle_reasons;
};

// What one run has found: the contents of one JSON file. Nothing is added to it later.
struct MeasureRecord {
  std::string tool_version;
  std::string git_revision;
  std::string date_utc;
  std::string processor;  // of the host
  std::string request;    // the options, files without their folders
  uint64_t seed = 0;
  Extent extent = Extent::Quick;
  TimingOptions timing;
  EnergyOptions energy;
  std::optional<DeviceRecord> device;
  std::vector<LibraryRecord> libraries;
  std::optional<double> idle_w;
  std::vector<CheckRecord> checks;
  std::vector<CaseRecord> cases;
  std::vector<MicroResult> micro;
  std::vector<MetadataMap> metadata_maps;
  std::vector<PowerRecord> power;
  std::vector<RatioRecord> ratios;
  std::vector<std::string> notes;
  double elapsed_s = 0;
  bool is_complete = false;
  std::string incomplete_reason;

  // Some output was not the expected one.
  [[nodiscard]] bool has_wrong_output() const;
};

inline constexpr const char* kRecordSchema = "olivine.measure/1";
// Throws std::domain_error for numbers that JSON does not have.
[[nodiscard]] std::string record_json(const MeasureRecord& record);

// Writes beside `path` and renames: a reader sees a whole file, old or new. Throws ConfigError.
void write_whole(const std::string& path, const std::string& text);

}  // namespace olivine::measure
