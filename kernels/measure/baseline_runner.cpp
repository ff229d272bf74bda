// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/baseline_runner.h"

#include <stdexcept>
#include <utility>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/gpu_runner.h"
#include "kernels/measure/variants.h"

namespace olivine::measure {
namespace {

void check(const Status& status) {
  if (!status) throw std::runtime_error{status.reason()};
}

class BaselineRunner : public GpuRunner {
 public:
  BaselineRunner(const CaseInputs& inputs, std::unique_ptr<BaselineGemm> gemm,
                 const BaselineContext& context)
      : GpuRunner{context.stream, context.staging},
        inputs_{inputs},
        gemm_{std::move(gemm)},
        l2_bytes_{context.l2_bytes} {
    const NamedShape& shape = inputs.checked->shape;
    c_bytes_ = shape.m * shape.n * result_bytes(inputs.variant->baseline);
    c_ = RotatedBuffer{c_bytes_};
  }

  // To be called once, first.
  Status load() {
    const Format format = inputs_.checked->scheme.activations;
    Status status = upload_operands(library_codes(inputs_.checked->activations, format),
                                    library_codes(inputs_.checked->weights, format));
    // Candidates that the library finds by timing come after those of its heuristic.
    if (status) status = gemm_->search(operands(0), stream());
    for (const BaselineCandidate& candidate : gemm_->candidates()) {
      candidates_.push_back({candidate.name, candidate.name});
    }
    return status;
  }

  [[nodiscard]] const std::vector<Candidate>& candidates() const override { return candidates_; }
  [[nodiscard]] const std::vector<std::string>& steps() const override { return steps_; }

  GuardedOutput run_guarded(size_t candidate, OutputForm, GuardColumns) override {
    const NamedShape& shape = inputs_.checked->shape;
    OutputLayout layout;
    layout.m = shape.m;
    layout.n = shape.n;
    layout.c_stride = shape.n;
    layout.element_bytes = result_bytes(inputs_.variant->baseline);
    return run_poisoned(layout, [&](void* c) {
      BaselineOperands of_check = operands(0);
      of_check.c = c;
      // An algorithm that cannot run leaves C poisoned, which is then the reason.
      if (!gemm_->run(candidate, of_check, stream())) synchronize(stream());
    });
  }

  Rotation rotate() override {
    if (!is_timed_output_checked()) {
      check(upload_operands(library_codes(inputs_.timed->activations),
                            library_codes(inputs_.timed->weights)));
    }
    const int64_t set_bytes = weights_.bytes() + activations_.bytes() + c_bytes_;
    rotation_ = rotation_of(set_bytes, l2_bytes_);
    weights_.multiply(rotation_.sets, stream());
    activations_.multiply(rotation_.sets, stream());
    c_.multiply(rotation_.sets, stream());
    return rotation_;
  }

  [[nodiscard]] bool is_timed_output_checked() const override {
    return inputs_.timed == inputs_.checked;
  }

 protected:
  void launch(size_t candidate, int64_t set, StreamHandle stream) override {
    check(gemm_->run(candidate, operands(set), stream));
  }
  void launch_step(size_t, size_t, int64_t, StreamHandle) override {}  // there are none
  [[nodiscard]] int64_t sets() const override { return rotation_.sets; }
  [[nodiscard]] std::span<std::byte> last_output() const override {
    return {c_.at(rotation_.sets - 1), static_cast<size_t>(c_bytes_)};
  }

 private:
  Status upload_operands(const std::vector<uint8_t>& activations,
                         const std::vector<uint8_t>& weights) {
    activations_ =
        RotatedBuffer{activations.data(), static_cast<int64_t>(activations.size()), stream()};
    const RotatedBuffer plain{weights.data(), static_cast<int64_t>(weights.size()), stream()};
    weights_ = RotatedBuffer{gemm_->prepared_weight_bytes()};
    return gemm_->prepare_weights(plain.at(0), weights_.at(0), stream());
  }

  [[nodiscard]] BaselineOperands operands(int64_t set) const {
    return {weights_.at(set), activations_.at(set), c_.at(set), 1.0F};
  }

  CaseInputs inputs_;
  std::unique_ptr<BaselineGemm> gemm_;
  int64_t l2_bytes_;
  int64_t c_bytes_ = 0;
  std::vector<Candidate> candidates_;
  std::vector<std::string> steps_;
  RotatedBuffer weights_;
  RotatedBuffer activations_;
  RotatedBuffer c_;
  Rotation rotation_;
};

}  // namespace

Status make_baseline_runner(const CaseInputs& inputs, const BaselineContext& context,
                            std::unique_ptr<CaseRunner>& runner) {
  const NamedShape& shape = inputs.checked->shape;
  const BaselinePlan plan = packed_plan(inputs.variant->baseline, shape.m, shape.n, shape.k);
  if (Status status = context.library.can_run(plan); !status) return status;
  std::unique_ptr<BaselineGemm> gemm;
  if (Status status = context.library.make_gemm(plan, gemm); !status) return status;
  auto made = std::make_unique<BaselineRunner>(inputs, std::move(gemm), context);
  if (Status status = made->load(); !status) return status;
  runner = std::move(made);
  return {};
}

}  // namespace olivine::measure
