// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/cusparselt_gemm.h"

#include <library_types.h>

#include <utility>

#include "kernels/baselines/cusparselt_objects.h"
#include "kernels/runtime/memory.h"

namespace olivine {
namespace {

namespace lt = cusparselt;

struct Types {
  cudaDataType operand;
  cudaDataType result;
  int compute;
};

Types types_of(BaselineScheme scheme) {
  switch (scheme) {
    case BaselineScheme::Fp16:
      return {CUDA_R_16F, CUDA_R_16F, lt::kCompute32F};
    case BaselineScheme::Bf16:
      return {CUDA_R_16BF, CUDA_R_16BF, lt::kCompute32F};
    case BaselineScheme::Fp8ToBf16:
      return {CUDA_R_8F_E4M3, CUDA_R_16BF, lt::kCompute32F};
    case BaselineScheme::Fp8ToFp16:
      return {CUDA_R_8F_E4M3, CUDA_R_16F, lt::kCompute32F};
    case BaselineScheme::Int8ToInt32:
      return {CUDA_R_8I, CUDA_R_32I, lt::kCompute32I};
    case BaselineScheme::Int8ToInt8:
      return {CUDA_R_8I, CUDA_R_8I, lt::kCompute32I};
  }
  return {};
}

// Which operand of the library holds the weights. Ours are both row-major and run along k, so
// either will do: as the first, D is n by m in column order; as the second, m by n in row order;
// both are our C. Libraries have kernels for one or the other.
enum class Arrangement : uint8_t { WeightsFirst, WeightsSecond };

class CusparseLtGemm final : public BaselineGemm {
 public:
  CusparseLtGemm(const lt::Context& context, const BaselinePlan& plan, Arrangement arrangement)
      : context_{context}, plan_{plan}, arrangement_{arrangement} {}

  Status build(int max_candidates);

  [[nodiscard]] const std::vector<BaselineCandidate>& candidates() const override {
    return candidates_;
  }
  [[nodiscard]] int64_t prepared_weight_bytes() const override {
    return static_cast<int64_t>(compressed_bytes_);
  }
  Status prepare_weights(const void* weights, void* prepared, StreamHandle stream) override;
  Status search(const BaselineOperands& operands, StreamHandle stream) override;
  Status run(size_t candidate, const BaselineOperands& operands, StreamHandle stream) override;

 private:
  Status describe_matrices();
  Status describe_matmul();
  Status add_candidates(int max_candidates);
  Status add_candidate(std::unique_ptr<lt::Algorithm> algorithm, const std::string& origin);
  Status check_pattern(const void* weights, StreamHandle stream);
  [[nodiscard]] bool is_weights_first() const { return arrangement_ == Arrangement::WeightsFirst; }
  [[nodiscard]] int weight_operation() const {
    return is_weights_first() ? lt::kPlain : lt::kTranspose;
  }
  // What cusparseLtMatmul and its search both take after their plan.
  template <class Function, class PlanPointer>
  lt::Result multiply(Function function, PlanPointer plan, const BaselineOperands& operands,
                      void* workspace, StreamHandle stream) const;

