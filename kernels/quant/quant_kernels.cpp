// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/quant/quant_kernels.h"

#include <fmt/format.h>

#include <string>

#include "kernels/launch/argument_checks.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/quant/quant_pieces.h"

namespace olivine {
namespace {

LaunchConfig launch_of(int64_t pieces) {
  return {pieces_of(pieces, kQuantWarps), kQuantThreads, 0, 1};
}

Problem find_grid_problem(const LaunchConfig& config) {
  if (config.blocks <= kMaxGridBlocks) return std::nullopt;
  return fmt::format("{} blocks: must be at most {}", config.blocks, kMaxGridBlocks);
}

Problem find_word_problem(std::string_view name, const ProblemWord* word) {
  return find_pointer_problem(name, word, sizeof(ProblemWord));
}

Problem find_extents_problem(const std::string& prefix, int64_t rows, std::string_view columns_name,
                             int64_t columns) {
  if (auto problem = find_extent_problem(prefix + "rows", rows, kMaxKernelExtent)) return problem;
  return find_extent_problem(prefix + std::string{columns_name}, columns, kMaxKernelExtent);
}

Problem find_plane_problem(const std::string& name, const OvpTensor& tensor) {
  if (tensor.format != Format::Ovp8) return std::nullopt;
  const int64_t plane_bytes = tensor.rows * tensor.value_stride;
  if (tensor.plane_stride % kOperandAlignment == 0 && tensor.plane_stride >= plane_bytes &&
      tensor.plane_stride <= kMaxOperandBytes) {
    return std::nullopt;
  }
  return fmt::format("{}values: plane stride {}: must be a multiple of {}, {} (a plane) .. {}",
                     name, tensor.plane_stride, kOperandAlignment, plane_bytes, kMaxOperandBytes);
}

Problem find_tensor_problem(const std::string& name, const OvpTensor& tensor) {
  if (auto problem = find_extents_problem(name, tensor.rows, "columns", tensor.columns)) {
    return problem;
  }
  if (tensor.rows == 0 || tensor.columns == 0) return std::nullopt;
  if (tensor.format != Format::Ovp4 && tensor.format != Format::Ovp8) {
    return fmt::format("{}format {}: must be ovp4 or ovp8", name, name_of(tensor.format));
  }
  const std::string codes = name + "codes";
  const std::string values = name + "values";
  const OperandRows operands[] = {
      {codes, tensor.codes, tensor.rows, code_row_bytes(tensor.format, tensor.columns),
       tensor.code_stride},
      {values, tensor.values, tensor.rows, code_row_bytes(Format::Int8, tensor.columns),
       tensor.value_stride}};
  for (const OperandRows& operand : operands) {
    if (auto problem = find_operand_problem(operand)) return problem;
  }
  return find_plane_problem(name, tensor);
}

Problem find_problem(const DecodeOvpArgs& args) {
  if (auto problem = find_tensor_problem("first ", args.first)) return problem;
  if (auto problem = find_tensor_problem("second ", args.second)) return problem;
  return find_grid_problem(make_launch_config(args));
}

Problem find_problem(const CheckOvp4Args& args) {
  if (auto problem = find_extents_problem("", args.rows, "row bytes", args.row_bytes)) {
    return problem;
  }
  if (args.rows == 0 || args.row_bytes == 0) return std::nullopt;
  const OperandRows codes{"codes", args.codes, args.rows, args.row_bytes, args.code_stride};
  if (auto problem = find_operand_problem(codes)) return problem;
  if (auto problem = find_word_problem("first illegal", args.first_illegal)) return problem;
  return find_grid_problem(make_launch_config(args));
}

Problem find_problem(const EncodeArgs& args) {
  if (auto problem = find_extents_problem("", args.rows, "k", args.k)) return problem;
  if (args.format != Format::Ovp4 && args.format != Format::Ovp8 && args.format != Format::Int8) {
    return fmt::format("format {}: must be ovp4, ovp8 or int8", name_of(args.format));
  }
  if (auto problem = find_scale_problem("scale", args.scale)) return problem;
  if (args.rows == 0 || args.k == 0) return std::nullopt;
  const OperandRows operands[] = {
      {"values", args.values, args.rows, real_bytes(args.type) * args.k, args.value_stride},
      {"codes", args.codes, args.rows, code_row_bytes(args.format, args.k), args.code_stride}};
  for (const OperandRows& operand : operands) {
    if (auto problem = find_operand_problem(operand)) return problem;
  }
  if (auto problem = find_word_problem("first non-finite", args.first_non_finite)) return problem;
  return find_grid_problem(make_launch_config(args));
}

}  // namespace

Status can_run(const DecodeOvpArgs& args) { return to_status(find_problem(args)); }
Status can_run(const CheckOvp4Args& args) { return to_status(find_problem(args)); }
Status can_run(const EncodeArgs& args) { return to_status(find_problem(args)); }

LaunchConfig make_launch_config(const DecodeOvpArgs& args) {
  return launch_of(decode_pieces(args.first) + decode_pieces(args.second));
}
LaunchConfig make_launch_config(const CheckOvp4Args& args) {
  return launch_of(args.rows * pieces_of(args.row_bytes, kPieceBytes));
}
LaunchConfig make_launch_config(const EncodeArgs& args) {
  return launch_of(args.rows * pieces_of(args.k, kPieceElements));
}

Status find_illegal_byte(const CheckOvp4Args& args, ProblemWord first_illegal) {
  if (first_illegal == kNoProblem) return {};
  const auto row_bytes = static_cast<ProblemWord>(args.row_bytes);
  return Status::refuse(fmt::format("codes: row {}, byte {}: 0x88, 0x80 and 0x08 are no ovp4 pair",
                                    first_illegal / row_bytes, first_illegal % row_bytes));
}

Status find_non_finite(const EncodeArgs& args, ProblemWord first_non_finite) {
  if (first_non_finite == kNoProblem) return {};
  const auto k = static_cast<ProblemWord>(args.k);
  return Status::refuse(fmt::format("values: row {}, column {}: must be finite",
                                    first_non_finite / k, first_non_finite % k));
}

}  // namespace olivine
