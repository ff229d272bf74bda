// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/kernels/measure/fake_bench.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/launch/gemm_kernels.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/record.h"
#include "kernels/measure/variants.h"
#include "kernels/runtime/device.h"
#include "models/numerics/gemm.h"

namespace olivine::measure {
namespace {

constexpr int kSmallM = 16;

class FakeRunner : public CaseRunner {
 public:
  FakeRunner(FakeBench& bench, const CaseInputs& inputs) : bench_{bench}, inputs_{inputs} {
    bench_.most_live_runners = std::max(bench_.most_live_runners, ++bench_.live_runners);
    const Variant& variant = *inputs.variant;
    if (variant.decoding == Decoding::Once) steps_ = {"decode", "gemm"};
    if (!variant.is_own()) {
      candidates_ = {{std::string{variant.name} + " algo 1", ""}};
      return;
    }
    for (const GemmKernel& kernel : gemm_kernels()) {
      if (kernel.weights != variant.weights || kernel.activations != variant.activations) continue;
      const bool takes_few_rows = kernel.family == KernelFamily::SmallM;
      if (takes_few_rows && inputs.checked->shape.m > kSmallM) continue;
      candidates_.push_back({std::string{kernel.name}, "tile"});
    }
  }
  ~FakeRunner() override { --bench_.live_runners; }
  FakeRunner(const FakeRunner&) = delete;
  FakeRunner& operator=(const FakeRunner&) = delete;
  FakeRunner(FakeRunner&&) = delete;
  FakeRunner& operator=(FakeRunner&&) = delete;

  [[nodiscard]] const std::vector<Candidate>& candidates() const override { return candidates_; }

  GuardedOutput run_guarded(size_t candidate, OutputForm form, GuardColumns columns) override {
    if (fault(candidate) == Fault::Throws) throw std::runtime_error{"cudaErrorIllegalAddress"};
    const NamedShape& shape = inputs_.checked->shape;
    const int element =
        inputs_.variant->is_own() ? output_bytes(form) : result_bytes(inputs_.variant->baseline);
    GuardedOutput output{guarded_layout(shape.m, shape.n, element, columns), {}};
    memory_.assign(static_cast<size_t>(output.layout.total_bytes()), kPoison);
    const std::vector<uint8_t> c = right_output(form);
    const int64_t rows = shape.m - (fault(candidate) == Fault::UnwrittenRow ? 1 : 0);
    for (int64_t row = 0; row < rows; ++row) {
      std::memcpy(
          memory_.data() + output.layout.guard_bytes + row * output.layout.c_stride * element,
          c.data() + row * shape.n * element, static_cast<size_t>(shape.n * element));
    }
    if (fault(candidate) == Fault::WrongElement && shape.m * shape.n > 0) {
      memory_[static_cast<size_t>(output.layout.guard_bytes)] ^= 1;
    }
    if (fault(candidate) == Fault::Overrun) {
      memory_[static_cast<size_t>(output.layout.guard_bytes + output.layout.c_bytes())] = 0;
    }
    output.bytes = memory_;
    return output;
  }

  Rotation rotate() override {
    rotation_ = rotation_of(work_of(*inputs_.variant, inputs_.checked->shape).footprint_bytes(),
                            bench_.device().l2_bytes);
    return rotation_;
  }
  void capture(size_t candidate, int64_t launches) override {
    if (fault(candidate) == Fault::NoGraph) throw std::runtime_error{"cannot be captured"};
    ++bench_.graphs_captured;
    captured_ = candidates_[candidate].name;
    is_wrong_now_ = is_wrong_now_ || fault(candidate) == Fault::WrongUnderLoad;
    launches_ = launches;
  }
  void capture_step(size_t, size_t step, int64_t launches) override {
    captured_ = steps_[step];
    launches_ = launches;
  }
  double run_us(int64_t graphs) override {
    const double begin_s = std::max(bench_.gpu.now_s(), bench_.gpu.idle_at_s());
    const double end_s = bench_.gpu.queue(graphs_s(graphs, begin_s));
    bench_.gpu.wait_until(end_s);
    return (end_s - begin_s) * 1e6;
  }
  void enqueue(int64_t graphs) override {
    const double last_end_s = last_end_s_;
    last_end_s_ = bench_.gpu.queue(graphs_s(graphs, bench_.gpu.now_s()));
    bench_.gpu.wait_until(last_end_s);
  }
  void drain() override { bench_.gpu.wait_until(bench_.gpu.idle_at_s()); }
  [[nodiscard]] bool is_timed_output_checked() const override {
    return inputs_.timed == inputs_.checked;
  }
  std::span<const uint8_t> timed_output() override {
    memory_ = right_output(OutputForm::Int32);
    if (is_wrong_now_) memory_.front() ^= 1;
    return memory_;
  }
  std::vector<std::string> kernel_names(size_t candidate) override {
    return {"void olivine::" + candidates_[candidate].name + "<(int)0>(olivine::Params)"};
  }
  [[nodiscard]] const std::vector<std::string>& steps() const override { return steps_; }