  const lt::Context& context_;
  BaselinePlan plan_;
  Arrangement arrangement_;
  lt::MatrixDescriptor weights_{context_};
  lt::MatrixDescriptor activations_{context_};
  lt::MatrixDescriptor c_{context_};
  lt::Matmul matmul_;
  std::vector<std::unique_ptr<lt::Algorithm>> algorithms_;  // those of candidates_
  std::vector<BaselineCandidate> candidates_;
  DeviceBuffer workspace_;
  size_t compressed_bytes_ = 0;
  size_t compression_buffer_bytes_ = 0;
};

Status CusparseLtGemm::build(int max_candidates) {
  if (Status status = describe_matrices(); !status) {
    return status;
  }
  if (Status status = describe_matmul(); !status) {
    return status;
  }
  if (Status status = context_.library.check(
          "cusparseLtSpMMACompressedSize2",
          context_.library.compressed_size(context_.handle(), weights_.get(), &compressed_bytes_,
                                           &compression_buffer_bytes_));
      !status) {
    return status;
  }
  return add_candidates(max_candidates);
}

Status CusparseLtGemm::describe_matrices() {
  const Types types = types_of(plan_.scheme);
  if (Status status =
          weights_.make_structured(plan_.n, plan_.k, plan_.weight_stride, types.operand);
      !status) {
    return status;
  }
  if (Status status = activations_.make_dense(plan_.m, plan_.k, plan_.activation_stride,
                                              types.operand, lt::kRowOrder);
      !status) {
    return status;
  }
  return is_weights_first()
             ? c_.make_dense(plan_.n, plan_.m, plan_.c_stride, types.result, lt::kColumnOrder)
             : c_.make_dense(plan_.m, plan_.n, plan_.c_stride, types.result, lt::kRowOrder);
}

Status CusparseLtGemm::describe_matmul() {
  const lt::Matrix* first = is_weights_first() ? weights_.get() : activations_.get();
  const lt::Matrix* second = is_weights_first() ? activations_.get() : weights_.get();
  return context_.library.check(
      "cusparseLtMatmulDescriptorInit",
      context_.library.matmul_init(context_.handle(), &matmul_, lt::kPlain, lt::kTranspose, first,
                                   second, c_.get(), c_.get(), types_of(plan_.scheme).compute));
}

Status CusparseLtGemm::add_candidate(std::unique_ptr<lt::Algorithm> algorithm,
                                     const std::string& origin) {
  int64_t bytes = 0;
  if (Status status = algorithm->read_workspace_bytes(bytes); !status) {
    return status;
  }
  if (bytes > workspace_.bytes()) {
    workspace_ = DeviceBuffer{bytes};
  }
  candidates_.push_back({.name = algorithm->describe() + origin, .workspace_bytes = bytes});
  algorithms_.push_back(std::move(algorithm));
  return {};
}

// The default algorithm first; of the others those that can run this.
Status CusparseLtGemm::add_candidates(int max_candidates) {
  auto favourite = std::make_unique<lt::Algorithm>(context_, matmul_);
  if (Status status = favourite->select(); !status) {
    return status;
  }
  const int default_id = favourite->attribute(lt::kAlgConfigId);
  const int id_count = favourite->attribute(lt::kAlgConfigMaxId);
  if (Status status = favourite->make_plan(); !status) {
    return status;
  }
  if (Status status = add_candidate(std::move(favourite), ""); !status) {
    return status;
  }
  for (int id = 0; id < id_count && std::ssize(candidates_) < max_candidates; ++id) {
    if (id == default_id) {
      continue;
    }
    auto other = std::make_unique<lt::Algorithm>(context_, matmul_);
    if (!other->select() || !other->set_id(id) || !other->make_plan()) {
      continue;
    }
    static_cast<void>(add_candidate(std::move(other), ""));
  }
  return {};
}

Status CusparseLtGemm::check_pattern(const void* weights, StreamHandle stream) {
  const DeviceBuffer verdict{sizeof(int)};
  if (Status status =
          context_.library.check("cusparseLtSpMMAPruneCheck2",
                                 context_.library.prune_check(
                                     context_.handle(), weights_.get(), is_weights_first() ? 1 : 0,
                                     weight_operation(), weights, verdict.data<int>(), stream));
      !status) {
    return status;
  }
  if (download<int>(verdict.data(), 1, stream).front() == 0) {
    return {};
  }
  return Status::refuse("weights: must keep at most 2 of 4 neighbours along k (2:4)");
}

Status CusparseLtGemm::prepare_weights(const void* weights, void* prepared, StreamHandle stream) {
  if (Status status = check_pattern(weights, stream); !status) {
    return status;
  }
  const DeviceBuffer buffer{static_cast<int64_t>(compression_buffer_bytes_)};
  const lt::Result result =
      context_.library.compress(context_.handle(), weights_.get(), is_weights_first() ? 1 : 0,
                                weight_operation(), weights, prepared, buffer.data(), stream);
  synchronize(stream);  // until then the buffer is in use
  return context_.library.check("cusparseLtSpMMACompress2", result);
}

template <class Function, class PlanPointer>
lt::Result CusparseLtGemm::multiply(Function function, PlanPointer plan,
                                    const BaselineOperands& operands, void* workspace,
                                    StreamHandle stream) const {
  // Both are float whatever the operands are.
  const float alpha = plan_.scheme == BaselineScheme::Int8ToInt8 ? operands.scale : 1.0F;
  const float beta = 0.0F;
  const void* first = is_weights_first() ? operands.weights : operands.activations;
  const void* second = is_weights_first() ? operands.activations : operands.weights;
  return function(context_.handle(), plan, &alpha, first, second, &beta, operands.c, operands.c,
                  workspace, &stream, 1);
}

Status CusparseLtGemm::search(const BaselineOperands& operands, StreamHandle stream) {
  if (Status status = check_baseline_operands(operands); !status) {
    return status;
  }
  auto found = std::make_unique<lt::Algorithm>(context_, matmul_);
  if (Status status = found->select(); !status) {
    return status;
  }
  if (Status status = found->make_plan(); !status) {
    return status;
  }
  // Without a workspace of ours the library brings what each algorithm needs.
  if (Status status = context_.library.check(
          "cusparseLtMatmulSearch",
          multiply(context_.library.search, found->plan(), operands, nullptr, stream));
      !status) {
    return status;
  }
  synchronize(stream);
  return add_candidate(std::move(found), " (searched)");
}

Status CusparseLtGemm::run(size_t candidate, const BaselineOperands& operands,
                           StreamHandle stream) {
  if (candidate >= algorithms_.size()) {
    return Status::refuse("candidate = " + std::to_string(candidate) + ": must be below " +
                          std::to_string(algorithms_.size()));
  }
  if (Status status = check_baseline_operands(operands); !status) {
    return status;
  }
  const lt::Plan* plan = algorithms_[candidate]->plan();
  return context_.library.check("cusparseLtMatmul", multiply(context_.library.matmul, plan,
                                                             operands, workspace_.data(), stream));
}

class CusparseLt final : public BaselineLibrary {
 public:
  Status open(const CusparseLtOptions& options) {
    max_candidates_ = options.max_candidates;
    if (Status status = context_.open(options.folders); !status) {
      return status;
    }
    version_ = lt::text_of(context_.library.version);
    return {};
  }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& version() const override { return version_; }
  [[nodiscard]] const std::string& path() const override { return context_.library.library.path(); }
  [[nodiscard]] Status can_run(const BaselinePlan& plan) const override {
    return check_cusparselt_plan(plan);
  }
  Status make_gemm(const BaselinePlan& plan, std::unique_ptr<BaselineGemm>& gemm) override;

