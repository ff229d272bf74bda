// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A stand-in for libcusparseLt.so.0 that multiplies int8 on the CPU, with the prototypes of its
// documentation and 512 bytes for each opaque structure, written apart from those of
// kernels/baselines/cusparselt_library.h. It holds callers to what the documentation asks for.
#include "tests/kernels/baselines/fake_cusparselt.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>

namespace {

FakeCusparseLtState state;

constexpr int kSuccess = 0;
constexpr int kInvalidValue = 3;
constexpr int kNotSupported = 10;
constexpr int kType8I = 3;
constexpr int kType32I = 10;
constexpr int kColumn = 1;
constexpr int kRow = 2;
constexpr int kMagic = 0x5eed;
constexpr int kBrokenAlg = 3;
constexpr int kSearchedAlg = 4;

struct Matrix {
  int magic;
  bool is_structured;
  int64_t rows, columns, ld;
  int type, order;

  [[nodiscard]] int64_t offset(int64_t row, int64_t column) const {
    return order == kRow ? row * ld + column : column * ld + row;
  }
};
struct Matmul {
  int magic;
  int op_a, op_b;
  const Matrix *a, *b, *d;
};
struct Selection {
  int magic;
  const Matmul* matmul;
  int id;
  int split_k;
};
struct Plan {
  int magic;
  const Matmul* matmul;
  Selection* selection;
};
constexpr size_t kOpaqueBytes = 512;
static_assert(sizeof(Matrix) <= kOpaqueBytes && sizeof(Matmul) <= kOpaqueBytes);

// Fills all that a structure of the library may fill.
template <class Object>
void make(void* place, const Object& object) {
  std::memset(place, 0x5a, kOpaqueBytes);
  new (place) Object{object};
  ++state.live_objects;
}
template <class Object>
int unmake(const Object* object) {
  if (object->magic != kMagic) {
    return kInvalidValue;
  }
  --state.live_objects;
  return kSuccess;
}

bool is_aligned(uint32_t alignment) { return alignment == 16; }

int64_t multiple_of(bool is_structured, int type) {
  if (type == kType32I) {
    return 4;
  }
  return is_structured ? 32 : 16;
}

int describe(void* place, const Matrix& matrix, uint32_t alignment) {
  const int64_t factor = multiple_of(matrix.is_structured, matrix.type);
  const int64_t contiguous = matrix.order == kRow ? matrix.columns : matrix.rows;
  if (!is_aligned(alignment) || matrix.rows % factor != 0 || matrix.columns % factor != 0 ||
      matrix.ld % factor != 0 || matrix.ld < contiguous) {
    return kInvalidValue;
  }
  make(place, matrix);
  return kSuccess;
}

// Both operands run along k, which is along rows of row-major matrices: A as it is, B transposed.
bool is_k_major(const Matmul& matmul) {
  return matmul.a->order == kRow && matmul.b->order == kRow && matmul.op_a == 0 && matmul.op_b == 1;
}

// The operand that a structured matrix is, and the operation that goes with it.
bool is_consistent(int is_sparse_a, int op) { return is_sparse_a == 1 ? op == 0 : op == 1; }

bool keeps_two_of_four(const Matrix& matrix, const int8_t* values) {
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t column = 0; column < matrix.columns; column += 4) {
      const int8_t* group = values + matrix.offset(row, column);
      if (std::count(group, group + 4, 0) < 2) {
        return false;
      }
    }
  }
  return true;
}

void store(const Matrix& d, void* values, int64_t offset, float alpha, int64_t sum) {
  const float scaled = std::nearbyint(alpha * static_cast<float>(sum));
  if (d.type == kType32I) {
    static_cast<int32_t*>(values)[offset] = static_cast<int32_t>(scaled);
  } else {
    static_cast<int8_t*>(values)[offset] = static_cast<int8_t>(std::clamp(scaled, -128.0F, 127.0F));
  }
}

