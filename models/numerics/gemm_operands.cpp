// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/gemm_operands.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace olivine {

void check_operands(const PackedMatrix& a, const PackedMatrix& b, OperandKind kind) {
  if (a.pattern != Pattern::Dense) {
    throw ShapeError{"activations are 2:4 sparse: only weights can be"};
  }
  if (a.k != b.k) {
    throw ShapeError{fmt::format("k of activations is {}, of weights {}: must be equal", a.k, b.k)};
  }
  const bool are_integer = info(a.format).is_integer && info(b.format).is_integer;
  if (are_integer != (kind == OperandKind::Integer)) {
    throw ShapeError{fmt::format("activations {}, weights {}: {}", name_of(a.format),
                                 name_of(b.format),
                                 are_integer ? "both are integers, sums would be int32"
                                             : "float operands have no int32 sums")};
  }
  Problems problems;
  if (auto problem = find_problem(a)) problems.add("activations: " + *problem);
  if (auto problem = find_problem(b)) problems.add("weights: " + *problem);
  problems.throw_if_any();
}

}  // namespace olivine
