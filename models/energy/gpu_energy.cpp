// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/gpu_energy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_table.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr double kBitsPerByte = 8;
constexpr double kWattsPerPjPerSecond = 1e-12;

// Looks entries up and collects those that the table lacks.
class EntryReader {
 public:
  EntryReader(const GpuMachine& machine, const EnergyTable& table)
      : machine_(machine), table_(table) {}

  // `key` is what asks for the entry.
  double operator()(const std::string& name, const std::string& key) {
    if (const EnergyEntry* entry = table_.find(name)) return entry->value;
    std::vector<std::string> known;
    for (const EnergyEntry& entry : table_.entries) known.push_back(entry.name);
    const auto place = machine_.places.find(key);
    problems_.add(fmt::format("{}{}: energy table {} has no {}{}",
                              place == machine_.places.end() ? "" : place->second + ": ", key,
                              table_.name, name, suggestion(name, known)));
    return 0;
  }

  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  const GpuMachine& machine_;
  const EnergyTable& table_;
  Problems problems_;
};

using ByFormat = GpuEnergyModel::ByFormat;

double& at(ByFormat& values, Format format) { return values[static_cast<size_t>(format)]; }

// Energy of a multiply-accumulate in every format that the machine has an instruction for.
void read_macs(const TensorConfig& tensor, EntryReader& entry, ByFormat& mac_pj) {
  struct Rate {
    int64_t macs_per_clk;
    const char* key;
    const char* entry;
    Format format;
  };
  const std::array rates = {
      Rate{tensor.fp16_macs_per_clk, "tensor.fp16_macs_per_clk", "matrix.fp16.energy",
           Format::Fp16},
      Rate{tensor.fp8_macs_per_clk, "tensor.fp8_macs_per_clk", "matrix.fp8.energy", Format::Fp8},
      Rate{tensor.int8_macs_per_clk, "tensor.int8_macs_per_clk", "matrix.int8.energy",
           Format::Int8},
      Rate{tensor.int4_macs_per_clk, "tensor.int4_macs_per_clk", "matrix.int4.energy",
           Format::Int4},
      Rate{tensor.has_ovp ? 1 : 0, "tensor.ovp_decoders", "matrix.ovp4.energy", Format::Ovp4},
      Rate{tensor.has_ovp ? 1 : 0, "tensor.ovp_decoders", "matrix.ovp8.energy", Format::Ovp8}};
  for (const Rate& rate : rates) {
    if (rate.macs_per_clk > 0) at(mac_pj, rate.format) = entry(rate.entry, rate.key);
  }
  if (tensor.has_bf16) at(mac_pj, Format::Bf16) = at(mac_pj, Format::Fp16);
  at(mac_pj, Format::Ovp4f) = at(mac_pj, Format::Ovp4);
}

void read_decoders(EntryReader& entry, ByFormat& decode_pj) {
  const char* key = "tensor.ovp_decoders";
  at(decode_pj, Format::Ovp4) = entry("ovp_decoder.4bit.energy", key);
  at(decode_pj, Format::Ovp4f) = at(decode_pj, Format::Ovp4);
  at(decode_pj, Format::Ovp8) = entry("ovp_decoder.8bit.energy", key);
}

}  // namespace

GpuActions& GpuActions::add(const GpuActions& other, double times) {
  tensor_macs += times * other.tensor_macs;
  decoded_elems += times * other.decoded_elems;
  alu_instructions += times * other.alu_instructions;
  shared_bytes += times * other.shared_bytes;
  l2_bytes += times * other.l2_bytes;
  hbm_bytes += times * other.hbm_bytes;
  return *this;
}

GpuEnergy& GpuEnergy::add(const GpuEnergy& other, double times) {
  tensor_pj += times * other.tensor_pj;
  decoders_pj += times * other.decoders_pj;
  cuda_cores_pj += times * other.cuda_cores_pj;
  shared_pj += times * other.shared_pj;
  l2_pj += times * other.l2_pj;
  hbm_pj += times * other.hbm_pj;
  constant_pj += times * other.constant_pj;
  return *this;
}

double GpuEnergy::total_pj() const {
  return tensor_pj + decoders_pj + cuda_cores_pj + shared_pj + l2_pj + hbm_pj + constant_pj;
}

