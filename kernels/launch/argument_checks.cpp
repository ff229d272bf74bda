// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/argument_checks.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "kernels/launch/operand_layout.h"

namespace olivine {

Problem find_extent_problem(std::string_view name, int64_t value, int64_t largest) {
  if (value >= 0 && value <= largest) return std::nullopt;
  return fmt::format("{} = {}: must be 0..{}", name, value, largest);
}

Problem find_pointer_problem(std::string_view name, const void* address, int64_t alignment) {
  if (address == nullptr) return fmt::format("{}: null: must be a device address", name);
  const auto value = reinterpret_cast<uintptr_t>(address);
  if (value % static_cast<uintptr_t>(alignment) == 0) return std::nullopt;
  return fmt::format("{}: address 0x{:x}: must be a multiple of {}", name, value, alignment);
}

Problem find_operand_problem(const OperandRows& operand) {
  if (operand.rows == 0 || operand.row_bytes == 0) return std::nullopt;  // is not looked at
  if (auto problem = find_pointer_problem(operand.name, operand.base, kOperandAlignment)) {
    return problem;
  }
  if (operand.stride < operand.row_bytes) {
    return fmt::format("{}: stride {}: must be at least the {} bytes of a row", operand.name,
                       operand.stride, operand.row_bytes);
  }
  if (operand.stride % kOperandAlignment != 0) {
    return fmt::format("{}: stride {}: must be a multiple of {}", operand.name, operand.stride,
                       kOperandAlignment);
  }
  if (operand.stride > kMaxOperandBytes / operand.rows) {
    return fmt::format("{}: {} rows, stride {}: must be at most {} bytes in all", operand.name,
                       operand.rows, operand.stride, kMaxOperandBytes);
  }
  return std::nullopt;
}

Problem find_scale_problem(std::string_view name, float scale) {
  if (std::isfinite(scale) && scale > 0.0F) return std::nullopt;
  return fmt::format("{} = {}: must be finite and above 0", name, scale);
}

Status to_status(Problem problem) {
  return problem ? Status::refuse(std::move(*problem)) : Status{};
}

}  // namespace olivine
