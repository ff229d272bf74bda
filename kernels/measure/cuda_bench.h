// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <memory>

#include "kernels/measure/bench.h"
#include "kernels/runtime/device.h"
#include "kernels/runtime/stream.h"

namespace olivine {
class BaselineLibrary;
}

namespace olivine::measure {

class Staging;

// The bench of a real device: makes it current, with its context, one stream for everything, and
// the libraries that are installed.
class CudaBench : public Bench {
 public:
  CudaBench(const DeviceInfo& device, std::unique_ptr<DeviceMonitor> monitor);
  ~CudaBench() override;
  CudaBench(const CudaBench&) = delete;
  CudaBench& operator=(const CudaBench&) = delete;
  CudaBench(CudaBench&&) = delete;
  CudaBench& operator=(CudaBench&&) = delete;

  [[nodiscard]] const DeviceInfo& device() const override { return device_; }
  DeviceMonitor& monitor() override { return *monitor_; }
  double now_s() override;
  void sleep_s(double seconds) override;

  [[nodiscard]] std::vector<LibraryRecord> libraries() const override;
  [[nodiscard]] int64_t free_memory_bytes() const override;
  std::vector<int32_t> reference_sums(const PackedMatrix& activations,
                                      const PackedMatrix& weights) override;
  Status make_runner(const CaseInputs& inputs, std::unique_ptr<CaseRunner>& runner) override;
  std::vector<CheckRecord> check_data_kernels(uint64_t seed) override;
  std::vector<MicroResult> run_micro(uint64_t seed) override;
  std::vector<MetadataMap> probe_metadata() override;
  std::vector<PowerRecord> run_power(double seconds, uint64_t seed) override;

 private:
  struct Library;

  DeviceInfo device_;
  std::unique_ptr<DeviceMonitor> monitor_;
  Stream stream_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<Library> cublaslt_;
  std::unique_ptr<Library> cusparselt_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace olivine::measure