GpuEnergy::Components GpuEnergy::components() const {
  return {{{"tensor", tensor_pj},
           {"decoders", decoders_pj},
           {"cuda_cores", cuda_cores_pj},
           {"shared", shared_pj},
           {"l2", l2_pj},
           {"hbm", hbm_pj},
           {"constant", constant_pj}}};
}

GpuEnergyModel::GpuEnergyModel(const GpuMachine& machine)
    : GpuEnergyModel(machine, load_energy_table(machine.energy_table)) {}

GpuEnergyModel::GpuEnergyModel(const GpuMachine& machine, const EnergyTable& table)
    : idle_w_(machine.power.idle_w),
      limit_w_(machine.power.limit_w),
      max_clock_hz_(machine.power.max_clock_hz),
      min_clock_hz_(machine.power.min_clock_hz),
      voltage_slope_(machine.power.voltage_slope),
      voltage_floor_(machine.power.voltage_floor) {
  require_kind(table, EnergyTableKind::Gpu);
  EntryReader entry{machine, table};
  read_macs(machine.tensor, entry, mac_pj_);
  if (machine.tensor.has_ovp) read_decoders(entry, decode_pj_);
  alu_pj_ = entry("alu.instruction.energy", "energy.table");
  shared_pj_per_byte_ = kBitsPerByte * entry("traffic.shared.energy", "energy.table");
  l2_pj_per_byte_ = kBitsPerByte * entry("traffic.l2.energy", "energy.table");
  hbm_pj_per_byte_ =
      kBitsPerByte * entry(fmt::format("traffic.{}.energy", machine.hbm.device), "hbm.device");
  entry.throw_if_any();
}

GpuEnergy GpuEnergyModel::dynamic_energy(const GpuActions& actions, Format executed,
                                         double clock_hz) const {
  const auto format = static_cast<size_t>(executed);
  OLV_CHECK(actions.tensor_macs == 0 || mac_pj_[format] > 0, "no tensor instruction for {}",
            name_of(executed));
  const double chip = voltage(clock_hz) * voltage(clock_hz);
  return {.tensor_pj = chip * actions.tensor_macs * mac_pj_[format],
          .decoders_pj = chip * actions.decoded_elems * decode_pj_[format],
          .cuda_cores_pj = chip * actions.alu_instructions * alu_pj_,
          .shared_pj = chip * actions.shared_bytes * shared_pj_per_byte_,
          .l2_pj = chip * actions.l2_bytes * l2_pj_per_byte_,
          .hbm_pj = actions.hbm_bytes * hbm_pj_per_byte_,
          .constant_pj = 0};
}

double GpuEnergyModel::voltage(double clock_hz) const {
  return std::max(voltage_floor_, 1 - voltage_slope_ * (1 - clock_hz / max_clock_hz_));
}

double GpuEnergyModel::settled_clock(const GpuEnergy& energy,
                                     const std::function<double(double)>& time_s) const {
  const double memory_pj = energy.hbm_pj;
  const double chip_pj = energy.total_pj() - energy.constant_pj - memory_pj;
  const auto excess_w = [&](double clock_hz) {
    const double volt = voltage(clock_hz);
    const double dynamic_pj = memory_pj + chip_pj * volt * volt;
    return idle_w_ + dynamic_pj * kWattsPerPjPerSecond / time_s(clock_hz) - limit_w_;
  };
  double high = max_clock_hz_;
  double high_w = excess_w(high);
  if (high_w <= 0) return high;
  double low = min_clock_hz_;
  double low_w = excess_w(low);
  if (low_w >= 0) return low;
  // Regula falsi in the Illinois form: an end that stays twice counts half. Power rises with the
  // clock, so there is one crossing; where it is close to a line two or three steps find it.
  int last_side = 0;
  double clock_hz = low;
  for (int step = 0; step < kClockSteps; ++step) {
    clock_hz = (low * high_w - high * low_w) / (high_w - low_w);
    const double w = excess_w(clock_hz);
    if (std::abs(w) <= kClockTolerance * limit_w_) break;
    const int side = w > 0 ? 1 : -1;
    (side > 0 ? high : low) = clock_hz;
    (side > 0 ? high_w : low_w) = w;
    if (side == last_side) (side > 0 ? low_w : high_w) /= 2;
    last_side = side;
  }
  return clock_hz;
}

}  // namespace olivine
