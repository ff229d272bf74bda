// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/baseline_gemm.h"

#include <array>
#include <limits>
#include <string>

namespace olivine {
namespace {

constexpr int64_t kMaxExtent = std::numeric_limits<int32_t>::max();  // libraries count in 32 bits
constexpr uintptr_t kAlignment = 256;

struct Amount {
  const char* name;
  int64_t value;
};

Status check_range(const Amount& amount, int64_t least) {
  if (amount.value >= least && amount.value <= kMaxExtent) {
    return {};
  }
  return Status::refuse(std::string{amount.name} + " = " + std::to_string(amount.value) +
                        ": must be " + std::to_string(least) + ".." + std::to_string(kMaxExtent));
}

Status check_multiple(const Amount& amount, int64_t factor, const std::string& whose) {
  if (amount.value % factor == 0) {
    return {};
  }
  return Status::refuse(std::string{amount.name} + " = " + std::to_string(amount.value) +
                        ": must be a multiple of " + std::to_string(factor) + " for " + whose);
}

// Extents of at least 1, rows that do not overlap.
Status check_extents(const BaselinePlan& plan) {
  struct Bound {
    Amount amount;
    int64_t least;
  };
  const std::array bounds = {
      Bound{{"m", plan.m}, 1},
      Bound{{"n", plan.n}, 1},
      Bound{{"k", plan.k}, 1},
      Bound{{"activation_stride", plan.activation_stride}, plan.k},
      Bound{{"weight_stride", plan.weight_stride}, plan.k},
      Bound{{"c_stride", plan.c_stride}, plan.n},
  };
  for (const Bound& bound : bounds) {
    if (Status status = check_range(bound.amount, bound.least); !status) {
      return status;
    }
  }
  return {};
}

// What each amount must be a multiple of.
struct Factors {
  int64_t m = 1;
  int64_t n = 1;
  int64_t k = 1;
  int64_t operand_stride = 1;
  int64_t c_stride = 1;
};

Status check_factors(const BaselinePlan& plan, const Factors& factors, const std::string& whose) {
  struct Rule {
    Amount amount;
    int64_t factor;
  };
  const std::array rules = {
      Rule{{"m", plan.m}, factors.m},
      Rule{{"n", plan.n}, factors.n},
      Rule{{"k", plan.k}, factors.k},
      Rule{{"activation_stride", plan.activation_stride}, factors.operand_stride},
      Rule{{"weight_stride", plan.weight_stride}, factors.operand_stride},
      Rule{{"c_stride", plan.c_stride}, factors.c_stride},
  };
  for (const Rule& rule : rules) {
    if (Status status = check_multiple(rule.amount, rule.factor, whose); !status) {
      return status;
    }
  }
  return {};
}

// cuBLAS guide, cublasLtMatmul(): int8 in plain order needs extents and leading dimensions along
// contiguous rows that are multiples of 4, fp8 such of 16 bytes.
Factors cublaslt_factors(BaselineScheme scheme) {
  switch (scheme) {
    case BaselineScheme::Fp16:
    case BaselineScheme::Bf16:
      return {};
    case BaselineScheme::Fp8ToBf16:
    case BaselineScheme::Fp8ToFp16:
      return {.n = 16, .k = 16, .operand_stride = 16, .c_stride = 8};
    case BaselineScheme::Int8ToInt32:
    case BaselineScheme::Int8ToInt8:
      return {.n = 4, .k = 4, .operand_stride = 4, .c_stride = 4};
  }
  return {};
}

// cuSPARSELt guide: extents of a structured matrix are multiples of 32 bytes' worth of elements,
// those of a dense one of 16 bytes' worth.
Factors cusparselt_factors(BaselineScheme scheme) {
  const int64_t structured = 32 / operand_bytes(scheme);
  return {.m = 16 / operand_bytes(scheme),
          .n = structured,
          .k = structured,
          .operand_stride = structured,
          .c_stride = 16 / result_bytes(scheme)};
}

}  // namespace

std::string_view name_of(BaselineScheme scheme) {
  switch (scheme) {
    case BaselineScheme::Fp16:
      return "fp16";
    case BaselineScheme::Bf16:
      return "bf16";
    case BaselineScheme::Fp8ToBf16:
      return "fp8_e4m3-bf16";
    case BaselineScheme::Fp8ToFp16:
      return "fp8_e4m3-fp16";
    case BaselineScheme::Int8ToInt32:
      return "int8-int32";
    case BaselineScheme::Int8ToInt8:
      return "int8-int8";
  }
  return "unknown";
}

int operand_bytes(BaselineScheme scheme) {
  return scheme == BaselineScheme::Fp16 || scheme == BaselineScheme::Bf16 ? 2 : 1;
}

int result_bytes(BaselineScheme scheme) {
  switch (scheme) {
    case BaselineScheme::Fp16:
    case BaselineScheme::Bf16:
    case BaselineScheme::Fp8ToBf16:
    case BaselineScheme::Fp8ToFp16:
      return 2;
    case BaselineScheme::Int8ToInt32:
      return 4;
    case BaselineScheme::Int8ToInt8:
      return 1;
  }
  return 0;
}

BaselinePlan packed_plan(BaselineScheme scheme, int64_t m, int64_t n, int64_t k) {
  return {.scheme = scheme,
          .m = m,
          .n = n,
          .k = k,
          .activation_stride = k,
          .weight_stride = k,
          .c_stride = n};
}

Status check_cublaslt_plan(const BaselinePlan& plan) {
  if (Status status = check_extents(plan); !status) {
    return status;
  }
  return check_factors(plan, cublaslt_factors(plan.scheme),
                       std::string{name_of(plan.scheme)} + " in cuBLASLt");
}

Status check_cusparselt_plan(const BaselinePlan& plan) {
  if (Status status = check_extents(plan); !status) {
    return status;
  }
  return check_factors(plan, cusparselt_factors(plan.scheme),
                       std::string{name_of(plan.scheme)} + " in cuSPARSELt");
}

Status check_baseline_operands(const BaselineOperands& operands) {
  struct Address {
    const char* name;
    const void* value;
  };
  const std::array addresses = {
      Address{"weights", operands.weights},
      Address{"activations", operands.activations},
      Address{"c", operands.c},
  };
  for (const Address& address : addresses) {
    if (address.value == nullptr) {
      return Status::refuse(std::string{address.name} + ": no address");
    }
    if (reinterpret_cast<uintptr_t>(address.value) % kAlignment != 0) {
      return Status::refuse(std::string{address.name} + ": address must be a multiple of " +
                            std::to_string(kAlignment));
    }
  }
  return {};
}

}  // namespace olivine
