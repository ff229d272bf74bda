// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/bench.h"
#include "sim/systolic/pe_array.h"

namespace olivine::regress {

// The registers of a PE that RTL and model both have, as rtl/pe/pe.sv names them.
enum class PeRegister : uint8_t {
  Left,
  First,
  Last,
  Top,
  TopPosition,
  Next,
  NextPosition,
  Active,
  ActivePosition,
  Sum,
  Hold
};
inline constexpr size_t kPeRegisters = 11;

struct PeVariant {
  bool is_output_stationary = false;
  bool is_sparse = false;

  [[nodiscard]] size_t bus() const { return is_sparse ? ArrayBorder::kBusLanes : 1; }
  // Whether such a PE has the register.
  [[nodiscard]] bool has(PeRegister what) const;
};

[[nodiscard]] std::string_view name_of(PeRegister what);
// The value of a register as it lies in the RTL.
[[nodiscard]] uint64_t register_bits(const PeState& state, PeRegister what, size_t bus);
// "-3 << 4" for operands, decimal and hex for sums.
[[nodiscard]] std::string describe_register(PeRegister what, uint64_t bits);
// "-5 (0xFFFFFFFB)".
[[nodiscard]] std::string describe_sum(uint64_t bits);

// Signal, expected, got and, of a 2:4 left bus, the first lane that differs.
void describe_mismatch(PeRegister what, uint64_t expected, uint64_t got, size_t bus,
                       Divergence& divergence);

// Where the registers of an array's PEs are in a model: resolved once, read every cycle.
class ArrayProbe {
 public:
  // `path` is that of the array ("systolic_array", "accelerator.u_array"), built from PE instances
  // or in one process. Throws ConfigError that names the first missing register, unless the model
  // shows nothing but ports.
  ArrayProbe(const RtlModel& model, std::string_view path, size_t rows, size_t cols,
             PeVariant variant);
  // A single PE as the top: only what its ports do not show.
  ArrayProbe(const RtlModel& model, PeVariant variant);

  // Netlists and models built without rtl/lint/observe.vlt show none.
  [[nodiscard]] bool is_visible() const { return !places_.empty(); }
  [[nodiscard]] int64_t register_count() const { return static_cast<int64_t>(places_.size()); }
  // The first register, in row-major order, that differs from the model's.
  [[nodiscard]] std::optional<Divergence> compare(const PeArray& reference) const;

 private:
  struct Place {
    const uint8_t* data;
    uint8_t bytes;  // 1, 2, 4 or 8
    uint8_t shift;  // of the value's lowest bit
    uint8_t width;

    [[nodiscard]] uint64_t value() const;
  };

  void add_net(const RtlSignal& signal, PeRegister what, size_t index);
  void add_instances(const RtlModel& model, std::string_view path);
  void add_process(const RtlModel& model, std::string_view path);
  [[nodiscard]] uint8_t width_of(PeRegister what) const;

  size_t rows_;
  size_t cols_;
  PeVariant variant_;
  std::vector<PeRegister> registers_;  // compared, of each PE
  std::vector<Place> places_;          // [row][col][register]
};

}  // namespace olivine::regress
