// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"
#include "kernels/runtime/dynamic_library.h"

// What of cuSPARSELt's C interface is used here, since its header comes only with its own package
// (names and values as in its documentation and in versions 0.8.1, 0.9.0 and 0.10.0, which agree).
namespace olivine::cusparselt {

// Opaque structures of the caller. The library's are 512 bytes, aligned to 16; more does no harm.
// They refer to one another, so they stay where they were made.
struct alignas(64) Opaque {
  Opaque() = default;
  ~Opaque() = default;
  Opaque(const Opaque&) = delete;
  Opaque& operator=(const Opaque&) = delete;
  Opaque(Opaque&&) = delete;
  Opaque& operator=(Opaque&&) = delete;

  std::byte data[2048] = {};
};
struct Handle : Opaque {};
struct Matrix : Opaque {};
struct Matmul : Opaque {};
struct AlgSelection : Opaque {};
struct Plan : Opaque {};

using Result = int;
inline constexpr Result kSuccess = 0;
inline constexpr int kColumnOrder = 1;
inline constexpr int kRowOrder = 2;
inline constexpr int kPlain = 0;  // operations on operands
inline constexpr int kTranspose = 1;
inline constexpr int kHalfSparsity = 0;  // 2:4
inline constexpr int kCompute32I = 0;
inline constexpr int kCompute32F = 2;
inline constexpr int kDefaultAlg = 0;
inline constexpr int kAlgConfigId = 0;  // attributes of an AlgSelection
inline constexpr int kAlgConfigMaxId = 1;
inline constexpr int kAlgSplitK = 3;
inline constexpr int kAlgSplitKMode = 4;
inline constexpr int kAlgSplitKBuffers = 5;
inline constexpr int kMajor = 0;  // properties
inline constexpr int kMinor = 1;
inline constexpr int kPatch = 2;

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
};
[[nodiscard]] std::string text_of(const Version& version);
// 0.8.1 to below 1.0: 0.8.0 is slow on H100 (its release notes), before that structures are larger.
Status check_version(const Version& version);

// The library, opened and its version checked.
struct Library {
  // The first of the files of that name whose version will do.
  Status open(const std::vector<std::string>& folders);
  // The reason: what was called, and the library's name for its error.
  [[nodiscard]] Status check(const char* function, Result result) const;

  DynamicLibrary library;
  Version version;

  Result (*init)(Handle*) = nullptr;
  Result (*destroy)(const Handle*) = nullptr;
  Result (*property)(int, int*) = nullptr;
  const char* (*error_name)(Result) = nullptr;
  Result (*dense)(const Handle*, Matrix*, int64_t rows, int64_t columns, int64_t ld,
                  uint32_t alignment, int type, int order) = nullptr;
  Result (*structured)(const Handle*, Matrix*, int64_t rows, int64_t columns, int64_t ld,
                       uint32_t alignment, int type, int order, int sparsity) = nullptr;
  Result (*matrix_destroy)(const Matrix*) = nullptr;
  Result (*matmul_init)(const Handle*, Matmul*, int op_a, int op_b, const Matrix* a,
                        const Matrix* b, const Matrix* c, const Matrix* d, int compute) = nullptr;
  Result (*alg_init)(const Handle*, AlgSelection*, const Matmul*, int alg) = nullptr;
  Result (*alg_destroy)(const AlgSelection*) = nullptr;
  Result (*alg_set)(const Handle*, AlgSelection*, int attribute, const void*, size_t) = nullptr;
  Result (*alg_get)(const Handle*, const AlgSelection*, int attribute, void*, size_t) = nullptr;
  Result (*plan_init)(const Handle*, Plan*, const Matmul*, const AlgSelection*) = nullptr;
  Result (*plan_destroy)(const Plan*) = nullptr;
  Result (*workspace)(const Handle*, const Plan*, size_t* bytes) = nullptr;
  Result (*matmul)(const Handle*, const Plan*, const void* alpha, const void* a, const void* b,
                   const void* beta, const void* c, void* d, void* workspace, StreamHandle* streams,
                   int32_t stream_count) = nullptr;
  Result (*search)(const Handle*, Plan*, const void* alpha, const void* a, const void* b,
                   const void* beta, const void* c, void* d, void* workspace, StreamHandle* streams,
                   int32_t stream_count) = nullptr;
  Result (*prune_check)(const Handle*, const Matrix*, int is_sparse_a, int op, const void* dense,
                        int* device_valid, StreamHandle) = nullptr;
  Result (*compressed_size)(const Handle*, const Matrix*, size_t* bytes,
                            size_t* buffer_bytes) = nullptr;
  Result (*compress)(const Handle*, const Matrix*, int is_sparse_a, int op, const void* dense,
                     void* compressed, void* buffer, StreamHandle) = nullptr;

 private:
  Status open_file(const std::string& candidate);
  Status load();
};

}  // namespace olivine::cusparselt
