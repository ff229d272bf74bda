// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "experiments/sweep/spec/formula.h"

namespace olivine::sweep {

enum class FormulaOp : uint8_t {
  Literal,
  Name,
  Or,
  And,
  Not,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
  Negate,
  Min,
  Max,
  Sqrt,
  Log2,
  Floor,
  Ceil,
  Abs
};

// One operation and what it is applied to.
struct Formula::Node {
  FormulaOp op = FormulaOp::Literal;
  Value literal{};               // of Literal
  size_t name = 0;               // of Name: position in names()
  std::vector<Node> operands{};  // of all others
};

}  // namespace olivine::sweep
