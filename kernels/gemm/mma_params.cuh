// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/epilogue.cuh"
#include "kernels/launch/gemm_args.h"
#include "kernels/launch/operand_layout.h"

namespace olivine::device {

// What a kernel of the Mma family takes, by value.
struct MmaParams {
  const std::byte* weights;
  int64_t weight_stride;
  const std::byte* activations;
  int64_t activation_stride;
  int64_t plane_stride;
  const std::byte* metadata;
  int metadata_slabs;
  int metadata_steps;
  int weight_row_bytes;
  int activation_row_bytes;
  int k;
  EpilogueParams epilogue;
};

// Contract: can_implement(), which bounds m, n and k.
inline MmaParams mma_params(const GemmArgs& args) {
  MmaParams params{};
  params.weights = static_cast<const std::byte*>(args.weights);
  params.weight_stride = args.weight_stride;
  params.weight_row_bytes = static_cast<int>(weight_row_bytes(args.weight_form, args.k));
  params.activations = static_cast<const std::byte*>(args.activations);
  params.activation_stride = args.activation_stride;
  params.activation_row_bytes =
      static_cast<int>(activation_row_bytes(args.activation_form, args.k));
  params.plane_stride = args.activation_form == ActivationForm::Int8Planes ? args.plane_stride : 0;
  params.metadata = reinterpret_cast<const std::byte*>(args.metadata);
  params.metadata_slabs = static_cast<int>((args.n + kMetadataSlabRows - 1) / kMetadataSlabRows);
  params.metadata_steps = static_cast<int>(metadata_steps(args.k));
  params.k = static_cast<int>(args.k);
  params.epilogue = epilogue_params(args);
  return params;
}

}  // namespace olivine::device
