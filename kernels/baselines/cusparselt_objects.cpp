// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/cusparselt_objects.h"

namespace olivine::cusparselt {
namespace {

constexpr uint32_t kAlignment = 16;  // of addresses, in bytes: what the library's kernels need

}  // namespace

Context::~Context() {
  if (is_initialized_) {
    library.destroy(&handle_);
  }
}

Status Context::open(const std::vector<std::string>& folders) {
  if (Status status = library.open(folders); !status) {
    return status;
  }
  const Result result = library.init(&handle_);
  is_initialized_ = result == kSuccess;
  return library.check("cusparseLtInit", result);
}

MatrixDescriptor::~MatrixDescriptor() {
  if (is_made_) {
    context_.library.matrix_destroy(&matrix_);
  }
}

Status MatrixDescriptor::make_dense(int64_t rows, int64_t columns, int64_t ld, int type,
                                    int order) {
  const Result result = context_.library.dense(context_.handle(), &matrix_, rows, columns, ld,
                                               kAlignment, type, order);
  is_made_ = result == kSuccess;
  return context_.library.check("cusparseLtDenseDescriptorInit", result);
}

Status MatrixDescriptor::make_structured(int64_t rows, int64_t columns, int64_t ld, int type) {
  const Result result = context_.library.structured(context_.handle(), &matrix_, rows, columns, ld,
                                                    kAlignment, type, kRowOrder, kHalfSparsity);
  is_made_ = result == kSuccess;
  return context_.library.check("cusparseLtStructuredDescriptorInit", result);
}

Algorithm::~Algorithm() {
  if (has_plan_) {
    context_.library.plan_destroy(&plan_);
  }
  if (has_selection_) {
    context_.library.alg_destroy(&selection_);
  }
}

Status Algorithm::select() {
  const Result result =
      context_.library.alg_init(context_.handle(), &selection_, &matmul_, kDefaultAlg);
  has_selection_ = result == kSuccess;
  return context_.library.check("cusparseLtMatmulAlgSelectionInit", result);
}

Status Algorithm::set_id(int id) {
  return context_.library.check(
      "cusparseLtMatmulAlgSetAttribute",
      context_.library.alg_set(context_.handle(), &selection_, kAlgConfigId, &id, sizeof(id)));
}

Status Algorithm::make_plan() {
  const Result result =
      context_.library.plan_init(context_.handle(), &plan_, &matmul_, &selection_);
  has_plan_ = result == kSuccess;
  return context_.library.check("cusparseLtMatmulPlanInit", result);
}

int Algorithm::attribute(int which) const {
  int value = 0;
  const Result result =
      context_.library.alg_get(context_.handle(), &selection_, which, &value, sizeof(value));
  return result == kSuccess ? value : 0;
}

Status Algorithm::read_workspace_bytes(int64_t& bytes) const {
  size_t value = 0;
  const Result result = context_.library.workspace(context_.handle(), &plan_, &value);
  bytes = static_cast<int64_t>(value);
  return context_.library.check("cusparseLtMatmulGetWorkspace", result);
}

std::string Algorithm::describe() const {
  std::string text = "alg " + std::to_string(attribute(kAlgConfigId));
  if (const int split_k = attribute(kAlgSplitK); split_k > 1) {
    text += " split_k " + std::to_string(split_k) + " mode " +
            std::to_string(attribute(kAlgSplitKMode)) + " buffers " +
            std::to_string(attribute(kAlgSplitKBuffers));
  }
  return text;
}

}  // namespace olivine::cusparselt