 private:
  [[nodiscard]] Fault fault(size_t candidate) const {
    const std::string name = inputs_.variant->is_own() ? candidates_[candidate].name
                                                       : std::string{inputs_.variant->name};
    const auto found = bench_.faults.find(name);
    return found == bench_.faults.end() ? Fault::None : found->second;
  }
  [[nodiscard]] std::vector<uint8_t> right_output(OutputForm form) const {
    return inputs_.variant->is_own()
               ? expected_output(*inputs_.expectation, form)
               : expected_output(*inputs_.expectation, inputs_.variant->baseline);
  }
  [[nodiscard]] double graphs_s(int64_t graphs, double at_s) const {
    return static_cast<double>(graphs * launches_) * bench_.launch_us(captured_, at_s) * 1e-6;
  }

  FakeBench& bench_;
  CaseInputs inputs_;
  std::vector<Candidate> candidates_;
  std::vector<std::string> steps_;
  std::vector<uint8_t> memory_;  // of the last output
  Rotation rotation_;
  std::string captured_;
  int64_t launches_ = 0;
  double last_end_s_ = 0;
  bool is_wrong_now_ = false;
};

}  // namespace

double FakeGpu::queue(double seconds) {
  const double begin_s = std::max(now_s_, idle_at_s());
  if (!busy_.empty() && begin_s == idle_at_s()) {
    busy_.back().second += seconds;
  } else {
    busy_.emplace_back(begin_s, begin_s + seconds);
  }
  return busy_.back().second;
}

uint64_t FakeGpu::energy_mj() const {
  const double at_s = std::floor(now_s_ / kCounterStepSeconds) * kCounterStepSeconds;
  double joules = kIdleWatts * at_s;
  for (const auto& [begin_s, end_s] : busy_) {
    joules += (kLoadWatts - kIdleWatts) * std::max(0.0, std::min(end_s, at_s) - begin_s);
  }
  return static_cast<uint64_t>(joules * 1e3);
}

Status FakeMonitor::read_energy_mj(uint64_t& energy_mj) {
  if (!has_energy) return Status::refuse("NVML: not supported");
  energy_mj = is_stuck || gpu_ == nullptr ? 0 : gpu_->energy_mj();
  return {};
}

FakeBench::FakeBench() : device_{std::make_unique<DeviceInfo>()} {
  device_->name = "Fake H100";
  device_->compute_capability = 90;
  device_->sm_count = 132;
  device_->l2_bytes = int64_t{1} << 20;
  device_->memory_bus_bits = 5120;
  device_->max_sm_clock_hz = 1'980'000'000;
  device_->max_memory_clock_hz = 2'619'000'000;
  launch_us = [](const std::string& kernel, double) {
    return 20.0 + static_cast<double>(kernel.size() % 7);
  };
}

FakeBench::~FakeBench() = default;

std::vector<LibraryRecord> FakeBench::libraries() const {
  return {{"cuBLASLt", "13.0.2", ""},
          {"cuSPARSELt", has_cusparselt ? "0.8.1" : "", has_cusparselt ? "" : "not found"}};
}

std::vector<int32_t> FakeBench::reference_sums(const PackedMatrix& activations,
                                               const PackedMatrix& weights) {
  return gemm_functional(activations, weights).c;
}

Status FakeBench::make_runner(const CaseInputs& inputs, std::unique_ptr<CaseRunner>& runner) {
  if (inputs.variant->provider == Provider::CusparseLt && !has_cusparselt) {
    return Status::refuse("cuSPARSELt: not found");
  }
  auto made = std::make_unique<FakeRunner>(*this, inputs);
  if (made->candidates().empty()) return Status::refuse("no kernel for it");
  runner = std::move(made);
  return {};
}

std::vector<CheckRecord> FakeBench::check_data_kernels(uint64_t) { return {{"encode", {}, 7, {}}}; }

std::vector<MicroResult> FakeBench::run_micro(uint64_t) {
  return {make_micro_result("issue_interval", "cycles", {8, 8.1, 7.9})};
}

std::vector<MetadataMap> FakeBench::probe_metadata() { return {}; }

std::vector<PowerRecord> FakeBench::run_power(double seconds, uint64_t) {
  PowerRecord record;
  record.instruction = "mma.sync.m16n8k32.s8";
  record.data = "random";
  record.seconds = seconds;
  record.tera_ops = 1000;
  record.sm_clock_hz = 1.7e9;
  record.power_w = 650;
  return {record};
}

}  // namespace olivine::measure
