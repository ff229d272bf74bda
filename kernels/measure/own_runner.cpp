// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/own_runner.h"

#include <stdexcept>
#include <utility>

#include "kernels/gemm/launch_gemm.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/gpu_runner.h"
#include "kernels/measure/own_case.h"
#include "kernels/quant/quant_kernels.h"

namespace olivine::measure {
namespace {

template <class T>
int64_t bytes_of(const std::vector<T>& values) {
  return static_cast<int64_t>(values.size() * sizeof(T));
}

template <class T>
RotatedBuffer rotated(const std::vector<T>& values, StreamHandle stream) {
  return {values.data(), bytes_of(values), stream};
}

void check(const Status& status) {
  if (!status) throw std::runtime_error{status.reason()};
}

constexpr size_t kDecodeStep = 0;  // in steps()
constexpr size_t kGemmStep = 1;

class OwnRunner : public GpuRunner {
 public:
  OwnRunner(const CaseInputs& inputs, const DeviceLimits& device, StreamHandle stream,
            Staging& staging)
      : GpuRunner{stream, staging}, inputs_{inputs}, device_{device} {}

  // To be called once, first.
  Status load() {
    if (Status status = OwnCase::make(inputs_, case_); !status) return status;
    weights_ = rotated(case_.weights().codes, stream());
    metadata_ = rotated(case_.weights().metadata, stream());
    activations_ = rotated(case_.activations().codes, stream());
    decoded_weights_ = RotatedBuffer{case_.decoded_weight_bytes()};
    decoded_activations_ = RotatedBuffer{case_.decoded_activation_bytes()};
    weight_scales_ = rotated(inputs_.expectation->weight_scales, stream());
    const NamedShape& shape = inputs_.checked->shape;
    c_ = RotatedBuffer{shape.m * shape.n * output_bytes(OutputForm::Int32)};
    std::string reasons;
    kernels_ = case_.kernels(addresses(0), c_.at(0), device_, reasons);
    if (kernels_.empty()) return Status::refuse(reasons.empty() ? "no kernel for it" : reasons);
    for (const GemmKernel* kernel : kernels_) {
      candidates_.push_back({std::string{kernel->name}, tile_text(*kernel)});
    }
    if (case_.decodes_before()) {
      steps_ = {"decode", "gemm"};
      return can_run(case_.decode_args(addresses(0)));
    }
    return {};
  }

  [[nodiscard]] const std::vector<Candidate>& candidates() const override { return candidates_; }
  [[nodiscard]] const std::vector<std::string>& steps() const override { return steps_; }

  GuardedOutput run_guarded(size_t candidate, OutputForm form, GuardColumns columns) override {
    const NamedShape& shape = inputs_.checked->shape;
    const OutputLayout layout = guarded_layout(shape.m, shape.n, output_bytes(form), columns);
    poison_decoded();
    return run_poisoned(layout, [&](void* c) {
      if (case_.decodes_before()) olivine::launch(case_.decode_args(addresses(0)), stream());
      run(candidate, case_.gemm_args(addresses(0), form, c, layout.c_stride), stream());
    });
  }

  Rotation rotate() override {
    const int64_t set_bytes = weights_.bytes() + metadata_.bytes() + activations_.bytes() +
                              decoded_weights_.bytes() + decoded_activations_.bytes() + c_.bytes();
    rotation_ = rotation_of(set_bytes, device_.l2_bytes);
    for (RotatedBuffer* buffer :
         {&weights_, &metadata_, &activations_, &decoded_weights_, &decoded_activations_, &c_}) {
      buffer->multiply(rotation_.sets, stream());
    }
    return rotation_;
  }

  [[nodiscard]] bool is_timed_output_checked() const override { return true; }

 protected:
  void launch(size_t candidate, int64_t set, StreamHandle stream) override {
    if (case_.decodes_before()) launch_step(candidate, kDecodeStep, set, stream);
    launch_step(candidate, kGemmStep, set, stream);
  }
  void launch_step(size_t candidate, size_t step, int64_t set, StreamHandle stream) override {
    const OwnAddresses operands = addresses(set);
    if (step == kDecodeStep) {
      olivine::launch(case_.decode_args(operands), stream);
      return;
    }
    run(candidate,
        case_.gemm_args(operands, OutputForm::Int32, c_.at(set), inputs_.checked->shape.n), stream);
  }
  [[nodiscard]] int64_t sets() const override { return rotation_.sets; }
  [[nodiscard]] std::span<std::byte> last_output() const override {
    return {c_.at(rotation_.sets - 1), static_cast<size_t>(c_.bytes())};
  }

 private:
  void run(size_t candidate, const GemmArgs& args, StreamHandle stream) const {
    const GemmKernel& kernel = *kernels_[candidate];
    check(can_implement(kernel, args, device_));
    launch_gemm(kernel, args, make_launch_config(kernel, args, device_), stream);
  }

  // What the decoding kernel leaves out is seen.
  void poison_decoded() const {
    for (const RotatedBuffer* buffer : {&decoded_weights_, &decoded_activations_}) {
      if (buffer->bytes() > 0) fill_bytes(buffer->at(0), kPoison, buffer->bytes(), stream());
    }
  }

  [[nodiscard]] OwnAddresses addresses(int64_t set) const {
    return {weights_.at(set),
            reinterpret_cast<const uint32_t*>(metadata_.at(set)),
            activations_.at(set),
            decoded_weights_.at(set),
            decoded_activations_.at(set),
            reinterpret_cast<const float*>(weight_scales_.at(0))};
  }

  CaseInputs inputs_;
  DeviceLimits device_;
  OwnCase case_;
  std::vector<const GemmKernel*> kernels_;
  std::vector<Candidate> candidates_;
  std::vector<std::string> steps_;
  RotatedBuffer weights_;
  RotatedBuffer metadata_;
  RotatedBuffer activations_;
  RotatedBuffer decoded_weights_;
  RotatedBuffer decoded_activations_;
  RotatedBuffer weight_scales_;
  RotatedBuffer c_;
  Rotation rotation_;
};

}  // namespace

Status make_own_runner(const CaseInputs& inputs, const DeviceLimits& device, StreamHandle stream,
                       Staging& staging, std::unique_ptr<CaseRunner>& runner) {
  auto made = std::make_unique<OwnRunner>(inputs, device, stream, staging);
  if (Status status = made->load(); !status) return status;
  runner = std::move(made);
  return {};
}

}  // namespace olivine::measure
