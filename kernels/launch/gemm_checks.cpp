// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "kernels/launch/argument_checks.h"
#include "kernels/launch/gemm_kernels.h"
#include "kernels/launch/operand_layout.h"

namespace olivine {
namespace {

// Of a tensor map (PTX ISA, cuTensorMapEncodeTiled).
constexpr int64_t kTensorMapStrideLimit = int64_t{1} << 40;
constexpr int64_t kSmallMRows = 16;
constexpr int kWgmmaCapability = 90;

Problem find_tensor_map_problem(const OperandRows& operand) {
  const bool is_empty = operand.rows == 0 || operand.row_bytes == 0;
  if (is_empty || operand.stride < kTensorMapStrideLimit) return std::nullopt;
  return fmt::format("{}: stride {}: must be below {} for TMA", operand.name, operand.stride,
                     kTensorMapStrideLimit);
}

Problem find_device_problem(const GemmKernel& kernel, const DeviceLimits& device) {
  const int capability = device.compute_capability;
  if (kernel.family == KernelFamily::Wgmma && capability != kWgmmaCapability) {
    return fmt::format("device: compute capability {}: {} runs on {} alone", capability,
                       kernel.name, kWgmmaCapability);
  }
  if (capability < kernel.min_capability || capability > kWgmmaCapability) {
    return fmt::format("device: compute capability {}: {} is built for {}..{}", capability,
                       kernel.name, kernel.min_capability, kWgmmaCapability);
  }
  if (device.shared_bytes_per_block < kernel.shared_bytes) {
    return fmt::format("device: {} bytes of shared memory a block: {} needs {}",
                       device.shared_bytes_per_block, kernel.name, kernel.shared_bytes);
  }
  if (device.sm_count < kernel.cluster) {
    return fmt::format("device: {} SMs: {} needs {} or more", device.sm_count, kernel.name,
                       kernel.cluster);
  }
  return std::nullopt;
}

Problem find_form_problem(const GemmKernel& kernel, const GemmArgs& args) {
  if (args.weight_form != kernel.weights) {
    return fmt::format("weights: {}: {} takes {}", name_of(args.weight_form), kernel.name,
                       name_of(kernel.weights));
  }
  if (args.activation_form != kernel.activations) {
    return fmt::format("activations: {}: {} takes {}", name_of(args.activation_form), kernel.name,
                       name_of(kernel.activations));
  }
  return std::nullopt;
}

Problem find_shape_problem(const GemmKernel& kernel, const GemmArgs& args) {
  const int64_t max_m = kernel.family == KernelFamily::SmallM ? kSmallMRows : kMaxKernelExtent;
  if (auto problem = find_extent_problem("m", args.m, max_m)) return problem;
  if (auto problem = find_extent_problem("n", args.n, kMaxKernelExtent)) return problem;
  return find_extent_problem("k", args.k, kMaxKernelExtent);
}

Problem find_metadata_problem(const GemmArgs& args) {
  if (!is_sparse(args.weight_form) || args.n == 0 || args.k == 0) return std::nullopt;
  return find_pointer_problem("metadata", args.metadata, kOperandAlignment);
}

Problem find_plane_problem(const GemmArgs& args) {
  if (args.activation_form != ActivationForm::Int8Planes || args.m == 0 || args.k == 0) {
    return std::nullopt;
  }
  if (args.plane_stride % kOperandAlignment != 0) {
    return fmt::format("activations: plane stride {}: must be a multiple of {}", args.plane_stride,
                       kOperandAlignment);
  }
  const int64_t plane_bytes = args.m * args.activation_stride;
  if (args.plane_stride < plane_bytes || args.plane_stride > kMaxOperandBytes) {
    return fmt::format("activations: plane stride {}: must be {} (a plane) .. {}",
                       args.plane_stride, plane_bytes, kMaxOperandBytes);
  }
  return std::nullopt;
}

Problem find_operands_problem(const GemmKernel& kernel, const GemmArgs& args) {
  const OperandRows operands[] = {
      {"weights", args.weights, args.n, weight_row_bytes(args.weight_form, args.k),
       args.weight_stride},
      {"activations", args.activations, args.m, activation_row_bytes(args.activation_form, args.k),
       args.activation_stride}};
  for (const OperandRows& operand : operands) {
    if (auto problem = find_operand_problem(operand)) return problem;
    if (kernel.family != KernelFamily::Wgmma) continue;
    if (auto problem = find_tensor_map_problem(operand)) return problem;
  }
  if (auto problem = find_metadata_problem(args)) return problem;
  return find_plane_problem(args);
}

Problem find_output_problem(const GemmArgs& args) {
  if (args.m == 0 || args.n == 0) return std::nullopt;
  if (auto problem = find_pointer_problem("c", args.c, output_bytes(args.output))) return problem;
  if (args.c_stride < args.n) {
    return fmt::format("c: stride {}: must be at least n = {}", args.c_stride, args.n);
  }
  if (args.c_stride > kMaxOperandBytes / output_bytes(args.output) / args.m) {
    return fmt::format("c: {} rows, stride {}: must be at most {} bytes in all", args.m,
                       args.c_stride, kMaxOperandBytes);
  }
  if (args.output == OutputForm::Int32) return std::nullopt;
  if (auto problem = find_pointer_problem("weight scales", args.weight_scales, sizeof(float))) {
    return problem;
  }
  if (auto problem = find_scale_problem("activation scale", args.activation_scale)) return problem;
  if (args.output == OutputForm::Fp16) return std::nullopt;
  return find_scale_problem("output scale", args.output_scale);
}

Problem find_grid_problem(const GemmKernel& kernel, const GemmArgs& args,
                          const DeviceLimits& device) {
  const int64_t blocks = make_launch_config(kernel, args, device).blocks;
  if (blocks <= kMaxGridBlocks) return std::nullopt;
  return fmt::format("m = {}, n = {}: {} blocks of {} x {}: must be at most {}", args.m, args.n,
                     blocks, kernel.tile_m, kernel.tile_n, kMaxGridBlocks);
}

Problem find_problem(const GemmKernel& kernel, const GemmArgs& args, const DeviceLimits& device) {
  if (auto problem = find_device_problem(kernel, device)) return problem;
  if (auto problem = find_form_problem(kernel, args)) return problem;
  if (auto problem = find_shape_problem(kernel, args)) return problem;
  if (auto problem = find_operands_problem(kernel, args)) return problem;
  if (auto problem = find_output_problem(args)) return problem;
  return find_grid_problem(kernel, args, device);
}

}  // namespace

Status can_implement(const GemmKernel& kernel, const GemmArgs& args, const DeviceLimits& device) {
  return to_status(find_problem(kernel, args, device));
}

}  // namespace olivine
