// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/measure/bench.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine::measure {

// A GPU with a queue, on a time of its own: work that is queued takes the time it is said to take,
// and the board draws kLoadWatts while the queue is not empty, else kIdleWatts.
class FakeGpu {
 public:
  static constexpr double kIdleWatts = 80;
  static constexpr double kLoadWatts = 600;
  static constexpr double kCounterStepSeconds = 0.05;

  [[nodiscard]] double now_s() const { return now_s_; }
  void wait_until(double at_s) { now_s_ = std::max(now_s_, at_s); }
  void sleep(double seconds) { now_s_ += seconds; }
  // Returns when it will be done.
  double queue(double seconds);
  [[nodiscard]] double idle_at_s() const { return busy_.empty() ? 0 : busy_.back().second; }
  // As NVML's counter: what was used up to the last multiple of kCounterStepSeconds.
  [[nodiscard]] uint64_t energy_mj() const;

 private:
  double now_s_ = 0;
  std::vector<std::pair<double, double>> busy_;  // begin and end, ascending
};

// A monitor whose answers tests set; `calls` counts questions for samples.
class FakeMonitor : public DeviceMonitor {
 public:
  explicit FakeMonitor(const FakeGpu* gpu = nullptr) : gpu_{gpu} {
    sample.sm_clock_hz = 1'755'000'000;
    sample.temperature_c = 60;
    sample.throttle_reasons = 0;
    mode.is_mig = false;
    mode.is_persistent = true;
    mode.driver_version = "580.65.06";
  }

  Status read_energy_mj(uint64_t& energy_mj) override;
  Status read_sample(DeviceSample& seen) override {
    seen = sample;
    ++sample_calls;
    if (on_sample) on_sample(*this);
    return {};
  }
  Status read_mode(DeviceMode& seen) override {
    seen = mode;
    return {};
  }
  Status read_processes(std::vector<ComputeProcess>& seen) override {
    seen = processes;
    return {};
  }
  Status read_utilization(DeviceUtilization& seen) override {
    seen = utilization;
    return {};
  }

  DeviceSample sample;
  DeviceMode mode;
  std::vector<ComputeProcess> processes;
  DeviceUtilization utilization;
  int sample_calls = 0;
  bool has_energy = true;
  bool is_stuck = false;  // the energy counter
  std::function<void(FakeMonitor&)> on_sample;

 private:
  const FakeGpu* gpu_;
};

// What is wrong with a kernel. WrongUnderLoad: once it has been launched from a graph.
enum class Fault : uint8_t {
  None,
  WrongElement,
  UnwrittenRow,
  Overrun,
  WrongUnderLoad,
  NoGraph,
  Throws
};

// A bench whose kernels are gemm_kernels() with the outputs of models/numerics, unless they have a
// fault.
class FakeBench : public Bench {
 public:
  FakeBench();
  ~FakeBench() override;
  FakeBench(const FakeBench&) = delete;
  FakeBench& operator=(const FakeBench&) = delete;
  FakeBench(FakeBench&&) = delete;
  FakeBench& operator=(FakeBench&&) = delete;

  [[nodiscard]] const DeviceInfo& device() const override { return *device_; }
  DeviceMonitor& monitor() override { return fake_monitor; }
  double now_s() override { return gpu.now_s(); }
  void sleep_s(double seconds) override { gpu.sleep(seconds); }
  [[nodiscard]] std::vector<LibraryRecord> libraries() const override;
  [[nodiscard]] int64_t free_memory_bytes() const override { return free_bytes; }
  std::vector<int32_t> reference_sums(const PackedMatrix& activations,
                                      const PackedMatrix& weights) override;
  Status make_runner(const CaseInputs& inputs, std::unique_ptr<CaseRunner>& runner) override;
  std::vector<CheckRecord> check_data_kernels(uint64_t) override;
  std::vector<MicroResult> run_micro(uint64_t seed) override;
  std::vector<MetadataMap> probe_metadata() override;
  std::vector<PowerRecord> run_power(double seconds, uint64_t seed) override;

  // Launch time of a kernel; tests may replace it.
  std::function<double(const std::string& kernel, double at_s)> launch_us;

  FakeGpu gpu;
  FakeMonitor fake_monitor{&gpu};
  std::map<std::string, Fault> faults;  // by kernel; of libraries by variant
  int64_t free_bytes = int64_t{64} << 30;
  bool has_cusparselt = true;
  int graphs_captured = 0;
  int live_runners = 0;
  int most_live_runners = 0;

 private:
  std::unique_ptr<DeviceInfo> device_;
};

}  // namespace olivine::measure
