// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/gemm_args.h"

#include "kernels/launch/operand_layout.h"
#include "models/base/error.h"
#include "models/numerics/format.h"

namespace olivine {
namespace {

constexpr int64_t interleaved_row_bytes(int64_t stored_elements) {
  return ceil_div(stored_elements, kOvpBlockElements) * kOvpBlockBytes;
}

}  // namespace

std::string_view name_of(WeightForm form) {
  switch (form) {
    case WeightForm::Int8:
      return "int8";
    case WeightForm::Int8Sparse:
      return "int8-2:4";
    case WeightForm::Ovp4:
      return "ovp4";
    case WeightForm::Ovp4Sparse:
      return "ovp4-2:4";
  }
  OLV_CHECK(false, "weight form {}", static_cast<int>(form));
}

std::string_view name_of(ActivationForm form) {
  switch (form) {
    case ActivationForm::Int8:
      return "int8";
    case ActivationForm::Ovp4:
      return "ovp4";
    case ActivationForm::Ovp8:
      return "ovp8";
    case ActivationForm::Int8Planes:
      return "int8-planes";
  }
  OLV_CHECK(false, "activation form {}", static_cast<int>(form));
}

std::string_view name_of(OutputForm form) {
  switch (form) {
    case OutputForm::Int32:
      return "int32";
    case OutputForm::Int8:
      return "int8";
    case OutputForm::Fp16:
      return "fp16";
  }
  OLV_CHECK(false, "output form {}", static_cast<int>(form));
}

int64_t weight_row_bytes(WeightForm form, int64_t k) {
  const int64_t stored = is_sparse(form) ? 2 * group_count(k) : k;
  return is_ovp(form) ? interleaved_row_bytes(stored) : stored;
}

int64_t activation_row_bytes(ActivationForm form, int64_t k) {
  switch (form) {
    case ActivationForm::Int8:
    case ActivationForm::Int8Planes:
      return k;
    case ActivationForm::Ovp4:
      return interleaved_row_bytes(k);
    case ActivationForm::Ovp8:
      return round_up(k, 2);
  }
  OLV_CHECK(false, "activation form {}", static_cast<int>(form));
}

}  // namespace olivine
