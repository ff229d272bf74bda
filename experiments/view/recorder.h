// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "experiments/view/recording.h"
#include "models/machines/machine.h"

namespace olivine::view {

// The largest array that is legible, and the longest recording.
inline constexpr int64_t kMaxSide = 16;
inline constexpr int64_t kMaxCycles = 1000;

// What is shown: one GEMM with seeded operands on one machine.
struct Example {
  MachineConfig machine;
  Scheme scheme;
  std::optional<GemmShape> shape;              // absent: two folds that fill the array
  std::optional<std::array<int64_t, 3>> tile;  // m, n, k; absent: the mapper chooses
  uint64_t seed = 1;
};

// An array of 4 x 4 4-bit PEs, every operand resident.
[[nodiscard]] MachineConfig default_machine();

// A GEMM of two folds that fill the array and differ in what its columns hold.
[[nodiscard]] GemmShape two_folds(const ArrayGeometry& geometry);

// Steps the layer to its end. Throws ShapeError or ConfigError for an array beyond kMaxSide, a
// scheme the machine or the cycle model cannot run, and a layer that takes more than kMaxCycles;
// CheckFailed where outputs differ from the golden GEMM.
[[nodiscard]] Recording record(const Example& example);

}  // namespace olivine::view
