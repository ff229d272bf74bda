// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/cublaslt_gemm.h"

#if __has_include(<cublasLt.h>)

#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "kernels/baselines/column_major.h"
#include "kernels/baselines/cublaslt_library.cuh"

namespace olivine {
namespace {

// What a scheme is in cuBLASLt's terms.
struct Types {
  cudaDataType_t operand;
  cudaDataType_t result;
  cublasComputeType_t compute;
  cudaDataType_t scale;  // of alpha and beta
};

Types types_of(BaselineScheme scheme) {
  constexpr auto kFloat = CUBLAS_COMPUTE_32F;
  constexpr auto kInteger = CUBLAS_COMPUTE_32I;
  switch (scheme) {
    case BaselineScheme::Fp16:
      return {CUDA_R_16F, CUDA_R_16F, kFloat, CUDA_R_32F};
    case BaselineScheme::Bf16:
      return {CUDA_R_16BF, CUDA_R_16BF, kFloat, CUDA_R_32F};
    case BaselineScheme::Fp8ToBf16:
      return {CUDA_R_8F_E4M3, CUDA_R_16BF, kFloat, CUDA_R_32F};
    case BaselineScheme::Fp8ToFp16:
      return {CUDA_R_8F_E4M3, CUDA_R_16F, kFloat, CUDA_R_32F};
    case BaselineScheme::Int8ToInt32:
      return {CUDA_R_8I, CUDA_R_32I, kInteger, CUDA_R_32I};
    case BaselineScheme::Int8ToInt8:
      return {CUDA_R_8I, CUDA_R_8I, kInteger, CUDA_R_32F};
  }
  return {};
}

bool is_fp8(BaselineScheme scheme) { return types_of(scheme).operand == CUDA_R_8F_E4M3; }

constexpr int kMostCandidates = 64;

// A type with a name: nvcc 13.0 stops at a vector of one without.
struct Algo {
  cublasLtMatmulAlgo_t value;
};

// A descriptor with the function that destroys it.
template <class Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, cublasStatus_t (*)(Handle)>;

class CublasLtGemm final : public BaselineGemm {
 public:
  CublasLtGemm(const CublasLtApi& api, const BaselinePlan& plan)
      : api_{api},
        plan_{plan},
        desc_{nullptr, api.desc_destroy},
        a_{nullptr, api.layout_destroy},
        b_{nullptr, api.layout_destroy},
        d_{nullptr, api.layout_destroy} {}

  Status build(int max_candidates);

  [[nodiscard]] const std::vector<BaselineCandidate>& candidates() const override {
    return candidates_;
  }
  [[nodiscard]] int64_t prepared_weight_bytes() const override {
    // The last row need not be followed by a gap.
    return ((plan_.n - 1) * plan_.weight_stride + plan_.k) * operand_bytes(plan_.scheme);
  }
  Status prepare_weights(const void* weights, void* prepared, StreamHandle stream) override {
    copy_on_device(prepared, weights, prepared_weight_bytes(), stream);
    synchronize(stream);
    return {};
  }
  Status search(const BaselineOperands& /*operands*/, StreamHandle /*stream*/) override {
    return {};
  }
  Status run(size_t candidate, const BaselineOperands& operands, StreamHandle stream) override;

 private:
  Status make_desc();
  Status make_layout(const ColumnMajorMatrix& matrix, cudaDataType_t type,
                     Owned<cublasLtMatrixLayout_t>& layout) const;
  Status make_layouts();
  Status ask_heuristic(int max_candidates);
  template <class Value>
  Status set_desc(cublasLtMatmulDescAttributes_t attribute, Value value) const {
    return api_.check("cublasLtMatmulDescSetAttribute",
                      api_.desc_set(desc_.get(), attribute, &value, sizeof(value)));
  }
  template <class Value>
  void describe_attribute(const cublasLtMatmulAlgo_t& algo, const char* label,
                          cublasLtMatmulAlgoConfigAttributes_t attribute, std::string& text) const;
  [[nodiscard]] std::string describe(const cublasLtMatmulAlgo_t& algo) const;

