// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/power_run.h"

#include <chrono>
#include <optional>
#include <thread>

#include "kernels/measure/record.h"
#include "kernels/micro/micro.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine::measure {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{2};
constexpr double kFirstHalf = 0.5;  // clocks settle in it
constexpr double kEnd = 0.95;       // the load still runs

// What the monitor sees of a load that another thread keeps up.
class PowerSampler {
 public:
  PowerSampler(DeviceMonitor& monitor, double seconds)
      : monitor_{monitor}, start_{Clock::now()}, thread_{[this, seconds] { sample(seconds); }} {}
  ~PowerSampler() { thread_.join(); }
  PowerSampler(const PowerSampler&) = delete;
  PowerSampler& operator=(const PowerSampler&) = delete;
  PowerSampler(PowerSampler&&) = delete;
  PowerSampler& operator=(PowerSampler&&) = delete;

  // Waits until it has ended.
  void finish(PowerRecord& record) {
    thread_.join();
    thread_ = std::thread{[] {}};
    if (first_ && last_ && last_->at_s > first_->at_s) {
      record.power_w = static_cast<double>(last_->energy_mj - first_->energy_mj) * 1e-3 /
                       (last_->at_s - first_->at_s);
    }
    record.throttle_reasons = throttle_names(throttle_reasons_);
  }

 private:
  struct Edge {
    double at_s = 0;
    uint64_t energy_mj = 0;
  };

  [[nodiscard]] double now_s() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

  void sample(double seconds) {
    std::optional<uint64_t> before;
    for (; now_s() < kEnd * seconds; std::this_thread::sleep_for(kPoll)) {
      uint64_t energy = 0;
      if (now_s() < kFirstHalf * seconds || !monitor_.read_energy_mj(energy)) continue;
      if (before && energy != *before) {
        last_ = {now_s(), energy};
        if (!first_) first_ = last_;
        DeviceSample sample;
        if (monitor_.read_sample(sample)) throttle_reasons_ |= sample.throttle_reasons.value_or(0);
      }
      before = energy;
    }
  }

  DeviceMonitor& monitor_;
  Clock::time_point start_;
  std::optional<Edge> first_;  // moments at which the counter moved
  std::optional<Edge> last_;
  uint64_t throttle_reasons_ = 0;
  std::thread thread_;
};

std::vector<MicroInstruction> loads_of(const DeviceLimits& device) {
  std::vector<MicroInstruction> loads;
  for (const MicroInstruction instruction : {MicroInstruction::WgmmaS8, MicroInstruction::WgmmaSpS8,
                                             MicroInstruction::MmaS8, MicroInstruction::MmaSpS8}) {
    SustainedOptions options;
    options.instruction = instruction;
    if (check_sustained(options, device)) loads.push_back(instruction);
  }
  return loads;
}

}  // namespace

std::vector<PowerRecord> measure_power(const DeviceLimits& device, DeviceMonitor& monitor,
                                       double seconds, uint64_t seed, StreamHandle stream) {
  std::vector<PowerRecord> records;
  for (const MicroInstruction instruction : loads_of(device)) {
    for (const OperandData data : {OperandData::Random, OperandData::Zero}) {
      SustainedOptions options;
      options.instruction = instruction;
      options.data = data;
      options.seconds = seconds;
      options.seed = seed;
      PowerSampler sampler{monitor, seconds};
      const SustainedResult result = run_sustained(options, stream);
      PowerRecord record;
      record.instruction =
          instruction_name(instruction, info(instruction).is_wgmma ? options.n : kMmaColumns);
      record.data = data == OperandData::Random ? "random" : "zero";
      record.seconds = result.seconds;
      record.tera_ops = result.tera_ops;
      record.sm_clock_hz = result.sm_clock_hz;
      sampler.finish(record);
      records.push_back(std::move(record));
    }
  }
  return records;
}

}  // namespace olivine::measure
