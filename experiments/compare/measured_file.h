// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/gemm_shape.h"
#include "models/numerics/format.h"

namespace olivine::compare {

enum class Quantity : uint8_t { Time, Power };

// One measured GEMM, as its file names things.
struct Measurement {
  size_t line = 0;      // of the file
  std::string device;   // "A100-SXM4-80GB"
  std::string source;   // the collection: who measured, with which program; compared as one
  std::string library;  // "torch cuBLAS"
  std::string dtype;    // "int8"
  Pattern weight_pattern = Pattern::Dense;
  GemmShape shape;
  Quantity quantity = Quantity::Time;
  double value = 0;  // seconds, or watts of the board
};

struct MeasuredFile {
  std::string name;  // without its folder
  std::vector<Measurement> rows;
};

// Comma-separated values with a header: device, source, library, M, N, K, dtype, sparse (dense or
// 2:4), value, unit (s, ms, us or W) and, not read, note; columns in any order. Throws ConfigError
// with `source:line: column = value: must be ...` for every problem, the first of them if many.
[[nodiscard]] MeasuredFile parse_measurements(std::string_view text, const std::string& source);

// Whether the header is that of instruction and memory microbenchmarks
// (sim/tensor_core/microbenchmark.h), which are no GEMMs.
[[nodiscard]] bool has_microbenchmarks(std::string_view text);

}  // namespace olivine::compare
