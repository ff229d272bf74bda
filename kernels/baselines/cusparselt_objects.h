// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/baselines/cusparselt_library.h"
#include "kernels/launch/status.h"

// cuSPARSELt's objects with owners. What refers to another object must be destroyed before it.
namespace olivine::cusparselt {

// The library with its handle, which belongs to the current device.
class Context {
 public:
  Context() = default;
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  Context(Context&&) = delete;
  Context& operator=(Context&&) = delete;

  Status open(const std::vector<std::string>& folders);
  [[nodiscard]] const Handle* handle() const { return &handle_; }

  Library library;

 private:
  Handle handle_;
  bool is_initialized_ = false;
};

class MatrixDescriptor {
 public:
  explicit MatrixDescriptor(const Context& context) : context_{context} {}
  ~MatrixDescriptor();
  MatrixDescriptor(const MatrixDescriptor&) = delete;
  MatrixDescriptor& operator=(const MatrixDescriptor&) = delete;
  MatrixDescriptor(MatrixDescriptor&&) = delete;
  MatrixDescriptor& operator=(MatrixDescriptor&&) = delete;

  // `type` is a cudaDataType. Contract: one of them is called, once.
  Status make_dense(int64_t rows, int64_t columns, int64_t ld, int type, int order);
  // 2:4 along rows of a row-major matrix.
  Status make_structured(int64_t rows, int64_t columns, int64_t ld, int type);
  [[nodiscard]] const Matrix* get() const { return &matrix_; }

 private:
  const Context& context_;
  Matrix matrix_;
  bool is_made_ = false;
};

// A choice of algorithm with its plan.
class Algorithm {
 public:
  Algorithm(const Context& context, const Matmul& matmul) : context_{context}, matmul_{matmul} {}
  ~Algorithm();
  Algorithm(const Algorithm&) = delete;
  Algorithm& operator=(const Algorithm&) = delete;
  Algorithm(Algorithm&&) = delete;
  Algorithm& operator=(Algorithm&&) = delete;

  // The default one, then perhaps another, then its plan: in this order, each once.
  Status select();
  Status set_id(int id);
  Status make_plan();
  [[nodiscard]] Plan* plan() { return &plan_; }

  // An attribute of the choice, 0 where the library does not say.
  [[nodiscard]] int attribute(int which) const;
  Status read_workspace_bytes(int64_t& bytes) const;
  [[nodiscard]] std::string describe() const;  // "alg 4 split_k 2 mode 1 buffers 2"

 private:
  const Context& context_;
  const Matmul& matmul_;
  AlgSelection selection_;
  Plan plan_;
  bool has_selection_ = false;
  bool has_plan_ = false;
};

}  // namespace olivine::cusparselt
