// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/case_work.h"

#include <algorithm>
#include <cmath>

#include "kernels/baselines/baseline_gemm.h"
#include "models/base/units.h"
#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

int64_t own_activation_bytes(ActivationForm form, const NamedShape& shape) {
  return shape.m * activation_row_bytes(form, shape.k) *
         (form == ActivationForm::Int8Planes ? 2 : 1);
}

int64_t own_weight_bytes(WeightForm form, const NamedShape& shape) {
  const int64_t metadata =
      is_sparse(form)
          ? static_cast<int64_t>(metadata_bytes(Pattern::TwoFour, shape.n, shape.k).count())
          : 0;
  return shape.n * weight_row_bytes(form, shape.k) + metadata;
}

CaseWork own_work(const Variant& variant, const NamedShape& shape) {
  const Scheme& scheme = parse_scheme(variant.scheme);
  CaseWork work;
  work.weight_bytes = own_weight_bytes(stored_weights(scheme), shape);
  work.activation_bytes = own_activation_bytes(stored_activations(scheme), shape);
  work.c_bytes = shape.m * shape.n * output_bytes(OutputForm::Int32);
  if (variant.weights != stored_weights(scheme)) {
    work.decoded_bytes += shape.n * weight_row_bytes(variant.weights, shape.k);
  }
  if (variant.activations != stored_activations(scheme)) {
    work.decoded_bytes += own_activation_bytes(variant.activations, shape);
  }
  return work;
}

CaseWork library_work(const Variant& variant, const NamedShape& shape) {
  const Scheme& scheme = parse_scheme(variant.scheme);
  CaseWork work;
  work.weight_bytes = static_cast<int64_t>(
      operand_bytes(scheme.weights, scheme.weight_pattern, shape.n, shape.k).count());
  work.activation_bytes = static_cast<int64_t>(
      operand_bytes(scheme.activations, Pattern::Dense, shape.m, shape.k).count());
  work.c_bytes = shape.m * shape.n * result_bytes(variant.baseline);
  return work;
}

}  // namespace

CaseWork work_of(const Variant& variant, const NamedShape& shape) {
  CaseWork work = variant.is_own() ? own_work(variant, shape) : library_work(variant, shape);
  work.ops = 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) *
             static_cast<double>(shape.k);
  return work;
}

Rotation rotation_of(int64_t set_bytes, int64_t l2_bytes) {
  Rotation rotation;
  rotation.sets = std::clamp(2 * l2_bytes / set_bytes + 1, int64_t{2}, kMaxRotationSets);
  rotation.bytes = rotation.sets * set_bytes;
  rotation.is_cold = rotation.bytes > 2 * l2_bytes;
  return rotation;
}

int64_t graph_launches(double launch_us, double sample_us, int64_t sets) {
  const double wanted = std::ceil(sample_us / launch_us);
  const auto launches = static_cast<int64_t>(
      std::clamp(wanted, 1.0, static_cast<double>(kMaxGraphLaunches - kMaxRotationSets)));
  return round_up(launches, sets);
}

}  // namespace olivine::measure
