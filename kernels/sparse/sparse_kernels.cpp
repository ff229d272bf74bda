// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/sparse/sparse_kernels.h"

#include <fmt/format.h>

#include "kernels/launch/argument_checks.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/sparse/sparse_tiles.h"
#include "models/numerics/format.h"

namespace olivine {
namespace {

constexpr int64_t kFloatBytes = sizeof(float);

LaunchConfig launch_of(int64_t warps) {
  return {count_parts(warps, kSparseWarps), kSparseThreads, 0, 1};
}

Problem find_extents_problem(int64_t rows, std::string_view columns_name, int64_t columns) {
  if (auto problem = find_extent_problem("rows", rows, kMaxKernelExtent)) return problem;
  return find_extent_problem(columns_name, columns, kMaxKernelExtent);
}

Problem find_word_problem(std::string_view name, const ProblemWord* word) {
  return find_pointer_problem(name, word, sizeof(ProblemWord));
}

Problem find_grid_problem(const LaunchConfig& config) {
  if (config.blocks <= kMaxGridBlocks) return std::nullopt;
  return fmt::format("{} blocks: must be at most {}", config.blocks, kMaxGridBlocks);
}

template <size_t kCount>
Problem find_operands_problem(const OperandRows (&operands)[kCount]) {
  for (const OperandRows& operand : operands) {
    if (auto problem = find_operand_problem(operand)) return problem;
  }
  return std::nullopt;
}

Problem find_problem(const PruneTwoFourArgs& args) {
  if (auto problem = find_extents_problem(args.rows, "k", args.k)) return problem;
  if (args.rows == 0 || args.k == 0) return std::nullopt;
  const OperandRows operands[] = {
      {"values", args.values, args.rows, kFloatBytes * args.k, args.value_stride},
      {"kept", args.kept, args.rows, kFloatBytes * 2 * group_count(args.k), args.kept_stride}};
  if (auto problem = find_operands_problem(operands)) return problem;
  if (auto problem = find_pointer_problem("metadata", args.metadata, kOperandAlignment)) {
    return problem;
  }
  if (auto problem = find_word_problem("first non-finite", args.first_non_finite)) return problem;
  return find_grid_problem(make_launch_config(args));
}

Problem find_problem(const CompressTwoFourArgs& args) {
  if (auto problem = find_extents_problem(args.rows, "k", args.k)) return problem;
  if (args.rows == 0 || args.k == 0) return std::nullopt;
  const OperandRows operands[] = {
      {"values", args.values, args.rows, args.k, args.value_stride},
      {"codes", args.codes, args.rows, 2 * group_count(args.k), args.code_stride}};
  if (auto problem = find_operands_problem(operands)) return problem;
  if (auto problem = find_pointer_problem("metadata", args.metadata, kOperandAlignment)) {
    return problem;
  }
  if (auto problem = find_word_problem("first full group", args.first_full_group)) return problem;
  return find_grid_problem(make_launch_config(args));
}

Problem find_problem(const QuantizeInt8Args& args) {
  if (auto problem = find_extents_problem(args.rows, "columns", args.columns)) return problem;
  if (args.rows == 0 || args.columns == 0) return std::nullopt;
  const OperandRows operands[] = {
      {"values", args.values, args.rows, kFloatBytes * args.columns, args.value_stride},
      {"codes", args.codes, args.rows, args.columns, args.code_stride}};
  if (auto problem = find_operands_problem(operands)) return problem;
  if (args.scale_count != 1 && args.scale_count != args.rows) {
    return fmt::format("scales = {}: must be 1 or {}", args.scale_count, args.rows);
  }
  if (auto problem = find_pointer_problem("scales", args.scales, kFloatBytes)) return problem;
  if (auto problem = find_word_problem("first non-finite", args.first_non_finite)) return problem;
  if (auto problem = find_word_problem("first bad scale", args.first_bad_scale)) return problem;
  return find_grid_problem(make_launch_config(args));
}

}  // namespace

Status can_run(const PruneTwoFourArgs& args) { return to_status(find_problem(args)); }
Status can_run(const CompressTwoFourArgs& args) { return to_status(find_problem(args)); }
Status can_run(const QuantizeInt8Args& args) { return to_status(find_problem(args)); }

LaunchConfig make_launch_config(const PruneTwoFourArgs& args) {
  return launch_of(count_tiles(args.rows, args.k));
}
LaunchConfig make_launch_config(const CompressTwoFourArgs& args) {
  return launch_of(count_tiles(args.rows, args.k));
}
LaunchConfig make_launch_config(const QuantizeInt8Args& args) {
  return launch_of(args.rows * count_parts(args.columns, kQuantizeElements));
}

Status find_non_finite(ProblemWord first_non_finite) {
  if (first_non_finite == kNoProblem) return {};
  return Status::refuse(fmt::format("values[{}]: must be finite", first_non_finite));
}

Status find_bad_scale(ProblemWord first_bad_scale) {
  if (first_bad_scale == kNoProblem) return {};
  return Status::refuse(fmt::format("scale {}: must be finite and above 0", first_bad_scale));
}

Status find_full_group(const CompressTwoFourArgs& args, ProblemWord first_full_group) {
  if (first_full_group == kNoProblem) return {};
  const auto groups = static_cast<ProblemWord>(group_count(args.k));
  return Status::refuse(fmt::format("values: row {}, group {}: more than 2 of 4 are not 0",
                                    first_full_group / groups, first_full_group % groups));
}

}  // namespace olivine
