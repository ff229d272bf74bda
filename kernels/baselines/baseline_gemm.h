// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

namespace olivine {

// Types of both operands and of C. Sums are fp32, of int8 int32.
//   Int8ToInt8  C = saturate(round(scale * sum))
enum class BaselineScheme : uint8_t { Fp16, Bf16, Fp8ToBf16, Fp8ToFp16, Int8ToInt32, Int8ToInt8 };
[[nodiscard]] std::string_view name_of(BaselineScheme scheme);  // "fp16", "fp8_e4m3-bf16", ...
[[nodiscard]] int operand_bytes(BaselineScheme scheme);         // of an element
[[nodiscard]] int result_bytes(BaselineScheme scheme);

// C[m][n] = sum over k of activations[m][k] * weights[n][k], everything row-major, as our kernels
// have it. Strides are elements between rows.
struct BaselinePlan {
  BaselineScheme scheme = BaselineScheme::Fp16;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  int64_t activation_stride = 0;
  int64_t weight_stride = 0;
  int64_t c_stride = 0;
  // Fp8: sums kept with fewer bits between instructions, as most users of fp8 on Hopper do.
  bool use_fast_accumulation = true;
};
// Rows without gaps.
[[nodiscard]] BaselinePlan packed_plan(BaselineScheme scheme, int64_t m, int64_t n, int64_t k);

// Device addresses of one run. `weights` are as prepare_weights() left them.
struct BaselineOperands {
  const void* weights = nullptr;
  const void* activations = nullptr;
  void* c = nullptr;
  float scale = 1.0F;  // Int8ToInt8 only
};

// One way a library can run a plan.
struct BaselineCandidate {
  std::string name;  // "algo 66 tile 605 stages 36 cluster 2x1x1 split_k 1": the library's numbers
  int64_t workspace_bytes = 0;
};

// One plan in one library. A status that refuses has the library's own name for its error.
class BaselineGemm {
 public:
  BaselineGemm() = default;
  virtual ~BaselineGemm() = default;
  BaselineGemm(const BaselineGemm&) = delete;
  BaselineGemm& operator=(const BaselineGemm&) = delete;
  BaselineGemm(BaselineGemm&&) = delete;
  BaselineGemm& operator=(BaselineGemm&&) = delete;

  // At least one, the library's favourite first. The others are there to be timed too. One may
  // still refuse to run: then it is none.
  [[nodiscard]] virtual const std::vector<BaselineCandidate>& candidates() const = 0;

  // Weights as the library reads them. cuBLASLt: as they are, so this copies. cuSPARSELt: checks
  // that they are 2:4 along k (refused otherwise), and compresses. Waits for the stream.
  [[nodiscard]] virtual int64_t prepared_weight_bytes() const = 0;
  virtual Status prepare_weights(const void* weights, void* prepared, StreamHandle stream) = 0;

  // Lets the library search by timing; what it finds is appended to candidates(). Overwrites C.
  // Does nothing where the library has no search of its own (cuBLASLt). Contract: before any run is
  // captured, since the workspace may move.
  virtual Status search(const BaselineOperands& operands, StreamHandle stream) = 0;

  // Queues one run. Contract: candidate is an index into candidates(); runs of one library follow
  // one another on one stream, since they share a workspace. May be captured into a Graph.
  virtual Status run(size_t candidate, const BaselineOperands& operands, StreamHandle stream) = 0;
};

// An opened library. Contract: outlives its gemms.
class BaselineLibrary {
 public:
  BaselineLibrary() = default;
  virtual ~BaselineLibrary() = default;
  BaselineLibrary(const BaselineLibrary&) = delete;
  BaselineLibrary& operator=(const BaselineLibrary&) = delete;
  BaselineLibrary(BaselineLibrary&&) = delete;
  BaselineLibrary& operator=(BaselineLibrary&&) = delete;

  [[nodiscard]] virtual const std::string& name() const = 0;     // "cuBLASLt"
  [[nodiscard]] virtual const std::string& version() const = 0;  // "13.0.2"
  [[nodiscard]] virtual const std::string& path() const = 0;     // of the file
  // Why a plan cannot run: a scheme the library lacks, an extent or stride out of line.
  [[nodiscard]] virtual Status can_run(const BaselinePlan& plan) const = 0;
  // Contract: a device is current (use_device()).
  virtual Status make_gemm(const BaselinePlan& plan, std::unique_ptr<BaselineGemm>& gemm) = 0;
};

// Plain checks of the two, without library or GPU: which extent or stride, and what is legal.
Status check_cublaslt_plan(const BaselinePlan& plan);
Status check_cusparselt_plan(const BaselinePlan& plan);
// Addresses: none missing, and each aligned to 256 bytes, which is what libraries assume when they
// choose among their kernels.
Status check_baseline_operands(const BaselineOperands& operands);

}  // namespace olivine