 private:
  std::string name_ = "cuSPARSELt";
  std::string version_;
  int max_candidates_ = 1;
  lt::Context context_;
};

Status CusparseLt::make_gemm(const BaselinePlan& plan, std::unique_ptr<BaselineGemm>& gemm) {
  if (Status status = can_run(plan); !status) {
    return status;
  }
  std::string reasons;
  for (const Arrangement arrangement : {Arrangement::WeightsFirst, Arrangement::WeightsSecond}) {
    auto made = std::make_unique<CusparseLtGemm>(context_, plan, arrangement);
    const Status status = made->build(max_candidates_);
    if (status) {
      gemm = std::move(made);
      return {};
    }
    reasons += (reasons.empty() ? "" : "; ") + status.reason();
  }
  return Status::refuse(reasons);
}

}  // namespace

Status open_cusparselt(const CusparseLtOptions& options,
                       std::unique_ptr<BaselineLibrary>& library) {
  if (options.max_candidates < 1) {
    return Status::refuse("max_candidates = " + std::to_string(options.max_candidates) +
                          ": must be at least 1");
  }
  auto opened = std::make_unique<CusparseLt>();
  if (Status status = opened->open(options); !status) {
    return status;
  }
  library = std::move(opened);
  return {};
}

}  // namespace olivine