  const CublasLtApi& api_;
  BaselinePlan plan_;
  Owned<cublasLtMatmulDesc_t> desc_;
  Owned<cublasLtMatrixLayout_t> a_;
  Owned<cublasLtMatrixLayout_t> b_;
  Owned<cublasLtMatrixLayout_t> d_;
  std::vector<Algo> algos_;  // those of candidates_
  std::vector<BaselineCandidate> candidates_;
};

Status CublasLtGemm::build(int max_candidates) {
  if (Status status = make_desc(); !status) {
    return status;
  }
  if (Status status = make_layouts(); !status) {
    return status;
  }
  return ask_heuristic(max_candidates);
}

Status CublasLtGemm::make_desc() {
  const Types types = types_of(plan_.scheme);
  cublasLtMatmulDesc_t desc = nullptr;
  if (Status status = api_.check("cublasLtMatmulDescCreate",
                                 api_.desc_create(&desc, types.compute, types.scale));
      !status) {
    return status;
  }
  desc_.reset(desc);
  if (Status status = set_desc(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T); !status) {
    return status;
  }
  if (Status status = set_desc(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N); !status) {
    return status;
  }
  if (!is_fp8(plan_.scheme)) {
    return {};
  }
  return set_desc(CUBLASLT_MATMUL_DESC_FAST_ACCUM,
                  static_cast<int8_t>(plan_.use_fast_accumulation));
}

Status CublasLtGemm::make_layout(const ColumnMajorMatrix& matrix, cudaDataType_t type,
                                 Owned<cublasLtMatrixLayout_t>& layout) const {
  cublasLtMatrixLayout_t raw = nullptr;
  const cublasStatus_t status =
      api_.layout_create(&raw, type, static_cast<uint64_t>(matrix.rows),
                         static_cast<uint64_t>(matrix.columns), matrix.ld);
  layout.reset(raw);
  return api_.check("cublasLtMatrixLayoutCreate", status);
}

Status CublasLtGemm::make_layouts() {
  const Types types = types_of(plan_.scheme);
  const ColumnMajorGemm gemm = column_major(plan_);
  if (Status status = make_layout(gemm.a, types.operand, a_); !status) {
    return status;
  }
  if (Status status = make_layout(gemm.b, types.operand, b_); !status) {
    return status;
  }
  return make_layout(gemm.d, types.result, d_);
}

Status CublasLtGemm::ask_heuristic(int max_candidates) {
  cublasLtMatmulPreference_t raw = nullptr;
  if (Status status = api_.check("cublasLtMatmulPreferenceCreate", api_.preference_create(&raw));
      !status) {
    return status;
  }
  const Owned<cublasLtMatmulPreference_t> preference{raw, api_.preference_destroy};
  const auto bytes = static_cast<uint64_t>(api_.workspace.bytes());
  if (Status status = api_.check("cublasLtMatmulPreferenceSetAttribute",
                                 api_.preference_set(raw, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                     &bytes, sizeof(bytes)));
      !status) {
    return status;
  }
  std::array<cublasLtMatmulHeuristicResult_t, kMostCandidates> results{};
  int count = 0;
  if (Status status =
          api_.check("cublasLtMatmulAlgoGetHeuristic",
                     api_.heuristic(api_.handle, desc_.get(), a_.get(), b_.get(), d_.get(),
                                    d_.get(), raw, max_candidates, results.data(), &count));
      !status) {
    return status;
  }
  for (const cublasLtMatmulHeuristicResult_t& result :
       std::span{results}.first(static_cast<size_t>(count))) {
    if (result.state != CUBLAS_STATUS_SUCCESS) {
      continue;
    }
    algos_.push_back({result.algo});
    candidates_.push_back({.name = describe(result.algo),
                           .workspace_bytes = static_cast<int64_t>(result.workspaceSize)});
  }
  if (algos_.empty()) {
    return Status::refuse("cuBLASLt: the heuristic knows no algorithm");
  }
  return {};
}

template <class Value>
void CublasLtGemm::describe_attribute(const cublasLtMatmulAlgo_t& algo, const char* label,
                                      cublasLtMatmulAlgoConfigAttributes_t attribute,
                                      std::string& text) const {
  Value value = 0;
  size_t written = 0;
  if (api_.algo_attribute(&algo, attribute, &value, sizeof(value), &written) ==
      CUBLAS_STATUS_SUCCESS) {
    text += (text.empty() ? "" : " ") + std::string{label} + ' ' + std::to_string(value);
  }
}

// The library's numbers, which are those of its enumerations. A library older than an attribute
// leaves it out.
std::string CublasLtGemm::describe(const cublasLtMatmulAlgo_t& algo) const {
  std::string text;
  describe_attribute<int32_t>(algo, "algo", CUBLASLT_ALGO_CONFIG_ID, text);
  describe_attribute<uint32_t>(algo, "tile", CUBLASLT_ALGO_CONFIG_TILE_ID, text);
  describe_attribute<uint32_t>(algo, "stages", CUBLASLT_ALGO_CONFIG_STAGES_ID, text);
  describe_attribute<uint16_t>(algo, "inner", CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, text);
  describe_attribute<uint16_t>(algo, "cluster", CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, text);
  describe_attribute<int32_t>(algo, "split_k", CUBLASLT_ALGO_CONFIG_SPLITK_NUM, text);
  describe_attribute<uint32_t>(algo, "reduction", CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, text);
  describe_attribute<uint32_t>(algo, "swizzle", CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, text);
  describe_attribute<uint32_t>(algo, "custom", CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, text);
  return text;
}

Status CublasLtGemm::run(size_t candidate, const BaselineOperands& operands, StreamHandle stream) {
  if (candidate >= algos_.size()) {
    return Status::refuse("candidate = " + std::to_string(candidate) + ": must be below " +
                          std::to_string(algos_.size()));
  }
  if (Status status = check_baseline_operands(operands); !status) {
    return status;
  }
  // alpha and beta have the type that the descriptor names.
  const int32_t integer_one = 1;
  const int32_t integer_zero = 0;
  const float scale = plan_.scheme == BaselineScheme::Int8ToInt8 ? operands.scale : 1.0F;
  const float zero = 0.0F;
  const bool is_integer = types_of(plan_.scheme).scale == CUDA_R_32I;
  const void* alpha = is_integer ? static_cast<const void*>(&integer_one) : &scale;
  const void* beta = is_integer ? static_cast<const void*>(&integer_zero) : &zero;
  return api_.check(
      "cublasLtMatmul",
      api_.matmul(api_.handle, desc_.get(), alpha, operands.weights, a_.get(), operands.activations,
                  b_.get(), beta, operands.c, d_.get(), operands.c, d_.get(),
                  &algos_[candidate].value, api_.workspace.data(),
                  static_cast<size_t>(api_.workspace.bytes()), stream));
}

class CublasLt final : public BaselineLibrary {
 public:
  Status open(const CublasLtOptions& options) {
    max_candidates_ = options.max_candidates;
    if (Status status = api_.open(options.folders); !status) {
      return status;
    }
    api_.workspace = DeviceBuffer{options.workspace_bytes};
    return {};
  }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& version() const override { return api_.version; }
  [[nodiscard]] const std::string& path() const override { return api_.library.path(); }
  [[nodiscard]] Status can_run(const BaselinePlan& plan) const override {
    return check_cublaslt_plan(plan);
  }
  Status make_gemm(const BaselinePlan& plan, std::unique_ptr<BaselineGemm>& gemm) override {
    if (Status status = can_run(plan); !status) {
      return status;
    }
    auto made = std::make_unique<CublasLtGemm>(api_, plan);
    if (Status status = made->build(max_candidates_); !status) {
      return status;
    }
    gemm = std::move(made);
    return {};
  }

 private:
  std::string name_ = "cuBLASLt";
  int max_candidates_ = 1;
  CublasLtApi api_;
};

}  // namespace

Status open_cublaslt(const CublasLtOptions& options, std::unique_ptr<BaselineLibrary>& library) {
  if (options.max_candidates < 1 || options.max_candidates > kMostCandidates) {
    return Status::refuse("max_candidates = " + std::to_string(options.max_candidates) +
                          ": must be 1.." + std::to_string(kMostCandidates));
  }
  auto opened = std::make_unique<CublasLt>();
  if (Status status = opened->open(options); !status) {
    return status;
  }
  library = std::move(opened);
  return {};
}

}  // namespace olivine

#else

namespace olivine {

Status open_cublaslt(const CublasLtOptions& /*options*/,
                     std::unique_ptr<BaselineLibrary>& /*library*/) {
  return Status::refuse("cuBLASLt: this program was built where cublasLt.h was missing");
}

}  // namespace olivine

#endif
