// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "models/numerics/format.h"

namespace olivine {

struct EnergyTable;
struct GpuMachine;

// What a GEMM did on the chip; bytes as moved.
struct GpuActions {
  double tensor_macs = 0;       // multiplied, padding of tiles included; 2:4: those of kept weights
  double decoded_elems = 0;     // by decoders inside the tensor core
  double alu_instructions = 0;  // of one lane, on CUDA cores
  double shared_bytes = 0;
  double l2_bytes = 0;
  double hbm_bytes = 0;

  GpuActions& add(const GpuActions& other, double times);
};

// Energy of the board, in picojoules.
struct GpuEnergy {
  double tensor_pj = 0;
  double decoders_pj = 0;    // mmaovp's, inside the tensor cores
  double cuda_cores_pj = 0;  // decode in software, and kernels without tensor cores
  double shared_pj = 0;      // shared memory, L1 and registers
  double l2_pj = 0;
  double hbm_pj = 0;
  double constant_pj = 0;  // idle power x time

  GpuEnergy& add(const GpuEnergy& other, double times);
  [[nodiscard]] double total_pj() const;
  using Components = std::array<std::pair<std::string_view, double>, 7>;
  [[nodiscard]] Components components() const;
};

// Energy of one GPU board: counts x energy an action + idle power x time, and the clock that the
// power limit leaves. Coefficients are of the whole board (regulators, fans and memory controllers
// included), at the voltage of the highest clock. Dynamic energy of the chip scales with the square
// of the voltage; that of the memory does not, since it has a clock and a supply of its own.
class GpuEnergyModel {
 public:
  // settled_clock() meets the power limit this closely.
  static constexpr double kClockTolerance = 1e-6;  // of the limit

  using ByFormat = std::array<double, static_cast<size_t>(Format::Ovp8) + 1>;

  // Throws ConfigError that lists every entry the machine's energy table does not have.
  explicit GpuEnergyModel(const GpuMachine& machine);
  GpuEnergyModel(const GpuMachine& machine, const EnergyTable& table);

  // Everything but the idle power (constant_pj is 0). `executed` is what the multipliers see.
  // Contract: the machine executes that format, 0 < clock_hz <= max_clock_hz().
  [[nodiscard]] GpuEnergy dynamic_energy(const GpuActions& actions, Format executed,
                                         double clock_hz) const;

  [[nodiscard]] double idle_w() const { return idle_w_; }
  [[nodiscard]] double max_clock_hz() const { return max_clock_hz_; }

  // V(clock) over V(highest clock).
  [[nodiscard]] double voltage(double clock_hz) const;

  // The highest clock, between the machine's lowest and highest, at which idle power and `energy`
  // over time_s(clock) meet the power limit, to a millionth of it; the lowest where none does.
  // `energy` is that of dynamic_energy() at the highest clock; it is scaled from there. time_s is
  // the duration in seconds of the same work at a clock in hertz. Contract: time_s > 0 does not
  // rise with the clock. Called at most 12 times; once where the highest clock is within the limit.
  [[nodiscard]] double settled_clock(const GpuEnergy& energy,
                                     const std::function<double(double)>& time_s) const;

 private:
  static constexpr int kClockSteps = 10;

  ByFormat mac_pj_{};     // 0 where the machine has no such instruction
  ByFormat decode_pj_{};  // of mmaovp's decoders
  double alu_pj_ = 0;
  double shared_pj_per_byte_ = 0;
  double l2_pj_per_byte_ = 0;
  double hbm_pj_per_byte_ = 0;
  double idle_w_ = 0;
  double limit_w_ = 0;
  double max_clock_hz_ = 0;
  double min_clock_hz_ = 0;
  double voltage_slope_ = 0;
  double voltage_floor_ = 0;
};

}  // namespace olivine