void multiply(const Matmul& matmul, float alpha, const void* a, const void* b, void* d) {
  const auto* first = static_cast<const int8_t*>(a);
  const auto* second = static_cast<const int8_t*>(b);
  for (int64_t row = 0; row < matmul.d->rows; ++row) {
    for (int64_t column = 0; column < matmul.d->columns; ++column) {
      int64_t sum = 0;
      for (int64_t k = 0; k < matmul.a->columns; ++k) {
        sum += int64_t{first[matmul.a->offset(row, k)]} * second[matmul.b->offset(column, k)];
      }
      store(*matmul.d, d, matmul.d->offset(row, column), alpha, sum);
    }
  }
}

size_t workspace_bytes(const Plan& plan) { return plan.selection->split_k > 1 ? 4096 : 0; }

}  // namespace

extern "C" {

FakeCusparseLtState* fake_cusparselt_state() { return &state; }

int cusparseLtInit(void* handle) {
  if (state.init_result == kSuccess) {
    make(handle, kMagic);
  }
  return state.init_result;
}
int cusparseLtDestroy(const void*) {
  --state.live_objects;
  return kSuccess;
}
int cusparseLtGetProperty(int property, int* value) {
  if (property < 0 || property > 2) {
    return kInvalidValue;
  }
  *value = property == 0 ? state.major : property == 1 ? state.minor : state.patch;
  return kSuccess;
}
const char* cusparseLtGetErrorName(int status) {
  switch (status) {
    case kSuccess:
      return "CUSPARSE_STATUS_SUCCESS";
    case 1:
      return "CUSPARSE_STATUS_NOT_INITIALIZED";
    case kInvalidValue:
      return "CUSPARSE_STATUS_INVALID_VALUE";
    case kNotSupported:
      return "CUSPARSE_STATUS_NOT_SUPPORTED";
    default:
      return "CUSPARSE_STATUS_INTERNAL_ERROR";
  }
}

int cusparseLtDenseDescriptorInit(const void*, void* matrix, int64_t rows, int64_t columns,
                                  int64_t ld, uint32_t alignment, int type, int order) {
  return describe(matrix, {kMagic, false, rows, columns, ld, type, order}, alignment);
}
int cusparseLtStructuredDescriptorInit(const void*, void* matrix, int64_t rows, int64_t columns,
                                       int64_t ld, uint32_t alignment, int type, int order,
                                       int sparsity) {
  if (sparsity != 0) {
    return kInvalidValue;
  }
  return describe(matrix, {kMagic, true, rows, columns, ld, type, order}, alignment);
}
int cusparseLtMatDescriptorDestroy(const void* matrix) {
  return unmake(static_cast<const Matrix*>(matrix));
}

// The documentation names no function that destroys this one.
int cusparseLtMatmulDescriptorInit(const void*, void* matmul, int op_a, int op_b, const void* a,
                                   const void* b, const void* c, const void* d, int compute) {
  const Matmul made{kMagic,
                    op_a,
                    op_b,
                    static_cast<const Matrix*>(a),
                    static_cast<const Matrix*>(b),
                    static_cast<const Matrix*>(d)};
  if (made.a->is_structured == made.b->is_structured || c != d || compute != 0 ||
      made.a->type != kType8I || made.a->rows != made.d->rows || made.b->rows != made.d->columns ||
      made.a->columns != made.b->columns) {
    return kInvalidValue;
  }
  if (!is_k_major(made) || (made.d->order == kColumn && !state.has_column_order)) {
    return kNotSupported;
  }
  make(matmul, made);
  --state.live_objects;
  return kSuccess;
}

int cusparseLtMatmulAlgSelectionInit(const void*, void* selection, const void* matmul, int alg) {
  if (alg != 0) {
    return kInvalidValue;
  }
  make(selection, Selection{kMagic, static_cast<const Matmul*>(matmul), 1, 1});
  return kSuccess;
}
int cusparseLtMatmulAlgSelectionDestroy(const void* selection) {
  return unmake(static_cast<const Selection*>(selection));
}
int cusparseLtMatmulAlgSetAttribute(const void*, void* selection, int attribute, const void* data,
                                    size_t bytes) {
  if (attribute != 0 || bytes != sizeof(int)) {
    return kInvalidValue;
  }
  std::memcpy(&static_cast<Selection*>(selection)->id, data, bytes);
  return kSuccess;
}
int cusparseLtMatmulAlgGetAttribute(const void*, const void* selection, int attribute, void* data,
                                    size_t bytes) {
  const auto* chosen = static_cast<const Selection*>(selection);
  const int values[] = {chosen->id, state.alg_count, 5, chosen->split_k, 1, 2};
  if (attribute < 0 || attribute > 5 || bytes != sizeof(int)) {
    return kInvalidValue;
  }
  std::memcpy(data, &values[attribute], bytes);
  return kSuccess;
}

int cusparseLtMatmulPlanInit(const void*, void* plan, const void* matmul, const void* selection) {
  auto* chosen = const_cast<Selection*>(static_cast<const Selection*>(selection));
  if (chosen->magic != kMagic || chosen->matmul != matmul) {
    return kInvalidValue;
  }
  if (chosen->id == kBrokenAlg) {
    return kNotSupported;
  }
  make(plan, Plan{kMagic, static_cast<const Matmul*>(matmul), chosen});
  return kSuccess;
}
int cusparseLtMatmulPlanDestroy(const void* plan) { return unmake(static_cast<const Plan*>(plan)); }
int cusparseLtMatmulGetWorkspace(const void*, const void* plan, size_t* bytes) {
  *bytes = workspace_bytes(*static_cast<const Plan*>(plan));
  return kSuccess;
}

int cusparseLtMatmul(const void*, const void* plan, const void* alpha, const void* a, const void* b,
                     const void* beta, const void* c, void* d, void* workspace, void** streams,
                     int32_t stream_count) {
  const auto& chosen = *static_cast<const Plan*>(plan);
  if (chosen.magic != kMagic || c != d || *static_cast<const float*>(beta) != 0.0F ||
      streams == nullptr || stream_count != 1 ||
      (workspace_bytes(chosen) > 0 && workspace == nullptr)) {
    return kInvalidValue;
  }
  state.last_alg = chosen.selection->id;
  state.last_structured = chosen.matmul->a->is_structured ? 1 : 2;
  multiply(*chosen.matmul, *static_cast<const float*>(alpha), a, b, d);
  return kSuccess;
}
int cusparseLtMatmulSearch(const void* handle, void* plan, const void* alpha, const void* a,
                           const void* b, const void* beta, const void* c, void* d,
                           void* /*workspace*/, void** streams, int32_t stream_count) {
  const int result =
      cusparseLtMatmul(handle, plan, alpha, a, b, beta, c, d, nullptr, streams, stream_count);
  if (result != kSuccess) {
    return result;
  }
  Selection* selection = static_cast<Plan*>(plan)->selection;
  selection->id = kSearchedAlg;
  selection->split_k = 2;
  ++state.searches;
  return kSuccess;
}

int cusparseLtSpMMAPruneCheck2(const void*, const void* matrix, int is_sparse_a, int op,
                               const void* dense, int* valid, void* /*stream*/) {
  if (!is_consistent(is_sparse_a, op)) {
    return kInvalidValue;
  }
  const auto& structured = *static_cast<const Matrix*>(matrix);
  *valid = keeps_two_of_four(structured, static_cast<const int8_t*>(dense)) ? 0 : 1;
  return kSuccess;
}
// "Compressed" is what it was: only its size and who asks for it are checked.
int cusparseLtSpMMACompressedSize2(const void*, const void* matrix, size_t* bytes,
                                   size_t* buffer_bytes) {
  const auto& structured = *static_cast<const Matrix*>(matrix);
  *bytes = static_cast<size_t>(structured.rows * structured.ld);
  *buffer_bytes = 64;
  return kSuccess;
}
int cusparseLtSpMMACompress2(const void*, const void* matrix, int is_sparse_a, int op,
                             const void* dense, void* compressed, void* buffer, void* /*stream*/) {
  if (!is_consistent(is_sparse_a, op) || buffer == nullptr) {
    return kInvalidValue;
  }
  const auto& structured = *static_cast<const Matrix*>(matrix);
  std::memcpy(compressed, dense, static_cast<size_t>(structured.rows * structured.ld));
  return kSuccess;
}

}  // extern "C"
