// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/measured_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace olivine::compare {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array kMachines = {
    Pair{"RTX 2080 Ti", "rtx2080ti"},   Pair{"NVIDIA GeForce RTX 2080 Ti", "rtx2080ti"},
    Pair{"A100-SXM4-80GB", "a100_sxm"}, Pair{"NVIDIA A100-SXM4-80GB", "a100_sxm"},
    Pair{"H100-SXM5-80GB", "h100_sxm"}, Pair{"NVIDIA H100 80GB HBM3", "h100_sxm"},
    Pair{"H200-SXM-141GB", "h200_sxm"}, Pair{"NVIDIA H200", "h200_sxm"},
};

constexpr std::array kSchemes = {
    Pair{"fp16", "w16a16-fp16"},
    Pair{"bf16", "w16a16-bf16"},
    Pair{"fp8", "w8a8-fp8"},
    Pair{"fp8_block", "w8a8-fp8"},
    Pair{"int8", "w8a8-int8"},
    Pair{"int4", "w4a4-int4"},
    Pair{"int8_weight_only(fp16 act)", "w8a16-int8"},
    Pair{"int4_weight_only(fp16 act)", "w4a16-int4"},
};

// Found anywhere in the name; the first row counts.
constexpr std::array kLibraries = {
    Pair{"SmoothQuantGemm", "smoothquant"},
    Pair{"WeightOnlyQuantMatmul", "weight_only"},
    Pair{"fp8_block", ""},
    Pair{"cuBLAS", "cublas"},
};

}  // namespace

std::optional<std::string> machine_of(std::string_view device) {
  const auto* found = std::ranges::find(kMachines, device, &Pair::first);
  if (found == kMachines.end()) return std::nullopt;
  return std::string{found->second};
}

const Scheme* scheme_of(std::string_view dtype, Pattern weight_pattern) {
  const auto* found = std::ranges::find(kSchemes, dtype, &Pair::first);
  std::string name{found == kSchemes.end() ? dtype : found->second};
  const bool is_sparse_name = name.ends_with("-2:4");
  if (weight_pattern == Pattern::TwoFour && !is_sparse_name) name += "-2:4";
  for (const Scheme& scheme : all_schemes()) {
    if (scheme.name == name && scheme.weight_pattern == weight_pattern) return &scheme;
  }
  return nullptr;
}

std::string library_of(std::string_view library) {
  for (const auto& [part, name] : kLibraries) {
    if (library.find(part) != std::string_view::npos) return std::string{name};
  }
  return std::string{library};
}

}  // namespace olivine::compare
