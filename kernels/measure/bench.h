// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/measure/case_runner.h"

namespace olivine {
class DeviceMonitor;
struct DeviceInfo;
struct MetadataMap;
struct MicroResult;
struct PackedMatrix;
}  // namespace olivine

namespace olivine::measure {

struct CheckRecord;
struct Expectation;
struct LibraryRecord;
struct Operands;
struct PowerRecord;

// Contract: everything lives as long as the runner.
struct CaseInputs {
  const Variant* variant = nullptr;
  const Operands* checked = nullptr;
  const Operands* timed = nullptr;
  const Expectation* expectation = nullptr;  // scales of outputs
};

// A device and what measures it. A stand-in of tests has its own time.
class Bench {
 public:
  Bench() = default;
  virtual ~Bench() = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  Bench(Bench&&) = delete;
  Bench& operator=(Bench&&) = delete;

  [[nodiscard]] virtual const DeviceInfo& device() const = 0;
  virtual DeviceMonitor& monitor() = 0;
  virtual double now_s() = 0;
  virtual void sleep_s(double seconds) = 0;

  [[nodiscard]] virtual std::vector<LibraryRecord> libraries() const = 0;
  [[nodiscard]] virtual int64_t free_memory_bytes() const = 0;
  // All sums by the reference kernel.
  virtual std::vector<int32_t> reference_sums(const PackedMatrix& activations,
                                              const PackedMatrix& weights) = 0;
  // Refused where no kernel and no algorithm can run the case, with the reasons.
  virtual Status make_runner(const CaseInputs& inputs, std::unique_ptr<CaseRunner>& runner) = 0;

  // Kernels that make operands (data_checks.h).
  virtual std::vector<CheckRecord> check_data_kernels(uint64_t seed) = 0;

  // Measurements of single instructions and memories (kernels/micro).
  virtual std::vector<MicroResult> run_micro(uint64_t seed) = 0;
  virtual std::vector<MetadataMap> probe_metadata() = 0;
  // Tensor instructions, sustained: power and clock with random and with zero operands.
  virtual std::vector<PowerRecord> run_power(double seconds, uint64_t seed) = 0;
};

}  // namespace olivine::measure
